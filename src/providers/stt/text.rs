//! What a recogniser's raw text still needs: noise marks out, loops collapsed, leaks and cut results noticed. It never rewrites words.

/// Words in one looped phrase at most.
const LOOP_WORDS_MAX: usize = 24;
/// A phrase shorter than this may be said twice on purpose.
const LOOP_WORDS_MIN: usize = 3;
/// A shorter phrase that is a sentence each time ("Goodbye. Goodbye. Goodbye.") is a loop from this many times on.
const SENTENCES_MIN: usize = 3;
/// Slower speech than this many letters a second does not occur; less text means that some was lost.
const LETTERS_PER_SECOND_MIN: f32 = 3.5;
/// Sound shorter than this, in seconds, may hold one short word.
const SHORT_SPEECH_S: f32 = 1.2;
/// Above this probability of no speech a text is doubted.
const NO_SPEECH: f32 = 0.6;
/// Below this mean log probability a doubted text is dropped.
const LOGPROB_MIN: f32 = -1.0;
/// What Whisper says to noise, from the ends of its training videos.
const MADE_UP: [&str; 5] = ["you", "thank you", "thanks for watching", "thank you for watching", "bye"];
/// Words of the hint that a real answer hardly repeats in the same order.
const LEAK_WORDS_MIN: usize = 4;

/// The words of a raw text: marks of noise, music and silence removed, an immediate loop at the end said once.
pub fn clean(raw: &str) -> String {
    let spoken = without_marks(raw);
    let words: Vec<&str> = spoken.split_whitespace().collect();
    let kept = once(&words);
    let text = words[..kept].join(" ");
    if text.chars().any(char::is_alphanumeric) { text } else { String::new() }
}

/// Is `text` far too short for `speech_s` seconds of speech?
pub fn is_cut_short(text: &str, speech_s: f32) -> bool {
    let letters = text.chars().filter(|letter| letter.is_alphanumeric()).map(weight).sum::<f32>();
    speech_s >= SHORT_SPEECH_S && letters < speech_s * LETTERS_PER_SECOND_MIN
}

/// Was `text` made up where nobody spoke, by the model's own doubt?
pub fn is_made_up(text: &str, no_speech: f32, mean_logprob: f32) -> bool {
    let doubted = no_speech > NO_SPEECH;
    doubted && (mean_logprob < LOGPROB_MIN || MADE_UP.contains(&bare_words(text).join(" ").as_str()))
}

/// Does `text` only repeat the hint it was recognised with?
pub fn is_leaked(text: &str, hint: &str) -> bool {
    let (text, hint) = (bare_words(text), bare_words(hint));
    text.len() >= LEAK_WORDS_MIN && hint.windows(text.len()).any(|words| words == text)
}

/// Seconds of `audio` (mono, `rate_hz`) that are loud enough to be speech: 20 ms frames within 25 dB of the loud ones.
pub fn speech_seconds(audio: &[f32], rate_hz: u32) -> f32 {
    let frame = rate_hz as usize / 50;
    let power = |samples: &[f32]| samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32;
    let powers: Vec<f32> = audio.chunks_exact(frame.max(1)).map(power).collect();
    let mut sorted = powers.clone();
    sorted.sort_by(f32::total_cmp);
    let Some(loud) = sorted.get(sorted.len().saturating_sub(1 + sorted.len() / 20)).copied() else { return 0.0 };
    let threshold = (loud / 316.0).max(1e-7);
    powers.iter().filter(|power| **power > threshold).count() as f32 * 0.02
}

/// A letter of a script that writes whole syllables counts for more.
fn weight(letter: char) -> f32 {
    if matches!(letter, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}') { 2.5 } else { 1.0 }
}

/// Leaves out `[...]`, `(...)`, `*...*` and notes of music.
fn without_marks(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut closing = None;
    for letter in raw.chars() {
        match (closing, letter) {
            (Some(end), _) if letter == end => closing = None,
            (Some(_), _) => {}
            (None, '[') => closing = Some(']'),
            (None, '(') => closing = Some(')'),
            (None, '*') => closing = Some('*'),
            (None, '♪' | '♫' | '♬') => out.push(' '),
            (None, _) => out.push(letter),
        }
    }
    out
}

/// How many of `words` remain when a phrase that is repeated at the end is kept once.
fn once(words: &[&str]) -> usize {
    let bare: Vec<String> = words.iter().map(|word| bare(word)).collect();
    for phrase in 1..LOOP_WORDS_MIN {
        let last = words.len().saturating_sub(phrase);
        let alike = |end: &usize| bare[end - phrase..*end] == bare[last..] && words[end - 1].ends_with(['.', '!', '?']);
        let ends = (1..=words.len() / phrase).map(|back| words.len() - (back - 1) * phrase);
        let times = ends.take_while(alike).count();
        // Digits and letters are dictated one by one.
        let spelt = |word: &String| word.chars().count() < 2 || word.bytes().any(|byte| byte.is_ascii_digit());
        if times >= SENTENCES_MIN && !bare[last..].iter().any(spelt) {
            return words.len() - (times - 1) * phrase;
        }
    }
    for phrase in LOOP_WORDS_MIN..=LOOP_WORDS_MAX.min(words.len() / 2) {
        let mut kept = words.len();
        while kept >= 2 * phrase && bare[kept - phrase..kept] == bare[kept - 2 * phrase..kept - phrase] {
            kept -= phrase;
        }
        if kept < words.len() {
            return kept;
        }
    }
    words.len()
}

fn bare_words(text: &str) -> Vec<String> {
    text.split_whitespace().map(bare).filter(|word| !word.is_empty()).collect()
}

fn bare(word: &str) -> String {
    word.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_noise_are_no_words() {
        for raw in [" [BLANK_AUDIO]", "(music playing)", "♪ ♪", "*sighs*", " ...", "[ Silence", "."] {
            assert_eq!(clean(raw), "", "{raw}");
        }
        assert_eq!(clean(" [noise] To Boston. (laughs)"), "To Boston.");
    }

    #[test]
    fn a_loop_is_said_once_and_an_emphasis_stays() {
        assert_eq!(clean("I want to go. I want to go. I want to go."), "I want to go.");
        assert_eq!(clean("Goodbye. Goodbye. Goodbye. Goodbye."), "Goodbye.");
        assert_eq!(clean("So long. Thank you! Thank you! Thank you!"), "So long. Thank you!");
        assert_eq!(clean("No. No."), "No. No.");
        assert_eq!(clean("5. 5. 5."), "5. 5. 5.");
        assert_eq!(clean("no no no"), "no no no");
        assert_eq!(clean("from Boston to Boston"), "from Boston to Boston");
    }

    #[test]
    fn a_cut_text_is_noticed() {
        assert!(is_cut_short("Cab", 5.8));
        assert!(!is_cut_short("Yes.", 0.8));
        assert!(!is_cut_short("I would like to fly to Paris", 2.5));
        assert!(!is_cut_short("明日東京に行きたいです", 2.0));
    }

    #[test]
    fn thanks_to_noise_are_made_up_and_real_ones_are_not() {
        assert!(is_made_up("Thank you.", 0.9, -0.4));
        assert!(is_made_up("A sound of rain", 0.9, -1.4));
        assert!(!is_made_up("Thank you.", 0.1, -0.4));
        assert!(!is_made_up("To Boston", 0.9, -0.4));
    }

    #[test]
    fn a_leaked_hint_is_noticed() {
        let hint = "Boston, Lisbon, Kuala Lumpur, Tokyo, business class";
        assert!(is_leaked("Boston Lisbon Kuala Lumpur", hint));
        assert!(!is_leaked("Kuala Lumpur", hint));
        assert!(!is_leaked("from Boston to Lisbon please", hint));
    }

    #[test]
    fn only_loud_frames_count_as_speech() {
        let mut audio = vec![0.0; 16_000];
        audio
            .iter_mut()
            .skip(4_000)
            .take(8_000)
            .enumerate()
            .for_each(|(n, sample)| *sample = (n as f32 * 0.2).sin() * 0.3);
        assert!((speech_seconds(&audio, 16_000) - 0.5).abs() < 0.05);
        assert_eq!(speech_seconds(&[], 16_000), 0.0);
    }
}
