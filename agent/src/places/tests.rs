//! What callers lean on in the gazetteer.

use super::*;

fn code(text: &str) -> Code3 {
    Code3::parse(text).expect("the tests give three letters")
}

/// What the name means most likely.
fn first(name: &str) -> Option<Place> {
    by_name(&normalize(name)).first().map(|entry| entry.place)
}

#[test]
fn every_line_is_read() {
    assert!(airports().len() > 4500, "{}", airports().len());
    assert!(cities().len() > 4000, "{}", cities().len());
    assert!(airlines().count() > 400);
    assert!(countries().count() > 245);
    let lines = include_str!("../../data/places.tsv").lines().filter(|line| !line.starts_with('#')).count();
    assert_eq!(airports().len() + cities().len(), lines);
}

#[test]
fn every_airport_has_a_city_a_zone_and_a_place_on_earth() {
    for airport in airports() {
        assert!(city(airport.city).is_some(), "{airport:?}");
        assert!(jiff::tz::TimeZone::get(airport.tz).is_ok(), "{airport:?}");
        assert!(airport.lat.abs() <= 90.0 && airport.lon.abs() <= 180.0, "{airport:?}");
    }
    for city in cities() {
        assert!(!city.airports.is_empty() && city.airports.iter().all(|&code| airport(code).is_some()), "{city:?}");
        assert!(country(city.country).is_some(), "{city:?}");
    }
}

#[test]
fn names_find_what_people_mean() {
    for (name, expected) in [
        ("Boston", Place::City(code("BOS"))),
        ("the Big Apple", Place::City(code("NYC"))),
        ("L.A.", Place::City(code("LAX"))),
        ("Philly", Place::City(code("PHL"))),
        ("Vegas", Place::City(code("LAS"))),
        ("Washington, D.C.", Place::City(code("WAS"))),
        ("London", Place::City(code("LON"))),
        ("London Ontario", Place::City(code("YXU"))),
        ("Portland", Place::City(code("PDX"))),
        ("Portland, Maine", Place::City(code("PWM"))),
        ("San Jose", Place::City(code("SJC"))),
        ("San José, Costa Rica", Place::City(code("SJO"))),
        ("Munich", Place::City(code("MUC"))),
        ("München", Place::City(code("MUC"))),
        ("Saint Louis", Place::City(code("STL"))),
        ("St. Louis", Place::City(code("STL"))),
        ("Logan", Place::Airport(code("BOS"))),
        ("O'Hare", Place::Airport(code("ORD"))),
        ("Heathrow", Place::Airport(code("LHR"))),
        ("J F K", Place::Airport(code("JFK"))),
        ("Newark", Place::Airport(code("EWR"))),
        ("Charles de Gaulle", Place::Airport(code("CDG"))),
        ("Denver International Airport", Place::Airport(code("DEN"))),
        ("Haneda", Place::Airport(code("HND"))),
    ] {
        assert_eq!(first(name), Some(expected), "{name}");
    }
    assert_eq!(first("no such town"), None);
    assert_eq!(first(""), None);
}

#[test]
fn cities_of_many_airports_list_them() {
    let new_york = city(code("NYC")).expect("New York is in the table");
    assert_eq!(new_york.name, "New York");
    assert_eq!(new_york.airports[..3], [code("JFK"), code("EWR"), code("LGA")]);
    assert_eq!(airports_of(Place::City(code("BOS"))), vec![code("BOS")]);
    assert_eq!(city_of(Place::Airport(code("LGW"))).map(|city| city.name), Some("London"));
    assert!(airports_of(Place::City(code("QQQ"))).is_empty());
}

#[test]
fn names_are_spoken_plainly() {
    assert_eq!(spoken_name(Place::City(code("NYC"))), "New York");
    assert_eq!(spoken_name(Place::Airport(code("BOS"))), "Logan");
    assert_eq!(spoken_name(Place::Airport(code("ABQ"))), "Albuquerque International");
    assert_eq!(country_name("gb"), "the United Kingdom");
    assert_eq!(airline("dl").map(|airline| airline.name), Some("Delta"));
    assert_eq!(airline("AB"), None, "the old network's dead airlines are not sold");
}

#[test]
fn distance_follows_the_great_circle() {
    let at = |text| airport(code(text)).map(|airport| (airport.lat, airport.lon)).expect("in the table");
    let km = distance_km(at("LHR"), at("JFK"));
    assert!((5_500.0..5_580.0).contains(&km), "{km}");
    assert!(distance_km(at("BOS"), at("BOS")).abs() < 1e-9);
}

#[test]
fn normal_form_is_stable() {
    for name in names().map(|(name, _)| name) {
        assert_eq!(normalize(name), name);
        assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b' '), "{name}");
    }
}
