//! Whisper's log-mel features of the last eight seconds, as smart-turn was trained on. It never keeps sound.

use crate::models::mel;
use realfft::{RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// Samples of the window: eight seconds at 16 kHz.
pub const WINDOW: usize = 128_000;
/// Feature frames, ten milliseconds each.
pub const FRAMES: usize = 800;

/// Points of one transform.
const TRANSFORM: usize = 400;
/// Samples from frame to frame.
const HOP: usize = 160;
/// The least power before the logarithm.
const FLOOR: f64 = 1e-10;
/// Added to the variance of the waveform.
const VARIANCE_FLOOR: f64 = 1e-7;
/// Powers further below the loudest than this many decades count as this far.
const RANGE: f64 = 8.0;

/// Computes features; holds the tables and the transform's plan.
pub struct Features {
    filters: Vec<Band>,
    window: Vec<f64>,
    transform: Arc<dyn RealToComplex<f64>>,
}

/// A mel filter without its zeros.
struct Band {
    first: usize,
    weights: Vec<f64>,
}

impl Default for Features {
    fn default() -> Self {
        let hann = |n: usize| 0.5 - 0.5 * (std::f64::consts::TAU * n as f64 / TRANSFORM as f64).cos();
        Self {
            filters: mel::filters().chunks(mel::BINS).map(Band::new).collect(),
            window: (0..TRANSFORM).map(hann).collect(),
            transform: RealFftPlanner::new().plan_fft_forward(TRANSFORM),
        }
    }
}

impl Features {
    /// Features of `audio` (mono, 16 kHz): [`mel::BANDS`] rows of [`FRAMES`] values. The last eight seconds count;
    /// shorter sound is preceded by zeros.
    pub fn of(&self, audio: &[f32]) -> Vec<f32> {
        let padded = self.reflected(&normalised(audio));
        let mut logs = vec![0.0; mel::BANDS * FRAMES];
        let mut frame = self.transform.make_input_vec();
        let mut spectrum = self.transform.make_output_vec();
        let mut powers = [0.0; mel::BINS];
        for index in 0..FRAMES {
            let samples = &padded[index * HOP..index * HOP + TRANSFORM];
            frame
                .iter_mut()
                .zip(samples.iter().zip(&self.window))
                .for_each(|(out, (sample, weight))| *out = sample * weight);
            self.transform.process(&mut frame, &mut spectrum).expect("the buffers are the transform's own");
            powers.iter_mut().zip(&spectrum).for_each(|(power, bin)| *power = bin.norm_sqr());
            for (band, filter) in self.filters.iter().enumerate() {
                logs[band * FRAMES + index] = filter.power(&powers).max(FLOOR).log10();
            }
        }
        let loudest = logs.iter().copied().fold(f64::MIN, f64::max);
        logs.into_iter().map(|log| ((log.max(loudest - RANGE) + 4.0) / 4.0) as f32).collect()
    }

    /// The waveform with half a transform mirrored at both ends, the end sample itself not repeated.
    fn reflected(&self, wave: &[f32]) -> Vec<f64> {
        let half = TRANSFORM / 2;
        let before = wave[1..=half].iter().rev();
        let after = wave[wave.len() - half - 1..wave.len() - 1].iter().rev();
        before.chain(wave).chain(after).map(|sample| f64::from(*sample)).collect()
    }
}

impl Band {
    fn new(weights: &[f64]) -> Self {
        let first = weights.iter().position(|weight| *weight > 0.0).unwrap_or(0);
        let last = weights.iter().rposition(|weight| *weight > 0.0).unwrap_or(0);
        Self { first, weights: weights[first..=last].to_vec() }
    }

    fn power(&self, powers: &[f64; mel::BINS]) -> f64 {
        self.weights.iter().zip(&powers[self.first..]).map(|(weight, power)| weight * power).sum()
    }
}

/// The last eight seconds, zeros in front, shifted and scaled to mean zero and variance one over the whole window.
fn normalised(audio: &[f32]) -> Vec<f32> {
    let audio = &audio[audio.len().saturating_sub(WINDOW)..];
    let mut wave = vec![0.0; WINDOW - audio.len()];
    wave.extend(audio);
    let mean = wave.iter().map(|sample| f64::from(*sample)).sum::<f64>() / WINDOW as f64;
    let variance = wave.iter().map(|sample| (f64::from(*sample) - mean).powi(2)).sum::<f64>() / WINDOW as f64;
    let scale = (variance + VARIANCE_FLOOR).sqrt();
    wave.iter_mut().for_each(|sample| *sample = ((f64::from(*sample) - mean) / scale) as f32);
    wave
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_is_fixed_whatever_the_length() {
        for samples in [0, 1, 1600, WINDOW, WINDOW + 5] {
            let sound: Vec<f32> = (0..samples).map(|n| (n as f32 * 0.3).sin() * 0.1).collect();
            let features = Features::default().of(&sound);
            assert_eq!(features.len(), mel::BANDS * FRAMES);
            assert!(features.iter().all(|value| value.is_finite()));
        }
    }

    #[test]
    fn a_tone_lies_in_its_band_and_at_the_end() {
        let tone: Vec<f32> =
            (0..16_000).map(|n| (std::f32::consts::TAU * 1000.0 * n as f32 / 16_000.0).sin() * 0.2).collect();
        let features = Features::default().of(&tone);
        let loudest_at = |frame: usize| {
            (0..mel::BANDS).max_by(|a, b| features[a * FRAMES + frame].total_cmp(&features[b * FRAMES + frame]))
        };
        // 1000 Hz is 15 mels of 45.245; band centres lie at (band + 1) / 81 of that.
        assert_eq!(loudest_at(760), Some(26));
        assert!(features[26 * FRAMES + 760] > features[26 * FRAMES + 300] + 1.0);
    }
}
