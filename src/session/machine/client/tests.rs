//! Client events: what is taken, and what is refused with which words.

use super::*;
use proptest::prelude::*;

fn refused(text: &str) -> &'static str {
    read(text).1.expect_err("it should be refused").code
}

#[test]
fn typed_messages_are_taken() {
    let event = r#"{"type":"conversation.item.create","event_id":"e1","item":{"type":"message","role":"user",
        "content":[{"type":"input_text","text":" to Denver "}]}}"#;
    assert_eq!(read(event), (Some("e1".to_owned()), Ok(Request::Typed { text: "to Denver".to_owned(), id: None })));
}

#[test]
fn what_cannot_be_done_is_refused_with_its_code() {
    assert_eq!(refused("{"), "invalid_json");
    assert_eq!(refused("{}"), "missing_type");
    assert_eq!(refused(r#"{"type":"fly.away"}"#), "unknown_event");
    assert_eq!(refused(r#"{"type":"session.update"}"#), "missing_session");
    assert_eq!(refused(r#"{"type":"session.update","session":{"audio":{"output":{"speed":9}}}}"#), "invalid_speed");
    assert_eq!(refused(r#"{"type":"input_audio_buffer.append","audio":""}"#), "not_on_this_transport");
    assert_eq!(refused(r#"{"type":"conversation.item.truncate","item_id":"i"}"#), "missing_audio_end_ms");
    assert_eq!(refused(&"x".repeat(EVENT_BYTES_MAX + 1)), "event_too_large");
}

#[test]
fn a_wrong_end_is_clamped_and_never_an_error() {
    let event = r#"{"type":"conversation.item.truncate","item_id":"i","content_index":0,"audio_end_ms":-50}"#;
    assert_eq!(read(event).1, Ok(Request::Truncate { item: "i".to_owned(), audio_end_ms: 0 }));
}

proptest! {
    #[test]
    fn nothing_panics(text in ".{0,300}") {
        let _ = read(&text);
    }

    #[test]
    fn json_of_any_shape_is_answered(kind in "[a-z_.]{0,40}", value in any::<f64>()) {
        let event = serde_json::json!({ "type": kind, "session": value, "item": [value], "audio_end_ms": value });
        let _ = read(&event.to_string());
    }
}
