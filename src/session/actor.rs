//! The task that owns one session: a table of contents over mailbox, transport, effects and timer. It decides nothing.

mod coming;
mod sides;

use crate::session::effects::{self, Ports};
use crate::session::event::{EffectId, EndReason, Input, LegCommand, LegEvent, Output};
use crate::session::machine::Machine;
use crate::session::tape::Recorder;
use coming::Coming;
use media::codec::opus::Effort;
use sides::Sides;
use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Inputs from effects that may wait.
pub const EFFECT_ANSWERS_MAX: usize = 256;
/// Requests from the registry that may wait.
pub const MAILBOX_MAX: usize = 32;
/// Control messages a transport may be behind; past it the peer has stopped reading and the transport is closed.
const CONTROL_BEHIND_MAX: usize = 2048;
/// And bytes of them.
const CONTROL_BEHIND_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Room in a transport's queue that is kept free for control messages.
const CONTROL_ROOM: usize = 16;

/// The two ends of one attached transport.
#[derive(Debug)]
pub struct Transport {
    /// What it tells us.
    pub events: mpsc::Receiver<LegEvent>,
    /// What we tell it.
    pub commands: mpsc::Sender<LegCommand>,
    /// Sound travels in its events, not in packets.
    pub stream: bool,
}

/// What the registry asks of a session.
#[derive(Debug)]
pub enum Request {
    /// Use this transport from now on.
    Attach(Transport),
    /// The caller comes back with a resume token: use this transport once its control channel is open.
    Return {
        /// The transport.
        transport: Transport,
        /// The number of the last event that the caller has seen.
        after: Option<u64>,
    },
    /// Use this further connection, for events alone.
    Join(Transport),
    /// An input from outside any transport.
    Input(Box<Input>),
}

/// One session's task.
pub struct Actor {
    /// For fairness between sessions.
    pub number: u64,
    /// The session's name.
    pub id: String,
    /// The machine.
    pub machine: Machine,
    /// The world.
    pub ports: Ports,
    /// What the registry asks.
    pub mailbox: mpsc::Receiver<Request>,
    /// Durable effects run here: they outlive the session.
    pub durable: TaskTracker,
    /// Records every input, when wanted.
    pub recorder: Option<Recorder>,
    /// What encoding may cost.
    pub effort: watch::Receiver<Effort>,
}

impl std::fmt::Debug for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Actor").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What the loop holds besides the actor itself.
struct Running {
    events: Option<mpsc::Receiver<LegEvent>>,
    commands: Option<mpsc::Sender<LegCommand>>,
    behind: VecDeque<String>,
    coming: Coming,
    sides: Sides,
    /// Boxed, for a queue keeps room for dozens of them.
    answers: mpsc::Sender<Box<Input>>,
    cancels: BTreeMap<EffectId, CancellationToken>,
    tasks: TaskTracker,
    wakes: Option<Instant>,
    over: Option<EndReason>,
}

impl Running {
    /// The one before is let go; answers whether sound travels in events.
    fn use_from_now(&mut self, transport: Transport) -> bool {
        if let Some(old) = self.commands.replace(transport.commands) {
            let _ = old.try_send(LegCommand::Close);
        }
        self.events = Some(transport.events);
        self.behind.clear();
        transport.stream
    }

    /// The transport is gone, or is let go.
    fn let_go(&mut self) {
        self.events = None;
        self.commands = None;
        self.behind.clear();
    }
}

enum Happened {
    Asked(Option<Request>),
    Leg(Option<LegEvent>),
    Came(Transport, Option<u64>),
    Side(String),
    Answer(Option<Box<Input>>),
    Room,
    Effort,
    Time,
}

impl Actor {
    /// Runs the session to its end and joins everything it started.
    pub async fn run(mut self) -> EndReason {
        let (answers, mut answered) = mpsc::channel(EFFECT_ANSWERS_MAX);
        let mut running = Running {
            events: None,
            commands: None,
            behind: VecDeque::new(),
            coming: Coming::default(),
            sides: Sides::default(),
            answers,
            cancels: BTreeMap::new(),
            tasks: TaskTracker::new(),
            wakes: None,
            over: None,
        };
        self.drain(&mut running);
        while running.over.is_none() {
            let happened = tokio::select! {
                biased;
                request = self.mailbox.recv() => Happened::Asked(request),
                () = room(running.commands.as_ref(), !running.behind.is_empty()) => Happened::Room,
                (transport, after) = running.coming.next() => Happened::Came(transport, after),
                event = next_event(running.events.as_mut()) => Happened::Leg(event),
                text = running.sides.next() => Happened::Side(text),
                answer = answered.recv() => Happened::Answer(answer),
                Ok(()) = self.effort.changed() => Happened::Effort,
                () = until(running.wakes) => Happened::Time,
            };
            self.happened(&mut running, happened);
            send_behind(&mut running);
        }
        finish(&mut running).await;
        running.over.unwrap_or(EndReason::HungUp)
    }

    fn happened(&mut self, running: &mut Running, happened: Happened) {
        match happened {
            Happened::Asked(Some(Request::Attach(transport))) => {
                let stream = running.use_from_now(transport);
                self.step(running, Input::Attached { resumed: false, stream, after: None });
            }
            Happened::Asked(Some(Request::Return { transport, after })) => running.coming.expect(transport, after),
            Happened::Came(transport, after) => {
                let stream = running.use_from_now(transport);
                self.step(running, Input::Attached { resumed: true, stream, after });
                self.step(running, Input::ControlOpen);
            }
            Happened::Asked(Some(Request::Join(transport))) => {
                if !running.sides.join(transport.events, transport.commands) {
                    crate::session::measure::count("side_refused");
                }
            }
            Happened::Asked(Some(Request::Input(input))) => self.step(running, *input),
            Happened::Asked(None) => self.step(running, Input::HangUp),
            Happened::Leg(Some(event)) => self.leg(running, event),
            Happened::Leg(None) => self.detach(running),
            Happened::Side(text) => self.step(running, Input::Control(text)),
            Happened::Answer(Some(input)) => self.step(running, *input),
            Happened::Answer(None) | Happened::Room => {}
            Happened::Effort => {
                let effort = *self.effort.borrow_and_update();
                self.step(running, Input::Effort(effort));
            }
            Happened::Time => {
                let late = running.wakes.map(|at| Instant::now().saturating_duration_since(at));
                crate::session::measure::woken(late.unwrap_or_default());
                self.step(running, Input::Tick);
            }
        }
    }

    fn leg(&mut self, running: &mut Running, event: LegEvent) {
        match event {
            LegEvent::Connected => {}
            LegEvent::ControlOpen => self.step(running, Input::ControlOpen),
            LegEvent::Media(packet) => self.step(running, Input::Media(packet)),
            LegEvent::Text(text) => self.step(running, Input::Control(text)),
            LegEvent::Digit(key) => self.step(running, Input::Digit(key)),
            LegEvent::Report(link) => self.step(running, Input::Link(link)),
            LegEvent::Closed { reason } => {
                tracing::info!(reason, "transport closed");
                if reason == "hangup" {
                    running.let_go();
                    self.step(running, Input::HangUp);
                } else {
                    self.detach(running);
                }
            }
        }
    }

    fn detach(&mut self, running: &mut Running) {
        running.let_go();
        self.step(running, Input::Detached);
    }

    /// One input through the machine, and all that comes of it.
    fn step(&mut self, running: &mut Running, input: Input) {
        let now = Instant::now();
        if let Some(recorder) = &mut self.recorder {
            recorder.input(now, &input);
        }
        self.machine.handle(now, input);
        self.drain(running);
    }

    fn drain(&mut self, running: &mut Running) {
        loop {
            let output = self.machine.poll();
            if let Some(recorder) = &mut self.recorder {
                recorder.output(&output);
            }
            match output {
                Output::Timeout(at) => {
                    running.wakes = at;
                    return;
                }
                Output::Media(packet) => send_media(running, LegCommand::Media(packet)),
                Output::Control(text) => {
                    running.sides.tell(&text);
                    running.behind.push_back(text);
                }
                Output::Again(text) => running.behind.push_back(text),
                Output::Run(id, _, effect) => self.run_effect(running, id, effect),
                Output::Commit(id, effect) => {
                    let (ports, session, answers) = (self.ports.clone(), self.id.clone(), running.answers.clone());
                    self.durable.spawn(effects::commit(ports, session, id, effect, answers));
                }
                Output::Cancel(id) => {
                    if let Some(cancel) = running.cancels.remove(&id) {
                        cancel.cancel();
                    }
                }
                Output::Measured(breakdown) => crate::session::measure::turn(&self.id, &breakdown),
                Output::Count(what) => crate::session::measure::count(what),
                Output::Ended(reason) => running.over = Some(reason),
            }
        }
    }

    fn run_effect(&mut self, running: &mut Running, id: EffectId, effect: crate::session::event::Interruptible) {
        let cancel = CancellationToken::new();
        running.cancels.retain(|_, token| !token.is_cancelled());
        running.cancels.insert(id, cancel.clone());
        let (ports, answers, number) = (self.ports.clone(), running.answers.clone(), self.number);
        running.tasks.spawn(async move {
            effects::run(ports, number, id, effect, cancel.clone(), answers).await;
            cancel.cancel();
        });
    }
}

fn send_media(running: &Running, command: LegCommand) {
    if let Some(commands) = &running.commands
        && (commands.capacity() <= CONTROL_ROOM || commands.try_send(command).is_err())
    {
        crate::session::measure::count("media_out_dropped");
    }
}

/// Sends what waits for the transport, in order; a peer that has stopped reading is let go.
fn send_behind(running: &mut Running) {
    let Some(commands) = &running.commands else { return };
    while let Some(text) = running.behind.pop_front() {
        if let Err(mpsc::error::TrySendError::Full(LegCommand::Text(text))) = commands.try_send(LegCommand::Text(text))
        {
            running.behind.push_front(text);
            break;
        }
    }
    let bytes: usize = running.behind.iter().map(String::len).sum();
    if running.behind.len() > CONTROL_BEHIND_MAX || bytes > CONTROL_BEHIND_BYTES_MAX {
        crate::session::measure::count("peer_stopped_reading");
        running.let_go();
    }
}

/// Sends the last words, closes the transport, cancels and joins every task of the session.
async fn finish(running: &mut Running) {
    send_behind(running);
    running.sides.close();
    running.coming.close();
    if let Some(commands) = running.commands.take() {
        let _ = commands.send(LegCommand::Close).await;
    }
    for cancel in running.cancels.values() {
        cancel.cancel();
    }
    running.tasks.close();
    running.tasks.wait().await;
}

async fn room(commands: Option<&mpsc::Sender<LegCommand>>, wanted: bool) {
    match commands {
        Some(commands) if wanted => {
            let _ = commands.reserve().await;
        }
        _ => std::future::pending().await,
    }
}

async fn next_event(events: Option<&mut mpsc::Receiver<LegEvent>>) -> Option<LegEvent> {
    match events {
        Some(events) => events.recv().await,
        None => std::future::pending().await,
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
