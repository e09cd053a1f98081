//! The call's events on disk, one JSON object a line with its time. It never drops or changes an event.

use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

/// Where events go, if anywhere.
#[derive(Debug)]
pub(crate) struct Journal(Option<BufWriter<File>>);

/// The file cannot be written.
#[derive(Debug)]
pub(crate) struct JournalError {
    pub(crate) path: String,
    pub(crate) why: String,
}

impl Journal {
    /// Creates the file anew.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, JournalError> {
        let Some(path) = path else { return Ok(Self(None)) };
        match File::create(path) {
            Ok(file) => Ok(Self(Some(BufWriter::new(file)))),
            Err(error) => Err(JournalError { path: path.display().to_string(), why: error.to_string() }),
        }
    }

    /// Writes one event: `{"at_ms", "from", "event"}`, counted from the start of the call.
    pub(crate) fn note(&mut self, at: Duration, from: &str, event: &Value) {
        let Some(file) = &mut self.0 else { return };
        let at_ms = (at.as_secs_f64() * 10_000.0).round() / 10.0;
        let line = json!({"at_ms": at_ms, "from": from, "event": event});
        if let Err(error) = writeln!(file, "{line}").and_then(|()| file.flush()) {
            tracing::warn!(%error, "an event could not be written");
            self.0 = None;
        }
    }
}
