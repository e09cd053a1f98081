//! What becomes of sayings when they are cut, resumed, or told in another manner.

use super::*;
use agent::dialogue::Expects;

fn say(id: u64, text: &str) -> Say {
    Say { id: SayId(id), text: text.to_owned(), kind: SayKind::Answer, expects: Expects::Anything }
}

fn manner(voice: &str) -> Manner {
    Manner::new(voice.to_owned())
}

fn heard(item: u64, text_bytes: u32, ms: u64) -> Heard {
    Heard { item: ItemId(item), text_bytes, audio: Samples::from_ms(ms), complete: false }
}

/// A speaker with these sayings, all of them spoken and handed out.
fn spoken(texts: &[&str]) -> (Speaker, Wire) {
    let (mut speaker, mut wire) = (Speaker::default(), Wire::new("t"));
    for (at, text) in texts.iter().enumerate() {
        speaker.push(say(at as u64 + 1, text), &mut wire);
    }
    let mut effect = 0;
    while let Some(job) = speaker.next_job(&manner("amy")) {
        effect += 1;
        speaker.started(job.item, EffectId(effect));
        speaker.piece(EffectId(effect), SpeechPiece { pcm: vec![1; 480], words: Vec::new() });
        assert!(speaker.spoken(EffectId(effect), &Ok(())));
    }
    assert!(!speaker.release(true, &manner("amy"), &mut wire).speech.is_empty());
    (speaker, wire)
}

fn heard_ms(speaker: &Speaker, item: &str) -> Option<u64> {
    speaker.heard_of(item, Samples(u64::MAX)).map(|heard| heard.until.as_ms())
}

#[test]
fn one_cut_ends_two_items_each_where_it_was_heard() {
    let (mut speaker, mut wire) = spoken(&["One moment.", "You are booked."]);
    let cut = [heard(1, 11, 900), heard(2, 3, 200)];
    let dropped = speaker.interrupted(&cut, ResponseEnd::TurnDetected, &mut wire);
    let fates: Vec<(usize, bool)> = dropped.fates.iter().map(|fate| (fate.heard_bytes, fate.dropped)).collect();
    assert_eq!(fates, [(11, false), (3, false)]);
}

#[test]
fn a_response_keeps_the_voice_it_began_with() {
    let (mut speaker, mut wire) = (Speaker::default(), Wire::new("t"));
    speaker.push(say(1, "This is the first sentence. This is the second sentence."), &mut wire);
    speaker.push(say(2, "And this is another."), &mut wire);
    let mut voices = Vec::new();
    for effect in 1..10 {
        let Some(job) = speaker.next_job(&manner(if effect == 1 { "amy" } else { "joe" })) else { break };
        voices.push((job.item.0, job.manner.voice));
        speaker.started(job.item, EffectId(effect));
        speaker.spoken(EffectId(effect), &Ok(()));
    }
    assert!(voices.iter().filter(|(item, _)| *item == 1).count() > 1, "{voices:?}");
    assert!(voices.iter().all(|(item, voice)| voice == if *item == 1 { "amy" } else { "joe" }), "{voices:?}");
}

#[test]
fn what_was_heard_of_an_item_is_known_after_it() {
    let (mut speaker, mut wire) = spoken(&["One moment.", "You are booked."]);
    let items: Vec<String> =
        [1, 2].map(|item| speaker.lookup(ItemId(item)).expect("it has begun").1.item.clone()).to_vec();
    speaker.finished(&heard(1, 11, 900));
    speaker.interrupted(&[heard(2, 3, 200)], ResponseEnd::TurnDetected, &mut wire);
    assert_eq!(items.iter().map(|item| heard_ms(&speaker, item)).collect::<Vec<_>>(), [Some(900), Some(200)]);
    assert_eq!(heard_ms(&speaker, "item_t_99"), None);
}

#[test]
fn a_resumed_item_is_told_with_what_was_heard_of_it() {
    let (mut speaker, _) = spoken(&["One moment."]);
    assert_eq!(speaker.progress(ItemId(1), Some(3)).map(|(.., bytes)| bytes), Some(3));
    assert_eq!(speaker.progress(ItemId(1), None).map(|(.., bytes)| bytes), Some(3));
}

#[test]
fn the_end_of_a_voice_that_nobody_waits_for_is_stale() {
    let (mut speaker, _) = spoken(&["One moment."]);
    assert!(!speaker.spoken(EffectId(1), &Err(Failure::Broken { why: "late".to_owned() })));
}
