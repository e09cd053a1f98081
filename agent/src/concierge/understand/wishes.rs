//! Cabin, stops, airlines, order and stars that a line wishes for. It reads no amounts and no times.

use crate::concierge::meaning::Slots;
use crate::concierge::understand::atlas::atlas;
use crate::concierge::understand::line::Line;
use crate::concierge::understand::number;
use crate::concierge::understand::words::{ends_place, everyday};
use crate::places;
use crate::trip::{Cabin, Sort};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Fills in the wishes of a line and takes their words.
pub(crate) fn fill(line: &mut Line<'_>, slots: &mut Slots) {
    slots.cabin = first(line, &CABINS);
    slots.max_stops = first(line, &NO_STOPS).or_else(|| stops(line));
    slots.min_stars = stars(line);
}

/// Fills in the order that is wished for; comes after days and times, whose "earlier" and "later" are their own.
pub(crate) fn order(line: &mut Line<'_>, slots: &mut Slots) {
    slots.sort = first(line, &SORTS);
}

/// Fills in the airlines of a line and takes their words; a name that is also an everyday word needs a word of flying beside it.
pub(crate) fn airlines(line: &mut Line<'_>, slots: &mut Slots) {
    let mut i = 0;
    while i < line.len() {
        let found = (1..=3).rev().find_map(|k| airline(line, i, k).map(|code| (code, k)));
        let Some((code, k)) = found else {
            i += 1;
            continue;
        };
        let end = line.at(i + k, "airlines|airline|airways").unwrap_or(i + k);
        let unwanted = line.is(i.wrapping_sub(1), &["not", "avoid", "except", "hate", "dont"])
            || line.is(i.wrapping_sub(1), &["with", "on"]) && line.is(i.wrapping_sub(2), &["not"]);
        line.take(i..end);
        if !unwanted && !slots.airlines.iter().any(|a| a == code) && slots.airlines.len() < AIRLINES_MAX {
            slots.airlines.push(code.to_owned());
        }
        i = end;
    }
}

/// Airlines of one line.
const AIRLINES_MAX: usize = 4;

fn first<T: Copy>(line: &mut Line<'_>, patterns: &[(&str, T)]) -> Option<T> {
    let (range, value) = patterns.iter().find_map(|(pattern, value)| {
        let range = line.find(pattern)?;
        line.all_free(range.clone()).then_some((range, *value))
    })?;
    line.take(range);
    Some(value)
}

const CABINS: [(&str, Cabin); 9] = [
    ("premium economy class?", Cabin::PremiumEconomy),
    ("economy premium|plus", Cabin::PremiumEconomy),
    ("comfort|economy plus", Cabin::PremiumEconomy),
    ("in|fly|flying|book|for|a|upgrade business class|cabin|seat|seats?", Cabin::Business),
    ("business class|cabin|seat|seats|flight|please|fare|fares|ticket|tickets", Cabin::Business),
    ("in|fly|flying|a? first class|cabin", Cabin::First),
    ("in|fly first please?", Cabin::First),
    ("in? economy|coach class|cabin|seat|seats?", Cabin::Economy),
    ("main|standard cabin|class", Cabin::Economy),
];

const NO_STOPS: [(&str, u8); 9] = [
    ("nonstop|nonstops flight|flights|one|only?", 0),
    ("direct flight|flights|only|one|route|please?", 0),
    ("directly", 0),
    ("without any|a? stops|stop|layovers|layover|connections|connection|stopovers|changing|changes", 0),
    ("no stops|layovers|connections|layover|stopovers|stop|connection|changes", 0),
    ("dont want any? stops|layovers|connections|to? stop", 0),
    ("zero stops|layovers|connections", 0),
    ("straight flight|through|there", 0),
    ("dont want to change planes", 0),
];

fn stops(line: &mut Line<'_>) -> Option<u8> {
    const UNITS: &str = "stop|stops|layover|layovers|connection|connections|stopover|stopovers";
    const LEADS: [&str; 5] = ["at most", "up to", "no|not more than", "max|maximum|maximum of|only|just", "with"];
    for i in 0..line.len() {
        let at = LEADS.iter().filter_map(|p| line.at(i, p)).max().unwrap_or(i);
        let Some((n, unit)) = number::count(line, at) else { continue };
        let Some(end) = line.at(unit, UNITS) else { continue };
        if n > 4 || !line.all_free(i..end) || line.is(at, &["to", "for"]) && at == i {
            continue;
        }
        let end = line
            .at(end, "or less|fewer|max|maximum|at")
            .unwrap_or_else(|| line.at(end, "max|maximum|at? most").unwrap_or(end));
        line.take(i..end);
        return u8::try_from(n).ok();
    }
    None
}

fn stars(line: &mut Line<'_>) -> Option<u8> {
    let (i, n, end) = (0..line.len()).find_map(|i| {
        let (n, at) = number::cardinal(line, i)?;
        let end = line.at(at, "or? more|better? star|stars or? more|better|plus|up?")?;
        (1..=5).contains(&n).then_some((i, n, end))
    })?;
    line.take(i..end);
    u8::try_from(n).ok()
}

const SORTS: [(&str, Sort); 16] = [
    (
        "cheapest|lowest|cheaper|cheap|inexpensive|affordable|budget fare|fares|price|flight|flights|option|ticket|tickets|one|possible?",
        Sort::Cheapest,
    ),
    ("less|least expensive|money", Sort::Cheapest),
    ("not too|so|very expensive", Sort::Cheapest),
    ("lower|low|best|better price|prices|fare|fares|cost|deal|rate", Sort::Cheapest),
    ("best|good deals|deal|bargain", Sort::Cheapest),
    ("save money", Sort::Cheapest),
    ("fastest|quickest|shortest flight|flights|option|one|route|way|possible?", Sort::Fastest),
    ("faster|quicker|shorter flight|flights|option|one|route|way?", Sort::Fastest),
    ("as quickly|fast as possible", Sort::Fastest),
    ("earliest|soonest flight|flights|option|one|departure|possible?", Sort::Earliest),
    ("earlier flight|flights|option|one|departure|in?", Sort::Earliest),
    ("latest|last flight|flights|departure", Sort::Latest),
    ("later flight|flights|option|one|departure|in?", Sort::Latest),
    ("latest", Sort::Latest),
    ("sooner", Sort::Earliest),
    ("first flight out", Sort::Earliest),
];

fn airline(line: &Line<'_>, i: usize, k: usize) -> Option<&'static str> {
    if !line.all_free(i..i + k) {
        return None;
    }
    let name: String = (i..i + k).map(|j| line.word(j)).collect();
    let flown = line.is(i + k, &["airlines", "airline", "airways", "flight", "flights", "one", "option", "air"]);
    let led = line
        .is(i.wrapping_sub(1), &["on", "with", "fly", "by", "flying", "take", "prefer", "the", "only", "about", "try"])
        || line.before(i, 1) == "via";
    let token = line.tokens.get(i)?;
    if k == 1
        && token.shouted
        && name.len() == 2
        && places::airline(&name).is_some()
        && (flown || led && !everyday(&name))
    {
        return places::airline(&name).map(|a| a.code);
    }
    let code = *names().get(&name)?;
    if k > 1
        && (i..i + k).any(|j| ends_place(line.word(j)) || line.word(j).len() < 3)
        && places::normalize(places::airline(code)?.name).replace(' ', "") != name
    {
        return None;
    }
    let plain = k == 1 && (everyday(&name) || AMBIGUOUS.contains(&name.as_str()));
    let capital = token.capital && i > 0;
    (name.len() > 3 || token.shouted || token.spelled || flown).then_some(())?;
    (!plain || flown || led && (capital || AMBIGUOUS.contains(&name.as_str()))).then_some(code)
}

/// Names of airlines that are also words, places or people.
const AMBIGUOUS: [&str; 24] = [
    "american",
    "united",
    "spirit",
    "frontier",
    "delta",
    "southwest",
    "alaska",
    "hawaiian",
    "eagle",
    "sky",
    "wizz",
    "vision",
    "swiss",
    "austrian",
    "qatar",
    "emirates",
    "volga",
    "porter",
    "flair",
    "level",
    "condor",
    "discover",
    "breeze",
    "avelo",
];

/// Every name of an airline without its blanks.
fn names() -> &'static BTreeMap<String, &'static str> {
    static NAMES: OnceLock<BTreeMap<String, &'static str>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let mut all = BTreeMap::new();
        for airline in places::airlines() {
            for name in std::iter::once(&airline.name).chain(&airline.names) {
                let mut plain = places::normalize(name);
                plain.retain(|c| c != ' ');
                all.entry(plain.clone()).or_insert(airline.code);
                for tail in ["airlines", "airline", "airways"] {
                    if let Some(short) = plain
                        .strip_suffix(tail)
                        .filter(|s| s.len() > 3 && atlas().exact(s).is_empty() && atlas().region(s).is_empty())
                    {
                        all.entry(short.to_owned()).or_insert(airline.code);
                    }
                }
            }
        }
        for (said, code) in NICKNAMES {
            all.insert(said.to_owned(), code);
        }
        all
    })
}

/// Nicknames of airlines that lists of names leave out.
const NICKNAMES: [(&str, &str); 10] = [
    ("aa", "AA"),
    ("ba", "BA"),
    ("swa", "WN"),
    ("ua", "UA"),
    ("speedbird", "BA"),
    ("dutchairlines", "KL"),
    ("jetblew", "B6"),
    ("southwestern", "WN"),
    ("lufthanza", "LH"),
    ("loofthansa", "LH"),
];
