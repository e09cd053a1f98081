//! One state of whisper.cpp and the settings that suit short utterances. It never decides which model or which window.

use crate::providers::stt::pool::{Stop, Trouble};
use crate::providers::stt::whisper::callbacks::{self, Watch};
use crate::providers::stt::whisper::request::{Decoded, Request};
use crate::providers::stt::whisper::tempo::Tempo;
use crate::session::event::Token;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use whisper_rs::{FullParams, SamplingStrategy, WhisperContext, WhisperState};

/// Tokens of a hint at most.
const HINT_TOKENS_MAX: usize = 64;
/// Tokens that a hint is cut down from at most.
const HINT_READ_MAX: usize = 1024;
/// Sound up to this many samples (28 s at 16 kHz) is one segment of text.
const ONE_SEGMENT_SAMPLES: usize = 28 * 16_000;

/// A model's state, kept from decode to decode.
pub(super) struct Decoder {
    context: Arc<WhisperContext>,
    state: WhisperState,
    /// Settings by language. whisper-rs hands a language's name to C and never takes it back, so each is made once.
    settings: BTreeMap<&'static str, FullParams<'static, 'static>>,
    tempo: Tempo,
}

impl Decoder {
    /// A decoder on the shared weights.
    pub(super) fn new(context: Arc<WhisperContext>) -> Result<Self, String> {
        let state = context.create_state().map_err(|error| error.to_string())?;
        Ok(Self { context, state, settings: BTreeMap::new(), tempo: Tempo::default() })
    }

    /// Decodes once, until done or told to stop.
    pub(super) fn decode(&mut self, request: &Request<'_>, stop: Option<&Stop>) -> Result<Decoded, Trouble> {
        let began = Instant::now();
        let watch = Watch { stop, tokens: length(self.context.n_vocab()), end: length(self.context.token_eot()) };
        let threads = self.tempo.threads(request.free, request.hearing);
        let language = self.language(request, threads, stop)?;
        let hint = self.hint(request.hint);
        let mut params: FullParams<'_, '_> = self.settings(language).clone();
        params.set_audio_ctx(i32::try_from(request.context).unwrap_or(0));
        params.set_n_threads(i32::try_from(threads).unwrap_or(1));
        params.set_single_segment(request.audio.len() <= ONE_SEGMENT_SAMPLES);
        if !hint.is_empty() {
            params.set_tokens(&hint);
        }
        callbacks::install(&mut params, &watch);
        let done = self.state.full(params, request.audio);
        if stop.is_some_and(Stop::is_due) {
            return Err(Trouble::Stopped);
        }
        done.map_err(|error| Trouble::Failed(error.to_string()))?;
        let decoded = self.decoded(language, began.elapsed());
        self.tempo.note(threads, request.context, decoded.tokens.len(), decoded.took);
        Ok(decoded)
    }

    /// The language to decode in: the one asked for when the model knows it, otherwise what it hears.
    fn language(
        &mut self,
        request: &Request<'_>,
        threads: usize,
        stop: Option<&Stop>,
    ) -> Result<&'static str, Trouble> {
        if !self.context.is_multilingual() {
            return Ok("en");
        }
        let known = request.language.filter(|name| name.bytes().all(|byte| byte.is_ascii_lowercase()));
        if let Some(name) = known.and_then(whisper_rs::get_lang_id).and_then(whisper_rs::get_lang_str) {
            return Ok(name);
        }
        // A decode that stops before the encoder takes over the window and the sound, but computes no text.
        let mut params: FullParams<'_, '_> = self.settings("en").clone();
        params.set_audio_ctx(i32::try_from(request.context).unwrap_or(0));
        callbacks::install_no_encoding(&mut params);
        let prepared = self.state.full(params, request.audio);
        prepared.map_err(|error| Trouble::Failed(error.to_string()))?;
        if stop.is_some_and(Stop::is_due) {
            return Err(Trouble::Stopped);
        }
        let heard = self.state.lang_detect(0, threads);
        let (language, _) = heard.map_err(|error| Trouble::Failed(error.to_string()))?;
        Ok(whisper_rs::get_lang_str(language).unwrap_or("en"))
    }

    fn hint(&self, hint: &str) -> Vec<i32> {
        if hint.is_empty() || hint.contains('\0') {
            return Vec::new();
        }
        let mut tokens = self.context.tokenize(&format!(" {hint}"), HINT_READ_MAX).unwrap_or_default();
        tokens.truncate(HINT_TOKENS_MAX);
        tokens
    }

    fn settings(&mut self, language: &'static str) -> &FullParams<'static, 'static> {
        self.settings.entry(language).or_insert_with(|| {
            let mut params = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
            params.set_n_threads(1);
            params.set_language(Some(language));
            params.set_no_context(true);
            // Asking for timestamps keeps the text of short windows from repeating itself.
            params.set_no_timestamps(false);
            params.set_temperature_inc(0.0);
            params.set_print_special(false);
            params.set_print_progress(false);
            params.set_print_realtime(false);
            params.set_print_timestamps(false);
            params
        })
    }

    fn decoded(&self, language: &str, took: Duration) -> Decoded {
        let mut text = String::new();
        let (mut tokens, mut no_speech) = (Vec::new(), 0.0f32);
        for segment in self.state.as_iter() {
            text.push_str(&segment.to_str_lossy().unwrap_or_default());
            no_speech = no_speech.max(segment.no_speech_probability());
            for token in (0..segment.n_tokens()).filter_map(|index| segment.get_token(index)) {
                if token.token_id() < self.context.token_eot() {
                    let bytes = token.to_bytes().map(<[u8]>::to_vec).unwrap_or_default();
                    tokens.push(Token { bytes, logprob: token.token_data().plog });
                }
            }
        }
        let logprobs: f32 = tokens.iter().map(|token| token.logprob).sum();
        let mean_logprob = if tokens.is_empty() { 0.0 } else { logprobs / tokens.len() as f32 };
        Decoded { text, tokens, mean_logprob, no_speech, language: language.to_owned(), took }
    }
}

fn length(count: i32) -> usize {
    usize::try_from(count).unwrap_or(0)
}
