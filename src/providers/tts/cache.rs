//! Remembers the sound of phrases that are said again and again: fillers and greetings start at once. It never grows past its bound.

use crate::session::ports::SpeechPiece;
use std::collections::VecDeque;
use std::sync::Arc;

/// Phrases kept.
pub const PHRASES_MAX: usize = 64;
/// Phrases longer than this many bytes are not kept.
pub const PHRASE_BYTES_MAX: usize = 96;
/// Phrases remembered as said once, without their sound.
const SEEN_MAX: usize = 256;

/// What makes two clauses sound the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// The voice's name.
    pub voice: String,
    /// The rate of speech, as bits.
    pub speed: u32,
    /// The text.
    pub text: String,
}

/// The sound of a phrase.
pub type Sound = Arc<[SpeechPiece]>;

/// The phrases, the one used last in front.
#[derive(Default)]
pub struct Phrases {
    kept: VecDeque<(Phrase, Sound)>,
    seen: VecDeque<Phrase>,
}

impl Phrases {
    /// The sound of a phrase, when it is kept.
    pub fn get(&mut self, phrase: &Phrase) -> Option<Sound> {
        let at = self.kept.iter().position(|(kept, _)| kept == phrase)?;
        let entry = self.kept.remove(at)?;
        let sound = entry.1.clone();
        self.kept.push_front(entry);
        Some(sound)
    }

    /// Keeps a phrase said for the second time; the first time it is only remembered, so that prices and names do not push greetings out.
    pub fn said(&mut self, phrase: Phrase, pieces: &[SpeechPiece]) {
        if let Some(at) = self.seen.iter().position(|seen| *seen == phrase) {
            self.seen.remove(at);
            self.kept.push_front((phrase, pieces.into()));
            self.kept.truncate(PHRASES_MAX);
        } else {
            self.seen.push_front(phrase);
            self.seen.truncate(SEEN_MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrase(text: &str) -> Phrase {
        Phrase { voice: "hibari".to_owned(), speed: 1.0_f32.to_bits(), text: text.to_owned() }
    }

    #[test]
    fn a_phrase_is_kept_from_its_second_time_and_the_least_used_goes() {
        let mut phrases = Phrases::default();
        let sound = [SpeechPiece { pcm: vec![1, 2], words: Vec::new() }];
        phrases.said(phrase("One moment."), &sound);
        assert_eq!(phrases.get(&phrase("One moment.")), None);
        phrases.said(phrase("One moment."), &sound);
        assert_eq!(phrases.get(&phrase("One moment.")).as_deref(), Some(&sound[..]));
        for n in 0..PHRASES_MAX {
            for _ in 0..2 {
                phrases.said(phrase(&n.to_string()), &sound);
            }
        }
        assert_eq!(phrases.get(&phrase("One moment.")), None);
        assert_eq!(phrases.kept.len(), PHRASES_MAX);
    }
}
