//! The gazetteer: airports, cities, airlines and countries by code and by name. It never guesses; ranking what was heard is for its callers.

use crate::trip::{Code3, Place};
use std::collections::BTreeMap;
use std::sync::OnceLock;

mod entry;
mod name;
mod table;

pub use entry::{Airline, AirlineKind, Airport, City, Country, PlaceRef};
pub use name::normalize;

/// The airport of an IATA code.
pub fn airport(code: Code3) -> Option<&'static Airport> {
    let table = table();
    table.airport_at.get(&code).map(|&index| &table.airports[index])
}

/// The city of an IATA metropolitan code.
pub fn city(code: Code3) -> Option<&'static City> {
    let table = table();
    table.city_at.get(&code).map(|&index| &table.cities[index])
}

/// The city a place is in, or is.
pub fn city_of(place: Place) -> Option<&'static City> {
    match place {
        Place::City(code) => city(code),
        Place::Airport(code) => airport(code).and_then(|airport| city(airport.city)),
    }
}

/// The airports a place stands for, most used first; empty for an unknown place.
pub fn airports_of(place: Place) -> Vec<Code3> {
    match place {
        Place::City(code) => city(code).map(|city| city.airports.clone()).unwrap_or_default(),
        Place::Airport(code) => airport(code).map(|airport| vec![airport.code]).unwrap_or_default(),
    }
}

/// All airports, most used first.
pub fn airports() -> &'static [Airport] {
    &table().airports
}

/// All cities, most used first.
pub fn cities() -> &'static [City] {
    &table().cities
}

/// The places that answer to a name in the form that [`normalize`] gives, most used first; a city before its airport of the same name.
///
/// A name may end with its state, province or country ("portland maine", "paris france").
pub fn by_name(normalized: &str) -> &'static [PlaceRef] {
    table().names.get(normalized).map_or(&[], Vec::as_slice)
}

/// Every name of the gazetteer in normal form with what answers to it, in alphabetical order.
pub fn names() -> impl Iterator<Item = (&'static str, &'static [PlaceRef])> {
    table().names.iter().map(|(name, places)| (name.as_str(), places.as_slice()))
}

/// All airlines, by code.
pub fn airlines() -> impl Iterator<Item = &'static Airline> {
    table().airlines.values()
}

/// The airline of a two-character code, in either case.
pub fn airline(code: &str) -> Option<&'static Airline> {
    table().airlines.get(code.to_ascii_uppercase().as_str())
}

/// All countries, by code.
pub fn countries() -> impl Iterator<Item = &'static Country> {
    table().countries.values()
}

/// The country of a two-letter code.
pub fn country(code: &str) -> Option<&'static Country> {
    table().countries.get(code.to_ascii_uppercase().as_str())
}

/// The name of a country as it stands in a sentence; the code itself when unknown.
pub fn country_name(code: &str) -> &str {
    country(code).map_or(code, |country| country.name)
}

/// The name of a place as people say it; empty when unknown.
pub fn spoken_name(place: Place) -> &'static str {
    match place {
        Place::City(code) => city(code).map_or("", |city| city.name),
        Place::Airport(code) => airport(code).map_or("", |airport| airport.said.as_str()),
    }
}

/// Great-circle kilometres between two points in degrees.
pub fn distance_km(from: (f64, f64), to: (f64, f64)) -> f64 {
    let (lat1, lat2) = (from.0.to_radians(), to.0.to_radians());
    let half = |degrees: f64| (degrees.to_radians() / 2.0).sin().powi(2);
    let chord = half(to.0 - from.0) + lat1.cos() * lat2.cos() * half(to.1 - from.1);
    2.0 * EARTH_RADIUS_KM * chord.clamp(0.0, 1.0).sqrt().asin()
}

/// Everything, read once.
struct Table {
    airports: Vec<Airport>,
    cities: Vec<City>,
    airport_at: BTreeMap<Code3, usize>,
    city_at: BTreeMap<Code3, usize>,
    airlines: BTreeMap<&'static str, Airline>,
    countries: BTreeMap<&'static str, Country>,
    names: BTreeMap<String, Vec<PlaceRef>>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let (cities, airports) = table::places();
        let countries: BTreeMap<_, _> = table::countries().into_iter().map(|country| (country.code, country)).collect();
        Table {
            airport_at: airports.iter().enumerate().map(|(index, airport)| (airport.code, index)).collect(),
            city_at: cities.iter().enumerate().map(|(index, city)| (city.code, index)).collect(),
            names: name::index(&cities, &airports, &countries),
            airlines: table::airlines().into_iter().map(|airline| (airline.code, airline)).collect(),
            countries,
            airports,
            cities,
        }
    })
}

const EARTH_RADIUS_KM: f64 = 6371.0;

#[cfg(test)]
mod tests;
