//! What the concierge says of facts: comparisons, tool answers, bookings. It decides nothing.

use crate::concierge::words;
use crate::language::en;
use crate::places;
use crate::tool::{Reward, RewardState, RewardsAsk, RewardsStanding, Tokens, ToolResult};
use crate::trip::{Booking, BookingState, FlightOffer, Place};

/// What was booked in this conversation.
pub fn bookings(bookings: &[Booking]) -> String {
    let live: Vec<&Booking> = bookings.iter().filter(|b| b.state == BookingState::Confirmed).collect();
    match live.as_slice() {
        [] => "You have no bookings in this conversation.".to_owned(),
        [only] => format!("You have {}.", words::booking(only)),
        [first, .., last] => format!(
            "You have {} bookings. The latest is {}; the first is {}.",
            en::number(live.len() as u64),
            words::booking(first),
            words::booking(last)
        ),
    }
}

/// A doubtful place with what tells it from others of its name.
pub fn doubtful_name(place: Place) -> String {
    let Some(city) = places::city_of(place) else { return places::spoken_name(place).to_owned() };
    let more = if city.region.is_empty() { places::country_name(city.country) } else { city.region };
    format!("{} in {more}", places::spoken_name(place))
}

/// The cheapest against the fastest.
pub fn compare(offers: &[FlightOffer]) -> String {
    let leg = |offer: &FlightOffer| offer.legs.first().map_or(0, crate::trip::Itinerary::minutes);
    let name = |offer: &FlightOffer| {
        offer.legs.first().and_then(|leg| leg.segments.first()).map(|s| s.airline_name.clone()).unwrap_or_default()
    };
    let cheapest = offers.iter().min_by_key(|offer| offer.total.minor);
    let fastest = offers.iter().min_by_key(|offer| leg(offer));
    match (cheapest, fastest) {
        (Some(cheap), Some(fast)) if cheap.id == fast.id => {
            format!("{} is both the cheapest, at {}, and the fastest.", name(cheap), en::money(cheap.total))
        }
        (Some(cheap), Some(fast)) => format!(
            "The cheapest is {}, {}, in {}. The fastest is {}, {}, in {}.",
            name(cheap),
            en::money(cheap.total),
            en::duration(leg(cheap)),
            name(fast),
            en::money(fast.total),
            en::duration(leg(fast))
        ),
        _ => "There is nothing to compare.".to_owned(),
    }
}

/// What a tool knows, as a sentence.
pub fn fact(fact: &ToolResult) -> String {
    match fact {
        ToolResult::Weather { city, low_c, high_c, outlook } => format!(
            "In {city} it's usually between {} and {} degrees Celsius then, {outlook}. That's the usual weather, not a forecast.",
            en::signed(i64::from(*low_c)),
            en::signed(i64::from(*high_c))
        ),
        ToolResult::LocalTime { city, at } => format!("In {city} it's {}.", en::clock(at.time())),
        ToolResult::Airports { city, airports } => {
            let names: Vec<String> = airports.iter().take(4).map(|(_, name, _)| name.clone()).collect();
            match names.len() {
                0 => format!("I know of no airport in {city}."),
                1 => format!("{city} has one airport: {}.", names[0]),
                _ => format!("{city} has {}.", en::list(&names)),
            }
        }
        ToolResult::Baggage { airline, cabin_bags, checked_kg, checked_included } => format!(
            "With {airline} you may take {} on board. A checked bag of up to {} kilos is {} in the standard economy fare.",
            en::counted(u64::from(*cabin_bags), "cabin bag"),
            en::number(u64::from(*checked_kg)),
            if *checked_included { "included" } else { "not included" }
        ),
        ToolResult::Rewards { standing: None, .. } => {
            "Your bookings earn travel tokens once you have joined on the page.".to_owned()
        }
        ToolResult::Rewards { ask, standing: Some(standing) } => rewards(*ask, standing),
        _ => String::new(),
    }
}

/// What an account of rewards holds, as far as it was asked.
fn rewards(ask: RewardsAsk, standing: &RewardsStanding) -> String {
    let some = |Tokens(hundredths)| hundredths > 0;
    match ask {
        RewardsAsk::Balance => {
            let mut text = format!("You have {}.", tokens(standing.balance));
            if some(standing.coming) {
                text += &format!(" On their way are {}.", tokens(standing.coming));
            }
            if some(standing.owed) {
                text += &format!(" You owe {} for bookings that were cancelled.", tokens(standing.owed));
            }
            text
        }
        RewardsAsk::Earned => standing
            .last
            .as_ref()
            // Whether bookings earn depends on what was agreed to on the page.
            .map_or_else(|| "You have earned nothing yet.".to_owned(), earned),
        RewardsAsk::Tier if standing.tier == 0 => "You have nothing staked, so you have no tier yet.".to_owned(),
        RewardsAsk::Tier => {
            format!("With {} staked you are in tier {}.", tokens(standing.staked), en::number(u64::from(standing.tier)))
        }
        RewardsAsk::Code => format!("Your referral code is {}.", en::spelled(&standing.code)),
    }
}

fn earned(reward: &Reward) -> String {
    let booking = format!("booking {}", en::spelled(&reward.reference));
    let what = tokens(reward.tokens);
    let part = en::number(u64::from(reward.percent));
    let why = format!("{part} percent of its commission of {}", en::money(reward.commission));
    match reward.state {
        RewardState::Nothing => format!("For {booking} there was no commission, so it earned nothing."),
        RewardState::Coming => format!("For {booking} you earn {what}: {why}. They are on their way."),
        RewardState::Paid => format!("For {booking} you earned {what}: {why}. They are in your account."),
        RewardState::TakenBack => format!("You cancelled {booking}, so it earns nothing."),
        RewardState::Owed => format!("You cancelled {booking} after it was paid for, so you owe {what}."),
    }
}

/// An amount of tokens in words: "twelve point five travel tokens".
fn tokens(Tokens(hundredths): Tokens) -> String {
    let (whole, part) = (hundredths / 100, hundredths % 100);
    let noun = if hundredths == 100 { "travel token" } else { "travel tokens" };
    match part {
        0 => format!("{} {noun}", en::number(whole)),
        _ => {
            let digits = if part % 10 == 0 { vec![part / 10] } else { vec![part / 10, part % 10] };
            let digits: Vec<String> = digits.into_iter().map(en::number).collect();
            format!("{} point {} {noun}", en::number(whole), digits.join(" "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trip::{Code3, Money};

    fn standing() -> RewardsStanding {
        RewardsStanding {
            balance: Tokens(1250),
            coming: Tokens(5),
            owed: Tokens(0),
            staked: Tokens(10_000),
            tier: 2,
            code: "AB12CD34".to_owned(),
            last: Some(Reward {
                reference: "XY7".to_owned(),
                tokens: Tokens(1546),
                commission: Money { minor: 552, currency: Code3::USD },
                percent: 70,
                state: RewardState::Paid,
            }),
        }
    }

    #[test]
    fn rewards_are_said_in_words() {
        let say = |ask| fact(&ToolResult::Rewards { ask, standing: Some(standing()) });
        assert_eq!(
            say(RewardsAsk::Balance),
            "You have twelve point five travel tokens. On their way are zero point zero five travel tokens."
        );
        let earned = say(RewardsAsk::Earned);
        assert!(earned.contains("you earned fifteen point four six travel tokens: seventy percent of its"), "{earned}");
        assert!(earned.contains("five dollars and fifty-two cents"), "{earned}");
        assert_eq!(say(RewardsAsk::Tier), "With one hundred travel tokens staked you are in tier two.");
        assert!(say(RewardsAsk::Code).starts_with("Your referral code is "));
        let nobody = fact(&ToolResult::Rewards { ask: RewardsAsk::Balance, standing: None });
        assert!(nobody.contains("joined"), "{nobody}");
        assert_eq!(tokens(Tokens(100)), "one travel token");
    }
}
