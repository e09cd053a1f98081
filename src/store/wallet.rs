//! Accounts, rewards and their double-entry book: what a step of the wallet changed is kept in one transaction. It decides nothing.

use crate::store::bookings::{Row, read};
use crate::store::database::{Database, StoreError, changed, from_json, from_ms, hash, on, to_json, to_ms, within};
use agent::trip::Booking;
use alloy_primitives::Address;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use wallet::account::Linked;
use wallet::ledger::{Entry, Ledger};
use wallet::settle::{Errand, Reward, Stage, Standing};

/// The wallet of a store; clones share it.
#[derive(Clone, Debug)]
pub struct Wallet {
    pub(crate) database: Database,
}

/// Where somebody's rewards go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub id: String,
    /// The address that is kept for it here.
    pub custodial: Address,
    /// A wallet of the traveller's own, once it was shown to be theirs.
    pub own: Option<Linked>,
}

impl Account {
    /// Where new rewards go.
    pub fn address(&self) -> Address {
        self.own.map_or(self.custodial, |linked| linked.address)
    }
}

/// What became of linking a wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// The account has it, now or already before.
    Done,
    /// It is another account's: this one's.
    Taken(String),
}

/// A reward as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earned {
    /// The booking's key.
    pub booking: String,
    /// What the traveller was told; empty when the booking is gone.
    pub reference: String,
    /// Whose it is.
    pub account: String,
    /// The reward.
    pub reward: Reward,
    /// When it was earned.
    pub earned_at: Timestamp,
    /// When it reached its stage.
    pub stage_at: Timestamp,
}

/// What one step changed: all of it is kept, or nothing.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// When.
    pub at_ms: i64,
    /// Rewards by their bookings' keys, with their accounts where they are new.
    pub rewards: Vec<(String, Option<String>, Reward)>,
    /// Into the book.
    pub entries: Vec<Entry>,
    /// Errands by their keys; true for those that were begun in it.
    pub errands: Vec<(String, Errand, bool)>,
    /// What there is one of, by name.
    pub kept: Vec<(String, String)>,
    /// Who changes it, where only one of several servers may: see [`Wallet::lead`].
    pub holder: Option<String>,
}

impl Wallet {
    pub(crate) fn new(database: Database) -> Self {
        Self { database }
    }

    /// Keeps a token that opens an account until it expires; drops those that have.
    ///
    /// # Errors
    /// The store's.
    pub async fn open(
        &self,
        account: &str,
        token: &str,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        changed!(&self.database, pool => sqlx::query(PURGE).bind(to_ms(now)).execute(pool))?;
        changed!(&self.database, pool => sqlx::query(OPEN)
            .bind(hash(token))
            .bind(account)
            .bind(to_ms(expires_at))
            .execute(pool))?;
        Ok(())
    }

    /// The account that a token opens at `now`.
    ///
    /// # Errors
    /// The store's.
    pub async fn of_token(&self, token: &str, now: Timestamp) -> Result<Option<Account>, StoreError> {
        let row: Option<AccountRow> = on!(&self.database, pool => sqlx::query_as(OF_TOKEN)
            .bind(hash(token))
            .bind(to_ms(now))
            .fetch_optional(pool))?;
        row.map(account).transpose()
    }

    /// The account of a name.
    ///
    /// # Errors
    /// The store's.
    pub async fn account(&self, id: &str) -> Result<Option<Account>, StoreError> {
        let row: Option<AccountRow> = on!(&self.database, pool => sqlx::query_as(OF_ID).bind(id).fetch_optional(pool))?;
        row.map(account).transpose()
    }

    /// Links a wallet to an account, in place of another one. A wallet that another account has stays there.
    ///
    /// # Errors
    /// The store's.
    pub async fn link(&self, id: &str, linked: &Linked) -> Result<Link, StoreError> {
        let address = linked.address.to_string();
        let text = to_json(linked)?;
        let taken = || async {
            let row: Option<(String,)> =
                on!(&self.database, pool => sqlx::query_as(OF_WALLET).bind(&address).fetch_optional(pool))?;
            Ok::<_, StoreError>(row.map(|(other,)| other).filter(|other| other != id))
        };
        if let Some(other) = taken().await? {
            return Ok(Link::Taken(other));
        }
        let done = changed!(&self.database, pool => sqlx::query(LINK)
            .bind(id)
            .bind(&address)
            .bind(&text)
            .execute(pool));
        match done {
            Ok(_) => Ok(Link::Done),
            // Two asked at once: the unique address let one of them through.
            Err(error) => taken().await?.map(Link::Taken).ok_or(error),
        }
    }

    /// Bookings of accounts that have no reward yet, oldest first, those after a moment and a key. Those of accounts that never agreed to this
    /// version of the rewards' text, or a newer one, are left out: they wait at no cost.
    ///
    /// # Errors
    /// The store's.
    pub async fn unrewarded(
        &self,
        after: &(Timestamp, String),
        version: u32,
        most: i64,
    ) -> Result<Vec<Booking>, StoreError> {
        let rows: Vec<Row> = on!(&self.database, pool => sqlx::query_as(UNREWARDED)
            .bind(to_ms(after.0))
            .bind(&after.1)
            .bind(most)
            .bind(i64::from(version))
            .fetch_all(pool))?;
        rows.into_iter().map(read).collect()
    }

    /// Keys of bookings that were cancelled and whose rewards do not know it.
    ///
    /// # Errors
    /// The store's.
    pub async fn uncancelled(&self, most: i64) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(String,)> = on!(&self.database, pool => sqlx::query_as(UNCANCELLED).bind(most).fetch_all(pool))?;
        Ok(rows.into_iter().map(|(key,)| key).collect())
    }

    /// All rewards, by their bookings' keys, with their accounts.
    ///
    /// # Errors
    /// The store's.
    pub async fn rewards(&self) -> Result<BTreeMap<String, (String, Reward)>, StoreError> {
        let rows: Vec<(String, String, String)> = on!(&self.database, pool => sqlx::query_as(REWARDS).fetch_all(pool))?;
        let read =
            |(booking, account, text): (String, String, String)| Ok((booking, (account, from_json(&text, WHAT)?)));
        rows.into_iter().map(read).collect()
    }

    /// What was kept under a name.
    ///
    /// # Errors
    /// The store's.
    pub async fn kept(&self, name: &str) -> Result<Option<String>, StoreError> {
        let row: Option<(String,)> = on!(&self.database, pool => sqlx::query_as(KEPT).bind(name).fetch_optional(pool))?;
        Ok(row.map(|(text,)| text))
    }

    /// Becomes the one server of several on this database that pays rewards, or stays it, for `term` from `now`; false while another one is. An
    /// SQLite file has one server.
    ///
    /// # Errors
    /// The store's.
    pub async fn lead(&self, holder: &str, now: Timestamp, term: SignedDuration) -> Result<bool, StoreError> {
        let Database::Postgres(pool) = &self.database else { return Ok(true) };
        let until = to_ms(now.checked_add(term).unwrap_or(Timestamp::MAX));
        let done = sqlx::query(LEAD).bind(holder).bind(until).bind(to_ms(now)).execute(pool).await?;
        Ok(done.rows_affected() == 1)
    }

    /// Leads no more: another server need not wait.
    ///
    /// # Errors
    /// The store's.
    pub async fn yields(&self, holder: &str) -> Result<(), StoreError> {
        changed!(&self.database, pool => sqlx::query(YIELD).bind(holder).execute(pool))?;
        Ok(())
    }

    /// Keeps all that a step changed, in one transaction.
    ///
    /// # Errors
    /// The store's, `Lost` where another server leads by now; nothing of the step is kept then.
    pub async fn keep(&self, step: &Step) -> Result<(), StoreError> {
        within!(&self.database, open => {
            if let (Database::Postgres(_), Some(holder)) = (&self.database, &step.holder) {
                let leads = sqlx::query(LEADS).bind(holder).execute(&mut *open).await?.rows_affected() == 1;
                if !leads {
                    return Err(StoreError::Lost);
                }
            }
            for (booking, account, reward) in &step.rewards {
                let (text, stage) = (to_json(reward)?, reward.stage.label());
                let cancelled = i64::from(reward.cancelled);
                if let Some(account) = account {
                    sqlx::query(EARN)
                        .bind(booking)
                        .bind(account)
                        .bind(&text)
                        .bind(stage)
                        .bind(cancelled)
                        .bind(step.at_ms)
                        .execute(&mut *open)
                        .await?;
                } else {
                    sqlx::query(CHANGE)
                        .bind(booking)
                        .bind(&text)
                        .bind(stage)
                        .bind(cancelled)
                        .bind(step.at_ms)
                        .execute(&mut *open)
                        .await?;
                }
                // What was paid to the address that is kept for an account with a wallet of its own is to be moved.
                if reward.stage == Stage::Settled {
                    sqlx::query(MOVE_OF_BOOKING).bind(booking).execute(&mut *open).await?;
                }
            }
            for (key, errand, begun) in &step.errands {
                let standing = errand.standing.label();
                sqlx::query(RUN)
                    .bind(key)
                    .bind(standing)
                    .bind(to_json(errand)?)
                    .bind(step.at_ms)
                    .bind(i64::from(*begun))
                    .bind(to_json(&errand.goal)?)
                    .execute(&mut *open)
                    .await?;
                if errand.standing == Standing::Reached && key.starts_with("withdraw:") {
                    sqlx::query(MOVE_OF_ERRAND).bind(key).execute(&mut *open).await?;
                }
            }
            for entry in &step.entries {
                sqlx::query(POST)
                    .bind(&entry.key)
                    .bind(&entry.booking)
                    .bind(i64::try_from(entry.at_ms).unwrap_or(i64::MAX))
                    .bind(to_json(&entry.moves)?)
                    .execute(&mut *open)
                    .await?;
            }
            for (name, text) in &step.kept {
                sqlx::query(KEEP).bind(name).bind(text).execute(&mut *open).await?;
            }
        })
    }

    /// An account's rewards, newest first, those earned before `before`.
    ///
    /// # Errors
    /// The store's.
    pub async fn history(&self, account: &str, before: Timestamp, most: i64) -> Result<Vec<Earned>, StoreError> {
        let rows: Vec<EarnedRow> = on!(&self.database, pool => sqlx::query_as(HISTORY)
            .bind(account)
            .bind(to_ms(before))
            .bind(most)
            .fetch_all(pool))?;
        rows.into_iter().map(earned).collect()
    }

    /// The reward of a booking.
    ///
    /// # Errors
    /// The store's.
    pub async fn earned(&self, booking: &str) -> Result<Option<Earned>, StoreError> {
        let row: Option<EarnedRow> =
            on!(&self.database, pool => sqlx::query_as(EARNED).bind(booking).fetch_optional(pool))?;
        row.map(earned).transpose()
    }

    /// The book, from its first entry on.
    ///
    /// # Errors
    /// The store's, or an entry that does not fit.
    pub async fn book(&self) -> Result<Ledger, StoreError> {
        let rows: Vec<(String, String, i64, String)> =
            on!(&self.database, pool => sqlx::query_as(BOOK).fetch_all(pool))?;
        let mut book = Ledger::default();
        for (key, booking, at_ms, moves) in rows {
            let at_ms = u64::try_from(at_ms).unwrap_or_default();
            let entry = Entry { key, booking, at_ms, moves: from_json(&moves, WHAT)? };
            let fits = book.post(&entry);
            fits.map_err(|_| StoreError::Corrupt("an entry that does not fit the book".to_owned()))?;
        }
        Ok(book)
    }
}

/// Id, address kept here, wallet.
pub(crate) type AccountRow = (String, String, Option<String>);

pub(crate) fn account((id, custodial, own): AccountRow) -> Result<Account, StoreError> {
    let custodial = custodial.parse().map_err(|_| StoreError::Corrupt("an account without an address".to_owned()))?;
    Ok(Account { id, custodial, own: own.as_deref().map(|text| from_json(text, WHAT)).transpose()? })
}

/// Booking, reference, account, reward, when it was earned, when it reached its stage.
type EarnedRow = (String, Option<String>, String, String, i64, i64);

fn earned((booking, reference, account, reward, earned_at, stage_at): EarnedRow) -> Result<Earned, StoreError> {
    Ok(Earned {
        booking,
        reference: reference.unwrap_or_default(),
        account,
        reward: from_json(&reward, WHAT)?,
        earned_at: from_ms(earned_at)?,
        stage_at: from_ms(stage_at)?,
    })
}

/// What an unreadable row held.
const WHAT: &str = "a reward";
pub(crate) const ADD: &str = "INSERT INTO accounts (id, custodial, made_at_ms) VALUES ($1, $2, $3)";
const PURGE: &str = "DELETE FROM account_tokens WHERE expires_at_ms <= $1";
const OPEN: &str = "INSERT INTO account_tokens (token_hash, account, expires_at_ms) VALUES ($1, $2, $3)";
const OF_TOKEN: &str = "SELECT a.id, a.custodial, a.wallet_json FROM account_tokens t \
     JOIN accounts a ON a.id = t.account WHERE t.token_hash = $1 AND t.expires_at_ms > $2";
const OF_ID: &str = "SELECT id, custodial, wallet_json FROM accounts WHERE id = $1";
const OF_WALLET: &str = "SELECT id FROM accounts WHERE wallet_address = $1";
const LINK: &str = "UPDATE accounts SET wallet_address = $2, wallet_json = $3 WHERE id = $1";
const UNREWARDED: &str = "SELECT b.idempotency_key, b.reference, b.item_json, b.travellers_json, b.state, b.made_at_ms, b.account \
     FROM bookings b LEFT JOIN rewards r ON r.booking = b.idempotency_key \
     WHERE b.account IS NOT NULL AND r.booking IS NULL \
     AND EXISTS (SELECT 1 FROM consents c WHERE c.account = b.account AND c.text = 'rewards' AND c.version >= $4) \
     AND (b.made_at_ms > $1 OR b.made_at_ms = $1 AND b.idempotency_key > $2) ORDER BY b.made_at_ms, b.idempotency_key LIMIT $3";
const UNCANCELLED: &str = "SELECT r.booking FROM rewards r JOIN bookings b ON b.idempotency_key = r.booking \
     WHERE b.state = 'cancelled' AND r.cancelled = 0 ORDER BY r.booking LIMIT $1";
const REWARDS: &str = "SELECT booking, account, reward_json FROM rewards";
const KEPT: &str = "SELECT value_json FROM wallet_kept WHERE name = $1";
const EARN: &str = "INSERT INTO rewards (booking, account, reward_json, stage, cancelled, earned_at_ms, stage_at_ms) \
     VALUES ($1, $2, $3, $4, $5, $6, $6)";
const CHANGE: &str = "UPDATE rewards SET reward_json = $2, cancelled = $4, \
     stage_at_ms = CASE WHEN stage = $3 THEN stage_at_ms ELSE $5 END, stage = $3 WHERE booking = $1";
const LEAD: &str = "INSERT INTO wallet_lease (name, holder, until_ms) VALUES ('rewards', $1, $2) \
     ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms \
     WHERE wallet_lease.holder = excluded.holder OR wallet_lease.until_ms <= $3";
const YIELD: &str = "DELETE FROM wallet_lease WHERE name = 'rewards' AND holder = $1";
/// It also locks the row until the step is kept.
const LEADS: &str = "UPDATE wallet_lease SET until_ms = until_ms WHERE name = 'rewards' AND holder = $1";
/// The machine has errands of its own, which are no account's.
const RUN: &str = "INSERT INTO errands (errand, account, goal_json, asked, standing, errand_json, at_ms) VALUES ($1, '', $6, 0, $2, $3, $4) \
     ON CONFLICT (errand) DO UPDATE SET standing = $2, errand_json = $3, at_ms = $4, \
     asked = CASE WHEN $5 = 1 THEN 0 ELSE errands.asked END";
const MOVE_OF_BOOKING: &str =
    "UPDATE errands SET asked = 1 WHERE errand = 'move:' || (SELECT account FROM rewards WHERE booking = $1)";
const MOVE_OF_ERRAND: &str =
    "UPDATE errands SET asked = 1 WHERE errand = 'move:' || (SELECT account FROM errands WHERE errand = $1)";
const POST: &str = "INSERT INTO reward_entries (entry_key, booking, at_ms, moves_json) VALUES ($1, $2, $3, $4) \
     ON CONFLICT DO NOTHING";
const KEEP: &str = "INSERT INTO wallet_kept (name, value_json) VALUES ($1, $2) \
     ON CONFLICT (name) DO UPDATE SET value_json = excluded.value_json";
const HISTORY: &str = "SELECT r.booking, b.reference, r.account, r.reward_json, r.earned_at_ms, r.stage_at_ms FROM rewards r \
     LEFT JOIN bookings b ON b.idempotency_key = r.booking \
     WHERE r.account = $1 AND r.earned_at_ms < $2 ORDER BY r.earned_at_ms DESC, r.booking LIMIT $3";
const EARNED: &str = "SELECT r.booking, b.reference, r.account, r.reward_json, r.earned_at_ms, r.stage_at_ms FROM rewards r \
     LEFT JOIN bookings b ON b.idempotency_key = r.booking WHERE r.booking = $1";
const BOOK: &str = "SELECT entry_key, booking, at_ms, moves_json FROM reward_entries ORDER BY at_ms, entry_key";
