//! The server around the machine: a store that holds what each step left, and a world that answers, or does not. It is killed between any two steps,
//! and in the middle of one.

use crate::chain::{Claim, SimChain, Tx};
use alloy_primitives::{Address, B256, Bytes, keccak256};
use k256::ecdsa::SigningKey;
use rand::Rng;
use rand::rngs::StdRng;
use std::collections::{BTreeMap, VecDeque};
use wallet::ledger::Ledger;
use wallet::money::{Price, Wei};
use wallet::nonce::{Block, Fees, Try};
use wallet::rules::Product;
use wallet::settle::{
    Booked, Call, Errand, Event, Goal, Input, Output, Reward, SettleConfig, Settlement, Stage, Standing, State, Unsent,
};
use wallet::voucher::{Place, Terms};

/// What happened.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) kills: u32,
    pub(crate) removed: u32,
    pub(crate) replaced: u32,
    pub(crate) repeated: u32,
}

pub(crate) struct Server {
    settlement: Settlement,
    pub(crate) book: Ledger,
    /// Rewards as they were stored, one by one as they changed.
    stored: BTreeMap<String, Reward>,
    errands: BTreeMap<String, Errand>,
    todo: VecDeque<Output>,
    signed: BTreeMap<Bytes, Tx>,
    /// Blocks with their logs that were taken, as the listener keeps them.
    heard: Vec<(Block, Vec<(B256, Event)>)>,
    pub(crate) tally: Tally,
    config: SettleConfig,
    /// Rewards out of epochs that can be claimed and were not looked at by their travellers yet.
    open_leaves: Vec<String>,
    done: bool,
    looked: u8,
}

impl Server {
    pub(crate) fn new(confirmations: u64, epochs: bool) -> Self {
        let config = config(confirmations, epochs);
        let settlement = Settlement::restore(config.clone(), State::default());
        Self {
            settlement,
            book: Ledger::default(),
            stored: BTreeMap::new(),
            errands: BTreeMap::new(),
            todo: VecDeque::new(),
            signed: BTreeMap::new(),
            heard: Vec::new(),
            tally: Tally::default(),
            config,
            open_leaves: Vec::new(),
            done: false,
            looked: 0,
        }
    }

    pub(crate) fn state(&self) -> &State {
        self.settlement.state()
    }

    /// One step: what it changes and what it posts is stored together, and only then is anything done.
    fn step(&mut self, now: u64, input: Input) {
        self.settlement.handle(now, input);
        while let Some(output) = self.settlement.poll() {
            match output {
                Output::Post(entry) => drop(self.book.post(&entry).expect("it fits")),
                Output::Tell { booking, stage: Stage::Issued } => self.open_leaves.push(booking),
                Output::Tell { .. } | Output::Ended { .. } => {}
                other => self.todo.push_back(other),
            }
        }
        for key in self.settlement.changed() {
            let reward = self.settlement.state().rewards[&key].clone();
            self.stored.insert(key, reward);
        }
        for key in self.settlement.changed_errands() {
            let errand = self.settlement.state().errands[&key].clone();
            self.errands.insert(key, errand);
        }
    }

    pub(crate) fn books(&mut self, now: u64, number: u32, chance: &mut StdRng) {
        let booked = Booked {
            booking: format!("booking {number}"),
            traveller: Address::from_word(keccak256(chance.random_range(0..200_u32).to_be_bytes())),
            custodial: chance.random_bool(0.8),
            product: if chance.random() { Product::Flight } else { Product::Hotel },
            level: 0,
            total_minor: chance.random_range(0..400_000),
            currency: "USD".to_owned(),
            price: Price { minor: 25, wei: Wei::from(10_u128.pow(18)) },
        };
        // A session that was cut off tells it again.
        for _ in 0..chance.random_range(1..3) {
            self.step(now, Input::Booked(booked.clone()));
        }
    }

    /// A traveller joins under the one with half their number; the first under nobody. It may be wanted again and again.
    pub(crate) fn joins(&mut self, now: u64, number: u32) {
        let referrer = if number == 0 { Address::ZERO } else { member(number / 2) };
        let goal = Goal::Joined { account: member(number), referrer };
        self.step(now, Input::Wanted { errand: format!("join:{number}"), goal });
    }

    pub(crate) fn cancels(&mut self, now: u64, number: u32, chance: &mut StdRng) {
        for _ in 0..chance.random_range(1..3) {
            self.step(now, Input::Cancelled { booking: format!("booking {number}") });
        }
    }

    /// What was stored is there again, the listener's place with it; what was about to be done is not, nor is what the machine knew by heart.
    pub(crate) fn is_killed(&mut self, chance: &mut StdRng, now: u64) {
        self.tally.kills += 1;
        assert!(self.errands == self.state().errands, "what is said to have changed is all that has");
        assert!(self.stored == self.state().rewards, "what is said to have changed is all that has");
        let stored = serde_json::to_string(self.state()).expect("it is plain data");
        if chance.random() {
            // In the middle of a step: nothing of it was stored.
            self.settlement.handle(now, Input::Tick);
        }
        let state: State = serde_json::from_str(&stored).expect("it was written so");
        self.settlement = Settlement::restore(self.config.clone(), state);
        self.todo.clear();
    }

    /// Does what is to be done, as far as the world lets it.
    pub(crate) fn acts(&mut self, now: u64, chain: &mut SimChain, chance: &mut StdRng, calm: bool) {
        for _ in 0..self.todo.len() {
            let Some(output) = self.todo.pop_front() else { break };
            let lost = !calm && chance.random_bool(0.04);
            if lost {
                continue;
            }
            if let Some(input) = self.act(now, output, chain, chance, calm) {
                self.step(now, input);
            }
        }
        // A traveller with a wallet of their own claims by and by, or never.
        for booking in std::mem::take(&mut self.open_leaves) {
            let Some(reward) = self.state().rewards.get(&booking) else { continue };
            if reward.in_epoch.is_some() && chance.random_bool(0.7) {
                let (id, traveller) = (reward.terms.booking, reward.terms.traveller);
                let (commission, of) = (reward.terms.commission, reward.in_epoch.clone());
                chain.claims.push(Claim { id, traveller, commission, of, issued_in: 0 });
            }
        }
        self.step(now, Input::Tick);
        // Looking at everything takes long.
        self.looked = (self.looked + 1) % 16;
        if !calm || self.looked != 0 {
            return;
        }
        let errands = self.state().errands.values().all(|errand| errand.standing != Standing::Wanted);
        self.done = errands && self.open().is_empty() && self.state().lane.in_the_air() == 0;
    }

    fn act(
        &mut self,
        now: u64,
        output: Output,
        chain: &mut SimChain,
        chance: &mut StdRng,
        calm: bool,
    ) -> Option<Input> {
        match output {
            Output::Post(_) | Output::Tell { .. } | Output::Ended { .. } => None,
            Output::SignVoucher { booking, terms } => {
                let reward = self.state().rewards.get(&booking)?;
                // A traveller with a wallet of their own claims by and by, or never.
                if !reward.custodial && chance.random_bool(0.7) {
                    let (traveller, commission) = (terms.traveller, terms.commission);
                    let issued_in = terms.epoch;
                    chain.claims.push(Claim { id: terms.booking, traveller, commission, of: None, issued_in });
                }
                Some(Input::VoucherSigned { booking, signature: signature(&terms, chance) })
            }
            Output::SignTx { nonce, call, fees } => {
                self.tally.replaced +=
                    u32::from(self.state().lane.get(nonce).is_some_and(|flight| !flight.tries.is_empty()));
                Some(Input::TxSigned { nonce, call: call.clone(), version: self.sign(now, nonce, call, fees) })
            }
            Output::Send { nonce, raw } => {
                let tx = self.signed.get(&raw)?.clone();
                let result = match chance.random_range(0..20) {
                    0 if !calm => Ok(()),
                    1 if !calm => Err(Unsent::Unknown),
                    2 if !calm => chain.takes(tx).and(Err(Unsent::Unknown)),
                    _ => chain.takes(tx),
                };
                Some(Input::Sent { nonce, result })
            }
            Output::FindTx { nonce, hashes } => Some(Input::TxFound { nonce, block: chain.finds(&hashes) }),
            Output::FindGoal { errand, changes, goal } => {
                Some(Input::GoalFound { errand, changes, progress: chain.progress(&goal) })
            }
            Output::FindRoom => Some(Input::RoomFound(chain.room())),
            Output::FindBooking { booking, id } => Some(Input::BookingFound { booking, state: chain.stands(id) }),
        }
    }

    fn sign(&mut self, now: u64, nonce: u64, call: Call, fees: Fees) -> Try {
        let hash = keccak256(format!("{nonce} {call:?} {fees:?}"));
        let raw = Bytes::copy_from_slice(hash.as_slice());
        self.signed.insert(raw.clone(), Tx { nonce, hash, call, fees });
        Try { hash, raw, fees, at_ms: now }
    }

    /// Hears what joined the chain and what left it, some of it twice.
    pub(crate) fn listens(&mut self, now: u64, chain: &SimChain, chance: &mut StdRng) {
        while let Some((last, _)) = self.heard.last() {
            if chain.blocks.get(last.number as usize).is_some_and(|block| block.block == *last) {
                break;
            }
            let (block, logs) = self.heard.pop().expect("it was looked at");
            self.tally.removed += 1;
            for (id, event) in logs {
                self.step(now, Input::Log { id, event, block, removed: true });
            }
        }
        for number in self.heard.len()..chain.blocks.len() {
            let block = &chain.blocks[number];
            for _ in 0..chance.random_range(1..3) {
                for (id, event) in &block.logs {
                    self.step(now, Input::Log { id: *id, event: *event, block: block.block, removed: false });
                }
                self.tally.repeated += 1;
            }
            self.heard.push((block.block, block.logs.clone()));
        }
        let head = chain.head();
        let (number, time) = (head.block.number, head.time);
        self.step(now, Input::Head { number, time, base_fee: chain.base_fee, count: chain.count });
    }

    /// Rewards that are not over, without those that wait for their traveller.
    pub(crate) fn open(&self) -> Vec<(&String, Stage)> {
        let open = self.state().rewards.iter().filter(|(_, reward)| match reward.stage {
            Stage::Nothing | Stage::Settled | Stage::Reversed | Stage::Owing => false,
            Stage::Issued => reward.custodial || reward.cancelled,
            Stage::Earned | Stage::Claimed | Stage::Paid | Stage::Reversing => true,
        });
        open.map(|(key, reward)| (key, reward.stage)).collect()
    }

    pub(crate) fn is_done(&self) -> bool {
        self.done
    }
}

pub(crate) fn member(number: u32) -> Address {
    Address::from_word(keccak256(format!("member {number}")))
}

/// An epoch of the world.
pub(crate) const EPOCH_MS: u64 = 60_000;

fn config(confirmations: u64, epochs: bool) -> SettleConfig {
    let issuer = Address::from_public_key(key(7).verifying_key());
    SettleConfig { confirmations, epochs, epoch_ms: EPOCH_MS, ..SettleConfig::new(place(), issuer) }
}

/// The issuer signs, or now and then somebody else does.
fn signature(terms: &Terms, chance: &mut StdRng) -> Bytes {
    let key = if chance.random_bool(0.02) { key(8) } else { key(7) };
    let digest = terms.digest(&place());
    let (signature, v) = key.sign_prehash_recoverable(digest.as_slice()).expect("it signs");
    [&signature.to_bytes()[..], &[27 + v.to_byte()]].concat().into()
}

fn key(byte: u8) -> SigningKey {
    SigningKey::from_slice(&[byte; 32]).expect("it is a key")
}

fn place() -> Place {
    Place { chain_id: 31_337, distributor: Address::repeat_byte(7) }
}
