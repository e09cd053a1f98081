//! Finds the places in a line: by name, by code, and by sound where a place must stand. Everyday words are places only in a place's position.

use crate::concierge::meaning::{Asked, Context};
use crate::concierge::understand::atlas::{Guess, atlas, city_code, in_region};
use crate::concierge::understand::line::Line;
use crate::concierge::understand::token::Gap;
use crate::concierge::understand::words::{ends_place, everyday};
use crate::places::{self, PlaceRef};
use crate::trip::{Code3, Place};
use std::ops::Range;

/// A place in a line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mention {
    /// Its words.
    pub(crate) range: Range<usize>,
    /// How it was pointed at.
    pub(crate) marker: Marker,
    /// What it may be, likeliest first, at most four; empty when nothing is near.
    pub(crate) places: Vec<Place>,
    /// How sure the first is, 0.0 to 1.0.
    pub(crate) confidence: f32,
    /// The words that were heard.
    pub(crate) said: String,
}

/// What the words before a place make of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marker {
    /// "From", "out of", "I am in".
    From,
    /// "To", "into", "visiting".
    To,
    /// "In", "at", "for".
    In,
    /// "Between", whose second place follows an "and".
    Between,
    /// "And" right after a place.
    And,
    /// "Back to", "return to", "back from".
    Back,
    /// A stop on the way.
    Via,
    /// "Not".
    Not,
    /// Nothing in particular.
    Bare,
}

/// Below this the policy asks before it acts.
pub(crate) const SURE: f32 = 0.75;

/// Places of a line that are looked at.
const MENTIONS_MAX: usize = 8;

/// Positions of a line where a misheard name is looked for; each costs a walk through the names.
const TRIES_MAX: usize = 4;

/// Words of a name.
const NAME_WORDS_MAX: usize = 5;

/// Finds every place of a line and takes its words.
pub(crate) fn mentions(line: &mut Line<'_>, context: &Context) -> Vec<Mention> {
    let mut found: Vec<Mention> = Vec::new();
    let mut tries = 0;
    let mut i = 0;
    while i < line.len() && found.len() < MENTIONS_MAX {
        let after_place = found.last().is_some_and(|m| m.range.end + 1 == i && line.word(m.range.end) == "and");
        let marker = if after_place { Marker::And } else { marker(line, i) };
        let mention = exact(line, i, marker, context).or_else(|| {
            tries += usize::from(expected(line, i, marker, context));
            if tries <= TRIES_MAX { misheard(line, i, marker, context) } else { None }
        });
        let Some(mut mention) = mention else {
            i += 1;
            continue;
        };
        if line.is(mention.range.end, &["airport", "airports", "area", "city"]) {
            mention.range.end += 1;
        }
        line.take(mention.range.clone());
        i = mention.range.end;
        merge(line, &mut found, mention);
    }
    found
}

/// "Boston Logan", "JFK in New York" are one place.
fn merge(line: &Line<'_>, found: &mut Vec<Mention>, mention: Mention) {
    if let Some(last) = found.last_mut()
        && let (Some(&a), Some(&b)) = (last.places.first(), mention.places.first())
        && city_code(a) == city_code(b)
        && (mention.range.start == last.range.end
            || mention.range.start == last.range.end + 1 && line.is(last.range.end, &["in", "at", "the"]))
    {
        let narrower = if matches!(b, Place::Airport(_)) { b } else { a };
        last.places = vec![narrower];
        last.confidence = last.confidence.max(mention.confidence);
        last.range.end = mention.range.end;
        last.said = line.said(last.range.clone());
        return;
    }
    found.push(mention);
}

/// How the words before a position point at it.
fn marker(line: &Line<'_>, i: usize) -> Marker {
    let mut at = i;
    while at > 0
        && ["the", "downtown", "sunny", "beautiful", "say", "like", "maybe", "uhm"].contains(&line.before(at, 1))
    {
        at -= 1;
    }
    let (one, two) = (line.before(at, 1), line.before(at, 2));
    match one {
        "from" | "form" | "frum" if ["back", "return", "returning", "home"].contains(&two) => Marker::Back,
        "from" | "form" | "frum" | "leaving" | "departing" | "depart" | "originating" => Marker::From,
        "of" if two == "out" => Marker::From,
        "leave" if two != "to" || at == i => Marker::From,
        "to" | "too" | "two" | "tu" | "2" if ["back", "return", "returning", "home"].contains(&two) => Marker::Back,
        "to" | "too" | "two" | "tu" | "2" | "into" | "toward" | "towards" | "visit" | "visiting" | "reach"
        | "explore" => Marker::To,
        "is" if ["destination", "going"].contains(&two) => Marker::To,
        "between" => Marker::Between,
        "via" => Marker::Via,
        "through" if !["go", "going"].contains(&two) => Marker::Via,
        "in" | "at" | "through"
            if ["stop", "stopping", "stopover", "layover", "connecting", "connect", "connection"].contains(&two) =>
        {
            Marker::Via
        }
        "in" | "at" | "near" if here(line, at) => Marker::From,
        "for" if ["leaving", "leave", "heading", "head", "bound", "depart", "departing"].contains(&two) => Marker::To,
        "for" if i > 2 && !line.free(at - 2) => Marker::To,
        "in" | "at" | "near" | "around" | "for" | "of" | "about" => Marker::In,
        "not" | "isnt" | "except" | "without" => Marker::Not,
        _ => Marker::Bare,
    }
}

/// "I am in", "I live near", "we are based in", "starting in".
fn here(line: &Line<'_>, at: usize) -> bool {
    let one = line.before(at, 2);
    ["live", "based", "located", "living", "starting", "start", "begin", "beginning", "here", "departing"]
        .contains(&one)
        || ["am", "are"].contains(&one) && ["i", "we"].contains(&line.before(at, 3))
        || ["currently", "now", "right", "just"].contains(&one) && ["am", "are", "right"].contains(&line.before(at, 3))
}

/// A place is expected here.
fn expected(line: &Line<'_>, i: usize, marker: Marker, context: &Context) -> bool {
    let asked = matches!(context.asked, Asked::Origin | Asked::Destination | Asked::PlaceDoubt);
    let opening = line.gap(i) >= Gap::Comma
        || line.is(
            i.wrapping_sub(1),
            &["is", "said", "meant", "mean", "about", "no", "uh", "yes", "actually", "its", "try", "be", "say"],
        );
    match marker {
        Marker::From | Marker::To | Marker::Between | Marker::Via | Marker::Back | Marker::And => true,
        Marker::In => ["in", "near"].contains(&line.before(i, 1)) || asked || what_about(line, i),
        Marker::Not => true,
        Marker::Bare => {
            asked && opening
                || line.is(i.wrapping_sub(1), &["meant", "said"])
                || i > 0 && line.before(i, 1) == "mean" && line.before(i, 2) == "i"
        }
    }
}

fn what_about(line: &Line<'_>, i: usize) -> bool {
    line.before(i, 1) == "about" && ["what", "how"].contains(&line.before(i, 2))
}

fn exact(line: &Line<'_>, i: usize, marker: Marker, context: &Context) -> Option<Mention> {
    let expected = expected(line, i, marker, context);
    let longest = (1..=NAME_WORDS_MAX).rev().filter(|k| line.all_free(i..i + k));
    for k in longest {
        let range = i..i + k;
        if (i + 1..i + k).any(|j| line.gap(j) == Gap::Stop) {
            continue;
        }
        if let Some(place) = code(line, &range, expected) {
            return Some(known(line, range, marker, vec![place], 0.98));
        }
        let Some(found) = by_name(line, &range, expected) else { continue };
        let (mut places, mut confidence) = rivals(&found);
        if let Some(famous) = famous(line, &range, &found) {
            places.insert(0, famous);
            confidence = 0.6;
        }
        return Some(known(line, range, marker, places, confidence));
    }
    None
}

/// A little place whose name is nearly that of a much used one ("Frankfort"): the other may have been said.
fn famous(line: &Line<'_>, range: &Range<usize>, found: &[PlaceRef]) -> Option<Place> {
    let seats = found.first()?.seats;
    if range.len() > 1 || seats >= 20_000 || seats <= 1 {
        return None;
    }
    let guess = atlas().guesses(line.word(range.start)).into_iter().next().filter(|g| g.score >= 0.85)?;
    let city = places::city_of(guess.place)?;
    (city.seats / 50 > seats && !found.iter().any(|f| city_code(f.place) == city.code)).then_some(guess.place)
}

fn known(line: &Line<'_>, range: Range<usize>, marker: Marker, places: Vec<Place>, confidence: f32) -> Mention {
    let said = line.said(range.clone());
    Mention { range, marker, places, confidence, said }
}

/// Places of the same name: the much more used one is meant, else one must ask.
fn rivals(found: &[PlaceRef]) -> (Vec<Place>, f32) {
    let mut distinct: Vec<PlaceRef> = Vec::new();
    for place in found {
        if !distinct.iter().any(|d| city_code(d.place) == city_code(place.place) || serves(d.place, place.place)) {
            distinct.push(*place);
        }
    }
    let Some(first) = distinct.first().copied() else { return (Vec::new(), 0.0) };
    // A city is not mistaken for the airport of another that bears its name.
    let rival = |p: &PlaceRef| {
        p.place == first.place || matches!(first.place, Place::Airport(_)) || matches!(p.place, Place::City(_))
    };
    let close: Vec<Place> =
        distinct.iter().filter(|p| rival(p) && p.seats * RIVAL_SHARE >= first.seats).take(4).map(|p| p.place).collect();
    if close.len() > 1 { (close, 0.6) } else { (vec![first.place], 1.0) }
}

/// The airport is one of the city's.
fn serves(city: Place, airport: Place) -> bool {
    matches!((city, airport), (Place::City(_), Place::Airport(code)) if places::airports_of(city).contains(&code))
}

/// A place of the same name is a rival when it has at least this part of the seats.
const RIVAL_SHARE: u32 = 11;

/// A three-letter code: in capitals, spelled, or where a place is expected.
fn code(line: &Line<'_>, range: &Range<usize>, expected: bool) -> Option<Place> {
    let word = joined(line, range);
    let code = Code3::parse(&word)?;
    let token = line.tokens.get(range.start)?;
    let all_shouted = line.tokens.iter().all(|t| t.shouted || t.word.len() == 1);
    let spelled = token.spelled || range.len() == 3;
    let sure = match range.len() {
        1 => {
            spelled
                || token.shouted && !all_shouted
                || expected
                    && !everyday(&word)
                    && !ends_place(&word)
                    && !OPENERS.contains(&word.as_str())
                    && closes(line, range.end)
                || token.shouted && line.len() <= 2
        }
        3 => range.clone().all(|i| line.word(i).len() == 1),
        _ => false,
    };
    if !sure || range.len() == 1 && !atlas().exact(&word).is_empty() {
        return None;
    }
    let airport = places::airport(code);
    let city = places::city(code).filter(|city| city.airports.len() > 1 && airport.is_none_or(|a| a.city != city.code));
    let common = token.shouted
        || spelled
        || airport.is_some_and(|a| a.seats >= COMMON_SEATS)
        || city.is_some_and(|c| c.seats >= COMMON_SEATS);
    match (city, airport) {
        _ if !common => None,
        (Some(city), _) => Some(Place::City(city.code)),
        (None, Some(airport)) => Some(Place::Airport(airport.code)),
        (None, None) => None,
    }
}

/// Words that open names of places and are codes besides.
const OPENERS: [&str; 8] = ["san", "los", "las", "new", "del", "sao", "rio", "bad"];

/// Places with as many seats a month are heard without capitals.
const COMMON_SEATS: u32 = 100_000;

fn joined(line: &Line<'_>, range: &Range<usize>) -> String {
    range.clone().map(|i| widened(line.word(i))).collect()
}

/// Short forms as the gazetteer writes them.
fn widened(word: &str) -> &str {
    match word {
        "st" => "saint",
        "ft" => "fort",
        "mt" => "mount",
        _ => word,
    }
}

fn spaced(line: &Line<'_>, range: &Range<usize>) -> String {
    range.clone().map(|i| line.word(i)).collect::<Vec<_>>().join(" ")
}

fn by_name(line: &Line<'_>, range: &Range<usize>, expected: bool) -> Option<Vec<PlaceRef>> {
    let key = joined(line, range);
    let with_state = || {
        let last = range.end - 1;
        let token = line.tokens.get(last).filter(|t| t.shouted || t.spelled)?;
        let state = atlas().state(&token.word)?;
        Some(joined(line, &(range.start..last)) + state)
    };
    let found = match atlas().exact(&key) {
        [] if range.len() > 1 && with_state().is_some_and(|key| !atlas().exact(&key).is_empty()) => {
            return Some(atlas().exact(&with_state()?).to_vec());
        }
        found => found,
    };
    if found.is_empty() {
        return region(line, range, &key, expected);
    }
    if line.word(range.end) == "state" && !atlas().region(&key).is_empty() {
        return region(line, &range.clone(), &key, true);
    }
    if line.word(range.start) == "the" && range.clone().all(|i| everyday(line.word(i))) {
        return None;
    }
    let written = !places::by_name(&places::normalize(&spaced(line, range))).is_empty();
    plausible(line, range, &key, found, expected, written).then(|| found.to_vec())
}

/// A state or a country: its most used cities, none of them sure.
fn region(line: &Line<'_>, range: &Range<usize>, key: &str, expected: bool) -> Option<Vec<PlaceRef>> {
    let cities = atlas().region(key);
    let capital = line.tokens.get(range.start).is_some_and(|t| t.capital);
    if cities.is_empty()
        || !(expected || capital)
        || key.len() < 4 && !line.tokens.get(range.start).is_some_and(|t| t.shouted || t.spelled)
    {
        return None;
    }
    // Equal weights: which city is meant must be asked.
    Some(cities.iter().map(|place| PlaceRef { place: *place, seats: 1 }).collect())
}

/// A name in the gazetteer is meant as one.
fn plausible(
    line: &Line<'_>,
    range: &Range<usize>,
    key: &str,
    found: &[PlaceRef],
    expected: bool,
    written: bool,
) -> bool {
    let seats = found.first().map_or(0, |p| p.seats);
    let token = line.tokens.get(range.start);
    let capital = token.is_some_and(|t| t.capital && line.gap(range.start) < Gap::Stop);
    let loud = token.is_some_and(|t| t.shouted || t.spelled);
    if range.len() > 1 {
        let ragged = ends_place(line.word(range.start)) || ends_place(line.word(range.end - 1));
        let common = range.clone().all(|i| everyday(line.word(i)) || ends_place(line.word(i)));
        return if written {
            seats >= 15_000 || expected || !common
        } else {
            !ragged && seats >= COMMON_SEATS && key.len() >= 3
        };
    }
    if key.len() <= 3 && (everyday(key) || ends_place(key) || key.len() <= 2) {
        return loud && key.len() >= 2 && !line.tokens.iter().all(|t| t.shouted)
            || expected && !everyday(key) && !ends_place(key);
    }
    if everyday(key) || ends_place(key) {
        return expected
            && closes(line, range.end)
            && (capital || seats >= 150_000 || line.before(range.start, 1) == "from");
    }
    expected || seats >= 25_000 || capital && seats > 2_000 || line.len() == 1
}

/// Nothing follows that would make a verb or a quality of the word before.
fn closes(line: &Line<'_>, at: usize) -> bool {
    line.gap(at) >= Gap::Comma
        || ends_place(line.word(at))
            && !line.is(at, &["the", "a", "an", "it", "my", "that", "of", "with", "me", "you", "up", "out"])
        || !line.free(at)
}

/// A name that is in no list, where a place must stand.
fn misheard(line: &Line<'_>, i: usize, marker: Marker, context: &Context) -> Option<Mention> {
    if !expected(line, i, marker, context) || !line.free(i) {
        return None;
    }
    let strange = !everyday(line.word(i)) && !ends_place(line.word(i)) && line.word(i).len() > 1;
    let mut best: Option<(usize, Vec<Guess>, f32)> = None;
    for k in 1..=4 {
        let range = i..i + k;
        if !line.all_free(range.clone())
            || (i + 1..i + k).any(|j| line.gap(j) >= Gap::Comma)
            || line.word(i + k - 1).starts_with(|c: char| c.is_ascii_digit())
        {
            break;
        }
        let Some(guesses) = guesses(line, &range) else { continue };
        let (guesses, qualified) = qualified(line, range.end, guesses);
        let score = guesses.first().map_or(0.0, |g| g.score) + 0.01 * k as f32;
        if best.as_ref().is_none_or(|(_, _, b)| score > *b) {
            best = Some((k + qualified, guesses, score));
        }
    }
    if let Some((k, guesses, _)) = best {
        return Some(guessed(line, i..i + k, marker, &guesses));
    }
    let led = line.is(
        i.wrapping_sub(2),
        &[
            "go", "going", "fly", "flying", "flight", "flights", "travel", "get", "trip", "ticket", "tickets",
            "heading", "head",
        ],
    );
    let unknown_matters = marker == Marker::From && !line.is(i.wrapping_sub(1), &["leave"])
        || marker == Marker::To && (led || line.tokens.get(i).is_some_and(|t| t.capital) || i <= 1)
        || matches!(context.asked, Asked::Origin | Asked::Destination) && line.len() <= 3;
    (strange && unknown_matters && line.word(i).len() >= 3).then(|| known(line, i..i + 1, marker, Vec::new(), 0.0))
}

/// "San Hose California": a state or country after the name leaves the guesses that are in it, and makes them surer.
fn qualified(line: &Line<'_>, at: usize, guesses: Vec<Guess>) -> (Vec<Guess>, usize) {
    for k in (1..=3).rev() {
        let region = at..at + k;
        if !line.all_free(region.clone()) {
            continue;
        }
        let key = joined(line, &region);
        let inside: Vec<Guess> = guesses
            .iter()
            .filter(|g| in_region(g.place, &key))
            .map(|g| Guess { score: (g.score + 0.1).min(1.0), ..*g })
            .collect();
        if !inside.is_empty() {
            return (inside, k);
        }
    }
    (guesses, 0)
}

fn guesses(line: &Line<'_>, range: &Range<usize>) -> Option<Vec<Guess>> {
    let key = joined(line, range);
    let plain = range.clone().filter(|&i| everyday(line.word(i)) || ends_place(line.word(i))).count();
    let ends = range.clone().any(|i| ends_place(line.word(i)));
    if key.len() < 4 || plain == range.len() && range.len() == 1 {
        return None;
    }
    let guesses = atlas().guesses(&key);
    let score = guesses.first()?.score;
    let needed = if (ends || plain == range.len()) && key.len() < 6 {
        2.0
    } else if ends || plain == range.len() {
        0.86
    } else if plain > 0 {
        0.78
    } else {
        0.0
    };
    (score >= needed).then_some(guesses)
}

fn guessed(line: &Line<'_>, range: Range<usize>, marker: Marker, guesses: &[Guess]) -> Mention {
    let first = guesses.first().map_or(0.0, |g| g.score);
    let second = guesses.get(1).map_or(0.0, |g| g.score);
    let confidence = if first - second < MARGIN { first.min(0.7) } else { first.min(0.95) };
    let places = guesses.iter().filter(|g| confidence < SURE || g.score >= first - 0.1).map(|g| g.place).collect();
    known(line, range, marker, places, confidence)
}

/// Two guesses closer than this are both possible.
const MARGIN: f32 = 0.04;
