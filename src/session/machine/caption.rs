//! Turns successive guesses at an utterance into a caption whose shown part is never taken back. It recognises nothing.

/// The caption of one utterance.
#[derive(Debug, Default)]
pub(crate) struct Caption {
    shown: Vec<String>,
    last: Vec<String>,
}

impl Caption {
    /// Takes the next guess and returns what may be shown now: words that two successive guesses agree on.
    pub(crate) fn guess(&mut self, text: &str) -> Option<String> {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        let agreed = words.iter().zip(&self.last).take_while(|(new, old)| same(new, old)).count();
        self.last = words;
        let from = self.shown.len();
        if agreed <= from || !self.shown.iter().zip(&self.last).all(|(shown, new)| same(shown, new)) {
            return None;
        }
        let fresh = self.last.get(from..agreed)?.to_vec();
        let delta = if from == 0 { fresh.join(" ") } else { format!(" {}", fresh.join(" ")) };
        self.shown.extend(fresh);
        Some(delta)
    }
}

/// Two guesses mean the same word, whatever its case and the punctuation after it.
fn same(a: &str, b: &str) -> bool {
    let plain = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    plain(a) == plain(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_only_what_two_guesses_agree_on() {
        let mut caption = Caption::default();
        assert_eq!(caption.guess("Find me a"), None);
        assert_eq!(caption.guess("Find me a fly"), Some("Find me a".to_owned()));
        assert_eq!(caption.guess("Find me a flight from"), None);
        assert_eq!(caption.guess("find me a flight from Boston"), Some(" flight from".to_owned()));
    }

    #[test]
    fn never_takes_back_what_was_shown() {
        let mut caption = Caption::default();
        caption.guess("to Austin now");
        assert_eq!(caption.guess("to Austin now"), Some("to Austin now".to_owned()));
        assert_eq!(caption.guess("to Boston"), None);
        assert_eq!(caption.guess("to Boston"), None);
    }
}
