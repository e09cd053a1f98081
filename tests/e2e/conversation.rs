//! Spoken conversations with the real server: understood, answered from the inventory, booked once at the price that was read, cut where it was heard.

use crate::e2e::caller::{Call, Finished};
use crate::e2e::server::Server;
use crate::e2e::voice::{Sound, human, spoken, transcribed};
use crate::e2e::words::{word_errors, words};
use serde_json::Value;

#[test]
fn a_flight_is_found_refined_corrected_chosen_and_booked_by_voice() {
    let server = Server::start("booking", &[]);
    let recording = server.folder.join("call.wav");
    let call = Call::to(&server.url)
        .speak(&spoken("I want to fly from Boston to Denver."))
        .speak(&human("friday"))
        // Nobody hears every list of flights out.
        .interrupt("4s", &spoken("Only non-stop flights, please."))
        .interrupt("4s", &spoken("No, sorry, I meant Saturday."))
        .speak(&human("second"))
        .speak(&spoken("My name is Laura Miller."))
        .speak(&spoken("Yes, please book it."))
        .speak(&human("goodbye"))
        .option("--record", &recording.display().to_string())
        .complete();
    println!("{}", call.script());
    understood(&call, &["boston denver", "friday", "non stop", "saturday", "second", "laura miller", "yes", "goodbye"]);

    let shown = call.cards("flights");
    assert!(shown.len() >= 3, "searched, refined and corrected: {} cards of flights", shown.len());
    let offers = shown.last().and_then(|card| card["offers"].as_array()).expect("a card has offers");
    let day = weekday(&offers[0]);
    assert_eq!(day, jiff::civil::Weekday::Saturday, "the correction was taken");
    assert!(offers.iter().all(|offer| offer["legs"][0]["segments"].as_array().is_some_and(|legs| legs.len() == 1)));
    assert!(call.cards("flights").iter().all(|card| is_boston_to_denver(&card["offers"])));

    let quotes = call.cards("quote");
    let quote = quotes.last().expect("the choice was read back");
    let offer = &quote["item"]["offer"];
    assert_eq!(*offer, offers[1], "the second one is the second of the offers shown last");
    assert_eq!(quote["travellers"][0]["given"], "Laura");
    assert_eq!(quote["travellers"][0]["family"], "Miller");
    let total_minor = offer["total"]["minor"].as_i64().expect("an amount");
    let in_words = agent::language::en::money(serde_json::from_value(offer["total"].clone()).expect("an amount"));
    let read_back = call.reply(5).to_lowercase();
    assert!(read_back.contains(&in_words.to_lowercase()), "{in_words} was not read back: {read_back}");
    price_was_heard(&recording, &call, 5, total_minor);

    let rows = server.stored("SELECT total_minor, currency, state, reference, travellers_json FROM bookings");
    assert_eq!(rows.lines().count(), 1, "booked exactly once:\n{rows}");
    let row: Vec<&str> = rows.splitn(5, '|').collect();
    assert_eq!(row[..3], [total_minor.to_string().as_str(), "USD", "confirmed"]);
    assert!(row[4].contains("Laura") && row[4].contains("Miller"), "{rows}");
    let booked = call.cards("booking");
    assert_eq!(booked.len(), 1);
    assert_eq!(booked[0]["booking"]["reference"], row[3]);
    let item: Value = serde_json::from_str(&server.stored("SELECT item_json FROM bookings")).expect("plain data");
    assert_eq!(item["offer"], *offer, "what is stored is what was read back");
    assert_eq!(server.stored("SELECT count(*) FROM outbox WHERE state = 'done'"), "1");
    server.is_sound();
}

#[test]
fn an_interrupted_answer_stops_and_leaves_what_was_heard() {
    let server = Server::start("interrupted", &[]);
    let recording = server.folder.join("call.wav");
    let call = Call::to(&server.url)
        .speak(&spoken("Hello. What can you do?"))
        .interrupt("3500ms", &spoken("I want to fly from Boston to Denver on Friday."))
        .option("--record", &recording.display().to_string())
        .complete();
    println!("{}", call.script());
    let cut = call.of("voxfare.playout").into_iter().find(|event| event["state"] == "interrupted");
    let cut = cut.unwrap_or_else(|| panic!("nothing was interrupted:\n{:#?}", call.events));
    let text = cut["text"].as_str().expect("a text");
    let heard_chars = cut["heard_chars"].as_u64().expect("a number") as usize;
    let heard: String = text.chars().take(heard_chars).collect();
    assert!(heard_chars > 20 && heard_chars < text.chars().count(), "cut in the middle: {heard:?} of {text:?}");
    let truncated = call.of("conversation.item.truncated");
    assert_eq!(truncated.len(), 1);
    assert_eq!(truncated[0]["item_id"], cut["item_id"]);
    assert_eq!(call.of("output_audio_buffer.cleared").len(), 1);

    // The sound itself: it stops soon after the caller speaks, and what had come until then is what the server says was heard.
    let stop_ms = call.turn(1)["stop_ms"].as_f64().expect("it was an interruption");
    assert!(stop_ms > 0.0 && stop_ms < 3000.0, "it went on for {stop_ms} ms");
    let span = span(&call, 0);
    let audio_ms = truncated[0]["audio_end_ms"].as_f64().expect("a number");
    let lasted = span[1] - span[0];
    assert!((lasted - audio_ms).abs() < 700.0, "heard for {lasted} ms, and the item is cut at {audio_ms} ms");
    let piece = server.folder.join("heard.wav");
    Sound::read(&recording, 1).write(&piece, span[0] - 200.0, span[1] + 100.0);
    let transcript = transcribed(&piece);
    let errors = word_errors(&words(&heard), &words(&transcript));
    assert!(errors <= 1, "{errors} words differ.\n  history:  {heard}\n  the ear:  {transcript}");
    assert!(is_boston_to_denver(&call.cards("flights")[0]["offers"]), "the interruption was answered");
    server.is_sound();
}

#[test]
fn people_are_understood_and_their_words_make_no_booking() {
    let server = Server::start("people", &[]);
    let call = Call::to(&server.url)
        .speak(&human("jfk"))
        .speak(&human("one-moment-please"))
        .speak(&human("goodbye"))
        // Long enough to hear that the server hangs up.
        .option("--hold", "30")
        .complete();
    println!("{}", call.script());
    let truth = [
        "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country.",
        "One moment, please.",
        "Goodbye.",
    ];
    for (at, truth) in truth.iter().enumerate() {
        let (truth, heard) = (words(truth), words(call.understood(at)));
        let errors = word_errors(&truth, &heard);
        assert!(errors * 10 <= truth.len() * 2, "turn {at}: {errors} of {} words: {heard:?}", truth.len());
    }
    assert_eq!(call.of("voxfare.ended").first().map(|event| &event["reason"]), Some(&"goodbye".into()));
    assert_eq!(server.stored("SELECT count(*) FROM bookings"), "0");
    server.is_sound();
}

/// Each turn was heard with these words in it, in this order.
fn understood(call: &Finished, wanted: &[&str]) {
    for (at, wanted) in wanted.iter().enumerate() {
        // Both spellings are right, and the recogniser uses both.
        let heard = words(&call.understood(at).to_lowercase().replace('-', " ").replace("nonstop", "non stop"));
        let mut rest = heard.iter();
        let missing: Vec<&str> = wanted.split(' ').filter(|word| !rest.any(|heard| heard == word)).collect();
        assert!(missing.is_empty(), "turn {at}: {missing:?} missing in {heard:?}\n{}", call.script());
    }
}

fn is_boston_to_denver(offers: &Value) -> bool {
    let offers = offers.as_array().cloned().unwrap_or_default();
    !offers.is_empty()
        && offers.iter().all(|offer| {
            let segments = offer["legs"][0]["segments"].as_array().cloned().unwrap_or_default();
            segments.first().is_some_and(|first| first["origin"] == "BOS")
                && segments.last().is_some_and(|last| last["destination"] == "DEN")
        })
}

fn weekday(offer: &Value) -> jiff::civil::Weekday {
    let departs = offer["legs"][0]["segments"][0]["departs"].as_str().expect("a time");
    departs.parse::<jiff::civil::DateTime>().expect("a local time").date().weekday()
}

/// Where in the recording the reply to a turn lies, in ms.
fn span(call: &Finished, turn: usize) -> [f64; 2] {
    serde_json::from_value(call.turn(turn)["reply_ms"].clone()).expect("the turn was answered")
}

/// The price of the read-back, as the recogniser hears it in what came over the line.
fn price_was_heard(recording: &std::path::Path, call: &Finished, turn: usize, total_minor: i64) {
    let span = span(call, turn);
    let piece = recording.with_file_name("read-back.wav");
    Sound::read(recording, 1).write(&piece, span[0] - 200.0, span[1] + 200.0);
    let heard = transcribed(&piece).replace(',', "");
    let (dollars, cents) = (total_minor / 100, total_minor % 100);
    let amount = if cents == 0 { dollars.to_string() } else { format!("{dollars}.{cents:02}") };
    assert!(heard.contains(&amount), "{amount} was not heard in: {heard}");
}
