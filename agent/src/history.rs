//! What was said by whom and how much of it was heard, bounded. It never stores what nobody heard once that is known.

use crate::event::{SayId, SayKind};
use std::collections::VecDeque;

/// Turns remembered; the oldest is forgotten first.
pub const HISTORY_TURNS_MAX: usize = 64;

/// Bytes of one caller turn that are remembered.
pub const HISTORY_TEXT_BYTES_MAX: usize = 2_000;

/// One turn of the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The caller said this.
    Caller {
        /// The final transcript, or typed text.
        text: String,
    },
    /// We said this.
    Assistant {
        /// Its name.
        id: SayId,
        /// The whole text as it was meant.
        text: String,
        /// Bytes of it that were heard, on a character boundary; `None` while it is still to be played out.
        heard_bytes: Option<usize>,
        /// Why it was said.
        kind: SayKind,
    },
}

/// The conversation so far, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    turns: VecDeque<Turn>,
}

impl History {
    /// The turns, oldest first, at most [`HISTORY_TURNS_MAX`].
    pub fn turns(&self) -> impl DoubleEndedIterator<Item = &Turn> {
        self.turns.iter()
    }

    /// The caller said this.
    pub fn caller(&mut self, text: &str) {
        let text = text[..floor_boundary(text, HISTORY_TEXT_BYTES_MAX)].to_owned();
        self.push(Turn::Caller { text });
    }

    /// This is going to be said.
    pub fn assistant(&mut self, id: SayId, text: &str, kind: SayKind) {
        self.push(Turn::Assistant { id, text: text.to_owned(), heard_bytes: None, kind });
    }

    /// This much of a saying was heard and no more will be; nothing heard means that it never was said. Only the first report counts.
    pub fn said(&mut self, say: SayId, bytes: usize) {
        let Some(at) = self
            .turns
            .iter()
            .position(|turn| matches!(turn, Turn::Assistant { id, heard_bytes: None, .. } if *id == say))
        else {
            return;
        };
        if let Some(Turn::Assistant { text, heard_bytes, .. }) = self.turns.get_mut(at) {
            let heard = floor_boundary(text, bytes);
            *heard_bytes = Some(heard);
            if heard == 0 {
                self.turns.remove(at);
            }
        }
    }

    /// Of a saying that was reported on no more than this was heard; answers its text and why it was said when that is news, and whether the
    /// caller has spoken since.
    pub fn unheard(&mut self, say: SayId, bytes: usize) -> Option<(String, SayKind, bool)> {
        let at = self.turns.iter().position(|turn| matches!(turn, Turn::Assistant { id, .. } if *id == say))?;
        let spoken_since = self.turns.range(at..).any(|turn| matches!(turn, Turn::Caller { .. }));
        let Some(Turn::Assistant { text, heard_bytes: Some(heard), kind, .. }) = self.turns.get_mut(at) else {
            return None;
        };
        let less = floor_boundary(text, bytes);
        if less >= *heard {
            return None;
        }
        *heard = less;
        let said = (text.clone(), *kind, spoken_since);
        if less == 0 {
            self.turns.remove(at);
        }
        Some(said)
    }

    /// The last answer or result that was (or is being) said, whole, and how much of it was heard.
    pub fn last_said(&self) -> Option<(&str, usize)> {
        self.turns.iter().rev().find_map(|turn| match turn {
            Turn::Assistant { text, heard_bytes, kind: SayKind::Answer | SayKind::Result, .. } => {
                Some((text.as_str(), heard_bytes.unwrap_or(text.len())))
            }
            Turn::Assistant { kind: SayKind::Filler | SayKind::Nudge, .. } | Turn::Caller { .. } => None,
        })
    }

    /// The whole text of a saying that is still to be reported on, and why it was said.
    pub fn saying(&self, say: SayId) -> Option<(&str, SayKind)> {
        self.turns.iter().find_map(|turn| match turn {
            Turn::Assistant { id, text, kind, .. } if *id == say => Some((text.as_str(), *kind)),
            Turn::Assistant { .. } | Turn::Caller { .. } => None,
        })
    }

    fn push(&mut self, turn: Turn) {
        if self.turns.len() == HISTORY_TURNS_MAX {
            self.turns.pop_front();
        }
        self.turns.push_back(turn);
    }
}

/// The largest character boundary of `text` that is not beyond `bytes`.
pub fn floor_boundary(text: &str, bytes: usize) -> usize {
    (0..=bytes.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interruption_cuts_at_the_heard_byte() {
        let mut history = History::default();
        history.assistant(SayId(1), "Hällo there.", SayKind::Answer);
        history.said(SayId(1), 2);
        assert_eq!(history.last_said(), Some(("Hällo there.", 1)));
    }

    #[test]
    fn what_nobody_heard_is_forgotten() {
        let mut history = History::default();
        history.assistant(SayId(1), "Lost.", SayKind::Answer);
        history.said(SayId(1), 0);
        assert_eq!(history.turns().count(), 0);
    }

    #[test]
    fn what_turns_out_unheard_is_cut_or_forgotten_and_told_once() {
        let mut history = History::default();
        history.assistant(SayId(1), "All of it.", SayKind::Answer);
        assert_eq!(history.unheard(SayId(1), 0), None, "it is still being said");
        history.said(SayId(1), 10);
        history.assistant(SayId(2), "Nothing of it.", SayKind::Result);
        history.said(SayId(2), 14);
        let told = |text: &str, kind| Some((text.to_owned(), kind, false));
        assert_eq!(history.unheard(SayId(1), 3), told("All of it.", SayKind::Answer));
        assert_eq!(history.unheard(SayId(1), 3), None);
        assert_eq!(history.unheard(SayId(1), 99), None);
        assert_eq!(history.unheard(SayId(2), 0), told("Nothing of it.", SayKind::Result));
        assert_eq!(history.unheard(SayId(2), 0), None);
        assert_eq!(history.last_said(), Some(("All of it.", 3)));
        history.caller("Well?");
        assert_eq!(history.unheard(SayId(1), 0).map(|(_, _, spoken_since)| spoken_since), Some(true));
    }

    #[test]
    fn the_oldest_turn_goes_first_and_a_wrong_count_is_clamped() {
        let mut history = History::default();
        for n in 0..(HISTORY_TURNS_MAX as u64 + 5) {
            history.assistant(SayId(n), "Yes.", SayKind::Answer);
            history.said(SayId(n), 999);
        }
        assert_eq!(history.turns().count(), HISTORY_TURNS_MAX);
        assert_eq!(history.last_said(), Some(("Yes.", 4)));
    }
}
