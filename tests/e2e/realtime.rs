//! The Realtime protocol over a WebSocket: a client of our own that looks at every event.

use crate::e2e::held::Held;
use crate::e2e::server::Server;
use crate::protocol::shapes::Shapes;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// No answer takes longer, also on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client that keeps every event.
pub(crate) struct Client {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub(crate) seen: Vec<Value>,
}

impl Client {
    /// Opens a session.
    pub(crate) async fn connect(server: &Server, query: &str) -> Self {
        let url = format!("{}/v1/realtime?{query}", server.url.replacen("http", "ws", 1));
        let (socket, _) = tokio_tungstenite::connect_async(url).await.expect("the door is open");
        Self { socket, seen: Vec::new() }
    }

    /// Sends an event.
    pub(crate) async fn send(&mut self, event: Value) {
        self.raw(&event.to_string()).await;
    }

    /// Sends a text, whatever it says.
    pub(crate) async fn raw(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.expect("the socket takes it");
    }

    /// Every event up to the first of this type, which is answered.
    pub(crate) async fn until(&mut self, kind: &str) -> Value {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let message = tokio::time::timeout_at(deadline, self.socket.next()).await;
            let message = message.unwrap_or_else(|_| panic!("no {kind}; seen: {:?}", self.kinds()));
            let Some(Ok(message)) = message else { panic!("the socket ended before {kind}; seen: {:?}", self.kinds()) };
            let Message::Text(text) = message else { continue };
            let event: Value = serde_json::from_str(&text).expect("events are JSON");
            self.seen.push(event.clone());
            if event["type"] == kind {
                return event;
            }
        }
    }

    fn kinds(&self) -> Vec<&str> {
        self.seen.iter().filter_map(|event| event["type"].as_str()).collect()
    }

    /// Speaks a recording at the rate it sounds, with silence behind it.
    pub(crate) async fn speak(&mut self, pcm: &[u8]) {
        let silence = vec![0; PIECE_BYTES * 15];
        let mut clock = tokio::time::interval(Duration::from_millis(100));
        for piece in pcm.chunks(PIECE_BYTES).chain(silence.chunks(PIECE_BYTES)) {
            clock.tick().await;
            self.send(json!({ "type": "input_audio_buffer.append", "audio": BASE64.encode(piece) })).await;
        }
    }

    /// The sound of the answers since the event at `from`.
    fn sound(&self, from: usize) -> Vec<u8> {
        let deltas = self.seen[from..].iter().filter(|event| event["type"] == "response.output_audio.delta");
        deltas.flat_map(|event| BASE64.decode(event["delta"].as_str().unwrap_or_default()).expect("base64")).collect()
    }
}

/// At its end, every event it saw is held against the types of published clients.
impl Drop for Client {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let mut shapes = Shapes::default();
            self.seen.iter().for_each(|event| shapes.see(event));
            shapes.are_taken_by_published_clients();
        }
    }
}

/// 100 ms of 24 kHz.
const PIECE_BYTES: usize = 4800;

/// `voxfare keys` on the server's own store.
pub(crate) fn keys(server: &Server, arguments: &[&str]) -> String {
    let store = format!("store.url=sqlite:{}", server.folder.join("store.db").display());
    let output =
        Command::new(env!("CARGO_BIN_EXE_voxfare")).arg("keys").args(arguments).args(["--set", &store]).output();
    String::from_utf8_lossy(&output.expect("the binary starts").stdout).trim().to_owned()
}

/// A text spoken by the server's own voice, as 24 kHz samples in bytes.
pub(crate) fn spoken(server: &Server, text: &str, name: &str) -> Vec<u8> {
    let wav = server.folder.join(name);
    let say =
        Command::new(env!("CARGO_BIN_EXE_voxfare")).args(["say", text, "--voice", "piper", "--wav"]).arg(&wav).status();
    assert!(say.is_ok_and(|status| status.success()), "the voice speaks");
    let mut reader = hound::WavReader::open(&wav).expect("it was written");
    assert_eq!(reader.spec().sample_rate, 24_000);
    reader.samples::<i16>().flat_map(|sample| sample.expect("whole").to_le_bytes()).collect()
}

/// What the sound says, by the server's own ear; `wav` is where it is put for that.
pub(crate) fn transcribed_at(wav: &Path, pcm: &[i16], sample_rate: u32) -> String {
    let spec =
        hound::WavSpec { channels: 1, sample_rate, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut writer = hound::WavWriter::create(wav, spec).expect("a file");
    for sample in pcm {
        writer.write_sample(*sample).expect("written");
    }
    writer.finalize().expect("whole");
    let heard = Command::new(env!("CARGO_BIN_EXE_voxfare")).arg("transcribe").arg(wav).output().expect("the ear");
    String::from_utf8_lossy(&heard.stdout).trim().to_owned()
}

/// As [`transcribed_at`], of bytes at 24 kHz.
fn transcribed(folder: &Path, pcm: &[u8]) -> String {
    let samples: Vec<i16> = pcm.as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect();
    transcribed_at(&folder.join("answer.wav"), &samples, 24_000)
}

#[tokio::test]
async fn a_spoken_turn_is_answered_in_events_alone() {
    let server = Server::start("realtime-spoken", &[]);
    let mut client = Client::connect(&server, "model=any").await;
    client.until("session.created").await;
    client.speak(&spoken(&server, "Find me a flight from Boston to Denver tomorrow.", "ask.wav")).await;
    let transcript = client.until("conversation.item.input_audio_transcription.completed").await;
    assert!(transcript["transcript"].as_str().is_some_and(|text| text.contains("Denver")), "{transcript}");
    // A filler may come first; what was found names the city.
    while !client.until("response.done").await.to_string().contains("Denver") {}
    let heard = transcribed(&server.folder, &client.sound(0)).to_lowercase();
    assert!(heard.contains("denver"), "{heard}");
    let started = client.kinds().iter().position(|kind| *kind == "input_audio_buffer.speech_started");
    let answered = client.kinds().iter().position(|kind| *kind == "response.created");
    assert!(started < answered, "{:?}", client.kinds());
}

#[tokio::test]
async fn who_speaks_over_an_answer_stops_it_and_the_item_keeps_what_was_heard() {
    let server = Server::start("realtime-interrupted", &[]);
    let mut client = Client::connect(&server, "model=any").await;
    client.until("session.created").await;
    client
        .send(json!({ "type": "conversation.item.create", "item": {
            "type": "message", "role": "user", "content": [{ "type": "input_text", "text": "What can you do?" }],
        }}))
        .await;
    client.send(json!({ "type": "response.create" })).await;
    let item = client.until("response.output_item.added").await["item"]["id"].clone();
    client.until("output_audio_buffer.started").await;
    client.speak(&spoken(&server, "Stop, I want to fly to Denver tomorrow.", "stop.wav")).await;
    let cut = client.until("conversation.item.truncated").await;
    assert_eq!(cut["item_id"], item);
    assert!(cut["audio_end_ms"].as_u64().is_some_and(|ms| (200..6000).contains(&ms)), "{cut}");
    let kinds = client.kinds();
    let at = |kind: &str| kinds.iter().rposition(|other| *other == kind);
    assert!(at("input_audio_buffer.speech_started") < at("conversation.item.truncated"), "{kinds:?}");
    // The client knows better what it played: less than we thought.
    client
        .send(json!({ "type": "conversation.item.truncate", "item_id": item, "content_index": 0, "audio_end_ms": 700 }))
        .await;
    let again = client.until("conversation.item.truncated").await;
    assert_eq!(again["audio_end_ms"], 700);
    client.send(json!({ "type": "conversation.item.retrieve", "item_id": item })).await;
    let shown = client.until("conversation.item.retrieved").await;
    let kept = shown["item"]["content"][0]["transcript"].as_str().unwrap_or_default().to_owned();
    assert!((1..40).contains(&kept.len()), "of 700 ms is kept: {kept:?}");
}

#[tokio::test]
async fn a_client_that_commits_by_itself_is_answered_when_it_asks() {
    let server = Server::start("realtime-manual", &[]);
    let mut client = Client::connect(&server, "model=any").await;
    client.until("session.created").await;
    let session =
        json!({ "type": "realtime", "output_modalities": ["text"], "audio": { "input": { "turn_detection": null } } });
    client.send(json!({ "type": "session.update", "session": session })).await;
    assert_eq!(client.until("session.updated").await["session"]["audio"]["input"]["turn_detection"], Value::Null);
    client.send(json!({ "type": "input_audio_buffer.commit", "event_id": "too-early" })).await;
    let refused = client.until("error").await;
    assert_eq!(
        (&refused["error"]["code"], &refused["error"]["event_id"]),
        (&json!("input_audio_buffer_commit_empty"), &json!("too-early"))
    );
    let pcm = spoken(&server, "What time is it in London?", "time.wav");
    client.send(json!({ "type": "input_audio_buffer.append", "audio": BASE64.encode(&pcm) })).await;
    client.send(json!({ "type": "input_audio_buffer.commit" })).await;
    client.send(json!({ "type": "response.create", "response": { "metadata": { "n": "1" } } })).await;
    let done = client.until("response.done").await;
    assert_eq!((&done["response"]["status"], &done["response"]["metadata"]["n"]), (&json!("completed"), &json!("1")));
    let text = done["response"]["output"][0]["content"][0]["text"].as_str().unwrap_or_default();
    assert!(text.contains("London"), "{done}");
    assert!(!client.kinds().contains(&"response.output_audio.delta"), "{:?}", client.kinds());
}

#[tokio::test]
async fn the_clients_functions_are_called_and_their_answers_told() {
    let server = Server::start("realtime-tools", &[]);
    let mut client = Client::connect(&server, "model=any").await;
    client.until("session.created").await;
    let parameters =
        json!({ "type": "object", "properties": { "member_id": { "type": "string" } }, "required": ["member_id"] });
    let tool = json!({ "type": "function", "name": "loyalty_points", "description": "Points of a member", "parameters": parameters });
    client.send(json!({ "type": "session.update", "session": { "type": "realtime", "tools": [tool], "output_modalities": ["text"] } })).await;
    client.send(json!({ "type": "conversation.item.create", "item": {
        "type": "message", "role": "user", "content": [{ "type": "input_text", "text": "How many loyalty points has member 4711?" }],
    }})).await;
    client.send(json!({ "type": "response.create" })).await;
    let call = client.until("response.function_call_arguments.done").await;
    assert_eq!(call["arguments"], r#"{"member_id":"4711"}"#);
    let item = json!({ "type": "function_call_output", "call_id": call["call_id"], "output": "{\"points\": 1250}" });
    client.until("response.done").await;
    client.send(json!({ "type": "conversation.item.create", "item": item })).await;
    client.send(json!({ "type": "response.create" })).await;
    let told = client.until("response.output_text.done").await;
    assert_eq!(told["text"], "points: 1250.");
}

#[tokio::test]
async fn whatever_a_client_sends_is_answered_and_nothing_falls() {
    let server = Server::start("realtime-wrong", &[]);
    let mut client = Client::connect(&server, "model=any").await;
    client.until("session.created").await;
    for (event, code) in [
        ("{", "invalid_json"),
        ("[]", "missing_required_parameter"),
        (r#"{"type":"fly"}"#, "unknown_event"),
        (r#"{"type":"response.cancel"}"#, "response_cancel_not_active"),
        (r#"{"type":"conversation.item.delete","item_id":"x"}"#, "item_delete_invalid_item_id"),
        (r#"{"type":"input_audio_buffer.append","audio":"*"}"#, "invalid_value"),
        (r#"{"type":"session.update","session":{"audio":{"output":{"speed":9}}}}"#, "invalid_value"),
    ] {
        client.raw(event).await;
        let error = client.until("error").await;
        assert_eq!(error["error"]["code"], code, "{event}: {error}");
    }
    client.socket.send(Message::binary(vec![1, 2, 3])).await.expect("it is taken");
    let closed = loop {
        match client.socket.next().await {
            Some(Ok(Message::Close(frame))) => break frame,
            Some(Ok(_)) => {}
            other => panic!("no close frame: {other:?}"),
        }
    };
    assert_eq!(closed.map(|frame| u16::from(frame.code)), Some(1003));
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[tokio::test]
async fn with_keys_only_who_has_one_gets_in() {
    let server = Server::start("realtime-keys", &["server.access=keys"]);
    let key = keys(&server, &["create", "test"]);
    let secrets = |key: &str, body: &str| server.post("/v1/realtime/client_secrets", "application/json", key, body);
    assert_eq!(secrets("", "").status, 401);
    assert_eq!(secrets("vf_wrong", "").status, 401);
    assert_eq!(secrets(&key, r#"{"expires_after":{"anchor":"created_at","seconds":5}}"#).status, 400);
    assert_eq!(secrets(&key, r#"{"session":{"type":"dance"}}"#).status, 400);
    let session = r#"{"session":{"type":"realtime","instructions":"Be brief.","audio":{"output":{"voice":"piper"}}}}"#;
    let made = secrets(&key, session);
    assert_eq!(made.status, 200, "{made:?}");
    let made: Value = serde_json::from_str(&made.body).expect("JSON");
    let secret = made["value"].as_str().expect("a secret").to_owned();
    assert_eq!(secrets(&secret, "").status, 403);
    let door = |protocols: String| {
        let mut request = tokio_tungstenite::tungstenite::client::IntoClientRequest::into_client_request(format!(
            "{}/v1/realtime?model=any",
            server.url.replacen("http", "ws", 1)
        ))
        .expect("an address");
        request.headers_mut().insert("sec-websocket-protocol", protocols.parse().expect("a header"));
        tokio_tungstenite::connect_async(request)
    };
    assert!(door("realtime".to_owned()).await.is_err());
    assert!(door("realtime, openai-insecure-api-key.ek_wrong".to_owned()).await.is_err());
    let (socket, _) = door(format!("realtime, openai-insecure-api-key.{secret}")).await.expect("the secret opens");
    let mut client = Client { socket, seen: Vec::new() };
    let created = client.until("session.created").await;
    assert_eq!(created["session"]["instructions"], "Be brief.");
    // Who has another key neither listens to this session nor ends it, though the name is known.
    let name = created["session"]["id"].as_str().expect("a session has a name").to_owned();
    let other = keys(&server, &["create", "other"]);
    let hang_up = |key: &str| server.post(&format!("/v1/realtime/calls/{name}/hangup"), "text/plain", key, "").status;
    let side = |key: &str| {
        let mut request = tokio_tungstenite::tungstenite::client::IntoClientRequest::into_client_request(format!(
            "{}/v1/realtime?call_id={name}",
            server.url.replacen("http", "ws", 1)
        ))
        .expect("an address");
        request.headers_mut().insert("authorization", format!("Bearer {key}").parse().expect("a header"));
        tokio_tungstenite::connect_async(request)
    };
    assert!(side(&other).await.is_err());
    assert_eq!(hang_up(&other), 404);
    assert!(side(&key).await.is_ok());
    assert_eq!(hang_up(&key), 200);
    let id = keys(&server, &["list"]).split_whitespace().next().unwrap_or_default().to_owned();
    keys(&server, &["revoke", &id]);
    assert!(
        door(format!("realtime, openai-insecure-api-key.{secret}")).await.is_err(),
        "what a revoked key granted ends"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_with_a_session_of_its_own_is_steered_from_the_side() {
    let server = Server::start("realtime-side", &[]);
    let mut call = Held::place_with(&server, r#"{"type":"realtime","instructions":"Be brief."}"#).await;
    let place = call.answer.location.clone().expect("a call has a place");
    let id = place.rsplit('/').next().unwrap_or_default();
    let mut side = Client::connect(&server, &format!("call_id={id}")).await;
    let faster = json!({ "type": "realtime", "audio": { "output": { "speed": 1.2 } } });
    side.send(json!({ "type": "session.update", "session": faster })).await;
    let told = side.until("session.updated").await["session"].clone();
    assert_eq!((&told["instructions"], &told["audio"]["output"]["speed"]), (&json!("Be brief."), &json!(1.2)));
    call.hears("the update", |event| event["type"] == "session.updated").await;
    call.works().await;
    let (words, done) = (side.until("response.output_audio_transcript.done").await, side.until("response.done").await);
    assert!(words["transcript"].as_str().is_some_and(|text| text.contains("flights")), "{words}");
    assert_eq!(done["response"]["status"], "completed");
    // Nobody was greeted: a client that brings a session speaks when it likes.
    assert_eq!(side.kinds().iter().filter(|kind| **kind == "response.created").count(), 1);
    assert!(!side.kinds().contains(&"response.output_audio.delta"), "the sound travels on the track");
    let none =
        tokio_tungstenite::connect_async(format!("{}/v1/realtime?call_id=x", server.url.replacen("http", "ws", 1)));
    assert!(none.await.is_err());
    for (act, status) in [("accept", 409), ("reject", 409), ("refer", 409)] {
        assert_eq!(server.request("POST", &format!("{place}/{act}"), &[], b"").status, status, "{act}");
        assert_eq!(server.request("POST", &format!("/v1/realtime/calls/nobody/{act}"), &[], b"").status, 404, "{act}");
    }
    assert_eq!(server.request("DELETE", &place, &[], b"").status, 204);
    side.until("voxfare.ended").await;
    server.is_sound();
}
