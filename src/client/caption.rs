//! Captions of both sides: what the caller said, and what Voxfare says with how much of it was heard. It shows nothing.

use std::collections::VecDeque;

/// One saying of one side.
#[derive(Clone, PartialEq, Eq)]
pub struct Caption {
    /// Its item in the conversation.
    pub item: String,
    /// Whose it is.
    pub who: Who,
    /// The whole text so far.
    pub text: String,
    /// Characters of it that were heard; of the caller's all.
    pub heard_chars: usize,
    /// How it stands.
    pub state: CaptionState,
}

/// A side of the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Who speaks into the microphone.
    Caller,
    /// The voice that answers.
    Voxfare,
}

/// How a caption stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptionState {
    /// It still grows or is being heard; the caller's words may change.
    Open,
    /// It is whole, and was heard whole.
    Done,
    /// It was interrupted; what is behind [`Caption::heard`] was not heard.
    Cut,
}

impl Caption {
    /// The part that was heard.
    pub fn heard(&self) -> &str {
        let end = self.text.char_indices().nth(self.heard_chars).map_or(self.text.len(), |(at, _)| at);
        &self.text[..end]
    }

    /// The text as it stands in the conversation: whole, or cut to what was heard.
    pub fn shown(&self) -> &str {
        if self.state == CaptionState::Cut { self.heard().trim_end() } else { &self.text }
    }
}

impl std::fmt::Debug for Caption {
    /// What people said is in no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Caption({:?} {} {:?} {}/{})", self.who, self.item, self.state, self.heard_chars, self.text.len())
    }
}

/// The captions of a session, oldest first; each change answers the caption as it is now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Captions {
    lines: VecDeque<Caption>,
}

impl Captions {
    /// The caller's words grow.
    pub(crate) fn caller_says_on(&mut self, item: &str, delta: &str) -> Option<Caption> {
        self.change(item, Who::Caller, |line| line.text.push_str(delta))
    }

    /// A guess at the caller's words so far.
    pub(crate) fn caller_guess(&mut self, item: &str, text: &str) -> Option<Caption> {
        self.change(item, Who::Caller, |line| text.clone_into(&mut line.text))
    }

    /// What the caller said; nothing at all is forgotten.
    pub(crate) fn caller_said(&mut self, item: &str, text: &str) -> Option<Caption> {
        let done = self.change(item, Who::Caller, |line| {
            text.trim().clone_into(&mut line.text);
            line.state = CaptionState::Done;
        });
        self.lines.retain(|line| line.item != item || !line.text.is_empty());
        done
    }

    /// Voxfare's words grow.
    pub(crate) fn voxfare_says_on(&mut self, item: &str, delta: &str) -> Option<Caption> {
        self.change(item, Who::Voxfare, |line| line.text.push_str(delta))
    }

    /// All that Voxfare will say.
    pub(crate) fn voxfare_says(&mut self, item: &str, text: &str) -> Option<Caption> {
        self.change(item, Who::Voxfare, |line| text.clone_into(&mut line.text))
    }

    /// So much of it was heard by now, as the server counts.
    pub(crate) fn heard(&mut self, item: &str, text: &str, chars: usize) -> Option<Caption> {
        self.change(item, Who::Voxfare, |line| {
            text.clone_into(&mut line.text);
            line.heard_chars = line.heard_chars.max(chars);
        })
    }

    /// No more than so many characters of it were heard in the end, whatever was told. What was cut here is known best here.
    pub(crate) fn taken_back(&mut self, item: &str, chars: usize) -> Option<Caption> {
        let line = self.lines.iter_mut().rev().find(|line| line.item == item && line.who == Who::Voxfare)?;
        if line.state == CaptionState::Cut {
            return None;
        }
        line.heard_chars = chars.min(line.text.chars().count());
        line.state = CaptionState::Cut;
        Some(line.clone())
    }

    /// It was heard to its end.
    pub(crate) fn done(&mut self, item: &str) -> Option<Caption> {
        self.change(item, Who::Voxfare, |line| {
            line.heard_chars = line.text.chars().count();
            line.state = CaptionState::Done;
        })
    }

    /// It was cut after `heard` of `queued` samples: the words by the share of the sound, until the server says it better.
    pub(crate) fn cut(&mut self, item: &str, heard: u64, queued: u64) -> Option<Caption> {
        self.change(item, Who::Voxfare, |line| {
            let chars = line.text.chars().count() as u64;
            let by_sound = (chars.saturating_mul(heard) / queued.max(1)).min(chars) as usize;
            line.heard_chars = if line.heard_chars == 0 { by_sound } else { line.heard_chars.min(chars as usize) };
            line.state = CaptionState::Cut;
        })
    }

    /// The server says what of a cut saying stands in the conversation; words that are no beginning of it change nothing.
    pub(crate) fn stands(&mut self, item: &str, words: &str) -> Option<Caption> {
        let line = self.lines.iter_mut().find(|line| line.item == item && line.state == CaptionState::Cut)?;
        if line.text.starts_with(words) {
            line.heard_chars = words.chars().count();
        }
        Some(line.clone())
    }

    /// The caption of an item.
    #[cfg(test)]
    pub(crate) fn get(&self, item: &str) -> Option<&Caption> {
        self.lines.iter().rev().find(|line| line.item == item)
    }

    /// Changes a caption that is still open, or a new one; `None` when it was closed before.
    fn change(&mut self, item: &str, who: Who, change: impl FnOnce(&mut Caption)) -> Option<Caption> {
        let at = match self.lines.iter().rposition(|line| line.item == item) {
            Some(at) => at,
            None => {
                if self.lines.len() == LINES_MAX {
                    self.lines.pop_front();
                }
                let (item, text) = (item.to_owned(), String::new());
                self.lines.push_back(Caption { item, who, text, heard_chars: 0, state: CaptionState::Open });
                self.lines.len() - 1
            }
        };
        let line = self.lines.get_mut(at).filter(|line| line.state == CaptionState::Open && line.who == who)?;
        change(line);
        if who == Who::Caller {
            line.heard_chars = line.text.chars().count();
        }
        let over = line.text.char_indices().nth(CHARS_MAX).map(|(at, _)| at);
        line.text.truncate(over.unwrap_or(line.text.len()));
        Some(line.clone())
    }
}

/// Captions kept; older ones are forgotten.
const LINES_MAX: usize = 200;
/// Characters of one caption; what is beyond is not shown.
const CHARS_MAX: usize = 8_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_callers_words_change_until_they_are_final() {
        let mut captions = Captions::default();
        captions.caller_guess("i", "find a fright");
        let said = captions.caller_said("i", " Find a flight. ").expect("it was open");
        assert_eq!((said.shown(), said.state), ("Find a flight.", CaptionState::Done));
        assert!(captions.caller_guess("i", "later").is_none());
        let nothing = captions.caller_said("j", "  ").expect("it was open");
        assert!(nothing.text.is_empty() && captions.get("j").is_none());
    }

    #[test]
    fn a_cut_saying_shows_the_heard_words_alone() {
        let mut captions = Captions::default();
        captions.voxfare_says_on("v", "Ça va bien, ");
        captions.voxfare_says("v", "Ça va bien, merci beaucoup.");
        let cut = captions.cut("v", 500, 1000).expect("it was open");
        assert_eq!((cut.state, cut.shown()), (CaptionState::Cut, "Ça va bien, m"));
        assert_eq!(captions.stands("v", "Ça va").map(|line| line.shown().to_owned()), Some("Ça va".to_owned()));
        assert_eq!(captions.stands("v", "no such").map(|line| line.shown().to_owned()), Some("Ça va".to_owned()));
        assert!(captions.done("v").is_none(), "a cut saying is not whole");
        assert!(captions.stands("x", "").is_none());
    }

    #[test]
    fn memory_is_bounded_and_words_are_in_no_log() {
        let mut captions = Captions::default();
        for n in 0..LINES_MAX + 10 {
            captions.voxfare_says(&n.to_string(), "secret words");
        }
        assert_eq!(captions.lines.len(), LINES_MAX);
        let long = captions.voxfare_says("long", &"é".repeat(CHARS_MAX + 9)).expect("it is new");
        assert_eq!(long.text.chars().count(), CHARS_MAX);
        assert!(!format!("{captions:?}").contains("secret"));
    }
}
