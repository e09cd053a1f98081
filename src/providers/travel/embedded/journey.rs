//! The ways from one place to another on a day: direct, through one hub, through two. It knows no price and no cabin.

use crate::providers::travel::embedded::network::{CarrierId, Network, PortId, RouteId};
use crate::providers::travel::embedded::schedule::{self, Flight};
use agent::places::AirlineKind;
use agent::trip::TimeWindow;
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// What is wanted of one direction.
#[derive(Clone, Debug)]
pub(crate) struct Want {
    /// Airports to leave from.
    pub(crate) origins: Vec<PortId>,
    /// Airports to land at.
    pub(crate) destinations: Vec<PortId>,
    /// At which time of day.
    pub(crate) time: Option<TimeWindow>,
    /// At most this many stops.
    pub(crate) stops_max: u8,
    /// Only these carriers; empty for any.
    pub(crate) carriers: Vec<CarrierId>,
    /// Nothing leaves before this.
    pub(crate) not_before: Timestamp,
}

/// Finds journeys; keeps the departures it has laid out, so that one search lays out each of them once.
pub(crate) struct Finder<'a> {
    network: &'a Network,
    laid_out: BTreeMap<(RouteId, Date), Vec<Flight>>,
}

impl<'a> Finder<'a> {
    /// A finder for one search.
    pub(crate) fn new(network: &'a Network) -> Self {
        Self { network, laid_out: BTreeMap::new() }
    }

    /// The journeys of a day, flights in order; direct ones, else through one hub, and through two only when there is nothing else.
    pub(crate) fn on(&mut self, want: &Want, date: Date) -> Vec<Vec<Flight>> {
        let mut found = self.direct(want, date);
        if want.stops_max >= 1 {
            found.extend(self.through_hubs(want, date, Bond::Partners));
            for bond in [Bond::Any, Bond::Patient] {
                if found.is_empty() {
                    found = self.through_hubs(want, date, bond);
                }
            }
        }
        if found.is_empty() && want.stops_max >= 2 {
            found = self.through_two_hubs(want, date);
        }
        // Direct flights come first; of the others the shortest are worth a price.
        found.sort_by_key(|journey| {
            (journey.len() > 1, minutes(journey), journey.first().map(|flight| flight.departs_at))
        });
        found.truncate(JOURNEYS_MAX);
        found
    }

    fn direct(&mut self, want: &Want, date: Date) -> Vec<Vec<Flight>> {
        let mut found = Vec::new();
        for (origin, destination) in pairs(want) {
            for route in self.network.between(origin, destination) {
                if self.wanted(want, route) {
                    found.extend(self.departures(route, date).iter().map(|&flight| vec![flight]));
                }
            }
        }
        found.retain(|journey| fits(want, journey));
        found
    }

    fn through_hubs(&mut self, want: &Want, date: Date, bond: Bond) -> Vec<Vec<Flight>> {
        let mut found = Vec::new();
        let most = (CHAINS_MAX / pairs(want).count().max(1)).max(CHAINS_EACH_MIN);
        for (origin, destination) in pairs(want) {
            for (first, second) in self.chains(want, origin, destination, bond).into_iter().take(most) {
                let mut latest: Option<Vec<Flight>> = None;
                let mut starts = self.departures(first, date).to_vec();
                starts.sort_by_key(|flight| flight.departs_at);
                for start in starts {
                    let Some(journey) = self
                        .connect(start, second, bond)
                        .map(|next| vec![start, next])
                        .filter(|journey| fits(want, journey))
                    else {
                        continue;
                    };
                    // Of two departures that catch the same connection, the later one is worth more.
                    if let Some(before) = latest.replace(journey.clone())
                        && before[1] != journey[1]
                    {
                        found.push(before);
                    }
                }
                found.extend(latest);
            }
        }
        found
    }

    fn through_two_hubs(&mut self, want: &Want, date: Date) -> Vec<Vec<Flight>> {
        let mut found = Vec::new();
        for (origin, destination) in pairs(want).take(TWO_HUB_PAIRS_MAX) {
            let busy = |ids: Vec<RouteId>| {
                let mut ids: Vec<RouteId> = ids.into_iter().filter(|&id| self.wanted(want, id)).collect();
                ids.sort_by_key(|&id| (std::cmp::Reverse(self.network.route(id).weekly), id));
                ids.truncate(FEEDERS_MAX);
                ids
            };
            let feeders = busy(self.network.out_of(origin).collect());
            let finals = busy(self.network.into(destination).to_vec());
            let mut chains = Vec::new();
            for &first in &feeders {
                for &last in &finals {
                    chains.extend(self.bridges(want, first, last));
                }
            }
            chains.sort_by_key(|&chain| (self.strangers(&chain), self.trouble(&chain), chain));
            for chain in chains.into_iter().take(BRIDGES_MAX) {
                if found.len() >= BRIDGED_MAX {
                    break;
                }
                for start in self.departures(chain[0], date).to_vec() {
                    let journey = self.connect(start, chain[1], Bond::Patient);
                    let journey =
                        journey.and_then(|next| Some(vec![start, next, self.connect(next, chain[2], Bond::Patient)?]));
                    found.extend(journey.filter(|journey| fits(want, journey)));
                }
            }
        }
        found
    }

    /// Pairs of routes through one hub, straightest and most frequent first.
    fn chains(&self, want: &Want, origin: PortId, destination: PortId, bond: Bond) -> Vec<(RouteId, RouteId)> {
        let network = self.network;
        let straight = u32::from(network.km(origin, destination));
        let longest = straight + straight / 2 + DETOUR_KM;
        let onward = network.into(destination);
        let mut chains = Vec::new();
        for first in network.out_of(origin).filter(|&id| self.wanted(want, id)) {
            let feeder = network.route(first);
            let hub = feeder.destination;
            if want.destinations.contains(&hub) || want.origins.contains(&hub) || u32::from(feeder.km) > longest {
                continue;
            }
            let from = onward.partition_point(|&id| network.route(id).origin < hub);
            for &second in onward[from..].iter().take_while(|&&id| network.route(id).origin == hub) {
                let last = network.route(second);
                let km = u32::from(feeder.km) + u32::from(last.km);
                if km <= longest
                    && self.wanted(want, second)
                    && (bond != Bond::Partners || partners(network, feeder.carrier, last.carrier))
                {
                    chains.push((self.trouble(&[first, second]), first, second));
                }
            }
        }
        chains.sort_unstable();
        chains.into_iter().take(CHAINS_MAX).map(|(_, first, second)| (first, second)).collect()
    }

    /// The routes that join the end of one route to the start of another.
    fn bridges(&self, want: &Want, first: RouteId, last: RouteId) -> Vec<[RouteId; 3]> {
        let (start, end) = (self.network.route(first), self.network.route(last));
        if start.destination == end.origin || start.destination == end.destination || start.origin == end.origin {
            return Vec::new();
        }
        self.network
            .between(start.destination, end.origin)
            .filter(|&id| self.wanted(want, id))
            .map(|middle| [first, middle, last])
            .collect()
    }

    /// How many changes of a chain are between airlines that do not work together.
    fn strangers(&self, chain: &[RouteId; 3]) -> usize {
        let carrier = |id| self.network.route(id).carrier;
        chain.windows(2).filter(|pair| !partners(self.network, carrier(pair[0]), carrier(pair[1]))).count()
    }

    /// Kilometres of a chain, longer by how seldom its rarest flight goes.
    fn trouble(&self, chain: &[RouteId]) -> u32 {
        let routes = || chain.iter().map(|&id| self.network.route(id));
        let frequency = routes().map(|route| u32::from(route.weekly)).min().unwrap_or(0).min(FREQUENCY_MAX);
        routes().map(|route| u32::from(route.km)).sum::<u32>() + (FREQUENCY_MAX - frequency) * FREQUENCY_KM
    }

    /// The first flight of a route that can be caught after another has landed.
    fn connect(&mut self, flight: Flight, next: RouteId, bond: Bond) -> Option<Flight> {
        let (before, after) = (self.network.route(flight.route), self.network.route(next));
        let country = |port| self.network.at(port).country;
        let inland = country(before.origin) == country(before.destination)
            && country(after.origin) == country(after.destination);
        let shortest =
            SignedDuration::from_mins(if inland { CONNECTION_INLAND_MINUTES } else { CONNECTION_ABROAD_MINUTES });
        let earliest = flight.arrives_at.checked_add(shortest).ok()?;
        let longest = SignedDuration::from_mins(if bond == Bond::Patient {
            PATIENCE_MINUTES_MAX
        } else {
            CONNECTION_MINUTES_MAX
        });
        let latest = flight.arrives_at.checked_add(longest).ok()?;
        let day = flight.arrives.date();
        let catches = |flight: &&Flight| flight.departs_at >= earliest && flight.departs_at <= latest;
        let today = self.departures(next, day).iter().filter(catches).min_by_key(|flight| flight.departs_at).copied();
        let tomorrow_is_too_late = i64::from(24 - flight.arrives.hour()) * 60 > longest.as_mins();
        if today.is_some() || tomorrow_is_too_late {
            return today;
        }
        let tomorrow = day.tomorrow().ok()?;
        self.departures(next, tomorrow).iter().filter(catches).min_by_key(|flight| flight.departs_at).copied()
    }

    fn departures(&mut self, route: RouteId, date: Date) -> &[Flight] {
        let network = self.network;
        self.laid_out.entry((route, date)).or_insert_with(|| schedule::departures(network, route, date))
    }

    fn wanted(&self, want: &Want, route: RouteId) -> bool {
        want.carriers.is_empty() || want.carriers.contains(&self.network.route(route).carrier)
    }
}

/// Who may carry on where another airline ends, and how long one waits for it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bond {
    Partners,
    Any,
    Patient,
}

/// Do two carriers sell their flights together: the same one, one alliance, a known pair, or a regional and a full-service airline at home.
fn partners(network: &Network, first: CarrierId, second: CarrierId) -> bool {
    if first == second {
        return true;
    }
    let (one, other) = (network.airline(first), network.airline(second));
    let feeds = |regional: &agent::places::Airline, full: &agent::places::Airline| {
        regional.kind == AirlineKind::Regional && full.kind == AirlineKind::Full && regional.country == full.country
    };
    !one.alliance.is_empty() && one.alliance == other.alliance
        || PARTNERS.contains(&(one.code, other.code))
        || PARTNERS.contains(&(other.code, one.code))
        || feeds(one, other)
        || feeds(other, one)
}

fn pairs(want: &Want) -> impl Iterator<Item = (PortId, PortId)> + use<> {
    let (origins, destinations) = (want.origins.clone(), want.destinations.clone());
    origins
        .into_iter()
        .flat_map(move |origin| destinations.clone().into_iter().map(move |destination| (origin, destination)))
}

/// Minutes from first departure to last arrival.
fn minutes(journey: &[Flight]) -> i64 {
    match (journey.first(), journey.last()) {
        (Some(first), Some(last)) => (last.arrives_at.as_second() - first.departs_at.as_second()) / 60,
        _ => 0,
    }
}

/// Does a journey keep to the wanted hours, and can it still be caught.
fn fits(want: &Want, journey: &[Flight]) -> bool {
    let (Some(first), Some(last)) = (journey.first(), journey.last()) else { return false };
    first.departs_at >= want.not_before
        && want.time.is_none_or(|window| {
            within(window, if window.arrival { last.arrives.time() } else { first.departs.time() })
        })
}

/// A window may run over midnight.
fn within(window: TimeWindow, time: Time) -> bool {
    if window.from <= window.to {
        (window.from..=window.to).contains(&time)
    } else {
        time >= window.from || time <= window.to
    }
}

/// Shortest change between two flights inside a country.
const CONNECTION_INLAND_MINUTES: i64 = 60;
/// Shortest change where a border is crossed.
const CONNECTION_ABROAD_MINUTES: i64 = 75;
/// Longest change.
const CONNECTION_MINUTES_MAX: i64 = 240;
/// Longest change where there is no other way.
const PATIENCE_MINUTES_MAX: i64 = 600;
/// What a journey may be longer than half again the straight way.
const DETOUR_KM: u32 = 500;
/// Kilometres of detour that one more flight a week is worth.
const FREQUENCY_KM: u32 = 12;
const FREQUENCY_MAX: u32 = 50;
/// Pairs of routes that are tried for a day, shared by all pairs of airports; each of these tries a few at least.
const CHAINS_MAX: usize = 90;
const CHAINS_EACH_MIN: usize = 10;
const FEEDERS_MAX: usize = 80;
const BRIDGES_MAX: usize = 400;
const BRIDGED_MAX: usize = 24;
const TWO_HUB_PAIRS_MAX: usize = 4;
const JOURNEYS_MAX: usize = 160;
/// Airlines outside one alliance that sell each other's flights.
const PARTNERS: [(&str, &str); 24] = [
    ("AS", "HA"),
    ("EK", "FZ"),
    ("EK", "QF"),
    ("VA", "QR"),
    ("VA", "SQ"),
    ("VA", "UA"),
    ("WS", "DL"),
    ("WS", "KL"),
    ("WS", "AF"),
    ("B6", "9K"),
    ("G3", "AA"),
    ("LA", "DL"),
    ("AD", "UA"),
    ("EI", "BA"),
    ("EI", "IB"),
    ("EI", "UA"),
    ("VY", "IB"),
    ("VY", "BA"),
    ("EW", "LH"),
    ("HV", "KL"),
    ("TO", "AF"),
    ("A3", "OA"),
    ("TK", "AJ"),
    ("KC", "LH"),
];
