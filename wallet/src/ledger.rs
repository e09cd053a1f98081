//! Double-entry book of rewards in TRVL wei. An entry is a list of moves from one account to another, so every entry is balanced; an entry
//! counts once by its key. It stores nothing.

use crate::money::Wei;
use alloy_primitives::Address;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

/// Where an amount is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// What the distributor holds for rewards to come; it goes below nothing by what was taken out of it.
    Pool,
    /// Earned and not yet paid.
    Owed,
    /// Paid to a traveller.
    Traveller(Address),
    /// Paid to the referral tree.
    Referral,
    /// The treasury's part.
    Treasury,
    /// What a traveller owes us: paid for a booking that was cancelled later.
    Debt(Address),
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pool => f.write_str("pool"),
            Self::Owed => f.write_str("owed"),
            Self::Traveller(address) => write!(f, "traveller:{address}"),
            Self::Referral => f.write_str("referral"),
            Self::Treasury => f.write_str("treasury"),
            Self::Debt(address) => write!(f, "debt:{address}"),
        }
    }
}

/// Not the name of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of an account")]
pub struct NotAnAccount;

impl FromStr for Account {
    type Err = NotAnAccount;

    fn from_str(text: &str) -> Result<Self, NotAnAccount> {
        let address = |text: &str| text.parse().map_err(|_| NotAnAccount);
        match text.split_once(':') {
            Some(("traveller", of)) => address(of).map(Self::Traveller),
            Some(("debt", of)) => address(of).map(Self::Debt),
            Some(_) => Err(NotAnAccount),
            None => match text {
                "pool" => Ok(Self::Pool),
                "owed" => Ok(Self::Owed),
                "referral" => Ok(Self::Referral),
                "treasury" => Ok(Self::Treasury),
                _ => Err(NotAnAccount),
            },
        }
    }
}

impl Serialize for Account {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Account {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// An amount goes from one account to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// It is less there.
    pub from: Account,
    /// It is more there.
    pub to: Account,
    /// How much.
    pub wei: Wei,
}

/// What belongs together and happens once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Names it; a second entry of the same name changes nothing.
    pub key: String,
    /// The booking it is about.
    pub booking: String,
    /// When, in ms since 1970.
    pub at_ms: u64,
    /// Its moves.
    pub moves: Vec<Move>,
}

/// What went into an account, and out of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// All that came.
    pub into: Wei,
    /// All that went.
    pub out: Wei,
}

impl Balance {
    /// What is there; nothing for an account that more went out of than came.
    #[must_use]
    pub fn held(&self) -> Wei {
        self.into.minus(self.out).unwrap_or(Wei::ZERO)
    }
}

/// An amount that 256 bits do not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an account would hold more than 2^256 wei")]
pub struct TooMuch;

/// The book: balances, and which entries are in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    balances: BTreeMap<Account, Balance>,
    keys: BTreeSet<String>,
}

impl Ledger {
    /// Takes an entry; false when it was in the book already.
    ///
    /// # Errors
    /// An amount does not fit; then nothing of the entry counts.
    pub fn post(&mut self, entry: &Entry) -> Result<bool, TooMuch> {
        if self.keys.contains(&entry.key) {
            return Ok(false);
        }
        let mut touched = BTreeMap::new();
        for Move { from, to, wei } in &entry.moves {
            let source: &mut Balance = touched.entry(*from).or_insert_with(|| self.balance(*from));
            source.out = source.out.plus(*wei).ok_or(TooMuch)?;
            let target: &mut Balance = touched.entry(*to).or_insert_with(|| self.balance(*to));
            target.into = target.into.plus(*wei).ok_or(TooMuch)?;
        }
        self.balances.extend(touched);
        self.keys.insert(entry.key.clone());
        Ok(true)
    }

    /// The balance of an account.
    #[must_use]
    pub fn balance(&self, account: Account) -> Balance {
        self.balances.get(&account).copied().unwrap_or_default()
    }

    /// Every account that anything went through, in order.
    pub fn balances(&self) -> impl Iterator<Item = (Account, Balance)> {
        self.balances.iter().map(|(account, balance)| (*account, *balance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn account(n: u8) -> Account {
        match n % 6 {
            0 => Account::Pool,
            1 => Account::Owed,
            2 => Account::Referral,
            3 => Account::Treasury,
            4 => Account::Traveller(Address::repeat_byte(n)),
            _ => Account::Debt(Address::repeat_byte(n)),
        }
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for n in 0..60 {
            assert_eq!(account(n).to_string().parse(), Ok(account(n)));
        }
        for wrong in
            ["", "pools", "traveller:", "traveller:0x12", "debt", "x:0x0000000000000000000000000000000000000000"]
        {
            assert_eq!(wrong.parse::<Account>(), Err(NotAnAccount));
        }
    }

    #[test]
    fn an_entry_that_does_not_fit_leaves_the_book_as_it_was() {
        let mut ledger = Ledger::default();
        let all = Move { from: Account::Pool, to: Account::Owed, wei: Wei(alloy_primitives::U256::MAX) };
        let entry = |key: &str| Entry { key: key.to_owned(), booking: String::new(), at_ms: 0, moves: vec![all] };
        assert_eq!(ledger.post(&entry("a")), Ok(true));
        let before = ledger.clone();
        assert_eq!(ledger.post(&entry("b")), Err(TooMuch));
        assert_eq!(ledger, before);
    }

    proptest! {
        #[test]
        fn nothing_is_made_and_nothing_counts_twice(moves in prop::collection::vec((any::<u8>(), any::<u8>(), any::<u64>(), 0..40_u8), 0..200)) {
            let (mut ledger, mut twice) = (Ledger::default(), Ledger::default());
            for (from, to, wei, key) in moves {
                let moves = vec![Move { from: account(from), to: account(to), wei: Wei::from(u128::from(wei)) }];
                let entry = Entry { key: key.to_string(), booking: String::new(), at_ms: 0, moves };
                ledger.post(&entry).unwrap();
                twice.post(&entry).unwrap();
                prop_assert_eq!(twice.post(&entry), Ok(false));
            }
            prop_assert_eq!(&ledger, &twice);
            let sum = |of: fn(Balance) -> Wei| ledger.balances().fold(Wei::ZERO, |sum, (_, b)| sum.plus(of(b)).unwrap());
            prop_assert_eq!(sum(|b| b.into), sum(|b| b.out));
        }
    }
}
