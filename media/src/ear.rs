//! The listening side of a leg: packets to chunks of sound with a voice probability. It never decides about turns.

use crate::codec::opus::{Decoder, OpusError, TICKS_PER_SAMPLE};
use crate::codec::resample::Resampler;
use crate::frame::{EAR_RATE_HZ, INNER_RATE_HZ};
use crate::leg::jitter::{Jitter, JitterConfig, JitterCounts, Refused, Slot};
use crate::leg::stream::{Format, Inflow};
use crate::packet::Packet;
use crate::vad::{CHUNK_MS, CHUNK_SAMPLES, Detector, Vad};
use std::time::{Duration, Instant};

/// Most sound of a stream that waits to be heard, in samples at [`EAR_RATE_HZ`] (two minutes); past it the oldest is dropped.
pub const STREAM_SAMPLES_MAX: usize = 120 * EAR_RATE_HZ as usize;
/// A stream that brings nothing for this long is silent, though nobody says so.
const STREAM_GAP: Duration = Duration::from_millis(1200);

/// 32 ms of what the caller's microphone heard.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// Mono sound at [`EAR_RATE_HZ`].
    pub sound: [f32; CHUNK_SAMPLES],
    /// Probability that it holds a voice.
    pub voice: f32,
    /// Sound that came in with the chunk's end and waits for the next chunk, in samples: the chunk ended so long ago.
    pub behind: usize,
}

/// Jitter buffer, decoder, rate conversion and voice detector of one leg.
pub struct Ear {
    jitter: Jitter,
    decoder: Decoder,
    resampler: Resampler,
    vad: Vad,
    pcm: Vec<i16>,
    sound: Vec<f32>,
    /// Payloads that the decoder refused.
    broken: u64,
    /// The sound comes as a stream, not in packets.
    stream: Option<Inflow>,
    /// When the stream last brought something.
    poured_at: Instant,
    /// From when on the stream counts as silent.
    blank_from: Instant,
    /// Nobody wants to know whether it is a voice.
    careless: bool,
}

impl Ear {
    /// An ear that has heard nothing. Fails only when the codec cannot be made.
    pub fn new(detector: &Detector, jitter: JitterConfig, now: Instant) -> Result<Self, OpusError> {
        let resampler = Resampler::new(INNER_RATE_HZ, EAR_RATE_HZ).expect("both are multiples of 50 Hz");
        Ok(Self {
            jitter: Jitter::new(jitter, now),
            decoder: Decoder::new()?,
            resampler,
            vad: detector.listen(),
            pcm: Vec::new(),
            sound: Vec::new(),
            broken: 0,
            stream: None,
            poured_at: now,
            blank_from: now,
            careless: false,
        })
    }

    /// A new leg: its numbers start anew.
    pub fn restart(&mut self) {
        self.jitter.restart();
        self.stream = None;
    }

    /// A new leg whose sound comes as a stream.
    pub fn stream(&mut self, format: Format) {
        self.stream = Some(Inflow::new(format));
    }

    /// The stream's sound has another form from now on; nothing on a leg of packets.
    pub fn reformat(&mut self, format: Format) {
        if self.stream.as_ref().is_some_and(|stream| stream.format() != format) {
            self.stream = Some(Inflow::new(format));
        }
    }

    /// Whether a chunk holds a voice is of no interest, until told otherwise.
    pub fn be_careless(&mut self, careless: bool) {
        self.careless = careless;
    }

    /// Takes sound of the stream; false when the oldest had to be dropped for it, or there is no stream.
    pub fn pour(&mut self, now: Instant, bytes: &[u8]) -> bool {
        let Some(stream) = &mut self.stream else { return false };
        stream.pour(bytes, &mut self.sound);
        (self.poured_at, self.blank_from) = (now, now + STREAM_GAP);
        let over = self.sound.len().saturating_sub(STREAM_SAMPLES_MAX);
        self.sound.drain(..over);
        over == 0
    }

    /// Forgets sound that came and was not yet heard.
    pub fn clear(&mut self) {
        self.sound.clear();
    }

    /// The last piece of sound, less than a chunk, with silence behind it; `None` when there is none.
    pub fn rest(&mut self) -> Option<Chunk> {
        if self.sound.is_empty() {
            return None;
        }
        self.sound.resize(self.sound.len().next_multiple_of(CHUNK_SAMPLES), 0.0);
        Some(self.chunk())
    }

    /// Takes a packet; [`Ear::next`] gives what it makes audible.
    pub fn take(&mut self, now: Instant, packet: Packet) -> Result<(), Refused> {
        self.jitter.insert(now, packet)
    }

    /// The next whole chunk, if one is ready at `now`. With `idle` the ear sleeps through a long silence.
    pub fn next(&mut self, now: Instant, idle: bool) -> Option<Chunk> {
        while self.sound.len() < CHUNK_SAMPLES {
            if self.stream.is_none() {
                let slot = self.jitter.pull(now, idle)?;
                self.decode(slot);
            } else if idle || now < self.blank_from {
                return None;
            } else {
                self.sound.resize(CHUNK_SAMPLES, 0.0);
                self.blank_from += Duration::from_millis(CHUNK_MS);
            }
        }
        Some(self.chunk())
    }

    fn chunk(&mut self) -> Chunk {
        let sound: [f32; CHUNK_SAMPLES] =
            self.sound[..CHUNK_SAMPLES].try_into().expect("the loop filled a whole chunk");
        self.sound.drain(..CHUNK_SAMPLES);
        let voice = if self.careless { 0.0 } else { self.vad.hear(&sound) };
        Chunk { sound, voice, behind: self.sound.len() }
    }

    /// When [`Ear::next`] may have something by the clock alone.
    pub fn due(&self, idle: bool) -> Option<Instant> {
        if self.stream.is_none() {
            return self.jitter.due(idle);
        }
        if self.sound.len() >= CHUNK_SAMPLES {
            return Some(self.poured_at);
        }
        (!idle).then_some(self.blank_from)
    }

    /// What happened on the link.
    pub fn counts(&self) -> JitterCounts {
        self.jitter.counts()
    }

    /// The jitter buffer's decaying peak of delay variation.
    pub fn jitter(&self) -> Duration {
        self.jitter.jitter()
    }

    /// Payloads refused by the decoder since it was last asked.
    pub fn take_broken(&mut self) -> u64 {
        std::mem::take(&mut self.broken)
    }

    fn decode(&mut self, slot: Slot) {
        self.pcm.clear();
        let samples = |ticks: u32| (ticks / TICKS_PER_SAMPLE) as usize;
        let (result, long) = match slot {
            Slot::Packet(payload) => (self.decoder.decode(&payload, &mut self.pcm), 0),
            Slot::Recover { next, ticks } => {
                (self.decoder.recover(&next, samples(ticks), &mut self.pcm), samples(ticks))
            }
            Slot::Conceal { ticks } => (self.decoder.conceal(samples(ticks), &mut self.pcm), samples(ticks)),
            Slot::Silence { ticks } => {
                self.pcm.resize(samples(ticks), 0);
                (Ok(0), 0)
            }
        };
        if result.is_err() {
            self.broken += 1;
            self.pcm.clear();
            self.pcm.resize(long, 0);
        }
        self.resampler.push_i16(&self.pcm, &mut self.sound);
    }
}
