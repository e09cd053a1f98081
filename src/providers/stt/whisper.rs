//! Whisper: a small English model, a larger one for other languages. It never sends sound anywhere.
//!
//! onnxruntime runs them where its library is installed; whisper.cpp runs them everywhere, and what needs several windows
//! or a hint always.

mod callbacks;
mod decoder;
#[cfg(feature = "ort")]
mod onnx;
mod request;
mod tempo;
#[cfg(feature = "ort")]
mod weights;

use crate::providers::stt::pool::{Pool, Recognizer, Stop, Trouble};
use crate::providers::stt::text;
use crate::session::ports::{Failure, HearJob, Transcript};
use decoder::Decoder;
use media::call::Hearing;
use media::frame::EAR_RATE_HZ;
use request::{Decoded, Request};
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
/// Sound above this length, in samples (28 s), is decoded in several windows.
const ONE_WINDOW_SAMPLES: usize = 28 * EAR_RATE_HZ as usize;
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
    /// Threads of one decode: onnxruntime uses all of them, whisper.cpp those whose cores are free and while that pays; 0
    /// means as many as the machine has cores.
    pub threads: usize,
    /// Use the multilingual model for English too.
    pub multilingual: bool,
    /// BCP 47 tag of the language that the threads are made ready for before the first job.
    pub language: String,
    /// Offer the job's hint to the model; see `docs/speech.md` for what it costs and brings.
    pub hints: bool,
}

impl Default for WhisperConfig {
    fn default() -> Self {
        Self { workers: 0, threads: 1, multilingual: false, language: "en".to_owned(), hints: false }
    }
}

/// Where the two models lie, and onnxruntime's library; each may be missing.
#[derive(Clone, Debug)]
pub struct WhisperModels {
    /// The English one.
    pub english: Option<PathBuf>,
    /// The one for every language.
    pub multilingual: Option<PathBuf>,
    /// onnxruntime.
    pub library: Option<PathBuf>,
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
        english: english.map(Model::new),
        multilingual: models.multilingual.map(Model::new),
        #[cfg(feature = "ort")]
        library: models.library,
        hints: config.hints,
        cores: cores.max(1),
        threads,
        busy: AtomicUsize::new(0),
    });
    let language = primary(&config.language);
    Pool::start(workers, move || Worker::new(Arc::clone(&shared), &language))
}

impl WhisperConfig {
    /// Workers, and threads of each at most, on a machine with `cores`.
    pub fn mix(&self, cores: usize) -> (usize, usize) {
        let workers = if self.workers > 0 { self.workers } else { cores.max(1) };
        (workers, if self.threads > 0 { self.threads } else { cores.max(1) })
    }
}

/// What all workers share.
struct Shared {
    english: Option<Model>,
    multilingual: Option<Model>,
    #[cfg(feature = "ort")]
    library: Option<PathBuf>,
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

/// A model file; whisper.cpp's weights of it are read when they are first needed, and shared.
struct Model {
    path: PathBuf,
    loaded: OnceLock<Result<Arc<WhisperContext>, String>>,
}

impl Model {
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
    english: Engines,
    multilingual: Engines,
    /// How long the last full window took; it decides whether another fits a deadline.
    full_window: Duration,
}

/// The decoders of one model, each made when it is first needed.
#[derive(Default)]
struct Engines {
    /// whisper.cpp.
    plain: Option<Decoder>,
    /// onnxruntime; an error when it cannot run the model.
    #[cfg(feature = "ort")]
    quick: Option<Result<onnx::Decoder, String>>,
}

impl Engines {
    fn decode(
        &mut self,
        model: &Model,
        shared: &Shared,
        request: &Request<'_>,
        stop: Option<&Stop>,
    ) -> Result<Decoded, Trouble> {
        #[cfg(feature = "ort")]
        if let Some(quick) = self.quick(model, shared, request) {
            match quick.decode(request, stop) {
                Err(Trouble::Failed(error)) => {
                    tracing::warn!(error, "onnxruntime failed; Whisper runs on whisper.cpp from here on");
                    self.quick = Some(Err(error));
                }
                other => return other,
            }
        }
        let plain = match &mut self.plain {
            Some(plain) => plain,
            empty => empty.insert(Decoder::new(model.context().map_err(Trouble::Failed)?).map_err(Trouble::Failed)?),
        };
        plain.decode(&Request { free: shared.free(), ..*request }, stop)
    }

    /// The quick decoder, when there is one and it can do what is asked.
    #[cfg(feature = "ort")]
    fn quick(&mut self, model: &Model, shared: &Shared, request: &Request<'_>) -> Option<&mut onnx::Decoder> {
        let library = shared.library.as_deref()?;
        if !request.hint.is_empty() || request.audio.len() > ONE_WINDOW_SAMPLES {
            return None;
        }
        let open = || {
            let opened = onnx::Decoder::open(&model.path, library, shared.threads.min(shared.cores));
            opened.inspect_err(|error| tracing::warn!(error, "onnxruntime is not usable; Whisper runs on whisper.cpp"))
        };
        self.quick.get_or_insert_with(open).as_mut().ok()
    }
}

impl Worker {
    fn new(shared: Arc<Shared>, language: &str) -> Result<Self, String> {
        let full_window = Duration::from_secs(1);
        let (english, multilingual) = (Engines::default(), Engines::default());
        let mut worker = Self { shared, english, multilingual, full_window };
        // The first decodes of all pay for fresh memory: better now than in somebody's first sentence.
        let audio = &[0.0; EAR_RATE_HZ as usize];
        let (language, hearing) = (Some(language), Hearing::Partial);
        let warm = Request { audio, context: AUDIO_CONTEXT_MIN, language, hint: "", free: 1, hearing };
        for _ in 0..2 {
            worker.decode(&warm, None).map_err(|trouble| format!("{trouble:?}"))?;
        }
        Ok(worker)
    }

    /// Decodes with the English model where it exists and fits, otherwise with the other.
    fn decode(&mut self, request: &Request<'_>, stop: Option<&Stop>) -> Result<Decoded, Trouble> {
        let shared = Arc::clone(&self.shared);
        let (engines, model) = match (&shared.english, &shared.multilingual) {
            (Some(model), _) if request.language == Some("en") => (&mut self.english, model),
            (_, Some(model)) => (&mut self.multilingual, model),
            (Some(model), None) => (&mut self.english, model),
            (None, None) => return Err(Trouble::Failed("no Whisper model is there".into())),
        };
        shared.busy.fetch_add(1, Ordering::Relaxed);
        let decoded = engines.decode(model, &shared, request, stop);
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
        let mut decoded = self.decode(&request, Some(stop))?;
        if !hint.is_empty() && text::is_leaked(&decoded.text, hint) {
            decoded = self.decode(&Request { hint: "", ..request }, Some(stop))?;
        }
        let believed = decoded.text.is_empty() && decoded.no_speech > NO_SPEECH;
        let fits = job.hearing == Hearing::Final && stop.remaining() > self.full_window * 3 / 2;
        if fits && !believed && request.context < AUDIO_CONTEXT_MAX && text::is_cut_short(&decoded.text, speech_s) {
            let whole = self.decode(&Request { context: AUDIO_CONTEXT_MAX, hint: "", ..request }, Some(stop))?;
            if whole.text.chars().count() > decoded.text.chars().count() {
                decoded = whole;
            }
        }
        let Decoded { mut text, mut tokens, mean_logprob, no_speech, language, .. } = decoded;
        if text::is_made_up(&text, no_speech, mean_logprob) {
            text.clear();
            tokens.clear();
        }
        Ok(Transcript { text, tokens, mean_logprob, no_speech, language, ..Transcript::default() })
    }
}

/// Encoder positions for `samples` of sound: fifty a second and some air, within the limits.
fn context_for(samples: usize) -> usize {
    let seconds = samples as f32 / EAR_RATE_HZ as f32;
    if samples > ONE_WINDOW_SAMPLES {
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
        assert_eq!(WhisperConfig { threads: 0, ..WhisperConfig::default() }.mix(4), (4, 4));
        assert_eq!(WhisperConfig { workers: 3, threads: 2, ..WhisperConfig::default() }.mix(2), (3, 2));
    }
}
