//! Brings a voice's own sample rate to 24 kHz, piece by piece without a seam. It never changes the pitch.

use media::frame::INNER_RATE_HZ;
use rubato::audioadapter_buffers::direct::SequentialSliceOfVecs;
use rubato::{Fft, FixedSync, Resampler};

/// Input samples taken in one go.
const CHUNK: usize = 441;

/// A resampler and what waits for it.
pub struct Upsampler {
    inner: Fft<f32>,
    waiting: Vec<f32>,
    /// Output samples still to be dropped: the filter's delay.
    delay: usize,
    taken: usize,
    given: usize,
    rate: usize,
}

impl Upsampler {
    /// From `rate` Hz to 24 kHz.
    pub fn from_rate(rate: usize) -> Result<Self, String> {
        let inner =
            Fft::new(rate, INNER_RATE_HZ as usize, CHUNK, 1, FixedSync::Input).map_err(|error| error.to_string())?;
        let delay = inner.output_delay();
        Ok(Self { inner, waiting: Vec::new(), delay, taken: 0, given: 0, rate })
    }

    /// Takes more samples and returns what is ready; with `last`, all the rest.
    pub fn push(&mut self, samples: &[f32], last: bool) -> Result<Vec<f32>, String> {
        self.waiting.extend_from_slice(samples);
        self.taken += samples.len();
        let mut ready = Vec::new();
        while self.waiting.len() >= self.inner.input_frames_next() {
            self.step(&mut ready)?;
        }
        let whole = self.taken * INNER_RATE_HZ as usize / self.rate;
        while last && self.given + ready.len() < whole {
            let next = self.inner.input_frames_next();
            self.waiting.resize(self.waiting.len().max(next), 0.0);
            self.step(&mut ready)?;
        }
        if last {
            ready.truncate(whole.saturating_sub(self.given));
        }
        self.given += ready.len();
        Ok(ready)
    }

    fn step(&mut self, ready: &mut Vec<f32>) -> Result<(), String> {
        let next = self.inner.input_frames_next();
        let input = vec![self.waiting.drain(..next).collect::<Vec<f32>>()];
        let adapter = SequentialSliceOfVecs::new(&input, 1, next).map_err(|error| error.to_string())?;
        let output = self.inner.process(&adapter, None).map_err(|error| error.to_string())?.take_data();
        let dropped = self.delay.min(output.len());
        self.delay -= dropped;
        ready.extend_from_slice(&output[dropped..]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_keeps_its_pitch_and_its_length_through_pieces() {
        let tone: Vec<f32> = (0..22_050).map(|n| (n as f32 * 440.0 * std::f32::consts::TAU / 22_050.0).sin()).collect();
        let mut upsampler = Upsampler::from_rate(22_050).expect("both rates are common");
        let mut out = upsampler.push(&tone[..5_000], false).expect("plain samples");
        out.extend(upsampler.push(&tone[5_000..], true).expect("plain samples"));
        assert_eq!(out.len(), 24_000);
        let expected = |n: usize| (n as f32 * 440.0 * std::f32::consts::TAU / 24_000.0).sin();
        let worst = (2_000..22_000).map(|n| (out[n] - expected(n)).abs()).fold(0.0, f32::max);
        // The filter's delay is known to the sample; one sample of this tone is 0.115.
        assert!(worst < 0.1, "off by {worst}");
    }
}
