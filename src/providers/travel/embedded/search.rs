//! Answers a flight query: resolves its places, finds journeys for each leg, prices them, joins the legs and picks what is worth reading out.

use crate::providers::travel::embedded::journey::{Finder, Want};
use crate::providers::travel::embedded::money;
use crate::providers::travel::embedded::network::{CarrierId, Network, PortId};
use crate::providers::travel::embedded::offer::{self, Terms};
use crate::providers::travel::embedded::pick;
use crate::providers::travel::embedded::schedule::Flight;
use agent::places;
use agent::tool::ToolResult;
use agent::trip::{DateSpan, FlightOffer, FlightQuery, LegQuery, Party, Place};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

/// Answers a query as of an instant. The same query at the same instant gives the same answer, to the byte.
pub(crate) fn flights(network: &Network, query: &FlightQuery, now: Timestamp) -> ToolResult {
    match wants(network, query, now) {
        Err(say) => ToolResult::Refused { say },
        Ok(wants) => {
            let mut finder = Finder::new(network);
            let spans: Vec<DateSpan> = query.legs.iter().map(|leg| leg.date).collect();
            let offers = offers(network, &mut finder, query, &wants, &spans, now);
            let nearest_day = if offers.is_empty() { nearest(network, &mut finder, query, &wants, now) } else { None };
            ToolResult::Flights { offers, nearest_day }
        }
    }
}

/// Today's date at an airport.
pub(crate) fn today(network: &Network, port: PortId, now: Timestamp) -> Date {
    network.at(port).tz.to_datetime(now).date()
}

/// The sentence that refuses a party, when it must be refused.
pub(crate) fn refuse_party(party: Party) -> Option<String> {
    let seats = u16::from(party.adults) + u16::from(party.children);
    if seats == 0 || party.adults == 0 {
        Some("At least one adult has to travel.".to_owned())
    } else if seats > SEATS_MAX {
        Some("I can seat at most nine people in one booking.".to_owned())
    } else if party.infants > party.adults {
        Some("Each infant needs an adult's lap, so there cannot be more infants than adults.".to_owned())
    } else {
        None
    }
}

fn offers(
    network: &Network,
    finder: &mut Finder<'_>,
    query: &FlightQuery,
    wants: &[Want],
    spans: &[DateSpan],
    now: Timestamp,
) -> Vec<FlightOffer> {
    let mut legs = Vec::new();
    for (want, span) in wants.iter().zip(spans) {
        let journeys: Vec<Vec<Flight>> = days(*span).into_iter().flat_map(|day| finder.on(want, day)).collect();
        if journeys.is_empty() {
            return Vec::new();
        }
        legs.push(journeys);
    }
    let Some(&origin) = wants.first().and_then(|want| want.origins.first()) else { return Vec::new() };
    let today = today(network, origin, now);
    let currency =
        query.max_total.map_or_else(|| money::of_country(network.at(origin).country), |total| total.currency);
    let budget = query.max_total.and_then(money::to_cents);
    let terms = |legs: Vec<Vec<Flight>>| Terms { legs, party: query.party, cabin: query.cabin, currency };
    let price = |legs: Vec<Vec<Flight>>| {
        let terms = terms(legs);
        // A budget is checked to the unit below; here it keeps what is far above it out of the choice.
        let affordable = |cents: &i64| budget.is_none_or(|budget| money::scale(*cents, RETURN_FLOOR) <= budget);
        offer::cents(network, &terms, today).filter(affordable).map(|cents| (terms, cents))
    };
    let seats = query.party.adults + query.party.children;
    pick::choose(network, legs, query.sort, price)
        .into_iter()
        .filter(|(_, cents)| budget.is_none_or(|budget| *cents <= budget))
        .filter_map(|(terms, _)| offer::build(network, &terms, today))
        .filter(|offer| offer.seats_left >= seats && query.max_total.is_none_or(|most| offer.total.minor <= most.minor))
        .take(OFFERS_MAX)
        .collect()
}

/// The nearest day on which the first leg flies, the other legs moved with it; `None` when there is none within a week.
fn nearest(
    network: &Network,
    finder: &mut Finder<'_>,
    query: &FlightQuery,
    wants: &[Want],
    now: Timestamp,
) -> Option<Date> {
    let first = query.legs.first()?.date;
    for distance in 1..=NEAREST_DAYS_MAX {
        for (day, shift) in [(first.to, distance), (first.from, -distance)] {
            let candidate = day.checked_add(jiff::Span::new().days(shift)).ok()?;
            let moved = |leg: &LegQuery| {
                let span = jiff::Span::new().days(shift);
                Some(DateSpan { from: leg.date.from.checked_add(span).ok()?, to: leg.date.to.checked_add(span).ok()? })
            };
            let Some(mut spans) = query.legs.iter().map(moved).collect::<Option<Vec<_>>>() else { continue };
            spans[0] = DateSpan { from: candidate, to: candidate };
            if !offers(network, finder, query, wants, &spans, now).is_empty() {
                return Some(candidate);
            }
        }
    }
    None
}

/// Checks a query and resolves its places; the error is a sentence fit to be spoken.
fn wants(network: &Network, query: &FlightQuery, now: Timestamp) -> Result<Vec<Want>, String> {
    if query.legs.is_empty() || query.legs.len() > LEGS_MAX {
        return Err("I can plan between one and six flights at a time.".to_owned());
    }
    if let Some(say) = refuse_party(query.party) {
        return Err(say);
    }
    let carriers = carriers(network, &query.airlines)?;
    let wants: Vec<Want> =
        query.legs.iter().map(|leg| want(network, query, leg, &carriers, now)).collect::<Result<_, _>>()?;
    let mut before: Option<Date> = None;
    for leg in &query.legs {
        if leg.date.to < leg.date.from || before.is_some_and(|before| leg.date.to < before) {
            return Err("The dates run backwards: each flight has to come after the one before.".to_owned());
        }
        before = Some(leg.date.from);
    }
    Ok(wants)
}

fn want(
    network: &Network,
    query: &FlightQuery,
    leg: &LegQuery,
    carriers: &[CarrierId],
    now: Timestamp,
) -> Result<Want, String> {
    let (origins, destinations) = (ports(network, leg.origin)?, ports(network, leg.destination)?);
    if origins.iter().any(|port| destinations.contains(port)) {
        return Err("That flight would begin and end in the same place.".to_owned());
    }
    let today = today(network, origins[0], now);
    let last = today.checked_add(jiff::Span::new().days(DAYS_AHEAD_MAX)).unwrap_or(today);
    if leg.date.to < today {
        return Err("That day is already past.".to_owned());
    }
    if leg.date.from > last {
        return Err("Flights that far ahead are not on sale yet; airlines open about eleven months before.".to_owned());
    }
    let not_before = now.checked_add(SignedDuration::from_mins(CLOSES_MINUTES)).unwrap_or(now);
    let stops_max = query.max_stops.unwrap_or(2);
    Ok(Want { origins, destinations, time: leg.time, stops_max, carriers: carriers.to_vec(), not_before })
}

fn ports(network: &Network, place: Place) -> Result<Vec<PortId>, String> {
    let codes = match (place, places::airports_of(place)) {
        (Place::City(code), codes) if codes.is_empty() => places::airports_of(Place::Airport(code)),
        (Place::Airport(code), codes) if codes.is_empty() => places::airports_of(Place::City(code)),
        (_, codes) => codes,
    };
    let name = places::spoken_name(place);
    let mut ports: Vec<PortId> = codes.iter().filter_map(|&code| network.port(code)).collect();
    // Small fields that no airline serves only cost time.
    ports.retain(|&port| network.out_of(port).next().is_some());
    ports.truncate(PORTS_MAX);
    if !ports.is_empty() {
        Ok(ports)
    } else if name.is_empty() {
        Err("I do not know that airport.".to_owned())
    } else {
        Err(format!("I know of no scheduled flights at {name}."))
    }
}

fn carriers(network: &Network, codes: &[String]) -> Result<Vec<CarrierId>, String> {
    let known: Vec<CarrierId> = codes.iter().filter_map(|code| network.carrier(&code.to_ascii_uppercase())).collect();
    if known.is_empty() && !codes.is_empty() { Err("I do not know that airline.".to_owned()) } else { Ok(known) }
}

/// The days of a span that are looked at: all of a short one, every so many of a long one, so that each weekday is met.
fn days(span: DateSpan) -> Vec<Date> {
    let mut days: Vec<Date> =
        span.from.series(jiff::Span::new().days(1)).take_while(|day| *day <= span.to).take(SPAN_DAYS_MAX).collect();
    let step = days.len().div_ceil(DAYS_LOOKED_AT_MAX).max(1);
    // A step of a week would meet one weekday only.
    let step = if step == 7 { 8 } else { step };
    days = days.into_iter().step_by(step).collect();
    days
}

/// Airlines sell about this far ahead.
const DAYS_AHEAD_MAX: i64 = 330;
/// Sale closes this long before departure.
const CLOSES_MINUTES: i64 = 60;
/// The most that a return with one carrier takes off, in basis points of what is left.
const RETURN_FLOOR: i64 = 9_500;
const SEATS_MAX: u16 = 9;
const LEGS_MAX: usize = 6;
const OFFERS_MAX: usize = 20;
const PORTS_MAX: usize = 6;
const NEAREST_DAYS_MAX: i64 = 7;
const SPAN_DAYS_MAX: usize = 62;
const DAYS_LOOKED_AT_MAX: usize = 8;
