//! Any lines as a tape: it is replayed, or refused with the line that is at fault.
#![no_main]
#![allow(dead_code)]

#[path = "../../src/secret.rs"]
mod secret;
mod session;

use libfuzzer_sys::fuzz_target;
use std::time::Instant;

fuzz_target!(|lines: (bool, Vec<String>)| {
    let (with_header, lines) = lines;
    let header = r#"{"version":1,"id":"f","number":1,"resume_within_ms":9,"session_max_ms":9,"resume_expires_at":9,"voice":"v","language":"en","prompt":"","began_ms":9}"#;
    let text: Vec<&str> = with_header.then_some(header).into_iter().chain(lines.iter().map(String::as_str)).collect();
    let text = text.join("\n");
    let made = session::tape::replay(text.as_bytes(), Instant::now(), |header, now| session::machine(header.setup(), now));
    if let Err(error) = made {
        assert!(!error.to_string().is_empty());
    }
});
