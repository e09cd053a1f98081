//! Opus at the inner rate: encoding with in-band FEC and DTX, decoding with recovery and concealment. It never paces.

use crate::frame::{FRAME_SAMPLES, Frame, INNER_RATE_HZ};
use bytes::Bytes;
use opus::{Application, Bitrate, Channels, ErrorCode, Signal};

/// The longest sound one Opus packet can hold, in samples at the inner rate (120 ms, RFC 6716 section 3.2.5).
pub const PACKET_SAMPLES_MAX: usize = INNER_RATE_HZ as usize * 120 / 1000;
/// The longest payload accepted or made, in bytes (RFC 6716 section 3.4, one frame with its TOC).
pub const PAYLOAD_BYTES_MAX: usize = 1276;
/// A payload this long or shorter, in bytes, carries no sound: discontinuous transmission.
pub const DTX_BYTES_MAX: usize = 2;
/// Ticks of the RTP clock (48 kHz, RFC 7587 section 4.1) for one sample at the inner rate.
pub const TICKS_PER_SAMPLE: u32 = 48_000 / INNER_RATE_HZ;

/// The codec refused: a broken payload or an impossible setting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("opus: {0}")]
pub struct OpusError(&'static str);

impl From<opus::Error> for OpusError {
    fn from(error: opus::Error) -> Self {
        Self(match error.code() {
            ErrorCode::BadArg => "bad argument",
            ErrorCode::BufferTooSmall => "buffer too small",
            ErrorCode::InvalidPacket => "invalid packet",
            ErrorCode::AllocFail => "out of memory",
            ErrorCode::InternalError | ErrorCode::Unimplemented | ErrorCode::InvalidState | ErrorCode::Unknown => {
                "internal error"
            }
        })
    }
}

/// What encoding may cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effort {
    /// What is configured.
    #[default]
    Usual,
    /// As little as can be (complexity 0): half as much, and a little less good.
    Spare,
}

/// How the voice is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpusConfig {
    /// Bits a second of the coded voice. 32 kb/s is transparent for speech at 24 kHz.
    pub bitrate_bps: i32,
    /// 0 (cheapest) to 10 (best), on a line without loss. 5 costs half of 10 and differs little on speech.
    pub complexity: i32,
    /// The same while FEC is on: every frame is coded twice then, and the two together cost what one did.
    pub protected_complexity: i32,
    /// Loss in percent that in-band FEC is prepared for until the peer has told what it loses; 0 for none.
    pub expected_loss_percent: u8,
}

impl Default for OpusConfig {
    fn default() -> Self {
        Self { bitrate_bps: 32_000, complexity: 5, protected_complexity: 3, expected_loss_percent: 10 }
    }
}

/// Frames to payloads.
pub struct Encoder {
    inner: opus::Encoder,
    config: OpusConfig,
    /// The loss in percent that it is set for.
    protection: u8,
    effort: Effort,
}

impl Encoder {
    /// An encoder of mono voice at the inner rate. Fails only on settings outside libopus's ranges.
    pub fn new(config: OpusConfig) -> Result<Self, OpusError> {
        let mut inner = opus::Encoder::new(INNER_RATE_HZ, Channels::Mono, Application::Voip)?;
        inner.set_bitrate(Bitrate::Bits(config.bitrate_bps))?;
        inner.set_inband_fec(true)?;
        inner.set_dtx(true)?;
        inner.set_signal(Signal::Voice)?;
        let mut encoder = Self { inner, config, protection: 0, effort: Effort::Usual };
        encoder.set(config.expected_loss_percent)?;
        Ok(encoder)
    }

    /// From now on in-band FEC is prepared for this much loss, in percent (at most 100); 0 turns it off.
    pub fn protect(&mut self, loss_percent: u8) -> Result<(), OpusError> {
        if self.protection == loss_percent { Ok(()) } else { self.set(loss_percent) }
    }

    /// From now on encoding costs this much.
    pub fn spend(&mut self, effort: Effort) -> Result<(), OpusError> {
        self.effort = effort;
        self.set(self.protection)
    }

    fn set(&mut self, loss_percent: u8) -> Result<(), OpusError> {
        let OpusConfig { complexity, protected_complexity, .. } = self.config;
        self.inner.set_packet_loss_perc(i32::from(loss_percent.min(100)))?;
        self.inner.set_complexity(match self.effort {
            Effort::Spare => 0,
            Effort::Usual if loss_percent == 0 => complexity,
            Effort::Usual => protected_complexity,
        })?;
        self.protection = loss_percent;
        Ok(())
    }

    /// Encodes 20 ms. A payload of at most [`DTX_BYTES_MAX`] bytes need not be sent.
    pub fn encode(&mut self, frame: &Frame) -> Result<Bytes, OpusError> {
        let mut buffer = [0; PAYLOAD_BYTES_MAX];
        let len = self.inner.encode(&frame.0, &mut buffer)?;
        Ok(Bytes::copy_from_slice(&buffer[..len]))
    }
}

/// Payloads to samples at the inner rate.
pub struct Decoder(opus::Decoder);

impl Decoder {
    /// A decoder that answers in mono at the inner rate, whatever the sender's rate and channels.
    pub fn new() -> Result<Self, OpusError> {
        Ok(Self(opus::Decoder::new(INNER_RATE_HZ, Channels::Mono)?))
    }

    /// Decodes one packet and appends its samples to `pcm`; answers how many.
    pub fn decode(&mut self, payload: &[u8], pcm: &mut Vec<i16>) -> Result<usize, OpusError> {
        if payload.is_empty() || payload.len() > PAYLOAD_BYTES_MAX {
            return Err(OpusError("payload length"));
        }
        self.run(payload, PACKET_SAMPLES_MAX, false, pcm)
    }

    /// Rebuilds `samples` lost samples from the FEC data in the packet that follows them; libopus conceals when
    /// it carries none.
    pub fn recover(&mut self, next: &[u8], samples: usize, pcm: &mut Vec<i16>) -> Result<usize, OpusError> {
        if next.is_empty() || next.len() > PAYLOAD_BYTES_MAX {
            return Err(OpusError("payload length"));
        }
        self.run(next, samples.min(PACKET_SAMPLES_MAX), true, pcm)
    }

    /// Conceals `samples` lost samples (a multiple of 2.5 ms), fading out over several calls; comfort noise inside DTX.
    pub fn conceal(&mut self, samples: usize, pcm: &mut Vec<i16>) -> Result<usize, OpusError> {
        self.run(&[], samples.min(PACKET_SAMPLES_MAX), false, pcm)
    }

    fn run(&mut self, payload: &[u8], room: usize, fec: bool, pcm: &mut Vec<i16>) -> Result<usize, OpusError> {
        let mut buffer = [0; PACKET_SAMPLES_MAX];
        let len = self.0.decode(payload, &mut buffer[..room], fec)?;
        pcm.extend_from_slice(&buffer[..len]);
        Ok(len)
    }
}

/// How long a payload sounds, in ticks of the RTP clock; `None` when it is no Opus packet.
pub fn payload_ticks(payload: &[u8]) -> Option<u32> {
    if payload.is_empty() || payload.len() > PAYLOAD_BYTES_MAX {
        return None;
    }
    let ticks = u32::try_from(opus::packet::get_nb_samples(payload, 48_000).ok()?).ok()?;
    (ticks > 0 && ticks <= PACKET_SAMPLES_MAX as u32 * TICKS_PER_SAMPLE).then_some(ticks)
}

/// Ticks of the RTP clock in one frame.
pub const FRAME_TICKS: u32 = FRAME_SAMPLES as u32 * TICKS_PER_SAMPLE;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound;

    fn coded(seconds: f32) -> (Vec<i16>, Vec<Bytes>) {
        let pcm = sound::voice(seconds, 1);
        let mut encoder = Encoder::new(OpusConfig::default()).expect("default settings are valid");
        let packets = sound::frames(&pcm).iter().map(|f| encoder.encode(f).expect("a frame encodes")).collect();
        (pcm, packets)
    }

    #[test]
    fn what_is_encoded_is_decoded_with_its_loudness() {
        let (pcm, packets) = coded(1.0);
        let mut decoder = Decoder::new().expect("decoder");
        let mut back = Vec::new();
        for packet in &packets {
            assert_eq!(payload_ticks(packet), Some(FRAME_TICKS));
            assert_eq!(decoder.decode(packet, &mut back), Ok(FRAME_SAMPLES));
        }
        let ratio = sound::rms(&back[4800..]) / sound::rms(&pcm[4800..]);
        assert!((0.7..1.3).contains(&ratio), "loudness changed by {ratio}");
    }

    #[test]
    fn fec_recovers_better_than_concealment() {
        let (_, packets) = coded(1.5);
        let (mut whole, mut recovered, mut concealed) = (Vec::new(), Vec::new(), Vec::new());
        let mut decoders: Vec<_> = (0..3).map(|_| Decoder::new().expect("decoder")).collect();
        for (index, packet) in packets.iter().enumerate() {
            let lost = index % 10 == 5;
            decoders[0].decode(packet, &mut whole).expect("whole");
            if lost {
                decoders[1].recover(&packets[index + 1], FRAME_SAMPLES, &mut recovered).expect("fec");
                decoders[2].conceal(FRAME_SAMPLES, &mut concealed).expect("plc");
            } else {
                decoders[1].decode(packet, &mut recovered).expect("fec");
                decoders[2].decode(packet, &mut concealed).expect("plc");
            }
        }
        let error = |other: &[i16]| -> f64 {
            whole.iter().zip(other).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum()
        };
        assert!(error(&recovered) < 0.8 * error(&concealed), "{} {}", error(&recovered), error(&concealed));
    }

    #[test]
    fn silence_goes_discontinuous() {
        let mut encoder = Encoder::new(OpusConfig::default()).expect("encoder");
        let quiet = (0..50).filter(|_| encoder.encode(&Frame::SILENCE).expect("encodes").len() <= DTX_BYTES_MAX);
        assert!(quiet.count() > 20);
    }

    /// What an encoder with this effort makes of a second of voice, from its twentieth frame on with another effort.
    fn spent(first: Effort, then: Effort) -> Vec<Bytes> {
        let mut encoder = Encoder::new(OpusConfig::default()).expect("encoder");
        encoder.spend(first).expect("it is taken");
        let frames = sound::frames(&sound::voice(1.0, 1));
        let encode = |(n, frame): (usize, &Frame)| {
            if n == 20 {
                encoder.spend(then).expect("it is taken");
            }
            encoder.encode(frame).expect("a frame encodes")
        };
        frames.iter().enumerate().map(encode).collect()
    }

    #[test]
    fn who_spares_is_still_heard_and_an_effort_outlasts_a_report_of_loss() {
        let (usual, spare) = (spent(Effort::Usual, Effort::Usual), spent(Effort::Spare, Effort::Spare));
        assert_ne!(usual, spare);
        let between = spent(Effort::Usual, Effort::Spare);
        assert!(between[..20] == usual[..20] && between[21..] != usual[21..]);
        let (mut decoder, mut back) = (Decoder::new().expect("decoder"), Vec::new());
        between.iter().for_each(|packet| assert_eq!(decoder.decode(packet, &mut back), Ok(FRAME_SAMPLES)));
        let ratio = sound::rms(&back[4800..]) / sound::rms(&sound::voice(1.0, 1)[4800..]);
        assert!((0.7..1.3).contains(&ratio), "loudness changed by {ratio}");
        let mut encoder = Encoder::new(OpusConfig::default()).expect("encoder");
        encoder.spend(Effort::Spare).expect("it is taken");
        encoder.protect(20).expect("it is taken");
        assert_eq!(encoder.inner.get_complexity().ok(), Some(0));
        encoder.spend(Effort::Usual).expect("it is taken");
        assert_eq!(encoder.inner.get_complexity().ok(), Some(OpusConfig::default().protected_complexity));
    }

    #[test]
    fn foreign_bytes_are_refused_not_feared() {
        let mut decoder = Decoder::new().expect("decoder");
        let mut pcm = Vec::new();
        for len in [0, 1, 2, 3, 40, PAYLOAD_BYTES_MAX, PAYLOAD_BYTES_MAX + 1] {
            for seed in 0..50_u32 {
                let bytes: Vec<u8> = (0..len as u32)
                    .map(|i| (i.wrapping_mul(2_654_435_761) ^ seed.wrapping_mul(40_503)) as u8)
                    .collect();
                let _ = payload_ticks(&bytes);
                let _ = decoder.decode(&bytes, &mut pcm);
                let _ = decoder.recover(&bytes, FRAME_SAMPLES, &mut pcm);
                pcm.clear();
            }
        }
    }
}
