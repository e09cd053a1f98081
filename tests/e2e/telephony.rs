//! Telephone calls, as carriers bring them: a carrier of our own that signs, paces, plays, marks and clears as Twilio and Telnyx document it,
//! with spoken voices on the line. The events are watched from the side.

use crate::e2e::realtime::{Client, transcribed_at};
use crate::e2e::server::{Answer, Server};
use crate::e2e::voice::{self, Sound};
use crate::e2e::words::{word_errors, words};
use aws_lc_rs::signature::KeyPair as _;
use aws_lc_rs::{hmac, signature};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures_util::{SinkExt as _, StreamExt as _};
use media::codec::g711::{self, Law};
use media::codec::resample::{Resampler, to_i16};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// No answer takes longer, also on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(90);
/// Bytes of 20 ms.
const FRAME_BYTES: usize = 160;
/// Mu-law silence.
const HUSH: u8 = 0xff;
/// Where carriers reach us: something in front of us takes the TLS off.
pub(crate) const PUBLIC: &str = "https://phone.example";
pub(crate) const TWILIO_TOKEN: &str = "twilio-auth-token";
const TELNYX_SEED: [u8; 32] = [7; 32];

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A server that both carriers may call.
pub(crate) fn server(name: &str) -> Server {
    let key = BASE64.encode(telnyx_pair().public_key().as_ref());
    Server::start(
        name,
        &[
            &format!("telephony.public_url={PUBLIC}"),
            &format!("telephony.twilio_auth_tokens=[\"old\", \"{TWILIO_TOKEN}\"]"),
            &format!("telephony.telnyx_public_keys=[\"{key}\"]"),
        ],
    )
}

fn telnyx_pair() -> signature::Ed25519KeyPair {
    signature::Ed25519KeyPair::from_seed_unchecked(&TELNYX_SEED).expect("32 bytes")
}

/// As Twilio signs: the address, and the form's fields in the order of their names.
pub(crate) fn twilio_signature(address: &str, fields: &[(&str, &str)]) -> String {
    let mut fields = fields.to_vec();
    fields.sort_unstable();
    let rest: String = fields.iter().flat_map(|(name, value)| [*name, *value]).collect();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, TWILIO_TOKEN.as_bytes());
    BASE64.encode(hmac::sign(&key, format!("{address}{rest}").as_bytes()))
}

/// The carrier's webhook for a call, signed or not.
pub(crate) fn ask(server: &Server, path: &str, call: &str, signed: bool) -> Answer {
    let form = format!("CallSid={call}&From=%2B18005550100&To=%2B18005550101");
    let kind = ("Content-Type", "application/x-www-form-urlencoded");
    if !signed {
        return server.request("POST", path, &[kind], form.as_bytes());
    }
    if path.contains("twilio") {
        let fields = [("CallSid", call), ("From", "+18005550100"), ("To", "+18005550101")];
        let signed = twilio_signature(&format!("{PUBLIC}{path}"), &fields);
        return server.request("POST", path, &[kind, ("X-Twilio-Signature", &signed)], form.as_bytes());
    }
    let now = jiff::Timestamp::now().as_second().to_string();
    let signed = BASE64.encode(telnyx_pair().sign(format!("{now}|{form}").as_bytes()).as_ref());
    let head = [kind, ("telnyx-timestamp", now.as_str()), ("telnyx-signature-ed25519", signed.as_str())];
    server.request("POST", path, &head, form.as_bytes())
}

/// The token in the answer to a webhook, which must point the call's socket to `path`.
pub(crate) fn token(answer: &Answer, path: &str) -> String {
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.head.contains("content-type: text/xml"), "{}", answer.head);
    assert!(answer.body.contains(&format!(r#"url="wss://phone.example{path}""#)), "{}", answer.body);
    let token = answer.body.split_once(r#"name="token" value=""#).and_then(|(_, rest)| rest.split_once('"'));
    token.expect("the call has a token").0.to_owned()
}

/// Opens the call's socket as the carrier does.
async fn open(server: &Server, path: &str, signed: bool) -> Option<Socket> {
    let address = format!("{}{path}", server.url.replacen("http", "ws", 1));
    let mut request = address.into_client_request().expect("an address");
    if signed && path.contains("twilio") {
        let signature = twilio_signature(&format!("wss://phone.example{path}"), &[]);
        request.headers_mut().insert("x-twilio-signature", signature.parse().expect("a header"));
    }
    connect_async(request).await.ok().map(|(socket, _)| socket)
}

async fn send(socket: &mut Socket, frame: Value) {
    socket.send(Message::text(frame.to_string())).await.expect("the socket takes it");
}

/// How a carrier ends a socket whose call is not taken.
async fn is_turned_away(mut socket: Socket) {
    let closed = tokio::time::timeout(PATIENCE, async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Close(frame))) => break frame.map(|frame| u16::from(frame.code)),
                Some(Ok(_)) => {}
                other => panic!("no close frame: {other:?}"),
            }
        }
    });
    assert_eq!(closed.await.expect("it is closed"), Some(1008));
}

/// A session's events, seen from the side.
async fn side(server: &Server, call: &str) -> Client {
    let line = server.logs(&format!("call=\"{call}\""));
    let id = line.split("session=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("it is named");
    Client::connect(server, &format!("call_id={id}")).await
}

/// A sentence as a telephone carries it, with a silence behind it.
fn spoken(text: &str) -> Vec<u8> {
    let sound = Sound::read(&voice::spoken(text), 0);
    let mut resampler = Resampler::new(sound.rate_hz, 8000).expect("a rate of ours");
    let mut at_8k = Vec::new();
    resampler.push_i16(&sound.pcm, &mut at_8k);
    resampler.finish(&mut at_8k);
    let mut bytes = g711::encode(Law::Mu, &to_i16(&at_8k));
    bytes.extend([HUSH; FRAME_BYTES * 10]);
    bytes
}

/// What the carrier has yet to play.
enum Queued {
    Sound(Vec<u8>),
    Mark(String),
}

/// A call that carries sound, with a telephone at its end.
pub(crate) struct Phone {
    socket: Socket,
    telnyx: bool,
    clock: tokio::time::Interval,
    chunk: u64,
    /// What the caller says next.
    mouth: VecDeque<u8>,
    queue: VecDeque<Queued>,
    /// What the caller heard, from the beginning, our silences left out; and for how long there has been nothing.
    ear: Vec<u8>,
    hush_ms: u64,
    /// How often it was told to forget what it had yet to play, and how much that was the last time, in bytes.
    cleared: usize,
    dropped: usize,
    marks: usize,
    pub(crate) over: bool,
    /// Where what was heard is put to be transcribed.
    wav: PathBuf,
}

impl Phone {
    /// Calls: webhook, socket, the first frames.
    pub(crate) async fn call(server: &Server, path: &str, call: &str) -> Self {
        Self::answered(server, path, call, &ask(server, path, call, true)).await
    }

    /// The same, with the webhook's answer in hand.
    pub(crate) async fn answered(server: &Server, path: &str, call: &str, answer: &Answer) -> Self {
        let token = token(answer, path);
        let mut socket = open(server, path, true).await.expect("the door is open");
        let telnyx = path.contains("telnyx");
        if telnyx {
            send(&mut socket, json!({ "event": "connected", "version": "1.0.0" })).await;
            let format = json!({ "encoding": "PCMU", "sample_rate": 8000, "channels": 1 });
            let start =
                json!({ "call_control_id": call, "custom_parameters": { "token": token }, "media_format": format });
            send(&mut socket, json!({ "event": "start", "sequence_number": "1", "stream_id": "S", "start": start }))
                .await;
        } else {
            send(&mut socket, json!({ "event": "connected", "protocol": "Call", "version": "1.0.0" })).await;
            send(&mut socket, twilio_start(call, &token)).await;
        }
        let mut clock = tokio::time::interval(Duration::from_millis(20));
        clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
        Self {
            socket,
            telnyx,
            clock,
            chunk: 0,
            mouth: VecDeque::new(),
            queue: VecDeque::new(),
            ear: Vec::new(),
            hush_ms: 0,
            cleared: 0,
            dropped: 0,
            marks: 0,
            over: false,
            wav: server.folder.join("heard.wav"),
        }
    }

    fn says(&mut self, sentence: &[u8]) {
        self.mouth.extend(sentence);
    }

    async fn keys(&mut self, digit: &str) {
        send(&mut self.socket, json!({ "event": "dtmf", "streamSid": "MZ1", "dtmf": { "digit": digit } })).await;
    }

    /// 20 ms, or a frame that comes meanwhile.
    pub(crate) async fn step(&mut self) {
        tokio::select! {
            _ = self.clock.tick() => self.tick().await,
            message = self.socket.next(), if !self.over => match message {
                Some(Ok(Message::Text(text))) => self.frame(&text).await,
                Some(Ok(Message::Close(_))) | None => self.over = true,
                Some(Ok(_)) => {}
                Some(Err(error)) => panic!("the line breaks: {error}"),
            }
        }
    }

    /// The line goes on until `enough`.
    async fn until(&mut self, what: &str, mut enough: impl FnMut(&Self) -> bool) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while !enough(self) {
            assert!(tokio::time::Instant::now() < deadline, "{what}: not in time");
            assert!(!self.over, "{what}: the call is over");
            self.step().await;
        }
    }

    /// The line goes on while something else is waited for.
    pub(crate) async fn meanwhile<T>(&mut self, other: impl Future<Output = T>) -> T {
        tokio::pin!(other);
        loop {
            // A step is short, and is not broken off: the carrier's clock goes on.
            if let Ok(done) = tokio::time::timeout(Duration::ZERO, &mut other).await {
                return done;
            }
            self.step().await;
        }
    }

    /// The assistant has said something of so many ms and then nothing for a while.
    pub(crate) async fn hears(&mut self, what: &str, ms: usize) -> String {
        let from = self.ear.len();
        self.until(what, |phone| phone.ear.len() - from > ms * 8 && phone.hush_ms > 1200).await;
        let heard = self.ear[from..].to_vec();
        self.transcribed(heard).await
    }

    /// What this sound says; the line goes on meanwhile.
    async fn transcribed(&mut self, heard: Vec<u8>) -> String {
        let wav = self.wav.clone();
        let ear = move || transcribed_at(&wav, &g711::decode(Law::Mu, &heard), 8000);
        let heard = tokio::task::spawn_blocking(ear);
        if self.over { heard.await } else { self.meanwhile(heard).await }.expect("the ear does not fall")
    }

    async fn tick(&mut self) {
        let frame: Vec<u8> = (0..FRAME_BYTES).map(|_| self.mouth.pop_front().unwrap_or(HUSH)).collect();
        self.chunk += 1;
        // Every other pair of Telnyx's arrives the wrong way round.
        let chunk = match self.chunk % 4 {
            2 if self.telnyx => self.chunk + 1,
            3 if self.telnyx => self.chunk - 1,
            _ => self.chunk,
        };
        let media = json!({
            "track": "inbound", "chunk": chunk.to_string(), "timestamp": (self.chunk * 20).to_string(),
            "payload": BASE64.encode(frame),
        });
        send(&mut self.socket, json!({ "event": "media", "streamSid": "MZ1", "media": media })).await;
        self.play().await;
    }

    /// 20 ms for the caller's ear.
    async fn play(&mut self) {
        let mut room = FRAME_BYTES;
        self.hush_ms += 20;
        while let Some(next) = self.queue.front_mut() {
            match next {
                Queued::Mark(name) => {
                    let name = std::mem::take(name);
                    self.queue.pop_front();
                    self.mark(&name).await;
                }
                Queued::Sound(_) if room == 0 => return,
                Queued::Sound(sound) => {
                    let now: Vec<u8> = sound.drain(..room.min(sound.len())).collect();
                    room -= now.len();
                    if sound.is_empty() {
                        self.queue.pop_front();
                    }
                    self.ear.extend(now);
                    self.hush_ms = 0;
                }
            }
        }
    }

    async fn mark(&mut self, name: &str) {
        self.marks += 1;
        send(&mut self.socket, json!({ "event": "mark", "streamSid": "MZ1", "mark": { "name": name } })).await;
    }

    async fn frame(&mut self, text: &str) {
        let frame: Value = serde_json::from_str(text).expect("frames are JSON");
        assert!(self.telnyx || frame["streamSid"] == "MZ1", "{frame}");
        match frame["event"].as_str() {
            Some("media") => {
                let payload = frame["media"]["payload"].as_str().expect("a payload");
                let sound = BASE64.decode(payload).expect("base64");
                assert!((1..=FRAME_BYTES).contains(&sound.len()), "{} bytes", sound.len());
                self.queue.push_back(Queued::Sound(sound));
            }
            Some("mark") => {
                let name = frame["mark"]["name"].as_str().expect("a name").to_owned();
                self.queue.push_back(Queued::Mark(name));
            }
            Some("clear") => {
                self.cleared += 1;
                self.dropped = 0;
                for queued in std::mem::take(&mut self.queue) {
                    match queued {
                        Queued::Mark(name) => self.mark(&name).await,
                        Queued::Sound(sound) => self.dropped += sound.len(),
                    }
                }
            }
            other => panic!("no frame of ours: {other:?}"),
        }
    }
}

fn twilio_start(call: &str, token: &str) -> Value {
    let format = json!({ "encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1 });
    let start = json!({
        "accountSid": "AC1", "streamSid": "MZ1", "callSid": call, "tracks": ["inbound"], "mediaFormat": format,
        "customParameters": { "token": token },
    });
    json!({ "event": "start", "sequenceNumber": "1", "streamSid": "MZ1", "start": start })
}

#[tokio::test]
async fn a_caller_interrupts_and_what_was_heard_is_kept_to_the_word() {
    let (question, wish) = (spoken("What can you do?"), spoken("Stop, I want to fly to Denver tomorrow."));
    let server = server("telephony-interrupted");
    let mut phone = Phone::call(&server, "/v1/telephony/twilio", "CA-interrupts").await;
    let mut side = side(&server, "CA-interrupts").await;
    let greeting = phone.hears("the greeting", 1000).await.to_lowercase();
    assert!(greeting.contains("where would you like to go"), "{greeting}");
    assert!(phone.marks > 0, "the carrier tells how far it is");
    phone.says(&question);
    // On a slow machine somebody may have asked first whether the caller is still there.
    let mut said = Value::Null;
    while !said["delta"].as_str().is_some_and(|words| words.contains("flights")) {
        said = phone.meanwhile(side.until("response.output_audio_transcript.delta")).await;
    }
    let (from, cleared) = (phone.ear.len(), phone.cleared);
    phone.until("the answer", |phone| phone.ear.len() - from > 3 * 8000).await;
    phone.says(&wish);
    phone.until("the silence", |phone| phone.cleared > cleared).await;
    let mut heard = phone.ear.clone();
    // First what the session thinks, then what the carrier's marks say.
    let thought = phone.meanwhile(side.until("conversation.item.truncated")).await;
    let kept = phone.meanwhile(side.until("conversation.item.truncated")).await;
    side.send(json!({ "type": "conversation.item.retrieve", "item_id": kept["item_id"] })).await;
    let item = phone.meanwhile(side.until("conversation.item.retrieved")).await;
    assert_eq!((&thought["item_id"], &kept["item_id"]), (&said["item_id"], &said["item_id"]), "one item was cut");
    // The caller heard what was sent of it but for what the carrier had yet to play.
    let sent = side.seen.iter().filter(|event| event["item_id"] == said["item_id"]);
    let sent: usize = sent
        .filter(|event| event["type"] == "response.output_audio.delta")
        .map(|event| BASE64.decode(event["delta"].as_str().unwrap_or_default()).expect("base64").len())
        .sum();
    let heard = heard.split_off(heard.len() - (sent - phone.dropped));
    let (kept_ms, heard_ms) = (kept["audio_end_ms"].as_u64().expect("ms"), heard.len() as u64 / 8);
    let all = format!("{kept_ms} ms are kept of {heard_ms} ms that were heard; we thought {}", thought["audio_end_ms"]);
    println!("{all}");
    assert!(kept_ms.abs_diff(heard_ms) <= 150, "{all}");
    // The wish is answered: a filler may come first.
    while !phone.meanwhile(side.until("response.output_audio_transcript.delta")).await.to_string().contains("Denver") {}
    let kept = words(item["item"]["content"][0]["transcript"].as_str().expect("words"));
    let truth = words(&phone.transcribed(heard).await);
    assert!(kept.len() > 3 && kept.len().abs_diff(truth.len()) <= 1, "kept {kept:?} of {truth:?}");
    assert!(word_errors(&kept, &truth) <= 1, "kept {kept:?} of {truth:?}");
    server.is_sound();
}

#[tokio::test]
async fn a_key_chooses_an_offer_and_a_goodbye_is_heard_out() {
    let (wish, goodbye) = (spoken("Find me a flight from Boston to Denver tomorrow."), spoken("Goodbye."));
    let server = server("telephony-keys");
    let mut phone = Phone::call(&server, "/v1/telephony/twilio", "CA-keys").await;
    let mut side = side(&server, "CA-keys").await;
    phone.hears("the greeting", 1000).await;
    phone.says(&wish);
    while !phone
        .meanwhile(side.until("response.output_audio_transcript.delta"))
        .await
        .to_string()
        .contains("demonstration fares")
    {}
    let from = phone.ear.len();
    phone.until("the offers", |phone| phone.ear.len() - from > 2 * 8000).await;
    let cleared = phone.cleared;
    phone.keys("2").await;
    phone.until("the silence", |phone| phone.cleared > cleared).await;
    let told = phone.meanwhile(side.until("input_audio_buffer.dtmf_event_received")).await;
    assert_eq!(told["event"], "2");
    assert!(told["received_at"].as_i64().is_some_and(|at| at.abs_diff(jiff::Timestamp::now().as_second()) < 60));
    let added = phone.meanwhile(side.until("conversation.item.added")).await;
    assert_eq!(added["item"]["content"][0]["text"], "Number 2");
    let asked = phone.hears("the question", 800).await;
    assert!(asked.to_lowercase().contains("name"), "{asked}");
    phone.says(&goodbye);
    let from = phone.ear.len();
    phone.until("the end", |phone| phone.over).await;
    assert!(phone.queue.is_empty(), "it hangs up when all was played, and not before");
    let heard = phone.ear[from..].to_vec();
    let goodbye = phone.transcribed(heard).await.to_lowercase();
    assert!(goodbye.contains("good trip"), "{goodbye}");
    server.is_sound();
}

#[tokio::test]
async fn telnyx_carries_a_turn_also_when_its_frames_come_out_of_order() {
    let question = spoken("What time is it in London?");
    let server = server("telephony-telnyx");
    let mut phone = Phone::call(&server, "/v1/telephony/telnyx", "v2:call").await;
    let greeting = phone.hears("the greeting", 1000).await.to_lowercase();
    assert!(greeting.contains("where would you like to go"), "{greeting}");
    phone.says(&question);
    let answer = phone.hears("the time", 800).await;
    assert!(answer.contains("London"), "{answer}");
    send(&mut phone.socket, json!({ "event": "stop", "stream_id": "S", "stop": { "call_control_id": "v2:call" } }))
        .await;
    server.logs("a telephone call is over");
    server.is_sound();
}

/// The next frame of a relay; none at its end.
async fn frame(socket: &mut Socket) -> Option<Value> {
    loop {
        match tokio::time::timeout(PATIENCE, socket.next()).await.expect("a frame in time") {
            Some(Ok(Message::Text(frame))) => break Some(serde_json::from_str(&frame).expect("frames are JSON")),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(_))) | None => break None,
            other => panic!("no frame: {other:?}"),
        }
    }
}

/// The next text of a relay, whole.
async fn told(socket: &mut Socket) -> String {
    let mut text = String::new();
    loop {
        let frame = frame(socket).await.unwrap_or_else(|| panic!("nothing behind {text:?}"));
        assert_eq!(frame["type"], "text", "{frame}");
        text.push_str(frame["token"].as_str().expect("a token"));
        if frame["last"] == true {
            return text;
        }
    }
}

async fn prompt(socket: &mut Socket, words: &str) {
    send(socket, json!({ "type": "prompt", "voicePrompt": words, "lang": "en-US", "last": true })).await;
}

#[tokio::test]
async fn a_relay_carries_words_and_keeps_those_that_were_heard() {
    let server = server("telephony-relay");
    for (path, call) in [("/v1/telephony/twilio/relay", "CA-relay"), ("/v1/telephony/telnyx/relay", "v2:relay")] {
        let token = token(&ask(&server, path, call, true), path);
        let mut socket = open(&server, path, true).await.expect("the door is open");
        let setup = json!({
            "type": "setup", "sessionId": "VX1", "callSid": call, "from": "+18005550100", "to": "+18005550101",
            "direction": "inbound", "customParameters": { "token": token },
        });
        send(&mut socket, setup).await;
        assert!(told(&mut socket).await.contains("Where would you like to go?"));
        let mut side = side(&server, call).await;
        prompt(&mut socket, "Find me a flight from Boston to Denver tomorrow.").await;
        let offers = loop {
            let text = told(&mut socket).await;
            if text.contains("demonstration fares") || text.contains("dollars") {
                break text;
            }
        };
        let heard = offers.split_whitespace().take(6).collect::<Vec<_>>().join(" ");
        let item = side.until("response.output_text.done").await;
        let item = if item["text"] == offers.as_str() { item } else { side.until("response.output_text.done").await };
        let interrupt =
            json!({ "type": "interrupt", "utteranceUntilInterrupt": heard, "durationUntilInterruptMs": 1200 });
        send(&mut socket, interrupt).await;
        side.until("conversation.item.truncated").await;
        side.send(json!({ "type": "conversation.item.retrieve", "item_id": item["item_id"] })).await;
        let kept = side.until("conversation.item.retrieved").await;
        assert_eq!(kept["item"]["content"][0]["text"], heard.as_str(), "{kept}");
        send(&mut socket, json!({ "type": "dtmf", "digit": "2" })).await;
        assert_eq!(side.until("input_audio_buffer.dtmf_event_received").await["event"], "2");
        assert!(told(&mut socket).await.contains("name"));
        prompt(&mut socket, "Goodbye.").await;
        assert!(told(&mut socket).await.contains("Goodbye"));
        assert_eq!(frame(&mut socket).await, Some(json!({ "type": "end" })));
        assert_eq!(frame(&mut socket).await, None);
    }
    server.is_sound();
}

#[tokio::test]
async fn who_is_no_carrier_is_turned_away() {
    let shut = Server::start("telephony-shut", &[]);
    let server = server("telephony-doors");
    for path in
        ["/v1/telephony/twilio", "/v1/telephony/twilio/relay", "/v1/telephony/telnyx", "/v1/telephony/telnyx/relay"]
    {
        assert_eq!(ask(&shut, path, "CA", true).status, 403, "{path}: nothing is set");
        assert!(open(&shut, path, true).await.is_none(), "{path}: nothing is set");
        assert_eq!(ask(&server, path, "CA", false).status, 403, "{path}: it is not signed");
        assert_eq!(server.request("GET", path, &[], b"").status, if path.contains("twilio") { 403 } else { 426 });
        assert_eq!(server.request("DELETE", path, &[], b"").status, 405);
    }
    let path = "/v1/telephony/twilio";
    assert!(open(&server, path, false).await.is_none(), "the socket is not signed");
    let wrong = server.request("POST", path, &[("X-Twilio-Signature", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=")], b"CallSid=CA");
    assert_eq!(wrong.status, 403);
    assert!(wrong.body.contains("telephony.public_url"), "{}", wrong.body);
    // A socket begins the call that the webhook was asked about, once.
    let good = token(&ask(&server, path, "CA-once", true), path);
    for (call, token) in
        [("CA-other", ""), ("CA-other", "tc_guessed"), ("CA-other", good.as_str()), ("CA-once", good.as_str())]
    {
        let mut socket = open(&server, path, true).await.expect("it is signed");
        send(&mut socket, twilio_start(call, token)).await;
        is_turned_away(socket).await;
    }
    let again = token(&ask(&server, path, "CA-once", true), path);
    let mut first = open(&server, path, true).await.expect("it is signed");
    send(&mut first, twilio_start("CA-once", &again)).await;
    server.logs("a telephone call began");
    let mut second = open(&server, path, true).await.expect("it is signed");
    send(&mut second, twilio_start("CA-once", &again)).await;
    is_turned_away(second).await;
    let mut strange = open(&server, path, true).await.expect("it is signed");
    strange.send(Message::text("not JSON")).await.expect("it is taken");
    send(&mut strange, json!({ "event": "stop" })).await;
    is_turned_away(strange).await;
    server.is_sound();
}
