//! Whisper on onnxruntime, from the same weights as whisper.cpp's: several times faster where its library is installed.
//! It never decodes more than one window and takes no hints.

mod greedy;
mod network;

use crate::models::mel;
use crate::providers::log_mel::LogMel;
use crate::providers::stt::pool::{Stop, Trouble};
use crate::providers::stt::whisper::request::{Decoded, Request};
use crate::providers::stt::whisper::weights::{Sizes, Weights};
use crate::session::event::Token;
use greedy::{Next, Special, Tokens};
use media::frame::EAR_RATE_HZ;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::session::{RunOptions, Session, SessionInputValue};
use ort::value::{DynValue, Tensor};
use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Tokens of one window at most; half of the decoder's positions, as in Whisper itself.
const TOKENS_MAX: usize = 224;

/// A model's two networks.
pub(super) struct Decoder {
    sizes: Sizes,
    special: Special,
    tokens: Vec<Vec<u8>>,
    encoder: Session,
    decoder: Session,
    layers: Vec<Layer>,
    features: LogMel,
}

/// Names of one layer's keys and values: seen before, seen now, and the encoder's.
struct Layer {
    before: [String; 2],
    now: [String; 2],
    sound: [String; 2],
}

impl Decoder {
    /// Reads whisper.cpp's file `model` and builds its networks on the onnxruntime `library`, with `threads` threads each.
    pub(super) fn open(model: &Path, library: &Path, threads: usize) -> Result<Self, String> {
        let named = |error: String| format!("{}: {error}", model.display());
        let file = std::fs::read(model).map_err(|error| named(error.to_string()))?;
        let weights = Weights::read(&file).map_err(named)?;
        let sizes = weights.sizes;
        let encoder = session(&network::encoder(&weights).map_err(named)?, library, threads)?;
        let decoder = session(&network::decoder(&weights).map_err(named)?, library, threads)?;
        let pair = |letter: &str, layer: usize| [format!("{letter}k{layer}"), format!("{letter}v{layer}")];
        let layer = |at| Layer { before: pair("p", at), now: pair("n", at), sound: pair("c", at) };
        Ok(Self {
            sizes,
            special: Special::of(sizes.vocabulary),
            tokens: weights.tokens,
            encoder,
            decoder,
            layers: (0..sizes.decoder_layers).map(layer).collect(),
            features: LogMel::default(),
        })
    }

    /// Decodes one window, until done or told to stop.
    pub(super) fn decode(&mut self, request: &Request<'_>, stop: Option<&Stop>) -> Result<Decoded, Trouble> {
        let began = Instant::now();
        let context = request.context.min(self.sizes.audio_context);
        let sound = self.listen(request.audio, context, stop)?;
        let mut cache = Cache::new(&self.sizes, sound).map_err(failed)?;
        let mut logits = self.step(&mut cache, self.special.start)?;
        let no_speech = share(&logits, self.special.no_speech);
        let mut language = "en";
        if self.special.languages > 0 {
            let token = self.language(request.language, &logits);
            language = name(token - self.special.start - 1);
            self.step(&mut cache, token)?;
            logits = self.step(&mut cache, self.special.transcribe)?;
        }
        let mut tokens = Tokens::default();
        let sound_s = request.audio.len() as f32 / EAR_RATE_HZ as f32;
        while let Next::Token(token) = tokens.take(&mut logits, &self.special, sound_s) {
            if stop.is_some_and(Stop::is_due) {
                return Err(Trouble::Stopped);
            }
            if cache.position >= TOKENS_MAX {
                break;
            }
            logits = self.step(&mut cache, token)?;
        }
        Ok(Decoded {
            text: self.text(tokens.text()),
            tokens: tokens
                .text()
                .iter()
                .zip(tokens.logprobs())
                .map(|(token, logprob)| self.told(*token, *logprob))
                .collect(),
            mean_logprob: tokens.mean_logprob(),
            no_speech,
            language: language.to_owned(),
            took: began.elapsed(),
        })
    }

    /// What the encoder makes of the sound: keys and values of each layer.
    fn listen(&mut self, audio: &[f32], context: usize, stop: Option<&Stop>) -> Result<Vec<[DynValue; 2]>, Trouble> {
        let frames = 2 * context;
        let features = self.features.of(audio, frames);
        let mel = Tensor::from_array(([1, mel::BANDS, frames], features)).map_err(failed)?;
        let options = Arc::new(RunOptions::new().map_err(failed)?);
        let handle = Arc::clone(&options);
        // A failed interruption only means that the run goes on to its end.
        let interrupt = Box::new(move || drop(handle.terminate()));
        let encoder = &mut self.encoder;
        let run = || encoder.run_with_options(ort::inputs!["mel" => mel], &*options);
        let answers = match stop {
            Some(stop) => stop.interruptible(interrupt, run),
            None => run(),
        };
        if stop.is_some_and(Stop::is_due) {
            return Err(Trouble::Stopped);
        }
        let mut answers = answers.map_err(failed)?;
        let mut take = |name: &str| answers.remove(name).ok_or_else(|| failed(format!("no {name}")));
        self.layers.iter().map(|layer| Ok([take(&layer.sound[0])?, take(&layer.sound[1])?])).collect()
    }

    /// Puts one token in; answers the logits of what follows.
    fn step(&mut self, cache: &mut Cache, token: usize) -> Result<Vec<f32>, Trouble> {
        let mut feeds: Vec<(Cow<'_, str>, SessionInputValue<'_>)> = Vec::with_capacity(2 + 4 * self.layers.len());
        let number = |value: usize| Tensor::from_array(([1], vec![value as i64])).map_err(failed);
        feeds.push(("token".into(), number(token)?.into()));
        feeds.push(("position".into(), number(cache.position)?.into()));
        for ((layer, before), sound) in self.layers.iter().zip(&cache.before).zip(&cache.sound) {
            for at in 0..2 {
                feeds.push((layer.before[at].as_str().into(), (&before[at]).into()));
                feeds.push((layer.sound[at].as_str().into(), (&sound[at]).into()));
            }
        }
        let mut answers = self.decoder.run(feeds).map_err(failed)?;
        let mut take = |name: &str| answers.remove(name).ok_or_else(|| failed(format!("no {name}")));
        let logits = take("logits")?;
        let now = self.layers.iter().map(|layer| Ok([take(&layer.now[0])?, take(&layer.now[1])?]));
        cache.before = now.collect::<Result<_, Trouble>>()?;
        cache.position += 1;
        Ok(logits.try_extract_tensor::<f32>().map_err(failed)?.1.to_vec())
    }

    /// The token of the language asked for when the model knows it, otherwise of what it hears.
    fn language(&self, asked: Option<&str>, logits: &[f32]) -> usize {
        let first = self.special.start + 1;
        let known = asked.filter(|name| name.bytes().all(|byte| byte.is_ascii_lowercase()));
        let known = known.and_then(whisper_rs::get_lang_id).and_then(|id| usize::try_from(id).ok());
        known.filter(|id| *id < self.special.languages).map_or_else(
            || {
                let heard = (first..first + self.special.languages).max_by(|a, b| logits[*a].total_cmp(&logits[*b]));
                heard.unwrap_or(first)
            },
            |id| first + id,
        )
    }

    fn told(&self, token: usize, logprob: f32) -> Token {
        Token { bytes: self.tokens.get(token).cloned().unwrap_or_default(), logprob }
    }

    fn text(&self, tokens: &[usize]) -> String {
        let bytes: Vec<u8> = tokens.iter().filter_map(|token| self.tokens.get(*token)).flatten().copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// What one decode has seen.
struct Cache {
    position: usize,
    before: Vec<[DynValue; 2]>,
    sound: Vec<[DynValue; 2]>,
}

impl Cache {
    fn new(sizes: &Sizes, sound: Vec<[DynValue; 2]>) -> ort::Result<Self> {
        let (heads, head) = (sizes.heads, sizes.width / sizes.heads);
        let none = |shape: [usize; 3]| Tensor::from_array((shape, Vec::<f32>::new())).map(Tensor::into_dyn);
        let layer = |_| Ok([none([heads, head, 0])?, none([heads, 0, head])?]);
        let before = (0..sizes.decoder_layers).map(layer).collect::<ort::Result<_>>()?;
        Ok(Self { position: 0, before, sound })
    }
}

fn session(network: &[u8], library: &Path, threads: usize) -> Result<Session, String> {
    let build = |builder: SessionBuilder| -> ort::Result<Session> {
        let builder = builder.with_intra_threads(threads.max(1))?;
        let builder = builder.with_optimization_level(GraphOptimizationLevel::All)?;
        // Spinning between operators would take the core from the voice and the turn detector.
        builder.with_config_entry("session.intra_op.allow_spinning", "0")?.commit_from_memory(network)
    };
    let environment = crate::providers::onnxruntime::environment(library)?;
    Session::builder(environment).and_then(build).map_err(|error| error.to_string())
}

/// The probability of one token.
fn share(logits: &[f32], token: usize) -> f32 {
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let whole: f32 = logits.iter().map(|logit| (logit - top).exp()).sum();
    (logits[token] - top).exp() / whole
}

/// Whisper's name of a language by its number.
fn name(id: usize) -> &'static str {
    i32::try_from(id).ok().and_then(whisper_rs::get_lang_str).unwrap_or("en")
}

fn failed(error: impl std::fmt::Display) -> Trouble {
    Trouble::Failed(error.to_string())
}
