//! The budget of a line. An amount that is unclear or far from any fare becomes a doubt, never a guess.

use crate::concierge::meaning::{Context, Doubt, Slots};
use crate::concierge::understand::line::Line;
use crate::concierge::understand::number;
use crate::trip::{Code3, Money};

/// Fills in the highest total that was said, takes its words, and answers the doubt about it.
pub(crate) fn fill(line: &mut Line<'_>, context: &Context, slots: &mut Slots) -> Option<Doubt> {
    for i in 0..line.len() {
        let led = BOUNDS.iter().filter_map(|p| line.at(i, p)).max();
        let at = led.unwrap_or(i);
        let Some(amount) = amount(line, at, context) else { continue };
        let meant = match led {
            Some(_) => {
                amount.currency.is_some() || amount.units >= UNITS_MIN || line.has("budget|spend|price|cost|fare")
            }
            None => amount.currency.is_some() && !asks_price(line, i),
        };
        if !meant || led.is_some_and(|_| timed(line, amount.end)) {
            continue;
        }
        let range = i..line.at(amount.end, "or less|under|below|max|maximum|tops").unwrap_or(amount.end);
        let said = line.said(range.clone());
        line.take(range);
        let plausible = (UNITS_MIN..=UNITS_MAX).contains(&amount.units);
        let money = money(&amount, context.currency).filter(|_| plausible);
        slots.max_total = money;
        return money.is_none().then_some(Doubt::Amount { said });
    }
    None
}

/// Less than this is no fare.
const UNITS_MIN: u64 = 30;

/// More than this is asked again; currencies with small units are counted by hundreds.
const UNITS_MAX: u64 = 30_000;

const BOUNDS: [&str; 16] = [
    "under|below|beneath|within|max|maximum|underneath",
    "less|cheaper|lower than",
    "no|not more|higher|over than?",
    "no|not to? exceed",
    "up to",
    "at most",
    "around|about|approximately|roughly",
    "a? maximum|max of",
    "a|my|our|the? budget of|is|about|around",
    "a|my|our|the? budget is|of about|around|roughly|under|only?",
    "dont|not? want to? spend more than",
    "spend about|around|like|only|maybe?",
    "spend up to",
    "spend less|no|not more? than",
    "for under|less|about|around than?",
    "no more than about|around?",
];

struct Amount {
    units: u64,
    cents: u64,
    currency: Option<Code3>,
    end: usize,
}

fn amount(line: &Line<'_>, i: usize, context: &Context) -> Option<Amount> {
    if !line.free(i) {
        return None;
    }
    let (units, cents, end) = value(line, i)?;
    let end_of_words = line.at(end, "us|american|canadian|australian? dollars|dollar|bucks|euros|euro|pounds|pound|quid|yen|francs|rupees|usd|eur|gbp|cad|aud|chf|jpy");
    let currency = end_of_words.and_then(|e| currency(line.word(e - 1), line.word(end), context.currency));
    let end = end_of_words.unwrap_or(end);
    let (cents, end) = match line.at(end, "and? # cents") {
        Some(after) if currency.is_some() => (
            number::cardinal(line, if line.word(end) == "and" { end + 1 } else { end }).map_or(cents, |(n, _)| n),
            after,
        ),
        _ => (cents, end),
    };
    Some(Amount { units, cents, currency, end })
}

/// "400", "four fifty" (450), "three ninety nine" (399), "399.99", "a couple hundred".
fn value(line: &Line<'_>, i: usize) -> Option<(u64, u64, usize)> {
    if let Some((units, cents)) = line.word(i).split_once('.') {
        return Some((number::digits(units)?, number::digits(cents).filter(|_| cents.len() == 2)?, i + 1));
    }
    if let Some(end) = line.at(i, "a? couple of? hundred") {
        return Some((200, 0, end));
    }
    let (n, end) = number::cardinal(line, i)?;
    if line.is(end, &["million", "millions", "billion"]) {
        return Some((n.saturating_mul(1_000_000), 0, end + 1));
    }
    let spoken = line.word(i).starts_with(|c: char| c.is_ascii_alphabetic());
    if (1..=9).contains(&n)
        && spoken
        && end == i + 1
        && let Some((rest, after)) = number::below_hundred(line, end).filter(|(r, _)| (10..100).contains(r))
    {
        return Some((n * 100 + rest, 0, after));
    }
    Some((n, 0, end))
}

fn currency(word: &str, nation: &str, local: Code3) -> Option<Code3> {
    let code = match (word, nation) {
        (_, "canadian") | ("cad", _) => "CAD",
        (_, "australian") | ("aud", _) => "AUD",
        (_, "us" | "american") | ("usd", _) => "USD",
        ("dollars" | "dollar" | "bucks", _) if ["USD", "CAD", "AUD", "NZD", "SGD", "HKD"].contains(&local.as_str()) => {
            return Some(local);
        }
        ("dollars" | "dollar" | "bucks", _) => "USD",
        ("euros" | "euro" | "eur", _) => "EUR",
        ("pounds" | "pound" | "quid" | "gbp", _) => "GBP",
        ("yen" | "jpy", _) => "JPY",
        ("francs" | "chf", _) => "CHF",
        ("rupees", _) => "INR",
        _ => return None,
    };
    Code3::parse(code)
}

/// The amount in minor units; none when it does not fit.
fn money(amount: &Amount, local: Code3) -> Option<Money> {
    let currency = amount.currency.unwrap_or(local);
    let whole = ["JPY", "KRW", "CLP", "ISK", "VND"].contains(&currency.as_str());
    let minor = if whole { amount.units } else { amount.units.checked_mul(100)?.checked_add(amount.cents)? };
    Some(Money { minor: i64::try_from(minor).ok()?, currency })
}

/// "The 240 dollar one" names an offer.
fn asks_price(line: &Line<'_>, i: usize) -> bool {
    line.find("dollar|dollars|euro|euros|pound|pounds one|flight|option")
        .is_some_and(|r| r.start >= i && r.start <= i + 4)
}

/// The number is a time or a count after all.
fn timed(line: &Line<'_>, end: usize) -> bool {
    line.is(
        end,
        &[
            "am", "pm", "oclock", "people", "adults", "nights", "days", "stops", "stop", "hours", "hour", "minutes",
            "stars", "layovers", "layover", "kg", "kilos",
        ],
    )
}
