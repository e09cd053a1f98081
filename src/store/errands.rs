//! What is wanted on the chain for accounts besides their rewards, and who brought whom. It decides nothing.

use crate::store::database::{StoreError, changed, from_json, on, to_json, to_ms};
use crate::store::wallet::{Account, AccountRow, Wallet, account};
use jiff::Timestamp;
use std::collections::BTreeMap;
use wallet::settle::{Errand, Goal, Standing};

/// Who brought an account, and how far things are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brought {
    /// The account's code.
    pub code: Option<String>,
    /// By this account.
    pub by: Option<String>,
    /// So many were brought by it.
    pub others: i64,
}

/// What became of naming a referrer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// It is this one, now or already before.
    Done,
    /// It is another one, for ever.
    Another,
}

impl Wallet {
    /// Gives an account its code; false when another account has it. An account keeps the code that it has.
    ///
    /// # Errors
    /// The store's.
    pub async fn give_code(&self, id: &str, code: &str) -> Result<bool, StoreError> {
        let done = changed!(&self.database, pool => sqlx::query(GIVE_CODE).bind(id).bind(code).execute(pool));
        let taken: Option<(String,)> =
            on!(&self.database, pool => sqlx::query_as(OF_CODE_ID).bind(code).fetch_optional(pool))?;
        match (done, taken) {
            (_, Some((other,))) => Ok(other == id),
            // It has another one already.
            (Ok(_), None) => Ok(true),
            (Err(error), None) => Err(error),
        }
    }

    /// The account of a code.
    ///
    /// # Errors
    /// The store's.
    pub async fn of_code(&self, code: &str) -> Result<Option<Account>, StoreError> {
        let row: Option<AccountRow> =
            on!(&self.database, pool => sqlx::query_as(OF_CODE).bind(code).fetch_optional(pool))?;
        row.map(account).transpose()
    }

    /// The account's code, who brought it, and how many it brought.
    ///
    /// # Errors
    /// The store's.
    pub async fn brought(&self, id: &str) -> Result<Brought, StoreError> {
        let row: Option<(Option<String>, Option<String>, i64)> =
            on!(&self.database, pool => sqlx::query_as(BROUGHT).bind(id).fetch_optional(pool))?;
        Ok(row.map(|(code, by, others)| Brought { code, by, others }).unwrap_or_default())
    }

    /// An account names its referrer, once and for ever.
    ///
    /// # Errors
    /// The store's.
    pub async fn name_referrer(&self, id: &str, referrer: &str) -> Result<Named, StoreError> {
        changed!(&self.database, pool => sqlx::query(NAME_REFERRER).bind(id).bind(referrer).execute(pool))?;
        let by = self.brought(id).await?.by;
        Ok(if by.as_deref() == Some(referrer) { Named::Done } else { Named::Another })
    }

    /// Something is wanted for an account, or wanted again. A goal that is under way stays as it is, and is looked at again when it is over.
    ///
    /// # Errors
    /// The store's.
    pub async fn want(&self, errand: &str, id: &str, goal: &Goal, now: Timestamp) -> Result<(), StoreError> {
        let goal = to_json(goal)?;
        changed!(&self.database, pool => sqlx::query(WANT)
            .bind(errand)
            .bind(id)
            .bind(&goal)
            .bind(to_ms(now))
            .execute(pool))?;
        Ok(())
    }

    /// What is wanted and not begun.
    ///
    /// # Errors
    /// The store's.
    pub async fn asked(&self, most: i64) -> Result<Vec<(String, Goal)>, StoreError> {
        let rows: Vec<(String, String)> =
            on!(&self.database, pool => sqlx::query_as(ASKED).bind(most).fetch_all(pool))?;
        rows.into_iter().map(|(errand, goal)| Ok((errand, from_json(&goal, WHAT)?))).collect()
    }

    /// Errands as the machine left them: those under way, and those that ended after a moment.
    ///
    /// # Errors
    /// The store's.
    pub async fn errands(&self, since: Timestamp) -> Result<BTreeMap<String, Errand>, StoreError> {
        let rows: Vec<(String, String)> =
            on!(&self.database, pool => sqlx::query_as(ERRANDS).bind(to_ms(since)).fetch_all(pool))?;
        rows.into_iter().map(|(key, text)| Ok((key, from_json(&text, WHAT)?))).collect()
    }

    /// How an errand stands; `None` when it was not wanted, or not begun yet.
    ///
    /// # Errors
    /// The store's.
    pub async fn errand(&self, key: &str) -> Result<Option<Standing>, StoreError> {
        let row: Option<(Option<String>,)> =
            on!(&self.database, pool => sqlx::query_as(ERRAND).bind(key).fetch_optional(pool))?;
        let errand: Option<Errand> = row.and_then(|(text,)| text).map(|text| from_json(&text, WHAT)).transpose()?;
        Ok(errand.map(|errand| errand.standing))
    }

    /// Whose errand it is.
    ///
    /// # Errors
    /// The store's.
    pub async fn errand_of(&self, key: &str) -> Result<Option<String>, StoreError> {
        let row: Option<(String,)> =
            on!(&self.database, pool => sqlx::query_as(ERRAND_OF).bind(key).fetch_optional(pool))?;
        Ok(row.map(|(account,)| account))
    }

    /// Accounts that brought others and have been paid for a booking of their own, and may not earn by it yet.
    ///
    /// # Errors
    /// The store's.
    pub async fn unverified(&self, most: i64) -> Result<Vec<Account>, StoreError> {
        let rows: Vec<AccountRow> = on!(&self.database, pool => sqlx::query_as(UNVERIFIED).bind(most).fetch_all(pool))?;
        rows.into_iter().map(account).collect()
    }
}

/// What an unreadable row held.
const WHAT: &str = "an errand";
const GIVE_CODE: &str = "UPDATE accounts SET code = $2 WHERE id = $1 AND code IS NULL";
const OF_CODE_ID: &str = "SELECT id FROM accounts WHERE code = $1";
const OF_CODE: &str = "SELECT id, custodial, wallet_json FROM accounts WHERE code = $1";
const BROUGHT: &str =
    "SELECT code, referrer, (SELECT COUNT(*) FROM accounts b WHERE b.referrer = a.id) FROM accounts a WHERE id = $1";
const NAME_REFERRER: &str = "UPDATE accounts SET referrer = $2 WHERE id = $1 AND referrer IS NULL";
const WANT: &str = "INSERT INTO errands (errand, account, goal_json, asked, standing, at_ms) VALUES ($1, $2, $3, 1, 'asked', $4) \
     ON CONFLICT (errand) DO UPDATE SET asked = 1, goal_json = excluded.goal_json";
const ASKED: &str =
    "SELECT errand, goal_json FROM errands WHERE asked = 1 AND standing <> 'wanted' ORDER BY at_ms, errand LIMIT $1";
const ERRANDS: &str =
    "SELECT errand, errand_json FROM errands WHERE errand_json IS NOT NULL AND (standing = 'wanted' OR at_ms >= $1)";
const ERRAND: &str = "SELECT errand_json FROM errands WHERE errand = $1";
const ERRAND_OF: &str = "SELECT account FROM errands WHERE errand = $1";
const UNVERIFIED: &str = "SELECT a.id, a.custodial, a.wallet_json FROM accounts a \
     WHERE EXISTS (SELECT 1 FROM accounts b WHERE b.referrer = a.id) \
     AND EXISTS (SELECT 1 FROM rewards r WHERE r.account = a.id AND r.stage = 'settled') \
     AND NOT EXISTS (SELECT 1 FROM errands e WHERE e.errand = 'verify:' || COALESCE(a.wallet_address, a.custodial)) \
     ORDER BY a.id LIMIT $1";
