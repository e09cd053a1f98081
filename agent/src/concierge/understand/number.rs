//! Numbers as people say them and as recognisers write them. It never rounds.

use crate::concierge::understand::line::Line;

/// A whole number that begins at a position, and the position after it: "27", "twenty seven", "four hundred", "a hundred and ten".
pub(crate) fn cardinal(line: &Line<'_>, i: usize) -> Option<(u64, usize)> {
    if let Some(n) = digits(line.word(i)) {
        return Some(multiplied(line, n, i + 1));
    }
    let (mut n, mut at) = match line.word(i) {
        "a" if line.is(i + 1, &["hundred", "thousand", "grand"]) => (1, i + 1),
        "hundred" => (1, i),
        _ => below_hundred(line, i)?,
    };
    (n, at) = multiplied(line, n, at);
    Some((n, at))
}

/// "Hundred" and "thousand" after a number, and what is added after them.
fn multiplied(line: &Line<'_>, n: u64, mut at: usize) -> (u64, usize) {
    let mut total = n;
    if line.word(at) == "hundred" && total < 100 {
        total *= 100;
        at += 1;
        (total, at) = added(line, total, at, 99);
    }
    if line.is(at, &["thousand", "grand"]) && total < 1_000 {
        total *= 1_000;
        at += 1;
        (total, at) = added(line, total, at, 999);
    }
    (total, at)
}

fn added(line: &Line<'_>, total: u64, at: usize, most: u64) -> (u64, usize) {
    let next = if line.word(at) == "and" { at + 1 } else { at };
    let Some((n, mut end)) = below_hundred(line, next).or_else(|| digits(line.word(next)).map(|n| (n, next + 1)))
    else {
        return (total, at);
    };
    let mut n = n;
    if most > 99 && line.word(end) == "hundred" {
        n *= 100;
        end += 1;
        (n, end) = added(line, n, end, 99);
    }
    if n == 0 || n > most { (total, at) } else { (total + n, end) }
}

/// A number in words below one hundred.
pub(crate) fn below_hundred(line: &Line<'_>, i: usize) -> Option<(u64, usize)> {
    let word = line.word(i);
    if let Some(n) = UNITS.iter().position(|u| *u == word) {
        return Some((n as u64, i + 1));
    }
    let tens = tens(word)?;
    match UNITS.iter().position(|u| *u == line.word(i + 1)) {
        Some(unit @ 1..=9) => Some((tens + unit as u64, i + 2)),
        _ => Some((tens, i + 1)),
    }
}

/// A small count where one is expected, with the words that sound like it ("to" and "too" for two, "for" for four).
pub(crate) fn count(line: &Line<'_>, i: usize) -> Option<(u64, usize)> {
    let heard = match line.word(i) {
        "a" | "an" | "single" | "won" => 1,
        "to" | "too" | "both" | "couple" | "tu" => 2,
        "for" | "fore" => 4,
        "sex" => 6,
        "ate" => 8,
        _ => return cardinal(line, i),
    };
    if line.word(i) == "a" && line.word(i + 1) == "couple" {
        return Some((2, if line.word(i + 2) == "of" { i + 3 } else { i + 2 }));
    }
    Some((heard, i + 1))
}

/// A day or a place in a list: "27th", "twenty seventh", "first".
pub(crate) fn ordinal(line: &Line<'_>, i: usize) -> Option<(u64, usize)> {
    let word = line.word(i);
    if let Some(n) = ["st", "nd", "rd", "th"].iter().find_map(|s| word.strip_suffix(s)).and_then(digits) {
        return Some((n, i + 1));
    }
    if let Some(n) = ORDINALS.iter().position(|o| *o == word) {
        return Some((n as u64, i + 1));
    }
    match word {
        "twentieth" => Some((20, i + 1)),
        "thirtieth" => Some((30, i + 1)),
        "twenty" | "thirty" => {
            let unit = ORDINALS.iter().position(|o| *o == line.word(i + 1)).filter(|n| (1..=9).contains(n))?;
            Some((tens(word)? + unit as u64, i + 2))
        }
        _ => None,
    }
}

/// Plain digits, at most nine of them.
pub(crate) fn digits(word: &str) -> Option<u64> {
    (!word.is_empty() && word.len() <= 9 && word.bytes().all(|b| b.is_ascii_digit()))
        .then(|| word.parse().ok())
        .flatten()
}

fn tens(word: &str) -> Option<u64> {
    TENS.iter().position(|t| *t == word).map(|n| (n as u64 + 2) * 10)
}

const UNITS: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];

const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

const ORDINALS: [&str; 20] = [
    "zeroth",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spoken_numbers_have_their_value() {
        for (text, expected) in [
            ("27", 27),
            ("twenty seven", 27),
            ("four hundred", 400),
            ("four hundred and fifty", 450),
            ("a hundred ten", 110),
            ("fifteen hundred", 1_500),
            ("two thousand three hundred and five", 2_305),
            ("1 thousand 200", 1_200),
        ] {
            assert_eq!(cardinal(&Line::new(text), 0).map(|(n, _)| n), Some(expected), "{text}");
        }
        assert_eq!(ordinal(&Line::new("twenty seventh"), 0), Some((27, 2)));
        assert_eq!(ordinal(&Line::new("21st"), 0), Some((21, 1)));
        assert_eq!(ordinal(&Line::new("twenty"), 0), None);
    }
}
