//! Tables of words as people say them.

use super::*;
use crate::trip::Code3;
use jiff::civil::{date, time};

fn usd(minor: i64) -> Money {
    Money { minor, currency: Code3::parse("USD").expect("three letters") }
}

#[test]
fn numbers_are_words() {
    let table = [
        (0, "zero"),
        (13, "thirteen"),
        (20, "twenty"),
        (47, "forty-seven"),
        (100, "one hundred"),
        (105, "one hundred and five"),
        (312, "three hundred and twelve"),
        (1_000, "one thousand"),
        (1_005, "one thousand and five"),
        (1_250, "one thousand two hundred and fifty"),
        (20_019, "twenty thousand and nineteen"),
        (1_000_001, "one million and one"),
    ];
    for (n, words) in table {
        assert_eq!(number(n), words);
    }
    assert_eq!(signed(-4), "minus four");
}

#[test]
fn ordinals_are_words() {
    let table = [
        (1, "first"),
        (2, "second"),
        (3, "third"),
        (5, "fifth"),
        (8, "eighth"),
        (12, "twelfth"),
        (20, "twentieth"),
        (21, "twenty-first"),
        (27, "twenty-seventh"),
        (30, "thirtieth"),
    ];
    for (n, words) in table {
        assert_eq!(ordinal(n), words);
    }
}

#[test]
fn money_is_exact() {
    assert_eq!(money(usd(31_200)), "three hundred and twelve dollars");
    assert_eq!(money(usd(31_250)), "three hundred and twelve dollars and fifty cents");
    assert_eq!(money(usd(101)), "one dollar and one cent");
    let pounds = Money { minor: 9_901, currency: Code3::parse("GBP").expect("three letters") };
    assert_eq!(money(pounds), "ninety-nine pounds and one penny");
    let yen = Money { minor: 12_000, currency: Code3::parse("JPY").expect("three letters") };
    assert_eq!(money(yen), "twelve thousand yen");
    let other = Money { minor: 500, currency: Code3::parse("XAF").expect("three letters") };
    assert_eq!(money(other), "five X A F");
}

#[test]
fn times_are_said_as_people_do() {
    let table = [
        (time(9, 45, 0, 0), "nine forty-five in the morning"),
        (time(9, 0, 0, 0), "nine in the morning"),
        (time(18, 10, 0, 0), "six ten in the evening"),
        (time(14, 5, 0, 0), "two oh five in the afternoon"),
        (time(12, 0, 0, 0), "noon"),
        (time(0, 0, 0, 0), "midnight"),
        (time(0, 30, 0, 0), "twelve thirty in the morning"),
        (time(22, 15, 0, 0), "ten fifteen at night"),
    ];
    for (at, words) in table {
        assert_eq!(clock(at), words);
    }
}

#[test]
fn durations_are_short() {
    let table = [
        (45, "forty-five minutes"),
        (60, "one hour"),
        (75, "one hour and fifteen minutes"),
        (90, "an hour and a half"),
        (255, "four and a quarter hours"),
        (270, "four and a half hours"),
        (250, "four hours and ten minutes"),
        (61, "one hour and one minute"),
    ];
    for (minutes, words) in table {
        assert_eq!(duration(minutes), words);
    }
}

#[test]
fn days_are_seen_from_today() {
    let today = date(2026, 11, 23);
    let table = [
        (date(2026, 11, 23), "today, Monday the twenty-third"),
        (date(2026, 11, 24), "tomorrow, Tuesday the twenty-fourth"),
        (date(2026, 11, 27), "Friday the twenty-seventh"),
        (date(2026, 12, 24), "Thursday, December twenty-fourth"),
        (date(2027, 3, 1), "Monday, March first"),
        (date(2027, 11, 23), "Tuesday, November twenty-third, twenty twenty-seven"),
    ];
    for (at, words) in table {
        assert_eq!(day(at, today), words);
    }
    let week = DateSpan { from: date(2026, 11, 30), to: date(2026, 12, 4) };
    assert_eq!(span(week, today), "between Monday the thirtieth and Friday the fourth");
}

#[test]
fn windows_have_names() {
    let of = |from: (i8, i8), to: (i8, i8), arrival| TimeWindow {
        from: time(from.0, from.1, 0, 0),
        to: time(to.0, to.1, 0, 0),
        arrival,
    };
    let table = [
        (of((5, 0), (11, 59), false), "in the morning"),
        (of((12, 0), (17, 59), false), "in the afternoon"),
        (of((17, 0), (23, 59), false), "in the evening"),
        (of((17, 30), (20, 30), false), "around seven in the evening"),
        (of((0, 0), (9, 0), true), "arriving before nine in the morning"),
        (of((19, 0), (23, 59), false), "after seven in the evening"),
        (of((8, 0), (14, 0), false), "between eight in the morning and two in the afternoon"),
        (of((10, 0), (10, 0), false), "at ten in the morning"),
    ];
    for (at, words) in table {
        assert_eq!(window(at), words);
    }
}

#[test]
fn the_rest_reads_well() {
    assert_eq!(spelled("K7MRTA"), "K seven M R T A");
    assert_eq!(party(Party { adults: 2, children: 1, infants: 0 }), "two adults and one child");
    assert_eq!(party(Party { adults: 1, children: 2, infants: 1 }), "one adult, two children and one infant");
    let table = [
        (98, "ninety-eight"),
        (312, "three twelve"),
        (405, "four oh five"),
        (1523, "fifteen twenty-three"),
        (1500, "fifteen hundred"),
        (2000, "two thousand"),
    ];
    for (n, words) in table {
        assert_eq!(flight_number(n), words);
    }
    assert_eq!(either(&["Austin".to_owned(), "Boston".to_owned()]), "Austin or Boston");
    assert_eq!(sentence("élan"), "Élan");
}
