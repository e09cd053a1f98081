//! Which of a developer's own functions fits what was said, and its arguments by their schema. It calls none, and never guesses an argument
//! that must be there.

use crate::concierge::meaning::{Context, Slots};
use crate::concierge::understand::{numbers, understand};
use crate::places;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A function as its developer declared it.
#[derive(Clone, Copy, Debug)]
pub struct Declared<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it does, in words.
    pub description: &'a str,
    /// JSON schema of its arguments.
    pub parameters: &'a Value,
}

/// How free the choice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freedom<'a> {
    /// One that fits well, or none.
    Auto,
    /// The one that fits best.
    Required,
    /// This one.
    Named(&'a str),
}

/// What a name must have in common with what was said, so that nobody's small talk calls a function.
const FIT_MIN: f32 = 2.0;
/// A word of the function's name says more than one of its description.
const NAME_WEIGHT: f32 = 2.0;
/// Functions called at once, at most.
const CALLS_MAX: usize = 8;
/// Properties read of one schema, at most.
const PROPERTIES_MAX: usize = 64;

/// The function to call for `text`, by its place in `functions`, and its arguments; `None` when nothing fits.
///
/// An argument is taken from the words alone: an enumeration's value that was named, a place, a date (ISO 8601), a number, a whole
/// sentence where the schema asks for a query. In [`Freedom::Auto`] a function whose required arguments were not said is not called.
pub fn choose(
    text: &str,
    functions: &[Declared<'_>],
    freedom: Freedom<'_>,
    context: &Context,
) -> Option<(usize, Value)> {
    let said = stems(text);
    let slots = understand(text, context).slots;
    let arguments = |at: usize| arguments(text, &said, &slots, functions[at].parameters, freedom != Freedom::Auto);
    if let Freedom::Named(name) = freedom {
        let at = functions.iter().position(|function| function.name == name)?;
        return arguments(at).map(|arguments| (at, arguments));
    }
    let mut fits: Vec<(f32, usize)> =
        functions.iter().enumerate().map(|(at, function)| (fit(&said, function), at)).collect();
    fits.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    fits.into_iter()
        .filter(|(fit, _)| freedom == Freedom::Required || *fit >= FIT_MIN)
        .find_map(|(_, at)| arguments(at).map(|arguments| (at, arguments)))
}

/// The functions to call for `text` at once, each for its own part of the sentence ("... and ..."), in the order they were said; empty where
/// the whole is no list of wishes, each of which some function answers.
pub fn choose_all(text: &str, functions: &[Declared<'_>], context: &Context) -> Vec<(usize, Value)> {
    let parts = wishes(text);
    if !(2..=CALLS_MAX).contains(&parts.len()) {
        return Vec::new();
    }
    // A function that took what its neighbour names would be called for something that nobody wished.
    let chosen = parts.into_iter().map(|part| choose(part, functions, Freedom::Auto, context));
    let chosen: Vec<(usize, Value)> = chosen.collect::<Option<_>>().unwrap_or_default();
    let twice = chosen.iter().enumerate().any(|(at, one)| chosen[..at].contains(one));
    if twice { Vec::new() } else { chosen }
}

/// The parts of a sentence that may each be a wish of its own.
fn wishes(text: &str) -> Vec<&str> {
    const BETWEEN: [&str; 5] = [" and then ", " and also ", " and ", " then ", "; "];
    let mut parts = vec![text];
    for between in BETWEEN {
        parts = parts.into_iter().flat_map(|part| part.split(between)).collect();
    }
    let parts = parts.into_iter().flat_map(|part| part.split_inclusive(['.', '?', '!'])).map(str::trim);
    parts.filter(|part| part.chars().any(char::is_alphanumeric)).collect()
}

/// How well a function fits the stems of what was said.
fn fit(said: &BTreeSet<String>, function: &Declared<'_>) -> f32 {
    let (name, description) = (stems(function.name), stems(function.description));
    let named = said.intersection(&name).count() as f32;
    let described = said.intersection(&description).filter(|word| !name.contains(*word)).count() as f32;
    named * NAME_WEIGHT + described
}

fn arguments(text: &str, said: &BTreeSet<String>, slots: &Slots, schema: &Value, lenient: bool) -> Option<Value> {
    let required: BTreeSet<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let mut numbers = numbers(text).into_iter();
    let mut filled = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flatten().take(PROPERTIES_MAX) {
        let value = argument(text, said, slots, name, property, required.contains(name.as_str()), &mut numbers);
        match value {
            Some(value) => drop(filled.insert(name.clone(), value)),
            None if required.contains(name.as_str()) && lenient => {
                filled.insert(name.clone(), blank(property));
            }
            None if required.contains(name.as_str()) => return None,
            None => {}
        }
    }
    Some(Value::Object(filled))
}

fn argument(
    text: &str,
    said: &BTreeSet<String>,
    slots: &Slots,
    name: &str,
    property: &Value,
    required: bool,
    numbers: &mut impl Iterator<Item = f64>,
) -> Option<Value> {
    if let Some(values) = property.get("enum").and_then(Value::as_array) {
        let named = |value: &&Value| value.as_str().is_some_and(|value| stems(value).is_subset(said));
        return values.iter().find(named).cloned();
    }
    let words = stems(name);
    let is = |some: &[&str]| some.iter().any(|word| words.contains(*word));
    match property.get("type").and_then(Value::as_str) {
        Some("integer") => {
            let party = slots.party.filter(|_| is(&["passenger", "traveller", "traveler", "guest", "adult", "people"]));
            let number = party.map(|party| f64::from(party.adults)).or_else(|| numbers.next())?;
            Some((number.round() as i64).into())
        }
        Some("number") => numbers.next().map(Into::into),
        Some("boolean") => None,
        Some("string") | None => {
            let place = |place: &Option<crate::concierge::meaning::PlaceMention>| {
                place.as_ref().map(|mention| Value::from(places::spoken_name(mention.place)))
            };
            if is(&["date", "day", "depart", "departure", "checkin", "when"]) {
                return slots.depart.map(|days| days.from.to_string().into());
            }
            if is(&["return", "back", "checkout"]) {
                return slots.back.map(|days| days.from.to_string().into());
            }
            if is(&["origin", "from", "source"]) {
                return place(&slots.origin);
            }
            if is(&["city", "location", "place", "destination", "to", "town", "airport", "country"]) {
                return place(&slots.destination).or_else(|| place(&slots.origin)).or_else(|| capitalised(text));
            }
            if is(&["name"]) {
                let named = slots.names.first().map(|one| format!("{} {}", one.given, one.family).trim().to_owned());
                return named.map(Into::into).or_else(|| capitalised(text));
            }
            if is(&["reference", "code", "number", "id"]) {
                return slots
                    .reference
                    .clone()
                    .or_else(|| numbers.next().map(|number| number.to_string()))
                    .map(Into::into);
            }
            required.then(|| text.trim().into())
        }
        Some(_) => None,
    }
}

/// What stands for an argument that must be there and was not said.
fn blank(property: &Value) -> Value {
    match property.get("type").and_then(Value::as_str) {
        Some("integer" | "number") => 0.into(),
        Some("boolean") => false.into(),
        Some("array") => Value::Array(Vec::new()),
        Some("object") => Value::Object(Map::new()),
        Some(_) | None => property.pointer("/enum/0").cloned().unwrap_or_else(|| "".into()),
    }
}

/// The words that a sentence has in capitals, behind its first: a name of something, likely.
fn capitalised(text: &str) -> Option<Value> {
    let words = text.split_whitespace().skip(1).map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    let named: Vec<&str> = words.skip_while(|word| !begins_large(word)).take_while(|word| begins_large(word)).collect();
    (!named.is_empty()).then(|| named.join(" ").into())
}

fn begins_large(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase) && word != "I"
}

/// The words of a text that mean something, without their endings; names in snake and camel case are taken apart.
fn stems(text: &str) -> BTreeSet<String> {
    const EMPTY: [&str; 40] = [
        "a", "an", "the", "of", "to", "in", "on", "at", "for", "and", "or", "is", "are", "be", "it", "i", "me", "my",
        "you", "your", "we", "get", "do", "does", "can", "could", "please", "what", "which", "how", "with", "by",
        "from", "this", "that", "given", "return", "fetch", "set", "will",
    ];
    let mut apart = String::with_capacity(text.len() + 8);
    let mut small = false;
    for letter in text.chars() {
        if letter.is_uppercase() && small {
            apart.push(' ');
        }
        small = letter.is_lowercase();
        apart.push(if letter.is_alphanumeric() { letter } else { ' ' });
    }
    apart
        .to_lowercase()
        .split_whitespace()
        .filter(|word| !EMPTY.contains(word))
        .map(|word| {
            let stem = ["ing", "es", "s", "ed"].iter().find_map(|end| word.strip_suffix(end).filter(|s| s.len() >= 3));
            stem.unwrap_or(word).to_owned()
        })
        .collect()
}

/// What a function answered, as something to be said: a text as it is, JSON as names and values.
pub fn spoken(output: &str) -> String {
    /// Values told of one answer, at most.
    const VALUES_MAX: usize = 8;
    let Ok(value) = serde_json::from_str::<Value>(output) else { return clipped(output) };
    let mut told = Vec::new();
    tell(&mut told, "", &value);
    let more = told.len() > VALUES_MAX;
    told.truncate(VALUES_MAX);
    let mut text = told.join(", ");
    if text.is_empty() {
        return "That's done.".to_owned();
    }
    if more {
        text.push_str(", and more");
    }
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    clipped(&text)
}

fn tell(told: &mut Vec<String>, name: &str, value: &Value) {
    let name = name.replace(['_', '-'], " ");
    let named = |value: String| if name.is_empty() { value } else { format!("{name}: {value}") };
    match value {
        Value::Null => {}
        Value::Bool(yes) => told.push(named(if *yes { "yes" } else { "no" }.to_owned())),
        Value::Number(number) => told.push(named(number.to_string())),
        Value::String(text) => told.push(named(text.clone())),
        Value::Array(values) => values.iter().for_each(|value| tell(told, &name, value)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| tell(told, name, value)),
    }
}

/// At most as much as anybody listens to.
fn clipped(text: &str) -> String {
    const CHARS_MAX: usize = 600;
    text.trim().chars().take(CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_digits_and_in_words() {
        let text = "from twenty seven to 3.5, and a hundred and ten of 1,200";
        assert_eq!(numbers(text), [27.0, 3.5, 110.0, 1200.0]);
    }
    use crate::concierge::meaning::Asked;
    use crate::trip::Code3;
    use serde_json::json;

    fn context() -> Context {
        Context {
            now: jiff::civil::date(2026, 11, 23).at(10, 0, 0, 0),
            currency: Code3::USD,
            asked: Asked::Nothing,
            origin: None,
            destination: None,
            depart: None,
            back: None,
            choices: Vec::new(),
        }
    }

    fn called(text: &str, freedom: Freedom<'_>) -> Option<(String, Value)> {
        let weather = json!({ "type": "object", "required": ["city"], "properties": {
            "city": { "type": "string" }, "unit": { "type": "string", "enum": ["celsius", "fahrenheit"] },
        }});
        let loyalty =
            json!({ "type": "object", "required": ["member_id"], "properties": { "member_id": { "type": "string" } } });
        let table = json!({ "type": "object", "required": ["guests", "date"], "properties": {
            "guests": { "type": "integer" }, "date": { "type": "string" },
        }});
        let search =
            json!({ "type": "object", "required": ["query"], "properties": { "query": { "type": "string" } } });
        let functions = [
            Declared { name: "get_weather", description: "The present weather in a city", parameters: &weather },
            Declared { name: "loyaltyPoints", description: "Points of a member", parameters: &loyalty },
            Declared { name: "book_table", description: "Reserves a table in the restaurant", parameters: &table },
            Declared { name: "search_handbook", description: "Company rules", parameters: &search },
        ];
        choose(text, &functions, freedom, &context()).map(|(at, arguments)| (functions[at].name.to_owned(), arguments))
    }

    #[test]
    fn what_fits_is_called_with_what_was_said() {
        let auto = |text| called(text, Freedom::Auto);
        let weather = |arguments| Some(("get_weather".to_owned(), arguments));
        assert_eq!(auto("What is the weather in Boston?"), weather(json!({ "city": "Boston" })));
        assert_eq!(
            auto("weather for Paris in fahrenheit please"),
            weather(json!({ "city": "Paris", "unit": "fahrenheit" }))
        );
        assert_eq!(
            auto("Book a table for three people tomorrow"),
            Some(("book_table".to_owned(), json!({ "guests": 3, "date": "2026-11-24" })))
        );
        assert_eq!(
            auto("How many loyalty points has member 4711?"),
            Some(("loyaltyPoints".to_owned(), json!({ "member_id": "4711" })))
        );
        assert_eq!(
            auto("Search the handbook for pets"),
            Some(("search_handbook".to_owned(), json!({ "query": "Search the handbook for pets" })))
        );
    }

    #[test]
    fn what_does_not_fit_or_lacks_an_argument_is_not_called() {
        for text in ["hello", "find me a flight from Boston to Denver", "what is the weather", "book a table", ""] {
            assert_eq!(called(text, Freedom::Auto), None, "{text}");
        }
    }

    #[test]
    fn what_must_be_called_is_called() {
        assert_eq!(
            called("go", Freedom::Named("get_weather")),
            Some(("get_weather".to_owned(), json!({ "city": "" })))
        );
        assert!(called("anything", Freedom::Required).is_some());
        assert_eq!(called("go", Freedom::Named("dance")), None);
    }

    #[test]
    fn answers_are_told_as_people_would() {
        assert_eq!(spoken("It rains."), "It rains.");
        assert_eq!(spoken("{\"temperature_c\": 4, \"sky\": \"clear\"}"), "sky: clear, temperature c: 4.");
        assert_eq!(spoken("{}"), "That's done.");
        assert_eq!(spoken("[1, 2]"), "1, 2.");
        assert!(spoken(&"x".repeat(5000)).len() <= 600);
    }

    proptest::proptest! {
        #[test]
        fn no_schema_and_no_text_panics(text in ".{0,120}", name in "[a-z_]{0,12}", kind in "[a-z]{0,8}") {
            let schema = json!({ "required": [name], "properties": { name.clone(): { "type": kind, "enum": text } } });
            let function = Declared { name: &name, description: &text, parameters: &schema };
            for freedom in [Freedom::Auto, Freedom::Required, Freedom::Named(&name)] {
                let _ = choose(&text, &[function], freedom, &context());
            }
            let _ = spoken(&text);
        }
    }
}
