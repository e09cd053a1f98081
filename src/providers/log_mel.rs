//! Whisper's log-mel features of a waveform, which smart-turn shares. It never keeps sound.

use crate::models::mel;
use realfft::{RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// Samples from frame to frame: ten milliseconds at 16 kHz.
pub const HOP: usize = 160;

/// Points of one transform.
const TRANSFORM: usize = 400;
/// The least power before the logarithm.
const FLOOR: f64 = 1e-10;
/// Powers further below the loudest than this many decades count as this far.
const RANGE: f64 = 8.0;

/// Computes features; holds the tables and the transform's plan.
pub struct LogMel {
    filters: Vec<Band>,
    window: Vec<f64>,
    transform: Arc<dyn RealToComplex<f64>>,
}

/// A mel filter without its zeros.
struct Band {
    first: usize,
    weights: Vec<f64>,
}

impl Default for LogMel {
    fn default() -> Self {
        let hann = |n: usize| 0.5 - 0.5 * (std::f64::consts::TAU * n as f64 / TRANSFORM as f64).cos();
        Self {
            filters: mel::filters().chunks(mel::BINS).map(Band::new).collect(),
            window: (0..TRANSFORM).map(hann).collect(),
            transform: RealFftPlanner::new().plan_fft_forward(TRANSFORM),
        }
    }
}

impl LogMel {
    /// Features of `wave` (mono, 16 kHz), followed by silence or cut to `frames` frames of [`HOP`] samples:
    /// [`mel::BANDS`] rows of `frames` values.
    pub fn of(&self, wave: &[f32], frames: usize) -> Vec<f32> {
        let padded = reflected(wave, frames * HOP);
        let mut logs = vec![FLOOR.log10(); mel::BANDS * frames];
        let mut frame = self.transform.make_input_vec();
        let mut spectrum = self.transform.make_output_vec();
        let mut powers = [0.0; mel::BINS];
        for index in 0..frames {
            let samples = &padded[index * HOP..index * HOP + TRANSFORM];
            if samples.iter().all(|sample| *sample == 0.0) {
                continue;
            }
            frame
                .iter_mut()
                .zip(samples.iter().zip(&self.window))
                .for_each(|(out, (sample, weight))| *out = sample * weight);
            self.transform.process(&mut frame, &mut spectrum).expect("the buffers are the transform's own");
            powers.iter_mut().zip(&spectrum).for_each(|(power, bin)| *power = bin.norm_sqr());
            for (band, filter) in self.filters.iter().enumerate() {
                logs[band * frames + index] = filter.power(&powers).max(FLOOR).log10();
            }
        }
        let loudest = logs.iter().copied().fold(f64::MIN, f64::max);
        logs.into_iter().map(|log| ((log.max(loudest - RANGE) + 4.0) / 4.0) as f32).collect()
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

/// `samples` samples of the waveform with half a transform mirrored at both ends, the end sample itself not repeated.
fn reflected(wave: &[f32], samples: usize) -> Vec<f64> {
    let half = TRANSFORM / 2;
    let at = |index: usize| wave.get(index).filter(|_| index < samples).map_or(0.0, |sample| f64::from(*sample));
    let before = (1..=half).rev().map(at);
    let after = (1..=half).map(|back| at((samples - 1).saturating_sub(back)));
    before.chain((0..samples).map(at)).chain(after).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_the_same_everywhere_and_sound_is_above_it() {
        let tone: Vec<f32> = (0..HOP * 10).map(|n| (n as f32 * 0.4).sin() * 0.1).collect();
        let features = LogMel::default().of(&tone, 100);
        assert_eq!(features.len(), mel::BANDS * 100);
        assert!(features.iter().all(|value| value.is_finite()));
        let lowest = features.iter().copied().fold(f32::MAX, f32::min);
        assert!((0..mel::BANDS).all(|band| features[band * 100 + 50] == lowest));
        assert!((0..mel::BANDS).any(|band| features[band * 100 + 5] > lowest + 1.0));
    }
}
