//! Keys pressed in a session: what is told, what is answered, and what a number chooses.

use crate::session::machine::tests::World;
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn every_key_is_told_and_what_is_no_key_is_counted() {
    let mut world = World::in_writing();
    world.now += Duration::from_millis(700);
    world.keys("5*0#Dx\u{e9}");
    let told = world.take("input_audio_buffer.dtmf_event_received");
    let keys: Vec<&str> = told.iter().filter_map(|event| event["event"].as_str()).collect();
    assert_eq!(keys, ["5", "*", "0", "#", "D"]);
    assert_eq!(told[0]["received_at"], 1_790_000_001);
    assert_eq!(world.counted, ["digit_unknown"; 2]);
}

#[test]
fn a_key_chooses_an_offer_at_once_as_its_words_do() {
    let (mut keyed, mut typed) = (World::in_writing(), World::in_writing());
    for world in [&mut keyed, &mut typed] {
        world.types("Find me a flight from Boston to Denver tomorrow.");
        assert!(world.written().contains("Denver"), "{:?}", world.events);
        world.added();
    }
    typed.types("The second one.");
    keyed.keys("2");
    assert_eq!(keyed.added(), ["Number 2"]);
    let (by_key, by_word) = (keyed.written(), typed.written());
    assert!(!by_key.is_empty() && by_key == by_word, "{by_key:?} {by_word:?}");
}

#[test]
fn a_number_is_whole_at_the_hash_or_when_no_key_follows() {
    let mut world = World::in_writing();
    world.keys("12");
    world.passes(2000);
    world.keys("3");
    world.passes(2400);
    assert!(world.added().is_empty());
    world.passes(200);
    assert_eq!(world.added(), ["123"]);
    world.keys("45#");
    assert_eq!(world.added(), ["45"]);
    world.keys("9*7A#");
    assert_eq!(world.added(), ["7"], "a star begins anew");
    world.keys("#");
    world.passes(5000);
    assert!(world.added().is_empty(), "there is no number");
    world.keys(&"1".repeat(40));
    world.keys("#");
    assert_eq!((world.added(), world.counted), (vec!["1".repeat(32)], vec!["digits_full"; 8]));
}

#[test]
fn a_key_stops_our_voice_and_the_item_keeps_what_was_heard() {
    let sound = json!({ "format": { "type": "audio/pcmu" } });
    let mut world = World::of(json!({ "type": "realtime", "audio": { "input": sound, "output": sound } }), true);
    world.passes(600);
    assert_eq!(world.take("output_audio_buffer.started").len(), 1);
    world.keys("*");
    assert_eq!(world.take("output_audio_buffer.cleared").len(), 1);
    let cut = world.take("conversation.item.truncated");
    assert!(cut[0]["audio_end_ms"].as_u64().is_some_and(|ms| (400..=600).contains(&ms)), "{cut:?}");
    // The carrier knows better, and the conversation follows it.
    let less = json!({ "type": "conversation.item.truncate", "item_id": cut[0]["item_id"], "content_index": 0, "audio_end_ms": 100 });
    world.send(&less);
    assert_eq!(world.take("conversation.item.truncated")[0]["audio_end_ms"], 100);
    assert!(world.machine.dialogue().history().last_said().is_none(), "no word of it was heard");
}

#[test]
fn what_is_read_aloud_elsewhere_is_cut_to_the_words_that_were_heard() {
    let mut world = World::in_writing();
    world.send(&json!({ "type": "response.create" }));
    let done = world.take("response.output_text.done");
    let text = done[0]["text"].as_str().expect("a greeting").to_owned();
    let heard = |world: &World| world.machine.dialogue().history().last_said().map(|(_, bytes)| bytes);
    assert_eq!(heard(&world), Some(text.len()));
    let words = text.split_whitespace().take(3).collect::<Vec<_>>().join(" ");
    world.send(&json!({ "type": "voxfare.item.heard", "item_id": done[0]["item_id"], "text": words.to_uppercase() }));
    assert_eq!(heard(&world), Some(words.len()));
    assert_eq!(world.take("conversation.item.truncated").len(), 1);
    world.send(&json!({ "type": "conversation.item.retrieve", "item_id": done[0]["item_id"] }));
    assert_eq!(world.take("conversation.item.retrieved")[0]["item"]["content"][0]["text"], words.as_str());
    world.send(&json!({ "type": "voxfare.item.heard", "item_id": "item_none", "text": "x" }));
    world.send(&json!({ "type": "voxfare.item.heard", "item_id": "item_none" }));
    let codes: Vec<Value> = world.take("error").iter().map(|event| event["error"]["code"].clone()).collect();
    assert_eq!(codes, ["item_truncate_invalid_item_id", "missing_required_parameter"]);
}

#[test]
fn keys_of_a_transcription_are_told_and_answered_by_nobody() {
    // Nor is it greeted.
    let mut world = World::of(json!({ "type": "transcription" }), true);
    world.keys("12#");
    assert_eq!(world.take("input_audio_buffer.dtmf_event_received").len(), 3);
    assert!(world.added().is_empty());
}

#[test]
fn a_client_that_answers_by_itself_finds_the_number_in_what_it_asks_for() {
    let turns = json!({ "input": { "turn_detection": { "type": "semantic_vad", "create_response": false } } });
    let session = json!({ "type": "realtime", "output_modalities": ["text"], "audio": turns });
    let mut world = World::of(session, false);
    world.keys("2#");
    assert_eq!((world.added().len(), world.written()), (1, String::new()));
    world.send(&json!({ "type": "response.create" }));
    assert!(!world.written().is_empty());
}
