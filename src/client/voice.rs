//! The sound that waits to be played: the client puts it in, whoever plays takes it out at its own pace. It knows no device.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The voice as somebody plays it; cheap to clone, for one place to play.
#[derive(Clone, Debug, Default)]
pub struct Voice {
    queue: Arc<Mutex<Queue>>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<i16>,
    played: u64,
    dropped: u64,
}

impl Voice {
    /// Fills `out` with the next sound, mono at 24 kHz, and with silence behind it; answers how many samples were sound. What was taken counts
    /// as heard.
    pub fn fill(&self, out: &mut [i16]) -> usize {
        let mut queue = self.locked();
        let count = out.len().min(queue.waiting.len());
        for (sample, sound) in out.iter_mut().zip(queue.waiting.drain(..count)) {
            *sample = sound;
        }
        queue.played += count as u64;
        out[count..].fill(0);
        count
    }

    /// Samples that wait.
    pub fn waiting(&self) -> usize {
        self.locked().waiting.len()
    }

    /// Samples that were lost because nobody played for longer than [`WAITING_MAX`].
    pub fn dropped(&self) -> u64 {
        self.locked().dropped
    }

    /// Adds sound; answers how much of it found room.
    pub(crate) fn put(&self, pcm: &[i16]) -> usize {
        let mut queue = self.locked();
        let count = pcm.len().min(WAITING_MAX.saturating_sub(queue.waiting.len()));
        queue.waiting.extend(&pcm[..count]);
        queue.dropped += (pcm.len() - count) as u64;
        count
    }

    /// Drops what waits; answers how many samples were played since the beginning.
    pub(crate) fn silence(&self) -> u64 {
        let mut queue = self.locked();
        queue.waiting.clear();
        queue.played
    }

    /// Samples played since the beginning.
    pub(crate) fn played(&self) -> u64 {
        self.locked().played
    }

    fn locked(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Samples that may wait to be played: three minutes.
pub const WAITING_MAX: usize = 180 * 24_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_follows_sound_and_is_not_counted() {
        let voice = Voice::default();
        assert_eq!(voice.put(&[1; 30]), 30);
        let mut out = [9; 20];
        assert_eq!((voice.fill(&mut out), out), (20, [1; 20]));
        assert_eq!(voice.fill(&mut out), 10);
        assert_eq!((out[9], out[10], out[19]), (1, 0, 0));
        assert_eq!((voice.fill(&mut out), voice.played()), (0, 30));
        voice.put(&[2; 50]);
        voice.fill(&mut out);
        assert_eq!((voice.silence(), voice.waiting()), (50, 0));
    }

    #[test]
    fn who_does_not_play_loses_the_newest() {
        let voice = Voice::default();
        assert_eq!(voice.put(&vec![1; WAITING_MAX - 1]), WAITING_MAX - 1);
        assert_eq!((voice.put(&[1; 4]), voice.dropped()), (1, 3));
    }
}
