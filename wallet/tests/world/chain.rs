//! A chain with one distributor on it: blocks, a pool, reorganisations. It knows the distributor's rules and nothing of the server.

use alloy_primitives::{Address, B256, keccak256};
use rand::Rng;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use wallet::merkle::{Leaf, root_of};
use wallet::money::Wei;
use wallet::nonce::{Block, Fees};
use wallet::rules::{Legs, Shares};
use wallet::settle::{Act, Call, Event, Goal, InEpoch, OnChain, Progress, Unsent};

/// What it gives out at once, and what grows again with each block.
const ROOM_MAX: u128 = 30_000 * 10_u128.pow(18);
const ROOM_GROWS: u128 = 10_000 * 10_u128.pow(18);
/// Transactions of one block.
const BLOCK_MAX: usize = 40;

/// What a traveller sends from a wallet of their own.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) id: B256,
    pub(crate) traveller: Address,
    pub(crate) commission: Wei,
    /// Out of an epoch, with its proof; otherwise by a voucher of this epoch.
    pub(crate) of: Option<InEpoch>,
    pub(crate) issued_in: u64,
}

/// A published epoch.
#[derive(Clone, Copy, Debug)]
struct Epoch {
    root: B256,
    remaining: Wei,
    opens_at: u64,
}

/// A booking on the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Booking {
    #[default]
    New,
    Pending {
        traveller: Address,
        commission: Wei,
        matures_at: u64,
    },
    Paid,
    Cancelled,
}

impl Booking {
    pub(crate) fn is_new(self) -> bool {
        self == Self::New
    }

    pub(crate) fn is_paid(self) -> bool {
        self == Self::Paid
    }

    pub(crate) fn is_cancelled(self) -> bool {
        self == Self::Cancelled
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Tx {
    pub(crate) nonce: u64,
    pub(crate) hash: B256,
    pub(crate) call: Call,
    pub(crate) fees: Fees,
}

#[derive(Clone, Debug)]
pub(crate) struct SimBlock {
    pub(crate) block: Block,
    pub(crate) time: u64,
    pub(crate) txs: Vec<Tx>,
    pub(crate) logs: Vec<(B256, Event)>,
    claims: Vec<Claim>,
}

#[derive(Debug)]
pub(crate) struct SimChain {
    pub(crate) blocks: Vec<SimBlock>,
    pub(crate) pool: BTreeMap<u64, Tx>,
    /// Claims that travellers send from wallets of their own.
    pub(crate) claims: Vec<Claim>,
    bookings: BTreeMap<B256, Booking>,
    pub(crate) paid: BTreeMap<Address, Wei>,
    pub(crate) referral: Wei,
    pub(crate) treasury: Wei,
    epochs: BTreeMap<u64, Epoch>,
    /// From these times on, in seconds, vouchers of earlier epochs than these are void.
    voids: BTreeMap<u64, u64>,
    /// What it takes on now.
    room: Wei,
    /// Transactions of the server's that there was no room for.
    pub(crate) refused: u32,
    /// Claims out of epochs that were paid.
    pub(crate) from_epochs: u32,
    /// Who joined the referral tree, under whom.
    pub(crate) joined: BTreeMap<Address, Address>,
    /// Joins that changed nothing, in the blocks that there are.
    pub(crate) vain: u32,
    pub(crate) count: u64,
    pub(crate) base_fee: u128,
    window_s: u64,
    forks: u64,
    /// Where each transaction is.
    places: BTreeMap<B256, Block>,
}

impl SimChain {
    pub(crate) fn new(window_s: u64) -> Self {
        let mut chain = Self {
            blocks: Vec::new(),
            pool: BTreeMap::new(),
            claims: Vec::new(),
            bookings: BTreeMap::new(),
            paid: BTreeMap::new(),
            referral: Wei::ZERO,
            treasury: Wei::ZERO,
            epochs: BTreeMap::new(),
            voids: BTreeMap::new(),
            room: Wei::from(ROOM_MAX),
            refused: 0,
            from_epochs: 0,
            joined: BTreeMap::new(),
            vain: 0,
            count: 0,
            base_fee: 1_000_000_000,
            window_s,
            forks: 0,
            places: BTreeMap::new(),
        };
        chain.append(1_790_000_000, Vec::new(), Vec::new());
        chain
    }

    pub(crate) fn booking(&self, id: B256) -> Booking {
        self.bookings.get(&id).copied().unwrap_or_default()
    }

    pub(crate) fn stands(&self, id: B256) -> OnChain {
        match self.booking(id) {
            Booking::New => OnChain::None,
            Booking::Pending { .. } => OnChain::Pending,
            Booking::Paid => OnChain::Settled,
            Booking::Cancelled => OnChain::Cancelled,
        }
    }

    pub(crate) fn head(&self) -> &SimBlock {
        self.blocks.last().expect("there is a first block")
    }

    /// What a node says to a transaction.
    pub(crate) fn takes(&mut self, tx: Tx) -> Result<(), Unsent> {
        if tx.nonce < self.count {
            return Err(Unsent::NonceSpent);
        }
        if let Some(other) = self.pool.get(&tx.nonce) {
            if other.hash == tx.hash {
                return Err(Unsent::Known);
            }
            if tx.fees.max * 10 < other.fees.max * 11 || tx.fees.priority * 10 < other.fees.priority * 11 {
                return Err(Unsent::Underpriced);
            }
        }
        self.pool.insert(tx.nonce, tx);
        Ok(())
    }

    pub(crate) fn finds(&self, hashes: &[B256]) -> Option<Block> {
        hashes.iter().find_map(|hash| self.places.get(hash).copied())
    }

    pub(crate) fn mines(&mut self, now_ms: u64, chance: &mut StdRng, calm: bool) {
        if !calm {
            self.pool.retain(|_, _| chance.random_bool(0.97));
        }
        let swing = chance.random_range(80..125_u128);
        self.base_fee = (self.base_fee * swing / 100).clamp(100_000_000, 60_000_000_000);
        let (mut txs, mut next) = (Vec::new(), self.count);
        while txs.len() < BLOCK_MAX
            && let Some(tx) = self.pool.get(&next).filter(|tx| tx.fees.max >= self.base_fee)
        {
            txs.push(tx.clone());
            next += 1;
        }
        let claims = std::mem::take(&mut self.claims);
        self.append(now_ms / 1000, txs, claims);
        let count = self.count;
        self.pool.retain(|nonce, _| *nonce >= count);
    }

    /// The newest `depth` blocks give way to others, which may hold other things.
    pub(crate) fn reorganises(&mut self, depth: usize, now_ms: u64, chance: &mut StdRng) {
        let depth = depth.min(self.blocks.len() - 1);
        self.forks += 1;
        let stays = self.blocks.len() - depth;
        for block in self.blocks.split_off(stays) {
            for tx in block.txs {
                self.places.remove(&tx.hash);
                if chance.random_bool(0.7) {
                    self.pool.insert(tx.nonce, tx);
                }
            }
            self.claims.extend(block.claims);
        }
        self.replay();
        for _ in 0..=depth {
            self.mines(now_ms, chance, false);
        }
    }

    fn replay(&mut self) {
        let blocks = std::mem::take(&mut self.blocks);
        self.bookings.clear();
        self.paid.clear();
        self.joined.clear();
        self.epochs.clear();
        self.from_epochs = 0;
        self.vain = 0;
        (self.referral, self.treasury, self.count) = (Wei::ZERO, Wei::ZERO, 0);
        (self.room, self.refused) = (Wei::from(ROOM_MAX), 0);
        for block in blocks {
            self.grow();
            for tx in &block.txs {
                self.run(&tx.call, block.time);
                self.count += 1;
            }
            for claim in &block.claims {
                self.claim(claim, block.time);
            }
            self.blocks.push(block);
        }
    }

    fn append(&mut self, time: u64, txs: Vec<Tx>, claims: Vec<Claim>) {
        let number = self.blocks.len() as u64;
        let parent = self.blocks.last().map_or(B256::ZERO, |last| last.block.hash);
        let hash = keccak256([parent.as_slice(), &self.forks.to_be_bytes(), &[txs.len() as u8]].concat());
        let mut logs = Vec::new();
        self.grow();
        for tx in &txs {
            logs.extend(self.run(&tx.call, time));
            self.count += 1;
        }
        for claim in &claims {
            logs.extend(self.claim(claim, time));
        }
        self.places.extend(txs.iter().map(|tx| (tx.hash, Block { number, hash })));
        self.blocks.push(SimBlock { block: Block { number, hash }, time, txs, logs, claims });
    }

    /// Vouchers of earlier epochs than this are void in the blocks to come.
    pub(crate) fn voids(&mut self, now_ms: u64, epoch: u64) {
        self.voids.insert(now_ms / 1000, epoch);
    }

    fn is_void(&self, epoch: u64, time: u64) -> bool {
        // A block that comes at the same moment was made before.
        self.voids.range(..time).next_back().is_some_and(|(_, least)| epoch < *least)
    }

    /// What the distributor takes on now.
    pub(crate) fn room(&self) -> Wei {
        self.room
    }

    fn grow(&mut self) {
        self.room = self.room.plus(Wei::from(ROOM_GROWS)).map_or(self.room, |room| room.min(Wei::from(ROOM_MAX)));
    }

    fn takes_on(&mut self, wei: Wei) -> bool {
        let left = self.room.minus(wei);
        self.room = left.unwrap_or(self.room);
        left.is_some()
    }

    fn run(&mut self, call: &Call, time: u64) -> Vec<(B256, Event)> {
        match call {
            Call::Claim(terms, _) => {
                let (traveller, commission, issued_in) = (terms.traveller, terms.commission, terms.epoch);
                self.refused += u32::from(self.booking(terms.booking).is_new() && self.room < commission);
                self.claim(&Claim { id: terms.booking, traveller, commission, of: None, issued_in }, time)
            }
            Call::Release(id) => match self.booking(*id) {
                Booking::Pending { traveller, commission, matures_at } if time >= matures_at => {
                    vec![self.pay(*id, traveller, commission)]
                }
                _ => Vec::new(),
            },
            Call::Cancel(id) => {
                let late = matches!(self.booking(*id), Booking::Pending { matures_at, .. } if time >= matures_at);
                if late || self.booking(*id).is_paid() || self.booking(*id).is_cancelled() {
                    return Vec::new();
                }
                self.bookings.insert(*id, Booking::Cancelled);
                vec![(*id, Event::Cancelled)]
            }
            Call::Act(Act::Join { account, referrer }) => {
                let stands = *referrer == Address::ZERO || self.joined.contains_key(referrer);
                if stands && !self.joined.contains_key(account) {
                    self.joined.insert(*account, *referrer);
                } else {
                    self.vain += 1;
                }
                Vec::new()
            }
            Call::Act(Act::Publish { epoch, root, total, .. }) => {
                let opens_at = time + self.window_s;
                if self.epochs.contains_key(epoch) || !self.takes_on(*total) {
                    return Vec::new();
                }
                self.epochs.entry(*epoch).or_insert(Epoch { root: *root, remaining: *total, opens_at });
                Vec::new()
            }
            Call::Act(_) | Call::Void => Vec::new(),
        }
    }

    /// What is missing for a goal.
    pub(crate) fn progress(&self, goal: &Goal) -> Progress {
        if let Goal::Published { epoch, root, total, closes_at } = goal {
            let (epoch, root, total, closes_at) = (*epoch, *root, *total, *closes_at);
            return match self.epochs.get(&epoch) {
                Some(there) if there.root != root => Progress::Impossible,
                Some(there) if self.head().time < there.opens_at => Progress::Later,
                Some(_) => Progress::Reached,
                None if self.room < total => Progress::Later,
                None => Progress::Next(Act::Publish { epoch, root, total, closes_at }),
            };
        }
        let Goal::Joined { account, referrer } = goal else { return Progress::Impossible };
        match self.joined.get(account) {
            Some(under) if under == referrer => Progress::Reached,
            Some(_) => Progress::Impossible,
            None if *referrer == Address::ZERO || self.joined.contains_key(referrer) => {
                Progress::Next(Act::Join { account: *account, referrer: *referrer })
            }
            None => Progress::Later,
        }
    }

    fn claim(&mut self, claim: &Claim, time: u64) -> Vec<(B256, Event)> {
        let Claim { id, traveller, commission, of, issued_in } = claim;
        if !self.booking(*id).is_new() {
            return Vec::new();
        }
        if let Some(of) = of {
            let leaf = Leaf { booking: *id, traveller: *traveller, commission: *commission };
            let Some(epoch) = self.epochs.get_mut(&of.epoch).filter(|epoch| time >= epoch.opens_at) else {
                return Vec::new();
            };
            assert_eq!(root_of(&leaf, &of.proof), epoch.root, "the proof is right");
            let Some(remaining) = epoch.remaining.minus(*commission) else { return Vec::new() };
            epoch.remaining = remaining;
            self.from_epochs += 1;
            return vec![self.pay(*id, *traveller, *commission)];
        }
        if self.is_void(*issued_in, time) || !self.takes_on(*commission) {
            return Vec::new();
        }
        let matures_at = time + self.window_s;
        let claimed = (*id, Event::Claimed { matures_at });
        if self.window_s == 0 {
            return vec![claimed, self.pay(*id, *traveller, *commission)];
        }
        self.bookings.insert(*id, Booking::Pending { traveller: *traveller, commission: *commission, matures_at });
        vec![claimed]
    }

    fn pay(&mut self, id: B256, traveller: Address, commission: Wei) -> (B256, Event) {
        let shipped = Shares::default().split(commission).expect("the shares are a whole");
        // Nobody is above every second traveller: their referral leg is the treasury's.
        let legs = if traveller.0[19] % 2 == 0 {
            shipped
        } else {
            let treasury = shipped.treasury.plus(shipped.referral).expect("it fits");
            Legs { referral: Wei::ZERO, treasury, ..shipped }
        };
        self.bookings.insert(id, Booking::Paid);
        let add = |sum: &mut Wei, wei: Wei| *sum = sum.plus(wei).expect("it fits");
        add(self.paid.entry(traveller).or_default(), legs.traveller);
        add(&mut self.referral, legs.referral);
        add(&mut self.treasury, legs.treasury);
        (id, Event::Settled(legs))
    }
}
