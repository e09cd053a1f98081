//! Recordings to be spoken: any WAV becomes mono sound at the inner rate, with the place where its speech begins and ends. It never sends.

use media::frame::INNER_RATE_HZ;
use std::path::Path;

/// A recording ready to be spoken.
#[derive(Clone, Debug)]
pub(crate) struct Voice {
    /// Mono sound at the inner rate.
    pub(crate) pcm: Vec<i16>,
    /// First sample of speech, by energy.
    pub(crate) speech_from: usize,
    /// One past the last sample of speech, by energy.
    pub(crate) speech_to: usize,
}

/// Why a recording cannot be spoken.
#[derive(Debug, thiserror::Error)]
pub enum VoiceError {
    /// It cannot be read.
    #[error("{path} cannot be read as WAV: {error}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the reader said.
        error: hound::Error,
    },
    /// It is longer than [`SECONDS_MAX`].
    #[error("{path} is longer than {SECONDS_MAX} s")]
    TooLong {
        /// The file.
        path: String,
    },
    /// There is nothing in it to be heard.
    #[error("{path} holds no speech: nothing in it is louder than -55 dBFS")]
    Silent {
        /// The file.
        path: String,
    },
}

impl Voice {
    /// Reads a WAV file of any rate and number of channels.
    pub(crate) fn read(path: &Path) -> Result<Self, VoiceError> {
        let name = path.display().to_string();
        let unreadable = |error| VoiceError::Unreadable { path: name.clone(), error };
        let mut reader = hound::WavReader::open(path).map_err(unreadable)?;
        let spec = reader.spec();
        if u64::from(reader.duration()) > SECONDS_MAX * u64::from(spec.sample_rate) {
            return Err(VoiceError::TooLong { path: name });
        }
        let samples: Result<Vec<f32>, hound::Error> = match spec.sample_format {
            hound::SampleFormat::Float => reader.samples::<f32>().collect(),
            hound::SampleFormat::Int => {
                let scale = 1.0 / (1i64 << (spec.bits_per_sample - 1)) as f32;
                reader.samples::<i32>().map(|sample| sample.map(|value| value as f32 * scale)).collect()
            }
        };
        let mono = mix_down(&samples.map_err(unreadable)?, usize::from(spec.channels.max(1)));
        Self::of(&resample(&mono, spec.sample_rate, INNER_RATE_HZ)).ok_or(VoiceError::Silent { path: name })
    }

    /// Speech within sound at the inner rate; `None` when there is none.
    pub(crate) fn of(sound: &[f32]) -> Option<Self> {
        let (speech_from, speech_to) = speech_bounds(sound)?;
        let pcm = sound.iter().map(|sample| (sample.clamp(-1.0, 1.0) * 32_767.0) as i16).collect();
        Some(Self { pcm, speech_from, speech_to })
    }
}

fn mix_down(samples: &[f32], channels: usize) -> Vec<f32> {
    samples.chunks_exact(channels).map(|frame| frame.iter().sum::<f32>() / channels as f32).collect()
}

/// Where speech begins and ends: windows of 10 ms within 35 dB of the loudest one, and never below -55 dBFS.
fn speech_bounds(sound: &[f32]) -> Option<(usize, usize)> {
    let energies: Vec<f32> = sound
        .chunks(WINDOW_SAMPLES)
        .map(|window| window.iter().map(|s| s * s).sum::<f32>() / window.len() as f32)
        .collect();
    let loudest = energies.iter().copied().fold(0.0, f32::max);
    let threshold = (loudest * POWER_BELOW_LOUDEST).max(POWER_FLOOR);
    let first = energies.iter().position(|energy| *energy > threshold)?;
    let last = energies.iter().rposition(|energy| *energy > threshold)?;
    // Within the last window, up to its last audible sample.
    let audible = threshold.sqrt();
    let window_to = ((last + 1) * WINDOW_SAMPLES).min(sound.len());
    let tail = sound[last * WINDOW_SAMPLES..window_to].iter().rposition(|sample| sample.abs() > audible);
    Some((first * WINDOW_SAMPLES, tail.map_or(window_to, |index| last * WINDOW_SAMPLES + index + 1)))
}

/// Converts the rate by a windowed sinc, off line: exact in time, no delay to subtract.
fn resample(sound: &[f32], from_hz: u32, to_hz: u32) -> Vec<f32> {
    if from_hz == to_hz || sound.is_empty() {
        return sound.to_vec();
    }
    let step = f64::from(from_hz) / f64::from(to_hz);
    let cutoff = (f64::from(to_hz) / f64::from(from_hz)).min(1.0);
    let reach = SINC_ZEROS / cutoff;
    let length = (sound.len() as f64 / step) as usize;
    (0..length)
        .map(|n| {
            let centre = n as f64 * step;
            let from = (centre - reach).ceil().max(0.0) as usize;
            let to = ((centre + reach).floor() as usize).min(sound.len() - 1);
            (from..=to).map(|k| f64::from(sound[k]) * kernel(k as f64 - centre, cutoff, reach)).sum::<f64>() as f32
        })
        .collect()
}

fn kernel(x: f64, cutoff: f64, reach: f64) -> f64 {
    use std::f64::consts::PI;
    let window = 0.5 + 0.5 * (PI * x / reach).cos();
    let t = PI * x * cutoff;
    let sinc = if t.abs() < 1e-9 { 1.0 } else { t.sin() / t };
    cutoff * sinc * window
}

/// Longest recording taken, in seconds.
pub const SECONDS_MAX: u64 = 120;
const WINDOW_SAMPLES: usize = INNER_RATE_HZ as usize / 100;
/// -35 dB, as power.
const POWER_BELOW_LOUDEST: f32 = 3.16e-4;
/// -55 dBFS, as power.
const POWER_FLOOR: f32 = 3.16e-6;
/// Zero crossings of the sinc on either side.
const SINC_ZEROS: f64 = 16.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate_hz: u32, hz: f32, samples: usize) -> Vec<f32> {
        (0..samples).map(|n| 0.5 * (n as f32 * hz * std::f32::consts::TAU / rate_hz as f32).sin()).collect()
    }

    #[test]
    fn a_tone_keeps_its_shape_at_any_rate() {
        for rate in [8_000, 16_000, 44_100, 48_000] {
            let out = resample(&tone(rate, 440.0, rate as usize), rate, INNER_RATE_HZ);
            let expected = tone(INNER_RATE_HZ, 440.0, out.len());
            let worst = (200..out.len() - 200).map(|n| (out[n] - expected[n]).abs()).fold(0.0, f32::max);
            assert!(worst < 0.01, "{rate} Hz: off by {worst}");
        }
    }

    #[test]
    fn speech_is_found_between_silences() {
        let mut sound = vec![0.0; 4_800];
        sound.extend(tone(INNER_RATE_HZ, 300.0, 12_000));
        sound.extend(vec![0.0; 7_200]);
        let voice = Voice::of(&sound).expect("there is a tone");
        assert_eq!(voice.speech_from, 4_800);
        assert!((16_700..=16_800).contains(&voice.speech_to), "{}", voice.speech_to);
        assert!(Voice::of(&[0.0; 1000]).is_none());
    }
}
