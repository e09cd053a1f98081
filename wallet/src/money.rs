//! Amounts of TRVL in wei, and what a price makes of money. No floating point anywhere near it.

use alloy_primitives::U256;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Decimals of TRVL: one token is 10^18 wei.
pub const DECIMALS: usize = 18;

/// An amount of TRVL in wei. Written as a decimal number in text, so that no reader takes it for a float.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wei(pub U256);

impl Wei {
    /// Nothing.
    pub const ZERO: Self = Self(U256::ZERO);

    /// The sum, unless it does not fit 256 bits.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, unless it would be below nothing.
    #[must_use]
    pub fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// In whole tokens as a decimal number, without zeros at its end: `12.5`.
    #[must_use]
    pub fn tokens(self) -> String {
        let digits = format!("{:0>width$}", self.0.to_string(), width = DECIMALS + 1);
        let (whole, part) = digits.split_at(digits.len() - DECIMALS);
        let part = part.trim_end_matches('0');
        if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") }
    }
}

impl From<u128> for Wei {
    fn from(wei: u128) -> Self {
        Self(U256::from(wei))
    }
}

impl fmt::Display for Wei {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Not a decimal number of at most 256 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an amount in wei: a decimal number below 2^256 is wanted")]
pub struct NotWei;

impl FromStr for Wei {
    type Err = NotWei;

    fn from_str(text: &str) -> Result<Self, NotWei> {
        let decimal = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !decimal {
            return Err(NotWei);
        }
        U256::from_str_radix(text, 10).map(Self).map_err(|_| NotWei)
    }
}

impl Serialize for Wei {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Wei {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What TRVL costs: `wei` of it for `minor` minor units of a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// Minor currency units, at least one.
    pub minor: u64,
    /// TRVL wei that they buy.
    pub wei: Wei,
}

impl Price {
    /// What `minor` units buy, rounded down to the wei; `None` when the price is no price or the amount does not fit.
    #[must_use]
    pub fn buys(self, minor: u64) -> Option<Wei> {
        let whole = self.wei.0.checked_mul(U256::from(minor))?;
        whole.checked_div(U256::from(self.minor)).map(Wei)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tokens_are_written_without_a_float() {
        for (wei, tokens) in [
            ("0", "0"),
            ("1", "0.000000000000000001"),
            ("12500000000000000000", "12.5"),
            ("100000000000000000000", "100"),
        ] {
            assert_eq!(wei.parse::<Wei>().expect("decimal").tokens(), tokens);
        }
        for wrong in ["", "-1", "0x10", "1.5", "1e3", &"9".repeat(80)] {
            assert_eq!(wrong.parse::<Wei>(), Err(NotWei), "{wrong}");
        }
    }

    #[test]
    fn a_price_of_nothing_buys_nothing() {
        let price = Price { minor: 25, wei: Wei::from(10_u128.pow(18)) };
        assert_eq!(price.buys(100), Some(Wei::from(4 * 10_u128.pow(18))));
        assert_eq!(Price { minor: 0, ..price }.buys(100), None);
        assert_eq!(Price { wei: Wei(U256::MAX), ..price }.buys(2), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(high: u128, low: u128) {
            let wei = Wei((U256::from(high) << 128) | U256::from(low));
            let text = serde_json::to_string(&wei).expect("text");
            prop_assert_eq!(serde_json::from_str::<Wei>(&text).expect("read"), wei);
        }

        #[test]
        fn buying_twice_is_never_more_than_buying_once(minor in 1..1_000_000_u64, wei in 1..u64::MAX, a: u32, b: u32) {
            let price = Price { minor, wei: Wei::from(u128::from(wei)) };
            let (a, b) = (u64::from(a), u64::from(b));
            let apart = price.buys(a).unwrap().plus(price.buys(b).unwrap()).unwrap();
            prop_assert!(apart <= price.buys(a + b).unwrap());
        }
    }
}
