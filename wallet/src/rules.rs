//! What a booking earns, and who gets which part of it: the contract's split, to the wei. It pays nothing.

use crate::money::Wei;
use alloy_primitives::U256;
use serde::{Deserialize, Serialize};

/// A whole, in hundredths of a percent.
pub const WHOLE_BPS: u16 = 10_000;
/// The contract takes commissions of at most 96 bits.
pub const COMMISSION_BITS: usize = 96;

/// What was booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Product {
    /// A flight.
    Flight,
    /// A hotel.
    Hotel,
}

/// How much of a booking's price is commission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Of a flight's price, in hundredths of a percent.
    pub flight_bps: u16,
    /// Of a hotel's price, in hundredths of a percent.
    pub hotel_bps: u16,
    /// The most of one booking, in minor currency units.
    pub commission_minor_max: u64,
}

impl Default for Rules {
    /// Two percent of flights, eight of hotels, at most 200 units.
    fn default() -> Self {
        Self { flight_bps: 200, hotel_bps: 800, commission_minor_max: 20_000 }
    }
}

impl Rules {
    /// The commission of a booking of `total_minor`, in minor units, rounded down.
    #[must_use]
    pub fn commission_minor(&self, product: Product, total_minor: u64) -> u64 {
        let bps = match product {
            Product::Flight => self.flight_bps,
            Product::Hotel => self.hotel_bps,
        };
        let part = u128::from(total_minor) * u128::from(bps.min(WHOLE_BPS)) / u128::from(WHOLE_BPS);
        u64::try_from(part).unwrap_or(u64::MAX).min(self.commission_minor_max)
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

    #[test]
    fn a_commission_is_a_part_of_the_price_and_has_an_end() {
        let rules = Rules::default();
        assert_eq!(rules.commission_minor(Product::Flight, 27_649), 552);
        assert_eq!(rules.commission_minor(Product::Hotel, 27_649), 2_211);
        assert_eq!(rules.commission_minor(Product::Hotel, u64::MAX), 20_000);
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
    }
}
