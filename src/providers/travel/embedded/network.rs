//! Who flies where: the airports, carriers and routes of the embedded world, indexed by both ends. It knows no date and no price.

use crate::providers::travel::embedded::aircraft::{self, Fleet, Model};
use crate::providers::travel::embedded::dice;
use agent::places::{self, Airline, Airport};
use agent::trip::Code3;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;

/// An airport by its position in [`Network::ports`].
pub(crate) type PortId = u16;
/// A carrier by its position in [`Network::carriers`].
pub(crate) type CarrierId = u16;
/// A route by its position in [`Network::routes`].
pub(crate) type RouteId = u32;

/// An airport with flights.
#[derive(Clone, Debug)]
pub(crate) struct Port {
    /// What the gazetteer says.
    pub(crate) airport: &'static Airport,
    /// Country of its city.
    pub(crate) country: &'static str,
    /// Its time zone.
    pub(crate) tz: TimeZone,
    /// Standard offset from UTC in minutes; timetables are laid out by it.
    pub(crate) offset_minutes: i32,
}

/// One airline's service between two airports, in one direction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    /// Who flies.
    pub(crate) carrier: CarrierId,
    /// From.
    pub(crate) origin: PortId,
    /// To.
    pub(crate) destination: PortId,
    /// Flights a week, at least one.
    pub(crate) weekly: u16,
    /// Great-circle km.
    pub(crate) km: u16,
    /// Minutes from gate to gate.
    pub(crate) minutes: u16,
    /// The aircraft.
    pub(crate) model: &'static Model,
    /// The flight number of its first departure of the day; the next ones follow.
    pub(crate) first_number: u16,
}

impl Route {
    /// The most departures a day.
    pub(crate) fn slots(&self) -> u16 {
        self.weekly.div_ceil(7)
    }
}

/// The whole network. Routes stand in order of origin, destination and carrier.
#[derive(Debug)]
pub(crate) struct Network {
    /// Airports with flights.
    pub(crate) ports: Vec<Port>,
    /// Airlines with flights.
    pub(crate) carriers: Vec<&'static Airline>,
    /// All routes.
    pub(crate) routes: Vec<Route>,
    port_at: BTreeMap<Code3, PortId>,
    carrier_at: BTreeMap<&'static str, CarrierId>,
    from: Vec<Range<usize>>,
    inbound: Vec<RouteId>,
    to: Vec<Range<usize>>,
}

impl Network {
    /// The network, built on first use.
    pub(crate) fn get() -> &'static Self {
        static NETWORK: OnceLock<Network> = OnceLock::new();
        NETWORK.get_or_init(|| Self::read(ROUTES))
    }

    /// The airport of a code, when it has flights.
    pub(crate) fn port(&self, code: Code3) -> Option<PortId> {
        self.port_at.get(&code).copied()
    }

    /// The carrier of a two-character code, when it flies.
    pub(crate) fn carrier(&self, code: &str) -> Option<CarrierId> {
        self.carrier_at.get(code).copied()
    }

    /// The facts of an airport.
    pub(crate) fn at(&self, port: PortId) -> &Port {
        &self.ports[usize::from(port)]
    }

    /// The airline of a carrier.
    pub(crate) fn airline(&self, carrier: CarrierId) -> &'static Airline {
        self.carriers[usize::from(carrier)]
    }

    /// A route.
    pub(crate) fn route(&self, id: RouteId) -> &Route {
        &self.routes[id as usize]
    }

    /// All routes out of an airport, by destination.
    pub(crate) fn out_of(&self, origin: PortId) -> impl Iterator<Item = RouteId> + Clone {
        self.from[usize::from(origin)].clone().map(id)
    }

    /// All routes into an airport, by origin.
    pub(crate) fn into(&self, destination: PortId) -> &[RouteId] {
        &self.inbound[self.to[usize::from(destination)].clone()]
    }

    /// The routes of all carriers between two airports.
    pub(crate) fn between(&self, origin: PortId, destination: PortId) -> impl Iterator<Item = RouteId> + Clone {
        let range = self.from[usize::from(origin)].clone();
        let routes = &self.routes[range.clone()];
        let first = routes.partition_point(|route| route.destination < destination);
        let last = routes.partition_point(|route| route.destination <= destination);
        (range.start + first..range.start + last).map(id)
    }

    /// Great-circle km between two airports.
    pub(crate) fn km(&self, origin: PortId, destination: PortId) -> u16 {
        km(self.at(origin).airport, self.at(destination).airport)
    }

    fn read(text: &'static str) -> Self {
        let mut network = Self {
            ports: ports(),
            carriers: Vec::new(),
            routes: Vec::new(),
            port_at: BTreeMap::new(),
            carrier_at: BTreeMap::new(),
            from: Vec::new(),
            inbound: Vec::new(),
            to: Vec::new(),
        };
        network.port_at = network.ports.iter().enumerate().map(|(at, port)| (port.airport.code, short(at))).collect();
        network.carriers = places::airlines().collect();
        network.carrier_at =
            network.carriers.iter().enumerate().map(|(at, airline)| (airline.code, short(at))).collect();
        let fleets: Vec<Fleet> = network.carriers.iter().map(|airline| Fleet::of(airline.code)).collect();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            network.read_line(line, &fleets);
        }
        network.routes.sort_by_key(|route| (route.origin, route.destination, route.carrier));
        network.number_flights();
        network.index();
        network
    }

    fn read_line(&mut self, line: &str, fleets: &[Fleet]) {
        let mut cells = line.split('\t');
        let (Some(airline), Some(origin), Some(list)) = (cells.next(), cells.next(), cells.next()) else { return };
        let (Some(carrier), Some(origin)) =
            (self.carrier(airline), Code3::parse(origin).and_then(|code| self.port(code)))
        else {
            return;
        };
        for cell in list.split(' ') {
            let route = self.read_route(carrier, origin, cell, &fleets[usize::from(carrier)]);
            self.routes.extend(route);
        }
    }

    /// One cell of a line: "DEN110/172" is 110 flights a month of 172 seats to Denver.
    fn read_route(&self, carrier: CarrierId, origin: PortId, cell: &str, fleet: &Fleet) -> Option<Route> {
        let (code, numbers) = cell.split_at_checked(3)?;
        let (monthly, seats) = numbers.split_once('/')?;
        let (monthly, seats): (u32, u16) = (monthly.parse().ok()?, seats.parse().ok()?);
        let destination = self.port(Code3::parse(code)?)?;
        let (from, to) = (self.at(origin).airport, self.at(destination).airport);
        let km = km(from, to);
        let model = fleet.choose(seats, km);
        let eastward = (to.lon - from.lon + 540.0).rem_euclid(360.0) - 180.0;
        let minutes = aircraft::minutes(model, km, eastward);
        let weekly = u16::try_from((monthly * 7 + 15) / 30).ok()?.max(1);
        (origin != destination).then_some(Route {
            carrier,
            origin,
            destination,
            weekly,
            km,
            minutes,
            model,
            first_number: 0,
        })
    }

    /// Gives each airline's flights numbers from 1 on, its longest routes the lowest.
    fn number_flights(&mut self) {
        let mut order: Vec<usize> = (0..self.routes.len()).collect();
        order.sort_by_cached_key(|&at| {
            let route = &self.routes[at];
            let (origin, destination) = (self.at(route.origin).airport.code, self.at(route.destination).airport.code);
            (
                route.carrier,
                route.km < LONG_KM,
                dice::draw(&[dice::text(origin.as_str()), dice::text(destination.as_str())]),
            )
        });
        let (mut carrier, mut next) = (CarrierId::MAX, 1);
        for at in order {
            let route = &mut self.routes[at];
            if route.carrier != carrier {
                (carrier, next) = (route.carrier, 1);
            }
            if next + route.slots() > NUMBER_MAX {
                next = 1;
            }
            route.first_number = next;
            next += route.slots();
        }
    }

    fn index(&mut self) {
        self.from = ranges(self.ports.len(), self.routes.iter().map(|route| route.origin));
        self.inbound = (0..self.routes.len()).map(id).collect();
        let routes = &self.routes;
        self.inbound.sort_by_key(|&id| {
            let route = &routes[id as usize];
            (route.destination, route.origin, route.carrier)
        });
        self.to = ranges(self.ports.len(), self.inbound.iter().map(|&id| routes[id as usize].destination));
    }
}

fn ports() -> Vec<Port> {
    let reference = "2026-01-15T12:00:00Z".parse().expect("a well-formed instant");
    let port = |airport: &'static Airport| {
        let tz = TimeZone::get(airport.tz).ok()?;
        let offset_minutes = tz.to_offset(reference).seconds() / 60;
        let country = places::city(airport.city).map_or("", |city| city.country);
        Some(Port { airport, country, tz, offset_minutes })
    };
    places::airports().iter().filter_map(port).take(PORTS_MAX).collect()
}

/// Where each airport's run begins and ends in a list sorted by airport.
fn ranges(ports: usize, sorted: impl Iterator<Item = PortId>) -> Vec<Range<usize>> {
    let mut ranges = vec![0..0; ports];
    for (at, port) in sorted.enumerate() {
        let range = &mut ranges[usize::from(port)];
        if range.start == range.end {
            *range = at..at + 1;
        } else {
            range.end = at + 1;
        }
    }
    ranges
}

fn km(from: &Airport, to: &Airport) -> u16 {
    // Half the girth of the earth is 20,015 km, so it fits.
    places::distance_km((from.lat, from.lon), (to.lat, to.lon)).round() as u16
}

fn id(at: usize) -> RouteId {
    RouteId::try_from(at).expect("routes are counted in tens of thousands")
}

fn short(at: usize) -> u16 {
    u16::try_from(at).expect("airports and airlines are counted in thousands")
}

/// Routes from this length on get an airline's low flight numbers.
const LONG_KM: u16 = 4_500;
const NUMBER_MAX: u16 = 9_999;
const PORTS_MAX: usize = 60_000;
const ROUTES: &str = include_str!("../data/routes.tsv");
