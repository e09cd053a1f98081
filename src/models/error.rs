//! How getting a model file fails, one sentence each. It never carries a secret.

use std::path::PathBuf;

/// Why a model file is not there.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The manifest is not what it should be.
    #[error("the model manifest is wrong: {0}")]
    Manifest(String),
    /// No such file in the manifest.
    #[error("no model file is called {0}; `voxfare models list` names them all")]
    Unknown(String),
    /// The folder or a file in it cannot be used.
    #[error("{what} {path}: {source}")]
    Io {
        /// What was being done.
        what: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The bytes are not the pinned ones; they have been removed.
    #[error("{name} is not the pinned file (SHA-256 {found}, expected {expected}): refused and removed")]
    WrongHash {
        /// What was fetched or made.
        name: String,
        /// Its SHA-256 in hexadecimal.
        found: String,
        /// The pinned one.
        expected: String,
    },
    /// A source did not deliver.
    #[error("{from}: {why}")]
    Source {
        /// The address or package.
        from: String,
        /// What it answered.
        why: String,
    },
    /// Every source failed.
    #[error("{name} could not be had from any source: {tried}")]
    NoSource {
        /// The file.
        name: String,
        /// Each source and its failure.
        tried: String,
    },
    /// A fetched file is not in the format its name promises.
    #[error("{name} cannot be converted: {why}")]
    Format {
        /// The file.
        name: String,
        /// What is wrong with it.
        why: String,
    },
}

impl ModelError {
    /// Wraps a file error with what was done to which path.
    pub(crate) fn io(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { what, path, source }
    }
}
