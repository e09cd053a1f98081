//! Every event we send is one that a published client's types take.

use super::*;
use async_openai::types::realtime::RealtimeServerEvent;

fn check(build: impl FnOnce(&mut Wire)) -> Vec<String> {
    let mut wire = Wire::new("t");
    build(&mut wire);
    let events: Vec<String> = wire.take().into_iter().map(|letter| letter.text).collect();
    for event in &events {
        if event.contains("\"type\":\"voxfare.") {
            continue;
        }
        let parsed: Result<RealtimeServerEvent, _> = serde_json::from_str(event);
        assert!(parsed.is_ok(), "{:?}\n{event}", parsed.err());
    }
    events
}

#[test]
fn a_whole_response_is_made_of_known_events() {
    let events = check(|wire| {
        let ids = wire.response(Manner::new("joe".to_owned()), Value::Null, false);
        wire.response_started(&ids);
        wire.transcript_delta(&ids, "Hello.");
        wire.output_started(&ids);
        wire.response_ended(&ids, "Hello.", ResponseEnd::Completed);
        wire.output_stopped(&ids);
    });
    assert_eq!(events.len(), 13);
}

#[test]
fn every_end_of_a_response_is_known() {
    for end in [ResponseEnd::TurnDetected, ResponseEnd::ClientCancelled, ResponseEnd::Failed] {
        check(|wire| {
            let ids = wire.response(Manner::new("joe".to_owned()), Value::Null, false);
            wire.response_started(&ids);
            wire.response_ended(&ids, "Hel", end);
            wire.output_cut(&ids, 320, "Hel");
        });
    }
}

#[test]
fn the_callers_side_is_made_of_known_events() {
    check(|wire| {
        let item = wire.item();
        wire.speech_started(&item, Samples::from_ms(300));
        wire.transcription_delta(&item, "find me");
        wire.speech_stopped(&item, Samples::from_ms(1900));
        wire.committed(&item);
        wire.transcription_segment(&item, "Find me a flight.", 1.6);
        wire.transcription_completed(&item, "Find me a flight.", 1.6, None);
        wire.transcription_failed(&item);
        wire.error("unknown_event", "The event type is not known here.", Some("type"), Some("event_1"));
        wire.send("input_audio_buffer.cleared", json!({}));
    });
}

#[test]
fn items_follow_each_other() {
    let events = check(|wire| {
        let first = wire.item();
        let content = json!([{ "type": "input_text", "text": "hi" }]);
        let message = NewItem::Message { role: "user", text: "hi".to_owned(), content, sound: Vec::new() };
        wire.add(&After::Last, &first, &message).expect("to the end");
        let ids = wire.response(Manner::new("joe".to_owned()), Value::Null, false);
        wire.response_started(&ids);
    });
    let added: Vec<Value> = events
        .iter()
        .map(|event| serde_json::from_str(event).expect("we made it"))
        .filter(|event: &Value| event["type"] == "conversation.item.added")
        .collect();
    assert_eq!(added[0]["previous_item_id"], Value::Null);
    assert_eq!(added[1]["previous_item_id"], "item_t_1");
}

#[test]
fn heard_characters_are_counted_not_bytes() {
    let events = check(|wire| wire.playout("item_1", "Zürich at nine", 7, "playing"));
    assert!(events[0].contains("\"heard_chars\":6"), "{}", events[0]);
}
