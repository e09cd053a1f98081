//! The hibari voice: a small model that predicts spectra from phonemes, and our signal part behind it. It never reads text.

use crate::models;
use crate::providers::tts::pronounce::Phone;
use crate::providers::tts::signal::{BINS, HOP, Spectra, Vocoder};
use crate::providers::tts::voice::{Listener, Stop, Voice, VoiceError};
use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, Value};
use rten_tensor::NdTensor;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

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
    model: Model,
    ids: NodeId,
    speed: NodeId,
    durations: NodeId,
    outputs: [NodeId; 6],
    threads: Arc<ThreadPool>,
    vocoder: Vocoder,
}

impl Hibari {
    /// Loads the model from `models_dir`; each utterance computes on `threads` threads.
    pub fn load(models_dir: &Path, threads: usize) -> Result<Self, VoiceError> {
        let model = ModelOptions::with_all_ops().prepack_weights(true).load_file(models_dir.join(MODEL_FILE)).map_err(engine)?;
        let node = |name: &str| model.node_id(name).map_err(engine);
        Ok(Self {
            ids: node("ids")?,
            speed: node("speed")?,
            durations: node("/Clip_output_0")?,
            outputs: [node("lh")?, node("theta")?, node("ln")?, node("lr")?, node("phi")?, node("f0")?],
            threads: Arc::new(ThreadPool::with_num_threads(threads.max(1))),
            vocoder: Vocoder::default(),
            model,
        })
    }

    /// Beats of each symbol (the pads at both ends included), and what to make them of.
    fn predict(&self, ids: Vec<i32>, speed: f32) -> Result<(Vec<usize>, Spectra), VoiceError> {
        let ids = NdTensor::from_data([1, ids.len()], ids);
        let speed = NdTensor::from([speed]);
        let wanted = [self.durations, self.outputs[0], self.outputs[1], self.outputs[2], self.outputs[3], self.outputs[4], self.outputs[5]];
        let options = RunOptions::default().with_thread_pool(Some(self.threads.clone()));
        let [durations, planes @ ..] = self.model.run_n(vec![(self.ids, ids.into()), (self.speed, speed.into())], wanted, Some(options)).map_err(engine)?;
        let [harmonic, turn, noise, free, phase, pitch] = planes.map(floats);
        let durations: Vec<usize> = floats(durations)?.iter().map(|frames| *frames as usize).collect();
        let pitch = pitch?;
        let frames = durations.iter().sum::<usize>() * FRAMES_A_BEAT;
        let spectra = Spectra { frames, harmonic: harmonic?, turn: turn?, noise: noise?, free: free?, phase: phase?, pitch };
        let planes = [&spectra.harmonic, &spectra.turn, &spectra.noise, &spectra.free, &spectra.phase];
        if spectra.pitch.len() != frames || planes.iter().any(|plane| plane.len() != BINS * frames) {
            return Err(VoiceError::Shape(format!("{} pitches for {frames} frames", spectra.pitch.len())));
        }
        Ok((durations, spectra))
    }
}

impl Voice for Hibari {
    fn utter(&self, phones: &[Phone], speed: f32, stop: &Stop, listener: &mut dyn Listener) -> Result<(), VoiceError> {
        let known: Vec<Option<i32>> = phones.iter().map(|phone| symbol_id(phone.symbol)).collect();
        let ids: Vec<i32> = [PAD].into_iter().chain(known.iter().flatten().copied()).chain([PAD]).collect();
        let (durations, spectra) = self.predict(ids, speed)?;
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
        1.0
    }
}

/// Samples of each phone; a symbol the model does not know takes no time.
fn spans(known: &[Option<i32>], durations: &[usize]) -> Vec<Range<usize>> {
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

fn floats(value: Value) -> Result<Vec<f32>, VoiceError> {
    match value {
        Value::FloatTensor(tensor) => Ok(tensor.into_data()),
        Value::Int32Tensor(tensor) => Ok(tensor.into_data().into_iter().map(|n| n as f32).collect()),
        other => Err(VoiceError::Shape(format!("{:?}", other.dtype()))),
    }
}

fn engine(error: impl std::fmt::Display) -> VoiceError {
    VoiceError::Engine(error.to_string())
}

const PAD: i32 = 0;

/// The model's number for a symbol: the inventory Kokoro-82M was trained with, which hibari shares.
pub fn symbol_id(symbol: char) -> Option<i32> {
    SYMBOLS.iter().find(|(c, _)| *c == symbol).map(|(_, id)| *id)
}

const SYMBOLS: [(char, i32); 59] = [
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
