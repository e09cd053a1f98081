//! Client events: what is taken, and what is refused with which words.

use super::*;
use crate::session::machine::item::{After, NewItem};
use proptest::prelude::*;
use serde_json::json;

fn taken(event: &Value) -> Request {
    read(&event.to_string(), &Bounds::default()).1.expect("it should be taken")
}

fn refused(event: &Value) -> (&'static str, String) {
    let refusal = read(&event.to_string(), &Bounds::default()).1.expect_err("it should be refused");
    (refusal.code, refusal.param.unwrap_or_default())
}

#[test]
fn messages_are_taken_with_their_place() {
    let event = json!({
        "type": "conversation.item.create", "event_id": "e1", "previous_item_id": "root",
        "item": { "type": "message", "role": "user", "id": "mine", "content": [{ "type": "input_text", "text": " to Denver " }] },
    });
    let content = json!([{ "type": "input_text", "text": " to Denver " }]);
    let item = NewItem::Message { role: "user", text: "to Denver".to_owned(), content, sound: Vec::new() };
    let created = Created { after: After::Root, id: Some("mine".to_owned()), item };
    assert_eq!(read(&event.to_string(), &Bounds::default()), (Some("e1".to_owned()), Ok(Request::Create(created))));
}

#[test]
fn pictures_are_taken_and_only_pictures() {
    let message = |url: &str| {
        let content = json!([{ "type": "input_image", "image_url": url }]);
        json!({ "type": "conversation.item.create", "item": { "type": "message", "role": "user", "content": content } })
    };
    let request = taken(&message("data:image/png;base64,iVBORw0KGgo="));
    let Request::Create(Created { item: NewItem::Message { text, content, .. }, .. }) = request else {
        panic!("no item")
    };
    assert_eq!((text.as_str(), &content[0]["detail"]), ("", &json!("auto")));
    for url in ["https://example.com/a.png", "data:text/html;base64,aaaa", ""] {
        assert_eq!(refused(&message(url)), ("invalid_value", "item.content[0].image_url".to_owned()), "{url}");
    }
}

#[test]
fn functions_answers_are_taken() {
    let item = json!({ "type": "function_call_output", "call_id": "c", "output": "{}" });
    let request = taken(&json!({ "type": "conversation.item.create", "item": item }));
    assert!(matches!(request, Request::Create(Created { item: NewItem::FunctionOutput { .. }, .. })), "{request:?}");
}

#[test]
fn sound_is_decoded() {
    let event = json!({ "type": "input_audio_buffer.append", "audio": "AQID" });
    assert_eq!(taken(&event), Request::Append(vec![1, 2, 3]));
}

#[test]
fn responses_are_asked_for_in_many_ways() {
    assert_eq!(taken(&json!({ "type": "response.create" })), Request::Respond(Box::default()));
    let event = json!({ "type": "response.create", "response": {
        "output_modalities": ["text"], "conversation": "none", "metadata": { "topic": "x" }, "instructions": "Be brief.",
        "input": [{ "type": "message", "role": "user", "content": [{ "type": "input_text", "text": "hi" }] }],
    }});
    let Request::Respond(ask) = taken(&event) else { panic!("no response") };
    assert_eq!((ask.silent, ask.apart, ask.input.map(|input| input.len())), (Some(true), true, Some(1)));
}

#[test]
fn what_cannot_be_done_is_refused_with_its_code_and_its_field() {
    let wrong = |text: &str| read(text, &Bounds::default()).1.expect_err("it should be refused").code;
    assert_eq!(wrong("{"), "invalid_json");
    assert_eq!(wrong("{}"), "missing_required_parameter");
    for (event, code, param) in [
        (json!({ "type": "fly.away" }), "unknown_event", "type"),
        (json!({ "type": "session.update" }), "missing_required_parameter", "session"),
        (json!({ "type": "input_audio_buffer.append" }), "missing_required_parameter", "audio"),
        (json!({ "type": "input_audio_buffer.append", "audio": "?" }), "invalid_value", "audio"),
        (json!({ "type": "conversation.item.truncate", "item_id": "i" }), "missing_required_parameter", "audio_end_ms"),
        (json!({ "type": "conversation.item.delete" }), "missing_required_parameter", "item_id"),
        (json!({ "type": "conversation.item.retrieve", "item_id": 7 }), "invalid_value", "item_id"),
        (json!({ "type": "conversation.item.create", "item": { "type": "dance" } }), "invalid_value", "item.type"),
        (json!({ "type": "response.create", "response": { "metadata": 7 } }), "invalid_value", "response.metadata"),
        (json!({ "type": "response.create", "response": { "colour": 7 } }), "unknown_parameter", "response.colour"),
    ] {
        assert_eq!(refused(&event), (code, param.to_owned()), "{event}");
    }
}

#[test]
fn a_wrong_end_is_clamped_and_never_an_error() {
    let event =
        json!({ "type": "conversation.item.truncate", "item_id": "i", "content_index": 0, "audio_end_ms": -50 });
    assert_eq!(taken(&event), Request::Truncate { item: "i".to_owned(), audio_end_ms: 0 });
}

proptest! {
    #[test]
    fn nothing_panics(text in ".{0,300}") {
        let _ = read(&text, &Bounds::default());
    }

    #[test]
    fn json_of_any_shape_is_answered(
        kind in prop::sample::select(vec![
            "session.update", "input_audio_buffer.append", "conversation.item.create", "conversation.item.retrieve",
            "conversation.item.truncate", "conversation.item.delete", "response.create", "response.cancel", "x",
        ]),
        value in prop::sample::select(vec![json!(null), json!(7), json!("x"), json!([1]), json!({ "type": "message" }), json!(true)]),
        other in prop::sample::select(vec![json!(null), json!(-1e300), json!(""), json!([{}]), json!({ "content": [{}] })]),
    ) {
        let event = json!({
            "type": kind, "session": value, "item": value, "audio": other, "item_id": other, "audio_end_ms": value,
            "response": value, "response_id": other, "previous_item_id": other,
        });
        let _ = read(&event.to_string(), &Bounds::default());
    }
}

#[test]
fn what_is_larger_than_it_may_be_is_refused() {
    let bounds = Bounds { append_bytes_max: 4, item_bytes_max: 120 };
    let reads = |event: Value| read(&event.to_string(), &bounds).1;
    let append = |bytes: usize| json!({ "type": "input_audio_buffer.append", "audio": BASE64.encode(vec![0; bytes]) });
    assert_eq!(reads(append(4)), Ok(Request::Append(vec![0; 4])));
    assert_eq!(reads(append(5)).expect_err("too much").param.as_deref(), Some("audio"));
    let item = |text: &str| {
        let content = json!([{ "type": "input_text", "text": text }]);
        json!({ "type": "conversation.item.create", "item": { "type": "message", "role": "user", "content": content } })
    };
    assert!(matches!(reads(item("short")), Ok(Request::Create(_))));
    assert_eq!(reads(item(&"long ".repeat(20))).expect_err("too long").param.as_deref(), Some("item"));
}

#[test]
fn an_account_is_named_by_its_token_or_is_nobodys() {
    let event = |token: Value| json!({ "type": "voxfare.account.use", "token": token });
    assert_eq!(taken(&event(json!("vfa_1"))), Request::Account(Some(Secret("vfa_1".to_owned()))));
    assert_eq!(taken(&event(Value::Null)), Request::Account(None));
    for wrong in [json!(""), json!(1), json!("x".repeat(TOKEN_CHARS_MAX + 1))] {
        assert_eq!(refused(&event(wrong)), ("invalid_value", "token".to_owned()));
    }
}
