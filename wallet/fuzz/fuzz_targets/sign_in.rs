//! Any text, and a sign-in message with any lines changed: a message that is written again as it was read, or a sentence; never a panic.
#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use wallet::account::message::Message;

const MESSAGE: &str = "https://voxfare.example:8443 wants you to sign in with your Ethereum account:
0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65

Link this wallet to your Voxfare account.

URI: https://voxfare.example:8443/app
Version: 1
Chain ID: 31337
Nonce: abcdefgh12345678
Issued At: 2026-11-27T03:40:00.123Z
Expiration Time: 2026-11-27T04:50:00.123+01:00
Not Before: 2026-11-27T03:40:00Z
Request ID: r-1
Resources:
- https://voxfare.example/terms
- ipfs://bafy/1";

#[derive(Arbitrary, Debug)]
enum Text {
    Any(String),
    Changed(Vec<(u8, Change)>),
}

#[derive(Arbitrary, Debug)]
enum Change {
    Remove,
    Repeat,
    Replace(String),
    Insert(u8, String),
    Swap(u8),
}

fuzz_target!(|text: Text| {
    let text = match text {
        Text::Any(text) => text,
        Text::Changed(changes) => changed(changes),
    };
    match Message::read(&text) {
        Ok(message) => {
            assert_eq!(message.to_string(), text);
            let _ = message.digest();
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});

fn changed(changes: Vec<(u8, Change)>) -> String {
    let mut lines: Vec<String> = MESSAGE.lines().map(str::to_owned).collect();
    for (line, change) in changes.into_iter().take(16) {
        if lines.is_empty() {
            break;
        }
        let at = usize::from(line) % lines.len();
        match change {
            Change::Remove => drop(lines.remove(at)),
            Change::Repeat => lines.insert(at, lines[at].clone()),
            Change::Replace(text) => lines[at] = text,
            Change::Insert(place, text) => {
                let places: Vec<usize> = lines[at].char_indices().map(|(at, _)| at).chain([lines[at].len()]).collect();
                lines[at].insert_str(places[usize::from(place) % places.len()], &text);
            }
            Change::Swap(other) => {
                let other = usize::from(other) % lines.len();
                lines.swap(at, other);
            }
        }
    }
    lines.join("\n")
}
