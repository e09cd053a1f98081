//! What the caller hears: packets put in order, decoded, and every loud stretch noted with its arrival. It never waits longer than three packets.

use crate::caller::mouth::samples;
use bytes::Bytes;
use media::frame::INNER_RATE_HZ;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A stretch of sound above the threshold; pauses shorter than [`PAUSE_MAX`] are within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Loud {
    /// Arrival of its first loud sample.
    pub(crate) from: Instant,
    /// Arrival of its last loud sample so far.
    pub(crate) to: Instant,
}

/// Decoded sound with the moment its packet came in.
#[derive(Clone, Debug)]
pub(crate) struct Sound {
    /// Arrival; a sample's own time is this plus its offset.
    pub(crate) at: Instant,
    /// Mono at the inner rate.
    pub(crate) pcm: Vec<i16>,
}

/// The caller's ear.
pub(crate) struct Ear {
    decoder: opus::Decoder,
    waiting: BTreeMap<u64, (Instant, Bytes)>,
    highest: Option<u64>,
    next: Option<u64>,
    loud: Vec<Loud>,
    lost: u64,
}

impl Ear {
    /// An ear that has heard nothing.
    pub(crate) fn new() -> Result<Self, opus::Error> {
        let decoder = opus::Decoder::new(INNER_RATE_HZ, opus::Channels::Mono)?;
        Ok(Self { decoder, waiting: BTreeMap::new(), highest: None, next: None, loud: Vec::new(), lost: 0 })
    }

    /// Takes a packet and answers the sound that has become ready, in order.
    pub(crate) fn hear(&mut self, at: Instant, sequence: u16, payload: Bytes) -> Vec<Sound> {
        let extended = self.extend(sequence);
        let next = *self.next.get_or_insert(extended);
        if extended < next {
            return Vec::new();
        }
        if extended > next + RESTART_GAP {
            self.waiting.clear();
            self.next = Some(extended);
        }
        self.waiting.insert(extended, (at, payload));
        let mut ready = Vec::new();
        while let Some(sound) = self.take() {
            ready.push(sound);
        }
        ready
    }

    /// Packets that never came in time.
    pub(crate) fn lost(&self) -> u64 {
        self.lost
    }

    /// The first loud stretch that began after `after`.
    pub(crate) fn first_after(&self, after: Instant) -> Option<Loud> {
        self.loud.iter().copied().find(|loud| loud.from > after)
    }

    /// The last loud stretch that began before `before`.
    pub(crate) fn last_before(&self, before: Instant) -> Option<Loud> {
        self.loud.iter().copied().rfind(|loud| loud.from < before)
    }

    /// The loud stretch that was going on at `at`.
    pub(crate) fn during(&self, at: Instant) -> Option<Loud> {
        self.loud.iter().copied().find(|loud| loud.from <= at && at <= loud.to + PAUSE_MAX)
    }

    /// When the last loud sample came in.
    pub(crate) fn last_loud(&self) -> Option<Instant> {
        self.loud.last().map(|loud| loud.to)
    }

    fn extend(&mut self, sequence: u16) -> u64 {
        let highest = self.highest.unwrap_or(u64::from(sequence) + (1 << 16));
        let ahead = i64::from(sequence.wrapping_sub(highest as u16) as i16);
        let extended = highest.saturating_add_signed(ahead);
        self.highest = Some(highest.max(extended));
        extended
    }

    /// The next packet in order, or what conceals it once three later ones wait.
    fn take(&mut self) -> Option<Sound> {
        let next = self.next?;
        let (at, payload, concealed) = match self.waiting.remove(&next) {
            Some((at, payload)) => (at, payload, false),
            None if self.waiting.len() >= REORDER_MAX => {
                self.lost += 1;
                let (at, later) = self.waiting.first_key_value().map(|(_, (at, later))| (*at, later.clone()))?;
                // Only the packet right behind the hole carries its copy; otherwise libopus guesses.
                let carried = if self.waiting.contains_key(&(next + 1)) { later } else { Bytes::new() };
                (at, carried, true)
            }
            None => return None,
        };
        self.next = Some(next + 1);
        let mut pcm = vec![0i16; if concealed { CONCEAL_SAMPLES } else { PACKET_SAMPLES_MAX }];
        let length = self.decoder.decode(&payload, &mut pcm, concealed && !payload.is_empty()).unwrap_or(0);
        pcm.truncate(length);
        if !concealed {
            self.note(at, &pcm);
        }
        Some(Sound { at, pcm })
    }

    fn note(&mut self, at: Instant, pcm: &[i16]) {
        let audible = |sample: &i16| sample.unsigned_abs() > THRESHOLD;
        let (Some(first), Some(last)) = (pcm.iter().position(audible), pcm.iter().rposition(audible)) else { return };
        let (from, to) = (at + samples(first), at + samples(last));
        if let Some(loud) = self.loud.last_mut().filter(|loud| from <= loud.to + PAUSE_MAX) {
            loud.to = loud.to.max(to);
        } else if self.loud.len() < STRETCHES_MAX {
            self.loud.push(Loud { from, to });
        }
    }
}

/// A sample above this, of 32,768, is sound: -40 dBFS.
const THRESHOLD: u16 = 328;
/// Longest pause within one stretch.
pub(crate) const PAUSE_MAX: Duration = Duration::from_millis(200);
/// Packets that may wait for an earlier one.
const REORDER_MAX: usize = 3;
/// A jump this far ahead is a new stream.
const RESTART_GAP: u64 = 3000;
/// Most stretches kept: an hour of talk.
const STRETCHES_MAX: usize = 20_000;
/// 120 ms, the longest Opus packet.
const PACKET_SAMPLES_MAX: usize = INNER_RATE_HZ as usize * 120 / 1000;
const CONCEAL_SAMPLES: usize = INNER_RATE_HZ as usize * 20 / 1000;

#[cfg(test)]
mod tests {
    use super::*;
    use media::frame::FRAME_SAMPLES;

    fn packets(frames: &[i16]) -> Vec<Bytes> {
        let mut encoder =
            opus::Encoder::new(INNER_RATE_HZ, opus::Channels::Mono, opus::Application::Voip).expect("Opus starts");
        frames
            .iter()
            .map(|frame| {
                // A square wave of 600 Hz.
                let pcm: Vec<i16> =
                    (0..FRAME_SAMPLES).map(|n| if (n / 20).is_multiple_of(2) { *frame } else { -*frame }).collect();
                Bytes::from(encoder.encode_vec(&pcm, 1275).expect("Opus encodes"))
            })
            .collect()
    }

    #[test]
    fn a_reply_begins_with_its_first_loud_sample() {
        let start = Instant::now();
        let at = |n: usize| start + Duration::from_millis(20 * n as u64);
        let mut frames = vec![0i16; 10];
        frames.extend([8000; 20]);
        frames.extend([0; 30]);
        let mut ear = Ear::new().expect("Opus starts");
        for (n, payload) in packets(&frames).into_iter().enumerate() {
            ear.hear(at(n), 65_530u16.wrapping_add(n as u16), payload);
        }
        let loud = ear.first_after(start).expect("there was a reply");
        assert!(loud.from >= at(10) && loud.from < at(11) + Duration::from_millis(5), "{:?}", loud.from - start);
        assert!(loud.to >= at(29) && loud.to < at(33), "{:?}", loud.to - start);
        assert_eq!(ear.during(at(20)), Some(loud));
        assert_eq!(ear.during(at(50)), None);
        assert_eq!(ear.lost(), 0);
    }

    #[test]
    fn disorder_is_mended_and_loss_concealed() {
        let start = Instant::now();
        let payloads = packets(&[8000; 12]);
        let mut ear = Ear::new().expect("Opus starts");
        let order = [0usize, 2, 1, 3, 5, 6, 7, 8, 4, 9, 10, 11];
        let heard: usize = order
            .iter()
            .map(|n| ear.hear(start, *n as u16, payloads[*n].clone()).iter().map(|s| s.pcm.len()).sum::<usize>())
            .sum();
        // Packet 4 came after three later ones: concealed once, not played twice.
        assert_eq!(ear.lost(), 1);
        assert_eq!(heard, 12 * FRAME_SAMPLES);
    }

    #[test]
    fn garbage_is_not_sound() {
        let mut ear = Ear::new().expect("Opus starts");
        let heard = ear.hear(Instant::now(), 1, Bytes::from_static(&[0xff; 40]));
        assert!(heard.iter().all(|sound| sound.pcm.len() <= PACKET_SAMPLES_MAX));
    }
}
