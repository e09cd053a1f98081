//! Reads sums of money aloud, in any common notation. It never converts one currency into another.

use crate::providers::tts::normal::numerals::{cardinal, decimal, value};
use crate::providers::tts::normal::word::{Chunk, Place, Reading};

/// Sums of money from this place on: "$312", "USD 1,204.50", "1,204.50 EUR", "$3.2 million", "$300-$400".
pub fn read(place: Place<'_>) -> Reading {
    with_sign(place).or_else(|| code_first(place)).or_else(|| code_last(place))
}

fn with_sign(place: Place<'_>) -> Reading {
    let here = place.here();
    let (negative, text) = here.text.strip_prefix(['-', '−']).map_or(("", here.text), |rest| ("minus ", rest));
    let (text, per) = text.split_once('/').map_or((text, None), |(sum, unit)| (sum, Some(unit)));
    let (currency, amount) = signed(text)?;
    let per = match per {
        Some(unit) if unit.chars().all(char::is_alphabetic) && !unit.is_empty() => format!(" per {}", per_unit(unit)),
        Some(_) => return None,
        None => String::new(),
    };
    if let Some((low, high)) = amount.split_once(['-', '–']) {
        let high = signed(high).map_or(high, |(_, amount)| amount);
        let said = format!("{} to {}{per}", decimal(low)?, sum(high, currency)?);
        return Some((1, vec![here.say(&said)]));
    }
    if let Some((next, scale)) = place.joined(1).and_then(|next| scale(next.text).map(|scale| (next, scale))) {
        let said = format!("{negative}{} {scale} {}", decimal(amount)?, currency.many);
        return Some((2, vec![here.say_through(next, &said)]));
    }
    let (number, attached) = attached_scale(amount);
    let said = match attached {
        Some(scale) => format!("{} {scale} {}", decimal(number)?, currency.many),
        None => sum(amount, currency)?,
    };
    Some((1, vec![here.say(&format!("{negative}{said}{per}"))]))
}

/// "USD 1,204.50".
fn code_first(place: Place<'_>) -> Reading {
    let here = place.here();
    let currency = by_code(here.text)?;
    let next = place.joined(1)?;
    Some((2, vec![here.say_through(next, &sum(next.text, currency)?)]))
}

/// "1,204.50 USD", "120€", "45EUR".
fn code_last(place: Place<'_>) -> Reading {
    let here = place.here();
    if let Some(next) = place.joined(1)
        && let Some(currency) = by_code(next.text).or_else(|| by_sign(next.text))
    {
        return Some((2, vec![here.say_through(next, &sum(here.text, currency)?)]));
    }
    let cut = here.text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',')))?;
    let (amount, tail) = here.text.split_at(cut);
    let currency = by_sign(tail).or_else(|| by_code(tail))?;
    Some((1, vec![here.say(&sum(amount, currency)?)]))
}

/// "1,204.50" of a currency, with its small coin.
fn sum(amount: &str, currency: &Currency) -> Option<String> {
    let (whole, coins) = amount.split_once('.').unwrap_or((amount, ""));
    let whole_value = if whole.is_empty() { 0 } else { value(whole)? };
    let coins_value = match coins.len() {
        0 => 0,
        2 if coins.bytes().all(|b| b.is_ascii_digit()) && !currency.coin.is_empty() => coins.parse().ok()?,
        _ => return Some(format!("{} {}", decimal(amount)?, currency.many)),
    };
    let big = format!("{} {}", cardinal(whole_value), if whole_value == 1 { currency.one } else { currency.many });
    let plural = if coins_value == 1 || currency.coin.ends_with("ce") { "" } else { "s" };
    let small = format!("{} {}{plural}", cardinal(coins_value), currency.coin);
    Some(match (whole_value, coins_value) {
        (_, 0) => big,
        (0, _) => small,
        _ => format!("{big} and {small}"),
    })
}

fn signed(text: &str) -> Option<(&'static Currency, &str)> {
    SIGNS
        .into_iter()
        .find_map(|(sign, code)| Some((by_code(code)?, text.strip_prefix(sign)?)))
        .filter(|(_, rest)| rest.starts_with(|c: char| c.is_ascii_digit() || c == '.'))
}

fn by_sign(text: &str) -> Option<&'static Currency> {
    SIGNS.into_iter().find(|(sign, _)| *sign == text).and_then(|(_, code)| by_code(code))
}

fn by_code(code: &str) -> Option<&'static Currency> {
    CURRENCIES.iter().find(|currency| currency.code == code)
}

fn scale(text: &str) -> Option<&'static str> {
    match text.to_lowercase().as_str() {
        "thousand" => Some("thousand"),
        "million" | "mn" => Some("million"),
        "billion" | "bn" => Some("billion"),
        _ => None,
    }
}

fn attached_scale(amount: &str) -> (&str, Option<&'static str>) {
    let scales =
        [("k", "thousand"), ("K", "thousand"), ("M", "million"), ("m", "million"), ("B", "billion"), ("bn", "billion")];
    scales
        .into_iter()
        .find_map(|(suffix, scale)| amount.strip_suffix(suffix).map(|number| (number, Some(scale))))
        .unwrap_or((amount, None))
}

fn per_unit(unit: &str) -> &str {
    match unit {
        "pp" | "p" => "person",
        "hr" | "h" => "hour",
        "wk" => "week",
        "mo" => "month",
        "yr" => "year",
        "nt" => "night",
        other => other,
    }
}

/// The reading of one chunk as a plain amount is left to the numbers; this only knows names.
struct Currency {
    code: &'static str,
    one: &'static str,
    many: &'static str,
    coin: &'static str,
}

const fn currency(code: &'static str, one: &'static str, many: &'static str, coin: &'static str) -> Currency {
    Currency { code, one, many, coin }
}

/// Whether a chunk is the name of a currency by its three letters.
pub fn is_code(chunk: &Chunk<'_>) -> bool {
    by_code(chunk.text).is_some()
}

/// Longer signs first: "US$" before "$".
const SIGNS: [(&str, &str); 13] = [
    ("US$", "USD"),
    ("A$", "AUD"),
    ("AU$", "AUD"),
    ("C$", "CAD"),
    ("CA$", "CAD"),
    ("HK$", "HKD"),
    ("NZ$", "NZD"),
    ("S$", "SGD"),
    ("$", "USD"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("¥", "JPY"),
    ("₹", "INR"),
];

const CURRENCIES: [Currency; 27] = [
    currency("USD", "dollar", "dollars", "cent"),
    currency("EUR", "euro", "euros", "cent"),
    currency("GBP", "pound", "pounds", "pence"),
    currency("JPY", "yen", "yen", ""),
    currency("CHF", "Swiss franc", "Swiss francs", "cent"),
    currency("CAD", "Canadian dollar", "Canadian dollars", "cent"),
    currency("AUD", "Australian dollar", "Australian dollars", "cent"),
    currency("NZD", "New Zealand dollar", "New Zealand dollars", "cent"),
    currency("SGD", "Singapore dollar", "Singapore dollars", "cent"),
    currency("HKD", "Hong Kong dollar", "Hong Kong dollars", "cent"),
    currency("MXN", "peso", "pesos", "cent"),
    currency("INR", "rupee", "rupees", ""),
    currency("CNY", "yuan", "yuan", ""),
    currency("KRW", "won", "won", ""),
    currency("BRL", "real", "reais", ""),
    currency("SEK", "Swedish krona", "Swedish kronor", ""),
    currency("NOK", "Norwegian krone", "Norwegian kroner", ""),
    currency("DKK", "Danish krone", "Danish kroner", ""),
    currency("PLN", "zloty", "zlotys", ""),
    currency("CZK", "Czech crown", "Czech crowns", ""),
    currency("HUF", "forint", "forints", ""),
    currency("TRY", "Turkish lira", "Turkish lira", ""),
    currency("THB", "baht", "baht", ""),
    currency("AED", "dirham", "dirhams", ""),
    currency("ZAR", "rand", "rand", ""),
    currency("ISK", "Icelandic krona", "Icelandic kronur", ""),
    currency("USDC", "_U _S _D _C", "_U _S _D _C", ""),
];
