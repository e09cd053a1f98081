//! The joint: one call and one dialogue wired together, as a pure machine. It never waits, never reads a clock, and knows no provider.

mod ahead;
mod caption;
mod client;
mod dispatch;
mod listener;
mod manner;
mod post;
mod presence;
mod setup;
mod shape;
mod speaker;
mod tasks;
mod timing;
mod wire;

pub use setup::Setup;

use crate::session::event::{EffectId, EndReason, Failure, Input, Interruptible, Outcome, Output, Transcript, Turn};
use agent::dialogue::{Dialogue, Input as Word, Output as Wish, Say};
use agent::tool::ToolResult;
use ahead::Ahead;
use client::Request;
use dispatch::Dispatch;
use listener::{Asked, Endpoint, Listener};
use manner::Manner;
use media::call::{Call, Hearing, Input as Ear, Judgement, Output as Heed};
use media::transcript::{EarAudio, Heard, ItemId, UtteranceId};
use post::Post;
use presence::Presence;
use serde_json::{Value, json};
use speaker::{ClauseJob, Dropped, Speaker};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use tasks::{Task, Tasks};
use timing::TurnTimes;
use wire::{ResponseEnd, Wire};

/// Steps one input may cause before the machine is certain to have gone in a circle.
const STEPS_MAX: usize = 10_000;

/// One session: [`Machine::handle`] one input, then [`Machine::poll`] to [`Output::Timeout`].
pub struct Machine {
    setup: Setup,
    manner: Manner,
    instructions: String,
    presence: Presence,
    post: Post,
    call: Call,
    dialogue: Dialogue,
    ahead: Option<Ahead>,
    listener: Listener,
    speaker: Speaker,
    tasks: Tasks,
    wire: Wire,
    times: TurnTimes,
    dispatch: Dispatch,
    ears: VecDeque<Ear>,
    typed: Option<String>,
    call_wakes: Option<Instant>,
    floor_taken: bool,
    hang_up_when_quiet: bool,
    guess_again: bool,
    cut: Vec<Heard>,
    ended: bool,
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Machine")
            .field("id", &self.setup.id)
            .field("turn", &self.dispatch.turn())
            .finish_non_exhaustive()
    }
}

impl Machine {
    /// A session that begins at `now` with its leg and its conversation.
    pub fn new(setup: Setup, call: Call, dialogue: Dialogue, now: Instant) -> Self {
        let wire = Wire::new(&setup.id);
        let presence = Presence::new(now, setup.resume_within, setup.session_max);
        Self {
            manner: Manner::new(setup.voice.clone()),
            setup,
            instructions: String::new(),
            presence,
            post: Post::default(),
            call,
            dialogue,
            ahead: None,
            listener: Listener::default(),
            speaker: Speaker::default(),
            tasks: Tasks::default(),
            wire,
            times: TurnTimes::default(),
            dispatch: Dispatch::default(),
            ears: VecDeque::new(),
            typed: None,
            call_wakes: None,
            floor_taken: false,
            hang_up_when_quiet: false,
            guess_again: false,
            cut: Vec::new(),
            ended: false,
        }
    }

    /// Takes one input. Nothing is done after the session has ended.
    pub fn handle(&mut self, now: Instant, input: Input) {
        if self.ended {
            return;
        }
        match input {
            Input::Attached { resumed } => self.attached(now, resumed),
            Input::ControlOpen => self.control_open(now),
            Input::Detached => self.detached(now),
            Input::Media(packet) => self.ears.push_back(Ear::Packet(packet)),
            Input::Control(text) => self.control(now, &text),
            Input::Link(link) => {
                self.ears.extend(link.peer_loss_percent.map(Ear::Lost));
                self.wire.network(now, link);
            }
            Input::Effect { id, outcome } => self.outcome(now, id, outcome),
            Input::Drain { within } => self.drain(now, within),
            Input::HangUp => self.end(EndReason::HungUp),
            Input::Tick => self.tick(now),
        }
        self.settle(now);
    }

    /// What is to be done; ends with [`Output::Timeout`] and starts over after the next input.
    pub fn poll(&mut self) -> Output {
        self.dispatch.out.pop_front().unwrap_or_else(|| Output::Timeout(self.wakes()))
    }

    /// The session is over: every further input is ignored.
    pub fn is_over(&self) -> bool {
        self.ended
    }

    /// The dialogue as it stands, for snapshots and properties.
    pub fn dialogue(&self) -> &Dialogue {
        &self.dialogue
    }

    // Transport.

    fn attached(&mut self, now: Instant, resumed: bool) {
        self.post.close();
        self.ears.push_back(Ear::Attached);
        if self.presence.came() || resumed {
            self.tell(now, Word::CallerBack);
        }
    }

    fn control_open(&mut self, now: Instant) {
        let first = self.post.open();
        let session = self.session_object();
        self.wire.session(if first { "session.created" } else { "session.updated" }, &session);
        self.wire.resume(&self.setup.resume_token, self.setup.resume_expires_at, !first);
        if first {
            // What was told before there was a channel, as a drain, comes after the session's own event.
            self.post.put_first(self.wire.take());
            self.tell(now, Word::Opened);
        }
    }

    fn detached(&mut self, now: Instant) {
        self.post.close();
        if self.presence.went(now) {
            self.ears.push_back(Ear::Detached);
            self.tell(now, Word::CallerLeft);
        }
    }

    fn drain(&mut self, now: Instant, within: Duration) {
        if self.presence.drain(now, within) {
            self.wire.send("voxfare.draining", json!({ "deadline_s": within.as_secs() }));
        }
    }

    fn tick(&mut self, now: Instant) {
        if let Some(reason) = self.presence.over(now) {
            return self.end(reason);
        }
        if self.call_wakes.is_some_and(|at| now >= at) {
            self.ears.push_back(Ear::Tick);
        }
        self.tell(now, Word::Tick);
        if let Some(mut ahead) = self.ahead.take() {
            ahead.dialogue.handle(self.presence.since(now), Word::Tick);
            self.ahead = Some(ahead);
            self.drain_ahead(now);
        }
    }

    fn end(&mut self, reason: EndReason) {
        if self.ended {
            return;
        }
        self.ended = true;
        let mut effects = self.speaker.close_all(&mut self.wire);
        effects.extend(self.listener.close());
        effects.extend(self.tasks.interruptible());
        self.wire.send("voxfare.ended", json!({ "reason": reason.label() }));
        self.flush_events();
        self.dispatch.cancel(effects);
        self.dispatch.out.push_back(Output::Ended(reason));
    }

    // Client events.

    fn control(&mut self, now: Instant, text: &str) {
        let (event, request) = client::read(text);
        match request {
            Err(refusal) => self.wire.error(refusal.code, &refusal.message, refusal.param, event.as_deref()),
            Ok(Request::Update(update)) => {
                self.manner.update(&update);
                self.instructions = update.instructions.unwrap_or_else(|| std::mem::take(&mut self.instructions));
                let session = self.session_object();
                self.wire.session("session.updated", &session);
            }
            Ok(Request::ClearInput) => self.wire.send("input_audio_buffer.cleared", json!({})),
            Ok(Request::Typed { text, id }) => {
                let item = id.filter(|id| !id.is_empty() && id.len() <= 64).unwrap_or_else(|| self.wire.item());
                self.wire.user_item(&item, &json!([{ "type": "input_text", "text": text }]));
                self.typed = Some(text);
            }
            Ok(Request::Respond) => match self.typed.take() {
                Some(text) => self.answer_typed(now, text),
                None => self.wire.error("nothing_to_answer", "No message is unanswered.", None, event.as_deref()),
            },
            Ok(Request::Cancel | Request::ClearOutput) => self.stop_speaking(now),
            Ok(Request::Truncate { item, audio_end_ms }) => self.truncate(&item, audio_end_ms, event.as_deref()),
        }
    }

    fn answer_typed(&mut self, now: Instant, text: String) {
        self.dispatch.next_turn();
        self.stop_speaking(now);
        self.times.clear();
        self.settle(now);
        self.hang_up_when_quiet = false;
        self.tell(now, Word::Heard { text });
    }

    fn stop_speaking(&mut self, now: Instant) {
        let dropped = self.speaker.drop_waiting(&mut self.wire);
        self.dropped(now, dropped);
        self.ears.push_back(Ear::Cut);
    }

    fn truncate(&mut self, item: &str, audio_end_ms: u64, event: Option<&str>) {
        // Over WebRTC we know better than the client what was played: its number is a wish to stop, clamped by the ledger.
        if self.speaker.by_wire(item).is_some() {
            self.ears.push_back(Ear::Cut);
        } else if let Some(heard_ms) = self.speaker.heard_ms(item) {
            self.wire.truncated(item, audio_end_ms.min(heard_ms));
        } else {
            self.wire.error("item_not_found", "There is no such item in this conversation.", Some("item_id"), event);
        }
    }

    // Effects.

    fn outcome(&mut self, now: Instant, id: EffectId, outcome: Outcome) {
        match outcome {
            Outcome::Heard(result) => self.heard(now, id, result),
            Outcome::Scored(result) => {
                if let (Some((utterance, revision)), Ok(probability)) = (self.listener.scored(id), result) {
                    self.ears.push_back(Ear::TurnScore { utterance, revision, probability });
                }
            }
            Outcome::Piece(piece) => {
                if self.speaker.piece(id, piece) {
                    self.times.audio(now);
                }
            }
            Outcome::Spoken(result) => {
                if self.speaker.spoken(id, &result) && result.is_err() {
                    self.dispatch.count("voice_failed");
                }
            }
            Outcome::Answered(result) => self.answered(now, id, result),
        }
    }

    fn answered(&mut self, now: Instant, id: EffectId, result: Result<ToolResult, Failure>) {
        let Some(task) = self.tasks.answered(id, &result) else { return };
        let result = tasks::result_for_dialogue(&task, result);
        if task.ahead {
            if let Some(mut ahead) = self.ahead.take() {
                ahead
                    .dialogue
                    .handle(self.presence.since(now), Word::ToolDone { call: task.call, result: result.clone() });
                ahead.finished.push((task, now, result));
                self.ahead = Some(ahead);
                self.drain_ahead(now);
            }
            return;
        }
        self.task_event(now, &task, tasks::state_of(&result));
        self.tell(now, Word::ToolDone { call: task.call, result });
    }

    // Listening.

    fn heard(&mut self, now: Instant, id: EffectId, result: Result<Transcript, Failure>) {
        let Some(asked) = self.listener.answered(id) else { return };
        match (result, asked.hearing) {
            (Ok(transcript), Hearing::Partial) => self.heard_in_part(&asked, &transcript.text),
            (Ok(transcript), Hearing::Speculative | Hearing::Final) => self.heard_whole(now, &asked, transcript.text),
            (Err(_), Hearing::Partial) => self.dispatch.count("partial_shed"),
            (Err(_), Hearing::Speculative | Hearing::Final) if !asked.again => {
                self.dispatch.count("recognition_retried");
                self.hear(Asked { hearing: Hearing::Final, again: true, ..asked });
            }
            (Err(_), Hearing::Speculative | Hearing::Final) => {
                self.dispatch.count("recognition_failed");
                if let Some(utterance) = self.listener.get(asked.utterance) {
                    let item = utterance.item.clone();
                    self.wire.transcription_failed(&item);
                }
                self.heard_whole(now, &asked, String::new());
            }
        }
    }

    fn heard_in_part(&mut self, asked: &Asked, text: &str) {
        let judgement = self.judge(text);
        let Some(utterance) = self.listener.get(asked.utterance) else { return };
        let item = utterance.item.clone();
        if let Some(delta) = utterance.caption.guess(text) {
            self.wire.transcription_delta(&item, &delta);
        }
        self.wire.send("voxfare.partial", json!({ "item_id": item, "text": text }));
        let (utterance, revision) = (asked.utterance, asked.revision);
        self.ears.push_back(Ear::Words { utterance, revision, judgement });
    }

    fn heard_whole(&mut self, now: Instant, asked: &Asked, text: String) {
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
        if !matches!(judgement, Judgement::Nothing | Judgement::Backchannel | Judgement::Unfinished) {
            self.go_ahead(now, id, revision, text);
        }
    }

    fn judge(&self, text: &str) -> Judgement {
        shape::judgement(self.dialogue.completeness(text))
    }

    fn hear(&mut self, asked: Asked) {
        let id = self.dispatch.run(Interruptible::Hear {
            audio: asked.audio.clone(),
            hearing: asked.hearing,
            language: self.setup.language.clone(),
            prompt: self.setup.prompt.clone(),
        });
        let void = self.listener.asked(id, asked);
        self.dispatch.cancel(void);
    }

    fn score(&mut self, utterance: UtteranceId, revision: u32, audio: EarAudio) {
        let id = self.dispatch.run(Interruptible::Score { audio });
        self.listener.scoring(id, utterance, revision);
    }

    /// The endpoint and the transcript of it are both there: the caller's turn becomes part of the conversation.
    fn conclude(&mut self, now: Instant, id: UtteranceId) {
        let Some(utterance) = self.listener.get(id) else { return };
        let (item, seconds) = (utterance.item.clone(), utterance.seconds);
        let Some((revision, text)) = utterance.standing.clone() else { return };
        let void = self.listener.forget(id);
        self.dispatch.cancel(void);
        self.wire.transcription_completed(&item, &text, seconds);
        self.dispatch.next_turn();
        // Who speaks on after a goodbye has not left.
        self.hang_up_when_quiet &= text.trim().is_empty();
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

    // Running ahead of the endpoint.

    fn go_ahead(&mut self, now: Instant, utterance: UtteranceId, revision: u32, text: String) {
        self.drop_ahead();
        let mut dialogue = self.dialogue.clone();
        dialogue.handle(self.presence.since(now), Word::Heard { text: text.clone() });
        self.ahead = Some(Ahead::new(utterance, revision, text, dialogue));
        self.drain_ahead(now);
    }

    fn drain_ahead(&mut self, now: Instant) {
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

    fn drop_ahead(&mut self) {
        self.guess_again = false;
        if self.ahead.take().is_some() {
            let mut void = self.speaker.drop_ahead();
            void.extend(self.tasks.drop_ahead());
            self.dispatch.cancel(void);
        }
    }

    fn commit_ahead(&mut self, now: Instant, ahead: Ahead) {
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

    // The dialogue's wishes.

    fn tell(&mut self, now: Instant, word: Word) {
        let mut changed = !matches!(word, Word::Tick | Word::FloorFree | Word::FloorTaken);
        self.dialogue.handle(self.presence.since(now), word);
        while let Some(wish) = self.dialogue.poll() {
            changed = true;
            self.wish(now, wish);
        }
        // A branch is a clone of what the conversation was: it is made anew when that has changed.
        self.guess_again |= changed;
    }

    fn wish(&mut self, now: Instant, wish: Wish) {
        match wish {
            Wish::Say(say) => self.say(now, say),
            Wish::Do { call, tool } => self.act(now, Task { call, tool, since: now, ahead: false }),
            Wish::Cancel { call } => {
                if let Some((id, task)) = self.tasks.cancel(call) {
                    self.dispatch.cancel(vec![id]);
                    self.task_event(now, &task, "cancelled");
                }
            }
            Wish::Show(card) => self.wire.card(&card),
            Wish::HangUp => self.hang_up_when_quiet = true,
            Wish::Pace(speed) => self.manner.pace(speed),
            // The deadline is read from the dialogue when the step is over.
            Wish::Timeout(_) => {}
        }
    }

    fn say(&mut self, now: Instant, say: Say) {
        self.times.token(now);
        let dropped = self.speaker.push(say, &mut self.wire);
        self.dropped(now, dropped);
    }

    fn act(&mut self, now: Instant, task: Task) {
        self.task_event(now, &task, "started");
        let id = self.dispatch.call(task.tool.clone());
        self.tasks.began(id, task);
    }

    fn task_event(&mut self, now: Instant, task: &Task, state: &str) {
        self.wire.send("voxfare.task", tasks::event(&self.setup.id, now, task, state));
    }

    fn dropped(&mut self, now: Instant, dropped: Dropped) {
        self.dispatch.cancel(dropped.effects);
        self.ears.extend(dropped.items.into_iter().map(Ear::Drop));
        for fate in dropped.fates {
            self.tell(now, Word::Said { say: fate.say, heard_bytes: fate.heard_bytes, dropped: fate.dropped });
        }
    }

    // The call.

    /// Runs call, voice and dialogue until nothing more happens at `now`.
    fn settle(&mut self, now: Instant) {
        for _ in 0..STEPS_MAX {
            if self.ended {
                return;
            }
            if let Some(ear) = self.ears.pop_front() {
                self.call.handle(now, ear);
                self.drain_call(now);
                continue;
            }
            if self.guess_again {
                self.guess_again = false;
                if let Some(Ahead { utterance, revision, text, .. }) = &self.ahead {
                    let (utterance, revision, text) = (*utterance, *revision, text.clone());
                    self.go_ahead(now, utterance, revision, text);
                }
            }
            self.speak_next();
            let floor_free = !self.listener.floor_is_callers() && !self.presence.is_away();
            let speech = self.speaker.release(floor_free, &mut self.wire);
            self.ears.extend(speech.into_iter().map(Ear::Play));
            self.floor(now);
            if self.ears.is_empty() && !self.guess_again {
                break;
            }
        }
        if self.hang_up_when_quiet && self.speaker.is_quiet() && !self.tasks.owes() {
            return self.end(EndReason::Goodbye);
        }
        self.flush_events();
    }

    fn speak_next(&mut self) {
        if let Some(ClauseJob { item, text, manner }) = self.speaker.next_job(&self.manner) {
            let Manner { voice, speed } = manner;
            let id = self.dispatch.run(Interruptible::Speak { text, voice, speed });
            self.speaker.started(item, id);
        }
    }

    fn floor(&mut self, now: Instant) {
        let taken = self.listener.floor_is_callers() || !self.speaker.is_quiet();
        if taken != self.floor_taken {
            self.floor_taken = taken;
            self.tell(now, if taken { Word::FloorTaken } else { Word::FloorFree });
        }
    }

    fn drain_call(&mut self, now: Instant) {
        loop {
            let heed = self.call.poll();
            if let Heed::Interrupted(heard) = heed {
                // One cut may end several items: they are told together, before anything that follows from it.
                self.cut.push(heard);
                continue;
            }
            self.interrupted(now);
            if let Heed::Timeout(at) = heed {
                self.call_wakes = at;
                return;
            }
            self.heed(now, heed);
        }
    }

    fn heed(&mut self, now: Instant, heed: Heed) {
        match heed {
            Heed::Packet(packet) => {
                // What was told of a sound leaves before the sound.
                self.flush_events();
                self.dispatch.out.push_back(Output::Media(packet));
            }
            Heed::SpeechStarted { utterance, at } => {
                let item = self.wire.item();
                self.wire.speech_started(&item, at);
                let void = self.listener.began(utterance, item);
                self.dispatch.cancel(void);
            }
            Heed::Transcribe { utterance, revision, hearing, audio } => {
                self.hear(Asked { utterance, revision, hearing, audio, again: false });
            }
            Heed::ScoreTurn { utterance, revision, audio } => self.score(utterance, revision, audio),
            Heed::Resumed { utterance, revision } => {
                let void = self.listener.resumed(utterance, revision);
                self.dispatch.cancel(void);
                self.drop_ahead();
            }
            Heed::Ended { utterance, revision, speech_end, speech_end_at } => {
                self.utterance_ended(now, utterance, Endpoint { revision, speech_end, speech_end_at });
            }
            Heed::Discarded { utterance } => self.utterance_discarded(utterance),
            Heed::PlayStarted { item } => self.play_started(now, item),
            Heed::Played(heard) => self.playout(heard.item, Some(heard.text_bytes), "playing"),
            Heed::Paused(heard) => self.playout(heard.item, Some(heard.text_bytes), "paused"),
            Heed::PlayResumed { item } => self.playout(item, None, "playing"),
            Heed::PlayDone(heard) => self.play_done(now, &heard),
            Heed::Dropped { what } => self.dispatch.count(what),
            // The last two are taken where the call is drained.
            Heed::SpeechStopped { .. } | Heed::Interrupted(_) | Heed::Timeout(_) => {}
        }
    }

    fn utterance_ended(&mut self, now: Instant, id: UtteranceId, endpoint: Endpoint) {
        let Some((item, is_known)) = self.listener.ended(id, endpoint) else { return };
        self.times.endpoint(Turn(self.dispatch.turn().0 + 1), endpoint.speech_end_at, now);
        self.wire.speech_stopped(&item, endpoint.speech_end);
        self.wire.committed(&item);
        if is_known {
            self.conclude(now, id);
        }
    }

    fn utterance_discarded(&mut self, id: UtteranceId) {
        let void = self.listener.forget(id);
        self.dispatch.cancel(void);
        if self.ahead.as_ref().is_some_and(|ahead| ahead.utterance == id) {
            self.drop_ahead();
        }
        self.times.clear();
        self.wire.send("input_audio_buffer.cleared", json!({}));
    }

    fn play_started(&mut self, now: Instant, item: ItemId) {
        let Some((say, ids)) = self.speaker.lookup(item) else { return };
        let (expects, ids) = (say.expects, ids.clone());
        self.wire.output_started(&ids);
        self.ears.push_back(Ear::Expect(shape::expect(expects)));
        if let Some(breakdown) = self.times.packet(now) {
            self.wire.latency(&ids, &breakdown);
            self.dispatch.out.push_back(Output::Measured(breakdown));
        }
    }

    fn playout(&mut self, item: ItemId, heard_bytes: Option<u32>, state: &str) {
        if let Some((say, ids, heard_bytes)) = self.speaker.progress(item, heard_bytes) {
            self.wire.playout(&ids.item, &say.text, heard_bytes, state);
        }
    }

    fn interrupted(&mut self, now: Instant) {
        if self.cut.is_empty() {
            return;
        }
        self.dispatch.next_turn();
        let cut = std::mem::take(&mut self.cut);
        let end = if self.listener.is_speaking() { ResponseEnd::TurnDetected } else { ResponseEnd::ClientCancelled };
        let dropped = self.speaker.interrupted(&cut, end, &mut self.wire);
        self.dropped(now, dropped);
    }

    fn play_done(&mut self, now: Instant, heard: &Heard) {
        let Some((fate, ids, say)) = self.speaker.finished(heard) else { return };
        self.wire.playout(&ids.item, &say.text, fate.heard_bytes, "done");
        self.wire.output_stopped(&ids);
        self.tell(now, Word::Said { say: fate.say, heard_bytes: fate.heard_bytes, dropped: false });
    }

    // Small matters.

    fn wakes(&self) -> Option<Instant> {
        if self.ended {
            return None;
        }
        let dialogue = self.dialogue.wakes().map(|at| self.presence.at(at));
        let ahead = self.ahead.as_ref().and_then(|ahead| ahead.dialogue.wakes()).map(|at| self.presence.at(at));
        [self.call_wakes, dialogue, ahead, self.presence.ends_at()].into_iter().flatten().min()
    }

    fn flush_events(&mut self) {
        self.post.send(self.wire.take(), &mut self.dispatch.out);
    }

    fn session_object(&self) -> Value {
        shape::session(&self.setup, &self.instructions, &self.manner)
    }
}
