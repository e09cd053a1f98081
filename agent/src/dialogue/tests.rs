//! Whole conversations on a virtual clock, as scripts with what must be said.

use super::*;
use crate::tool::{ToolCall, ToolResult};
use crate::trip::{Booking, BookingState, Cabin, FareRules, FlightOffer, Itinerary, Money, Party, Segment, Source};

/// A conversation with a small world behind it.
struct Talk {
    dialogue: Dialogue,
    now: Duration,
    said: Vec<Say>,
    booked: Vec<crate::trip::Order>,
    answers: bool,
    open: Vec<(CallId, ToolCall)>,
}

impl Talk {
    fn new() -> Self {
        let began: Timestamp = "2026-11-23T15:00:00Z".parse().expect("a date");
        let zone = TimeZone::get("America/New_York").expect("it is in the database");
        let home = Code3::parse("BOS").map(Place::City);
        let config = DialogueConfig { home, seed: 7, ..DialogueConfig::default() };
        let mut talk = Self {
            dialogue: Dialogue::new(config, Clock::new(began, zone)),
            now: Duration::ZERO,
            said: Vec::new(),
            booked: Vec::new(),
            answers: true,
            open: Vec::new(),
        };
        talk.step(Input::Opened);
        talk.hear_all();
        talk
    }

    fn step(&mut self, input: Input) {
        self.dialogue.handle(self.now, input);
        while let Some(output) = self.dialogue.poll() {
            match output {
                Output::Say(say) => {
                    assert!(say.text.len() < 400, "{}", say.text);
                    self.said.push(say);
                }
                Output::Do { call, tool } => self.open.push((call, tool)),
                Output::Cancel { call } => self.open.retain(|(other, _)| *other != call),
                Output::Show(_) | Output::Pace(_) | Output::HangUp | Output::Timeout(_) => {}
            }
        }
        if self.answers {
            for (call, tool) in std::mem::take(&mut self.open) {
                let result = self.world(tool);
                self.step(Input::ToolDone { call, result });
            }
        }
    }

    fn world(&mut self, tool: ToolCall) -> ToolResult {
        match tool {
            ToolCall::SearchFlights(query) => {
                let leg = query.legs[0];
                let offers = (0..3).map(|rank| offer(leg, rank)).collect();
                ToolResult::Flights { offers, nearest_day: None }
            }
            ToolCall::Book(order) => {
                self.booked.push(order.clone());
                let made_at = Timestamp::UNIX_EPOCH;
                let reference = "K7MRTA".to_owned();
                ToolResult::Booking { booking: Booking { reference, order, state: BookingState::Confirmed, made_at } }
            }
            _ => ToolResult::Failed,
        }
    }

    /// Everything said is heard to its end.
    fn hear_all(&mut self) {
        let says: Vec<(SayId, usize)> = self.said.iter().map(|say| (say.id, say.text.len())).collect();
        for (say, heard_bytes) in says {
            self.step(Input::Said { say, heard_bytes, dropped: false });
        }
    }

    fn caller(&mut self, text: &str) -> String {
        self.said.clear();
        self.now += Duration::from_secs(2);
        self.step(Input::Heard { text: text.to_owned() });
        let said: Vec<&str> = self.said.iter().map(|say| say.text.as_str()).collect();
        let said = said.join(" ");
        self.hear_all();
        said
    }
}

fn offer(leg: crate::trip::LegQuery, rank: i8) -> FlightOffer {
    let code = |place| match place {
        Place::City(code) | Place::Airport(code) => code,
    };
    let departs = leg.date.from.at(8 + rank, 15, 0, 0);
    let segment = Segment {
        airline: "UA".to_owned(),
        airline_name: "United".to_owned(),
        number: 1523,
        origin: code(leg.origin),
        destination: code(leg.destination),
        departs,
        arrives: leg.date.from.at(11 + rank, 0, 0, 0),
        departs_at: Timestamp::UNIX_EPOCH,
        arrives_at: Timestamp::from_second(4 * 3600 + 900).expect("a time"),
        aircraft: "a Boeing 737".to_owned(),
    };
    FlightOffer {
        id: format!("o{rank}"),
        legs: vec![Itinerary { segments: vec![segment] }],
        party: Party::default(),
        cabin: Cabin::Economy,
        total: Money { minor: 31_200 + 1000 * i64::from(rank), currency: Code3::USD },
        seats_left: 4,
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

#[test]
fn search_refine_correct_choose_book_confirm() {
    let mut talk = Talk::new();
    let said = talk.caller("Find me a flight from Boston to Denver next Friday morning.");
    assert!(said.contains("Denver") && said.contains("three hundred and twelve dollars"), "{said}");
    assert!(said.contains("demonstration"), "{said}");
    let said = talk.caller("Make it Saturday instead.");
    assert!(said.contains("Saturday") && !said.contains("demonstration"), "{said}");
    let said = talk.caller("No, Dallas.");
    assert!(said.contains("Dallas"), "{said}");
    let said = talk.caller("The second one, please.");
    assert!(said.contains("name"), "{said}");
    let said = talk.caller("John Smith.");
    assert!(said.contains("John Smith") && said.contains("hree hundred and twenty-two dollars"), "{said}");
    assert!(talk.booked.is_empty());
    let said = talk.caller("Yes.");
    assert!(said.contains("You're booked"), "{said}");
    assert_eq!(talk.booked.len(), 1);
    assert_eq!(talk.booked[0].travellers[0].family, "Smith");
}

#[test]
fn a_key_chooses_an_offer_as_words_do() {
    let ask = "Find me a flight to Denver on Friday.";
    let (mut keyed, mut spoken) = (Talk::new(), Talk::new());
    assert_eq!(keyed.dialogue.keyed("2"), "2", "nothing is on the table yet");
    keyed.caller(ask);
    spoken.caller(ask);
    assert!(keyed.dialogue.on_the_table() > 1);
    let words = keyed.dialogue.keyed("2");
    assert_eq!(words, "Number 2");
    assert_eq!(keyed.caller(&words), spoken.caller("The second one, please."));
    assert_eq!(keyed.dialogue.keyed("99"), "99", "there is no such offer");
}

#[test]
fn a_read_back_that_was_heard_less_than_thought_books_nothing() {
    let mut talk = Talk::new();
    talk.caller("Find me a flight to Denver on Friday.");
    talk.caller("The first one.");
    talk.caller("Anna Berg.");
    let read = talk.said.last().cloned().expect("a read-back");
    assert_eq!(read.expects, Expects::YesNo, "{read:?}");
    talk.step(Input::Unheard { say: read.id, heard_bytes: 5, line_dead: false });
    talk.caller("Yes.");
    assert!(talk.booked.is_empty(), "the price was not heard");
    assert_eq!(talk.said.last().map(|say| say.expects), Some(Expects::YesNo), "it is read back again");
}

#[test]
fn a_yes_to_a_price_that_was_not_heard_books_nothing() {
    let mut talk = Talk::new();
    talk.caller("a flight from Boston to Denver tomorrow");
    talk.caller("the first one");
    talk.said.clear();
    talk.step(Input::Heard { text: "John Smith".to_owned() });
    let read_back = talk.said[0].clone();
    talk.step(Input::Said { say: read_back.id, heard_bytes: 20, dropped: false });
    let said = talk.caller("yes");
    assert!(talk.booked.is_empty(), "{said}");
    assert!(said.contains("in total"), "{said}");
    talk.caller("yes");
    assert_eq!(talk.booked.len(), 1);
}

#[test]
fn a_wait_is_filled_and_never_twice_the_same() {
    let mut talk = Talk::new();
    talk.answers = false;
    talk.step(Input::FloorFree);
    talk.caller("a flight from Boston to Denver tomorrow");
    let mut said = Vec::new();
    for _ in 0..200 {
        talk.now += Duration::from_millis(100);
        talk.said.clear();
        talk.step(Input::Tick);
        said.extend(talk.said.iter().map(|say| say.text.clone()));
    }
    assert!(said[0].contains("Let me look"), "{said:?}");
    assert!(said.len() >= 4, "{said:?}");
    assert!(said.windows(2).all(|pair| pair[0] != pair[1]), "{said:?}");
    talk.answers = true;
    talk.said.clear();
    talk.step(Input::Tick);
    let said = talk.caller("what can you do");
    assert!(said.contains("flights"), "{said}");
}

#[test]
fn a_result_that_is_lost_twice_is_led_in_once() {
    let mut talk = Talk::new();
    talk.answers = false;
    talk.caller("a flight from Boston to Denver tomorrow");
    talk.step(Input::Tick);
    talk.now += Duration::from_secs(1);
    talk.step(Input::Tick);
    let (call, _) = talk.open.remove(0);
    let result = ToolResult::Refused { say: "I'm sorry, nobody flies there.".to_owned() };
    talk.said.clear();
    talk.step(Input::ToolDone { call, result });
    for _ in 0..2 {
        let lost = talk.said.pop().expect("the result is said");
        assert_eq!(lost.kind, SayKind::Result);
        talk.step(Input::Said { say: lost.id, heard_bytes: 0, dropped: true });
        talk.step(Input::FloorTaken);
        talk.step(Input::FloorFree);
    }
    let text = &talk.said.last().expect("it is said again").text;
    assert_eq!(text.matches(BACK_TO).count(), 1, "{text}");
}

#[test]
fn what_was_not_found_is_not_asked_for_again() {
    let mut talk = Talk::new();
    talk.answers = false;
    talk.caller("a flight from Boston to Denver tomorrow");
    let (call, _) = talk.open.remove(0);
    talk.step(Input::ToolDone { call, result: ToolResult::Flights { offers: Vec::new(), nearest_day: None } });
    talk.hear_all();
    let said = talk.caller("tell me more about the first one");
    assert!(said.contains("found nothing to choose from"), "{said}");
}

/// A conversation whose booking has been asked for and not yet answered.
fn booking_begun() -> (Talk, CallId, ToolCall) {
    let mut talk = Talk::new();
    talk.caller("a flight from Boston to Denver tomorrow");
    talk.caller("the first one");
    talk.caller("John Smith");
    talk.answers = false;
    talk.caller("yes");
    let (call, tool) = talk.open.remove(0);
    assert!(matches!(tool, ToolCall::Book(_)));
    (talk, call, tool)
}

#[test]
fn the_outcome_of_a_booking_is_told_even_when_its_words_were_dropped() {
    let (mut talk, call, tool) = booking_begun();
    let result = talk.world(tool);
    talk.said.clear();
    talk.step(Input::ToolDone { call, result });
    let outcome = talk.said.remove(0);
    assert!(outcome.text.contains("You're booked"), "{outcome:?}");
    talk.step(Input::Said { say: outcome.id, heard_bytes: 0, dropped: true });
    talk.caller("thank you");
    talk.said.clear();
    talk.step(Input::FloorTaken);
    talk.step(Input::FloorFree);
    assert!(talk.said.iter().any(|say| say.text.contains("You're booked")), "{:?}", talk.said);
}

#[test]
fn who_speaks_on_after_a_goodbye_has_not_left() {
    let mut talk = Talk::new();
    talk.caller("goodbye");
    assert_eq!(talk.dialogue.wakes(), None);
    let said = talk.caller("wait, a flight from Boston to Denver tomorrow");
    assert!(said.contains("Denver"), "{said}");
    talk.step(Input::FloorTaken);
    talk.step(Input::FloorFree);
    assert!(talk.dialogue.wakes().is_some(), "the caller is nudged again");
}

#[test]
fn an_unknown_outcome_is_never_booked_again() {
    let (mut talk, call, tool) = booking_begun();
    talk.step(Input::ToolDone { call, result: ToolResult::Unknown });
    talk.caller("yes");
    talk.caller("book it");
    assert!(talk.open.iter().all(|(_, tool)| !matches!(tool, ToolCall::Book(_))), "{:?}", talk.open);
    let result = talk.world(tool);
    talk.said.clear();
    talk.step(Input::ToolDone { call, result });
    assert!(talk.said[0].text.contains("You're booked"), "{:?}", talk.said);
}

#[test]
fn a_clone_answers_as_the_original() {
    let mut talk = Talk::new();
    talk.caller("a flight from Boston to Denver tomorrow");
    let (mut one, mut two) = (talk.dialogue.clone(), talk.dialogue.clone());
    for dialogue in [&mut one, &mut two] {
        dialogue.handle(talk.now, Input::Heard { text: "make it Saturday".to_owned() });
    }
    let outputs = |dialogue: &mut Dialogue| std::iter::from_fn(|| dialogue.poll()).collect::<Vec<_>>();
    assert_eq!(outputs(&mut one), outputs(&mut two));
}

/// A voice that fails at once was asked for the same words without end.
#[test]
fn a_result_that_no_voice_can_say_is_given_up() {
    let mut talk = Talk::new();
    talk.answers = false;
    talk.step(Input::FloorFree);
    talk.step(Input::Heard { text: "a flight from Boston to Denver on Friday".to_owned() });
    talk.now += Duration::from_secs(2);
    talk.step(Input::Tick);
    talk.hear_all();
    let (call, tool) = talk.open.pop().expect("it searches");
    let result = talk.world(tool);
    talk.step(Input::ToolDone { call, result });
    let mut tried = 0;
    for _ in 0..50 {
        let Some(say) = talk.said.pop() else { break };
        tried += 1;
        talk.said.clear();
        talk.step(Input::FloorTaken);
        talk.step(Input::Said { say: say.id, heard_bytes: 0, dropped: false });
        talk.step(Input::FloorFree);
    }
    assert!((2..=1 + usize::from(VOICELESS_MAX)).contains(&tried), "tried {tried} times");
}

#[test]
fn what_was_said_into_a_dead_line_is_told_again_and_counts_for_no_consent() {
    let mut talk = Talk::new();
    talk.caller("a flight from Boston to Denver tomorrow");
    talk.caller("the first one");
    talk.caller("John Smith");
    let read_back: Vec<Say> = talk.said.clone();
    assert!(read_back.iter().any(|say| say.expects == Expects::YesNo), "{read_back:?}");
    talk.step(Input::CallerLeft);
    talk.said.clear();
    for say in &read_back {
        for _ in 0..2 {
            talk.step(Input::Unheard { say: say.id, heard_bytes: 0, line_dead: true });
        }
    }
    assert!(talk.said.is_empty(), "nobody is there: {:?}", talk.said);
    talk.step(Input::CallerBack);
    for _ in 0..read_back.len() {
        talk.hear_all();
        talk.step(Input::FloorTaken);
        talk.step(Input::FloorFree);
    }
    let told: Vec<&str> = talk.said.iter().map(|say| say.text.as_str()).collect();
    assert_eq!(told[0], "Welcome back.");
    let again = read_back.iter().map(|say| format!("{MISSED}{}", say.text)).collect::<Vec<_>>();
    assert_eq!(told[1..], again, "once, in order");
    talk.caller("yes");
    assert!(talk.booked.is_empty(), "a yes to words that were not heard as a read-back books nothing");
}

#[test]
fn an_answer_that_the_line_cut_short_is_told_again_and_small_talk_is_not() {
    let mut talk = Talk::new();
    talk.said.clear();
    talk.step(Input::Heard { text: "what can you do".to_owned() });
    let answer = talk.said[0].clone();
    talk.step(Input::CallerLeft);
    talk.step(Input::Said { say: answer.id, heard_bytes: 5, dropped: false });
    talk.said.clear();
    talk.step(Input::CallerBack);
    assert_eq!(talk.said[1].text, format!("{MISSED}{}", answer.text));
    let welcome = talk.said[0].id;
    talk.step(Input::CallerLeft);
    talk.step(Input::Said { say: welcome, heard_bytes: 2, dropped: false });
    talk.said.clear();
    talk.step(Input::CallerBack);
    assert_eq!(talk.said.len(), 1, "a welcome is not repeated: {:?}", talk.said);
}
