//! The names of travellers as they were said or spelled. It completes no name: what was not said stays empty.

use crate::concierge::meaning::{Asked, Context, Slots};
use crate::concierge::understand::line::Line;
use crate::concierge::understand::sound::{likeness, sound};
use crate::concierge::understand::spelling::spelled;
use crate::concierge::understand::token::Gap;
use crate::concierge::understand::words::everyday;
use crate::trip::Traveller;

/// Fills in names and takes their words.
///
/// One word alone is a given name, a word that was only spelled is a family name; the other half stays empty.
pub(crate) fn fill(line: &mut Line<'_>, context: &Context, slots: &mut Slots) {
    // "First name", "last name": the labels themselves are read again with the parts.
    let led = line.find("first|last|given|family name|names").map(|r| r.start);
    let led = led.or_else(|| {
        line.find("my|the|his|her|passenger|passengers|travelers|travellers? full? name|names is|are|will|would be?")
            .map(|r| r.end)
    });
    let led = led
        .or_else(|| line.find("under|in the name of?").map(|r| r.end))
        .or_else(|| line.find("the? traveler|traveller|passenger is").map(|r| r.end));
    let asked = context.asked == Asked::Name;
    let start = match led {
        Some(start) if asked || !line.has("what is your name|what your name") => start,
        _ if asked && looks_like_name(line) => lead_in(line),
        _ => return,
    };
    let parts = parts(line, start);
    let end = parts.iter().map(|p| p.end).max().unwrap_or(start);
    let names = travellers(&parts);
    if names.is_empty() {
        return;
    }
    line.take(0..end);
    slots.names = names;
}

/// Travellers of one line.
const NAMES_MAX: usize = 9;

/// Words before a name.
fn lead_in(line: &Line<'_>) -> usize {
    const LEADS: [&str; 9] = [
        "it is|would|will be?",
        "it|that|this is|would|will be? for?",
        "yes|yeah|sure|okay|ok|well|so|and|please|of",
        "course",
        "i am",
        "for|under|put|use|book it? for|under?",
        "mr|mrs|ms|miss|dr|mister|doctor",
        "the? name|names|traveler|passenger is|are",
        "my name is",
    ];
    let mut at = 0;
    while let Some(end) = line.at_any(at, &LEADS) {
        at = end;
    }
    at
}

/// A line in answer to "what name" that is no question, order or answer of another kind.
fn looks_like_name(line: &Line<'_>) -> bool {
    let start = lead_in(line);
    let rest = line.len().saturating_sub(start);
    let spelling = (start..line.len()).any(|i| spelled(line, i).is_some());
    let plain = (start..line.len())
        .filter(|&i| everyday(line.word(i)) && !line.tokens.get(i).is_some_and(|t| t.capital && i > 0))
        .count();
    let asks = line.is(
        start,
        &[
            "what", "why", "how", "when", "where", "who", "can", "could", "is", "do", "does", "wait", "stop", "cancel",
            "no", "not", "change", "hold", "go", "just", "make", "actually", "help", "repeat", "i", "never", "thanks",
            "thank", "hello",
        ],
    );
    spelling || rest >= 1 && !asks && plain * 2 <= rest
}

/// A word of a name with what was said about it.
#[derive(Clone, Debug, PartialEq)]
struct Part {
    text: String,
    kind: Kind,
    end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Said plainly.
    Word,
    /// Only spelled.
    Spelled,
    /// After "first name".
    Given,
    /// After "last name".
    Family,
    /// "And" or a comma between two travellers.
    Next,
}

fn parts(line: &Line<'_>, start: usize) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut label = Kind::Word;
    let mut i = start;
    while i < line.len() && parts.len() < NAMES_MAX * 4 {
        if let Some((kind, end)) = label_at(line, i) {
            label = kind;
            i = end;
        } else if let Some(end) = line.at_any(i, &NOISE) {
            i = end;
        } else if line.word(i) == "and" {
            parts.push(Part { text: String::new(), kind: Kind::Next, end: i });
            (label, i) = (Kind::Word, i + 1);
        } else if let Some((letters, end)) = spelled(line, i) {
            spell(&mut parts, &letters, label, end);
            i = end;
        } else if line.word(i).bytes().all(|b| b.is_ascii_digit()) || stops(line, i) {
            break;
        } else {
            push_word(line, &mut parts, i, label);
            i += 1;
        }
    }
    while parts.last().is_some_and(|p| p.kind == Kind::Next) {
        parts.pop();
    }
    parts
}

const NOISE: [&str; 9] = [
    "spelled|spelt|spelling|spell",
    "that is",
    "it is",
    "is|are",
    "please",
    "the? first|second|third|other|next one|passenger|traveler|traveller? is",
    "mr|mrs|ms|miss|dr|mister",
    "thats how you spell it",
    "the|a|my",
];

fn label_at(line: &Line<'_>, i: usize) -> Option<(Kind, usize)> {
    if let Some(end) = line.at(i, "my|the|his|her? first|given|christian name|names is?") {
        return Some((Kind::Given, end));
    }
    line.at(i, "my|the|his|her? last|family|second name|names is?")
        .or_else(|| line.at(i, "my|the|his|her? surname is?"))
        .map(|end| (Kind::Family, end))
}

/// Words that a name does not contain: the line goes on to something else.
fn stops(line: &Line<'_>, i: usize) -> bool {
    line.gap(i) == Gap::Stop && i > 0 && everyday(line.word(i))
        || line.is(
            i,
            &["i", "we", "to", "from", "on", "for", "want", "would", "but", "with", "so", "can", "flying", "booking"],
        )
}

fn push_word(line: &Line<'_>, parts: &mut Vec<Part>, i: usize, label: Kind) {
    let text = written(line, i);
    if line.gap(i) == Gap::Hyphen
        && let Some(last) = parts.last_mut()
    {
        last.text = format!("{}-{text}", last.text);
        last.end = i + 1;
        return;
    }
    let fresh = line.gap(i) == Gap::Comma
        && i + 1 < line.len()
        && line.gap(i + 1) == Gap::Space
        && words_since(parts) >= 2
        && label == Kind::Word;
    if fresh {
        parts.push(Part { text: String::new(), kind: Kind::Next, end: i });
    }
    parts.push(Part { text, kind: label, end: i + 1 });
}

fn words_since(parts: &[Part]) -> usize {
    parts.iter().rev().take_while(|p| p.kind != Kind::Next).count()
}

/// A spelled word mends the word before it when they are alike, and stands alone when not.
fn spell(parts: &mut Vec<Part>, letters: &str, label: Kind, end: usize) {
    let text = title(letters);
    let alike = |p: &Part| {
        p.kind != Kind::Next
            && likeness(&p.text.to_lowercase(), &sound(&p.text.to_lowercase()), letters, &sound(letters)) >= 0.5
    };
    let n = words_since(parts);
    let from = parts.len() - n;
    if let Some(part) = parts[from..].iter_mut().rev().find(|p| alike(p)) {
        part.text = text;
        part.end = end;
        return;
    }
    let kind = if label == Kind::Word { Kind::Spelled } else { label };
    parts.push(Part { text, kind, end });
}

/// A word as it was written, with capitals as names have them.
fn written(line: &Line<'_>, i: usize) -> String {
    let Some(token) = line.tokens.get(i) else { return String::new() };
    let raw = line.text.get(token.start..token.end).unwrap_or("");
    let raw = raw.strip_suffix("'s").unwrap_or(raw).replace('\u{2019}', "'");
    if token.capital && !token.shouted {
        raw
    } else if PARTICLES.contains(&token.word.as_str()) {
        token.word.clone()
    } else {
        title(&raw)
    }
}

fn title(text: &str) -> String {
    let mut up = true;
    text.chars()
        .flat_map(|c| {
            let made: Vec<char> = if up { c.to_uppercase().collect() } else { c.to_lowercase().collect() };
            up = matches!(c, '\'' | '-');
            made
        })
        .collect()
}

const PARTICLES: [&str; 14] =
    ["van", "der", "den", "von", "de", "la", "di", "da", "del", "dos", "al", "bin", "le", "du"];

fn travellers(parts: &[Part]) -> Vec<Traveller> {
    let mut names: Vec<Traveller> = parts
        .split(|p| p.kind == Kind::Next)
        .map(traveller)
        .filter(|t| !(t.given.is_empty() && t.family.is_empty()))
        .collect();
    names.truncate(NAMES_MAX);
    // "My last name is Smith and my first name is John" is one traveller.
    let labelled = parts.iter().any(|p| matches!(p.kind, Kind::Given | Kind::Family));
    if labelled
        && let [a, b] = names.as_slice()
        && (a.given.is_empty() && b.family.is_empty() || a.family.is_empty() && b.given.is_empty())
    {
        return vec![Traveller {
            given: format!("{}{}", a.given, b.given),
            family: format!("{}{}", a.family, b.family),
        }];
    }
    // "John and Jane Smith" share the family name.
    let shared = names.last().map(|t| t.family.clone()).unwrap_or_default();
    for name in &mut names {
        if name.family.is_empty() {
            name.family.clone_from(&shared);
        }
    }
    names
}

fn traveller(parts: &[Part]) -> Traveller {
    let all = |kind: Kind| parts.iter().filter(|p| p.kind == kind).map(|p| p.text.as_str()).collect::<Vec<_>>();
    let (mut given, mut family) = (all(Kind::Given).join(" "), all(Kind::Family).join(" "));
    let mut words = all(Kind::Word);
    let spelled = all(Kind::Spelled);
    if family.is_empty() && !spelled.is_empty() {
        family = spelled.last().map_or(String::new(), |s| (*s).to_owned());
        if spelled.len() > 1 && given.is_empty() {
            given = spelled[0].to_owned();
        }
    }
    if family.is_empty() && words.len() >= 2 {
        let mut from = words.len() - 1;
        while from > 1 && PARTICLES.contains(&words[from - 1].to_lowercase().as_str()) {
            from -= 1;
        }
        family = words.split_off(from).join(" ");
    }
    if given.is_empty() {
        given = words.join(" ");
    } else if family.is_empty() {
        family = words.join(" ");
    }
    Traveller { given, family }
}
