//! Whisper's log-mel features of the last eight seconds, as smart-turn was trained on. It never keeps sound.

use crate::providers::log_mel::{HOP, LogMel};

/// Samples of the window: eight seconds at 16 kHz.
pub const WINDOW: usize = 128_000;
/// Feature frames, ten milliseconds each.
pub const FRAMES: usize = WINDOW / HOP;

/// Added to the variance of the waveform.
const VARIANCE_FLOOR: f64 = 1e-7;

/// Computes features; holds the tables and the transform's plan.
#[derive(Default)]
pub struct Features(LogMel);

impl Features {
    /// Features of `audio` (mono, 16 kHz): [`crate::models::mel::BANDS`] rows of [`FRAMES`] values. The last eight
    /// seconds count; shorter sound is preceded by zeros.
    pub fn of(&self, audio: &[f32]) -> Vec<f32> {
        self.0.of(&normalised(audio), FRAMES)
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
    use crate::models::mel;

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
