//! Reads codes aloud: flights, airports, seats, booking references, phone numbers. It never guesses a word out of a code.

use crate::providers::tts::normal::money;
use crate::providers::tts::normal::numerals::{cardinal, flight, spell};
use crate::providers::tts::normal::word::{Chunk, Place, Reading};

/// Codes from this place on.
pub fn read(place: Place<'_>) -> Reading {
    reference(place)
        .or_else(|| flight_number(place))
        .or_else(|| seat_or_gate(place))
        .or_else(|| phone(place))
        .or_else(|| mixed(place))
        .or_else(|| capitals(place))
}

/// What follows "reference", "code", "confirmation": letter by letter, with a breath after every third.
fn reference(place: Place<'_>) -> Reading {
    let here = place.here();
    let announced = (1..=3).any(|steps| ANNOUNCERS.contains(&place.before(steps).as_str()));
    let code_like = here.text.len() >= 4
        && here.text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-')
        && here.text.chars().any(|c| c.is_ascii_alphanumeric());
    let has_digit = here.text.chars().any(|c| c.is_ascii_digit());
    let has_letter = here.text.chars().any(|c| c.is_ascii_uppercase());
    let mixed_six = here.text.len() == 6 && has_digit && has_letter && !here.text.contains('-');
    if !(code_like && (announced && (has_letter || has_digit) || mixed_six && !looks_like_flight(here.text))) {
        return None;
    }
    Some((1, vec![here.say(&spelled(here.text, 3))]))
}

/// "UA 1523", "LH400", "flight 1523".
fn flight_number(place: Place<'_>) -> Reading {
    let here = place.here();
    if let Some((airline, number)) = attached_flight(here.text) {
        return Some((1, vec![here.say(&format!("{} {}", spelled(airline, 9), flight(number)))]));
    }
    if AIRLINES.contains(&here.text)
        && let Some(next) = place.joined(1).filter(|next| {
            digits(next.text, 1, 4) && !place.chunks.get(place.at + 2).is_some_and(|c| money::is_code(c))
        })
    {
        return Some((2, vec![here.say(&spelled(here.text, 9)), next.say(&flight(next.text))]));
    }
    let named = matches!(place.before(1).as_str(), "flight" | "flights" | "room" | "bus" | "train")
        || is_airline_name(&place.before(1)) && digits(here.text, 2, 4);
    (named && digits(here.text, 1, 4)).then(|| (1, vec![here.say(&flight(here.text))]))
}

/// "14C", "B22", "T5".
fn seat_or_gate(place: Place<'_>) -> Reading {
    let here = place.here();
    let text = here.text;
    let front = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let back = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let said = if front.len() == 1 && front.chars().all(|c| c.is_ascii_uppercase()) && digits(&text[1..], 1, 3) {
        format!("_{front} {}", flight(&text[1..]))
    } else if back.len() == 1
        && back.chars().all(|c| c.is_ascii_uppercase())
        && digits(&text[..text.len() - 1], 1, 2)
        && back != "M"
        && back != "K"
    {
        format!("{} _{back}", flight(&text[..text.len() - 1]))
    } else {
        return None;
    };
    Some((1, vec![here.say(&said)]))
}

/// "+1 (212) 555-0187", "1-800-555-0199": digits in groups.
fn phone(place: Place<'_>) -> Reading {
    let mut last = place.at;
    let mut groups: Vec<String> = Vec::new();
    for (at, chunk) in place.chunks.iter().enumerate().skip(place.at) {
        let body = chunk.text.trim_start_matches('+');
        let parts: Vec<_> = body.split(['-', '.', '(', ')']).filter(|p| !p.is_empty()).collect();
        let all_digits = !parts.is_empty() && parts.iter().all(|p| digits(p, 1, 15));
        if !all_digits {
            break;
        }
        groups.extend(parts.iter().map(|p| (*p).to_owned()));
        last = at;
        if !matches!(chunk.trail, "" | ")") {
            break;
        }
    }
    let here = place.here();
    let total: usize = groups.iter().map(String::len).sum();
    let marked = here.text.starts_with('+') || groups.len() >= 3 || here.lead.contains('(') && groups.len() >= 2;
    let plausible = (7..=15).contains(&total)
        && marked
        && !here.text.contains('.')
        && groups.iter().skip(1).all(|g| g.len() >= 2)
        && groups.iter().any(|g| g.len() >= 3);
    if !plausible && !(groups.len() == 2 && groups[0].len() == 3 && groups[1].len() == 10) {
        return None;
    }
    let said: Vec<_> =
        groups.iter().map(|group| if group == "800" { "eight hundred".to_owned() } else { spell(group) }).collect();
    Some((last - place.at + 1, vec![here.say_through(&place.chunks[last], &said.join(" , "))]))
}

/// Letters and digits in one chunk: "A320", "VX-4821", "737-800", "B737MAX".
fn mixed(place: Place<'_>) -> Reading {
    let here = place.here();
    let text = here.text;
    let well_formed = text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-');
    let (has_digit, has_letter) =
        (text.chars().any(|c| c.is_ascii_digit()), text.chars().any(|c| c.is_ascii_uppercase()));
    let aircraft = matches!(text.split('-').next(), Some("737" | "747" | "757" | "767" | "777" | "787" | "717"));
    if !well_formed || !has_digit || !(has_letter || aircraft) || text.starts_with('-') {
        return None;
    }
    let said: Vec<_> =
        runs(text)
            .into_iter()
            .map(|run| {
                if run.len() <= 3 && digits(run, 1, 3) && !run.starts_with('0') { flight(run) } else { spelled(run, 9) }
            })
            .collect();
    Some((1, vec![here.say(&said.join(" "))]))
}

/// Words in capitals: airport and other codes are spelled, acronyms and shouted words are left to the lexicon.
fn capitals(place: Place<'_>) -> Reading {
    let here = place.here();
    let (text, plural) = match here
        .text
        .strip_suffix("s")
        .or_else(|| here.text.strip_suffix("'s"))
        .or_else(|| here.text.strip_suffix("’s"))
    {
        Some(stem) if stem.len() >= 2 && all_capitals(stem) => (stem, true),
        _ => (here.text, false),
    };
    let dotted = dotted_initials(text);
    let letters = dotted.as_deref().unwrap_or(text);
    if dotted.is_none()
        && (!all_capitals(text)
            || text.len() < 2
            || text.len() > 5
            || SAID_AS_WORDS.contains(&text)
            || shouted(place, text))
    {
        return None;
    }
    let mut said = spelled(letters, 9);
    if plural {
        said.push('s');
    }
    Some((1, vec![here.say(&said)]))
}

/// "U.S.", "D.C.", "J.F.K", "K.": the letters alone.
fn dotted_initials(text: &str) -> Option<String> {
    let letters: String = text.chars().filter(|c| *c != '.').collect();
    let single = |part: &str| part.chars().count() == 1 && part.chars().all(|c| c.is_ascii_alphabetic());
    (text.contains('.') && letters.len() >= 2 && text.trim_end_matches('.').split('.').all(single))
        .then(|| letters.to_uppercase())
}

/// In a text all in capitals, words are words. Airports keep their letters.
fn shouted(place: Place<'_>, text: &str) -> bool {
    if AIRPORTS.contains(&text) || AIRLINES.contains(&text) {
        return false;
    }
    let loud = |c: &Chunk<'_>| {
        c.text.chars().filter(|c| c.is_alphabetic()).count() >= 2
            && !c.text.chars().any(char::is_lowercase)
            && !AIRPORTS.contains(&c.text)
    };
    let quiet = place.chunks.iter().filter(|c| c.text.chars().any(char::is_lowercase)).count();
    place.chunks.iter().filter(|c| loud(c)).count() > 2 && quiet == 0
}

/// Letters by name and digits by name, with a breath after every `group`.
fn spelled(code: &str, group: usize) -> String {
    let mut said = Vec::new();
    let mut since_breath = 0;
    for c in code.chars() {
        if since_breath == group || (c == '-' && since_breath > 0) {
            said.push(",".to_owned());
            since_breath = 0;
        }
        if let Some(d) = c.to_digit(10) {
            said.push(cardinal(u64::from(d)));
        } else if c.is_ascii_alphabetic() {
            said.push(format!("_{}", c.to_ascii_uppercase()));
        } else {
            continue;
        }
        since_breath += 1;
    }
    said.join(" ")
}

/// Runs of digits and runs of letters.
fn runs(text: &str) -> Vec<&str> {
    let mut runs = Vec::new();
    for part in text.split('-') {
        let mut rest = part;
        while let Some(first) = rest.chars().next() {
            let end = rest.find(|c: char| c.is_ascii_digit() != first.is_ascii_digit()).unwrap_or(rest.len());
            runs.push(&rest[..end]);
            rest = &rest[end..];
        }
    }
    runs
}

fn attached_flight(text: &str) -> Option<(&str, &str)> {
    let number = text.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let airline = &text[..text.len() - number.len()];
    if airline.len() == 2 && digits(number, 2, 4) {
        return Some((airline, number));
    }
    let (airline, number) = text.split_at_checked(2)?;
    (AIRLINES.contains(&airline) && digits(number, 2, 4)).then_some((airline, number))
}

fn looks_like_flight(text: &str) -> bool {
    attached_flight(text).is_some()
}

fn is_airline_name(word: &str) -> bool {
    [
        "united",
        "delta",
        "american",
        "lufthansa",
        "emirates",
        "ryanair",
        "easyjet",
        "jetblue",
        "southwest",
        "qantas",
        "iberia",
        "klm",
        "finnair",
        "airlines",
        "airways",
    ]
    .contains(&word)
}

fn all_capitals(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_uppercase())
}

fn digits(text: &str, shortest: usize, longest: usize) -> bool {
    (shortest..=longest).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// Words that announce a code.
const ANNOUNCERS: [&str; 10] =
    ["reference", "code", "confirmation", "pnr", "locator", "booking", "record", "voucher", "ticket", "passport"];

/// Capitals that are said as words.
const SAID_AS_WORDS: [&str; 59] = [
    "OK", "NO", "YES", "THE", "AND", "FOR", "YOU", "NOT", "ALL", "ARE", "NEW", "NOW", "TO", "OF", "IN", "ON", "AT",
    "IS", "IT", "WE", "MY", "ME", "SO", "DO", "GO", "IF", "OR", "BY", "BE", "AS", "AN", "UP", "ONE", "TWO", "CAN",
    "MAY", "OUR", "OUT", "ANY", "WAS", "HAS", "HAD", "ONLY", "MUST", "FREE", "NEVER", "NASA", "NATO", "VISA", "UBER",
    "IKEA", "ESTA", "OPEC", "NICE", "ROME", "PIN", "SIM", "GATE", "LATE",
];

/// Airlines by the code in their flight numbers.
const AIRLINES: [&str; 64] = [
    "UA", "AA", "DL", "WN", "B6", "AS", "NK", "F9", "HA", "AC", "WS", "BA", "VS", "LH", "LX", "OS", "SN", "AF", "KL",
    "IB", "VY", "UX", "TP", "AZ", "FR", "U2", "W6", "SK", "DY", "AY", "FI", "EI", "LO", "TK", "PC", "QR", "EK", "EY",
    "SV", "MS", "ET", "SQ", "TR", "CX", "NH", "JL", "KE", "OZ", "TG", "MH", "GA", "AI", "6E", "QF", "NZ", "JQ", "CA",
    "MU", "CZ", "LA", "AV", "CM", "AM", "TS",
];

/// Airports often named by code; they are spelled even among shouted words.
const AIRPORTS: [&str; 60] = [
    "ATL", "BOS", "DEN", "DFW", "EWR", "IAD", "IAH", "JFK", "LAX", "LGA", "MIA", "ORD", "PHL", "PHX", "SAN", "SEA",
    "SFO", "MSP", "DTW", "LAS", "MCO", "CLT", "BWI", "DCA", "SLC", "PDX", "AUS", "BNA", "STL", "ABQ", "YYZ", "YVR",
    "YUL", "LHR", "LGW", "STN", "LTN", "CDG", "ORY", "FRA", "MUC", "BER", "AMS", "MAD", "BCN", "LIS", "FCO", "MXP",
    "ZRH", "VIE", "CPH", "OSL", "ARN", "HEL", "KEF", "DUB", "IST", "DXB", "SIN", "NRT",
];
