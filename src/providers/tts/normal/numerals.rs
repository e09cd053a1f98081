//! Says numbers as American English words: cardinals, ordinals, years, digits, flight numbers. It never looks at text around the number.

/// Numbers of more digits than this are read digit by digit.
pub const CARDINAL_DIGITS_MAX: usize = 12;

/// `n` as words: 1204 is "one thousand two hundred four".
pub fn cardinal(n: u64) -> String {
    match n {
        0..=19 => SMALL[n as usize].to_owned(),
        20..=99 => join(TENS[(n / 10) as usize], n % 10, "-"),
        100..=999 => join(&format!("{} hundred", SMALL[(n / 100) as usize]), n % 100, " "),
        _ => {
            let (scale, name) = SCALES.into_iter().rev().find(|(scale, _)| n >= *scale).unwrap_or((1_000, "thousand"));
            join(&format!("{} {name}", cardinal(n / scale)), n % scale, " ")
        }
    }
}

fn join(head: &str, rest: u64, between: &str) -> String {
    if rest == 0 { head.to_owned() } else { format!("{head}{between}{}", cardinal(rest)) }
}

/// `n` as an ordinal: 27 is "twenty-seventh".
pub fn ordinal(n: u64) -> String {
    let words = cardinal(n);
    let cut = words.rfind([' ', '-']).map_or(0, |at| at + 1);
    let (head, last) = words.split_at(cut);
    let last = match last {
        "one" => "first".to_owned(),
        "two" => "second".to_owned(),
        "three" => "third".to_owned(),
        "five" => "fifth".to_owned(),
        "eight" => "eighth".to_owned(),
        "nine" => "ninth".to_owned(),
        "twelve" => "twelfth".to_owned(),
        tens if tens.ends_with('y') => format!("{}ieth", &tens[..tens.len() - 1]),
        other => format!("{other}th"),
    };
    format!("{head}{last}")
}

/// A year as it is said: 2026 is "twenty twenty-six", 2007 "two thousand seven", 1900 "nineteen hundred".
pub fn year(n: u64) -> String {
    match n {
        1000..=9999 if n % 1000 < 10 => cardinal(n),
        1000..=9999 => pairs(n),
        _ => cardinal(n),
    }
}

/// A flight, room or gate number as it is said: 1523 is "fifteen twenty-three", 405 "four oh five", 400 "four hundred".
pub fn flight(digits: &str) -> String {
    let Ok(n) = digits.parse::<u64>() else { return spell(digits) };
    match n {
        _ if digits.starts_with('0') => spell(digits),
        0..=100 => cardinal(n),
        101..=999 if n % 100 == 0 => cardinal(n),
        101..=999 => format!("{} {}", cardinal(n / 100), last_pair(n % 100)),
        1000..=9999 if n % 1000 == 0 => cardinal(n),
        1000..=9999 => pairs(n),
        _ => spell(digits),
    }
}

/// Two pairs: 1523 is "fifteen twenty-three", 1500 "fifteen hundred", 1005 "ten oh five".
fn pairs(n: u64) -> String {
    match n % 100 {
        0 => format!("{} hundred", cardinal(n / 100)),
        low => format!("{} {}", cardinal(n / 100), last_pair(low)),
    }
}

/// The last two digits of a time or a flight: 5 is "oh five", 45 is "forty-five".
pub fn last_pair(n: u64) -> String {
    if n < 10 { format!("oh {}", SMALL[n as usize]) } else { cardinal(n) }
}

/// Digit by digit: "007" is "zero zero seven". Other characters are left out.
pub fn spell(digits: &str) -> String {
    let words: Vec<_> = digits.chars().filter_map(|c| c.to_digit(10)).map(|d| SMALL[d as usize]).collect();
    words.join(" ")
}

/// Digits with thousands commas and a decimal point: "1,204.5" is "one thousand two hundred four point five". `None` when it is not such a number.
pub fn decimal(text: &str) -> Option<String> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, Some(fraction)),
        Some(_) => return None,
        None => (text, None),
    };
    let whole = match whole {
        "" => "zero".to_owned(),
        _ => integer(whole)?,
    };
    match fraction {
        Some(fraction) if fraction.bytes().all(|b| b.is_ascii_digit()) => {
            Some(format!("{whole} point {}", spell(fraction)))
        }
        Some(_) => None,
        None => Some(whole),
    }
}

/// Digits with optional thousands commas; leading zeros and very long numbers are spelled. `None` when it is not such a number.
pub fn integer(text: &str) -> Option<String> {
    let digits = ungrouped(text)?;
    if digits.len() > CARDINAL_DIGITS_MAX || (digits.len() > 1 && digits.starts_with('0')) {
        return Some(spell(&digits));
    }
    Some(cardinal(digits.parse().ok()?))
}

/// The value of digits with optional thousands commas; `None` when it is not such a number or does not fit.
pub fn value(text: &str) -> Option<u64> {
    let digits = ungrouped(text)?;
    (digits.len() <= CARDINAL_DIGITS_MAX).then(|| digits.parse().ok()).flatten()
}

/// The digits without their commas; `None` when commas do not part groups of three.
fn ungrouped(text: &str) -> Option<String> {
    let mut groups = text.split(',');
    let head = groups.next().filter(|head| !head.is_empty())?;
    let grouped = text.contains(',');
    let well_formed = text.bytes().all(|b| b.is_ascii_digit() || b == b',')
        && (!grouped || head.len() <= 3)
        && groups.all(|group| group.len() == 3);
    well_formed.then(|| text.replace(',', ""))
}

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
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const SCALES: [(u64, &str); 4] =
    [(1_000, "thousand"), (1_000_000, "million"), (1_000_000_000, "billion"), (1_000_000_000_000, "trillion")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_the_american_way() {
        let table: [(String, &str); 22] = [
            (cardinal(0), "zero"),
            (cardinal(21), "twenty-one"),
            (cardinal(312), "three hundred twelve"),
            (cardinal(1_204), "one thousand two hundred four"),
            (cardinal(2_000_001), "two million one"),
            (ordinal(1), "first"),
            (ordinal(20), "twentieth"),
            (ordinal(27), "twenty-seventh"),
            (ordinal(112), "one hundred twelfth"),
            (year(2026), "twenty twenty-six"),
            (year(2007), "two thousand seven"),
            (year(1905), "nineteen oh five"),
            (year(1900), "nineteen hundred"),
            (flight("1523"), "fifteen twenty-three"),
            (flight("405"), "four oh five"),
            (flight("400"), "four hundred"),
            (flight("12"), "twelve"),
            (flight("007"), "zero zero seven"),
            (flight("2000"), "two thousand"),
            (decimal("1,204.50").unwrap_or_default(), "one thousand two hundred four point five zero"),
            (decimal(".5").unwrap_or_default(), "zero point five"),
            (integer("016").unwrap_or_default(), "zero one six"),
        ];
        for (said, expected) in table {
            assert_eq!(said, expected);
        }
        assert_eq!(decimal("1,20"), None);
        assert_eq!(decimal("1.2.3"), None);
        assert_eq!(value("1,204"), Some(1204));
        assert!(cardinal(u64::MAX).starts_with("eighteen million"));
    }
}
