//! English for the ear: numbers, money, times, dates, parties and spelling as people say them. It never abbreviates.

use crate::trip::{Cabin, DateSpan, Money, Party, TimeWindow};
use jiff::civil::{Date, Time, Weekday};

/// A whole number in words ("three hundred and twelve"); exact up to 999,999,999,999, spelled digit by digit above.
pub fn number(n: u64) -> String {
    match n {
        0..=19 => SMALL[n as usize].to_owned(),
        20..=99 => tens(n),
        100..=999 => joined(n, 100, "hundred"),
        1_000..=999_999 => joined(n, 1_000, "thousand"),
        1_000_000..=999_999_999 => joined(n, 1_000_000, "million"),
        1_000_000_000..=NUMBER_MAX => joined(n, 1_000_000_000, "billion"),
        _ => spelled(&n.to_string()),
    }
}

/// A whole number with its sign in words ("minus four").
pub fn signed(n: i64) -> String {
    let words = number(n.unsigned_abs());
    if n < 0 { format!("minus {words}") } else { words }
}

/// A rank in words ("twenty-seventh").
pub fn ordinal(n: u64) -> String {
    let words = number(n);
    let cut = words.rfind([' ', '-']).map_or(0, |at| at + 1);
    let (head, last) = words.split_at(cut);
    let tail = match last {
        "one" => "first".to_owned(),
        "two" => "second".to_owned(),
        "three" => "third".to_owned(),
        "five" => "fifth".to_owned(),
        "eight" => "eighth".to_owned(),
        "nine" => "ninth".to_owned(),
        "twelve" => "twelfth".to_owned(),
        _ => last.strip_suffix('y').map_or_else(|| format!("{last}th"), |stem| format!("{stem}ieth")),
    };
    format!("{head}{tail}")
}

/// An amount with its currency, exact to the minor unit ("three hundred and twelve dollars and fifty cents").
pub fn money(amount: Money) -> String {
    let code = amount.currency.as_str();
    let (one, many, cent) = CURRENCIES.iter().find(|(known, ..)| *known == code).map_or_else(
        || (spelled(code), spelled(code), "cent"),
        |(_, one, many, cent, _)| ((*one).to_owned(), (*many).to_owned(), *cent),
    );
    let unit = 10_u64.pow(decimals(code));
    let (whole, part) = (amount.minor.unsigned_abs() / unit, amount.minor.unsigned_abs() % unit);
    let sign = if amount.minor < 0 { "minus " } else { "" };
    let wholes = format!("{} {}", number(whole), if whole == 1 { one } else { many });
    match part {
        0 => format!("{sign}{wholes}"),
        _ if cent == "pence" => {
            format!("{sign}{wholes} and {} {}", number(part), if part == 1 { "penny" } else { "pence" })
        }
        _ => format!("{sign}{wholes} and {} {cent}{}", number(part), if part == 1 { "" } else { "s" }),
    }
}

/// Decimals of a currency (ISO 4217).
pub fn decimals(currency: &str) -> u32 {
    let known = CURRENCIES.iter().find(|(known, ..)| *known == currency).map(|(.., digits)| *digits);
    known.unwrap_or(match currency {
        "CLP" | "ISK" | "VND" => 0,
        "BHD" | "JOD" | "KWD" | "OMR" | "TND" => 3,
        _ => 2,
    })
}

/// A time of day ("nine forty-five in the morning", "noon", "six oh five in the evening").
pub fn clock(time: Time) -> String {
    match (time.hour(), time.minute()) {
        (0, 0) => "midnight".to_owned(),
        (12, 0) => "noon".to_owned(),
        (hour, _) => format!("{} {}", bare_clock(time), daypart(hour)),
    }
}

/// A time of day without its part of the day ("nine forty-five", "six oh five").
pub fn bare_clock(time: Time) -> String {
    let hour = match time.hour().rem_euclid(12) {
        0 => 12,
        hour => hour as u64,
    };
    match time.minute() as u64 {
        0 => number(hour),
        minute @ 1..=9 => format!("{} oh {}", number(hour), number(minute)),
        minute => format!("{} {}", number(hour), number(minute)),
    }
}

/// A length of time in minutes ("four and a quarter hours", "an hour and ten minutes").
pub fn duration(minutes: i64) -> String {
    let minutes = minutes.unsigned_abs();
    match (minutes / 60, minutes % 60) {
        (0, rest) => counted(rest, "minute"),
        (1, 0) => "one hour".to_owned(),
        (1, 30) => "an hour and a half".to_owned(),
        (hours, 0) => counted(hours, "hour"),
        (hours, 15) if hours > 1 => format!("{} and a quarter hours", number(hours)),
        (hours, 30) => format!("{} and a half hours", number(hours)),
        (hours, rest) => format!("{} and {}", counted(hours, "hour"), counted(rest, "minute")),
    }
}

/// A count with its noun in the right number ("one bag", "two bags").
pub fn counted(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", number(n), if n == 1 { "" } else { "s" })
}

/// A day seen from today: "today", "tomorrow, Tuesday the twenty-fourth", "Friday the twenty-seventh" within four weeks, with month
/// (and year, when it is not the coming one) beyond.
pub fn day(date: Date, today: Date) -> String {
    let weekday = weekday(date.weekday());
    let nth = ordinal(date.day() as u64);
    match days_between(today, date) {
        0 => format!("today, {weekday} the {nth}"),
        1 => format!("tomorrow, {weekday} the {nth}"),
        2..=NEAR_DAYS_MAX => format!("{weekday} the {nth}"),
        _ => full_day(date, today),
    }
}

/// A day with weekday and month, and the year when it is more than ten months off ("Friday, November twenty-seventh").
pub fn full_day(date: Date, today: Date) -> String {
    let text = format!("{}, {} {}", weekday(date.weekday()), month(date.month()), ordinal(date.day() as u64));
    if (0..=YEAR_SAID_DAYS).contains(&days_between(today, date)) {
        text
    } else {
        format!("{text}, {}", year(date.year()))
    }
}

/// A span of days ("between Monday the seventh and Friday the eleventh"), or its one day.
pub fn span(dates: DateSpan, today: Date) -> String {
    if dates.from == dates.to {
        return day(dates.from, today);
    }
    format!("between {} and {}", day(dates.from, today), day(dates.to, today))
}

/// A window of time ("in the morning", "around seven in the evening", "arriving before nine in the morning").
pub fn window(window: TimeWindow) -> String {
    let (from, to) = (minutes(window.from), minutes(window.to));
    let words = match (from, to) {
        (from, to) if from == to => format!("at {}", clock(window.from)),
        (240..=420, 660..=720) => "in the morning".to_owned(),
        (660..=720, 1020..=1080) => "in the afternoon".to_owned(),
        (1020..=1080, 1260..) => "in the evening".to_owned(),
        (from, to) if from <= 1 && to >= LAST_MINUTE => "at any time".to_owned(),
        (0..=299, to) if to < LAST_MINUTE => format!("before {}", clock(window.to)),
        (_, to) if to >= LAST_MINUTE => format!("after {}", clock(window.from)),
        (from, to) if to - from <= AROUND_MINUTES_MAX && to > from => format!("around {}", clock(middle(from, to))),
        _ => format!("between {} and {}", clock(window.from), clock(window.to)),
    };
    if window.arrival { format!("arriving {words}") } else { words }
}

/// Who travels ("two adults and one child").
pub fn party(party: Party) -> String {
    let mut parts = Vec::new();
    let kinds = [
        (party.adults, "adult", "adults"),
        (party.children, "child", "children"),
        (party.infants, "infant", "infants"),
    ];
    for (count, one, many) in kinds {
        if count > 0 {
            parts.push(format!("{} {}", number(u64::from(count)), if count == 1 { one } else { many }));
        }
    }
    list(&parts)
}

/// Things in a row ("a, b and c").
pub fn list(things: &[String]) -> String {
    match things {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// Alternatives in a row ("a, b or c").
pub fn either(things: &[String]) -> String {
    match things {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} or {last}", head.join(", ")),
    }
}

/// Letters and digits one by one ("K seven M R T A"); anything else is left out.
pub fn spelled(text: &str) -> String {
    let said: Vec<String> = text
        .chars()
        .filter(|c| c.is_alphanumeric())
        .map(|c| c.to_digit(10).map_or_else(|| c.to_uppercase().collect(), |digit| number(u64::from(digit))))
        .collect();
    said.join(" ")
}

/// A flight number as crews say it ("fifteen twenty-three", "three twelve", "ninety-eight").
pub fn flight_number(n: u16) -> String {
    let n = u64::from(n);
    match n {
        0..=99 => number(n),
        100.. if n % 1000 == 0 => number(n),
        100.. if n % 100 == 0 => format!("{} hundred", number(n / 100)),
        100.. if n % 100 < 10 => format!("{} oh {}", number(n / 100), number(n % 100)),
        _ => format!("{} {}", number(n / 100), number(n % 100)),
    }
}

/// A cabin ("premium economy").
pub fn cabin(cabin: Cabin) -> &'static str {
    match cabin {
        Cabin::Economy => "economy",
        Cabin::PremiumEconomy => "premium economy",
        Cabin::Business => "business",
        Cabin::First => "first class",
    }
}

/// The part of the day an hour (0 to 23) lies in ("in the morning").
pub fn daypart(hour: i8) -> &'static str {
    match hour {
        0..=11 => "in the morning",
        12..=17 => "in the afternoon",
        18..=20 => "in the evening",
        _ => "at night",
    }
}

/// The name of a weekday.
pub fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

/// Capitalises the first letter.
pub fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Days from `from` to `to`, negative when `to` is earlier.
pub fn days_between(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}

fn month(month: i8) -> &'static str {
    MONTHS[(month - 1).clamp(0, 11) as usize]
}

fn year(year: i16) -> String {
    let year = u64::from(year.unsigned_abs());
    match year {
        2010..=2099 => format!("twenty {}", number(year % 100)),
        _ => number(year),
    }
}

fn minutes(time: Time) -> i32 {
    i32::from(time.hour()) * 60 + i32::from(time.minute())
}

fn middle(from: i32, to: i32) -> Time {
    let middle = (from + to) / 2;
    Time::constant((middle / 60).clamp(0, 23) as i8, (middle % 60) as i8, 0, 0)
}

fn tens(n: u64) -> String {
    let ten = TENS[(n / 10) as usize];
    if n.is_multiple_of(10) { ten.to_owned() } else { format!("{ten}-{}", SMALL[(n % 10) as usize]) }
}

fn joined(n: u64, unit: u64, name: &str) -> String {
    let head = format!("{} {name}", number(n / unit));
    match n % unit {
        0 => head,
        rest if rest < 100 => format!("{head} and {}", number(rest)),
        rest => format!("{head} {}", number(rest)),
    }
}

const NUMBER_MAX: u64 = 999_999_999_999;
const NEAR_DAYS_MAX: i64 = 27;
const YEAR_SAID_DAYS: i64 = 300;
const AROUND_MINUTES_MAX: i32 = 180;
const LAST_MINUTE: i32 = 23 * 60 + 30;

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = ["", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// ISO 4217 code, one, many, hundredth, decimal digits.
const CURRENCIES: [(&str, &str, &str, &str, u32); 22] = [
    ("USD", "dollar", "dollars", "cent", 2),
    ("EUR", "euro", "euros", "cent", 2),
    ("GBP", "pound", "pounds", "pence", 2),
    ("JPY", "yen", "yen", "sen", 0),
    ("KRW", "won", "won", "jeon", 0),
    ("CAD", "Canadian dollar", "Canadian dollars", "cent", 2),
    ("AUD", "Australian dollar", "Australian dollars", "cent", 2),
    ("NZD", "New Zealand dollar", "New Zealand dollars", "cent", 2),
    ("SGD", "Singapore dollar", "Singapore dollars", "cent", 2),
    ("HKD", "Hong Kong dollar", "Hong Kong dollars", "cent", 2),
    ("CHF", "Swiss franc", "Swiss francs", "centime", 2),
    ("INR", "rupee", "rupees", "paisa", 2),
    ("CNY", "yuan", "yuan", "cent", 2),
    ("MXN", "Mexican peso", "Mexican pesos", "centavo", 2),
    ("BRL", "real", "reais", "centavo", 2),
    ("SEK", "Swedish krona", "Swedish kronor", "cent", 2),
    ("NOK", "Norwegian krone", "Norwegian kroner", "cent", 2),
    ("DKK", "Danish krone", "Danish kroner", "cent", 2),
    ("PLN", "zloty", "zlotys", "cent", 2),
    ("TRY", "lira", "lira", "cent", 2),
    ("AED", "dirham", "dirhams", "cent", 2),
    ("ZAR", "rand", "rand", "cent", 2),
];

#[cfg(test)]
mod tests;
