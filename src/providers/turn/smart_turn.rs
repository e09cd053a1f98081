//! smart-turn v3.2: does this sound end a turn? One inference thread with a bounded queue. It never blocks a caller.

mod engine;

use crate::providers::turn::features::Features;
use crate::session::ports::{Failure, TurnDetector};
use engine::Engine;
use futures_util::future::BoxFuture;
use media::transcript::EarAudio;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// Scores waiting at most; more are refused, the caller's silence decides then.
const WAITING_MAX: usize = 64;
/// The thread yields to recognition and the voice where cores are few: a score shortens a wait, the others make the answer.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;
/// What a refused caller is told to wait.
const RETRY_AFTER: Duration = Duration::from_millis(100);

/// Settings of the detector.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmartTurnConfig {
    /// Threads of one inference; more than the free cores makes it slower.
    pub threads: usize,
    /// Use onnxruntime when its library is found.
    pub onnxruntime: bool,
}

impl Default for SmartTurnConfig {
    fn default() -> Self {
        Self { threads: 1, onnxruntime: true }
    }
}

/// The detector; dropping it ends its thread after the running score.
pub struct SmartTurn {
    jobs: SyncSender<Job>,
    engine: &'static str,
}

struct Job {
    audio: EarAudio,
    cancel: CancellationToken,
    reply: oneshot::Sender<Result<f32, Failure>>,
}

impl SmartTurn {
    /// Loads the model and starts its thread. `library` is onnxruntime's, used when configured and loadable.
    pub fn start(config: &SmartTurnConfig, model: &Path, library: Option<PathBuf>) -> Result<Self, Failure> {
        let library = library.filter(|_| config.onnxruntime);
        let engine =
            Engine::load(model, library.as_deref(), config.threads.max(1)).map_err(|why| Failure::Broken { why })?;
        let name = engine.name();
        let (jobs, waiting) = sync_channel(WAITING_MAX);
        let thread = std::thread::Builder::new().name("smart-turn".into());
        thread.spawn(move || work(engine, &waiting)).map_err(|error| Failure::Broken { why: error.to_string() })?;
        Ok(Self { jobs, engine: name })
    }

    /// Which engine computes: `onnxruntime` or `rten`.
    pub fn engine(&self) -> &'static str {
        self.engine
    }
}

impl TurnDetector for SmartTurn {
    fn score(&self, audio: EarAudio, cancel: CancellationToken) -> BoxFuture<'_, Result<f32, Failure>> {
        let (reply, answer) = oneshot::channel();
        let sent = self.jobs.try_send(Job { audio, cancel, reply });
        Box::pin(async move {
            match sent {
                Ok(()) => answer.await.unwrap_or_else(|_| Err(ended())),
                Err(TrySendError::Full(_)) => Err(Failure::Retry { after: RETRY_AFTER }),
                Err(TrySendError::Disconnected(_)) => Err(ended()),
            }
        })
    }
}

/// The life of the thread: one score after the other until the detector is dropped.
fn work(mut engine: Engine, waiting: &Receiver<Job>) {
    // On Linux, niceness is a thread's own; elsewhere it would be the whole process's.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(%error, "the turn detector runs at the usual priority");
    }
    let features = Features::default();
    while let Ok(job) = waiting.recv() {
        let unwanted = job.cancel.is_cancelled() || job.reply.is_closed();
        let answer = if unwanted {
            Err(Failure::Retry { after: Duration::ZERO })
        } else {
            engine.score(features.of(&job.audio)).map_err(|why| Failure::Broken { why })
        };
        // The caller may have gone in the meantime.
        let _ = job.reply.send(answer);
    }
}

fn ended() -> Failure {
    Failure::Broken { why: "the turn detector's thread has ended".into() }
}
