//! What the caller says, 20 ms at a time: a recording while there is one, comfort silence between. It never looks at a clock.

use crate::caller::voice::Voice;
use bytes::Bytes;
use media::frame::{FRAME_MS, FRAME_SAMPLES, INNER_RATE_HZ};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// One packet to be sent now.
#[derive(Debug)]
pub(crate) struct Utterance {
    /// RTP sequence number.
    pub(crate) sequence: u16,
    /// RTP timestamp, 48,000 a second.
    pub(crate) timestamp: u32,
    /// Opus.
    pub(crate) payload: Bytes,
    /// The sound in it, at the inner rate.
    pub(crate) pcm: [i16; FRAME_SAMPLES],
}

/// The caller's voice: an Opus encoder fed from recordings.
pub(crate) struct Mouth {
    encoder: opus::Encoder,
    frames: u32,
    /// Frames of them that were not sent.
    unsent: u32,
    voice: VecDeque<i16>,
    sent: usize,
    bounds: (usize, usize),
    began: Option<Instant>,
    ended: Option<Instant>,
}

impl Mouth {
    /// A mouth that expects this much loss, for Opus' forward error correction.
    pub(crate) fn new(loss_percent: f32) -> Result<Self, opus::Error> {
        let mut encoder = opus::Encoder::new(INNER_RATE_HZ, opus::Channels::Mono, opus::Application::Voip)?;
        encoder.set_bitrate(opus::Bitrate::Bits(BITRATE))?;
        encoder.set_inband_fec(true)?;
        encoder.set_packet_loss_perc((loss_percent.clamp(5.0, 50.0)) as i32)?;
        Ok(Self {
            encoder,
            frames: 0,
            unsent: 0,
            voice: VecDeque::new(),
            sent: 0,
            bounds: (0, 0),
            began: None,
            ended: None,
        })
    }

    /// Begins to speak a recording.
    pub(crate) fn speak(&mut self, voice: &Voice) {
        self.voice = voice.pcm.iter().copied().collect();
        self.bounds = (voice.speech_from, voice.speech_to);
        (self.sent, self.began, self.ended) = (0, None, None);
    }

    /// All of the recording has been sent.
    pub(crate) fn silent(&self) -> bool {
        self.voice.is_empty()
    }

    /// When the first sample of speech passed the caller's lips, once it has.
    pub(crate) fn speech_began(&self) -> Option<Instant> {
        self.began
    }

    /// When the last sample of speech passed the caller's lips, once it has.
    pub(crate) fn speech_ended(&self) -> Option<Instant> {
        self.ended
    }

    /// The next 20 ms pass unsaid, as a muted microphone lets them: no packet is missing.
    pub(crate) fn pause(&mut self) {
        self.frames = self.frames.wrapping_add(1);
        self.unsent = self.unsent.wrapping_add(1);
    }

    /// The next 20 ms, which leave now. They were spoken during the 20 ms before, so a sample's time is its capture, not its departure.
    pub(crate) fn next(&mut self, now: Instant) -> Result<Utterance, opus::Error> {
        let mut pcm = [0i16; FRAME_SAMPLES];
        for (n, sample) in pcm.iter_mut().enumerate() {
            *sample = self.voice.pop_front().unwrap_or_else(|| comfort(self.frames, n));
        }
        let captured_from = now.checked_sub(Duration::from_millis(FRAME_MS)).unwrap_or(now);
        let at = |sample: usize| captured_from + samples(sample - self.sent);
        let (from, to) = self.bounds;
        let covered = self.sent..self.sent + FRAME_SAMPLES;
        if self.began.is_none() && to > 0 && covered.contains(&from) {
            self.began = Some(at(from));
        }
        if self.ended.is_none() && to > 0 && covered.contains(&(to - 1)) {
            self.ended = Some(at(to - 1));
        }
        self.sent += FRAME_SAMPLES;
        let payload = Bytes::from(self.encoder.encode_vec(&pcm, PACKET_BYTES_MAX)?);
        let (sequence, timestamp) = (self.frames.wrapping_sub(self.unsent) as u16, self.frames.wrapping_mul(RTP_FRAME));
        let utterance = Utterance { sequence, timestamp, payload, pcm };
        self.frames = self.frames.wrapping_add(1);
        Ok(utterance)
    }
}

/// How long `count` samples last at the inner rate.
pub(crate) fn samples(count: usize) -> Duration {
    Duration::from_nanos(count as u64 * 1_000_000_000 / u64::from(INNER_RATE_HZ))
}

/// Noise of one step either way: a microphone is never digitally silent, and a codec must not see a cut line.
fn comfort(frame: u32, sample: usize) -> i16 {
    let mixed = frame.wrapping_mul(0x9e37_79b9).wrapping_add(sample as u32).wrapping_mul(0x85eb_ca6b);
    ((mixed >> 29) % 3) as i16 - 1
}

const BITRATE: i32 = 32_000;
const PACKET_BYTES_MAX: usize = 1275;
/// RTP timestamps of Opus count at 48,000 Hz whatever was encoded (RFC 7587 section 4.1).
const RTP_FRAME: u32 = 48 * FRAME_MS as u32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speech_is_timed_by_its_capture() {
        let mut mouth = Mouth::new(0.0).expect("Opus starts");
        let mut sound = vec![0.0; 600];
        sound.extend(vec![0.5; 480]);
        sound.extend(vec![0.0; 1000]);
        let voice = Voice { pcm: vec![0; 2080], speech_from: 600, speech_to: 1080 };
        mouth.speak(&voice);
        let start = Instant::now();
        let tick = |n: u64| start + Duration::from_millis(FRAME_MS * (n + 1));
        for n in 0..5 {
            mouth.next(tick(n)).expect("Opus encodes");
        }
        assert!(mouth.silent());
        assert_eq!(mouth.speech_began(), Some(start + samples(480) + samples(120)));
        assert_eq!(mouth.speech_ended(), Some(start + samples(960) + samples(119)));
        assert_eq!(mouth.next(tick(5)).expect("Opus encodes").sequence, 5);
    }
}
