//! The speaking side of a leg: playout, paced and encoded into packets. It never listens.

use crate::codec::opus::{DTX_BYTES_MAX, Effort, Encoder, FRAME_TICKS, OpusConfig, OpusError};
use crate::frame::{FRAME_MS, Frame};
use crate::packet::OutPacket;
use crate::playout::Playout;
use crate::protection::Protection;
use crate::transcript::Speech;
use std::time::{Duration, Instant};

/// How far sending may run ahead of the sound's own time, in milliseconds: small, so that a barge-in takes effect.
pub const SEND_AHEAD_MS_MAX: u64 = 60;
/// Silent frames encoded after the last sound, at most, until discontinuous transmission sets in.
const TAIL_FRAMES_MAX: u32 = 25;

/// How speech is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MouthConfig {
    /// The codec's settings.
    pub opus: OpusConfig,
    /// Sending runs this far ahead of the sound's own time, in ms; at most [`SEND_AHEAD_MS_MAX`].
    pub send_ahead_ms: u64,
    /// From a frame's own time until it sounds at the caller, in ms: the network one way and his jitter buffer.
    pub peer_delay_ms: u64,
}

impl Default for MouthConfig {
    fn default() -> Self {
        Self { opus: OpusConfig::default(), send_ahead_ms: 40, peer_delay_ms: 60 }
    }
}

/// One frame as it goes out: when it is meant to sound, the sound, and its packet when it is worth sending.
#[derive(Clone, Debug)]
pub struct Spoken {
    /// The frame's own time.
    pub at: Instant,
    /// The sound, for the echo reference.
    pub frame: Frame,
    /// The packet; `None` inside discontinuous transmission.
    pub packet: Option<OutPacket>,
}

/// Playout, encoder and pace.
pub struct Mouth {
    /// What is being said.
    pub playout: Playout,
    opus: OpusConfig,
    /// None while nothing is encoded: the sound reaches the caller another way, and only its pace and the ledger are wanted.
    encoder: Option<Encoder>,
    protection: Protection,
    effort: Effort,
    ahead: Duration,
    epoch: Instant,
    /// The next frame's own time; never in the past of the step it is used in.
    clock: Instant,
    /// Silent frames since the last sound; `None` while nothing is sent at all.
    tail: Option<u32>,
    /// The last frame was not sent: the next packet begins a talk spurt.
    quiet: bool,
}

impl Mouth {
    /// Silent, with RTP time 0 at `now`.
    pub fn new(config: &MouthConfig, now: Instant) -> Result<Self, OpusError> {
        Ok(Self {
            playout: Playout::new(Duration::from_millis(config.peer_delay_ms)),
            opus: config.opus,
            encoder: Some(Encoder::new(config.opus)?),
            protection: Protection::new(config.opus.expected_loss_percent),
            effort: Effort::Usual,
            ahead: Duration::from_millis(config.send_ahead_ms.clamp(FRAME_MS, SEND_AHEAD_MS_MAX)),
            epoch: now,
            clock: now,
            tail: None,
            quiet: true,
        })
    }

    /// The next frame that is due, sound first; `None` when nothing is. With `start` false nothing new begins.
    pub fn speak(&mut self, now: Instant, start: bool) -> Option<Spoken> {
        // What reaches the caller another way is played there however late we are asked: the ledger catches up with it.
        if self.encoder.is_some() || !self.playout.has_frame(false) {
            self.clock = self.clock.max(now);
        }
        let frame = if self.clock + step() <= now + self.ahead { self.sound(start) } else { None };
        if let Some(frame) = frame {
            self.tail = self.encoder.as_ref().map(|_| 0);
            return Some(self.encode(frame));
        }
        let silent = self.tail.filter(|_| self.clock <= now && !self.playout.has_frame(start))?;
        self.tail = (silent < TAIL_FRAMES_MAX).then_some(silent + 1);
        let spoken = self.encode(Frame::SILENCE);
        if self.quiet && !self.playout.is_audible() {
            self.tail = None;
        }
        Some(spoken)
    }

    /// Queues a piece of speech; `false` when it, or part of it, did not fit and was dropped.
    pub fn add(&mut self, now: Instant, speech: Speech) -> bool {
        // Sound that comes when there is none begins now, and not when the last sound ended.
        if !self.playout.has_frame(false) {
            self.clock = self.clock.max(now);
        }
        self.playout.add(speech)
    }

    /// When [`Mouth::speak`] will next have something.
    pub fn due(&self, start: bool) -> Option<Instant> {
        let sound = self.playout.has_frame(start);
        let send = if sound { Some(self.clock + step() - self.ahead) } else { self.tail.map(|_| self.clock) };
        [send, self.playout.due()].into_iter().flatten().min()
    }

    /// The peer reports that it loses this much of what we send, in percent: the voice is protected accordingly.
    pub fn lost(&mut self, percent: f32) {
        let percent = self.protection.reported(percent);
        // libopus refuses no percentage; should it, the voice goes on as it was protected before.
        let _ = self.encoder.as_mut().map(|encoder| encoder.protect(percent));
    }

    /// From now on encoding costs this much.
    pub fn spend(&mut self, effort: Effort) {
        self.effort = effort;
        // libopus refuses no complexity that there is; should it, the voice goes on as it was encoded before.
        let _ = self.encoder.as_mut().map(|encoder| encoder.spend(effort));
    }

    /// Frames are not encoded to packets from now on, or are again. Fails only when the codec cannot be made; frames stay unencoded then.
    pub fn be_mute(&mut self, mute: bool) -> Result<(), OpusError> {
        if mute {
            self.encoder = None;
        } else if self.encoder.is_none() {
            self.encoder = Some(Encoder::new(self.opus)?);
            self.spend(self.effort);
        }
        Ok(())
    }

    /// The leg is gone: nothing more is sent of the running talk spurt.
    pub fn fall_silent(&mut self) {
        self.tail = None;
        self.quiet = true;
    }

    fn sound(&mut self, start: bool) -> Option<Frame> {
        if let Some(frame) = self.playout.take_fade() {
            return Some(frame);
        }
        if self.playout.has_frame(start) { self.playout.take(self.clock) } else { None }
    }

    fn encode(&mut self, frame: Frame) -> Spoken {
        let at = self.clock;
        self.clock += step();
        let Some(encoder) = &mut self.encoder else { return Spoken { at, frame, packet: None } };
        let Ok(payload) = encoder.encode(&frame) else {
            // The encoder refuses no frame of the right length; should it, the frame is a gap the peer conceals.
            self.quiet = true;
            return Spoken { at, frame, packet: None };
        };
        let worthless = payload.len() <= DTX_BYTES_MAX;
        // The first worthless packet tells the peer that silence is meant; the rest of them stay here.
        let send = !(worthless && self.quiet);
        let marker = self.quiet && !worthless;
        self.quiet = worthless;
        let packet = send.then(|| OutPacket { timestamp: self.timestamp(at), marker, payload });
        Spoken { at, frame, packet }
    }

    fn timestamp(&self, at: Instant) -> u32 {
        let micros = at.saturating_duration_since(self.epoch).as_micros();
        (micros * u128::from(FRAME_TICKS) / (u128::from(FRAME_MS) * 1000)) as u32
    }
}

fn step() -> Duration {
    Duration::from_millis(FRAME_MS)
}
