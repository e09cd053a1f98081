//! Both sides of the call in one WAV: left the caller, right Voxfare, on one clock. It never holds more than its bound.

use crate::caller::ear::Sound;
use media::frame::INNER_RATE_HZ;
use std::path::Path;
use std::time::{Duration, Instant};

/// The call's sound so far, at the inner rate.
#[derive(Debug)]
pub(crate) struct Recording {
    began: Instant,
    caller: Vec<i16>,
    voxfare: Vec<i16>,
}

impl Recording {
    /// An empty recording whose time begins now.
    pub(crate) fn new(now: Instant) -> Self {
        Self { began: now, caller: Vec::new(), voxfare: Vec::new() }
    }

    /// Adds what the caller said; it follows on what was said before, as both are counted by the same 20 ms.
    pub(crate) fn said(&mut self, now: Instant, pcm: &[i16]) {
        if self.caller.is_empty() {
            let at = self.sample(now).saturating_sub(pcm.len());
            pad(&mut self.caller, at);
        }
        add(&mut self.caller, pcm);
    }

    /// Adds what the caller heard: where the sound before it ends, or at its arrival when that has run out. Nothing is delayed to smooth jitter,
    /// so late packets are heard as gaps.
    pub(crate) fn heard(&mut self, sound: &Sound) {
        let at = self.sample(sound.at);
        if at > self.voxfare.len() {
            pad(&mut self.voxfare, at);
        }
        add(&mut self.voxfare, &sound.pcm);
    }

    /// Writes the file; `mono` leaves the caller out.
    pub(crate) fn write(&self, path: &Path, mono: bool) -> Result<(), hound::Error> {
        let channels = if mono { 1 } else { 2 };
        let spec = hound::WavSpec {
            channels,
            sample_rate: INNER_RATE_HZ,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut file = hound::WavWriter::create(path, spec)?;
        let length = if mono { self.voxfare.len() } else { self.caller.len().max(self.voxfare.len()) };
        for n in 0..length {
            if !mono {
                file.write_sample(self.caller.get(n).copied().unwrap_or(0))?;
            }
            file.write_sample(self.voxfare.get(n).copied().unwrap_or(0))?;
        }
        file.finalize()
    }

    /// Where in the recording a moment lies.
    pub(crate) fn at(&self, at: Instant) -> Duration {
        at.saturating_duration_since(self.began)
    }

    fn sample(&self, at: Instant) -> usize {
        let nanos = at.saturating_duration_since(self.began).as_nanos();
        usize::try_from(nanos * u128::from(INNER_RATE_HZ) / 1_000_000_000).unwrap_or(usize::MAX)
    }
}

fn pad(track: &mut Vec<i16>, to: usize) {
    track.resize(to.min(SAMPLES_MAX), 0);
}

fn add(track: &mut Vec<i16>, pcm: &[i16]) {
    let room = SAMPLES_MAX.saturating_sub(track.len());
    track.extend_from_slice(&pcm[..pcm.len().min(room)]);
}

/// Twenty minutes a side; what comes after is measured but not recorded.
const SAMPLES_MAX: usize = INNER_RATE_HZ as usize * 1200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_lie_on_one_clock() {
        let began = Instant::now();
        let at = |ms| began + Duration::from_millis(ms);
        let mut recording = Recording::new(began);
        recording.said(at(100), &[1; 480]);
        recording.heard(&Sound { at: at(200), pcm: vec![2; 480] });
        recording.heard(&Sound { at: at(201), pcm: vec![3; 480] });
        recording.heard(&Sound { at: at(500), pcm: vec![4; 480] });
        assert_eq!(recording.caller.iter().position(|s| *s == 1), Some(80 * 24));
        let heard = |value| recording.voxfare.iter().position(|s| *s == value);
        assert_eq!((heard(2), heard(3), heard(4)), (Some(4800), Some(5280), Some(12_000)));
    }
}
