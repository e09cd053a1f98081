//! Makes values that fit a JSON schema, and breaks them. It knows the keywords our schema uses, and whether a value fits is for others to say.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rand::Rng;
use rand::rngs::StdRng;
use serde_json::{Map, Value, json};

/// How deep values without a schema go.
const DEPTH_MAX: usize = 3;
/// How many more elements than it must have an array is given.
const MORE_MAX: u64 = 3;
/// A value of every kind, each wrong somewhere.
const STRANGERS: [&str; 12] = [
    "null",
    "true",
    "-1",
    "0.5",
    "1e300",
    "99999999",
    "\"\"",
    "\"\\u0000 \\n\"",
    "\"no such word\"",
    "[]",
    "[[{}]]",
    "{\"surprise\":{\"deep\":[1]}}",
];

/// A value that fits `node`.
pub(crate) fn draft(schema: &Value, node: &Value, chance: &mut StdRng) -> Value {
    if let Some(name) = node["$ref"].as_str() {
        let name = name.trim_start_matches("#/$defs/");
        return draft(schema, &schema["$defs"][name], chance);
    }
    for several in ["oneOf", "enum"] {
        if let Some(all) = node[several].as_array() {
            let one = &all[chance.random_range(0..all.len())];
            return if several == "enum" { one.clone() } else { draft(schema, one, chance) };
        }
    }
    if !node["const"].is_null() {
        return node["const"].clone();
    }
    let kind = match &node["type"] {
        Value::Array(kinds) => kinds[chance.random_range(0..kinds.len())].as_str(),
        kind => kind.as_str(),
    };
    match kind {
        Some("object") => object(schema, node, chance),
        Some("array") => {
            let least = node["minItems"].as_u64().unwrap_or(0);
            let most = node["maxItems"].as_u64().unwrap_or(u64::MAX).min(least + MORE_MAX);
            (0..chance.random_range(least..=most)).map(|_| draft(schema, &node["items"], chance)).collect()
        }
        Some("string") => text(node, chance).into(),
        Some("integer") => chance.random_range(least(node) as i64..=most(node) as i64).into(),
        Some("number") => chance.random_range(least(node)..=most(node)).into(),
        Some("boolean") => chance.random::<bool>().into(),
        Some("null") => Value::Null,
        _ => anything(chance, 0),
    }
}

fn least(node: &Value) -> f64 {
    node["minimum"].as_f64().unwrap_or(-100_000.0)
}

fn most(node: &Value) -> f64 {
    node["maximum"].as_f64().unwrap_or(100_000.0)
}

fn object(schema: &Value, node: &Value, chance: &mut StdRng) -> Value {
    let mut fields = Map::new();
    let required: Vec<&str> = node["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, field) in node["properties"].as_object().into_iter().flatten() {
        if required.contains(&name.as_str()) || chance.random_bool(0.4) {
            fields.insert(name.clone(), draft(schema, field, chance));
        }
    }
    if node["additionalProperties"].is_object() {
        for at in 0..chance.random_range(0..4) {
            fields.insert(format!("x-{at}"), draft(schema, &node["additionalProperties"], chance));
        }
    }
    fields.into()
}

fn text(node: &Value, chance: &mut StdRng) -> String {
    let words = ["Boston", "two flights to Denver", "é€😀", "item_1", "root", "en", "next Friday"];
    let word = words[chance.random_range(0..words.len())];
    if node["contentEncoding"] == "base64" {
        return BASE64.encode(vec![7; chance.random_range(0..5000)]);
    }
    match node["pattern"].as_str() {
        Some(pattern) if pattern.starts_with("^[A-Za-z0-9_-]") => format!("tool_{}", chance.random::<u32>()),
        Some(pattern) if pattern.starts_with("^https?") => format!("https://tools-{}.example/mcp", word.len()),
        Some(pattern) if pattern.starts_with("^data:image") => "data:image/png;base64,iVBORw0KGgo=".to_owned(),
        _ => word.to_owned(),
    }
}

fn anything(chance: &mut StdRng, depth: usize) -> Value {
    match chance.random_range(0..if depth < DEPTH_MAX { 6 } else { 4 }) {
        0 => Value::Null,
        1 => chance.random::<bool>().into(),
        2 => chance.random_range(-10..2000).into(),
        3 => "anything".into(),
        4 => (0..chance.random_range(0..3)).map(|_| anything(chance, depth + 1)).collect(),
        _ => json!({ "any": anything(chance, depth + 1) }),
    }
}

/// The value with one thing in it gone, strange, too much or too long. It may still be right.
pub(crate) fn broken(mut value: Value, chance: &mut StdRng) -> Value {
    let mut places = Vec::new();
    list(&value, String::new(), &mut places);
    let place = places[chance.random_range(0..places.len())].clone();
    let stranger = || STRANGERS.map(|text| serde_json::from_str::<Value>(text).expect("written as JSON above"));
    let at = value.pointer_mut(&place).expect("it was listed");
    match chance.random_range(0..4) {
        0 => {
            if let Some(fields) = at.as_object_mut() {
                let names: Vec<String> = fields.keys().filter(|name| *name != "type").cloned().collect();
                if !names.is_empty() {
                    fields.remove(&names[chance.random_range(0..names.len())]);
                }
            }
        }
        1 => match at {
            Value::Object(fields) => drop(fields.insert("surplus".to_owned(), json!(1))),
            Value::String(text) => *text = "longer ".repeat(chance.random_range(1..12_000)),
            Value::Array(elements) => elements.extend(vec![json!({ "type": "surplus" }); chance.random_range(1..200)]),
            Value::Number(_) => *at = json!(chance.random_range(-1e7..1e7)),
            Value::Null | Value::Bool(_) => *at = json!("neither"),
        },
        _ if place != "/type" => *at = stranger()[chance.random_range(0..STRANGERS.len())].clone(),
        _ => *at = "unheard.of".into(),
    }
    value
}

/// Where everything in a value is; the value itself is left out.
fn list(value: &Value, at: String, places: &mut Vec<String>) {
    if !at.is_empty() {
        places.push(at.clone());
    }
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                list(field, format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), places);
            }
        }
        Value::Array(elements) => {
            elements.iter().enumerate().for_each(|(n, element)| list(element, format!("{at}/{n}"), places));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
