//! Hotels of the embedded world: demonstration properties with invented names that say so, priced by city, season and stars.

use crate::providers::travel::embedded::dice;
use crate::providers::travel::embedded::fare::days_between;
use crate::providers::travel::embedded::money::{self, Cents, scale};
use agent::places::{self, City};
use agent::tool::ToolResult;
use agent::trip::{Code3, HotelOffer, HotelQuery, Party, Place, Sort, Source};
use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, tz::TimeZone};

/// The hotels of a city for a stay, as of an instant.
pub(crate) fn hotels(query: &HotelQuery, now: Timestamp) -> ToolResult {
    let Some(city) = places::city(query.city).or_else(|| places::city_of(Place::Airport(query.city))) else {
        return ToolResult::Refused { say: "I do not know that city.".to_owned() };
    };
    if let Some(say) = refuse(city, query, now) {
        return ToolResult::Refused { say };
    }
    let currency = query.max_total.map_or_else(|| money::of_country(city.country), |total| total.currency);
    let stay = Stay { check_in: query.check_in, check_out: query.check_out, party: query.party, currency };
    let mut offers: Vec<HotelOffer> = (0..count(city)).map(|at| offer(city, at, &stay)).collect();
    offers.retain(|offer| query.min_stars.is_none_or(|stars| offer.stars >= stars));
    offers.retain(|offer| {
        query.max_total.is_none_or(|most| most.currency != offer.total.currency || offer.total.minor <= most.minor)
    });
    offers.sort_by_key(|offer| {
        let worth = if query.sort == Sort::Best {
            offer.total.minor / i64::from(offer.stars * offer.stars).max(1)
        } else {
            offer.total.minor
        };
        (worth, offer.total.minor, offer.id.clone())
    });
    offers.truncate(OFFERS_MAX);
    ToolResult::Hotels { offers }
}

/// The offer of this name as it stands today; `None` for a name that was not made here.
pub(crate) fn reprice(name: &str) -> Option<HotelOffer> {
    let mut parts = name.strip_prefix("H.")?.split('.');
    let city = places::city(Code3::parse(parts.next()?)?)?;
    let at: u64 = parts.next()?.parse().ok().filter(|&at| at < count(city))?;
    let (check_in, check_out) = (read_date(parts.next()?)?, read_date(parts.next()?)?);
    let mut heads = parts.next()?.split('-').map(|count| count.parse::<u8>().ok());
    let party = Party { adults: heads.next()??, children: heads.next()??, infants: heads.next()?? };
    let currency = Code3::parse(parts.next()?)?;
    let nights = days_between(check_in, check_out);
    let well_formed = parts.next().is_none() && (1..=NIGHTS_MAX).contains(&nights) && heads.next().is_none();
    well_formed.then(|| offer(city, at, &Stay { check_in, check_out, party, currency }))
}

/// Today's date in a city.
pub(crate) fn today(city: &City, now: Timestamp) -> Date {
    TimeZone::get(city.tz).unwrap_or(TimeZone::UTC).to_datetime(now).date()
}

/// A stay, without the house.
struct Stay {
    check_in: Date,
    check_out: Date,
    party: Party,
    currency: Code3,
}

fn refuse(city: &City, query: &HotelQuery, now: Timestamp) -> Option<String> {
    let nights = days_between(query.check_in, query.check_out);
    let guests = u16::from(query.party.adults) + u16::from(query.party.children);
    let say = if query.check_in < today(city, now) {
        "That check-in day is already past."
    } else if nights < 1 {
        "The check-out day has to come after the check-in day."
    } else if nights > NIGHTS_MAX {
        "I can book a stay of at most thirty nights."
    } else if query.party.adults == 0 || guests > GUESTS_MAX {
        "I can book for one to nine guests, with at least one adult."
    } else {
        return None;
    };
    Some(say.to_owned())
}

fn offer(city: &City, at: u64, stay: &Stay) -> HotelOffer {
    let code = dice::text(city.code.as_str());
    let stars = STARS[usize::try_from(at).unwrap_or(0) % STARS.len()];
    let district = DISTRICTS[usize::try_from(dice::draw(&[code, 7]).wrapping_add(at * 3) % 8).unwrap_or(0)];
    let word = WORDS[usize::try_from(dice::draw(&[code, 8]).wrapping_add(at) % 16).unwrap_or(0)];
    let kind = match stars {
        5 => "Palace",
        4 => "Hotel",
        3 => "House",
        _ => "Lodge",
    };
    let (check_in, check_out, Party { adults, children, infants }) = (stay.check_in, stay.check_out, stay.party);
    let dates = format!("{}.{}", check_in.strftime("%Y%m%d"), check_out.strftime("%Y%m%d"));
    HotelOffer {
        id: format!("H.{}.{at}.{dates}.{adults}-{children}-{infants}.{}", city.code, stay.currency),
        name: format!("Demo {word} {kind}"),
        district: district.to_owned(),
        city: city.name.to_owned(),
        stars,
        check_in,
        check_out,
        total: money::from_cents(price(city, at, stars, stay), stay.currency),
        free_cancellation: !dice::draw(&[code, at, 9]).is_multiple_of(3),
        source: Source::Synthetic,
    }
}

fn price(city: &City, at: u64, stars: u8, stay: &Stay) -> Cents {
    let rooms = i64::from((stay.party.adults + stay.party.children).div_ceil(2).max(1));
    let code = dice::text(city.code.as_str());
    let night = |date: Date| {
        let base = match stars {
            5 => 26_000,
            4 => 14_500,
            3 => 9_200,
            _ => 6_000,
        };
        let rank = match city.rank {
            ..=25 => 14_000,
            26..=80 => 12_000,
            81..=300 => 10_000,
            _ => 8_500,
        };
        let weekend = if matches!(date.weekday(), Weekday::Friday | Weekday::Saturday) { 11_200 } else { 10_000 };
        let luck = dice::between(8_800, 11_400, &[code, at, u64::from(date.day_of_year().unsigned_abs())]);
        [rank, cost_of_living(city.country), season(city, date), weekend, luck]
            .iter()
            .fold(base, |cents, &factor| scale(cents, factor))
    };
    let nights = stay
        .check_in
        .series(jiff::Span::new().days(1))
        .take_while(|date| *date < stay.check_out)
        .take(NIGHTS_MAX.unsigned_abs() as usize);
    nights.map(night).sum::<Cents>() * rooms
}

/// What a room costs in a country against the average of rich ones.
fn cost_of_living(country: &str) -> i64 {
    match country {
        "CH" | "IS" | "NO" | "BS" | "KY" | "BM" => 13_500,
        "US" | "GB" | "DK" | "SG" | "IL" | "AE" | "QA" | "HK" => 11_500,
        _ => match places::country(country).map_or("", |country| country.continent) {
            "EU" | "OC" => 10_000,
            "NA" => 9_500,
            "SA" => 6_500,
            "AF" => 6_800,
            _ if ["JP", "KR", "SA", "KW", "BH", "OM"].contains(&country) => 9_200,
            _ => 6_200,
        },
    }
}

fn season(city: &City, date: Date) -> i64 {
    let south = if city.lat < -12.0 { 6 } else { 0 };
    match (date.month().unsigned_abs() + south - 1) % 12 {
        0 | 1 => 8_700,
        5..=7 => 11_500,
        4 | 8 => 10_600,
        _ => 10_000,
    }
}

fn count(city: &City) -> u64 {
    match city.rank {
        ..=100 => 14,
        101..=500 => 9,
        _ => 5,
    }
}

fn read_date(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Date::new(text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?).ok()
}

const NIGHTS_MAX: i64 = 30;
const GUESTS_MAX: u16 = 9;
const OFFERS_MAX: usize = 20;
const STARS: [u8; 7] = [4, 3, 5, 2, 3, 4, 3];
const DISTRICTS: [&str; 8] = [
    "the old town",
    "the city centre",
    "the station quarter",
    "the business district",
    "the museum quarter",
    "the riverside",
    "the market quarter",
    "the airport area",
];
const WORDS: [&str; 16] = [
    "Lantern", "Juniper", "Compass", "Harbour", "Meridian", "Orchard", "Saffron", "Atlas", "Willow", "Beacon",
    "Marble", "Cedar", "Linden", "Copper", "Aurora", "Garden",
];
