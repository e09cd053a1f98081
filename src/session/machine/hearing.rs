//! The joint's other half: from what was recognised to a turn of the conversation, and what runs ahead of it. One machine with `machine.rs`.

use crate::session::event::{EffectId, Failure, Interruptible, Transcript};
use crate::session::machine::Machine;
use crate::session::machine::ahead::Ahead;
use crate::session::machine::ask::Ask;
use crate::session::machine::listener::Asked;
use crate::session::machine::shape;
use crate::session::machine::tasks::{self, Task};
use agent::dialogue::{Input as Word, Output as Wish};
use media::call::{Hearing, Input as Ear, Judgement};
use media::transcript::{EarAudio, UtteranceId};
use serde_json::json;
use std::time::Instant;

impl Machine {
    pub(crate) fn heard(&mut self, now: Instant, id: EffectId, result: Result<Transcript, Failure>) {
        let Some(asked) = self.listener.answered(id) else { return };
        match (result, asked.hearing) {
            (Ok(transcript), Hearing::Partial) => self.heard_in_part(&asked, &transcript.text),
            (Ok(transcript), Hearing::Speculative | Hearing::Final) => {
                if let Some(utterance) = self.listener.get(asked.utterance) {
                    utterance.tokens = transcript.tokens;
                }
                self.heard_whole(now, &asked, transcript.text);
            }
            (Err(_), Hearing::Partial) => self.dispatch.count("partial_shed"),
            (Err(_), Hearing::Speculative | Hearing::Final) if !asked.again => {
                self.dispatch.count("recognition_retried");
                self.hear(Asked { hearing: Hearing::Final, again: true, ..asked });
            }
            (Err(_), Hearing::Speculative | Hearing::Final) => {
                self.dispatch.count("recognition_failed");
                self.listener.get(asked.utterance).into_iter().for_each(|utterance| utterance.tokens.clear());
                if self.desk.settings.tells_transcripts()
                    && let Some(utterance) = self.listener.get(asked.utterance)
                {
                    let item = utterance.item.clone();
                    self.wire.transcription_failed(&item);
                }
                self.heard_whole(now, &asked, String::new());
            }
        }
    }

    pub(crate) fn heard_in_part(&mut self, asked: &Asked, text: &str) {
        let judgement = self.judge(text);
        let Some(utterance) = self.listener.get(asked.utterance) else { return };
        let item = utterance.item.clone();
        if let Some(delta) = utterance.caption.guess(text)
            && self.desk.settings.tells_transcripts()
        {
            self.wire.transcription_delta(&item, &delta);
        }
        self.wire.send("voxfare.partial", json!({ "item_id": item, "text": text }));
        let (utterance, revision) = (asked.utterance, asked.revision);
        self.ears.push_back(Ear::Words { utterance, revision, judgement });
    }

    pub(crate) fn heard_whole(&mut self, now: Instant, asked: &Asked, text: String) {
        let judgement = self.judge(&text);
        let (id, revision) = (asked.utterance, asked.revision);
        let Some(utterance) = self.listener.get(id) else { return };
        utterance.standing = Some((revision, text.clone()));
        let item = utterance.item.clone();
        let ended = utterance.endpoint.is_some_and(|endpoint| endpoint.revision == revision);
        self.times.transcript(now, asked.hearing == Hearing::Speculative);
        if ended {
            return self.conclude(now, id);
        }
        self.wire.send("voxfare.partial", json!({ "item_id": item, "text": text }));
        self.ears.push_back(Ear::Words { utterance: id, revision, judgement });
        let decided = !self.desk.settings.manner.silent && self.is_plain(&text);
        if decided && !matches!(judgement, Judgement::Nothing | Judgement::Backchannel | Judgement::Unfinished) {
            self.go_ahead(now, id, revision, text);
        }
    }

    pub(crate) fn judge(&self, text: &str) -> Judgement {
        shape::judgement(self.dialogue.completeness(text))
    }

    pub(crate) fn hear(&mut self, asked: Asked) {
        let id = self.dispatch.run(Interruptible::Hear {
            audio: asked.audio.clone(),
            hearing: asked.hearing,
            language: self.desk.settings.language.clone(),
            prompt: self.desk.settings.hint(),
        });
        let void = self.listener.asked(id, asked);
        self.dispatch.cancel(void);
    }

    pub(crate) fn score(&mut self, utterance: UtteranceId, revision: u32, audio: EarAudio) {
        let id = self.dispatch.run(Interruptible::Score { audio });
        self.listener.scoring(id, utterance, revision);
    }

    /// The endpoint and the transcript of it are both there: the caller's turn becomes part of the conversation.
    pub(crate) fn conclude(&mut self, now: Instant, id: UtteranceId) {
        let Some(utterance) = self.listener.get(id) else { return };
        let (item, seconds) = (utterance.item.clone(), utterance.seconds);
        let (sound, tokens) = (utterance.sound.take(), std::mem::take(&mut utterance.tokens));
        let Some((revision, text)) = utterance.standing.clone() else { return };
        let void = self.listener.forget(id);
        self.dispatch.cancel(void);
        if self.desk.settings.tells_segments() {
            self.wire.transcription_segment(&item, &text, seconds);
        }
        self.wire.understood(&item, &text);
        if let Some(sound) = sound {
            self.recordings.keep(&item, &sound);
        }
        if self.desk.settings.tells_transcripts() {
            let tokens = self.desk.settings.tells_logprobs().then_some(tokens.as_slice());
            self.wire.transcription_completed(&item, &text, seconds, tokens);
        }
        self.dispatch.next_turn();
        self.speaker.order(None);
        // Who speaks on after a goodbye has not left.
        self.hang_up_when_quiet &= text.trim().is_empty();
        if !self.is_plain(&text) {
            return self.answer_later(item, text);
        }
        match self.ahead.take() {
            Some(ahead) if ahead.utterance == id && ahead.revision == revision && !self.guess_again => {
                self.commit_ahead(now, ahead);
            }
            other => {
                self.ahead = other;
                self.drop_ahead();
                self.tell(now, Word::Heard { text });
            }
        }
    }

    /// The words are answered as they are: nothing else stands unanswered, and none of the client's functions is called for.
    pub(crate) fn is_plain(&self, text: &str) -> bool {
        let settings = &self.desk.settings;
        settings.answers_turns() && !self.desk.owes() && self.wanted(text, &Ask::default(), &self.dialogue).is_none()
    }

    /// The words of a turn that is answered when the client asks, or otherwise than in words.
    pub(crate) fn answer_later(&mut self, item: String, text: String) {
        self.drop_ahead();
        let answers = self.desk.settings.answers_turns() && !text.trim().is_empty();
        self.desk.heard(item, text, answers);
        self.release_waiting();
    }

    /// Responses that waited for words are given once no words are awaited any more.
    pub(crate) fn release_waiting(&mut self) {
        if !self.listener.is_awaiting() && !self.recordings.is_awaiting() {
            self.asked.extend(self.desk.no_longer_waits());
        }
    }

    // Running ahead of the endpoint.

    pub(crate) fn go_ahead(&mut self, now: Instant, utterance: UtteranceId, revision: u32, text: String) {
        self.drop_ahead();
        let mut dialogue = self.dialogue.clone();
        dialogue.handle(self.presence.since(now), Word::Heard { text: text.clone() });
        self.ahead = Some(Ahead::new(utterance, revision, text, dialogue));
        self.drain_ahead(now);
    }

    pub(crate) fn drain_ahead(&mut self, now: Instant) {
        let Some(mut ahead) = self.ahead.take() else { return };
        while let Some(wish) = ahead.dialogue.poll() {
            match wish {
                Wish::Say(say) => {
                    self.times.token(now);
                    self.speaker.push_ahead(say);
                }
                Wish::Do { call, tool } if tool.durable().is_none() => {
                    let id = self.dispatch.call(tool.clone());
                    self.tasks.began(id, Task { call, tool, since: now, ahead: true });
                }
                Wish::Cancel { call } => match self.tasks.cancel_ahead(call) {
                    Some((id, _)) => self.dispatch.cancel(vec![id]),
                    None => ahead.held.push(Wish::Cancel { call }),
                },
                // The deadline is read from its dialogue.
                Wish::Timeout(_) => {}
                other @ (Wish::Do { .. } | Wish::Show(_) | Wish::HangUp | Wish::Pace(_)) => ahead.held.push(other),
            }
        }
        self.ahead = Some(ahead);
    }

    pub(crate) fn drop_ahead(&mut self) {
        self.guess_again = false;
        if self.ahead.take().is_some() {
            let mut void = self.speaker.drop_ahead();
            void.extend(self.tasks.drop_ahead());
            self.dispatch.cancel(void);
        }
    }

    pub(crate) fn commit_ahead(&mut self, now: Instant, ahead: Ahead) {
        let Ahead { dialogue, held, finished, .. } = ahead;
        self.dialogue = dialogue;
        for (task, at, result) in &finished {
            self.task_event(task.since, task, "started");
            self.task_event(*at, task, tasks::state_of(result));
        }
        for task in self.tasks.commit_ahead() {
            self.task_event(now, &task, "started");
        }
        let dropped = self.speaker.commit_ahead(&mut self.wire);
        self.dropped(now, dropped);
        for wish in held {
            self.wish(now, wish);
        }
    }
}
