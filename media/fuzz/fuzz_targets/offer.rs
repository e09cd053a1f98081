//! Any SDP offer, and a browser's with any lines changed: an answer or a sentence, never a panic.
#![no_main]

mod leg;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use media::leg::webrtc::WebRtcLeg;
use std::time::Instant;

#[derive(Arbitrary, Debug)]
enum Offer {
    Any(String),
    Changed(Vec<Edit>),
}

#[derive(Arbitrary, Debug)]
struct Edit {
    line: u8,
    change: Change,
}

#[derive(Arbitrary, Debug)]
enum Change {
    Remove,
    Repeat(u8),
    Replace(String),
    Value(String),
    Swap(u8),
}

fuzz_target!(|offer: Offer| {
    let text = match offer {
        Offer::Any(text) => text,
        Offer::Changed(edits) => changed(edits),
    };
    if let Err(error) = WebRtcLeg::answer(Instant::now(), &text, leg::config()) {
        assert!(!error.to_string().is_empty());
    }
});

fn changed(edits: Vec<Edit>) -> String {
    let mut lines: Vec<String> = leg::OFFER.lines().map(str::to_owned).collect();
    for Edit { line, change } in edits.into_iter().take(16) {
        if lines.is_empty() {
            break;
        }
        let at = usize::from(line) % lines.len();
        match change {
            Change::Remove => drop(lines.remove(at)),
            Change::Repeat(times) => {
                let line = lines[at].clone();
                lines.splice(at..at, std::iter::repeat_n(line, usize::from(times)));
            }
            Change::Replace(text) => lines[at] = text,
            Change::Value(text) => {
                let key = lines[at].split_inclusive([':', '=']).next().unwrap_or_default().to_owned();
                lines[at] = key + &text;
            }
            Change::Swap(other) => {
                let other = usize::from(other) % lines.len();
                lines.swap(at, other);
            }
        }
    }
    lines.join("\r\n") + "\r\n"
}
