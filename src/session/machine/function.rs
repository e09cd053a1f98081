//! A function that the client offers: its declaration, and what the concierge must know of it. It calls nothing.

use crate::session::machine::refusal::Refusal;
use serde_json::{Value, json};

/// Longest declaration of one function, in bytes.
const DECLARATION_BYTES_MAX: usize = 32 * 1024;

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
        let parameters =
            tool.get("parameters").cloned().unwrap_or_else(|| json!({ "type": "object", "properties": {} }));
        if !parameters.is_object() {
            return Err(Refusal::value(&format!("{path}.parameters"), "a JSON schema"));
        }
        if tool.to_string().len() > DECLARATION_BYTES_MAX {
            return Err(Refusal::value(path, &format!("at most {DECLARATION_BYTES_MAX} bytes")));
        }
        Ok(Self { name: name.to_owned(), declared: tool.clone() })
    }
}
