//! What the chain says, and what it takes back: logs, blocks, transactions. What is deep enough goes into the book.

use crate::ledger::{Account, Move};
use crate::nonce::{Block, Fees, Try};
use crate::settle::work::Wish;
use crate::settle::{Asked, Call, Ended, Event, Head, OnChain, STALE_HEADS, Settlement, Stage, Unsent};
use alloy_primitives::B256;

/// The deepest reorganisation that is expected, in blocks: until then a transaction that left the chain can be sent again.
const REORG_MAX: u64 = 64;

impl Settlement {
    /// A log joined the chain, or left it. One that was seen before changes nothing, nor does the leaving of one that another has replaced.
    pub(super) fn log(&mut self, now_ms: u64, id: B256, event: Event, block: Block, removed: bool) {
        let Some(booking) = self.ids.get(&id).cloned() else { return };
        let Some(reward) = self.reward(&booking) else { return };
        let mark = &mut reward.mark;
        match (event, removed) {
            (Event::Claimed { matures_at }, false) => mark.claimed = Some((block, matures_at)),
            (Event::Claimed { .. }, true) => mark.claimed = mark.claimed.filter(|(at, _)| *at != block),
            (Event::Settled(legs), false) => mark.ended = Some((block, Ended::Paid(legs))),
            (Event::Cancelled, false) => mark.ended = Some((block, Ended::Reversed)),
            (Event::Settled(_) | Event::Cancelled, true) => mark.ended = mark.ended.filter(|(at, _)| *at != block),
        }
        let ended = reward.mark.ended.map(|(_, ended)| ended);
        // The book holds what is no longer so.
        if reward.booked.is_some() && reward.booked != ended {
            self.uncount(now_ms, &booking);
        }
        self.restage(&booking);
        self.deepen(now_ms);
    }

    /// The stage that follows from what the chain says.
    pub(super) fn restage(&mut self, booking: &str) {
        let Some(reward) = self.state.rewards.get(booking) else { return };
        let issued = reward.signature.is_some() || reward.in_epoch.as_ref().is_some_and(|of| of.open);
        let stage = match (reward.mark.ended, reward.mark.claimed, issued) {
            (Some(_), _, _) if reward.booked.is_some() => reward.stage,
            (Some((_, Ended::Paid(_))), _, _) => Stage::Paid,
            (Some((_, Ended::Reversed)), _, _) => Stage::Reversing,
            (None, Some(_), _) => Stage::Claimed,
            (None, None, true) => Stage::Issued,
            (None, None, false) => Stage::Earned,
        };
        self.stage(booking, stage);
    }

    /// The newest block: what is deep enough counts from now on.
    pub(super) fn newest(&mut self, now_ms: u64, head: Head) {
        self.head = Some(head);
        self.heads += 1;
        self.missing.retain(|nonce, _| head.count > *nonce);
        // What was found was found at another block.
        self.found.clear();
        self.asked.retain(|(asked, _), _| !matches!(asked, Asked::Find(_) | Asked::Booking | Asked::Goal));
        self.state.lane.counted(head.count);
        self.state.lane.fill(head.count);
        self.deepen(now_ms);
        self.close_epoch(now_ms);
        let done: Vec<u64> = self
            .state
            .lane
            .flights()
            .filter(|(_, flight)| flight.mined.is_some_and(|block| self.is_final(block)))
            .map(|(nonce, _)| nonce)
            .collect();
        for nonce in done {
            let id = self.state.lane.get(nonce).map(|flight| flight.id.clone()).unwrap_or_default();
            self.spend(nonce);
            // What was to be claimed and is not yet was refused: with a limit that is respected, its voucher is to blame.
            if let Some(booking) = id.strip_prefix(&Wish::Claim.of("")) {
                self.reissue(now_ms, booking);
            }
        }
        if self.heads % STALE_HEADS == 1 {
            self.reissue_stale(now_ms, head.time);
        }
        while let Some((at, booking)) = self.ripening.first().cloned().filter(|(at, _)| *at <= head.time) {
            self.ripening.remove(&(at, booking.clone()));
            self.wanting.insert(booking);
        }
    }

    pub(super) fn is_deep(&self, block: Block) -> bool {
        self.head.is_some_and(|head| head.number + 1 >= block.number + self.config.confirmations.max(1))
    }

    /// No reorganisation that is followed reaches it: its transaction need not be kept.
    fn is_final(&self, block: Block) -> bool {
        let depth = REORG_MAX + self.config.confirmations;
        self.head.is_some_and(|head| head.number >= block.number + depth)
    }

    fn deepen(&mut self, now_ms: u64) {
        for booking in self.shallow.clone() {
            let ended = self.state.rewards.get(&booking).and_then(|reward| reward.mark.ended);
            if let Some((block, ended)) = ended
                && self.is_deep(block)
            {
                self.count(now_ms, &booking, ended);
            }
        }
    }

    /// A reward has ended: into the book with it.
    pub(super) fn count(&mut self, now_ms: u64, booking: &str, ended: Ended) {
        let Some(reward) = self.reward(booking) else { return };
        let (traveller, commission, turn) = (reward.terms.traveller, reward.terms.commission, reward.counted);
        reward.booked = Some(ended);
        let (name, stage, moves) = match ended {
            Ended::Paid(legs) => {
                let to = [
                    (Account::Traveller(traveller), legs.traveller),
                    (Account::Referral, legs.referral),
                    (Account::Treasury, legs.treasury),
                ];
                let moves = to.map(|(to, wei)| Move { from: Account::Owed, to, wei });
                ("settle", Stage::Settled, moves.to_vec())
            }
            Ended::Reversed => {
                let back = Move { from: Account::Owed, to: Account::Pool, wei: commission };
                ("reverse", Stage::Reversed, vec![back])
            }
        };
        self.post(now_ms, format!("{name}:{booking}:{turn}"), booking, moves);
        self.stage(booking, stage);
        self.owe(now_ms, booking);
    }

    /// What was paid for a booking that was cancelled is owed back.
    pub(super) fn owe(&mut self, now_ms: u64, booking: &str) {
        let Some(reward) = self.state.rewards.get(booking).filter(|reward| reward.cancelled) else { return };
        let Some(Ended::Paid(legs)) = reward.booked else { return };
        let (traveller, turn) = (reward.terms.traveller, reward.counted);
        let owed = Move { from: Account::Traveller(traveller), to: Account::Debt(traveller), wei: legs.traveller };
        self.post(now_ms, format!("owe:{booking}:{turn}"), booking, vec![owed]);
        self.stage(booking, Stage::Owing);
    }

    /// A reorganisation took away what the book holds: the same moves the other way.
    fn uncount(&mut self, now_ms: u64, booking: &str) {
        let Some(reward) = self.reward(booking) else { return };
        let Some(ended) = reward.booked.take() else { return };
        let (traveller, commission, turn) = (reward.terms.traveller, reward.terms.commission, reward.counted);
        let owing = reward.stage == Stage::Owing;
        reward.counted += 1;
        let mut moves = Vec::new();
        match ended {
            Ended::Paid(legs) => {
                if owing {
                    let (from, to) = (Account::Debt(traveller), Account::Traveller(traveller));
                    moves.push(Move { from, to, wei: legs.traveller });
                }
                let from = [
                    (Account::Traveller(traveller), legs.traveller),
                    (Account::Referral, legs.referral),
                    (Account::Treasury, legs.treasury),
                ];
                moves.extend(from.map(|(from, wei)| Move { from, to: Account::Owed, wei }));
            }
            Ended::Reversed => moves.push(Move { from: Account::Pool, to: Account::Owed, wei: commission }),
        }
        self.post(now_ms, format!("undo:{booking}:{turn}"), booking, moves);
    }

    /// How a booking stands at the newest block.
    pub(super) fn booking_found(&mut self, booking: &str, state: OnChain) {
        self.asked.remove(&(Asked::Booking, booking.to_owned()));
        self.found.insert(booking.to_owned(), state);
    }

    /// A transaction was signed. It is sent, and may be anywhere from then on, if it does what is wanted by now and pays enough to replace the
    /// one before it; otherwise it was never sent, and another is asked for.
    pub(super) fn tx_signed(&mut self, nonce: u64, call: &Call, version: Try) {
        self.asked.remove(&(Asked::Sign(nonce), String::new()));
        let Some(flight) = self.state.lane.get(nonce) else { return };
        let least = flight.tries.last().map_or(Fees::default(), |last| last.fees.bumped(Fees::default()));
        let pays = version.fees.max >= least.max && version.fees.priority >= least.priority;
        if !pays || self.call(&flight.id.clone()) != *call {
            return;
        }
        self.underpriced.remove(&nonce);
        self.sent.remove(&nonce);
        self.state.lane.signed(nonce, version);
    }

    /// What the node made of a transaction.
    pub(super) fn sent(&mut self, now_ms: u64, nonce: u64, result: Result<(), Unsent>) {
        self.asked.remove(&(Asked::Send(nonce), String::new()));
        self.sent.insert(nonce, now_ms);
        if result == Err(Unsent::Underpriced) {
            self.underpriced.insert(nonce);
        }
    }

    /// Where a nonce's transaction is. A nonce that the chain has gone past without one of ours was spent by somebody else; but the answer may be of
    /// a newer chain than the head is, so a later head and another answer must say the same.
    pub(super) fn tx_found(&mut self, nonce: u64, block: Option<Block>) {
        self.state.lane.found(nonce, block);
        let passed = self.head.is_some_and(|head| head.count > nonce);
        if block.is_some() || !passed {
            self.missing.remove(&nonce);
        } else if *self.missing.entry(nonce).or_insert(self.heads) < self.heads {
            self.spend(nonce);
        }
    }

    fn spend(&mut self, nonce: u64) {
        self.state.lane.spent(nonce);
        self.missing.remove(&nonce);
        self.sent.remove(&nonce);
        self.underpriced.remove(&nonce);
        for asked in [Asked::Sign(nonce), Asked::Send(nonce), Asked::Find(nonce)] {
            self.asked.remove(&(asked, String::new()));
        }
    }
}
