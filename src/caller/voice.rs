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
    /// It is longer than two minutes.
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

/// Where speech begins and ends: windows of 10 ms within 25 dB of the loudest one (about the margin of ITU-T P.56 under the active level), never
/// below -55 dBFS, and only where most of 50 ms is so. A wider margin would take a room's noise or a breath for speech, put the end later than it
/// is, and flatter every server.
fn speech_bounds(sound: &[f32]) -> Option<(usize, usize)> {
    let power = |window: &[f32]| window.iter().map(|s| s * s).sum::<f32>() / window.len() as f32;
    let energies: Vec<f32> = sound.chunks(WINDOW_SAMPLES).map(power).collect();
    let loudest = energies.iter().copied().fold(0.0, f32::max);
    let threshold = (loudest * POWER_BELOW_LOUDEST).max(POWER_FLOOR);
    let loud: Vec<bool> = energies.iter().map(|energy| *energy > threshold).collect();
    let sustained = |at: usize| {
        let near = &loud[at.saturating_sub(SUSTAIN_WINDOWS)..(at + SUSTAIN_WINDOWS + 1).min(loud.len())];
        loud[at] && near.iter().filter(|is_loud| **is_loud).count() > SUSTAIN_WINDOWS
    };
    let first = (0..loud.len()).find(|at| sustained(*at))?;
    let last = (0..loud.len()).rfind(|at| sustained(*at))?;
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
pub(crate) const SECONDS_MAX: u64 = 120;
const WINDOW_SAMPLES: usize = INNER_RATE_HZ as usize / 100;
/// Windows on either side that are looked at for sustained sound.
const SUSTAIN_WINDOWS: usize = 2;
/// -25 dB, as power.
const POWER_BELOW_LOUDEST: f32 = 3.16e-3;
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

    #[test]
    fn a_room_and_a_click_are_not_speech() {
        // Noise 30 dB below the voice all along, and a click of 10 ms near the end.
        let mut sound: Vec<f32> = tone(INNER_RATE_HZ, 3_000.0, 24_000).into_iter().map(|s| s * 0.03).collect();
        for (at, sample) in tone(INNER_RATE_HZ, 300.0, 12_000).into_iter().enumerate() {
            sound[4_800 + at] = sample;
        }
        sound[21_600..21_840].fill(0.5);
        let voice = Voice::of(&sound).expect("there is a tone");
        assert_eq!(voice.speech_from, 4_800);
        assert!((16_700..=16_800).contains(&voice.speech_to), "{}", voice.speech_to);
    }
}
