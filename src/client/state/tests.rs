//! What a client does about what happens: each test is a script of inputs with the effects that follow.

use super::*;
use crate::client::caption::{CaptionState, Who};
use crate::client::event;

/// A client with its clocks in hand.
struct Desk {
    state: State,
    at: Instant,
    played: u64,
}

impl Desk {
    fn new(session: Option<Value>) -> Self {
        let mut desk = Self { state: State::new(session), at: Instant::now(), played: 0 };
        desk.does(Input::Opened);
        desk
    }

    /// A client that has its token.
    fn live() -> Self {
        let mut desk = Self::new(None);
        desk.hears(json!({ "type": "voxfare.session", "event_id": "e", "session_id": "s1", "resume_token": "rt", "resume_expires_at": 9 }));
        desk
    }

    fn does(&mut self, input: Input) -> Vec<String> {
        let now = Now { at: self.at, played: self.played };
        self.state.step(now, input).iter().map(line).collect()
    }

    fn hears(&mut self, event: Value) -> Vec<String> {
        let event = event::read(&event.to_string()).expect("it is an event");
        self.does(Input::Server(None, event))
    }

    fn sound(&mut self, item: &str, ms: usize) -> Vec<String> {
        let delta = pcm::encode(&vec![1; ms * 24]);
        self.hears(json!({
            "type": "response.output_audio.delta", "event_id": "e", "response_id": "r", "item_id": item,
            "output_index": 0, "content_index": 0, "delta": delta,
        }))
    }

    fn says(&mut self, item: &str, text: &str) {
        self.hears(json!({
            "type": "response.output_audio_transcript.done", "event_id": "e", "response_id": "r", "item_id": item,
            "output_index": 0, "content_index": 0, "transcript": text,
        }));
    }

    fn sound_ends(&mut self, item: &str) {
        self.hears(json!({
            "type": "response.output_audio.done", "event_id": "e", "response_id": "r", "item_id": item,
            "output_index": 0, "content_index": 0,
        }));
    }

    fn speech_started(&mut self) -> Vec<String> {
        self.hears(json!({
            "type": "input_audio_buffer.speech_started", "event_id": "e", "audio_start_ms": 7, "item_id": "you",
        }))
    }

    /// So many ms more were played.
    fn plays(&mut self, ms: u64) -> Vec<String> {
        self.played += ms * 24;
        self.does(Input::Tick)
    }
}

/// An effect in a few words; events that are passed on as they came are left out.
fn line(effect: &Effect) -> String {
    match effect {
        Effect::Send(event) => {
            let mut text = event["type"].as_str().unwrap_or("?").to_owned();
            for key in ["item_id", "audio_end_ms", "session"] {
                if !event[key].is_null() {
                    text = format!("{text} {}", event[key]);
                }
            }
            format!("send {}", text.replace('"', ""))
        }
        Effect::Play(pcm) => format!("play {} ms", pcm.len() / 24),
        Effect::Silence => "silence".to_owned(),
        Effect::Dial { after, attempt, asked, .. } => format!("dial {attempt} {after:?} {asked:?}"),
        Effect::Close(for_good) => format!("close {for_good}"),
        Effect::Tell(Event::Server(_)) => String::new(),
        Effect::Tell(Event::Caption(caption)) => format!("{:?} {:?} {:?}", caption.who, caption.state, caption.shown()),
        Effect::Tell(event) => format!("{event:?}"),
    }
}

fn told(effects: Vec<String>) -> Vec<String> {
    effects.into_iter().filter(|line| !line.is_empty()).collect()
}

#[test]
fn who_speaks_over_the_voice_stops_it_and_the_server_learns_what_was_played() {
    let mut desk = Desk::live();
    desk.says("v", "One two three four five six.");
    assert_eq!(desk.sound("v", 1000), ["play 1000 ms", "Sounding(true)"]);
    assert!(desk.plays(400).is_empty());
    desk.played += 24 * 100;
    let effects = told(desk.speech_started());
    assert_eq!(
        effects,
        [
            "Hearing(true)",
            "silence",
            "Sounding(false)",
            "send conversation.item.truncate v 500",
            r#"Interrupted { item: "v", heard_ms: 500 }"#,
            r#"Voxfare Cut "One two three""#,
        ]
    );
    assert!(desk.sound("v", 500).is_empty(), "what was on its way is not played");
    assert!(told(desk.speech_started()).iter().all(|line| line == "Hearing(true)"), "nothing is cut twice");
    let truncated = |ms: u64| json!({ "type": "conversation.item.truncated", "event_id": "e", "item_id": "v", "content_index": 0, "audio_end_ms": ms });
    assert!(told(desk.hears(truncated(700))).is_empty(), "the server's own guess");
    assert_eq!(told(desk.hears(truncated(500))), ["send conversation.item.retrieve v"]);
    let content = json!([{ "type": "output_audio", "transcript": "One two" }]);
    let item = json!({ "id": "v", "type": "message", "role": "assistant", "content": content });
    let shown = desk.hears(json!({ "type": "conversation.item.retrieved", "event_id": "e", "item": item }));
    assert_eq!(told(shown), [r#"Voxfare Cut "One two""#]);
}

#[test]
fn a_saying_is_done_when_it_was_played_here_to_its_end() {
    let mut desk = Desk::live();
    desk.says("v", "Hello.");
    desk.sound("v", 300);
    desk.sound_ends("v");
    let playout =
        json!({ "type": "voxfare.playout", "item_id": "v", "text": "Hello.", "heard_chars": 6, "state": "done" });
    assert_eq!(told(desk.hears(playout)), [r#"Voxfare Open "Hello.""#], "the server's clock is not our ear");
    assert!(desk.plays(299).is_empty());
    assert_eq!(desk.plays(1), [r#"Voxfare Done "Hello.""#, "Sounding(false)"]);
    assert_eq!(desk.does(Input::Interrupt), Vec::<String>::new());
}

#[test]
fn a_session_that_is_not_to_be_interrupted_is_not() {
    let mut desk = Desk::live();
    let pcm = json!({ "type": "audio/pcm", "rate": 24_000 });
    let turns =
        json!({ "type": "semantic_vad", "eagerness": "auto", "create_response": true, "interrupt_response": false });
    let audio = json!({
        "input": { "format": pcm, "noise_reduction": null, "transcription": null, "turn_detection": turns },
        "output": { "format": pcm, "speed": 1.0, "voice": "hibari" },
    });
    let session = json!({ "type": "realtime", "audio": audio });
    desk.hears(json!({ "type": "session.updated", "event_id": "e", "session": session }));
    desk.sound("v", 100);
    assert_eq!(told(desk.speech_started()), ["Hearing(true)"]);
    desk.hears(json!({ "type": "response.created", "event_id": "e", "response": response("r1", "in_progress") }));
    let stopped = told(desk.does(Input::Interrupt));
    assert!(
        stopped.contains(&"silence".to_owned()) && stopped.contains(&"send response.cancel".to_owned()),
        "{stopped:?}"
    );
}

fn response(id: &str, status: &str) -> Value {
    json!({
        "id": id, "object": "realtime.response", "status": status, "status_details": null, "output": [], "usage": null,
        "conversation_id": "c", "output_modalities": ["audio"], "max_output_tokens": "inf", "metadata": null,
        "audio": { "output": { "format": { "type": "audio/pcm", "rate": 24_000 }, "voice": "hibari" } },
    })
}

#[test]
fn the_session_object_is_sent_once() {
    let mut desk = Desk::new(Some(json!({ "type": "realtime" })));
    let created = json!({ "type": "session.created", "event_id": "e", "session": { "type": "realtime" } });
    assert_eq!(told(desk.hears(created.clone())), ["send session.update {type:realtime}"]);
    assert!(told(desk.hears(created)).is_empty());
}

#[test]
fn a_lost_line_is_had_again_and_what_was_owed_is_sent() {
    let mut desk = Desk::live();
    desk.says("v", "One two.");
    desk.sound("v", 1000);
    desk.plays(250);
    let lost = told(desk.does(Input::Lost));
    assert!(lost.contains(&"silence".to_owned()) && lost.contains(&"dial 0 None None".to_owned()), "{lost:?}");
    assert!(!lost.iter().any(|line| line.starts_with("send")), "there is no line: {lost:?}");
    let unreachable = || ClientError::Unreachable { url: "u".to_owned(), why: "w".to_owned() };
    assert_eq!(desk.does(Input::Refused(unreachable())), ["Reconnecting { attempt: 1 }", "dial 1 None None"]);
    let busy = ClientError::Busy { status: 503, retry_after: Some(Duration::from_secs(3)), detail: String::new() };
    assert_eq!(desk.does(Input::Refused(busy)), ["Reconnecting { attempt: 2 }", "dial 2 None Some(3s)"]);
    desk.does(Input::Send(json!({ "type": APPEND, "audio": "" })));
    desk.does(Input::Send(json!({ "type": "response.create" })));
    assert_eq!(desk.does(Input::Opened), ["send conversation.item.truncate v 250", "send response.create"]);
    let again = json!({ "type": "voxfare.session", "session_id": "s1", "resume_token": "rt", "resume_expires_at": 9, "resumed": true });
    assert_eq!(told(desk.hears(again)), [r#"Connected { session: "s1", resumed: true }"#]);
}

#[test]
fn a_line_is_given_up_in_time_or_when_there_is_nothing_to_come_back_to() {
    let gone = ClientError::Gone { detail: "It is over.".to_owned() };
    let mut desk = Desk::live();
    desk.does(Input::Lost);
    assert!(desk.does(Input::Refused(gone)).last().is_some_and(|line| line.starts_with("Over(Lost")));
    assert!(desk.does(Input::Opened).is_empty(), "nothing follows the end");

    let mut desk = Desk::live();
    desk.does(Input::Lost);
    desk.at += backoff::GIVE_UP_AFTER;
    let late = ClientError::late("u", Duration::from_secs(10));
    assert!(desk.does(Input::Refused(late)).last().is_some_and(|line| line.starts_with("Over(Lost")));

    let mut desk = Desk::new(None);
    assert!(desk.does(Input::Lost).last().is_some_and(|line| line.starts_with("Over(Lost")), "no token");
}

#[test]
fn an_end_is_told_with_its_reason() {
    let ended = json!({ "type": "voxfare.ended", "reason": "goodbye" });
    for input in [Input::Closed, Input::Lost] {
        let mut desk = Desk::live();
        desk.hears(ended.clone());
        assert_eq!(desk.does(input), [r#"Over(Ended("goodbye"))"#]);
    }
    let mut desk = Desk::live();
    assert_eq!(desk.does(Input::HangUp), ["silence", "close true", "Over(HungUp)"]);
}

#[test]
fn captions_of_the_caller_follow_what_the_server_hears() {
    let mut desk = Desk::live();
    let partial = json!({ "type": "voxfare.partial", "item_id": "y", "text": "find a" });
    assert_eq!(told(desk.hears(partial)), [r#"Caller Open "find a""#]);
    let usage = json!({ "type": "duration", "seconds": 1.0 });
    let done = json!({
        "type": "conversation.item.input_audio_transcription.completed", "event_id": "e", "item_id": "y", "content_index": 0,
        "transcript": "Find a flight.", "logprobs": null, "usage": usage,
    });
    assert_eq!(told(desk.hears(done)), [r#"Caller Done "Find a flight.""#]);
    assert_eq!(
        desk.state.captions.get("y").map(|line| (line.who, line.state)),
        Some((Who::Caller, CaptionState::Done))
    );
}

#[test]
fn who_comes_back_says_what_it_has_seen_and_counts_nothing_twice() {
    let mut desk = Desk::live();
    let mut named = |id: &str, event: Value| {
        let event = event::read(&event.to_string()).expect("it is an event");
        told(desk.does(Input::Server(Some(id.to_owned()), event)))
    };
    let card = || json!({ "type": "voxfare.card", "event_id": "e7", "card": { "kind": "hotels" } });
    assert_eq!(named("e7", card()).len(), 1);
    let said = json!({ "type": "response.output_audio_transcript.done", "event_id": "e8", "response_id": "r", "item_id": "v", "output_index": 0, "content_index": 0, "transcript": "It is over." });
    assert_eq!(named("e8", said), [r#"Voxfare Open "It is over.""#]);
    let lost = desk.does(Input::Lost);
    assert!(lost.contains(&r#"dial 0 Some("e8") None"#.to_owned()), "{lost:?}");
    desk.does(Input::Opened);
    let mut named = |id: &str, event: Value| {
        let event = event::read(&event.to_string()).expect("it is an event");
        told(desk.does(Input::Server(Some(id.to_owned()), event)))
    };
    assert_eq!(named("e7", card()), [""; 0], "it was shown");
    let heard = json!({ "type": "voxfare.playout", "event_id": "e9", "item_id": "v", "text": "It is over.", "heard_chars": 11, "state": "done" });
    assert_eq!(named("e9", heard), [r#"Voxfare Done "It is over.""#]);
    // What nobody heard is taken back.
    let gone = json!({ "type": "conversation.item.deleted", "event_id": "e10", "item_id": "v" });
    assert_eq!(named("e10", gone), [r#"Voxfare Cut """#]);
    let resumed = json!({ "type": "voxfare.resumed", "event_id": "e11", "missed": 600, "replayed": 512, "complete": false, "unheard_ms": 900 });
    assert_eq!(named("e11", resumed).len(), 1, "a gap is told");
}

#[test]
fn what_was_played_here_to_its_end_was_heard_whatever_the_servers_clock_says() {
    let mut desk = Desk::live();
    desk.sound("v", 100);
    desk.says("v", "It is over.");
    desk.sound_ends("v");
    desk.played = 2400;
    assert!(desk.does(Input::Tick).contains(&r#"Voxfare Done "It is over.""#.to_owned()));
    let playout = json!({ "type": "voxfare.playout", "item_id": "v", "text": "It is over.", "heard_chars": 8, "state": "interrupted" });
    assert_eq!(told(desk.hears(playout)), [""; 0]);
}

#[test]
fn no_event_of_a_stranger_does_harm() {
    let mut desk = Desk::live();
    for text in [
        r#"{"type":"response.output_audio.delta","event_id":"e","response_id":"r","item_id":"i","output_index":0,"content_index":0,"delta":"***"}"#,
        r#"{"type":"voxfare.playout","item_id":"i","text":"é","heard_chars":99999999,"state":"playing"}"#,
        r#"{"type":"conversation.item.truncated","event_id":"e","item_id":"never","content_index":0,"audio_end_ms":4294967295}"#,
        r#"{"type":"voxfare.latency","breakdown_ms":{"first_packet":-1e308}}"#,
        r#"{"type":"something.else"}"#,
    ] {
        let event = event::read(text).expect("it is an event");
        desk.does(Input::Server(event::id(text), event));
    }
    assert_eq!(desk.state.captions.get("i").map(Caption::heard), Some("é"));
    for n in 0..500 {
        desk.sound(&n.to_string(), 1);
        desk.hears(
            json!({ "type": "response.created", "event_id": "e", "response": response(&n.to_string(), "in_progress") }),
        );
        desk.does(Input::Interrupt);
    }
    assert!(desk.state.told.len() <= TOLD_MAX && desk.state.responses.len() <= RESPONSES_MAX);
}
