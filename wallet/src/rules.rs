//! What a booking earns, and who gets which part of it: the contract's split, to the wei. It pays nothing.

use crate::money::Wei;
use alloy_primitives::U256;
use serde::{Deserialize, Serialize};

/// A whole, in hundredths of a percent.
pub const WHOLE_BPS: u16 = 10_000;
/// The contract takes commissions of at most 96 bits.
pub const COMMISSION_BITS: usize = 96;

/// Most campaigns at once.
pub const CAMPAIGNS_MAX: usize = 64;
/// Staking levels that can have a boost: none, and one for each tier that the contract allows.
pub const LEVELS_MAX: usize = 9;
/// No boost makes more than this of a commission: fivefold.
pub const BOOST_MAX_BPS: u32 = 50_000;

/// What was booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Product {
    /// A flight.
    Flight,
    /// A hotel.
    Hotel,
    /// A car.
    Car,
    /// A train.
    Rail,
    /// Something to do at a place.
    Activity,
}

/// A boost for a while: bookings of a product, or of all, confirmed within it earn more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Campaign {
    /// What it is called.
    pub name: String,
    /// The product; all of them when there is none.
    pub product: Option<Product>,
    /// From this moment on, in ms since 1970.
    pub from_ms: u64,
    /// Until just before this one, in ms since 1970.
    pub until_ms: u64,
    /// What is added to a commission, in hundredths of a percent of it: 5,000 adds one half.
    pub boost_bps: u16,
}

/// How much of a booking's price is commission that is shared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// Of a flight's price, in hundredths of a percent.
    pub flight_bps: u16,
    /// Of a hotel's price.
    pub hotel_bps: u16,
    /// Of a car's price.
    pub car_bps: u16,
    /// Of a train's price.
    pub rail_bps: u16,
    /// Of an activity's price.
    pub activity_bps: u16,
    /// The most of one booking in minor units, boosts included.
    pub commission_minor_max: u64,
    /// Boosts for a while. Those that apply at once add up.
    pub campaigns: Vec<Campaign>,
    /// Boost by staking level, from level 0 on, in hundredths of a percent of the commission; beyond the last, the last.
    pub level_boost_bps: Vec<u16>,
}

impl Default for Rules {
    /// Two percent of flights, eight of hotels, six of cars, three of trains, ten of activities; at most 200 units; no boosts.
    fn default() -> Self {
        Self {
            flight_bps: 200,
            hotel_bps: 800,
            car_bps: 600,
            rail_bps: 300,
            activity_bps: 1000,
            commission_minor_max: 20_000,
            campaigns: Vec::new(),
            level_boost_bps: Vec::new(),
        }
    }
}

/// What is wrong with rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRules {
    /// More than the price.
    #[error("`{0}` is more than 10000: a commission is no more than the price")]
    AboveWhole(&'static str),
    /// A boost above the bound.
    #[error("the boosts of `{0}` add up to more than {BOOST_MAX_BPS}")]
    BoostTooHigh(String),
    /// Too many.
    #[error("`{0}` has more than {1} items")]
    TooMany(&'static str, usize),
    /// It ends before it begins.
    #[error("campaign `{0}` ends before it begins")]
    Backwards(String),
}

/// What the rules are asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    /// What was booked.
    pub product: Product,
    /// What it cost, in minor currency units.
    pub total_minor: u64,
    /// When it was confirmed, in ms since 1970.
    pub at_ms: u64,
    /// The traveller's staking level then.
    pub level: u8,
}

impl Rules {
    /// Whether the rules can be used.
    ///
    /// # Errors
    /// The first thing wrong, by the key's name.
    pub fn check(&self) -> Result<(), BadRules> {
        let parts = [
            ("flight_bps", self.flight_bps),
            ("hotel_bps", self.hotel_bps),
            ("car_bps", self.car_bps),
            ("rail_bps", self.rail_bps),
            ("activity_bps", self.activity_bps),
        ];
        if let Some((key, _)) = parts.into_iter().find(|(_, bps)| *bps > WHOLE_BPS) {
            return Err(BadRules::AboveWhole(key));
        }
        if self.campaigns.len() > CAMPAIGNS_MAX {
            return Err(BadRules::TooMany("campaigns", CAMPAIGNS_MAX));
        }
        if self.level_boost_bps.len() > LEVELS_MAX {
            return Err(BadRules::TooMany("level_boost_bps", LEVELS_MAX));
        }
        for campaign in &self.campaigns {
            if campaign.until_ms <= campaign.from_ms {
                return Err(BadRules::Backwards(campaign.name.clone()));
            }
            if u32::from(campaign.boost_bps) > BOOST_MAX_BPS {
                return Err(BadRules::BoostTooHigh(campaign.name.clone()));
            }
        }
        Ok(())
    }

    /// The commission of a sale in minor units, rounded down once, at the end; boosts and the cap included.
    #[must_use]
    pub fn commission_minor(&self, sale: &Sale) -> u64 {
        let whole = u128::from(WHOLE_BPS);
        let boost = u128::from(u32::from(WHOLE_BPS) + self.boost_bps(sale).min(BOOST_MAX_BPS));
        let bps = u128::from(self.product_bps(sale.product).min(WHOLE_BPS));
        // At most 64 + 14 + 16 bits.
        let part = u128::from(sale.total_minor) * bps * boost / (whole * whole);
        u64::try_from(part).unwrap_or(u64::MAX).min(self.commission_minor_max)
    }

    fn product_bps(&self, product: Product) -> u16 {
        match product {
            Product::Flight => self.flight_bps,
            Product::Hotel => self.hotel_bps,
            Product::Car => self.car_bps,
            Product::Rail => self.rail_bps,
            Product::Activity => self.activity_bps,
        }
    }

    fn boost_bps(&self, sale: &Sale) -> u32 {
        let applies = |campaign: &&Campaign| {
            let product = campaign.product.is_none_or(|product| product == sale.product);
            product && campaign.from_ms <= sale.at_ms && sale.at_ms < campaign.until_ms
        };
        let campaigns = self.campaigns.iter().filter(applies).map(|campaign| u32::from(campaign.boost_bps));
        let level = self.level_boost_bps.get(usize::from(sale.level)).or(self.level_boost_bps.last());
        campaigns.take(CAMPAIGNS_MAX).sum::<u32>() + level.map_or(0, |bps| u32::from(*bps))
    }
}

/// Who gets which part; the rest is the treasury's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shares {
    /// The traveller's, in hundredths of a percent.
    pub traveller_bps: u16,
    /// The referral tree's, in hundredths of a percent.
    pub referral_bps: u16,
}

impl Default for Shares {
    fn default() -> Self {
        Self { traveller_bps: 7000, referral_bps: 1000 }
    }
}

/// A commission in its three legs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Legs {
    /// The traveller's.
    pub traveller: Wei,
    /// The referral tree's.
    pub referral: Wei,
    /// The treasury's, with every remainder.
    pub treasury: Wei,
}

impl Legs {
    /// The whole; `None` when it does not fit.
    #[must_use]
    pub fn sum(&self) -> Option<Wei> {
        self.traveller.plus(self.referral)?.plus(self.treasury)
    }
}

impl Shares {
    /// The legs of a commission, as `Split.sol` cuts them: two rounded down, what is left is the third. `None` when the shares are more than a
    /// whole.
    #[must_use]
    pub fn split(&self, commission: Wei) -> Option<Legs> {
        let traveller = part(commission, self.traveller_bps);
        let referral = part(commission, self.referral_bps);
        let treasury = commission.minus(traveller)?.minus(referral)?;
        let whole = u32::from(self.traveller_bps) + u32::from(self.referral_bps) <= u32::from(WHOLE_BPS);
        whole.then_some(Legs { traveller, referral, treasury })
    }
}

/// `floor(amount * bps / 10000)` for every amount: quotient and rest are taken apart, so nothing overflows.
fn part(amount: Wei, bps: u16) -> Wei {
    let (whole, bps) = (U256::from(WHOLE_BPS), U256::from(bps.min(WHOLE_BPS)));
    Wei((amount.0 / whole) * bps + ((amount.0 % whole) * bps) / whole)
}

/// The contract takes it as a commission: more than nothing, and not too much.
#[must_use]
pub fn is_payable(commission: Wei) -> bool {
    commission != Wei::ZERO && commission.0.bit_len() <= COMMISSION_BITS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sale(product: Product, minor: u64) -> Sale {
        Sale { product, total_minor: minor, at_ms: 1000, level: 0 }
    }

    #[test]
    fn a_commission_is_a_part_of_the_price_and_has_an_end() {
        let rules = Rules::default();
        assert_eq!(rules.commission_minor(&sale(Product::Flight, 27_649)), 552);
        assert_eq!(rules.commission_minor(&sale(Product::Hotel, 27_649)), 2_211);
        assert_eq!(rules.commission_minor(&sale(Product::Hotel, u64::MAX)), 20_000);
    }

    #[test]
    fn boosts_add_up_while_they_last() {
        let campaign =
            |product, until_ms, boost_bps| Campaign { name: "x".into(), product, from_ms: 1000, until_ms, boost_bps };
        let campaigns =
            vec![campaign(None, 1001, 5000), campaign(Some(Product::Car), 1001, 5000), campaign(None, 1000, 5000)];
        let rules = Rules { campaigns, level_boost_bps: vec![0, 1000, 2500], ..Rules::default() };
        assert_eq!(rules.commission_minor(&sale(Product::Flight, 10_000)), 300);
        assert_eq!(rules.commission_minor(&sale(Product::Car, 10_000)), 1200);
        assert_eq!(rules.commission_minor(&Sale { level: 1, ..sale(Product::Flight, 10_000) }), 320);
        assert_eq!(rules.commission_minor(&Sale { level: 200, ..sale(Product::Flight, 10_000) }), 350);
        assert_eq!(rules.commission_minor(&Sale { at_ms: 999, ..sale(Product::Flight, 10_000) }), 200);
        assert_eq!(rules.check(), Err(BadRules::Backwards("x".into())));
    }

    #[test]
    fn rules_that_make_no_sense_are_named() {
        let wrong = Rules { rail_bps: 10_001, ..Rules::default() };
        assert_eq!(wrong.check(), Err(BadRules::AboveWhole("rail_bps")));
        assert_eq!(wrong.commission_minor(&sale(Product::Rail, 100)), 100);
        let wrong = Rules { level_boost_bps: vec![0; 10], ..Rules::default() };
        assert_eq!(wrong.check(), Err(BadRules::TooMany("level_boost_bps", LEVELS_MAX)));
        let campaign = Campaign { name: "y".into(), product: None, from_ms: 0, until_ms: 1, boost_bps: 60_000 };
        let wrong = Rules { campaigns: vec![campaign], ..Rules::default() };
        assert_eq!(wrong.check(), Err(BadRules::BoostTooHigh("y".into())));
        assert_eq!(Rules::default().check(), Ok(()));
    }

    proptest! {
        #[test]
        fn no_wei_is_lost(high: u128, low: u128, traveller in 0..=10_000_u16, referral in 0..=10_000_u16) {
            let commission = Wei((U256::from(high) << 128) | U256::from(low));
            let shares = Shares { traveller_bps: traveller, referral_bps: referral };
            match shares.split(commission) {
                Some(legs) => prop_assert_eq!(legs.sum(), Some(commission)),
                None => prop_assert!(traveller + referral > WHOLE_BPS),
            }
        }

        #[test]
        fn a_commission_never_passes_its_cap_nor_falls_with_the_price(minor: u64, less: u64, level: u8, boost: u16) {
            let rules = Rules { level_boost_bps: vec![boost], ..Rules::default() };
            let of = |minor| rules.commission_minor(&Sale { level, ..sale(Product::Hotel, minor) });
            prop_assert!(of(minor) <= rules.commission_minor_max);
            prop_assert!(of(minor.saturating_sub(less)) <= of(minor));
        }
    }
}
