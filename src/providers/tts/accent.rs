//! Stress marks and endings of phoneme strings in the model's alphabet. It never looks at spelling.

/// Symbols that carry a syllable; capital letters are diphthongs.
pub const VOWELS: &str = "AIOQWYaiuæɑɒɔəɛɜɪʊʌᵻᵊɐ";

/// Whether the phonemes begin with a vowel, stress marks aside.
pub fn begins_with_vowel(phonemes: &str) -> bool {
    phonemes.chars().find(|c| !is_stress(*c)).is_some_and(is_vowel)
}

/// Whether a symbol carries a syllable.
pub fn is_vowel(symbol: char) -> bool {
    VOWELS.contains(symbol)
}

/// Whether a symbol is a stress mark.
pub fn is_stress(symbol: char) -> bool {
    matches!(symbol, 'ˈ' | 'ˌ')
}

/// Primary stress lowered to secondary.
pub fn lowered(phonemes: &str) -> String {
    phonemes.replace('ˌ', "").replace('ˈ', "ˌ")
}

/// Without any stress.
pub fn unstressed(phonemes: &str) -> String {
    phonemes.replace(['ˈ', 'ˌ'], "")
}

/// With `mark` before the first vowel when there is no stress at all.
pub fn stressed(phonemes: &str, mark: char) -> String {
    match phonemes.find(is_vowel) {
        Some(at) if !phonemes.contains(is_stress) => format!("{}{mark}{}", &phonemes[..at], &phonemes[at..]),
        _ => phonemes.to_owned(),
    }
}

/// The ending of plurals and possessives.
pub fn with_s(stem: &str) -> String {
    match stem.chars().next_back() {
        Some('p' | 't' | 'k' | 'f' | 'θ') => format!("{stem}s"),
        Some('s' | 'z' | 'ʃ' | 'ʒ' | 'ʧ' | 'ʤ') => format!("{stem}ᵻz"),
        _ => format!("{stem}z"),
    }
}

/// The ending of the past.
pub fn with_ed(stem: &str) -> String {
    match stem.chars().next_back() {
        Some('p' | 'k' | 'f' | 'θ' | 'ʃ' | 's' | 'ʧ') => format!("{stem}t"),
        Some('d') => format!("{stem}ᵻd"),
        Some('t') => format!("{}ᵻd", flapped(stem)),
        _ => format!("{stem}d"),
    }
}

/// The ending of the present participle.
pub fn with_ing(stem: &str) -> String {
    format!("{}ɪŋ", flapped(stem))
}

/// A final t between vowels is a flap.
fn flapped(stem: &str) -> String {
    match stem.strip_suffix('t') {
        Some(head) if head.chars().next_back().is_some_and(|c| is_vowel(c) || c == 'ɹ') => format!("{head}T"),
        _ => stem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_follow_the_last_sound() {
        for (made, expected) in [
            (with_s("flˈIt"), "flˈIts"),
            (with_s("bˈɑks"), "bˈɑksᵻz"),
            (with_s("dˈɑləɹ"), "dˈɑləɹz"),
            (with_ed("bˈʊk"), "bˈʊkt"),
            (with_ed("wˈAt"), "wˈATᵻd"),
            (with_ed("lˈænd"), "lˈændᵻd"),
            (with_ing("wˈAt"), "wˈATɪŋ"),
            (stressed("wi", 'ˌ'), "wˌi"),
            (stressed("bˈi", 'ˌ'), "bˈi"),
        ] {
            assert_eq!(made, expected);
        }
        assert!(begins_with_vowel("ˈAʧ") && !begins_with_vowel("jˈu"));
    }
}
