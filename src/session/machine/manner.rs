//! How we answer: voice, rate, with sound or without, taken by each response when it begins and kept by it to its end. It makes no sound.

/// Slowest and fastest rate of speech.
const SPEED: (f32, f32) = (0.25, 1.5);

/// Bytes of text that count as one token: about what tokenisers of language models make of English.
const TOKEN_BYTES: usize = 4;

/// The voice and its rate.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Manner {
    /// Voice name; empty for the engine's own.
    pub(crate) voice: String,
    /// Rate of speech; 1.0 is natural.
    pub(crate) speed: f32,
    /// In writing alone.
    pub(crate) silent: bool,
    /// The longest answer, in tokens of [`TOKEN_BYTES`]; [`usize::MAX`] is no bound.
    pub(crate) tokens_max: usize,
}

impl Manner {
    /// This voice at its natural rate.
    pub(crate) fn new(voice: String) -> Self {
        Self { voice, speed: 1.0, silent: false, tokens_max: usize::MAX }
    }

    /// Another rate, from the next response on.
    pub(crate) fn pace(&mut self, speed: f32) {
        self.speed = speed.clamp(SPEED.0, SPEED.1);
    }

    /// How much of `text` may be said, in bytes: whole words, if one fits.
    pub(crate) fn room_in(&self, text: &str) -> usize {
        let most = self.tokens_max.saturating_mul(TOKEN_BYTES);
        if text.len() <= most {
            return text.len();
        }
        let most = text.floor_char_boundary(most);
        let begun = text.get(..most).unwrap_or_default();
        if text.get(most..).is_some_and(|rest| rest.starts_with(char::is_whitespace)) {
            return begun.trim_end().len();
        }
        begun.rfind(char::is_whitespace).map_or(most, |end| begun.get(..end).unwrap_or_default().trim_end().len())
    }

    /// What the protocol calls it.
    pub(crate) fn modality(&self) -> &'static str {
        if self.silent { "text" } else { "audio" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_with_a_whole_word_within_its_bound() {
        let manner = |tokens_max| Manner { tokens_max, ..Manner::new(String::new()) };
        let said = |tokens, text: &'static str| text.get(..manner(tokens).room_in(text));
        assert_eq!(manner(usize::MAX).room_in("Three flights."), 14);
        assert_eq!(said(4, "Three flights."), Some("Three flights."));
        assert_eq!(said(3, "Three flights."), Some("Three"));
        assert_eq!(said(2, "Drei Flüge."), Some("Drei"));
        assert_eq!(said(1, "Drei Flüge."), Some("Drei"));
        assert_eq!(said(1, "ööö"), Some("öö"));
    }
}
