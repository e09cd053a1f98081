//! What a journey costs in the embedded world: distance, carrier, cabin, days ahead, weekday, season and some chance. Whole numbers only.

use crate::providers::travel::embedded::dice;
use crate::providers::travel::embedded::money::{Cents, scale};
use crate::providers::travel::embedded::network::{Network, PortId};
use crate::providers::travel::embedded::schedule::Flight;
use agent::places::{self, AirlineKind};
use agent::trip::{Cabin, Party};
use jiff::civil::{Date, Weekday};

/// The fare of one adult for one direction, taxes included; `None` when a flight of it has no such cabin.
pub(crate) fn adult(network: &Network, flights: &[Flight], cabin: Cabin, today: Date) -> Option<Cents> {
    let (first, last) = (flights.first()?, flights.last()?);
    if !flights.iter().all(|flight| has_cabin(network, flight, cabin)) {
        return None;
    }
    let origin = network.route(first.route).origin;
    let destination = network.route(last.route).destination;
    let km = i64::from(network.km(origin, destination));
    let day = first.departs.date();
    let factors = [
        carrier(network, flights),
        cabin_factor(cabin, km),
        days_ahead(day, today),
        weekday(day.weekday()),
        season(network, origin, destination, day),
        rivals(network, origin, destination),
        stops(flights.len()),
        hour(first.departs.hour()),
        luck(network, flights),
    ];
    let fare = factors.iter().fold(by_distance(km), |cents, &factor| scale(cents, factor));
    Some(fare.max(FARE_MIN) + taxes(network, flights))
}

/// The fare of a whole party: children pay three quarters, infants on a lap a tenth.
pub(crate) fn party(adult: Cents, party: Party) -> Cents {
    let share = i64::from(party.adults) * 10_000 + i64::from(party.children) * 7_500 + i64::from(party.infants) * 1_000;
    scale(adult, share)
}

/// Seats left at this price: fewer as the day comes near.
pub(crate) fn seats_left(network: &Network, flights: &[Flight], today: Date) -> u8 {
    let left = flights.iter().map(|flight| {
        let route = network.route(flight.route);
        let ahead = days_between(today, flight.departs.date());
        let most = if ahead < 7 { 6 } else { 9 };
        let full = i64::from(route.model.seats).min(most);
        dice::between(
            1,
            full.max(1),
            &[number_seed(network, flight), u64::from(flight.departs.date().day_of_year().unsigned_abs()), 3],
        )
    });
    left.min().and_then(|left| u8::try_from(left).ok()).unwrap_or(1)
}

/// Days from one date to another; negative when the other is earlier.
pub(crate) fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

/// Does this flight carry the cabin.
fn has_cabin(network: &Network, flight: &Flight, cabin: Cabin) -> bool {
    let route = network.route(flight.route);
    let airline = network.airline(route.carrier);
    let full = airline.kind == AirlineKind::Full;
    let (from, to) = (network.at(route.origin).country, network.at(route.destination).country);
    match cabin {
        Cabin::Economy => true,
        Cabin::PremiumEconomy => full && (route.km >= 4_500 || from == "US" && to == "US"),
        // On flights within the United States the front cabin is sold under both names.
        Cabin::Business => full && route.model.seats >= 66,
        Cabin::First => {
            full && (from == "US" && to == "US" && route.model.seats >= 66
                || route.km >= 4_500 && FIRST.contains(&airline.code))
        }
    }
}

/// Short hops cost more a kilometre than long ones.
fn by_distance(km: i64) -> Cents {
    let mut cents = 3_000;
    let mut from = 0;
    for (until, tenths) in [(1_500, 68), (5_000, 46), (i64::MAX, 40)] {
        cents += (km.min(until) - from).max(0) * tenths / 10;
        from = until;
    }
    cents
}

fn carrier(network: &Network, flights: &[Flight]) -> i64 {
    let kinds = flights.iter().map(|flight| {
        let airline = network.airline(network.route(flight.route).carrier);
        match airline.kind {
            AirlineKind::Full => 10_400,
            AirlineKind::LowCost if NEARLY_FULL.contains(&airline.code) => 9_700,
            AirlineKind::LowCost => 7_600,
            AirlineKind::Regional => 12_000,
        }
    });
    kinds.sum::<i64>() / i64::try_from(flights.len()).unwrap_or(1)
}

fn cabin_factor(cabin: Cabin, km: i64) -> i64 {
    match cabin {
        Cabin::Economy => 10_000,
        Cabin::PremiumEconomy => 17_500,
        Cabin::Business if km < 4_500 => 25_000,
        Cabin::Business => 39_000,
        Cabin::First if km < 4_500 => 24_000,
        Cabin::First => 62_000,
    }
}

fn days_ahead(day: Date, today: Date) -> i64 {
    match days_between(today, day) {
        ..=0 => 19_000,
        1..=2 => 17_200,
        3..=6 => 15_000,
        7..=13 => 12_800,
        14..=20 => 11_100,
        21..=29 => 10_100,
        30..=59 => 9_400,
        _ => 8_900,
    }
}

fn weekday(weekday: Weekday) -> i64 {
    match weekday {
        Weekday::Monday => 10_200,
        Weekday::Tuesday => 9_300,
        Weekday::Wednesday => 9_400,
        Weekday::Thursday => 10_100,
        Weekday::Friday => 11_200,
        Weekday::Saturday => 9_500,
        Weekday::Sunday => 11_300,
    }
}

/// Summer and the turn of the year are dear; summer is in December when both ends are south.
fn season(network: &Network, origin: PortId, destination: PortId, day: Date) -> i64 {
    if day.month() == 12 && day.day() >= 18 || day.month() == 1 && day.day() <= 3 {
        return 12_500;
    }
    let south = [origin, destination].iter().all(|&port| network.at(port).airport.lat < -15.0);
    let month = usize::from(day.month().unsigned_abs()) + if south { 5 } else { 11 };
    MONTHS[month % 12]
}

fn rivals(network: &Network, origin: PortId, destination: PortId) -> i64 {
    match network.between(origin, destination).count() {
        0 | 3.. => 9_400,
        1 => 10_800,
        2 => 10_000,
    }
}

fn stops(flights: usize) -> i64 {
    match flights {
        1 => 10_000,
        2 => 8_700,
        _ => 8_100,
    }
}

fn hour(hour: i8) -> i64 {
    match hour {
        6..=8 => 10_400,
        16..=19 => 10_700,
        9..=15 => 10_000,
        _ => 9_200,
    }
}

fn luck(network: &Network, flights: &[Flight]) -> i64 {
    let sum: i64 = flights
        .iter()
        .map(|flight| {
            let date = flight.departs.date();
            let day = u64::from(date.year().unsigned_abs()) * 400 + u64::from(date.day_of_year().unsigned_abs());
            dice::between(8_600, 11_700, &[number_seed(network, flight), day])
        })
        .sum();
    sum / i64::try_from(flights.len()).unwrap_or(1).max(1)
}

fn taxes(network: &Network, flights: &[Flight]) -> Cents {
    let one = |flight: &Flight| {
        let route = network.route(flight.route);
        let (from, to) = (network.at(route.origin).country, network.at(route.destination).country);
        if from == to {
            1_400
        } else if places::country(from).map(|country| country.continent)
            == places::country(to).map(|country| country.continent)
        {
            2_600
        } else {
            4_800
        }
    };
    flights.iter().map(one).sum()
}

fn number_seed(network: &Network, flight: &Flight) -> u64 {
    let route = network.route(flight.route);
    dice::draw(&[dice::text(network.airline(route.carrier).code), u64::from(flight.number)])
}

/// Low-cost by history, priced like the others by now.
const NEARLY_FULL: [&str; 8] = ["WN", "B6", "EW", "VY", "HV", "TO", "AD", "G3"];
const FARE_MIN: Cents = 1_900;
/// By month, January first.
const MONTHS: [i64; 12] = [9_200, 9_200, 10_000, 10_200, 10_300, 11_200, 12_000, 11_800, 9_900, 9_800, 9_600, 10_600];
/// Airlines with a first cabin on long routes.
const FIRST: [&str; 22] = [
    "AA", "EK", "EY", "SQ", "QR", "LH", "LX", "BA", "AF", "JL", "NH", "CX", "TG", "KE", "QF", "CA", "MU", "CZ", "AI",
    "GA", "SV", "OZ",
];
