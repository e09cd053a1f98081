//! The stream leg: sound as a run of bytes in the order it was sent, without packets and without a clock (WebSocket, telephony streams).
//! It never frames or paces.

use crate::codec::g711::{self, Law};
use crate::codec::resample::Resampler;
use crate::frame::{EAR_RATE_HZ, INNER_RATE_HZ};

/// How a stream carries sound, as the Realtime protocol names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// `audio/pcm`: mono, 16 bits, little endian, 24 kHz.
    #[default]
    Pcm,
    /// `audio/pcmu`: G.711 mu-law at 8 kHz.
    Pcmu,
    /// `audio/pcma`: G.711 A-law at 8 kHz.
    Pcma,
}

impl Format {
    /// Samples a second.
    pub const fn rate_hz(self) -> u32 {
        match self {
            Self::Pcm => INNER_RATE_HZ,
            Self::Pcmu | Self::Pcma => 8_000,
        }
    }

    /// Bytes of one sample.
    pub const fn sample_bytes(self) -> usize {
        match self {
            Self::Pcm => 2,
            Self::Pcmu | Self::Pcma => 1,
        }
    }

    fn law(self) -> Option<Law> {
        match self {
            Self::Pcm => None,
            Self::Pcmu => Some(Law::Mu),
            Self::Pcma => Some(Law::A),
        }
    }
}

/// Bytes from the caller to samples for the ear.
pub struct Inflow {
    format: Format,
    /// Made for the first sound: who says nothing needs none of it.
    resampler: Option<Resampler>,
    /// Half a sample, when a piece ended in the middle of one.
    half: Option<u8>,
}

impl Inflow {
    /// A stream that has carried nothing.
    pub fn new(format: Format) -> Self {
        Self { format, resampler: None, half: None }
    }

    /// What it carries.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Appends the samples of `bytes`, at [`EAR_RATE_HZ`], to `sound`. Pieces may end anywhere, inside a sample too.
    pub fn pour(&mut self, bytes: &[u8], sound: &mut Vec<f32>) {
        let rate_hz = self.format.rate_hz();
        let resampler = self.resampler.get_or_insert_with(|| converter(rate_hz, EAR_RATE_HZ));
        if let Some(law) = self.format.law() {
            return resampler.push_i16(&g711::decode(law, bytes), sound);
        }
        let mut pcm = Vec::with_capacity(bytes.len() / 2 + 1);
        let mut bytes = bytes;
        if let (Some(low), Some((&high, rest))) = (self.half, bytes.split_first()) {
            self.half = None;
            pcm.push(i16::from_le_bytes([low, high]));
            bytes = rest;
        }
        let (pairs, rest) = bytes.as_chunks::<2>();
        pcm.extend(pairs.iter().map(|pair| i16::from_le_bytes(*pair)));
        self.half = rest.first().copied().or(self.half);
        resampler.push_i16(&pcm, sound);
    }
}

/// Samples of our voice to bytes for the caller.
pub struct Outflow {
    format: Format,
    /// Made for the first sound, where one is needed.
    resampler: Option<Resampler>,
}

/// A converter between two of the stream's rates.
fn converter(from_hz: u32, to_hz: u32) -> Resampler {
    Resampler::new(from_hz, to_hz).expect("all are multiples of 50 Hz")
}

impl Outflow {
    /// A stream that has carried nothing.
    pub fn new(format: Format) -> Self {
        Self { format, resampler: None }
    }

    /// What it carries.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The bytes of `pcm` (mono at the inner rate) that are complete; a conversion keeps up to 20 ms for the next piece.
    pub fn flow(&mut self, pcm: &[i16]) -> Vec<u8> {
        let Some(law) = self.format.law() else {
            return pcm.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        };
        let rate_hz = self.format.rate_hz();
        let resampler = self.resampler.get_or_insert_with(|| converter(INNER_RATE_HZ, rate_hz));
        let mut sound = Vec::new();
        resampler.push_i16(pcm, &mut sound);
        g711::encode(law, &crate::codec::resample::to_i16(&sound))
    }

    /// What was kept: a saying is over.
    pub fn finish(&mut self) -> Vec<u8> {
        let (Some(resampler), Some(law)) = (&mut self.resampler, self.format.law()) else { return Vec::new() };
        let mut sound = Vec::new();
        resampler.finish(&mut sound);
        g711::encode(law, &crate::codec::resample::to_i16(&sound))
    }
}

/// A whole recording as the ear hears it, at [`EAR_RATE_HZ`], no longer than it is.
pub fn recorded(format: Format, bytes: &[u8]) -> Vec<f32> {
    let pcm = match format.law() {
        Some(law) => g711::decode(law, bytes),
        None => bytes.as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect(),
    };
    converted(&pcm, format.rate_hz(), EAR_RATE_HZ)
}

/// The bytes of sound that the ear has heard, at [`EAR_RATE_HZ`].
pub fn replayed(format: Format, sound: &[i16]) -> Vec<u8> {
    let pcm = crate::codec::resample::to_i16(&converted(sound, EAR_RATE_HZ, format.rate_hz()));
    match format.law() {
        Some(law) => g711::encode(law, &pcm),
        None => pcm.iter().flat_map(|sample| sample.to_le_bytes()).collect(),
    }
}

/// A whole sound at another rate: neither later nor longer than it was.
fn converted(pcm: &[i16], from_hz: u32, to_hz: u32) -> Vec<f32> {
    let (mut resampler, mut sound) = (converter(from_hz, to_hz), Vec::new());
    resampler.push_i16(pcm, &mut sound);
    resampler.finish(&mut sound);
    let length = (pcm.len() as u64 * u64::from(to_hz) / u64::from(from_hz)) as usize;
    sound.drain(..resampler.delay().min(sound.len().saturating_sub(length)));
    sound.truncate(length);
    sound
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound;

    #[test]
    fn a_recording_is_heard_and_sounds_the_same_again() {
        let pcm = sound::voice(1.0, 5);
        let bytes: Vec<u8> = pcm.iter().flat_map(|s| s.to_le_bytes()).collect();
        for format in [Format::Pcm, Format::Pcmu, Format::Pcma] {
            let spoken = if format == Format::Pcm { bytes.clone() } else { Outflow::new(format).flow(&pcm) };
            let heard = recorded(format, &spoken);
            assert!(heard.len().abs_diff(EAR_RATE_HZ as usize) < 400, "{}", heard.len());
            let again = replayed(format, &crate::codec::resample::to_i16(&heard));
            assert!(again.len().abs_diff(spoken.len()) < 8, "{} of {}", again.len(), spoken.len());
        }
        assert!(recorded(Format::Pcm, &[]).is_empty() && replayed(Format::Pcmu, &[]).is_empty());
    }

    #[test]
    fn pieces_of_any_length_make_the_same_sound() {
        let pcm = sound::voice(0.5, 3);
        let bytes: Vec<u8> = pcm.iter().flat_map(|s| s.to_le_bytes()).collect();
        let mut whole = Vec::new();
        Inflow::new(Format::Pcm).pour(&bytes, &mut whole);
        for piece in [1, 3, 7, 961, 4800] {
            let (mut inflow, mut sound) = (Inflow::new(Format::Pcm), Vec::new());
            bytes.chunks(piece).for_each(|chunk| inflow.pour(chunk, &mut sound));
            assert_eq!(sound, whole, "in pieces of {piece}");
        }
    }

    #[test]
    fn what_flows_out_can_be_poured_in_again() {
        let pcm = sound::voice(1.0, 5);
        for format in [Format::Pcm, Format::Pcmu, Format::Pcma] {
            let (mut out, mut bytes) = (Outflow::new(format), Vec::new());
            pcm.chunks(700).for_each(|piece| bytes.extend(out.flow(piece)));
            bytes.extend(out.finish());
            let seconds = bytes.len() as f64 / f64::from(format.rate_hz()) / format.sample_bytes() as f64;
            assert!((0.98..1.08).contains(&seconds), "{format:?}: {seconds} s");
            let mut heard = Vec::new();
            Inflow::new(format).pour(&bytes, &mut heard);
            let heard = crate::codec::resample::to_i16(&heard);
            let ratio = sound::rms(&heard[2000..12_000]) / sound::rms(&pcm[3000..18_000]);
            assert!((0.7..1.3).contains(&ratio), "{format:?}: loudness changed by {ratio}");
        }
    }
}
