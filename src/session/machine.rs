//! The joint: one call and one dialogue wired together, as a pure machine. It never waits, never reads a clock, and knows no provider.

mod account;
mod ahead;
mod allowance;
mod apart;
mod ask;
mod caption;
mod client;
mod conversation;
mod desk;
mod digits;
mod dispatch;
mod function;
mod hearing;
mod idle;
mod item;
mod listener;
mod manner;
mod marks;
mod post;
mod presence;
mod recordings;
mod refusal;
mod remote;
mod settings;
mod setup;
mod shape;
mod speaker;
mod tasks;
#[cfg(test)]
mod tests;
mod timing;
mod tools;
mod transport;
mod wire;
mod words;

pub use settings::session_object;
pub use setup::{Bounds, SESSION_PREFIX, Setup};
pub use transport::event_number;

use crate::session::event::{EffectId, EndReason, Failure, Input, Interruptible, Outcome, Output, Turn};
use account::Account;
use agent::dialogue::{Dialogue, Input as Word, Output as Wish, Say};
use agent::tool::ToolResult;
use ahead::Ahead;
use allowance::Allowance;
use apart::Apart;
use ask::Ask;
use desk::{Deed, Desk, Surroundings};
use digits::Digits;
use dispatch::Dispatch;
use idle::Idle;
use listener::{Asked, Endpoint, Listener};
use manner::Manner;
use media::call::{Call, Input as Ear, NOTHING_TO_COMMIT, Output as Heed};
use media::frame::Samples;
use media::transcript::{Heard, ItemId, UtteranceId};
use post::Post;
use presence::Presence;
use recordings::Recordings;
use remote::Remotes;
use serde_json::json;
use speaker::{ClauseJob, Dropped, Fate, Speaker};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use tasks::{Task, Tasks};
use timing::TurnTimes;
use tools::Wanted;
use transport::Return;
use wire::{ResponseEnd, Wire};

/// Steps one input may cause before the machine is certain to have gone in a circle.
const STEPS_MAX: usize = 10_000;

/// One session: [`Machine::handle`] one input, then [`Machine::poll`] to [`Output::Timeout`].
pub struct Machine {
    setup: Setup,
    desk: Desk,
    presence: Presence,
    /// Nobody is there; also while a client is on its way back.
    absent: bool,
    returning: Option<Return>,
    post: Post,
    call: Call,
    dialogue: Dialogue,
    ahead: Option<Ahead>,
    listener: Listener,
    speaker: Speaker,
    tasks: Tasks,
    remotes: Remotes,
    recordings: Recordings,
    wire: Wire,
    times: TurnTimes,
    dispatch: Dispatch,
    ears: VecDeque<Ear>,
    /// Responses to be given, once the call has done what it was told.
    asked: VecDeque<Box<Ask>>,
    apart: Apart,
    allowance: Allowance,
    account: Account,
    digits: Digits,
    /// An utterance over what we stream, of which the client is not told before it takes the floor.
    contested: Option<(String, Samples)>,
    call_wakes: Option<Instant>,
    floor_taken: bool,
    idle: Idle,
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
        let desk = Desk::new(&setup);
        let mut wire = Wire::new(&setup.id);
        wire.tell_created(setup.tells_created);
        wire.truncate_by(desk.settings.truncation());
        let presence = Presence::new(now, setup.resume_within, setup.session_max);
        let mut dialogue = dialogue;
        if !setup.greets {
            dialogue.never_nudge();
        }
        Self {
            desk,
            setup,
            presence,
            absent: false,
            returning: None,
            post: Post::default(),
            call,
            dialogue,
            ahead: None,
            listener: Listener::default(),
            speaker: Speaker::default(),
            tasks: Tasks::default(),
            remotes: Remotes::default(),
            recordings: Recordings::default(),
            wire,
            times: TurnTimes::default(),
            dispatch: Dispatch::default(),
            ears: VecDeque::new(),
            asked: VecDeque::new(),
            apart: Apart::default(),
            allowance: Allowance::new(now),
            account: Account::default(),
            digits: Digits::default(),
            contested: None,
            call_wakes: None,
            floor_taken: false,
            idle: Idle::default(),
            hang_up_when_quiet: false,
            guess_again: false,
            cut: Vec::new(),
            ended: false,
        }
    }

    /// Takes one input. Nothing is done after the session has ended.
    pub fn handle(&mut self, now: Instant, input: Input) {
        if self.ended || self.is_early(&input) {
            return;
        }
        match input {
            Input::Attached { resumed, stream, after } => self.attached(now, resumed, stream, after),
            Input::ControlOpen => self.control_open(now),
            Input::Detached => self.detached(now),
            Input::Media(packet) => self.ears.push_back(Ear::Packet(packet)),
            Input::Control(text) => self.control(now, &text),
            Input::Digit(key) => self.digit(now, key),
            Input::Link(link) => {
                self.ears.extend(link.peer_loss_percent.map(Ear::Lost));
                self.wire.network(now, link);
            }
            Input::Effort(effort) => self.ears.push_back(Ear::Effort(effort)),
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
        self.digits_rest(now);
        self.tell_unasked(now, Word::Tick);
        if let Some(from) = self.idle.over(now, self.desk.settings.idle_ms()) {
            let item = self.wire.item();
            self.wire.timeout_triggered(&item, from, self.call.heard_until());
            self.wire.committed(&item);
            if self.desk.settings.answers_turns() {
                self.tell_unasked(now, Word::Prompted);
            }
        }
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
        effects.extend(self.apart.close());
        effects.extend(self.recordings.close());
        effects.extend(self.close_remotes());
        effects.extend(self.account.close());
        self.wire.send("voxfare.ended", json!({ "reason": reason.label() }));
        self.flush_events();
        self.dispatch.cancel(effects);
        self.dispatch.out.push_back(Output::Ended(reason));
    }

    // Client events.

    fn control(&mut self, now: Instant, text: &str) {
        let around = Surroundings {
            speaker: &self.speaker,
            hearing: self.call.is_hearing(),
            is_awaiting: self.listener.is_awaiting() || self.recordings.is_awaiting(),
            is_full_of_sound: self.recordings.is_full(),
            may_ask: self.allowance.left(now) > 0,
            remotes: &self.remotes,
            is_asked: self.asked.iter().any(|ask| !ask.apart),
            is_full_apart: self.apart.is_full(self.speaker.apart() + self.asked.iter().filter(|ask| ask.apart).count()),
            apart: &self.apart,
        };
        for deed in self.desk.take(text, &self.setup, &around, &mut self.wire) {
            match deed {
                Deed::Ear(ear) => self.ears.push_back(ear),
                Deed::Answer(ask) => self.asked_for(now, ask),
                Deed::Stop => {
                    // What was asked for apart is no part of the conversation that is to be silent.
                    self.asked.retain(|ask| ask.apart);
                    self.stop_speaking(now);
                }
                Deed::Abandon(response) => {
                    if let Some((ids, call)) = self.apart.abandoned(&response) {
                        self.wire.remote_abandoned(&ids, &call);
                    }
                }
                Deed::Recognise(item, sound) => self.recognise(item, &sound),
                Deed::Retrieve(item, event) => self.retrieve(now, &item, event.as_deref()),
                Deed::Forget(item) => self.recordings.forget(&item),
                Deed::Servers => self.list_remotes(),
                Deed::Account(token, event) => self.account_used(token, event),
                Deed::Decided(request, approved) => self.decided(now, &request, approved),
                Deed::HeardLess(say, heard_bytes) => {
                    self.tell(now, Word::Unheard { say, heard_bytes, line_dead: false })
                }
            }
        }
    }

    /// The client wants a response: what is being said makes room for it.
    fn asked_for(&mut self, now: Instant, ask: Box<Ask>) {
        self.allowance.take(now);
        if !ask.apart {
            self.dispatch.next_turn();
            self.stop_speaking(now);
            self.times.clear();
            self.hang_up_when_quiet = false;
        }
        self.list_named(now, &ask);
        self.asked.push_back(ask);
    }

    /// Answers what stands unanswered, as it was asked for.
    fn answer(&mut self, now: Instant, ask: Box<Ask>) {
        if ask.apart {
            return self.answer_apart(now, ask);
        }
        let ask = &*ask;
        // Its own input stands for all that is unanswered, which stays so.
        let own_outputs = || ask.own_outputs().into_iter().map(str::to_owned).collect();
        let own = ask.input.is_some().then(|| (ask.own_text().unwrap_or_default(), own_outputs()));
        let (text, outputs) = own.unwrap_or_else(|| self.desk.take_unanswered(&self.wire));
        let order = self.desk.order(ask);
        match self.wanted(&text, ask, &self.dialogue) {
            Some(Wanted::Functions(calls)) => {
                let ids = self.wire.response(order.manner, order.metadata, false);
                return self.wire.functions_called(&ids, &calls);
            }
            Some(Wanted::Remote { call, must_ask }) => return self.ask_remote(now, ask, *call, must_ask),
            None => {}
        }
        self.speaker.order(Some(order));
        for output in outputs {
            self.tell(now, Word::Told { text: agent::function::spoken(&output) });
        }
        if !text.is_empty() {
            self.tell(now, Word::Heard { text });
        } else if self.speaker.is_quiet() {
            self.tell(now, Word::Prompted);
        }
        // An answer that a search is made for comes later, and takes the order with it.
        if !self.dialogue.is_busy() {
            self.speaker.order(None);
        }
    }

    fn stop_speaking(&mut self, now: Instant) {
        let dropped = self.speaker.drop_waiting(&mut self.wire);
        self.dropped(now, dropped);
        self.ears.push_back(Ear::Cut);
    }

    // Effects.

    fn outcome(&mut self, now: Instant, id: EffectId, outcome: Outcome) {
        match outcome {
            Outcome::Heard(result) => {
                if !self.recognised(id, &result) {
                    self.heard(now, id, result);
                }
            }
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
            Outcome::Remote(result) => self.remote(now, id, result),
            Outcome::Account(result) => self.account_opened(id, *result),
            Outcome::News(news) => self.news(id, *news),
        }
    }

    fn answered(&mut self, now: Instant, id: EffectId, result: Result<ToolResult, Failure>) {
        if self.answered_apart(now, id, &result) {
            return;
        }
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

    // The dialogue's wishes.

    fn tell_unasked(&mut self, now: Instant, word: Word) {
        self.speaker.unasked(true);
        self.tell(now, word);
        self.speaker.unasked(false);
    }

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
            Wish::Pace(speed) => self.desk.settings.manner.pace(speed),
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
            if let Some(ask) = self.next_asked() {
                self.answer(now, ask);
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
            let floor_free = !self.listener.floor_is_callers() && !self.is_away();
            let released = self.speaker.release(floor_free, &self.desk.settings.manner, &mut self.wire);
            self.ears.extend(released.speech.into_iter().map(Ear::Play));
            for Fate { say, heard_bytes, dropped } in released.read {
                self.tell(now, Word::Said { say, heard_bytes, dropped });
            }
            if self.wire.has_begun() {
                self.wire.rate_limits(self.allowance.left(now), self.allowance.fills_in(now));
            }
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
        if let Some(ClauseJob { item, text, manner }) = self.speaker.next_job(&self.desk.settings.manner) {
            let Manner { voice, speed, .. } = manner;
            let id = self.dispatch.run(Interruptible::Speak { text, voice, speed });
            self.speaker.started(item, id);
        }
    }

    fn floor(&mut self, now: Instant) {
        let taken = self.listener.floor_is_callers() || !self.speaker.is_quiet();
        if taken != self.floor_taken {
            self.floor_taken = taken;
            self.idle.floor(now, taken, self.call.heard_until());
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
                if self.wire.streams() && self.call.is_contested() {
                    self.contested = Some((item.clone(), at));
                } else {
                    self.wire.speech_started(&item, at);
                }
                self.began(utterance, item);
            }
            Heed::Gathering { utterance } => {
                let item = self.wire.item();
                self.began(utterance, item);
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
            Heed::Unheard(heard) => {
                self.speaker.holds_at(heard.item, heard.text_bytes);
                self.playout(heard.item, None, "paused");
            }
            Heed::PlayResumed { item } => self.playout(item, None, "playing"),
            Heed::PlayDone(heard) => self.play_done(now, &heard),
            Heed::Dropped { what } if what == NOTHING_TO_COMMIT => self.desk.nothing_to_commit(&mut self.wire),
            Heed::Dropped { what } => self.dispatch.count(what),
            // The last two are taken where the call is drained.
            Heed::SpeechStopped { .. } | Heed::Interrupted(_) | Heed::Timeout(_) => {}
        }
    }

    fn began(&mut self, utterance: UtteranceId, item: String) {
        let void = self.listener.began(utterance, item);
        self.dispatch.cancel(void);
    }

    /// Who spoke over a stream has the floor, or has said something: now the client is told.
    fn tell_contested(&mut self) {
        if let Some((item, at)) = self.contested.take() {
            self.wire.speech_started(&item, at);
        }
    }

    fn utterance_ended(&mut self, now: Instant, id: UtteranceId, endpoint: Endpoint) {
        let Some((item, is_known)) = self.listener.ended(id, endpoint) else { return };
        self.tell_contested();
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
        if self.contested.take().is_none() {
            self.wire.send("input_audio_buffer.cleared", json!({}));
        }
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
        self.tell_contested();
        self.dispatch.next_turn();
        let cut = std::mem::take(&mut self.cut);
        let end = if self.listener.is_speaking() { ResponseEnd::TurnDetected } else { ResponseEnd::ClientCancelled };
        let dropped = self.speaker.interrupted(&cut, end, &mut self.wire);
        // What the line cut before anybody heard of it is told anew: it was never said.
        for item in dropped.unheard.iter().filter(|_| self.absent) {
            self.wire.deleted(item);
        }
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
        let idle = self.idle.due(self.desk.settings.idle_ms());
        let digits = self.digits.due();
        [self.call_wakes, dialogue, ahead, idle, digits, self.presence.ends_at()].into_iter().flatten().min()
    }

    /// What was told of so far goes out.
    fn flush_events(&mut self) {
        self.post.send(self.wire.take(), &mut self.dispatch.out);
    }
}
