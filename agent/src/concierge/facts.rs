//! What the concierge says of facts: comparisons, tool answers, bookings. It decides nothing.

use crate::concierge::words;
use crate::language::en;
use crate::places;
use crate::tool::ToolResult;
use crate::trip::{Booking, BookingState, FlightOffer, Place};

/// What was booked in this conversation.
pub fn bookings(bookings: &[Booking]) -> String {
    let live: Vec<&Booking> = bookings.iter().filter(|b| b.state == BookingState::Confirmed).collect();
    match live.as_slice() {
        [] => "You have no bookings in this conversation.".to_owned(),
        [only] => format!("You have {}.", words::booking(only)),
        [first, .., last] => format!(
            "You have {} bookings. The latest is {}; the first is {}.",
            en::number(live.len() as u64),
            words::booking(first),
            words::booking(last)
        ),
    }
}

/// A doubtful place with what tells it from others of its name.
pub fn doubtful_name(place: Place) -> String {
    let Some(city) = places::city_of(place) else { return places::spoken_name(place).to_owned() };
    let more = if city.region.is_empty() { places::country_name(city.country) } else { city.region };
    format!("{} in {more}", places::spoken_name(place))
}

/// The cheapest against the fastest.
pub fn compare(offers: &[FlightOffer]) -> String {
    let leg = |offer: &FlightOffer| offer.legs.first().map_or(0, crate::trip::Itinerary::minutes);
    let name = |offer: &FlightOffer| {
        offer.legs.first().and_then(|leg| leg.segments.first()).map(|s| s.airline_name.clone()).unwrap_or_default()
    };
    let cheapest = offers.iter().min_by_key(|offer| offer.total.minor);
    let fastest = offers.iter().min_by_key(|offer| leg(offer));
    match (cheapest, fastest) {
        (Some(cheap), Some(fast)) if cheap.id == fast.id => {
            format!("{} is both the cheapest, at {}, and the fastest.", name(cheap), en::money(cheap.total))
        }
        (Some(cheap), Some(fast)) => format!(
            "The cheapest is {}, {}, in {}. The fastest is {}, {}, in {}.",
            name(cheap),
            en::money(cheap.total),
            en::duration(leg(cheap)),
            name(fast),
            en::money(fast.total),
            en::duration(leg(fast))
        ),
        _ => "There is nothing to compare.".to_owned(),
    }
}

/// What a tool knows, as a sentence.
pub fn fact(fact: &ToolResult) -> String {
    match fact {
        ToolResult::Weather { city, low_c, high_c, outlook } => format!(
            "In {city} it's usually between {} and {} degrees Celsius then, {outlook}. That's the usual weather, not a forecast.",
            en::signed(i64::from(*low_c)),
            en::signed(i64::from(*high_c))
        ),
        ToolResult::LocalTime { city, at } => format!("In {city} it's {}.", en::clock(at.time())),
        ToolResult::Airports { city, airports } => {
            let names: Vec<String> = airports.iter().take(4).map(|(_, name, _)| name.clone()).collect();
            match names.len() {
                0 => format!("I know of no airport in {city}."),
                1 => format!("{city} has one airport: {}.", names[0]),
                _ => format!("{city} has {}.", en::list(&names)),
            }
        }
        ToolResult::Baggage { airline, cabin_bags, checked_kg, checked_included } => format!(
            "With {airline} you may take {} on board. A checked bag of up to {} kilos is {} in the standard economy fare.",
            en::counted(u64::from(*cabin_bags), "cabin bag"),
            en::number(u64::from(*checked_kg)),
            if *checked_included { "included" } else { "not included" }
        ),
        _ => String::new(),
    }
}
