//! Texts that open something, as a type that cannot be printed. It keeps them nowhere.

use serde::Deserialize;

/// A text that is shown to nobody by accident.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_never_printed() {
        let secret: Secret = serde_json::from_str("\"hush\"").expect("a text");
        assert_eq!((secret.0.as_str(), format!("{secret:?}").as_str()), ("hush", "Secret(..)"));
    }
}
