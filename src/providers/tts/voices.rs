//! All loaded voices behind the session's port: chooses the voice, keeps phrases, falls back when one breaks. It never synthesises itself.

use crate::providers::tts::cache::{PHRASE_BYTES_MAX, Phrase, Phrases};
use crate::providers::tts::hibari::Hibari;
use crate::providers::tts::kokoro::Kokoro;
use crate::providers::tts::piper::Piper;
use crate::providers::tts::pool::{Order, PIECES_MAX, Pool, Told};
use crate::providers::tts::setup::{Config, SetupError};
use crate::providers::tts::voice::{Stop, Voice, VoiceError};
use crate::providers::tts::{letters, lexicon};
use crate::session::ports::{Failure, SpeakJob, SpeechPiece, TextToSpeech};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OnceCell, mpsc};

/// Clauses longer than this many bytes are refused; the session cuts its text far shorter.
pub const CLAUSE_BYTES_MAX: usize = 1_500;
/// The slowest and the fastest rate of speech.
pub const SPEED_MIN: f32 = 0.5;
/// See [`SPEED_MIN`].
pub const SPEED_MAX: f32 = 2.0;
/// Wait before another try when the queue is full.
const BUSY_RETRY: Duration = Duration::from_millis(250);

/// Loads the default voice; another one is loaded when it is first asked for. Fails when the default cannot speak.
pub fn build(config: &Config) -> Result<Arc<dyn TextToSpeech>, SetupError> {
    Ok(Arc::new(Voices::load(config)?))
}

/// The voices: the default one ready, the others when they are wanted.
pub struct Voices {
    config: Config,
    default: (&'static str, Pool),
    /// `None` inside when that voice cannot be loaded.
    others: [(&'static str, OnceCell<Option<Pool>>); 2],
    phrases: Mutex<Phrases>,
}

impl Voices {
    /// Loads as [`build`] does.
    pub fn load(config: &Config) -> Result<Self, SetupError> {
        let (default, others) = match config.voice.as_str() {
            "hibari" => ("hibari", ["piper", "kokoro"]),
            "piper" => ("piper", ["hibari", "kokoro"]),
            "kokoro" => ("kokoro", ["hibari", "piper"]),
            name => return Err(SetupError::UnknownVoice { name: name.to_owned() }),
        };
        let default = (default, open(default, config)?);
        // The first words of the first call must not wait for the lexicon and the letters to unpack.
        lexicon::base();
        letters::pronounce("ready");
        Ok(Self {
            config: config.clone(),
            default,
            others: others.map(|name| (name, OnceCell::new())),
            phrases: Mutex::default(),
        })
    }

    /// The voice of that name; the default one when there is none or it cannot be loaded.
    async fn choose(&self, name: &str) -> (&'static str, &Pool) {
        let default = (self.default.0, &self.default.1);
        let Some((name, cell)) = self.others.iter().find(|(other, _)| *other == name) else { return default };
        let pool = cell.get_or_init(|| open_aside(name, self.config.clone())).await;
        pool.as_ref().map_or(default, |pool| (*name, pool))
    }

    async fn say(&self, job: SpeakJob, pieces: mpsc::Sender<SpeechPiece>) -> Result<(), Failure> {
        if job.text.len() > CLAUSE_BYTES_MAX {
            return Err(Failure::Broken {
                why: format!("a clause of {} bytes is longer than {CLAUSE_BYTES_MAX}", job.text.len()),
            });
        }
        let (name, pool) = self.choose(&job.voice).await;
        let speed = if job.speed.is_finite() { job.speed.clamp(SPEED_MIN, SPEED_MAX) } else { 1.0 };
        let phrase = Phrase { voice: name.to_owned(), speed: speed.to_bits(), text: job.text.clone() };
        let known = self.phrases.lock().unwrap_or_else(PoisonError::into_inner).get(&phrase);
        if let Some(sound) = known {
            return replay(&sound, &job, &pieces).await;
        }
        let (sent, spoken) = say_with(pool, &job, speed, &pieces).await;
        match spoken {
            // Nothing was heard yet: the default voice says it instead of silence.
            Err(Failure::Broken { why }) if name != self.default.0 && sent.is_empty() => {
                tracing::warn!(voice = phrase.voice, error = why, "voice broke; the default one speaks");
                say_with(&self.default.1, &job, speed, &pieces).await.1
            }
            Ok(()) => {
                if job.text.len() <= PHRASE_BYTES_MAX && !job.cancel.is_cancelled() {
                    self.phrases.lock().unwrap_or_else(PoisonError::into_inner).said(phrase, &sent);
                }
                Ok(())
            }
            failed => failed,
        }
    }
}

impl TextToSpeech for Voices {
    fn speak(&self, job: SpeakJob, pieces: mpsc::Sender<SpeechPiece>) -> BoxFuture<'_, Result<(), Failure>> {
        self.say(job, pieces).boxed()
    }
}

/// Speaks with one voice; returns what was sent, and how it ended.
async fn say_with(
    pool: &Pool,
    job: &SpeakJob,
    speed: f32,
    pieces: &mpsc::Sender<SpeechPiece>,
) -> (Vec<SpeechPiece>, Result<(), Failure>) {
    let mut sent = Vec::new();
    let stop = Stop::under(&job.cancel);
    let _on_drop = StopOnDrop(&stop);
    let (told, mut hear) = mpsc::channel(PIECES_MAX);
    let order = Order { session: job.session, text: job.text.clone(), speed, stop: stop.clone(), told };
    if pool.submit(order).is_err() {
        return (sent, Err(Failure::Retry { after: BUSY_RETRY }));
    }
    loop {
        let heard = tokio::select! {
            biased;
            () = stop.stopped() => return (sent, Ok(())),
            heard = hear.recv() => heard,
        };
        match heard {
            Some(Told::Piece(piece)) => {
                sent.push(piece.clone());
                tokio::select! {
                    biased;
                    () = stop.stopped() => return (sent, Ok(())),
                    delivered = pieces.send(piece) => if delivered.is_err() { return (sent, Ok(())) },
                }
            }
            Some(Told::Done(done)) => return (sent, done),
            None => return (sent, Err(Failure::Broken { why: "the voice's thread is gone".to_owned() })),
        }
    }
}

/// Ends the thread's work when nobody waits for it any more.
struct StopOnDrop<'a>(&'a Stop);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

async fn replay(sound: &[SpeechPiece], job: &SpeakJob, pieces: &mpsc::Sender<SpeechPiece>) -> Result<(), Failure> {
    for piece in sound {
        if job.cancel.is_cancelled() || pieces.send(piece.clone()).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// Opens a voice on a thread that may block; `None` when it cannot be loaded.
async fn open_aside(name: &'static str, config: Config) -> Option<Pool> {
    match tokio::task::spawn_blocking(move || open(name, &config)).await {
        Ok(Ok(pool)) => Some(pool),
        Ok(Err(error)) => {
            tracing::warn!(voice = name, error = %error, "voice not loaded; the default one speaks in its place");
            None
        }
        Err(error) => {
            tracing::error!(voice = name, error = %error, "loading the voice panicked");
            None
        }
    }
}

fn open(name: &'static str, config: &Config) -> Result<Pool, SetupError> {
    let failed =
        |error: VoiceError| SetupError::Voice { voice: name, why: missing(&config.models_dir, &error.to_string()) };
    let (dir, library) = (config.models_dir.as_path(), config.ort_library.as_deref());
    let (voice, threads): (Box<dyn Voice>, usize) = match name {
        "hibari" => (Box::new(Hibari::load(dir, library, config.threads).map_err(failed)?), config.threads),
        "piper" => (Box::new(Piper::load(dir, config.threads).map_err(failed)?), 1),
        _ => (Box::new(Kokoro::load(dir, library, config.threads).map_err(failed)?), 1),
    };
    Ok(Pool::start(name, voice, threads)?)
}

fn missing(models_dir: &std::path::Path, error: &str) -> String {
    format!("{error} (looked in {}; `voxfare models pull` fetches what is missing)", models_dir.display())
}
