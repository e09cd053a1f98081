//! Joins legs into whole trips and picks which of them are worth offering, in the order asked for and with some variety. It knows prices only as numbers.

use crate::providers::travel::embedded::money::Cents;
use crate::providers::travel::embedded::network::{CarrierId, Network};
use crate::providers::travel::embedded::offer::Terms;
use crate::providers::travel::embedded::schedule::Flight;
use agent::trip::Sort;
use jiff::Timestamp;

/// A priced trip with what sorting looks at.
#[derive(Clone, Debug)]
struct Trip {
    terms: Terms,
    cents: Cents,
    minutes: i64,
    score: i64,
    carrier: CarrierId,
    departs_at: Timestamp,
}

/// The best trips over the journeys of each leg, at most [`TRIPS_MAX`], in the order asked for.
pub(crate) fn choose(
    network: &Network,
    legs: Vec<Vec<Vec<Flight>>>,
    sort: Sort,
    price: impl Fn(Vec<Vec<Flight>>) -> Option<(Terms, Cents)>,
) -> Vec<(Terms, Cents)> {
    let trip = |legs: Vec<Vec<Flight>>| price(legs).and_then(|(terms, cents)| weigh(network, terms, cents));
    let several = legs.len() > 1;
    let mut partial: Vec<Vec<Vec<Flight>>> = vec![Vec::new()];
    for journeys in legs {
        let mut singles: Vec<Trip> = journeys.into_iter().filter_map(|journey| trip(vec![journey])).collect();
        if several {
            singles = varied(singles, sort, EACH_LEG_MAX);
        }
        let mut joined: Vec<Trip> = Vec::new();
        for start in &partial {
            for single in &singles {
                joined.extend(join(start, &single.terms.legs[0]).and_then(&trip));
            }
        }
        if several {
            joined = varied(joined, sort, PARTIAL_MAX);
        }
        partial = joined.into_iter().map(|trip| trip.terms.legs).collect();
    }
    let trips: Vec<Trip> = partial.into_iter().filter_map(trip).collect();
    varied(trips, sort, TRIPS_MAX).into_iter().map(|trip| (trip.terms, trip.cents)).collect()
}

/// Adds a leg to a trip when there is time to change.
fn join(start: &[Vec<Flight>], leg: &[Flight]) -> Option<Vec<Vec<Flight>>> {
    if let (Some(before), Some(next)) = (start.last().and_then(|leg| leg.last()), leg.first()) {
        let pause_seconds = next.departs_at.as_second() - before.arrives_at.as_second();
        if pause_seconds < BETWEEN_LEGS_SECONDS {
            return None;
        }
    }
    let mut legs = start.to_vec();
    legs.push(leg.to_vec());
    Some(legs)
}

fn weigh(network: &Network, terms: Terms, cents: Cents) -> Option<Trip> {
    let first = *terms.legs.first()?.first()?;
    let mut minutes = 0;
    let mut nuisance = 0;
    for leg in &terms.legs {
        let (start, end) = (leg.first()?, leg.last()?);
        minutes += (end.arrives_at.as_second() - start.departs_at.as_second()) / 60;
        nuisance += 4_000 * i64::try_from(leg.len() - 1).unwrap_or(0);
        nuisance += if (6..22).contains(&start.departs.hour()) { 0 } else { 1_500 };
        nuisance += if (5..24).contains(&end.arrives.hour()) { 0 } else { 2_500 };
    }
    let seats = i64::from(terms.party.adults + terms.party.children).max(1);
    let score = cents / seats + minutes * MINUTE_CENTS + nuisance;
    Some(Trip {
        carrier: network.route(first.route).carrier,
        departs_at: first.departs_at,
        terms,
        cents,
        minutes,
        score,
    })
}

/// The first `most` trips in the order asked for; the best balance also avoids offering the same airline and hour again and again.
fn varied(mut trips: Vec<Trip>, sort: Sort, most: usize) -> Vec<Trip> {
    trips.sort_by_key(|trip| {
        let keys = match sort {
            Sort::Best => (trip.score, trip.cents),
            Sort::Cheapest => (trip.cents, trip.minutes),
            Sort::Fastest => (trip.minutes, trip.cents),
            Sort::Earliest => (trip.departs_at.as_second(), trip.cents),
            Sort::Latest => (-trip.departs_at.as_second(), trip.cents),
        };
        (keys, trip.score, trip.departs_at)
    });
    let mut kept = Vec::new();
    let mut left: Vec<(i64, Trip)> = Vec::new();
    for trip in trips {
        let same = left.iter().filter(|(_, other)| first_leg(other) == first_leg(&trip)).count();
        if same < SAME_OUTBOUND_MAX {
            left.push((trip.score, trip));
        }
        if left.len() >= POOL_MAX {
            break;
        }
    }
    if sort != Sort::Best {
        return left.into_iter().map(|(_, trip)| trip).take(most).collect();
    }
    while kept.len() < most && !left.is_empty() {
        let at = left.iter().enumerate().min_by_key(|(at, (score, _))| (*score, *at)).map_or(0, |(at, _)| at);
        let (_, chosen) = left.remove(at);
        for (score, other) in &mut left {
            let gap_seconds = (other.departs_at.as_second() - chosen.departs_at.as_second()).abs();
            *score += other.score * i64::from(other.carrier == chosen.carrier) / 10;
            *score += other.score * i64::from(gap_seconds < NEAR_SECONDS) / 16;
        }
        kept.push(chosen);
    }
    kept
}

fn first_leg(trip: &Trip) -> Option<&Vec<Flight>> {
    trip.terms.legs.first()
}

/// What a minute on the way is worth.
const MINUTE_CENTS: i64 = 35;
/// Departures this near to each other are much the same.
const NEAR_SECONDS: i64 = 5_400;
/// From landing to the next leg's departure.
const BETWEEN_LEGS_SECONDS: i64 = 2 * 3_600;
const EACH_LEG_MAX: usize = 24;
const PARTIAL_MAX: usize = 60;
const POOL_MAX: usize = 200;
const SAME_OUTBOUND_MAX: usize = 3;
/// More than are read out, because budget and seats still take some away.
const TRIPS_MAX: usize = 80;
