//! The words of travel: places, dates, parties, offers, orders and money. It never searches and never prices.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use serde::{Deserialize, Serialize};

/// An amount in minor units of a currency (cents of USD). Never a float.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor currency units.
    pub minor: i64,
    /// ISO 4217 code.
    pub currency: Code3,
}

/// Three upper-case ASCII letters: an IATA airport or city code, or an ISO 4217 currency.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Code3([u8; 3]);

impl Code3 {
    /// United States dollars.
    pub const USD: Self = Self(*b"USD");

    /// Parses three ASCII letters in either case; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 3] = text.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_alphabetic).then(|| Self(bytes.map(|b| b.to_ascii_uppercase())))
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only ASCII letters are ever stored")
    }
}

impl std::fmt::Debug for Code3 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Display for Code3 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Code3> for String {
    fn from(code: Code3) -> Self {
        code.as_str().to_owned()
    }
}

impl TryFrom<String> for Code3 {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("`{text}` is not a three-letter code"))
    }
}

/// Where a leg begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "code")]
pub enum Place {
    /// Any airport of a city, by IATA metropolitan code (NYC, LON; BOS for Boston).
    City(Code3),
    /// One airport, by IATA code.
    Airport(Code3),
}

/// A span of dates, both ends included; one day when they are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DateSpan {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

/// A window of local departure (or arrival) time, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TimeWindow {
    /// Earliest local time.
    pub from: Time,
    /// Latest local time.
    pub to: Time,
    /// The window is meant for the arrival ("be there by nine").
    pub arrival: bool,
}

/// One direction of travel that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LegQuery {
    /// From where.
    pub origin: Place,
    /// To where.
    pub destination: Place,
    /// On which day or days (local to the origin).
    pub date: DateSpan,
    /// At which time of day.
    pub time: Option<TimeWindow>,
}

/// Who travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Party {
    /// Aged 12 and over.
    pub adults: u8,
    /// Aged 2 to 11.
    pub children: u8,
    /// Under 2, on a lap.
    pub infants: u8,
}

impl Default for Party {
    fn default() -> Self {
        Self { adults: 1, children: 0, infants: 0 }
    }
}

/// Cabin of travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cabin {
    /// Economy.
    #[default]
    Economy,
    /// Premium economy.
    PremiumEconomy,
    /// Business.
    Business,
    /// First.
    First,
}

/// In which order offers are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// A balance of price, time and stops.
    #[default]
    Best,
    /// Lowest total first.
    Cheapest,
    /// Shortest journey first.
    Fastest,
    /// Earliest departure first.
    Earliest,
    /// Latest departure first.
    Latest,
}

/// What flights are wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FlightQuery {
    /// One leg for one way, two for a return, more for a tour. Never empty, at most six.
    pub legs: Vec<LegQuery>,
    /// Who travels.
    pub party: Party,
    /// In which cabin.
    pub cabin: Cabin,
    /// At most this many stops in each leg; `None` for any.
    pub max_stops: Option<u8>,
    /// At most this total.
    pub max_total: Option<Money>,
    /// Only these airlines, by IATA two-character code; empty for any.
    pub airlines: Vec<String>,
    /// In which order.
    pub sort: Sort,
}

/// One take-off and landing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// IATA two-character airline code.
    pub airline: String,
    /// The airline's name as people say it.
    pub airline_name: String,
    /// Flight number without the airline code.
    pub number: u16,
    /// Departure airport.
    pub origin: Code3,
    /// Arrival airport.
    pub destination: Code3,
    /// Departure in the origin's local time.
    pub departs: DateTime,
    /// Arrival in the destination's local time.
    pub arrives: DateTime,
    /// Departure as an instant.
    pub departs_at: Timestamp,
    /// Arrival as an instant.
    pub arrives_at: Timestamp,
    /// Aircraft model, as people say it.
    pub aircraft: String,
}

/// One direction of a journey: its segments in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Itinerary {
    /// At least one.
    pub segments: Vec<Segment>,
}

impl Itinerary {
    /// Number of stops on the way.
    pub fn stops(&self) -> usize {
        self.segments.len().saturating_sub(1)
    }

    /// Minutes from first departure to last arrival.
    pub fn minutes(&self) -> i64 {
        match (self.segments.first(), self.segments.last()) {
            (Some(first), Some(last)) => (last.arrives_at.as_second() - first.departs_at.as_second()) / 60,
            _ => 0,
        }
    }
}

/// What the fare allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FareRules {
    /// The fare's name ("Economy Light").
    pub brand: String,
    /// Cabin bags included for each traveller.
    pub cabin_bags: u8,
    /// Checked bags included for each traveller.
    pub checked_bags: u8,
    /// The price of a change; `None` when changes are not allowed.
    pub change_fee: Option<Money>,
    /// The fare is refundable, minus this fee; `None` when it is not.
    pub refund_fee: Option<Money>,
}

/// Where an offer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The embedded demonstration world: nothing is really sold.
    Synthetic,
    /// A live partner.
    Live,
}

/// A priced journey that can be booked. Its amounts come from the inventory only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlightOffer {
    /// Names the offer; the same query on the same day gives the same names.
    pub id: String,
    /// One itinerary a leg.
    pub legs: Vec<Itinerary>,
    /// Who it is priced for.
    pub party: Party,
    /// The cabin.
    pub cabin: Cabin,
    /// The price of the whole party, taxes included.
    pub total: Money,
    /// Seats left at this price.
    pub seats_left: u8,
    /// What the fare allows.
    pub rules: FareRules,
    /// Where it comes from.
    pub source: Source,
}

/// What hotel is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HotelQuery {
    /// The city, by IATA code.
    pub city: Code3,
    /// Check-in day.
    pub check_in: Date,
    /// Check-out day, after check-in.
    pub check_out: Date,
    /// Guests.
    pub party: Party,
    /// At least this many stars.
    pub min_stars: Option<u8>,
    /// At most this total for the stay.
    pub max_total: Option<Money>,
    /// In which order (`Best` or `Cheapest`).
    pub sort: Sort,
}

/// A priced stay; demonstration properties only, and named so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HotelOffer {
    /// Names the offer.
    pub id: String,
    /// The property's name.
    pub name: String,
    /// Part of town.
    pub district: String,
    /// City name.
    pub city: String,
    /// Stars, 1 to 5.
    pub stars: u8,
    /// Check-in day.
    pub check_in: Date,
    /// Check-out day.
    pub check_out: Date,
    /// The price of the whole stay, taxes included.
    pub total: Money,
    /// It may be cancelled for nothing until the day before.
    pub free_cancellation: bool,
    /// Where it comes from.
    pub source: Source,
}

/// A traveller's name as it will stand on the ticket. Names are personal data: Debug does not show them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traveller {
    /// Given name or names.
    pub given: String,
    /// Family name.
    pub family: String,
}

impl std::fmt::Debug for Traveller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Traveller(..)")
    }
}

/// Names one durable act for ever: repeating a call with the same key never does it twice.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IdempotencyKey(pub String);

/// What is being bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Item {
    /// A flight.
    Flight {
        /// The offer as it was read back.
        offer: FlightOffer,
    },
    /// A stay.
    Hotel {
        /// The offer as it was read back.
        offer: HotelOffer,
    },
}

impl Item {
    /// The total that was read back.
    pub fn total(&self) -> Money {
        match self {
            Self::Flight { offer } => offer.total,
            Self::Hotel { offer } => offer.total,
        }
    }

    /// Where its offer came from.
    pub fn source(&self) -> Source {
        match self {
            Self::Flight { offer } => offer.source,
            Self::Hotel { offer } => offer.source,
        }
    }
}

/// An order that the caller confirmed by a spoken yes; made only by `consent::Quote::confirm`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its key, given at birth.
    pub key: IdempotencyKey,
    /// What is bought.
    pub item: Item,
    /// For whom.
    pub travellers: Vec<Traveller>,
    /// The account that earns the reward; whoever knows the caller says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

/// State of a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookingState {
    /// Held; payment comes later.
    Confirmed,
    /// Given up.
    Cancelled,
}

/// A stored booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// Six letters and digits that are easy to say ("K7MRTA").
    pub reference: String,
    /// The order it came from.
    pub order: Order,
    /// Its state.
    pub state: BookingState,
    /// When it was made.
    pub made_at: Timestamp,
}
