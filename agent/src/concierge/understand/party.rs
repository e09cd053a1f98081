//! Who travels: adults, children and infants of a line. Whoever says "my wife and I" travels too.

use crate::concierge::meaning::{Asked, Context, Slots};
use crate::concierge::understand::line::Line;
use crate::concierge::understand::number;
use crate::trip::Party;

/// Fills in who travels and takes the words.
pub(crate) fn fill(line: &mut Line<'_>, context: &Context, slots: &mut Slots) {
    let mut count = Count::default();
    let mut i = 0;
    while i < line.len() {
        let end = if line.free(i) { group(line, i, &mut count) } else { None };
        if let Some(end) = end {
            line.take(i..end);
            i = end;
        } else {
            i += 1;
        }
    }
    slots.party = count.party();
    if slots.party.is_none() {
        slots.party = bare(line, context);
    }
}

/// Travellers of one booking; more are a group, and asked for by other ways.
const TRAVELLERS_MAX: u64 = 9;

#[derive(Default)]
struct Count {
    /// Adults that were counted ("two adults").
    adults: Option<u64>,
    /// Travellers of any age that were counted ("four people").
    people: Option<u64>,
    /// Relatives and friends of the speaker.
    with: u64,
    children: u64,
    infants: u64,
    /// The speaker was named, or alone.
    speaker: bool,
}

impl Count {
    fn party(&self) -> Option<Party> {
        let said = self.adults.is_some()
            || self.people.is_some()
            || self.with > 0
            || self.children > 0
            || self.infants > 0
            || self.speaker;
        let adults = match (self.adults, self.people) {
            (Some(adults), _) => adults + self.with,
            (None, Some(people)) => people.saturating_sub(self.children + self.infants).max(1),
            (None, None) => 1 + self.with,
        };
        let sane = said && adults >= 1 && adults + self.children <= TRAVELLERS_MAX && self.infants <= adults;
        let small = |n: u64| u8::try_from(n).ok();
        sane.then(|| {
            Some(Party { adults: small(adults)?, children: small(self.children)?, infants: small(self.infants)? })
        })
        .flatten()
    }
}

/// Reads one group of travellers at a position.
fn group(line: &Line<'_>, i: usize, count: &mut Count) -> Option<usize> {
    for pattern in [
        "just|only me|myself",
        "by myself",
        "on my own",
        "me? alone",
        "solo",
        "just the? one of? us?",
        "just|only for me",
        "for me only",
        "for myself",
        "me only",
    ] {
        if let Some(end) = line.at(i, pattern).filter(|&end| {
            end > i && !line.is(end, &["and"]) && line.at(i, "just the? one").is_none_or(|e| e == line.len())
        }) {
            count.speaker = true;
            return Some(end);
        }
    }
    if let Some(end) = line.at(i, "the? party|group|family of").filter(|_| true)
        && let Some((n, end)) = number::count(line, end)
    {
        count.people = Some(n);
        return Some(end);
    }
    if let Some(end) = line.at(i, "my|our|his|her|a|the? parents").filter(|&e| e > i) {
        count.with += 2;
        return Some(end);
    }
    if let Some(end) = aged(line, i, count) {
        return Some(end);
    }
    if let Some((n, at)) = line.at(i, "the|us|all").map_or_else(|| number::count(line, i), |at| number::count(line, at))
        && n <= TRAVELLERS_MAX
        && let Some(end) = counted(line, at, n, i, count)
    {
        return Some(end);
    }
    let at = line.at(i, "my|our|the").filter(|&at| at > i)?;
    let at = line.at(at, "little|young|newborn|old").unwrap_or(at);
    related(line.word(at), count).then_some(at + 1)
}

/// "Two adults", "three of us", "a child", "two kids", "one infant", "two tickets".
fn counted(line: &Line<'_>, at: usize, n: u64, start: usize, count: &mut Count) -> Option<usize> {
    let at = line.at(at, "more|other|additional|young|little|small").unwrap_or(at);
    let article = line.is(start, &["a", "an"]);
    match line.word(at) {
        "adult" | "adults" | "grownups" | "seniors" | "senior" => count.adults = Some(count.adults.unwrap_or(0) + n),
        "people" | "persons" | "person" | "passengers" | "passenger" | "travelers" | "travellers" | "traveler"
        | "traveller" | "guests" | "guest" | "peoples" => count.people = Some(n),
        "ticket" | "tickets" | "seats" if !article => count.people = Some(n),
        "seat" if !article => count.people = Some(n),
        "of" if line.is(at + 1, &["us", "them"]) => {
            count.people = Some(n);
            return Some(at + 2);
        }
        "kid" | "kids" | "child" | "children" | "childs" | "boys" | "girls" | "sons" | "daughters" | "toddler"
        | "toddlers" => count.children += n,
        "infant" | "infants" | "baby" | "babies" | "newborn" | "newborns" => count.infants += n,
        "friend" | "friends" | "colleague" | "colleagues" | "coworkers" | "buddies" => count.with += n,
        _ => return None,
    }
    Some(at + 1)
}

/// "My two kids", "my three year old", "a six month old baby".
fn aged(line: &Line<'_>, i: usize, count: &mut Count) -> Option<usize> {
    let at = line.at(i, "my|our|a|and|with").unwrap_or(i);
    let (n, unit) = number::cardinal(line, at)?;
    if let Some(end) = line.at(unit, "year|years|month|months old|olds") {
        match (line.word(unit), n) {
            ("month" | "months", 0..24) | ("year" | "years", 0..2) => count.infants += 1,
            ("year" | "years", 2..12) => count.children += 1,
            _ => count.with += 1,
        }
        return Some(line.at(end, "son|daughter|boy|girl|kid|child|baby|twins").unwrap_or(end));
    }
    (at > i && line.is(i, &["my", "our"])).then(|| counted(line, unit, n, i, count)).flatten()
}

/// One relative or friend.
fn related(word: &str, count: &mut Count) -> bool {
    match word {
        "wife" | "husband" | "partner" | "girlfriend" | "boyfriend" | "friend" | "mom" | "mum" | "mother" | "dad"
        | "father" | "brother" | "sister" | "boss" | "colleague" | "fiance" | "fiancee" | "spouse" | "grandma"
        | "grandmother" | "grandpa" | "grandfather" | "uncle" | "aunt" | "cousin" | "roommate" | "coworker"
        | "assistant" => count.with += 1,
        "kid" | "child" | "son" | "daughter" | "toddler" => count.children += 1,
        "baby" | "infant" | "newborn" => count.infants += 1,
        _ => return false,
    }
    true
}

/// "For four" at the end of a clause, and a bare number when it was asked how many travel.
fn bare(line: &mut Line<'_>, context: &Context) -> Option<Party> {
    let asked = context.asked == Asked::Party;
    for i in 0..line.len() {
        let led = line.at(i, "for|with|total|of").filter(|_| line.free(i));
        let Some(at) = led.or_else(|| (asked && line.free(i)).then_some(i)) else { continue };
        let read = if led.is_some() {
            number::cardinal(line, at)
                .or_else(|| number::count(line, at).filter(|_| line.is(at, &["to", "too", "for"])))
        } else {
            number::count(line, at)
        };
        let Some((n, end)) = read.filter(|(n, _)| (1..=TRAVELLERS_MAX).contains(n)) else { continue };
        let closes = end >= line.len()
            || line.is(
                end,
                &[
                    "please",
                    "on",
                    "from",
                    "to",
                    "in",
                    "next",
                    "this",
                    "tomorrow",
                    "leaving",
                    "and",
                    "with",
                    "at",
                    "total",
                    "returning",
                    "instead",
                ],
            )
            || !line.free(end);
        let word_is_number = !line.is(at, &["a", "an", "to", "too", "for"]) || end >= line.len();
        if closes && word_is_number && line.all_free(i..end) && (line.before(i, 1) != "make") {
            line.take(i..end);
            return Some(Party { adults: u8::try_from(n).ok()?, children: 0, infants: 0 });
        }
    }
    if asked && line.is_whole(&["me", "i am", "i", "one", "single", "myself", "it is? me", "just me", "alone"]) {
        line.take(0..line.len());
        return Some(Party::default());
    }
    if asked && line.is_whole(&["a|the|us? couple", "both of us", "us both", "the|us two", "the two of us"]) {
        line.take(0..line.len());
        return Some(Party { adults: 2, children: 0, infants: 0 });
    }
    None
}
