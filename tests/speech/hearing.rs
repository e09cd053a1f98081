//! Whisper through the port, on recordings of people, with each engine.

use super::{models, recording};
use media::call::Hearing;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use voxfare::models::{ONNXRUNTIME, WHISPER_ENGLISH, WHISPER_MULTILINGUAL};
use voxfare::providers::stt::pool::Pool;
use voxfare::providers::stt::whisper::{self, WhisperConfig, WhisperModels};
use voxfare::session::ports::{Failure, HearJob, SpeechToText, Transcript};

/// The recogniser on whisper.cpp and, where its library is there, on onnxruntime; one thread each, so that other tests
/// beside it do no harm. None, said aloud, without its models.
pub(crate) fn ears() -> Vec<Pool> {
    let (english, multilingual) = (models().find(WHISPER_ENGLISH), models().find(WHISPER_MULTILINGUAL));
    if english.is_none() || multilingual.is_none() {
        println!("not run: `voxfare models pull` fetches the models this test hears with");
        return Vec::new();
    }
    let config = WhisperConfig { workers: 1, threads: 1, ..WhisperConfig::default() };
    let start = |library| {
        let models = WhisperModels { english: english.clone(), multilingual: multilingual.clone(), library };
        whisper::start(&config, models).expect("the models load")
    };
    let quick = models().find(ONNXRUNTIME).map(|library| start(Some(library)));
    if quick.is_none() {
        println!("not run on onnxruntime: its library is not there");
    }
    std::iter::once(start(None)).chain(quick).collect()
}

fn job(audio: Vec<f32>, language: Option<&str>) -> HearJob {
    HearJob {
        session: 1,
        audio: audio.into(),
        hearing: Hearing::Final,
        language: language.map(str::to_owned),
        prompt: String::new(),
        deadline: Duration::from_secs(300),
        cancel: CancellationToken::new(),
    }
}

pub(crate) async fn hear(ear: &Pool, audio: Vec<f32>, language: Option<&str>) -> Transcript {
    ear.hear(job(audio, language)).await.expect("heard")
}

pub(crate) fn words(text: &str) -> String {
    text.to_lowercase().replace(|letter: char| !letter.is_alphanumeric() && letter != ' ', "")
}

#[tokio::test]
async fn a_president_is_understood() {
    for ear in ears() {
        let heard = hear(&ear, recording("jfk.wav"), Some("en-US")).await;
        assert_eq!(
            words(&heard.text),
            "and so my fellow americans ask not what your country can do for you ask what you can do for your country"
        );
        assert_eq!(heard.language, "en");
        assert!(heard.mean_logprob < 0.0 && heard.mean_logprob > -1.0);
        let told: Vec<u8> = heard.tokens.iter().flat_map(|token| token.bytes.clone()).collect();
        assert_eq!(words(&String::from_utf8_lossy(&told)).trim(), words(&heard.text), "its tokens are its words");
        assert!(heard.tokens.len() > 20 && heard.tokens.iter().all(|token| token.logprob <= 0.0));
        assert!(heard.no_speech < 0.5);
    }
}

#[tokio::test]
async fn readers_and_commands_are_understood() {
    for ear in ears() {
        for (name, expected) in [
            ("austen-amiable.wav", "he might even have been made amiable himself"),
            ("go-forward.wav", "go forward 10 meters"),
        ] {
            assert_eq!(words(&hear(&ear, recording(name), Some("en")).await.text), expected);
        }
    }
}

#[tokio::test]
async fn the_language_is_heard_when_none_is_given() {
    for ear in ears() {
        let heard = hear(&ear, recording("jfk.wav")[..16_000 * 3].to_vec(), None).await;
        assert_eq!(heard.language, "en");
        assert!(words(&heard.text).contains("my fellow americans"), "{}", heard.text);
    }
}

#[tokio::test]
async fn silence_and_too_little_sound_are_no_words() {
    for ear in ears() {
        for samples in [1, 800, 24_000] {
            assert_eq!(hear(&ear, vec![0.0; samples], Some("en")).await.text, "");
        }
    }
}

#[tokio::test]
async fn a_hint_is_not_read_back_from_noise() {
    let (Some(english), hints) = (models().find(WHISPER_ENGLISH), true) else { return };
    let config = WhisperConfig { workers: 1, threads: 1, hints, ..WhisperConfig::default() };
    let models = WhisperModels { english: Some(english), multilingual: None, library: None };
    let ear = whisper::start(&config, models).expect("the model loads");
    let prompt = "Boston, Lisbon, Kuala Lumpur, Tokyo, business class".to_owned();
    // A room: enough for the model to be asked, and no word in it.
    let mut seed = 1u32;
    let noise = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as f32 / 16_777_216.0 * 0.02 - 0.01
    });
    let heard = ear.hear(HearJob { prompt, ..job(noise.take(24_000).collect(), Some("en")) }).await.expect("heard");
    let hinted = ["boston", "lisbon", "kuala", "tokyo", "business"];
    assert!(!hinted.iter().any(|word| heard.text.to_lowercase().contains(word)), "{}", heard.text);
}

#[tokio::test]
async fn a_cancelled_decode_ends_without_a_text() {
    for ear in ears() {
        let cancelled = HearJob { deadline: Duration::from_millis(1), ..job(recording("jfk.wav"), Some("en")) };
        assert!(matches!(ear.hear(cancelled).await, Err(Failure::Retry { .. })));
    }
}

#[test]
fn missing_models_are_named() {
    let none = WhisperModels { english: None, multilingual: None, library: None };
    let refused = whisper::start(&WhisperConfig::default(), none).map(drop);
    assert!(matches!(refused, Err(Failure::Broken { why }) if why.contains("models pull")));
}
