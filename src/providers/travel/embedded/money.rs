//! Amounts between currencies at frozen reference rates, in whole numbers only. It fetches nothing and never drifts.

use agent::places;
use agent::trip::{Code3, Money};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// An amount in hundredths of a US dollar, the unit in which the embedded world thinks.
pub(crate) type Cents = i64;

/// The amount in a currency, to whole units (tens of the smallest where there are no cents); US dollars when the currency has no rate.
pub(crate) fn from_cents(cents: Cents, currency: Code3) -> Money {
    let table = rates();
    let (Some(&rate), Some(&dollar)) = (table.get(&currency), table.get(&dollar_code())) else {
        return Money { minor: whole(cents, 100), currency: dollar_code() };
    };
    if has_cents(currency) {
        Money { minor: whole(cents.saturating_mul(rate) / dollar, 100), currency }
    } else {
        Money { minor: whole(cents.saturating_mul(rate) / dollar / 100, 10), currency }
    }
}

/// The amount in hundredths of a US dollar; `None` when its currency has no rate.
pub(crate) fn to_cents(money: Money) -> Option<Cents> {
    let table = rates();
    let (&rate, &dollar) = (table.get(&money.currency)?, table.get(&dollar_code())?);
    let hundredths = if has_cents(money.currency) { money.minor } else { money.minor.checked_mul(100)? };
    hundredths.checked_mul(dollar).map(|scaled| scaled / rate)
}

/// The currency of a country where it has a rate, US dollars elsewhere.
pub(crate) fn of_country(country: &str) -> Code3 {
    places::country(country)
        .and_then(|country| Code3::parse(country.currency))
        .filter(|currency| rates().contains_key(currency))
        .unwrap_or_else(dollar_code)
}

/// The amount as a person reads it: "$215", "€40", "12,300 JPY".
pub(crate) fn in_words(money: Money) -> String {
    let (units, cents) =
        if has_cents(money.currency) { (money.minor / 100, money.minor % 100) } else { (money.minor, 0) };
    let mut text = grouped(units);
    if cents != 0 {
        text.push_str(&format!(".{:02}", cents.abs()));
    }
    match money.currency.as_str() {
        "USD" => format!("${text}"),
        "EUR" => format!("\u{20ac}{text}"),
        "GBP" => format!("\u{a3}{text}"),
        code => format!("{text} {code}"),
    }
}

/// Basis points of an amount.
pub(crate) fn scale(cents: Cents, basis_points: i64) -> Cents {
    cents.saturating_mul(basis_points) / 10_000
}

fn whole(amount: i64, step: i64) -> i64 {
    (amount + step - 1).div_euclid(step) * step
}

fn grouped(units: i64) -> String {
    let digits = units.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digit != '-' && (digits.len() - at).is_multiple_of(3) && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// ISO 4217 gives these currencies no minor unit; among those with a rate there are three.
fn has_cents(currency: Code3) -> bool {
    !["JPY", "KRW", "ISK"].contains(&currency.as_str())
}

fn dollar_code() -> Code3 {
    Code3::parse("USD").expect("three letters")
}

/// Ten-thousandths of a unit for one euro.
fn rates() -> &'static BTreeMap<Code3, i64> {
    static RATES: OnceLock<BTreeMap<Code3, i64>> = OnceLock::new();
    RATES.get_or_init(|| {
        let line = |line: &str| {
            let (code, rate) = line.split_once('\t')?;
            Some((Code3::parse(code)?, rate.parse().ok().filter(|&rate| rate > 0)?))
        };
        RATES_TEXT.lines().filter(|text| !text.starts_with('#')).filter_map(line).collect()
    })
}

const RATES_TEXT: &str = include_str!("../data/rates.tsv");
