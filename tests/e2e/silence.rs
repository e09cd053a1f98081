//! Half a minute without a network, in the middle of a search, and nobody told that it is gone: page, SDK and Rust client come back to the same
//! conversation, what they missed is told once and in order, and the talk goes on. The kernel drops every packet of a line between two network
//! namespaces. Needs root.

use crate::e2e::lines::Lines;
use crate::e2e::network::{Line, SERVER, Weather};
use crate::e2e::page::Page;
use crate::e2e::server::Server;
use crate::e2e::voice::{padded, spoken};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// How long the network is gone.
const SILENCE: Duration = Duration::from_secs(30);
/// What is asked; the search takes a third of the silence, so that its answer goes into the dead line.
const REQUEST: &str = "I want to fly from Boston to Denver on Friday";
/// What the answer says.
const ANSWER: &str = "The best is";
/// What is said afterwards.
const WISH: &str = "Only non-stop flights, please.";

#[test]
fn the_page_comes_back_over_real_sockets_from_half_a_minute_of_silence() {
    let (line, server) = laid("silent-page");
    let wish = server.folder.join("wish.wav");
    padded(&spoken(WISH), &wish);
    let mut page = Page::open_within(&line.caller, &origin(), &wish);
    comes_back(&line, &server, &mut page, "silent-page", |page| {
        page.presses("Press to use the microphone");
    });
}

#[test]
fn the_sdk_comes_back_over_real_sockets_from_half_a_minute_of_silence() {
    let (line, server) = laid("silent-sdk");
    let mut page = Page::sdk_within(&line.caller, &format!("{}/v1/realtime", origin()));
    comes_back(&line, &server, &mut page, "silent-sdk", |page| {
        page.does(&json!({ "do": "say", "path": spoken(WISH) }));
    });
}

#[test]
fn the_rust_client_comes_back_over_real_sockets_from_half_a_minute_of_silence() {
    let (line, server) = laid("silent-talk");
    let (ask, wish, out) = (spoken(&format!("{REQUEST}.")), spoken(WISH), server.folder.join("answer.wav"));
    let mut talk = Command::new("ip")
        .args(["netns", "exec", &line.caller, env!("CARGO_BIN_EXE_voxfare"), "talk", &origin()])
        .args([Path::new("--wav"), &ask, Path::new("--wav"), &wish, Path::new("--out"), &out])
        .env("ALSA_CONFIG_PATH", "/dev/null")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let (said, errors) = (Lines::of(talk.stdout.take().expect("piped")), Lines::of(talk.stderr.take().expect("piped")));
    let all = || format!("{}\n{}\n{}", said.text(), errors.text(), server.log());
    let says = |from: usize, what: &str| {
        let found = said.find(from, WITHIN, |line| line.to_lowercase().contains(what).then_some(()));
        found.unwrap_or_else(|| panic!("it never said {what:?}\n{}", all())).0
    };
    let began = says(0, "you: i want to fly from boston to denver");
    line.falls_silent();
    assert_eq!(server.logs_within("session ended", SILENCE), None, "{}", all());
    line.speaks_again();
    let card = says(began, " flights]");
    says(card, &ANSWER.to_lowercase());
    let code = talk.wait().expect("it is our child").code();
    assert_eq!(code, Some(0), "{}", all());
    let lines = said.all();
    let count = |what: &str| lines.iter().filter(|line| line.to_lowercase().contains(what)).count();
    assert_eq!(count("[session "), 1, "{}", all());
    assert_eq!(count("[back in session "), 1, "{}", all());
    // The wish is answered in the same words.
    assert_eq!((count(" flights]"), count(&ANSWER.to_lowercase())), (2, 2), "{}", all());
    assert_eq!(count("flights, please"), 1, "the talk went on\n{}", all());
    println!("{}", said.text());
    server.is_sound();
}

/// The same for the page and for the SDK: what they show is told alike.
fn comes_back(line: &Line, server: &Server, page: &mut Page, name: &str, speaks: impl FnOnce(&mut Page)) {
    page.types(REQUEST);
    let session = page.hears("its session", |event| event["type"] == "voxfare.session");
    page.hears("that a search runs", |event| event["type"] == "voxfare.task" && event["state"] == "started");
    line.falls_silent();
    page.stands("Reconnecting");
    page.picture(&format!("{name}-1-reconnecting"));
    // All the while the session must be there.
    assert_eq!(server.logs_within("session ended", SILENCE), None, "the session did not wait:\n{}", server.log());
    line.speaks_again();
    let resumed = page.hears("what it missed", |event| event["type"] == "voxfare.resumed");
    let again = page.hears("its session again", |event| event["type"] == "voxfare.session");
    println!("{resumed}");
    assert_eq!((&again["session_id"], &again["resumed"]), (&session["session_id"], &json!(true)));
    assert_eq!(resumed["complete"], true);
    assert!(resumed["replayed"].as_u64().is_some_and(|replayed| replayed > 0), "{resumed}");
    let answers = |event: &Value| event["text"].as_str().is_some_and(|text| text.contains(ANSWER));
    let heard =
        page.hears("the answer that was missed, to its end", |event| event["state"] == "done" && answers(event));
    let answer = heard["text"].as_str().expect("it has words").to_owned();
    let shown = page.shows("the answer, heard", |page| said(page).iter().any(|text| text.contains(&answer)));
    page.picture(&format!("{name}-2-back"));
    // Once, and in order: what was asked, the flights, the answer.
    assert_eq!(said(&shown).iter().filter(|text| text.contains(ANSWER)).count(), 1, "{shown}");
    assert_eq!(shown["cards"].as_array().map(Vec::len), Some(1), "{shown}");
    let asked = shown["entries"].as_array().into_iter().flatten().position(|entry| entry["who"] == "You");
    assert_eq!(asked, Some(0), "{shown}");
    let events = page.events();
    let at = |wanted: &dyn Fn(&Value) -> bool| events.iter().position(wanted).expect("it came");
    let card = at(&|event| event["type"] == "voxfare.card");
    assert!(at(&|event| event["type"] == "voxfare.task" && event["state"] == "done") < card);
    assert!(card < at(&|event| event["type"] == "voxfare.playout" && answers(event)));
    in_order(&events);

    speaks(page);
    let words = "conversation.item.input_audio_transcription.completed";
    let spoken = page.hears("the next turn", |event| event["type"] == words && event["transcript"] != "");
    assert!(spoken["transcript"].to_string().to_lowercase().contains("flights"), "{spoken}");
    let card = page.hears("its flights", |event| event["type"] == "voxfare.card")["card"].clone();
    let offers = card["offers"].as_array().expect("a card has offers");
    let legs = offers.iter().map(|offer| offer["legs"][0]["segments"].as_array().map_or(0, Vec::len));
    assert!(legs.clone().count() > 0 && legs.clone().all(|segments| segments == 1), "{card}");
    page.hears("an answer to it", |event| event["type"] == "output_audio_buffer.stopped");
    page.picture(&format!("{name}-3-goes-on"));
    in_order(&page.events());
    assert!(page.exceptions().is_empty(), "{:?}", page.exceptions());
    server.is_sound();
}

/// A line and a server on it.
fn laid(name: &str) -> (Line, Server) {
    if let Some(why) = Line::obstacle() {
        panic!(
            "network namespaces are not to be had here ({why}); this test needs root and was not run. \
             Without root: cargo nextest run -E 'not test(real_sockets)'"
        );
    }
    let line = Line::lay(Weather { loss_percent: 0, delay_ms: 20, jitter_ms: 5, seed: 1 });
    let (http, media) = (format!("server.listen={SERVER}:8080"), format!("webrtc.listen={SERVER}:8189"));
    let sets = [&http, &media, "server.https=off", "server.access=open", "travel.delay_ms=10000"];
    let server = Server::start_within(&line.server, name, &sets);
    (line, server)
}

fn origin() -> String {
    format!("http://{SERVER}:8080")
}

/// Every event came once, and later ones later.
fn in_order(events: &[Value]) {
    let number = |event: &Value| event["event_id"].as_str()?.rsplit('_').next()?.parse::<u64>().ok();
    let numbers: Vec<u64> = events.iter().filter_map(number).collect();
    assert!(numbers.len() > 20, "{numbers:?}");
    let out = numbers.windows(2).find(|pair| pair[0] >= pair[1]);
    assert_eq!(out, None, "{numbers:?}");
}

fn said(page: &Value) -> Vec<String> {
    let entries = page["entries"].as_array().cloned().unwrap_or_default();
    let own = entries.iter().filter(|entry| entry["who"] == "Voxfare");
    own.map(|entry| entry["text"].as_str().unwrap_or_default().to_owned()).collect()
}

/// What is not there by then never comes.
const WITHIN: Duration = Duration::from_secs(90);
