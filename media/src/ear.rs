//! The listening side of a leg: packets to chunks of sound with a voice probability. It never decides about turns.

use crate::codec::opus::{Decoder, OpusError, TICKS_PER_SAMPLE};
use crate::codec::resample::Resampler;
use crate::frame::{EAR_RATE_HZ, INNER_RATE_HZ};
use crate::leg::jitter::{Jitter, JitterConfig, JitterCounts, Refused, Slot};
use crate::packet::Packet;
use crate::vad::{CHUNK_SAMPLES, Detector, Vad};
use std::time::Instant;

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
        })
    }

    /// A new leg: its numbers start anew.
    pub fn restart(&mut self) {
        self.jitter.restart();
    }

    /// Takes a packet; [`Ear::next`] gives what it makes audible.
    pub fn take(&mut self, now: Instant, packet: Packet) -> Result<(), Refused> {
        self.jitter.insert(now, packet)
    }

    /// The next whole chunk, if one is ready at `now`. With `idle` the ear sleeps through a long silence.
    pub fn next(&mut self, now: Instant, idle: bool) -> Option<Chunk> {
        while self.sound.len() < CHUNK_SAMPLES {
            let slot = self.jitter.pull(now, idle)?;
            self.decode(slot);
        }
        let sound: [f32; CHUNK_SAMPLES] =
            self.sound[..CHUNK_SAMPLES].try_into().expect("the loop filled a whole chunk");
        self.sound.drain(..CHUNK_SAMPLES);
        let voice = self.vad.hear(&sound);
        Some(Chunk { sound, voice, behind: self.sound.len() })
    }

    /// When [`Ear::next`] may have something by the clock alone.
    pub fn due(&self, idle: bool) -> Option<Instant> {
        self.jitter.due(idle)
    }

    /// What happened on the link.
    pub fn counts(&self) -> JitterCounts {
        self.jitter.counts()
    }

    /// The jitter buffer's decaying peak of delay variation.
    pub fn jitter(&self) -> std::time::Duration {
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
