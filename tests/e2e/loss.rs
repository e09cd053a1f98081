//! Conversations over bad lines: real sockets between two network namespaces that lose and delay packets, and the caller's own seeded emulator.

use crate::e2e::caller::{Call, Finished};
use crate::e2e::network::{Line, SERVER, Weather};
use crate::e2e::server::Server;
use crate::e2e::voice::{human, spoken};

#[test]
fn a_conversation_survives_five_percent_loss_on_real_sockets() {
    over_a_line(Weather { loss_percent: 5, delay_ms: 30, jitter_ms: 20, seed: 5 });
}

#[test]
fn a_conversation_survives_ten_percent_loss_on_real_sockets() {
    over_a_line(Weather { loss_percent: 10, delay_ms: 30, jitter_ms: 20, seed: 10 });
}

#[test]
fn a_conversation_survives_the_emulated_network() {
    let server = Server::start("emulated", &[]);
    for (loss, jitter, seed) in [("5", "30", "7"), ("10", "0", "8")] {
        let call = Call::to(&server.url).option("--loss", loss).option("--jitter", jitter).option("--seed", seed);
        holds(&conversation(call, loss == "10"), &format!("{loss} % loss, {jitter} ms jitter, seed {seed}"));
    }
    server.is_sound();
}

/// A line that cannot be laid is a failure that says why, never a pass: who has no root leaves these two out by name.
fn over_a_line(weather: Weather) {
    if let Some(why) = Line::obstacle() {
        panic!(
            "network namespaces are not to be had here ({why}); this test needs root and was not run. \
             Without root: cargo nextest run -E 'not test(real_sockets)'"
        );
    }
    let line = Line::lay(weather);
    let http = format!("server.listen={SERVER}:8080");
    let media = format!("webrtc.listen={SERVER}:8189");
    let name = format!("loss-{}", weather.loss_percent);
    // Plain HTTP: the signalling is not what is tested, and no browser is in the way.
    let server = Server::start_within(&line.server, &name, &[&http, &media, "server.https=off", "server.access=open"]);
    let call = Call::within(&line.caller, &format!("http://{SERVER}:8080"));
    let finished = conversation(call, weather.loss_percent >= 10);
    holds(&finished, &format!("{weather:?}"));
    let lost = line.lost();
    assert!(lost > 20, "the line lost {lost} packets: it was no bad line");
    let told = finished.of("voxfare.network");
    let worst = told.iter().filter_map(|event| event["loss_percent"].as_f64()).fold(0.0, f64::max);
    assert!(worst > 0.0, "the server never saw the loss: {told:?}");
    println!("{weather:?}: {lost} packets lost, the server saw up to {worst:.1} %");
    server.is_sound();
}

/// Where every tenth packet is lost a word is, now and then; what matters is then said `twice`, as people do.
fn conversation(call: Call, twice: bool) -> Finished {
    let wish = spoken("Only non-stop flights, please.");
    let call =
        call.speak(&spoken("I want to fly from Boston to Denver.")).speak(&human("friday")).interrupt("4s", &wish);
    let call = if twice { call.interrupt("4s", &wish) } else { call };
    call.interrupt("4s", &human("goodbye")).complete()
}

/// The conversation came to what it would have come to on a good line.
fn holds(call: &Finished, line: &str) {
    println!("{line}\n{}", call.script());
    let offers = call.cards("flights").last().map(|card| card["offers"].clone()).unwrap_or_default();
    let offers = offers.as_array().unwrap_or_else(|| panic!("{line}: no flights were found\n{}", call.script()));
    for offer in offers {
        let segments = offer["legs"][0]["segments"].as_array().expect("a leg has segments");
        assert_eq!(segments.len(), 1, "{line}: only non-stop flights were wanted\n{}", call.script());
        assert_eq!((&segments[0]["origin"], &segments[0]["destination"]), (&"BOS".into(), &"DEN".into()), "{line}");
    }
    for turn in 0..3 {
        let answered = call.turn(turn)["voice_to_voice_ms"].as_f64();
        assert!(answered.is_some(), "{line}: turn {turn} stayed without an answer\n{}", call.script());
    }
}
