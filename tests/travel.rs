//! The embedded travel world: is it possible, is it always the same, does it sell what it quoted.

use agent::places;
use agent::tool::{ToolCall, ToolResult};
use agent::trip::{
    Cabin, Code3, DateSpan, FlightOffer, FlightQuery, HotelQuery, IdempotencyKey, Item, LegQuery, Money, Order, Party,
    Place, Sort, TimeWindow, Traveller,
};
use jiff::Timestamp;
use jiff::civil::{Date, date, time};
use voxfare::providers::travel::embedded::{EmbeddedWorld, reprice_flight, search_flights, search_hotels};
use voxfare::session::ports::Travel;
use voxfare::store::Store;

fn now() -> Timestamp {
    "2026-11-23T15:00:00Z".parse().expect("a well-formed instant")
}

fn code(text: &str) -> Code3 {
    Code3::parse(text).expect("the tests give three letters")
}

fn leg(origin: &str, destination: &str, day: Date) -> LegQuery {
    let (origin, destination) = (Place::City(code(origin)), Place::City(code(destination)));
    LegQuery { origin, destination, date: DateSpan { from: day, to: day }, time: None }
}

fn query(legs: Vec<LegQuery>) -> FlightQuery {
    FlightQuery {
        legs,
        party: Party::default(),
        cabin: Cabin::Economy,
        max_stops: None,
        max_total: None,
        airlines: Vec::new(),
        sort: Sort::Best,
    }
}

fn one_way(origin: &str, destination: &str, day: Date) -> FlightQuery {
    query(vec![leg(origin, destination, day)])
}

fn offers(query: &FlightQuery) -> Vec<FlightOffer> {
    match search_flights(query, now()) {
        ToolResult::Flights { offers, .. } => offers,
        other => panic!("{query:?} gave {other:?}"),
    }
}

const FRIDAY: Date = date(2026, 12, 4);
const SUNDAY: Date = date(2026, 12, 6);

/// Pairs all over the world.
const PAIRS: [(&str, &str); 14] = [
    ("BOS", "DEN"),
    ("NYC", "LON"),
    ("LON", "SYD"),
    ("PAR", "TYO"),
    ("SFO", "SIN"),
    ("DEL", "BOM"),
    ("MUC", "PMI"),
    ("ANC", "BUF"),
    ("PPT", "NBO"),
    ("JNB", "SAO"),
    ("KRK", "EDI"),
    ("BGO", "TOS"),
    ("YYT", "YVR"),
    ("MEX", "LIM"),
];

/// Says what is impossible about an offer.
fn check(offer: &FlightOffer) {
    for leg in &offer.legs {
        for segment in &leg.segments {
            let (from, to) =
                (places::airport(segment.origin).expect("known"), places::airport(segment.destination).expect("known"));
            assert_ne!(segment.origin, segment.destination, "{offer:?}");
            let minutes = (segment.arrives_at.as_second() - segment.departs_at.as_second()) / 60;
            let km = places::distance_km((from.lat, from.lon), (to.lat, to.lon));
            assert!(km / (minutes as f64 / 60.0) < 990.0, "faster than sound: {segment:?}");
            assert!(minutes < 20 * 60 && minutes >= 20, "{segment:?}");
            for (zone, local, instant) in
                [(from.tz, segment.departs, segment.departs_at), (to.tz, segment.arrives, segment.arrives_at)]
            {
                let zone = jiff::tz::TimeZone::get(zone).expect("known");
                assert_eq!(zone.to_datetime(instant), local, "{segment:?}");
            }
            let airline = places::airline(&segment.airline).expect("an airline of today");
            assert_eq!(airline.name, segment.airline_name);
            assert!((1..=9_999).contains(&segment.number));
        }
        for pair in leg.segments.windows(2) {
            assert_eq!(pair[0].destination, pair[1].origin, "{offer:?}");
            let wait = (pair[1].departs_at.as_second() - pair[0].arrives_at.as_second()) / 60;
            assert!((60..=600).contains(&wait), "{wait} minutes to change: {offer:?}");
        }
    }
    for pair in offer.legs.windows(2) {
        let (end, start) = (pair[0].segments.last().expect("not empty"), pair[1].segments.first().expect("not empty"));
        assert!(end.arrives_at < start.departs_at, "{offer:?}");
    }
    assert!(offer.total.minor > 0 && offer.seats_left >= 1);
}

#[test]
fn boston_to_denver_on_friday_morning_has_real_carriers() {
    let mut query = one_way("BOS", "DEN", FRIDAY);
    query.legs[0].time = Some(TimeWindow { from: time(6, 0, 0, 0), to: time(12, 0, 0, 0), arrival: false });
    let offers = offers(&query);
    assert!(offers.len() >= 3, "{offers:?}");
    let first = &offers[0].legs[0];
    assert_eq!((first.segments[0].origin, first.stops()), (code("BOS"), 0));
    assert!((200..330).contains(&first.minutes()), "{}", first.minutes());
    assert!(offers.iter().all(|offer| offer.total.currency == code("USD")));
    assert!(offers.iter().all(|offer| offer.legs[0].segments[0].departs.time() <= time(12, 0, 0, 0)));
    assert!(offers.iter().any(|offer| ["UA", "WN", "B6"].contains(&offer.legs[0].segments[0].airline.as_str())));
    assert!((8_000..60_000).contains(&offers[0].total.minor), "{:?}", offers[0].total);
}

#[test]
fn every_offer_is_physically_possible() {
    for (origin, destination) in PAIRS {
        for day in [FRIDAY, SUNDAY, date(2027, 3, 28), date(2027, 7, 1)] {
            let offers = offers(&one_way(origin, destination, day));
            assert!(!offers.is_empty(), "{origin} to {destination} on {day}");
            offers.iter().for_each(check);
        }
    }
}

#[test]
fn where_many_fly_nobody_waits_longer_than_four_hours() {
    for (origin, destination) in PAIRS.into_iter().take(7) {
        for offer in offers(&one_way(origin, destination, FRIDAY)) {
            for pair in offer.legs[0].segments.windows(2) {
                assert!(pair[1].departs_at.as_second() - pair[0].arrives_at.as_second() <= 4 * 3_600, "{offer:?}");
            }
        }
    }
}

#[test]
fn the_same_question_has_the_same_answer() {
    for (origin, destination) in PAIRS {
        let query = query(vec![leg(origin, destination, FRIDAY), leg(destination, origin, date(2026, 12, 11))]);
        let answer = || serde_json::to_string(&search_flights(&query, now())).expect("has JSON");
        assert_eq!(answer(), answer());
    }
}

#[test]
fn offers_differ_and_their_names_too() {
    let offers = offers(&one_way("NYC", "LAX", FRIDAY));
    let airlines: std::collections::BTreeSet<_> =
        offers.iter().take(5).map(|offer| &offer.legs[0].segments[0].airline).collect();
    let ids: std::collections::BTreeSet<_> = offers.iter().map(|offer| &offer.id).collect();
    assert!(airlines.len() >= 3, "{airlines:?}");
    assert_eq!(ids.len(), offers.len());
}

#[test]
fn orders_and_filters_are_kept() {
    let sorted = |sort| offers(&FlightQuery { sort, ..one_way("CHI", "SFO", FRIDAY) });
    let rising = |keys: Vec<i64>| assert!(keys.is_sorted(), "{keys:?}");
    rising(sorted(Sort::Cheapest).iter().map(|offer| offer.total.minor).collect());
    rising(sorted(Sort::Fastest).iter().map(|offer| offer.legs[0].minutes()).collect());
    rising(sorted(Sort::Earliest).iter().map(|offer| offer.legs[0].segments[0].departs_at.as_second()).collect());
    rising(sorted(Sort::Latest).iter().map(|offer| -offer.legs[0].segments[0].departs_at.as_second()).collect());

    let direct = offers(&FlightQuery { max_stops: Some(0), ..one_way("CHI", "SFO", FRIDAY) });
    assert!(!direct.is_empty() && direct.iter().all(|offer| offer.legs[0].stops() == 0));
    let united = offers(&FlightQuery { airlines: vec!["UA".to_owned()], ..one_way("CHI", "SFO", FRIDAY) });
    assert!(
        !united.is_empty()
            && united.iter().flat_map(|offer| &offer.legs[0].segments).all(|segment| segment.airline == "UA")
    );
    let budget = Money { minor: 25_000, currency: code("EUR") };
    let cheap = offers(&FlightQuery { max_total: Some(budget), ..one_way("CHI", "SFO", FRIDAY) });
    assert!(
        !cheap.is_empty()
            && cheap.iter().all(|offer| offer.total.currency == budget.currency && offer.total.minor <= budget.minor)
    );
    let business = offers(&FlightQuery { cabin: Cabin::Business, ..one_way("NYC", "LON", FRIDAY) });
    let economy = offers(&one_way("NYC", "LON", FRIDAY));
    assert!(business[0].total.minor > 2 * economy[0].total.minor && business[0].rules.checked_bags == 2);
    let mut early = one_way("NYC", "BOS", FRIDAY);
    early.legs[0].time = Some(TimeWindow { from: time(0, 0, 0, 0), to: time(9, 0, 0, 0), arrival: true });
    let early = offers(&early);
    assert!(
        !early.is_empty()
            && early
                .iter()
                .all(|offer| offer.legs[0].segments.last().is_some_and(|s| s.arrives.time() <= time(9, 0, 0, 0)))
    );
}

#[test]
fn tours_and_parties_add_up() {
    let legs =
        vec![leg("LON", "NYC", FRIDAY), leg("NYC", "CHI", date(2026, 12, 8)), leg("CHI", "LON", date(2026, 12, 14))];
    let tour = offers(&query(legs));
    assert!(!tour.is_empty());
    tour.iter().for_each(check);
    assert!(tour.iter().all(|offer| offer.legs.len() == 3 && offer.total.currency == code("GBP")));

    let single = offers(&FlightQuery { sort: Sort::Cheapest, ..one_way("BOS", "MIA", FRIDAY) });
    let party = Party { adults: 2, children: 1, infants: 1 };
    let family = offers(&FlightQuery { sort: Sort::Cheapest, party, ..one_way("BOS", "MIA", FRIDAY) });
    let same = family.iter().find_map(|offer| single.iter().find(|one| one.legs == offer.legs).map(|one| (one, offer)));
    let (one, four) = same.expect("the same flights are sold to one and to four");
    assert!(four.total.minor > 2 * one.total.minor && four.total.minor < 3 * one.total.minor);
    assert!(family.iter().all(|offer| offer.seats_left >= 3));
}

#[test]
fn far_and_late_costs_more_on_average() {
    let cheapest = |origin: &str, destination: &str, day| {
        offers(&FlightQuery { sort: Sort::Cheapest, max_total: None, ..one_way(origin, destination, day) })[0]
            .total
            .minor
    };
    let mean = |pairs: &[(&str, &str)], day| {
        pairs.iter().map(|(from, to)| cheapest(from, to, day)).sum::<i64>() / pairs.len() as i64
    };
    let near = [("NYC", "BOS"), ("LAX", "SFO"), ("CHI", "DTT"), ("DFW", "HOU")];
    let middle = [("NYC", "DEN"), ("LAX", "CHI"), ("CHI", "SEA"), ("DFW", "NYC")];
    let far = [("NYC", "HNL"), ("LAX", "LON"), ("CHI", "TYO"), ("DFW", "FRA")];
    let soon = date(2026, 11, 25);
    let later = date(2027, 2, 10);
    assert!(mean(&near, later) < mean(&middle, later) && mean(&middle, later) < mean(&far, later));
    assert!(mean(&middle, later) * 5 < mean(&middle, soon) * 4, "the last minute is dearer by a quarter at least");
}

#[test]
fn what_cannot_be_flown_is_refused_or_moved() {
    let refused = |query: &FlightQuery| matches!(search_flights(query, now()), ToolResult::Refused { .. });
    assert!(refused(&one_way("BOS", "DEN", date(2026, 11, 1))), "the past");
    assert!(refused(&one_way("BOS", "DEN", date(2028, 1, 1))), "not on sale yet");
    assert!(refused(&one_way("BOS", "BOS", FRIDAY)));
    assert!(refused(&one_way("BOS", "QQQ", FRIDAY)));
    assert!(refused(&query(Vec::new())));
    assert!(refused(&FlightQuery {
        party: Party { adults: 0, children: 1, infants: 0 },
        ..one_way("BOS", "DEN", FRIDAY)
    }));
    assert!(refused(&query(vec![leg("BOS", "DEN", SUNDAY), leg("DEN", "BOS", FRIDAY)])));

    // A route that is flown on some weekdays only names a day on which it is.
    let rare = FlightQuery { max_stops: Some(0), ..one_way("PPT", "TYO", FRIDAY) };
    let day = (0..7).map(|ahead| FRIDAY.saturating_add(jiff::Span::new().days(ahead))).find_map(|day| {
        match search_flights(&FlightQuery { legs: vec![leg("PPT", "TYO", day)], ..rare.clone() }, now()) {
            ToolResult::Flights { offers, nearest_day } if offers.is_empty() => nearest_day,
            _ => None,
        }
    });
    let day = day.expect("two flights a week leave five days without one");
    assert!(!offers(&FlightQuery { legs: vec![leg("PPT", "TYO", day)], ..rare }).is_empty());
}

#[test]
fn names_of_offers_hold_their_price() {
    let legs = vec![leg("NYC", "LON", FRIDAY), leg("LON", "NYC", date(2026, 12, 11))];
    for offer in offers(&query(legs)) {
        assert_eq!(reprice_flight(&offer.id, now()).as_ref(), Some(&offer));
    }
    let late = "2026-12-12T00:00:00Z".parse().expect("well-formed");
    assert_eq!(reprice_flight(&offers(&one_way("BOS", "DEN", FRIDAY))[0].id, late), None, "it has left");
    for junk in
        ["", "F.", "F.USD.E.1-0-0.", "F.USD.E.1-0-0.ééééééééééééé", "F.USD.E.255-255-255.UA0001BOSDEN20261204", "H.BOS"]
    {
        assert_eq!(reprice_flight(junk, now()), None, "{junk}");
    }
}

proptest::proptest! {
    #[test]
    fn no_name_of_an_offer_panics(name in "(F|H)\\.[A-Z]{3}\\.[EPBF0-9]\\.[0-9]{1,3}-[0-9]-[0-9]\\.\\PC{0,40}") {
        let _ = reprice_flight(&name, now());
        let _ = voxfare::providers::travel::embedded::reprice_hotel(&name, now());
    }
}

fn order(item: Item, key: &str) -> Order {
    let travellers = vec![Traveller { given: "Ada".to_owned(), family: "Lovelace".to_owned() }];
    Order { key: IdempotencyKey(key.to_owned()), item, travellers, account: None }
}

async fn world() -> EmbeddedWorld {
    EmbeddedWorld::new(now, &Store::open("sqlite::memory:").await.expect("memory is there"))
}

#[tokio::test]
async fn a_quoted_flight_is_booked_once_and_cancelled_once() {
    let world = world().await;
    let offer = offers(&one_way("BOS", "DEN", FRIDAY)).remove(0);
    let order = order(Item::Flight { offer }, "one");
    let book = || world.call(ToolCall::Book(order.clone()));
    let Ok(ToolResult::Booking { booking }) = book().await else { panic!("it is on sale") };
    assert_eq!(book().await, Ok(ToolResult::Booking { booking: booking.clone() }));
    assert_eq!(world.outcome(order.key.clone()).await, Ok(Some(ToolResult::Booking { booking: booking.clone() })));
    assert_eq!(world.outcome(IdempotencyKey("other".to_owned())).await, Ok(None));

    let key = IdempotencyKey("two".to_owned());
    let spelled = booking.reference.chars().map(|c| format!("{c} ")).collect::<String>().to_lowercase();
    let cancel = || world.call(ToolCall::CancelBooking { key: key.clone(), reference: spelled.clone() });
    let first = cancel().await;
    let Ok(ToolResult::Booking { booking: cancelled }) = &first else { panic!("{first:?}") };
    assert_eq!(cancelled.state, agent::trip::BookingState::Cancelled);
    assert_eq!(cancel().await, first);
    assert_eq!(world.outcome(key).await.ok().flatten(), first.ok());
    assert!(!format!("{booking:?}").contains("Lovelace"), "names stay out of logs");
}

#[tokio::test]
async fn a_changed_price_or_flight_is_not_booked() {
    let world = world().await;
    let good = offers(&one_way("BOS", "DEN", FRIDAY)).remove(0);
    let mut cheaper = good.clone();
    cheaper.total.minor -= 100;
    let mut other = good.clone();
    other.legs[0].segments[0].number += 1;
    let mut unknown = good.clone();
    unknown.id.push('x');
    for (at, offer) in [cheaper, other, unknown].into_iter().enumerate() {
        let answer = world.call(ToolCall::Book(order(Item::Flight { offer }, &format!("bad {at}")))).await;
        assert!(matches!(&answer, Ok(ToolResult::Refused { say }) if !say.is_empty()), "{answer:?}");
    }
    let mut nameless = order(Item::Flight { offer: good }, "nameless");
    nameless.travellers.clear();
    assert!(matches!(world.call(ToolCall::Book(nameless)).await, Ok(ToolResult::Refused { .. })));
}

#[tokio::test]
async fn hotels_say_that_they_are_demonstrations_and_can_be_booked() {
    let world = world().await;
    let query = HotelQuery {
        city: code("PAR"),
        check_in: FRIDAY,
        check_out: date(2026, 12, 7),
        party: Party::default(),
        min_stars: Some(4),
        max_total: None,
        sort: Sort::Cheapest,
    };
    let ToolResult::Hotels { offers } = search_hotels(&query, now()) else { panic!("Paris has hotels") };
    assert!(offers.len() >= 3);
    assert!(
        offers
            .iter()
            .all(|offer| offer.name.starts_with("Demo ") && offer.stars >= 4 && offer.total.currency == code("EUR"))
    );
    assert!(offers.is_sorted_by_key(|offer| offer.total.minor));
    let booked = world.call(ToolCall::Book(order(Item::Hotel { offer: offers[0].clone() }, "bed"))).await;
    assert!(matches!(booked, Ok(ToolResult::Booking { .. })), "{booked:?}");
}

#[tokio::test]
async fn small_questions_are_answered() {
    let world = world().await;
    let place = Place::City(code("TYO"));
    let answers = [
        (ToolCall::LocalTime { place }, "2026-11-24T00:00:00"),
        (ToolCall::Weather { place: Place::City(code("BOS")), date: date(2027, 1, 20) }, "snowy"),
        (ToolCall::Weather { place: Place::City(code("DXB")), date: date(2027, 7, 20) }, "dry"),
        (ToolCall::AirportInfo { place: Place::City(code("LON")) }, "Heathrow"),
        (ToolCall::BaggageRules { airline: Some("FR".to_owned()) }, "Ryanair"),
        (ToolCall::FindBooking { reference: Some("QQQQQQ".to_owned()) }, "cannot find"),
    ];
    for (call, expected) in answers {
        let answer = world.call(call.clone()).await.expect("the world is in order");
        let json = serde_json::to_string(&answer).expect("has JSON");
        assert!(json.contains(expected), "{call:?} gave {json}");
    }
    // A seaplane stage in the East River is not one of New York's airports to a traveller.
    let answer = world.call(ToolCall::AirportInfo { place: Place::City(code("NYC")) }).await;
    assert!(matches!(&answer, Ok(ToolResult::Airports { airports, .. }) if airports.len() == 3), "{answer:?}");
}
