//! The trip under construction: what was said of it, what is missing, and the query it makes. It asks nobody.

use crate::concierge::meaning::{Act, Asked, Slots};
use crate::trip::{Cabin, DateSpan, FlightQuery, HotelQuery, LegQuery, Money, Party, Place, Sort, TimeWindow};
use jiff::ToSpan as _;

/// Flights or a stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// Flights.
    #[default]
    Flights,
    /// A hotel.
    Hotel,
}

/// What is known of the trip so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Flights or a stay.
    pub wanted: Wanted,
    /// Where from.
    pub origin: Option<Place>,
    /// Where to.
    pub destination: Option<Place>,
    /// Departure or check-in.
    pub depart: Option<DateSpan>,
    /// Return or check-out.
    pub back: Option<DateSpan>,
    /// Nights of the stay.
    pub nights: Option<u16>,
    /// Time of day on the way there.
    pub time: Option<TimeWindow>,
    /// Time of day on the way back.
    pub back_time: Option<TimeWindow>,
    /// Who travels.
    pub party: Party,
    /// The party was said, not assumed.
    pub party_said: bool,
    /// Cabin.
    pub cabin: Cabin,
    /// At most this total.
    pub max_total: Option<Money>,
    /// At most this many stops.
    pub max_stops: Option<u8>,
    /// Only these airlines.
    pub airlines: Vec<String>,
    /// In which order.
    pub sort: Sort,
    /// At least this many stars.
    pub min_stars: Option<u8>,
}

impl Plan {
    /// Takes in what an utterance filled in; true when it changed anything.
    pub fn take(&mut self, act: Act, slots: &Slots) -> bool {
        let before = self.clone();
        match act {
            Act::SearchHotels => self.wanted = Wanted::Hotel,
            Act::Search => self.wanted = Wanted::Flights,
            _ => {}
        }
        let place = |mention: &Option<crate::concierge::meaning::PlaceMention>| mention.as_ref().map(|m| m.place);
        self.origin = place(&slots.origin).or(self.origin);
        self.destination = place(&slots.destination).or(self.destination);
        if slots.depart.is_some() && self.back.is_some() && slots.back.is_none() {
            // A new departure keeps the return only where it still lies behind it.
            self.back = self.back.filter(|back| slots.depart.is_none_or(|depart| depart.from <= back.to));
        }
        self.depart = slots.depart.or(self.depart);
        self.back = slots.back.or(self.back);
        self.nights = slots.nights.or(self.nights);
        if slots.one_way == Some(true) {
            self.back = None;
        }
        self.time = slots.time.or(self.time);
        self.back_time = slots.back_time.or(self.back_time);
        if let Some(party) = slots.party {
            (self.party, self.party_said) = (party, true);
        }
        self.cabin = slots.cabin.unwrap_or(self.cabin);
        self.max_total = slots.max_total.or(self.max_total);
        self.max_stops = slots.max_stops.or(self.max_stops);
        if !slots.airlines.is_empty() {
            self.airlines.clone_from(&slots.airlines);
        }
        self.sort = slots.sort.unwrap_or(self.sort);
        self.min_stars = slots.min_stars.or(self.min_stars);
        *self != before
    }

    /// What must be asked before a search, first things first.
    pub fn missing(&self) -> Option<Asked> {
        match self.wanted {
            Wanted::Flights if self.destination.is_none() => Some(Asked::Destination),
            Wanted::Flights if self.origin.is_none() => Some(Asked::Origin),
            Wanted::Hotel if self.destination.is_none() => Some(Asked::Destination),
            Wanted::Flights | Wanted::Hotel if self.depart.is_none() => Some(Asked::Depart),
            Wanted::Hotel if self.check_out().is_none() => Some(Asked::Return),
            Wanted::Flights | Wanted::Hotel => None,
        }
    }

    /// The flight query, when nothing is missing.
    pub fn flights(&self) -> Option<FlightQuery> {
        let (origin, destination, date) = (self.origin?, self.destination?, self.depart?);
        let mut legs = vec![LegQuery { origin, destination, date, time: self.time }];
        if let Some(date) = self.return_span() {
            legs.push(LegQuery { origin: destination, destination: origin, date, time: self.back_time });
        }
        Some(FlightQuery {
            legs,
            party: self.party,
            cabin: self.cabin,
            max_stops: self.max_stops,
            max_total: self.max_total,
            airlines: self.airlines.clone(),
            sort: self.sort,
        })
    }

    /// The hotel query, when nothing is missing.
    pub fn hotels(&self) -> Option<HotelQuery> {
        Some(HotelQuery {
            city: crate::places::city_of(self.destination?)?.code,
            check_in: self.depart?.from,
            check_out: self.check_out()?,
            party: self.party,
            min_stars: self.min_stars,
            max_total: self.max_total,
            sort: self.sort,
        })
    }

    fn return_span(&self) -> Option<DateSpan> {
        self.back.or_else(|| {
            let day = self.depart?.from.checked_add(i64::from(self.nights?).days()).ok()?;
            Some(DateSpan { from: day, to: day })
        })
    }

    fn check_out(&self) -> Option<jiff::civil::Date> {
        self.return_span().map(|span| span.to).filter(|out| self.depart.is_some_and(|depart| *out > depart.from))
    }
}
