//! Why a client's event is refused, in the protocol's terms. It sends nothing.

use serde_json::Value;

/// The longest id a client may give, in bytes.
const ID_BYTES_MAX: usize = 64;

/// Why a client event was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// A fixed word.
    pub(crate) code: &'static str,
    /// A sentence.
    pub(crate) message: String,
    /// The field at fault.
    pub(crate) param: Option<String>,
}

impl Refusal {
    /// Something cannot be done.
    pub(crate) fn new(code: &'static str, message: impl Into<String>, param: Option<&str>) -> Self {
        Self { code, message: message.into(), param: param.map(str::to_owned) }
    }

    /// A field that is needed is not there.
    pub(crate) fn missing(param: &str, message: &str) -> Self {
        Self::new("missing_required_parameter", message, Some(param))
    }

    /// A field does not hold what it must.
    pub(crate) fn value(param: &str, must_be: &str) -> Self {
        Self::new("invalid_value", format!("`{param}` must be {must_be}."), Some(param))
    }

    /// There is no such field.
    pub(crate) fn unknown(param: &str) -> Self {
        let shown: String = param.chars().take(120).collect();
        Self::new("unknown_parameter", format!("There is no parameter `{shown}`."), Some(&shown))
    }
}

/// A name of the client's making, or of ours.
///
/// # Errors
/// It is no text, or too long.
pub(crate) fn identifier(value: &Value, path: &str) -> Result<String, Refusal> {
    let id = value.as_str().filter(|id| (1..=ID_BYTES_MAX).contains(&id.len()));
    id.map(str::to_owned).ok_or_else(|| Refusal::value(path, &format!("a text of 1 to {ID_BYTES_MAX} bytes")))
}
