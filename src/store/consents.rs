//! Who agreed to which text, and when: rows are added and ended, and never deleted. It decides nothing.

use crate::store::database::{StoreError, changed, on, to_ms, within};
use crate::store::wallet::{ADD, Account, Wallet};
use jiff::Timestamp;
use wallet::account::consent::{Consent, Consents, Text, Way};

impl Wallet {
    /// Keeps a new account with what it agreed to: both, or neither.
    ///
    /// # Errors
    /// The store's.
    pub async fn add(&self, account: &Account, agreed: &[Consent], now: Timestamp) -> Result<(), StoreError> {
        within!(&self.database, open => {
            sqlx::query(ADD)
                .bind(&account.id)
                .bind(account.custodial.to_string())
                .bind(to_ms(now))
                .execute(&mut *open)
                .await?;
            for consent in agreed {
                agree!(open, &account.id, consent);
            }
        })
    }

    /// Notes what an account agreed to: all of it, or nothing. The same one twice is one.
    ///
    /// # Errors
    /// The store's.
    pub async fn agree(&self, account: &str, agreed: &[Consent]) -> Result<(), StoreError> {
        within!(&self.database, open => {
            for consent in agreed {
                agree!(open, account, consent);
            }
        })
    }

    /// Ends every agreement of an account to a text. Says whether there was one.
    ///
    /// # Errors
    /// The store's.
    pub async fn take_back(&self, account: &str, text: Text, now: Timestamp) -> Result<bool, StoreError> {
        let ended = changed!(&self.database, pool => sqlx::query(TAKE_BACK)
            .bind(account)
            .bind(text.label())
            .bind(to_ms(now))
            .execute(pool))?;
        Ok(ended > 0)
    }

    /// The record of an account.
    ///
    /// # Errors
    /// The store's.
    pub async fn consents(&self, account: &str) -> Result<Consents, StoreError> {
        let rows: Vec<ConsentRow> =
            on!(&self.database, pool => sqlx::query_as(CONSENTS).bind(account).fetch_all(pool))?;
        rows.into_iter().map(consent).collect()
    }
}

/// One more agreement, in a transaction that is open.
macro_rules! agree {
    ($open:ident, $account:expr, $consent:expr) => {
        sqlx::query(AGREE)
            .bind($account)
            .bind($consent.text.label())
            .bind(i64::from($consent.version))
            .bind(&$consent.language)
            .bind($consent.way.label())
            .bind(stored_ms($consent.at_ms))
            .bind($consent.withdrawn_ms.map(stored_ms))
            .execute(&mut *$open)
            .await?
    };
}
use agree;

/// Text, version, language, way, when, and when it was taken back.
type ConsentRow = (String, i64, String, String, i64, Option<i64>);

fn consent((text, version, language, way, at_ms, withdrawn_ms): ConsentRow) -> Result<Consent, StoreError> {
    let corrupt = || StoreError::Corrupt("an agreement that this version cannot read".to_owned());
    Ok(Consent {
        text: Text::of_label(&text).ok_or_else(corrupt)?,
        version: version.try_into().map_err(|_| corrupt())?,
        language,
        way: Way::of_label(&way).ok_or_else(corrupt)?,
        at_ms: at_ms.try_into().map_err(|_| corrupt())?,
        withdrawn_ms: withdrawn_ms.map(u64::try_from).transpose().map_err(|_| corrupt())?,
    })
}

fn stored_ms(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

const AGREE: &str = "INSERT INTO consents (account, text, version, language, way, at_ms, withdrawn_ms) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
const TAKE_BACK: &str =
    "UPDATE consents SET withdrawn_ms = $3 WHERE account = $1 AND text = $2 AND withdrawn_ms IS NULL";
const CONSENTS: &str = "SELECT text, version, language, way, at_ms, withdrawn_ms FROM consents \
     WHERE account = $1 ORDER BY text, at_ms, version";
