//! Reads plain numbers and measures aloud: percent, units, ordinals, fractions, ranges, years. It never rounds.

use crate::providers::tts::normal::numerals::{cardinal, decimal, integer, ordinal, spell, value, year};
use crate::providers::tts::normal::word::{Place, Reading};

/// Numbers and measures from this place on.
pub fn read(place: Place<'_>) -> Reading {
    let here = place.here();
    if !here.text.contains(|c: char| c.is_ascii_digit() || "½¼¾★".contains(c)) {
        return None;
    }
    if let Some((next, unit)) = place.joined(1).and_then(|next| Some((next, unit(next.text)?)))
        && let Some(number) = quantity(here.text)
    {
        let mut name = next.say(unit.name(here.text == "1"));
        if next.trail.starts_with('.')
            && place.chunks.get(place.at + 2).is_some_and(|c| c.text.starts_with(char::is_lowercase))
        {
            name.mark = None;
        }
        return Some((2, vec![here.say(&number), name]));
    }
    whole(place).map(|said| (1, vec![here.say(&said)]))
}

fn whole(place: Place<'_>) -> Option<String> {
    let text = place.here().text;
    ordinal_words(text)
        .or_else(|| fraction(text))
        .or_else(|| with_unit(text))
        .or_else(|| range(text))
        .or_else(|| compound(text))
        .or_else(|| decade(text))
        .or_else(|| number_sign(text))
        .or_else(|| plain_year(place))
        .or_else(|| quantity(text))
        .or_else(|| anything(text))
}

/// A number or a range of numbers, without a unit.
fn quantity(text: &str) -> Option<String> {
    let (sign, body) = match text.chars().next()? {
        '-' | '−' => ("minus ", &text[text.chars().next()?.len_utf8()..]),
        '+' => ("plus ", &text[1..]),
        '~' => ("about ", &text[1..]),
        _ => ("", text),
    };
    decimal(body).map(|said| format!("{sign}{said}")).or_else(|| range(text)).or_else(|| fraction(text))
}

fn ordinal_words(text: &str) -> Option<String> {
    let number = ["st", "nd", "rd", "th"]
        .into_iter()
        .find_map(|suffix| text.to_lowercase().strip_suffix(suffix).map(str::to_owned))?;
    value(&number).map(ordinal)
}

fn fraction(text: &str) -> Option<String> {
    for (sign, said) in [('½', "a half"), ('¼', "a quarter"), ('¾', "three quarters")] {
        if let Some(head) = text.strip_suffix(sign) {
            return if head.is_empty() {
                Some(said.to_owned())
            } else {
                Some(format!("{} and {said}", decimal(head)?))
            };
        }
    }
    let (top, bottom) = text.split_once('/')?;
    Some(match (value(top), value(bottom)) {
        (Some(1), Some(2)) => "one half".to_owned(),
        (Some(1), Some(4)) => "one quarter".to_owned(),
        (Some(3), Some(4)) => "three quarters".to_owned(),
        (Some(n @ 1..=9), Some(d @ 3..=9)) if n < d && n == 1 => format!("one {}", ordinal(d)),
        (Some(n), Some(d @ 3..=9)) if n < d && d != 5 => format!("{} {}s", cardinal(n), ordinal(d)),
        _ => format!("{} out of {}", decimal(top)?, decimal(bottom)?),
    })
}

/// "15%", "23kg", "72°F", "5km".
fn with_unit(text: &str) -> Option<String> {
    let cut = text.char_indices().rev().find(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at + 1)?;
    let (number, tail) = text.split_at(cut);
    let unit = unit(tail)?;
    Some(format!("{} {}", quantity(number)?, unit.name(number == "1")))
}

fn range(text: &str) -> Option<String> {
    let (from, to) = text.split_once('–').or_else(|| text.split_once('-'))?;
    if let Some((number, tail)) =
        to.char_indices().rev().find(|(_, c)| c.is_ascii_digit()).map(|(at, _)| to.split_at(at + 1))
        && let Some(unit) = unit(tail)
    {
        return Some(format!("{} to {} {}", decimal(from)?, decimal(number)?, unit.name(false)));
    }
    Some(format!("{} to {}", decimal(from)?, decimal(to)?))
}

/// "1-stop", "24-hour", "3-star": the number and the word.
fn compound(text: &str) -> Option<String> {
    let (number, word) = text.split_once('-')?;
    let word_like = word.chars().all(|c| c.is_alphabetic() || c == '-') && !word.is_empty();
    (word_like)
        .then(|| decimal(number).or_else(|| ordinal_words(number)).map(|n| format!("{n} {}", word.replace('-', " "))))
        .flatten()
}

fn decade(text: &str) -> Option<String> {
    let number = text.strip_suffix('s').map(|n| n.trim_end_matches(['\'', '’']))?;
    let n = value(number).filter(|n| n % 10 == 0 && *n >= 20)?;
    let said = if n >= 1000 { year(n) } else { cardinal(n) };
    Some(said.strip_suffix('y').map_or_else(|| format!("{said}s"), |stem| format!("{stem}ies")))
}

fn number_sign(text: &str) -> Option<String> {
    let number = text.strip_prefix('#').or_else(|| text.strip_prefix('№'))?;
    Some(format!("number {}", integer(number)?))
}

/// Four digits between 1100 and 2099 after a word that calls for a year.
fn plain_year(place: Place<'_>) -> Option<String> {
    let text = place.here().text;
    let n = (text.len() == 4).then(|| value(text)).flatten()?;
    let called = matches!(
        place.before(1).as_str(),
        "in" | "since"
            | "of"
            | "from"
            | "until"
            | "by"
            | "year"
            | "spring"
            | "summer"
            | "fall"
            | "autumn"
            | "winter"
            | "early"
            | "late"
            | "mid"
            | "before"
            | "after"
            | "during"
    );
    (matches!(n, 1900..=2099) || called && matches!(n, 1100..=2099)).then(|| year(n))
}

/// The last resort for text with digits: numbers and letters in turn, so that nothing is left unsaid.
fn anything(text: &str) -> Option<String> {
    let mut said = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c: char| c.is_ascii_digit() != first.is_ascii_digit()).unwrap_or(rest.len());
        let run = &rest[..end];
        if first.is_ascii_digit() {
            said.push(integer(run).unwrap_or_else(|| spell(run)));
        } else {
            said.extend(run.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|w| !w.is_empty()).map(|w| {
                if w.chars().count() == 1 && w.is_ascii() {
                    format!("_{}", w.to_ascii_uppercase())
                } else {
                    w.to_owned()
                }
            }));
        }
        rest = &rest[end..];
    }
    (!said.is_empty()).then(|| said.join(" "))
}

#[derive(Clone, Copy)]
struct Unit {
    one: &'static str,
    many: &'static str,
}

impl Unit {
    fn name(self, single: bool) -> &'static str {
        if single { self.one } else { self.many }
    }
}

fn unit(text: &str) -> Option<Unit> {
    let name = text.trim_end_matches('.');
    UNITS.into_iter().find(|(short, _, _)| *short == name).map(|(_, one, many)| Unit { one, many })
}

const UNITS: [(&str, &str, &str); 40] = [
    ("%", "percent", "percent"),
    ("°", "degree", "degrees"),
    ("°C", "degree Celsius", "degrees Celsius"),
    ("°F", "degree Fahrenheit", "degrees Fahrenheit"),
    ("ºC", "degree Celsius", "degrees Celsius"),
    ("C", "degree Celsius", "degrees Celsius"),
    ("F", "degree Fahrenheit", "degrees Fahrenheit"),
    ("km", "kilometer", "kilometers"),
    ("km/h", "kilometer per hour", "kilometers per hour"),
    ("kph", "kilometer per hour", "kilometers per hour"),
    ("mph", "mile per hour", "miles per hour"),
    ("mi", "mile", "miles"),
    ("m", "meter", "meters"),
    ("cm", "centimeter", "centimeters"),
    ("mm", "millimeter", "millimeters"),
    ("ft", "foot", "feet"),
    ("kg", "kilogram", "kilograms"),
    ("kgs", "kilogram", "kilograms"),
    ("g", "gram", "grams"),
    ("lb", "pound", "pounds"),
    ("lbs", "pound", "pounds"),
    ("oz", "ounce", "ounces"),
    ("l", "liter", "liters"),
    ("L", "liter", "liters"),
    ("ml", "milliliter", "milliliters"),
    ("hr", "hour", "hours"),
    ("hrs", "hour", "hours"),
    ("h", "hour", "hours"),
    ("min", "minute", "minutes"),
    ("mins", "minute", "minutes"),
    ("sec", "second", "seconds"),
    ("secs", "second", "seconds"),
    ("ms", "millisecond", "milliseconds"),
    ("GB", "gigabyte", "gigabytes"),
    ("MB", "megabyte", "megabytes"),
    ("pts", "point", "points"),
    ("pax", "passenger", "passengers"),
    ("x", "times", "times"),
    ("★", "star", "stars"),
    ("kWh", "kilowatt hour", "kilowatt hours"),
];
