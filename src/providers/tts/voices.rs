//! All loaded voices behind the session's port: chooses the voice, keeps phrases, falls back when one breaks. It never synthesises itself.

use crate::providers::tts::cache::{PHRASE_BYTES_MAX, Phrase, Phrases};
use crate::providers::tts::hibari::Hibari;
use crate::providers::tts::lexicon;
use crate::providers::tts::pool::{Order, PIECES_MAX, Pool, Told};
use crate::providers::tts::setup::{Config, SetupError};
use crate::providers::tts::voice::{Stop, Voice};
use crate::session::ports::{Failure, SpeakJob, SpeechPiece, TextToSpeech};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

/// Clauses longer than this many bytes are refused; the session cuts its text far shorter.
pub const CLAUSE_BYTES_MAX: usize = 1_500;
/// The slowest and the fastest rate of speech.
pub const SPEED_MIN: f32 = 0.5;
/// See [`SPEED_MIN`].
pub const SPEED_MAX: f32 = 2.0;
/// Wait before another try when the queue is full.
const BUSY_RETRY: Duration = Duration::from_millis(250);

/// Loads the default voice and whatever other voice has its files; fails only when the default cannot speak.
pub fn build(config: &Config) -> Result<Arc<dyn TextToSpeech>, SetupError> {
    Ok(Arc::new(Voices::load(config)?))
}

/// All loaded voices, the default one first.
pub struct Voices {
    loaded: Vec<(&'static str, Pool)>,
    phrases: Mutex<Phrases>,
}

impl Voices {
    /// Loads as [`build`] does.
    pub fn load(config: &Config) -> Result<Self, SetupError> {
        let Some(default) = NAMES.into_iter().find(|name| *name == config.voice) else {
            return Err(SetupError::UnknownVoice { name: config.voice.clone() });
        };
        let mut loaded = vec![(default, open(default, config)?)];
        for name in NAMES.into_iter().filter(|name| *name != default) {
            match open(name, config) {
                Ok(pool) => loaded.push((name, pool)),
                Err(error) => tracing::info!(voice = name, error = %error, "voice not loaded"),
            }
        }
        // The first words of the first call must not wait for the lexicon to unpack.
        lexicon::base();
        Ok(Self { loaded, phrases: Mutex::default() })
    }

    /// The names of the loaded voices, the default one first.
    pub fn names(&self) -> Vec<&'static str> {
        self.loaded.iter().map(|(name, _)| *name).collect()
    }

    fn choose(&self, name: &str) -> usize {
        self.loaded.iter().position(|(loaded, _)| *loaded == name).unwrap_or(0)
    }

    async fn say(&self, job: SpeakJob, pieces: mpsc::Sender<SpeechPiece>) -> Result<(), Failure> {
        if job.text.len() > CLAUSE_BYTES_MAX {
            return Err(Failure::Broken { why: format!("a clause of {} bytes is longer than {CLAUSE_BYTES_MAX}", job.text.len()) });
        }
        let chosen = self.choose(&job.voice);
        let speed = if job.speed.is_finite() { job.speed.clamp(SPEED_MIN, SPEED_MAX) } else { 1.0 };
        let phrase = Phrase { voice: self.loaded[chosen].0.to_owned(), speed: speed.to_bits(), text: job.text.clone() };
        let known = self.phrases.lock().unwrap_or_else(PoisonError::into_inner).get(&phrase);
        if let Some(sound) = known {
            return replay(&sound, &job, &pieces).await;
        }
        let (sent, spoken) = self.say_with(chosen, &job, speed, &pieces).await;
        match spoken {
            // Nothing was heard yet: the default voice says it instead of silence.
            Err(Failure::Broken { why }) if chosen != 0 && sent.is_empty() => {
                tracing::warn!(voice = phrase.voice, error = why, "voice broke; the default one speaks");
                self.say_with(0, &job, speed, &pieces).await.1
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

    /// Speaks with one voice; returns what was sent, and how it ended.
    async fn say_with(&self, voice: usize, job: &SpeakJob, speed: f32, pieces: &mpsc::Sender<SpeechPiece>) -> (Vec<SpeechPiece>, Result<(), Failure>) {
        let mut sent = Vec::new();
        let stop = Stop::under(&job.cancel);
        let _on_drop = StopOnDrop(&stop);
        let (told, mut hear) = mpsc::channel(PIECES_MAX);
        let order = Order { session: job.session, text: job.text.clone(), speed, stop: stop.clone(), told };
        if self.loaded[voice].1.submit(order).is_err() {
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
}

impl TextToSpeech for Voices {
    fn speak(&self, job: SpeakJob, pieces: mpsc::Sender<SpeechPiece>) -> BoxFuture<'_, Result<(), Failure>> {
        self.say(job, pieces).boxed()
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

fn open(name: &'static str, config: &Config) -> Result<Pool, SetupError> {
    let failed = |why: String| SetupError::Voice { voice: name, why };
    let threads = config.threads.max(1);
    let (voice, threads): (Box<dyn Voice>, usize) = match name {
        "hibari" => (Box::new(Hibari::load(&config.models_dir, 1).map_err(|e| failed(missing(&config.models_dir, &e.to_string())))?), threads),
        _ => return Err(failed("it is not built in".to_owned())),
    };
    Ok(Pool::start(name, voice, threads)?)
}

fn missing(models_dir: &std::path::Path, error: &str) -> String {
    format!("{error} (looked in {}; `voxfare models` fetches what is missing)", models_dir.display())
}

/// The voices there are, in the order they are loaded.
pub const NAMES: [&str; 3] = ["hibari", "piper", "kokoro"];
