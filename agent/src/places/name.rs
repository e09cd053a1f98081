//! Names in one plain form, and the index from names to places. It never scores likeness of sound or spelling.

use crate::places::entry::{Airport, City, Country, PlaceRef};
use crate::trip::Place;
use std::collections::BTreeMap;

/// The plain form in which names are compared: lower-case ASCII words and digits, one blank between them, no accents, "st" as "saint".
///
/// ```
/// assert_eq!(agent::places::normalize("St. John's"), "saint johns");
/// assert_eq!(agent::places::normalize("  São Paulo–Guarulhos"), "sao paulo guarulhos");
/// ```
pub fn normalize(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'a'..='z' | '0'..='9' => plain.push(c),
            'A'..='Z' => plain.push(c.to_ascii_lowercase()),
            '\'' | '\u{2019}' | '\u{2018}' | '\u{02bc}' | '\u{0300}'..='\u{036f}' => {}
            '&' => plain.push_str(" and "),
            _ => plain.push_str(fold(c)),
        }
    }
    let words: Vec<&str> = plain.split_ascii_whitespace().map(widen).collect();
    join_letters(&words)
}

/// The index from every name in plain form to what answers to it, most used first.
pub(crate) fn index(
    cities: &[City],
    airports: &[Airport],
    countries: &BTreeMap<&'static str, Country>,
) -> BTreeMap<String, Vec<PlaceRef>> {
    let mut names = BTreeMap::new();
    for city in cities {
        let place = PlaceRef { place: Place::City(city.code), seats: city.seats };
        let country = countries.get(city.country);
        for name in std::iter::once(&city.name).chain(&city.names) {
            let name = normalize(name);
            for suffix in suffixes(city, country) {
                add(&mut names, format!("{name} {suffix}"), place);
            }
            add(&mut names, name, place);
        }
    }
    let city_names: BTreeMap<_, _> = cities.iter().map(|city| (city.code, normalize(city.name))).collect();
    for airport in airports {
        let place = PlaceRef { place: Place::Airport(airport.code), seats: airport.seats };
        let city = city_names.get(&airport.city).map_or("", String::as_str);
        for name in [airport.name, &airport.said].into_iter().chain(airport.names.iter().copied()) {
            for form in airport_forms(&normalize(name), city) {
                add(&mut names, form, place);
            }
        }
    }
    for places in names.values_mut() {
        places.sort_by_key(|entry| (std::cmp::Reverse(entry.seats), entry.place));
    }
    names
}

fn add(names: &mut BTreeMap<String, Vec<PlaceRef>>, name: String, place: PlaceRef) {
    if name.len() < 2 {
        return;
    }
    let places = names.entry(name).or_default();
    if !places.contains(&place) {
        places.push(place);
    }
}

/// What may follow a city's name: its state, or its country under any of its names.
fn suffixes(city: &City, country: Option<&Country>) -> Vec<String> {
    let region = (!city.region.is_empty()).then_some(city.region);
    let country =
        country.into_iter().flat_map(|country| std::iter::once(country.name).chain(country.names.iter().copied()));
    let mut all: Vec<String> = region.into_iter().chain(country).map(normalize).collect();
    all.sort();
    all.dedup();
    all
}

/// The forms in which people say an airport's full name: without "airport", without "international", without its city.
fn airport_forms(full: &str, city: &str) -> Vec<String> {
    let mut forms = vec![full.to_owned()];
    let bare = strip_last(full, &["airport", "airfield", "aerodrome"]);
    let short = strip_last(bare, &["international", "regional", "municipal", "county", "domestic"]);
    for form in [bare, short] {
        // The bare city name belongs to the city.
        if form != city {
            forms.push(form.to_owned());
            forms.push(format!("{form} airport"));
        }
        if let Some(rest) = form.strip_prefix(city).and_then(|rest| rest.strip_prefix(' '))
            && rest.len() > 3
            && !GENERIC.contains(&rest)
        {
            forms.push(rest.to_owned());
        }
    }
    forms.push(format!("{city} {short}"));
    forms.retain(|form| form != city && !GENERIC.contains(&form.as_str()));
    forms
}

fn strip_last<'a>(text: &'a str, words: &[&str]) -> &'a str {
    words.iter().find_map(|word| text.strip_suffix(word)?.strip_suffix(' ')).unwrap_or(text)
}

/// Joins letters that were spelled one by one: "l a" is "la", "j f k" is "jfk".
fn join_letters(words: &[&str]) -> String {
    let mut out = String::new();
    let mut after_letter = false;
    for word in words {
        let letter = word.len() == 1 && word.as_bytes()[0].is_ascii_lowercase();
        if !(out.is_empty() || after_letter && letter) {
            out.push(' ');
        }
        out.push_str(word);
        after_letter = letter;
    }
    out
}

fn widen(word: &str) -> &str {
    match word {
        "st" => "saint",
        "ft" => "fort",
        "mt" => "mount",
        "intl" => "international",
        _ => word,
    }
}

/// The plain letters of an accented one; a blank for everything else.
fn fold(c: char) -> &'static str {
    FOLDED.iter().find(|(accented, _)| accented.contains(c)).map_or(" ", |&(_, plain)| plain)
}

const GENERIC: [&str; 10] =
    ["international", "airport", "regional", "city", "central", "national", "municipal", "domestic", "north", "south"];

const FOLDED: [(&str, &str); 32] = [
    ("àáâãäåāăąǎǟạảấầẩẫậắằẳẵặÀÁÂÃÄÅĀĂĄǍẠẢẤẦẨẪẬẮẰẲẴẶ", "a"),
    ("æÆ", "ae"),
    ("çćĉċčÇĆĈĊČ", "c"),
    ("ďđðḍĎĐÐḌ", "d"),
    ("èéêëēĕėęěẹẻẽếềểễệÈÉÊËĒĔĖĘĚẸẺẼẾỀỂỄỆəƏ", "e"),
    ("ĝğġģǧĜĞĠĢǦ", "g"),
    ("ĥħḥḩĤĦḤḨ", "h"),
    ("ìíîïĩīĭįıịỉÌÍÎÏĨĪĬĮİỊỈ", "i"),
    ("ĵĴ", "j"),
    ("ķḳĶḲ", "k"),
    ("ĺļľŀłḷĹĻĽĿŁḶ", "l"),
    ("ṃṂ", "m"),
    ("ñńņňŋṇÑŃŅŇŊṆ", "n"),
    ("òóôõöøōŏőǒơọỏốồổỗộớờởỡợÒÓÔÕÖØŌŎŐǑƠỌỎỐỒỔỖỘỚỜỞỠỢ", "o"),
    ("œŒ", "oe"),
    ("ŕŗřṛŔŖŘṚ", "r"),
    ("śŝşšșṣŚŜŞŠȘṢ", "s"),
    ("ßẞ", "ss"),
    ("ţťŧțṭŢŤŦȚṬ", "t"),
    ("ùúûüũūŭůűųǔưụủứừửữựÙÚÛÜŨŪŬŮŰŲǓƯỤỦỨỪỬỮỰ", "u"),
    ("ŵŴ", "w"),
    ("ẍẌ", "x"),
    ("ýÿŷỳỵỷỹÝŸŶỲỴỶỸ", "y"),
    ("źżžẓŹŻŽẒ", "z"),
    ("þÞ", "th"),
    ("ᵃª", "a"),
    ("ºᵒ", "o"),
    ("²", "2"),
    ("³", "3"),
    ("ʻʿʾʽ`´", ""),
    (".", " "),
    ("-‐–—", " "),
];
