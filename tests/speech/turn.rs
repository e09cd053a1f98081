//! smart-turn on recordings of people: a sentence that is over against the same sentence cut.

use super::{models, recording};
use tokio_util::sync::CancellationToken;
use voxfare::models::{ONNXRUNTIME, SMART_TURN};
use voxfare::providers::turn::smart_turn::{SmartTurn, SmartTurnConfig};
use voxfare::session::ports::{Failure, TurnDetector};

/// The detector on rten, or on onnxruntime where asked for; `None`, said aloud, without its files.
fn detector(onnxruntime: bool) -> Option<SmartTurn> {
    let (model, library) = (models().find(SMART_TURN), models().find(ONNXRUNTIME));
    if model.is_none() || (onnxruntime && library.is_none()) {
        println!("not run: `voxfare models pull` fetches the files this test scores with");
        return None;
    }
    let config = SmartTurnConfig { onnxruntime, ..SmartTurnConfig::default() };
    Some(SmartTurn::start(&config, &model?, library).expect("the model loads"))
}

async fn score(detector: &SmartTurn, audio: &[f32]) -> f32 {
    detector.score(audio.into(), CancellationToken::new()).await.expect("scored")
}

/// The whole sentence is more complete than each of three cuts inside a word.
async fn tells_whole_from_cut(detector: SmartTurn) {
    let audio = recording("jfk.wav");
    let whole = score(&detector, &audio).await;
    for seconds in [1.5, 4.0, 6.6] {
        let cut = score(&detector, &audio[..(seconds * 16_000.0) as usize]).await;
        assert!(whole > 0.5 && cut < 0.5, "whole {whole}, cut at {seconds} s {cut}");
    }
}

#[tokio::test]
async fn rten_tells_a_whole_sentence_from_a_cut_one() {
    let Some(detector) = detector(false) else { return };
    assert_eq!(detector.engine(), "rten");
    tells_whole_from_cut(detector).await;
}

#[cfg(feature = "ort")]
#[tokio::test]
async fn onnxruntime_gives_the_score_of_the_reference() {
    let Some(detector) = detector(true) else { return };
    assert_eq!(detector.engine(), "onnxruntime");
    // By the model's authors' own code, on onnxruntime 1.32: the first where the processor adds up products of bytes without
    // saturating (VNNI), the second where it does not.
    let whole = score(&detector, &recording("jfk.wav")).await;
    assert!([0.85476_f32, 0.58770].iter().any(|reference| (whole - reference).abs() < 0.001), "{whole}");
    tells_whole_from_cut(detector).await;
}

#[tokio::test]
async fn a_cancelled_score_is_not_computed() {
    let Some(detector) = detector(false) else { return };
    let cancel = CancellationToken::new();
    cancel.cancel();
    let answer = detector.score(recording("jfk.wav").into(), cancel).await;
    assert!(matches!(answer, Err(Failure::Retry { .. })));
}
