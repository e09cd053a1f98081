//! Reads the tables of the gazetteer. They are part of the program: a line that does not parse is left out, and a test counts them.

use crate::places::entry::{Airline, AirlineKind, Airport, City, Country};
use crate::trip::Code3;

/// All cities and all airports, each most used first.
pub(crate) fn places() -> (Vec<City>, Vec<Airport>) {
    let (mut cities, mut airports) = (Vec::new(), Vec::new());
    for cells in rows(PLACES) {
        match cells.first() {
            Some(&"C") => cities.extend(city(&cells, cities.len() + 1)),
            Some(&"A") => airports.extend(airport(&cells, airports.len() + 1)),
            _ => {}
        }
    }
    (cities, airports)
}

/// All airlines.
pub(crate) fn airlines() -> Vec<Airline> {
    rows(AIRLINES).filter_map(|cells| airline(&cells)).collect()
}

/// All countries.
pub(crate) fn countries() -> Vec<Country> {
    rows(COUNTRIES).filter_map(|cells| country(&cells)).collect()
}

fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}

fn city(cells: &[&'static str], rank: usize) -> Option<City> {
    let &[_, code, name, country, region, tz, lat, lon, airports, seats, names] = cells else { return None };
    Some(City {
        code: Code3::parse(code)?,
        name,
        country,
        region,
        tz,
        lat: lat.parse().ok()?,
        lon: lon.parse().ok()?,
        airports: airports.split(',').filter_map(Code3::parse).collect(),
        rank: u32::try_from(rank).ok()?,
        seats: seats.parse().ok()?,
        names: list(names, ';'),
    })
}

fn airport(cells: &[&'static str], rank: usize) -> Option<Airport> {
    let &[_, code, name, said, city, tz, lat, lon, _, seats, names] = cells else { return None };
    Some(Airport {
        code: Code3::parse(code)?,
        name,
        said: if said.is_empty() { shorten(name) } else { said.to_owned() },
        city: Code3::parse(city)?,
        tz,
        lat: lat.parse().ok()?,
        lon: lon.parse().ok()?,
        rank: u32::try_from(rank).ok()?,
        seats: seats.parse().ok()?,
        names: list(names, ';'),
    })
}

fn airline(cells: &[&'static str]) -> Option<Airline> {
    let &[code, name, names, alliance, country, kind, network] = cells else { return None };
    let kind = match kind {
        "full" => AirlineKind::Full,
        "low_cost" => AirlineKind::LowCost,
        "regional" => AirlineKind::Regional,
        _ => return None,
    };
    Some(Airline { code, name, names: list(names, ';'), alliance, country, kind, network: list(network, ',') })
}

fn country(cells: &[&'static str]) -> Option<Country> {
    let &[code, name, currency, continent, names] = cells else { return None };
    Some(Country { code, name, currency, continent, names: list(names, ';') })
}

fn list(cell: &'static str, separator: char) -> Vec<&'static str> {
    cell.split(separator).filter(|part| !part.is_empty()).collect()
}

/// "Denver International Airport" is "Denver International" in a sentence, "Tegel Airport" is "Tegel".
fn shorten(name: &str) -> String {
    let bare = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name).trim_end();
    if bare.is_empty() { name.to_owned() } else { bare.to_owned() }
}

const ENDINGS: [&str; 6] =
    [" Regional Airport", " Municipal Airport", " County Airport", " Airport", " Airfield", " Aerodrome"];
const PLACES: &str = include_str!("../../data/places.tsv");
const AIRLINES: &str = include_str!("../../data/airlines.tsv");
const COUNTRIES: &str = include_str!("../../data/countries.tsv");
