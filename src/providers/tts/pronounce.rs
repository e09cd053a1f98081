//! Turns the words to be said into the phonemes of the voice, each tied to the source word it belongs to. It never reads digits.

use crate::providers::tts::accent::{
    begins_with_vowel, is_stress, is_vowel, lowered, stressed, with_ed, with_ing, with_s,
};
use crate::providers::tts::lexicon::{self, Part, capitalised};
use crate::providers::tts::normal::word::{SourceWord, Spoken};
use crate::providers::tts::{letters, part};
use std::borrow::Cow;

/// A phoneme, a space or a punctuation mark, and the source word that sounds in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phone {
    /// The symbol in the model's alphabet.
    pub symbol: char,
    /// Index into the source words; `None` for pauses.
    pub word: Option<u32>,
}

/// The phonemes of the words, in order, with spaces between them and marks after them.
pub fn pronounce(words: &[SourceWord]) -> Vec<Phone> {
    let items = items(words);
    let spoken = say_all(&items);
    let mut phones = Vec::new();
    for (item, sound) in items.iter().zip(&spoken) {
        if item.spaced && !phones.is_empty() {
            phones.push(Phone { symbol: ' ', word: None });
        }
        phones.extend(sound.chars().map(|symbol| Phone { symbol, word: (symbol != ' ').then_some(item.word) }));
        if let Some(symbol) = item.mark.filter(|_| !phones.is_empty()) {
            phones.push(Phone { symbol, word: None });
        }
    }
    phones
}

/// The phonemes of `words` as one string, for tests and for people.
pub fn phonemes(words: &[SourceWord]) -> String {
    pronounce(words).iter().map(|phone| phone.symbol).collect()
}

/// One thing to say, flat.
struct Item<'a> {
    word: u32,
    spoken: &'a Spoken,
    mark: Option<char>,
    /// A space stands before it.
    spaced: bool,
    /// Another letter of the same short run follows without a space.
    run_goes_on: bool,
}

/// Runs of letters up to this long are said as one word: "U S", "A M".
const LETTER_RUN_MAX: usize = 3;

fn items(words: &[SourceWord]) -> Vec<Item<'_>> {
    let mut items: Vec<Item<'_>> = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let run = word.spoken.iter().filter(|s| matches!(s, Spoken::Letter(_))).count() <= LETTER_RUN_MAX;
        for (at, spoken) in word.spoken.iter().enumerate() {
            if *spoken == Spoken::Breath {
                if let Some(last) = items.last_mut() {
                    last.mark = last.mark.or(Some(','));
                }
                continue;
            }
            let letter = |at: usize| matches!(word.spoken.get(at), Some(Spoken::Letter(_)));
            let joined = run && letter(at) && at > 0 && letter(at - 1);
            if joined && let Some(last) = items.last_mut() {
                last.run_goes_on = true;
            }
            items.push(Item {
                word: u32::try_from(index).unwrap_or(u32::MAX),
                spoken,
                mark: None,
                spaced: !joined,
                run_goes_on: false,
            });
        }
        if let (Some(last), true) = (items.last_mut(), word.mark.is_some()) {
            last.mark = word.mark;
        }
    }
    items
}

/// The sound of each item; from the end, because "the" and "to" listen to what follows.
fn say_all(items: &[Item<'_>]) -> Vec<String> {
    let lower: Vec<String> = items
        .iter()
        .map(|item| if let Spoken::Word(word) = item.spoken { word.to_lowercase() } else { String::new() })
        .collect();
    let marks: Vec<_> = items.iter().map(|item| item.mark).collect();
    let mut sounds = vec![String::new(); items.len()];
    let mut vowel_follows = None;
    for (at, item) in items.iter().enumerate().rev() {
        if item.mark.is_some() {
            vowel_follows = None;
        }
        sounds[at] = match item.spoken {
            Spoken::Breath => String::new(),
            Spoken::Letter(letter) => {
                let name = letters::name(*letter).unwrap_or("");
                if item.run_goes_on { lowered(name) } else { name.to_owned() }
            }
            Spoken::Word(word) => {
                let last = if at > 0 && marks[at - 1].is_none() { lower[at - 1].as_str() } else { "" };
                let next = lower.get(at + 1).filter(|_| item.mark.is_none()).map_or("", String::as_str);
                function_word(word, vowel_follows)
                    .or_else(|| pointing_that(word, last, next))
                    .map_or_else(|| content_word(word, last, || part::part(&lower, &marks, at)), str::to_owned)
            }
        };
        if !sounds[at].is_empty() {
            vowel_follows = Some(begins_with_vowel(&sounds[at]));
        }
    }
    sounds
}

/// Words whose sound hangs on what follows: `None` there means a pause or the end.
fn function_word(word: &str, vowel_follows: Option<bool>) -> Option<&'static str> {
    Some(match (word, vowel_follows) {
        ("a" | "A", _) => "ɐ",
        ("an" | "An", _) => "ɐn",
        ("the" | "The" | "THE", Some(true)) => "ði",
        ("the" | "The" | "THE", _) => "ðə",
        ("to" | "To", None) => "tu",
        ("to" | "To", Some(true)) => "tʊ",
        ("to" | "To", Some(false)) => "tə",
        ("in" | "In", None) => "ˈɪn",
        ("in" | "In", _) => "ɪn",
        ("I", _) => "ˌI",
        ("am", Some(_)) => "ɐm",
        ("OK" | "Ok" | "ok", _) => "OkˈA",
        _ => return None,
    })
}

/// "that" is stressed where it points at something, not where it joins clauses.
fn pointing_that(word: &str, last: &str, next: &str) -> Option<&'static str> {
    let points = last.is_empty()
        || matches!(
            next,
            "" | "for"
                | "is"
                | "was"
                | "would"
                | "will"
                | "one"
                | "works"
                | "to"
                | "now"
                | "date"
                | "day"
                | "price"
                | "flight"
                | "hotel"
                | "time"
        );
    (points && matches!(word, "that" | "That")).then_some("ðˈæt")
}

fn content_word(word: &str, last: &str, part: impl Fn() -> Part) -> String {
    if word == "Nice" && part::is_the_town_of_nice(last) {
        return "nˈis".to_owned();
    }
    let part = part();
    let sound = lexicon::travel(word).map(Cow::Borrowed).or_else(|| known(word, part));
    let sound = sound.map_or_else(|| unknown(word, part), Cow::into_owned);
    if word.chars().filter(|c| c.is_alphabetic()).count() > 1 && word.chars().all(|c| !c.is_lowercase()) {
        stressed(&sound, 'ˈ')
    } else if word.starts_with(char::is_uppercase) {
        stressed(&sound, 'ˌ')
    } else {
        sound
    }
}

/// From the lexicon: the word itself, without its accents, or with an ending taken off.
fn known(word: &str, part: Part) -> Option<Cow<'static, str>> {
    let base = lexicon::base();
    if let Some(found) = base.find(word, part) {
        return Some(Cow::Borrowed(found));
    }
    let folded = fold(word);
    if folded != word
        && let Some(found) = lexicon::travel(&folded).or_else(|| base.find(&folded, part))
    {
        return Some(Cow::Borrowed(found));
    }
    ending(&folded, part).map(Cow::Owned)
}

/// The word's stem with its ending said by rule.
fn ending(word: &str, part: Part) -> Option<String> {
    let lower = word.to_lowercase();
    let cut = |ending: &str| {
        lower
            .ends_with(ending)
            .then(|| word.get(..word.len() - ending.len()))
            .flatten()
            .filter(|stem| stem.chars().count() > 1)
    };
    let stem = |stem: &str| {
        lexicon::travel(stem).map(str::to_owned).or_else(|| lexicon::base().find(stem, part).map(str::to_owned))
    };
    let name = |word: &str| stem(word).or_else(|| Some(unknown(word, part)).filter(|s| !s.is_empty()));
    for (clitic, sound) in [("'ll", "ᵊl"), ("'ve", "əv"), ("'re", "əɹ"), ("'d", "d"), ("'m", "m"), ("n't", "ᵊnt")]
    {
        if let Some(head) = cut(clitic) {
            return name(head).map(|s| format!("{s}{sound}"));
        }
    }
    if let Some(owner) = cut("'s").or_else(|| cut("s'")) {
        return name(owner).map(|s| with_s(&s));
    }
    cut("s")
        .filter(|s| !s.ends_with(['s', 'u', 'i']))
        .and_then(stem)
        .map(|s| with_s(&s))
        .or_else(|| cut("es").and_then(stem).map(|s| with_s(&s)))
        .or_else(|| cut("ies").and_then(|s| stem(&format!("{s}y"))).map(|s| with_s(&s)))
        .or_else(|| {
            cut("ed")
                .and_then(|s| stem(s).or_else(|| stem(&format!("{s}e"))).or_else(|| undoubled(s).and_then(&stem)))
                .map(|s| with_ed(&s))
        })
        .or_else(|| {
            cut("ing")
                .and_then(|s| stem(s).or_else(|| stem(&format!("{s}e"))).or_else(|| undoubled(s).and_then(&stem)))
                .map(|s| with_ing(&s))
        })
}

/// "booking" needs nothing, "planning" loses one n.
fn undoubled(stem: &str) -> Option<&str> {
    let mut chars = stem.chars().rev();
    (chars.next()? == chars.next()?).then(|| &stem[..stem.len() - 1])
}

/// A word the lexicon does not have: its parts, or its letters.
fn unknown(word: &str, part: Part) -> String {
    if word.contains('-') {
        return compound(word.split('-').filter(|p| !p.is_empty()), part);
    }
    let parts = camel(word);
    if parts.len() > 1 {
        return compound(parts.into_iter(), part);
    }
    if let Some((head, tail)) = two_words(word) {
        return format!("{head}{}", lowered(tail));
    }
    letters::pronounce(&fold(word))
}

/// Parts said as one word: the first keeps its stress, except in numbers like forty-five, where the last does.
fn compound<'a>(parts: impl Iterator<Item = &'a str>, part: Part) -> String {
    let parts: Vec<_> = parts.collect();
    let number = parts.first().is_some_and(|first| first.ends_with("ty") && first.len() <= 7);
    let mut sound = String::new();
    for (at, word) in parts.iter().enumerate() {
        let said = if word.chars().count() == 1 && word.is_ascii() {
            letters::name(word.chars().next().unwrap_or(' ')).unwrap_or("").to_owned()
        } else {
            lexicon::travel(word)
                .map(Cow::Borrowed)
                .or_else(|| known(word, part))
                .map_or_else(|| letters::pronounce(&fold(word)), Cow::into_owned)
        };
        let strong = if number { at + 1 == parts.len() } else { at == 0 };
        if parts.len() > 2 && at > 0 {
            sound.push(' ');
        }
        sound.push_str(&if strong || parts.len() > 2 { said } else { lowered(&said) });
    }
    sound
}

/// "MetaSearch" is Meta and Search.
fn camel(word: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut last_small = false;
    for (at, c) in word.char_indices() {
        if c.is_uppercase() && last_small && at - start > 1 {
            parts.push(&word[start..at]);
            start = at;
        }
        last_small = c.is_lowercase();
    }
    parts.push(&word[start..]);
    parts
}

/// A long unknown word made of two known ones: "guesthouse", "webpage".
fn two_words(word: &str) -> Option<(&'static str, &'static str)> {
    let base = lexicon::base();
    if word.len() < 7 || !word.is_ascii() || word.chars().skip(1).any(char::is_uppercase) {
        return None;
    }
    let lower = word.to_lowercase();
    (3..=lower.len() - 3).rev().find_map(|cut| {
        let (head, tail) = (base.exact(&lower[..cut], Part::Noun)?, base.exact(&lower[cut..], Part::Noun)?);
        (head.contains(is_stress) && tail.contains(is_stress) && head.chars().any(is_vowel) && tail.len() > 4)
            .then_some((head, tail))
    })
}

/// Latin letters without their accents, capitals kept.
fn fold(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    for c in word.chars() {
        let small = c.to_lowercase().next().unwrap_or(c);
        match FOLDED.into_iter().find(|(accented, _)| accented.contains(small)) {
            Some((_, plain)) if c.is_uppercase() => folded.push_str(&capitalised(plain)),
            Some((_, plain)) => folded.push_str(plain),
            None => folded.push(c),
        }
    }
    folded
}

const FOLDED: [(&str, &str); 18] = [
    ("áàâäãåāăą", "a"),
    ("éèêëēęě", "e"),
    ("íìîïīı", "i"),
    ("óòôöõøōő", "o"),
    ("úùûüūůű", "u"),
    ("çćč", "c"),
    ("ñńň", "n"),
    ("śšşș", "s"),
    ("źžż", "z"),
    ("ł", "l"),
    ("ğ", "g"),
    ("ř", "r"),
    ("ýÿ", "y"),
    ("ťț", "t"),
    ("ďđð", "d"),
    ("ß", "ss"),
    ("æ", "ae"),
    ("œ", "oe"),
];

#[cfg(test)]
mod tests {
    use super::super::normal::normalise;
    use super::*;

    #[test]
    fn sentences_sound_as_the_model_was_trained_to_hear_them() {
        for (text, expected) in [
            ("Sure, let me check that for you.", "ʃˈʊɹ, lˈɛt mˌi ʧˈɛk ðˈæt fɔɹ ju."),
            (
                "I found a flight to Paris at 9:45 am for $312.",
                "ˌI fˈWnd ɐ flˈIt tə pˈɛɹəs æt nˈIn fˌɔɹTifˈIv ˌAˈɛm fɔɹ θɹˈi hˈʌndɹəd twˈɛlv dˈɑləɹz.",
            ),
            ("The hour, the gate.", "ði ˈWəɹ, ðə ɡˈAt."),
            ("Lufthansa to O'Hare", "lˈʊfthˌɑnsə tʊ ˌOhˈɛɹ"),
            ("to Nice", "tə nˈis"),
            ("Marriott's", "mˈɛɹiəts"),
            ("the UK", "ðə jˌukˈA"),
            ("rebooked", "ɹibˈʊkt"),
            ("Zürich", "zˈʊɹɪk"),
        ] {
            assert_eq!(phonemes(&normalise(text)), expected, "{text}");
        }
    }

    #[test]
    fn every_phone_of_a_word_knows_it() {
        let words = normalise("UA 1523, at 9:45 am.");
        let phones = pronounce(&words);
        for (index, word) in words.iter().enumerate() {
            assert!(
                phones.iter().any(|p| p.word == Some(u32::try_from(index).expect("few words"))),
                "{word:?} is silent"
            );
        }
        let order: Vec<_> = phones.iter().filter_map(|p| p.word).collect();
        assert!(order.windows(2).all(|pair| pair[0] <= pair[1]));
        assert!(phones.iter().filter(|p| matches!(p.symbol, ',' | '.' | ' ')).all(|p| p.word.is_none()));
    }

    #[test]
    fn foreign_bytes_never_panic() {
        for text in ["日本語", "\u{200d}\u{fe0f}", "ǅ-ǅ'll", "'s 's", "—–—", "a".repeat(4000).as_str()] {
            let _ = pronounce(&normalise(text));
        }
    }
}
