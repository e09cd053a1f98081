//! The pool of inference threads, with engines that do what the test says: order, shedding, deadlines, cancelling.

use media::call::Hearing;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use voxfare::providers::stt::pool::{Pool, Recognizer, Stop, Trouble};
use voxfare::session::ports::{Failure, HearJob, SpeechToText, Transcript};

/// Announces each job and works until it is told to stop or allowed to go on.
struct Scripted {
    begun: Sender<String>,
    go: Arc<Mutex<Receiver<()>>>,
}

impl Recognizer for Scripted {
    fn recognize(&mut self, job: &HearJob, stop: &Stop) -> Result<Transcript, Trouble> {
        self.begun.send(job.prompt.clone()).expect("the test listens");
        let go = self.go.lock().expect("one thread at a time");
        loop {
            if stop.is_due() {
                return Err(Trouble::Stopped);
            }
            if go.recv_timeout(Duration::from_millis(1)).is_ok() {
                return Ok(Transcript { text: job.prompt.clone(), ..Transcript::default() });
            }
        }
    }
}

struct Stage {
    pool: Arc<Pool>,
    begun: Receiver<String>,
    go: Sender<()>,
}

fn stage() -> Stage {
    let ((begun_in, begun), (go, go_out)) = (channel(), channel());
    let go_out = Arc::new(Mutex::new(go_out));
    let begun_in = Mutex::new(begun_in);
    let make = move || {
        let begun = begun_in.lock().expect("built once").clone();
        Ok(Scripted { begun, go: Arc::clone(&go_out) })
    };
    Stage { pool: Arc::new(Pool::start(1, make).expect("one thread")), begun, go }
}

fn job(session: u64, hearing: Hearing, name: &str) -> HearJob {
    HearJob {
        session,
        audio: Arc::from([0.0; 16]),
        hearing,
        language: None,
        prompt: name.into(),
        deadline: Duration::from_secs(30),
        cancel: CancellationToken::new(),
    }
}

type Answer = tokio::task::JoinHandle<Result<Transcript, Failure>>;

impl Stage {
    /// Submits at once, in the order of calls.
    fn submit(&self, job: HearJob) -> Answer {
        let pool = Arc::clone(&self.pool);
        let (submitted, ready) = channel();
        let answer = tokio::spawn(async move {
            let answer = pool.hear(job);
            submitted.send(()).expect("the test waits");
            answer.await
        });
        ready.recv().expect("submitted");
        answer
    }

    fn begun(&self) -> String {
        self.begun.recv().expect("a job began")
    }

    fn finish_one(&self) {
        self.go.send(()).expect("an engine waits");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_take_turns_and_the_urgent_go_first() {
    let stage = stage();
    let first = stage.submit(job(1, Hearing::Final, "first"));
    assert_eq!(stage.begun(), "first");
    let rest = [
        stage.submit(job(1, Hearing::Speculative, "guess")),
        stage.submit(job(1, Hearing::Final, "second of one")),
        stage.submit(job(2, Hearing::Final, "first of two")),
    ];
    let mut order = Vec::new();
    for _ in 0..3 {
        stage.finish_one();
        order.push(stage.begun());
    }
    stage.finish_one();
    assert_eq!(order, ["first of two", "second of one", "guess"]);
    assert_eq!(first.await.expect("joined").expect("heard").text, "first");
    for answer in rest {
        assert!(answer.await.expect("joined").is_ok());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_final_stops_a_running_partial_and_sheds_the_waiting_ones() {
    let stage = stage();
    let running = stage.submit(job(1, Hearing::Partial, "running"));
    assert_eq!(stage.begun(), "running");
    let waiting = stage.submit(job(2, Hearing::Partial, "waiting"));
    let last = stage.submit(job(3, Hearing::Final, "final"));
    assert_eq!(stage.begun(), "final");
    stage.finish_one();
    assert!(matches!(running.await.expect("joined"), Err(Failure::Retry { .. })));
    assert!(matches!(waiting.await.expect("joined"), Err(Failure::Retry { .. })));
    assert_eq!(last.await.expect("joined").expect("heard").text, "final");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_is_too_late_is_answered_and_its_thread_freed() {
    let stage = stage();
    let late = stage.submit(HearJob { deadline: Duration::from_millis(20), ..job(1, Hearing::Final, "late") });
    assert_eq!(stage.begun(), "late");
    assert!(matches!(late.await.expect("joined"), Err(Failure::Retry { .. })));
    let next = stage.submit(job(1, Hearing::Final, "next"));
    assert_eq!(stage.begun(), "next");
    stage.finish_one();
    assert!(next.await.expect("joined").is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancelling_stops_a_running_job_and_one_that_waits() {
    let stage = stage();
    let cancel = CancellationToken::new();
    let running = stage.submit(HearJob { cancel: cancel.clone(), ..job(1, Hearing::Final, "running") });
    let waiting = stage.submit(HearJob { cancel: cancel.clone(), ..job(1, Hearing::Final, "waiting") });
    assert_eq!(stage.begun(), "running");
    cancel.cancel();
    for answer in [running, waiting] {
        assert!(matches!(answer.await.expect("joined"), Err(Failure::Retry { .. })));
    }
    let next = stage.submit(job(1, Hearing::Final, "next"));
    assert_eq!(stage.begun(), "next", "the cancelled job never began");
    stage.finish_one();
    assert!(next.await.expect("joined").is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_goes_away_leaves_nothing_running() {
    let stage = stage();
    let gone = stage.submit(job(1, Hearing::Final, "gone"));
    assert_eq!(stage.begun(), "gone");
    gone.abort();
    let next = stage.submit(job(1, Hearing::Final, "next"));
    assert_eq!(stage.begun(), "next");
    stage.finish_one();
    assert!(next.await.expect("joined").is_ok());
}

#[test]
fn an_engine_that_cannot_be_built_is_reported() {
    let refused = Pool::start(2, || Err::<Scripted, _>("no weights".to_owned()));
    assert!(matches!(refused.map(drop), Err(Failure::Broken { why }) if why == "no weights"));
}
