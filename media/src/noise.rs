//! Takes noise out of what the caller's microphone hears. It moves no sound in time: each sample it gives stands for the one that came in.

use crate::codec::resample::Resampler;
use crate::frame::EAR_RATE_HZ;
use nnnoiseless::DenoiseState;
use std::time::Duration;

/// The rate that RNNoise works at, in Hz.
const WIDE_RATE_HZ: u32 = 48_000;
/// Samples that RNNoise takes at once (10 ms); what it gives is one such frame late.
const WIDE_FRAME: usize = DenoiseState::FRAME_SIZE;
/// RNNoise counts in 16-bit samples. Those of a full scale are more than it has learned from: 10 dB below, the noise that it leaves in
/// pauses was 9 dB less for hiss at 5 dB below a voice, and the same for a fan.
const SCALE: f32 = 10_000.0;
/// Samples at [`EAR_RATE_HZ`] taken at once (20 ms); it is faded in, and out, within as many.
const STEP_SAMPLES: usize = 320;
/// What a recogniser hears is so much of the reduced sound, the rest as it came: noise falls by 6 dB. Whisper was trained in noise; with more taken
/// away it understands less, in speech or in its pauses alike (measured on 30 noisy recordings: from 10 dB on).
const WORDS_SHARE: f32 = 0.5;

/// How far the microphone is from the mouth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// A headset, a telephone at the ear: all noise that is found is taken.
    Near,
    /// A laptop, a room: at most 14 dB are taken, since the voice of one who stands away is taken with more.
    Far,
}

impl Field {
    /// How much of what the voice detector hears is reduced.
    const fn share(self) -> f32 {
        match self {
            Self::Near => 1.0,
            Self::Far => 0.8,
        }
    }
}

/// One leg's noise reduction, made when it is asked for and dropped after it. It works beside the ear's sound, which stays as it came, and
/// gives each of its samples 30 ms later: 10 ms for each change of rate, 10 ms for RNNoise.
pub struct Reducer {
    field: Field,
    /// It is fading out.
    leaving: bool,
    up: Resampler,
    wide: Vec<f32>,
    rnn: Box<DenoiseState<'static>>,
    clean: Vec<f32>,
    down: Resampler,
    narrow: Vec<f32>,
    /// Reduced samples still to come that stand for nothing the ear has.
    skip: usize,
    /// Silence put in behind, to drive out what is under way.
    blank: usize,
    /// Samples of the ear's sound that have come in.
    fed: usize,
    /// The reduced sound of the first of them.
    ready: Vec<f32>,
    /// How far it is faded in.
    fade: f32,
}

impl Reducer {
    /// Nothing came yet.
    pub fn new(field: Field) -> Self {
        let up = Resampler::new(EAR_RATE_HZ, WIDE_RATE_HZ).expect("both are multiples of 50 Hz");
        let down = Resampler::new(WIDE_RATE_HZ, EAR_RATE_HZ).expect("both are multiples of 50 Hz");
        let ratio = (WIDE_RATE_HZ / EAR_RATE_HZ) as usize;
        let skip = (up.delay() + WIDE_FRAME) / ratio + down.delay();
        Self {
            field,
            leaving: false,
            up,
            wide: Vec::new(),
            rnn: DenoiseState::new(),
            clean: Vec::new(),
            down,
            narrow: Vec::new(),
            skip,
            blank: 0,
            fed: 0,
            ready: Vec::new(),
            fade: 0.0,
        }
    }

    /// From now on for this field; without one it fades out.
    pub fn set(&mut self, field: Option<Field>) {
        self.leaving = field.is_none();
        self.field = field.unwrap_or(self.field);
    }

    /// It has faded out: what it gives is what came.
    pub fn is_out(&self) -> bool {
        self.leaving && self.fade <= 0.0
    }

    /// Takes the next 20 ms, or what there is of them: `sound` is all that the ear has.
    pub fn hear(&mut self, sound: &[f32]) {
        let until = sound.len().min(self.fed + STEP_SAMPLES);
        self.up.push(&sound[self.fed..until], &mut self.wide);
        self.fed = until;
        self.reduce(sound);
    }

    /// Makes all of `sound` ready, as if silence followed.
    pub fn hear_out(&mut self, sound: &[f32]) {
        while self.fed < sound.len() {
            self.hear(sound);
        }
        while self.ready.len() < sound.len() {
            self.blank += STEP_SAMPLES;
            self.up.push(&[0.0; STEP_SAMPLES], &mut self.wide);
            self.reduce(sound);
        }
        self.skip += std::mem::take(&mut self.blank);
    }

    /// Samples, of the oldest that the ear has, whose reduced sound is there.
    pub fn ready(&self) -> usize {
        self.ready.len()
    }

    /// Samples, of the newest that the ear has, that it has not taken yet.
    pub fn waiting(&self, sound: &[f32]) -> usize {
        sound.len() - self.fed
    }

    /// How much later than it came a sound is ready.
    pub fn delay(&self) -> Duration {
        Duration::from_micros((self.fed - self.ready.len()) as u64 * 1_000_000 / u64::from(EAR_RATE_HZ))
    }

    /// Takes the ear's oldest chunk, which must be ready: what a voice detector hears of it, and what a recogniser does.
    pub fn take<const N: usize>(&mut self, raw: &[f32; N]) -> ([f32; N], [f32; N]) {
        let share = self.field.share();
        let mix = |share: f32| std::array::from_fn(|at| raw[at] + share * (self.ready[at] - raw[at]));
        let heard = (mix(share), mix(WORDS_SHARE));
        self.drop_oldest(N);
        heard
    }

    /// The ear has given up its oldest samples.
    pub fn drop_oldest(&mut self, samples: usize) {
        let (ready, fed) = (samples.min(self.ready.len()), samples.min(self.fed));
        self.ready.drain(..ready);
        self.skip += fed - ready;
        self.fed -= fed;
    }

    fn reduce(&mut self, sound: &[f32]) {
        let (frames, _) = self.wide.as_chunks::<WIDE_FRAME>();
        for frame in frames {
            let (scaled, mut clean) = (frame.map(|sample| sample * SCALE), [0.0; WIDE_FRAME]);
            self.rnn.process_frame(&mut clean, &scaled);
            self.clean.extend(clean.iter().map(|sample| sample / SCALE));
        }
        let done = frames.len() * WIDE_FRAME;
        self.wide.drain(..done);
        self.down.push(&self.clean, &mut self.narrow);
        self.clean.clear();
        let mut narrow = std::mem::take(&mut self.narrow);
        narrow.drain(..).for_each(|clean| self.give(clean, sound));
        self.narrow = narrow;
    }

    fn give(&mut self, clean: f32, sound: &[f32]) {
        if self.skip > 0 {
            self.skip -= 1;
        } else if let Some(&raw) = sound.get(self.ready.len()) {
            let step = 1.0 / STEP_SAMPLES as f32;
            self.fade = (self.fade + if self.leaving { -step } else { step }).clamp(0.0, 1.0);
            self.ready.push(raw + self.fade * (clean - raw));
        } else {
            self.blank -= 1;
        }
    }
}

#[cfg(test)]
mod tests;
