//! Mel filters on Slaney's scale, as Whisper and smart-turn were trained with. It never sees sound.

/// Mel bands.
pub const BANDS: usize = 80;
/// Frequency bins of a 400-point transform.
pub const BINS: usize = 201;

/// Width of one bin in Hz: 16 kHz over 400 points.
const BIN_HZ: f64 = 40.0;
/// Above this many mels (1000 Hz) the scale is logarithmic.
const LINEAR_MELS: f64 = 15.0;
/// Mels over the logarithmic part from 1000 Hz to 6400 Hz.
const LOG_MELS: f64 = 27.0;
/// The highest frequency in Hz.
const TOP_HZ: f64 = 8000.0;

/// The filters, band after band, each over all bins; every filter has the same area.
pub fn filters() -> Vec<f64> {
    let top = LINEAR_MELS + (TOP_HZ / 1000.0).ln() / (6.4f64.ln() / LOG_MELS);
    let edge = |band: usize| hertz(top * band as f64 / (BANDS + 1) as f64);
    let mut weights = Vec::with_capacity(BANDS * BINS);
    for band in 0..BANDS {
        let (low, middle, high) = (edge(band), edge(band + 1), edge(band + 2));
        for bin in 0..BINS {
            let frequency = BIN_HZ * bin as f64;
            let rise = (frequency - low) / (middle - low);
            let fall = (high - frequency) / (high - middle);
            weights.push(rise.min(fall).max(0.0) * (2.0 / (high - low)));
        }
    }
    weights
}

fn hertz(mels: f64) -> f64 {
    if mels < LINEAR_MELS {
        mels * 200.0 / 3.0
    } else {
        1000.0 * ((mels - LINEAR_MELS) * (6.4f64.ln() / LOG_MELS)).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_band_has_weight_and_rises_to_one_top() {
        let weights = filters();
        for band in weights.chunks(BINS) {
            let top = band.iter().copied().fold(0.0, f64::max);
            assert!(top > 0.0);
            assert!(band.iter().filter(|weight| **weight == top).count() <= 2);
        }
    }
}
