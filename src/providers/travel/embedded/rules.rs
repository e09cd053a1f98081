//! Fare brands and baggage rules by cabin and carrier, as airlines of that kind usually have them. They bind nobody.

use crate::providers::travel::embedded::money::{self, scale};
use agent::places::{Airline, AirlineKind};
use agent::trip::{Cabin, Code3, FareRules};

/// The rules of a fare; `cents` is the fare of the party, from which fees follow.
pub(crate) fn of(airline: &Airline, cabin: Cabin, long: bool, cents: i64, currency: Code3) -> FareRules {
    let fee = |basis_points: i64| Some(money::from_cents(scale(cents, basis_points), currency));
    let free = Some(money::from_cents(0, currency));
    let rules = |brand: &str, cabin_bags, checked_bags, change_fee, refund_fee| FareRules {
        brand: brand.to_owned(),
        cabin_bags,
        checked_bags,
        change_fee,
        refund_fee,
    };
    match (cabin, airline.kind) {
        (Cabin::Economy, AirlineKind::LowCost) => rules("Basic", 1, 0, fee(3_500), None),
        (Cabin::Economy, AirlineKind::Regional) => rules("Economy", 1, 1, fee(2_000), None),
        (Cabin::Economy, AirlineKind::Full) if long => rules("Economy Standard", 1, 1, fee(1_500), None),
        (Cabin::Economy, AirlineKind::Full) if KEEPS_BAGS.contains(&airline.country) => {
            rules("Economy", 1, 1, fee(2_000), fee(5_000))
        }
        (Cabin::Economy, AirlineKind::Full) => rules("Economy Light", 1, 0, fee(2_500), None),
        (Cabin::PremiumEconomy, _) => rules("Premium Economy", 1, 2, fee(1_000), fee(3_000)),
        (Cabin::Business, _) => rules("Business", 2, 2, free, fee(1_500)),
        (Cabin::First, _) => rules("First", 2, 3, free, free),
    }
}

/// The baggage of an airline's standard economy fare: cabin bags, kilograms of a checked bag, and whether one is included.
pub(crate) fn baggage(airline: Option<&Airline>) -> (u8, u8, bool) {
    match airline {
        Some(airline) => match airline.kind {
            AirlineKind::LowCost => (1, 20, false),
            AirlineKind::Regional => (1, 15, true),
            AirlineKind::Full => (1, 23, KEEPS_BAGS.contains(&airline.country)),
        },
        None => (1, 23, false),
    }
}

/// Countries whose full-service airlines still include a checked bag on short routes.
const KEEPS_BAGS: [&str; 34] = [
    "JP", "KR", "CN", "HK", "TW", "SG", "TH", "VN", "MY", "ID", "IN", "AE", "QA", "SA", "OM", "KW", "BH", "JO", "EG",
    "ET", "KE", "ZA", "AU", "NZ", "BR", "TR", "LB", "LK", "PK", "BD", "NP", "MA", "DZ", "PH",
];
