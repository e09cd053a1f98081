//! `voxfare transcribe FILE...`: one line of text for each recording. It hears through the same port as a call.

pub mod recording;

use crate::models::{Folder, ONNXRUNTIME, WHISPER_ENGLISH, WHISPER_MULTILINGUAL};
use crate::providers::stt::whisper::{self, WhisperConfig, WhisperModels};
use crate::session::ports::{Failure, HearJob, SpeechToText};
use media::call::Hearing;
use media::frame::EAR_RATE_HZ;
use recording::RecordingError;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A decode may take this long, and as much again as the recording lasts, ten times over.
const PATIENCE: Duration = Duration::from_secs(60);

/// Write down what is said in recordings.
#[derive(Clone, Debug, clap::Args)]
pub struct TranscribeArgs {
    /// WAV, FLAC or Ogg files, of any sample rate.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// `tiny.en`, `base`, or the path of a ggml file; by default the English model for English, else the other.
    #[arg(long)]
    pub model: Option<String>,
    /// Language spoken, such as `en` or `pt-BR`; `auto` listens first.
    #[arg(long, default_value = "en")]
    pub language: String,
    /// Words likely to occur, separated by commas.
    #[arg(long, default_value = "")]
    pub hint: String,
    /// Hear with whisper.cpp even where onnxruntime is installed.
    #[arg(long)]
    pub plain: bool,
    /// Say on standard error how long each recording is and how long its decode took, in milliseconds.
    #[arg(long)]
    pub timing: bool,
}

/// Why there is no text.
#[derive(Debug, thiserror::Error)]
pub enum TranscribeError {
    /// A recording cannot be read.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// The recogniser failed.
    #[error("{0}")]
    Failed(#[from] Failure),
    /// Standard output is closed.
    #[error("cannot print: {0}")]
    Print(#[from] std::io::Error),
}

/// Transcribes every file in order with the models in `folder`.
pub async fn run(
    args: &TranscribeArgs,
    folder: &Folder,
    config: &WhisperConfig,
    out: &mut (dyn Write + Send),
) -> Result<(), TranscribeError> {
    let config = WhisperConfig { workers: 1, hints: !args.hint.is_empty(), ..config.clone() };
    let ear = whisper::start(&config, models(args, folder))?;
    for path in &args.files {
        let audio = recording::read(path)?;
        let seconds = audio.len() as f64 / f64::from(EAR_RATE_HZ);
        let job = HearJob {
            session: 0,
            audio: audio.into(),
            hearing: Hearing::Final,
            language: (args.language != "auto").then(|| args.language.clone()),
            prompt: args.hint.clone(),
            deadline: PATIENCE + Duration::from_secs_f64(seconds * 10.0),
            cancel: CancellationToken::new(),
        };
        let heard = ear.hear(job).await?;
        writeln!(out, "{}", heard.text)?;
        if args.timing {
            writeln!(
                std::io::stderr(),
                "{:.0} ms of sound, {:.0} ms to decode",
                seconds * 1e3,
                heard.computed.as_secs_f64() * 1e3
            )?;
        }
    }
    Ok(())
}

fn models(args: &TranscribeArgs, folder: &Folder) -> WhisperModels {
    let (english, multilingual) = (folder.find(WHISPER_ENGLISH), folder.find(WHISPER_MULTILINGUAL));
    let (english, multilingual) = match args.model.as_deref() {
        None => (english, multilingual),
        Some("tiny.en") => (english, None),
        Some("base") => (None, multilingual),
        Some(path) => (None, Some(path.into())),
    };
    WhisperModels { english, multilingual, library: folder.find(ONNXRUNTIME).filter(|_| !args.plain) }
}
