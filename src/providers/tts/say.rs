//! The command `voxfare say`: speaks a text into a WAV file, clause by clause as in a call. It never opens a sound device.

use crate::providers::tts::setup::{Config, SetupError};
use crate::providers::tts::voices::build;
use crate::session::clause::clauses;
use crate::session::ports::{Failure, SpeakJob, SpeechPiece, TextToSpeech};
use hound::{SampleFormat, WavSpec, WavWriter};
use media::frame::INNER_RATE_HZ;
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Pieces between the voice and the file.
const PIECES_MAX: usize = 16;

/// Speaks a text into a WAV file.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// What to say.
    pub text: String,
    /// The WAV file to write: mono, 16 bits, 24 kHz.
    #[arg(long, value_name = "FILE", default_value = "out.wav")]
    pub wav: PathBuf,
    /// The voice: hibari, piper or kokoro; the configured one when left out.
    #[arg(long)]
    pub voice: Option<String>,
    /// Rate of speech: 1.0 is natural, 0.8 slower.
    #[arg(long, default_value_t = 1.0)]
    pub speed: f32,
    /// Print each word with the milliseconds it is heard at.
    #[arg(long)]
    pub words: bool,
}

/// Why nothing was said.
#[derive(Debug, thiserror::Error)]
pub enum SayError {
    /// A voice cannot start.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The voice failed at a clause.
    #[error("the voice failed: {0}")]
    Voice(#[from] Failure),
    /// The file cannot be written.
    #[error("cannot write the file: {0}")]
    File(#[from] hound::Error),
}

/// Runs the command on the configured voices, or on the one named in `args`; returns the milliseconds of sound written.
pub async fn run(args: Args, mut config: Config) -> Result<u64, SayError> {
    if let Some(voice) = args.voice {
        config.voice = voice;
    }
    let voices = build(&config)?;
    let (mut pcm, mut lines) = (Vec::new(), Vec::new());
    for range in clauses(&args.text) {
        let clause = &args.text[range];
        let pieces = speak(voices.as_ref(), clause, &config.voice, args.speed).await?;
        let start = pcm.len() as u64;
        let words = pieces.iter().flat_map(|piece| &piece.words);
        lines.extend(words.map(|word| {
            format!(
                "{:>6} {:>6} {}",
                ms(start + word.from.0),
                ms(start + word.to.0),
                &clause[word.text_from as usize..word.text_to as usize]
            )
        }));
        pcm.extend(pieces.into_iter().flat_map(|piece| piece.pcm));
    }
    write(&args.wav, &pcm)?;
    if args.words {
        println!("{}", lines.join("\n"));
    }
    Ok(ms(pcm.len() as u64))
}

/// All pieces of one clause.
pub async fn speak(
    voices: &dyn TextToSpeech,
    text: &str,
    voice: &str,
    speed: f32,
) -> Result<Vec<SpeechPiece>, Failure> {
    let (send, mut receive) = mpsc::channel(PIECES_MAX);
    let job = SpeakJob {
        session: 0,
        text: text.to_owned(),
        voice: voice.to_owned(),
        speed,
        cancel: CancellationToken::new(),
    };
    let collect = async {
        let mut pieces = Vec::new();
        while let Some(piece) = receive.recv().await {
            pieces.push(piece);
        }
        pieces
    };
    let (spoken, pieces) = tokio::join!(voices.speak(job, send), collect);
    spoken.map(|()| pieces)
}

fn write(path: &Path, pcm: &[i16]) -> Result<(), hound::Error> {
    let spec =
        WavSpec { channels: 1, sample_rate: INNER_RATE_HZ, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut file = WavWriter::create(path, spec)?;
    for sample in pcm {
        file.write_sample(*sample)?;
    }
    file.finalize()
}

fn ms(samples: u64) -> u64 {
    samples * 1000 / u64::from(INNER_RATE_HZ)
}
