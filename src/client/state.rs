//! The client's machine: what is so, what happens, and what is to be done about it. Pure: time and the count of played samples are arguments, and
//! it neither sends nor plays.

use crate::client::backoff;
use crate::client::caption::{Caption, Captions};
use crate::client::error::ClientError;
use crate::client::event::{PlayoutState, Secret, ServerEvent, Task, VoxfareEvent};
use crate::client::ledger::{CutItem, Ledger};
use crate::client::pcm;
use crate::client::seen::Seen;
use async_openai::types::realtime::{
    AssistantMessageContent, RealtimeConversationItem, RealtimeConversationItemMessage, RealtimeServerEvent,
    RealtimeTurnDetection, Session,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// When something happens: on the clock, and on the clock of the ear.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    /// On the clock.
    pub(crate) at: Instant,
    /// Samples that were played since the beginning.
    pub(crate) played: u64,
}

/// What happens.
#[derive(Debug)]
pub(crate) enum Input {
    /// A line to the server is open.
    Opened,
    /// The server said something; the event's name, if it has one.
    Server(Option<String>, ServerEvent),
    /// The server closed the line for good.
    Closed,
    /// The line broke.
    Lost,
    /// A line could not be opened again.
    Refused(ClientError),
    /// An event of the client's.
    Send(Value),
    /// The caller wants quiet.
    Interrupt,
    /// The caller hangs up.
    HangUp,
    /// Time passes, and sound with it.
    Tick,
}

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Send this event.
    Send(Value),
    /// Queue this sound.
    Play(Vec<i16>),
    /// Drop the sound that was not played.
    Silence,
    /// Open a line again, with this token, after this attempt's wait.
    Dial {
        /// Brings the client back.
        token: Secret,
        /// The last event that came.
        after: Option<String>,
        /// Attempts made before, from 0.
        attempt: u32,
        /// The server asked for at least this.
        asked: Option<Duration>,
    },
    /// Close the line; `true` ends the session too.
    Close(bool),
    /// Tell whoever uses the client.
    Tell(Event),
}

/// What a client tells.
#[derive(Clone, Debug)]
pub enum Event {
    /// The session is there; after a lost line, again.
    Connected {
        /// The session's name.
        session: String,
        /// It is the session of before.
        resumed: bool,
    },
    /// The line was lost; the client tries to come back.
    Reconnecting {
        /// Attempts made before, from 0.
        attempt: u32,
    },
    /// A caption is new or has changed.
    Caption(Caption),
    /// The caller has begun or ended to speak, as the server hears it.
    Hearing(bool),
    /// The voice has begun or ended to sound here.
    Sounding(bool),
    /// The voice was stopped here, and the server was told how much was heard.
    Interrupted {
        /// The saying.
        item: String,
        /// How much of it was really played.
        heard_ms: u64,
    },
    /// A response was begun.
    Answering {
        /// The response.
        response: String,
    },
    /// A response is made; its sound may still play.
    Answered {
        /// The response.
        response: String,
    },
    /// A tool call of the server's own changed its state.
    Task(Task),
    /// Something to show.
    Card(Value),
    /// First sound sent so many ms after the caller's last, by the server's count.
    Latency {
        /// In ms.
        first_sound_ms: f64,
    },
    /// Something went wrong and the session goes on.
    Trouble(String),
    /// Any event of the server, sound left out, before what the client makes of it.
    Server(Box<ServerEvent>),
    /// The session is over; nothing comes after it.
    Over(Over),
}

/// Why a session is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Over {
    /// We hung up.
    HungUp,
    /// The server ended it, for this reason.
    Ended(String),
    /// The line was lost and could not be had again.
    Lost(String),
}

/// Where the line is.
#[derive(Debug)]
enum Phase {
    Live,
    Away { since: Instant, attempt: u32 },
    Over,
}

/// A client between two inputs.
#[derive(Debug)]
pub(crate) struct State {
    phase: Phase,
    /// Sent once, as soon as there is a session.
    session: Option<Value>,
    token: Option<Secret>,
    seen: Seen,
    ended: Option<String>,
    captions: Captions,
    ledger: Ledger,
    sounding: bool,
    /// Who speaks over an answer stops it.
    interrupts: bool,
    responses: BTreeSet<String>,
    /// Sayings whose cut the server was told, by ms.
    told: Vec<(String, u64)>,
    /// What could not be told because the line was gone.
    owed: Vec<Value>,
    out: Vec<Effect>,
}

impl State {
    /// A client whose line is being opened for the first time.
    pub(crate) fn new(session: Option<Value>) -> Self {
        Self {
            phase: Phase::Live,
            session,
            token: None,
            seen: Seen::default(),
            ended: None,
            captions: Captions::default(),
            ledger: Ledger::default(),
            sounding: false,
            interrupts: true,
            responses: BTreeSet::new(),
            told: Vec::new(),
            owed: Vec::new(),
            out: Vec::new(),
        }
    }

    /// One input, and all that follows from it.
    pub(crate) fn step(&mut self, now: Now, input: Input) -> Vec<Effect> {
        if matches!(self.phase, Phase::Over) {
            return Vec::new();
        }
        self.account(now);
        match input {
            Input::Opened => self.opened(),
            // What a replay tells a second time has had its effect.
            Input::Server(Some(id), _) if !self.seen.take(&id) => {}
            Input::Server(_, event) => self.server(now, event),
            Input::Closed => self.over(Over::Ended(self.ended.clone().unwrap_or_else(|| "closed".to_owned()))),
            Input::Lost => self.lost(now),
            Input::Refused(error) => self.refused(now, &error),
            Input::Send(event) => self.send(event),
            Input::Interrupt => self.interrupt(now),
            Input::HangUp => self.hang_up(),
            Input::Tick => {}
        }
        std::mem::take(&mut self.out)
    }

    /// Brings a client back, if the server gave one.
    pub(crate) fn token(&self) -> Option<&Secret> {
        self.token.as_ref()
    }

    /// What was played since the last input.
    fn account(&mut self, now: Now) {
        for item in self.ledger.played(now.played) {
            let done = self.captions.done(&item);
            self.caption(done);
        }
        self.sounds();
    }

    fn sounds(&mut self) {
        let sounding = self.ledger.sounding();
        if std::mem::replace(&mut self.sounding, sounding) != sounding {
            self.tell(Event::Sounding(sounding));
        }
    }

    fn opened(&mut self) {
        self.phase = Phase::Live;
        let owed = std::mem::take(&mut self.owed);
        self.out.extend(owed.into_iter().map(Effect::Send));
    }

    fn lost(&mut self, now: Now) {
        if let Some(reason) = self.ended.clone() {
            return self.over(Over::Ended(reason));
        }
        self.phase = Phase::Away { since: now.at, attempt: 0 };
        self.responses.clear();
        // What the server did not see played is not of the conversation.
        self.cut(now);
        self.dial(now.at, 0, None);
    }

    fn refused(&mut self, now: Now, error: &ClientError) {
        let Phase::Away { since, attempt } = self.phase else { return };
        let in_time = now.at.saturating_duration_since(since) < backoff::GIVE_UP_AFTER;
        if in_time && error.may_pass() {
            self.dial(since, attempt + 1, error.asked());
        } else {
            self.over(Over::Lost(error.to_string()));
        }
    }

    fn dial(&mut self, since: Instant, attempt: u32, asked: Option<Duration>) {
        let Some(token) = self.token.clone() else {
            return self.over(Over::Lost("the line was lost, and this server gave nothing to come back by".to_owned()));
        };
        self.phase = Phase::Away { since, attempt };
        self.tell(Event::Reconnecting { attempt });
        let after = self.seen.last().map(str::to_owned);
        self.out.push(Effect::Dial { token, after, attempt, asked });
    }

    fn hang_up(&mut self) {
        self.out.push(Effect::Silence);
        self.out.push(Effect::Close(true));
        self.over(Over::HungUp);
    }

    fn over(&mut self, why: Over) {
        self.phase = Phase::Over;
        self.tell(Event::Over(why));
    }

    /// Sound of a time without a line is of no use later; anything else is kept for it.
    fn send(&mut self, event: Value) {
        match self.phase {
            Phase::Live => self.out.push(Effect::Send(event)),
            Phase::Away { .. } if event["type"] != APPEND && self.owed.len() < OWED_MAX => self.owed.push(event),
            Phase::Away { .. } | Phase::Over => {}
        }
    }

    fn interrupt(&mut self, now: Now) {
        self.cut(now);
        if !self.responses.is_empty() {
            self.send(json!({ "type": "response.cancel" }));
        }
    }

    /// Stops the voice here, and tells the server what was heard of each saying.
    fn cut(&mut self, now: Now) {
        let cut = self.ledger.cut(now.played);
        if cut.is_empty() {
            return;
        }
        self.out.push(Effect::Silence);
        self.sounds();
        for CutItem { id, heard, queued } in cut {
            let heard_ms = heard * 1000 / u64::from(pcm::RATE_HZ);
            if self.told.len() == TOLD_MAX {
                self.told.remove(0);
            }
            self.told.push((id.clone(), heard_ms));
            self.send(json!({
                "type": "conversation.item.truncate", "item_id": id, "content_index": 0, "audio_end_ms": heard_ms,
            }));
            let caption = self.captions.cut(&id, heard, queued);
            self.tell(Event::Interrupted { item: id, heard_ms });
            self.caption(caption);
        }
    }

    fn server(&mut self, now: Now, event: ServerEvent) {
        match event {
            ServerEvent::Realtime(event) => match *event {
                RealtimeServerEvent::ResponseOutputAudioDelta(delta) => self.sound(&delta.item_id, &delta.delta),
                event => {
                    self.tell(Event::Server(Box::new(ServerEvent::Realtime(Box::new(event.clone())))));
                    self.realtime(now, event);
                }
            },
            ServerEvent::Voxfare(event) => {
                self.tell(Event::Server(Box::new(ServerEvent::Voxfare(event.clone()))));
                self.voxfare(*event);
            }
            ServerEvent::Unknown { .. } => self.tell(Event::Server(Box::new(event))),
        }
    }

    fn sound(&mut self, item: &str, delta: &str) {
        let Some(pcm) = pcm::decode(delta) else {
            return self.tell(Event::Trouble("the server sent sound that cannot be read".to_owned()));
        };
        if self.ledger.add(item, pcm.len()) {
            self.out.push(Effect::Play(pcm));
            self.sounds();
        }
    }

    fn realtime(&mut self, now: Now, event: RealtimeServerEvent) {
        use RealtimeServerEvent as E;
        match event {
            E::SessionCreated(created) => self.session(&created.session),
            E::SessionUpdated(updated) => self.session(&updated.session),
            E::InputAudioBufferSpeechStarted(_) => {
                self.tell(Event::Hearing(true));
                if self.interrupts {
                    self.cut(now);
                }
            }
            E::InputAudioBufferSpeechStopped(_) => self.tell(Event::Hearing(false)),
            E::OutputAudioBufferCleared(_) => self.cut(now),
            E::ConversationItemInputAudioTranscriptionDelta(told) => {
                let caption = self.captions.caller_says_on(&told.item_id, &told.delta);
                self.caption(caption);
            }
            E::ConversationItemInputAudioTranscriptionCompleted(told) => {
                let caption = self.captions.caller_said(&told.item_id, &told.transcript);
                self.caption(caption);
            }
            E::ConversationItemInputAudioTranscriptionFailed(failed) => {
                let caption = self.captions.caller_said(&failed.item_id, "");
                self.caption(caption);
            }
            E::ConversationItemDeleted(gone) => {
                let caption = self.captions.taken_back(&gone.item_id, 0);
                self.caption(caption);
            }
            E::ConversationItemTruncated(cut) => self.truncated(&cut.item_id, u64::from(cut.audio_end_ms)),
            E::ConversationItemRetrieved(shown) => self.retrieved(shown.item),
            E::ResponseCreated(made) => self.answering(made.response.id),
            E::ResponseDone(made) => self.answered(made.response.id),
            E::ResponseOutputAudioTranscriptDelta(told) => {
                let caption = self.captions.voxfare_says_on(&told.item_id, &told.delta);
                self.caption(caption);
            }
            E::ResponseOutputAudioTranscriptDone(told) => {
                let caption = self.captions.voxfare_says(&told.item_id, &told.transcript);
                self.caption(caption);
            }
            E::ResponseOutputTextDone(told) => {
                let caption = self.captions.voxfare_says(&told.item_id, &told.text);
                self.caption(caption);
                let caption = self.captions.done(&told.item_id);
                self.caption(caption);
            }
            E::ResponseOutputAudioDone(done) => self.ledger.finish(&done.item_id),
            E::Error(failed) => self.tell(Event::Trouble(failed.error.message)),
            // The rest changes nothing here; whoever uses the client has seen it.
            _ => {}
        }
    }

    fn voxfare(&mut self, event: VoxfareEvent) {
        match event {
            VoxfareEvent::Session { session_id, resume_token, resumed, .. } => {
                self.token = Some(resume_token);
                self.tell(Event::Connected { session: session_id, resumed });
            }
            VoxfareEvent::Partial { item_id, text } => {
                let caption = self.captions.caller_guess(&item_id, &text);
                self.caption(caption);
            }
            VoxfareEvent::Playout { item_id, text, heard_chars, state } => {
                let mut caption = match state {
                    // Its sound went into a dead line.
                    PlayoutState::Interrupted if !self.ledger.knows(&item_id) => {
                        self.captions.taken_back(&item_id, heard_chars)
                    }
                    PlayoutState::Playing | PlayoutState::Paused | PlayoutState::Done | PlayoutState::Interrupted => {
                        self.captions.heard(&item_id, &text, heard_chars)
                    }
                };
                // The server counts by its clock; what is still to be played here was not heard to its end.
                if state == PlayoutState::Done && !self.ledger.holds(&item_id) {
                    caption = self.captions.done(&item_id);
                }
                self.caption(caption);
            }
            VoxfareEvent::Task(task) => self.tell(Event::Task(task)),
            VoxfareEvent::Card { card } => self.tell(Event::Card(card)),
            VoxfareEvent::Latency { breakdown_ms } => {
                if let Some(first_sound_ms) = breakdown_ms.first_packet {
                    self.tell(Event::Latency { first_sound_ms });
                }
            }
            VoxfareEvent::Ended { reason } => self.ended = Some(reason),
            VoxfareEvent::Resumed { complete: false, .. } => {
                self.tell(Event::Trouble("part of what happened while the line was lost is not known".to_owned()));
            }
            VoxfareEvent::Resumed { .. } | VoxfareEvent::Network { .. } | VoxfareEvent::Draining { .. } => {}
        }
    }

    /// Who comes back to a session is told of it as an update.
    fn session(&mut self, session: &Session) {
        self.interrupts = interrupts(session);
        if let Some(session) = self.session.take() {
            self.send(json!({ "type": "session.update", "session": session }));
        }
    }

    fn answering(&mut self, response: String) {
        if self.responses.len() < RESPONSES_MAX {
            self.responses.insert(response.clone());
        }
        self.tell(Event::Answering { response });
    }

    fn answered(&mut self, response: String) {
        self.responses.remove(&response);
        self.tell(Event::Answered { response });
    }

    /// The server has cut an item as we asked: what are the words that stand?
    fn truncated(&mut self, item: &str, ms: u64) {
        if let Some(at) = self.told.iter().position(|(told, told_ms)| told == item && ms <= *told_ms) {
            self.told.remove(at);
            self.send(json!({ "type": "conversation.item.retrieve", "item_id": item }));
        }
    }

    fn retrieved(&mut self, item: RealtimeConversationItem) {
        let RealtimeConversationItem::Message(RealtimeConversationItemMessage::Assistant(message)) = item else {
            return;
        };
        let words = message.content.iter().find_map(|content| match content {
            AssistantMessageContent::OutputAudio(audio) => Some(audio.transcript.as_str()),
            AssistantMessageContent::OutputText(_) => None,
        });
        if let (Some(item), Some(words)) = (message.id, words) {
            let caption = self.captions.stands(&item, words);
            self.caption(caption);
        }
    }

    fn caption(&mut self, caption: Option<Caption>) {
        self.out.extend(caption.map(|caption| Effect::Tell(Event::Caption(caption))));
    }

    fn tell(&mut self, event: Event) {
        self.out.push(Effect::Tell(event));
    }
}

/// Whether who speaks over an answer stops it, as the session has it.
fn interrupts(session: &Session) -> bool {
    let Session::RealtimeSession(session) = session else { return true };
    let turns = session.audio.as_ref().and_then(|audio| audio.input.turn_detection.as_ref());
    match turns {
        Some(
            RealtimeTurnDetection::ServerVAD { interrupt_response, .. }
            | RealtimeTurnDetection::SemanticVAD { interrupt_response, .. },
        ) => interrupt_response.unwrap_or(true),
        None => true,
    }
}

/// The type of an event that carries sound.
pub(crate) const APPEND: &str = "input_audio_buffer.append";
/// Events that wait for a line.
const OWED_MAX: usize = 32;
/// Cuts whose answer is awaited.
const TOLD_MAX: usize = 16;
/// Responses open at once; a server has one.
const RESPONSES_MAX: usize = 16;

#[cfg(test)]
mod tests;
