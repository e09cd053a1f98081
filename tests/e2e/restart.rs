//! What a caller lives through when the server dies, stops or is lost from sight for a while: told clearly, nothing cut short, nothing forgotten.

use crate::e2e::caller::Call;
use crate::e2e::held::{Held, post};
use crate::e2e::page::Page;
use crate::e2e::server::{Server, free_port, fresh_folder};
use crate::e2e::voice::{human, spoken, transcribed};
use serde_json::Value;
use std::time::Duration;
use voxfare::caller::peer::{Peer, PeerConfig};

#[test]
fn the_page_tells_of_a_killed_server_and_starts_anew() {
    let folder = fresh_folder("killed");
    let places =
        [format!("server.listen=127.0.0.1:{}", free_port()), format!("webrtc.listen=127.0.0.1:{}", free_port())];
    let places: Vec<&str> = places.iter().map(String::as_str).collect();
    let mut crashed = Server::start_in(&folder, &places);
    let mut page = Page::open(&crashed.url, None);
    page.types("What can you do?");
    page.stands("Speaking");
    crashed.kill();
    let lost = page.shows("the lost line", |page| page["notices"].to_string().contains("The line was lost"));
    assert_eq!(lost["state"], "Reconnecting");
    assert!(lost["entries"].to_string().contains("What can you do?"), "what was said is kept: {lost}");
    page.picture("restart-1-reconnecting");

    let server = Server::start_in(&folder, &places);
    let over = page.shows("that it is over", |page| page["alerts"].to_string().contains("This conversation is over"));
    assert_eq!(over["state"], "Not connected");
    assert!(over["entries"].to_string().contains("What can you do?"), "what was said is kept: {over}");
    page.picture("restart-2-over");
    page.presses("Start a new call");
    page.stands("Listening");
    let fresh = page.hears("a new session", |event| event["type"] == "voxfare.session");
    assert_ne!(fresh["resumed"], Value::Bool(true));
    page.types("Hello");
    page.hears("an answer", |event| event["type"] == "response.output_audio_transcript.done");
    page.stands("Speaking");
    page.picture("restart-3-new-call");
    server.is_sound();
}

#[test]
fn a_stopping_server_lets_its_call_finish() {
    let mut server = Server::start("drained", &["server.drain_s=120"]);
    let question = spoken("Hello. What can you do?");
    let more = spoken("How many bags can I take on United Airlines?");
    let mut call = Call::to(&server.url).speak(&question).speak(&more).place();
    call.hears("the first answer", |event| event["type"] == "output_audio_buffer.started");
    server.terminate();
    let draining = call.hears("that the server stops", |event| event["type"] == "voxfare.draining");
    assert_eq!(draining["deadline_s"], 120);
    let refused = server.request("POST", "/v1/realtime/calls", &[("Content-Type", "application/sdp")], b"v=0\r\n");
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert!(refused.head.contains("retry-after:"), "{}", refused.head);
    assert_eq!(server.request("GET", "/readyz", &[], b"").status, 503);
    assert_eq!(server.request("GET", "/healthz", &[], b"").status, 200);

    // Both turns were taken after the server was asked to stop, at least in part, and both were answered whole.
    let finished = call.finish();
    assert_eq!(finished.code, Some(0), "{}\n{}", finished.said, finished.script());
    assert!(finished.reply(1).to_lowercase().contains("bag"), "{}", finished.script());
    assert_eq!(server.ends(Duration::from_secs(60)), Some(0), "{}", server.log());
    server.is_sound();
}

#[test]
fn a_call_that_does_not_end_is_cut_at_the_deadline() {
    let mut server = Server::start("drained-hard", &["server.drain_s=3"]);
    let mut call = Call::to(&server.url).speak(&spoken("Hello. What can you do?")).option("--hold", "200").place();
    call.hears("an answer", |event| event["type"] == "output_audio_buffer.started");
    server.terminate();
    call.hears("that the server stops", |event| event["type"] == "voxfare.draining");
    assert_eq!(server.ends(Duration::from_secs(60)), Some(0), "{}", server.log());
    let finished = call.finish();
    assert_eq!(finished.code, Some(1), "the caller is told that it was cut off");
    server.is_sound();
}

#[test]
fn a_lost_caller_comes_back_to_what_was_found() {
    let server = Server::start("resumed", &["travel.delay_ms=8000"]);
    let request = spoken("I want to fly from Boston to Denver on Friday.");
    let mut call = Call::to(&server.url).speak(&request).place();
    let session = call.hears("its session", |event| event["type"] == "voxfare.session");
    call.hears("that a search runs", |event| event["type"] == "voxfare.task" && event["state"] == "started");
    call.kill();
    // Ten seconds without a caller: longer than the search takes. The session must be there all the while.
    let ended = server.logs_within("session ended", ABSENCE);
    assert_eq!(ended, None, "the session did not wait for its caller");

    let token = session["resume_token"].as_str().expect("a session has a token");
    let recording = server.folder.join("back.wav");
    let back = Call::to(&server.url)
        .option("--resume", token)
        .option("--record", &recording.display().to_string())
        .flag("--record-mono")
        .complete();
    let again = &back.of("voxfare.session")[0];
    assert_eq!(again["resumed"], true);
    assert_eq!(again["session_id"], session["session_id"]);
    let offers = back.cards("flights").first().map(|card| card["offers"].clone()).unwrap_or_default();
    let airline = offers[0]["legs"][0]["segments"][0]["airline_name"].as_str().unwrap_or_default().to_owned();
    assert!(!airline.is_empty(), "the flights were not shown: {:#?}", back.events);
    let heard = transcribed(&recording);
    assert!(heard.to_lowercase().contains(&airline.to_lowercase()), "{airline} was not said: {heard}");
    server.is_sound();
}

#[test]
fn a_caller_who_leaves_politely_may_come_back_and_go_on() {
    let server = Server::start("left", &[]);
    let first =
        Call::to(&server.url).speak(&spoken("I want to fly from Boston to Denver.")).flag("--no-hang-up").complete();
    assert!(first.reply(0).to_lowercase().contains("day"), "the day was not asked for: {}", first.script());
    let token = first.report["resume_token"].as_str().expect("the report has the token").to_owned();
    let second = Call::to(&server.url).option("--resume", &token).speak(&human("friday")).complete();
    let offers = second.cards("flights").first().map(|card| card["offers"].clone()).unwrap_or_default();
    assert_eq!(offers[0]["legs"][0]["segments"][0]["origin"], "BOS", "{}", second.script());
    server.is_sound();
}

/// A request may be held up in a dead network, and arrive when its client has long been back by another one.
#[tokio::test]
async fn a_return_that_never_connects_takes_nothing_away() {
    let server = Server::start("late-return", &[]);
    let mut call = Held::place(&server, "").await;
    let query = format!("?resume={}&after=event_x_1", call.token);
    for _ in 0..6 {
        let (_peer, offer, _) = Peer::offer(PeerConfig::default()).await.expect("loopback can be bound");
        let late = post(&server, &query, &offer);
        assert_eq!(late.status, 201, "{}", late.body);
    }
    call.works().await;
    let refused = post(&server, &format!("?resume={}&after=nonsense", call.token), &call.offer);
    assert_eq!(refused.status, 400, "{}", refused.body);
    server.is_sound();
}

/// How long the caller is lost.
const ABSENCE: Duration = Duration::from_secs(10);
