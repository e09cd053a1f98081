//! The tools of a conversation: what any brain, built-in or a language model, may ask of the world. It never runs them.

use crate::trip::{
    Booking, Code3, FlightOffer, FlightQuery, HotelOffer, HotelQuery, IdempotencyKey, Money, Order, Place,
};
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

/// One request to the world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "name", content = "arguments")]
pub enum ToolCall {
    /// Find flights.
    SearchFlights(FlightQuery),
    /// Find hotels.
    SearchHotels(HotelQuery),
    /// Usual weather of a place around a date (climate, not a forecast, in the embedded world).
    Weather {
        /// Where.
        place: Place,
        /// When.
        date: Date,
    },
    /// The local time somewhere.
    LocalTime {
        /// Where.
        place: Place,
    },
    /// Facts about an airport or a city's airports.
    AirportInfo {
        /// Which.
        place: Place,
    },
    /// Baggage rules of an airline, or in general.
    BaggageRules {
        /// IATA two-character airline code.
        airline: Option<String>,
    },
    /// Book a confirmed order. Durable.
    Book(Order),
    /// Cancel a booking. Durable.
    CancelBooking {
        /// Its key.
        key: IdempotencyKey,
        /// Which.
        reference: String,
    },
    /// What the caller has earned by booking.
    Rewards {
        /// Whose; whoever knows the caller says so.
        account: Option<String>,
        /// What is asked about it.
        ask: RewardsAsk,
    },
    /// The bookings made in this conversation, or one by its reference.
    FindBooking {
        /// Which; `None` for the latest ones.
        reference: Option<String>,
    },
}

impl ToolCall {
    /// The idempotency key of a durable call; `None` for calls that may be interrupted and repeated at will.
    pub fn durable(&self) -> Option<&IdempotencyKey> {
        match self {
            Self::Book(order) => Some(&order.key),
            Self::CancelBooking { key, .. } => Some(key),
            Self::SearchFlights(_)
            | Self::SearchHotels(_)
            | Self::Weather { .. }
            | Self::LocalTime { .. }
            | Self::AirportInfo { .. }
            | Self::BaggageRules { .. }
            | Self::Rewards { .. }
            | Self::FindBooking { .. } => None,
        }
    }

    /// The tool's name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SearchFlights(_) => "search_flights",
            Self::SearchHotels(_) => "search_hotels",
            Self::Weather { .. } => "weather",
            Self::LocalTime { .. } => "local_time",
            Self::AirportInfo { .. } => "airport_info",
            Self::BaggageRules { .. } => "baggage_rules",
            Self::Rewards { .. } => "rewards",
            Self::Book(_) => "book",
            Self::CancelBooking { .. } => "cancel_booking",
            Self::FindBooking { .. } => "find_booking",
        }
    }
}

/// What may be asked about rewards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RewardsAsk {
    /// How much there is.
    Balance,
    /// What the last booking earned, and why.
    Earned,
    /// The tier of the stake.
    Tier,
    /// The code that others join by.
    Code,
}

/// An amount of tokens in hundredths, rounded down: for speech, and nothing is computed with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens(pub u64);

/// What has become of a reward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RewardState {
    /// The booking earns nothing.
    Nothing,
    /// It is on its way.
    Coming,
    /// It is in the account.
    Paid,
    /// The booking was cancelled, and it was taken back.
    TakenBack,
    /// The booking was cancelled after it had been paid: it is owed back.
    Owed,
}

/// One booking's reward.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reward {
    /// The booking's reference.
    pub reference: String,
    /// The traveller's part.
    pub tokens: Tokens,
    /// The commission that it is a part of.
    pub commission: Money,
    /// Which part, in whole percent.
    pub percent: u8,
    /// What has become of it.
    pub state: RewardState,
}

/// How an account of rewards stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewardsStanding {
    /// What is there.
    pub balance: Tokens,
    /// Earned and not there yet.
    pub coming: Tokens,
    /// Owed back for bookings that were cancelled after they had been paid for.
    pub owed: Tokens,
    /// Locked as a stake.
    pub staked: Tokens,
    /// The tier of the stake, 0 for none.
    pub tier: u8,
    /// The code that others join by.
    pub code: String,
    /// The last booking's.
    pub last: Option<Reward>,
}

/// The world's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ToolResult {
    /// Flights found, best first by the query's order, at most 20; may be empty.
    Flights {
        /// The offers.
        offers: Vec<FlightOffer>,
        /// When nothing was found on the day: the nearest day that has flights.
        nearest_day: Option<Date>,
    },
    /// Hotels found, at most 20; may be empty.
    Hotels {
        /// The offers.
        offers: Vec<HotelOffer>,
    },
    /// Usual weather.
    Weather {
        /// City name.
        city: String,
        /// Usual daily low in degrees Celsius.
        low_c: i16,
        /// Usual daily high in degrees Celsius.
        high_c: i16,
        /// One of: "dry", "some rain", "rainy", "snowy".
        outlook: String,
    },
    /// Local time.
    LocalTime {
        /// City name.
        city: String,
        /// The time there.
        at: DateTime,
    },
    /// Airports.
    Airports {
        /// City name.
        city: String,
        /// Code, name and kilometres to the city centre when known, most used first.
        airports: Vec<(Code3, String, Option<u16>)>,
    },
    /// Baggage rules.
    Baggage {
        /// Airline name, or "most airlines".
        airline: String,
        /// Cabin bags allowed in economy.
        cabin_bags: u8,
        /// Weight of a checked bag in kilograms.
        checked_kg: u8,
        /// Checked bags are in the standard economy fare.
        checked_included: bool,
    },
    /// Rewards.
    Rewards {
        /// What was asked.
        ask: RewardsAsk,
        /// How the caller's account stands; `None` for a caller without one.
        standing: Option<RewardsStanding>,
    },
    /// A booking was made, found or cancelled; its state says which.
    Booking {
        /// The booking.
        booking: Booking,
    },
    /// Bookings found, latest first.
    Bookings {
        /// At most five.
        bookings: Vec<Booking>,
    },
    /// It cannot be done; the sentence is fit to be spoken.
    Refused {
        /// Why, as a sentence.
        say: String,
    },
    /// It failed for now; for durable calls: it certainly did not happen.
    Failed,
    /// A durable call whose outcome is not known yet; it is being looked up.
    Unknown,
}
