//! The voices with their real models where they are installed: words, bytes, cancelling, and what a recogniser hears.

mod round_trip;

use std::path::PathBuf;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use voxfare::models::{Folder, HIBARI, ONNXRUNTIME, PIPER_JOE, folder};
use voxfare::providers::tts::{Config, SetupError, say, voices::Voices};
use voxfare::session::ports::{SpeakJob, SpeechPiece, TextToSpeech};

/// The voices with `voice` as the default one; `None`, said aloud, without its model.
fn voices(voice: &str, file: &str, onnxruntime: bool) -> Option<Voices> {
    let path = |name| std::env::var_os(name).map(PathBuf::from);
    let folder = Folder::new(folder::place(path("VOXFARE_MODELS"), path("XDG_CACHE_HOME"), path("HOME")));
    let library = folder.find(ONNXRUNTIME).filter(|_| onnxruntime);
    let Some(model) = folder.find(file).filter(|_| library.is_some() == onnxruntime) else {
        println!("not run: `voxfare models pull` fetches the files this test speaks with");
        return None;
    };
    let models_dir = model.parent().expect("a file lies in a folder").to_owned();
    let config = Config { voice: voice.to_owned(), models_dir, threads: 1, ort_library: library };
    Some(Voices::load(&config).expect("the voice loads"))
}

async fn speak(voices: &Voices, text: &str, voice: &str, speed: f32) -> Vec<SpeechPiece> {
    say::speak(voices, text, voice, speed).await.expect("spoken")
}

fn samples(pieces: &[SpeechPiece]) -> Vec<i16> {
    pieces.iter().flat_map(|piece| piece.pcm.iter().copied()).collect()
}

const CLAUSES: [&str; 4] = [
    "Sure, let me check that for you.",
    "The Lufthansa flight leaves at 9:45 am, and costs $1,204.50 in all.",
    "Your reference is K7QX2M",
    "Yes!",
];

/// Every word of the clause has its samples, in order; the start is tight, the level is the house's, nothing clips.
async fn is_well_spoken(voices: &Voices, text: &str) {
    let pieces = speak(voices, text, "", 1.0).await;
    let sound = samples(&pieces);
    let words: Vec<_> = pieces.iter().flat_map(|piece| piece.words.clone()).collect();
    let said: Vec<_> = words.iter().map(|w| &text[w.text_from as usize..w.text_to as usize]).collect();
    assert_eq!(said.join(" "), text);
    assert!(words.iter().all(|w| w.from < w.to && w.to.0 <= sound.len() as u64), "{words:?}");
    assert!(words.windows(2).all(|pair| pair[0].to <= pair[1].from && pair[0].text_to <= pair[1].text_from));
    assert!(words[0].from.as_ms() <= 20, "{:?}", words[0]);
    let mut at = 0;
    for piece in &pieces {
        let end = at + piece.pcm.len() as u64;
        assert!(piece.words.iter().all(|w| (at..end).contains(&w.from.0)), "a word in the wrong piece of {text}");
        at = end;
    }
    let loud: Vec<f64> =
        sound.iter().map(|s| f64::from(*s) / 32_768.0).filter(|s| s.abs() > 0.01).map(|s| s * s).collect();
    let level = 10.0 * (loud.iter().sum::<f64>() / loud.len() as f64).log10();
    assert!((-25.0..=-14.0).contains(&level), "{level} dB");
    assert!(sound.iter().all(|s| s.unsigned_abs() < 32_700));
}

#[tokio::test]
async fn hibari_speaks_well_on_rten() {
    let Some(voices) = voices("hibari", HIBARI, false) else { return };
    for text in CLAUSES {
        is_well_spoken(&voices, text).await;
    }
}

#[cfg(feature = "ort")]
#[tokio::test]
async fn hibari_speaks_well_on_onnxruntime() {
    let Some(voices) = voices("hibari", HIBARI, true) else { return };
    for text in CLAUSES {
        is_well_spoken(&voices, text).await;
    }
}

#[tokio::test]
async fn piper_speaks_well() {
    let Some(voices) = voices("piper", PIPER_JOE, false) else { return };
    for text in &CLAUSES[..2] {
        is_well_spoken(&voices, text).await;
    }
}

#[tokio::test]
async fn the_same_text_gives_the_same_bytes() {
    for (voice, file) in [("hibari", HIBARI), ("piper", PIPER_JOE)] {
        let Some(voices) = voices(voice, file, false) else { return };
        let first = samples(&speak(&voices, "One moment, please.", "", 1.0).await);
        // The second time is computed again, the third comes from the phrases kept.
        for _ in 0..2 {
            assert!(samples(&speak(&voices, "One moment, please.", "", 1.0).await) == first, "{voice}");
        }
    }
}

#[tokio::test]
async fn speed_is_respected() {
    let Some(voices) = voices("hibari", HIBARI, false) else { return };
    let slow = samples(&speak(&voices, CLAUSES[0], "", 0.8).await).len();
    let fast = samples(&speak(&voices, CLAUSES[0], "", 1.25).await).len();
    assert!(slow as f32 > fast as f32 * 1.3, "{slow} against {fast}");
}

#[tokio::test]
async fn a_cancelled_clause_stops() {
    let Some(voices) = voices("hibari", HIBARI, false) else { return };
    let job = |cancel: &CancellationToken| SpeakJob {
        session: 1,
        text: CLAUSES[1].to_owned(),
        voice: String::new(),
        speed: 1.0,
        cancel: cancel.clone(),
    };
    let cancel = CancellationToken::new();
    cancel.cancel();
    let (send, mut receive) = mpsc::channel(64);
    voices.speak(job(&cancel), send).await.expect("no failure");
    assert!(receive.recv().await.is_none(), "nothing is said after the cancel");

    let cancel = CancellationToken::new();
    let (send, mut receive) = mpsc::channel(1);
    let listen = async {
        let first = receive.recv().await;
        cancel.cancel();
        let mut rest = 0;
        while receive.recv().await.is_some() {
            rest += 1;
        }
        (first.is_some(), rest)
    };
    let (spoken, (first, rest)) = tokio::join!(voices.speak(job(&cancel), send), listen);
    spoken.expect("no failure");
    assert!(first && rest <= 2, "{rest} pieces after the cancel");
}

#[tokio::test]
async fn a_voice_that_is_not_there_is_spoken_by_the_default_one() {
    let Some(voices) = voices("hibari", HIBARI, false) else { return };
    let own = samples(&speak(&voices, "Hello.", "hibari", 1.0).await);
    // Kokoro needs onnxruntime, which this configuration does not name.
    for other in ["kokoro", "nobody"] {
        assert!(samples(&speak(&voices, "Hello.", other, 1.0).await) == own, "{other}");
    }
    assert!(speak(&voices, "—", "", 1.0).await.is_empty(), "nothing to say is no failure");
}

#[test]
fn a_default_voice_that_cannot_speak_is_refused_at_the_start() {
    let config = |voice: &str| Config {
        voice: voice.to_owned(),
        models_dir: PathBuf::from("/nowhere"),
        threads: 1,
        ort_library: None,
    };
    let refused = |voice: &str| Voices::load(&config(voice)).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(matches!(Voices::load(&config("parrot")), Err(SetupError::UnknownVoice { name }) if name == "parrot"));
    assert!(refused("hibari").contains("voxfare models pull"), "{}", refused("hibari"));
    assert!(
        refused("kokoro").contains("onnxruntime") || refused("kokoro").contains("feature"),
        "{}",
        refused("kokoro")
    );
}
