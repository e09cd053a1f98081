//! All sessions of this process: names to mailboxes, capacity, resume tokens, drain. It holds the only lock.

mod minutes;

use crate::session::actor::{Actor, MAILBOX_MAX, Request, Transport};
use crate::session::effects::Ports;
use crate::session::event::Input;
use crate::session::machine::{Bounds, Machine, SESSION_PREFIX, Setup};
use crate::session::measure;
use crate::session::tape::Recorder;
use media::codec::opus::Effort;
use minutes::Minutes;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio_util::task::TaskTracker;

/// What the registry is made with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Sessions at once.
    pub sessions_max: usize,
    /// Sessions of one caller at once; 0 for no bound but the other.
    pub sessions_per_caller: usize,
    /// How long a session outlives its transport.
    pub resume_within: Duration,
    /// How long a session may last.
    pub session_max: Duration,
    /// Voice name; empty for the engine's own.
    pub voice: String,
    /// BCP 47 tag of the language spoken.
    pub language: String,
    /// Words likely to occur, as a hint to the recogniser.
    pub prompt: String,
    /// How much a client may send at once.
    pub bounds: Bounds,
    /// Minutes of one caller in an hour, over all its sessions; 0 for no bound.
    pub minutes_per_hour: u32,
    /// Where tapes are written; none without it.
    pub tapes: Option<std::path::PathBuf>,
}

/// How a session is to begin.
#[derive(Clone, Debug, Default)]
pub struct Opening {
    /// Its name, where it had one before it began; otherwise a fresh one is made.
    pub name: Option<String>,
    /// The server speaks first, and again when nobody answers.
    pub greets: bool,
    /// The session object it is bound to, as a client secret carries it.
    pub session: Option<serde_json::Value>,
    /// Whose it is, for the bound on one caller's; none for the machine's own user.
    pub caller: Option<String>,
    /// New items are told under their old name as well, as clients of the protocol's beta want it.
    pub tells_created: bool,
    /// The API key it was opened with, which alone may steer it from elsewhere; empty where none was needed.
    pub key_id: String,
}

/// Makes the cores of one session from its seed; fails with a sentence.
pub type MakeMachine = dyn Fn(Setup, u64, Instant) -> Result<Machine, String> + Send + Sync;

/// Why a caller was turned away.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Every place is taken.
    #[error("all {sessions_max} lines are busy; try again in a few seconds")]
    Full {
        /// How many there are.
        sessions_max: usize,
    },
    /// The caller has as many sessions as one may have.
    #[error("you have {sessions} conversations already, which is the most for one caller; end one first")]
    TooMany {
        /// How many there are.
        sessions: usize,
    },
    /// The caller has spoken as many minutes as one may in an hour.
    #[error("you have used all minutes of this hour; wait {wait_s} s")]
    Spent {
        /// Until there is a minute again, in s.
        wait_s: u64,
    },
    /// The server is stopping.
    #[error("the server is stopping and takes no new calls")]
    Draining,
    /// The resume token is unknown or has expired.
    #[error("this conversation is over or was never here; start a new call")]
    UnknownToken,
    /// A session could not be made.
    #[error("the session could not be started: {0}")]
    Broken(String),
}

/// All sessions; cheap to clone.
#[derive(Clone)]
pub struct Registry {
    config: Arc<Config>,
    ports: Ports,
    make: Arc<MakeMachine>,
    state: Arc<Mutex<State>>,
    sessions: TaskTracker,
    durable: TaskTracker,
    effort: watch::Sender<Effort>,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry").field("sessions", &self.count()).finish_non_exhaustive()
    }
}

#[derive(Default)]
struct State {
    running: BTreeMap<String, Entry>,
    minutes: Minutes,
    opened: u64,
    draining: bool,
}

struct Entry {
    /// How long it may last, which is held ready for it.
    granted: Duration,
    token: String,
    mailbox: mpsc::Sender<Request>,
    caller: Option<String>,
    key_id: String,
}

impl Registry {
    /// An empty registry.
    pub fn new(config: Config, ports: Ports, make: Arc<MakeMachine>) -> Self {
        Self {
            config: Arc::new(config),
            ports,
            make,
            state: Arc::default(),
            sessions: TaskTracker::new(),
            durable: TaskTracker::new(),
            effort: watch::Sender::new(Effort::Usual),
        }
    }

    /// Begins a session on `transport` and returns its name.
    ///
    /// # Errors
    /// When every place is taken, the server is stopping, or the session cannot be made.
    pub fn open(&self, transport: Transport, opening: Opening) -> Result<String, OpenError> {
        let now = Instant::now();
        let (id, token) = (opening.name.clone().unwrap_or_else(name), random_word(43));
        let (caller, key_id) = (opening.caller.clone(), opening.key_id.clone());
        let (number, left) = self.admit(caller.as_deref(), now)?;
        let setup_max = left.map_or(self.config.session_max, |left| left.min(self.config.session_max));
        let setup = self.setup(&id, &token, opening, setup_max);
        let recorder = self.config.tapes.as_deref().map(|folder| Recorder::begin(folder, &setup, number, now));
        let machine = (self.make)(setup, number, now).map_err(OpenError::Broken)?;
        let (mailbox, requests) = mpsc::channel(MAILBOX_MAX);
        let actor = Actor {
            number,
            id: id.clone(),
            machine,
            ports: self.ports.clone(),
            mailbox: requests,
            durable: self.durable.clone(),
            recorder,
            effort: self.effort(),
        };
        // The mailbox is new and empty: there is room for the first request.
        let _ = mailbox.try_send(Request::Attach(transport));
        self.enter(&id, Entry { granted: setup_max, token, mailbox, caller, key_id });
        self.spawn(id.clone(), actor, now);
        Ok(id)
    }

    /// Brings a caller back to the session with this token, once the transport's control channel is open; `after` is the number of the last event it has seen.
    ///
    /// # Errors
    /// When no running session has the token.
    pub fn resume(&self, token: &str, after: Option<u64>, transport: Transport) -> Result<String, OpenError> {
        let found = self
            .locked()
            .running
            .iter()
            .find_map(|(id, entry)| same_secret(&entry.token, token).then(|| (id.clone(), entry.mailbox.clone())));
        let (id, mailbox) = found.ok_or(OpenError::UnknownToken)?;
        mailbox
            .try_send(Request::Return { transport, after })
            .map_err(|_| OpenError::Broken("the session does not answer".to_owned()))?;
        Ok(id)
    }

    /// Joins a further connection, for events alone, to a running session; false when this key has none of this name.
    pub async fn join(&self, id: &str, key_id: &str, transport: Transport) -> bool {
        match self.mailbox(id, key_id) {
            Some(mailbox) => mailbox.send(Request::Join(transport)).await.is_ok(),
            None => false,
        }
    }

    /// The token belongs to a running session.
    pub fn knows(&self, token: &str) -> bool {
        self.locked().running.values().any(|entry| same_secret(&entry.token, token))
    }

    /// Whether a new session would be taken now.
    ///
    /// # Errors
    /// Why it would not.
    pub fn check(&self) -> Result<(), OpenError> {
        let state = self.locked();
        if state.draining {
            return Err(OpenError::Draining);
        }
        if state.running.len() >= self.config.sessions_max {
            return Err(OpenError::Full { sessions_max: self.config.sessions_max });
        }
        Ok(())
    }

    /// Ends a session by its name; false when this key has none of this name.
    pub async fn hang_up(&self, id: &str, key_id: &str) -> bool {
        match self.mailbox(id, key_id) {
            Some(mailbox) => mailbox.send(Request::Input(Box::new(Input::HangUp))).await.is_ok(),
            None => false,
        }
    }

    /// The name of a running session of this key, of its call's or its own name.
    pub fn name_of(&self, id: &str, key_id: &str) -> Option<String> {
        let id = id.strip_prefix(SESSION_PREFIX).unwrap_or(id);
        self.has(id, key_id).then(|| id.to_owned())
    }

    /// This key has a running session of this name.
    pub fn has(&self, id: &str, key_id: &str) -> bool {
        self.mailbox(id, key_id).is_some()
    }

    /// By the name of the call, or of its session as clients are told it.
    fn mailbox(&self, id: &str, key_id: &str) -> Option<mpsc::Sender<Request>> {
        let id = id.strip_prefix(SESSION_PREFIX).unwrap_or(id);
        let state = self.locked();
        state.running.get(id).filter(|entry| entry.key_id == key_id).map(|entry| entry.mailbox.clone())
    }

    /// Encoding costs this much from now on, in every session; whether that is another effort than before.
    pub fn spend(&self, effort: Effort) -> bool {
        self.effort.send_if_modified(|now| std::mem::replace(now, effort) != effort)
    }

    /// For a new session, which begins with the usual one.
    fn effort(&self) -> watch::Receiver<Effort> {
        let mut effort = self.effort.subscribe();
        if *effort.borrow() != Effort::Usual {
            effort.mark_changed();
        }
        effort
    }

    /// Sessions that are running.
    pub fn count(&self) -> usize {
        self.locked().running.len()
    }

    /// Takes no new sessions, tells the running ones, and returns when all of them and all durable effects are done,
    /// or `within` has passed; returns how many sessions were still running then.
    pub async fn drain(&self, within: Duration) -> usize {
        let mailboxes: Vec<_> = {
            let mut state = self.locked();
            state.draining = true;
            state.running.values().map(|entry| entry.mailbox.clone()).collect()
        };
        for mailbox in mailboxes {
            let _ = mailbox.send(Request::Input(Box::new(Input::Drain { within }))).await;
        }
        self.sessions.close();
        self.durable.close();
        let hard = within + Duration::from_secs(2);
        let done = async {
            self.sessions.wait().await;
            self.durable.wait().await;
        };
        let _ = tokio::time::timeout(hard, done).await;
        self.count()
    }

    fn setup(&self, id: &str, token: &str, opening: Opening, session_max: Duration) -> Setup {
        let config = &self.config;
        let expires = jiff::Timestamp::now().as_second() + session_max.as_secs() as i64;
        Setup {
            id: id.to_owned(),
            resume_token: token.to_owned(),
            resume_expires_at: expires,
            resume_within: config.resume_within,
            session_max,
            voice: config.voice.clone(),
            language: config.language.clone(),
            prompt: config.prompt.clone(),
            greets: opening.greets,
            session: opening.session,
            tells_created: opening.tells_created,
            bounds: config.bounds,
            began_ms: jiff::Timestamp::now().as_millisecond(),
        }
    }

    /// The number of a new session, and how long it may last for its caller's sake.
    fn admit(&self, caller: Option<&str>, now: Instant) -> Result<(u64, Option<Duration>), OpenError> {
        self.check()?;
        let mut state = self.locked();
        let most = self.config.sessions_per_caller;
        if let Some(caller) = caller.filter(|_| most > 0) {
            let sessions = state.running.values().filter(|entry| entry.caller.as_deref() == Some(caller)).count();
            if sessions >= most {
                return Err(OpenError::TooMany { sessions });
            }
        }
        let of_caller = state.running.values().filter(|entry| caller.is_some() && entry.caller.as_deref() == caller);
        let running = of_caller.map(|entry| entry.granted).sum();
        let left = state.minutes.left(self.config.minutes_per_hour, caller, running, now);
        let left = left.map_err(|wait| OpenError::Spent { wait_s: wait.as_secs() + 1 })?;
        state.opened += 1;
        Ok((state.opened, left))
    }

    fn enter(&self, id: &str, entry: Entry) {
        let mut state = self.locked();
        state.running.insert(id.to_owned(), entry);
        measure::sessions(state.running.len());
    }

    fn spawn(&self, id: String, actor: Actor, since: Instant) {
        let registry = self.clone();
        self.sessions.spawn(async move {
            let reason = actor.run().await;
            measure::ended(&id, reason.label(), since.elapsed().as_secs_f64());
            let mut state = registry.locked();
            if let Some(Entry { caller: Some(caller), .. }) = state.running.remove(&id) {
                state.minutes.spend(registry.config.minutes_per_hour, caller, since.elapsed(), Instant::now());
            }
            measure::sessions(state.running.len());
        });
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A fresh name for a session.
pub fn name() -> String {
    random_word(12)
}

/// Random letters and digits, about six bits each.
fn random_word(length: usize) -> String {
    use rand::Rng;
    rand::rng().sample_iter(rand::distr::Alphanumeric).take(length).map(char::from).collect()
}

/// Compares two secrets in a time that does not tell where they differ.
fn same_secret(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}
