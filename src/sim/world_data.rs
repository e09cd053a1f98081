//! What the simulated travel world answers: small, fixed and possible. It is no inventory.

use agent::tool::{ToolCall, ToolResult};
use agent::trip::{
    Booking, BookingState, Code3, FareRules, FlightOffer, FlightQuery, Item, Itinerary, LegQuery, Money, Order, Place,
    Segment, Source, Traveller,
};
use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;

/// The answer to a tool call.
pub(crate) fn answer(tool: &ToolCall) -> ToolResult {
    match tool {
        ToolCall::SearchFlights(query) => ToolResult::Flights { offers: offers(query), nearest_day: None },
        ToolCall::SearchHotels(_) => ToolResult::Hotels { offers: Vec::new() },
        ToolCall::Weather { place, .. } => {
            ToolResult::Weather { city: name(*place), low_c: 3, high_c: 14, outlook: "dry".to_owned() }
        }
        ToolCall::LocalTime { place } => {
            ToolResult::LocalTime { city: name(*place), at: DateTime::constant(2026, 11, 23, 9, 30, 0, 0) }
        }
        ToolCall::AirportInfo { place } => ToolResult::Airports { city: name(*place), airports: Vec::new() },
        ToolCall::BaggageRules { .. } => ToolResult::Baggage {
            airline: "most airlines".to_owned(),
            cabin_bags: 1,
            checked_kg: 23,
            checked_included: false,
        },
        ToolCall::Rewards { ask, .. } => ToolResult::Rewards { ask: *ask, standing: None },
        ToolCall::Book(order) => ToolResult::Booking { booking: booking(order.clone(), BookingState::Confirmed) },
        ToolCall::CancelBooking { key, reference } => {
            let mut booking = booking(any_order(key.clone()), BookingState::Cancelled);
            booking.reference.clone_from(reference);
            ToolResult::Booking { booking }
        }
        ToolCall::FindBooking { .. } => ToolResult::Bookings { bookings: Vec::new() },
    }
}

fn booking(order: Order, state: BookingState) -> Booking {
    Booking { reference: "K7MRTA".to_owned(), order, state, made_at: Timestamp::UNIX_EPOCH }
}

fn any_order(key: agent::trip::IdempotencyKey) -> Order {
    let day = jiff::civil::date(2026, 12, 4);
    let place = |code: &str| Place::City(Code3::parse(code).expect("three letters"));
    let leg = LegQuery {
        origin: place("BOS"),
        destination: place("DEN"),
        date: agent::trip::DateSpan { from: day, to: day },
        time: None,
    };
    let offer = offer(&leg, 0);
    let traveller = Traveller { given: "Tom".to_owned(), family: "Hill".to_owned() };
    Order { key, item: Item::Flight { offer }, travellers: vec![traveller], account: None }
}

fn offers(query: &FlightQuery) -> Vec<FlightOffer> {
    query.legs.first().map_or_else(Vec::new, |leg| (0..3).map(|rank| offer(leg, rank)).collect())
}

fn offer(leg: &LegQuery, rank: i8) -> FlightOffer {
    let usd = Code3::parse("USD").expect("three letters");
    let departs = leg.date.from.to_datetime(Time::constant(7 + 3 * rank, 15, 0, 0));
    let arrives = leg.date.from.to_datetime(Time::constant(11 + 3 * rank, 40, 0, 0));
    let at = |time: DateTime| time.to_zoned(TimeZone::UTC).map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp());
    let segment = Segment {
        airline: "UA".to_owned(),
        airline_name: "United".to_owned(),
        number: 1500 + u16::try_from(rank).unwrap_or(0),
        origin: code(leg.origin),
        destination: code(leg.destination),
        departs,
        arrives,
        departs_at: at(departs),
        arrives_at: at(arrives),
        aircraft: "Boeing 737".to_owned(),
    };
    FlightOffer {
        id: format!("sim-{rank}"),
        legs: vec![Itinerary { segments: vec![segment] }],
        party: agent::trip::Party::default(),
        cabin: agent::trip::Cabin::Economy,
        total: Money { minor: 21_900 + 4_000 * i64::from(rank), currency: usd },
        seats_left: 5,
        rules: FareRules {
            brand: "Economy".to_owned(),
            cabin_bags: 1,
            checked_bags: 0,
            change_fee: None,
            refund_fee: None,
        },
        source: Source::Synthetic,
    }
}

fn code(place: Place) -> Code3 {
    match place {
        Place::City(code) | Place::Airport(code) => code,
    }
}

fn name(place: Place) -> String {
    agent::places::spoken_name(place).to_owned()
}
