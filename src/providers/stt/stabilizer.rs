//! Turns successive partial texts into words that stay and words that may change. It never takes a word back.

/// Follows the partial texts of one utterance.
#[derive(Clone, Debug, Default)]
pub struct PartialStabilizer {
    last: Vec<String>,
    stable: Vec<String>,
}

/// What a partial text says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stabilized {
    /// Words that have just become stable, to be appended to the caption; with a space in front unless they are the first.
    pub added: String,
    /// All stable words.
    pub stable: String,
    /// Words after them that may still change.
    pub unstable: String,
}

impl PartialStabilizer {
    /// Takes the next partial text: words that two successive texts agree on become stable.
    pub fn push(&mut self, text: &str) -> Stabilized {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        let agreed = words.iter().zip(&self.last).take_while(|(new, old)| same(new, old)).count();
        // The last word of a text is often cut off in its middle: it needs another word after it.
        let agreed = agreed.min(words.len().saturating_sub(1));
        let had = self.stable.len();
        if agreed > had {
            self.stable.extend(words[had..agreed].iter().cloned());
        }
        self.last = words;
        self.view(had)
    }

    /// Takes the final text: everything after the stable words is added, whatever came before.
    pub fn finish(&mut self, text: &str) -> Stabilized {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        let had = self.stable.len();
        self.stable.extend(words.iter().skip(had).cloned());
        self.last = words;
        self.view(had)
    }

    fn view(&self, had: usize) -> Stabilized {
        let mut added = self.stable[had..].join(" ");
        if had > 0 && !added.is_empty() {
            added.insert(0, ' ');
        }
        let unstable = self.last.get(self.stable.len()..).unwrap_or_default().join(" ");
        Stabilized { added, stable: self.stable.join(" "), unstable }
    }
}

/// The same word, whatever the case and the punctuation around it.
fn same(one: &str, other: &str) -> bool {
    let bare = |word: &str| word.trim_matches(|letter: char| !letter.is_alphanumeric()).to_lowercase();
    bare(one) == bare(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_texts_in_agreement_make_words_stable() {
        let mut captions = PartialStabilizer::default();
        assert_eq!(captions.push("I want to fl").stable, "");
        let second = captions.push("I want to fly to Par");
        assert_eq!((second.added.as_str(), second.unstable.as_str()), ("I want to", "fly to Par"));
        let third = captions.push("I want to fly to Paris on");
        assert_eq!((third.added.as_str(), third.stable.as_str()), (" fly to", "I want to fly to"));
    }

    #[test]
    fn a_stable_word_is_never_taken_back() {
        let mut captions = PartialStabilizer::default();
        captions.push("book a room now please");
        captions.push("book a room now please");
        let later = captions.push("look at rooms");
        assert_eq!((later.added.as_str(), later.stable.as_str()), ("", "book a room now"));
    }

    #[test]
    fn the_final_text_completes_the_caption() {
        let mut captions = PartialStabilizer::default();
        captions.push("to Boston");
        captions.push("to Boston and");
        let last = captions.finish("To Boston, and back on Friday.");
        assert_eq!((last.stable.as_str(), last.unstable.as_str()), ("to Boston and back on Friday.", ""));
    }
}
