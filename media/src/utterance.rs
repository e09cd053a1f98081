//! The sound of what the caller says: a short past always, the whole utterance while one is open. It never judges it.

use crate::frame::{EAR_RATE_HZ, INNER_RATE_HZ, Samples};
use crate::transcript::{EarAudio, UtteranceId};
use crate::turn::UTTERANCE_MS_MAX;
use std::collections::VecDeque;

/// Most sound kept, in samples at [`EAR_RATE_HZ`]: the longest utterance and one second around it.
const SOUND_SAMPLES_MAX: usize = samples(UTTERANCE_MS_MAX + 1000);

/// Samples at [`EAR_RATE_HZ`] in `ms` milliseconds.
const fn samples(ms: u64) -> usize {
    (ms * EAR_RATE_HZ as u64 / 1000) as usize
}

/// The recent past, and the open utterance.
#[derive(Debug)]
pub struct Utterance {
    sound: VecDeque<f32>,
    /// Samples heard in all, at [`EAR_RATE_HZ`].
    heard: u64,
    /// Sound kept while nothing is open, in samples.
    past: usize,
    open: bool,
    id: UtteranceId,
    /// The sound as last shared, and how long it was.
    shared: Option<EarAudio>,
}

impl Utterance {
    /// Keeps `past_ms` of sound before anything opens.
    pub fn new(past_ms: u64) -> Self {
        Self { sound: VecDeque::new(), heard: 0, past: samples(past_ms), open: false, id: UtteranceId(0), shared: None }
    }

    /// From now on `past_ms` of sound are kept before anything opens.
    pub fn keep_past(&mut self, past_ms: u64) {
        self.past = samples(past_ms);
    }

    /// Length of the sound kept, in ms; of the whole utterance while one is open.
    pub fn length_ms(&self) -> u64 {
        self.sound.len() as u64 * 1000 / u64::from(EAR_RATE_HZ)
    }

    /// Appends what was heard.
    pub fn hear(&mut self, sound: &[f32]) {
        self.heard += sound.len() as u64;
        self.shared = None;
        let keep = if self.open { SOUND_SAMPLES_MAX } else { self.past };
        // Room is made first: one sample more than fits would double the memory.
        let sound = &sound[sound.len().saturating_sub(keep)..];
        let over = (self.sound.len() + sound.len()).saturating_sub(keep);
        self.sound.drain(..over);
        self.sound.extend(sound);
    }

    /// Opens the next utterance, which began `back_ms` ago (as far as the past is kept).
    pub fn open(&mut self, back_ms: u64) -> UtteranceId {
        let keep = samples(back_ms).min(self.sound.len());
        self.sound.drain(..self.sound.len() - keep);
        self.open = true;
        self.shared = None;
        self.id = UtteranceId(self.id.0 + 1);
        self.id
    }

    /// The utterance is over; of its sound only the recent past is kept.
    pub fn close(&mut self) {
        self.open = false;
        self.shared = None;
        let keep = self.past.min(self.sound.len());
        self.sound.drain(..self.sound.len() - keep);
        self.sound.shrink_to(2 * self.past);
    }

    /// The open utterance, or the last one.
    pub fn id(&self) -> UtteranceId {
        self.id
    }

    /// An utterance is open.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// The sound so far, shared: asked twice of the same sound, it is the same.
    pub fn audio(&mut self) -> EarAudio {
        let sound = &mut self.sound;
        self.shared.get_or_insert_with(|| EarAudio::from(&*sound.make_contiguous())).clone()
    }

    /// The position in the incoming audio that lies `back_ms` before the last sample heard.
    pub fn position(&self, back_ms: u64) -> Samples {
        to_inner(self.heard.saturating_sub(samples(back_ms) as u64))
    }

    /// The position where the open utterance's sound begins.
    pub fn start(&self) -> Samples {
        to_inner(self.heard - self.sound.len() as u64)
    }
}

fn to_inner(position: u64) -> Samples {
    Samples(position * u64::from(INNER_RATE_HZ) / u64::from(EAR_RATE_HZ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_past_is_kept_and_opens_the_utterance() {
        let mut utterance = Utterance::new(500);
        utterance.hear(&vec![0.0; 16_000]);
        utterance.hear(&[0.5; 512]);
        assert_eq!(utterance.open(332), UtteranceId(1));
        assert_eq!(utterance.start(), Samples::from_ms(700));
        let audio = utterance.audio();
        assert_eq!(audio.len(), 332 * 16);
        assert_eq!(audio[audio.len() - 1], 0.5);
        assert!(std::sync::Arc::ptr_eq(&audio, &utterance.audio()));
        utterance.hear(&[0.1; 512]);
        assert_eq!(utterance.audio().len(), 364 * 16);
        utterance.close();
        assert!(utterance.audio().len() <= 500 * 16);
    }

    #[test]
    fn its_sound_is_bounded() {
        let mut utterance = Utterance::new(500);
        utterance.hear(&[0.0; 512]);
        utterance.open(32);
        for _ in 0..3000 {
            utterance.hear(&[0.0; 512]);
        }
        assert_eq!(utterance.audio().len(), SOUND_SAMPLES_MAX);
    }
}
