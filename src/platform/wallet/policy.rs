//! What the contracts' governance has set, as far as people are told of it: who gets which part, and what a stake means. It follows the chain and
//! decides nothing.

use crate::platform::wallet::Wallet;
use crate::session::ports::chain::{Chain, Policy};
use crate::store::Earned;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use wallet::money::Wei;
use wallet::rules::WHOLE_BPS;
use wallet::settle::Ended;

/// How often the chain is asked whether it is another one: a vote takes days.
const EVERY: Duration = Duration::from_secs(600);

/// The policy at the start; that of the deployment where the chain does not answer now.
pub(super) async fn first(chain: &dyn Chain) -> Policy {
    chain.policy().await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the shares and tiers of the contracts cannot be read; those of their deployment are shown");
        Policy::default()
    })
}

/// Follows the chain until the wallet is closed.
pub(super) async fn follow(wallet: Wallet, tell: watch::Sender<Policy>, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // It was read a moment ago.
    ticks.reset();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        match wallet.chain.policy().await {
            Ok(policy) => {
                if tell.send_if_modified(|now| {
                    *now != policy && {
                        *now = policy;
                        true
                    }
                }) {
                    tracing::info!("the contracts' shares or tiers are others now");
                }
            }
            Err(error) => tracing::warn!(%error, "the shares and tiers of the contracts cannot be read"),
        }
    }
}

impl Wallet {
    /// What the contracts' governance has set.
    pub fn policy(&self) -> Policy {
        self.policy.borrow().clone()
    }

    /// The traveller's part of a reward, and which share that is, in hundredths of a percent: what was paid where it was, and what is in force
    /// where it was not.
    pub(super) fn part(&self, earned: &Earned) -> (Wei, u16) {
        let commission = earned.reward.terms.commission;
        if let Some(Ended::Paid(legs)) = earned.reward.booked {
            return (legs.traveller, share(legs.traveller, commission));
        }
        let shares = self.policy.borrow().shares;
        (shares.split(commission).map_or(Wei::ZERO, |legs| legs.traveller), shares.traveller_bps)
    }
}

/// Which share a part is that was rounded down.
fn share(part: Wei, whole: Wei) -> u16 {
    let bps = part.0.checked_mul(alloy_primitives::U256::from(WHOLE_BPS)).filter(|_| !whole.0.is_zero());
    bps.map_or(0, |bps| bps.div_ceil(whole.0).saturating_to())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wallet::rules::Shares;

    #[test]
    fn a_share_is_found_again_in_what_was_paid() {
        for (traveller_bps, commission) in [(7000, 1_000_003_u128), (6125, 10_u128.pow(18) + 7), (1, 123_456_789)] {
            let shares = Shares { traveller_bps, referral_bps: 0 };
            let legs = shares.split(Wei::from(commission)).expect("a whole");
            assert_eq!(share(legs.traveller, Wei::from(commission)), traveller_bps);
        }
        assert_eq!((share(Wei::from(1), Wei::ZERO), share(Wei(alloy_primitives::U256::MAX), Wei::from(1))), (0, 0));
    }
}
