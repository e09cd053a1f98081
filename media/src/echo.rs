//! Is what the microphone hears our own voice coming back? It compares with what we played. It never alters sound.
//!
//! Two questions, in this order. Does the incoming waveform contain what we played, at any plausible delay? Another
//! voice never does, so a whitened cross-correlation without a peak means "near". If it does: does our playback, at
//! that delay and with the gain measured for each band, explain the energy of the last moments? If not, somebody
//! speaks at the same time, and that is "near" too.

mod spectrum;

use self::spectrum::{BANDS, Bands, Correlator, Peak};
use crate::ear::Chunk;
use crate::frame::{FRAME_SAMPLES, Frame, INNER_RATE_HZ};
use crate::vad::CHUNK_SAMPLES;
use std::collections::VecDeque;
use std::time::Instant;

/// The rate both sides are compared at, in Hz.
const RATE_HZ: usize = 8_000;
/// Playback remembered, in samples at [`RATE_HZ`] (1.024 s): the longest delay, and the sound compared.
const FAR_SAMPLES: usize = 8_192;
/// What is kept of it: a tenth of a second more, for chunks that are judged late.
const FAR_KEPT: usize = FAR_SAMPLES + RATE_HZ / 10;
/// Samples at [`RATE_HZ`] that a frame makes.
const FRAME_OUT: usize = FRAME_SAMPLES * RATE_HZ / INNER_RATE_HZ as usize;
/// Incoming sound compared, in samples at [`RATE_HZ`] (256 ms).
const NEAR_SAMPLES: usize = 2_048;
/// Peak over root mean square of the correlation from which it is our voice at a delay not known before. Measured on
/// recordings: another voice stays below 12, an echo reaches 15 to 60 while it sounds.
const PEAK_MIN: f32 = 13.0;
/// The same when another delay seemed known: our voice beyond doubt.
const PEAK_SURE_MIN: f32 = 24.0;
/// A first sign of an echo, or chance.
const PEAK_UNSURE_MIN: f32 = 9.0;
/// The same at the delay that is known.
const PEAK_KNOWN_MIN: f32 = 7.0;
/// Doubt this long (64 ms) is resolved for the caller.
const UNSURE_CHUNKS_MAX: u32 = 2;
/// Delays this close are one, in samples at [`RATE_HZ`] (2 ms).
const LAG_SLACK: usize = 16;
/// The incoming sound keeps its own time line until the wall disagrees by more, in samples at [`RATE_HZ`] (60 ms):
/// packets arrive unevenly, sound does not.
const DRIFT_MAX: u64 = 480;
/// A path seen this often (256 ms) has its gains from a whole window.
const PATH_YOUNG_CHUNKS: u32 = 10;
/// What comes later than the known delay by less than this is a reflection, in samples at [`RATE_HZ`] (60 ms).
const REFLECTION_LAG: usize = 480;
/// Sound quieter than this in a band is nobody's voice, in decibels of full scale.
const NOISE_DB: f32 = -66.0;
/// A known path is not given up for another one before this many chunks (128 ms) without a peak.
const PATH_KEPT_CHUNKS: u32 = 4;
/// The last moments, in hops of 8 ms, whose energy must be explained.
const RECENT_HOPS: usize = 8;
/// A cell is explained when it is at most this much above the expected echo, in decibels.
const MARGIN_DB: f32 = 6.0;
/// More unexplained energy than this share is somebody else's.
const NEAR_SHARE_MIN: f32 = 0.4;
/// We spoke aloud for so long (768 ms, the longest delay) and nobody was heard: none of it comes back.
const ABSENT_CHUNKS: u32 = 24;
/// Mean square from which what we play is aloud (-40 dBFS).
const ALOUD_POWER: f32 = 1e-4;
/// An echo path once found is trusted for this many chunks without a new peak (2 s).
const PATH_CHUNKS_MAX: u32 = 64;

/// What the last chunk was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not ours: a voice at the caller's side, or silence.
    Near,
    /// Our own voice coming back.
    Echo,
    /// It may be either: the next chunk will tell.
    Unsure,
}

/// How our voice comes back: after how long, and how loud in each band.
#[derive(Clone, Debug)]
struct Path {
    lag: usize,
    gain_db: [f32; BANDS],
    /// Peaks seen at this delay.
    seen: u32,
    /// Chunks since the last peak.
    age: u32,
}

impl Path {
    fn new(peak: &Peak, gain_db: [f32; BANDS]) -> Self {
        Self { lag: peak.lag, gain_db, seen: if peak.height >= PEAK_SURE_MIN { 2 } else { 1 }, age: 0 }
    }

    /// Chance may show a peak once, not twice at one delay.
    fn is_trusted(&self) -> bool {
        self.seen >= 2
    }

    fn is_seen_by(&self, peak: &Peak) -> bool {
        let enough = if self.is_trusted() { PEAK_KNOWN_MIN } else { PEAK_MIN };
        peak.height >= enough && self.lag.abs_diff(peak.lag) < LAG_SLACK
    }

    /// A peak elsewhere is a reflection, or chance, until this path has not been seen for a while.
    fn outlasts(&self, other: &Peak) -> bool {
        let reflection = (self.lag..self.lag + REFLECTION_LAG).contains(&other.lag);
        let doubtful = other.height < PEAK_SURE_MIN || reflection;
        (doubtful && self.age < PATH_KEPT_CHUNKS) || (other.height < PEAK_MIN && self.age < PATH_CHUNKS_MAX)
    }

    /// Takes the delay, and learns the gains: outright while the path is young and the peak sure, else a fifth of
    /// the way when nothing but echo is heard.
    fn see(&mut self, peak: &Peak, fresh_db: [f32; BANDS]) {
        self.lag = peak.lag;
        self.age = 0;
        if self.is_young(peak) {
            self.gain_db = fresh_db;
        } else if peak.height >= PEAK_MIN {
            for (gain, fresh) in self.gain_db.iter_mut().zip(fresh_db) {
                *gain += 0.2 * (fresh - *gain).clamp(-MARGIN_DB, MARGIN_DB / 2.0);
            }
        }
        self.seen = self.seen.saturating_add(1);
    }

    fn is_young(&self, peak: &Peak) -> bool {
        self.seen < PATH_YOUNG_CHUNKS && peak.height >= PEAK_SURE_MIN
    }

    fn judge(&self, near: &[Bands], far: &[Bands], peak: &Peak) -> Verdict {
        if !self.is_trusted() {
            return Verdict::Unsure;
        }
        // The first gains come from a few moments only; a sure peak then says more than they do.
        if self.is_young(peak) { Verdict::Echo } else { verdict(near, far, &self.gain_db) }
    }
}

/// The reference of what we played, and the recent incoming sound. Its memory is taken when we first speak.
pub struct Echo {
    epoch: Instant,
    far: VecDeque<f32>,
    /// Position one past the newest sample of `far`, in samples since the epoch.
    far_end: u64,
    near: VecDeque<f32>,
    /// Position one past the newest sample of `near`, in samples since the epoch.
    near_end: u64,
    far_filter: Decimator,
    near_filter: Decimator,
    correlator: Option<Box<Correlator>>,
    path: Option<Path>,
    /// Chunks of doubt in a row.
    unsure: u32,
    /// Chunks in which we spoke aloud and nobody was heard, since the last doubt.
    unreturned: u32,
}

impl Echo {
    /// Nothing played yet; `now` is only the zero of its clock.
    pub fn new(now: Instant) -> Self {
        Self {
            epoch: now,
            far: VecDeque::new(),
            far_end: 0,
            near: VecDeque::new(),
            near_end: 0,
            far_filter: Decimator::new(INNER_RATE_HZ as usize / RATE_HZ),
            near_filter: Decimator::new(2),
            correlator: None,
            path: None,
            unsure: 0,
            unreturned: 0,
        }
    }

    /// Remembers a frame that goes out for the moment `at`.
    pub fn speak(&mut self, at: Instant, frame: &Frame) {
        let from = self.position(at);
        let gap = from.saturating_sub(self.far_end).min(FAR_SAMPLES as u64) as usize;
        // Room is made first, and no more of it than is ever needed: growing by itself the memory would double.
        let over = (self.far.len() + gap + FRAME_OUT).saturating_sub(FAR_KEPT);
        self.far.drain(..over.min(self.far.len()));
        self.far.reserve_exact(FAR_KEPT.saturating_sub(self.far.len()));
        self.far.extend(std::iter::repeat_n(0.0, gap));
        self.far_end = self.far_end.max(from);
        for sample in &frame.0 {
            if let Some(out) = self.far_filter.push(f32::from(*sample) / 32_768.0) {
                self.far.push_back(out);
                self.far_end += 1;
            }
        }
    }

    /// Judges a chunk that arrived at `now`.
    pub fn hear(&mut self, now: Instant, chunk: &Chunk) -> Verdict {
        debug_assert_eq!(chunk.sound.len(), CHUNK_SAMPLES);
        if self.near.is_empty() {
            // Made for the first chunk: nobody asks before we have spoken.
            self.near.resize(NEAR_SAMPLES, 0.0);
        }
        for sample in &chunk.sound {
            if let Some(out) = self.near_filter.push(*sample) {
                self.near.push_back(out);
            }
        }
        let excess = self.near.len().saturating_sub(NEAR_SAMPLES);
        self.near.drain(..excess);
        let arrived = self.position(now).saturating_sub(chunk.behind as u64 / 2);
        self.near_end += CHUNK_SAMPLES as u64 / 2;
        if self.near_end.abs_diff(arrived) > DRIFT_MAX {
            self.near_end = arrived;
        }
        // Where no voice is heard there is nothing to decide, and no work to do.
        if chunk.voice < 0.2 {
            self.unreturned = self.unreturned.saturating_add(u32::from(self.is_aloud()));
            return Verdict::Near;
        }
        let verdict = self.compare();
        if verdict != Verdict::Near {
            self.unreturned = 0;
        }
        self.unsure = if verdict == Verdict::Unsure { self.unsure + 1 } else { 0 };
        if self.unsure > UNSURE_CHUNKS_MAX { Verdict::Near } else { verdict }
    }

    /// We spoke aloud for longer than an echo takes, and none has ever been heard.
    pub fn is_absent(&self) -> bool {
        self.unreturned >= ABSENT_CHUNKS
    }

    fn is_aloud(&self) -> bool {
        let power: f32 = self.far.iter().rev().take(NEAR_SAMPLES).map(|sample| sample * sample).sum();
        power > ALOUD_POWER * NEAR_SAMPLES as f32
    }

    fn compare(&mut self) -> Verdict {
        let far = self.far_until(self.near_end);
        let near: Vec<f32> = self.near.iter().copied().collect();
        let correlator = self.correlator.get_or_insert_with(|| Box::new(Correlator::new(FAR_SAMPLES)));
        let peak = correlator.peak(&far, &near);
        let near = correlator.bands(&near);
        let expected = |lag: usize| {
            let from = FAR_SAMPLES - NEAR_SAMPLES - lag;
            envelope(&correlator.bands(&far[from..from + NEAR_SAMPLES]))
        };
        match &mut self.path {
            Some(path) if path.is_seen_by(&peak) => {
                let far = expected(peak.lag);
                path.see(&peak, gains(&near, &far));
                path.judge(&near, &far, &peak)
            }
            Some(path) if path.is_trusted() && path.outlasts(&peak) => {
                path.age += 1;
                path.judge(&near, &expected(path.lag), &peak)
            }
            Some(_) | None if peak.height >= PEAK_MIN && is_loud(&near) => {
                let far = expected(peak.lag);
                let path = self.path.insert(Path::new(&peak, gains(&near, &far)));
                path.judge(&near, &far, &peak)
            }
            Some(_) | None => {
                self.path = None;
                // Chance shows such a peak now and then: where nothing has ever come back it holds nobody up.
                let sign = peak.height >= PEAK_UNSURE_MIN && !self.is_absent();
                if sign { Verdict::Unsure } else { Verdict::Near }
            }
        }
    }

    /// The playback up to `end`, exactly [`FAR_SAMPLES`] long, silence where nothing was played.
    fn far_until(&mut self, end: u64) -> Vec<f32> {
        let mut out = vec![0.0; FAR_SAMPLES];
        let far_from = self.far_end.saturating_sub(self.far.len() as u64);
        // Positions before the epoch are silence too: shifted by the length, nothing is negative.
        let (from, to) = (end, end + FAR_SAMPLES as u64);
        let (far_from, far_to) = (far_from + FAR_SAMPLES as u64, self.far_end + FAR_SAMPLES as u64);
        let (first, last) = (from.max(far_from), to.min(far_to));
        if first < last {
            let known = &self.far.make_contiguous()[(first - far_from) as usize..(last - far_from) as usize];
            out[(first - from) as usize..(last - from) as usize].copy_from_slice(known);
        }
        out
    }

    fn position(&self, at: Instant) -> u64 {
        (at.saturating_duration_since(self.epoch).as_micros() * RATE_HZ as u128 / 1_000_000) as u64
    }
}

/// What may still sound of the playback in each hop: rooms ring, fading by 1.5 dB in 8 ms; windows smear by a hop.
fn envelope(far: &[Bands]) -> Vec<Bands> {
    let mut ringing = far.to_vec();
    for hop in 0..far.len() {
        for band in 0..BANDS {
            let next = far.get(hop + 1).map_or(f32::MIN, |f| f.db[band]);
            let before = if hop > 0 { ringing[hop - 1].db[band] - 1.5 } else { f32::MIN };
            ringing[hop].db[band] = far[hop].db[band].max(next).max(before);
        }
    }
    ringing
}

/// How loud the echo is in each band, in decibels: the middle of what is seen while we play; a band in which we play
/// nothing takes the middle of all.
fn gains(near: &[Bands], far: &[Bands]) -> [f32; BANDS] {
    let differences = |band: usize| {
        near.iter().zip(far).filter(move |(_, f)| f.active(band)).map(move |(n, f)| n.db[band] - f.db[band])
    };
    let all = middle((0..BANDS).flat_map(differences).collect()).unwrap_or(0.0);
    std::array::from_fn(|band| middle(differences(band).collect()).unwrap_or(all))
}

/// There is something to learn from: as many cells as one hop has stand out of the noise.
fn is_loud(near: &[Bands]) -> bool {
    let loud = near.iter().flat_map(|n| n.db).filter(|db| *db > NOISE_DB + MARGIN_DB).count();
    loud >= BANDS
}

fn middle(mut values: Vec<f32>) -> Option<f32> {
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied()
}

/// Does the echo explain the last moments?
fn verdict(near: &[Bands], far: &[Bands], gain_db: &[f32; BANDS]) -> Verdict {
    let (mut all, mut unexplained) = (0.0, 0.0);
    for (near, far) in near.iter().zip(far).rev().take(RECENT_HOPS) {
        for band in 0..BANDS {
            let power = 10.0_f32.powf(near.db[band] / 10.0);
            let expected_db = (far.db[band] + gain_db[band] + MARGIN_DB).max(NOISE_DB);
            all += power;
            unexplained += if near.db[band] > expected_db { power } else { 0.0 };
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
