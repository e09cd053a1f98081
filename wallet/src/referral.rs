//! Who brought whom: codes that can be said aloud, and a tree that is set once, has no rings and pays three levels. It pays nothing itself.

use crate::money::Wei;
use crate::rules::WHOLE_BPS;
use alloy_primitives::{Address, U256};
use std::collections::BTreeMap;

/// Levels that a booking pays, nearest first.
pub const LEVELS: usize = 3;
/// Each level's part of the referral leg as the contract ships, in hundredths of a percent.
pub const LEVEL_BPS: [u16; LEVELS] = [5000, 3000, 2000];
/// Letters and digits that are not taken for one another when they are said (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a code, the last of them a check.
pub const CODE_CHARS: usize = 8;

/// The referral code of an account: seven characters of it and one that finds every single mistake.
#[must_use]
pub fn code(account: Address) -> String {
    let hash = alloy_primitives::keccak256(account);
    let mut digits: Vec<u8> = hash.iter().take(CODE_CHARS - 1).map(|byte| byte % 32).collect();
    digits.push(check(&digits));
    digits.iter().map(|digit| char::from(ALPHABET[usize::from(*digit)])).collect()
}

/// The code that was meant: case, dashes and letters that look like digits are forgiven. `None` when it is none, or was misread.
#[must_use]
pub fn read_code(text: &str) -> Option<String> {
    let digit = |c: char| {
        let c = match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        ALPHABET.iter().position(|known| char::from(*known) == c).and_then(|at| u8::try_from(at).ok())
    };
    let shown = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
    let digits: Vec<u8> = shown.take(CODE_CHARS + 1).map(digit).collect::<Option<_>>()?;
    let (last, rest) = digits.split_last()?;
    let right = digits.len() == CODE_CHARS && check(rest) == *last;
    right.then(|| digits.iter().map(|digit| char::from(ALPHABET[usize::from(*digit)])).collect())
}

/// A weighted sum with odd weights: one wrong character always changes it.
fn check(digits: &[u8]) -> u8 {
    let sum: u32 = digits.iter().zip(1_u32..).map(|(digit, at)| u32::from(*digit) * (2 * at + 1)).sum();
    (sum % 32) as u8
}

/// Why a link is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotLinked {
    /// A referrer is chosen once.
    #[error("this account has joined already")]
    AlreadyJoined,
    /// Nobody brings themselves.
    #[error("nobody refers themselves")]
    SelfReferral,
    /// The referrer must be there before.
    #[error("the referrer has not joined")]
    NotJoined,
}

/// The tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    above: BTreeMap<Address, Option<Address>>,
}

impl Tree {
    /// An account joins, under a referrer or under nobody. A referrer joined before, so there are no rings.
    ///
    /// # Errors
    /// It joined before, or the referrer did not.
    pub fn join(&mut self, account: Address, referrer: Option<Address>) -> Result<(), NotLinked> {
        if referrer == Some(account) {
            return Err(NotLinked::SelfReferral);
        }
        if self.above.contains_key(&account) {
            return Err(NotLinked::AlreadyJoined);
        }
        if referrer.is_some_and(|referrer| !self.above.contains_key(&referrer)) {
            return Err(NotLinked::NotJoined);
        }
        self.above.insert(account, referrer);
        Ok(())
    }

    /// Who is above an account, nearest first, at most [`LEVELS`].
    #[must_use]
    pub fn above(&self, account: Address) -> Vec<Address> {
        let next = |at: &Address| self.above.get(at).copied().flatten();
        std::iter::successors(next(&account), next).take(LEVELS).collect()
    }

    /// What each referrer of `account` gets of a referral leg, rounded down; what is left is the treasury's.
    #[must_use]
    pub fn shares(&self, account: Address, leg: Wei) -> Vec<(Address, Wei)> {
        let part = |bps: u16| {
            let (whole, bps) = (U256::from(WHOLE_BPS), U256::from(bps));
            Wei((leg.0 / whole) * bps + ((leg.0 % whole) * bps) / whole)
        };
        self.above(account).into_iter().zip(LEVEL_BPS).map(|(referrer, bps)| (referrer, part(bps))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_code_survives_being_said_and_no_wrong_letter_does(bytes: [u8; 20], at in 0..CODE_CHARS, other in 0..32_usize) {
            let code = code(Address::from(bytes));
            let said = format!("{}-{}", &code[..4], &code[4..]).to_lowercase().replace('0', "o").replace('1', "l");
            prop_assert_eq!(read_code(&said), Some(code.clone()));
            let mut wrong = code.clone().into_bytes();
            wrong[at] = ALPHABET[other];
            let wrong = String::from_utf8(wrong).unwrap();
            if wrong != code {
                prop_assert_eq!(read_code(&wrong), None);
            }
            prop_assert_eq!(read_code(&code[1..]), None);
        }

        #[test]
        fn there_are_no_rings_and_no_more_is_given_than_there_is(links in prop::collection::vec((0..30_u8, prop::option::of(0..30_u8)), 0..120), leg: u128) {
            let mut tree = Tree::default();
            for (account, referrer) in links {
                let _ = tree.join(Address::repeat_byte(account), referrer.map(Address::repeat_byte));
            }
            for n in 0..30 {
                let account = Address::repeat_byte(n);
                let above = tree.above(account);
                prop_assert!(above.len() <= LEVELS && !above.contains(&account));
                let given = tree.shares(account, Wei::from(leg)).iter().fold(Wei::ZERO, |sum, (_, wei)| sum.plus(*wei).unwrap());
                prop_assert!(given <= Wei::from(leg));
            }
        }
    }

    #[test]
    fn a_referrer_is_chosen_once_and_is_somebody_else_who_is_there() {
        let (a, b, c) = (Address::repeat_byte(1), Address::repeat_byte(2), Address::repeat_byte(3));
        let mut tree = Tree::default();
        assert_eq!(tree.join(a, Some(a)), Err(NotLinked::SelfReferral));
        assert_eq!(tree.join(a, Some(b)), Err(NotLinked::NotJoined));
        assert_eq!((tree.join(b, None), tree.join(a, Some(b)), tree.join(c, Some(a))), (Ok(()), Ok(()), Ok(())));
        assert_eq!(tree.join(a, None), Err(NotLinked::AlreadyJoined));
        assert_eq!(tree.shares(c, Wei::from(1000)), [(a, Wei::from(500)), (b, Wei::from(300))]);
    }
}
