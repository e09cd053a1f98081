//! Guesses the part a word plays from its neighbours, as far as it changes how the word sounds. It parses nothing else.

use crate::providers::tts::lexicon::Part;

/// The part of `words[at]` among its neighbours; the words are in lower case, punctuation after each in `marks`.
pub fn part(words: &[String], marks: &[Option<char>], at: usize) -> Part {
    let near = |offset: isize| at.checked_add_signed(offset).and_then(|i| words.get(i)).map_or("", String::as_str);
    let (word, last, next) = (
        near(0),
        if at > 0 && marks[at - 1].is_some() { "" } else { near(-1) },
        if marks[at].is_some() { "" } else { near(1) },
    );
    if next.is_empty() && matches!(word, "her" | "there's") {
        return Part::Final;
    }
    if word == "used" {
        return if next == "to" && !matches!(last, "is" | "are" | "was" | "be" | "were") {
            Part::Past
        } else {
            Part::Unknown
        };
    }
    if HAVING.contains(&last) || HAVING.contains(&near(-2)) && ADVERBS.contains(&last) {
        return Part::Past;
    }
    if word == "read"
        && words.iter().any(|w| matches!(w.as_str(), "yesterday" | "ago" | "last" | "already"))
        && !MODALS.contains(&last)
    {
        return Part::Past;
    }
    if MODALS.contains(&last)
        || MODALS.contains(&near(-2)) && (ADVERBS.contains(&last) || PRONOUNS.contains(&last))
        || PRONOUNS.contains(&last)
    {
        return Part::Verb;
    }
    if matches!(word, "live" | "lives" | "close")
        && (matches!(next, "in" | "near" | "at" | "here" | "there") && !BEING.contains(&last))
        && (word != "close" || last.ends_with('s'))
    {
        return Part::Verb;
    }
    if DETERMINERS.contains(&last) {
        return Part::Noun;
    }
    if last.is_empty() && DETERMINERS.contains(&next) && word != "close" {
        return Part::Verb;
    }
    let described = DETERMINERS.contains(&near(-2)) || DETERMINERS.contains(&near(-3));
    if described && !ADVERBS.contains(&last) && word != "close" && word != "live" {
        return Part::Noun;
    }
    Part::Unknown
}

/// Whether a capitalised "Nice" is the town: after a word of place.
pub fn is_the_town_of_nice(last: &str) -> bool {
    matches!(last, "to" | "from" | "in" | "into" | "near" | "via" | "at" | "for" | "visit" | "between")
}

const HAVING: [&str; 14] = [
    "have", "has", "had", "i've", "you've", "we've", "they've", "haven't", "hasn't", "hadn't", "been", "was", "were",
    "having",
];
const BEING: [&str; 8] = ["is", "are", "be", "was", "were", "it's", "they're", "that's"];
const MODALS: [&str; 38] = [
    "to",
    "will",
    "can",
    "could",
    "would",
    "should",
    "may",
    "might",
    "must",
    "shall",
    "do",
    "does",
    "did",
    "don't",
    "doesn't",
    "didn't",
    "won't",
    "can't",
    "cannot",
    "couldn't",
    "wouldn't",
    "shouldn't",
    "i'll",
    "you'll",
    "we'll",
    "they'll",
    "it'll",
    "i'd",
    "you'd",
    "we'd",
    "they'd",
    "let's",
    "let",
    "please",
    "not",
    "never",
    "help",
    "and",
];
const PRONOUNS: [&str; 6] = ["i", "you", "we", "they", "who", "people"];
const ADVERBS: [&str; 16] = [
    "not", "also", "just", "already", "still", "never", "only", "always", "usually", "now", "then", "really", "even",
    "actually", "normally", "please",
];
const DETERMINERS: [&str; 30] = [
    "the", "a", "an", "my", "your", "our", "his", "her", "its", "their", "this", "that", "these", "those", "any",
    "some", "no", "each", "every", "another", "of", "in", "for", "with", "on", "at", "per", "one", "two", "what",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_decide_the_part() {
        for (text, word, expected) in [
            ("do you want to read it", "read", Part::Verb),
            ("i have read it", "read", Part::Past),
            ("i read it yesterday", "read", Part::Past),
            ("we live in boston", "live", Part::Verb),
            ("a live band", "live", Part::Noun),
            ("the gate will close soon", "close", Part::Verb),
            ("gates close at nine", "close", Part::Verb),
            ("it is close to the station", "close", Part::Unknown),
            ("the booking record", "record", Part::Noun),
            ("i will record that", "record", Part::Verb),
            ("present your passport", "present", Part::Verb),
            ("it used to fly daily", "used", Part::Past),
        ] {
            let words: Vec<_> = text.split(' ').map(str::to_owned).collect();
            let at = words.iter().position(|w| w == word).expect("the word is in its text");
            assert_eq!(part(&words, &vec![None; words.len()], at), expected, "{word} in {text}");
        }
    }
}
