//! What is to be done now, as it follows from the state. Nothing is asked twice while it may still be answered, and no more at once than has a bound.

use crate::nonce::{FLIGHTS_MAX, Fees, TRIES_MAX};
use crate::settle::{ASK_AGAIN_MS, Asked, Call, Input, OnChain, Output, Settlement, Stage};

/// Vouchers to be signed at once.
const VOUCHERS_MAX: usize = 64;
/// Transactions of errands that are begun in one step.
const ERRANDS_MAX: usize = 4;
/// Rewards looked at in one step: the rest has its turn later.
const LOOKED_AT_MAX: usize = 256;

/// What a reward needs of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Claim,
    Release,
    Cancel,
}

impl Wish {
    /// The name of its flight.
    pub(super) fn of(self, booking: &str) -> String {
        let word = match self {
            Self::Claim => "claim",
            Self::Release => "release",
            Self::Cancel => "cancel",
        };
        format!("{word}:{booking}")
    }

    /// It makes sense for a booking that stands so.
    fn fits(self, state: OnChain) -> bool {
        match self {
            Self::Claim => state == OnChain::None,
            Self::Release => state == OnChain::Pending,
            Self::Cancel => matches!(state, OnChain::None | OnChain::Pending),
        }
    }
}

/// Which transactions are looked after in a step: time and new blocks concern all of them, an answer only its own.
pub(super) enum Flights {
    None,
    One(u64),
    All,
}

impl Flights {
    /// Those that an input concerns.
    pub(super) fn of(input: &Input) -> Self {
        match input {
            Input::Head { .. } | Input::Tick => Self::All,
            Input::TxSigned { nonce, .. } | Input::Sent { nonce, .. } | Input::TxFound { nonce, .. } => {
                Self::One(*nonce)
            }
            Input::Booked(_)
            | Input::Cancelled { .. }
            | Input::VoucherSigned { .. }
            | Input::BookingFound { .. }
            | Input::RoomFound(_)
            | Input::Wanted { .. }
            | Input::GoalFound { .. }
            | Input::Log { .. } => Self::None,
        }
    }
}

impl Settlement {
    /// Puts a reward where it is found when its turn comes.
    pub(super) fn sort(&mut self, booking: &str) {
        self.unsigned.remove(booking);
        self.wanting.remove(booking);
        self.claiming.remove(booking);
        self.shallow.remove(booking);
        let Some(reward) = self.state.rewards.get(booking) else { return };
        let matures_at = reward.mark.claimed.map_or(0, |(_, at)| at);
        let ripe = self.head.is_some_and(|head| head.time >= matures_at);
        self.ripening.remove(&(matures_at, booking.to_owned()));
        match reward.stage {
            Stage::Earned if reward.cancelled => drop(self.wanting.insert(booking.to_owned())),
            // It waits for the end of its epoch, or for the chain.
            Stage::Earned if reward.in_epoch.is_some() || self.config.epochs && !reward.custodial => {}
            Stage::Earned => drop(self.unsigned.insert(booking.to_owned())),
            Stage::Issued if reward.cancelled => drop(self.wanting.insert(booking.to_owned())),
            Stage::Issued if reward.custodial => drop(self.claiming.insert(booking.to_owned())),
            Stage::Claimed if ripe || reward.cancelled => drop(self.wanting.insert(booking.to_owned())),
            Stage::Claimed => drop(self.ripening.insert((matures_at, booking.to_owned()))),
            Stage::Paid | Stage::Reversing => drop(self.shallow.insert(booking.to_owned())),
            Stage::Nothing | Stage::Issued | Stage::Settled | Stage::Reversed | Stage::Owing => {}
        }
    }

    /// What a reward needs of the chain now.
    fn wish(&self, booking: &str) -> Option<Wish> {
        let reward = self.state.rewards.get(booking)?;
        let ripe = reward.mark.claimed.is_some_and(|(_, at)| self.head.is_some_and(|head| head.time >= at));
        match (reward.stage, reward.cancelled) {
            (Stage::Earned | Stage::Issued, true) => Some(Wish::Cancel),
            (Stage::Issued, false) if reward.custodial => Some(Wish::Claim),
            (Stage::Claimed, _) if ripe => Some(Wish::Release),
            (Stage::Claimed, true) => Some(Wish::Cancel),
            _ => None,
        }
    }

    /// Asks for everything that can be done now, of every flight or of the one that something was heard of.
    pub(super) fn work(&mut self, now_ms: u64, flights: &Flights) {
        self.fly(now_ms, flights);
        let waiting = |asked: Asked, settlement: &Self| {
            let from = settlement.asked.range((asked, String::new())..);
            from.take_while(|((other, _), _)| *other == asked).count()
        };
        let mut vouchers = VOUCHERS_MAX.saturating_sub(waiting(Asked::Voucher, self));
        let unsigned: Vec<String> = self.unsigned.iter().take(LOOKED_AT_MAX).cloned().collect();
        for booking in unsigned {
            if vouchers == 0 {
                break;
            }
            let Some(terms) = self.state.rewards.get(&booking).map(|reward| reward.terms) else { continue };
            if self.ask(now_ms, &booking, Asked::Voucher) {
                vouchers -= 1;
                self.out.push_back(Output::SignVoucher { booking, terms });
            }
        }
        let mut flights = FLIGHTS_MAX.saturating_sub(self.state.lane.in_the_air() + waiting(Asked::Booking, self));
        // They are few, and wait for no reward.
        flights -= self.run_errands(now_ms, flights.min(ERRANDS_MAX));
        let wanting = self.wanting.iter().take(LOOKED_AT_MAX).chain(self.claiming.iter().take(LOOKED_AT_MAX));
        for booking in wanting.cloned().collect::<Vec<_>>() {
            if flights == 0 {
                break;
            }
            if self.depart(now_ms, &booking) {
                flights -= 1;
            }
        }
    }

    /// Begins what a reward needs of the chain, or asks how it stands there; false when there is nothing to begin.
    fn depart(&mut self, now_ms: u64, booking: &str) -> bool {
        let under_way = [Wish::Claim, Wish::Release, Wish::Cancel]
            .iter()
            .filter_map(|wish| self.state.lane.by_id(&wish.of(booking)))
            // One that is deep enough has done what it does, and is kept for a reorganisation alone.
            .any(|(_, flight)| !flight.mined.is_some_and(|block| self.is_deep(block)));
        let (Some(wish), Some(_), false) = (self.wish(booking), self.head, under_way) else { return false };
        let takes =
            self.state.rewards.get(booking).filter(|_| wish == Wish::Claim).map(|reward| reward.terms.commission);
        if let Some(takes) = takes
            && self.room(now_ms).is_none_or(|room| room < takes)
        {
            return false;
        }
        match self.found.get(booking) {
            None => {
                let Some(id) = self.state.rewards.get(booking).map(|reward| reward.terms.booking) else { return false };
                if self.ask(now_ms, booking, Asked::Booking) {
                    self.out.push_back(Output::FindBooking { booking: booking.to_owned(), id });
                }
                true
            }
            Some(state) if wish.fits(*state) => {
                let Some(nonce) = self.state.lane.take(&wish.of(booking)) else { return false };
                takes.into_iter().for_each(|wei| self.take_room(wei));
                self.sign(now_ms, nonce);
                true
            }
            // The log that says so is on its way.
            Some(_) => false,
        }
    }

    /// Keeps transactions going until they are in a block.
    fn fly(&mut self, now_ms: u64, flights: &Flights) {
        let nonces = match flights {
            Flights::None => return,
            Flights::One(nonce) => vec![*nonce],
            Flights::All => {
                let settled = |block| self.is_deep(block);
                let open = self.state.lane.flights().filter(|(_, flight)| !flight.mined.is_some_and(settled));
                open.map(|(nonce, _)| nonce).collect()
            }
        };
        for nonce in nonces {
            self.fly_on(now_ms, nonce);
        }
    }

    fn fly_on(&mut self, now_ms: u64, nonce: u64) {
        let Some(flight) = self.state.lane.get(nonce) else { return };
        if flight.mined.is_some_and(|block| self.is_deep(block)) {
            return;
        }
        let Some(last) = flight.tries.last() else { return self.sign(now_ms, nonce) };
        let hashes: Vec<_> = flight.tries.iter().map(|version| version.hash).collect();
        let (raw, signed_at, tries) = (last.raw.clone(), last.at_ms, flight.tries.len());
        if flight.mined.is_none() {
            let old = now_ms.saturating_sub(signed_at) >= self.config.replace_ms;
            if (old || self.underpriced.contains(&nonce)) && tries < TRIES_MAX {
                self.sign(now_ms, nonce);
            }
            let due = self.sent.get(&nonce).is_none_or(|at| now_ms.saturating_sub(*at) >= self.config.resend_ms);
            if due && self.ask(now_ms, "", Asked::Send(nonce)) {
                self.out.push_back(Output::Send { nonce, raw });
            }
        }
        if self.head.is_some() && self.ask(now_ms, "", Asked::Find(nonce)) {
            self.out.push_back(Output::FindTx { nonce, hashes });
        }
    }

    /// Asks for a signed version of a nonce's transaction.
    pub(super) fn sign(&mut self, now_ms: u64, nonce: u64) {
        let (Some(head), Some(flight)) = (self.head, self.state.lane.get(nonce)) else { return };
        let market = Fees::over(head.base_fee, self.config.priority);
        let fees = flight.tries.last().map_or(market, |last| last.fees.bumped(market));
        let call = self.call(&flight.id.clone());
        if self.ask(now_ms, "", Asked::Sign(nonce)) {
            self.out.push_back(Output::SignTx { nonce, call, fees });
        }
    }

    /// What a flight does; nothing, when what it was for is no longer wanted and no version of it was ever signed.
    pub(super) fn call(&self, id: &str) -> Call {
        let (word, booking) = id.split_once(':').unwrap_or_default();
        if word == "act" {
            return self.act(booking).unwrap_or(Call::Void);
        }
        let Some(reward) = self.state.rewards.get(booking) else { return Call::Void };
        let published = self.state.lane.by_id(id).is_some_and(|(_, flight)| !flight.tries.is_empty());
        match (word, &reward.signature) {
            ("claim", Some(signature)) if published || !reward.cancelled => {
                Call::Claim(reward.terms, signature.clone())
            }
            ("release", _) => Call::Release(reward.terms.booking),
            ("cancel", _) => Call::Cancel(reward.terms.booking),
            _ => Call::Void,
        }
    }

    /// Notes that something is asked; false when it was a moment ago.
    pub(super) fn ask(&mut self, now_ms: u64, booking: &str, what: Asked) -> bool {
        let key = (what, booking.to_owned());
        let fresh = self.asked.get(&key).is_none_or(|at| now_ms.saturating_sub(*at) >= ASK_AGAIN_MS);
        if fresh {
            self.asked.insert(key, now_ms);
        }
        fresh
    }
}
