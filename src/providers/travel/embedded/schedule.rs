//! When a route's flights leave and land on a day. Times are laid out once for all weeks; dates only choose which of them fly.

use crate::providers::travel::embedded::dice;
use crate::providers::travel::embedded::network::{Network, Route, RouteId};
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::{SignedDuration, Timestamp};

/// One departure on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flight {
    /// Its route.
    pub(crate) route: RouteId,
    /// Flight number.
    pub(crate) number: u16,
    /// Departure in the origin's local time.
    pub(crate) departs: DateTime,
    /// Arrival in the destination's local time.
    pub(crate) arrives: DateTime,
    /// Departure as an instant.
    pub(crate) departs_at: Timestamp,
    /// Arrival as an instant.
    pub(crate) arrives_at: Timestamp,
}

/// All departures of a route on a day that is local to its origin, in order of flight number.
pub(crate) fn departures(network: &Network, id: RouteId, date: Date) -> Vec<Flight> {
    let route = network.route(id);
    (0..route.slots())
        .filter(|&slot| flies(network, route, slot, date.weekday()))
        .filter_map(|slot| flight(network, id, slot, date))
        .collect()
}

/// The departure with this number on a day; `None` when the route has none.
pub(crate) fn departure(network: &Network, id: RouteId, number: u16, date: Date) -> Option<Flight> {
    let route = network.route(id);
    let slot = number.checked_sub(route.first_number).filter(|&slot| slot < route.slots())?;
    flies(network, route, slot, date.weekday()).then(|| flight(network, id, slot, date)).flatten()
}

/// Every slot but the last flies daily; the last flies on as many days as are left, spread over the week.
fn flies(network: &Network, route: &Route, slot: u16, weekday: Weekday) -> bool {
    let last = route.slots() - 1;
    let days = u64::from(route.weekly - 7 * last);
    let weekday = u64::from(weekday.to_monday_zero_offset().unsigned_abs());
    slot < last || (weekday * days + seed(network, route, 0) % 7) % 7 < days
}

fn flight(network: &Network, id: RouteId, slot: u16, date: Date) -> Option<Flight> {
    let route = network.route(id);
    let minute = departure_minute(network, route, slot);
    let time = Time::new(i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?, 0, 0).ok()?;
    let (from, to) = (&network.at(route.origin).tz, &network.at(route.destination).tz);
    let departs_at = from.to_ambiguous_timestamp(date.to_datetime(time)).compatible().ok()?;
    let arrives_at = departs_at.checked_add(SignedDuration::from_mins(i64::from(route.minutes))).ok()?;
    let (departs, arrives) = (from.to_datetime(departs_at), to.to_datetime(arrives_at));
    Some(Flight { route: id, number: route.first_number + slot, departs, arrives, departs_at, arrives_at })
}

/// The minute of the day at which a slot leaves: spread over the day, then moved until people would want to land then.
fn departure_minute(network: &Network, route: &Route, slot: u16) -> u16 {
    let (first, last) = if route.minutes >= LONG_MINUTES { LONG_WINDOW } else { SHORT_WINDOW };
    let window = last - first;
    let share = window / route.slots();
    let jitter = u16::try_from(seed(network, route, u64::from(slot) + 1) % u64::from(share.max(1))).unwrap_or(0);
    let start = share * slot + jitter;
    let shift = network.at(route.destination).offset_minutes - network.at(route.origin).offset_minutes;
    let minute = |step: u16| (first + (start + step * STEP_MINUTES) % window) / 5 * 5;
    let lands = |minute: u16| (i32::from(minute) + i32::from(route.minutes) + shift).rem_euclid(24 * 60);
    (0..window / STEP_MINUTES).map(minute).find(|&minute| AWAKE.contains(&lands(minute))).unwrap_or_else(|| minute(0))
}

fn seed(network: &Network, route: &Route, what: u64) -> u64 {
    let code = |port| dice::text(network.at(port).airport.code.as_str());
    dice::draw(&[dice::text(network.airline(route.carrier).code), code(route.origin), code(route.destination), what])
}

/// Flights from this length on may leave in the late evening.
const LONG_MINUTES: u16 = 330;
/// Minutes of the day between which short flights leave: 06:00 to 21:40.
const SHORT_WINDOW: (u16, u16) = (360, 1_300);
/// Minutes of the day between which long flights leave: 08:30 to 23:40.
const LONG_WINDOW: (u16, u16) = (510, 1_420);
/// Landing is wanted between 05:15 and 23:50.
const AWAKE: std::ops::Range<i32> = 315..1_430;
const STEP_MINUTES: u16 = 45;
