//! Reads abbreviations, symbols, web and mail addresses aloud. It never reads numbers.

use crate::providers::tts::normal::word::{Place, Reading};

/// Abbreviations, symbols and addresses from this place on.
pub fn read(place: Place<'_>) -> Reading {
    address(place)
        .or_else(|| abbreviation(place))
        .or_else(|| initial(place))
        .or_else(|| roman(place))
        .or_else(|| symbol(place))
}

/// "voxfare.com", "help@voxfare.com", "https://example.org/trips".
fn address(place: Place<'_>) -> Reading {
    let here = place.here();
    let bare = here.text.trim_start_matches("https://").trim_start_matches("http://");
    let host = bare.split('/').next()?;
    let mail = host.contains('@');
    let ending = host.rsplit('.').next()?;
    let labels = host.split(['.', '@']).filter(|l| !l.is_empty()).count();
    let known = ENDINGS.contains(&ending.to_lowercase().as_str());
    if labels < 2 || !host.contains('.') || !(known || mail || bare.len() != here.text.len()) || !host.is_ascii() {
        return None;
    }
    let mut said = String::new();
    let mut label = String::new();
    for c in bare.trim_end_matches('/').chars() {
        let name = match c {
            '.' => "dot",
            '@' => "at",
            '/' => "slash",
            '-' => "dash",
            '_' => "underscore",
            '?' => "question-mark",
            '=' => "equals",
            '&' => "and",
            _ => "",
        };
        if name.is_empty() {
            label.push(c);
        } else {
            push_label(&mut said, &mut label);
            said.push_str(&format!(" {name} "));
        }
    }
    push_label(&mut said, &mut label);
    Some((1, vec![here.say(&said)]))
}

/// One label of an address: a word when it can be one, otherwise its letters and digits.
fn push_label(said: &mut String, label: &mut String) {
    let lower = label.to_lowercase();
    let vowels = lower.chars().any(|c| "aeiouy".contains(c));
    if vowels && lower.len() > 2 && lower.chars().all(char::is_alphabetic) {
        said.push_str(&lower);
    } else {
        let letters: Vec<_> = lower
            .chars()
            .map(|c| {
                c.to_digit(10).map_or_else(|| format!("_{}", c.to_ascii_uppercase()), |d| digit_name(d).to_owned())
            })
            .collect();
        said.push_str(&letters.join(" "));
    }
    label.clear();
}

fn digit_name(d: u32) -> &'static str {
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"][d as usize % 10]
}

fn abbreviation(place: Place<'_>) -> Reading {
    let here = place.here();
    let next_capital = place.next().is_some_and(|next| next.text.starts_with(char::is_uppercase));
    let next_digit = place.next().is_some_and(|next| next.text.starts_with(|c: char| c.is_ascii_digit()));
    let dotted = here.trail.starts_with('.');
    let after_capital = place.at > 0 && place.chunks[place.at - 1].text.starts_with(char::is_uppercase);
    let said = match here.text {
        "St" if next_capital && !after_capital => "Saint",
        "St" if dotted && next_capital => "Saint",
        "St" if after_capital => "Street",
        "No" if dotted && next_digit => "number",
        "Dr" if next_capital => "Doctor",
        "Dr" if after_capital => "Drive",
        "Ft" if next_capital => "Fort",
        "Mt" if next_capital => "Mount",
        text => SHORT
            .into_iter()
            .find(|(short, needs_dot, _)| (*short == text || *short == text.to_lowercase()) && (!needs_dot || dotted))
            .map(|(_, _, long)| long)?,
    };
    let mut word = here.say(said);
    // A full stop that belongs to the abbreviation is not heard, unless the text ends there.
    if here.trail == "." && place.next().is_some() {
        word.mark = None;
    }
    Some((1, vec![word]))
}

/// "J." in a name.
fn initial(place: Place<'_>) -> Reading {
    let here = place.here();
    let mut letters = here.text.chars();
    let (letter, None) = (letters.next()?, letters.next()) else { return None };
    if !letter.is_ascii_uppercase() || matches!(letter, 'I' | 'A') && here.trail != "." {
        return (letter.is_ascii_alphabetic() && !matches!(letter, 'I' | 'A' | 'a' | 'i'))
            .then(|| (1, vec![here.say(&format!("_{}", letter.to_ascii_uppercase()))]));
    }
    if letter == 'I' && place.next().is_none() {
        return None;
    }
    let mut word = here.say(&format!("_{letter}"));
    if here.trail == "." && place.next().is_some() {
        word.mark = None;
    }
    Some((1, vec![word]))
}

/// "Terminal II", "Elizabeth II".
fn roman(place: Place<'_>) -> Reading {
    let here = place.here();
    let said = match here.text {
        "II" => "two",
        "III" => "three",
        "IV" => "four",
        "VI" => "six",
        "VII" => "seven",
        "VIII" => "eight",
        "IX" => "nine",
        _ => return None,
    };
    Some((1, vec![here.say(said)]))
}

fn symbol(place: Place<'_>) -> Reading {
    let here = place.here();
    let said = match here.text {
        "&" => "and",
        "+" => "plus",
        "=" => "equals",
        "→" | "->" | "➔" | "⇒" => "to",
        "@" => "at",
        "%" => "percent",
        "#" => "number",
        "×" => "times",
        "w/" => "with",
        "w/o" => "without",
        _ => return None,
    };
    Some((1, vec![here.say(said)]))
}

const ENDINGS: [&str; 25] = [
    "com", "org", "net", "io", "ai", "app", "dev", "gov", "edu", "travel", "eu", "uk", "de", "fr", "es", "it", "jp",
    "info", "xyz", "co", "me", "us", "ca", "ch", "eth",
];

/// Short form, whether its full stop is needed, and how it is said.
const SHORT: [(&str, bool, &str); 46] = [
    ("mr", false, "Mister"),
    ("mrs", false, "Missus"),
    ("ms", false, "Miz"),
    ("prof", false, "Professor"),
    ("jr", false, "Junior"),
    ("sr", true, "Senior"),
    ("ave", false, "Avenue"),
    ("blvd", false, "Boulevard"),
    ("rd", true, "Road"),
    ("hwy", false, "Highway"),
    ("sq", true, "Square"),
    ("apt", false, "apartment"),
    ("ste", true, "suite"),
    ("bldg", false, "building"),
    ("intl", false, "International"),
    ("int'l", false, "International"),
    ("natl", false, "National"),
    ("dept", false, "department"),
    ("dep", true, "departing"),
    ("arr", true, "arriving"),
    ("approx", false, "approximately"),
    ("est", true, "estimated"),
    ("etc", false, "et cetera"),
    ("e.g", false, "for example"),
    ("i.e", false, "that is"),
    ("vs", false, "versus"),
    ("inc", true, "incorporated"),
    ("ltd", false, "limited"),
    ("co", true, "company"),
    ("corp", true, "corporation"),
    ("govt", false, "government"),
    ("tel", true, "telephone"),
    ("ext", true, "extension"),
    ("max", true, "maximum"),
    ("incl", false, "including"),
    ("excl", false, "excluding"),
    ("pkg", false, "package"),
    ("pls", false, "please"),
    ("thx", false, "thanks"),
    ("hr", false, "hour"),
    ("hrs", false, "hours"),
    ("min", true, "minutes"),
    ("mins", false, "minutes"),
    ("rt", true, "round trip"),
    ("wifi", false, "Wi-Fi"),
    ("asap", false, "_A _S _A _P"),
];
