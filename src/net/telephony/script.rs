//! Carriers' machines tested by scripts: frames and events in, what must come of them out. Tests alone use it.

use crate::net::telephony::act::{Act, Carrier};
use crate::session::event::LegEvent;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// Runs a script: `> frame` of the carrier, `< event` of the session, and behind each, line by line, what comes of it. `[20 ms]` stands for
/// so much sound in base64; `unheard N` asks for it.
pub(crate) fn check(carrier: &mut dyn Carrier, script: &str) {
    let mut came: Vec<String> = Vec::new();
    let sounds: Vec<(String, String)> = [5, 20, 40].map(|ms| (format!("[{ms} ms]"), sound(ms))).into();
    for (at, line) in script.lines().enumerate() {
        let wanted = sounds.iter().fold(line.to_owned(), |line, (name, sound)| line.replace(name, sound));
        if let Some(input) = wanted.strip_prefix("> ") {
            assert!(came.is_empty(), "before line {}: {came:?}", at + 1);
            came = carrier.frame(input).iter().map(shown).collect();
        } else if let Some(input) = wanted.strip_prefix("< ") {
            assert!(came.is_empty(), "before line {}: {came:?}", at + 1);
            came = carrier.event(input).iter().map(shown).collect();
        } else if let Some(unheard) = wanted.strip_prefix("unheard ") {
            assert_eq!(carrier.unheard_ms().to_string(), unheard, "line {}", at + 1);
        } else {
            assert!(!came.is_empty(), "line {}: nothing came, wanted {line}", at + 1);
            assert_eq!(came.remove(0), wanted, "line {}", at + 1);
        }
    }
    assert!(came.is_empty(), "at the end: {came:?}");
}

fn sound(ms: usize) -> String {
    BASE64.encode(vec![0x7f; ms * 8])
}

fn shown(act: &Act) -> String {
    match act {
        Act::Begin(begin) => {
            let greets = if begin.greets { "greets" } else { "waits" };
            format!("begin {} {} {greets} {}", begin.call, begin.token, begin.session)
        }
        Act::Tell(LegEvent::Text(event)) => format!("tell {event}"),
        Act::Tell(LegEvent::Digit(key)) => format!("digit {key}"),
        Act::Tell(other) => format!("tell {other:?}"),
        Act::Send(frame) => format!("send {frame}"),
        Act::Over => "over".to_owned(),
        Act::Refuse(why) => format!("refuse {why}"),
        Act::Count(what) => format!("count {what}"),
    }
}
