//! Holds the book against the chain, to the wei: every payment is read from the chain anew, and asked of nobody who was there. It mends nothing.

use crate::platform::wallet::{Wallet, WalletError};
use crate::session::ports::chain::{Chain, PlaceOnChain};
use alloy_primitives::B256;
use std::collections::{BTreeMap, BTreeSet};
use wallet::ledger::{Account, Ledger};
use wallet::money::Wei;
use wallet::nonce::Block;
use wallet::rules::Legs;
use wallet::settle::{Ended, Event, Reward, Stage};

/// Differences that are named; beyond it they are counted.
const NAMED_MAX: usize = 100;

/// What was paid, by legs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paid {
    /// Payments.
    pub count: u64,
    /// To travellers.
    pub travellers: Wei,
    /// To the referral tree.
    pub referral: Wei,
    /// To the treasury.
    pub treasury: Wei,
}

impl Paid {
    fn add(&mut self, legs: &Legs) {
        let plus = |sum: Wei, wei: Wei| sum.plus(wei).unwrap_or(Wei(alloy_primitives::U256::MAX));
        self.count += 1;
        self.travellers = plus(self.travellers, legs.traveller);
        self.referral = plus(self.referral, legs.referral);
        self.treasury = plus(self.treasury, legs.treasury);
    }
}

/// What the comparison came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The chain as it was at this block.
    pub block: Block,
    /// What the chain says was paid.
    pub chain: Paid,
    /// What the book says was paid.
    pub book: Paid,
    /// Earned and not paid, by the book.
    pub owed: Wei,
    /// Owed back by travellers, by the book.
    pub debt: Wei,
    /// Paid on the chain and not deep enough for the book yet.
    pub waiting: u64,
    /// What does not agree, a sentence each, at most a hundred.
    pub differences: Vec<String>,
    /// How much does not agree.
    pub faults: u64,
}

impl Report {
    /// Book and chain agree to the wei.
    pub fn agrees(&self) -> bool {
        self.faults == 0
    }
}

/// Reads the whole chain and the whole book, and compares them.
///
/// # Errors
/// The chain's or the store's.
pub(super) async fn reconcile(wallet: &Wallet) -> Result<Report, WalletError> {
    let (block, paid) = payments(wallet.chain.as_ref()).await?;
    let rewards = wallet.rows.rewards().await?;
    let book = wallet.rows.book().await?;
    let rewards: Vec<(String, Reward)> = rewards.into_iter().map(|(key, (_, reward))| (key, reward)).collect();
    Ok(compare(block, &paid, &rewards, &book))
}

/// Every payment that stands on the chain, by the booking's id there, up to a block.
async fn payments(chain: &dyn Chain) -> Result<(Block, BTreeMap<B256, Legs>), WalletError> {
    let head = chain.head().await?.block;
    let (mut place, mut paid) = (None::<PlaceOnChain>, BTreeMap::new());
    loop {
        let read = place.as_ref().and_then(|place| place.blocks.back()).map(|read| read.block);
        // A chain that was shortened meanwhile is read to its end all the same.
        if let Some(block) = read.filter(|block| block.number >= head.number) {
            return Ok((block, paid));
        }
        let batch = chain.events(place).await?;
        for heard in &batch.logs {
            match (heard.log.event, heard.removed) {
                (Event::Settled(legs), false) => drop(paid.insert(heard.log.id, legs)),
                (Event::Settled(_), true) => drop(paid.remove(&heard.log.id)),
                (Event::Claimed { .. } | Event::Cancelled, _) => {}
            }
        }
        place = Some(batch.place);
    }
}

fn compare(block: Block, paid: &BTreeMap<B256, Legs>, rewards: &[(String, Reward)], book: &Ledger) -> Report {
    let mut report = Report {
        block,
        chain: Paid::default(),
        book: Paid::default(),
        owed: book.balance(Account::Owed).held(),
        debt: Wei::ZERO,
        waiting: 0,
        differences: Vec::new(),
        faults: 0,
    };
    paid.values().for_each(|legs| report.chain.add(legs));
    let mut open = Wei::ZERO;
    let mut known = BTreeSet::new();
    for (key, reward) in rewards {
        let on_chain = paid.get(&reward.terms.booking);
        known.insert(reward.terms.booking);
        match (reward.booked, on_chain) {
            (Some(Ended::Paid(legs)), Some(there)) if legs == *there => report.book.add(&legs),
            (Some(Ended::Paid(legs)), Some(there)) => {
                report.book.add(&legs);
                fault(&mut report, format!("booking {key}: the book has {legs:?}, the chain paid {there:?}"));
            }
            (Some(Ended::Paid(legs)), None) => {
                report.book.add(&legs);
                fault(&mut report, format!("booking {key}: the book says it was paid, the chain does not"));
            }
            (Some(Ended::Reversed), Some(_)) => {
                fault(&mut report, format!("booking {key}: the book says it was taken back, the chain paid it"));
            }
            // It is not deep enough for the book, or its log is on its way.
            (None, Some(_)) => report.waiting += 1,
            (Some(Ended::Reversed) | None, None) => {}
        }
        if reward.booked.is_none() && reward.stage != Stage::Nothing {
            open = open.plus(reward.terms.commission).unwrap_or(open);
        }
    }
    let strangers = paid.keys().filter(|id| !known.contains(*id)).count();
    if strangers > 0 {
        fault(&mut report, format!("the chain paid {strangers} bookings that are not known here"));
    }
    sums(&mut report, book, open);
    report
}

/// The book's own sums against what its rewards say.
fn sums(report: &mut Report, book: &Ledger, open: Wei) {
    let (mut into, mut out) = (Wei::ZERO, Wei::ZERO);
    for (account, balance) in book.balances() {
        match account {
            // What is owed back was paid before.
            Account::Traveller(_) | Account::Debt(_) => {
                into = into.plus(balance.into).unwrap_or(into);
                out = out.plus(balance.out).unwrap_or(out);
            }
            Account::Pool | Account::Owed | Account::Referral | Account::Treasury => {}
        }
        if let Account::Debt(_) = account {
            report.debt = report.debt.plus(balance.held()).unwrap_or(report.debt);
        }
    }
    let travellers = into.minus(out).unwrap_or_default();
    let held = |account| book.balance(account).held();
    let (paid, owed) = (report.book, report.owed);
    for (name, has, should) in [
        ("travellers", travellers, paid.travellers),
        ("referral", held(Account::Referral), paid.referral),
        ("treasury", held(Account::Treasury), paid.treasury),
        ("owed", owed, open),
    ] {
        if has != should {
            fault(report, format!("the book's {name} hold {has} wei, its rewards come to {should}"));
        }
    }
}

fn fault(report: &mut Report, sentence: String) {
    report.faults += 1;
    if report.differences.len() < NAMED_MAX {
        report.differences.push(sentence);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{Address, U256};
    use wallet::ledger::{Entry, Move};
    use wallet::rules::Shares;
    use wallet::settle::Mark;
    use wallet::voucher::{Terms, booking_id};

    fn legs() -> Legs {
        Shares::default().split(Wei::from(1001)).expect("it fits")
    }

    fn reward(booked: Option<Ended>, stage: Stage) -> (String, Reward) {
        let terms = Terms {
            booking: booking_id("a"),
            traveller: Address::repeat_byte(1),
            commission: Wei::from(1001),
            epoch: 0,
            issued_at: 0,
            expires_at: 1,
        };
        let reward = Reward {
            terms,
            custodial: true,
            commission_minor: 1,
            currency: "USD".to_owned(),
            signature: None,
            issuer: None,
            reissued: false,
            stage,
            cancelled: false,
            in_epoch: None,
            mark: Mark::default(),
            booked,
            counted: 0,
        };
        ("a".to_owned(), reward)
    }

    fn book(paid: bool) -> Ledger {
        let mut book = Ledger::default();
        let mut post = |key: &str, moves| {
            book.post(&Entry { key: key.to_owned(), booking: "a".to_owned(), at_ms: 0, moves }).expect("it fits");
        };
        post("earn", vec![Move { from: Account::Pool, to: Account::Owed, wei: Wei::from(1001) }]);
        if paid {
            let to = [
                (Account::Traveller(Address::repeat_byte(1)), legs().traveller),
                (Account::Referral, legs().referral),
                (Account::Treasury, legs().treasury),
            ];
            post("settle", to.map(|(to, wei)| Move { from: Account::Owed, to, wei }).to_vec());
        }
        book
    }

    fn report(paid: &[(&str, Legs)], reward: (String, Reward), book: &Ledger) -> Report {
        let block = Block { number: 7, hash: B256::ZERO };
        let paid = paid.iter().map(|(key, legs)| (booking_id(key), *legs)).collect();
        compare(block, &paid, &[reward], book)
    }

    #[test]
    fn a_book_that_agrees_agrees_to_the_wei_and_one_that_does_not_says_where() {
        let ended = Some(Ended::Paid(legs()));
        let right = report(&[("a", legs())], reward(ended, Stage::Settled), &book(true));
        assert!(right.agrees(), "{right:?}");
        assert_eq!((right.chain, right.owed), (right.book, Wei::ZERO));
        let waiting = report(&[("a", legs())], reward(None, Stage::Paid), &book(false));
        assert!(waiting.agrees() && waiting.waiting == 1 && waiting.owed == Wei::from(1001), "{waiting:?}");

        let one_more = Legs { treasury: Wei(legs().treasury.0 + U256::from(1)), ..legs() };
        for (wrong, word) in [
            (report(&[("a", one_more)], reward(ended, Stage::Settled), &book(true)), "the chain paid"),
            (report(&[], reward(ended, Stage::Settled), &book(true)), "the chain does not"),
            (report(&[("a", legs())], reward(Some(Ended::Reversed), Stage::Reversed), &book(true)), "taken back"),
            (report(&[("b", legs())], reward(None, Stage::Earned), &book(false)), "not known here"),
            (report(&[("a", legs())], reward(ended, Stage::Settled), &book(false)), "the book's"),
        ] {
            assert!(!wrong.agrees() && wrong.differences.iter().any(|line| line.contains(word)), "{word}: {wrong:?}");
        }
    }
}
