//! The joint: one call and one dialogue wired together, as a pure machine. It never waits, never reads a clock, and knows no provider.

mod ahead;
mod caption;
mod client;
mod listener;
mod setup;
mod shape;
mod speaker;
mod tasks;
mod timing;
mod wire;

pub use setup::Setup;

use crate::session::event::{
    Durable, EffectId, EndReason, Failure, Input, Interruptible, Link, Outcome, Output, SpeechPiece, Transcript, Turn,
};
use agent::dialogue::{Dialogue, Input as Word, Output as Wish, Say};
use agent::tool::ToolResult;
use ahead::Ahead;
use client::Request;
use listener::{Asked, Endpoint, Listener};
use media::call::{Call, Hearing, Input as Ear, Judgement, Output as Heed};
use media::transcript::{EarAudio, Heard, UtteranceId};
use serde_json::{Value, json};
use speaker::{Dropped, Speaker};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use tasks::{Task, Tasks};
use timing::TurnTimes;
use wire::{ResponseEnd, Wire};

/// Steps one input may cause before the machine is certain to have gone in a circle.
const STEPS_MAX: usize = 10_000;
/// Network reports are passed on at most this often.
const LINK_EVERY: Duration = Duration::from_secs(2);

/// One session: [`Machine::handle`] one input, then [`Machine::poll`] to [`Output::Timeout`].
pub struct Machine {
    setup: Setup,
    speed: f32,
    instructions: String,
    born: Instant,
    call: Call,
    dialogue: Dialogue,
    ahead: Option<Ahead>,
    listener: Listener,
    speaker: Speaker,
    tasks: Tasks,
    wire: Wire,
    times: TurnTimes,
    turn: Turn,
    effects: u64,
    ears: VecDeque<Ear>,
    typed: Option<String>,
    out: VecDeque<Output>,
    call_wakes: Option<Instant>,
    greeted: bool,
    control_open: bool,
    pending_events: VecDeque<String>,
    floor_taken: bool,
    detached_since: Option<Instant>,
    drain_by: Option<Instant>,
    hang_up_when_quiet: bool,
    guess_again: bool,
    link_told: Option<Instant>,
    last_turn_audio_ms: u64,
    ended: bool,
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Machine").field("id", &self.setup.id).field("turn", &self.turn).finish_non_exhaustive()
    }
}

/// Server events kept while no control channel is open; past it the oldest are dropped and counted.
const EVENTS_KEPT_MAX: usize = 512;

impl Machine {
    /// A session that begins at `now` with its leg and its conversation.
    pub fn new(setup: Setup, call: Call, dialogue: Dialogue, now: Instant) -> Self {
        let wire = Wire::new(&setup.id);
        Self {
            setup,
            speed: 1.0,
            instructions: String::new(),
            born: now,
            call,
            dialogue,
            ahead: None,
            listener: Listener::default(),
            speaker: Speaker::default(),
            tasks: Tasks::default(),
            wire,
            times: TurnTimes::default(),
            turn: Turn(0),
            effects: 0,
            ears: VecDeque::new(),
            typed: None,
            out: VecDeque::new(),
            call_wakes: None,
            greeted: false,
            control_open: false,
            pending_events: VecDeque::new(),
            floor_taken: false,
            detached_since: None,
            drain_by: None,
            hang_up_when_quiet: false,
            guess_again: false,
            link_told: None,
            last_turn_audio_ms: 0,
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
            Input::Link(link) => self.link(now, link),
            Input::Effect { id, outcome } => self.outcome(now, id, outcome),
            Input::Drain { within } => self.drain(now, within),
            Input::HangUp => self.end(EndReason::HungUp),
            Input::Tick => self.tick(now),
        }
        self.settle(now);
    }

    /// What is to be done; ends with [`Output::Timeout`] and starts over after the next input.
    pub fn poll(&mut self) -> Output {
        self.out.pop_front().unwrap_or_else(|| Output::Timeout(self.wakes()))
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
        self.control_open = false;
        self.ears.push_back(Ear::Attached);
        if self.detached_since.take().is_some() || resumed {
            self.tell(now, Word::CallerBack);
        }
    }

    fn control_open(&mut self, now: Instant) {
        self.control_open = true;
        let session = self.session_object();
        let resumed = self.greeted;
        self.wire.session(if resumed { "session.updated" } else { "session.created" }, &session);
        self.wire.resume(&self.setup.resume_token, self.setup.resume_expires_at, resumed);
        if !self.greeted {
            self.greeted = true;
            self.tell(now, Word::Opened);
        }
    }

    fn detached(&mut self, now: Instant) {
        self.control_open = false;
        if self.detached_since.is_none() {
            self.detached_since = Some(now);
            self.ears.push_back(Ear::Detached);
            self.tell(now, Word::CallerLeft);
        }
    }

    fn link(&mut self, now: Instant, link: Link) {
        if self.link_told.is_none_or(|told| now.saturating_duration_since(told) >= LINK_EVERY) {
            self.link_told = Some(now);
            self.wire.network(link);
        }
    }

    fn drain(&mut self, now: Instant, within: Duration) {
        if self.drain_by.is_none() {
            self.drain_by = Some(now + within);
            self.wire.send("voxfare.draining", json!({ "deadline_s": within.as_secs() }));
        }
    }

    fn tick(&mut self, now: Instant) {
        if self.detached_since.is_some_and(|since| now.saturating_duration_since(since) >= self.setup.resume_within) {
            return self.end(EndReason::Abandoned);
        }
        if self.drain_by.is_some_and(|by| now >= by) {
            return self.end(EndReason::Drained);
        }
        if now.saturating_duration_since(self.born) >= self.setup.session_max {
            return self.end(EndReason::TooLong);
        }
        if self.call_wakes.is_some_and(|at| now >= at) {
            self.ears.push_back(Ear::Tick);
        }
        self.tell(now, Word::Tick);
        if let Some(mut ahead) = self.ahead.take() {
            ahead.dialogue.handle(self.since(now), Word::Tick);
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
        self.out.extend(effects.into_iter().map(Output::Cancel));
        self.out.push_back(Output::Ended(reason));
    }

    // Client events.

    fn control(&mut self, now: Instant, text: &str) {
        let (event, request) = client::read(text);
        match request {
            Err(refusal) => self.wire.error(refusal.code, &refusal.message, refusal.param, event.as_deref()),
            Ok(Request::Update(update)) => {
                self.setup.voice = update.voice.unwrap_or_else(|| std::mem::take(&mut self.setup.voice));
                self.speed = update.speed.unwrap_or(self.speed);
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
                None => self.wire.error(
                    "nothing_to_answer",
                    "There is no new user message to answer.",
                    None,
                    event.as_deref(),
                ),
            },
            Ok(Request::Cancel | Request::ClearOutput) => self.stop_speaking(now),
            Ok(Request::Truncate { item, audio_end_ms }) => self.truncate(&item, audio_end_ms, event.as_deref()),
        }
    }

    fn answer_typed(&mut self, now: Instant, text: String) {
        self.turn.0 += 1;
        self.stop_speaking(now);
        self.times.clear();
        self.settle(now);
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
        } else if item.starts_with("item_") {
            self.wire.truncated(item, audio_end_ms.min(self.last_turn_audio_ms));
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
            Outcome::Piece(piece) => self.piece(now, id, piece),
            Outcome::Spoken(result) => {
                if result.is_err() {
                    self.out.push_back(Output::Count("voice_failed"));
                }
                self.speaker.spoken(id, &result);
            }
            Outcome::Answered(result) => self.answered(now, id, result),
        }
    }

    fn piece(&mut self, now: Instant, id: EffectId, piece: SpeechPiece) {
        if self.speaker.piece(id, piece) {
            self.times.audio(now);
        }
    }

    fn answered(&mut self, now: Instant, id: EffectId, result: Result<ToolResult, Failure>) {
        let Some(task) = self.tasks.answered(id, &result) else { return };
        let result = tasks::result_for_dialogue(&task, result);
        if task.ahead {
            if let Some(mut ahead) = self.ahead.take() {
                ahead.dialogue.handle(self.since(now), Word::ToolDone { call: task.call, result: result.clone() });
                ahead.finished.push((task, now, result));
                self.ahead = Some(ahead);
                self.drain_ahead(now);
            }
            return;
        }
        self.task_event(now, &task, tasks::state_of(&result));
        self.guess_again = true;
        self.tell(now, Word::ToolDone { call: task.call, result });
    }

    // Listening.

    fn heard(&mut self, now: Instant, id: EffectId, result: Result<Transcript, Failure>) {
        let Some(asked) = self.listener.answered(id) else { return };
        match (result, asked.hearing) {
            (Ok(transcript), Hearing::Partial) => self.heard_in_part(&asked, &transcript.text),
            (Ok(transcript), Hearing::Speculative | Hearing::Final) => self.heard_whole(now, &asked, transcript.text),
            (Err(_), Hearing::Partial) => self.out.push_back(Output::Count("partial_shed")),
            (Err(_), Hearing::Speculative | Hearing::Final) if !asked.again => {
                self.out.push_back(Output::Count("recognition_retried"));
                self.hear(Asked { hearing: Hearing::Final, again: true, ..asked });
            }
            (Err(_), Hearing::Speculative | Hearing::Final) => {
                self.out.push_back(Output::Count("recognition_failed"));
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
        let id = self.next_effect();
        let job = Interruptible::Hear {
            audio: asked.audio.clone(),
            hearing: asked.hearing,
            language: self.setup.language.clone(),
            prompt: self.setup.prompt.clone(),
        };
        self.out.push_back(Output::Run(id, self.turn, job));
        let void = self.listener.asked(id, asked);
        self.cancel(void);
    }

    fn score(&mut self, utterance: UtteranceId, revision: u32, audio: EarAudio) {
        let id = self.next_effect();
        self.listener.scoring(id, utterance, revision);
        self.out.push_back(Output::Run(id, self.turn, Interruptible::Score { audio }));
    }

    /// The endpoint and the transcript of it are both there: the caller's turn becomes part of the conversation.
    fn conclude(&mut self, now: Instant, id: UtteranceId) {
        let Some(utterance) = self.listener.get(id) else { return };
        let (item, seconds) = (utterance.item.clone(), utterance.seconds);
        let Some((revision, text)) = utterance.standing.clone() else { return };
        let void = self.listener.forget(id);
        self.cancel(void);
        self.wire.transcription_completed(&item, &text, seconds);
        self.turn.0 += 1;
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
        dialogue.handle(self.since(now), Word::Heard { text: text.clone() });
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
                    let id = self.next_effect();
                    self.tasks.began(id, Task { call, tool: tool.clone(), since: now, ahead: true });
                    self.out.push_back(Output::Run(id, self.turn, Interruptible::Ask { tool }));
                }
                Wish::Cancel { call } => match self.tasks.cancel_ahead(call) {
                    Some((id, _)) => self.out.push_back(Output::Cancel(id)),
                    None => ahead.held.push(Wish::Cancel { call }),
                },
                Wish::Timeout(at) => ahead.wakes = at,
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
            self.cancel(void);
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
        self.dialogue.handle(self.since(now), word);
        while let Some(wish) = self.dialogue.poll() {
            self.wish(now, wish);
        }
    }

    fn wish(&mut self, now: Instant, wish: Wish) {
        match wish {
            Wish::Say(say) => self.say(now, say),
            Wish::Do { call, tool } => self.act(now, Task { call, tool, since: now, ahead: false }),
            Wish::Cancel { call } => {
                if let Some((id, task)) = self.tasks.cancel(call) {
                    self.out.push_back(Output::Cancel(id));
                    self.task_event(now, &task, "cancelled");
                }
            }
            Wish::Show(card) => self.wire.card(&card),
            Wish::HangUp => self.hang_up_when_quiet = true,
            Wish::Pace(speed) => self.speed = speed.clamp(0.5, 1.5),
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
        let id = self.next_effect();
        self.task_event(now, &task, "started");
        let output = if task.tool.durable().is_some() {
            Output::Commit(id, Durable { tool: task.tool.clone() })
        } else {
            Output::Run(id, self.turn, Interruptible::Ask { tool: task.tool.clone() })
        };
        self.out.push_back(output);
        self.tasks.began(id, task);
    }

    fn task_event(&mut self, now: Instant, task: &Task, state: &str) {
        let id = format!("task_{}_{}", self.setup.id, task.call.0);
        let mut body = json!({ "task_id": id, "name": task.tool.name(), "state": state });
        if state == "started" {
            body["arguments"] = tasks::arguments(&task.tool);
        } else {
            body["ms"] = (now.saturating_duration_since(task.since).as_millis() as u64).into();
        }
        self.wire.send("voxfare.task", body);
    }

    fn dropped(&mut self, now: Instant, dropped: Dropped) {
        self.cancel(dropped.effects);
        self.ears.extend(dropped.items.into_iter().map(Ear::Drop));
        for fate in dropped.fates {
            self.guess_again = true;
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
            let floor_free = !self.listener.floor_is_callers() && self.detached_since.is_none();
            let speech = self.speaker.release(floor_free, &mut self.wire);
            self.ears.extend(speech.into_iter().map(Ear::Play));
            self.floor(now);
            if self.ears.is_empty() && !self.guess_again {
                break;
            }
        }
        if self.hang_up_when_quiet && self.speaker.is_quiet() && self.tasks.is_empty() {
            return self.end(EndReason::Goodbye);
        }
        self.flush_events();
    }

    fn speak_next(&mut self) {
        if let Some(job) = self.speaker.next_job() {
            let id = self.next_effect();
            self.speaker.started(job.item, id);
            let (voice, speed) = (self.setup.voice.clone(), self.speed);
            self.out.push_back(Output::Run(id, self.turn, Interruptible::Speak { text: job.text, voice, speed }));
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
            match self.call.poll() {
                Heed::Timeout(at) => {
                    self.call_wakes = at;
                    return;
                }
                heed => self.heed(now, heed),
            }
        }
    }

    fn heed(&mut self, now: Instant, heed: Heed) {
        match heed {
            Heed::Packet(packet) => self.out.push_back(Output::Media(packet)),
            Heed::SpeechStarted { utterance, at } => {
                let item = self.wire.item();
                self.wire.speech_started(&item, at);
                let void = self.listener.began(utterance, item);
                self.cancel(void);
            }
            Heed::SpeechStopped { .. } => {}
            Heed::Transcribe { utterance, revision, hearing, audio } => {
                self.hear(Asked { utterance, revision, hearing, audio, again: false });
            }
            Heed::ScoreTurn { utterance, revision, audio } => self.score(utterance, revision, audio),
            Heed::Resumed { utterance, revision } => {
                let void = self.listener.resumed(utterance, revision);
                self.cancel(void);
                self.drop_ahead();
            }
            Heed::Ended { utterance, revision, speech_end, speech_end_at } => {
                self.utterance_ended(now, utterance, Endpoint { revision, speech_end, speech_end_at });
            }
            Heed::Discarded { utterance } => self.utterance_discarded(utterance),
            Heed::PlayStarted { item } => self.play_started(now, item),
            Heed::Played(heard) => self.playout(&heard, "playing"),
            Heed::Paused(heard) => self.playout(&heard, "paused"),
            Heed::PlayResumed { item } => {
                if let Some((say, ids)) = self.speaker.lookup(item) {
                    self.wire.playout(&ids.item, &say.text, 0, "playing");
                }
            }
            Heed::Interrupted(heard) => self.interrupted(now, &heard),
            Heed::PlayDone(heard) => self.play_done(now, &heard),
            Heed::Dropped { what } => self.out.push_back(Output::Count(what)),
            Heed::Timeout(at) => self.call_wakes = at,
        }
    }

    fn utterance_ended(&mut self, now: Instant, id: UtteranceId, endpoint: Endpoint) {
        self.listener.ended(id, endpoint);
        let Some(utterance) = self.listener.get(id) else { return };
        let item = utterance.item.clone();
        let there = utterance.standing.as_ref().is_some_and(|(revision, _)| *revision == endpoint.revision);
        self.times.endpoint(Turn(self.turn.0 + 1), endpoint.speech_end_at, now);
        self.wire.speech_stopped(&item, endpoint.speech_end);
        self.wire.committed(&item);
        if there {
            self.conclude(now, id);
        }
    }

    fn utterance_discarded(&mut self, id: UtteranceId) {
        let void = self.listener.forget(id);
        self.cancel(void);
        if self.ahead.as_ref().is_some_and(|ahead| ahead.utterance == id) {
            self.drop_ahead();
        }
        self.times.clear();
        self.wire.send("input_audio_buffer.cleared", json!({}));
    }

    fn play_started(&mut self, now: Instant, item: media::transcript::ItemId) {
        let Some((say, ids)) = self.speaker.lookup(item) else { return };
        let (expects, ids) = (say.expects, ids.clone());
        self.wire.output_started(&ids);
        self.ears.push_back(Ear::Expect(shape::expect(expects)));
        if let Some(breakdown) = self.times.packet(now) {
            self.wire.latency(&ids, &breakdown);
            self.out.push_back(Output::Measured(breakdown));
        }
    }

    fn playout(&mut self, heard: &Heard, state: &str) {
        if let Some((say, ids)) = self.speaker.lookup(heard.item) {
            self.wire.playout(&ids.item, &say.text, heard.text_bytes as usize, state);
        }
    }

    fn interrupted(&mut self, now: Instant, heard: &Heard) {
        self.turn.0 += 1;
        self.last_turn_audio_ms = heard.audio.as_ms();
        let end = if self.listener.is_speaking() { ResponseEnd::TurnDetected } else { ResponseEnd::ClientCancelled };
        let dropped = self.speaker.interrupted(heard, end, &mut self.wire);
        self.dropped(now, dropped);
    }

    fn play_done(&mut self, now: Instant, heard: &Heard) {
        self.last_turn_audio_ms = heard.audio.as_ms();
        let Some((fate, ids, say)) = self.speaker.finished(heard) else { return };
        self.wire.playout(&ids.item, &say.text, fate.heard_bytes, "done");
        self.wire.output_stopped(&ids);
        self.guess_again = true;
        self.tell(now, Word::Said { say: fate.say, heard_bytes: fate.heard_bytes, dropped: false });
    }

    // Small matters.

    fn cancel(&mut self, effects: Vec<EffectId>) {
        self.out.extend(effects.into_iter().map(Output::Cancel));
    }

    fn next_effect(&mut self) -> EffectId {
        self.effects += 1;
        EffectId(self.effects)
    }

    fn since(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.born)
    }

    fn wakes(&self) -> Option<Instant> {
        if self.ended {
            return None;
        }
        let dialogue = self.dialogue.wakes().map(|at| self.born + at);
        let ahead = self.ahead.as_ref().and_then(|ahead| ahead.wakes).map(|at| self.born + at);
        let gone = self.detached_since.map(|since| since + self.setup.resume_within);
        let longest = Some(self.born + self.setup.session_max);
        [self.call_wakes, dialogue, ahead, gone, self.drain_by, longest].into_iter().flatten().min()
    }

    fn flush_events(&mut self) {
        self.pending_events.extend(self.wire.take());
        if self.control_open {
            self.out.extend(self.pending_events.drain(..).map(Output::Control));
        }
        while self.pending_events.len() > EVENTS_KEPT_MAX {
            self.pending_events.pop_front();
            self.out.push_back(Output::Count("event_dropped_while_away"));
        }
    }

    fn session_object(&self) -> Value {
        shape::session(&self.setup, &self.instructions, self.speed)
    }
}
