//! One utterance as cleaned words, with a small pattern language and a record of which words were understood. It never invents words.

use crate::concierge::understand::number;
use crate::concierge::understand::token::{Gap, Token, tokens};
use std::ops::Range;

/// An utterance under understanding.
#[derive(Clone, Debug)]
pub(crate) struct Line<'a> {
    /// The text as it was heard, cut at [`TEXT_BYTES_MAX`].
    pub(crate) text: &'a str,
    /// Its words without fillers and stutters.
    pub(crate) tokens: Vec<Token>,
    /// Which words have been understood.
    used: Vec<bool>,
    /// One bit for the mark of each word that is there.
    present: Box<[u64; MARKS / 64]>,
}

/// Text beyond this many bytes is not looked at.
pub(crate) const TEXT_BYTES_MAX: usize = 2_000;

impl<'a> Line<'a> {
    /// Reads a text.
    pub(crate) fn new(text: &'a str) -> Self {
        let mut end = text.len().min(TEXT_BYTES_MAX);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let text = &text[..end];
        let tokens = clean(tokens(text));
        let used = vec![false; tokens.len()];
        let mut present = Box::new([0; MARKS / 64]);
        for token in &tokens {
            present[mark(&token.word) / 64] |= 1 << (mark(&token.word) % 64);
        }
        Self { text, tokens, used, present }
    }

    /// Number of words.
    pub(crate) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// The word at a position; empty outside the line.
    pub(crate) fn word(&self, i: usize) -> &str {
        self.tokens.get(i).map_or("", |t| t.word.as_str())
    }

    /// The word `n` before a position; empty outside the line.
    pub(crate) fn before(&self, i: usize, n: usize) -> &str {
        i.checked_sub(n).map_or("", |j| self.word(j))
    }

    /// The word at a position is one of these.
    pub(crate) fn is(&self, i: usize, words: &[&str]) -> bool {
        let word = self.word(i);
        !word.is_empty() && words.contains(&word)
    }

    /// What stands before the word at a position; a stop outside the line.
    pub(crate) fn gap(&self, i: usize) -> Gap {
        self.tokens.get(i).map_or(Gap::Stop, |t| if i == 0 { Gap::Stop } else { t.gap })
    }

    /// The word is there and nothing has understood it yet.
    pub(crate) fn free(&self, i: usize) -> bool {
        self.used.get(i).is_some_and(|used| !used)
    }

    /// Every word of a range is there and free.
    pub(crate) fn all_free(&self, range: Range<usize>) -> bool {
        range.end <= self.len() && range.into_iter().all(|i| self.free(i))
    }

    /// Marks words as understood.
    pub(crate) fn take(&mut self, range: Range<usize>) {
        for i in range {
            if let Some(used) = self.used.get_mut(i) {
                *used = true;
            }
        }
    }

    /// The words of a range as they were heard.
    pub(crate) fn said(&self, range: Range<usize>) -> String {
        let (Some(first), Some(last)) = (self.tokens.get(range.start), self.tokens.get(range.end.saturating_sub(1)))
        else {
            return String::new();
        };
        self.text.get(first.start..last.end.max(first.end)).unwrap_or("").trim().to_owned()
    }

    /// Matches a pattern at a position and answers the position after it.
    ///
    /// A pattern is words between spaces; `a|b` is either word, a trailing `?` makes it optional, `#` is a number, `_` any word.
    pub(crate) fn at(&self, i: usize, pattern: &str) -> Option<usize> {
        if pattern.is_empty() {
            return Some(i);
        }
        let word = self.word(i);
        let head = Head::read(pattern.as_bytes(), word.as_bytes());
        let rest = pattern.get(head.len + 1..).unwrap_or("");
        let next = match (head.sign, word.is_empty()) {
            (_, true) => None,
            (b'#', _) => number::cardinal(self, i).map(|(_, end)| end),
            (b'_', _) => Some(i + 1),
            _ => head.matched.then_some(i + 1),
        };
        if let Some(end) = next.and_then(|next| self.at(next, rest)) {
            return Some(end);
        }
        if head.optional { self.at(i, rest) } else { None }
    }

    /// The first place where a pattern matches.
    pub(crate) fn find(&self, pattern: &str) -> Option<Range<usize>> {
        if !self.may_begin(pattern) {
            return None;
        }
        (0..self.len()).find_map(|i| self.at(i, pattern).filter(|&end| end > i).map(|end| i..end))
    }

    /// Some word of the line could begin the pattern; rarely true for none that does.
    fn may_begin(&self, pattern: &str) -> bool {
        for head in pattern.split(' ') {
            let (head, optional) = head.strip_suffix('?').map_or((head, false), |h| (h, true));
            if matches!(head, "#" | "_") || self.any_present(head) {
                return true;
            }
            if !optional {
                return false;
            }
        }
        true
    }

    fn any_present(&self, alternatives: &str) -> bool {
        let bytes = alternatives.as_bytes();
        let mut mark = MARK;
        for (i, &b) in bytes.iter().enumerate() {
            mark = if b == b'|' { MARK } else { step(mark, b) };
            let ends = matches!(bytes.get(i + 1), None | Some(b'|'));
            if ends && self.present[place(mark) / 64] >> (place(mark) % 64) & 1 == 1 {
                return true;
            }
        }
        false
    }

    /// A pattern matches somewhere.
    pub(crate) fn has(&self, pattern: &str) -> bool {
        self.find(pattern).is_some()
    }

    /// One of several patterns matches somewhere.
    pub(crate) fn has_any(&self, patterns: &[&str]) -> bool {
        patterns.iter().any(|p| self.has(p))
    }

    /// One of several patterns matches the whole line.
    pub(crate) fn is_whole(&self, patterns: &[&str]) -> bool {
        patterns.iter().any(|p| self.at(0, p) == Some(self.len()))
    }

    /// Several patterns, one after the other, match the whole line.
    pub(crate) fn is_made_of(&self, patterns: &[&str]) -> bool {
        let mut at = 0;
        while let Some(end) = self.at_any(at, patterns) {
            at = end;
        }
        at > 0 && at == self.len()
    }

    /// One of several patterns matches at a position; answers the end of the longest.
    pub(crate) fn at_any(&self, i: usize, patterns: &[&str]) -> Option<usize> {
        patterns.iter().filter_map(|p| self.at(i, p)).filter(|&end| end > i).max()
    }

    /// One of several patterns ends right before a position; answers where the longest begins.
    pub(crate) fn ends_before(&self, i: usize, patterns: &[&str]) -> Option<usize> {
        (i.saturating_sub(6)..i).find(|&start| patterns.iter().any(|p| self.at(start, p) == Some(i)))
    }

    /// Words that nothing has understood and that are not mere grammar.
    pub(crate) fn unread(&self) -> usize {
        (0..self.len()).filter(|&i| self.free(i) && !GRAMMAR.contains(&self.word(i))).count()
    }
}

/// The mark of a word, one of [`MARKS`].
fn mark(word: &str) -> usize {
    place(word.bytes().fold(MARK, step))
}

fn step(mark: u32, byte: u8) -> u32 {
    (mark ^ u32::from(byte)).wrapping_mul(0x0100_0193)
}

fn place(mark: u32) -> usize {
    (mark >> 20) as usize % MARKS
}

const MARK: u32 = 0x811c_9dc5;

/// Marks that words are told apart by before they are compared.
const MARKS: usize = 4_096;

/// The first part of a pattern, held against a word.
struct Head {
    /// Its bytes, with the question mark.
    len: usize,
    /// One of its alternatives is the word.
    matched: bool,
    /// It may be left out.
    optional: bool,
    /// Its first byte when it is only one, else zero.
    sign: u8,
}

impl Head {
    fn read(pattern: &[u8], word: &[u8]) -> Self {
        let mut head = Self { len: 0, matched: false, optional: false, sign: 0 };
        let mut start = 0;
        for (i, &b) in pattern.iter().chain(b" ").enumerate() {
            if !matches!(b, b' ' | b'|' | b'?') {
                continue;
            }
            let alternative = pattern.get(start..i).unwrap_or(&[]);
            head.matched |= alternative.first() == word.first() && alternative == word;
            head.optional |= b == b'?';
            start = i + 1;
            if b == b' ' {
                head.len = i;
                break;
            }
        }
        if head.len == 1 || head.len == 2 && head.optional {
            head.sign = pattern[0];
        }
        head
    }
}

/// Drops fillers and stutters, and joins words that recognisers split.
fn clean(tokens: Vec<Token>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut gap = Gap::Joined;
    let mut dropped = String::new();
    for mut token in tokens {
        if token.word == "huh" && dropped == "uh" {
            token.word = "mhm".to_owned();
        }
        if FILLERS.contains(&token.word.as_str()) || filler_like(&token, &out) {
            gap = gap.max(token.gap);
            dropped = token.word;
            continue;
        }
        dropped.clear();
        if let Some((_, meant)) = MISHEARD.iter().find(|(heard, _)| *heard == token.word) {
            token.word = (*meant).to_owned();
        }
        token.gap = token.gap.max(gap);
        gap = Gap::Joined;
        if joined(&mut out, &token) || stutter(&mut out, &token) {
            continue;
        }
        out.push(token);
    }
    out
}

/// "Like" between commas or before anything that one cannot like to.
fn filler_like(token: &Token, out: &[Token]) -> bool {
    token.word == "like"
        && !out.last().is_some_and(|t| {
            ["i", "would", "you", "we", "also", "really", "looks", "something", "do", "to", "just"]
                .contains(&t.word.as_str())
        })
        && !out.is_empty()
}

fn joined(out: &mut [Token], token: &Token) -> bool {
    let Some(last) = out.last_mut() else { return false };
    let Some((_, _, whole)) = SPLIT.iter().find(|(a, b, _)| *a == last.word && *b == token.word) else { return false };
    last.word = (*whole).to_owned();
    last.end = token.end;
    true
}

/// "To to Boston", "I want I want to": the second saying counts.
fn stutter(out: &mut Vec<Token>, token: &Token) -> bool {
    let n = out.len();
    if n >= 1 && out[n - 1].word == token.word && REPEATED.contains(&token.word.as_str()) {
        return true;
    }
    if n >= 3
        && out[n - 1].word == out[n.saturating_sub(3)].word
        && out[n - 2].word == token.word
        && REPEATED.contains(&out[n - 1].word.as_str())
    {
        out.pop();
        return true;
    }
    false
}

const FILLERS: [&str; 16] = [
    "um",
    "uh",
    "umm",
    "uhh",
    "uhm",
    "er",
    "erm",
    "ah",
    "eh",
    "hm",
    "hmm",
    "mmm",
    "ehm",
    "em",
    "basically",
    "literally",
];

const REPEATED: [&str; 40] = [
    "to", "from", "the", "a", "i", "want", "need", "and", "in", "on", "at", "for", "is", "it", "my", "we", "of",
    "with", "can", "would", "no", "yes", "yeah", "okay", "ok", "so", "how", "what", "could", "you", "me", "that",
    "this", "next", "please", "wait", "stop", "hello", "hi", "bye",
];

const SPLIT: [(&str, &str, &str); 14] = [
    ("week", "end", "weekend"),
    ("week", "ends", "weekends"),
    ("air", "port", "airport"),
    ("air", "fare", "airfare"),
    ("air", "line", "airline"),
    ("good", "bye", "goodbye"),
    ("to", "morrow", "tomorrow"),
    ("non", "stop", "nonstop"),
    ("none", "stop", "nonstop"),
    ("red", "eye", "redeye"),
    ("o", "clock", "oclock"),
    ("round", "trip", "roundtrip"),
    ("lay", "over", "layover"),
    ("thanks", "giving", "thanksgiving"),
];

/// Words that recognisers write for another, and that no traveller says.
const MISHEARD: [(&str, &str); 5] = [
    ("unstop", "nonstop"),
    ("unstopped", "nonstop"),
    ("nunstop", "nonstop"),
    ("onstop", "nonstop"),
    ("monstop", "nonstop"),
];

/// Words that carry no meaning of their own.
pub(crate) const GRAMMAR: [&str; 75] = [
    "a", "an", "the", "to", "too", "of", "in", "on", "at", "for", "from", "and", "or", "but", "so", "i", "we", "me",
    "us", "my", "our", "you", "it", "is", "are", "am", "be", "was", "would", "will", "could", "can", "should", "do",
    "does", "did", "have", "has", "had", "that", "this", "there", "with", "by", "as", "if", "then", "please", "just",
    "like", "want", "need", "let", "lets", "get", "got", "well", "okay", "ok", "maybe", "also", "some", "any", "one",
    "actually", "about", "make", "now", "really", "think", "know", "yes", "no", "say", "said",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        Line::new(text).tokens.iter().map(|t| t.word.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn text_becomes_plain_words() {
        for (text, expected) in [
            ("I'd like to fly, um, to to São Paulo at 2pm.", "i would like to fly to sao paulo at 2 pm"),
            ("L.A.X. at 7:30 p.m. for $1,200", "lax at 7:30 pm for 1200 dollars"),
            ("S-M-I-T-H", "smith"),
            ("O'Hare on the 27th", "ohare on the 27th"),
            ("I want, I want to go on 12/24", "i want to go on 12/24"),
            ("Only unstop flights", "only nonstop flights"),
            ("non-stop week end Walla Walla", "nonstop weekend walla walla"),
            ("what's 2026-12-24?", "what is 2026-12-24"),
            ("St. Louis. Yes", "st louis yes"),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn patterns_have_options_and_numbers() {
        let line = Line::new("please book the second one for two people");
        assert_eq!(line.find("book|reserve the? second|third one?"), Some(1..5));
        assert_eq!(line.find("for # people"), Some(5..8));
        assert!(!line.has("book it"));
    }
}
