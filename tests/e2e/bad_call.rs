//! Bad input during a running call: malformed events, strangers' datagrams, a second offer, a token of a session that is gone. The call goes on.

use crate::e2e::held::{Held, post};
use crate::e2e::server::{Answer, Server};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use std::io::Write;
use std::net::{SocketAddr, TcpStream, UdpSocket};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_malformed_event_is_answered_by_one_error_and_the_call_goes_on() {
    let server = Server::start("bad-events", &[]);
    let mut call = Held::place(&server, "").await;
    let user = |content: Value| json!({ "type": "message", "role": "user", "content": content });
    let create = |item: Value| json!({ "type": "conversation.item.create", "item": item }).to_string();
    let cases: Vec<(String, &str)> = vec![
        ("not json at all".to_owned(), "invalid_json"),
        ("{\"type\":".to_owned(), "invalid_json"),
        (format!("{}{}", "[".repeat(5_000), "]".repeat(5_000)), "invalid_json"),
        ("[]".to_owned(), "missing_required_parameter"),
        ("null".to_owned(), "missing_required_parameter"),
        ("{\"type\":7}".to_owned(), "missing_required_parameter"),
        (json!({ "type": "session.sing" }).to_string(), "unknown_event"),
        (json!({ "type": "x".repeat(10_000) }).to_string(), "unknown_event"),
        (json!({ "type": "session.update" }).to_string(), "missing_required_parameter"),
        (json!({ "type": "session.update", "session": [] }).to_string(), "missing_required_parameter"),
        (
            json!({ "type": "session.update", "session": { "audio": { "output": { "speed": 9 } } } }).to_string(),
            "invalid_value",
        ),
        (
            json!({ "type": "session.update", "session": { "audio": { "output": { "voice": 3 } } } }).to_string(),
            "invalid_value",
        ),
        (json!({ "type": "conversation.item.create" }).to_string(), "missing_required_parameter"),
        (create(json!({ "type": "message", "role": "system", "content": [] })), "invalid_value"),
        (create(user(json!([]))), "invalid_value"),
        (create(user(json!([{ "type": "input_text", "text": "  " }]))), "invalid_value"),
        (create(user(json!([{ "type": "input_image", "image_url": "data:," }]))), "invalid_value"),
        (
            json!({ "type": "response.create", "response": { "output_modalities": ["smell"] } }).to_string(),
            "invalid_value",
        ),
        (json!({ "type": "conversation.item.truncate" }).to_string(), "missing_required_parameter"),
        (
            json!({ "type": "conversation.item.truncate", "item_id": "item_x" }).to_string(),
            "missing_required_parameter",
        ),
        (
            json!({ "type": "conversation.item.truncate", "item_id": "nobody", "audio_end_ms": 5 }).to_string(),
            "item_truncate_invalid_item_id",
        ),
        (json!({ "type": "input_audio_buffer.append", "audio": "AAAA" }).to_string(), "not_on_this_transport"),
        // The longest message that the answer allows at all.
        (json!({ "type": "x".repeat(65_536 - 11 - 21) }).to_string(), "unknown_event"),
    ];
    for (at, (event, code)) in cases.iter().enumerate() {
        // Where it is an object at all it carries an id, which the error names.
        let id = format!("mine-{at}");
        let named = serde_json::from_str::<Value>(event).ok().filter(Value::is_object).map(|mut event| {
            event["event_id"] = id.clone().into();
            event.to_string()
        });
        call.says(named.as_deref().unwrap_or(event)).await;
        let error = call.hears(code, |event| event["type"] == "error").await["error"].clone();
        let shown: String = event.chars().take(80).collect();
        assert_eq!(error["code"], *code, "{shown}: {error}");
        assert!(error["message"].as_str().is_some_and(|message| message.ends_with('.')), "{error}");
        assert_eq!(error["event_id"], if named.is_some() { json!(id) } else { Value::Null }, "{shown}: {error}");
    }
    // Longer ones do not even leave a caller who keeps to the answer.
    assert!(call.answer.body.contains("a=max-message-size:65536"), "{}", call.answer.body);
    assert!(call.peer.say(&"x".repeat(65_537)).await.is_err());
    call.works().await;
    server.is_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_at_the_ports_leaves_a_running_call_alone() {
    let server = Server::start("garbage", &[]);
    let mut call = Held::place(&server, "").await;
    let media = server.media();
    let ufrag = call.answer.body.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:")).expect("an answer has one");
    let stranger = UdpSocket::bind("127.0.0.1:0").expect("loopback can be bound");
    let mut sent = 0;
    for datagram in datagrams(ufrag) {
        // The system refuses what is too long for a datagram; all others are sent.
        sent += usize::from(stranger.send_to(&datagram, media).is_ok());
    }
    assert!(sent > 2_000, "{sent}");
    let http: SocketAddr = server.address().parse().expect("an address");
    for place in [media, http] {
        for bytes in [
            &b"\x00\x04abcd"[..],
            b"\xff\xff\xff\xff",
            b"\x16\x03\x01\x02\x00\x01\x00",
            b"GET / HTTP/9.9\r\n\r\n",
            b"\0\0\0\0",
            b"",
        ] {
            let mut stream = TcpStream::connect(place).expect("it listens");
            // It may hang up while we still write.
            let _ = stream.write_all(bytes);
        }
        let mut stream = TcpStream::connect(place).expect("it listens");
        for chunk in noise(7, 60_000).chunks(1_000) {
            if stream.write_all(chunk).is_err() {
                break;
            }
        }
    }
    call.works().await;
    assert_eq!(server.request("GET", "/healthz", &[], b"").status, 200);
    server.is_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_offer_is_another_call_and_a_resumed_one_takes_over() {
    let server = Server::start("offers", &["session.sessions_max=2"]);
    let mut first = Held::place(&server, "").await;
    // The same offer once more: a call of its own, which never connects; ours does not notice.
    let again = post(&server, "", &first.offer);
    assert_eq!(again.status, 201, "{}", again.body);
    let place = |answer: &Answer| answer.location.clone().expect("a call has a place");
    let (ours, other) = (place(&first.answer), place(&again));
    assert_ne!(ours, other);
    assert_eq!(post(&server, "", &first.offer).status, 503, "two is the bound");
    assert_eq!(
        server.request("POST", &ours, &[("Content-Type", "application/sdp")], first.offer.as_bytes()).status,
        405
    );
    first.works().await;
    assert_eq!(server.request("DELETE", &other, &[], b"").status, 204);

    // An offer with our token: the newcomer has the conversation, and the old line is hung up.
    let mut second = Held::place(&server, &format!("?resume={}", first.token)).await;
    assert_eq!(second.token, first.token);
    first.ends().await;
    second.works().await;
    assert_eq!(server.request("DELETE", &ours, &[], b"").status, 204);
    second.ends().await;
    assert_eq!(server.request("DELETE", &ours, &[], b"").status, 404);
    server.is_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_token_is_gone() {
    let server = Server::start("expired", &["session.resume_s=1"]);
    let call = Held::place(&server, "").await;
    call.peer.close().await;
    server.logs("session ended");
    let refused = post(&server, &format!("?resume={}", call.token), &call.offer);
    assert_eq!(refused.status, 410, "{}", refused.body);
    assert!(refused.body.contains("start a new call"), "{}", refused.body);
    assert!(!server.log().contains(&call.token), "a token is in no log");
    server.is_sound();
}

/// What a stranger may send: noise, and what begins like STUN, DTLS, RTP or RTCP, for the running call's own user fragment too.
fn datagrams(ufrag: &str) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new(), vec![0], vec![0x80], vec![22], vec![255; 1500], noise(1, 65_000)];
    for (seed, first) in [0u8, 1, 2, 16, 20, 22, 23, 63, 64, 79, 127, 128, 144, 191, 192, 255].into_iter().enumerate() {
        let mut random = StdRng::seed_from_u64(seed as u64);
        for _ in 0..160 {
            let length = random.random_range(1..1400);
            let mut datagram = vec![0; length];
            random.fill(&mut datagram[..]);
            datagram[0] = first;
            all.push(datagram);
        }
    }
    for seed in 0..60 {
        all.push(binding_request(ufrag, seed));
    }
    all
}

/// A STUN binding request that names the call but proves nothing; with odd seeds it is also damaged.
fn binding_request(ufrag: &str, seed: u64) -> Vec<u8> {
    let mut random = StdRng::seed_from_u64(seed);
    let name = format!("{ufrag}:evil");
    let padded = name.len().next_multiple_of(4);
    let mut request = vec![0, 1];
    request.extend((4 + padded as u16).to_be_bytes());
    request.extend([0x21, 0x12, 0xa4, 0x42]);
    request.extend(random.random::<[u8; 12]>());
    request.extend([0, 6]);
    request.extend((name.len() as u16).to_be_bytes());
    request.extend(name.as_bytes());
    request.resize(24 + padded, 0);
    if seed % 2 == 1 {
        let at = random.random_range(0..request.len());
        request[at] ^= 1 << random.random_range(0..8);
    }
    request
}

fn noise(seed: u64, bytes: usize) -> Vec<u8> {
    let mut noise = vec![0; bytes];
    StdRng::seed_from_u64(seed).fill(&mut noise[..]);
    noise
}
