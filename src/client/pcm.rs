//! Sound on the wire: 16-bit samples, mono at 24 kHz, in base64. It converts no rate.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// Samples a second, each way.
pub const RATE_HZ: u32 = 24_000;
/// Samples of 20 ms.
pub const FRAME: usize = 480;

/// Samples as the wire has them.
pub(crate) fn encode(pcm: &[i16]) -> String {
    let bytes: Vec<u8> = pcm.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    BASE64.encode(bytes)
}

/// Samples from the wire; `None` when it is no base64. Half a sample at the end is left out.
pub(crate) fn decode(text: &str) -> Option<Vec<i16>> {
    let bytes = BASE64.decode(text).ok()?;
    Some(bytes.as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect())
}

/// How loud a piece is, 0 to 1: the decibels from -60 to 0.
pub fn level(pcm: &[i16]) -> f32 {
    let power = pcm.iter().map(|&sample| (f32::from(sample) / 32_768.0).powi(2)).sum::<f32>() / pcm.len().max(1) as f32;
    (1.0 + 10.0 * power.max(1e-9).log10() / 60.0).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_survive_the_wire() {
        let pcm = [0, 1, -1, i16::MAX, i16::MIN];
        assert_eq!(decode(&encode(&pcm)).as_deref(), Some(&pcm[..]));
        assert_eq!(decode("AAAB"), Some(vec![0]));
        assert_eq!(decode("no base64!"), None);
    }

    #[test]
    fn levels_are_decibels() {
        assert_eq!((level(&[]), level(&[0; 480])), (0.0, 0.0));
        assert!(level(&[i16::MAX; 480]) > 0.99);
        assert!((level(&[328; 480]) - 0.333).abs() < 0.01, "-40 dB");
    }
}
