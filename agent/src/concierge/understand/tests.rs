//! Tables of what people say and what it means; one `check` knows how to read them. No test here looks at a clock.

use crate::concierge::meaning::{Asked, ChoiceHint, Context, Doubt, Meaning, PlaceMention};
use crate::concierge::understand::{completeness, understand};
use crate::trip::{Code3, DateSpan, Money, Place, TimeWindow};
use jiff::civil::{DateTime, date};
use std::fmt::Write as _;

/// Runs a table. A line is `text => meaning`; `[asked=Origin to=DEN depart=2026-12-04]` sets the context of the lines after it.
///
/// Today is Monday, 23 November 2026 unless `now=` says otherwise. Lines with `#` and empty lines are skipped.
fn check(table: &str) {
    let mut context = context();
    let mut failures = String::new();
    let (mut lines, mut wrong) = (0, 0);
    for line in table.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
        if let Some(settings) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            context = setting(settings);
            continue;
        }
        let (text, expected) = line.split_once("=>").expect("a line has an arrow");
        let (text, expected) = (text.trim(), expected.trim());
        let got = render(&understand(text, &context));
        lines += 1;
        if got != expected {
            wrong += 1;
            let _ = writeln!(failures, "{text} => {got}\n    expected {expected}");
        }
    }
    assert!(failures.is_empty(), "{wrong} of {lines} differ\n{failures}");
}

fn code(text: &str) -> Code3 {
    Code3::parse(text).expect("tables hold good codes")
}

fn context() -> Context {
    Context {
        now: date(2026, 11, 23).at(10, 0, 0, 0),
        currency: code("USD"),
        asked: Asked::Nothing,
        origin: None,
        destination: None,
        depart: None,
        back: None,
        choices: Vec::new(),
    }
}

fn setting(settings: &str) -> Context {
    let mut made = context();
    for (key, value) in settings.split_whitespace().filter_map(|s| s.split_once('=')) {
        match key {
            "asked" => made.asked = asked(value),
            "from" => made.origin = Some(Place::City(code(value))),
            "to" => made.destination = Some(Place::City(code(value))),
            "depart" => made.depart = value.parse().ok(),
            "back" => made.back = value.parse().ok(),
            "now" => made.now = value.parse::<DateTime>().expect("a date and time"),
            "currency" => made.currency = code(value),
            "choices" => made.choices = if value == "hotels" { hotels() } else { flights() },
            _ => panic!("unknown setting {key}"),
        }
    }
    made
}

fn asked(name: &str) -> Asked {
    [
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
    ]
    .into_iter()
    .find(|a| format!("{a:?}") == name)
    .unwrap_or(Asked::Nothing)
}

/// United 7:00 nonstop 240, Delta 9:45 one stop 198, JetBlue 18:30 nonstop 310.
fn flights() -> Vec<ChoiceHint> {
    let flight = |code: &str, name: &str, hour: i8, minute: i8, dollars: i64, stops: usize, minutes: i64| ChoiceHint {
        names: vec![code.to_owned(), name.to_owned()],
        departs: Some(date(2026, 12, 4).at(hour, minute, 0, 0)),
        arrives: Some(date(2026, 12, 4).at(hour + 3, minute, 0, 0)),
        total: Money { minor: dollars * 100, currency: self::code("USD") },
        stops,
        minutes,
    };
    vec![
        flight("UA", "United", 7, 0, 240, 0, 270),
        flight("DL", "Delta", 9, 45, 198, 1, 380),
        flight("B6", "JetBlue", 18, 30, 310, 0, 265),
    ]
}

fn hotels() -> Vec<ChoiceHint> {
    ["Demo Grand Plaza", "Demo Harbor Inn"]
        .into_iter()
        .zip([40_000, 22_000])
        .map(|(name, minor)| ChoiceHint {
            names: vec![name.to_owned(), name.to_owned()],
            departs: None,
            arrives: None,
            total: Money { minor, currency: code("USD") },
            stops: 0,
            minutes: 0,
        })
        .collect()
}

/// A meaning in one line: the act, then what was filled in, in a fixed order. Cities end with `*`, doubtful places with `?`.
fn render(meaning: &Meaning) -> String {
    let s = &meaning.slots;
    let mut out = format!("{:?}", meaning.act);
    let mut put = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(out, " {key}={value}");
        }
    };
    put("yes", meaning.yes.map(|y| y.to_string()));
    put("fix", meaning.correction.then(|| "1".to_owned()));
    put("from", s.origin.as_ref().map(mention));
    put("to", s.destination.as_ref().map(mention));
    put("on", s.depart.map(days));
    put("back", s.back.map(days));
    put("nights", s.nights.map(|n| n.to_string()));
    put("oneway", s.one_way.map(|n| n.to_string()));
    put("time", s.time.map(window));
    put("backtime", s.back_time.map(window));
    put("party", s.party.map(|p| format!("{}/{}/{}", p.adults, p.children, p.infants)));
    put("cabin", s.cabin.map(|c| format!("{c:?}")));
    put("max", s.max_total.map(|m| format!("{}{}", m.minor, m.currency)));
    put("stops", s.max_stops.map(|n| n.to_string()));
    put("air", (!s.airlines.is_empty()).then(|| s.airlines.join(",")));
    put("sort", s.sort.map(|n| format!("{n:?}")));
    put("pick", s.choice.map(|n| n.to_string()));
    put(
        "name",
        (!s.names.is_empty())
            .then(|| s.names.iter().map(|n| format!("{}/{}", n.given, n.family)).collect::<Vec<_>>().join("+")),
    );
    put("ref", s.reference.clone());
    put("stars", s.min_stars.map(|n| n.to_string()));
    for doubt in &meaning.doubts {
        put("doubt", Some(doubtful(doubt)));
    }
    out
}

fn mention(mention: &PlaceMention) -> String {
    format!("{}{}", place(mention.place), if mention.confidence < 0.75 { "?" } else { "" })
}

fn place(place: Place) -> String {
    match place {
        Place::City(code) => format!("{code}*"),
        Place::Airport(code) => code.to_string(),
    }
}

fn days(days: DateSpan) -> String {
    let short = |d: jiff::civil::Date| {
        if d.year() == 2026 {
            format!("{}-{}", d.month(), d.day())
        } else {
            format!("{}-{}-{}", d.year(), d.month(), d.day())
        }
    };
    if days.from == days.to { short(days.from) } else { format!("{}..{}", short(days.from), short(days.to)) }
}

fn window(window: TimeWindow) -> String {
    let short = |t: jiff::civil::Time| format!("{}:{:02}", t.hour(), t.minute());
    format!("{}{}-{}", if window.arrival { "arr:" } else { "" }, short(window.from), short(window.to))
}

fn doubtful(doubt: &Doubt) -> String {
    match doubt {
        Doubt::Place { origin, said, candidates } => {
            let names: Vec<String> = candidates.iter().map(|p| place(*p)).collect();
            format!("{}({}:{})", if *origin { "from" } else { "to" }, said.replace(' ', "_"), names.join("/"))
        }
        Doubt::Date { said } => format!("date({})", said.replace(' ', "_")),
        Doubt::Amount { said } => format!("amount({})", said.replace(' ', "_")),
    }
}

#[test]
fn places_and_routes() {
    check(include_str!("tests/places.txt"));
}

#[test]
fn places_as_recognisers_mishear_them() {
    check(include_str!("tests/misheard.txt"));
}

#[test]
fn days_and_stays() {
    check(include_str!("tests/days.txt"));
}

#[test]
fn times_of_day() {
    check(include_str!("tests/times.txt"));
}

#[test]
fn wishes_money_and_party() {
    check(include_str!("tests/wishes.txt"));
}

#[test]
fn offers_are_chosen() {
    check(include_str!("tests/choices.txt"));
}

#[test]
fn acts_of_conversation() {
    check(include_str!("tests/acts.txt"));
}

#[test]
fn turns_that_lean_on_what_was_said_before() {
    check(include_str!("tests/turns.txt"));
}

#[test]
fn sentences_that_no_rule_was_made_for() {
    check(include_str!("tests/fresh.txt"));
    check(include_str!("tests/fresh2.txt"));
}

#[test]
fn names_and_references() {
    check(include_str!("tests/names.txt"));
}

#[test]
fn utterances_know_whether_they_may_end() {
    let mut context = context();
    let mut failures = String::new();
    for line in
        include_str!("tests/complete.txt").lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'))
    {
        if let Some(settings) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            context = setting(settings);
            continue;
        }
        let (text, expected) = line.split_once("=>").expect("a line has an arrow");
        let got = format!("{:?}", completeness(text.trim(), &context));
        if !expected.trim().split('|').any(|e| e == got) {
            let _ = writeln!(failures, "{text}=> {got}, expected{expected}");
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(120))]

    #[test]
    fn any_text_is_read_without_a_panic(text in ".{0,200}") {
        for asked in [Asked::Nothing, Asked::Name, Asked::Reference, Asked::Choice, Asked::Return] {
            let context = Context { asked, choices: flights(), ..context() };
            let _ = understand(&text, &context);
            let _ = completeness(&text, &context);
        }
    }

    #[test]
    fn any_travel_words_in_any_order_are_read_without_a_panic(words in proptest::collection::vec(proptest::sample::select(WORDS.to_vec()), 0..40)) {
        let text = words.join(" ");
        let context = Context { choices: flights(), depart: Some(date(2026, 12, 4)), ..context() };
        let meaning = understand(&text, &context);
        for days in [meaning.slots.depart, meaning.slots.back].into_iter().flatten() {
            assert!(days.from <= days.to && days.from >= context.now.date(), "{text}: {days:?}");
        }
        for window in [meaning.slots.time, meaning.slots.back_time].into_iter().flatten() {
            assert!(window.from <= window.to, "{text}: {window:?}");
        }
        let _ = completeness(&text, &context);
    }
}

const WORDS: [&str; 96] = [
    "from",
    "to",
    "boston",
    "denver",
    "new",
    "york",
    "next",
    "friday",
    "the",
    "27th",
    "november",
    "last",
    "week",
    "after",
    "before",
    "easter",
    "in",
    "two",
    "weeks",
    "days",
    "later",
    "earlier",
    "and",
    "back",
    "on",
    "sunday",
    "for",
    "three",
    "nights",
    "february",
    "30th",
    "31st",
    "between",
    "8",
    "10",
    "pm",
    "am",
    "around",
    "7",
    "half",
    "past",
    "quarter",
    "noon",
    "midnight",
    "adults",
    "kids",
    "my",
    "wife",
    "me",
    "under",
    "400",
    "$",
    "dollars",
    "hundred",
    "thousand",
    "nonstop",
    "one",
    "stop",
    "way",
    "round",
    "trip",
    "cheapest",
    "second",
    "first",
    "class",
    "business",
    "united",
    "delta",
    "no",
    "yes",
    "not",
    "i",
    "meant",
    "sorry",
    "portland",
    "oregon",
    "a",
    "month",
    "end",
    "of",
    "weekend",
    "this",
    "christmas",
    "eve",
    "day",
    "12/24",
    "2026-02-30",
    "99:99",
    "double",
    "s",
    "as",
    "999999999",
    "a",
    "couple",
    "year",
    "old",
];
