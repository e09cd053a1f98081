//! What is stored of rewards: every one with its stage, and the nonces of the signer. It decides nothing.

use crate::nonce::{Block, Lane};
use crate::rules::Legs;
use crate::settle::{Errand, InEpoch};
use crate::voucher::Terms;
use alloy_primitives::{Address, Bytes};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far a reward is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The booking earns nothing: its commission is nothing, or too much for the contract.
    Nothing,
    /// Earned; the voucher is not signed, or the epoch not published yet.
    Earned,
    /// The voucher is signed, or the epoch can be claimed from.
    Issued,
    /// Claimed on the chain, and waiting until it may be paid.
    Claimed,
    /// Paid on the chain, not yet deep enough to count.
    Paid,
    /// Paid, and deep enough.
    Settled,
    /// Taken back on the chain, not yet deep enough to count.
    Reversing,
    /// Taken back.
    Reversed,
    /// Paid for a booking that was cancelled later: the traveller owes their part.
    Owing,
}

impl Stage {
    /// A short fixed word for the wire, logs and the store.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Earned => "earned",
            Self::Issued => "issued",
            Self::Claimed => "claimed",
            Self::Paid => "paid",
            Self::Settled => "settled",
            Self::Reversing => "reversing",
            Self::Reversed => "reversed",
            Self::Owing => "owing",
        }
    }
}

/// One booking's reward.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reward {
    /// The voucher's words.
    pub terms: Terms,
    /// We claim it.
    pub custodial: bool,
    /// The commission in minor units.
    pub commission_minor: u64,
    /// Of this currency.
    pub currency: String,
    /// The issuer's signature.
    pub signature: Option<Bytes>,
    /// Who that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<Address>,
    /// There was another voucher before this one, and somebody may have it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reissued: bool,
    /// How far it is.
    pub stage: Stage,
    /// The booking was cancelled.
    pub cancelled: bool,
    /// Where it is under a root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_epoch: Option<InEpoch>,
    /// What the chain says of it.
    pub mark: Mark,
    /// What the book has of it, once it is deep enough.
    pub booked: Option<Ended>,
    /// How often that was taken back by a reorganisation: each booking of it is an entry of its own.
    pub counted: u32,
}

impl Reward {
    /// It has been issued as a voucher, and was not claimed.
    pub(super) fn holds_voucher(&self) -> bool {
        self.stage == Stage::Issued && self.signature.is_some() && self.in_epoch.is_none()
    }
}

/// How a reward ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// Paid in these legs.
    Paid(Legs),
    /// Taken back.
    Reversed,
}

/// What the chain says of a reward, and where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The claim's block, and when it may be paid, in seconds since 1970.
    pub claimed: Option<(Block, u64)>,
    /// The block of its end, and how it ended.
    pub ended: Option<(Block, Ended)>,
}

/// Everything that is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Rewards by the booking's key.
    pub rewards: BTreeMap<String, Reward>,
    /// Errands by their keys.
    #[serde(default)]
    pub errands: BTreeMap<String, Errand>,
    /// The signer's nonces.
    pub lane: Lane,
}
