//! Rewards of travellers with wallets of their own, many under one root: an epoch's are gathered when it is over, published in one transaction, and
//! claimed by whoever wants them with a proof. Each booking still counts once on the chain, whichever way it is claimed.

use crate::merkle::{Leaf, Tree};
use crate::money::Wei;
use crate::settle::{Goal, Reward, Settlement, Stage, Standing};
use alloy_primitives::B256;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Rewards under one root; more wait for the next.
pub const LEAVES_MAX: usize = 16_384;

/// A reward's place in an epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InEpoch {
    /// The epoch's number on the chain.
    pub epoch: u64,
    /// From the reward to the root.
    pub proof: Vec<B256>,
    /// It can be claimed.
    pub open: bool,
    /// Until then, in seconds since 1970; 0 where that was not noted.
    #[serde(default)]
    pub closes_at: u64,
}

impl Settlement {
    /// What was earned in epochs that are over goes under a root, once in each epoch, as far as the distributor takes it on now; the rest waits for the
    /// next one.
    pub(super) fn close_epoch(&mut self, now_ms: u64) {
        let epoch = now_ms / self.config.epoch_ms.max(1);
        if !self.config.epochs || self.closed >= epoch || self.head.is_none() {
            return;
        }
        let Some(room) = self.room(now_ms) else { return };
        self.free_epochs();
        let mut total = Wei::ZERO;
        let earned = self.state.rewards.iter().filter(|(_, reward)| {
            let waits = reward.stage == Stage::Earned && !reward.custodial && !reward.cancelled;
            waits && reward.in_epoch.is_none() && reward.terms.epoch < epoch
        });
        let mut waits = false;
        let (keys, leaves): (Vec<String>, Vec<Leaf>) = earned
            .filter(|(_, reward)| {
                let more = total.plus(reward.terms.commission).filter(|more| *more <= room);
                (total, waits) = (more.unwrap_or(total), waits || more.is_none());
                more.is_some()
            })
            .take(LEAVES_MAX)
            .map(|(key, reward)| {
                let terms = reward.terms;
                let leaf = Leaf { booking: terms.booking, traveller: terms.traveller, commission: terms.commission };
                (key.clone(), leaf)
            })
            .unzip();
        // With no room at all the epoch stays open, and is published as soon as there is some.
        if leaves.is_empty() && waits {
            return;
        }
        self.closed = epoch;
        let Some(tree) = Tree::new(&leaves) else { return };
        self.take_room(total);
        // By the chain's clock, for that is what it goes by.
        let time = self.head.map_or(0, |head| head.time).max(now_ms / 1000);
        let closes_at = time + self.config.voucher_ms / 1000;
        for (at, key) in keys.iter().enumerate() {
            let proof = tree.proof(at).unwrap_or_default();
            if let Some(reward) = self.reward(key) {
                reward.in_epoch = Some(InEpoch { epoch, proof, open: false, closes_at });
            }
            self.sort(key);
        }
        self.wanted(&name(epoch), Goal::Published { epoch, root: tree.root(), total, closes_at });
    }

    /// What was not claimed from an epoch in its time goes under another root, once the distributor has let go of what it set aside for it.
    fn free_epochs(&mut self) {
        let time = self.head.map_or(0, |head| head.time);
        let over = self.state.rewards.values().filter(|reward| reward.stage == Stage::Issued).filter_map(|reward| {
            let of = reward.in_epoch.as_ref()?;
            (of.open && of.closes_at > 0 && time > of.closes_at).then_some(of.epoch)
        });
        for epoch in over.collect::<BTreeSet<_>>() {
            let key = format!("close:{epoch}");
            // One that was given up is nobody's errand any more.
            if !self.state.errands.contains_key(&key) {
                self.wanted(&key, Goal::Closed { epoch });
            }
        }
    }

    /// The errand of closing an epoch has come to its end: what nobody claimed from it waits for another.
    pub(super) fn epoch_closed(&mut self, epoch: u64, standing: Standing) {
        if standing != Standing::Reached {
            return;
        }
        let is_left = |reward: &Reward| {
            reward.stage == Stage::Issued && reward.in_epoch.as_ref().is_some_and(|of| of.epoch == epoch)
        };
        let left = self.state.rewards.iter().filter(|(_, reward)| is_left(reward));
        for key in left.map(|(key, _)| key.clone()).collect::<Vec<_>>() {
            if let Some(reward) = self.reward(&key) {
                reward.in_epoch = None;
            }
            self.restage(&key);
            self.sort(&key);
        }
    }

    /// The errand of publishing an epoch has come to its end: what is under its root can be claimed, or waits for another.
    pub(super) fn epoch_ended(&mut self, epoch: u64, standing: Standing) {
        let is_in = |of: &InEpoch| of.epoch == epoch && !of.open;
        let rewards = self.state.rewards.iter().filter(|(_, reward)| reward.in_epoch.as_ref().is_some_and(is_in));
        let keys: Vec<String> = rewards.map(|(key, _)| key.clone()).collect();
        for key in keys {
            let Some(reward) = self.reward(&key) else { continue };
            if standing == Standing::Reached {
                reward.in_epoch.iter_mut().for_each(|of| of.open = true);
                self.restage(&key);
            } else {
                reward.in_epoch = None;
                self.sort(&key);
            }
        }
    }
}

/// The key of the errand that publishes an epoch.
fn name(epoch: u64) -> String {
    format!("epoch:{epoch}")
}
