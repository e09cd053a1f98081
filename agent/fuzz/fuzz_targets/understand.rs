//! Feeds any text, in every kind of question, to understanding. It asserts only that nothing panics and that days are in order.
#![no_main]

use agent::concierge::meaning::{Asked, Context};
use agent::concierge::understand::{completeness, understand};
use agent::trip::Code3;
use libfuzzer_sys::fuzz_target;

const ASKED: [Asked; 14] = [
    Asked::Nothing,
    Asked::Origin,
    Asked::Destination,
    Asked::Depart,
    Asked::Return,
    Asked::OneWay,
    Asked::Party,
    Asked::Choice,
    Asked::Name,
    Asked::PlaceDoubt,
    Asked::Confirm,
    Asked::ConfirmCancel,
    Asked::Reference,
    Asked::YesNo,
];

fuzz_target!(|input: (u8, u16, &str)| {
    let (asked, day, text) = input;
    let today = jiff::civil::date(2026, 1, 1).saturating_add(jiff::Span::new().days(i64::from(day)));
    let context = Context {
        now: today.at(12, 0, 0, 0),
        currency: Code3::parse("USD").expect("three letters"),
        asked: ASKED[usize::from(asked) % ASKED.len()],
        origin: None,
        destination: None,
        depart: (day % 2 == 0).then_some(today),
        back: None,
        choices: Vec::new(),
    };
    let meaning = understand(text, &context);
    for days in [meaning.slots.depart, meaning.slots.back].into_iter().flatten() {
        assert!(days.from <= days.to && days.from >= today);
    }
    let _ = completeness(text, &context);
});
