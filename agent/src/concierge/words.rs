//! What the concierge says, made for the ear: offers, read-backs, answers of tools. It decides nothing.

use crate::concierge::plan::{Plan, Wanted};
use crate::language::en;
use crate::places;
use crate::trip::{Booking, FlightOffer, HotelOffer, Item, Itinerary, Place, Segment, Sort, Traveller};
use jiff::civil::Date;

/// The plan in a few words, as it is searched for.
pub fn plan(plan: &Plan, today: Date) -> String {
    let place = |place: Option<Place>| place.map_or("somewhere", places::spoken_name);
    let day = plan.depart.map(|span| en::span(span, today)).unwrap_or_default();
    let mut text = match plan.wanted {
        Wanted::Flights => format!("{} to {}, {day}", place(plan.origin), place(plan.destination)),
        Wanted::Hotel => format!("A hotel in {}, from {day}", place(plan.destination)),
    };
    if let Some(time) = plan.time.filter(|_| plan.wanted == Wanted::Flights) {
        text.push(' ');
        text.push_str(&en::window(time));
    }
    if let Some(back) = plan.back {
        text.push_str(if plan.wanted == Wanted::Flights { ", back " } else { " to " });
        text.push_str(&en::span(back, today));
    }
    if plan.party_said && plan.party.adults + plan.party.children + plan.party.infants > 1 {
        text.push_str(", for ");
        text.push_str(&en::party(plan.party));
    }
    en::sentence(&text)
}

/// The flights found: the first whole, one or two more in short.
pub fn flights(offers: &[FlightOffer], sort: Sort, today: Date) -> String {
    let Some(first) = offers.first() else { return String::new() };
    let lead = match sort {
        Sort::Best => "The best is",
        Sort::Cheapest => "The cheapest is",
        Sort::Fastest => "The fastest is",
        Sort::Earliest => "The earliest is",
        Sort::Latest => "The latest is",
    };
    let mut text = format!("{lead} {}.", flight(first, today));
    let mut more: Vec<String> = offers.iter().skip(1).take(2).map(|offer| short(offer, first)).collect();
    match more.len() {
        0 => text.push_str(" Shall I book it?"),
        1 => text.push_str(&format!(" There's also {}. Which do you prefer?", more.remove(0))),
        _ => text.push_str(&format!(" There's also {}, or {}. Which do you prefer?", more.remove(0), more.remove(0))),
    }
    text
}

/// One flight in a sentence without its end.
pub fn flight(offer: &FlightOffer, today: Date) -> String {
    let mut text = offer.legs.first().map(|leg| leg_words(leg, None)).unwrap_or_default();
    if let Some(back) = offer.legs.get(1) {
        let day = back.segments.first().map(|first| en::day(first.departs.date(), today)).unwrap_or_default();
        text.push_str(&format!(", and back {day} with {}", leg_words(back, offer.legs.first())));
    }
    format!("{text}, for {}", en::money(offer.total))
}

fn leg_words(leg: &Itinerary, same_as: Option<&Itinerary>) -> String {
    let Some(first) = leg.segments.first() else { return String::new() };
    let known = same_as.and_then(|other| other.segments.first()).is_some_and(|other| other.airline == first.airline);
    let airline = if known { "the same airline" } else { first.airline_name.as_str() };
    format!("{airline} at {}, {}, {}", en::clock(first.departs.time()), stops(leg), en::duration(leg.minutes()))
}

/// How often a leg stops, and where.
pub fn stops(leg: &Itinerary) -> String {
    let via: Vec<String> =
        leg.segments.iter().take(leg.stops()).map(|segment| places::spoken_name(city_of(segment)).to_owned()).collect();
    match via.len() {
        0 => "non-stop".to_owned(),
        1 => format!("one stop in {}", via[0]),
        n => format!("{} stops, in {}", en::number(n as u64), en::list(&via)),
    }
}

fn city_of(segment: &Segment) -> Place {
    let airport = Place::Airport(segment.destination);
    places::city_of(airport).map_or(airport, |city| Place::City(city.code))
}

fn short(offer: &FlightOffer, first: &FlightOffer) -> String {
    let Some(leg) = offer.legs.first() else { return String::new() };
    let Some(segment) = leg.segments.first() else { return String::new() };
    let stops = match leg.stops() {
        0 => "non-stop",
        1 => "with one stop",
        _ => "with two stops",
    };
    let cheaper = if offer.total.minor < first.total.minor { "a cheaper one, " } else { "" };
    format!(
        "{cheaper}{} at {} {stops} for {}",
        segment.airline_name,
        en::bare_clock(segment.departs.time()),
        en::money(offer.total)
    )
}

/// The hotels found.
pub fn hotels(offers: &[HotelOffer]) -> String {
    let one = |offer: &HotelOffer| {
        format!(
            "{} in {}, {} stars, {}",
            offer.name,
            offer.district,
            en::number(offer.stars.into()),
            en::money(offer.total)
        )
    };
    match offers {
        [] => String::new(),
        [only] => format!("I found {} for the stay. Shall I book it?", one(only)),
        [first, second, ..] => {
            format!("The best is {} for the stay. There's also {}. Which do you prefer?", one(first), one(second))
        }
    }
}

/// The read-back before a booking, and how many of its bytes must be heard: all up to the price.
pub fn read_back(item: &Item, travellers: &[Traveller], today: Date) -> (String, usize) {
    let names: Vec<String> = travellers.iter().map(|name| format!("{} {}", name.given, name.family)).collect();
    let names = en::list(&names);
    let what = match item {
        Item::Flight { offer } => {
            let leg = offer.legs.first();
            let first = leg.and_then(|leg| leg.segments.first());
            let last = leg.and_then(|leg| leg.segments.last());
            let (Some(leg), Some(first), Some(last)) = (leg, first, last) else { return (String::new(), 0) };
            let origin = places::city_of(Place::Airport(first.origin)).map_or("", |city| city.name);
            let mut text = format!(
                "{} flight {} from {origin} to {}, {}, leaving at {}, {}",
                first.airline_name,
                en::flight_number(first.number),
                places::spoken_name(city_of(last)),
                en::day(first.departs.date(), today),
                en::clock(first.departs.time()),
                stops(leg),
            );
            if let Some(back) = offer.legs.get(1).and_then(|leg| leg.segments.first()) {
                text.push_str(&format!(
                    ", and back {} at {}",
                    en::day(back.departs.date(), today),
                    en::clock(back.departs.time())
                ));
            }
            text
        }
        Item::Hotel { offer } => format!(
            "{} in {}, from {} to {}",
            offer.name,
            offer.city,
            en::day(offer.check_in, today),
            en::day(offer.check_out, today)
        ),
    };
    let needed = format!("So that's {what}, for {names}. {} in total.", en::sentence(&en::money(item.total())));
    let bytes = needed.trim_end_matches('.').len();
    (format!("{needed} Shall I book it?"), bytes)
}

/// Details of one flight.
pub fn details(offer: &FlightOffer, today: Date) -> String {
    let rules = &offer.rules;
    let Some(leg) = offer.legs.first() else { return String::new() };
    let aircraft = leg.segments.first().map(|segment| segment.aircraft.as_str()).unwrap_or_default();
    let bags = match rules.checked_bags {
        0 => "no checked bag".to_owned(),
        n => en::counted(n.into(), "checked bag"),
    };
    let change = match rules.change_fee {
        Some(fee) if fee.minor == 0 => "changes are free".to_owned(),
        Some(fee) => format!("a change costs {}", en::money(fee)),
        None => "it can't be changed".to_owned(),
    };
    let refund = match rules.refund_fee {
        Some(fee) if fee.minor == 0 => "it's refundable".to_owned(),
        Some(fee) => format!("a refund costs {}", en::money(fee)),
        None => "it's not refundable".to_owned(),
    };
    let text = format!(
        "{}. It flies {aircraft}, {}. The {} fare has {bags}; {change}, and {refund}.",
        flight(offer, today),
        stops(leg),
        rules.brand
    );
    en::sentence(&text)
}

/// A booking that was made, cancelled or found.
pub fn booking(booking: &Booking) -> String {
    let what = match &booking.order.item {
        Item::Flight { offer } => {
            let to = offer.legs.first().and_then(|leg| leg.segments.last()).map(|s| places::spoken_name(city_of(s)));
            format!("the flight to {}", to.unwrap_or("your destination"))
        }
        Item::Hotel { offer } => offer.name.clone(),
    };
    format!("{what}, reference {}", en::spelled(&booking.reference))
}
