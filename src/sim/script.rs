//! What simulated callers say and do. It draws from chance and runs nothing.

use crate::sim::chance::Chance;

/// One thing a caller does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// Says this once the assistant is done.
    Say(String),
    /// Says this over the assistant, so many ms after it began to speak.
    Interrupt(String, u64),
    /// Makes a short noise over the assistant.
    Cough(u64),
    /// "Mhm" over the assistant.
    Mhm(u64),
    /// Loses the transport for so many ms.
    Drop(u64),
    /// Hangs up.
    HangUp,
}

const TALKS: &[&[&str]] = &[
    &[
        "find me a flight from Boston to Denver next Friday morning",
        "make it Saturday instead",
        "no, Dallas",
        "the second one",
        "book it",
        "John Smith",
        "yes",
        "thank you",
        "goodbye",
    ],
    &[
        "I need to fly from New York to Los Angeles tomorrow",
        "what is the weather in Los Angeles",
        "the first one please",
        "Maria Garcia",
        "yes please book it",
        "what have I booked",
        "cancel it",
        "yes",
        "goodbye",
    ],
    &[
        "hello",
        "a flight to Chicago",
        "from Boston",
        "on Monday",
        "cheaper",
        "the cheapest one",
        "Anna Lee",
        "no",
        "stop",
    ],
    &["I want to go to Denver", "Boston", "tomorrow morning", "non-stop", "the first one", "Tom Hill", "yes", "bye"],
];

/// The script of one caller.
pub(crate) fn script(chance: &mut Chance) -> Vec<Line> {
    let talk = *chance.pick(TALKS);
    let ends_early = chance.percent(15).then(|| chance.range(1, talk.len() as u64) as usize);
    let mut lines = Vec::new();
    for (at, text) in talk.iter().enumerate() {
        if ends_early == Some(at) {
            lines.push(Line::HangUp);
            break;
        }
        match chance.range(0, 19) {
            0 | 1 => lines.push(Line::Cough(chance.range(200, 2500))),
            2 => lines.push(Line::Mhm(chance.range(200, 2500))),
            3 => lines.push(Line::Drop(chance.range(300, 10_000))),
            _ => {}
        }
        if chance.percent(25) {
            lines.push(Line::Interrupt((*text).to_owned(), chance.range(200, 3000)));
        } else {
            lines.push(Line::Say((*text).to_owned()));
        }
    }
    lines
}
