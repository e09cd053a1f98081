//! Is what the microphone hears our own voice coming back? It compares with what we played. It never alters sound.
//!
//! Two questions, in this order. Does the incoming waveform contain what we played, at any plausible delay? Another
//! voice never does, so a whitened cross-correlation without a peak means "near". If it does: does our playback, at
//! that delay and with the gain measured for each band, explain the energy of the last moments? If not, somebody
//! speaks at the same time, and that is "near" too.

mod spectrum;

use self::spectrum::{BANDS, Bands, Correlator};
use crate::ear::Chunk;
use crate::frame::{Frame, INNER_RATE_HZ};
use crate::vad::CHUNK_SAMPLES;
use std::collections::VecDeque;
use std::time::Instant;

/// The rate both sides are compared at, in Hz.
const RATE_HZ: usize = 8_000;
/// Playback remembered, in samples at [`RATE_HZ`] (1.024 s): the longest delay, and the sound compared.
const FAR_SAMPLES: usize = 8_192;
/// Incoming sound compared, in samples at [`RATE_HZ`] (256 ms).
const NEAR_SAMPLES: usize = 2_048;
/// Peak over root mean square of the correlation from which it is our voice. Unrelated speech stays below 6.
const PEAK_MIN: f32 = 8.0;
/// The last moments, in hops of 8 ms, whose energy must be explained.
const RECENT_HOPS: usize = 8;
/// A cell is explained when it is at most this much above the expected echo, in decibels.
const MARGIN_DB: f32 = 6.0;
/// More unexplained energy than this share is somebody else's.
const NEAR_SHARE_MIN: f32 = 0.4;
/// An echo path once found is trusted for this many chunks without a new peak (2 s).
const PATH_CHUNKS_MAX: u32 = 64;

/// What the last chunk was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not ours: a voice at the caller's side, or silence.
    Near,
    /// Our own voice coming back.
    Echo,
}

/// How our voice comes back: after how long, and how loud in each band.
#[derive(Clone, Debug)]
struct Path {
    lag: usize,
    gain_db: [f32; BANDS],
    /// Chunks since the last peak.
    age: u32,
}

/// The reference of what we played, and the recent incoming sound. Its memory is taken when we first speak.
pub struct Echo {
    epoch: Instant,
    far: VecDeque<f32>,
    /// Position one past the newest sample of `far`, in samples since the epoch.
    far_end: u64,
    near: VecDeque<f32>,
    far_filter: Decimator,
    near_filter: Decimator,
    correlator: Option<Box<Correlator>>,
    path: Option<Path>,
}

impl Echo {
    /// Nothing played yet; `now` is only the zero of its clock.
    pub fn new(now: Instant) -> Self {
        Self {
            epoch: now,
            far: VecDeque::new(),
            far_end: 0,
            near: VecDeque::new(),
            far_filter: Decimator::new(INNER_RATE_HZ as usize / RATE_HZ),
            near_filter: Decimator::new(2),
            correlator: None,
            path: None,
        }
    }

    /// Remembers a frame that goes out for the moment `at`.
    pub fn speak(&mut self, at: Instant, frame: &Frame) {
        let from = self.position(at);
        let gap = from.saturating_sub(self.far_end).min(FAR_SAMPLES as u64);
        self.far.extend(std::iter::repeat_n(0.0, gap as usize));
        self.far_end = self.far_end.max(from);
        for sample in &frame.0 {
            if let Some(out) = self.far_filter.push(f32::from(*sample) / 32_768.0) {
                self.far.push_back(out);
                self.far_end += 1;
            }
        }
        let excess = self.far.len().saturating_sub(FAR_SAMPLES + RATE_HZ / 10);
        self.far.drain(..excess);
    }

    /// Judges a chunk that arrived at `now`.
    pub fn hear(&mut self, now: Instant, chunk: &Chunk) -> Verdict {
        debug_assert_eq!(chunk.sound.len(), CHUNK_SAMPLES);
        for sample in &chunk.sound {
            if let Some(out) = self.near_filter.push(*sample) {
                self.near.push_back(out);
            }
        }
        let excess = self.near.len().saturating_sub(NEAR_SAMPLES);
        self.near.drain(..excess);
        // Where no voice is heard there is nothing to decide, and no work to do.
        if chunk.voice < 0.2 || self.near.len() < NEAR_SAMPLES {
            return Verdict::Near;
        }
        self.compare(now)
    }

    fn compare(&mut self, now: Instant) -> Verdict {
        let far = self.far_until(self.position(now));
        let near: Vec<f32> = self.near.iter().copied().collect();
        let correlator = self.correlator.get_or_insert_with(|| Box::new(Correlator::new(FAR_SAMPLES)));
        let peak = correlator.peak(&far, &near);
        let (near_bands, far_bands) = (correlator.bands(&near), |c: &mut Correlator, lag: usize| {
            let from = FAR_SAMPLES - NEAR_SAMPLES - lag;
            c.bands(&far[from..from + NEAR_SAMPLES])
        });
        if peak.height >= PEAK_MIN {
            let far_bands = far_bands(correlator, peak.lag);
            let fresh = gains(&near_bands, &far_bands);
            let gain_db = match &self.path {
                Some(path) if path.lag.abs_diff(peak.lag) < RATE_HZ / 20 => steady(&path.gain_db, &fresh),
                Some(_) | None => fresh,
            };
            self.path = Some(Path { lag: peak.lag, gain_db, age: 0 });
            return verdict(&near_bands, &far_bands, &gain_db);
        }
        let Some(path) = self.path.as_mut().filter(|p| p.age < PATH_CHUNKS_MAX) else {
            return Verdict::Near;
        };
        path.age += 1;
        let far_bands = far_bands(correlator, path.lag);
        verdict(&near_bands, &far_bands, &path.gain_db)
    }

    /// The playback up to `end`, exactly [`FAR_SAMPLES`] long, silence where nothing was played.
    fn far_until(&self, end: u64) -> Vec<f32> {
        let mut out = vec![0.0; FAR_SAMPLES];
        let first = self.far_end.saturating_sub(self.far.len() as u64);
        for (i, slot) in out.iter_mut().enumerate() {
            let position = (end + i as u64).checked_sub(FAR_SAMPLES as u64);
            let index = position.and_then(|p| p.checked_sub(first));
            if let Some(sample) = index.and_then(|i| self.far.get(usize::try_from(i).ok()?)) {
                *slot = *sample;
            }
        }
        out
    }

    fn position(&self, at: Instant) -> u64 {
        (at.saturating_duration_since(self.epoch).as_micros() * RATE_HZ as u128 / 1_000_000) as u64
    }
}

/// How loud the echo is in each band, in decibels: a low quantile, so that another voice on top does not count.
fn gains(near: &[Bands], far: &[Bands]) -> [f32; BANDS] {
    let mut gains = [0.0; BANDS];
    for (band, gain) in gains.iter_mut().enumerate() {
        let mut differences: Vec<f32> =
            near.iter().zip(far).filter(|(_, f)| f.active(band)).map(|(n, f)| n.db[band] - f.db[band]).collect();
        differences.sort_by(f32::total_cmp);
        *gain = differences.get(differences.len() * 4 / 10).copied().unwrap_or(-20.0);
    }
    gains
}

/// The known gains, moved slowly upward and quickly downward: a voice on top never teaches a louder echo.
fn steady(known: &[f32; BANDS], fresh: &[f32; BANDS]) -> [f32; BANDS] {
    let mut out = *known;
    for (gain, fresh) in out.iter_mut().zip(fresh) {
        *gain += (fresh - *gain).clamp(-6.0, 0.3);
    }
    out
}

/// Does the echo explain the last moments?
fn verdict(near: &[Bands], far: &[Bands], gain_db: &[f32; BANDS]) -> Verdict {
    let hops = near.len().min(far.len());
    let (mut all, mut unexplained) = (0.0, 0.0);
    for hop in hops.saturating_sub(RECENT_HOPS)..hops {
        for band in 0..BANDS {
            // Rooms ring: what was played in the last 64 ms may still sound, fading by 1.5 dB a hop.
            let expected_db = (0..=8.min(hop))
                .map(|back| far[hop - back].db[band] - 1.5 * back as f32)
                .chain((hop + 1 < hops).then(|| far[hop + 1].db[band]))
                .fold(f32::MIN, f32::max)
                + gain_db[band]
                + MARGIN_DB;
            let power = 10.0_f32.powf(near[hop].db[band] / 10.0);
            all += power;
            unexplained += if near[hop].db[band] > expected_db { power } else { 0.0 };
        }
    }
    if unexplained > NEAR_SHARE_MIN * all { Verdict::Near } else { Verdict::Echo }
}

/// Low-pass and keep every n-th sample.
struct Decimator {
    by: usize,
    taps: Vec<f32>,
    past: VecDeque<f32>,
    count: usize,
}

impl Decimator {
    fn new(by: usize) -> Self {
        let len = 8 * by + 1;
        let middle = (len / 2) as f32;
        let cutoff = 0.45 / by as f32;
        let mut taps: Vec<f32> = (0..len)
            .map(|i| {
                let x = i as f32 - middle;
                let phase = std::f32::consts::TAU * cutoff * x;
                let sinc = if x == 0.0 { 1.0 } else { phase.sin() / phase };
                sinc * (0.54 + 0.46 * (std::f32::consts::PI * x / middle).cos())
            })
            .collect();
        let sum: f32 = taps.iter().sum();
        taps.iter_mut().for_each(|t| *t /= sum);
        Self { by, past: VecDeque::from(vec![0.0; len]), taps, count: 0 }
    }

    fn push(&mut self, sample: f32) -> Option<f32> {
        self.past.pop_front();
        self.past.push_back(sample);
        self.count += 1;
        if self.count < self.by {
            return None;
        }
        self.count = 0;
        Some(self.past.iter().zip(&self.taps).map(|(s, t)| s * t).sum())
    }
}

#[cfg(test)]
mod tests;
