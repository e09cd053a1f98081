//! The inbound jitter buffer: packets in any order in, slots of sound in order out. It never decodes and never sleeps.
//!
//! Its listener is a machine, so a packet that is next in order leaves at once; only a gap waits, and only for as long
//! as the measured jitter makes its filling likely. The clock fills what never comes.

use crate::codec::opus::{FRAME_TICKS, payload_ticks};
use crate::packet::Packet;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Most packets held while a gap waits.
pub const JITTER_PACKETS_MAX: usize = 64;
/// A sequence number further than this from the expected one belongs to another stream.
const SEQUENCE_JUMP_MAX: i64 = 500;
/// A packet whose timestamp disagrees with the wall by more than this (in microseconds) restarts the time line.
const TIMESTAMP_JUMP_US_MAX: i64 = 2_000_000;
/// Silence put in at once when the time line skips ahead, in RTP ticks (400 ms).
const FILL_TICKS_MAX: u64 = 20 * FRAME_TICKS as u64;
/// The codec conceals this much of a gap, in RTP ticks (60 ms); afterwards the gap is silence.
const CONCEAL_TICKS_MAX: u64 = 3 * FRAME_TICKS as u64;
/// After this much silence, in RTP ticks (1 s), an idle listener is left to sleep.
const DORMANT_TICKS: u64 = 50 * FRAME_TICKS as u64;
/// How far the wall may run ahead of the fill before the time line skips, in microseconds.
const BEHIND_US_MAX: i64 = 1_000_000;

/// How long a gap waits, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JitterConfig {
    /// Before anything is measured.
    pub start_ms: u32,
    /// On a perfect link: reordering of neighbours is still mended.
    pub min_ms: u32,
    /// On the worst link: later packets are given up.
    pub max_ms: u32,
}

impl Default for JitterConfig {
    fn default() -> Self {
        Self { start_ms: 40, min_ms: 20, max_ms: 200 }
    }
}

/// The next piece of sound, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slot {
    /// Decode this.
    Packet(Bytes),
    /// The packet before `next` is lost: rebuild it from the FEC data in `next`, which follows as its own slot.
    Recover {
        /// The payload that follows the loss.
        next: Bytes,
        /// Length of the loss in RTP ticks.
        ticks: u32,
    },
    /// Conceal a short gap, this many RTP ticks long.
    Conceal {
        /// Length in RTP ticks.
        ticks: u32,
    },
    /// No sound: discontinuous transmission or a long gap, this many RTP ticks long.
    Silence {
        /// Length in RTP ticks.
        ticks: u32,
    },
}

/// Why a packet was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Its place was already given up.
    Late,
    /// It was there before.
    Duplicate,
    /// It belongs to no stream we follow (yet).
    Stray,
    /// It is no Opus packet.
    Broken,
    /// Too many packets wait already.
    Full,
}

impl Refused {
    /// A short fixed word for a metric label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Late => "packet_late",
            Self::Duplicate => "packet_duplicate",
            Self::Stray => "packet_stray",
            Self::Broken => "packet_broken",
            Self::Full => "packet_overflow",
        }
    }
}

/// What happened on the link so far, in packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JitterCounts {
    /// Taken.
    pub received: u64,
    /// Never came in time: gaps in the sequence numbers.
    pub lost: u64,
    /// Came after their place was given up.
    pub late: u64,
    /// Came twice.
    pub duplicate: u64,
    /// Time lines started anew within the stream.
    pub resynced: u64,
}

#[derive(Debug)]
struct Held {
    timestamp: u64,
    ticks: u32,
    payload: Bytes,
}

/// The buffer. Feed with [`Jitter::insert`], then [`Jitter::pull`] until it answers `None`.
#[derive(Debug)]
pub struct Jitter {
    config: JitterConfig,
    epoch: Instant,
    held: BTreeMap<u64, Held>,
    /// The sequence number that comes next, unwrapped; `None` until the first packet of a leg.
    expected: Option<u64>,
    /// Bit i: the packet `expected - 1 - i` was given out.
    given: u64,
    /// First packet of a possible new stream: its successor makes it certain.
    candidate: Option<u16>,
    /// The time line: RTP time of the next sound to give out, unwrapped.
    next: u64,
    started: bool,
    /// Ticks given out by the clock since the last packet.
    filled: u64,
    ticks_last: u32,
    /// Least transit time seen lately: arrival minus RTP time, in microseconds of this buffer's epoch.
    base_us: i64,
    /// Decaying peak of transit above the base, in microseconds.
    peak_us: i64,
    counts: JitterCounts,
}

impl Jitter {
    /// An empty buffer; `now` is only the zero of its clock.
    pub fn new(config: JitterConfig, now: Instant) -> Self {
        Self {
            config,
            epoch: now,
            held: BTreeMap::new(),
            expected: None,
            given: 0,
            candidate: None,
            next: 0,
            started: false,
            filled: 0,
            ticks_last: FRAME_TICKS,
            base_us: 0,
            peak_us: i64::from(config.start_ms.saturating_sub(config.min_ms)) * 1000,
            counts: JitterCounts::default(),
        }
    }

    /// A new leg: sequence numbers and timestamps start anew; the clock goes on filling.
    pub fn restart(&mut self) {
        self.held.clear();
        self.expected = None;
        self.candidate = None;
        self.given = 0;
    }

    /// What happened so far.
    pub fn counts(&self) -> JitterCounts {
        self.counts
    }

    /// How long a gap waits at present.
    pub fn target(&self) -> Duration {
        Duration::from_micros(self.target_us().unsigned_abs())
    }

    /// Measured jitter: the decaying peak of transit time above its minimum.
    pub fn jitter(&self) -> Duration {
        Duration::from_micros(self.peak_us.unsigned_abs())
    }

    /// Takes a packet as it arrives.
    pub fn insert(&mut self, now: Instant, packet: Packet) -> Result<(), Refused> {
        let ticks =
            if packet.payload.is_empty() { 0 } else { payload_ticks(&packet.payload).ok_or(Refused::Broken)? };
        let sequence = self.place(packet.sequence)?;
        let timestamp = self.unwrap_timestamp(packet.timestamp);
        self.measure(now, sequence, timestamp);
        if self.held.len() >= JITTER_PACKETS_MAX {
            return Err(Refused::Full);
        }
        self.counts.received += 1;
        self.held.insert(sequence, Held { timestamp, ticks, payload: packet.payload });
        Ok(())
    }

    /// The next slot, if one is ready or overdue at `now`. With `idle` a long silence is not filled for ever.
    pub fn pull(&mut self, now: Instant, idle: bool) -> Option<Slot> {
        loop {
            let Some((&first, held)) = self.held.first_key_value() else {
                return self.fill_by_clock(now, idle);
            };
            let ahead = held.timestamp.saturating_sub(self.next);
            let expected = self.expected.unwrap_or(first);
            if first > expected {
                if !self.overdue(now) && self.held.len() < JITTER_PACKETS_MAX {
                    return None;
                }
                if let Some(slot) = self.give_up_one(expected, first, ahead) {
                    return Some(slot);
                }
            } else if ahead > 0 {
                return Some(self.fill_before(ahead));
            } else {
                return Some(self.give_first(first));
            }
        }
    }

    /// When [`Jitter::pull`] will next have something by the clock alone.
    pub fn due(&self, idle: bool) -> Option<Instant> {
        let asleep = !self.started || (self.held.is_empty() && self.dormant(idle));
        (!asleep).then(|| self.epoch + Duration::from_micros(self.due_us().max(0).unsigned_abs()))
    }

    /// Finds the packet's place in the order, or refuses it.
    fn place(&mut self, sequence: u16) -> Result<u64, Refused> {
        let Some(expected) = self.expected else {
            return Ok(self.begin(sequence));
        };
        let delta = i64::from(sequence.wrapping_sub(expected as u16) as i16);
        if delta.abs() > SEQUENCE_JUMP_MAX {
            if self.candidate.take() == Some(sequence) {
                self.held.clear();
                self.counts.resynced += 1;
                return Ok(self.begin(sequence));
            }
            self.candidate = Some(sequence.wrapping_add(1));
            return Err(Refused::Stray);
        }
        self.candidate = None;
        let place = expected.wrapping_add_signed(delta);
        if delta < 0 {
            let known = delta.unsigned_abs() <= 64 && self.given & (1 << (delta.unsigned_abs() - 1)) != 0;
            self.counts.duplicate += u64::from(known);
            self.counts.late += u64::from(!known);
            return Err(if known { Refused::Duplicate } else { Refused::Late });
        }
        if self.held.contains_key(&place) {
            self.counts.duplicate += 1;
            return Err(Refused::Duplicate);
        }
        Ok(place)
    }

    /// A stream begins with this packet: the time line will be taken from it.
    fn begin(&mut self, sequence: u16) -> u64 {
        // Far from zero, so that earlier numbers unwrap without underflow.
        let place = (1 << 32) | u64::from(sequence);
        self.expected = Some(place);
        self.given = 0;
        self.started = false;
        place
    }

    fn unwrap_timestamp(&self, timestamp: u32) -> u64 {
        if !self.started {
            return (1 << 40) | u64::from(timestamp);
        }
        self.next.wrapping_add_signed(i64::from(timestamp.wrapping_sub(self.next as u32) as i32))
    }

    /// Learns the link's delay from an arrival; restarts the time line when the timestamp makes no sense.
    fn measure(&mut self, now: Instant, sequence: u64, timestamp: u64) {
        let transit = self.micros(now) - ticks_us(timestamp);
        if !self.started || (transit - self.base_us).abs() > TIMESTAMP_JUMP_US_MAX {
            self.counts.resynced += u64::from(self.started);
            self.held.clear();
            self.expected = Some(sequence);
            self.next = timestamp;
            self.base_us = transit;
            self.filled = 0;
            self.started = true;
            return;
        }
        if transit < self.base_us {
            self.base_us = transit;
        } else {
            // Clocks drift: the minimum leaks upward.
            self.base_us += (transit - self.base_us) / 512;
        }
        let above = transit - self.base_us;
        self.peak_us = above.max(self.peak_us - self.peak_us / 256);
    }

    fn give_first(&mut self, first: u64) -> Slot {
        let held = self.held.remove(&first).expect("the key was just seen");
        self.advance(true);
        // When the clock has filled beyond this packet's time, the time line stretches: late speech is still speech.
        self.next = held.timestamp + u64::from(held.ticks);
        if held.payload.is_empty() {
            return Slot::Silence { ticks: 0 };
        }
        self.filled = 0;
        self.ticks_last = held.ticks;
        Slot::Packet(held.payload)
    }

    /// One packet between `expected` and `first` will not come; `None` when the clock has already filled its time.
    fn give_up_one(&mut self, expected: u64, first: u64, ahead: u64) -> Option<Slot> {
        self.counts.lost += 1;
        self.advance(false);
        let ticks = (self.ticks_last).min(u32::try_from(ahead).unwrap_or(u32::MAX));
        if ticks == 0 {
            return None;
        }
        self.next += u64::from(ticks);
        self.filled += u64::from(ticks);
        let adjacent = expected + 1 == first && u64::from(ticks) == ahead;
        match self.held.get(&first) {
            Some(held) if adjacent && !held.payload.is_empty() => {
                Some(Slot::Recover { next: held.payload.clone(), ticks })
            }
            Some(_) | None => Some(self.gap(ticks)),
        }
    }

    /// The next packet is here but its time lies ahead: what is between was silence at the sender.
    fn fill_before(&mut self, ahead: u64) -> Slot {
        if ahead > FILL_TICKS_MAX {
            self.next += ahead - FILL_TICKS_MAX;
        }
        let ticks = ahead.min(u64::from(FRAME_TICKS)) as u32;
        self.next += u64::from(ticks);
        self.filled += u64::from(ticks);
        self.gap(ticks)
    }

    fn fill_by_clock(&mut self, now: Instant, idle: bool) -> Option<Slot> {
        if !self.started || self.dormant(idle) || !self.overdue(now) {
            return None;
        }
        let behind = self.micros(now) - self.due_us();
        if behind > BEHIND_US_MAX {
            self.next += (behind as u64 - BEHIND_US_MAX as u64 / 2) * 6 / 125;
        }
        self.next += u64::from(FRAME_TICKS);
        self.filled += u64::from(FRAME_TICKS);
        Some(self.gap(FRAME_TICKS))
    }

    fn gap(&self, ticks: u32) -> Slot {
        // The codec conceals in steps of 2.5 ms only.
        if self.filled <= CONCEAL_TICKS_MAX && ticks.is_multiple_of(120) {
            Slot::Conceal { ticks }
        } else {
            Slot::Silence { ticks }
        }
    }

    fn advance(&mut self, given: bool) {
        self.expected = self.expected.map(|place| place + 1);
        self.given = (self.given << 1) | u64::from(given);
    }

    fn dormant(&self, idle: bool) -> bool {
        idle && self.filled >= DORMANT_TICKS
    }

    fn overdue(&self, now: Instant) -> bool {
        self.micros(now) >= self.due_us()
    }

    /// When the sound at `next` is given up, in microseconds since the epoch.
    fn due_us(&self) -> i64 {
        ticks_us(self.next) + self.base_us + self.target_us()
    }

    fn target_us(&self) -> i64 {
        let (min, max) = (i64::from(self.config.min_ms) * 1000, i64::from(self.config.max_ms) * 1000);
        (min + self.peak_us).min(max.max(min))
    }

    fn micros(&self, now: Instant) -> i64 {
        i64::try_from(now.saturating_duration_since(self.epoch).as_micros()).unwrap_or(i64::MAX / 4)
    }
}

/// RTP ticks at 48 kHz in microseconds.
fn ticks_us(ticks: u64) -> i64 {
    (ticks as i64).wrapping_mul(125) / 6
}

#[cfg(test)]
mod tests;
