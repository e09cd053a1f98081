//! The hibari voice: a small model that predicts spectra from phonemes, and our signal part behind it. It never reads text.

use crate::models;
use crate::providers::tts::network::{Feed, Network};
use crate::providers::tts::pronounce::Phone;
use crate::providers::tts::signal::{BINS, HOP, Spectra, Vocoder};
use crate::providers::tts::voice::{Listener, Stop, Voice, VoiceError};
use std::ops::Range;
use std::path::Path;

/// The model's file in the models directory.
pub const MODEL_FILE: &str = models::HIBARI;
/// Frames in one beat of the model's durations.
const FRAMES_A_BEAT: usize = 2;
/// Frames of the first piece of sound: a tenth of a second leaves as soon as it can.
const FIRST_FRAMES: usize = 12;
/// Frames of later pieces.
const LATER_FRAMES: usize = 32;

/// The voice, ready to speak.
pub struct Hibari {
    network: Network,
    vocoder: Vocoder,
}

/// The model's answer, one a symbol.
const DURATIONS: &str = "/Clip_output_0";
const OUTPUTS: [&str; 7] = [DURATIONS, "lh", "theta", "ln", "lr", "phi", "f0"];
/// Threads one utterance computes on: with two, the first sound leaves in three fifths of the time.
const UTTERANCE_THREADS_MAX: usize = 2;

impl Hibari {
    /// Loads the model from `models_dir` for `threads` utterances at a time, on onnxruntime where `library` can be used.
    pub fn load(models_dir: &Path, library: Option<&Path>, threads: usize) -> Result<Self, VoiceError> {
        let file = models_dir.join(MODEL_FILE);
        let each = threads.clamp(1, UTTERANCE_THREADS_MAX);
        #[cfg(feature = "ort")]
        if let Some(library) = library {
            match Network::on_onnxruntime(&file, library, &OUTPUTS, &[DURATIONS], threads, each) {
                Ok(network) => return Ok(Self { network, vocoder: Vocoder::default() }),
                Err(error) => tracing::warn!(error = %error, "onnxruntime is not usable; the voice runs on rten"),
            }
        }
        #[cfg(not(feature = "ort"))]
        let _ = library;
        Ok(Self { network: Network::on_rten(&file, &OUTPUTS, each)?, vocoder: Vocoder::default() })
    }

    /// The name of the engine, for logs.
    pub fn engine(&self) -> &'static str {
        self.network.engine()
    }

    /// Beats of each symbol (the pads at both ends included), and what to make them of.
    fn predict(&self, ids: Vec<i64>, speed: f32, stop: &Stop) -> Result<(Vec<usize>, Spectra), VoiceError> {
        let feeds = vec![Feed::Ints("ids", vec![1, ids.len()], ids), Feed::Floats("speed", vec![1], vec![speed])];
        let answer: Result<[Vec<f32>; 7], _> = self.network.run(feeds, stop)?.try_into();
        let [durations, harmonic, turn, noise, free, phase, pitch] =
            answer.map_err(|_| VoiceError::Shape("too few tensors".to_owned()))?;
        let durations: Vec<usize> = durations.iter().map(|beats| *beats as usize).collect();
        let frames = durations.iter().sum::<usize>() * FRAMES_A_BEAT;
        let spectra = Spectra { frames, harmonic, turn, noise, free, phase, pitch };
        let planes = [&spectra.harmonic, &spectra.turn, &spectra.noise, &spectra.free, &spectra.phase];
        if spectra.pitch.len() != frames || planes.iter().any(|plane| plane.len() != BINS * frames) {
            return Err(VoiceError::Shape(format!("{} pitches for {frames} frames", spectra.pitch.len())));
        }
        Ok((durations, spectra))
    }
}

impl Voice for Hibari {
    fn utter(&self, phones: &[Phone], speed: f32, stop: &Stop, listener: &mut dyn Listener) -> Result<(), VoiceError> {
        let known: Vec<Option<i64>> = phones.iter().map(|phone| symbol_id(phone.symbol)).collect();
        let ids: Vec<i64> = [PAD].into_iter().chain(known.iter().flatten().copied()).chain([PAD]).collect();
        let (durations, spectra) = self.predict(ids, speed, stop)?;
        listener.timed(&spans(&known, &durations));
        let mut utterance = self.vocoder.begin(&spectra);
        let mut frames = FIRST_FRAMES + durations.first().copied().unwrap_or(0) * FRAMES_A_BEAT;
        while !utterance.is_done() && !stop.is_stopped() {
            if !listener.heard(&utterance.advance(frames)) {
                break;
            }
            frames = LATER_FRAMES;
        }
        Ok(())
    }

    fn phones_max(&self) -> usize {
        400
    }

    fn gain(&self) -> f32 {
        GAIN
    }
}

/// Samples of each phone; a symbol the model does not know takes no time.
fn spans(known: &[Option<i64>], durations: &[usize]) -> Vec<Range<usize>> {
    let mut beats = durations.iter().map(|beats| beats * FRAMES_A_BEAT * HOP);
    let mut at = beats.next().unwrap_or(0);
    let mut spans = Vec::with_capacity(known.len());
    for id in known {
        let length = if id.is_some() { beats.next().unwrap_or(0) } else { 0 };
        spans.push(at..at + length);
        at += length;
    }
    spans
}

/// Brings active speech to about -20 dB of full scale, measured over twenty-one travel sentences.
const GAIN: f32 = 1.74;
const PAD: i64 = 0;

/// The model's number for a symbol: the inventory Kokoro-82M was trained with, which hibari shares.
pub fn symbol_id(symbol: char) -> Option<i64> {
    SYMBOLS.iter().find(|(c, _)| *c == symbol).map(|(_, id)| *id)
}

const SYMBOLS: [(char, i64); 59] = [
    (';', 1),
    (':', 2),
    (',', 3),
    ('.', 4),
    ('!', 5),
    ('?', 6),
    ('—', 9),
    ('…', 10),
    (' ', 16),
    ('A', 24),
    ('I', 25),
    ('O', 31),
    ('Q', 33),
    ('T', 36),
    ('W', 39),
    ('Y', 41),
    ('ᵊ', 42),
    ('a', 43),
    ('b', 44),
    ('d', 46),
    ('e', 47),
    ('f', 48),
    ('h', 50),
    ('i', 51),
    ('j', 52),
    ('k', 53),
    ('l', 54),
    ('m', 55),
    ('n', 56),
    ('o', 57),
    ('p', 58),
    ('s', 61),
    ('t', 62),
    ('u', 63),
    ('v', 64),
    ('w', 65),
    ('z', 68),
    ('ɑ', 69),
    ('ɐ', 70),
    ('æ', 72),
    ('ɔ', 76),
    ('ð', 81),
    ('ʤ', 82),
    ('ə', 83),
    ('ɛ', 86),
    ('ɜ', 87),
    ('ɡ', 92),
    ('ɪ', 102),
    ('ŋ', 112),
    ('θ', 119),
    ('ɹ', 123),
    ('ʃ', 131),
    ('ʧ', 133),
    ('ʊ', 135),
    ('ʌ', 138),
    ('ʒ', 147),
    ('ˈ', 156),
    ('ˌ', 157),
    ('ᵻ', 177),
];
