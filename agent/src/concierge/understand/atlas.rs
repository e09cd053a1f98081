//! The gazetteer arranged for the ear: names without blanks, names by sound, regions by name. It scores likeness and never reads a line.

use crate::concierge::understand::sound::{Bag, bag, changes_min, likeness_above, sound};
use crate::places::{self, PlaceRef, normalize};
use crate::trip::{Code3, Place};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Names arranged for the ear.
pub(crate) struct Atlas {
    /// Every name without its blanks.
    exact: BTreeMap<String, Vec<PlaceRef>>,
    /// Names worth mishearing, most used first.
    near: Vec<Near>,
    /// States, provinces and countries with their most used cities.
    regions: BTreeMap<String, Vec<Place>>,
    /// Two-letter codes of states and provinces, and the compact name each stands for.
    states: BTreeMap<&'static str, String>,
}

struct Near {
    name: String,
    sound: String,
    letters: Bag,
    sounds: Bag,
    place: Place,
    prior: f32,
}

/// A place that a misheard name may stand for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Guess {
    /// The place.
    pub(crate) place: Place,
    /// 0.0 to 1.0.
    pub(crate) score: f32,
}

/// The one atlas; arranged at the first use.
pub(crate) fn atlas() -> &'static Atlas {
    static ATLAS: OnceLock<Atlas> = OnceLock::new();
    ATLAS.get_or_init(|| Atlas { exact: exact(), near: near(), regions: regions(), states: states() })
}

impl Atlas {
    /// What answers to a name written without blanks, most used first.
    pub(crate) fn exact(&self, compact: &str) -> &[PlaceRef] {
        self.exact.get(compact).map_or(&[], Vec::as_slice)
    }

    /// The most used cities of a state or country, at most three.
    pub(crate) fn region(&self, compact: &str) -> &[Place] {
        self.regions.get(compact).map_or(&[], Vec::as_slice)
    }

    /// The compact name of a state or province by its two letters.
    pub(crate) fn state(&self, letters: &str) -> Option<&str> {
        self.states.get(letters).map(String::as_str)
    }

    /// What a misheard name may stand for, likeliest first, at most four places of different cities.
    pub(crate) fn guesses(&self, compact: &str) -> Vec<Guess> {
        let heard = sound(compact);
        let (letters, sounds) = (bag(compact), bag(&heard));
        let mut best: Vec<Guess> = Vec::new();
        let mut floor = GUESS_MIN;
        for near in &self.near {
            if near.name.len().abs_diff(compact.len()) > 4 || near.sound.len().abs_diff(heard.len()) > 2 {
                continue;
            }
            let changes = changes_min(&letters, &near.letters);
            let longest = compact.len().max(near.name.len());
            if changes * 100 > longest * CHANGES_PERCENT_MAX
                || changes_min(&sounds, &near.sounds) * 2 > heard.len().max(near.sound.len())
            {
                continue;
            }
            let score =
                likeness_above(floor - near.prior, changes, compact, &heard, &near.name, &near.sound) + near.prior;
            if score >= floor {
                floor = floor.max(score - FIELD);
                best.push(Guess { place: near.place, score: score.min(1.0) });
            }
        }
        best.sort_by(|a, b| b.score.total_cmp(&a.score));
        let mut cities: Vec<Code3> = Vec::new();
        best.retain(|guess| {
            let city = city_code(guess.place);
            let fresh = !cities.contains(&city) && cities.len() < GUESSES_MAX;
            cities.push(city);
            fresh
        });
        best.truncate(GUESSES_MAX);
        best
    }
}

/// The metropolitan code of the city a place is in.
pub(crate) fn city_code(place: Place) -> Code3 {
    let (Place::City(code) | Place::Airport(code)) = place;
    places::city_of(place).map_or(code, |city| city.code)
}

/// The place lies in a state or country of this compact name.
pub(crate) fn in_region(place: Place, key: &str) -> bool {
    let Some(city) = places::city_of(place) else { return false };
    let country = places::country(city.country);
    let names = country.iter().flat_map(|c| std::iter::once(&c.name).chain(&c.names)).copied();
    names
        .chain((!city.region.is_empty()).then_some(city.region))
        .any(|name| compact(name.strip_prefix("the ").unwrap_or(name)) == key)
}

/// A guess below this likeness is none.
const GUESS_MIN: f32 = 0.62;

/// Guesses this much worse than the best are no rivals.
const FIELD: f32 = 0.12;

/// A name of which more than this part of the letters must change is not looked at.
const CHANGES_PERCENT_MAX: usize = 65;

/// Guesses that are kept.
const GUESSES_MAX: usize = 4;

/// Names of cities beyond this rank are heard only when said exactly.
const NEAR_CITIES_MAX: usize = 1_000;

/// Names of airports beyond this rank are heard only when said exactly.
const NEAR_AIRPORTS_MAX: usize = 200;

/// A name without its blanks, in the gazetteer's normal form.
pub(crate) fn compact(name: &str) -> String {
    let mut name = normalize(name);
    name.retain(|c| c != ' ');
    name
}

fn exact() -> BTreeMap<String, Vec<PlaceRef>> {
    let mut all: BTreeMap<String, Vec<PlaceRef>> = BTreeMap::new();
    for (name, found) in places::names() {
        let key: String = name.chars().filter(|c| *c != ' ').collect();
        let entry = all.entry(key).or_default();
        for place in found {
            if !entry.contains(place) {
                entry.push(*place);
            }
        }
    }
    for found in all.values_mut() {
        found.sort_by_key(|p| std::cmp::Reverse(p.seats));
    }
    all
}

fn near() -> Vec<Near> {
    let mut all = Vec::new();
    for (rank, city) in places::cities().iter().enumerate().take(NEAR_CITIES_MAX) {
        for name in std::iter::once(&city.name).chain(&city.names) {
            push_near(&mut all, name, Place::City(city.code), prior(rank));
        }
    }
    for (rank, airport) in places::airports().iter().enumerate().take(NEAR_AIRPORTS_MAX) {
        push_near(&mut all, &airport.said, Place::Airport(airport.code), prior(rank) - 0.02);
    }
    all
}

fn push_near(all: &mut Vec<Near>, name: &str, place: Place, prior: f32) {
    let name = compact(name);
    if name.len() >= 4 {
        let sound = sound(&name);
        all.push(Near { letters: bag(&name), sounds: bag(&sound), sound, name, place, prior });
    }
}

/// Much used places are likelier to be meant.
fn prior(rank: usize) -> f32 {
    match rank {
        0..100 => 0.06,
        100..300 => 0.03,
        300..600 => 0.0,
        _ => -0.03,
    }
}

fn regions() -> BTreeMap<String, Vec<Place>> {
    let mut all: BTreeMap<String, Vec<Place>> = BTreeMap::new();
    for city in places::cities() {
        let country = places::country(city.country);
        let names = country.iter().flat_map(|c| std::iter::once(&c.name).chain(&c.names)).copied();
        for name in names.chain((!city.region.is_empty()).then_some(city.region)) {
            let name = name.strip_prefix("the ").unwrap_or(name);
            let cities = all.entry(compact(name)).or_default();
            if cities.len() < 3 && !cities.contains(&Place::City(city.code)) {
                cities.push(Place::City(city.code));
            }
        }
    }
    all
}

fn states() -> BTreeMap<&'static str, String> {
    STATES.iter().filter_map(|pair| pair.split_once(' ')).map(|(letters, name)| (letters, compact(name))).collect()
}

const STATES: [&str; 64] = [
    "al Alabama",
    "ak Alaska",
    "az Arizona",
    "ar Arkansas",
    "ca California",
    "co Colorado",
    "ct Connecticut",
    "de Delaware",
    "fl Florida",
    "ga Georgia",
    "hi Hawaii",
    "id Idaho",
    "il Illinois",
    "in Indiana",
    "ia Iowa",
    "ks Kansas",
    "ky Kentucky",
    "la Louisiana",
    "me Maine",
    "md Maryland",
    "ma Massachusetts",
    "mi Michigan",
    "mn Minnesota",
    "ms Mississippi",
    "mo Missouri",
    "mt Montana",
    "ne Nebraska",
    "nv Nevada",
    "nh New Hampshire",
    "nj New Jersey",
    "nm New Mexico",
    "ny New York",
    "nc North Carolina",
    "nd North Dakota",
    "oh Ohio",
    "ok Oklahoma",
    "or Oregon",
    "pa Pennsylvania",
    "ri Rhode Island",
    "sc South Carolina",
    "sd South Dakota",
    "tn Tennessee",
    "tx Texas",
    "ut Utah",
    "vt Vermont",
    "va Virginia",
    "wa Washington",
    "wv West Virginia",
    "wi Wisconsin",
    "wy Wyoming",
    "dc District of Columbia",
    "on Ontario",
    "qc Quebec",
    "bc British Columbia",
    "ab Alberta",
    "mb Manitoba",
    "sk Saskatchewan",
    "ns Nova Scotia",
    "nb New Brunswick",
    "nl Newfoundland",
    "pe Prince Edward Island",
    "uk United Kingdom",
    "nsw New South Wales",
    "us United States",
];
