//! The simulated voice: how long a text sounds, where its words lie, and a sound whose pitch tells the position in it. It plays nothing.

use media::frame::{INNER_RATE_HZ, Samples};
use media::transcript::WordSpan;

/// Milliseconds of sound for one character, about the pace of speech.
const CHARACTER_MS: u64 = 55;
/// The shortest clause, in ms.
const CLAUSE_MS_MIN: u64 = 200;
/// The sweep begins here, in Hz.
const LOW_HZ: f64 = 500.0;
/// The sweep ends here, in Hz, one second later.
const HIGH_HZ: f64 = 2500.0;
/// Samples of one sweep (1 s).
pub(crate) const SWEEP: u64 = INNER_RATE_HZ as u64;

/// Samples that a clause sounds.
pub(crate) fn samples(clause: &str) -> u64 {
    Samples::from_ms((clause.chars().count() as u64 * CHARACTER_MS).max(CLAUSE_MS_MIN)).0
}

/// Where the words of a clause lie in its text and in its sound.
pub(crate) fn words(clause: &str) -> Vec<WordSpan> {
    let total = samples(clause);
    let mut spans = Vec::new();
    let mut at = 0;
    for word in clause.split_whitespace() {
        let from = at + clause[at..].find(word).unwrap_or(0);
        let to = from + word.len();
        at = to;
        let sample = |byte: usize| Samples(total * byte as u64 / clause.len().max(1) as u64);
        spans.push(WordSpan { text_from: from as u32, text_to: to as u32, from: sample(from), to: sample(to) });
    }
    spans
}

/// One second of sound; a clause is as much of it, over and over, as it is long.
pub(crate) fn period() -> Vec<i16> {
    let rate = f64::from(INNER_RATE_HZ);
    (0..SWEEP)
        .map(|sample| {
            let t = sample as f64 / rate;
            let turns = LOW_HZ * t + (HIGH_HZ - LOW_HZ) * t * t / 2.0;
            ((turns * std::f64::consts::TAU).sin() * 6000.0) as i16
        })
        .collect()
}

/// The position within the sweep that sounds at this pitch, in samples.
pub(crate) fn position(hz: f64) -> f64 {
    (hz - LOW_HZ) / (HIGH_HZ - LOW_HZ) * SWEEP as f64
}
