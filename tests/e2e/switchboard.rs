//! Telephone calls that somebody takes, turns away or sends elsewhere: a desk of our own is told of them, as a developer's server is.

use crate::e2e::realtime::Client;
use crate::e2e::server::{Answer, Server};
use crate::e2e::telephony::{PUBLIC, Phone, TWILIO_TOKEN, ask, twilio_signature};
use crate::published::{python, script};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const PATH: &str = "/v1/telephony/twilio";
/// What calls are told of with.
const SECRET: &[u8; 24] = b"a secret of twenty-four.";

/// Whoever is told of calls.
struct Desk {
    listener: TcpListener,
}

impl Desk {
    async fn open() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.expect("a port") }
    }

    fn server(&self, name: &str, ring_s: u32) -> Arc<Server> {
        let address = self.listener.local_addr().expect("it listens");
        let sets = [
            format!("telephony.public_url={PUBLIC}"),
            format!("telephony.twilio_auth_tokens=[\"{TWILIO_TOKEN}\"]"),
            "telephony.answer=when_accepted".to_owned(),
            format!("telephony.ring_s={ring_s}"),
            format!("telephony.webhook_url=http://{address}/calls"),
            format!("telephony.webhook_secret=whsec_{}", BASE64.encode(SECRET)),
            "telephony.refer_allow=[\"tel:+1415\"]".to_owned(),
        ];
        Arc::new(Server::start(name, &sets.each_ref().map(String::as_str)))
    }

    /// The next event, whose signature fits.
    async fn told(&self) -> Told {
        let (mut stream, _) = self.listener.accept().await.expect("somebody comes");
        let mut request = Vec::new();
        let (head, body) = loop {
            assert!(stream.read_buf(&mut request).await.expect("it is read") > 0, "the request is whole");
            let text = String::from_utf8(request.clone()).expect("text");
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let head = head.to_ascii_lowercase();
            let length: usize = field(&head, "content-length").parse().expect("a number");
            if body.len() == length {
                break (head, body.to_owned());
            }
        };
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.expect("it is taken");
        let original = String::from_utf8(request).expect("text");
        let original = original.split("\r\n\r\n").next().expect("a head").to_owned();
        let value = |name: &str| {
            let line = original.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")));
            line.and_then(|line| line.split_once(':')).expect("it is there").1.trim().to_owned()
        };
        let signed = format!("{}.{}.{body}", value("webhook-id"), field(&head, "webhook-timestamp"));
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET);
        assert_eq!(value("webhook-signature"), format!("v1,{}", BASE64.encode(hmac::sign(&key, signed.as_bytes()))));
        let event: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!((&event["type"], &event["object"]), (&json!("realtime.call.incoming"), &json!("event")));
        assert_eq!(event["data"]["sip_headers"][0], json!({ "name": "From", "value": "tel:+18005550100" }));
        let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
        let headers = names.map(|name| (name.to_owned(), Value::from(value(name)))).into_iter().collect();
        Told { id: event["data"]["call_id"].as_str().expect("it has a name").to_owned(), headers, body }
    }
}

/// What a webhook brought.
struct Told {
    /// The call.
    id: String,
    headers: Map<String, Value>,
    body: String,
}

impl Told {
    /// The official package for Python reads it, and does this with the call.
    async fn by_the_official_client(&self, server: &Arc<Server>, verb: &'static str, more: &'static str) {
        let stdin = json!({ "headers": self.headers, "body": self.body }).to_string();
        let url = server.url.clone();
        let ran = tokio::task::spawn_blocking(move || {
            let secret = format!("whsec_{}", BASE64.encode(SECRET));
            let mut program = Command::new(python("openai[realtime]==3.57.0"));
            program.arg(script("calls.py")).args([url.as_str(), secret.as_str(), verb, more]);
            program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = program.spawn().expect("Python starts");
            child.stdin.take().expect("piped").write_all(stdin.as_bytes()).expect("it reads");
            child.wait_with_output().expect("it ends")
        });
        let output = ran.await.expect("it is waited for");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(said.trim(), format!("realtime.call.incoming {}", self.id));
    }
}

fn field<'a>(head: &'a str, name: &str) -> &'a str {
    let line = head.lines().find_map(|line| line.strip_prefix(&format!("{name}:")));
    line.unwrap_or_else(|| panic!("no {name} in {head}")).trim()
}

/// A call that rings; its answer comes once somebody has decided.
fn rings(server: &Arc<Server>, call: &'static str) -> tokio::task::JoinHandle<Answer> {
    let server = Arc::clone(server);
    tokio::task::spawn_blocking(move || ask(&server, PATH, call, true))
}

/// Does something with a call.
async fn act(server: &Arc<Server>, id: &str, verb: &str, body: Value) -> Answer {
    let (server, path) = (Arc::clone(server), format!("/v1/realtime/calls/{id}/{verb}"));
    let done = tokio::task::spawn_blocking(move || server.post(&path, "application/json", "", &body.to_string()));
    done.await.expect("it is answered")
}

/// The carrier asks what comes after us.
fn after(server: &Server, call: &str, query: &str) -> Answer {
    let path = format!("{PATH}?{query}");
    let form = format!("CallSid={call}&From=%2B18005550100&To=%2B18005550101");
    let fields = [("CallSid", call), ("From", "+18005550100"), ("To", "+18005550101")];
    let signed = twilio_signature(&format!("{PUBLIC}{path}"), &fields);
    let head = [("Content-Type", "application/x-www-form-urlencoded"), ("X-Twilio-Signature", signed.as_str())];
    server.request("POST", &path, &head, form.as_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_waits_until_it_is_taken_and_may_be_sent_elsewhere() {
    let desk = Desk::open().await;
    let server = desk.server("switchboard-taken", 14);
    let ringing = rings(&server, "CA1");
    let told = desk.told().await;
    let id = told.id.clone();
    // A client's secret decides about no call.
    let secret = server.post("/v1/realtime/client_secrets", "application/json", "", "{}");
    let secret: Value = serde_json::from_str(&secret.body).expect("JSON");
    let secret = secret["value"].as_str().expect("a secret").to_owned();
    for verb in ["accept", "reject", "refer"] {
        let path = format!("/v1/realtime/calls/{id}/{verb}");
        assert_eq!(server.post(&path, "application/json", &secret, "{}").status, 403, "{verb}");
    }
    // A transfer is for calls that were taken.
    let target = json!({ "target_uri": "tel:+14155550123" });
    assert_eq!(act(&server, &id, "refer", target.clone()).await.status, 404);
    let wrong = json!({ "type": "realtime", "colour": "red" });
    assert_eq!(act(&server, &id, "accept", wrong).await.status, 400);
    told.by_the_official_client(&server, "accept", "").await;
    let answer = ringing.await.expect("it is answered");
    assert!(
        answer.body.contains("<Redirect method=\"POST\">https://phone.example/v1/telephony/twilio?after</Redirect>")
    );
    assert_eq!(act(&server, &id, "accept", json!({})).await.status, 409, "it is decided");
    // The session is the one that the call was named by: who joins at once waits until the carrier is there.
    let query = format!("call_id={id}");
    let (mut side, mut phone) =
        tokio::join!(Client::connect(&server, &query), Phone::answered(&server, PATH, "CA1", &answer));
    let heard = phone.hears("the greeting", 500).await;
    assert!(heard.to_lowercase().contains("go"), "{heard}");
    // It is as it was wanted.
    side.send(json!({ "type": "session.update", "session": {} })).await;
    let updated = phone.meanwhile(side.until("session.updated")).await;
    assert_eq!(updated["session"]["instructions"], "Be brief.");
    assert_eq!(
        updated["session"]["audio"]["output"],
        json!({ "format": { "type": "audio/pcmu" }, "voice": "hibari", "speed": 1.2 })
    );
    assert_eq!(act(&server, &id, "accept", json!({})).await.status, 409, "it is under way");
    let elsewhere = |uri: &str| json!({ "target_uri": uri });
    assert_eq!(act(&server, &id, "refer", elsewhere("+14155550123")).await.status, 400);
    assert_eq!(act(&server, &id, "refer", elsewhere("tel:+441632960123")).await.status, 403);
    told.by_the_official_client(&server, "refer", "tel:+14155550123").await;
    while !phone.over {
        phone.step().await;
    }
    let next = after(&server, "CA1", "x=1&after");
    assert!(next.body.ends_with("<Response><Dial><Number>+14155550123</Number></Dial></Response>"), "{}", next.body);
    assert!(after(&server, "CA1", "after").body.ends_with("<Response><Hangup/></Response>"), "it is said once");
    assert_eq!(act(&server, &id, "refer", elsewhere("tel:+14155550123")).await.status, 404, "it is over");
    server.is_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_nobody_takes_is_turned_away() {
    let desk = Desk::open().await;
    let server = desk.server("switchboard-declined", 3);
    for (call, body, reason) in [("CA1", json!({ "status_code": 486 }), "busy"), ("CA2", json!({}), "rejected")] {
        let ringing = rings(&server, call);
        let id = desk.told().await.id;
        assert_eq!(act(&server, &id, "reject", json!({ "status_code": 200 })).await.status, 400);
        assert_eq!(act(&server, &id, "reject", body).await.status, 200);
        let answer = ringing.await.expect("it is answered");
        assert!(
            answer.body.ends_with(&format!(r#"<Response><Reject reason="{reason}"/></Response>"#)),
            "{}",
            answer.body
        );
    }
    // Told, and nobody decides: the carrier has an answer before it gives up.
    let ringing = rings(&server, "CA3");
    desk.told().await;
    let answer = ringing.await.expect("it is answered");
    assert!(answer.body.contains(r#"<Reject reason="rejected"/>"#), "{}", answer.body);
    drop(desk);
    // Nobody is there to be told.
    let answer = rings(&server, "CA4").await.expect("it is answered");
    assert!(answer.body.contains(r#"<Reject reason="rejected"/>"#), "{}", answer.body);
    server.is_sound();
}
