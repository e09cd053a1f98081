//! The calendar people speak of: weeks, weekends, parts of months and the days with names. It reads no words and no clock.

use crate::trip::DateSpan;
use jiff::Span;
use jiff::civil::{Date, Weekday};

/// One day as a span.
pub(crate) fn one(day: Date) -> DateSpan {
    DateSpan { from: day, to: day }
}

/// A span of days, in order whichever way it was said.
pub(crate) fn span(a: Date, b: Date) -> DateSpan {
    DateSpan { from: a.min(b), to: a.max(b) }
}

/// A day some days later (earlier when negative); the same day at the ends of time.
pub(crate) fn plus(day: Date, days: i64) -> Date {
    day.checked_add(Span::new().days(days.clamp(-4_000, 4_000))).unwrap_or(day)
}

/// A day some months later, at most four years.
pub(crate) fn plus_months(day: Date, months: i64) -> Date {
    day.checked_add(Span::new().months(months.clamp(-48, 48))).unwrap_or(day)
}

/// Days from one day to another.
pub(crate) fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |s| i64::from(s.get_days()))
}

/// The first such weekday on or after a day.
pub(crate) fn on_or_after(day: Date, weekday: Weekday) -> Date {
    let ahead = i64::from(weekday.to_monday_zero_offset()) - i64::from(day.weekday().to_monday_zero_offset());
    plus(day, ahead.rem_euclid(7))
}

/// The Monday of a day's week; weeks begin on Monday.
pub(crate) fn monday(day: Date) -> Date {
    plus(day, -i64::from(day.weekday().to_monday_zero_offset()))
}

/// "Next Friday": that day of the next calendar week, but never tomorrow, for which people say tomorrow.
pub(crate) fn next_weekday(today: Date, weekday: Weekday) -> Date {
    let day = plus(monday(today), 7 + i64::from(weekday.to_monday_zero_offset()));
    if days_between(today, day) <= 1 { plus(day, 7) } else { day }
}

/// The week that lies some weeks ahead; what is left of it when it is this one.
pub(crate) fn week(today: Date, ahead: i64) -> DateSpan {
    let first = plus(monday(today), 7 * ahead);
    DateSpan { from: first.max(today), to: plus(first, 6) }
}

/// The weekend (Saturday and Sunday) that lies some weekends ahead.
pub(crate) fn weekend(today: Date, ahead: i64) -> DateSpan {
    let saturday = plus(monday(today), 5 + 7 * ahead);
    DateSpan { from: saturday.max(today), to: plus(saturday, 1) }
}

/// Which part of a span is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of it.
    Whole,
    /// Its beginning.
    Early,
    /// Its middle.
    Middle,
    /// Its end.
    Late,
}

/// A part of a week.
pub(crate) fn part_of_week(week: DateSpan, part: Part) -> DateSpan {
    let first = monday(week.to);
    let (from, to) = match part {
        Part::Whole => return week,
        Part::Early => (0, 1),
        Part::Middle => (1, 3),
        Part::Late => (3, 4),
    };
    DateSpan { from: plus(first, from).max(week.from), to: plus(first, to).max(week.from) }
}

/// A part of the month a day lies in: the first ten days, the 11th to the 20th, or the last ten.
pub(crate) fn part_of_month(day: Date, part: Part) -> DateSpan {
    let (first, last) = (day.first_of_month(), day.last_of_month());
    match part {
        Part::Whole => span(first, last),
        Part::Early => span(first, plus(first, 9)),
        Part::Middle => span(plus(first, 10), plus(first, 19)),
        Part::Late => span(plus(first, 20), last),
    }
}

/// The last five days of a month, "the end of March".
pub(crate) fn end_of_month(day: Date) -> DateSpan {
    span(plus(day.last_of_month(), -4), day.last_of_month())
}

/// The first, second ... week of a month by days 1-7, 8-14 ...; the fifth is the rest.
pub(crate) fn week_of_month(day: Date, nth: u64) -> DateSpan {
    let first = plus(day.first_of_month(), 7 * (nth.clamp(1, 5) as i64 - 1));
    span(first.min(day.last_of_month()), plus(first, 6).min(day.last_of_month()))
}

/// The next day with this month and day of the month on or after a day; `None` when there is none in four years.
pub(crate) fn next_month_day(from: Date, month: i8, day: i8) -> Option<Date> {
    (0..=4).filter_map(|ahead| Date::new(from.year() + ahead, month, day).ok()).find(|d| *d >= from)
}

/// The next day that is this day of its month, on or after a day.
pub(crate) fn next_day_of_month(from: Date, day: i8) -> Option<Date> {
    let first = from.first_of_month();
    (0..=12)
        .map(|ahead| plus_months(first, ahead))
        .filter_map(|m| Date::new(m.year(), m.month(), day).ok())
        .find(|d| *d >= from)
}

/// The first day of the next month with this number, this month included.
pub(crate) fn next_month(from: Date, month: i8) -> Date {
    let ahead = i64::from(month - from.month()).rem_euclid(12);
    plus_months(from.first_of_month(), ahead)
}

/// A day with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feast {
    /// The same day each year: month and day.
    Fixed(i8, i8),
    /// The nth (or -1: last) weekday of a month.
    Nth(i8, i8, Weekday),
    /// Days after Easter Sunday.
    Easter(i64),
    /// The day after the fourth Thursday of November.
    BlackFriday,
}

/// The next time a named day comes, on or after a day.
pub(crate) fn next_feast(from: Date, feast: Feast) -> Option<Date> {
    (0..=2).filter_map(|ahead| feast_in(from.year() + ahead, feast)).find(|d| *d >= from)
}

fn feast_in(year: i16, feast: Feast) -> Option<Date> {
    match feast {
        Feast::Fixed(month, day) => Date::new(year, month, day).ok(),
        Feast::Nth(nth, month, weekday) => Date::new(year, month, 1).ok()?.nth_weekday_of_month(nth, weekday).ok(),
        Feast::Easter(after) => Some(plus(easter(year)?, after)),
        Feast::BlackFriday => Some(plus(feast_in(year, Feast::Nth(4, 11, Weekday::Thursday))?, 1)),
    }
}

/// Easter Sunday of the western churches, by the method of Meeus, Jones and Butcher.
pub(crate) fn easter(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (b - (b + 8) / 25 + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let l = (32 + 2 * e + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    Date::new(year, i8::try_from(n / 31).ok()?, i8::try_from(n % 31 + 1).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn named_days_fall_where_the_almanac_puts_them() {
        for (year, month, day) in
            [(2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2027, 3, 28), (2028, 4, 16), (2038, 4, 25)]
        {
            assert_eq!(easter(year), Some(date(year, month, day)));
        }
        let from = date(2026, 11, 23);
        assert_eq!(next_feast(from, Feast::Nth(4, 11, Weekday::Thursday)), Some(date(2026, 11, 26)));
        assert_eq!(next_feast(from, Feast::Nth(1, 9, Weekday::Monday)), Some(date(2027, 9, 6)));
        assert_eq!(next_feast(from, Feast::Nth(-1, 5, Weekday::Monday)), Some(date(2027, 5, 31)));
        assert_eq!(next_feast(from, Feast::BlackFriday), Some(date(2026, 11, 27)));
    }

    #[test]
    fn next_friday_is_of_the_next_week_and_never_tomorrow() {
        for (today, expected) in [(23, 4), (25, 4), (26, 4), (27, 4), (28, 4), (29, 4)] {
            assert_eq!(
                next_weekday(date(2026, 11, today), Weekday::Friday),
                date(2026, 12, expected),
                "on the {today}th"
            );
        }
        assert_eq!(next_weekday(date(2026, 11, 29), Weekday::Monday), date(2026, 12, 7));
        assert_eq!(next_weekday(date(2026, 11, 27), Weekday::Monday), date(2026, 11, 30));
    }

    #[test]
    fn weekends_shrink_as_they_pass() {
        assert_eq!(weekend(date(2026, 11, 23), 0), span(date(2026, 11, 28), date(2026, 11, 29)));
        assert_eq!(weekend(date(2026, 11, 29), 0), one(date(2026, 11, 29)));
        assert_eq!(weekend(date(2026, 11, 23), 1), span(date(2026, 12, 5), date(2026, 12, 6)));
    }
}
