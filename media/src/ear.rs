//! The listening side of a leg: packets to chunks of sound with a voice probability. It never decides about turns.

use crate::codec::opus::{Decoder, OpusError, TICKS_PER_SAMPLE};
use crate::codec::resample::Resampler;
use crate::frame::{EAR_RATE_HZ, INNER_RATE_HZ};
use crate::leg::jitter::{Jitter, JitterConfig, JitterCounts, Refused, Slot};
use crate::leg::stream::{Format, Inflow};
use crate::noise::{Field, Reducer};
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
    /// Mono sound at [`EAR_RATE_HZ`], as it came.
    pub sound: [f32; CHUNK_SAMPLES],
    /// The same with less noise, where that was asked for.
    pub reduced: Option<[f32; CHUNK_SAMPLES]>,
    /// Probability that it holds a voice.
    pub voice: f32,
    /// Sound that came in with the chunk's end and waits for the next chunk, in samples: the chunk ended so long ago.
    pub behind: usize,
}

impl Chunk {
    /// What a recogniser is to hear of it.
    pub fn words(&self) -> &[f32; CHUNK_SAMPLES] {
        self.reduced.as_ref().unwrap_or(&self.sound)
    }
}

/// Where the sound comes from, and voice detector of one leg.
pub struct Ear {
    source: Source,
    packets: JitterConfig,
    vad: Vad,
    sound: Vec<f32>,
    noise: Option<Box<Reducer>>,
    /// Payloads that the decoder refused.
    broken: u64,
    /// When the stream last brought something.
    poured_at: Instant,
    /// From when on the stream counts as silent.
    blank_from: Instant,
    /// Nobody wants to know whether it is a voice.
    careless: bool,
}

/// How the sound arrives; what the other way would need is not kept.
enum Source {
    Packets(Box<Inbound>),
    Stream(Inflow),
}

impl Ear {
    /// An ear that has heard nothing. Fails only when the codec cannot be made.
    pub fn new(detector: &Detector, jitter: JitterConfig, now: Instant) -> Result<Self, OpusError> {
        Ok(Self {
            source: Source::Packets(Box::new(Inbound::new(&jitter, now)?)),
            packets: jitter,
            vad: detector.listen(),
            sound: Vec::new(),
            noise: None,
            broken: 0,
            poured_at: now,
            blank_from: now,
            careless: false,
        })
    }

    /// A new leg of packets: their numbers start anew. Fails only when the codec cannot be made; the ear is deaf then.
    pub fn restart(&mut self, now: Instant) -> Result<(), OpusError> {
        match &mut self.source {
            Source::Packets(inbound) => inbound.jitter.restart(),
            Source::Stream(_) => self.source = Source::Packets(Box::new(Inbound::new(&self.packets, now)?)),
        }
        Ok(())
    }

    /// A new leg whose sound comes as a stream.
    pub fn stream(&mut self, format: Format) {
        self.source = Source::Stream(Inflow::new(format));
    }

    /// The stream's sound has another form from now on; nothing on a leg of packets.
    pub fn reformat(&mut self, format: Format) {
        if matches!(&self.source, Source::Stream(stream) if stream.format() != format) {
            self.stream(format);
        }
    }

    /// Whether a chunk holds a voice is of no interest, until told otherwise.
    pub fn be_careless(&mut self, careless: bool) {
        self.careless = careless;
    }

    /// Noise is reduced from now on, or no longer; who never asks for it pays nothing.
    pub fn reduce_noise(&mut self, field: Option<Field>) {
        match (&mut self.noise, field) {
            (Some(noise), field) => noise.set(field),
            (None, Some(field)) => self.noise = Some(Box::new(Reducer::new(field))),
            (None, None) => {}
        }
    }

    /// How much later than it came a chunk is given.
    pub fn delay(&self) -> Duration {
        self.noise.as_ref().map_or(Duration::ZERO, |noise| noise.delay())
    }

    /// Takes sound of the stream; false when the oldest had to be dropped for it, or there is no stream.
    pub fn pour(&mut self, now: Instant, bytes: &[u8]) -> bool {
        let Source::Stream(stream) = &mut self.source else { return false };
        stream.pour(bytes, &mut self.sound);
        (self.poured_at, self.blank_from) = (now, now + STREAM_GAP);
        let over = self.sound.len().saturating_sub(STREAM_SAMPLES_MAX);
        if let Some(noise) = &mut self.noise {
            noise.drop_oldest(over);
        }
        self.sound.drain(..over);
        over == 0
    }

    /// Forgets sound that came and was not yet heard.
    pub fn clear(&mut self) {
        if let Some(noise) = &mut self.noise {
            noise.drop_oldest(self.sound.len());
        }
        self.sound.clear();
    }

    /// The next piece of sound that [`Ear::next`] has not given, the last one with silence behind it; `None` when there is none.
    pub fn rest(&mut self) -> Option<Chunk> {
        if self.sound.is_empty() {
            return None;
        }
        self.sound.resize(self.sound.len().next_multiple_of(CHUNK_SAMPLES), 0.0);
        if let Some(noise) = &mut self.noise {
            noise.hear_out(&self.sound);
        }
        Some(self.chunk())
    }

    /// Takes a packet; [`Ear::next`] gives what it makes audible. On a stream there are none, and it is dropped.
    pub fn take(&mut self, now: Instant, packet: Packet) -> Result<(), Refused> {
        match &mut self.source {
            Source::Packets(inbound) => inbound.jitter.insert(now, packet),
            Source::Stream(_) => Ok(()),
        }
    }

    /// The next whole chunk, if one is ready at `now`. With `idle` the ear sleeps through a long silence.
    pub fn next(&mut self, now: Instant, idle: bool) -> Option<Chunk> {
        while self.ready() < CHUNK_SAMPLES {
            if let Some(noise) = self.noise.as_mut().filter(|noise| noise.waiting(&self.sound) > 0) {
                noise.hear(&self.sound);
                continue;
            }
            match &mut self.source {
                Source::Packets(inbound) => {
                    let slot = inbound.jitter.pull(now, idle)?;
                    self.broken += u64::from(!inbound.decode(slot, &mut self.sound));
                }
                Source::Stream(_) if idle || now < self.blank_from => return None,
                Source::Stream(_) => {
                    // What the noise reduction holds back is driven out by the silence behind it.
                    let held = if self.noise.is_some() { self.sound.len() } else { 0 };
                    self.sound.resize(held + CHUNK_SAMPLES, 0.0);
                    self.blank_from += Duration::from_millis(CHUNK_MS);
                }
            }
        }
        Some(self.chunk())
    }

    /// Samples that a chunk can be made of.
    fn ready(&self) -> usize {
        self.noise.as_ref().map_or(self.sound.len(), |noise| noise.ready())
    }

    fn chunk(&mut self) -> Chunk {
        let sound: [f32; CHUNK_SAMPLES] =
            self.sound[..CHUNK_SAMPLES].try_into().expect("the loop filled a whole chunk");
        self.sound.drain(..CHUNK_SAMPLES);
        let (clear, reduced) = self.noise.as_mut().map(|noise| noise.take(&sound)).unzip();
        if self.noise.as_ref().is_some_and(|noise| noise.is_out()) {
            self.noise = None;
        }
        let voice = if self.careless { 0.0 } else { self.vad.hear(clear.as_ref().unwrap_or(&sound)) };
        Chunk { sound, reduced, voice, behind: self.sound.len() }
    }

    /// When [`Ear::next`] may have something by the clock alone.
    pub fn due(&self, idle: bool) -> Option<Instant> {
        if let Source::Packets(inbound) = &self.source {
            return inbound.jitter.due(idle);
        }
        let waiting = self.noise.as_ref().map_or(0, |noise| noise.waiting(&self.sound));
        if self.ready().max(waiting) >= CHUNK_SAMPLES {
            return Some(self.poured_at);
        }
        (!idle).then_some(self.blank_from)
    }

    /// What happened on the link; nothing ever does on a stream.
    pub fn counts(&self) -> JitterCounts {
        match &self.source {
            Source::Packets(inbound) => inbound.jitter.counts(),
            Source::Stream(_) => JitterCounts::default(),
        }
    }

    /// The jitter buffer's decaying peak of delay variation.
    pub fn jitter(&self) -> Duration {
        match &self.source {
            Source::Packets(inbound) => inbound.jitter.jitter(),
            Source::Stream(_) => Duration::ZERO,
        }
    }

    /// Payloads refused by the decoder since it was last asked.
    pub fn take_broken(&mut self) -> u64 {
        std::mem::take(&mut self.broken)
    }
}

/// Jitter buffer, decoder and rate conversion of a leg of packets.
struct Inbound {
    jitter: Jitter,
    decoder: Decoder,
    resampler: Resampler,
    pcm: Vec<i16>,
}

impl Inbound {
    fn new(jitter: &JitterConfig, now: Instant) -> Result<Self, OpusError> {
        let resampler = Resampler::new(INNER_RATE_HZ, EAR_RATE_HZ).expect("both are multiples of 50 Hz");
        Ok(Self { jitter: Jitter::new(*jitter, now), decoder: Decoder::new()?, resampler, pcm: Vec::new() })
    }

    /// Appends the sound of a slot; false when it could not be decoded, and is silence.
    fn decode(&mut self, slot: Slot, sound: &mut Vec<f32>) -> bool {
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
            self.pcm.clear();
            self.pcm.resize(long, 0);
        }
        self.resampler.push_i16(&self.pcm, sound);
        result.is_ok()
    }
}

#[cfg(test)]
mod tests;
