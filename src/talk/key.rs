//! Push-to-talk on a keyboard: held or tapped, also where a terminal does not tell that a key was let go. It reads no key, and time is an argument.

use std::time::{Duration, Instant};

/// The space bar, and whether the microphone is open by it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TalkKey {
    held: Option<Held>,
    /// Opened by a tap: open until the next one.
    latched: bool,
    /// Repeats of the tap that shut it are no new tap.
    shut: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    since: Instant,
    last: Instant,
    repeats: bool,
}

impl TalkKey {
    /// The key went down, or repeats.
    pub(crate) fn pressed(&mut self, now: Instant) {
        if let Some(at) = self.shut {
            if now.saturating_duration_since(at) < REPEAT_BEGINS {
                self.shut = Some(now);
                return;
            }
            self.shut = None;
        }
        match &mut self.held {
            Some(held) if now.saturating_duration_since(held.last) < REPEAT_BEGINS => {
                held.last = now;
                held.repeats = true;
            }
            Some(_) => self.shut(now),
            None if self.latched => self.shut(now),
            None => self.held = Some(Held { since: now, last: now, repeats: false }),
        }
    }

    /// The key went up; only some terminals tell.
    pub(crate) fn released(&mut self, now: Instant) {
        let Some(held) = self.held.take() else {
            self.shut = None;
            return;
        };
        // A tap opens until the next.
        self.latched = now.saturating_duration_since(held.since) < TAP_MAX && !held.repeats;
    }

    /// Time passes: a key that no longer repeats was let go.
    pub(crate) fn tick(&mut self, now: Instant) {
        let Some(held) = self.held else { return };
        let quiet = now.saturating_duration_since(held.last);
        if held.repeats && quiet >= REPEAT_MAX {
            self.held = None;
        } else if !held.repeats && quiet >= REPEAT_BEGINS && !self.latched {
            // Neither a repeat nor a release: a tap.
            self.held = None;
            self.latched = true;
        }
    }

    /// The microphone is open.
    pub(crate) fn is_open(&self) -> bool {
        self.latched || self.held.is_some()
    }

    fn shut(&mut self, now: Instant) {
        *self = Self { held: None, latched: false, shut: Some(now) };
    }
}

/// A key that is held repeats after at most this.
const REPEAT_BEGINS: Duration = Duration::from_millis(700);
/// And then at least this often.
const REPEAT_MAX: Duration = Duration::from_millis(200);
/// A shorter press is a tap.
const TAP_MAX: Duration = Duration::from_millis(300);

#[cfg(test)]
mod tests {
    use super::*;

    struct Board {
        key: TalkKey,
        now: Instant,
    }

    impl Board {
        fn new() -> Self {
            Self { key: TalkKey::default(), now: Instant::now() }
        }

        fn pass(&mut self, ms: u64) -> bool {
            for _ in 0..ms / 10 {
                self.now += Duration::from_millis(10);
                self.key.tick(self.now);
            }
            self.key.is_open()
        }

        fn press(&mut self) -> bool {
            self.key.pressed(self.now);
            self.key.is_open()
        }

        fn hold_by_repeats(&mut self, repeats: usize) {
            self.press();
            self.pass(500);
            for _ in 0..repeats {
                self.press();
                self.pass(30);
            }
        }
    }

    #[test]
    fn a_held_key_talks_until_its_repeats_end() {
        let mut board = Board::new();
        board.hold_by_repeats(50);
        assert!(board.key.is_open());
        assert!(!board.pass(200));
        assert!(board.pass(0) || board.press(), "and again");
    }

    #[test]
    fn a_tap_opens_and_the_next_shuts_however_long_it_is() {
        let mut board = Board::new();
        assert!(board.press());
        assert!(board.pass(5000));
        assert!(!board.press());
        for _ in 0..50 {
            board.pass(30);
            assert!(!board.press(), "a repeat of the shutting tap");
        }
        assert!(!board.pass(1000));
        assert!(board.press());
    }

    #[test]
    fn where_the_terminal_tells_a_release_shuts_at_once() {
        let mut board = Board::new();
        board.press();
        board.pass(400);
        board.key.released(board.now);
        assert!(!board.key.is_open());
        board.press();
        board.pass(100);
        board.key.released(board.now);
        assert!(board.pass(3000), "a tap");
        assert!(!board.press());
        board.key.released(board.now);
        assert!(!board.pass(1000));
    }
}
