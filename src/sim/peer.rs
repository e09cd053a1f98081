//! The caller's ear: decodes what the session sends and says how loud it is and where in its speech it is. It judges nothing.

use crate::sim::speech;
use media::codec::opus::{Decoder, FRAME_TICKS};
use media::frame::{FRAME_SAMPLES, INNER_RATE_HZ};
use media::packet::OutPacket;

/// Louder than this (root mean square) is sound and not comfort noise or the codec's ringing.
const LOUD_RMS: f64 = 1200.0;
/// Quieter than this is silence; the first frame after one, faded in and delayed by the codec, is louder.
const AUDIBLE_RMS: f64 = 250.0;
/// Frames of a gap that the decoder is told of; afterwards it has come to rest.
const GAP_FRAMES_MAX: u32 = 20;
/// Quieter than this is not a whole frame of speech: a ramp, or the end of a clause.
const WHOLE_RMS: f64 = 3000.0;

/// What one packet sounds like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sound {
    /// It is no silence.
    pub(crate) audible: bool,
    /// It is plainly heard.
    pub(crate) loud: bool,
    /// The position within the sweep in samples, measured at the middle of the frame; `None` when it is not clear.
    pub(crate) position: Option<f64>,
}

/// The decoder of what is sent to the caller.
pub(crate) struct Peer {
    decoder: Decoder,
    /// The timestamp that follows the last packet.
    next: Option<u32>,
    pcm: Vec<i16>,
}

impl Peer {
    /// An ear that has heard nothing.
    pub(crate) fn new() -> Self {
        Self { decoder: Decoder::new().expect("libopus takes its own defaults"), next: None, pcm: Vec::new() }
    }

    /// Hears one packet.
    pub(crate) fn hear(&mut self, packet: &OutPacket) -> Sound {
        self.bridge(packet.timestamp);
        self.pcm.clear();
        if self.decoder.decode(&packet.payload, &mut self.pcm).is_err() {
            return Sound { audible: false, loud: false, position: None };
        }
        let power: f64 = self.pcm.iter().map(|s| f64::from(*s).powi(2)).sum();
        let rms = (power / self.pcm.len().max(1) as f64).sqrt();
        let position = (rms > WHOLE_RMS).then(|| pitch(&self.pcm)).flatten().map(speech::position);
        Sound { audible: rms > AUDIBLE_RMS, loud: rms > LOUD_RMS, position }
    }

    /// What was not sent is silence: the decoder is told so, as a real one is by its jitter buffer.
    fn bridge(&mut self, timestamp: u32) {
        let gap = self.next.map_or(0, |next| timestamp.wrapping_sub(next) / FRAME_TICKS);
        for _ in 0..gap.min(GAP_FRAMES_MAX) {
            let _ = self.decoder.conceal(FRAME_SAMPLES, &mut self.pcm);
        }
        self.next = Some(timestamp.wrapping_add(FRAME_TICKS));
    }
}

/// The pitch from the first to the last zero crossing, in Hz.
fn pitch(pcm: &[i16]) -> Option<f64> {
    let mut first = None;
    let mut last = 0.0;
    let mut crossings = 0_u32;
    for (at, pair) in pcm.windows(2).enumerate() {
        let (a, b) = (f64::from(pair[0]), f64::from(pair[1]));
        if (a < 0.0) != (b < 0.0) {
            last = at as f64 + a / (a - b);
            first.get_or_insert(last);
            crossings += 1;
        }
    }
    let span = last - first?;
    (crossings > 10).then(|| f64::from(crossings - 1) / 2.0 * f64::from(INNER_RATE_HZ) / span)
}
