//! OpenAI's documented browser snippet, in a real Chromium: a developer's own page and token server, and nothing changed but the base URL.

use crate::e2e::page::Page;
use crate::e2e::realtime::keys;
use crate::e2e::server::{Server, free_port};
use crate::e2e::voice::{padded, spoken, transcribed};
use axum::Router;
use axum::response::Html;
use axum::routing::get;
use serde_json::{Value, json};

/// What the documentation says of the base URL.
const DOCUMENTED: &str = "https://api.openai.com";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documented_snippet_hears_and_is_heard() {
    let port = free_port();
    let origin = format!("http://localhost:{port}");
    let allowed = format!("server.allow_origins=[\"{origin}\"]");
    let server = Server::start("snippet", &["server.access=keys", &allowed]);
    let base = format!("http://{}", server.address());
    developer(port, &base, keys(&server, &["create", "developer"])).await;

    let voice = server.folder.join("ask.wav");
    padded(&spoken("I want to fly from Boston to Denver tomorrow."), &voice);
    let mut page = Page::visit(&format!("{origin}/"), &voice);
    page.records();
    let created = page.hears("its session", |event| event["type"] == "session.created");
    let audio = &created["session"]["audio"];
    assert_eq!(
        (&audio["output"]["voice"], &audio["input"]["noise_reduction"]["type"]),
        (&json!("marin"), &json!("near_field"))
    );
    let asked =
        page.hears("what was asked", |event| event["type"] == "conversation.item.input_audio_transcription.completed");
    assert!(asked["transcript"].as_str().is_some_and(|text| text.contains("Denver")), "{asked}");
    let card = page.hears("the flights", |event| event["type"] == "voxfare.card")["card"].clone();
    let airline = card["offers"][0]["legs"][0]["segments"][0]["airline_name"].as_str().expect("an offer has flights");
    let says_it = |event: &Value| {
        event["type"] == "response.output_audio_transcript.done"
            && event["transcript"].as_str().is_some_and(|text| text.contains(airline))
    };
    page.hears("the answer in words", says_it);
    page.hears("the answer's sound to its end", |event| {
        event["type"] == "voxfare.playout"
            && event["state"] == "done"
            && event["text"].as_str().is_some_and(|text| text.contains(airline))
    });

    // The element that the snippet made plays a stream of ours that is alive.
    let element = page.evaluates(
        "(({ paused, currentTime, srcObject }) => ({ paused, currentTime, tracks: srcObject.getTracks().map((track) => track.readyState) }))(audioElement.current)",
    );
    assert_eq!((&element["paused"], &element["tracks"]), (&json!(false), &json!(["live"])), "{element}");
    assert!(element["currentTime"].as_f64().is_some_and(|seconds| seconds > 1.0), "{element}");
    let recording = server.folder.join("reply.wav");
    page.saves(&recording);
    let heard = transcribed(&recording).to_lowercase();
    println!("heard: {heard}");
    assert!(heard.contains("denver") && heard.contains(&airline.to_lowercase()), "{airline} was not heard: {heard}");
    assert!(page.errors().is_empty(), "{:?}", page.errors());
    server.is_sound();
}

#[test]
fn the_snippet_of_a_page_that_is_not_allowed_gets_nowhere() {
    let server = Server::start("snippet-foreign", &["server.access=keys"]);
    let key = keys(&server, &["create", "developer"]);
    let bearer = format!("Bearer {key}");
    let head = [("Origin", "http://localhost:1"), ("Content-Type", "application/sdp"), ("Authorization", &bearer)];
    let refused = server.request("POST", "/v1/realtime/calls", &head, b"v=0\r\n");
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert!(!refused.head.contains("access-control-allow-origin"), "{}", refused.head);
}

/// The developer's own server, as the documentation has it: the page, and `/token`, which hands on a client secret made with the API key.
async fn developer(port: u16, base: &str, key: String) {
    let page = include_str!("../clients/snippet.html");
    assert_eq!(page.matches(DOCUMENTED).count(), 1, "the snippet calls one address");
    let page = page.replace(DOCUMENTED, base);
    let secrets = format!("{base}/v1/realtime/client_secrets");
    let session = json!({ "session": {
        "type": "realtime", "model": "gpt-realtime",
        "audio": { "input": { "noise_reduction": { "type": "near_field" } }, "output": { "voice": "marin" } },
    }});
    let token = async move || {
        let request = reqwest::Client::new().post(secrets).bearer_auth(key);
        let made = request.header("Content-Type", "application/json").body(session.to_string()).send().await;
        let made = made.expect("the server answers");
        assert_eq!(made.status(), 200);
        ([("content-type", "application/json")], made.text().await.expect("it answers whole"))
    };
    let routes = Router::new().route("/", get(async move || Html(page))).route("/token", get(token));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.expect("the port was free a moment ago");
    tokio::spawn(async move { axum::serve(listener, routes).await });
}
