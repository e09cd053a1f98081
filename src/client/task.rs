//! The task that drives one client: it carries inputs to the machine and does what the machine says. It decides nothing.

use crate::client::backoff;
use crate::client::clock;
use crate::client::error::ClientError;
use crate::client::event::{self, Secret};
use crate::client::line::{Door, Heard, Line};
use crate::client::state::{Effect, Event, Input, Now, State};
use crate::client::voice::Voice;
use futures_util::future::{BoxFuture, OptionFuture};
use serde_json::Value;
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::time::MissedTickBehavior;

/// What whoever uses the client asks of it.
#[derive(Debug)]
pub(crate) enum Command {
    /// Send this event.
    Send(Value),
    /// Stop the voice.
    Interrupt,
    /// End the session.
    HangUp,
}

/// One client at work.
pub(crate) struct Driver {
    /// Opens lines; the address of a return is made anew for each.
    pub(crate) door: Door,
    /// The line, while there is one.
    pub(crate) line: Option<Line>,
    /// The machine.
    pub(crate) state: State,
    /// The sound that waits.
    pub(crate) voice: Voice,
    /// What is asked of us.
    pub(crate) commands: mpsc::Receiver<Command>,
    /// What we tell.
    pub(crate) events: mpsc::Sender<Event>,
    /// The token by which one comes back.
    pub(crate) token: watch::Sender<Option<Secret>>,
}

/// What the driver keeps between two turns of its loop.
struct Hands {
    dialing: OptionFuture<BoxFuture<'static, Result<Line, ClientError>>>,
    unread: VecDeque<Event>,
    heard_at: Instant,
    pinged_at: Instant,
    closing: Option<bool>,
}

impl Driver {
    /// Runs until the session is over, or nobody uses the client any more.
    pub(crate) async fn run(mut self) {
        let now = clock::now();
        let dialing = OptionFuture::default();
        let mut hands = Hands { dialing, unread: VecDeque::new(), heard_at: now, pinged_at: now, closing: None };
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let events = self.events.clone();
        self.input(&mut hands, Input::Opened).await;
        while hands.closing.is_none() {
            let input = tokio::select! {
                heard = hear(self.line.as_mut()), if hands.unread.len() < UNREAD_MAX => self.heard(&mut hands, heard),
                command = self.commands.recv() => match command {
                    Some(Command::Send(event)) => Some(Input::Send(event)),
                    Some(Command::Interrupt) => Some(Input::Interrupt),
                    Some(Command::HangUp) => Some(Input::HangUp),
                    None => break,
                },
                Some(dialed) = &mut hands.dialing => self.dialed(&mut hands, dialed),
                _ = tick.tick() => self.tick(&mut hands).await,
                permit = events.reserve(), if !hands.unread.is_empty() => {
                    if let (Ok(permit), Some(event)) = (permit, hands.unread.pop_front()) {
                        permit.send(event);
                    }
                    None
                }
            };
            if let Some(input) = input {
                self.input(&mut hands, input).await;
            }
        }
        if let Some(line) = self.line.take() {
            line.close(hands.closing.unwrap_or(false)).await;
        }
        // Nobody may be listening any more.
        for event in hands.unread {
            if self.events.send(event).await.is_err() {
                return;
            }
        }
    }

    fn heard(&mut self, hands: &mut Hands, heard: Heard) -> Option<Input> {
        hands.heard_at = clock::now();
        match heard {
            Heard::Text(text) => {
                let event = event::read(&text);
                if event.is_none() {
                    tracing::debug!(bytes = text.len(), "what the server sent is no event");
                }
                event.map(|read| Input::Server(event::id(&text), read))
            }
            Heard::Alive => None,
            Heard::Closed => {
                self.line = None;
                Some(Input::Closed)
            }
            Heard::Broken => {
                self.line = None;
                Some(Input::Lost)
            }
        }
    }

    fn dialed(&mut self, hands: &mut Hands, dialed: Result<Line, ClientError>) -> Option<Input> {
        hands.dialing = OptionFuture::default();
        match dialed {
            Ok(line) => {
                hands.heard_at = clock::now();
                self.line = Some(line);
                Some(Input::Opened)
            }
            Err(error) => Some(Input::Refused(error)),
        }
    }

    /// A line that says nothing is asked, and given up when it has not answered.
    async fn tick(&mut self, hands: &mut Hands) -> Option<Input> {
        let now = clock::now();
        let Some(line) = &mut self.line else { return Some(Input::Tick) };
        if now.saturating_duration_since(hands.heard_at) > QUIET_MAX {
            self.line = None;
            return Some(Input::Lost);
        }
        if now.saturating_duration_since(hands.pinged_at) > PING_EVERY {
            hands.pinged_at = now;
            if !line.ping().await {
                self.line = None;
                return Some(Input::Lost);
            }
        }
        Some(Input::Tick)
    }

    /// One input, and what follows from it.
    async fn input(&mut self, hands: &mut Hands, input: Input) {
        let mut next = Some(input);
        while let Some(input) = next.take() {
            let now = Now { at: clock::now(), played: self.voice.played() };
            for effect in self.state.step(now, input) {
                next = self.act(hands, effect).await.or(next);
            }
        }
        self.token.send_if_modified(|token| {
            let fresh = self.state.token().filter(|fresh| token.as_ref() != Some(fresh)).cloned();
            fresh.map(|fresh| *token = Some(fresh)).is_some()
        });
    }

    async fn act(&mut self, hands: &mut Hands, effect: Effect) -> Option<Input> {
        match effect {
            Effect::Send(event) => {
                if let Some(line) = &mut self.line
                    && !line.say(event.to_string()).await
                {
                    self.line = None;
                    return Some(Input::Lost);
                }
            }
            Effect::Play(pcm) => {
                self.voice.put(&pcm);
            }
            Effect::Silence => {
                self.voice.silence();
            }
            Effect::Dial { token, after, attempt, asked } => {
                let wait = backoff::delay(attempt, rand::random(), asked);
                hands.dialing = Some(dial(self.door.clone(), token, after, wait)).into();
            }
            Effect::Close(for_good) => hands.closing = Some(for_good),
            Effect::Tell(event) => {
                if matches!(event, Event::Over(_)) {
                    hands.closing.get_or_insert(true);
                }
                hands.unread.push_back(event);
            }
        }
        None
    }
}

/// What comes on the line; never anything while there is none.
async fn hear(line: Option<&mut Line>) -> Heard {
    match line {
        Some(line) => line.hear().await,
        None => std::future::pending().await,
    }
}

fn dial(
    mut door: Door,
    Secret(token): Secret,
    after: Option<String>,
    wait: Duration,
) -> BoxFuture<'static, Result<Line, ClientError>> {
    Box::pin(async move {
        tokio::time::sleep(wait).await;
        let kept = door.url.query_pairs().into_owned().filter(|(name, _)| !OURS.contains(&name.as_str()));
        let kept: Vec<(String, String)> = kept.collect();
        door.url.query_pairs_mut().clear().extend_pairs(kept).append_pair("resume", &token);
        if let Some(after) = after {
            door.url.query_pairs_mut().append_pair("after", &after);
        }
        door.open().await
    })
}

/// What a return says anew.
const OURS: [&str; 3] = ["resume", "after", "greeting"];
/// How often played sound is accounted for: a frame.
const TICK: Duration = Duration::from_millis(20);
/// Events that nobody has read; past it the server is not heard, and waits.
const UNREAD_MAX: usize = 1024;
/// Events in the channel to whoever uses the client.
pub(crate) const EVENTS_MAX: usize = 64;
/// Commands in the channel from them.
pub(crate) const COMMANDS_MAX: usize = 256;
const PING_EVERY: Duration = Duration::from_secs(8);
/// A line without a sign of life for this long is dead.
const QUIET_MAX: Duration = Duration::from_secs(20);
