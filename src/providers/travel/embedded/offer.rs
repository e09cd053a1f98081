//! Offers as they are read out, and their names: a name holds everything that is needed to price the offer again. It searches nothing.

use crate::providers::travel::embedded::fare;
use crate::providers::travel::embedded::money;
use crate::providers::travel::embedded::network::{Network, RouteId};
use crate::providers::travel::embedded::rules;
use crate::providers::travel::embedded::schedule::{self, Flight};
use agent::trip::{Cabin, Code3, FlightOffer, Itinerary, Party, Segment, Source};
use jiff::civil::Date;

/// What an offer is made of.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// The flights of each leg.
    pub(crate) legs: Vec<Vec<Flight>>,
    /// Who travels.
    pub(crate) party: Party,
    /// In which cabin.
    pub(crate) cabin: Cabin,
    /// Priced in.
    pub(crate) currency: Code3,
}

/// The fare of the party in hundredths of a US dollar; `None` when the cabin is not carried.
pub(crate) fn cents(network: &Network, terms: &Terms, today: Date) -> Option<i64> {
    let mut adult = 0;
    for leg in &terms.legs {
        adult += fare::adult(network, leg, terms.cabin, today)?;
    }
    if terms.legs.len() > 1 && one_carrier(network, &terms.legs) {
        adult = money::scale(adult, RETURN_FACTOR);
    }
    Some(fare::party(adult, terms.party))
}

/// The offer as it stands today; `None` when its cabin is not carried.
pub(crate) fn build(network: &Network, terms: &Terms, today: Date) -> Option<FlightOffer> {
    let cents = cents(network, terms, today)?;
    let first = network.route(terms.legs.first()?.first()?.route);
    let airline = network.airline(first.carrier);
    let long = terms.legs.iter().flatten().any(|flight| network.route(flight.route).km >= LONG_KM);
    Some(FlightOffer {
        id: name(network, terms),
        legs: terms.legs.iter().map(|leg| itinerary(network, leg)).collect(),
        party: terms.party,
        cabin: terms.cabin,
        total: money::from_cents(cents, terms.currency),
        seats_left: terms.legs.iter().map(|leg| fare::seats_left(network, leg, today)).min().unwrap_or(1),
        rules: rules::of(airline, terms.cabin, long, cents, terms.currency),
        source: Source::Synthetic,
    })
}

/// Reads an offer's name back; `None` for a name that was not made here or whose flights do not fly.
pub(crate) fn read(network: &Network, name: &str) -> Option<Terms> {
    if name.len() > NAME_MAX {
        return None;
    }
    let mut parts = name.strip_prefix("F.")?.split('.');
    let currency = Code3::parse(parts.next()?)?;
    let cabin = match parts.next()? {
        "E" => Cabin::Economy,
        "P" => Cabin::PremiumEconomy,
        "B" => Cabin::Business,
        "F" => Cabin::First,
        _ => return None,
    };
    let mut heads = parts.next()?.split('-').map(|count| count.parse::<u8>().ok());
    let party = Party { adults: heads.next()??, children: heads.next()??, infants: heads.next()?? };
    let legs = parts.next()?.split('_').map(|leg| leg.split('+').map(|flight| read_flight(network, flight)).collect());
    let legs: Vec<Vec<Flight>> = legs.collect::<Option<_>>()?;
    parts.next().is_none().then_some(Terms { legs, party, cabin, currency })
}

/// One carrier sells every flight of it.
pub(crate) fn one_carrier(network: &Network, legs: &[Vec<Flight>]) -> bool {
    let mut carriers = legs.iter().flatten().map(|flight| network.route(flight.route).carrier);
    carriers.next().is_some_and(|first| carriers.all(|carrier| carrier == first))
}

fn name(network: &Network, terms: &Terms) -> String {
    let cabin = match terms.cabin {
        Cabin::Economy => 'E',
        Cabin::PremiumEconomy => 'P',
        Cabin::Business => 'B',
        Cabin::First => 'F',
    };
    let Party { adults, children, infants } = terms.party;
    let leg = |leg: &Vec<Flight>| leg.iter().map(|flight| flight_name(network, flight)).collect::<Vec<_>>().join("+");
    let legs = terms.legs.iter().map(leg).collect::<Vec<_>>().join("_");
    format!("F.{}.{cabin}.{adults}-{children}-{infants}.{legs}", terms.currency)
}

/// "B60123BOSDEN20261127": airline, number, ends, day of departure.
fn flight_name(network: &Network, flight: &Flight) -> String {
    let route = network.route(flight.route);
    let (origin, destination) = (network.at(route.origin).airport.code, network.at(route.destination).airport.code);
    let date = flight.departs.date();
    let airline = network.airline(route.carrier).code;
    format!("{airline}{:04}{origin}{destination}{:04}{:02}{:02}", flight.number, date.year(), date.month(), date.day())
}

fn read_flight(network: &Network, name: &str) -> Option<Flight> {
    if name.len() != 20 || !name.is_ascii() {
        return None;
    }
    let port = |text| network.port(Code3::parse(text)?);
    let (origin, destination) = (port(&name[6..9])?, port(&name[9..12])?);
    let carrier = network.carrier(&name[..2])?;
    let date = Date::new(name[12..16].parse().ok()?, name[16..18].parse().ok()?, name[18..].parse().ok()?).ok()?;
    let flies = |id: &RouteId| network.route(*id).carrier == carrier;
    let route = network.between(origin, destination).find(flies)?;
    schedule::departure(network, route, name[2..6].parse().ok()?, date)
}

fn itinerary(network: &Network, leg: &[Flight]) -> Itinerary {
    Itinerary { segments: leg.iter().map(|flight| segment(network, flight)).collect() }
}

fn segment(network: &Network, flight: &Flight) -> Segment {
    let route = network.route(flight.route);
    let airline = network.airline(route.carrier);
    Segment {
        airline: airline.code.to_owned(),
        airline_name: airline.name.to_owned(),
        number: flight.number,
        origin: network.at(route.origin).airport.code,
        destination: network.at(route.destination).airport.code,
        departs: flight.departs,
        arrives: flight.arrives,
        departs_at: flight.departs_at,
        arrives_at: flight.arrives_at,
        aircraft: route.model.name.to_owned(),
    }
}

/// A return with one carrier is a little cheaper than its two halves.
const RETURN_FACTOR: i64 = 9_600;
const LONG_KM: u16 = 4_500;
/// Six legs of three flights fit well within.
const NAME_MAX: usize = 512;
