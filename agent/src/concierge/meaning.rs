//! The words between understanding and policy: what an utterance means, given what was asked. It decides nothing.

use crate::trip::{Cabin, Code3, DateSpan, Money, Party, Place, Sort, TimeWindow, Traveller};
use jiff::civil::{Date, DateTime};

/// What understanding may know of the conversation.
#[derive(Clone, Debug)]
pub struct Context {
    /// The caller's local date and time.
    pub now: DateTime,
    /// Currency of amounts said without one.
    pub currency: Code3,
    /// What was asked last.
    pub asked: Asked,
    /// The origin in the plan so far.
    pub origin: Option<Place>,
    /// The destination in the plan so far.
    pub destination: Option<Place>,
    /// The departure day in the plan so far.
    pub depart: Option<Date>,
    /// The return day in the plan so far.
    pub back: Option<Date>,
    /// What was offered to choose from, in spoken order; empty when nothing is open to choose.
    pub choices: Vec<ChoiceHint>,
}

/// What the last question asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asked {
    /// Nothing in particular.
    #[default]
    Nothing,
    /// Where from.
    Origin,
    /// Where to (also: which city the hotel is in).
    Destination,
    /// Which departure (or check-in) day.
    Depart,
    /// Which return (or check-out) day.
    Return,
    /// One way or return.
    OneWay,
    /// Who travels.
    Party,
    /// Which of several offers.
    Choice,
    /// The name of a traveller.
    Name,
    /// "Did you say X?" about a place; yes keeps it.
    PlaceDoubt,
    /// "Shall I book it?" after the read-back.
    Confirm,
    /// "Shall I cancel it?".
    ConfirmCancel,
    /// A booking reference.
    Reference,
    /// Any other yes-or-no question.
    YesNo,
}

/// One offer as it can be referred to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChoiceHint {
    /// Airline code and name, or the hotel's name twice.
    pub names: Vec<String>,
    /// Local departure time, for flights.
    pub departs: Option<DateTime>,
    /// Local arrival time, for flights.
    pub arrives: Option<DateTime>,
    /// Total price.
    pub total: Money,
    /// Stops of the first leg.
    pub stops: usize,
    /// Minutes of travel.
    pub minutes: i64,
}

/// What an utterance means.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meaning {
    /// What the caller does with it.
    pub act: Act,
    /// What it fills in.
    pub slots: Slots,
    /// It says yes (or no) besides, as in "yes, but on Sunday".
    pub yes: Option<bool>,
    /// It takes back something just said or read back ("no, Dallas", "I meant the fifth").
    pub correction: bool,
    /// What must be asked again before it is acted upon, most important first.
    pub doubts: Vec<Doubt>,
}

/// What a caller does with an utterance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Act {
    /// No words, or only noise words.
    #[default]
    Nothing,
    /// Words that make no sense here.
    Unclear,
    /// Something outside travel.
    OutOfScope,
    /// Look for flights.
    Search,
    /// Look for a hotel.
    SearchHotels,
    /// Change the search under way ("make it Saturday", "cheaper", "and back on Sunday").
    Refine,
    /// Fill in what was asked, with no verb of its own ("Boston", "two adults").
    Inform,
    /// Compare what was offered.
    Compare,
    /// Hear more offers.
    More,
    /// Ask about one offer (baggage in it, refund, aircraft, duration).
    Details,
    /// Choose one of the offers.
    Choose,
    /// Book (what was chosen, or the one named in the slots).
    Book,
    /// Cancel a booking.
    CancelBooking,
    /// Change a booking.
    ChangeBooking,
    /// What have I booked.
    MyBookings,
    /// Weather somewhere.
    AskWeather,
    /// Local time somewhere.
    AskTime,
    /// Airports of a place.
    AskAirport,
    /// Baggage rules.
    AskBaggage,
    /// How many tokens the caller has.
    AskBalance,
    /// What was earned, and why.
    AskEarned,
    /// The tier of the caller's stake.
    AskTier,
    /// The caller's referral code.
    AskReferral,
    /// Yes.
    Yes,
    /// No.
    No,
    /// Hello.
    Greet,
    /// Thank you.
    Thank,
    /// Say it again.
    Repeat,
    /// Speak slower.
    Slower,
    /// Speak faster.
    Faster,
    /// What can you do.
    Help,
    /// Be quiet; drop what you are doing.
    Stop,
    /// Wait, one moment.
    Wait,
    /// Start over.
    StartOver,
    /// Talk to a person.
    Person,
    /// Goodbye.
    Goodbye,
    /// Are you a machine, who are you.
    WhoAreYou,
}

/// What an utterance fills in; every field empty unless it was said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slots {
    /// Where from.
    pub origin: Option<PlaceMention>,
    /// Where to; also the place of a hotel, weather, time or airport question.
    pub destination: Option<PlaceMention>,
    /// Departure or check-in.
    pub depart: Option<DateSpan>,
    /// Return or check-out.
    pub back: Option<DateSpan>,
    /// Length of the stay in nights or days.
    pub nights: Option<u16>,
    /// One way was asked for (or a return).
    pub one_way: Option<bool>,
    /// Time of day on the way there.
    pub time: Option<TimeWindow>,
    /// Time of day on the way back.
    pub back_time: Option<TimeWindow>,
    /// Who travels.
    pub party: Option<Party>,
    /// Cabin.
    pub cabin: Option<Cabin>,
    /// At most this total.
    pub max_total: Option<Money>,
    /// At most this many stops; 0 for non-stop.
    pub max_stops: Option<u8>,
    /// Only these airlines, IATA codes.
    pub airlines: Vec<String>,
    /// A wish for an order ("cheaper", "faster", "earlier").
    pub sort: Option<Sort>,
    /// Which of the offers, counted from 0.
    pub choice: Option<usize>,
    /// Names of travellers.
    pub names: Vec<Traveller>,
    /// A booking reference.
    pub reference: Option<String>,
    /// At least this many stars.
    pub min_stars: Option<u8>,
}

/// A place as it was said.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaceMention {
    /// What it most likely is.
    pub place: Place,
    /// The words that were heard.
    pub said: String,
    /// 0.0 to 1.0; below 0.75 the policy asks before it acts.
    pub confidence: f32,
    /// What else it may be, likeliest first, at most three.
    pub others: Vec<Place>,
}

/// Something that must be asked before it is acted upon.
#[derive(Clone, Debug, PartialEq)]
pub enum Doubt {
    /// Which place was meant.
    Place {
        /// True for the origin.
        origin: bool,
        /// The words that were heard.
        said: String,
        /// What it may be, likeliest first; empty when nothing is near.
        candidates: Vec<Place>,
    },
    /// A date in the past, or one that does not exist.
    Date {
        /// The words that were heard.
        said: String,
    },
    /// An amount that may be misheard (also: no currency, far from plausible).
    Amount {
        /// The words that were heard.
        said: String,
    },
}
