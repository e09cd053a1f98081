//! The Piper voice "joe": a man, for callers in tests and as a second voice. Its network is run in three parts, so that sound leaves before all of it is made.

use crate::models;
use crate::providers::tts::accent::{is_stress, is_vowel};
use crate::providers::tts::network::{Feed, Network};
use crate::providers::tts::pronounce::Phone;
use crate::providers::tts::rate::Upsampler;
use crate::providers::tts::voice::{Listener, Stop, Voice, VoiceError};
use std::ops::Range;
use std::path::Path;

/// The voice's own rate in Hz.
const RATE: usize = 22_050;
/// Samples of one frame of the network, at its own rate.
const FRAME: usize = 256;
/// Channels between the network's parts.
const CHANNELS: usize = 192;
/// Frames decoded for the first piece, and for later ones.
const FIRST_FRAMES: usize = 24;
/// See [`FIRST_FRAMES`].
const LATER_FRAMES: usize = 64;
/// Frames decoded on either side of a piece and thrown away, so that pieces join without a seam.
const MARGIN: usize = 14;
/// How far the sound and the rhythm may stray, as the voice was published.
const NOISE: f32 = 0.667;
/// See [`NOISE`].
const RHYTHM: f32 = 0.8;

const INPUTS: [&str; 3] = ["input", "input_lengths", "scales"];
const RHYTHM_NOISE: &str = "/dp/RandomNormalLike_output_0";
const SOUND_NOISE: &str = "/RandomNormalLike_output_0";
const DURATIONS: &str = "/Ceil_output_0";
const LATENT: &str = "/Mul_7_output_0";
const SOUND: &str = "output";

/// The voice, ready to speak.
pub struct Piper {
    network: Network,
}

impl Piper {
    /// Loads the model from `models_dir`; a clause computes on up to two of `threads`.
    pub fn load(models_dir: &Path, threads: usize) -> Result<Self, VoiceError> {
        let network =
            Network::on_rten(&models_dir.join(models::PIPER_JOE), &[DURATIONS, LATENT, SOUND], threads.clamp(1, 2))?;
        Ok(Self { network })
    }

    /// Frames of each id, then the latent frames they become.
    fn plan(&self, ids: Vec<i64>, speed: f32) -> Result<(Vec<usize>, Vec<f32>), VoiceError> {
        let count = ids.len();
        let feeds = |ids: &[i64]| {
            vec![
                Feed::Ints(INPUTS[0], vec![1, count], ids.to_vec()),
                Feed::Ints(INPUTS[1], vec![1], vec![count as i64]),
                Feed::Floats(INPUTS[2], vec![3], vec![NOISE, 1.0 / speed, RHYTHM]),
            ]
        };
        let mut first = feeds(&ids);
        first.push(Feed::Floats(RHYTHM_NOISE, vec![1, 2, count], gaussian(2 * count, 1)));
        let durations = self.network.ask(first, &[DURATIONS])?.pop().unwrap_or_default();
        let frames: Vec<usize> = durations.iter().map(|d| d.max(0.0) as usize).collect();
        let total: usize = frames.iter().sum();
        if frames.len() != count || total == 0 {
            return Err(VoiceError::Shape(format!("{} durations for {count} symbols", frames.len())));
        }
        let mut second = feeds(&ids);
        second.push(Feed::Floats(DURATIONS, vec![1, 1, count], durations));
        second.push(Feed::Floats(SOUND_NOISE, vec![1, CHANNELS, total], gaussian(CHANNELS * total, 2)));
        let latent = self.network.ask(second, &[LATENT])?.pop().unwrap_or_default();
        if latent.len() != CHANNELS * total {
            return Err(VoiceError::Shape(format!("{} values for {total} frames", latent.len())));
        }
        Ok((frames, latent))
    }

    /// The samples of `frames`, at the voice's own rate.
    fn decode(&self, latent: &[f32], total: usize, frames: &Range<usize>) -> Result<Vec<f32>, VoiceError> {
        let from = frames.start.saturating_sub(MARGIN);
        let to = (frames.end + MARGIN).min(total);
        let cut: Vec<f32> = latent.chunks_exact(total).flat_map(|channel| &channel[from..to]).copied().collect();
        let sound = self
            .network
            .ask(vec![Feed::Floats(LATENT, vec![1, CHANNELS, to - from], cut)], &[SOUND])?
            .pop()
            .unwrap_or_default();
        let (head, length) = ((frames.start - from) * FRAME, frames.len() * FRAME);
        sound
            .get(head..head + length)
            .map(<[f32]>::to_vec)
            .ok_or_else(|| VoiceError::Shape(format!("{} samples", sound.len())))
    }
}

impl Voice for Piper {
    fn utter(&self, phones: &[Phone], speed: f32, stop: &Stop, listener: &mut dyn Listener) -> Result<(), VoiceError> {
        let (ids, owners) = ids(phones);
        let (frames, latent) = self.plan(ids, speed)?;
        let total: usize = frames.iter().sum();
        listener.timed(&spans(phones.len(), &owners, &frames));
        let mut upsampler = Upsampler::from_rate(RATE).map_err(VoiceError::Engine)?;
        let (mut at, mut step) = (0, FIRST_FRAMES);
        while at < total && !stop.is_stopped() {
            let piece = at..(at + step).min(total);
            let last = piece.end == total;
            let sound = self.decode(&latent, total, &piece)?;
            if !listener.heard(&upsampler.push(&sound, last).map_err(VoiceError::Engine)?) {
                break;
            }
            (at, step) = (piece.end, LATER_FRAMES);
        }
        Ok(())
    }

    fn phones_max(&self) -> usize {
        300
    }

    fn gain(&self) -> f32 {
        GAIN
    }
}

/// The ids of the phones, with a pad between any two as the voice was trained, and the phone each id belongs to.
fn ids(phones: &[Phone]) -> (Vec<i64>, Vec<Option<usize>>) {
    let (mut ids, mut owners) = (vec![BEGIN, PAD], vec![None, None]);
    let symbols: Vec<char> = phones.iter().map(|phone| phone.symbol).collect();
    for index in 0..symbols.len() {
        for symbol in spelled(&symbols, index).chars() {
            if let Some((_, id)) = IDS.iter().find(|(known, _)| *known == symbol) {
                ids.extend([*id, PAD]);
                owners.extend([Some(index), Some(index)]);
            }
        }
    }
    ids.push(END);
    owners.push(None);
    (ids, owners)
}

/// A phone in the alphabet of espeak's American English, which the voice was trained on.
fn spelled(symbols: &[char], at: usize) -> &'static str {
    let next = symbols.get(at + 1).copied().unwrap_or(' ');
    let last = at.checked_sub(1).map_or(' ', |i| symbols[i]);
    let glides = |i: usize| symbols.get(i).is_some_and(|c| is_vowel(*c) || is_stress(*c));
    match symbols[at] {
        'A' => "eɪ",
        'I' => "aɪ",
        'O' => "oʊ",
        'W' => "aʊ",
        'Y' => "ɔɪ",
        'Q' => "əʊ",
        'ʤ' => "dʒ",
        'ʧ' => "tʃ",
        'T' => "ɾ",
        'ᵊ' => "ə",
        'ə' if next == 'ɹ' && !glides(at + 2) => "ɚ",
        'ɜ' if next == 'ɹ' => "ɜː",
        'ɹ' if matches!(last, 'ə' | 'ɜ') && !glides(at + 1) => "",
        'i' if matches!(last, 'ˈ' | 'ˌ') => "iː",
        'u' => "uː",
        'ɑ' => "ɑː",
        'ɔ' => "ɔː",
        '—' | '…' => ",",
        other => one(other),
    }
}

/// A symbol that both alphabets share, as text.
fn one(symbol: char) -> &'static str {
    SHARED.split_inclusive(|_: char| true).find(|text| text.starts_with(symbol)).unwrap_or("")
}

/// Samples (24 kHz) of each phone; a phone that has no id takes no time.
fn spans(phones: usize, owners: &[Option<usize>], frames: &[usize]) -> Vec<Range<usize>> {
    let mut spans = vec![0..0; phones];
    let (mut frame, mut reached) = (0, 0);
    for (owner, length) in owners.iter().zip(frames) {
        let (from, to) = (sample(frame), sample(frame + length));
        if let Some(index) = owner {
            for span in spans.iter_mut().take(*index).skip(reached) {
                *span = from..from;
            }
            if spans[*index].is_empty() {
                spans[*index] = from..to;
            } else {
                spans[*index].end = to;
            }
            reached = index + 1;
        }
        frame += length;
    }
    let end = spans.get(reached.saturating_sub(1)).map_or(0, |span| span.end);
    for span in &mut spans[reached..] {
        *span = end..end;
    }
    spans
}

/// The sample at 24 kHz where a frame begins.
fn sample(frame: usize) -> usize {
    frame * FRAME * media::frame::INNER_RATE_HZ as usize / RATE
}

/// Gaussian numbers from a fixed seed, so that the same text gives the same bytes.
fn gaussian(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0xA076_1D64_78BD_642F);
    let mut uniform = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 40) as f32 / (1u64 << 24) as f32
    };
    (0..count)
        .map(|_| (-2.0 * (1.0 - uniform()).max(1e-9).ln()).sqrt() * (std::f32::consts::TAU * uniform()).cos())
        .collect()
}

/// Brings active speech to about -20 dB of full scale, measured over travel sentences.
const GAIN: f32 = 1.53;
const PAD: i64 = 0;
const BEGIN: i64 = 1;
const END: i64 = 2;
const SHARED: &str = " !,.:;?abdefhijklmnopstuvwzæðŋɐɑɔəɛɜɡɪɹʃʊʌʒˈˌθᵻ";

/// The numbers of the symbols, from the voice's own settings.
const IDS: [(char, i64); 51] = [
    (' ', 3),
    ('!', 4),
    (',', 8),
    ('.', 10),
    (':', 11),
    (';', 12),
    ('?', 13),
    ('a', 14),
    ('b', 15),
    ('d', 17),
    ('e', 18),
    ('f', 19),
    ('h', 20),
    ('i', 21),
    ('j', 22),
    ('k', 23),
    ('l', 24),
    ('m', 25),
    ('n', 26),
    ('o', 27),
    ('p', 28),
    ('s', 31),
    ('t', 32),
    ('u', 33),
    ('v', 34),
    ('w', 35),
    ('z', 38),
    ('æ', 39),
    ('ð', 41),
    ('ŋ', 44),
    ('ɐ', 50),
    ('ɑ', 51),
    ('ɔ', 54),
    ('ə', 59),
    ('ɚ', 60),
    ('ɛ', 61),
    ('ɜ', 62),
    ('ɡ', 66),
    ('ɪ', 74),
    ('ɹ', 88),
    ('ɾ', 92),
    ('ʃ', 96),
    ('ʊ', 100),
    ('ʌ', 102),
    ('ʒ', 108),
    ('ˈ', 120),
    ('ˌ', 121),
    ('ː', 122),
    ('θ', 126),
    ('ᵻ', 128),
    ('ʔ', 109),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn phones(text: &str) -> Vec<Phone> {
        text.chars().map(|symbol| Phone { symbol, word: Some(0) }).collect()
    }

    fn alphabet(text: &str) -> String {
        let symbols: Vec<char> = text.chars().collect();
        (0..symbols.len()).map(|at| spelled(&symbols, at)).collect()
    }

    #[test]
    fn phones_are_spelled_in_the_alphabet_the_voice_knows() {
        for (ours, theirs) in [
            ("dˈɑləɹz", "dˈɑːlɚz"),
            ("ɹˈAkjəvˌɪk", "ɹˈeɪkjəvˌɪk"),
            ("ˈɜɹli", "ˈɜːli"),
            ("ʤˈi", "dʒˈiː"),
            ("wˈɔTəɹ", "wˈɔːɾɚ"),
            ("hˈAʔ", "hˈeɪ"),
        ] {
            assert_eq!(alphabet(ours), theirs);
        }
    }

    #[test]
    fn every_phone_has_its_samples_in_order() {
        let phones = phones("hˈʤO, §ə.");
        let (ids, owners) = ids(&phones);
        let spans = spans(phones.len(), &owners, &vec![2; ids.len()]);
        assert_eq!(spans.len(), phones.len());
        assert!(spans.windows(2).all(|pair| pair[0].end <= pair[1].start), "{spans:?}");
    }
}
