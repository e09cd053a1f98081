//! G.711 (ITU-T G.711, both laws): one byte a sample at 8 kHz. It never resamples.

/// Which companding curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// North America and Japan (PCMU, RTP payload type 0).
    Mu,
    /// The rest of the world (PCMA, RTP payload type 8).
    A,
}

/// Samples at 8 kHz to bytes.
pub fn encode(law: Law, pcm: &[i16]) -> Vec<u8> {
    pcm.iter().map(|s| if law == Law::Mu { encode_mu(*s) } else { encode_a(*s) }).collect()
}

/// Bytes to samples at 8 kHz; every byte is valid.
pub fn decode(law: Law, bytes: &[u8]) -> Vec<i16> {
    bytes.iter().map(|b| if law == Law::Mu { decode_mu(*b) } else { decode_a(*b) }).collect()
}

/// Added before the logarithm is taken, so that the first segment has steps as fine as the rest (14-bit scale, times 4).
const MU_BIAS: i32 = 0x84;
/// The loudest magnitude that the mu-law can carry.
const MU_MAX: i32 = 32_635;

fn encode_mu(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = i32::from(sample).abs().min(MU_MAX) + MU_BIAS;
    let segment = 24 - magnitude.leading_zeros();
    let step = (magnitude >> (segment + 3)) & 0x0F;
    !(sign | ((segment as u8) << 4) | step as u8)
}

fn decode_mu(byte: u8) -> i16 {
    let byte = !byte;
    let segment = u32::from((byte >> 4) & 7);
    let magnitude = (((i32::from(byte & 0x0F) << 3) + MU_BIAS) << segment) - MU_BIAS;
    (if byte & 0x80 == 0 { magnitude } else { -magnitude }) as i16
}

fn encode_a(sample: i16) -> u8 {
    // The A-law marks positive samples with the sign bit and toggles every other bit (G.711 table 1a).
    let (sign, magnitude) = if sample >= 0 { (0x80, i32::from(sample)) } else { (0, !i32::from(sample)) };
    let segment = (24 - (magnitude | 0xFF).leading_zeros()) as u8;
    let step = if segment == 0 { magnitude >> 4 } else { magnitude >> (segment + 3) } as u8 & 0x0F;
    (sign | (segment << 4) | step) ^ 0x55
}

fn decode_a(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let segment = u32::from((byte >> 4) & 7);
    let step = i32::from(byte & 0x0F) << 4;
    let magnitude = if segment == 0 { step + 8 } else { (step + 0x108) << (segment - 1) };
    (if byte & 0x80 == 0 { -magnitude } else { magnitude }) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_of_the_recommendation() {
        assert_eq!(encode(Law::Mu, &[0, -1, 32_767, -32_768]), [0xFF, 0x7F, 0x80, 0x00]);
        assert_eq!(decode(Law::Mu, &[0xFF, 0x7F, 0x80, 0x00]), [0, 0, 32_124, -32_124]);
        assert_eq!(encode(Law::A, &[0, -1, 32_767, -32_768]), [0xD5, 0x55, 0xAA, 0x2A]);
        assert_eq!(decode(Law::A, &[0xD5, 0x55, 0xAA, 0x2A]), [8, -8, 32_256, -32_256]);
    }

    #[test]
    fn every_byte_comes_back_as_itself() {
        for law in [Law::Mu, Law::A] {
            for byte in 0..=255 {
                let pcm = decode(law, &[byte]);
                // Mu-law has two zeros; the negative one comes back as the positive.
                let expected = if law == Law::Mu && byte == 0x7F { 0xFF } else { byte };
                assert_eq!(encode(law, &pcm), [expected], "{law:?} {byte:#x}");
            }
        }
    }

    #[test]
    fn the_error_is_small_against_the_sample() {
        for sample in (-32_768..=32_767).step_by(7).map(|s| s as i16) {
            for law in [Law::Mu, Law::A] {
                let error = i32::from(decode(law, &encode(law, &[sample]))[0]) - i32::from(sample);
                assert!(error.abs() <= 16 + i32::from(sample).abs() / 24, "{law:?} {sample} off by {error}");
            }
        }
    }
}
