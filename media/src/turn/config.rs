//! The numbers of turn-taking, in milliseconds of the caller's time. It holds no state.

use crate::judgement::{Expect, Judgement};

/// An utterance is never longer than this; it is committed then, in milliseconds.
pub const UTTERANCE_MS_MAX: u64 = 30_000;

/// When speech begins, ends and interrupts.
#[derive(Clone, Debug, PartialEq)]
pub struct TurnConfig {
    /// Voice probability from which a chunk counts as voice.
    pub voice_threshold: f32,
    /// Voice probability below which a chunk counts as silence; between the two, what was goes on.
    pub hush_threshold: f32,
    /// Voice that makes an onset believed, in ms (two chunks).
    pub onset_ms: u64,
    /// Voice probability from which one chunk over our own speech is believed, where none of it ever comes back: a pause too many is
    /// taken back, a late one is heard.
    pub sure_threshold: f32,
    /// Sound kept before the onset, in ms.
    pub prefix_ms: u64,
    /// Silence after which speculation begins, in ms.
    pub speculate_ms: u64,
    /// First partial transcription, in ms of utterance.
    pub partial_first_ms: u64,
    /// Next partial transcriptions, in ms of new sound.
    pub partial_every_ms: u64,
    /// Less voice than this is a blip, in ms: no turn unless words were found.
    pub blip_ms: u64,
    /// Voice within an utterance over our own speech that takes the floor without any words known, in ms.
    pub interrupt_ms: u64,
    /// Silence after an overlap, without a judgement, until our speech goes on, in ms.
    pub false_interruption_ms: u64,
    /// A score from here on says "finished".
    pub score_finished: f32,
    /// Silence before the commit when words and score say finished, in ms.
    pub finished_ms: u64,
    /// When the words say finished and no score is known, in ms.
    pub finished_unscored_ms: u64,
    /// When the words say finished and the score denies it, in ms.
    pub finished_doubted_ms: u64,
    /// When the words are open and the score says finished, in ms.
    pub open_finished_ms: u64,
    /// When the words are open and the score is just below finished, in ms.
    pub open_min_ms: u64,
    /// When the words are open and the score is 0, or unknown, in ms.
    pub open_max_ms: u64,
    /// When the words cannot end here and the score is 1, in ms.
    pub unfinished_min_ms: u64,
    /// When the words cannot end here and the score is 0, in ms.
    pub unfinished_max_ms: u64,
    /// Silence after which an utterance whose words cannot end here is heard once more, in ms.
    pub second_hearing_ms: u64,
    /// When there were no words: silence before the utterance is discarded, in ms.
    pub nothing_ms: u64,
    /// How long a judgement is waited for, in ms of silence.
    pub unjudged_ms: u64,
    /// Nothing waits longer than this, in ms of silence.
    pub silence_ms_max: u64,
    /// Waits in percent when a yes, a no or a choice is expected and the words may go on; "no" alone may still become
    /// "no, thank you" and waits as everything else.
    pub short_percent: u64,
    /// Waits in percent when a name or digits are expected.
    pub long_percent: u64,
    /// Plain silence endpointing: commit after this many ms of silence whatever words and scores say.
    pub fixed_silence_ms: Option<u64>,
}

impl Default for TurnConfig {
    fn default() -> Self {
        Self {
            voice_threshold: 0.5,
            hush_threshold: 0.35,
            onset_ms: 64,
            sure_threshold: 0.9,
            prefix_ms: 300,
            speculate_ms: 64,
            partial_first_ms: 600,
            partial_every_ms: 500,
            blip_ms: 100,
            interrupt_ms: 450,
            false_interruption_ms: 700,
            score_finished: 0.5,
            finished_ms: 200,
            finished_unscored_ms: 240,
            finished_doubted_ms: 450,
            open_finished_ms: 350,
            open_min_ms: 700,
            open_max_ms: 1000,
            unfinished_min_ms: 1200,
            unfinished_max_ms: 2500,
            second_hearing_ms: 500,
            nothing_ms: 300,
            unjudged_ms: 1500,
            silence_ms_max: 2500,
            short_percent: 80,
            long_percent: 180,
            fixed_silence_ms: None,
        }
    }
}

impl TurnConfig {
    /// The same with all waits for words and scores in `percent` of what they were.
    #[must_use]
    pub fn patient(self, percent: u64) -> Self {
        let scaled = |ms: u64| ms * percent / 100;
        Self {
            finished_ms: scaled(self.finished_ms),
            finished_unscored_ms: scaled(self.finished_unscored_ms),
            finished_doubted_ms: scaled(self.finished_doubted_ms),
            open_finished_ms: scaled(self.open_finished_ms),
            open_min_ms: scaled(self.open_min_ms),
            open_max_ms: scaled(self.open_max_ms),
            unfinished_min_ms: scaled(self.unfinished_min_ms),
            unfinished_max_ms: scaled(self.unfinished_max_ms),
            silence_ms_max: scaled(self.silence_ms_max),
            ..self
        }
    }

    /// Silence in ms after the last speech until the utterance is committed, by what is known of it.
    pub fn wait_ms(&self, judgement: Option<Judgement>, score: Option<f32>, expect: Expect) -> u64 {
        if let Some(fixed_ms) = self.fixed_silence_ms {
            return fixed_ms;
        }
        let finished = score.map(|s| s >= self.score_finished);
        let wait_ms = match judgement {
            None => return self.unjudged_ms.min(self.silence_ms_max),
            Some(Judgement::Nothing) => return self.nothing_ms,
            // Said into silence, "okay" is an answer.
            Some(Judgement::Finished | Judgement::Backchannel) => match finished {
                Some(true) => self.finished_ms,
                None => self.finished_unscored_ms,
                Some(false) => self.finished_doubted_ms,
            },
            Some(Judgement::Open) => match (finished, score) {
                (Some(true), _) => self.open_finished_ms,
                (_, Some(score)) => between(self.open_max_ms, self.open_min_ms, score / self.score_finished),
                (_, None) => self.open_max_ms,
            },
            Some(Judgement::Unfinished) => {
                between(self.unfinished_max_ms, self.unfinished_min_ms, score.unwrap_or(0.0))
            }
        };
        let percent = match expect {
            Expect::YesNo | Expect::Choice if judgement == Some(Judgement::Open) => self.short_percent,
            Expect::Anything | Expect::YesNo | Expect::Choice => 100,
            Expect::Name | Expect::Digits => self.long_percent,
        };
        (wait_ms * percent / 100).min(self.silence_ms_max)
    }
}

/// The point `share` (0.0 to 1.0) of the way from `start` to `end`.
fn between(start: u64, end: u64, share: f32) -> u64 {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    (start as f32 + (end as f32 - start as f32) * share) as u64
}
