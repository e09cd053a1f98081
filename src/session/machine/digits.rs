//! The keys of a telephone: told to the client, a stop to our voice, and numbers that answer as words do. One machine with `machine.rs`.

use crate::session::machine::Machine;
use crate::session::machine::item::{After, NewItem};
use agent::dialogue::Input as Word;
use serde_json::json;
use std::time::{Duration, Instant};

/// A number is whole when no key came for so long.
const PAUSE_MAX: Duration = Duration::from_millis(2500);
/// Digits of the longest number; past it keys are dropped.
const DIGITS_MAX: usize = 32;

/// The number that is being keyed.
#[derive(Debug, Default)]
pub(crate) struct Digits {
    number: String,
    last: Option<Instant>,
}

impl Digits {
    /// When the number is whole, if no further key comes.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.last.map(|last| last + PAUSE_MAX)
    }

    /// One more digit; false when the number is as long as one may be.
    fn push(&mut self, now: Instant, digit: char) -> bool {
        let room = self.number.len() < DIGITS_MAX;
        if room {
            self.number.push(digit);
        }
        self.last = Some(now);
        room
    }

    fn take(&mut self) -> String {
        self.last = None;
        std::mem::take(&mut self.number)
    }
}

impl Machine {
    /// A key was pressed: who presses one wants to be heard, and not to hear us.
    pub(crate) fn digit(&mut self, now: Instant, key: char) {
        let key = key.to_ascii_uppercase();
        if !matches!(key, '0'..='9' | '*' | '#' | 'A'..='D') {
            return self.dispatch.count("digit_unknown");
        }
        let since_ms = i64::try_from(self.presence.since(now).as_millis()).unwrap_or(i64::MAX);
        self.wire.digit(key, self.setup.began_ms.saturating_add(since_ms) / 1000);
        if !self.desk.settings.converses() {
            return;
        }
        if !self.speaker.is_quiet() {
            self.dispatch.next_turn();
            self.stop_speaking(now);
        }
        match key {
            '#' => self.number_is_whole(now),
            // As on any telephone: begin anew.
            '*' => drop(self.digits.take()),
            'A'..='D' => {}
            digit => {
                if !self.digits.push(now, digit) {
                    self.dispatch.count("digits_full");
                }
                let chooses = self.dialogue.keyed(&self.digits.number) != self.digits.number;
                if chooses && self.digits.number.len() == 1 {
                    self.number_is_whole(now);
                }
            }
        }
    }

    /// The number may be whole by now.
    pub(crate) fn digits_rest(&mut self, now: Instant) {
        if self.digits.due().is_some_and(|due| now >= due) {
            self.number_is_whole(now);
        }
    }

    /// The number answers as if it had been said.
    fn number_is_whole(&mut self, now: Instant) {
        let number = self.digits.take();
        if number.is_empty() {
            return;
        }
        let text = self.dialogue.keyed(&number);
        let item = self.wire.item();
        let content = json!([{ "type": "input_text", "text": text }]);
        // Nothing can be missing before the end.
        let _ = self.wire.add(
            &After::Last,
            &item,
            &NewItem::Message { role: "user", text: text.clone(), content, sound: Vec::new() },
        );
        self.dispatch.next_turn();
        self.speaker.order(None);
        self.times.clear();
        self.hang_up_when_quiet = false;
        if !self.is_plain(&text) {
            return self.answer_later(item, text);
        }
        self.drop_ahead();
        self.tell(now, Word::Heard { text });
    }
}

#[cfg(test)]
mod tests;
