//! The utterances being heard: which recognition belongs to which, and what stands. It recognises nothing.

use crate::session::event::{EffectId, Token};
use crate::session::machine::caption::Caption;
use media::call::Hearing;
use media::frame::{EAR_RATE_HZ, Samples};
use media::transcript::{EarAudio, UtteranceId};
use std::collections::BTreeMap;
use std::time::Instant;

/// Utterances kept at once: the one being spoken and those whose transcript is awaited.
const UTTERANCES_MAX: usize = 4;

/// One recognition that was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The utterance.
    pub(crate) utterance: UtteranceId,
    /// Its revision.
    pub(crate) revision: u32,
    /// Why.
    pub(crate) hearing: Hearing,
    /// The sound, to ask again when the first attempt failed.
    pub(crate) audio: EarAudio,
    /// It is the second attempt.
    pub(crate) again: bool,
}

/// The endpoint of an utterance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Endpoint {
    /// The revision that stands.
    pub(crate) revision: u32,
    /// Where its last speech ended.
    pub(crate) speech_end: Samples,
    /// When the last speech frame arrived.
    pub(crate) speech_end_at: Instant,
}

/// One utterance of the caller.
#[derive(Debug)]
pub(crate) struct Utterance {
    /// Its item on the wire.
    pub(crate) item: String,
    /// The current revision.
    pub(crate) revision: u32,
    /// What is shown of it.
    pub(crate) caption: Caption,
    /// Its endpoint, once committed.
    pub(crate) endpoint: Option<Endpoint>,
    /// The last whole transcript and the revision it is of.
    pub(crate) standing: Option<(u32, String)>,
    /// Its tokens.
    pub(crate) tokens: Vec<Token>,
    /// Seconds of sound last sent to be recognised.
    pub(crate) seconds: f64,
    /// That sound.
    pub(crate) sound: Option<EarAudio>,
}

/// All utterances in hand.
#[derive(Debug, Default)]
pub(crate) struct Listener {
    utterances: BTreeMap<UtteranceId, Utterance>,
    asked: BTreeMap<EffectId, Asked>,
    scoring: BTreeMap<EffectId, (UtteranceId, u32)>,
    speaking: Option<UtteranceId>,
}

impl Listener {
    /// The caller began to speak; returns effects of utterances that are given up for it.
    pub(crate) fn began(&mut self, id: UtteranceId, item: String) -> Vec<EffectId> {
        let mut void = Vec::new();
        while self.utterances.len() >= UTTERANCES_MAX {
            let Some((&oldest, _)) = self.utterances.first_key_value() else { break };
            void.extend(self.forget(oldest));
        }
        self.speaking = Some(id);
        let utterance = Utterance {
            item,
            revision: 0,
            caption: Caption::default(),
            endpoint: None,
            standing: None,
            tokens: Vec::new(),
            seconds: 0.0,
            sound: None,
        };
        self.utterances.insert(id, utterance);
        void
    }

    /// The caller is speaking, or has spoken and the words are awaited.
    pub(crate) fn floor_is_callers(&self) -> bool {
        self.speaking.is_some() || self.utterances.values().any(|utterance| utterance.endpoint.is_some())
    }

    /// A turn is over whose words are not there yet.
    pub(crate) fn is_awaiting(&self) -> bool {
        self.utterances.values().any(|utterance| utterance.endpoint.is_some())
    }

    /// The caller is speaking now.
    pub(crate) fn is_speaking(&self) -> bool {
        self.speaking.is_some()
    }

    /// The utterance.
    pub(crate) fn get(&mut self, id: UtteranceId) -> Option<&mut Utterance> {
        self.utterances.get_mut(&id)
    }

    /// A recognition was asked for; returns partial ones that it makes needless.
    pub(crate) fn asked(&mut self, effect: EffectId, asked: Asked) -> Vec<EffectId> {
        let mut void = Vec::new();
        if asked.hearing != Hearing::Partial {
            let id = asked.utterance;
            self.asked.retain(|&other, a| {
                let keep = a.utterance != id || a.hearing != Hearing::Partial;
                if !keep {
                    void.push(other);
                }
                keep
            });
        }
        if let Some(utterance) = self.utterances.get_mut(&asked.utterance) {
            utterance.seconds = asked.audio.len() as f64 / f64::from(EAR_RATE_HZ);
            utterance.sound = Some(asked.audio.clone());
        }
        self.asked.insert(effect, asked);
        void
    }

    /// A recognition answered; `None` when it is stale.
    pub(crate) fn answered(&mut self, effect: EffectId) -> Option<Asked> {
        let asked = self.asked.remove(&effect)?;
        let current = self.utterances.get(&asked.utterance)?.revision;
        (asked.hearing == Hearing::Partial || asked.revision == current).then_some(asked)
    }

    /// A score was asked for.
    pub(crate) fn scoring(&mut self, effect: EffectId, id: UtteranceId, revision: u32) {
        self.scoring.insert(effect, (id, revision));
    }

    /// A score arrived.
    pub(crate) fn scored(&mut self, effect: EffectId) -> Option<(UtteranceId, u32)> {
        self.scoring.remove(&effect)
    }

    /// The caller went on: what was asked for older revisions is void.
    pub(crate) fn resumed(&mut self, id: UtteranceId, revision: u32) -> Vec<EffectId> {
        if let Some(utterance) = self.utterances.get_mut(&id) {
            utterance.revision = revision;
            utterance.standing = None;
        }
        self.void(|asked_of, asked_revision| asked_of == id && asked_revision < revision)
    }

    /// The endpoint of the utterance is committed; returns its item, and whether its transcript is known.
    pub(crate) fn ended(&mut self, id: UtteranceId, endpoint: Endpoint) -> Option<(String, bool)> {
        if self.speaking == Some(id) {
            self.speaking = None;
        }
        let utterance = self.utterances.get_mut(&id)?;
        utterance.endpoint = Some(endpoint);
        let known = utterance.standing.as_ref().is_some_and(|(revision, _)| *revision == endpoint.revision);
        Some((utterance.item.clone(), known))
    }

    /// The utterance is dealt with: forget it; returns effects that are no longer wanted.
    pub(crate) fn forget(&mut self, id: UtteranceId) -> Vec<EffectId> {
        if self.speaking == Some(id) {
            self.speaking = None;
        }
        self.utterances.remove(&id);
        self.void(|asked_of, _| asked_of == id)
    }

    /// Forgets everything; the session is over.
    pub(crate) fn close(&mut self) -> Vec<EffectId> {
        self.utterances.clear();
        self.speaking = None;
        self.void(|_, _| true)
    }

    fn void(&mut self, which: impl Fn(UtteranceId, u32) -> bool) -> Vec<EffectId> {
        let mut void = Vec::new();
        self.asked.retain(|&effect, asked| {
            let keep = !which(asked.utterance, asked.revision);
            if !keep {
                void.push(effect);
            }
            keep
        });
        self.scoring.retain(|&effect, &mut (id, revision)| {
            let keep = !which(id, revision);
            if !keep {
                void.push(effect);
            }
            keep
        });
        void
    }
}
