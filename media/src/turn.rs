//! Whose turn it is: voice probabilities and judgements in, acts out. It holds no sound and never plays any.

pub mod config;
mod table;

pub use self::config::{TurnConfig, UTTERANCE_MS_MAX};
pub use self::table::{Act, Event, State};

use crate::judgement::{Expect, Judgement};
use crate::vad::CHUNK_MS;
use std::time::{Duration, Instant};

/// What one chunk of 32 ms is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chunk {
    /// Probability that it holds a voice.
    pub voice: f32,
    /// It is our own echo, or may be: it neither begins nor ends anything.
    pub doubtful: bool,
    /// We are audible at the caller's side.
    pub over: bool,
    /// We are audible there, and nothing of it has ever come back: what is heard is not ours.
    pub clear: bool,
}

/// The machine of turn-taking. After each step the answered acts are done in order.
#[derive(Clone, Debug)]
pub struct Turn {
    config: TurnConfig,
    state: State,
    expect: Expect,
    /// Voice that may be beginning, in ms.
    rising_ms: u64,
    /// Silence since the last voice, in ms.
    hush_ms: u64,
    /// Voice in this utterance, in ms.
    voice_ms: u64,
    /// Length of this utterance, in ms.
    length_ms: u64,
    /// Length of the utterance at the next partial transcription, in ms.
    partial_at_ms: u64,
    revision: u32,
    judgement: Option<Judgement>,
    score: Option<f32>,
    /// The pause was heard a second time.
    heard_twice: bool,
    speech_end_at: Instant,
}

impl Turn {
    /// Nobody speaks yet.
    pub fn new(config: TurnConfig, now: Instant) -> Self {
        Self {
            config,
            state: State::Quiet,
            expect: Expect::Anything,
            rising_ms: 0,
            hush_ms: 0,
            voice_ms: 0,
            length_ms: 0,
            partial_at_ms: 0,
            revision: 0,
            judgement: None,
            score: None,
            heard_twice: false,
            speech_end_at: now,
        }
    }

    /// Where the turn stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// Nothing is open: no voice, no utterance.
    pub fn is_quiet(&self) -> bool {
        self.state == State::Quiet
    }

    /// An utterance is open and the floor is the caller's: nothing new may be said.
    pub fn caller_has_floor(&self) -> bool {
        matches!(self.state, State::Speaking | State::Trailing)
    }

    /// How often the caller has gone on after a pause in the open (or last) utterance.
    pub fn revision(&self) -> u32 {
        self.revision
    }

    /// `now` of the step in which the last speech arrived.
    pub fn speech_end_at(&self) -> Instant {
        self.speech_end_at
    }

    /// Silence since the last speech, in ms of sound.
    pub fn hush_ms(&self) -> u64 {
        self.hush_ms
    }

    /// Voice of a possible onset so far, in ms; just after [`Act::Open`]: how long ago the utterance began.
    pub fn rising_ms(&self) -> u64 {
        self.rising_ms
    }

    /// What is expected from now on.
    pub fn expect(&mut self, expect: Expect) {
        self.expect = expect;
    }

    /// What follows from one more chunk of sound.
    pub fn hear(&mut self, now: Instant, chunk: Chunk) -> &'static [Act] {
        self.length_ms += CHUNK_MS;
        let event = self.classify(now, chunk);
        let acts = self.take(event);
        if acts.is_empty() && self.length_ms >= UTTERANCE_MS_MAX {
            return self.take(Event::Full);
        }
        acts
    }

    /// The sound of the utterance has grown enough for another partial transcription.
    pub fn wants_partial(&mut self) -> bool {
        let speaking = matches!(self.state, State::Speaking | State::HeldSpeaking);
        let wants = speaking && self.length_ms >= self.partial_at_ms;
        if wants {
            self.partial_at_ms = self.length_ms + self.config.partial_every_ms;
        }
        wants
    }

    /// The words were read as cut off in the middle, and yet nobody goes on: the sound is worth a second hearing, once a pause.
    pub fn wants_second_hearing(&mut self) -> bool {
        let wants = self.state == State::Trailing
            && self.judgement == Some(Judgement::Unfinished)
            && self.hush_ms >= self.config.second_hearing_ms
            && !self.heard_twice;
        self.heard_twice |= wants;
        wants
    }

    /// What follows from a judgement of the words at `revision`; an older one changes nothing.
    pub fn judge(&mut self, revision: u32, judgement: Judgement) -> &'static [Act] {
        if revision != self.revision {
            return &[];
        }
        if self.is_silent() {
            self.judgement = Some(judgement);
        }
        self.take(match judgement {
            Judgement::Nothing => Event::WordsNone,
            Judgement::Backchannel => Event::WordsBackchannel,
            Judgement::Unfinished | Judgement::Open | Judgement::Finished => Event::WordsMeant,
        })
    }

    /// Takes the turn model's score of the sound at `revision`; an older one changes nothing.
    pub fn score(&mut self, revision: u32, probability: f32) {
        if revision == self.revision && self.is_silent() {
            self.score = Some(probability);
        }
    }

    /// What we were saying is gone, not by this machine's doing.
    pub fn ours_gone(&mut self) -> &'static [Act] {
        self.take(Event::OursGone)
    }

    /// Other numbers from now on.
    pub fn configure(&mut self, config: TurnConfig) {
        self.config = config;
    }

    /// The joint commits what was said so far, whatever silence there is.
    pub fn commit(&mut self) -> &'static [Act] {
        self.take(Event::Full)
    }

    /// The joint wants the open utterance forgotten.
    pub fn forget(&mut self) -> &'static [Act] {
        self.take(Event::Forget)
    }

    /// We are audible, and the caller speaks over it: it is not yet decided who has the floor.
    pub fn is_contested(&self) -> bool {
        matches!(self.state, State::HeldSpeaking | State::HeldTrailing | State::Doubtful)
    }

    /// When the wait after the last speech is over.
    pub fn due(&self) -> Option<Instant> {
        let wait_ms = match self.state {
            State::Quiet | State::Onset | State::Speaking | State::HeldSpeaking => return None,
            State::Trailing => self.config.wait_ms(self.judgement, self.score, self.expect),
            State::HeldTrailing => self.config.false_interruption_ms,
            State::Doubtful => self.config.silence_ms_max,
        };
        // A voice that may be going on is heard out first: the next two chunks decide.
        let grace_ms = if self.rising_ms > 0 { 2 * CHUNK_MS } else { 0 };
        Some(self.speech_end_at + Duration::from_millis(wait_ms + grace_ms))
    }

    /// What follows when `now` has come.
    pub fn tick(&mut self, now: Instant) -> &'static [Act] {
        if self.due().is_none_or(|due| now < due) {
            return &[];
        }
        let blip = self.judgement.is_none() && self.voice_ms < self.config.blip_ms;
        let nothing = self.judgement == Some(Judgement::Nothing) || blip;
        self.take(if nothing { Event::DueForNothing } else { Event::Due })
    }

    fn is_silent(&self) -> bool {
        matches!(self.state, State::Trailing | State::HeldTrailing | State::Doubtful)
    }

    /// Counts the chunk and says what it amounts to.
    fn classify(&mut self, now: Instant, chunk: Chunk) -> Event {
        let voice = chunk.voice >= self.config.voice_threshold && !chunk.doubtful;
        let speaking = matches!(self.state, State::Speaking | State::HeldSpeaking);
        // Hysteresis: within speech a weaker voice is still speech; outside it neither begins nor breaks an onset.
        let speech = voice || (speaking && chunk.voice >= self.config.hush_threshold && !chunk.doubtful);
        if speech {
            self.rising_ms += CHUNK_MS;
            self.voice_ms += CHUNK_MS;
            let sure = chunk.clear && chunk.voice >= self.config.sure_threshold;
            if speaking || sure || self.rising_ms >= self.config.onset_ms {
                self.hush_ms = 0;
                self.speech_end_at = now;
                return self.voiced(chunk.over);
            }
            self.hush_ms += CHUNK_MS;
            return Event::Voice;
        }
        self.hush_ms += CHUNK_MS;
        let undecided = chunk.voice >= self.config.hush_threshold || chunk.doubtful;
        if undecided && !speaking && self.rising_ms > 0 && self.rising_ms < self.config.onset_ms {
            return Event::Voice;
        }
        self.rising_ms = 0;
        if self.hush_ms >= self.config.speculate_ms { Event::HushEnough } else { Event::Hush }
    }

    fn voiced(&self, over: bool) -> Event {
        let open = !matches!(self.state, State::Quiet | State::Onset);
        if open && self.voice_ms >= self.config.interrupt_ms {
            Event::VoiceLong
        } else if over {
            Event::VoiceOver
        } else {
            Event::VoiceEnough
        }
    }

    fn take(&mut self, event: Event) -> &'static [Act] {
        let (state, acts) = table::step(self.state, event);
        self.state = state;
        for act in acts {
            self.note(*act);
        }
        if matches!(state, State::Quiet) {
            self.voice_ms = 0;
            self.length_ms = 0;
            if !acts.is_empty() {
                self.rising_ms = 0;
            }
        }
        acts
    }

    fn note(&mut self, act: Act) {
        match act {
            Act::Open => {
                self.revision = 0;
                self.voice_ms = self.rising_ms;
                self.length_ms = self.rising_ms;
                self.partial_at_ms = self.config.partial_first_ms;
                self.judgement = None;
                self.score = None;
            }
            Act::Resume => {
                self.revision += 1;
                self.judgement = None;
                self.score = None;
            }
            Act::Speculate => (self.rising_ms, self.heard_twice) = (0, false),
            Act::Pause | Act::Interrupt | Act::PlayOn | Act::End | Act::EndUnheard | Act::Discard => {}
        }
    }
}

#[cfg(test)]
mod tests;
