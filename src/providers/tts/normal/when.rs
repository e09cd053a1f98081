//! Reads dates, times and durations aloud. It knows no calendar: whether the day exists is not its business.

use crate::providers::tts::normal::numerals::{cardinal, last_pair, ordinal, year};
use crate::providers::tts::normal::word::{Place, Reading};

/// Dates, times and durations from this place on.
pub fn read(place: Place<'_>) -> Reading {
    iso_date(place)
        .or_else(|| slash_date(place))
        .or_else(|| month_first(place))
        .or_else(|| day_first(place))
        .or_else(|| clock(place))
        .or_else(|| duration(place))
        .or_else(|| weekday(place))
}

/// "2026-11-27", with or without a time after a `T`.
fn iso_date(place: Place<'_>) -> Reading {
    let here = place.here();
    let (date, time) = here.text.split_once('T').map_or((here.text, None), |(date, time)| (date, Some(time)));
    let mut parts = date.split('-');
    let (y, m, d) = (digits(parts.next()?, 4, 4)?, digits(parts.next()?, 1, 2)?, digits(parts.next()?, 1, 2)?);
    let (month, true) = (month_name(m)?, parts.next().is_none() && (1..=31).contains(&d)) else { return None };
    let said = format!("{month} {} , {}", ordinal(d), year(y));
    let said = match time {
        Some(time) => format!("{said} at {}", clock_words(time.trim_end_matches('Z'), false)?),
        None => said,
    };
    Some((1, vec![here.say(&said)]))
}

/// "11/27" and "11/27/2026", month first; the day first when the month cannot be one.
fn slash_date(place: Place<'_>) -> Reading {
    let here = place.here();
    if here.text == "24/7" {
        return Some((1, vec![here.say("twenty-four seven")]));
    }
    let parts: Vec<_> = here.text.split('/').collect();
    let (a, b) = (digits(parts.first()?, 1, 2)?, digits(parts.get(1)?, 1, 2)?);
    let with_year = match parts.get(2) {
        Some(text) => Some(digits(text, 2, 4).map(|y| if y < 100 { 2000 + y } else { y })?),
        None if parts.len() == 2 && b > 12 && a <= 12 => None,
        None => return None,
    };
    let (m, d) = if a > 12 { (b, a) } else { (a, b) };
    let (month, true) = (month_name(m)?, (1..=31).contains(&d) && parts.len() <= 3) else { return None };
    let tail = with_year.map_or_else(String::new, |y| format!(" , {}", year(y)));
    Some((1, vec![here.say(&format!("{month} {}{tail}", ordinal(d)))]))
}

/// "Nov 27", "November 27th, 2026", "Nov. 27-29".
fn month_first(place: Place<'_>) -> Reading {
    let here = place.here();
    let month = month_of(here.text)?;
    let next = place.next().filter(|_| matches!(here.trail, "" | "."))?;
    let mut spoken = here.say(month);
    spoken.mark = None;
    if let Some(days) = day_words(next.text) {
        let mut words = vec![spoken, next.say(&days)];
        if let Some(year_chunk) = place.chunks.get(place.at + 2).filter(|_| matches!(next.trail, "" | ","))
            && let Some(y) = digits(year_chunk.text, 4, 4).filter(|y| (1800..2200).contains(y))
        {
            words.push(year_chunk.say(&year(y)));
        }
        return Some((words.len(), words));
    }
    let y = digits(next.text, 4, 4).filter(|y| (1800..2200).contains(y))?;
    Some((2, vec![spoken, next.say(&year(y))]))
}

/// "27 November 2026", "27th Nov".
fn day_first(place: Place<'_>) -> Reading {
    let here = place.here();
    let next = place.joined(1)?;
    let month = month_of(next.text)?;
    let (d, suffixed) = day(here.text)?;
    let of = if suffixed { format!("{} of", ordinal(d)) } else { format!("the {} of", ordinal(d)) };
    let mut words = vec![here.say(&of), next.say(month)];
    if let Some(third) = place.chunks.get(place.at + 2).filter(|_| matches!(next.trail, "" | "."))
        && let Some(y) = digits(third.text, 4, 4)
    {
        words[1].mark = None;
        words.push(third.say(&year(y)));
    }
    Some((words.len(), words))
}

/// "9:45 am", "17:05", "9am", "7:30-9:00 p.m.".
fn clock(place: Place<'_>) -> Reading {
    let here = place.here();
    let (body, attached) = split_half(here.text);
    let separate =
        attached.is_none().then(|| place.joined(1).and_then(|next| half(next.text).map(|h| (next, h)))).flatten();
    let half_known = attached.is_some() || separate.is_some();
    let said = match body.split_once(['-', '–']) {
        Some((from, to)) => format!("{} to {}", clock_words(from, half_known)?, clock_words(to, half_known)?),
        None => clock_words(body, half_known)?,
    };
    if !half_known && !body.contains(':') {
        return None;
    }
    match (attached, separate) {
        (Some(h), _) => Some((1, vec![here.say(&format!("{said} {h}"))])),
        (None, Some((next, h))) => {
            let mut words = vec![here.say(&said), next.say(h)];
            if next.text.contains('.')
                && next.trail == "."
                && place.chunks.get(place.at + 2).is_some_and(|c| c.text.starts_with(char::is_lowercase))
            {
                words[1].mark = None;
            }
            Some((2, words))
        }
        (None, None) => Some((1, vec![here.say(&said)])),
    }
}

/// "1h25m", "2h 05m", "7h", "45min".
fn duration(place: Place<'_>) -> Reading {
    let here = place.here();
    let lower = here.text.to_lowercase();
    let (hours, rest) = match lower.split_once('h') {
        Some((hours, rest)) => (Some(digits(hours, 1, 3)?), rest.trim_start_matches("rs").trim_start_matches('r')),
        None => (None, lower.as_str()),
    };
    let minutes = match rest.trim_end_matches("mins").trim_end_matches("min").trim_end_matches('m') {
        "" if hours.is_some() && rest.is_empty() => None,
        number if number != rest || hours.is_some() => Some(digits(number, 1, 3)?),
        _ => return None,
    };
    if hours.is_none() && !rest.ends_with("min") && !rest.ends_with("mins") && !place.before(1).ends_with('h') {
        return None;
    }
    let said: Vec<_> = [(hours, "hour"), (minutes, "minute")]
        .into_iter()
        .filter_map(|(n, unit)| n.map(|n| counted(n, unit)))
        .collect();
    Some((1, vec![here.say(&said.join(" "))]))
}

/// "Fri, Nov 27", "Tue.": short days of the week where they cannot be another word.
fn weekday(place: Place<'_>) -> Reading {
    let here = place.here();
    let (_, long) = WEEKDAYS.into_iter().find(|(short, _)| *short == here.text)?;
    let ambiguous = matches!(here.text, "Sun" | "Sat" | "Mon");
    let dated = place.next().is_some_and(|next| month_of(next.text).is_some() || day(next.text).is_some());
    if ambiguous && !dated && !(here.trail.starts_with('.') && place.next().is_some()) {
        return None;
    }
    let mut word = here.say(long);
    if here.trail == "."
        && place.next().is_some_and(|next| !next.text.starts_with(char::is_uppercase) || month_of(next.text).is_some())
    {
        word.mark = None;
    }
    Some((1, vec![word]))
}

/// `n` units as words, in the plural where it belongs.
pub fn counted(n: u64, unit: &str) -> String {
    format!("{} {unit}{}", cardinal(n), if n == 1 { "" } else { "s" })
}

/// "9:45" as words; the o'clock is left out when am or pm follows.
fn clock_words(text: &str, half_known: bool) -> Option<String> {
    let mut parts = text.split(':');
    let hour = digits(parts.next()?, 1, 2).filter(|h| *h <= 24)?;
    let Some(minute_text) = parts.next() else { return half_known.then(|| cardinal(hour)) };
    let minute = digits(minute_text, 2, 2).filter(|m| *m < 60)?;
    if parts.next().is_some_and(|seconds| digits(seconds, 2, 2).is_none()) || parts.next().is_some() {
        return None;
    }
    Some(match (hour, minute) {
        (_, 0) if half_known => cardinal(hour),
        (1..=12, 0) if !text.starts_with('0') => format!("{} o'clock", cardinal(hour)),
        (0, 0) => "midnight".to_owned(),
        (1..=9, 0) => format!("oh {} hundred", cardinal(hour)),
        (_, 0) => format!("{} hundred", cardinal(hour)),
        _ => format!("{} {}", cardinal(hour), last_pair(minute)),
    })
}

fn split_half(text: &str) -> (&str, Option<&'static str>) {
    let cut = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (body, tail) = text.split_at(cut);
    match half(tail) {
        Some(h) if !body.is_empty() => (body, Some(h)),
        _ => (text, None),
    }
}

fn half(text: &str) -> Option<&'static str> {
    match text.to_lowercase().as_str() {
        "am" | "a.m" | "a.m." => Some("_A _M"),
        "pm" | "p.m" | "p.m." => Some("_P _M"),
        _ => None,
    }
}

/// "27", "27th", "27-29" as days of a month.
fn day_words(text: &str) -> Option<String> {
    match text.split_once(['-', '–']) {
        Some((from, to)) => Some(format!("{} to {}", ordinal(day(from)?.0), ordinal(day(to)?.0))),
        None => day(text).map(|(d, _)| ordinal(d)),
    }
}

fn day(text: &str) -> Option<(u64, bool)> {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let suffix = &text[number.len()..];
    let d = digits(number, 1, 2).filter(|d| (1..=31).contains(d))?;
    matches!(suffix, "" | "st" | "nd" | "rd" | "th").then_some((d, !suffix.is_empty()))
}

fn digits(text: &str, shortest: usize, longest: usize) -> Option<u64> {
    ((shortest..=longest).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

fn month_name(m: u64) -> Option<&'static str> {
    MONTHS.get(usize::try_from(m).ok()?.checked_sub(1)?).map(|(_, long)| *long)
}

fn month_of(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    let capital = text.starts_with(char::is_uppercase);
    MONTHS
        .into_iter()
        .find(|(short, long)| {
            capital
                && (*short == lower
                    || *long == text
                    || long.to_lowercase() == lower
                    || (lower == "sept" && *short == "sep"))
        })
        .map(|(_, long)| long)
}

const MONTHS: [(&str, &str); 12] = [
    ("jan", "January"),
    ("feb", "February"),
    ("mar", "March"),
    ("apr", "April"),
    ("may", "May"),
    ("jun", "June"),
    ("jul", "July"),
    ("aug", "August"),
    ("sep", "September"),
    ("oct", "October"),
    ("nov", "November"),
    ("dec", "December"),
];
const WEEKDAYS: [(&str, &str); 10] = [
    ("Mon", "Monday"),
    ("Tue", "Tuesday"),
    ("Tues", "Tuesday"),
    ("Wed", "Wednesday"),
    ("Thu", "Thursday"),
    ("Thur", "Thursday"),
    ("Thurs", "Thursday"),
    ("Fri", "Friday"),
    ("Sat", "Saturday"),
    ("Sun", "Sunday"),
];
