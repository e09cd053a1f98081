//! What an account agreed to, and what its rewards wait for. The texts and the rules about them are the core's.

use crate::platform::wallet::{Wallet, WalletError};
use crate::store::{Account, StoreError};
use jiff::Timestamp;
use wallet::account::consent::{Consent, Consents, Text, Way};
use wallet::account::terms::{Agreeing, Due, Edition, NotAgreed, Situation, Standing};

/// Why an agreement was not taken back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// The friend stands on the chain.
    #[error(
        "you have named a friend, which stands on the chain for good: take back `rewards`, and bookings after that share nothing"
    )]
    OnChain,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Wallet {
    /// The record of an account.
    ///
    /// # Errors
    /// The store's.
    pub async fn consents(&self, account: &Account) -> Result<Consents, WalletError> {
        Ok(self.rows.consents(&account.id).await?)
    }

    /// The texts that new rewards of an account wait for, and how it stands to each.
    ///
    /// # Errors
    /// The store's.
    pub async fn asks(&self, account: &Account) -> Result<Vec<(Edition, Standing)>, WalletError> {
        let record = self.rows.consents(&account.id).await?;
        Ok(self.config.terms.asks(&record, self.situation(account).await?))
    }

    /// An account agrees to texts; what waited for them is looked at again.
    ///
    /// # Errors
    /// It names another version than that of now, or the store's.
    pub async fn agree(&self, account: &Account, said: &Agreeing) -> Result<Result<(), NotAgreed>, WalletError> {
        let agreed = match self.taken(account, said, &[]).await? {
            Ok(agreed) => agreed,
            Err(why) => return Ok(Err(why)),
        };
        self.rows.agree(&account.id, &agreed).await?;
        self.look.notify_one();
        Ok(Ok(()))
    }

    /// An account takes back what it agreed to; once is enough. Without `rewards` new bookings earn nothing. Without `custody` new rewards of an
    /// account without a wallet of its own wait. `referral` ends only while no friend is named.
    ///
    /// # Errors
    /// A friend is named, or the store's.
    pub async fn take_back(&self, account: &Account, text: Text) -> Result<(), NotTaken> {
        if text == Text::Referral && self.rows.brought(&account.id).await?.by.is_some() {
            return Err(NotTaken::OnChain);
        }
        self.rows.take_back(&account.id, text, (self.clock)()).await?;
        Ok(())
    }

    /// When a booking of an account earns.
    pub(super) async fn due(&self, account: &Account, made_at: Timestamp) -> Result<Due, WalletError> {
        let record = self.rows.consents(&account.id).await?;
        Ok(self.config.terms.due(&record, self.situation(account).await?, ms(made_at)))
    }

    /// What is to be noted of what an account says it agrees to.
    pub(super) async fn taken(
        &self,
        account: &Account,
        said: &Agreeing,
        needed: &[Text],
    ) -> Result<Result<Vec<Consent>, NotAgreed>, WalletError> {
        let record = self.rows.consents(&account.id).await?;
        Ok(self.config.terms.take(said, &record, needed, Way::Clicked, ms((self.clock)())))
    }

    async fn situation(&self, account: &Account) -> Result<Situation, WalletError> {
        let brought = self.rows.brought(&account.id).await?.by.is_some();
        Ok(Situation { own: account.own.is_some(), brought })
    }
}

fn ms(at: Timestamp) -> u64 {
    u64::try_from(at.as_millisecond()).unwrap_or_default()
}
