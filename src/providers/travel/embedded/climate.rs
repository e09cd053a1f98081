//! Usual weather by season: a table of big cities, and latitude for the rest. It is climate, never a forecast.

use agent::places::City;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// What a day is usually like somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Usual {
    /// Daily low in degrees Celsius.
    pub(crate) low_c: i16,
    /// Daily high in degrees Celsius.
    pub(crate) high_c: i16,
    /// "dry", "some rain", "rainy" or "snowy".
    pub(crate) outlook: &'static str,
}

/// The usual weather of a city around a date.
pub(crate) fn usual(city: &City, date: Date) -> Usual {
    let year = table().get(city.code.as_str()).copied().unwrap_or_else(|| by_latitude(city.lat));
    // The turn of the seasons is three weeks behind the sun: the middle of January and of July are the ends.
    let angle = f64::from(date.day_of_year() - 17) / 365.0 * std::f64::consts::TAU;
    let july = (1.0 - angle.cos()) / 2.0;
    let mix =
        |january: i16, july_value: i16| (f64::from(january) + f64::from(july_value - january) * july).round() as i16;
    let (low_c, high_c) = (mix(year.january.0, year.july.0), mix(year.january.1, year.july.1));
    let rain = year.rain[usize::from(date.month().unsigned_abs() - 1)];
    let outlook = match rain {
        b's' | b'r' if high_c <= 3 => "snowy",
        b'r' => "rainy",
        b's' => "some rain",
        _ => "dry",
    };
    Usual { low_c, high_c, outlook }
}

/// A year in four temperatures and twelve months of rain.
#[derive(Clone, Copy, Debug)]
struct Year {
    january: (i16, i16),
    july: (i16, i16),
    rain: [u8; 12],
}

/// A rough year for a place that is not in the table: warm all year near the equator, wide seasons in the north, milder ones in the south.
fn by_latitude(lat: f64) -> Year {
    let away = lat.abs();
    let mean = 28.0 - (away - 12.0).max(0.0) * 0.62;
    let swing = if lat >= 0.0 { (away - 10.0).max(0.0) * 0.28 } else { (away - 10.0).max(0.0) * 0.18 };
    let winter = ((mean - swing - 4.0).round() as i16, (mean - swing + 4.0).round() as i16);
    let summer = ((mean + swing - 5.0).round() as i16, (mean + swing + 5.0).round() as i16);
    let rain = match (away, lat >= 0.0) {
        (..12.0, _) => *b"ssssssssssss",
        (..20.0, true) => *b"ddddsrrrrsdd",
        (..20.0, false) => *b"rrrsddddsssr",
        (..33.0, _) => *b"dddddddddddd",
        _ => *b"ssssssssssss",
    };
    if lat >= 0.0 { Year { january: winter, july: summer, rain } } else { Year { january: summer, july: winter, rain } }
}

fn table() -> &'static BTreeMap<&'static str, Year> {
    static TABLE: OnceLock<BTreeMap<&'static str, Year>> = OnceLock::new();
    TABLE.get_or_init(|| TEXT.lines().filter(|line| !line.starts_with('#')).filter_map(read).collect())
}

fn read(line: &'static str) -> Option<(&'static str, Year)> {
    let mut cells = line.split('\t');
    let code = cells.next()?;
    let mut degrees = || cells.next()?.parse::<i16>().ok();
    let (january, july) = ((degrees()?, degrees()?), (degrees()?, degrees()?));
    let rain = cells.next()?.as_bytes().try_into().ok()?;
    Some((code, Year { january, july, rain }))
}

const TEXT: &str = include_str!("../data/climate.tsv");
