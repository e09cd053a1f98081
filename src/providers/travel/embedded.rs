//! The embedded travel world: flights, hotels, weather and airports with no network and no key. Nothing in it is really sold.

use crate::providers::travel::embedded::network::Network;
use crate::session::ports::{Failure, Travel};
use crate::store::{Bookings, Cancelled, Store, StoreError};
use agent::places::{self, Airport};
use agent::tool::{ToolCall, ToolResult};
use agent::trip::{
    Booking, Code3, FlightOffer, FlightQuery, HotelOffer, HotelQuery, IdempotencyKey, Item, Money, Order, Party, Place,
};
use futures_util::future::BoxFuture;
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use std::time::Duration;

mod aircraft;
mod climate;
mod dice;
mod fare;
mod hotel;
mod journey;
mod money;
mod network;
mod offer;
mod pick;
mod rules;
mod schedule;
mod search;

/// The world and the store its bookings go to.
#[derive(Clone, Debug)]
pub struct EmbeddedWorld {
    now: fn() -> Timestamp,
    bookings: Bookings,
    delay: Duration,
}

impl EmbeddedWorld {
    /// A world that asks `now` for the current instant and keeps its bookings in `store`. The first call lays out the network, some tens of ms.
    pub fn new(now: fn() -> Timestamp, store: &Store) -> Self {
        // Laid out now rather than under the first caller.
        Network::get();
        Self { now, bookings: store.bookings(), delay: Duration::ZERO }
    }

    /// The same world, whose searches take this much longer: for demonstrations of how a slow partner is borne.
    #[must_use]
    pub fn delayed(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    async fn answer(&self, call: ToolCall) -> Result<ToolResult, Failure> {
        let now = (self.now)();
        if matches!(call, ToolCall::SearchFlights(_) | ToolCall::SearchHotels(_)) && !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        match call {
            ToolCall::SearchFlights(query) => {
                let search = tokio::task::spawn_blocking(move || search_flights(&query, now));
                search.await.map_err(|error| Failure::Broken { why: format!("the flight search stopped: {error}") })
            }
            ToolCall::SearchHotels(query) => Ok(search_hotels(&query, now)),
            ToolCall::Weather { place, date } => Ok(weather(place, date)),
            ToolCall::LocalTime { place } => Ok(local_time(place, now)),
            ToolCall::AirportInfo { place } => Ok(airport_info(place)),
            ToolCall::BaggageRules { airline } => Ok(baggage_rules(airline.as_deref())),
            // Rewards are the accounts' affair; who asks here has none.
            ToolCall::Rewards { ask, .. } => Ok(ToolResult::Rewards { ask, standing: None }),
            ToolCall::Book(order) => self.book(order, now).await,
            ToolCall::CancelBooking { key, reference } => self.cancel(&key, &reference, now).await,
            ToolCall::FindBooking { reference } => self.find(reference.as_deref()).await,
        }
    }

    async fn book(&self, order: Order, now: Timestamp) -> Result<ToolResult, Failure> {
        // What was booked once under this key stays booked, whatever the price is today.
        if let Some(booking) = self.bookings.of_key(&order.key).await.map_err(failure)? {
            return Ok(same_order(&booking, &order));
        }
        if let Some(say) = refuse(&order, now) {
            return Ok(ToolResult::Refused { say });
        }
        let booking = self.bookings.book(&order, now).await.map_err(failure)?;
        Ok(same_order(&booking, &order))
    }

    async fn cancel(&self, key: &IdempotencyKey, reference: &str, now: Timestamp) -> Result<ToolResult, Failure> {
        Ok(match self.bookings.cancel(key, &plain_reference(reference), now).await.map_err(failure)? {
            Cancelled::Done(booking) => ToolResult::Booking { booking },
            Cancelled::NotFound => not_found(),
        })
    }

    /// Without a reference there is nothing to show: which bookings belong to this conversation is known to the conversation alone.
    async fn find(&self, reference: Option<&str>) -> Result<ToolResult, Failure> {
        let Some(reference) = reference else {
            return Ok(ToolResult::Bookings { bookings: Vec::new() });
        };
        let found = self.bookings.of_reference(&plain_reference(reference)).await.map_err(failure)?;
        Ok(found.map_or_else(not_found, |booking| ToolResult::Booking { booking }))
    }
}

impl Travel for EmbeddedWorld {
    fn call(&self, call: ToolCall) -> BoxFuture<'_, Result<ToolResult, Failure>> {
        Box::pin(self.answer(call))
    }

    fn outcome(&self, key: IdempotencyKey) -> BoxFuture<'_, Result<Option<ToolResult>, Failure>> {
        Box::pin(async move {
            let found = self.bookings.outcome(&key).await.map_err(failure)?;
            Ok(found.map(|booking| ToolResult::Booking { booking }))
        })
    }
}

/// Flights as of an instant; pure, a few ms.
pub fn search_flights(query: &FlightQuery, now: Timestamp) -> ToolResult {
    search::flights(Network::get(), query, now)
}

/// Hotels as of an instant; pure.
pub fn search_hotels(query: &HotelQuery, now: Timestamp) -> ToolResult {
    hotel::hotels(query, now)
}

/// What an amount is in hundredths of a US dollar, by the frozen rates that fares are made with; `None` when its currency has no rate.
pub fn us_cents(amount: Money) -> Option<i64> {
    money::to_cents(amount)
}

/// The flight offer of this name as it stands at an instant; `None` when it is not, or no longer, on sale.
pub fn reprice_flight(id: &str, now: Timestamp) -> Option<FlightOffer> {
    let network = Network::get();
    let terms = offer::read(network, id)?;
    let first = terms.legs.first()?.first()?;
    if first.departs_at <= now || search::refuse_party(terms.party).is_some() {
        return None;
    }
    let origin = network.route(first.route).origin;
    offer::build(network, &terms, search::today(network, origin, now))
}

/// The hotel offer of this name as it stands at an instant; `None` when it is not, or no longer, on sale.
pub fn reprice_hotel(id: &str, now: Timestamp) -> Option<HotelOffer> {
    let offer = hotel::reprice(id)?;
    let city = places::city(Code3::parse(id.get(2..5)?)?)?;
    (offer.check_in >= hotel::today(city, now)).then_some(offer)
}

/// Why an order cannot be booked now, as a sentence; `None` when it can. The amount and the flights must be those of the world, to the letter.
fn refuse(order: &Order, now: Timestamp) -> Option<String> {
    let changed = |name: &str, total| {
        format!(
            "The price of that {name} has changed to {} since I read it out, so I have not booked it.",
            money::in_words(total)
        )
    };
    match &order.item {
        Item::Flight { offer } => {
            let Some(current) = reprice_flight(&offer.id, now) else {
                return Some("That flight is no longer on sale.".to_owned());
            };
            if order.travellers.len() != heads(current.party) {
                return Some("I need the name of each traveller before I can book.".to_owned());
            }
            let same = current.legs == offer.legs
                && current.party == offer.party
                && current.cabin == offer.cabin
                && current.rules == offer.rules;
            if current.total != offer.total {
                Some(changed("flight", current.total))
            } else if same {
                None
            } else {
                Some("That offer does not match its flights any more, so I have not booked it.".to_owned())
            }
        }
        Item::Hotel { offer } => {
            let Some(current) = reprice_hotel(&offer.id, now) else {
                return Some("That room is no longer on sale.".to_owned());
            };
            if order.travellers.is_empty() {
                return Some("I need the name of one guest before I can book.".to_owned());
            }
            if current.total != offer.total {
                Some(changed("room", current.total))
            } else if current == *offer {
                None
            } else {
                Some("That offer does not match the hotel any more, so I have not booked it.".to_owned())
            }
        }
    }
}

fn heads(party: Party) -> usize {
    usize::from(party.adults) + usize::from(party.children) + usize::from(party.infants)
}

/// The answer for a booking under the key of an order: a key that was used for something else is refused.
fn same_order(booking: &Booking, order: &Order) -> ToolResult {
    if booking.order == *order {
        ToolResult::Booking { booking: booking.clone() }
    } else {
        ToolResult::Refused { say: "That order was already used for another booking.".to_owned() }
    }
}

fn not_found() -> ToolResult {
    ToolResult::Refused { say: "I cannot find a booking with that reference.".to_owned() }
}

/// A reference as it is stored: capital letters and digits only.
fn plain_reference(reference: &str) -> String {
    reference
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(REFERENCE_CHARS_MAX)
        .collect::<String>()
        .to_ascii_uppercase()
}

fn weather(place: Place, date: Date) -> ToolResult {
    let Some(city) = places::city_of(place) else { return unknown_place() };
    let climate::Usual { low_c, high_c, outlook } = climate::usual(city, date);
    ToolResult::Weather { city: city.name.to_owned(), low_c, high_c, outlook: outlook.to_owned() }
}

fn local_time(place: Place, now: Timestamp) -> ToolResult {
    let zone = match place {
        Place::City(code) => places::city(code).map(|city| city.tz),
        Place::Airport(code) => places::airport(code).map(|airport| airport.tz),
    };
    match (places::city_of(place), zone.and_then(|zone| TimeZone::get(zone).ok())) {
        (Some(city), Some(zone)) => ToolResult::LocalTime { city: city.name.to_owned(), at: zone.to_datetime(now) },
        _ => unknown_place(),
    }
}

fn airport_info(place: Place) -> ToolResult {
    let Some(city) = places::city_of(place) else { return unknown_place() };
    let airports: Vec<_> = places::airports_of(place).into_iter().filter_map(places::airport).collect();
    let busiest = airports.iter().map(|airport| airport.seats).max().unwrap_or(0);
    let line = |airport: &'static Airport| {
        // A landing stage beside three great airports is not what was asked for.
        if airport.seats < busiest / SMALL_AIRPORT {
            return None;
        }
        let km = places::distance_km((airport.lat, airport.lon), (city.lat, city.lon)).round() as u16;
        Some((airport.code, airport.name.to_owned(), Some(km)))
    };
    let airports = airports.into_iter().filter_map(line).take(AIRPORTS_MAX).collect();
    ToolResult::Airports { city: city.name.to_owned(), airports }
}

fn baggage_rules(code: Option<&str>) -> ToolResult {
    let airline = code.and_then(places::airline);
    if code.is_some() && airline.is_none() {
        return ToolResult::Refused { say: "I do not know that airline.".to_owned() };
    }
    let (cabin_bags, checked_kg, checked_included) = rules::baggage(airline);
    let name = airline.map_or("most airlines", |airline| airline.name);
    ToolResult::Baggage { airline: name.to_owned(), cabin_bags, checked_kg, checked_included }
}

fn unknown_place() -> ToolResult {
    ToolResult::Refused { say: "I do not know that place.".to_owned() }
}

fn failure(error: StoreError) -> Failure {
    match error {
        StoreError::Busy => Failure::Retry { after: STORE_RETRY },
        StoreError::Down(_) | StoreError::Lost | StoreError::Corrupt(_) | StoreError::Elsewhere { .. } => {
            Failure::Broken { why: error.to_string() }
        }
    }
}

const STORE_RETRY: Duration = Duration::from_millis(200);
const REFERENCE_CHARS_MAX: usize = 12;
const AIRPORTS_MAX: usize = 8;
/// An airport with less than this part of the seats of its city's busiest one is not told of.
const SMALL_AIRPORT: u32 = 1000;
