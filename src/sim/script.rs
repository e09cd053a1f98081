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
    /// Types this.
    Type(String),
    /// The client sends this event, whatever it is worth.
    Send(String),
    /// The client cuts the last item here, in ms, as far as it knows.
    Truncate(u64),
    /// Comes in over another transport while the first one is still there.
    Swap,
    /// The server will stop in so many ms.
    Drain(u64),
    /// Loses the transport and never comes back.
    Leave,
    /// Hangs up.
    HangUp,
}

/// Events that a client may send at any time, some of them wrong.
const EVENTS: &[&str] = &[
    r#"{"type":"response.cancel"}"#,
    r#"{"type":"output_audio_buffer.clear"}"#,
    r#"{"type":"input_audio_buffer.clear"}"#,
    r#"{"type":"response.create"}"#,
    r#"{"type":"conversation.item.truncate","item_id":"item_none","content_index":0,"audio_end_ms":10}"#,
    r#"{"type":"session.update","session":{"audio":{"output":{"voice":"amy","speed":1.2}}}}"#,
    r#"{"type":"session.update","session":{"audio":{"output":{"voice":"joe","speed":0.8}}}}"#,
    r#"{"type":"session.update","session":{"instructions":"Be brief."}}"#,
    r#"{"type":"nonsense"}"#,
    "not JSON",
];

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
    &[
        "a flight to Chicago tomorrow",
        "under three hundred dollars please",
        "the second one",
        "slower please",
        "say that again",
        "Tom Hill",
        "yes",
        "what is the time in Chicago",
        "goodbye",
    ],
    &["find me a hotel in Denver", "from Friday", "two nights", "start over", "a flight to Miami", "on Monday", "bye"],
    &["I want to go to Denver", "Boston", "tomorrow morning", "non-stop", "the first one", "Tom Hill", "yes", "bye"],
];

/// The amount that a caller names, in whole dollars.
pub(crate) const NAMED_USD: i64 = 300;

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
        lines.extend(incident(chance));
        if chance.percent(25) {
            lines.push(Line::Interrupt((*text).to_owned(), chance.range(200, 3000)));
        } else if chance.percent(8) {
            lines.push(Line::Type((*text).to_owned()));
        } else {
            lines.push(Line::Say((*text).to_owned()));
        }
    }
    lines
}

/// What else happens before a line.
fn incident(chance: &mut Chance) -> Option<Line> {
    match chance.range(0, 29) {
        0..=2 => Some(Line::Cough(chance.range(200, 2500))),
        3 | 4 => Some(Line::Mhm(chance.range(200, 2500))),
        5 => Some(Line::Drop(chance.range(300, 10_000))),
        6 => Some(Line::Send((*chance.pick(EVENTS)).to_owned())),
        7 => Some(Line::Truncate(chance.range(0, 20_000))),
        8 if chance.percent(50) => Some(Line::Swap),
        9 if chance.percent(20) => Some(Line::Drain(chance.range(0, 20_000))),
        10 if chance.percent(20) => Some(Line::Leave),
        _ => None,
    }
}
