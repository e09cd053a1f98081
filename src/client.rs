//! A client of the Realtime protocol for Rust programs: it speaks and hears over a WebSocket, keeps captions, stops its voice when it is spoken over
//! and comes back when the line is lost. It owns no sound device: sound is given to it, and taken from it at the pace of whoever plays.
//!
//! ```no_run
#![doc = include_str!("../tests/clients/client.rs")]
//! ```

mod address;
mod backoff;
mod caption;
pub(crate) mod clock;
mod error;
mod event;
mod ledger;
mod line;
mod pcm;
mod seen;
mod state;
mod task;
mod trust;
mod voice;

pub use caption::{Caption, CaptionState, Who};
pub use error::ClientError;
pub use event::{Breakdown, PlayoutState, Secret, ServerEvent, Task, VoxfareEvent};
pub use pcm::{FRAME, RATE_HZ, level};
pub use state::{Event, Over};
pub use voice::{Voice, WAITING_MAX};

use line::Door;
use serde_json::{Value, json};
use state::State;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use task::{COMMANDS_MAX, Command, Driver, EVENTS_MAX};
use tokio::sync::{mpsc, watch};
use tokio::time::MissedTickBehavior;

/// Where and how to connect.
#[derive(Clone, Debug)]
pub struct Options {
    /// `http://host:port`, or the `ws://` or `wss://` URL of any Realtime server.
    pub url: String,
    /// An API key or a client secret.
    pub key: Option<Secret>,
    /// Comes back to a session that was left.
    pub resume: Option<Secret>,
    /// A session object, sent as soon as the session is there.
    pub session: Option<Value>,
    /// The server speaks first.
    pub greeting: bool,
    /// Takes any certificate.
    pub insecure: bool,
}

impl Options {
    /// A new session at `url`, with everything at its default.
    pub fn to(url: &str) -> Self {
        Self { url: url.to_owned(), key: None, resume: None, session: None, greeting: false, insecure: false }
    }
}

/// A session with a Realtime server. Dropping it leaves the session, which its resume token can take up for a while; [`Client::hang_up`] ends it.
#[derive(Debug)]
pub struct Client {
    commands: mpsc::Sender<Command>,
    events: mpsc::Receiver<Event>,
    token: watch::Receiver<Option<Secret>>,
    voice: Voice,
    lost: Arc<AtomicU64>,
}

/// The ear of a session: takes sound from any thread without waiting; cheap to clone.
#[derive(Clone, Debug)]
pub struct Microphone {
    commands: mpsc::Sender<Command>,
    lost: Arc<AtomicU64>,
}

impl Client {
    /// Opens a session.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn connect(options: Options) -> Result<Self, ClientError> {
        let url = address::of(&options.url, options.greeting, options.resume.as_ref())?;
        let door = Door { url, key: options.key, insecure: options.insecure };
        let line = Some(door.open().await?);
        let (commands, asked) = mpsc::channel(COMMANDS_MAX);
        let (told, events) = mpsc::channel(EVENTS_MAX);
        let (token_told, token) = watch::channel(options.resume);
        let voice = Voice::default();
        let state = State::new(options.session);
        let driver =
            Driver { door, line, state, voice: voice.clone(), commands: asked, events: told, token: token_told };
        tokio::spawn(driver.run());
        Ok(Self { commands, events, token, voice, lost: Arc::default() })
    }

    /// What happens next; `None` after [`Event::Over`].
    pub async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// The voice, for one place to play; sound that nobody takes counts as unheard.
    pub fn voice(&self) -> Voice {
        self.voice.clone()
    }

    /// The ear, for a sound device's thread.
    pub fn microphone(&self) -> Microphone {
        Microphone { commands: self.commands.clone(), lost: self.lost.clone() }
    }

    /// Speaks sound (mono at 24 kHz) at the pace at which it sounds, with half a second of silence behind it.
    ///
    /// # Errors
    /// [`ClientError::Over`] when the session is over.
    pub async fn speak(&self, pcm: &[i16]) -> Result<(), ClientError> {
        let mut clock = tokio::time::interval(Duration::from_millis(20));
        clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let silence = [0; RATE_HZ as usize / 2];
        for frame in pcm.chunks(FRAME).chain(silence.chunks(FRAME)) {
            clock.tick().await;
            self.send(append(frame)).await?;
        }
        Ok(())
    }

    /// Says something in writing, and asks for an answer; it stops the voice, as speaking over it does.
    ///
    /// # Errors
    /// [`ClientError::Over`] when the session is over.
    pub async fn write(&self, text: &str) -> Result<(), ClientError> {
        self.interrupt().await?;
        let content = json!([{ "type": "input_text", "text": text }]);
        let item = json!({ "type": "message", "role": "user", "content": content });
        self.send(json!({ "type": "conversation.item.create", "item": item })).await?;
        self.send(json!({ "type": "response.create" })).await
    }

    /// Sends any event of the protocol; without a line it is sent once there is one again.
    ///
    /// # Errors
    /// [`ClientError::Over`] when the session is over.
    pub async fn send(&self, event: Value) -> Result<(), ClientError> {
        self.command(Command::Send(event)).await
    }

    /// Stops the voice, and tells the server what was heard.
    ///
    /// # Errors
    /// [`ClientError::Over`] when the session is over.
    pub async fn interrupt(&self) -> Result<(), ClientError> {
        self.command(Command::Interrupt).await
    }

    /// Ends the session. [`Client::next`] still tells what had happened, and [`Event::Over`] last.
    ///
    /// # Errors
    /// [`ClientError::Over`] when it is over already.
    pub async fn hang_up(&self) -> Result<(), ClientError> {
        self.command(Command::HangUp).await
    }

    /// Brings another client back to this session.
    pub fn resume_token(&self) -> Option<Secret> {
        self.token.borrow().clone()
    }

    /// Pieces of sound that were lost because the line was too slow.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    async fn command(&self, command: Command) -> Result<(), ClientError> {
        self.commands.send(command).await.map_err(|_| ClientError::Over)
    }
}

impl Microphone {
    /// Hears a piece of sound, mono at 24 kHz, 20 ms being a good size; false when it was lost because the line is too slow or over.
    pub fn hear(&self, pcm: &[i16]) -> bool {
        let heard = self.commands.try_send(Command::Send(append(pcm))).is_ok();
        if !heard {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        heard
    }
}

fn append(pcm: &[i16]) -> Value {
    json!({ "type": state::APPEND, "audio": pcm::encode(pcm) })
}
