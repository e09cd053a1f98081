//! Sample-rate conversion between the inner rate and the ear's, the telephone's and files' rates. Its delay is stated.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler as _, ResamplerConstructionError};

/// Longest block fed to the converter at once, in milliseconds.
const BLOCK_MS: usize = 20;
/// Blocks of 10 ms inside: one is the delay, and the filter still passes all of speech.
const SUB_BLOCKS: usize = 2;

/// The two rates cannot be converted into each other in whole 20 ms blocks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot convert {from_hz} Hz to {to_hz} Hz: {why}")]
pub struct RateError {
    from_hz: u32,
    to_hz: u32,
    why: String,
}

/// A mono stream from one rate to another, fed in pieces of any size.
pub struct Resampler {
    inner: Fft<f32>,
    waiting: Vec<f32>,
    block: Vec<f32>,
}

impl Resampler {
    /// A converter from `from_hz` to `to_hz`; both must be multiples of 50 Hz and within 8,000..=192,000.
    pub fn new(from_hz: u32, to_hz: u32) -> Result<Self, RateError> {
        let refuse = |why: &str| RateError { from_hz, to_hz, why: why.to_owned() };
        let allowed = |hz: u32| (8_000..=192_000).contains(&hz) && hz.is_multiple_of(50);
        if !allowed(from_hz) || !allowed(to_hz) {
            return Err(refuse("rates must be multiples of 50 Hz from 8,000 to 192,000"));
        }
        let chunk = from_hz as usize * BLOCK_MS / 1000;
        let inner = Fft::new_custom(
            from_hz as usize,
            to_hz as usize,
            chunk,
            SUB_BLOCKS,
            1,
            rubato::WindowFunction::BlackmanHarris2,
            FixedSync::Both,
        )
        .map_err(|error: ResamplerConstructionError| refuse(&error.to_string()))?;
        let block = vec![0.0; inner.output_frames_max()];
        Ok(Self { inner, waiting: Vec::new(), block })
    }

    /// How much later a sound leaves than it entered, in samples at the output rate (about 10 ms).
    pub fn delay(&self) -> usize {
        self.inner.output_delay()
    }

    /// Converts `input` (-1.0 to 1.0) and appends what is complete to `output`; the rest waits for the next piece.
    pub fn push(&mut self, input: &[f32], output: &mut Vec<f32>) {
        self.waiting.extend_from_slice(input);
        let need = self.inner.input_frames_next();
        let mut taken = 0;
        while self.waiting.len() - taken >= need {
            let made = self.convert(taken, need);
            output.extend_from_slice(&self.block[..made]);
            taken += need;
        }
        self.waiting.drain(..taken);
    }

    /// Converts 16-bit samples; otherwise as [`Resampler::push`].
    pub fn push_i16(&mut self, input: &[i16], output: &mut Vec<f32>) {
        let scaled: Vec<f32> = input.iter().map(|s| f32::from(*s) / 32_768.0).collect();
        self.push(&scaled, output);
    }

    /// Pushes the last sound through with silence behind it, until everything that entered has left.
    pub fn finish(&mut self, output: &mut Vec<f32>) {
        let silence = vec![0.0; self.inner.input_frames_next() * 2];
        self.push(&silence, output);
        self.waiting.clear();
    }

    fn convert(&mut self, from: usize, need: usize) -> usize {
        let room = self.block.len();
        let input = InterleavedSlice::new(&self.waiting[from..from + need], 1, need)
            .expect("the slice is exactly as long as said");
        let mut output =
            InterleavedSlice::new_mut(&mut self.block, 1, room).expect("the block is exactly as long as said");
        let (_, made) = self
            .inner
            .process_into_buffer(&input, &mut output, None)
            .expect("sizes were asked of the converter itself");
        made
    }
}

/// Samples of -1.0 to 1.0 as 16-bit samples, clipped.
pub fn to_i16(samples: &[f32]) -> Vec<i16> {
    samples.iter().map(|s| (s * 32_767.0).round().clamp(-32_768.0, 32_767.0) as i16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate_hz: u32, hz: f32, seconds: f32) -> Vec<f32> {
        (0..(rate_hz as f32 * seconds) as usize)
            .map(|i| 0.5 * (std::f32::consts::TAU * hz * i as f32 / rate_hz as f32).sin())
            .collect()
    }

    #[test]
    fn a_tone_keeps_its_pitch_loudness_and_the_stated_delay() {
        for (from, to) in [(24_000, 16_000), (8_000, 24_000), (24_000, 8_000), (16_000, 24_000), (48_000, 24_000)] {
            let mut resampler = Resampler::new(from, to).expect("rates are allowed");
            let mut output = Vec::new();
            for piece in tone(from, 440.0, 1.0).chunks(333) {
                resampler.push(piece, &mut output);
            }
            let delay = resampler.delay();
            assert!(delay * 1000 <= to as usize * 11, "{from} to {to}: delay {delay}");
            let expected = tone(to, 440.0, 1.0);
            let worst =
                (2000..output.len() - 2000).map(|i| (output[i] - expected[i - delay]).abs()).fold(0.0_f32, f32::max);
            assert!(worst < 0.02, "{from} to {to}: off by {worst}");
        }
    }

    #[test]
    fn what_lies_above_the_new_half_rate_is_removed() {
        let mut resampler = Resampler::new(24_000, 16_000).expect("rates are allowed");
        let mut output = Vec::new();
        resampler.push(&tone(24_000, 10_000.0, 1.0), &mut output);
        assert!(output[2000..].iter().all(|s| s.abs() < 0.01));
    }

    #[test]
    fn odd_rates_are_refused() {
        assert!(Resampler::new(11_025, 24_000).is_err());
        assert!(Resampler::new(24_000, 0).is_err());
    }
}
