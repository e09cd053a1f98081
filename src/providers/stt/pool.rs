//! The inference threads: each takes the next job from one bounded queue. It never runs two jobs on one engine at once.

use crate::providers::stt::queue::{Entry, Queue};
use crate::session::ports::{Failure, HearJob, SpeechToText, Transcript};
use futures_util::future::BoxFuture;
use media::call::Hearing;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// What a shed job's caller is told to wait.
const RETRY_AFTER: Duration = Duration::from_millis(250);

/// An engine that recognises one job at a time. Each thread has its own.
pub trait Recognizer {
    /// Recognises `job`; looks at `stop` as often as it can and gives up when it says so.
    fn recognize(&mut self, job: &HearJob, stop: &Stop) -> Result<Transcript, Trouble>;
}

/// Why an engine gave no transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It was told to stop.
    Stopped,
    /// It failed.
    Failed(String),
}

/// Tells a running engine whether its result is still wanted.
#[derive(Clone, Debug)]
pub struct Stop {
    cancel: CancellationToken,
    preempted: Arc<Preempted>,
    expires: Instant,
}

/// What ends a running computation early, from another thread.
pub type Interrupt = Box<dyn Fn() + Send>;

/// Whether something more urgent took a job's place.
#[derive(Default)]
struct Preempted {
    flag: AtomicBool,
    interrupt: Mutex<Option<Interrupt>>,
}

impl Preempted {
    fn is_set(&self) -> bool {
        self.flag.load(Ordering::Relaxed)
    }

    fn set(&self) {
        self.flag.store(true, Ordering::Relaxed);
        self.ring();
    }

    fn ring(&self) {
        if let Some(interrupt) = &*self.interrupt.lock().unwrap_or_else(PoisonError::into_inner) {
            interrupt();
        }
    }

    fn install(&self, interrupt: Option<Interrupt>) {
        *self.interrupt.lock().unwrap_or_else(PoisonError::into_inner) = interrupt;
    }
}

impl std::fmt::Debug for Preempted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Preempted").field(&self.is_set()).finish()
    }
}

impl Stop {
    /// Is the result unwanted: cancelled, displaced by something more urgent, or too late?
    pub fn is_due(&self) -> bool {
        self.cancel.is_cancelled() || self.preempted.is_set() || Instant::now() >= self.expires
    }

    /// Runs `work`, which `interrupt` ends early when something more urgent comes.
    pub fn interruptible<T>(&self, interrupt: Interrupt, work: impl FnOnce() -> T) -> T {
        self.preempted.install(Some(interrupt));
        if self.is_due() {
            self.preempted.ring();
        }
        let done = work();
        self.preempted.install(None);
        done
    }

    /// Time left until the deadline.
    pub fn remaining(&self) -> Duration {
        self.expires.saturating_duration_since(Instant::now())
    }
}

/// Inference threads behind [`SpeechToText`]; dropping the pool stops and joins them.
pub struct Pool {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    work: Condvar,
}

struct State {
    queue: Queue<Waiting>,
    /// What each thread is doing.
    running: Vec<Option<Running>>,
    closed: bool,
}

struct Waiting {
    job: HearJob,
    stop: Stop,
    submitted: Instant,
    reply: oneshot::Sender<Result<Transcript, Failure>>,
}

type Answer = oneshot::Receiver<Result<Transcript, Failure>>;

/// Stops a job that nobody waits for any more, wherever it is.
struct Gone(Arc<Preempted>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.set();
    }
}

struct Running {
    hearing: Hearing,
    preempted: Arc<Preempted>,
}

impl Pool {
    /// Starts `threads` threads, each with the engine that `make` builds on it; fails when one cannot be built.
    pub fn start<R, F>(threads: usize, make: F) -> Result<Self, Failure>
    where
        R: Recognizer,
        F: Fn() -> Result<R, String> + Send + Sync + 'static,
    {
        let running = (0..threads).map(|_| None).collect();
        let state = State { queue: Queue::default(), running, closed: false };
        let shared = Arc::new(Shared { state: Mutex::new(state), work: Condvar::new() });
        let mut pool = Self { shared, threads: Vec::new() };
        let make = Arc::new(make);
        let (ready, built) = std::sync::mpsc::sync_channel(threads);
        for index in 0..threads {
            let (shared, make, ready) = (Arc::clone(&pool.shared), Arc::clone(&make), ready.clone());
            let body = move || match make() {
                Ok(engine) => {
                    let _ = ready.send(Ok(()));
                    drop(ready);
                    work(&shared, index, engine);
                }
                Err(why) => drop(ready.send(Err(why))),
            };
            let thread = std::thread::Builder::new().name(format!("hearing-{index}")).spawn(body);
            pool.threads.push(thread.map_err(|error| Failure::Broken { why: error.to_string() })?);
        }
        drop(ready);
        let mut begun = 0;
        for built in built {
            built.map_err(|why| Failure::Broken { why })?;
            begun += 1;
        }
        if begun < threads {
            return Err(Failure::Broken { why: "a recogniser's thread ended while it began".into() });
        }
        Ok(pool)
    }

    /// Jobs waiting now.
    pub fn waiting(&self) -> usize {
        self.shared.lock().queue.len()
    }

    fn submit(&self, job: HearJob, cancel: CancellationToken) -> (Answer, Gone) {
        let (reply, answer) = oneshot::channel();
        let submitted = Instant::now();
        let stop = Stop { cancel, preempted: Arc::default(), expires: submitted + job.deadline };
        let gone = Gone(Arc::clone(&stop.preempted));
        let (session, hearing, expires) = (job.session, job.hearing, stop.expires);
        let mut state = self.shared.lock();
        let mut shed =
            state.queue.push(Entry { session, hearing, expires, job: Waiting { job, stop, submitted, reply } });
        if hearing != Hearing::Partial {
            shed.extend(state.make_way());
        }
        drop(state);
        self.shared.work.notify_one();
        shed.into_iter().for_each(Waiting::shed);
        (answer, gone)
    }
}

impl SpeechToText for Pool {
    fn hear(&self, job: HearJob) -> BoxFuture<'_, Result<Transcript, Failure>> {
        let deadline = job.deadline;
        let cancel = job.cancel.child_token();
        let (answer, gone) = self.submit(job, cancel.clone());
        // A caller that goes away, or is told that it is too late, leaves nothing running.
        let guard = cancel.drop_guard();
        Box::pin(async move {
            let answer = tokio::time::timeout(deadline, answer).await;
            drop((guard, gone));
            match answer {
                Ok(Ok(result)) => result,
                Ok(Err(_)) => Err(Failure::Broken { why: "the recogniser's threads have ended".into() }),
                Err(_) => Err(Failure::Retry { after: RETRY_AFTER }),
            }
        })
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.closed = true;
        state.running.iter().flatten().for_each(|running| running.preempted.set());
        drop(state);
        self.shared.work.notify_all();
        for thread in self.threads.drain(..) {
            // A thread that panicked has already been reported by the panic hook.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while the lock is held, and the state would still be whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the next job; answers expired ones; `None` when the pool is closed.
    fn next(&self, thread: usize) -> Option<Waiting> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            let (next, expired) = state.queue.pop(Instant::now());
            expired.into_iter().for_each(Waiting::shed);
            if let Some(entry) = next {
                let preempted = Arc::clone(&entry.job.stop.preempted);
                state.running[thread] = Some(Running { hearing: entry.hearing, preempted });
                return Some(entry.job);
            }
            state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl State {
    /// When more urgent jobs wait than threads are idle: stops a running partial and sheds the waiting ones.
    fn make_way(&mut self) -> Vec<Waiting> {
        let idle = self.running.iter().filter(|running| running.is_none()).count();
        if self.queue.urgent() <= idle {
            return Vec::new();
        }
        let partial = |running: &&Running| running.hearing == Hearing::Partial && !running.preempted.is_set();
        if let Some(running) = self.running.iter().flatten().find(partial) {
            running.preempted.set();
        }
        self.queue.shed_partials()
    }
}

impl Waiting {
    fn shed(self) {
        metrics::counter!("voxfare_stt_shed_total").increment(1);
        let _ = self.reply.send(Err(Failure::Retry { after: RETRY_AFTER }));
    }
}

/// The life of one thread.
fn work(shared: &Shared, thread: usize, mut engine: impl Recognizer) {
    while let Some(waiting) = shared.next(thread) {
        let started = Instant::now();
        let waited = started.duration_since(waiting.submitted);
        let result =
            if waiting.stop.is_due() { Err(Trouble::Stopped) } else { engine.recognize(&waiting.job, &waiting.stop) };
        let computed = started.elapsed();
        metrics::histogram!("voxfare_stt_decode_seconds", "hearing" => word(waiting.job.hearing))
            .record(computed.as_secs_f64());
        shared.lock().running[thread] = None;
        let answer = match result {
            Ok(transcript) => Ok(Transcript { waited, computed, ..transcript }),
            Err(Trouble::Stopped) => Err(Failure::Retry { after: RETRY_AFTER }),
            Err(Trouble::Failed(why)) => Err(Failure::Broken { why }),
        };
        // The caller may have gone in the meantime.
        let _ = waiting.reply.send(answer);
    }
}

fn word(hearing: Hearing) -> &'static str {
    match hearing {
        Hearing::Partial => "partial",
        Hearing::Speculative => "speculative",
        Hearing::Final => "final",
    }
}
