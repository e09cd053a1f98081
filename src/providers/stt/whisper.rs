//! Whisper through whisper.cpp: a small English model, a larger one for other languages. It never sends sound anywhere.

mod callbacks;
mod decoder;
mod tempo;

use crate::providers::stt::pool::{Pool, Recognizer, Stop, Trouble};
use crate::providers::stt::text;
use crate::session::ports::{Failure, HearJob, Transcript};
use decoder::{Decoded, Decoder, Request};
use media::call::Hearing;
use media::frame::EAR_RATE_HZ;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use whisper_rs::{WhisperContext, WhisperContextParameters};

/// Positions of the encoder for the full window of thirty seconds.
pub const AUDIO_CONTEXT_MAX: usize = 1500;
/// Fewer positions make the text repeat itself.
const AUDIO_CONTEXT_MIN: usize = 384;
/// Sound above this length, in seconds, is decoded in several windows.
const ONE_WINDOW_S: f32 = 28.0;
/// No less sound than this is decoded, in samples: whisper.cpp refuses what is shorter than a tenth of a second.
const SOUND_MIN: usize = EAR_RATE_HZ as usize / 5;
/// Above this probability of no speech an empty text is believed.
const NO_SPEECH: f32 = 0.6;

/// Settings of the recogniser.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WhisperConfig {
    /// Jobs decoded at the same time; 0 means as many as the machine has cores.
    pub workers: usize,
    /// Threads of one decode at most. With more than one, a decode takes the cores that are free while that pays; on a
    /// machine that does anything else beside, one is the better choice.
    pub threads: usize,
    /// Use the multilingual model for English too.
    pub multilingual: bool,
    /// Offer the job's hint to the model; see `docs/speech.md` for what it costs and brings.
    pub hints: bool,
}

impl Default for WhisperConfig {
    fn default() -> Self {
        Self { workers: 0, threads: 1, multilingual: false, hints: false }
    }
}

/// Where the two models lie; either may be missing.
#[derive(Clone, Debug)]
pub struct WhisperModels {
    /// The English one.
    pub english: Option<PathBuf>,
    /// The one for every language.
    pub multilingual: Option<PathBuf>,
}

/// Loads the models and starts the threads.
pub fn start(config: &WhisperConfig, models: WhisperModels) -> Result<Pool, Failure> {
    whisper_rs::install_logging_hooks();
    let english = models.english.filter(|_| !config.multilingual);
    if english.is_none() && models.multilingual.is_none() {
        return Err(Failure::Broken { why: "no Whisper model is there; `voxfare models pull` fetches them".into() });
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (workers, threads) = config.mix(cores);
    let shared = Arc::new(Shared {
        english: english.map(Weights::new),
        multilingual: models.multilingual.map(Weights::new),
        hints: config.hints,
        cores: cores.max(1),
        threads,
        busy: AtomicUsize::new(0),
    });
    Pool::start(workers, move || Worker::new(Arc::clone(&shared)))
}

impl WhisperConfig {
    /// Workers, and threads of each at most, on a machine with `cores`.
    pub fn mix(&self, cores: usize) -> (usize, usize) {
        let workers = if self.workers > 0 { self.workers } else { cores.max(1) };
        (workers, self.threads.max(1))
    }
}

/// The weights that all workers share, each read when it is first needed.
struct Shared {
    english: Option<Weights>,
    multilingual: Option<Weights>,
    hints: bool,
    cores: usize,
    threads: usize,
    /// Workers that are decoding.
    busy: AtomicUsize,
}

impl Shared {
    /// Cores for a decode that begins: the workers that are decoding share them.
    fn free(&self) -> usize {
        (self.cores / self.busy.load(Ordering::Relaxed).max(1)).clamp(1, self.threads)
    }
}

struct Weights {
    path: PathBuf,
    loaded: OnceLock<Result<Arc<WhisperContext>, String>>,
}

impl Weights {
    fn new(path: PathBuf) -> Self {
        Self { path, loaded: OnceLock::new() }
    }

    fn context(&self) -> Result<Arc<WhisperContext>, String> {
        self.loaded.get_or_init(|| load(&self.path).map(Arc::new)).clone()
    }
}

fn load(path: &Path) -> Result<WhisperContext, String> {
    let mut parameters = WhisperContextParameters::default();
    parameters.use_gpu(false);
    WhisperContext::new_with_params(path, parameters).map_err(|error| format!("{}: {error}", path.display()))
}

/// One thread's decoders; their memory is kept from job to job.
struct Worker {
    shared: Arc<Shared>,
    english: Option<Decoder>,
    multilingual: Option<Decoder>,
    /// How long the last full window took; it decides whether another fits a deadline.
    full_window: Duration,
}

impl Worker {
    fn new(shared: Arc<Shared>) -> Result<Self, String> {
        let mut worker = Self { shared, english: None, multilingual: None, full_window: Duration::from_secs(1) };
        // The first decode of all pays for fresh memory: better now than in somebody's first sentence.
        let audio = &[0.0; EAR_RATE_HZ as usize];
        let warm = Request {
            audio,
            context: AUDIO_CONTEXT_MIN,
            language: Some("en"),
            hint: "",
            free: 1,
            hearing: Hearing::Partial,
        };
        worker.decoder(Some("en"))?.decode(&warm, None).map_err(|trouble| format!("{trouble:?}"))?;
        Ok(worker)
    }

    /// The decoder for `language`: the English one where it exists and fits.
    fn decoder(&mut self, language: Option<&str>) -> Result<&mut Decoder, String> {
        let is_english = language == Some("en");
        let shared = &self.shared;
        let (place, weights) = match (&shared.english, &shared.multilingual) {
            (Some(weights), _) if is_english => (&mut self.english, weights),
            (_, Some(weights)) => (&mut self.multilingual, weights),
            (Some(weights), None) => (&mut self.english, weights),
            (None, None) => return Err("no Whisper model is there".into()),
        };
        match place {
            Some(decoder) => Ok(decoder),
            None => Ok(place.insert(Decoder::new(weights.context()?)?)),
        }
    }

    fn decode(&mut self, request: &Request<'_>, stop: &Stop) -> Result<Decoded, Trouble> {
        let shared = Arc::clone(&self.shared);
        let decoder = self.decoder(request.language).map_err(Trouble::Failed)?;
        shared.busy.fetch_add(1, Ordering::Relaxed);
        let decoded = decoder.decode(&Request { free: shared.free(), ..*request }, Some(stop));
        shared.busy.fetch_sub(1, Ordering::Relaxed);
        let decoded = decoded?;
        if request.context == AUDIO_CONTEXT_MAX {
            self.full_window = decoded.took;
        }
        Ok(Decoded { text: text::clean(&decoded.text), ..decoded })
    }
}

impl Recognizer for Worker {
    fn recognize(&mut self, job: &HearJob, stop: &Stop) -> Result<Transcript, Trouble> {
        let speech_s = text::speech_seconds(&job.audio, EAR_RATE_HZ);
        if speech_s == 0.0 {
            // Out of silence Whisper makes up "you" or "thank you".
            return Ok(Transcript { no_speech: 1.0, ..Transcript::default() });
        }
        let padded = pad(&job.audio);
        let audio = padded.as_deref().unwrap_or(&job.audio);
        let language = job.language.as_deref().map(primary);
        let hint = if self.shared.hints { job.prompt.as_str() } else { "" };
        let (context, hearing) = (context_for(audio.len()), job.hearing);
        let request = Request { audio, context, language: language.as_deref(), hint, free: 1, hearing };
        let mut decoded = self.decode(&request, stop)?;
        if !hint.is_empty() && text::is_leaked(&decoded.text, hint) {
            decoded = self.decode(&Request { hint: "", ..request }, stop)?;
        }
        let believed = decoded.text.is_empty() && decoded.no_speech > NO_SPEECH;
        let fits = job.hearing == Hearing::Final && stop.remaining() > self.full_window * 3 / 2;
        if fits && !believed && request.context < AUDIO_CONTEXT_MAX && text::is_cut_short(&decoded.text, speech_s) {
            let whole = self.decode(&Request { context: AUDIO_CONTEXT_MAX, hint: "", ..request }, stop)?;
            if whole.text.chars().count() > decoded.text.chars().count() {
                decoded = whole;
            }
        }
        let Decoded { mut text, mean_logprob, no_speech, language, .. } = decoded;
        if text::is_made_up(&text, no_speech, mean_logprob) {
            text.clear();
        }
        Ok(Transcript { text, mean_logprob, no_speech, language, ..Transcript::default() })
    }
}

/// Encoder positions for `samples` of sound: fifty a second and some air, within the limits.
fn context_for(samples: usize) -> usize {
    let seconds = samples as f32 / EAR_RATE_HZ as f32;
    if seconds > ONE_WINDOW_S {
        return AUDIO_CONTEXT_MAX;
    }
    ((seconds * 50.0).ceil() as usize + 64).clamp(AUDIO_CONTEXT_MIN, AUDIO_CONTEXT_MAX)
}

/// Sound too short for whisper.cpp, with silence after it.
fn pad(audio: &[f32]) -> Option<Vec<f32>> {
    (audio.len() < SOUND_MIN).then(|| {
        let mut padded = audio.to_vec();
        padded.resize(SOUND_MIN, 0.0);
        padded
    })
}

/// The language of a BCP 47 tag, as Whisper names it.
fn primary(tag: &str) -> String {
    let language = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    match language.as_str() {
        "cmn" => "zh".into(),
        "nb" => "no".into(),
        "fil" => "tl".into(),
        _ => language,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoder_gets_room_for_the_sound_and_no_less_than_the_floor() {
        assert_eq!(context_for(0), 384);
        assert_eq!(context_for(16_000 * 3), 384);
        assert_eq!(context_for(16_000 * 10), 564);
        assert_eq!(context_for(16_000 * 60), 1500);
    }

    #[test]
    fn tags_become_whispers_languages() {
        assert_eq!(primary("en-US"), "en");
        assert_eq!(primary("pt_BR"), "pt");
        assert_eq!(primary("cmn-Hans"), "zh");
    }

    #[test]
    fn there_is_a_worker_for_each_core_unless_told_otherwise() {
        assert_eq!(WhisperConfig::default().mix(1), (1, 1));
        assert_eq!(WhisperConfig::default().mix(2), (2, 1));
        assert_eq!(WhisperConfig::default().mix(8), (8, 1));
        assert_eq!(WhisperConfig { workers: 3, threads: 2, ..WhisperConfig::default() }.mix(2), (3, 2));
    }
}
