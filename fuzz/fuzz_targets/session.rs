//! The pure part of a session, built without the server: `session/` here is the server's own folder.

pub mod clause;
pub mod event;
pub mod machine;
pub mod tape;

use agent::dialogue::{Clock, Dialogue, DialogueConfig};
use machine::{Machine, Setup};
use media::call::{Call, CallConfig};
use media::vad::Detector;
use std::time::Instant;

/// A session as the server makes it, with a detector that needs no weights.
pub fn machine(setup: Setup, now: Instant) -> Result<Machine, String> {
    let began = jiff::Timestamp::from_millisecond(setup.began_ms).map_err(|error| error.to_string())?;
    let call = Call::new(CallConfig::new(Detector::Energy), now).map_err(|error| error.to_string())?;
    let dialogue = Dialogue::new(DialogueConfig::default(), Clock::new(began, jiff::tz::TimeZone::UTC));
    Ok(Machine::new(setup, call, dialogue, now))
}
