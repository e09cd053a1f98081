//! Fourier transforms for the echo question: band energies, and the delay at which one sound contains another.

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// Bands of the comparison, from about 190 Hz to 3.8 kHz.
pub(crate) const BANDS: usize = 12;
/// First bin of each band, and one past the last (bins of 62.5 Hz).
const EDGES: [usize; BANDS + 1] = [3, 5, 7, 9, 12, 15, 19, 24, 30, 37, 45, 53, 61];
/// Window of one spectrum, in samples (16 ms).
const WINDOW: usize = 128;
/// From one spectrum to the next, in samples (8 ms).
const HOP: usize = 64;
/// Power added before the logarithm: about -75 dB of full scale.
const FLOOR: f32 = 3e-8;
/// A band this loud is active, in decibels.
const ACTIVE_DB: f32 = -60.0;

/// Loudness of each band in one hop, in decibels of full scale.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bands {
    /// Decibels, one a band.
    pub(crate) db: [f32; BANDS],
}

impl Bands {
    /// The band holds sound.
    pub(crate) fn active(&self, band: usize) -> bool {
        self.db[band] > ACTIVE_DB
    }
}

/// Where the correlation is highest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peak {
    /// By how many samples the near sound lags behind the far one.
    pub(crate) lag: usize,
    /// Height over the root mean square of all lags.
    pub(crate) height: f32,
}

/// Plans and scratch memory of the transforms.
pub(crate) struct Correlator {
    len: usize,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    small: Arc<dyn RealToComplex<f32>>,
}

impl Correlator {
    /// For far sounds of `len` samples.
    pub(crate) fn new(len: usize) -> Self {
        let mut planner = RealFftPlanner::new();
        Self {
            len,
            forward: planner.plan_fft_forward(len),
            inverse: planner.plan_fft_inverse(len),
            small: planner.plan_fft_forward(WINDOW),
        }
    }

    /// The delay at which `far` is most contained in `near`; both end at the same moment.
    pub(crate) fn peak(&self, far: &[f32], near: &[f32]) -> Peak {
        let mut padded = vec![0.0; self.len];
        padded[self.len - near.len()..].copy_from_slice(near);
        let (far, near) = (self.transform(far.to_vec()), self.transform(padded));
        let mean = |x: &[Complex<f32>]| x.iter().map(|c| c.norm()).sum::<f32>() / x.len() as f32;
        let (far_floor, near_floor) = (0.1 * mean(&far) + 1e-9, 0.1 * mean(&near) + 1e-9);
        // Whitened: every frequency that is there on both sides has the same say, so that pitch does not deceive.
        let mut cross: Vec<Complex<f32>> = near
            .iter()
            .zip(&far)
            .map(|(n, f)| n * f.conj() / ((n.norm() + near_floor) * (f.norm() + far_floor)))
            .collect();
        let last = cross.len() - 1;
        cross[0] = Complex::default();
        cross[last] = Complex::default();
        let mut lags = self.inverse.make_output_vec();
        self.inverse.process(&mut cross, &mut lags).expect("the lengths are the plan's own");
        let rms = (lags.iter().map(|v| v * v).sum::<f32>() / lags.len() as f32).sqrt() + 1e-12;
        let plausible = self.len - self.len / 4;
        let (lag, value) = lags[..plausible]
            .iter()
            .enumerate()
            .fold((0, 0.0_f32), |best, (lag, v)| if v.abs() > best.1 { (lag, v.abs()) } else { best });
        Peak { lag, height: value / rms }
    }

    /// Band loudness, one a hop.
    pub(crate) fn bands(&self, sound: &[f32]) -> Vec<Bands> {
        let mut input = self.small.make_input_vec();
        let mut output = self.small.make_output_vec();
        let mut all = Vec::with_capacity(sound.len() / HOP);
        for window in sound.windows(WINDOW).step_by(HOP) {
            for (i, (slot, sample)) in input.iter_mut().zip(window).enumerate() {
                let shape = 0.5 - 0.5 * (std::f32::consts::TAU * i as f32 / WINDOW as f32).cos();
                *slot = sample * shape;
            }
            self.small.process(&mut input, &mut output).expect("the lengths are the plan's own");
            let mut db = [0.0; BANDS];
            for (band, value) in db.iter_mut().enumerate() {
                let bins = &output[EDGES[band]..EDGES[band + 1]];
                let power = bins.iter().map(|c| c.norm_sqr()).sum::<f32>() / (WINDOW * WINDOW) as f32;
                *value = 10.0 * (power + FLOOR).log10();
            }
            all.push(Bands { db });
        }
        all
    }

    fn transform(&self, mut sound: Vec<f32>) -> Vec<Complex<f32>> {
        let mut output = self.forward.make_output_vec();
        self.forward.process(&mut sound, &mut output).expect("the lengths are the plan's own");
        output
    }
}
