//! What a stake means: levels, the boost of a lock, and what leaving early costs, as `Staking.sol` counts them. It moves nothing.

use crate::money::{DECIMALS, Wei};
use crate::rules::WHOLE_BPS;
use alloy_primitives::{U256, U512};
use serde::{Deserialize, Serialize};

/// How many tiers the contract allows.
pub const TIERS_MAX: usize = 8;
/// The longest lock that the contract allows, in seconds.
pub const LOCK_MAX_SECONDS: u64 = 4 * 365 * DAY_SECONDS;
/// The highest boost that the contract allows, 10,000 being one.
pub const BOOST_MAX_BPS: u16 = 40_000;
/// The highest penalty that the contract allows.
pub const PENALTY_MAX_BPS: u16 = 5000;

const DAY_SECONDS: u64 = 86_400;
const TOKEN: u128 = 10_u128.pow(DECIMALS as u32);

/// A tier's rules. A position keeps the rules it was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// How long a stake is locked; nothing for no lock.
    pub lock_seconds: u64,
    /// Weight for each token, 10,000 being one.
    pub boost_bps: u16,
    /// The part of the stake that leaving at once costs; it falls evenly to nothing at the end of the lock.
    pub penalty_bps: u16,
    /// What a position holds at least.
    pub minimum: Wei,
}

/// What an account holds in a tier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// TRVL staked.
    pub amount: Wei,
    /// When it was locked, in seconds since 1970.
    pub locked_at: u64,
    /// When the lock ends, in seconds since 1970.
    pub unlocks_at: u64,
    /// The penalty it was made with.
    pub penalty_bps: u16,
}

/// The tiers, lowest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tiers(Vec<Tier>);

/// Why tiers are refused, as the contract would.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTiers {
    /// None, or too many.
    #[error("there must be one tier at least, and {TIERS_MAX} at most")]
    Count,
    /// A lock is too long.
    #[error("tier {0}: a lock is at most {LOCK_MAX_SECONDS} seconds")]
    Lock(usize),
    /// A boost is out of bounds.
    #[error("tier {0}: a boost is between {WHOLE_BPS} and {BOOST_MAX_BPS}")]
    Boost(usize),
    /// A penalty is too high.
    #[error("tier {0}: a penalty is at most {PENALTY_MAX_BPS}")]
    Penalty(usize),
    /// A minimum is too low.
    #[error("tier {0}: a position holds one TRVL at least")]
    Minimum(usize),
}

impl Default for Tiers {
    /// As `contracts/script/Deployment.sol` makes them.
    fn default() -> Self {
        let tier = |days, boost_bps, penalty_bps, tokens: u128| Tier {
            lock_seconds: days * DAY_SECONDS,
            boost_bps,
            penalty_bps,
            minimum: Wei::from(tokens * TOKEN),
        };
        Self(vec![
            tier(0, 10_000, 0, 1),
            tier(30, 12_500, 1000, 100),
            tier(90, 15_000, 2000, 1000),
            tier(365, 20_000, 3000, 10_000),
        ])
    }
}

impl Tiers {
    /// Tiers with these rules.
    ///
    /// # Errors
    /// What the contract would refuse.
    pub fn new(tiers: Vec<Tier>) -> Result<Self, BadTiers> {
        if tiers.is_empty() || tiers.len() > TIERS_MAX {
            return Err(BadTiers::Count);
        }
        for (at, tier) in tiers.iter().enumerate() {
            if tier.lock_seconds > LOCK_MAX_SECONDS {
                return Err(BadTiers::Lock(at));
            }
            if !(WHOLE_BPS..=BOOST_MAX_BPS).contains(&tier.boost_bps) {
                return Err(BadTiers::Boost(at));
            }
            if tier.penalty_bps > PENALTY_MAX_BPS {
                return Err(BadTiers::Penalty(at));
            }
            if tier.minimum < Wei::from(TOKEN) {
                return Err(BadTiers::Minimum(at));
            }
        }
        Ok(Self(tiers))
    }

    /// The tiers, lowest first.
    #[must_use]
    pub fn all(&self) -> &[Tier] {
        &self.0
    }

    /// The level of an account by its positions, tier by tier: one more than its highest tier that is still locked or needs no lock; 0 for none.
    #[must_use]
    pub fn level(&self, positions: &[Position], now_seconds: u64) -> u8 {
        let counts = |position: &Position| {
            let locked = now_seconds < position.unlocks_at || position.unlocks_at == position.locked_at;
            position.amount != Wei::ZERO && locked
        };
        let held = positions.iter().take(self.0.len());
        held.zip(1_u8..).filter(|(position, _)| counts(position)).map(|(_, level)| level).max().unwrap_or(0)
    }

    /// What a level means, in words for a person; `None` when there is no such level.
    #[must_use]
    pub fn meaning(&self, level: u8) -> Option<String> {
        let Some(at) = level.checked_sub(1) else {
            return Some("Level 0: nothing is staked.".to_owned());
        };
        let tier = self.0.get(usize::from(at))?;
        let minimum = tier.minimum.tokens();
        let boost = ratio(tier.boost_bps);
        if tier.lock_seconds == 0 {
            return Some(format!(
                "Level {level}: at least {minimum} TRVL, free to leave at any time; earns {boost}-fold."
            ));
        }
        let lock = span(tier.lock_seconds);
        let penalty = ratio_percent(tier.penalty_bps);
        Some(format!(
            "Level {level}: at least {minimum} TRVL, locked for {lock}; earns {boost}-fold. Leaving at once costs {penalty} percent of it, \
             less with every day, and nothing at the end."
        ))
    }
}

impl Position {
    /// What leaving with `amount` costs at `now_seconds`, rounded up as in the contract; more than is held counts as all of it.
    #[must_use]
    pub fn penalty(&self, amount: Wei, now_seconds: u64) -> Wei {
        let left = self.unlocks_at.saturating_sub(now_seconds.max(self.locked_at));
        let lock = self.unlocks_at.saturating_sub(self.locked_at);
        if left == 0 || lock == 0 {
            return Wei::ZERO;
        }
        let amount = amount.min(self.amount).0;
        let part = U512::from(u128::from(self.penalty_bps.min(WHOLE_BPS)) * u128::from(left));
        let whole = U512::from(u128::from(lock) * u128::from(WHOLE_BPS));
        let penalty = (U512::from(amount) * part).div_ceil(whole);
        Wei(U256::from(penalty))
    }
}

/// `15000` as `1.5`.
fn ratio(bps: u16) -> String {
    decimal(bps, WHOLE_BPS, 4)
}

/// `1250` as `12.5`.
fn ratio_percent(bps: u16) -> String {
    decimal(bps, 100, 2)
}

fn decimal(bps: u16, one: u16, digits: usize) -> String {
    let (whole, part) = (bps / one, bps % one);
    let part = format!("{part:0digits$}");
    let part = part.trim_end_matches('0');
    if part.is_empty() { whole.to_string() } else { format!("{whole}.{part}") }
}

fn span(seconds: u64) -> String {
    let (count, unit) = match seconds {
        s if s % DAY_SECONDS == 0 => (s / DAY_SECONDS, "day"),
        s if s % 3600 == 0 => (s / 3600, "hour"),
        s => (s, "second"),
    };
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn held(amount: u128, locked_at: u64, unlocks_at: u64) -> Position {
        Position { amount: Wei::from(amount), locked_at, unlocks_at, penalty_bps: 2000 }
    }

    #[test]
    fn the_shipped_tiers_are_the_deployments() {
        let script = include_str!("../../contracts/script/Deployment.sol");
        let tiers = Tiers::default();
        assert_eq!(Tiers::new(tiers.all().to_vec()), Ok(tiers.clone()));
        assert_eq!(script.matches("tiers[").count(), tiers.all().len());
        for (at, tier) in tiers.all().iter().enumerate() {
            let lock = match tier.lock_seconds / DAY_SECONDS {
                0 => "0".to_owned(),
                days => format!("{days} days"),
            };
            let underscored =
                |n: String| if n.len() > 4 { format!("{}_{}", &n[..n.len() - 3], &n[n.len() - 3..]) } else { n };
            let boost = underscored(tier.boost_bps.to_string());
            let minimum = underscored(tier.minimum.tokens());
            let line = format!("tiers[{at}] = _tier({lock}, {boost}, {}, {minimum}e18);", tier.penalty_bps);
            assert!(script.contains(&line), "{line}");
        }
    }

    #[test]
    fn a_level_is_the_highest_tier_that_is_locked_or_needs_no_lock() {
        let tiers = Tiers::default();
        let none = Position::default();
        assert_eq!(tiers.level(&[], 100), 0);
        assert_eq!(tiers.level(&[held(1, 50, 50)], 100), 1);
        assert_eq!(tiers.level(&[held(1, 50, 50), held(1, 50, 101), none], 100), 2);
        assert_eq!(tiers.level(&[held(1, 50, 50), held(1, 50, 100), none], 100), 1, "the lock has ended");
        assert_eq!(tiers.level(&[none, none, held(1, 50, 101), held(0, 50, 101)], 100), 3);
        assert_eq!(tiers.level(&[held(1, 50, 101); 9], 100), 4, "there are no more tiers");
    }

    #[test]
    fn levels_are_said_in_words() {
        let tiers = Tiers::default();
        assert_eq!(tiers.meaning(0).as_deref(), Some("Level 0: nothing is staked."));
        assert_eq!(
            tiers.meaning(1).as_deref(),
            Some("Level 1: at least 1 TRVL, free to leave at any time; earns 1-fold.")
        );
        let third = "Level 3: at least 1000 TRVL, locked for 90 days; earns 1.5-fold. Leaving at once costs 20 percent of it, less with every day, \
                     and nothing at the end.";
        assert_eq!(tiers.meaning(3).as_deref(), Some(third));
        assert_eq!(tiers.meaning(5), None);
        assert_eq!(
            (decimal(12_345, 10_000, 4), ratio_percent(1205), span(3600), span(90)),
            ("1.2345".into(), "12.05".into(), "1 hour".into(), "90 seconds".into())
        );
    }

    #[test]
    fn tiers_that_the_contract_would_refuse_are_refused() {
        let good = Tiers::default().all()[1];
        let with = |tier: Tier| Tiers::new(vec![good, tier]);
        assert_eq!(Tiers::new(Vec::new()), Err(BadTiers::Count));
        assert_eq!(Tiers::new(vec![good; TIERS_MAX + 1]), Err(BadTiers::Count));
        assert_eq!(with(Tier { lock_seconds: LOCK_MAX_SECONDS + 1, ..good }), Err(BadTiers::Lock(1)));
        assert_eq!(with(Tier { boost_bps: 9_999, ..good }), Err(BadTiers::Boost(1)));
        assert_eq!(with(Tier { boost_bps: 40_001, ..good }), Err(BadTiers::Boost(1)));
        assert_eq!(with(Tier { penalty_bps: 5001, ..good }), Err(BadTiers::Penalty(1)));
        assert_eq!(with(Tier { minimum: Wei::from(TOKEN - 1), ..good }), Err(BadTiers::Minimum(1)));
    }

    #[test]
    fn leaving_early_costs_a_part_that_is_rounded_up() {
        let position = held(1000, 100, 200);
        let cost = |amount: u128, now| position.penalty(Wei::from(amount), now).0.to::<u128>();
        assert_eq!((cost(1000, 100), cost(1000, 150), cost(1000, 199), cost(1000, 200)), (200, 100, 2, 0));
        assert_eq!((cost(1, 199), cost(0, 100), cost(5000, 100)), (1, 0, 200));
        assert_eq!(held(1000, 100, 100).penalty(Wei::from(1000), 100), Wei::ZERO);
    }

    proptest! {
        #[test]
        fn a_penalty_never_rises_with_time_nor_passes_its_part(amount: u128, at in 0..1000_u64, later in 0..1000_u64, bps in 0..=5000_u16) {
            let position = Position { penalty_bps: bps, ..held(amount, 0, 900) };
            let now = position.penalty(position.amount, at);
            prop_assert!(position.penalty(position.amount, at + later) <= now);
            prop_assert!(now.0 <= (U256::from(amount) * U256::from(bps)).div_ceil(U256::from(10_000)));
        }
    }
}
