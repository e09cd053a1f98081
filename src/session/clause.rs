//! Cuts text into clauses fit to be spoken, as it arrives: a short first one for a fast start, then sentences. It never changes a byte of the text.

use std::ops::Range;

/// The shortest first clause worth starting with, in bytes of text.
pub const FIRST_CLAUSE_MIN: usize = 12;
/// A first clause without any punctuation is cut at a word boundary when it grows past this many bytes.
pub const FIRST_CLAUSE_MAX: usize = 80;
/// Later clauses are cut at a comma or a word boundary when they grow past this many bytes.
pub const CLAUSE_MAX: usize = 160;

/// Cuts a growing text into clauses. Push text as it comes; each call yields the clauses that are certain by now.
#[derive(Clone, Debug, Default)]
pub struct Clauses {
    text: String,
    /// Byte of the whole text where the clause now being gathered starts.
    start: usize,
    /// Bytes dropped from the front of `text` because they were yielded.
    dropped: usize,
    yielded: bool,
}

impl Clauses {
    /// A cutter at the start of a text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `more` to the text and returns the byte ranges (of the whole text so far) of the clauses now complete.
    pub fn push(&mut self, more: &str) -> Vec<Range<usize>> {
        self.text.push_str(more);
        self.drain(false)
    }

    /// Ends the text: returns the ranges of what is left, the last clause included.
    pub fn finish(&mut self) -> Vec<Range<usize>> {
        self.drain(true)
    }

    fn drain(&mut self, ended: bool) -> Vec<Range<usize>> {
        let mut ranges = Vec::new();
        loop {
            let pending = &self.text[self.start - self.dropped..];
            let Some(length) = clause_length(pending, !self.yielded, ended) else { break };
            // Text with nothing to say (white space alone) does not count as the first clause.
            self.yielded |= pending[..length].chars().any(char::is_alphanumeric);
            ranges.push(self.start..self.start + length);
            self.start += length;
        }
        self.text.drain(..self.start - self.dropped);
        self.dropped = self.start;
        ranges
    }
}

/// All clauses of a complete text, as byte ranges that join to the whole.
pub fn clauses(text: &str) -> Vec<Range<usize>> {
    let mut cutter = Clauses::new();
    let mut ranges = cutter.push(text);
    ranges.extend(cutter.finish());
    ranges
}

/// Bytes of the first complete clause of `text`, white space after it included; `None` when more text is needed or nothing is left.
fn clause_length(text: &str, first: bool, ended: bool) -> Option<usize> {
    if text.is_empty() {
        return None;
    }
    let limit = if first { FIRST_CLAUSE_MAX } else { CLAUSE_MAX };
    let mut soft_cut = None;
    for (at, mark) in text.char_indices() {
        let after = at + mark.len_utf8();
        if at > limit
            && let Some(cut) = soft_cut.or_else(|| last_space(text, limit))
        {
            return Some(cut);
        }
        match boundary(text, at, mark) {
            Boundary::None => {}
            Boundary::Unknown if !ended => return None,
            Boundary::Unknown => {}
            Boundary::Sentence => {
                let cut = with_space(text, after);
                if worth_saying(&text[..after]) {
                    return (ended || cut < text.len()).then_some(cut);
                }
            }
            Boundary::Phrase => {
                let cut = with_space(text, after);
                if first && at + 1 >= FIRST_CLAUSE_MIN && (ended || cut < text.len()) {
                    return Some(cut);
                }
                if at <= limit && at >= limit / 3 {
                    soft_cut = Some(cut);
                }
            }
        }
    }
    ended.then_some(text.len())
}

/// A one-word sentence ("Yes.") is spoken at once; a lone mark or digit is not a clause.
fn worth_saying(text: &str) -> bool {
    text.chars().filter(|c| c.is_alphanumeric()).count() >= 2
}

/// What a character means for the cutting.
enum Boundary {
    None,
    /// The text ends here: what follows would decide.
    Unknown,
    Phrase,
    Sentence,
}

fn boundary(text: &str, at: usize, mark: char) -> Boundary {
    let after = &text[at + mark.len_utf8()..];
    match mark {
        '\n' => return Boundary::Sentence,
        '.' | '!' | '?' | '…' | ',' | ';' | ':' | '—' | '–' => {}
        '。' | '！' | '？' => return Boundary::Sentence,
        '、' | '，' | '；' | '：' => return Boundary::Phrase,
        _ => return Boundary::None,
    }
    let closing = after.trim_start_matches(['"', '”', '’', '\'', ')', ']', '.', '!', '?', '…']);
    let Some(next) = closing.chars().next() else { return Boundary::Unknown };
    let spaced = next.is_whitespace();
    match mark {
        '—' => Boundary::Phrase,
        '–' if spaced => Boundary::Phrase,
        ',' | ';' | ':' if spaced => phrase(text, at, closing),
        '.' if spaced => full_stop(text, at, closing),
        '!' | '?' | '…' if spaced => Boundary::Sentence,
        _ => Boundary::None,
    }
}

/// A comma inside a date ("Nov 27, 2026") or a list of numbers is no place to breathe.
fn phrase(text: &str, at: usize, rest: &str) -> Boundary {
    let before_digit = text[..at].ends_with(|c: char| c.is_ascii_digit());
    match rest.trim_start().chars().next() {
        None if before_digit => Boundary::Unknown,
        Some(next) if before_digit && next.is_ascii_digit() => Boundary::None,
        _ => Boundary::Phrase,
    }
}

/// A full stop ends a sentence unless it belongs to an abbreviation, an initial or a number, or lower case follows it.
fn full_stop(text: &str, at: usize, rest: &str) -> Boundary {
    let word_start = text[..at]
        .rfind(|c: char| c.is_whitespace() || matches!(c, '(' | '"' | '“' | '/'))
        .map_or(0, |i| i + text[i..].chars().next().map_or(1, char::len_utf8));
    let word = &text[word_start..at];
    let next = rest.trim_start().chars().next();
    let initial = word.chars().count() == 1 && word.chars().all(|c| c.is_uppercase()) && word != "I";
    let short = ABBREVIATIONS.contains(&word.to_lowercase().as_str());
    let inner_stop = word.contains('.') && word.chars().all(|c| c.is_alphabetic() || c == '.');
    match next {
        None => Boundary::Unknown,
        Some(_) if initial || short => Boundary::None,
        Some(next) if inner_stop && !next.is_uppercase() => Boundary::None,
        Some(next) if next.is_lowercase() => Boundary::None,
        Some(_) => Boundary::Sentence,
    }
}

/// `end` moved past the closing quotes and the white space behind it.
fn with_space(text: &str, end: usize) -> usize {
    let closed = text[end..].trim_start_matches(['"', '”', '’', '\'', ')', ']', '.', '!', '?', '…']);
    let rest = closed.trim_start();
    text.len() - rest.len()
}

/// The place after a run of white space within `limit` bytes that does not tear a number from its unit or a name from its title; before a
/// small word ("to", "with") where there is one in the later half, since people breathe there.
fn last_space(text: &str, limit: usize) -> Option<usize> {
    let (mut best, mut breath) = (None, None);
    for (at, mark) in text.char_indices().take_while(|(at, _)| *at <= limit) {
        if !mark.is_whitespace() || at == 0 {
            continue;
        }
        let after = at + mark.len_utf8();
        let near_digit = text[..at].ends_with(|c: char| c.is_ascii_digit())
            || text[after..].starts_with(|c: char| c.is_ascii_digit() || "$€£+(".contains(c));
        let stop_before = text[..at].ends_with('.');
        if !near_digit && !stop_before {
            let cut = with_space(text, after);
            best = Some(cut);
            let word_end = text[cut..].find(|c: char| !c.is_alphabetic()).map_or(text.len(), |end| cut + end);
            if at >= limit / 2 && BREATHS.contains(&&text[cut..word_end]) {
                breath = best;
            }
        }
    }
    breath.or(best)
}

/// Words people breathe before.
const BREATHS: [&str; 22] = [
    "and", "or", "but", "so", "for", "from", "to", "on", "at", "in", "with", "that", "which", "who", "if", "when",
    "because", "while", "until", "before", "after", "than",
];

/// Words whose full stop does not end a sentence.
const ABBREVIATIONS: [&str; 46] = [
    "mr", "mrs", "ms", "dr", "prof", "st", "mt", "ft", "sr", "jr", "vs", "etc", "e.g", "i.e", "approx", "dep", "arr",
    "no", "nos", "tel", "ext", "est", "min", "max", "hr", "hrs", "mins", "jan", "feb", "mar", "apr", "jun", "jul",
    "aug", "sept", "sep", "oct", "nov", "dec", "mon", "tue", "wed", "thu", "fri", "sat", "sun",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(text: &str) -> Vec<&str> {
        clauses(text).into_iter().map(|r| &text[r]).collect()
    }

    #[test]
    fn first_clause_is_short_and_later_ones_are_sentences() {
        assert_eq!(
            cut("Sure, let me check that for you. I found three flights, all nonstop. The cheapest is $312."),
            ["Sure, let me check that for you. ", "I found three flights, all nonstop. ", "The cheapest is $312."]
        );
        assert_eq!(
            cut("I found a flight, leaving at nine, for you."),
            ["I found a flight, ", "leaving at nine, for you."]
        );
        assert_eq!(cut("Yes. That works."), ["Yes. ", "That works."]);
    }

    #[test]
    fn numbers_prices_times_initials_and_abbreviations_stay_whole() {
        for whole in [
            "It costs $1,204.50 on J. K. Airways today",
            "Ask Dr. Smith at 9:45 a.m. tomorrow",
            "St. Louis, on Nov. 27, 2026 in the U.S. only",
            "Version 4.5 at voxfare.com is 3.5 percent",
        ] {
            let text = format!("Well then, listen now. {whole}.");
            let parts = cut(&text);
            assert!(parts.iter().any(|clause| clause.contains(whole)), "{parts:?}");
        }
    }

    #[test]
    fn long_text_without_marks_is_cut_at_words() {
        let text = "word ".repeat(100);
        let parts = cut(&text);
        assert!(parts[0].len() <= FIRST_CLAUSE_MAX + 1, "{}", parts[0].len());
        assert!(parts.iter().all(|p| p.len() <= CLAUSE_MAX + 1 && p.ends_with(' ')));
    }

    #[test]
    fn growing_text_waits_for_what_decides() {
        let mut cutter = Clauses::new();
        assert!(cutter.push("That is $3").is_empty());
        assert!(cutter.push(".").is_empty());
        assert_eq!(cutter.push("50 each, ").len(), 0);
        assert_eq!(cutter.push("all in. Then"), [0..20, 20..28]);
        assert_eq!(cutter.finish(), [28..32]);
    }

    proptest! {
        #[test]
        fn clauses_join_to_the_text(text in "[ a-zA-Z0-9.,;:!?$€—'\"()\n-]{0,400}") {
            let ranges = clauses(&text);
            let joined: String = ranges.iter().map(|r| &text[r.clone()]).collect();
            prop_assert_eq!(&joined, &text);
            prop_assert!(ranges.iter().all(|r| !r.is_empty()));
        }

        #[test]
        fn any_text_any_pieces(pieces in proptest::collection::vec("\\PC{0,20}", 0..12)) {
            let whole = pieces.concat();
            let mut cutter = Clauses::new();
            let mut ranges = Vec::new();
            for piece in &pieces {
                ranges.extend(cutter.push(piece));
            }
            ranges.extend(cutter.finish());
            let mut at = 0;
            for range in ranges {
                prop_assert_eq!(range.start, at);
                prop_assert!(whole.is_char_boundary(range.end));
                at = range.end;
            }
            prop_assert_eq!(at, whole.len());
        }
    }
}
