//! A function that the client offers: its declaration, and what the concierge must know of it. It calls nothing.

use crate::session::machine::refusal::Refusal;
use serde_json::Value;

/// Longest declaration of one function, in bytes.
const DECLARATION_BYTES_MAX: usize = 32 * 1024;
/// Longest description of one function, in bytes.
const DESCRIPTION_BYTES_MAX: usize = 16 * 1024;

/// One declared function.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Function {
    /// Its name.
    pub(crate) name: String,
    /// As the client wrote it.
    pub(crate) declared: Value,
}

impl Function {
    /// Reads a declaration; `path` is where it stands.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(tool: &Value, path: &str) -> Result<Self, Refusal> {
        if tool["type"] != "function" {
            return Err(Refusal::value(&format!("{path}.type"), "`function`"));
        }
        let fits = |name: &&str| {
            (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        };
        let Some(name) = tool["name"].as_str().filter(fits) else {
            return Err(Refusal::value(&format!("{path}.name"), "1 to 64 letters, digits, `_` or `-`"));
        };
        let field = |name: &str| tool.get(name).filter(|value| !value.is_null());
        if field("parameters").is_some_and(|parameters| !parameters.is_object()) {
            return Err(Refusal::value(&format!("{path}.parameters"), "a JSON schema"));
        }
        let short = |text: &str| text.len() <= DESCRIPTION_BYTES_MAX;
        if field("description").is_some_and(|description| !description.as_str().is_some_and(short)) {
            let must_be = format!("a text of at most {DESCRIPTION_BYTES_MAX} bytes");
            return Err(Refusal::value(&format!("{path}.description"), &must_be));
        }
        if tool.to_string().len() > DECLARATION_BYTES_MAX {
            return Err(Refusal::value(path, &format!("at most {DECLARATION_BYTES_MAX} bytes")));
        }
        let mut declared = tool.clone();
        if let Some(fields) = declared.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
        }
        Ok(Self { name: name.to_owned(), declared })
    }
}
