//! What is to be true on the chain for an account besides its rewards: a place in the referral tree, what it is owed taken out, what is kept for it
//! brought to its own wallet. An errand names the goal, not the way: whatever the chain says is missing is done, one transaction after another,
//! until the chain says that nothing is. So it may be begun again at any time, and a thing that somebody else did is not done twice.

use crate::money::Wei;
use crate::settle::{Asked, Call, Output, Settlement};
use alloy_primitives::{Address, B256};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Steps after which an errand that has not come to its end is given up.
const ACTS_MAX: u32 = 6;
/// Errands looked at in one step: the rest has its turn later.
const LOOKED_AT_MAX: usize = 64;

/// What is to be true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// The account is in the referral tree, under this referrer or under nobody.
    Joined {
        /// Who joins.
        account: Address,
        /// Under whom; zero is nobody.
        referrer: Address,
    },
    /// The account may earn by those it brought.
    Verified {
        /// Whose.
        account: Address,
        /// A salted hash of the identity; it has one account.
        identity: B256,
        /// An account of the same identity that this one takes the place of; zero is none.
        former: Address,
    },
    /// What the account is owed for those it brought is in it.
    Withdrawn {
        /// Whose.
        account: Address,
    },
    /// What lies at the address that is kept for an account is in the traveller's own wallet.
    Moved {
        /// The account's name, by which its key is found.
        name: String,
        /// The address that is kept.
        from: Address,
        /// The wallet.
        to: Address,
    },
    /// A wallet has this much of the chain's own coin, for the fees of its first transactions.
    Fueled {
        /// Whose.
        account: Address,
        /// So much.
        wei: Wei,
    },
    /// An epoch's root is on the chain, and open.
    Published {
        /// The epoch's number.
        epoch: u64,
        /// The root.
        root: B256,
        /// What all under it are together.
        total: Wei,
        /// It can be claimed from until then, in seconds since 1970.
        closes_at: u64,
    },
    /// An epoch whose time is over holds nothing back any more.
    Closed {
        /// The epoch's number.
        epoch: u64,
    },
    /// Every module of the contracts is paused.
    Stopped,
}

/// One transaction on the way to a goal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// `joinFor(account, referrer)`.
    Join {
        /// Who joins.
        account: Address,
        /// Under whom; zero is nobody.
        referrer: Address,
    },
    /// `verify(account, identity)`.
    Verify {
        /// Whose.
        account: Address,
        /// Which.
        identity: B256,
    },
    /// `revoke(account)`.
    Revoke {
        /// Whose.
        account: Address,
    },
    /// `withdrawFor(account)`.
    Withdraw {
        /// Whose.
        account: Address,
    },
    /// `permit(..)`, signed with the key that is kept for an account (ERC-2612).
    Permit {
        /// The account's name.
        name: String,
        /// The address that is kept.
        from: Address,
    },
    /// `transferFrom(from, to, wei)`.
    Move {
        /// The address that is kept.
        from: Address,
        /// The wallet.
        to: Address,
        /// How much.
        wei: Wei,
    },
    /// So much of the chain's own coin, sent.
    Fuel {
        /// To whom.
        to: Address,
        /// How much.
        wei: Wei,
    },
    /// `publishEpoch(..)`.
    Publish {
        /// The epoch's number.
        epoch: u64,
        /// The root.
        root: B256,
        /// What all under it are together.
        total: Wei,
        /// It can be claimed from until then, in seconds since 1970.
        closes_at: u64,
    },
    /// `closeEpoch(..)`.
    Close {
        /// The epoch's number.
        epoch: u64,
    },
    /// `stopAll()`.
    Stop,
}

/// What the chain says of a goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It is so.
    Reached,
    /// This is missing.
    Next(Act),
    /// Something else must happen first, which is nobody's errand here.
    Later,
    /// It will never be so.
    Impossible,
}

/// How far an errand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Under way.
    Wanted,
    /// It is so.
    Reached,
    /// It is not so, and nothing more is done about it.
    GivenUp,
}

impl Standing {
    /// A short fixed word for the wire, logs and the store.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Wanted => "wanted",
            Self::Reached => "reached",
            Self::GivenUp => "given_up",
        }
    }
}

/// An errand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errand {
    /// What is to be true.
    pub goal: Goal,
    /// How far it is.
    pub standing: Standing,
    /// What was done for it, by the number of the change that it was. Those whose transactions are no longer kept are forgotten.
    pub acts: BTreeMap<u64, Act>,
    /// How often it changed: it was begun, or something was done for it.
    pub changes: u64,
    /// How much was done since it was begun.
    pub tried: u32,
    /// How far the last act is.
    pub acting: Acting,
}

/// How far the last act of an errand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Acting {
    /// There is none, or it is deep enough.
    Done,
    /// It has no nonce yet.
    Due,
    /// It has one.
    Flying,
}

impl Settlement {
    /// Something is to be true: begun now, or once more if it came to its end before.
    pub(super) fn wanted(&mut self, key: &str, goal: Goal) {
        let (acts, changes) = match self.state.errands.remove(key) {
            Some(errand) if errand.standing == Standing::Wanted => {
                self.state.errands.insert(key.to_owned(), errand);
                return;
            }
            Some(errand) => (errand.acts, errand.changes + 1),
            None => (BTreeMap::new(), 0),
        };
        let errand = Errand { goal, standing: Standing::Wanted, acts, changes, tried: 0, acting: Acting::Done };
        self.state.errands.insert(key.to_owned(), errand);
        self.asked.remove(&(Asked::Goal, key.to_owned()));
        self.touched_errands.insert(key.to_owned());
        self.open_errands.insert(key.to_owned());
    }

    /// What the chain says of it.
    pub(super) fn goal_found(&mut self, key: &str, changes: u64, progress: Progress) {
        let Some(errand) = self.state.errands.get_mut(key) else { return };
        // An answer to a question that is no longer the question.
        if errand.standing != Standing::Wanted || errand.acting != Acting::Done || errand.changes != changes {
            return;
        }
        match progress {
            Progress::Reached => errand.standing = Standing::Reached,
            Progress::Next(act) if errand.tried < ACTS_MAX => {
                let lane = &self.state.lane;
                errand.acts.retain(|change, _| lane.by_id(&flight(key, *change)).is_some());
                // It was done and a reorganisation took it back: its transaction is sent again, and need not be made again.
                if errand.acts.values().any(|done| *done == act) {
                    return;
                }
                errand.changes += 1;
                errand.tried += 1;
                errand.acts.insert(errand.changes, act);
                errand.acting = Acting::Due;
            }
            Progress::Next(_) | Progress::Impossible => errand.standing = Standing::GivenUp,
            // The question is asked again by and by: what was asked stays noted until then.
            Progress::Later => return,
        }
        let standing = errand.standing;
        let goal = errand.goal.clone();
        self.asked.remove(&(Asked::Goal, key.to_owned()));
        self.touched_errands.insert(key.to_owned());
        if standing != Standing::Wanted {
            self.open_errands.remove(key);
            self.out.push_back(Output::Ended { errand: key.to_owned(), standing });
            match goal {
                Goal::Published { epoch, .. } => self.epoch_ended(epoch, standing),
                Goal::Closed { epoch } => self.epoch_closed(epoch, standing),
                _ => {}
            }
        }
    }

    /// Asks for everything that can be done now, at most `room` transactions; their number.
    pub(super) fn run_errands(&mut self, now_ms: u64, room: usize) -> usize {
        if self.head.is_none() {
            return 0;
        }
        let mut begun = 0;
        let turn: Vec<String> = self.open_errands.iter().take(LOOKED_AT_MAX).cloned().collect();
        for key in turn {
            let Some(errand) = self.state.errands.get(&key) else { continue };
            let (acting, flight) = (errand.acting, flight(&key, errand.changes));
            match acting {
                Acting::Done => self.ask_goal(now_ms, &key),
                Acting::Due => {
                    if begun < room
                        && let Some(nonce) = self.state.lane.take(&flight)
                    {
                        self.acting(&key, Acting::Flying);
                        self.sign(now_ms, nonce);
                        begun += 1;
                    }
                }
                Acting::Flying => {
                    let flying = self.state.lane.by_id(&flight);
                    // One that is there no more went by for good.
                    if flying.is_none_or(|(_, flying)| flying.mined.is_some_and(|block| self.is_deep(block))) {
                        self.acting(&key, Acting::Done);
                        self.ask_goal(now_ms, &key);
                    }
                }
            }
        }
        begun
    }

    fn acting(&mut self, key: &str, acting: Acting) {
        if let Some(errand) = self.state.errands.get_mut(key) {
            errand.acting = acting;
            self.touched_errands.insert(key.to_owned());
        }
    }

    fn ask_goal(&mut self, now_ms: u64, key: &str) {
        let Some(errand) = self.state.errands.get(key) else { return };
        let (goal, changes) = (errand.goal.clone(), errand.changes);
        if self.ask(now_ms, key, Asked::Goal) {
            self.out.push_back(Output::FindGoal { errand: key.to_owned(), changes, goal });
        }
    }

    /// What a flight of an errand does. Whatever it did before, its nonce may still have to go by.
    pub(super) fn act(&self, name: &str) -> Option<Call> {
        let (change, key) = name.split_once(':')?;
        let errand = self.state.errands.get(key)?;
        errand.acts.get(&change.parse().ok()?).cloned().map(Call::Act)
    }
}

/// The name of an act's flight.
fn flight(key: &str, change: u64) -> String {
    format!("act:{change}:{key}")
}
