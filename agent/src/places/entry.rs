//! What the gazetteer knows of an airport, a city, an airline and a country. Values only; nothing is looked up here.

use crate::trip::{Code3, Place};

/// One airport in scheduled use.
#[derive(Clone, Debug, PartialEq)]
pub struct Airport {
    /// IATA code.
    pub code: Code3,
    /// Full name ("Logan International Airport").
    pub name: &'static str,
    /// The name as people say it ("Logan", "San Diego International").
    pub said: String,
    /// The city it belongs to first.
    pub city: Code3,
    /// IANA time zone.
    pub tz: &'static str,
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// Position among all airports by seats offered, from 1.
    pub rank: u32,
    /// Seats offered a month, 2014 to 2019 average; small numbers stand for airports outside that record.
    pub seats: u32,
    /// What else it is called, in English.
    pub names: Vec<&'static str>,
}

/// One city with at least one airport.
#[derive(Clone, Debug, PartialEq)]
pub struct City {
    /// IATA metropolitan code.
    pub code: Code3,
    /// The name as people say it ("New York").
    pub name: &'static str,
    /// ISO 3166 two-letter country code.
    pub country: &'static str,
    /// State or province where people say it (United States, Canada, Australia); empty elsewhere.
    pub region: &'static str,
    /// IANA time zone.
    pub tz: &'static str,
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// Its airports, most used first.
    pub airports: Vec<Code3>,
    /// Position among all cities by seats offered, from 1.
    pub rank: u32,
    /// Seats offered a month by all its airports.
    pub seats: u32,
    /// What else it is called, in English.
    pub names: Vec<&'static str>,
}

/// What a carrier sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AirlineKind {
    /// Fares with service included.
    Full,
    /// Bare fares, everything else bought apart.
    LowCost,
    /// Small aircraft on short hops.
    Regional,
}

/// One airline in operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Airline {
    /// IATA two-character code.
    pub code: &'static str,
    /// The name as people say it ("Delta").
    pub name: &'static str,
    /// What else it is called.
    pub names: Vec<&'static str>,
    /// "oneworld", "star", "skyteam", or empty.
    pub alliance: &'static str,
    /// ISO 3166 two-letter country code.
    pub country: &'static str,
    /// What it sells.
    pub kind: AirlineKind,
    /// Codes in the 2019 route file whose flights it flies today (its own and those it took over).
    pub network: Vec<&'static str>,
}

/// One country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166 two-letter code.
    pub code: &'static str,
    /// The name as it stands in a sentence ("the Netherlands").
    pub name: &'static str,
    /// ISO 4217 code of its currency.
    pub currency: &'static str,
    /// Continent: AF, AN, AS, EU, NA, OC, SA.
    pub continent: &'static str,
    /// What else it is called.
    pub names: Vec<&'static str>,
}

/// A place that answers to a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaceRef {
    /// The place.
    pub place: Place,
    /// Seats a month: how likely it is meant, against others of the same name.
    pub seats: u32,
}
