//! The days of a line in their roles: departure, return, and the length of the stay. A day that is past or does not exist becomes a doubt.

use crate::concierge::meaning::{Asked, Context, Doubt, Slots};
use crate::concierge::understand::calendar::{days_between, next_day_of_month, next_month_day, one, span};
use crate::concierge::understand::day::{From, Read, read, weekday_of};
use crate::concierge::understand::line::Line;
use crate::concierge::understand::number;
use crate::concierge::understand::way::{Way, asked_way, way};
use crate::trip::DateSpan;
use std::ops::Range;

/// Fills in the days of a line, takes their words, and answers the doubts.
pub(crate) fn fill(line: &mut Line<'_>, context: &Context, slots: &mut Slots) -> Vec<Doubt> {
    stay(line, slots);
    let mut doubts = Vec::new();
    let mut since = 0;
    let mut i = 0;
    while i < line.len() {
        let Some((range, read)) = next_mention(line, i, since, context, slots) else {
            i += 1;
            continue;
        };
        let (way, begin) = (role(line, since, &range, context, slots), since);
        if denied(line, &range) {
            line.take(range.clone());
        } else {
            let read = joined(line, &range, read, context, way, slots, &mut doubts);
            line.take(range.start..read.end);
            put(line, begin, way, &(range.start..read.end), &read, slots, &mut doubts);
        }
        since = range.end;
        i = range.end.max(i + 1);
        while i < line.len() && !line.free(i) {
            i += 1;
        }
    }
    doubts
}

/// The expression at a position, read in the light of its way.
fn next_mention(
    line: &Line<'_>,
    i: usize,
    since: usize,
    context: &Context,
    slots: &Slots,
) -> Option<(Range<usize>, Read)> {
    let routed = speaks_of_route(line);
    let first = read(line, i, from(context, slots, Way::There, routed))?;
    let range = i..first.end;
    match role(line, since, &range, context, slots) {
        Way::Back => read(line, i, from(context, slots, Way::Back, routed)).map(|r| (i..r.end, r)),
        Way::There | Way::Unsaid => Some((range, first)),
    }
}

/// Does the line speak of a journey of its own: a hotel, to or from somewhere? A flight without a place is the planned one.
fn speaks_of_route(line: &Line<'_>) -> bool {
    let leads = |i: usize| {
        let next = line.word(i + 1);
        line.is(i, &["to", "from"]) && weekday_of(next).is_none() && !NO_PLACE.contains(&next) && i + 1 < line.len()
    };
    (0..line.len()).any(|i| line.is(i, &["hotel", "hotels"]) || leads(i))
}

fn from(context: &Context, slots: &Slots, way: Way, routed: bool) -> From {
    let today = context.now.date();
    let pointed = matches!(context.asked, Asked::Depart | Asked::Return);
    let departs = slots.depart.map(|d| d.from).or(context.depart);
    match way {
        Way::Back => From {
            today,
            pointed,
            base: departs.unwrap_or(today),
            planned: if slots.depart.is_some() { departs } else { context.back.or(departs) },
            changes: None,
        },
        Way::There | Way::Unsaid => {
            // "Make it Saturday" is about the trip that is planned; a day with a route is a trip of its own.
            let changes = context.depart.filter(|_| slots.depart.is_none() && !routed);
            From { today, pointed, base: today, planned: departs, changes }
        }
    }
}

fn role(line: &Line<'_>, since: usize, range: &Range<usize>, context: &Context, slots: &Slots) -> Way {
    match way(line, since, range) {
        Way::Unsaid if slots.depart.is_some() && connected(line, range) => Way::Back,
        Way::Unsaid
            if slots.depart.is_some()
                && slots.back.is_none()
                && line.is(range.start, &["the"])
                && line.at(range.start, "the _ after").is_some() =>
        {
            Way::Back
        }
        Way::Unsaid => asked_way(context),
        way => way,
    }
}

/// "Friday to Sunday", "the third through the tenth".
fn connected(line: &Line<'_>, range: &Range<usize>) -> bool {
    let before = range.start.wrapping_sub(1);
    let at = if line.is(before, &["the"]) { before.wrapping_sub(1) } else { before };
    line.is(at, &["to", "through", "thru"]) && !line.free(at.wrapping_sub(1)) && at > 0
}

/// "Not Friday".
fn denied(line: &Line<'_>, range: &Range<usize>) -> bool {
    let at = range.start.wrapping_sub(1);
    line.is(at, &["not"]) || line.is(at, &["on"]) && line.is(at.wrapping_sub(1), &["not"])
}

/// Two days that belong together: "the 3rd or the 4th", "between Friday and Sunday", "December 3rd to 10th", "the 3rd to the 10th of December".
fn joined(
    line: &Line<'_>,
    range: &Range<usize>,
    first: Read,
    context: &Context,
    way: Way,
    slots: &mut Slots,
    doubts: &mut Vec<Doubt>,
) -> Read {
    let link = line.word(first.end);
    let between = line.is(range.start.wrapping_sub(1), &["between"]) || line.before(range.start, 2) == "between";
    let at = line.at(first.end + 1, "the|on").unwrap_or(first.end + 1);
    let base = from(context, slots, way, speaks_of_route(line));
    let later = From { base: first.days.map_or(base.base, |d| d.from), ..base };
    let second = match link {
        "or" => read(line, at, later),
        "and" if between => read(line, at, later),
        "to" | "through" | "thru" | "until" | "till" => {
            read(line, at, later).or_else(|| bare_day(line, at, &first, later))
        }
        _ => None,
    };
    let Some(second) = second else { return first };
    let days = opening_day(&first, &second, base).or(first.days);
    let (Some(a), Some(b)) = (days, second.days) else {
        doubts.push(Doubt::Date { said: line.said(range.start..second.end) });
        return Read { end: second.end, days: None, ..first };
    };
    if matches!(link, "or" | "and") {
        let close = days_between(a.from, b.to) <= 14;
        return Read {
            end: if close { second.end } else { first.end },
            days: Some(if close { span(a.from, b.to) } else { a }),
            ..first
        };
    }
    if slots.back.is_none() && way != Way::Back {
        slots.back = Some(b);
        return Read { end: second.end, days: Some(a), ..first };
    }
    Read { days: Some(a), ..first }
}

/// "The 3rd to the 10th of December": the first day is of that month too.
fn opening_day(first: &Read, second: &Read, base: From) -> Option<DateSpan> {
    let (day, month) = (first.day_only?, second.month?);
    let last = second.days?.from;
    next_month_day(base.base, month, day).filter(|d| *d <= last).map(one)
}

/// "December 3rd to 10".
fn bare_day(line: &Line<'_>, at: usize, first: &Read, later: From) -> Option<Read> {
    first.month.filter(|_| first.days.is_some())?;
    let day = number::digits(line.word(at)).filter(|n| (1..=31).contains(n))?;
    if line.is(at + 1, &["am", "pm", "people", "adults", "oclock"]) {
        return None;
    }
    let days = next_day_of_month(later.base, i8::try_from(day).ok()?).map(one);
    Some(Read { end: at + 1, days, day_only: None, month: None })
}

fn put(
    line: &Line<'_>,
    since: usize,
    way: Way,
    range: &Range<usize>,
    read: &Read,
    slots: &mut Slots,
    doubts: &mut Vec<Doubt>,
) {
    let Some(days) = read.days else {
        if doubts.is_empty() {
            doubts.push(Doubt::Date { said: line.said(range.clone()) });
        }
        return;
    };
    let slot = if way == Way::Back { &mut slots.back } else { &mut slots.depart };
    let replaced = (since..range.start).any(|i| {
        line.is(i, &["no", "not", "sorry", "actually", "mean", "meant", "wait", "rather"])
            || line.at(i, "make that|it").is_some()
    });
    if slot.is_none() || replaced || narrows(slot.as_ref(), days) {
        *slot = Some(days);
    } else if way == Way::There
        && slots.back.is_none()
        && slots.depart.is_some_and(|d| days.from > d.to)
        && line.has("return|roundtrip|round|back|returning")
    {
        slots.back = Some(days);
    }
}

/// A single day inside the span that was said before says it better.
fn narrows(slot: Option<&DateSpan>, days: DateSpan) -> bool {
    slot.is_some_and(|s| s.from <= days.from && days.to <= s.to)
}

/// "For three nights", "for a week", "overnight".
fn stay(line: &mut Line<'_>, slots: &mut Slots) {
    for i in 0..line.len() {
        let Some((nights, range)) = length(line, i) else { continue };
        slots.nights = u16::try_from(nights).ok().filter(|n| (1..=NIGHTS_MAX).contains(n));
        line.take(range);
        return;
    }
}

/// Words behind "to" and "from" that begin no place.
const NO_PLACE: [&str; 28] = [
    "the", "this", "next", "be", "go", "leave", "travel", "depart", "make", "change", "come", "return", "move", "now",
    "fly", "have", "see", "book", "switch", "push", "take", "get", "arrive", "do", "try", "find", "a", "stay",
];

/// A longer stay is not understood as one.
const NIGHTS_MAX: u16 = 180;

fn length(line: &Line<'_>, i: usize) -> Option<(u64, Range<usize>)> {
    let led = line.at(i, "for|stay|staying|spend|spending|after for? about|around|like?").filter(|&at| at > i);
    if let Some(end) = line.at(i, "stay|staying? overnight|over").filter(|&e| e > i && line.is(e - 1, &["overnight"])) {
        return Some((1, i..end));
    }
    let at = led.unwrap_or(i);
    let (n, unit_at) = number::count(line, at)?;
    let unit_at = if line.is(unit_at, &["more", "full", "whole"]) { unit_at + 1 } else { unit_at };
    let unit = line.word(unit_at);
    let end = unit_at + 1;
    let shifts = line.is(end, &["later", "earlier", "from", "after", "before", "ago", "sooner", "notice", "ahead"]);
    let nights = match unit {
        "night" | "nights" => n,
        "day" | "days" if led.is_some() || line.is(end, &["trip", "stay", "visit"]) => n,
        "week" | "weeks" if led.is_some() || line.is(end, &["trip", "stay", "vacation"]) => n * 7,
        "fortnight" if led.is_some() => 14,
        "month" | "months" if led.is_some() => n * 30,
        _ => return None,
    };
    let end = if line.is(end, &["trip", "stay", "visit"]) { end + 1 } else { end };
    // "For three nights from Friday" is a stay, "three days from Friday" is a day.
    let shifts = shifts && !(line.is(end, &["from"]) && (led.is_some() || unit.starts_with("night")));
    (!shifts && line.before(i, 1) != "in").then_some((nights, i..end))
}
