//! The Realtime client of the `async-openai` crate, pinned and unmodified but for its address: it makes the secret, places the call and ends it,
//! and what is said on the call is in its types, both ways.

use crate::e2e::realtime::spoken;
use crate::e2e::server::Server;
use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::types::realtime::{
    RealtimeCallCreateRequest, RealtimeClientEvent, RealtimeCreateClientSecretRequest, RealtimeServerEvent as Event,
    RealtimeSessionConfiguration, Session,
};
use bytes::Bytes;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{interval, timeout};
use voxfare::caller::peer::{Heard, Peer, PeerConfig};

/// No answer takes longer, also on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// 20 ms at 24 kHz.
const FRAME: usize = 480;

/// A call with its events as the crate has them.
struct Call {
    peer: Peer,
    heard: mpsc::Receiver<Heard>,
    encoder: opus::Encoder,
    packets: u16,
    /// What came so far.
    came: Vec<Event>,
}

impl Call {
    /// Speaks at the rate it sounds.
    async fn speak(&mut self, pcm: &[u8]) {
        let samples: Vec<i16> = pcm.as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect();
        let silence = [0; FRAME * 50];
        let mut clock = interval(Duration::from_millis(20));
        for frame in samples.chunks_exact(FRAME).chain(silence.chunks_exact(FRAME)) {
            clock.tick().await;
            let packet = Bytes::from(self.encoder.encode_vec(frame, 1500).expect("a frame is encoded"));
            let timestamp = u32::from(self.packets) * 960;
            self.peer.send(self.packets, timestamp, self.packets == 0, packet).await.expect("the call is up");
            self.packets += 1;
            while let Ok(heard) = self.heard.try_recv() {
                self.came.extend(event(heard));
            }
        }
    }

    /// Waits until an event has come that `wanted` takes something from.
    async fn until<T>(&mut self, what: &str, wanted: impl Fn(&Event) -> Option<T>) -> T {
        let waiting = async {
            loop {
                if let Some(found) = self.came.iter().find_map(&wanted) {
                    return Some(found);
                }
                self.came.extend(event(self.heard.recv().await?));
            }
        };
        let found = timeout(PATIENCE, waiting).await.ok().flatten();
        found.unwrap_or_else(|| panic!("{what} never came; what did: {:?}", self.came))
    }

    /// It was said, in these words.
    async fn until_said(&mut self, word: &str) {
        let said = |event: &Event| match event {
            Event::ResponseOutputAudioTranscriptDone(done) => done.transcript.contains(word).then_some(()),
            _ => None,
        };
        self.until(word, said).await;
    }

    async fn send(&self, event: Value) {
        let event: RealtimeClientEvent = serde_json::from_value(event).expect("the crate has it");
        let text = serde_json::to_string(&event).expect("it is written");
        self.peer.say(&text).await.expect("the channel is open");
    }
}

/// An event of the protocol in the crate's types; our own additions are none.
fn event(heard: Heard) -> Option<Event> {
    let Heard::Text { text, .. } = heard else { return None };
    let kind: Value = serde_json::from_str(&text).expect("the server sends JSON");
    if kind["type"].as_str().is_some_and(|kind| kind.starts_with("voxfare.")) {
        return None;
    }
    let event = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert!(!matches!(event, Event::Error(_)), "the client is told of an error: {event:?}");
    Some(event)
}

fn client(server: &Server, key: &str) -> Client<OpenAIConfig> {
    let config = OpenAIConfig::new().with_api_base(format!("{}/v1", server.url)).with_api_key(key);
    Client::with_config(config)
}

/// A call placed with a secret that the session is bound to; answers its name too.
async fn place(server: &Server) -> (Call, String) {
    let city = json!({ "type": "object", "required": ["city"], "properties": { "city": { "type": "string" } } });
    let tool = json!({ "type": "function", "name": "get_weather", "description": "The weather in a city", "parameters": city });
    let session: Session = serde_json::from_value(json!({ "type": "realtime", "tools": [tool] })).expect("it is one");
    let request = RealtimeCreateClientSecretRequest { session, expires_after: None };
    let secret = client(server, "any").realtime().create_client_secret(request).await.expect("a secret is made");
    let (peer, sdp, heard) = Peer::offer(PeerConfig::default()).await.expect("loopback can be bound");
    let caller = client(server, &secret.value);
    let brief = json!({ "instructions": "Be brief." });
    let session = RealtimeSessionConfiguration::Realtime(serde_json::from_value(brief).expect("it is one"));
    // What the secret is bound to stands.
    let request = RealtimeCallCreateRequest { sdp, session: Some(session) };
    let answer = caller.realtime().create_call(request).await.expect("the call is taken");
    peer.answered(&answer.sdp).await.expect("the answer fits");
    let place = answer.location.expect("the call has a place");
    let encoder = opus::Encoder::new(24_000, opus::Channels::Mono, opus::Application::Voip).expect("an encoder");
    let id = place.rsplit('/').next().expect("a name").to_owned();
    (Call { peer, heard, encoder, packets: 0, came: Vec::new() }, id)
}

#[tokio::test]
async fn async_openai_holds_a_conversation() {
    let server = Server::start("official-async-openai", &["server.access=open"]);
    let ask = spoken(&server, "Find me a flight from Boston to Denver tomorrow.", "ask.wav");
    let stop = spoken(&server, "Stop, what is the weather in Paris?", "stop.wav");
    let (mut call, id) = place(&server).await;
    call.until("a session", |event| matches!(event, Event::SessionCreated(_)).then_some(())).await;
    call.speak(&ask).await;
    // The answer is spoken over while it is heard.
    call.until_said("Denver").await;
    call.speak(&stop).await;
    let called = |event: &Event| match event {
        Event::ResponseFunctionCallArgumentsDone(done) => Some(done.clone()),
        _ => None,
    };
    let done = call.until("a call of its function", called).await;
    assert!(done.name == "get_weather" && done.arguments.contains("Paris"), "{done:?}");
    call.until("the stop", |event| matches!(event, Event::OutputAudioBufferCleared(_)).then_some(())).await;
    call.until("the cut", |event| matches!(event, Event::ConversationItemTruncated(_)).then_some(())).await;
    let mut output = json!({ "type": "function_call_output", "call_id": done.call_id });
    // The crate writes fields that others leave out.
    output["output"] = "It is raining frogs.".into();
    output["status"] = "completed".into();
    call.send(json!({ "type": "conversation.item.create", "item": output })).await;
    call.send(json!({ "type": "response.create" })).await;
    call.until_said("frogs").await;
    let open = client(&server, "any");
    let wrong = open.realtime().hangup_call("nobody").await.expect_err("there is no such call");
    assert!(wrong.to_string().contains("There is no call with this name."), "{wrong}");
    open.realtime().hangup_call(&id).await.expect("the call ends");
    server.is_sound();
}
