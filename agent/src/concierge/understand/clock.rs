//! The times of day of a line, as windows of departure or arrival. An hour without morning or evening is read as travellers mean it.

use crate::concierge::meaning::{Context, Slots};
use crate::concierge::understand::line::Line;
use crate::concierge::understand::number;
use crate::concierge::understand::way::{Way, asked_way, way};
use crate::trip::TimeWindow;
use jiff::civil::{Time, time};
use std::ops::Range;

/// Fills in the times of a line and takes their words. "At seven" is an hour either way, "around seven" an hour and a half.
///
/// An hour from 1 to 6 without more is after noon, from 7 to 11 before noon.
pub(crate) fn fill(line: &mut Line<'_>, context: &Context, slots: &mut Slots) {
    let mut since = 0;
    let mut i = 0;
    while i < line.len() {
        let Some((range, window)) = window(line, i) else {
            i += 1;
            continue;
        };
        let mut role = way(line, since, &range);
        if role == Way::Unsaid {
            role =
                if since > 0 && slots.time.is_some() && slots.back.is_some() { Way::Back } else { asked_way(context) };
        }
        let window = TimeWindow { arrival: arrives(line, since, &range), ..window };
        let slot = if role == Way::Back { &mut slots.back_time } else { &mut slots.time };
        *slot = Some(slot.map_or(window, |old| narrower(old, window)));
        line.take(range.clone());
        i = range.end;
        since = range.end;
    }
}

/// "Friday evening after six": what two windows share; the later said when they share nothing.
fn narrower(old: TimeWindow, new: TimeWindow) -> TimeWindow {
    let shared =
        TimeWindow { from: old.from.max(new.from), to: old.to.min(new.to), arrival: old.arrival || new.arrival };
    if shared.from < shared.to { shared } else { new }
}

/// Arrival is meant when words of arriving stand before the time.
fn arrives(line: &Line<'_>, since: usize, range: &Range<usize>) -> bool {
    const VERBS: [(&str, bool); 2] =
        [("get|be|there|arrive|arriving|home", true), ("leave|leaving|depart|departing|fly|flying|go|out", false)];
    let verb = || (since..range.start).rev().find_map(|i| VERBS.iter().find(|(words, _)| line.at(i, words).is_some()));
    if line.word(range.start) == "by" && verb().is_some_and(|(_, arrival)| *arrival) {
        return true;
    }
    (since.max(range.start.saturating_sub(8))..range.start).any(|i| {
        line.is(i, &["arrive", "arriving", "arrives", "arrival", "land", "landing", "lands", "arrivals"])
            || line.at(i, "be|get|getting|am|in there|in|home|back by|before|at|no?").is_some()
            || line.at(i, "be|get|getting there|in").is_some()
            || line.at(i, "there by").is_some()
    })
}

/// The window that begins at a position.
fn window(line: &Line<'_>, i: usize) -> Option<(Range<usize>, TimeWindow)> {
    if line.word(i) == "tonight" {
        return make(i..i + 1, time(18, 0, 0, 0), LAST);
    }
    if !line.free(i) {
        return None;
    }
    between(line, i).or_else(|| bounded(line, i)).or_else(|| part_of_day(line, i)).or_else(|| plain(line, i))
}

fn make(range: Range<usize>, from: Time, to: Time) -> Option<(Range<usize>, TimeWindow)> {
    (from <= to).then_some((range, TimeWindow { from, to, arrival: false }))
}

/// "Between 8 and 10", "8 to 10 am", "from 2 until 5 pm".
fn between(line: &Line<'_>, i: usize) -> Option<(Range<usize>, TimeWindow)> {
    let led = line.at(i, "between|from");
    let first = hour(line, led.unwrap_or(i))?;
    let next = line.at(first.end, "and|to|until|till|through")?;
    let second = hour(line, next)?;
    if !(first.sure || second.sure || line.word(i) == "between") {
        return None;
    }
    let end = tail(line, second.end);
    let half = first.half.or(second.half).or(end.1);
    let b = second.at(second.half.or(half));
    let mut a = first.at(first.half.or(half));
    if a > b {
        a = first.at(Some(Half::Am));
    }
    make(i..end.0, a, b)
}

/// "After five", "before noon", "by nine", "around seven", "at eight", "no later than 6 pm".
fn bounded(line: &Line<'_>, i: usize) -> Option<(Range<usize>, TimeWindow)> {
    const BOUNDS: [(&str, Bound); 15] = [
        ("not before|until", Bound::After),
        ("not after|past", Bound::Before),
        ("no|not earlier|sooner than", Bound::After),
        ("after|past|following|from", Bound::After),
        ("any time after|past|from", Bound::After),
        ("anytime after|past|from", Bound::After),
        ("no|not later than", Bound::Before),
        ("before|by|until|till", Bound::Before),
        ("any time before|until", Bound::Before),
        ("anytime before|until", Bound::Before),
        ("around|about|approximately|roughly|circa|near", Bound::Around),
        ("at around|about|approximately|roughly", Bound::Around),
        ("at", Bound::At),
        ("earlier than", Bound::Before),
        ("later than", Bound::After),
    ];
    let (at, bound) = BOUNDS.iter().filter_map(|(p, b)| Some((line.at(i, p)?, *b))).max_by_key(|(at, _)| *at)?;
    let hour = hour(line, at)?;
    if !line.free(at) || counted(line, hour.end) || line.word(i) == "from" && !hour.sure {
        return None;
    }
    let (end, half) = tail(line, hour.end);
    let (end, or_later) = line.at(end, "or later|after").map_or((end, false), |e| (e, true));
    let t = hour.at(hour.half.or(half));
    let (from, to) = match bound {
        Bound::After => (t, LAST),
        _ if or_later => (t, LAST),
        Bound::Before => (FIRST, t),
        Bound::Around => (shift(t, -AROUND_MINUTES), shift(t, AROUND_MINUTES)),
        Bound::At => (shift(t, -AT_MINUTES), shift(t, AT_MINUTES)),
    };
    make(i..end, from, to)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bound {
    After,
    Before,
    Around,
    At,
}

/// "Seven pm", "7:30", "the 9 o'clock" without a preposition.
fn plain(line: &Line<'_>, i: usize) -> Option<(Range<usize>, TimeWindow)> {
    let hour = hour(line, i)?;
    let (end, half) = tail(line, hour.end);
    if !hour.sure && half.is_none() || counted(line, end) {
        return None;
    }
    let (end, from_now) = line.at(end, "or|and later|after|onwards").map_or((end, false), |e| (e, true));
    let t = hour.at(hour.half.or(half));
    if from_now { make(i..end, t, LAST) } else { make(i..end, shift(t, -AT_MINUTES), shift(t, AT_MINUTES)) }
}

/// The number counts something else.
fn counted(line: &Line<'_>, end: usize) -> bool {
    line.is(
        end,
        &[
            "people",
            "adults",
            "adult",
            "kids",
            "children",
            "persons",
            "passengers",
            "nights",
            "days",
            "weeks",
            "dollars",
            "euros",
            "pounds",
            "bucks",
            "stops",
            "stop",
            "hundred",
            "stars",
            "star",
            "hours",
            "minutes",
            "hour",
            "travelers",
            "tickets",
            "of",
            "thousand",
            "layovers",
            "seats",
            "usd",
        ],
    )
}

/// "In the morning" after an hour.
fn tail(line: &Line<'_>, at: usize) -> (usize, Option<Half>) {
    for (pattern, half) in [
        ("in the morning", Half::Am),
        ("in the afternoon|evening", Half::Pm),
        ("at night", Half::Pm),
        ("tonight", Half::Pm),
    ] {
        if let Some(end) = line.at(at, pattern) {
            return (end, Some(half));
        }
    }
    (at, None)
}

/// Parts of the day.
fn part_of_day(line: &Line<'_>, i: usize) -> Option<(Range<usize>, TimeWindow)> {
    const PARTS: [(&str, Time, Time); 17] = [
        ("first thing in? the? morning?", time(5, 0, 0, 0), time(8, 30, 0, 0)),
        ("early in the morning", time(5, 0, 0, 0), time(8, 59, 0, 0)),
        ("early morning", time(5, 0, 0, 0), time(8, 59, 0, 0)),
        ("late morning", time(10, 0, 0, 0), time(12, 0, 0, 0)),
        ("mid morning", time(8, 30, 0, 0), time(11, 0, 0, 0)),
        ("in? the? morning|mornings", time(5, 0, 0, 0), time(11, 59, 0, 0)),
        ("early afternoon", time(12, 0, 0, 0), time(14, 59, 0, 0)),
        ("late afternoon", time(15, 0, 0, 0), time(18, 0, 0, 0)),
        ("in? the? afternoon|afternoons", time(12, 0, 0, 0), time(17, 59, 0, 0)),
        ("early evening", time(17, 0, 0, 0), time(19, 59, 0, 0)),
        ("late evening", time(20, 0, 0, 0), time(23, 59, 0, 0)),
        ("in? the? evening|evenings", time(17, 0, 0, 0), time(22, 59, 0, 0)),
        ("late at? night", time(21, 0, 0, 0), time(23, 59, 0, 0)),
        ("at night|nights", time(19, 0, 0, 0), time(23, 59, 0, 0)),
        ("redeye|overnight flight?", time(21, 0, 0, 0), time(23, 59, 0, 0)),
        ("around|at? noon|midday|lunchtime", time(10, 30, 0, 0), time(13, 30, 0, 0)),
        ("around|at? midnight", time(22, 30, 0, 0), time(23, 59, 0, 0)),
    ];
    let found =
        PARTS.iter().filter_map(|(p, from, to)| Some((i..line.at(i, p)?, *from, *to))).max_by_key(|(r, _, _)| r.end);
    if let Some((range, from, to)) = found {
        let greeting = line.is(i.wrapping_sub(1), &["good"]);
        return if greeting { None } else { make(range, from, to) };
    }
    let night =
        line.word(i) == "night" && (!line.free(i.wrapping_sub(1)) || line.is(i.wrapping_sub(1), &["tomorrow", "this"]));
    if night {
        return make(i..i + 1, time(18, 0, 0, 0), LAST);
    }
    None
}

/// A clock time that was read, before its half of the day is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hour {
    /// 0 to 23.
    hour: u8,
    /// 0 to 59.
    minute: u8,
    /// Which half of the day was said.
    pub(crate) half: Option<Half>,
    /// The position after it.
    pub(crate) end: usize,
    /// It can only be a time ("7 pm", "7:30", "noon").
    pub(crate) sure: bool,
}

/// A half of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Half {
    /// Before noon.
    Am,
    /// After noon.
    Pm,
}

impl Hour {
    /// The time, with its half of the day as said, as given, or as travellers mean it.
    pub(crate) fn at(self, half: Option<Half>) -> Time {
        let hour = match (self.hour, half) {
            (12, Some(Half::Am)) => 0,
            (1..=11, Some(Half::Pm)) => self.hour + 12,
            (1..=6, None) => self.hour + 12,
            (hour, _) => hour,
        };
        Time::new(hour.min(23) as i8, self.minute.min(59) as i8, 0, 0).unwrap_or(FIRST)
    }
}

/// Reads a clock time at a position: "7", "7 30", "7:30 pm", "half past seven", "quarter to nine", "noon", "1900".
pub(crate) fn hour(line: &Line<'_>, i: usize) -> Option<Hour> {
    let plain = |hour: u64, minute: u64, end: usize, sure: bool| {
        let (hour, minute) = (u8::try_from(hour).ok()?, u8::try_from(minute).ok()?);
        let (half, after) = half(line, end);
        let sane = hour < 24 && minute < 60 && !(half.is_some() && (hour == 0 || hour > 12));
        sane.then_some(Hour { hour, minute, half, end: after, sure: sure || half.is_some() || after > end })
    };
    match line.word(i) {
        "noon" | "midday" => return Some(Hour { hour: 12, minute: 0, half: Some(Half::Pm), end: i + 1, sure: true }),
        "midnight" => return Some(Hour { hour: 23, minute: 59, half: None, end: i + 1, sure: true }),
        "half" => {
            let (hour, end) = small(line, line.at(i + 1, "past")?)?;
            return plain(hour, 30, end, true);
        }
        _ => {}
    }
    if let Some(at) = line.at(i, "a? quarter").filter(|&at| at > i) {
        let (hour, end) = small(line, line.at(at, "past|after|to|till|of")?)?;
        return if line.is(at, &["past", "after"]) {
            plain(hour, 15, end, true)
        } else {
            plain(hour.checked_sub(1)?.max(1), 45, end, true)
        };
    }
    let word = line.word(i);
    if let Some((hour, minute)) = word.split_once([':', '.']) {
        return (minute.len() == 2)
            .then_some(())
            .and_then(|()| plain(number::digits(hour)?, number::digits(minute)?, i + 1, word.contains(':')))
            .filter(|h| h.sure);
    }
    if (3..=4).contains(&word.len())
        && let Some(n) = number::digits(word)
    {
        let timed = half(line, i + 1).1 > i + 1 || line.is(i.wrapping_sub(1), &["at"]) && n % 100 % 5 == 0;
        return if timed && !counted(line, i + 1) { plain(n / 100, n % 100, i + 1, true) } else { None };
    }
    let (hour, end) = small(line, i)?;
    if let Some((minute, after)) = minutes(line, end) {
        return plain(hour, minute, after, true);
    }
    plain(hour, 0, end, false)
}

fn small(line: &Line<'_>, i: usize) -> Option<(u64, usize)> {
    let (n, end) = number::digits(line.word(i)).map(|n| (n, i + 1)).or_else(|| number::below_hundred(line, i))?;
    (n < 24).then_some((n, end))
}

/// Minutes said after the hour: "thirty", "oh five", "45".
fn minutes(line: &Line<'_>, i: usize) -> Option<(u64, usize)> {
    if line.is(i, &["oh", "o"]) {
        return number::below_hundred(line, i + 1)
            .or_else(|| number::digits(line.word(i + 1)).map(|n| (n, i + 2)))
            .filter(|(n, _)| *n < 10);
    }
    let (n, end) = number::digits(line.word(i))
        .filter(|_| line.word(i).len() == 2)
        .map(|n| (n, i + 1))
        .or_else(|| number::below_hundred(line, i))?;
    ((10..60).contains(&n) && !counted(line, end) && !line.is(end, &["a", "dollar"])).then_some((n, end))
}

fn half(line: &Line<'_>, i: usize) -> (Option<Half>, usize) {
    for (pattern, half) in
        [("oclock? am", Half::Am), ("oclock? pm", Half::Pm), ("oclock? a m", Half::Am), ("oclock? p m", Half::Pm)]
    {
        if let Some(end) = line.at(i, pattern) {
            return (Some(half), end);
        }
    }
    (None, line.at(i, "oclock").unwrap_or(i))
}

fn shift(t: Time, minutes: i64) -> Time {
    let at = i64::from(t.hour()) * 60 + i64::from(t.minute()) + minutes;
    let at = at.clamp(0, 24 * 60 - 1);
    Time::new((at / 60) as i8, (at % 60) as i8, 0, 0).unwrap_or(t)
}

const AROUND_MINUTES: i64 = 90;
const AT_MINUTES: i64 = 60;
const FIRST: Time = time(0, 0, 0, 0);
const LAST: Time = time(23, 59, 0, 0);
