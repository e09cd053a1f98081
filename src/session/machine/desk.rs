//! What the client wants, event by event: the session's settings, the items it adds and takes away, the responses it asks for. It hears and says
//! nothing itself.

use crate::secret::Secret;
use crate::session::machine::apart::Apart;
use crate::session::machine::ask::Ask;
use crate::session::machine::client::{self, Request};
use crate::session::machine::item::{Created, NewItem};
use crate::session::machine::refusal::Refusal;
use crate::session::machine::remote::Remotes;
use crate::session::machine::settings::Settings;
use crate::session::machine::setup::Setup;
use crate::session::machine::speaker::{Order, Speaker};
use crate::session::machine::tools;
use crate::session::machine::wire::{ResponseEnd, Wire};
use agent::dialogue::SayId;
use media::call::Input as Ear;
use media::frame::Samples;
use serde_json::json;

/// Most texts that wait for a response; past it the oldest is taken as answered.
const UNANSWERED_MAX: usize = 64;

/// Most responses that wait for words.
const WAITING_MAX: usize = 4;
/// The longest recording, in seconds: the recogniser's window.
const RECORDING_S_MAX: usize = 30;

/// Answers a message that is a picture alone.
const CANNOT_SEE: &str = "I can't look at pictures. Please tell me what you need.";

/// What the session is to do for the client.
#[derive(Debug)]
pub(crate) enum Deed {
    /// Tell the call.
    Ear(Ear),
    /// Answer what stands unanswered.
    Answer(Box<Ask>),
    /// Stop speaking, and drop what was to be said.
    Stop,
    /// This response apart waits for its call no longer.
    Abandon(String),
    /// The servers of tools may be others.
    Servers,
    /// Recognise the sound of this item.
    Recognise(String, Vec<u8>),
    /// Show this item again, as this event asks.
    Retrieve(String, Option<String>),
    /// Nothing is left of this item.
    Forget(String),
    /// The client names its account by this token, in this event.
    Account(Option<Secret>, Option<String>),
    /// The client said yes or no to this request.
    Decided(String, bool),
    /// Of what was said earlier, less was heard than was thought: so many bytes.
    HeardLess(SayId, usize),
}

/// What the desk must know of the rest of the session.
pub(crate) struct Surroundings<'a> {
    /// What is being said.
    pub(crate) speaker: &'a Speaker,
    /// An utterance is open.
    pub(crate) hearing: bool,
    /// A turn is over whose words are not there yet.
    pub(crate) is_awaiting: bool,
    /// The client has not asked for too many responses in the last minute.
    pub(crate) may_ask: bool,
    /// The servers of tools.
    pub(crate) remotes: &'a Remotes,
    /// A response waits for the tools of its own servers.
    pub(crate) is_asked: bool,
    /// As many recordings as may be are being recognised.
    pub(crate) is_full_of_sound: bool,
    /// As many responses apart as may be wait for what is looked up for them.
    pub(crate) is_full_apart: bool,
    /// The responses apart.
    pub(crate) apart: &'a Apart,
}

/// The client's side of the session.
#[derive(Debug)]
pub(crate) struct Desk {
    /// What the client has set.
    pub(crate) settings: Settings,
    /// Words of the user that no response was asked for, with the items of those that were written.
    unanswered: Vec<(Option<String>, String)>,
    /// What functions answered, and no response has told.
    outputs: Vec<(Option<String>, String)>,
    /// Responses that wait for the words of a turn, or of a recording.
    waiting: Vec<Box<Ask>>,
    /// The event that asked for the last commit.
    commit: Option<String>,
}

impl Desk {
    /// Nothing was asked yet.
    pub(crate) fn new(setup: &Setup) -> Self {
        Self {
            settings: Settings::of(setup),
            unanswered: Vec::new(),
            outputs: Vec::new(),
            waiting: Vec::new(),
            commit: None,
        }
    }

    /// Takes one client event as it came; a refused one is answered here.
    pub(crate) fn take(&mut self, text: &str, setup: &Setup, around: &Surroundings<'_>, wire: &mut Wire) -> Vec<Deed> {
        let (event, request) = client::read(text, &setup.bounds);
        let deeds = request.and_then(|request| self.deeds(request, event.as_deref(), setup, around, wire));
        deeds.unwrap_or_else(|refusal| {
            wire.error(refusal.code, &refusal.message, refusal.param.as_deref(), event.as_deref());
            Vec::new()
        })
    }

    fn deeds(
        &mut self,
        request: Request,
        event: Option<&str>,
        setup: &Setup,
        around: &Surroundings<'_>,
        wire: &mut Wire,
    ) -> Result<Vec<Deed>, Refusal> {
        let stream = || wire.streams().then_some(()).ok_or_else(not_on_this_transport);
        match request {
            Request::Update(session) => {
                self.settings = self.settings.updated(&session)?;
                wire.truncate_by(self.settings.truncation());
                if wire.streams() {
                    wire.sound_in(Some(self.settings.speaks));
                }
                wire.session("session.updated", &self.settings.object(setup));
                let mut deeds: Vec<Deed> = self.settings.ears().map(Deed::Ear).into();
                deeds.push(Deed::Servers);
                Ok(deeds)
            }
            Request::Append(bytes) => stream().map(|()| vec![Deed::Ear(Ear::Sound(bytes))]),
            Request::Commit => {
                stream()?;
                self.commit = event.map(str::to_owned);
                Ok(vec![Deed::Ear(Ear::Commit)])
            }
            Request::ClearInput => {
                if !around.hearing {
                    wire.send("input_audio_buffer.cleared", json!({}));
                }
                Ok(vec![Deed::Ear(Ear::Forget)])
            }
            Request::Create(created) => self.create(created, around, wire),
            Request::Retrieve(item) => {
                let found = wire.shown(&item).is_some();
                found
                    .then(|| vec![Deed::Retrieve(item, event.map(str::to_owned))])
                    .ok_or_else(|| no_such_item("item_retrieve_invalid_item_id", "item_id"))
            }
            Request::Delete(item) => {
                let left = |(id, _): &(Option<String>, String)| id.as_ref() != Some(&item);
                self.unanswered.retain(left);
                self.outputs.retain(left);
                let found = wire.deleted(&item);
                let none = || no_such_item("item_delete_invalid_item_id", "item_id");
                found.then(|| vec![Deed::Forget(item)]).ok_or_else(none)
            }
            Request::Truncate { item, audio_end_ms } => truncate(&item, audio_end_ms, around.speaker, wire),
            Request::Heard { item, words } => heard(&item, &words, around.speaker, wire),
            Request::Respond(ask) => self.respond(ask, around, wire),
            Request::Cancel(Some(response)) if around.apart.is_calling_as(&response) => {
                Ok(vec![Deed::Abandon(response)])
            }
            // One that is over already takes no other with it.
            Request::Cancel(Some(response))
                if !around.speaker.responds_as(&response) && !wire.is_calling_as(&response) =>
            {
                Err(Refusal::new("response_cancel_not_active", NOTHING_TO_CANCEL, Some("response_id")))
            }
            Request::Cancel(_) if !around.speaker.is_responding() && !wire.is_calling() && !self.is_asked(around) => {
                Err(Refusal::new("response_cancel_not_active", NOTHING_TO_CANCEL, None))
            }
            Request::Cancel(_) => {
                self.waiting.retain(|ask| ask.apart);
                // The server may have acted by now: its answer is told when it comes.
                wire.close_remote(ResponseEnd::ClientCancelled);
                Ok(vec![Deed::Stop])
            }
            Request::Account(token) => Ok(vec![Deed::Account(token, event.map(str::to_owned))]),
            Request::ClearOutput => Ok(vec![Deed::Stop]),
        }
    }

    fn create(&mut self, created: Created, around: &Surroundings<'_>, wire: &mut Wire) -> Result<Vec<Deed>, Refusal> {
        let Created { after, id, item } = created;
        if id.as_deref().is_some_and(|id| wire.shown(id).is_some()) {
            let why = "There is an item with this id already.";
            return Err(Refusal::new("item_create_duplicate_item_id", why, Some("item.id")));
        }
        if let NewItem::Approval { request, .. } = &item
            && !around.remotes.is_waiting(request)
        {
            return Err(no_such_item("item_not_found", "item.approval_request_id"));
        }
        if wire.is_full() {
            return Err(too_long());
        }
        let has_sound = matches!(&item, NewItem::Message { sound, .. } if !sound.is_empty());
        let format = self.settings.hears;
        let second = format.rate_hz() as usize * format.sample_bytes();
        if matches!(&item, NewItem::Message { sound, .. } if sound.len() > RECORDING_S_MAX * second) {
            let why = format!("A recording may have at most {RECORDING_S_MAX} seconds.");
            return Err(Refusal::new("recording_too_long", why, Some("item.content")));
        }
        if has_sound && around.is_full_of_sound {
            let why = "Too many recordings are being recognised; wait for the words of one.";
            return Err(Refusal::new("rate_limit_exceeded", why, None));
        }
        let id = id.unwrap_or_else(|| wire.item());
        let none = |()| no_such_item("item_create_invalid_previous_item_id", "previous_item_id");
        wire.add(&after, &id, &item).map_err(none)?;
        match item {
            NewItem::Message { role: "user", text, sound, .. } if has_sound => {
                // Its place among what stands unanswered is taken; its words come when they are known.
                keep(&mut self.unanswered, Some(id.clone()), text);
                return Ok(vec![Deed::Recognise(id, sound)]);
            }
            NewItem::Message { role: "user", text, .. } if text.is_empty() => {
                keep(&mut self.outputs, Some(id), CANNOT_SEE.to_owned());
            }
            NewItem::Message { role: "user", text, .. } => keep(&mut self.unanswered, Some(id), text),
            NewItem::FunctionOutput { output, .. } => keep(&mut self.outputs, Some(id), output),
            NewItem::Approval { request, approved, .. } => return Ok(vec![Deed::Decided(request, approved)]),
            NewItem::Message { .. } | NewItem::FunctionCall { .. } => {}
        }
        Ok(Vec::new())
    }

    fn respond(&mut self, mut ask: Box<Ask>, around: &Surroundings<'_>, wire: &Wire) -> Result<Vec<Deed>, Refusal> {
        if !self.settings.converses() {
            let why = "A transcription session answers nothing.";
            return Err(Refusal::new("not_in_this_session", why, Some("type")));
        }
        ask.resolve(|item| wire.shown(item).cloned())?;
        if let Some(choice) = &ask.tool_choice {
            tools::offered(ask.tools.as_ref().unwrap_or(&self.settings.tools), choice, "response.tool_choice")?;
        }
        let busy = around.speaker.is_answering() || wire.is_calling() || self.is_asked(around);
        if !ask.apart && busy {
            let why =
                "Conversation already has an active response in progress: cancel it, or wait for its `response.done`.";
            return Err(Refusal::new("conversation_already_has_active_response", why, None));
        }
        if ask.apart && around.is_full_apart {
            let why = "Too many responses apart from the conversation are under way; wait for one to be done.";
            return Err(Refusal::new("rate_limit_exceeded", why, None));
        }
        if !ask.apart && wire.is_full() {
            return Err(too_long());
        }
        if !around.may_ask {
            let why =
                "Too many responses were asked for in the last minute; wait for `rate_limits.updated` to allow it.";
            return Err(Refusal::new("rate_limit_exceeded", why, None));
        }
        if around.is_awaiting && ask.input.is_none() {
            if self.waiting.len() >= WAITING_MAX {
                let why = "Too many responses wait for words that are still being recognised.";
                return Err(Refusal::new("rate_limit_exceeded", why, None));
            }
            self.waiting.push(ask);
            return Ok(Vec::new());
        }
        Ok(vec![Deed::Answer(ask)])
    }

    /// A response was asked for that has not begun.
    fn is_asked(&self, around: &Surroundings<'_>) -> bool {
        self.waiting.iter().any(|ask| !ask.apart) || around.is_asked
    }

    /// Something waits for an answer.
    pub(crate) fn owes(&self) -> bool {
        !self.waiting.is_empty() || !self.unanswered.is_empty() || !self.outputs.is_empty()
    }

    /// The words of a turn that is not answered by itself; `answers`: a response is wanted all the same.
    pub(crate) fn heard(&mut self, item: String, text: String, answers: bool) {
        keep(&mut self.unanswered, Some(item), text);
        if answers && self.waiting.iter().all(|ask| ask.apart) {
            self.waiting.push(Box::default());
        }
    }

    /// These are the words of an item that came in sound.
    pub(crate) fn understood(&mut self, item: &str, words: String) {
        let written = self.unanswered.iter_mut().find(|(id, _)| id.as_deref() == Some(item));
        if let Some((_, text)) = written {
            *text = format!("{text} {words}").trim().to_owned();
        }
    }

    /// The responses that waited, for all words are there now.
    pub(crate) fn no_longer_waits(&mut self) -> Vec<Box<Ask>> {
        std::mem::take(&mut self.waiting)
    }

    /// The user's words that stand unanswered, as one text in the order of the conversation; they stay so.
    pub(crate) fn unanswered(&self, wire: &Wire) -> String {
        let mut unanswered: Vec<_> = self.unanswered.iter().collect();
        unanswered.sort_by_key(|(id, _)| place(id.as_deref(), wire));
        let texts: Vec<&str> = unanswered.into_iter().map(|(_, text)| text.as_str()).collect();
        texts.join(" ").trim().to_owned()
    }

    /// The user's words that stand unanswered, as one text, and what functions answered; from now on both are answered.
    pub(crate) fn take_unanswered(&mut self, wire: &Wire) -> (String, Vec<String>) {
        let texts = |kept: &mut Vec<(Option<String>, String)>| {
            kept.sort_by_key(|(id, _)| place(id.as_deref(), wire));
            std::mem::take(kept).into_iter().map(|(_, text)| text).collect::<Vec<_>>()
        };
        (texts(&mut self.unanswered).join(" ").trim().to_owned(), texts(&mut self.outputs))
    }

    /// There was no sound to commit.
    pub(crate) fn nothing_to_commit(&mut self, wire: &mut Wire) {
        let why = "There is less than 100 ms of sound to commit.";
        wire.error("input_audio_buffer_commit_empty", why, None, self.commit.take().as_deref());
    }

    /// How the response that was asked for is to be.
    pub(crate) fn order(&self, ask: &Ask) -> Order {
        Order { manner: ask.manner(&self.settings.manner), metadata: ask.metadata.clone(), apart: ask.apart }
    }
}

/// Cuts an item to what the client says was heard of it, and never to more than the ledger knows.
fn truncate(item: &str, audio_end_ms: u64, speaker: &Speaker, wire: &mut Wire) -> Result<Vec<Deed>, Refusal> {
    let at = Samples::from_ms(audio_end_ms.min(HOUR_MS));
    if let Some(item) = speaker.by_wire(item) {
        return Ok(vec![Deed::Ear(Ear::CutAt { item, at })]);
    }
    let Some(heard) = speaker.heard_of(item, at) else { return Err(no_saying(item, wire)) };
    wire.truncated(item, heard.until.as_ms(), heard.text);
    Ok(vec![Deed::HeardLess(heard.say, heard.text.len())])
}

/// Cuts an item that was read aloud elsewhere to the words that were heard of it.
fn heard(item: &str, words: &str, speaker: &Speaker, wire: &mut Wire) -> Result<Vec<Deed>, Refusal> {
    let Some(heard) = speaker.heard_in_words(item, words) else { return Err(no_saying(item, wire)) };
    wire.truncated(item, heard.until.as_ms(), heard.text);
    wire.playout(item, heard.whole, heard.text.len(), "interrupted");
    Ok(vec![Deed::HeardLess(heard.say, heard.text.len())])
}

/// LiveKit's plugin takes no alarm where the words begin like this, whatever the code.
const NOTHING_TO_CANCEL: &str = "Cancellation failed: no active response found.";
/// No item is longer.
const HOUR_MS: u64 = 3_600_000;

/// Where an item stands in the conversation; what is in it no more comes last.
fn place(item: Option<&str>, wire: &Wire) -> usize {
    item.and_then(|item| wire.place(item)).unwrap_or(usize::MAX)
}

fn keep(texts: &mut Vec<(Option<String>, String)>, item: Option<String>, text: String) {
    if texts.len() == UNANSWERED_MAX {
        texts.remove(0);
    }
    texts.push((item, text));
}

/// Only what we said ourselves can be cut, and only while it is remembered how it was said.
fn no_saying(item: &str, wire: &Wire) -> Refusal {
    if wire.shown(item).is_some() {
        let why = "Only what was said by us, and not long ago, can be cut.";
        return Refusal::new("item_not_spoken", why, Some("item_id"));
    }
    no_such_item("item_truncate_invalid_item_id", "item_id")
}

fn too_long() -> Refusal {
    let why = "The conversation holds as much as it may, and its truncation is disabled: delete items, or allow it.";
    Refusal::new("conversation_too_long", why, None)
}

/// Published clients tell by the code which of their requests it was, and that it is no reason to hang up.
fn no_such_item(code: &'static str, param: &str) -> Refusal {
    Refusal::new(code, "There is no such item in this conversation.", Some(param))
}

fn not_on_this_transport() -> Refusal {
    Refusal::new("not_on_this_transport", "On WebRTC the sound travels on the media track.", Some("type"))
}
