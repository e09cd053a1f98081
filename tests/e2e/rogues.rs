//! Clients that mean no good at the server's sockets: slow, flooding, half there, too large. Others are answered meanwhile, and memory is bounded.

use crate::e2e::held::Held;
use crate::e2e::realtime::{Client, keys, spoken};
use crate::e2e::server::Server;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// What the server may grow by under attack, in KiB: the largest events of all rogues together, and some.
const GROWTH_KIB_MAX: u64 = 400 * 1024;
/// A caller is answered within this while the rogues are at work, even by a server that is not optimised.
const ANSWER_MS_MAX: u64 = 3_000;

/// Of the packets of another call's sound so many come later than what was sent ahead covers, at most: the server is not optimised, and the rogues
/// run on its processors.
const LATE_PERCENT_MAX: usize = 3;
/// A connection that asks for nothing is let go in this time.
const LET_GO_WITHIN: Duration = Duration::from_secs(40);
/// A packet may come this much after the one before: a frame, and what is sent ahead.
const GAP_MAX: Duration = Duration::from_millis(20 + 40);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rogues_disturb_nobody_and_fill_no_memory() {
    let server = Server::start("rogues", &[]);
    let pcm = spoken(&server, "What can you do?", "ask.wav");
    let before = memory_kib(&server);
    // Half there: no request, half a request, a handshake and then silence.
    let mut half = Vec::new();
    for _ in 0..40 {
        let mut stream = TcpStream::connect(server.address()).expect("it listens");
        let _ = stream.write_all(b"GET /v1/realtime HTTP/1.1\r\nHost: x\r\nUpgr");
        half.push(stream);
    }
    let mut silent = Vec::new();
    for _ in 0..8 {
        silent.push(Client::connect(&server, "model=any").await);
    }
    let rogues = [tokio::spawn(floods(server.url.clone())), tokio::spawn(reads_nothing(server.url.clone()))];
    tokio::spawn(sends_too_much(server.url.clone())).await.expect("it is refused");
    unreadable(&server);

    let mut caller = Client::connect(&server, "model=any").await;
    caller.until("session.created").await;
    caller.speak(&pcm).await;
    let latency = caller.until("voxfare.latency").await;
    let packet = latency["breakdown_ms"]["first_packet"].as_u64().expect("a number");
    assert!(packet < ANSWER_MS_MAX, "{latency}");
    caller.until("response.done").await;
    let mut call = Held::place(&server, "").await;
    call.works().await;
    let late = call.sound.windows(2).filter(|pair| pair[1] - pair[0] > GAP_MAX).count();
    for rogue in rogues {
        rogue.abort();
    }
    let grown = memory_kib(&server).saturating_sub(before);
    println!("answered in {packet} ms; grown by {grown} KiB; {late} of {} packets late", call.sound.len());
    assert!(grown < GROWTH_KIB_MAX, "{grown} KiB");
    assert!(late * 100 <= call.sound.len() * LATE_PERCENT_MAX, "{late} of {} packets were late", call.sound.len());
    assert!(wakes(&server) > 100, "how late sessions are woken is told");
    // Who never said what it wanted is let go.
    for mut stream in half {
        stream.set_read_timeout(Some(LET_GO_WITHIN)).expect("a time");
        let mut answer = Vec::new();
        let ended = stream.read_to_end(&mut answer);
        let waited = ended.as_ref().err().map(std::io::Error::kind);
        assert!(waited.is_none_or(|kind| kind == std::io::ErrorKind::ConnectionReset), "it is still there: {ended:?}");
    }
    server.is_sound();
}

/// Garbage and requests as fast as they are taken.
async fn floods(url: String) {
    let mut socket = connect(&url).await;
    for n in 0.. {
        let text = match n % 3 {
            0 => json!({ "type": "response.create" }).to_string(),
            1 => "x".repeat(2_000),
            _ => json!({ "type": "session.update", "session": { "instructions": "y".repeat(10_000) } }).to_string(),
        };
        if socket.send(Message::text(text)).await.is_err() {
            return;
        }
        // The answers are read, or the flood would stop itself.
        while let Ok(Some(Ok(_))) = tokio::time::timeout(Duration::from_micros(10), socket.next()).await {}
    }
}

/// Asks for answers and takes none of them.
async fn reads_nothing(url: String) {
    let mut socket = connect(&url).await;
    let content = json!([{ "type": "input_text", "text": "What can you do?" }]);
    let item = json!({ "type": "message", "role": "user", "content": content });
    let create = json!({ "type": "conversation.item.create", "item": item }).to_string();
    loop {
        for text in [create.clone(), json!({ "type": "response.create" }).to_string()] {
            if socket.send(Message::text(text)).await.is_err() {
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The largest sound that is taken, and then a message that is too large: that one ends the line.
async fn sends_too_much(url: String) {
    let mut socket = connect(&url).await;
    let append =
        |letters: usize| format!(r#"{{"type":"input_audio_buffer.append","audio":"{}"}}"#, "A".repeat(letters));
    socket.send(Message::text(append(15 * 1024 * 1024 / 3 * 4))).await.expect("it is taken");
    let _ = socket.send(Message::text(append(21 * 1024 * 1024))).await;
    let began = Instant::now();
    while let Some(Ok(message)) = socket.next().await {
        assert!(began.elapsed() < Duration::from_secs(60), "the line goes on");
        if let Message::Close(_) = message {
            return;
        }
    }
}

/// A text frame that is no UTF-8: the line is closed, with 1007 where the close still gets through.
fn unreadable(server: &Server) {
    let mut stream = TcpStream::connect(server.address()).expect("it listens");
    let request = format!(
        "GET /v1/realtime?model=x HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        server.address()
    );
    stream.write_all(request.as_bytes()).expect("it reads");
    // Fin and text, masked with zeros, four bytes that are no text.
    stream.write_all(&[0x81, 0x84, 0, 0, 0, 0, 0xff, 0xfe, 0xc0, 0x80]).expect("it reads");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a time");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the server ends the line");
    assert!(answer.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn an_expired_secret_opens_nothing_and_a_used_one_opens_again() {
    let server = Server::start("secrets", &["server.access=open"]);
    let made =
        server.post("/v1/realtime/client_secrets", "application/json", "", r#"{"expires_after":{"seconds":10}}"#);
    let made: Value = serde_json::from_str(&made.body).expect("JSON");
    let secret = made["value"].as_str().expect("a secret").to_owned();
    let offer = |secret: &str| server.post("/v1/realtime/calls", "application/sdp", secret, "no offer").status;
    // Let in, and told what is wrong with the offer.
    assert_eq!((offer(&secret), offer(&secret)), (400, 400));
    let ends = made["expires_at"].as_i64().expect("a time");
    let deadline = Instant::now() + Duration::from_secs(30);
    while offer(&secret) == 400 {
        assert!(Instant::now() < deadline, "it lives on, though it ended at {ends}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(offer(&secret), 401);
}

#[tokio::test]
async fn one_caller_has_its_bounds_and_another_is_not_bound_by_them() {
    let bounds = [
        "server.access=keys",
        "server.sessions_per_caller=1",
        "server.openings_per_minute=4",
        "server.minutes_per_hour=60",
        "server.events_per_second=20",
    ];
    let server = Server::start("bounds", &bounds);
    let (one, other) = (keys(&server, &["create", "one"]), keys(&server, &["create", "other"]));
    let door = |key: &str| {
        let url = format!("{}/v1/realtime?model=any", server.url.replacen("http", "ws", 1));
        let mut request = url.into_client_request().expect("an address");
        let bearer = format!("Bearer {key}").parse().expect("a header");
        request.headers_mut().insert("authorization", bearer);
        tokio_tungstenite::connect_async(request)
    };
    let (mut held, _) = door(&one).await.expect("the first is let in");
    let refused = |error: Error| match error {
        Error::Http(answer) => (answer.status().as_u16(), answer.headers().contains_key("retry-after")),
        other => panic!("no answer: {other}"),
    };
    assert_eq!(door(&one).await.map_err(refused).err(), Some((429, true)), "one at once");
    let _other = door(&other).await.expect("the other has its own");
    let secret = || server.post("/v1/realtime/client_secrets", "application/json", &one, "");
    assert_eq!((secret().status, secret().status), (200, 200), "the third and the fourth of this minute");
    let fifth = secret();
    assert_eq!(fifth.status, 429);
    assert!(fifth.head.contains("retry-after: ") && fifth.body.contains("too-many"), "{fifth:?}");
    // A hundred events are five seconds' worth, and read at once; the others are read at their pace, and none is lost.
    let began = Instant::now();
    for n in 0..120 {
        let update = json!({ "type": "session.update", "event_id": n.to_string(), "session": {} });
        held.send(Message::text(update.to_string())).await.expect("the line is there");
    }
    let mut updated = 0;
    while updated < 120 {
        let message = tokio::time::timeout(Duration::from_secs(30), held.next()).await.expect("it comes");
        let text = message.expect("the line is there").expect("and whole").into_text().expect("text");
        updated += usize::from(text.contains("\"session.updated\""));
    }
    assert!(began.elapsed() > Duration::from_millis(900), "{:?}", began.elapsed());
}

async fn connect(url: &str) -> WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>> {
    let url = format!("{}/v1/realtime?model=any", url.replacen("http", "ws", 1));
    let (socket, _) = tokio_tungstenite::connect_async(url).await.expect("the door is open");
    socket
}

/// How often sessions were woken so far.
fn wakes(server: &Server) -> u64 {
    let metrics = server.request("GET", "/metrics", &[], b"").body;
    let line = metrics.lines().find_map(|line| line.strip_prefix("voxfare_wake_late_seconds_count "));
    line.unwrap_or_else(|| panic!("it is not in {metrics}")).trim().parse().expect("a count")
}

/// Resident memory of the server, in KiB.
fn memory_kib(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux tells");
    line.trim().trim_end_matches(" kB").trim().parse().expect("a number")
}
