//! Telephone calls that carriers bring over WebSockets: socket, carrier's machine and session joined. It reads no frame and decides nothing.

pub mod act;
mod order;
pub mod playing;
pub mod relay;
#[cfg(test)]
mod script;
pub mod signature;
pub mod switchboard;
pub mod telnyx;
pub mod twilio;
mod voice;

use crate::net::websocket::{GOODBYE_MAX, Line, PING_EVERY, WRITE_STALL_MAX};
use crate::secret::Secret;
use crate::session::event::{LegCommand, LegEvent};
use crate::session::measure;
use act::{Act, Begin, Carrier};
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use std::sync::Arc;
use std::time::Duration;
use switchboard::Switchboard;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The largest frame of a carrier, in bytes.
pub const FRAME_BYTES_MAX: usize = 256 * 1024;
/// Sockets that have not yet said which call they are.
const UNKNOWN_MAX: usize = 64;
/// A socket says within this which call it is.
const START_MAX: Duration = Duration::from_secs(10);
/// Beyond what it should take, the carrier has this long to play our last words.
const SPARE: Duration = Duration::from_secs(1);
/// Our last words are not waited for longer than this.
const LAST_WORDS_MAX: Duration = Duration::from_secs(20);

/// What carriers are let in with.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Where carriers reach us, scheme and host; by the request's host when empty.
    pub public_url: String,
    /// Auth tokens of Twilio accounts; without one Twilio is not let in.
    pub twilio_auth_tokens: Vec<Secret>,
    /// Public keys of Telnyx accounts; without one Telnyx is not let in.
    pub telnyx_public_keys: Vec<[u8; 32]>,
    /// The API key, by its id, that may listen to these calls and steer them; empty for who needs none.
    pub key_id: String,
    /// A call is taken once it was accepted, by whoever is told of it; otherwise at once.
    pub asks: bool,
    /// It rings for so long meanwhile: carriers wait 15 s for the answer of a webhook.
    pub rings_for: Duration,
    /// Where calls may be transferred, as [`switchboard::is_rule`] has it; without one nowhere.
    pub refer_allow: Vec<String>,
}

/// The telephone's side of the server.
#[derive(Debug)]
pub struct Telephony {
    /// What carriers are let in with.
    pub config: Config,
    /// The calls by their names.
    pub board: Switchboard,
    unknown: Arc<Semaphore>,
}

impl Telephony {
    /// Nobody has called yet.
    pub fn new(config: Config) -> Self {
        Self { config, board: Switchboard::default(), unknown: Arc::new(Semaphore::new(UNKNOWN_MAX)) }
    }

    /// Room for one more socket that has not said which call it is; none when there are too many.
    pub fn room(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.unknown).try_acquire_owned().ok()
    }
}

/// Carries one call from its first frame to its end; `open` opens the session once it is known which call it is, and names it, or says why not;
/// `over` learns that it is over.
pub async fn carry<Opened>(
    socket: WebSocket,
    mut carrier: Box<dyn Carrier>,
    room: OwnedSemaphorePermit,
    open: impl FnOnce(Begin) -> Opened,
    over: impl FnOnce(&str),
) where
    Opened: Future<Output = Result<(Line, String), String>>,
{
    let mut socket = socket;
    let begun = tokio::time::timeout(START_MAX, start(&mut socket, carrier.as_mut())).await;
    drop(room);
    let begun = begun.unwrap_or_else(|_| Err("it did not say which call it is".to_owned()));
    let opened = match begun {
        Ok((begin, acts)) => open(begin).await.map(|line| (line, acts)),
        Err(why) => Err(why),
    };
    let ((line, session), acts) = match opened {
        Ok(opened) => opened,
        Err(why) => {
            tracing::info!(why, "a telephone call was refused");
            measure::count("telephone_refused");
            return close(&mut socket, close_code::POLICY, "The call is refused.").await;
        }
    };
    let mut call = Call { socket, carrier, line, deaf: false };
    call.tell(LegEvent::ControlOpen).await;
    let end = match call.act_all(acts).await {
        Ok(()) => call.pump().await,
        Err(end) => end,
    };
    if end == End::Ours {
        call.last_words().await;
    }
    measure::count("telephone_closed");
    tracing::info!(end = ?end, "a telephone call is over");
    // Nobody comes back to a call that is over.
    call.tell(LegEvent::Closed { reason: "hangup" }).await;
    over(&session);
    close(&mut call.socket, close_code::NORMAL, "").await;
}

/// Waits for the frame that says which call it is; what else comes of that frame is answered too.
async fn start(socket: &mut WebSocket, carrier: &mut dyn Carrier) -> Result<(Begin, Vec<Act>), String> {
    while let Some(Ok(message)) = socket.recv().await {
        let Message::Text(text) = message else { continue };
        let mut acts = carrier.frame(&text).into_iter();
        while let Some(act) = acts.next() {
            match act {
                Act::Begin(begin) => return Ok((begin, acts.collect())),
                Act::Refuse(why) => return Err(why.to_owned()),
                Act::Over => return Err("it ended before it began".to_owned()),
                Act::Count(what) => measure::count(what),
                // There is nobody yet to tell, and nothing yet to send.
                Act::Tell(_) | Act::Send(_) => {}
            }
        }
    }
    Err("it was gone before it began".to_owned())
}

async fn close(socket: &mut WebSocket, code: u16, reason: &'static str) {
    let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason) };
    let goodbye = async {
        // A socket that is dropped with something unread in it is reset, and its last frames never arrive.
        if socket.send(Message::Close(Some(frame))).await.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    let _ = tokio::time::timeout(GOODBYE_MAX, goodbye).await;
}

/// What ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The session ended.
    Ours,
    /// The carrier says that it is over.
    Theirs,
    /// The line broke, was silent, or took nothing any more.
    Broken,
    /// It cannot go on.
    Refused,
}

struct Call {
    socket: WebSocket,
    carrier: Box<dyn Carrier>,
    line: Line,
    /// The session is over and hears nothing any more, but what it said last is still to be told.
    deaf: bool,
}

impl Call {
    async fn pump(&mut self) -> End {
        let mut ping = tokio::time::interval(PING_EVERY);
        // The first tick comes at once.
        let (mut silent, mut heard) = (0, true);
        loop {
            let acts = tokio::select! {
                command = self.line.from_session.recv() => match command {
                    Some(LegCommand::Text(event)) => self.carrier.event(&event),
                    Some(LegCommand::Media(_)) => continue,
                    Some(LegCommand::Close) | None => return End::Ours,
                },
                _ = ping.tick() => {
                    silent = if std::mem::take(&mut heard) { 0 } else { silent + 1 };
                    if silent == 2 || self.send(Message::Ping(Vec::new().into())).await.is_err() {
                        return End::Broken;
                    }
                    continue;
                }
                message = self.socket.recv() => {
                    heard = true;
                    match message {
                        Some(Ok(Message::Text(text))) => self.carrier.frame(&text),
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                        Some(Ok(Message::Binary(_))) => vec![Act::Count("carrier_frame_unreadable")],
                        Some(Ok(Message::Close(_))) => return End::Theirs,
                        Some(Err(_)) | None => return End::Broken,
                    }
                }
            };
            if let Err(end) = self.act_all(acts).await {
                return end;
            }
        }
    }

    async fn act_all(&mut self, acts: Vec<Act>) -> Result<(), End> {
        for act in acts {
            match act {
                Act::Tell(event) => self.tell(event).await,
                Act::Send(frame) => self.send(Message::text(frame)).await?,
                Act::Over => return Err(End::Theirs),
                Act::Refuse(why) => {
                    tracing::info!(why, "a telephone call cannot go on");
                    return Err(End::Refused);
                }
                Act::Count(what) => measure::count(what),
                // A call begins once.
                Act::Begin(_) => {}
            }
        }
        Ok(())
    }

    async fn tell(&mut self, event: LegEvent) {
        if !self.deaf {
            let told = tokio::time::timeout(WRITE_STALL_MAX, self.line.to_session.send(event)).await;
            self.deaf = !matches!(told, Ok(Ok(())));
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        match tokio::time::timeout(WRITE_STALL_MAX, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Broken),
        }
    }

    /// The session has said its last words; the carrier is given the time to play them.
    async fn last_words(&mut self) {
        let unheard = Duration::from_millis(self.carrier.unheard_ms()) + SPARE;
        let played = async {
            while self.carrier.unheard_ms() > 0 {
                match self.socket.recv().await {
                    Some(Ok(Message::Text(text))) => drop(self.carrier.frame(&text)),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                    Some(Ok(_)) => {}
                }
            }
        };
        let _ = tokio::time::timeout(unheard.min(LAST_WORDS_MAX), played).await;
        if let Some(frame) = self.carrier.goodbye() {
            // A carrier that takes it no more has ended the call itself.
            let _ = self.send(Message::text(frame)).await;
        }
    }
}
