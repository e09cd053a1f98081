//! Any frames of a carrier and any events of a session, in any order: acts that a shell can do, and a bounded ledger.
#![no_main]
#![allow(dead_code)]

mod session;

#[path = "../../src/secret.rs"]
mod secret;
#[path = "."]
mod net {
    #[path = "."]
    pub mod telephony {
        #[path = "../../src/net/telephony/act.rs"]
        pub mod act;
        #[path = "../../src/net/telephony/order.rs"]
        mod order;
        #[path = "../../src/net/telephony/playing.rs"]
        pub mod playing;
        #[path = "../../src/net/telephony/relay.rs"]
        pub mod relay;
        #[path = "../../src/net/telephony/telnyx.rs"]
        pub mod telnyx;
        #[path = "../../src/net/telephony/twilio.rs"]
        pub mod twilio;
        #[path = "../../src/net/telephony/voice.rs"]
        mod voice;
    }
}

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use net::telephony::act::{Act, Carrier};
use net::telephony::{relay::Relay, telnyx::Telnyx, twilio::Twilio};
use session::event::LegEvent;

#[derive(Arbitrary, Debug)]
enum Step {
    Frame(String),
    Event(String),
    Media { at: u64, chunk: u64, payload: Vec<u8> },
    Mark(u8),
    Digit(char),
    Interrupt(String),
    Prompt(String),
    Sound { item: u8, bytes: u16 },
    Text { item: u8, delta: String },
    Done(u8),
    Stopped(u8),
    Spoken,
    Cleared,
}

fuzz_target!(|input: (u8, Vec<Step>)| {
    use base64::Engine as _;
    let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let (kind, steps) = input;
    let mut carrier: Box<dyn Carrier> = match kind % 3 {
        0 => Box::new(Twilio::default()),
        1 => Box::new(Telnyx::default()),
        _ => Box::new(Relay::default()),
    };
    let starts = [
        r#"{"event":"start","start":{"streamSid":"MZ","callSid":"CA","mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000}}}"#,
        r#"{"event":"start","start":{"call_control_id":"c","media_format":{"encoding":"PCMU","sample_rate":8000}}}"#,
        r#"{"type":"setup","callSid":"CA"}"#,
    ];
    carrier.frame(starts[usize::from(kind % 3)]);
    let mut sent = 0u64;
    for step in steps {
        let acts = match step {
            Step::Frame(text) => carrier.frame(&text),
            Step::Event(text) => carrier.event(&text),
            Step::Media { at, chunk, payload } => carrier.frame(&serde_json::json!({
                "event": "media", "media": { "timestamp": at, "chunk": chunk.to_string(), "payload": base64(&payload) },
            }).to_string()),
            Step::Mark(name) => carrier.frame(&format!(r#"{{"event":"mark","mark":{{"name":"{name}"}}}}"#)),
            Step::Digit(key) => carrier.frame(
                &serde_json::json!({ "event": "dtmf", "type": "dtmf", "digit": key, "dtmf": { "digit": key } }).to_string(),
            ),
            Step::Interrupt(heard) => {
                carrier.frame(&serde_json::json!({ "type": "interrupt", "utteranceUntilInterrupt": heard }).to_string())
            }
            Step::Prompt(words) => {
                carrier.frame(&serde_json::json!({ "type": "prompt", "voicePrompt": words, "last": true }).to_string())
            }
            Step::Sound { item, bytes } => {
                sent += u64::from(bytes);
                carrier.event(&serde_json::json!({
                    "type": "response.output_audio.delta", "response_id": item.to_string(), "item_id": item.to_string(), "delta": base64(&vec![0; bytes.into()]),
                }).to_string())
            }
            Step::Text { item, delta } => carrier.event(
                &serde_json::json!({ "type": "response.output_text.delta", "item_id": item.to_string(), "delta": delta }).to_string(),
            ),
            Step::Done(item) => {
                carrier.event(&format!(r#"{{"type":"response.output_text.done","item_id":"{item}"}}"#));
                carrier.event(&format!(r#"{{"type":"response.output_audio.done","item_id":"{item}"}}"#))
            }
            Step::Stopped(item) => {
                carrier.event(&format!(r#"{{"type":"output_audio_buffer.stopped","response_id":"{item}"}}"#))
            }
            Step::Spoken => carrier.event(r#"{"type":"input_audio_buffer.speech_started"}"#),
            Step::Cleared => carrier.event(r#"{"type":"output_audio_buffer.cleared"}"#),
        };
        for act in acts {
            match act {
                Act::Send(frame) => assert!(serde_json::from_str::<serde_json::Value>(&frame).is_ok()),
                Act::Tell(LegEvent::Text(event)) => {
                    let event: serde_json::Value = serde_json::from_str(&event).expect("what we tell is JSON");
                    // Nobody heard more than was sent.
                    assert!(event["audio_end_ms"].as_u64().is_none_or(|ms| ms * 8 <= sent));
                }
                Act::Tell(_) | Act::Begin(_) | Act::Over | Act::Refuse(_) | Act::Count(_) => {}
            }
        }
        assert!(kind % 3 == 2 || carrier.unheard_ms() * 8 <= sent);
    }
});
