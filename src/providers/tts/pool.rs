//! The threads a voice speaks on, with a bounded queue that serves the sessions in turn. It never blocks the async side.

use crate::providers::tts::normal::normalise;
use crate::providers::tts::normal::word::SourceWord;
use crate::providers::tts::pronounce::{Phone, pronounce};
use crate::providers::tts::shape::Shaper;
use crate::providers::tts::voice::{Stop, Voice, VoiceError};
use crate::session::ports::{Failure, SpeechPiece};
use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::mpsc;

/// Clauses waiting in one pool.
pub const QUEUE_MAX: usize = 256;
/// Clauses of one session waiting in one pool.
pub const SESSION_QUEUE_MAX: usize = 32;
/// Pieces of one clause between the thread and the async side: two minutes of sound.
pub const PIECES_MAX: usize = 320;

/// What a thread tells the async side about a clause.
#[derive(Debug)]
pub enum Told {
    /// More sound.
    Piece(SpeechPiece),
    /// The clause is over, well or not.
    Done(Result<(), Failure>),
}

/// A clause to be spoken.
pub struct Order {
    /// The session, for turns between sessions.
    pub session: u64,
    /// The clause.
    pub text: String,
    /// Rate of speech, already clamped.
    pub speed: f32,
    /// Ends the clause early.
    pub stop: Stop,
    /// Where the pieces go; holds [`PIECES_MAX`].
    pub told: mpsc::Sender<Told>,
}

/// A voice on its threads.
pub struct Pool {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    voice: Box<dyn Voice>,
    queue: Mutex<Queue>,
    ready: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: BTreeMap<u64, VecDeque<Order>>,
    count: usize,
    /// The session served last.
    served: u64,
    closed: bool,
}

impl Pool {
    /// Starts `threads` threads for `voice`, each named after it.
    pub fn start(name: &str, voice: Box<dyn Voice>, threads: usize) -> std::io::Result<Self> {
        let shared = Arc::new(Shared { voice, queue: Mutex::default(), ready: Condvar::new() });
        let mut pool = Self { shared, threads: Vec::new() };
        for index in 0..threads.max(1) {
            let shared = pool.shared.clone();
            pool.threads
                .push(std::thread::Builder::new().name(format!("voice-{name}-{index}")).spawn(move || shared.serve())?);
        }
        Ok(pool)
    }

    /// Queues a clause; gives it back when the queue is full.
    pub fn submit(&self, order: Order) -> Result<(), Order> {
        let mut queue = self.shared.lock();
        let own = queue.waiting.get(&order.session).map_or(0, VecDeque::len);
        if queue.closed || queue.count >= QUEUE_MAX || own >= SESSION_QUEUE_MAX {
            return Err(order);
        }
        queue.count += 1;
        queue.waiting.entry(order.session).or_default().push_back(order);
        drop(queue);
        self.shared.ready.notify_one();
        Ok(())
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.ready.notify_all();
        for thread in self.threads.drain(..) {
            // A thread that panicked outside a clause has nothing left to join for.
            drop(thread.join());
        }
    }
}

impl Queue {
    /// The next clause of the session after the one served last.
    fn take(&mut self) -> Option<Order> {
        let after = self.waiting.range(self.served.wrapping_add(1)..).next().or_else(|| self.waiting.iter().next());
        let session = *after?.0;
        let orders = self.waiting.get_mut(&session)?;
        let order = orders.pop_front();
        if orders.is_empty() {
            self.waiting.remove(&session);
        }
        self.served = session;
        self.count -= usize::from(order.is_some());
        order
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self) {
        while let Some(order) = self.next() {
            if order.stop.is_stopped() {
                continue;
            }
            let said = catch_unwind(AssertUnwindSafe(|| speak(self.voice.as_ref(), &order)));
            let done = match said {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(Failure::Broken { why: error.to_string() }),
                Err(_) => Err(Failure::Broken { why: "the voice panicked".to_owned() }),
            };
            // The receiver may be gone: then nobody wants to know.
            drop(order.told.try_send(Told::Done(done)));
        }
    }

    fn next(&self) -> Option<Order> {
        let mut queue = self.lock();
        loop {
            if queue.closed {
                return None;
            }
            if let Some(order) = queue.take() {
                return Some(order);
            }
            queue = self.ready.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Speaks one clause: words, phonemes, runs, pieces.
fn speak(voice: &dyn Voice, order: &Order) -> Result<(), VoiceError> {
    let words: Vec<SourceWord> = normalise(&order.text);
    let phones = pronounce(&words);
    let mut send = |piece: SpeechPiece| !order.stop.is_stopped() && order.told.try_send(Told::Piece(piece)).is_ok();
    let mut shaper = Shaper::new(&order.text, &words, voice.gain(), &mut send);
    let mut rest = phones.as_slice();
    while !rest.is_empty() && !order.stop.is_stopped() {
        let (run, after) = rest.split_at(run_length(rest, voice.phones_max()));
        shaper.begin_run(run, after.is_empty());
        voice.utter(run, order.speed, &order.stop, &mut shaper)?;
        if !shaper.end_run() {
            break;
        }
        rest = after;
    }
    Ok(())
}

/// How much of `phones` makes one run: all, or up to the last mark or space that fits.
fn run_length(phones: &[Phone], max: usize) -> usize {
    if phones.len() <= max {
        return phones.len();
    }
    let fits = &phones[..max];
    let mark = fits.iter().rposition(|p| p.word.is_none() && p.symbol != ' ');
    mark.or_else(|| fits.iter().rposition(|p| p.word.is_none())).map_or(max, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(session: u64) -> Order {
        let (told, _) = mpsc::channel(1);
        Order { session, text: String::new(), speed: 1.0, stop: Stop::default(), told }
    }

    #[test]
    fn sessions_are_served_in_turn() {
        let mut queue = Queue::default();
        for session in [1, 1, 1, 2, 3, 3] {
            queue.waiting.entry(session).or_default().push_back(order(session));
            queue.count += 1;
        }
        let served: Vec<_> = std::iter::from_fn(|| queue.take()).map(|o| o.session).collect();
        assert_eq!(served, [1, 2, 3, 1, 3, 1]);
        assert_eq!(queue.count, 0);
    }

    #[test]
    fn long_clauses_run_in_parts_that_end_at_a_pause() {
        let phones = pronounce(&normalise(&"one two three, ".repeat(40)));
        let mut rest = phones.as_slice();
        let mut parts = 0;
        while !rest.is_empty() {
            let length = run_length(rest, 100);
            assert!((1..=100).contains(&length));
            rest = &rest[length..];
            parts += 1;
        }
        assert!(parts > 3);
    }
}
