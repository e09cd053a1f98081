//! Reads one expression for a day or a span of days at a position of a line. It never answers a day that is past or does not exist.

use crate::concierge::understand::calendar::{
    Part, days_between, end_of_month, monday, next_day_of_month, next_feast, next_month, next_month_day, next_weekday,
    on_or_after, one, part_of_month, part_of_week, plus, plus_months, span, week, week_of_month, weekend,
};
use crate::concierge::understand::feast;
use crate::concierge::understand::line::Line;
use crate::concierge::understand::number;
use crate::trip::DateSpan;
use jiff::civil::{Date, Weekday};

/// From where days are counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct From {
    /// The caller's day.
    pub(crate) today: Date,
    /// A day was asked for: "the first" is one.
    pub(crate) pointed: bool,
    /// Days said without a year or week lie on or after this one (after the departure, for a return).
    pub(crate) base: Date,
    /// The day in the plan that "a day later" moves.
    pub(crate) planned: Option<Date>,
    /// A bare weekday changes the plan's day, and lies in the week around it.
    pub(crate) changes: Option<Date>,
}

/// A day expression that was read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Read {
    /// The position after it.
    pub(crate) end: usize,
    /// The days; `None` when they are past or impossible.
    pub(crate) days: Option<DateSpan>,
    /// Only a day of the month was said: which.
    pub(crate) day_only: Option<i8>,
    /// A month was said: which.
    pub(crate) month: Option<i8>,
}

impl Read {
    fn new(end: usize, days: Option<DateSpan>) -> Self {
        Self { end, days, day_only: None, month: None }
    }

    fn day(end: usize, day: Option<Date>) -> Self {
        Self::new(end, day.map(one))
    }
}

/// Reads the longest day expression that begins at a position.
pub(crate) fn read(line: &Line<'_>, i: usize, from: From) -> Option<Read> {
    if !line.free(i) {
        return None;
    }
    [relative(line, i, from), counted(line, i, from), shifted(line, i, from), simple(line, i, from)]
        .into_iter()
        .flatten()
        .max_by_key(|r| r.end)
}

/// An expression that leans on no other.
fn simple(line: &Line<'_>, i: usize, from: From) -> Option<Read> {
    type Reader = fn(&Line<'_>, usize, From) -> Option<Read>;
    let readers: [Reader; 9] =
        [near, weekday, month_and_day, day_of_month, numeric, week_or_weekend, month, nth_weekday, named];
    readers.iter().filter_map(|reader| reader(line, i, from)).max_by_key(|r| r.end)
}

/// Today, tomorrow and what is past.
fn near(line: &Line<'_>, i: usize, from: From) -> Option<Read> {
    let today = from.today;
    let ahead = |end, days| Some(Read::day(end, Some(plus(today, days))));
    match line.word(i) {
        "today" | "tonight" => ahead(i + 1, 0),
        "tomorrow" | "tommorow" | "tomorow" => ahead(i + 1, 1),
        "yesterday" => Some(Read::new(i + 1, None)),
        "overmorrow" => ahead(i + 1, 2),
        "this" if line.is(i + 1, &["morning", "afternoon", "evening"]) => ahead(i + 1, 0),
        "day" if line.at(i, "day after tomorrow").is_some() => ahead(i + 3, 2),
        "last" if weekday_of(line.word(i + 1)).is_some() || line.is(i + 1, &["week", "month", "weekend"]) => {
            Some(Read::new(i + 2, None))
        }
        "few" => line.at(i, "few days from now").map(|end| Read::new(end, Some(span(plus(today, 2), plus(today, 5))))),
        "in" => line.at(i, "in a few days").map(|end| Read::new(end, Some(span(plus(today, 2), plus(today, 5))))),
        _ => None,
    }
}

/// Weekdays: bare, this, next, of next week, and with their date.
fn weekday(line: &Line<'_>, i: usize, from: From) -> Option<Read> {
    if let Some(at) = line.at(i, "next|this week on?|the?")
        && let Some(day) = weekday_of(line.word(at))
    {
        let ahead = i64::from(line.word(i) == "next");
        let found = plus(monday(from.today), 7 * ahead + i64::from(day.to_monday_zero_offset()));
        return Some(Read::day(at + 1, Some(found).filter(|d| *d >= from.today)));
    }
    let (at, which) = match line.word(i) {
        "this" if line.word(i + 1) == "past" => (i + 2, Which::Past),
        "this" | "coming" if line.word(i + 1) == "coming" => (i + 2, Which::This),
        "this" | "coming" => (i + 1, Which::This),
        "next" if line.word(i + 1) == "coming" => (i + 2, Which::This),
        "next" => (i + 1, Which::Next),
        "following" => (i + 1, Which::After),
        "past" => (i + 1, Which::Past),
        _ => (i, Which::Bare),
    };
    let name = weekday_of(line.word(at))?;
    if line.word(at).len() == 3 && matches!(line.before(at, 1), "the" | "in") {
        return None;
    }
    let end = at + 1;
    if let Some(after) = line.at(end, "after next") {
        return Some(Read::day(after, Some(plus(next_weekday(from.today, name), 7))));
    }
    if let Some(after) = line.at(end, "of|in? next week") {
        return Some(Read::day(after, Some(plus(monday(from.today), 7 + i64::from(name.to_monday_zero_offset())))));
    }
    if let Some(after) = line.at(end, "of|in? this week") {
        let day = plus(monday(from.today), i64::from(name.to_monday_zero_offset()));
        return Some(Read::day(after, Some(day).filter(|d| *d >= from.today)));
    }
    if let Some(dated) = dated_weekday(line, end, name, from) {
        return Some(dated);
    }
    Some(Read::day(end, weekday_day(name, which, from)))
}

/// How a weekday was pointed at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Bare,
    This,
    Next,
    After,
    Past,
}

fn weekday_day(name: Weekday, which: Which, from: From) -> Option<Date> {
    let after = |day: Date| on_or_after(plus(day, 1), name);
    let returning = from.base > from.today;
    match which {
        Which::Past => None,
        Which::This => {
            Some(on_or_after(from.today, name)).map(|d| if returning && d <= from.base { after(from.base) } else { d })
        }
        Which::Next => {
            Some(next_weekday(from.today, name)).map(|d| if returning && d <= from.base { after(from.base) } else { d })
        }
        Which::After => Some(after(from.planned.unwrap_or(from.base))),
        Which::Bare => {
            let around = from.changes.map(|day| on_or_after(plus(day, -3), name)).filter(|day| *day >= from.today);
            Some(around.unwrap_or_else(|| after(from.base)))
        }
    }
}

/// "Friday the 27th", "Friday November 27th": both must agree.
fn dated_weekday(line: &Line<'_>, at: usize, name: Weekday, from: From) -> Option<Read> {
    let read = month_and_day(line, at, from)
        .or_else(|| day_of_month(line, at, from))
        .or_else(|| day_of_month(line, line.at(at, "the")?, from))?;
    let agrees = read.days.is_some_and(|d| d.from.weekday() == name);
    Some(Read { days: read.days.filter(|_| agrees), ..read })
}

/// "November 27th", "27 November", "the 27th of November", with or without a year.
fn month_and_day(line: &Line<'_>, i: usize, from: From) -> Option<Read> {
    let (month, day, end) = if let Some(month) = month_of(line.word(i)) {
        let at = line.at(i + 1, "the").unwrap_or(i + 1);
        let (day, end) = number::ordinal(line, at).or_else(|| plain_day(line, at))?;
        (month, day, end)
    } else {
        let at = line.at(i, "the").unwrap_or(i);
        let (day, end) = number::ordinal(line, at).or_else(|| plain_day(line, at))?;
        let end = line.at(end, "of").unwrap_or(end);
        (month_of(line.word(end))?, day, end + 1)
    };
    let (year, end) = year_at(line, end, from.today);
    let days = i8::try_from(day).ok().and_then(|day| resolve(from, year, month, day)).map(one);
    Some(Read { month: Some(month), ..Read::new(end, days) })
}

/// A cardinal that may be a day, and is not a clock time or a count of something.
fn plain_day(line: &Line<'_>, at: usize) -> Option<(u64, usize)> {
    let (n, end) = number::digits(line.word(at)).map(|n| (n, at + 1)).or_else(|| number::below_hundred(line, at))?;
    let counts = [
        "am",
        "pm",
        "oclock",
        "people",
        "adults",
        "adult",
        "nights",
        "days",
        "dollars",
        "passengers",
        "of",
        "stops",
        "stop",
        "kids",
        "children",
    ];
    (n >= 1 && (n <= 31 || line.word(at).len() == 2) && !line.is(end, &counts)).then_some((n, end))
}

/// The day with this month and day: in the year said, or the next one; none when it was only weeks ago.
fn resolve(from: From, year: Option<i16>, month: i8, day: i8) -> Option<Date> {
    match year {
        Some(year) => Date::new(year, month, day).ok().filter(|d| *d >= from.today),
        None => next_month_day(from.base, month, day).filter(|d| days_between(from.base, *d) <= AHEAD_DAYS_MAX),
    }
}

/// A date without a year further ahead than this was only just missed, and is asked again; flights are not sold so early.
const AHEAD_DAYS_MAX: i64 = 335;

fn year_at(line: &Line<'_>, at: usize, today: Date) -> (Option<i16>, usize) {
    let at2 = line.at(at, "of").unwrap_or(at);
    if let Some(n) = number::digits(line.word(at2)).filter(|n| (2_000..2_100).contains(n)) {
        return (i16::try_from(n).ok(), at2 + 1);
    }
    if let Some(end) = line.at(at2, "next year") {
        return (Some(today.year() + 1), end);
    }
    if let Some(end) = line.at(at2, "this year") {
        return (Some(today.year()), end);
    }
    if line.word(at2) == "twenty"
        && let Some((n, end)) = number::below_hundred(line, at2 + 1).filter(|(n, _)| (20..60).contains(n))
    {
        return (i16::try_from(2_000 + n).ok(), end);
    }
    (None, at)
}

/// "The 27th" alone. "The second one" is not a day, nor is "the first" without a word like "on".
fn day_of_month(line: &Line<'_>, i: usize, from: From) -> Option<Read> {
    let at = line.at(i, "the").unwrap_or(i);
    let (day, end) = number::ordinal(line, at)?;
    let things = [
        "one", "option", "flight", "choice", "offer", "hotel", "class", "of", "please", "result", "week", "weekend",
        "airline", "time",
    ];
    if line.is(end, &things)
        || weekday_of(line.word(end)).is_some()
            && !line.word(at).ends_with(|c: char| c.is_ascii_alphabetic() && line.word(at).len() <= 4)
    {
        return None;
    }
    let pointed = from.pointed
        || line.is(
            i.wrapping_sub(1),
            &[
                "on",
                "until",
                "till",
                "by",
                "and",
                "to",
                "through",
                "from",
                "between",
                "or",
                "leaving",
                "returning",
                "meant",
                "mean",
                "said",
                "monday",
                "tuesday",
                "wednesday",
                "thursday",
                "friday",
                "saturday",
                "sunday",
            ],
        );
    if day <= 5 && !pointed && !line.word(at).starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let day = i8::try_from(day).ok()?;
    Some(Read { day_only: Some(day), ..Read::day(end, next_day_of_month(from.base, day)) })
}

/// "12/24", "12/24/26", "2026-12-24"; the month first, unless it cannot be one.
fn numeric(line: &Line<'_>, i: usize, from: From) -> Option<Read> {
    let word = line.word(i);
    let parts: Vec<u64> = word.split(['/', '-']).map(number::digits).collect::<Option<_>>()?;
    let small = |n: u64| i8::try_from(n).unwrap_or(0);
    let (year, month, day) = match (parts.as_slice(), word.contains('-')) {
        (&[y, m, d], true) if y >= 2_000 => (i16::try_from(y).ok(), m, d),
        (&[a, b, y], false) if y < 100 || (2_000..2_100).contains(&y) => {
            (i16::try_from(if y < 100 { y + 2_000 } else { y }).ok(), a, b)
        }
        (&[a, b], false) => (None, a, b),
        _ => return None,
    };
    let (month, day) = if month > 12 { (day, month) } else { (month, day) };
    let found = resolve(from, year, small(month), small(day));
    Some(Read { month: Some(small(month)), ..Read::day(i + 1, found) })
}

/// Weeks and weekends.
fn week_or_weekend(line: &Line<'_>, i: usize, from: From) -> Option<Read> {
    let (at, part) = part(line, i);
    let at = line.at(at, "the").unwrap_or(at);
    let today = from.today;
    let of_week = |ahead| Some(part_of_week(week(today, ahead), part));
    let found = [
        ("next week", of_week(1)),
        ("this|the coming? week", of_week(0).filter(|_| line.word(at) == "this")),
        ("coming week", of_week(1)),
        ("week after next", of_week(2)),
        ("weekend after next", Some(weekend(today, 2))),
        ("next weekend", Some(weekend(today, 1))),
        ("this|coming|the? coming? weekend", Some(weekend(today, 0))),
    ];
    found
        .into_iter()
        .filter_map(|(pattern, days)| Some(Read::new(line.at(at, pattern)?, Some(days?))))
        .max_by_key(|r| r.end)
}

/// Months and their parts: "in March", "early March", "the first week of March", "the end of the month".
fn month(line: &Line<'_>, i: usize, from: From) -> Option<Read> {
    let week_nth = line.at(i, "the").or(Some(i)).and_then(|at| {
        let (nth, at) = if line.word(at) == "last" { (9, at + 1) } else { number::ordinal(line, at)? };
        Some((nth, line.at(at, "week|weekend of|in")?))
    });
    if let Some((nth, at)) = week_nth {
        let (first, end) = month_at(line, at, from)?;
        let days = if nth == 9 {
            span(plus(first.last_of_month(), -6), first.last_of_month())
        } else {
            week_of_month(first, nth)
        };
        let days =
            if line.before(at, 2) == "weekend" { weekend(on_or_after(days.from, Weekday::Saturday), 0) } else { days };
        return Some(Read { month: Some(first.month()), ..Read::new(end, cut(days, from.today)) });
    }
    let (at, part) = part(line, i);
    let bare = at == i
        && !line.is(i, &["in", "during", "next", "this"])
        && !line.is(i.wrapping_sub(1), &["in", "during", "for", "of", "is", "sometime", "until"]);
    let end_of = line.at(i, "the? end of").is_some() && part == Part::Late;
    let at = line.at(at, "in|during").unwrap_or(at);
    if bare && (line.is(at, &["may", "march", "mar", "jan", "sun", "the"]) || line.is(at, &["next", "this"])) {
        return None;
    }
    let (first, end) = month_at(line, at, from)?;
    let days = if end_of { end_of_month(first) } else { part_of_month(first, part) };
    Some(Read { month: Some(first.month()), ..Read::new(end, cut(days, from.today)) })
}

/// What is left of a span from today on; nothing when it is past.
fn cut(days: DateSpan, today: Date) -> Option<DateSpan> {
    (days.to >= today).then(|| DateSpan { from: days.from.max(today), to: days.to })
}

/// A month by name, or the present or next one; answers a day in it.
fn month_at(line: &Line<'_>, at: usize, from: From) -> Option<(Date, usize)> {
    if let Some(end) = line.at(at, "next month") {
        return Some((plus_months(from.today.first_of_month(), 1), end));
    }
    if let Some(end) = line.at(at, "the|this month") {
        return Some((from.today, end));
    }
    let named = line.at(at, "next|this").unwrap_or(at);
    let month = month_of(line.word(named))?;
    let (year, end) = year_at(line, named + 1, from.today);
    let first = match year {
        Some(year) => Date::new(year, month, 1).ok()?,
        None => next_month(from.base.max(from.today), month),
    };
    Some((first, end))
}

fn part(line: &Line<'_>, i: usize) -> (usize, Part) {
    const PARTS: [(&str, Part); 7] = [
        ("early in?|on?", Part::Early),
        ("the? beginning|start of", Part::Early),
        ("mid", Part::Middle),
        ("the? middle of", Part::Middle),
        ("late|later in?|on?", Part::Late),
        ("the? end of", Part::Late),
        ("sometime|anytime|any|some time|day? in?", Part::Whole),
    ];
    PARTS
        .iter()
        .find_map(|(pattern, part)| Some((line.at(i, pattern).filter(|&end| end > i)?, *part)))
        .unwrap_or((i, Part::Whole))
}

/// "The second Friday of March".
fn nth_weekday(line: &Line<'_>, i: usize, from: From) -> Option<Read> {
    let at = line.at(i, "the").unwrap_or(i);
    let (nth, at) =
        if line.word(at) == "last" { (-1, at + 1) } else { number::ordinal(line, at).map(|(n, at)| (n as i64, at))? };
    let name = weekday_of(line.word(at))?;
    let (first, end) = month_at(line, line.at(at + 1, "of|in")?, from)?;
    let day = first.nth_weekday_of_month(i8::try_from(nth).ok()?, name).ok();
    Some(Read { month: Some(first.month()), ..Read::day(end, day.filter(|d| *d >= from.today)) })
}

/// Days with a name.
fn named(line: &Line<'_>, i: usize, from: From) -> Option<Read> {
    let at = line.at(i, "the|this|next").unwrap_or(i);
    let (feast, end) = feast::at(line, at)?;
    Some(Read::day(end, next_feast(from.base, feast)))
}

/// A day beside another: "the week after Easter", "two days before Thanksgiving", "the Friday after Christmas".
fn relative(line: &Line<'_>, i: usize, from: From) -> Option<Read> {
    let at = line.at(i, "the").unwrap_or(i);
    let unit = line.word(at);
    let (after, anchor_at) = match line.word(at + 1) {
        "after" | "following" => (true, at + 2),
        "before" => (false, at + 2),
        "of" if matches!(unit, "week" | "weekend") => (true, at + 2),
        _ => return None,
    };
    let of = line.word(at + 1) == "of";
    let anchor_at = line.at(anchor_at, "the").filter(|_| simple(line, anchor_at, from).is_none()).unwrap_or(anchor_at);
    let Some(anchor) = simple(line, anchor_at, from) else { return open_ended(line, at, after, of, from) };
    let day = anchor.days.map(|d| if after && !of { d.to } else { d.from });
    let found = day.and_then(|day| beside(unit, day, after, of)).and_then(|days| cut(days, from.today));
    (weekday_of(unit).is_some() || matches!(unit, "day" | "week" | "weekend")).then_some(Read::new(anchor.end, found))
}

/// "The Sunday after" of a day said before or planned.
fn open_ended(line: &Line<'_>, at: usize, after: bool, of: bool, from: From) -> Option<Read> {
    let planned = from.planned.or((from.base > from.today).then_some(from.base))?;
    if of {
        return None;
    }
    let end = at + 2;
    beside(line.word(at), planned, after, false).map(|days| Read::new(end, cut(days, from.today)))
}

fn beside(unit: &str, day: Date, after: bool, of: bool) -> Option<DateSpan> {
    let step = if of {
        0
    } else if after {
        1
    } else {
        -1
    };
    if let Some(name) = weekday_of(unit) {
        let day = if after { on_or_after(plus(day, 1), name) } else { on_or_after(plus(day, -7), name) };
        return Some(one(day));
    }
    match unit {
        "day" => Some(one(plus(day, step))),
        "week" => Some(span(plus(monday(day), 7 * step), plus(monday(day), 7 * step + 6))),
        "weekend" if after && !of => Some(weekend(on_or_after(plus(day, 1), Weekday::Saturday), 0)),
        "weekend" if of => Some(weekend(day, 0)),
        "weekend" => Some(weekend(on_or_after(plus(day, -7), Weekday::Saturday), 0)),
        _ => None,
    }
}

/// Counted from another day: "a week from Friday", "in two weeks", "two days after Christmas", "three days from now".
fn counted(line: &Line<'_>, i: usize, from: From) -> Option<Read> {
    let at = line.at(i, "in").unwrap_or(i);
    let (n, unit_at) = number::count(line, at)?;
    let unit = line.word(unit_at);
    let n = i64::try_from(n).ok().filter(|n| *n <= 400)?;
    let step = |day: Date, sign: i64| match unit {
        "day" | "days" => Some(plus(day, sign * n)),
        "week" | "weeks" => Some(plus(day, sign * 7 * n)),
        "month" | "months" => Some(plus_months(day, sign * n)),
        "fortnight" => Some(plus(day, sign * 14)),
        _ => None,
    };
    step(from.today, 1)?;
    let end = unit_at + 1;
    if let Some(end) = line.at(end, "from now|today") {
        return Some(Read::day(end, step(from.today, 1)));
    }
    if let Some(anchor_at) = line.at(end, "from|after|before on?")
        && let Some(anchor) = simple(line, anchor_at, from)
    {
        let sign = if line.word(end) == "before" { -1 } else { 1 };
        let day =
            anchor.days.and_then(|d| step(if sign > 0 { d.to } else { d.from }, sign)).filter(|d| *d >= from.today);
        return Some(Read::day(anchor.end, day));
    }
    (at > i && !line.is(end, &["later", "earlier"])).then(|| Read::day(end, step(from.today, 1)))
}

/// Moves the planned day: "a day later", "two days earlier", "the next day", "the same day".
fn shifted(line: &Line<'_>, i: usize, from: From) -> Option<Read> {
    let planned = from.planned?;
    let moved = |end, days| Some(Read::day(end, Some(plus(planned, days)).filter(|d| *d >= from.today)));
    if let Some(end) = line.at(i, "the? next|following day") {
        return moved(end, 1);
    }
    if let Some(end) = line.at(i, "the? same day") {
        return moved(end, 0);
    }
    if let Some(end) = line.at(i, "the? day before|earlier") {
        return moved(end, -1);
    }
    if let Some(end) = line.at(i, "the? day after|later") {
        return moved(end, 1);
    }
    let (n, at) = number::count(line, i)?;
    let unit = match line.word(at) {
        "day" | "days" => 1,
        "week" | "weeks" => 7,
        _ => return None,
    };
    let n = i64::try_from(n).ok().filter(|n| *n <= 60)?;
    match line.word(at + 1) {
        "later" | "after" => moved(at + 2, n * unit),
        "earlier" | "sooner" | "before" => moved(at + 2, -n * unit),
        _ => None,
    }
}

/// A weekday by name or short name.
pub(crate) fn weekday_of(word: &str) -> Option<Weekday> {
    match word {
        "monday" | "mondays" | "mon" => Some(Weekday::Monday),
        "tuesday" | "tuesdays" | "tue" | "tues" | "tuseday" => Some(Weekday::Tuesday),
        "wednesday" | "wednesdays" | "wed" | "wensday" | "wendsday" | "wednsday" => Some(Weekday::Wednesday),
        "thursday" | "thursdays" | "thu" | "thur" | "thurs" | "thersday" => Some(Weekday::Thursday),
        "friday" | "fridays" | "fri" | "fryday" => Some(Weekday::Friday),
        "saturday" | "saturdays" | "sat" | "saterday" => Some(Weekday::Saturday),
        "sunday" | "sundays" | "sun" => Some(Weekday::Sunday),
        _ => None,
    }
}

/// A month by name or short name, 1 to 12.
pub(crate) fn month_of(word: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    const SHORT: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let word = if word == "sept" { "sep" } else { word };
    MONTHS
        .iter()
        .position(|m| *m == word)
        .or_else(|| SHORT.iter().position(|m| *m == word))
        .and_then(|i| i8::try_from(i + 1).ok())
}
