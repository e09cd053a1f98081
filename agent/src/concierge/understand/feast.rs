//! The days with names that travellers speak of. It only names them; the calendar finds them.

use crate::concierge::understand::calendar::Feast;
use crate::concierge::understand::line::Line;
use jiff::civil::Weekday;

/// A named day that begins at a position, the longest name first, and the position after it.
pub(crate) fn at(line: &Line<'_>, i: usize) -> Option<(Feast, usize)> {
    FEASTS.iter().filter_map(|(pattern, feast)| Some((*feast, line.at(i, pattern)?))).max_by_key(|(_, end)| *end)
}

const FEASTS: [(&str, Feast); 34] = [
    ("christmas|xmas day?", Feast::Fixed(12, 25)),
    ("christmas|xmas eve", Feast::Fixed(12, 24)),
    ("boxing day", Feast::Fixed(12, 26)),
    ("new years|year eve", Feast::Fixed(12, 31)),
    ("new years day?", Feast::Fixed(1, 1)),
    ("new year day", Feast::Fixed(1, 1)),
    ("epiphany", Feast::Fixed(1, 6)),
    ("martin luther king jr? day?", Feast::Nth(3, 1, Weekday::Monday)),
    ("mlk day?", Feast::Nth(3, 1, Weekday::Monday)),
    ("valentines|valentine day?", Feast::Fixed(2, 14)),
    ("presidents|president day", Feast::Nth(3, 2, Weekday::Monday)),
    ("saint|st patricks|paddys day?", Feast::Fixed(3, 17)),
    ("mardi gras", Feast::Easter(-47)),
    ("ash wednesday", Feast::Easter(-46)),
    ("palm sunday", Feast::Easter(-7)),
    ("good friday", Feast::Easter(-2)),
    ("easter sunday?", Feast::Easter(0)),
    ("easter monday", Feast::Easter(1)),
    ("pentecost", Feast::Easter(49)),
    ("cinco de mayo", Feast::Fixed(5, 5)),
    ("mothers|mother day", Feast::Nth(2, 5, Weekday::Sunday)),
    ("memorial day", Feast::Nth(-1, 5, Weekday::Monday)),
    ("juneteenth", Feast::Fixed(6, 19)),
    ("fathers|father day", Feast::Nth(3, 6, Weekday::Sunday)),
    ("independence day", Feast::Fixed(7, 4)),
    ("canada day", Feast::Fixed(7, 1)),
    ("fourth|4th of july", Feast::Fixed(7, 4)),
    ("bastille day", Feast::Fixed(7, 14)),
    ("labor|labour day", Feast::Nth(1, 9, Weekday::Monday)),
    ("columbus day", Feast::Nth(2, 10, Weekday::Monday)),
    ("halloween", Feast::Fixed(10, 31)),
    ("veterans|veteran day", Feast::Fixed(11, 11)),
    ("thanksgiving day?", Feast::Nth(4, 11, Weekday::Thursday)),
    ("black friday", Feast::BlackFriday),
];
