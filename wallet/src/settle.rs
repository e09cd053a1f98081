//! From a booking to a reward that is paid: one machine for one signer on one chain. It says what is to be signed, sent and looked up, and what
//! goes into the book; it does none of it. What it is asked to do is a function of its state, so a state that was stored and read again goes on
//! where it was: what was said and not stored is said again, and neither a voucher nor a nonce is used for two things.

mod chain;
mod epoch;
mod errand;
mod room;
mod state;
mod work;

pub use epoch::{InEpoch, LEAVES_MAX};
pub use errand::{Act, Acting, Errand, Goal, Progress, Standing};
pub use state::{Ended, Mark, Reward, Stage, State};

use crate::ledger::{Account, Entry, Move};
use crate::money::{Price, Wei};
use crate::nonce::{Block, Fees, Try};
use crate::rules::{Legs, Product, Rules, Sale, is_payable};
use crate::voucher::{Place, Terms, booking_id};
use alloy_primitives::{Address, B256, Bytes};
use room::Room;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use work::{Flights, Wish};

/// What does not change while it runs.
#[derive(Clone, Debug)]
pub struct SettleConfig {
    /// The chain and its distributor.
    pub place: Place,
    /// Whose signature makes a voucher: the contract pays for no other.
    pub issuer: Address,
    /// What a booking earns.
    pub rules: Rules,
    /// Blocks that must stand on a payment, itself included, before it counts.
    pub confirmations: u64,
    /// How long an epoch lasts, in ms.
    pub epoch_ms: u64,
    /// Rewards that are claimed by wallets of travellers' own are published by epochs, many under one root; otherwise each has a voucher.
    pub epochs: bool,
    /// How long a voucher is good, in ms.
    pub voucher_ms: u64,
    /// A transaction that is nowhere after this is sent again, in ms.
    pub resend_ms: u64,
    /// One that is nowhere after this is replaced with a higher fee, in ms.
    pub replace_ms: u64,
    /// The part for whoever makes the block, in wei for each unit of gas.
    pub priority: u128,
}

impl SettleConfig {
    /// The usual times for a chain with a block every few seconds.
    #[must_use]
    pub fn new(place: Place, issuer: Address) -> Self {
        Self {
            place,
            issuer,
            rules: Rules::default(),
            confirmations: 1,
            epoch_ms: 7 * 24 * 3_600_000,
            epochs: false,
            voucher_ms: 365 * 24 * 3_600_000,
            resend_ms: 15_000,
            replace_ms: 60_000,
            priority: 1_000_000_000,
        }
    }
}

/// A booking that earns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booked {
    /// The booking's key; the reward's too.
    pub booking: String,
    /// Who earns.
    pub traveller: Address,
    /// We claim for the traveller, whose account we keep; otherwise their own wallet does.
    pub custodial: bool,
    /// What was booked.
    pub product: Product,
    /// Its price, in minor units.
    pub total_minor: u64,
    /// The traveller's staking level at this time, by [`crate::staking::Tiers::level`].
    pub level: u8,
    /// Of this currency (ISO 4217).
    pub currency: String,
    /// What TRVL costs in it.
    pub price: Price,
}

/// How a booking stands on the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnChain {
    /// It is not known there.
    None,
    /// Claimed, and waiting.
    Pending,
    /// Paid.
    Settled,
    /// Taken back.
    Cancelled,
}

/// Why a transaction was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsent {
    /// The node has it already.
    Known,
    /// The nonce is spent.
    NonceSpent,
    /// Another one with this nonce pays too much to be replaced.
    Underpriced,
    /// The node did not answer, or answered something else: it may have been taken.
    Unknown,
}

/// What a log says. A listener keeps those of its newest blocks, to take them back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A claim waits until this time, in seconds since 1970.
    Claimed {
        /// When it may be paid.
        matures_at: u64,
    },
    /// A booking was paid.
    Settled(Legs),
    /// A booking will never be paid.
    Cancelled,
}

/// What comes in; every step also has the time, in ms since 1970.
#[derive(Clone, Debug)]
pub enum Input {
    /// A booking was made.
    Booked(Booked),
    /// It was cancelled.
    Cancelled {
        /// Its key.
        booking: String,
    },
    /// The issuer signed a voucher.
    VoucherSigned {
        /// The booking's key.
        booking: String,
        /// 65 bytes.
        signature: Bytes,
    },
    /// A transaction was signed.
    TxSigned {
        /// Its nonce.
        nonce: u64,
        /// What it does: by now something else may be wanted of the nonce, and what was never sent need not be.
        call: Call,
        /// Its hash, bytes and fees.
        version: Try,
    },
    /// A transaction was sent.
    Sent {
        /// Its nonce.
        nonce: u64,
        /// Whether the node took it.
        result: Result<(), Unsent>,
    },
    /// Where the transactions of a nonce are: the one that is in a block, or none.
    TxFound {
        /// The nonce.
        nonce: u64,
        /// The block.
        block: Option<Block>,
    },
    /// How a booking stands at the newest block.
    BookingFound {
        /// The booking's key.
        booking: String,
        /// Its state there.
        state: OnChain,
    },
    /// What the distributor takes on at the newest block, in TRVL wei: the least of what it holds free and what is left of the day's limit, and
    /// nothing while it is paused.
    RoomFound(Wei),
    /// A log joined the chain, or left it. The listener's place (block number and hash) is stored in the same step as the state: one that began
    /// before a block whose logs were taken would never say that they left.
    Log {
        /// The booking's id there.
        id: B256,
        /// What it says.
        event: Event,
        /// Where it is.
        block: Block,
        /// It left.
        removed: bool,
    },
    /// The newest block.
    Head {
        /// Its number.
        number: u64,
        /// Its time, in seconds since 1970.
        time: u64,
        /// Its base fee, in wei for each unit of gas.
        base_fee: u128,
        /// The signer's transactions in it and before it.
        count: u64,
    },
    /// Something is to be true on the chain: an errand is begun, or begun again.
    Wanted {
        /// The errand's key.
        errand: String,
        /// What is to be true.
        goal: Goal,
    },
    /// What the chain says of an errand's goal.
    GoalFound {
        /// The errand's key.
        errand: String,
        /// As it was asked.
        changes: u64,
        /// What it says.
        progress: Progress,
    },
    /// Nothing but time. What was asked and not answered is asked again by and by.
    Tick,
}

/// A transaction's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// `claim(voucher, signature)`.
    Claim(Terms, Bytes),
    /// `release(id)`.
    Release(B256),
    /// `cancel([id])`.
    Cancel(B256),
    /// A step of an errand.
    Act(Act),
    /// Nothing, to itself: the nonce must go by, and what it was for is no longer wanted.
    Void,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Into the book, in the same step of the store as the state.
    Post(Entry),
    /// The reward stands so now.
    Tell {
        /// The booking's key.
        booking: String,
        /// How.
        stage: Stage,
    },
    /// An errand has come to its end.
    Ended {
        /// Its key.
        errand: String,
        /// Which.
        standing: Standing,
    },
    /// What is missing for a goal? The answer says again what was asked about.
    FindGoal {
        /// The errand's key.
        errand: String,
        /// How often it had changed.
        changes: u64,
        /// The goal.
        goal: Goal,
    },
    /// Sign a voucher.
    SignVoucher {
        /// The booking's key.
        booking: String,
        /// Its words.
        terms: Terms,
    },
    /// Sign a transaction.
    SignTx {
        /// Its nonce.
        nonce: u64,
        /// What it does.
        call: Call,
        /// What it pays.
        fees: Fees,
    },
    /// Send these bytes, which are stored by now.
    Send {
        /// Their nonce.
        nonce: u64,
        /// The signed transaction.
        raw: Bytes,
    },
    /// Which of these is in a block?
    FindTx {
        /// Their nonce.
        nonce: u64,
        /// The hashes, oldest first.
        hashes: Vec<B256>,
    },
    /// How much does the distributor take on?
    FindRoom,
    /// How does the booking stand?
    FindBooking {
        /// The booking's key.
        booking: String,
        /// Its id on the chain.
        id: B256,
    },
}

/// What was asked and not answered; it is not stored, so that after a restart everything is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    Voucher,
    Booking,
    Room,
    Goal,
    Sign(u64),
    Send(u64),
    Find(u64),
}

/// The machine.
#[derive(Clone, Debug)]
pub struct Settlement {
    config: SettleConfig,
    state: State,
    /// What was asked, of which booking, and when; nothing's name where a nonce says it all.
    asked: BTreeMap<(Asked, String), u64>,
    /// How bookings stand at the newest block, as far as it was asked.
    found: BTreeMap<String, OnChain>,
    /// Nonces whose fee turned out too low.
    underpriced: BTreeSet<u64>,
    /// When each nonce was last sent by this run, in ms.
    sent: BTreeMap<u64, u64>,
    head: Option<Head>,
    room: Option<Room>,
    /// The newest epoch that was closed, as far as this run knows.
    closed: u64,
    /// How many heads were heard by this run.
    heads: u64,
    /// Nonces that the chain had gone past when none of their transactions was found, and how many heads had been heard by then.
    missing: BTreeMap<u64, u64>,
    /// Bookings by their ids on the chain.
    ids: BTreeMap<B256, String>,
    /// Rewards that are not as they were when they were last stored.
    touched: BTreeSet<String>,
    /// Errands that are not as they were when they were last stored.
    touched_errands: BTreeSet<String>,
    /// Errands that have not come to their end.
    open_errands: BTreeSet<String>,
    /// Rewards whose vouchers are to be signed. They wait for no transaction.
    unsigned: BTreeSet<String>,
    /// Rewards that need something of the chain other than a claim.
    wanting: BTreeSet<String>,
    /// Rewards to be claimed. They may have to wait for room, and nothing else is to wait with them.
    claiming: BTreeSet<String>,
    /// Claimed rewards by when they may be paid, in seconds.
    ripening: BTreeSet<(u64, String)>,
    /// Rewards that have ended on the chain and do not count yet.
    shallow: BTreeSet<String>,
    out: VecDeque<Output>,
}

/// The newest block, as far as it matters here.
#[derive(Clone, Copy, Debug)]
struct Head {
    number: u64,
    time: u64,
    base_fee: u128,
    count: u64,
}

/// How far the clock of a block may be behind ours, in seconds: a voucher must be good in the block that comes next.
const SKEW_S: u64 = 300;
/// Vouchers are looked through for stale ones at the first head and then after so many.
const STALE_HEADS: u64 = 4096;
/// A question without an answer is asked again after this, in ms.
const ASK_AGAIN_MS: u64 = 10_000;

impl Settlement {
    /// A machine that goes on from a stored state, or from an empty one.
    #[must_use]
    pub fn restore(config: SettleConfig, state: State) -> Self {
        let keys: Vec<String> = state.rewards.keys().cloned().collect();
        let ids = state.rewards.iter().map(|(key, reward)| (reward.terms.booking, key.clone())).collect();
        let closed = state.rewards.values().filter_map(|reward| reward.in_epoch.as_ref()).map(|of| of.epoch);
        let closed = closed.max().unwrap_or_default();
        let wanted = |(key, errand): (&String, &Errand)| (errand.standing == Standing::Wanted).then(|| key.clone());
        let open_errands = state.errands.iter().filter_map(wanted).collect();
        let mut settlement = Self {
            config,
            state,
            asked: BTreeMap::new(),
            found: BTreeMap::new(),
            underpriced: BTreeSet::new(),
            sent: BTreeMap::new(),
            head: None,
            room: None,
            closed,
            heads: 0,
            missing: BTreeMap::new(),
            ids,
            touched: BTreeSet::new(),
            touched_errands: BTreeSet::new(),
            open_errands,
            unsigned: BTreeSet::new(),
            wanting: BTreeSet::new(),
            claiming: BTreeSet::new(),
            ripening: BTreeSet::new(),
            shallow: BTreeSet::new(),
            out: VecDeque::new(),
        };
        keys.iter().for_each(|key| settlement.sort(key));
        settlement
    }

    /// What must be stored after each step, before its outputs are acted on.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The rewards that have changed since this was last asked, by their bookings' keys: with the lane they are all that must be stored anew.
    pub fn changed(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.touched)
    }

    /// The same of errands.
    pub fn changed_errands(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.touched_errands)
    }

    /// The next thing to be done.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// Takes one input at `now_ms` since 1970.
    pub fn handle(&mut self, now_ms: u64, input: Input) {
        let flights = Flights::of(&input);
        match input {
            Input::Booked(booked) => self.booked(now_ms, booked),
            Input::Cancelled { booking } => self.cancelled(now_ms, &booking),
            Input::VoucherSigned { booking, signature } => self.voucher_signed(&booking, signature),
            Input::TxSigned { nonce, call, version } => self.tx_signed(nonce, &call, version),
            Input::Sent { nonce, result } => self.sent(now_ms, nonce, result),
            Input::TxFound { nonce, block } => self.tx_found(nonce, block),
            Input::BookingFound { booking, state } => self.booking_found(&booking, state),
            Input::RoomFound(wei) => self.room_found(now_ms, wei),
            Input::Log { id, event, block, removed } => self.log(now_ms, id, event, block, removed),
            Input::Head { number, time, base_fee, count } => {
                self.newest(now_ms, Head { number, time, base_fee, count });
            }
            Input::Wanted { errand, goal } => self.wanted(&errand, goal),
            Input::GoalFound { errand, changes, progress } => self.goal_found(&errand, changes, progress),
            Input::Tick => {}
        }
        self.work(now_ms, &flights);
    }

    fn booked(&mut self, now_ms: u64, booked: Booked) {
        if self.state.rewards.contains_key(&booked.booking) {
            return;
        }
        let (product, total_minor, level) = (booked.product, booked.total_minor, booked.level);
        let sale = Sale { product, total_minor, at_ms: now_ms, level };
        let commission_minor = self.config.rules.commission_minor(&sale);
        let commission = booked.price.buys(commission_minor).unwrap_or(Wei::ZERO);
        let (epoch, issued_at, expires_at) = self.validity(now_ms);
        let (booking, traveller) = (booking_id(&booked.booking), booked.traveller);
        let terms = Terms { booking, traveller, commission, epoch, issued_at, expires_at };
        let payable = is_payable(commission);
        let reward = Reward {
            terms,
            custodial: booked.custodial,
            commission_minor,
            currency: booked.currency,
            signature: None,
            issuer: None,
            reissued: false,
            stage: if payable { Stage::Earned } else { Stage::Nothing },
            cancelled: false,
            in_epoch: None,
            mark: Mark::default(),
            booked: None,
            counted: 0,
        };
        let (key, stage) = (booked.booking, reward.stage);
        if payable {
            let moves = vec![Move { from: Account::Pool, to: Account::Owed, wei: commission }];
            self.post(now_ms, format!("earn:{key}"), &key, moves);
        }
        self.ids.insert(reward.terms.booking, key.clone());
        self.state.rewards.insert(key.clone(), reward);
        self.touched.insert(key.clone());
        self.sort(&key);
        self.out.push_back(Output::Tell { booking: key, stage });
    }

    /// The epoch of a voucher that is issued now, and from when to when it is good, in seconds.
    fn validity(&self, now_ms: u64) -> (u64, u64, u64) {
        let issued_at = (now_ms / 1000).saturating_sub(SKEW_S);
        (now_ms / self.config.epoch_ms.max(1), issued_at, (now_ms + self.config.voucher_ms) / 1000)
    }

    /// A voucher that the contract takes no longer gives way to another for the same booking: it pays that once, whichever it is shown.
    fn reissue(&mut self, now_ms: u64, booking: &str) {
        let (epoch, issued_at, expires_at) = self.validity(now_ms);
        let under_way = self.state.lane.by_id(&Wish::Claim.of(booking)).is_some();
        let held = self.state.rewards.get(booking).is_some_and(|reward| reward.holds_voucher() && !reward.cancelled);
        if under_way || !held {
            return;
        }
        if let Some(reward) = self.reward(booking) {
            reward.terms = Terms { epoch, issued_at, expires_at, ..reward.terms };
            (reward.signature, reward.issuer, reward.reissued) = (None, None, true);
        }
        self.stage(booking, Stage::Earned);
    }

    /// Issues anew what was issued by another issuer or is good no longer.
    fn reissue_stale(&mut self, now_ms: u64, time: u64) {
        let issuer = self.config.issuer;
        let stale = |reward: &Reward| {
            let by_another = reward.issuer.is_some_and(|by| by != issuer);
            reward.holds_voucher() && (reward.terms.expires_at < time || by_another)
        };
        let keys: Vec<String> =
            self.state.rewards.iter().filter(|(_, reward)| stale(reward)).map(|(key, _)| key.clone()).collect();
        keys.iter().for_each(|key| self.reissue(now_ms, key));
    }

    /// A reward that is about to change.
    fn reward(&mut self, booking: &str) -> Option<&mut Reward> {
        let reward = self.state.rewards.get_mut(booking)?;
        self.touched.insert(booking.to_owned());
        Some(reward)
    }

    fn cancelled(&mut self, now_ms: u64, booking: &str) {
        let Some(reward) = self.reward(booking).filter(|reward| !reward.cancelled) else { return };
        reward.cancelled = true;
        let (stage, custodial, loose) = (reward.stage, reward.custodial, reward.in_epoch.is_none() && !reward.reissued);
        let unpublished = custodial && self.state.lane.by_id(&Wish::Claim.of(booking)).is_none();
        // Nobody but us has ever seen the voucher. What is under a root cannot be taken out of it.
        if loose && (stage == Stage::Earned || stage == Stage::Issued && unpublished) {
            return self.count(now_ms, booking, Ended::Reversed);
        }
        if stage == Stage::Settled {
            self.owe(now_ms, booking);
        }
        self.sort(booking);
    }

    fn voucher_signed(&mut self, booking: &str, signature: Bytes) {
        let place = self.config.place;
        let issuer = self.config.issuer;
        let Some(reward) = self.reward(booking) else { return };
        // Any 65 bytes are somebody's signature. One that is not the issuer's is asked for again, after a while.
        if reward.terms.signer(&place, &signature) != Some(issuer) {
            return;
        }
        if reward.stage == Stage::Earned {
            (reward.signature, reward.issuer) = (Some(signature), Some(issuer));
            self.stage(booking, Stage::Issued);
        }
        self.asked.remove(&(Asked::Voucher, booking.to_owned()));
    }

    fn stage(&mut self, booking: &str, stage: Stage) {
        if self.state.rewards.get(booking).is_some_and(|reward| reward.stage != stage)
            && let Some(reward) = self.reward(booking)
        {
            reward.stage = stage;
            self.out.push_back(Output::Tell { booking: booking.to_owned(), stage });
        }
        self.sort(booking);
    }

    fn post(&mut self, now_ms: u64, key: String, booking: &str, moves: Vec<Move>) {
        self.out.push_back(Output::Post(Entry { key, booking: booking.to_owned(), at_ms: now_ms, moves }));
    }
}

#[cfg(test)]
mod tests;
