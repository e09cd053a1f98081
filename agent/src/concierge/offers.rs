//! The offers that were found, in the order they are spoken of, and which of them are in view. It searches nothing.

use crate::concierge::meaning::ChoiceHint;
use crate::trip::{FlightOffer, HotelOffer, Item, Itinerary};

/// Offers spoken of at once.
const SPOKEN_OFFERS: usize = 3;

/// Flights, or hotels, or nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Offers {
    flights: Vec<FlightOffer>,
    hotels: Vec<HotelOffer>,
    /// The first flight in view; always one of them, or 0.
    from: usize,
}

impl Offers {
    /// These flights, the first of them in view.
    pub(crate) fn of_flights(flights: Vec<FlightOffer>) -> Self {
        Self { flights, ..Self::default() }
    }

    /// These hotels.
    pub(crate) fn of_hotels(hotels: Vec<HotelOffer>) -> Self {
        Self { hotels, ..Self::default() }
    }

    /// All flights.
    pub(crate) fn flights(&self) -> &[FlightOffer] {
        &self.flights
    }

    /// The flights from the first one in view on.
    pub(crate) fn flights_in_view(&self) -> &[FlightOffer] {
        &self.flights[self.from..]
    }

    /// All hotels.
    pub(crate) fn hotels(&self) -> &[HotelOffer] {
        &self.hotels
    }

    /// There are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.flights.is_empty() && self.hotels.is_empty()
    }

    /// There is exactly one.
    pub(crate) fn is_single(&self) -> bool {
        self.flights.len() + self.hotels.len() == 1
    }

    /// The next flights come into view; after the last ones, the first again.
    pub(crate) fn turn_page(&mut self) {
        self.from = if self.from + SPOKEN_OFFERS < self.flights.len() { self.from + SPOKEN_OFFERS } else { 0 };
    }

    /// The offer that is meant by this choice among those in view.
    pub(crate) fn get(&self, choice: usize) -> Option<Item> {
        let at = self.from + choice;
        let flight = self.flights.get(at).map(|offer| Item::Flight { offer: offer.clone() });
        flight.or_else(|| self.hotels.get(at).map(|offer| Item::Hotel { offer: offer.clone() }))
    }

    /// What understanding may know of those in view.
    pub(crate) fn choices(&self) -> Vec<ChoiceHint> {
        let flights = self.flights.iter().map(|offer| {
            let leg = offer.legs.first();
            let first = leg.and_then(|leg| leg.segments.first());
            let last = leg.and_then(|leg| leg.segments.last());
            ChoiceHint {
                names: first.map(|s| vec![s.airline.clone(), s.airline_name.clone()]).unwrap_or_default(),
                departs: first.map(|s| s.departs),
                arrives: last.map(|s| s.arrives),
                total: offer.total,
                stops: leg.map_or(0, Itinerary::stops),
                minutes: leg.map_or(0, Itinerary::minutes),
            }
        });
        let hotels = self.hotels.iter().map(|offer| ChoiceHint {
            names: vec![offer.name.clone(), offer.name.clone()],
            departs: None,
            arrives: None,
            total: offer.total,
            stops: 0,
            minutes: 0,
        });
        flights.chain(hotels).skip(self.from).collect()
    }
}
