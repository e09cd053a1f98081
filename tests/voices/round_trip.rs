//! What is said is heard: travel sentences spoken by hibari and recognised by Whisper.

use super::{samples, speak, voices};
use media::call::Hearing;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use voxfare::models::HIBARI;
use voxfare::session::clause::clauses;
use voxfare::session::ports::SpeechToText;

/// Written, and the words a recogniser should hear; numbers in the form it writes them.
const SENTENCES: [(&str, &str); 9] = [
    (
        "I found three nonstop flights from Boston to Reykjavik.",
        "i found three nonstop flights from boston to reykjavik",
    ),
    ("The Marriott near Heathrow airport has breakfast.", "the marriott near heathrow airport has breakfast"),
    (
        "Would you rather stay in Albuquerque, or drive to Santa Fe?",
        "would you rather stay in albuquerque or drive to santa fe",
    ),
    (
        "Please have your passport ready; boarding closes at noon.",
        "please have your passport ready boarding closes at noon",
    ),
    (
        "I read your message yesterday, and I will record the change now.",
        "i read your message yesterday and i will record the change now",
    ),
    (
        "There is a suite at the Hyatt Regency, with a view of the harbor.",
        "there is a suite at the hyatt regency with a view of the harbor",
    ),
    ("It leaves on 2026-11-27 and costs $312.", "it leaves on november 27 2026 and costs 312"),
    ("You can cancel for free, after that the fee is 15%.", "you can cancel for free after that the fee is 15"),
    ("Turkish Airlines flies daily from Istanbul to Nairobi.", "turkish airlines flies daily from istanbul to nairobi"),
];
/// Words that may be misheard in all: three in a hundred.
const WRONG_PERCENT_MAX: usize = 3;
/// Silence around a clip, in samples at 24 kHz, as there is in a call.
const QUIET: usize = 6_000;

#[tokio::test]
async fn a_recogniser_understands_the_voice() {
    let (Some(voices), Some(ear)) = (voices("hibari", HIBARI, false), ear()) else { return };
    let (mut wrong, mut total) = (0, 0);
    for (number, (written, expected)) in SENTENCES.into_iter().enumerate() {
        let mut pcm = Vec::new();
        for range in clauses(written) {
            pcm.extend(samples(&speak(&voices, &written[range], "", 1.0).await));
        }
        let heard = words(&ear.hear(job(at_ear_rate(&pcm, &number.to_string()))).await.expect("heard").text);
        let expected: Vec<_> = expected.split(' ').map(str::to_owned).collect();
        let errors = distance(&heard, &expected);
        println!("{errors} wrong: {}", heard.join(" "));
        wrong += errors;
        total += expected.len();
    }
    assert!(wrong * 100 <= WRONG_PERCENT_MAX * total, "{wrong} of {total} words misheard");
}

fn ear() -> Option<impl SpeechToText> {
    use voxfare::models::{Folder, ONNXRUNTIME, WHISPER_ENGLISH, folder};
    use voxfare::providers::stt::whisper::{WhisperConfig, WhisperModels, start};
    let path = |name| std::env::var_os(name).map(std::path::PathBuf::from);
    let folder = Folder::new(folder::place(path("VOXFARE_MODELS"), path("XDG_CACHE_HOME"), path("HOME")));
    let english = Some(folder.find(WHISPER_ENGLISH)?);
    let config = WhisperConfig { workers: 1, threads: 1, ..WhisperConfig::default() };
    let models = WhisperModels { english, multilingual: None, library: folder.find(ONNXRUNTIME) };
    Some(start(&config, models).expect("the model loads"))
}

fn job(audio: Vec<f32>) -> voxfare::session::ports::HearJob {
    voxfare::session::ports::HearJob {
        session: 1,
        audio: audio.into(),
        hearing: Hearing::Final,
        language: Some("en".to_owned()),
        prompt: String::new(),
        deadline: Duration::from_secs(300),
        cancel: CancellationToken::new(),
    }
}

/// The sound as the recogniser wants it, through a WAV file as `voxfare transcribe` reads it.
fn at_ear_rate(pcm: &[i16], name: &str) -> Vec<f32> {
    let path = std::env::temp_dir().join(format!("voxfare-round-trip-{}-{name}.wav", std::process::id()));
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 24_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(&path, spec).expect("the folder for temporary files takes files");
    let quiet = || std::iter::repeat_n(0, QUIET);
    for sample in quiet().chain(pcm.iter().copied()).chain(quiet()) {
        file.write_sample(sample).expect("the file takes samples");
    }
    file.finalize().expect("the file takes its header");
    let audio = voxfare::transcribe::recording::read(&path).expect("the file was just written");
    std::fs::remove_file(path).expect("the file was just read");
    audio
}

fn words(text: &str) -> Vec<String> {
    let plain: String = text
        .to_lowercase()
        .replace('í', "i")
        .replace('-', "")
        .replace("27th", "27")
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == ' ')
        .collect();
    plain.split_whitespace().map(str::to_owned).collect()
}

/// Words to change, add or leave out.
fn distance(heard: &[String], expected: &[String]) -> usize {
    let mut row: Vec<usize> = (0..=expected.len()).collect();
    for (i, word) in heard.iter().enumerate() {
        let mut last = std::mem::replace(&mut row[0], i + 1);
        for (j, other) in expected.iter().enumerate() {
            let cost = last + usize::from(word != other);
            last = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(last + 1);
        }
    }
    row[expected.len()]
}
