//! Who brought whom, and what else is wanted on the chain for an account: a place in the referral tree, what it is owed taken out, what is kept for
//! it brought to its own wallet. What is wanted is stored; the desk does it.

use crate::platform::wallet::{Wallet, WalletError};
use crate::store::{Account, Named};
use alloy_primitives::{Address, keccak256};
use wallet::account::consent::Text;
use wallet::account::terms::{Agreeing, NotAgreed};
use wallet::money::Wei;
use wallet::settle::{Goal, Standing};

/// Codes that are tried for an account before it has none: two of the same are rare.
const CODES_MAX: usize = 8;
/// Referrers above a friend that are looked through for a ring.
const ABOVE_MAX: usize = 64;

/// Why a friend's code was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotBrought {
    /// It is no code.
    #[error("this is no code: it has 8 letters and digits, and one of these is wrong")]
    Misread,
    /// Nobody has it.
    #[error("nobody has this code")]
    Unknown,
    /// Nobody brings themselves.
    #[error("this code is your own")]
    Own,
    /// The friend was brought by the account.
    #[error("this friend joined by your code, or by that of somebody who did")]
    Ring,
    /// A friend is named once.
    #[error("a friend is named once, and you have named another")]
    Another,
    /// What a friend shares was not agreed to.
    #[error(transparent)]
    NotAgreed(#[from] NotAgreed),
    /// Something failed.
    #[error(transparent)]
    Failed(#[from] WalletError),
}

/// An account among its friends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Friends {
    /// Its code.
    pub code: String,
    /// Whether a friend brought it, and how far its place in the tree is; `None` while that is not begun.
    pub brought: Option<Option<Standing>>,
    /// So many were brought by it.
    pub others: i64,
    /// Owed for those, and not taken out.
    pub credit: Wei,
}

impl Wallet {
    /// The account's code, for ever the same.
    pub(super) async fn code(&self, account: &Account) -> Result<String, WalletError> {
        if let Some(code) = self.rows.brought(&account.id).await?.code {
            return Ok(code);
        }
        let mut of = account.custodial;
        for _ in 0..CODES_MAX {
            let code = wallet::referral::code(of);
            if self.rows.give_code(&account.id, &code).await? {
                // Somebody else may have given it one in the meantime.
                return Ok(self.rows.brought(&account.id).await?.code.unwrap_or(code));
            }
            of = Address::from_word(keccak256(of));
        }
        Ok(wallet::referral::code(of))
    }

    /// An account among its friends.
    ///
    /// # Errors
    /// The chain's or the store's.
    pub async fn friends(&self, account: &Account) -> Result<Friends, WalletError> {
        let code = self.code(account).await?;
        let brought = self.rows.brought(&account.id).await?;
        let standing = match brought.by {
            Some(_) => Some(self.rows.errand(&join(account.address())).await?),
            None => None,
        };
        let mut credit = self.chain.balances(account.address()).await?.owed;
        if account.own.is_some() {
            credit = credit.saturating_add(self.chain.balances(account.custodial).await?.owed);
        }
        Ok(Friends { code, brought: standing, others: brought.others, credit: Wei(credit) })
    }

    /// An account names the friend who brought it, by the friend's code, and agrees to what that means unless it has.
    ///
    /// # Errors
    /// It is not agreed to, is no friend's code, or a friend cannot be named any more.
    pub async fn name_friend(&self, account: &Account, code: &str, said: &Agreeing) -> Result<(), NotBrought> {
        let agreed = self.taken(account, said, &[Text::Referral]).await??;
        let code = wallet::referral::read_code(code).ok_or(NotBrought::Misread)?;
        let friend = self.rows.of_code(&code).await.map_err(WalletError::from)?.ok_or(NotBrought::Unknown)?;
        if friend.id == account.id {
            return Err(NotBrought::Own);
        }
        let mut above = self.rows.brought(&friend.id).await.map_err(WalletError::from)?.by;
        for _ in 0..ABOVE_MAX {
            match above {
                Some(id) if id == account.id => return Err(NotBrought::Ring),
                Some(id) => above = self.rows.brought(&id).await.map_err(WalletError::from)?.by,
                None => break,
            }
        }
        // Before anything is shared: a kill in between leaves an agreement, and no friend without one.
        self.rows.agree(&account.id, &agreed).await.map_err(WalletError::from)?;
        match self.rows.name_referrer(&account.id, &friend.id).await.map_err(WalletError::from)? {
            Named::Another => return Err(NotBrought::Another),
            Named::Done => {}
        }
        self.into_tree(&friend).await?;
        self.into_tree(account).await?;
        self.look.notify_one();
        Ok(())
    }

    /// What the account is owed for those it brought is to be taken out, to the account.
    ///
    /// # Errors
    /// The store's.
    pub async fn withdraw(&self, account: &Account) -> Result<(), WalletError> {
        let mut of = vec![account.custodial];
        of.extend(account.own.map(|own| own.address));
        for address in of {
            let goal = Goal::Withdrawn { account: address };
            self.rows.want(&format!("withdraw:{address}"), &account.id, &goal, (self.clock)()).await?;
        }
        self.look.notify_one();
        Ok(())
    }

    /// An account has a wallet of its own from now on: what is kept for it goes there, and its place in the tree is that wallet's.
    pub(super) async fn linked(&self, account: &Account) -> Result<(), WalletError> {
        let Some(own) = account.own else { return Ok(()) };
        let goal = Goal::Moved { name: account.id.clone(), from: account.custodial, to: own.address };
        self.rows.want(&format!("move:{}", account.id), &account.id, &goal, (self.clock)()).await?;
        let fuel = self.chain.about().fuel;
        if !fuel.is_zero() {
            let goal = Goal::Fueled { account: own.address, wei: Wei(fuel) };
            self.rows.want(&format!("fuel:{}", own.address), &account.id, &goal, (self.clock)()).await?;
        }
        let brought = self.rows.brought(&account.id).await?;
        if brought.by.is_some() || brought.others > 0 {
            self.into_tree(account).await?;
        }
        self.look.notify_one();
        Ok(())
    }

    /// Everything of the contracts is to be paused.
    ///
    /// # Errors
    /// The store's.
    pub async fn stop(&self) -> Result<(), WalletError> {
        self.rows.want(STOP, OPERATOR, &Goal::Stopped, (self.clock)()).await?;
        self.look.notify_one();
        Ok(())
    }

    /// How stopping stands; `None` when it was never wanted or is not begun.
    ///
    /// # Errors
    /// The store's.
    pub async fn stopping(&self) -> Result<Option<Standing>, WalletError> {
        Ok(self.rows.errand(STOP).await?)
    }

    /// Who brought others and was paid for a booking of their own may earn by it: a booking that was paid for stands for a person.
    pub(super) async fn verify(&self, most: i64) -> Result<(), WalletError> {
        for account in self.rows.unverified(most).await? {
            let identity = keccak256(format!("{}\n{}", self.chain.about().place.distributor, account.id));
            let former = if account.own.is_some() { account.custodial } else { Address::ZERO };
            let goal = Goal::Verified { account: account.address(), identity, former };
            self.rows.want(&format!("verify:{}", account.address()), &account.id, &goal, (self.clock)()).await?;
        }
        Ok(())
    }

    async fn into_tree(&self, account: &Account) -> Result<(), WalletError> {
        let referrer = match self.rows.brought(&account.id).await?.by {
            Some(id) => self.rows.account(&id).await?.map_or(Address::ZERO, |friend| friend.address()),
            None => Address::ZERO,
        };
        let goal = Goal::Joined { account: account.address(), referrer };
        Ok(self.rows.want(&join(account.address()), &account.id, &goal, (self.clock)()).await?)
    }
}

fn join(account: Address) -> String {
    format!("join:{account}")
}

/// The errand of pausing everything, and whose it is: no account's.
const STOP: &str = "stop";
const OPERATOR: &str = "operator";
