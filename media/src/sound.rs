//! Sounds for the tests: deterministic voices, tones, noise and recordings. It is never part of the product.

use crate::frame::{FRAME_SAMPLES, Frame, INNER_RATE_HZ};

/// A small deterministic generator (xorshift), for noise.
pub(crate) struct Seeded(u64);

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Uniform in -1.0..1.0.
    pub(crate) fn signed(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    }
}

/// A speech-like sound: pitch pulses through three moving resonances, with syllables of about 200 ms; inner rate.
pub(crate) fn voice(seconds: f32, seed: u64) -> Vec<i16> {
    let rate = INNER_RATE_HZ as f32;
    let mut random = Seeded::new(seed);
    let mut out = Vec::new();
    let total = (seconds * rate) as usize;
    let mut phase = 0.0_f32;
    let mut bands = [(0.0_f32, 0.0_f32); 3];
    while out.len() < total {
        let pitch = 110.0 + 60.0 * (random.signed() + 1.0);
        let formants = [350.0 + 250.0 * (random.signed() + 1.0), 1100.0 + 500.0 * (random.signed() + 1.0), 2600.0];
        let long = (rate * (0.16 + 0.04 * (random.signed() + 1.0))) as usize;
        for i in 0..long {
            let shape = (std::f32::consts::PI * i as f32 / long as f32).sin();
            phase += (pitch + 20.0 * i as f32 / long as f32) / rate;
            // People are not machines: pulses differ in time and strength, and breath is between them.
            let pulse = if phase >= 1.0 {
                phase = 0.08 * random.signed();
                1.0 + 0.4 * random.signed()
            } else {
                0.06 * random.signed()
            };
            let mut sum = 0.0;
            for (band, hz) in bands.iter_mut().zip(formants) {
                let r = 0.97;
                let next = pulse + 2.0 * r * (std::f32::consts::TAU * hz / rate).cos() * band.0 - r * r * band.1;
                *band = (next, band.0);
                sum += next;
            }
            out.push((sum * shape * 2200.0).clamp(-30_000.0, 30_000.0) as i16);
        }
    }
    out.truncate(total);
    out
}

/// White noise of the given amplitude (0.0 to 1.0) at the inner rate.
pub(crate) fn noise(seconds: f32, amplitude: f32, seed: u64) -> Vec<i16> {
    let mut random = Seeded::new(seed);
    (0..(seconds * INNER_RATE_HZ as f32) as usize).map(|_| (random.signed() * amplitude * 32_767.0) as i16).collect()
}

/// Silence at the inner rate.
pub(crate) fn silence(seconds: f32) -> Vec<i16> {
    vec![0; (seconds * INNER_RATE_HZ as f32) as usize]
}

/// Cuts sound into frames, the last padded with silence.
pub(crate) fn frames(pcm: &[i16]) -> Vec<Frame> {
    pcm.chunks(FRAME_SAMPLES)
        .map(|chunk| {
            let mut frame = Frame::SILENCE;
            frame.0[..chunk.len()].copy_from_slice(chunk);
            frame
        })
        .collect()
}

/// Root mean square.
pub(crate) fn rms(pcm: &[i16]) -> f64 {
    (pcm.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / pcm.len().max(1) as f64).sqrt()
}

/// The Silero model from the model cache.
pub(crate) fn silero() -> std::sync::Arc<crate::vad::VadModel> {
    use std::sync::{Arc, OnceLock};
    static MODEL: OnceLock<Arc<crate::vad::VadModel>> = OnceLock::new();
    let model = MODEL.get_or_init(|| {
        let path = std::env::var_os("VOXFARE_MODELS").map_or_else(
            || std::path::PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/voxfare/models"),
            std::path::PathBuf::from,
        );
        let path = path.join("silero-vad.onnx");
        let bytes = std::fs::read(&path)
            .unwrap_or_else(|e| panic!("{}: {e}; fetch the models with `voxfare models pull`", path.display()));
        crate::vad::VadModel::load(bytes, std::num::NonZeroUsize::MIN).expect("the cached model is whole")
    });
    Arc::clone(model)
}

/// The public-domain recording in `tests/audio/jfk.wav` (11 s of a person speaking), at the inner rate.
pub(crate) fn recording() -> Vec<i16> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/audio/jfk.wav");
    let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let (rate, pcm) = wav(&bytes).expect("the recording is 16-bit mono WAV");
    let scaled: Vec<f32> = pcm.iter().map(|s| f32::from(*s) / 32_768.0).collect();
    let mut resampler = crate::codec::resample::Resampler::new(rate, INNER_RATE_HZ).expect("a common rate");
    let mut out = Vec::new();
    resampler.push(&scaled, &mut out);
    crate::codec::resample::to_i16(&out)
}

/// Rate and samples of a 16-bit mono WAV file.
fn wav(bytes: &[u8]) -> Option<(u32, Vec<i16>)> {
    let mut at = 12;
    let mut rate = 0;
    loop {
        let id = bytes.get(at..at + 4)?;
        let size = u32::from_le_bytes(bytes.get(at + 4..at + 8)?.try_into().ok()?) as usize;
        let body = bytes.get(at + 8..(at + 8 + size).min(bytes.len()))?;
        if id == b"fmt " {
            rate = u32::from_le_bytes(body.get(4..8)?.try_into().ok()?);
        } else if id == b"data" {
            return Some((rate, body.chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect()));
        }
        at += 8 + size + size % 2;
    }
}
