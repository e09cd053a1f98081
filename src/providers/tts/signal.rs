//! The signal part of the hibari voice: pulses shaped by predicted spectra, turned into sound frame by frame. It knows nothing of text or models.

use realfft::num_complex::Complex32;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use std::f32::consts::PI;
use std::sync::Arc;

/// Samples from one frame to the next: 12.5 ms at 24 kHz.
pub const HOP: usize = 300;
/// Samples under one analysis window.
const WINDOW: usize = 4 * HOP;
/// Frequency bins of a frame.
pub const BINS: usize = WINDOW / 2 + 1;
const RATE: f32 = 24_000.0;
/// A pitch below this many Hz means the frame is unvoiced.
const VOICED_HZ: f32 = 40.0;
/// Harmonics above this many Hz are left out of the pulses.
const HARMONICS_HZ: f32 = 11_000.0;
/// Predicted log magnitudes are clamped here.
const LOG_MAX: f32 = 7.0;
/// Entries of the noise table; frames begin at scattered places in it.
const NOISE: usize = 1 << 15;

/// What the model predicts for an utterance: five planes of [`BINS`] rows by `frames` columns, and the pitch in Hz a frame.
pub struct Spectra {
    /// Frames in every plane.
    pub frames: usize,
    /// Log magnitude of the harmonic part.
    pub harmonic: Vec<f32>,
    /// Phase turn of the harmonic part, before tanh.
    pub turn: Vec<f32>,
    /// Log magnitude of the noise.
    pub noise: Vec<f32>,
    /// Log magnitude of the free part.
    pub free: Vec<f32>,
    /// Phase of the free part in radians.
    pub phase: Vec<f32>,
    /// Pitch in Hz.
    pub pitch: Vec<f32>,
}

/// The transforms and tables every utterance shares.
pub struct Vocoder {
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    window: Vec<f32>,
    noise: Vec<Complex32>,
}

impl Default for Vocoder {
    fn default() -> Self {
        let mut planner = RealFftPlanner::new();
        let window = (0..WINDOW).map(|n| 0.5 - 0.5 * (2.0 * PI * n as f32 / WINDOW as f32).cos()).collect();
        Self {
            forward: planner.plan_fft_forward(WINDOW),
            inverse: planner.plan_fft_inverse(WINDOW),
            window,
            noise: noise_table(),
        }
    }
}

impl Vocoder {
    /// Starts an utterance.
    pub fn begin<'a>(&'a self, spectra: &'a Spectra) -> Utterance<'a> {
        let padded = (spectra.frames + 3) * HOP;
        Utterance {
            vocoder: self,
            spectra,
            pulses: Pulses::default(),
            next: 0,
            sound: vec![0.0; padded],
            weight: vec![0.0; padded],
            given: WINDOW / 2,
        }
    }
}

/// An utterance being turned into sound.
pub struct Utterance<'a> {
    vocoder: &'a Vocoder,
    spectra: &'a Spectra,
    pulses: Pulses,
    /// The next frame to be added.
    next: usize,
    /// Overlapped frames; the first half window lies before the utterance.
    sound: Vec<f32>,
    /// Summed squared windows, to divide by.
    weight: Vec<f32>,
    /// Samples of `sound` already given out.
    given: usize,
}

impl Utterance<'_> {
    /// Adds up to `frames` further frames and returns the samples that are final by now; empty at the end.
    pub fn advance(&mut self, frames: usize) -> Vec<f32> {
        let end = (self.next + frames).min(self.spectra.frames);
        for frame in self.next..end {
            self.add(frame);
        }
        self.next = end;
        let total = WINDOW / 2 + self.spectra.frames * HOP;
        let done = if end == self.spectra.frames { total } else { end * HOP }.min(self.sound.len());
        let from = self.given.min(done);
        self.given = done.max(from);
        self.sound[from..done].iter().zip(&self.weight[from..done]).map(|(s, w)| s / w.max(1e-11)).collect()
    }

    /// Whether all sound was given out.
    pub fn is_done(&self) -> bool {
        self.next == self.spectra.frames
    }

    fn add(&mut self, frame: usize) {
        let mut spectrum = self.pulse_spectrum(frame);
        self.shape(frame, &mut spectrum);
        let mut samples = vec![0.0; WINDOW];
        // A real signal has no imaginary part at the two ends; the transform insists on it.
        spectrum[0].im = 0.0;
        spectrum[BINS - 1].im = 0.0;
        self.vocoder.inverse.process(&mut spectrum, &mut samples).expect("the buffers have the planned lengths");
        let at = frame * HOP;
        let end = (at + WINDOW).min(self.sound.len());
        for (n, (sound, weight)) in self.sound[at..end].iter_mut().zip(&mut self.weight[at..end]).enumerate() {
            let window = self.vocoder.window[n];
            *sound += samples[n] * window / WINDOW as f32;
            *weight += window * window;
        }
    }

    /// The windowed transform of the pulses around `frame`, mirrored at the ends of the utterance.
    fn pulse_spectrum(&mut self, frame: usize) -> Vec<Complex32> {
        let length = self.spectra.frames * HOP;
        self.pulses.extend_to((frame * HOP + WINDOW / 2).min(length), &self.spectra.pitch);
        let last = length as isize - 1;
        let mut input: Vec<f32> = (0..WINDOW)
            .map(|n| {
                let at = (frame * HOP + n) as isize - (WINDOW / 2) as isize;
                let mirrored = if at < 0 {
                    -at
                } else if at > last {
                    2 * last - at
                } else {
                    at
                };
                let pulse = self.pulses.samples.get(mirrored.clamp(0, last) as usize).copied().unwrap_or(0.0);
                // A unit cosine peaks at half the sum of the window; this makes the log magnitude that of the harmonic.
                pulse * self.vocoder.window[n] / HOP as f32
            })
            .collect();
        let mut spectrum = vec![Complex32::default(); BINS];
        self.vocoder.forward.process(&mut input, &mut spectrum).expect("the buffers have the planned lengths");
        spectrum
    }

    /// Pulses turned and scaled, plus shaped noise, plus the free part.
    fn shape(&self, frame: usize, spectrum: &mut [Complex32]) {
        let (s, frames) = (self.spectra, self.spectra.frames);
        let start = frame.wrapping_mul(0x9E37_79B1) >> 7;
        for (bin, value) in spectrum.iter_mut().enumerate() {
            let at = bin * frames + frame;
            let turn = Complex32::from_polar(magnitude(s.harmonic[at]), PI * s.turn[at].tanh());
            let noise = self.vocoder.noise[(start + bin) % NOISE] * magnitude(s.noise[at]);
            *value = *value * turn + noise + Complex32::from_polar(magnitude(s.free[at]), s.phase[at]);
        }
    }
}

fn magnitude(log: f32) -> f32 {
    log.min(LOG_MAX).exp()
}

/// The band-limited pulse train: every harmonic of the pitch at unit strength.
#[derive(Default)]
struct Pulses {
    samples: Vec<f32>,
    /// Turns of the fundamental, without whole ones.
    turns: f64,
}

impl Pulses {
    fn extend_to(&mut self, length: usize, pitch: &[f32]) {
        while self.samples.len() < length {
            let hz = pitch_at(pitch, self.samples.len());
            let held = hz.max(VOICED_HZ);
            self.turns = (self.turns + f64::from(held) / f64::from(RATE)).fract();
            let sample = if hz > VOICED_HZ { pulse((self.turns * std::f64::consts::TAU) as f32, held) } else { 0.0 };
            self.samples.push(sample);
        }
    }
}

/// The sum of the cosines of all harmonics below the limit, in closed form.
fn pulse(angle: f32, hz: f32) -> f32 {
    let order = (HARMONICS_HZ / hz).floor() + 0.5;
    let below = 2.0 * (0.5 * angle).sin();
    if below.abs() <= 2e-3 { order - 0.5 } else { (order * angle).sin() / below - 0.5 }
}

/// The pitch at a sample, on straight lines between the middles of frames.
fn pitch_at(pitch: &[f32], sample: usize) -> f32 {
    let place = (sample as f32 + 0.5) / HOP as f32 - 0.5;
    let low = place.floor();
    let near = |at: f32| pitch.get((at.max(0.0) as usize).min(pitch.len().saturating_sub(1))).copied().unwrap_or(0.0);
    let share = place - low;
    near(low) * (1.0 - share) + near(low + 1.0) * share
}

/// Complex Gaussian noise from a fixed seed, so that the same text gives the same bytes.
fn noise_table() -> Vec<Complex32> {
    let mut state = 0x5EED_0F_B1_4D_u64;
    let mut uniform = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 40) as f32 / (1u64 << 24) as f32
    };
    (0..NOISE)
        .map(|_| Complex32::from_polar((-2.0 * (1.0 - uniform()).max(1e-9).ln()).sqrt(), 2.0 * PI * uniform()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(frames: usize, pitch: f32) -> Spectra {
        let plane = |value: f32| vec![value; BINS * frames];
        Spectra {
            frames,
            harmonic: plane(-4.0),
            turn: plane(0.0),
            noise: plane(-30.0),
            free: plane(-30.0),
            phase: plane(0.0),
            pitch: vec![pitch; frames],
        }
    }

    #[test]
    fn a_flat_spectrum_gives_the_pulses_back_at_the_pitch() {
        let spectra = flat(80, 200.0);
        let vocoder = Vocoder::default();
        let sound = vocoder.begin(&spectra).advance(80);
        assert_eq!(sound.len(), 80 * HOP);
        let period = 120;
        let middle = &sound[6_000..18_000];
        let power: f32 = middle.iter().map(|x| x * x).sum();
        let echo: f32 = middle.iter().zip(&middle[period..]).map(|(a, b)| a * b).sum();
        assert!(echo / power > 0.9, "not periodic at 200 Hz: {}", echo / power);
    }

    #[test]
    fn pieces_join_to_the_whole_to_the_bit() {
        let spectra = flat(37, 130.0);
        let vocoder = Vocoder::default();
        let whole = vocoder.begin(&spectra).advance(usize::MAX / 2);
        let mut pieces = Vec::new();
        let mut utterance = vocoder.begin(&spectra);
        while !utterance.is_done() {
            pieces.extend(utterance.advance(5));
        }
        assert_eq!(whole, pieces);
    }

    #[test]
    fn unvoiced_frames_have_no_pulses() {
        let spectra = flat(20, 0.0);
        let vocoder = Vocoder::default();
        assert!(vocoder.begin(&spectra).advance(20).iter().all(|s| s.abs() < 1e-3));
    }
}
