//! Rules of the floor: waits are filled, callers are let speak, noises interrupt nothing. It hears no words.

use crate::sim::engines::VOICE_SLOW_MS_MAX;
use crate::sim::peer::Sound;
use crate::sim::rules::fact::Fact;
use crate::sim::rules::faults::Faults;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// The first filler sounds in this time; a slow voice takes longer.
const FILLER_WITHIN: Duration = Duration::from_millis(1200 + VOICE_SLOW_MS_MAX);
/// Later ones come in this time: every four seconds, and the voice.
const PROGRESS_WITHIN: Duration = Duration::from_millis(4300 + VOICE_SLOW_MS_MAX);
/// A cut follows from what was done this long ago, at most: the words that were said, and the time to make them out.
const CAUSE_WITHIN: Duration = Duration::from_secs(5);
/// An utterance must have ended this long after it began: the longest utterance, the longest pause, and some.
const UTTERANCE_WITHIN: Duration = Duration::from_secs(40);

/// Who speaks, as the outside knows it.
#[derive(Debug, Default)]
pub(crate) struct Floor {
    tasks: BTreeSet<String>,
    playing: Option<String>,
    utterance: Option<(String, Instant)>,
    quiet_since: Option<Instant>,
    filled: bool,
    /// When words, or a wish to be silent, last came from the caller.
    cause: Option<Instant>,
    /// A voice failed in this wait.
    voice_failed: bool,
    attached: bool,
    /// The events of this step are those of the time away.
    late: bool,
    spoken_over: bool,
}

impl Floor {
    /// The transport came or went.
    pub(crate) fn transport(&mut self, attached: bool) {
        self.attached = attached;
        self.quiet_since = None;
        self.filled = false;
    }

    /// The control channel is open: what was kept comes first.
    pub(crate) fn control_open(&mut self) {
        self.late = true;
    }

    /// The caller says words, or asks for silence.
    pub(crate) fn cause(&mut self, now: Instant) {
        self.cause = Some(now);
    }

    /// A voice failed: what it should have said cannot be heard.
    pub(crate) fn voice_failed(&mut self) {
        self.voice_failed = true;
    }

    /// One event.
    pub(crate) fn event(&mut self, now: Instant, fact: &Fact, faults: &mut Faults) {
        match fact.kind.as_str() {
            "input_audio_buffer.speech_started" => self.utterance = Some((fact.text("/item_id").to_owned(), now)),
            "input_audio_buffer.speech_stopped" | "input_audio_buffer.cleared" => self.utterance = None,
            "conversation.item.input_audio_transcription.completed" => {
                self.quiet_since = None;
                self.filled = false;
            }
            "output_audio_buffer.started" => {
                self.playing = Some(fact.text("/response_id").to_owned());
                self.filled = true;
                self.voice_failed = false;
            }
            "output_audio_buffer.stopped" => self.stopped(fact.text("/response_id")),
            "output_audio_buffer.cleared" => {
                let has_cause =
                    self.late || self.cause.is_some_and(|at| now.saturating_duration_since(at) <= CAUSE_WITHIN);
                if self.playing.as_deref() == Some(fact.text("/response_id")) && !has_cause {
                    faults.add("a false interruption interrupts nothing", fact.text("/response_id"));
                }
                self.stopped(fact.text("/response_id"));
            }
            "voxfare.task" => self.task(fact),
            _ => {}
        }
    }

    /// One packet that goes out, while the caller plainly speaks or does not.
    pub(crate) fn media(&mut self, sound: Sound, speaks: bool, faults: &mut Faults) {
        if sound.loud && speaks && !std::mem::replace(&mut self.spoken_over, true) {
            faults.add("a caller who speaks is not spoken over", "sound while the caller speaks");
        }
        self.spoken_over &= speaks;
    }

    /// The step is over.
    pub(crate) fn settled(&mut self, now: Instant, faults: &mut Faults) {
        self.late = false;
        if let Some((item, since)) = &self.utterance
            && self.attached
            && now.saturating_duration_since(*since) > UTTERANCE_WITHIN
        {
            faults.add("every utterance ends", item);
            self.utterance = None;
        }
        let waits = !self.tasks.is_empty() && self.attached;
        if !waits || self.playing.is_some() || self.utterance.is_some() {
            self.quiet_since = None;
            self.filled &= waits;
            self.voice_failed &= waits;
            return;
        }
        let since = *self.quiet_since.get_or_insert(now);
        let within = if self.filled || self.voice_failed { PROGRESS_WITHIN } else { FILLER_WITHIN };
        if now.saturating_duration_since(since) > within {
            self.quiet_since = Some(now);
            let ms = within.as_millis();
            if !std::mem::take(&mut self.voice_failed) {
                faults.add("a wait is never silent", format!("{} task(s) and not a word in {ms} ms", self.tasks.len()));
            }
        }
    }

    fn stopped(&mut self, response: &str) {
        if self.playing.as_deref() == Some(response) {
            self.playing = None;
        }
    }

    fn task(&mut self, fact: &Fact) {
        if fact.text("/state") == "started" {
            self.tasks.insert(fact.text("/task_id").to_owned());
        } else if fact.text("/state") != "pending" {
            self.tasks.remove(fact.text("/task_id"));
        }
    }
}
