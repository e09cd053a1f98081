//! Sound of the client's turns as items: what comes as a recording is recognised, and what was heard can be shown again, for a while. It
//! recognises nothing itself.

use crate::session::event::{EffectId, Failure, Interruptible, Transcript};
use crate::session::machine::Machine;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use media::call::Hearing;
use media::codec::resample::to_i16;
use media::frame::EAR_RATE_HZ;
use media::leg::stream;
use media::transcript::EarAudio;
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// Recordings that may be recognised at once; more are refused.
const RECOGNISED_MAX: usize = 8;
/// Sound is shown at most this often: each is large, and made on the session's own thread.
const SHOWN_EVERY: Duration = Duration::from_secs(1);
/// Sound that is kept to be shown again, in samples at [`EAR_RATE_HZ`]: half a minute; the oldest is forgotten first.
const KEPT_MAX: usize = 30 * EAR_RATE_HZ as usize;

/// A recording that is being recognised.
#[derive(Debug)]
struct Recording {
    item: String,
    audio: EarAudio,
    /// It is the second attempt.
    again: bool,
}

/// The recordings of one session.
#[derive(Debug, Default)]
pub(crate) struct Recordings {
    running: BTreeMap<EffectId, Recording>,
    kept: VecDeque<(String, Vec<i16>)>,
    /// When sound was shown last.
    shown: Option<Instant>,
}

impl Recordings {
    /// A recording has no words yet.
    pub(crate) fn is_awaiting(&self) -> bool {
        !self.running.is_empty()
    }

    /// No further one may be sent now.
    pub(crate) fn is_full(&self) -> bool {
        self.running.len() >= RECOGNISED_MAX
    }

    /// Keeps the sound of an item.
    pub(crate) fn keep(&mut self, item: &str, sound: &[f32]) {
        self.kept.push_back((item.to_owned(), to_i16(&sound[..sound.len().min(KEPT_MAX)])));
        while self.kept.iter().map(|(_, sound)| sound.len()).sum::<usize>() > KEPT_MAX {
            self.kept.pop_front();
        }
    }

    /// The sound of an item, if it is still there.
    pub(crate) fn sound(&self, item: &str) -> Option<&[i16]> {
        self.kept.iter().rfind(|(kept, _)| kept == item).map(|(_, sound)| sound.as_slice())
    }

    /// Nothing is left of an item's sound.
    pub(crate) fn forget(&mut self, item: &str) {
        self.kept.retain(|(kept, _)| kept != item);
    }

    /// The session ends; returns what is no longer wanted.
    pub(crate) fn close(&mut self) -> Vec<EffectId> {
        self.kept.clear();
        std::mem::take(&mut self.running).into_keys().collect()
    }
}

impl Machine {
    /// Recognises the sound of an item, in the format in which the client speaks.
    pub(crate) fn recognise(&mut self, item: String, bytes: &[u8]) {
        let audio = EarAudio::from(stream::recorded(self.desk.settings.hears, bytes));
        self.recordings.keep(&item, &audio);
        self.ask_for_words(Recording { item, audio, again: false });
    }

    fn ask_for_words(&mut self, recording: Recording) {
        let id = self.dispatch.run(Interruptible::Hear {
            audio: recording.audio.clone(),
            hearing: Hearing::Final,
            language: self.desk.settings.language.clone(),
            prompt: self.desk.settings.hint(),
        });
        self.recordings.running.insert(id, recording);
    }

    /// A recording was recognised, or was not; false when the effect was for something else.
    pub(crate) fn recognised(&mut self, id: EffectId, result: &Result<Transcript, Failure>) -> bool {
        let Some(Recording { item, audio, again }) = self.recordings.running.remove(&id) else { return false };
        if result.is_err() && !again {
            self.dispatch.count("recognition_retried");
            self.ask_for_words(Recording { item, audio, again: true });
            return true;
        }
        let seconds = audio.len() as f64 / f64::from(EAR_RATE_HZ);
        let text = result.as_ref().map_or("", |transcript| transcript.text.trim()).to_owned();
        self.wire.understood(&item, &text);
        if self.desk.settings.tells_transcripts() {
            match result {
                Ok(transcript) => {
                    let tokens = self.desk.settings.tells_logprobs().then_some(transcript.tokens.as_slice());
                    self.wire.transcription_completed(&item, &text, seconds, tokens);
                }
                Err(_) => self.wire.transcription_failed(&item),
            }
        }
        if result.is_err() && !self.desk.settings.tells_transcripts() {
            let why = format!("The sound of `{item}` could not be recognised.");
            self.wire.error("recognition_failed", &why, None, None);
        }
        self.desk.understood(&item, text);
        self.release_waiting();
        true
    }

    /// Shows an item again, its sound included.
    pub(crate) fn retrieve(&mut self, now: Instant, item: &str, event: Option<&str>) {
        // A data channel carries no text of that size: where sound travels on a track, it is not shown.
        if self.recordings.sound(item).is_none() || !self.wire.streams() {
            return self.wire.retrieved(item, None);
        }
        if self.recordings.shown.is_some_and(|at| now.saturating_duration_since(at) < SHOWN_EVERY) {
            let why = "Sound is shown once a second: ask again in a moment.";
            return self.wire.error("rate_limit_exceeded", why, None, event);
        }
        self.recordings.shown = Some(now);
        let format = self.desk.settings.hears;
        let sound = self.recordings.sound(item).map(|sound| BASE64.encode(stream::replayed(format, sound)));
        self.wire.retrieved(item, sound);
    }
}
