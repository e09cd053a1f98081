//! The concierge's mind: what it makes of what was heard and of what tools answer. It keeps no time and owns no floor.

use crate::concierge::meaning::{Act, Asked, Context, Doubt, Meaning, PlaceMention, Slots};
use crate::concierge::offers::Offers;
use crate::concierge::plan::{Plan, Wanted};
use crate::concierge::small_talk;
use crate::concierge::understand::{completeness, understand};
use crate::concierge::{facts, words};
use crate::consent::{Keys, Quote, ReadBack, Withdrawal};
use crate::event::{CallId, Card, Completeness, Expects, SayId};
use crate::language::en;
use crate::places;
use crate::tool::{RewardsAsk, ToolCall, ToolResult};
use crate::trip::{Booking, BookingState, Code3, FlightOffer, HotelOffer, Item, Place, Sort, Source, Traveller};
use jiff::civil::{Date, DateTime};
use std::collections::BTreeMap;

/// Bookings remembered in one conversation.
const BOOKINGS_MAX: usize = 8;

/// What the concierge does.
#[derive(Clone, Debug, PartialEq)]
pub enum Move {
    /// Says this.
    Say(String, Expects),
    /// Says this read-back, which must be heard before a yes counts.
    ReadBack(String),
    /// Says this only when the answer to a search takes longer than a breath.
    Meanwhile(String),
    /// Asks the world.
    Do(CallId, ToolCall),
    /// Takes a question back.
    Cancel(CallId),
    /// Shows this.
    Show(Card),
    /// Speaks at this rate from now on.
    Pace(f32),
    /// Ends the call.
    HangUp,
    /// The caller wants quiet for a while.
    Wait,
}

/// What a place that is doubted would be used for.
#[derive(Clone, Debug, PartialEq)]
struct DoubtedPlace {
    origin: bool,
    candidates: Vec<Place>,
}

/// The state of mind of one conversation.
#[derive(Clone, Debug)]
pub struct Brain {
    home: Option<Place>,
    currency: Code3,
    keys: Keys,
    calls: u64,
    plan: Plan,
    home_used: bool,
    asked: Asked,
    doubted: Option<DoubtedPlace>,
    offers: Offers,
    chosen: Option<Item>,
    names: Vec<Traveller>,
    quote: Option<Quote>,
    withdrawal: Option<Withdrawal>,
    bookings: Vec<Booking>,
    open: BTreeMap<CallId, ToolCall>,
    demonstration_told: bool,
    pace: f32,
}

impl Brain {
    /// A fresh mind; `seed` makes the keys of its orders.
    pub fn new(home: Option<Place>, currency: Code3, seed: u64) -> Self {
        Self {
            home,
            currency,
            keys: Keys::new(seed),
            calls: 0,
            plan: Plan::default(),
            home_used: false,
            asked: Asked::Destination,
            doubted: None,
            offers: Offers::default(),
            chosen: None,
            names: Vec::new(),
            quote: None,
            withdrawal: None,
            bookings: Vec::new(),
            open: BTreeMap::new(),
            demonstration_told: false,
            pace: 1.0,
        }
    }

    /// Another fresh mind, of the same home and currency. It makes the same keys: nothing may ever be ordered with it.
    pub(crate) fn afresh(&self) -> Self {
        Self { keys: self.keys.clone(), ..Self::new(self.home, self.currency, 0) }
    }

    /// What understanding may know.
    pub fn context(&self, now: DateTime) -> Context {
        Context {
            now,
            currency: self.currency,
            asked: self.asked,
            origin: self.plan.origin,
            destination: self.plan.destination,
            depart: self.plan.depart.map(|span| span.from),
            back: self.plan.back.map(|span| span.from),
            choices: self.offers.choices(),
        }
    }

    /// What the words of an unfinished utterance say about it.
    pub fn completeness(&self, text: &str, now: DateTime) -> Completeness {
        completeness(text, &self.context(now))
    }

    /// A task is under way that the caller waits for.
    pub fn is_busy(&self) -> bool {
        !self.open.is_empty()
    }

    /// The call is an act whose outcome the caller must be told.
    pub fn is_act(&self, call: CallId) -> bool {
        self.open.get(&call).is_some_and(|tool| tool.durable().is_some())
    }

    /// The read-back is said as this saying.
    pub fn spoken_as(&mut self, say: SayId) {
        if let Some(quote) = &mut self.quote {
            quote.read_mut().spoken_as(say);
        }
        if let Some(withdrawal) = &mut self.withdrawal {
            withdrawal.read_mut().spoken_as(say);
        }
    }

    /// This much of a saying was heard.
    pub fn heard(&mut self, say: SayId, bytes: usize) {
        if let Some(quote) = &mut self.quote {
            quote.read_mut().heard(say, bytes);
        }
        if let Some(withdrawal) = &mut self.withdrawal {
            withdrawal.read_mut().heard(say, bytes);
        }
    }

    /// No more than this of a saying was heard, whatever was thought.
    pub fn unheard(&mut self, say: SayId, bytes: usize) {
        if let Some(quote) = &mut self.quote {
            quote.read_mut().unheard(say, bytes);
        }
        if let Some(withdrawal) = &mut self.withdrawal {
            withdrawal.read_mut().unheard(say, bytes);
        }
    }

    /// The caller said this at `now` (local).
    pub fn hear(&mut self, text: &str, now: DateTime) -> Vec<Move> {
        let meaning = understand(text, &self.context(now));
        let today = now.date();
        if let Some(moves) = self.doubt(&meaning) {
            return moves;
        }
        let mut meaning = meaning;
        self.settle_doubt(&mut meaning);
        if self.asked == Asked::Name && !meaning.slots.names.is_empty() {
            return self.take_names(meaning.slots.names, today);
        }
        match meaning.act {
            Act::Yes | Act::No => self.yes_or_no(meaning.act == Act::Yes, &meaning, today),
            Act::Search | Act::SearchHotels | Act::Refine | Act::Inform => self.plan_on(&meaning, today),
            Act::Choose | Act::Book => self.choose(&meaning, today),
            Act::Compare | Act::More | Act::Details => self.about_offers(&meaning, today),
            Act::CancelBooking | Act::ChangeBooking | Act::MyBookings => self.about_bookings(&meaning),
            Act::AskWeather | Act::AskTime | Act::AskAirport | Act::AskBaggage => self.look_up(&meaning, today),
            Act::AskBalance => self.ask_rewards(RewardsAsk::Balance),
            Act::AskEarned => self.ask_rewards(RewardsAsk::Earned),
            Act::AskTier => self.ask_rewards(RewardsAsk::Tier),
            Act::AskReferral => self.ask_rewards(RewardsAsk::Code),
            Act::Stop | Act::StartOver => self.stop(meaning.act),
            Act::Slower | Act::Faster => self.change_pace(meaning.act),
            Act::Goodbye => vec![Move::Say("Goodbye, and have a good trip.".into(), Expects::Anything), Move::HangUp],
            Act::Wait => vec![Move::Say("Of course, take your time.".into(), Expects::Anything), Move::Wait],
            Act::Nothing
            | Act::Unclear
            | Act::OutOfScope
            | Act::Greet
            | Act::Thank
            | Act::Repeat
            | Act::Help
            | Act::Person
            | Act::WhoAreYou => self.small_talk(meaning.act),
        }
    }

    /// A tool answered; nothing comes of an answer that nobody waits for.
    pub fn answer(&mut self, call: CallId, result: ToolResult, today: Date) -> Vec<Move> {
        let Some(tool) = self.open.get(&call).cloned() else { return Vec::new() };
        if result != ToolResult::Unknown {
            self.open.remove(&call);
        }
        match result {
            ToolResult::Flights { offers, nearest_day } => self.found_flights(offers, nearest_day, today),
            ToolResult::Hotels { offers } => self.found_hotels(offers),
            ToolResult::Booking { booking } => self.booked(booking),
            ToolResult::Bookings { bookings } => vec![Move::Say(facts::bookings(&bookings), Expects::Anything)],
            ToolResult::Refused { say } => vec![Move::Say(say, Expects::Anything)],
            ToolResult::Failed if tool.durable().is_some() => {
                let text = "I'm sorry, that didn't go through, and nothing was booked. Shall I try again?";
                self.asked = Asked::Confirm;
                self.requote(today);
                vec![Move::Say(text.into(), Expects::YesNo)]
            }
            ToolResult::Failed => vec![Move::Say(
                "I'm sorry, I couldn't look that up just now. Please ask me again in a moment.".into(),
                Expects::Anything,
            )],
            ToolResult::Unknown => vec![Move::Say(
                "That is taking longer than it should. I'm checking whether it went through; I won't do it twice."
                    .into(),
                Expects::Anything,
            )],
            fact @ (ToolResult::Weather { .. }
            | ToolResult::LocalTime { .. }
            | ToolResult::Airports { .. }
            | ToolResult::Baggage { .. }
            | ToolResult::Rewards { .. }) => vec![Move::Say(facts::fact(&fact), Expects::Anything)],
        }
    }

    // Doubts.

    fn doubt(&mut self, meaning: &Meaning) -> Option<Vec<Move>> {
        let doubt = meaning.doubts.first()?;
        let text = match doubt {
            Doubt::Place { origin, said, candidates } => {
                self.plan.take(meaning.act, &Slots { origin: None, destination: None, ..meaning.slots.clone() });
                let names: Vec<String> = candidates.iter().take(3).map(|place| facts::doubtful_name(*place)).collect();
                self.asked = Asked::PlaceDoubt;
                self.doubted = Some(DoubtedPlace { origin: *origin, candidates: candidates.clone() });
                match names.len() {
                    0 if *origin => "Where would you like to fly from?".to_owned(),
                    0 => format!("I didn't get the place; I heard {said}. Which city is it?"),
                    1 => format!("Did you say {}?", names[0]),
                    _ => format!("Did you mean {}?", en::either(&names)),
                }
            }
            Doubt::Date { said } => {
                self.asked = Asked::Depart;
                format!("I heard {said}, but I can't place that day. Which day would you like?")
            }
            Doubt::Amount { said } => format!("I heard {said}. How much may it cost at most?"),
        };
        let expects = if self.asked == Asked::PlaceDoubt { Expects::Choice } else { Expects::Anything };
        Some(vec![Move::Say(text, expects)])
    }

    /// A yes, or one of the candidates, settles which place was meant.
    fn settle_doubt(&mut self, meaning: &mut Meaning) {
        let Some(doubted) = self.doubted.take() else { return };
        let named = meaning.slots.destination.as_ref().or(meaning.slots.origin.as_ref()).map(|mention| mention.place);
        let place = match meaning.act {
            Act::Yes if doubted.candidates.len() == 1 => doubted.candidates.first().copied(),
            _ => named.or_else(|| meaning.slots.choice.and_then(|at| doubted.candidates.get(at).copied())),
        };
        let Some(place) = place else { return };
        let mention = PlaceMention { place, said: String::new(), confidence: 1.0, others: Vec::new() };
        if doubted.origin {
            (meaning.slots.origin, meaning.slots.destination) = (Some(mention), None);
        } else {
            meaning.slots.destination = Some(mention);
        }
        if matches!(meaning.act, Act::Yes | Act::Choose | Act::Unclear) {
            meaning.act = Act::Inform;
        }
    }

    // The plan.

    fn plan_on(&mut self, meaning: &Meaning, today: Date) -> Vec<Move> {
        let slots = &meaning.slots;
        let whole = slots.destination.is_some() && (slots.origin.is_some() || slots.depart.is_some());
        if meaning.act == Act::Search && whole && !meaning.correction && !self.offers.flights().is_empty() {
            // A new search, not a refinement: only who travels stays.
            self.plan = Plan { party: self.plan.party, party_said: self.plan.party_said, ..Plan::default() };
        }
        let changed = self.plan.take(meaning.act, &meaning.slots);
        if !changed && meaning.slots.choice.is_some() {
            return self.choose(meaning, today);
        }
        if !changed && meaning.act == Act::Inform {
            return self.small_talk(Act::Unclear);
        }
        self.quote = None;
        self.chosen = None;
        self.advance(today)
    }

    /// Searches when enough is known, else asks for what is missing.
    fn advance(&mut self, today: Date) -> Vec<Move> {
        if self.plan.missing() == Some(Asked::Origin)
            && let Some(home) = self.home
        {
            self.plan.origin = Some(home);
            self.home_used = true;
        }
        if let Some(missing) = self.plan.missing() {
            return self.ask(missing);
        }
        let mut moves: Vec<Move> = self.cancel_searches();
        let tool = match self.plan.wanted {
            Wanted::Flights => self.plan.flights().map(ToolCall::SearchFlights),
            Wanted::Hotel => self.plan.hotels().map(ToolCall::SearchHotels),
        };
        let Some(tool) = tool else { return self.ask(Asked::Destination) };
        self.asked = Asked::Nothing;
        moves.push(self.act(tool));
        moves.push(Move::Meanwhile(format!("{}. Let me look.", words::plan(&self.plan, today))));
        moves
    }

    fn ask(&mut self, missing: Asked) -> Vec<Move> {
        self.asked = missing;
        let place = self.plan.destination.map_or("there", places::spoken_name);
        let text = match (missing, self.plan.wanted) {
            (Asked::Origin, _) => "Where would you like to fly from?".to_owned(),
            (Asked::Destination, Wanted::Hotel) => "In which city?".to_owned(),
            (Asked::Depart, Wanted::Hotel) => "From which day?".to_owned(),
            (Asked::Return, _) => "And for how many nights?".to_owned(),
            (Asked::Depart, Wanted::Flights) => format!("Which day would you like to fly to {place}?"),
            _ => "Where would you like to go?".to_owned(),
        };
        vec![Move::Say(text, Expects::Anything)]
    }

    fn act(&mut self, tool: ToolCall) -> Move {
        self.calls += 1;
        let call = CallId(self.calls);
        self.open.insert(call, tool.clone());
        Move::Do(call, tool)
    }

    fn cancel_searches(&mut self) -> Vec<Move> {
        let old: Vec<CallId> = self
            .open
            .iter()
            .filter(|(_, tool)| matches!(tool, ToolCall::SearchFlights(_) | ToolCall::SearchHotels(_)))
            .map(|(&call, _)| call)
            .collect();
        old.into_iter()
            .map(|call| {
                self.open.remove(&call);
                Move::Cancel(call)
            })
            .collect()
    }

    // Offers.

    fn found_flights(&mut self, offers: Vec<FlightOffer>, nearest: Option<Date>, today: Date) -> Vec<Move> {
        self.offers = Offers::of_flights(offers);
        if self.offers.is_empty() {
            return self.found_none(nearest, today);
        }
        self.asked = Asked::Choice;
        let mut text = String::new();
        if std::mem::take(&mut self.home_used) {
            text.push_str(&format!("From {}. ", self.plan.origin.map_or("home", places::spoken_name)));
        }
        if let Some(day) = self.plan.depart {
            let to = self.plan.destination.map_or("there", places::spoken_name);
            text.push_str(&en::sentence(&format!("{} to {to}. ", en::span(day, today))));
        }
        text.push_str(&words::flights(self.offers.flights(), self.plan.sort, today));
        let synthetic = self.offers.flights().iter().any(|offer| offer.source == Source::Synthetic);
        if synthetic && !std::mem::replace(&mut self.demonstration_told, true) {
            text.push_str(" These are demonstration fares.");
        }
        vec![Move::Show(Card::Flights { offers: self.offers.flights().to_vec() }), Move::Say(text, Expects::Choice)]
    }

    fn found_none(&mut self, nearest: Option<Date>, today: Date) -> Vec<Move> {
        let text = match nearest {
            Some(day) => {
                self.asked = Asked::Depart;
                format!(
                    "I found nothing for that. The nearest day with flights is {}. Would that do?",
                    en::day(day, today)
                )
            }
            None if self.plan.max_total.is_some() || self.plan.max_stops.is_some() || self.plan.time.is_some() => {
                self.asked = Asked::YesNo;
                "I found nothing that fits all of that. Shall I look at any time and price?".to_owned()
            }
            None => "I found no flights for that. Another day, or another city?".to_owned(),
        };
        vec![Move::Say(text, Expects::Anything)]
    }

    fn found_hotels(&mut self, offers: Vec<HotelOffer>) -> Vec<Move> {
        self.offers = Offers::of_hotels(offers);
        if self.offers.is_empty() {
            return vec![Move::Say("I found no rooms for that. Other days, perhaps?".into(), Expects::Anything)];
        }
        self.asked = Asked::Choice;
        let mut text = words::hotels(self.offers.hotels());
        if !std::mem::replace(&mut self.demonstration_told, true) {
            text.push_str(" These are demonstration hotels.");
        }
        vec![Move::Show(Card::Hotels { offers: self.offers.hotels().to_vec() }), Move::Say(text, Expects::Choice)]
    }

    fn about_offers(&mut self, meaning: &Meaning, today: Date) -> Vec<Move> {
        if self.offers.flights().is_empty() {
            let text = match (self.offers.is_empty(), self.plan.destination.is_some() && self.plan.depart.is_some()) {
                (false, _) => words::hotels(self.offers.hotels()),
                (true, true) => {
                    "That search has found nothing to choose from. Another day, or another city?".to_owned()
                }
                (true, false) => "I have nothing to compare yet. Where would you like to go?".to_owned(),
            };
            return vec![Move::Say(text, Expects::Anything)];
        }
        if meaning.act == Act::More {
            self.offers.turn_page();
            let text =
                words::flights(self.offers.flights_in_view(), Sort::Best, today).replacen("The best is", "There's", 1);
            return vec![Move::Say(text, Expects::Choice)];
        }
        let shown = self.offers.flights_in_view();
        let text = match (meaning.act, meaning.slots.choice.and_then(|at| shown.get(at)), self.chosen.as_ref()) {
            (_, Some(offer), _) => words::details(offer, today),
            (Act::Details, None, Some(Item::Flight { offer })) => words::details(offer, today),
            (Act::Details, None, _) => words::details(&shown[0], today),
            _ => facts::compare(shown),
        };
        vec![Move::Say(format!("{text} Which do you prefer?"), Expects::Choice)]
    }

    // Booking.

    fn choose(&mut self, meaning: &Meaning, today: Date) -> Vec<Move> {
        let changed = self.plan.take(meaning.act, &meaning.slots);
        let choice = meaning.slots.choice.or_else(|| self.offers.is_single().then_some(0));
        let item = choice.and_then(|at| self.offers.get(at)).or_else(|| self.chosen.clone().filter(|_| !changed));
        let Some(item) = item else {
            if changed || self.offers.is_empty() {
                return self.advance(today);
            }
            self.asked = Asked::Choice;
            return vec![Move::Say(
                "Which one would you like: the first, the second or the third?".into(),
                Expects::Choice,
            )];
        };
        self.chosen = Some(item);
        if !meaning.slots.names.is_empty() {
            return self.take_names(meaning.slots.names.clone(), today);
        }
        self.names_or_quote(today)
    }

    fn take_names(&mut self, names: Vec<Traveller>, today: Date) -> Vec<Move> {
        let wanted = self.wanted_names();
        if self.names.len() >= wanted {
            self.names.clear();
        }
        self.names.extend(names);
        self.names.truncate(wanted);
        if self.chosen.is_none() {
            return self.advance(today);
        }
        self.names_or_quote(today)
    }

    fn wanted_names(&self) -> usize {
        match self.chosen {
            Some(Item::Hotel { .. }) => 1,
            Some(Item::Flight { .. }) | None => usize::from(self.plan.party.adults + self.plan.party.children).max(1),
        }
    }

    fn names_or_quote(&mut self, today: Date) -> Vec<Move> {
        let wanted = self.wanted_names();
        if self.names.len() < wanted {
            self.asked = Asked::Name;
            let text = match (self.names.len(), wanted) {
                (0, 1) => "Good choice. What name shall I put on the booking? First and last name, please.".to_owned(),
                (0, n) => format!("Good choice. I need {} names. Who is the first traveller?", en::number(n as u64)),
                (n, _) => format!("Thank you. And the {} traveller?", en::ordinal(n as u64 + 1)),
            };
            return vec![Move::Say(text, Expects::Name)];
        }
        self.requote(today)
    }

    /// Reads the choice back for a yes.
    fn requote(&mut self, today: Date) -> Vec<Move> {
        let Some(item) = self.chosen.clone() else { return Vec::new() };
        let (text, bytes) = words::read_back(&item, &self.names, today);
        self.asked = Asked::Confirm;
        self.quote = Some(Quote::new(item.clone(), self.names.clone(), ReadBack::new([bytes])));
        vec![Move::Show(Card::Quote { item, travellers: self.names.clone() }), Move::ReadBack(text)]
    }

    fn yes_or_no(&mut self, yes: bool, meaning: &Meaning, today: Date) -> Vec<Move> {
        if meaning.correction || has_changes(&meaning.slots) {
            return self.plan_on(&Meaning { act: Act::Refine, ..meaning.clone() }, today);
        }
        match (self.asked, yes) {
            (Asked::Confirm, true) => self.confirmed(today),
            (Asked::ConfirmCancel, true) => self.withdrawn(),
            (Asked::Confirm, false) => {
                self.quote = None;
                self.asked = Asked::Choice;
                vec![Move::Say("Okay, I won't book it. What would you like to change?".into(), Expects::Anything)]
            }
            (Asked::ConfirmCancel, false) => {
                self.withdrawal = None;
                self.asked = Asked::Nothing;
                vec![Move::Say("Okay, the booking stays as it is.".into(), Expects::Anything)]
            }
            (Asked::Choice, true) => self.choose(&Meaning { act: Act::Choose, ..Meaning::default() }, today),
            (Asked::YesNo, true) if self.offers.flights().is_empty() => {
                (self.plan.max_total, self.plan.max_stops, self.plan.time) = (None, None, None);
                self.advance(today)
            }
            (Asked::PlaceDoubt, false) => {
                self.asked = Asked::Destination;
                vec![Move::Say("Which city, then?".into(), Expects::Anything)]
            }
            (_, true) => vec![Move::Say("Good. What shall I do for you?".into(), Expects::Anything)],
            (_, false) => vec![Move::Say("Okay. Is there anything else?".into(), Expects::Anything)],
        }
    }

    fn confirmed(&mut self, today: Date) -> Vec<Move> {
        let Some(quote) = self.quote.take() else { return self.requote(today) };
        match quote.confirm() {
            // The price was not heard to its end: say it again before a yes counts.
            Err(_) => self.requote(today),
            Ok(confirmed) => {
                let order = confirmed.order(&mut self.keys);
                self.asked = Asked::Nothing;
                vec![self.act(ToolCall::Book(order)), Move::Meanwhile("Booking it now.".to_owned())]
            }
        }
    }

    fn booked(&mut self, booking: Booking) -> Vec<Move> {
        self.asked = Asked::Nothing;
        let (what, card) = (words::booking(&booking), Card::Booking { booking: booking.clone() });
        self.bookings.retain(|other| other.reference != booking.reference);
        let text = match booking.state {
            BookingState::Confirmed => {
                self.chosen = None;
                self.bookings.insert(0, booking);
                self.bookings.truncate(BOOKINGS_MAX);
                let reference = what.split_once(", reference ").map_or("", |(_, spelled)| spelled).to_owned();
                format!(
                    "You're booked. Your reference is {reference}. It's held under your name; payment comes later. Anything else?"
                )
            }
            BookingState::Cancelled => format!("{} is cancelled.", en::sentence(&what)),
        };
        vec![Move::Show(card), Move::Say(text, Expects::Anything)]
    }

    // Bookings that were made.

    fn about_bookings(&mut self, meaning: &Meaning) -> Vec<Move> {
        if meaning.act == Act::MyBookings {
            let Some(reference) = meaning.slots.reference.clone() else {
                return vec![Move::Say(facts::bookings(&self.bookings), Expects::Anything)];
            };
            let find = ToolCall::FindBooking { reference: Some(reference) };
            return vec![self.act(find), Move::Meanwhile("Let me see.".to_owned())];
        }
        let named = meaning.slots.reference.clone();
        let latest = self.bookings.iter().find(|booking| booking.state == BookingState::Confirmed);
        let Some(reference) = named.or_else(|| latest.map(|booking| booking.reference.clone())) else {
            self.asked = Asked::Reference;
            return vec![Move::Say(
                "Which booking? Please give me its reference, letter by letter.".into(),
                Expects::Digits,
            )];
        };
        let lead = if meaning.act == Act::ChangeBooking { "To change it I cancel it and book anew. " } else { "" };
        let text = format!("{lead}Shall I cancel the booking {}?", en::spelled(&reference));
        self.asked = Asked::ConfirmCancel;
        self.withdrawal = Some(Withdrawal::new(reference, ReadBack::new([text.len() - 1])));
        vec![Move::ReadBack(text)]
    }

    fn withdrawn(&mut self) -> Vec<Move> {
        let Some(withdrawal) = self.withdrawal.take() else { return self.small_talk(Act::Unclear) };
        self.asked = Asked::Nothing;
        match withdrawal.confirm(&mut self.keys) {
            Ok(tool) => vec![self.act(tool), Move::Meanwhile("Cancelling it.".to_owned())],
            Err(withdrawal) => {
                let text = format!("Shall I cancel the booking {}?", en::spelled(withdrawal.reference()));
                let reference = withdrawal.reference().to_owned();
                self.asked = Asked::ConfirmCancel;
                self.withdrawal = Some(Withdrawal::new(reference, ReadBack::new([text.len() - 1])));
                vec![Move::ReadBack(text)]
            }
        }
    }

    // Questions and small talk.

    fn look_up(&mut self, meaning: &Meaning, today: Date) -> Vec<Move> {
        let slots = &meaning.slots;
        let place = slots.destination.as_ref().or(slots.origin.as_ref()).map(|m| m.place).or(self.plan.destination);
        let tool = match (meaning.act, place) {
            (Act::AskBaggage, _) => {
                let airline = slots.airlines.first().cloned().or_else(|| match &self.chosen {
                    Some(Item::Flight { offer }) => Some(offer.legs.first()?.segments.first()?.airline.clone()),
                    Some(Item::Hotel { .. }) | None => None,
                });
                ToolCall::BaggageRules { airline }
            }
            (Act::AskWeather, Some(place)) => {
                let date = slots.depart.or(self.plan.depart).map_or(today, |span| span.from);
                ToolCall::Weather { place, date }
            }
            (Act::AskTime, Some(place)) => ToolCall::LocalTime { place },
            (_, Some(place)) => ToolCall::AirportInfo { place },
            (_, None) => return vec![Move::Say("For which city?".into(), Expects::Anything)],
        };
        vec![self.act(tool), Move::Meanwhile("One moment.".to_owned())]
    }

    fn ask_rewards(&mut self, ask: RewardsAsk) -> Vec<Move> {
        vec![self.act(ToolCall::Rewards { account: None, ask }), Move::Meanwhile("One moment.".to_owned())]
    }

    fn stop(&mut self, act: Act) -> Vec<Move> {
        let mut moves = self.cancel_searches();
        self.quote = None;
        if act == Act::StartOver {
            let fresh = Self::new(self.home, self.currency, 0);
            let (keys, calls, bookings, open) =
                (self.keys.clone(), self.calls, std::mem::take(&mut self.bookings), std::mem::take(&mut self.open));
            *self = Self { keys, calls, bookings, open, demonstration_told: self.demonstration_told, ..fresh };
            moves.push(Move::Say("Okay, from the beginning. Where would you like to go?".into(), Expects::Anything));
        } else {
            self.asked = Asked::Nothing;
            moves.push(Move::Say("Okay.".into(), Expects::Anything));
        }
        moves
    }

    fn change_pace(&mut self, act: Act) -> Vec<Move> {
        let step = if act == Act::Slower { -0.15 } else { 0.15 };
        self.pace = (self.pace + step).clamp(0.6, 1.4);
        let text = if act == Act::Slower { "Okay, I'll speak more slowly." } else { "Okay, a bit faster." };
        vec![Move::Pace(self.pace), Move::Say(text.into(), Expects::Anything)]
    }

    fn small_talk(&mut self, act: Act) -> Vec<Move> {
        vec![Move::Say(small_talk::text(act, self.asked).to_owned(), small_talk::expects(self.asked))]
    }
}

fn has_changes(slots: &Slots) -> bool {
    slots.origin.is_some()
        || slots.destination.is_some()
        || slots.depart.is_some()
        || slots.back.is_some()
        || slots.time.is_some()
        || slots.party.is_some()
        || slots.cabin.is_some()
        || slots.max_stops.is_some()
        || slots.max_total.is_some()
}
