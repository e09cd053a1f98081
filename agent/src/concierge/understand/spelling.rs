//! Words spelled letter by letter: plain letters, the alphabet of pilots, "S as in Sam", and booking references. It corrects no spelling.

use crate::concierge::meaning::{Asked, Context, Slots};
use crate::concierge::understand::line::Line;
use crate::concierge::understand::number;

/// A spelled word that begins at a position, at least two letters, and the position after it.
pub(crate) fn spelled(line: &Line<'_>, i: usize) -> Option<(String, usize)> {
    if line.tokens.get(i).is_some_and(|t| t.spelled) {
        return Some((line.word(i).to_owned(), i + 1));
    }
    let mut word = String::new();
    let mut at = i;
    let mut plain = 0;
    while word.len() < LETTERS_MAX
        && let Some((letters, end, sure)) = letter(line, at)
    {
        word.push_str(&letters);
        plain += usize::from(sure);
        at = end;
    }
    (word.len() >= 2 && plain >= 2 && plain * 2 >= word.len()).then_some((word, at))
}

/// Letters of a spelled word.
const LETTERS_MAX: usize = 30;

/// One letter, or a doubled one, and whether its word can be nothing else.
fn letter(line: &Line<'_>, i: usize) -> Option<(String, usize, bool)> {
    if line.word(i) == "double" {
        if line.is(i + 1, &["u", "you"]) {
            return Some(("w".to_owned(), i + 2, true));
        }
        let (letter, end, sure) = letter(line, i + 1)?;
        return Some((letter.repeat(2), end, sure));
    }
    let word = line.word(i);
    let (letter, sure) = match word.len() {
        1 if word.bytes().all(|b| b.is_ascii_lowercase()) => (word.chars().next()?, true),
        _ => match PILOTS.iter().find(|p| {
            **p == word
                || word == "alfa" && **p == "alpha"
                || word == "juliett" && **p == "juliet"
                || word == "xray" && **p == "x-ray"
        }) {
            Some(pilot) => (pilot.chars().next()?, true),
            None => (HEARD.iter().find(|(heard, _)| *heard == word)?.1, false),
        },
    };
    let end = line
        .at(i + 1, "as in _")
        .or_else(|| line.at(i + 1, "is? for _").filter(|_| sure && word.len() == 1))
        .unwrap_or(i + 1);
    Some((letter.to_string(), end, sure))
}

/// Fills in a booking reference and takes its words.
pub(crate) fn reference(line: &mut Line<'_>, context: &Context, slots: &mut Slots) {
    let asked = context.asked == Asked::Reference;
    let led = line.find("reference|confirmation|locator|booking|reservation|pnr number|code? is?").map(|r| r.end);
    for i in 0..line.len() {
        let near = asked || led.is_some_and(|end| i >= end && i <= end + 1);
        if let Some((code, end)) = code_at(line, i, near) {
            line.take(i..end);
            slots.reference = Some(code.to_ascii_uppercase());
            return;
        }
    }
}

/// Six letters and digits, written as one word or said one by one.
fn code_at(line: &Line<'_>, i: usize, near: bool) -> Option<(String, usize)> {
    let token = line.tokens.get(i)?;
    let word = token.word.as_str();
    let mixed = word.bytes().any(|b| b.is_ascii_digit())
        && word.bytes().any(|b| b.is_ascii_alphabetic())
        && word.bytes().all(|b| b.is_ascii_alphanumeric());
    if word.len() == REFERENCE_LEN && (mixed && !word.ends_with("th") || near && (token.shouted || token.spelled)) {
        return Some((word.to_owned(), i + 1));
    }
    if !near {
        return None;
    }
    let mut code = String::new();
    let mut at = i;
    while code.len() < REFERENCE_LEN
        && let Some((part, end)) = code_part(line, at)
    {
        code.push_str(&part);
        at = end;
    }
    (code.len() == REFERENCE_LEN && at >= i + 2).then_some((code, at))
}

/// Characters of a booking reference.
const REFERENCE_LEN: usize = 6;

fn code_part(line: &Line<'_>, i: usize) -> Option<(String, usize)> {
    if let Some((letter, end, _)) = letter(line, i) {
        return Some((letter, end));
    }
    let token = line.tokens.get(i)?;
    let word = &token.word;
    if word.len() <= REFERENCE_LEN
        && word.bytes().all(|b| b.is_ascii_alphanumeric())
        && (token.shouted || token.spelled || word.bytes().any(|b| b.is_ascii_digit()))
    {
        return Some((word.clone(), i + 1));
    }
    number::below_hundred(line, i).map(|(n, end)| (n.to_string(), end))
}

/// Letters that a spelling has begun with and not finished: the count at the end of the line.
pub(crate) fn trailing_letters(line: &Line<'_>) -> usize {
    (0..line.len()).rev().take_while(|&i| line.word(i).len() == 1 || PILOTS.contains(&line.word(i))).count()
}

const PILOTS: [&str; 26] = [
    "alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet", "kilo", "lima",
    "mike", "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango", "uniform", "victor", "whiskey", "x-ray",
    "yankee", "zulu",
];

/// What recognisers write for a letter that is said alone.
const HEARD: [(&str, char); 30] = [
    ("ay", 'a'),
    ("bee", 'b'),
    ("be", 'b'),
    ("see", 'c'),
    ("sea", 'c'),
    ("dee", 'd'),
    ("eff", 'f'),
    ("gee", 'g'),
    ("aitch", 'h'),
    ("eye", 'i'),
    ("jay", 'j'),
    ("kay", 'k'),
    ("okay", 'k'),
    ("ell", 'l'),
    ("el", 'l'),
    ("en", 'n'),
    ("oh", 'o'),
    ("pee", 'p'),
    ("pea", 'p'),
    ("cue", 'q'),
    ("queue", 'q'),
    ("are", 'r'),
    ("ar", 'r'),
    ("ess", 's'),
    ("tee", 't'),
    ("tea", 't'),
    ("you", 'u'),
    ("vee", 'v'),
    ("why", 'y'),
    ("zee", 'z'),
];
