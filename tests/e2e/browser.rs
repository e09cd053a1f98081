//! A person at the page, in a real Chromium: heard, answered with flights that exist, and the page itself in all its states.

use crate::e2e::page::{Page, web_client};
use crate::e2e::server::Server;
use crate::e2e::voice::{human, padded, transcribed, voxfare};
use crate::e2e::words::{word_errors, words};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;

#[test]
fn a_person_says_a_day_and_hears_a_flight_that_exists() {
    let server = Server::start("browser", &[]);
    // The microphone opens in silence, as a person's does.
    let voice = server.folder.join("friday.wav");
    padded(&human("friday"), &voice);
    let mut page = Page::open(&server.url, Some(&voice));
    page.types("I want to fly from Boston to Denver");
    let asked = page.shows("the question for the day", |page| last_said(page).to_lowercase().contains("which day"));
    assert!(asked["entries"][0]["text"].as_str().is_some_and(|text| text.contains("Boston to Denver")), "{asked}");
    page.hears("the question to its end", |event| said_out(event, "Which day"));
    page.stands("Reading");
    page.picture("browser-1-asked");

    page.records();
    page.presses("Press to use the microphone");
    let transcript =
        page.hears("the transcript", |event| event["type"] == "conversation.item.input_audio_transcription.completed");
    assert_eq!(words(transcript["transcript"].as_str().unwrap_or_default()), ["friday"]);
    let card = page.hears("the flights", |event| event["type"] == "voxfare.card")["card"].clone();
    let airline = card["offers"][0]["legs"][0]["segments"][0]["airline_name"].as_str().expect("an offer has flights");
    page.hears("the answer to its end", |event| said_out(event, airline));
    let shown = page.shows("the transcript and the flights", |page| {
        said_by(page, "You").iter().any(|text| words(text) == ["friday"]) && !page["cards"].to_string().eq("[]")
    });
    page.picture("browser-2-answered");
    let recording = server.folder.join("reply.wav");
    page.saves(&recording);
    assert!(page.errors().is_empty(), "{:?}", page.errors());

    let heard = transcribed(&recording);
    println!("the page: {}\nthe ear: {heard}", last_said(&shown));
    let offers = card["offers"].as_array().expect("a card has offers").clone();
    let named = named(&offers[0], &heard);
    assert!(named.is_some(), "the best offer was not heard in {heard:?}: {:#}", offers[0]);
    exists(&offers, &heard);
    server.is_sound();
}

#[test]
fn a_long_human_sentence_stands_on_the_page_as_it_was_said() {
    let server = Server::start("browser-jfk", &[]);
    let voice = server.folder.join("jfk.wav");
    padded(&human("jfk"), &voice);
    let mut page = Page::open(&server.url, Some(&voice));
    page.dials();
    let truth =
        "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country.";
    // He pauses for long in mid-sentence: where a turn was taken there, his words stand in two lines.
    let shown =
        page.shows("what was said", |page| word_errors(&words(truth), &words(&said_by(page, "You").join(" "))) <= 2);
    println!("{:?}", said_by(&shown, "You"));
    page.stands("Speaking");
    page.picture("browser-3-jfk");
    // A goodbye ends the call, and is not taken for a broken line.
    page.types("Goodbye");
    let ended = page.hears("the end", |event| event["type"] == "voxfare.ended");
    assert_eq!(ended["reason"], "goodbye");
    let over = page.shows("the end", |page| page["state"] == "Call ended");
    assert_eq!(over["alerts"], json!([]));
    assert!(page.errors().is_empty(), "{:?}", page.errors());
    server.is_sound();
}

#[test]
fn every_state_of_the_page_holds_and_is_accessible() {
    let pictures = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("states");
    let output = Command::new("node").arg("e2e/states.mjs").arg(&pictures).current_dir(web_client()).output();
    let output = output.expect("node is installed by .ci/install");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert!(said.contains("all states hold"), "{said}");
}

/// The flights that the caller heard of are what the inventory sells: the same request, typed to the program itself, finds them too. It is
/// asked for the date, for what is Friday to one is a week later to another where midnight lies between them.
fn exists(offers: &[Value], heard: &str) {
    let first = &offers[0]["legs"][0]["segments"][0];
    let departs: jiff::civil::DateTime = first["departs"].as_str().expect("a time").parse().expect("a local time");
    assert_eq!(departs.date().weekday(), jiff::civil::Weekday::Friday);
    let date = departs.date().strftime("%B %-d").to_string();
    let asked = voxfare(&["ask", "--json", "I want to fly from Boston to Denver", &date]);
    let last: Value = serde_json::from_str(asked.lines().last().unwrap_or_default()).expect("one object a line");
    let query = last["tool_calls"].to_string();
    assert!(query.contains("BOS") && query.contains("DEN"), "{query}");
    let reply = last["reply"].to_string();
    let airline = first["airline_name"].as_str().expect("a name");
    let price = agent::language::en::money(serde_json::from_value(offers[0]["total"].clone()).expect("an amount"));
    assert!(
        reply.contains(airline) && reply.contains(&price),
        "{airline} for {price} is not in {reply}; heard {heard}"
    );
    assert!(query.contains(&departs.date().to_string()), "{} is not in {query}", departs.date());
}

/// What of an offer was heard: its airline, and its time or its price.
fn named(offer: &Value, heard: &str) -> Option<String> {
    let first = &offer["legs"][0]["segments"][0];
    let airline = first["airline_name"].as_str()?;
    let departs: jiff::civil::DateTime = first["departs"].as_str()?.parse().ok()?;
    let hour = match departs.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    let clock = format!("{hour}:{:02}", departs.minute());
    let price = format!("{}", offer["total"]["minor"].as_i64()? / 100);
    let plain = heard.replace(',', "");
    let said = |what: &str| plain.to_lowercase().contains(&what.to_lowercase());
    (said(airline) && (said(&clock) || said(&price))).then(|| format!("{airline} {clock} {price}"))
}

/// A saying with these words in it was heard to its end.
fn said_out(event: &Value, words: &str) -> bool {
    event["type"] == "voxfare.playout"
        && event["state"] == "done"
        && event["text"].as_str().is_some_and(|text| text.contains(words))
}

fn said_by(page: &Value, who: &str) -> Vec<String> {
    let entries = page["entries"].as_array().cloned().unwrap_or_default();
    let text = |entry: &Value| entry["text"].as_str().unwrap_or_default().to_owned();
    entries.iter().filter(|entry| entry["who"] == who).map(text).collect()
}

fn last_said(page: &Value) -> String {
    said_by(page, "Voxfare").pop().unwrap_or_default()
}
