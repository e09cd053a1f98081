//! What a client may set and what it may not, and that what was set is what is shown.

use super::*;
use std::time::Duration;

fn fresh() -> Settings {
    Settings::new(&setup())
}

fn setup() -> Setup {
    Setup {
        id: "t".to_owned(),
        resume_token: String::new(),
        resume_expires_at: 0,
        resume_within: Duration::from_secs(60),
        session_max: Duration::from_secs(600),
        voice: "hibari".to_owned(),
        language: "en".to_owned(),
        prompt: String::new(),
        tells_created: false,
        bounds: Bounds::default(),
        began_ms: 0,
        greets: true,
        session: None,
    }
}

fn refused(session: &Value) -> (&'static str, String) {
    let refusal = fresh().updated(session).expect_err("it should be refused");
    (refusal.code, refusal.param.unwrap_or_default())
}

#[test]
fn what_is_set_is_shown() {
    let session = json!({
        "type": "realtime", "instructions": "Be brief.", "output_modalities": ["text"], "max_output_tokens": 100,
        "audio": {
            "input": {
                "format": { "type": "audio/pcmu" }, "noise_reduction": { "type": "near_field" },
                "turn_detection": { "type": "server_vad", "threshold": 0.25, "silence_duration_ms": 300, "idle_timeout_ms": 6000 },
            },
            "output": { "format": { "type": "audio/pcma" }, "voice": "joe", "speed": 1.25 },
        },
        "tools": [{ "type": "function", "name": "f", "parameters": { "type": "object", "properties": {} } }],
        "tool_choice": { "type": "function", "name": "f" }, "tracing": "auto",
    });
    let shown = fresh().updated(&session).expect("all of it is allowed").object(&setup());
    for path in [
        "/type",
        "/instructions",
        "/output_modalities",
        "/max_output_tokens",
        "/audio/input/format",
        "/audio/input/noise_reduction",
        "/audio/input/turn_detection/threshold",
        "/audio/input/turn_detection/idle_timeout_ms",
        "/audio/output/format",
        "/audio/output/voice",
        "/audio/output/speed",
        "/tools",
        "/tool_choice",
        "/tracing",
    ] {
        assert_eq!(shown.pointer(path), session.pointer(path), "{path}");
    }
    assert_eq!(shown.pointer("/audio/input/turn_detection/prefix_padding_ms"), Some(&json!(300)));
}

#[test]
fn what_is_shown_can_be_sent_back() {
    for turns in [json!(null), json!({ "type": "server_vad" }), json!({ "type": "semantic_vad", "eagerness": "low" })] {
        let session = json!({ "audio": { "input": { "turn_detection": turns } } });
        let settings = fresh().updated(&session).expect("allowed");
        assert_eq!(settings.updated(&settings.object(&setup())), Ok(settings));
    }
}

#[test]
fn what_is_wrong_is_named_by_its_path() {
    for (session, param) in [
        (json!({ "type": "dance" }), "session.type"),
        (json!({ "audio": { "output": { "speed": 9 } } }), "session.audio.output.speed"),
        (json!({ "audio": { "input": { "format": { "type": "audio/mp3" } } } }), "session.audio.input.format"),
        (
            json!({ "audio": { "input": { "format": { "type": "audio/pcm", "rate": 8000 } } } }),
            "session.audio.input.format",
        ),
        (
            json!({ "audio": { "input": { "turn_detection": { "type": "clap" } } } }),
            "session.audio.input.turn_detection.type",
        ),
        (json!({ "tools": [{ "type": "function" }] }), "session.tools[0].name"),
        (json!({ "output_modalities": ["audio", "text"] }), "session.output_modalities"),
        (json!({ "max_output_tokens": 0 }), "session.max_output_tokens"),
    ] {
        assert_eq!(refused(&session), ("invalid_value", param.to_owned()));
    }
    let idle = json!({ "audio": { "input": { "turn_detection": { "type": "server_vad", "idle_timeout_ms": 10 } } } });
    assert_eq!(refused(&idle).1, "session.audio.input.turn_detection.idle_timeout_ms");
    assert_eq!(refused(&json!({ "colour": "red" })), ("unknown_parameter", "session.colour".to_owned()));
}

#[test]
fn a_refused_update_changes_nothing() {
    let before = fresh();
    assert!(before.updated(&json!({ "instructions": "x", "type": 7 })).is_err());
    assert_eq!(before, fresh());
}

#[test]
fn only_turns_that_are_to_be_answered_are() {
    let with = |session: Value| fresh().updated(&session).expect("allowed").answers_turns();
    assert!(with(json!({})));
    assert!(!with(json!({ "audio": { "input": { "turn_detection": null } } })));
    assert!(!with(json!({ "audio": { "input": { "turn_detection": { "create_response": false } } } })));
    assert!(!with(json!({ "type": "transcription" })));
}

#[test]
fn silence_is_waited_for_as_long_as_the_client_says() {
    let session =
        json!({ "audio": { "input": { "turn_detection": { "type": "server_vad", "silence_duration_ms": 750 } } } });
    let [_, listen, _] = fresh().updated(&session).expect("allowed").ears();
    assert!(
        matches!(listen, Ear::Listen(Listen::Turns { config, interrupts: true }) if config.fixed_silence_ms == Some(750))
    );
}

#[test]
fn the_ear_is_told_of_noise_reduction() {
    let told = |settings: &Settings| match settings.ears() {
        [_, _, Ear::Noise(field)] => field,
        ears => panic!("{ears:?}"),
    };
    let noise = |noise: Value| json!({ "audio": { "input": { "noise_reduction": noise } } });
    assert_eq!(told(&fresh()), None);
    let near = fresh().updated(&noise(json!({ "type": "near_field" }))).expect("allowed");
    assert_eq!(told(&near), Some(Field::Near));
    // What is not named stays.
    assert_eq!(told(&near.updated(&json!({ "instructions": "Be brief." })).expect("allowed")), Some(Field::Near));
    let far = near.updated(&noise(json!({ "type": "far_field" }))).expect("allowed");
    assert_eq!(told(&far), Some(Field::Far));
    assert_eq!(told(&far.updated(&noise(Value::Null)).expect("allowed")), None);
    // A session that was made with a client secret begins with what the secret says.
    let begun = Settings::of(&Setup { session: Some(noise(json!({ "type": "far_field" }))), ..setup() });
    assert_eq!(told(&begun), Some(Field::Far));
    assert_eq!(refused(&noise(json!({ "type": "loud" }))).1, "session.audio.input.noise_reduction");
}
