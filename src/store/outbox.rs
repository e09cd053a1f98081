//! Durable effects: written before the first try, claimed by one at a time, finished once. It runs nothing itself.

use crate::store::database::{Database, StoreError, changed, from_ms, on, to_ms};
use agent::trip::IdempotencyKey;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// The outbox of a store; clones share it.
#[derive(Clone, Debug)]
pub struct Outbox {
    database: Database,
}

/// How far an effect is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutboxState {
    /// It waits to be tried.
    Pending,
    /// Somebody tries it; after its lease anybody may.
    InFlight,
    /// It is over; its result is kept.
    Done,
    /// It was tried and nobody knows how it ended: look up its outcome first.
    Unknown,
}

/// One durable effect. Its payload and result may hold personal data, so its Debug shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    /// Its key.
    pub key: IdempotencyKey,
    /// What it is ("book").
    pub kind: String,
    /// What it needs, as JSON.
    pub payload: String,
    /// How far it is.
    pub state: OutboxState,
    /// How often it was claimed.
    pub attempts: u32,
    /// Nobody else tries it before this.
    pub next_attempt_at: Timestamp,
    /// How it ended, as JSON.
    pub result: Option<String>,
}

impl std::fmt::Debug for OutboxEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { key, kind, state, attempts, next_attempt_at, .. } = self;
        write!(
            f,
            "OutboxEntry {{ {key:?}, kind: {kind}, state: {state:?}, attempts: {attempts}, next_attempt_at: {next_attempt_at} }}"
        )
    }
}

impl Outbox {
    pub(crate) fn new(database: Database) -> Self {
        Self { database }
    }

    /// Writes an effect that waits to be tried. False when its key is there already; the first writing stands.
    pub async fn insert(
        &self,
        key: &IdempotencyKey,
        kind: &str,
        payload: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let rows = changed!(&self.database, pool => sqlx::query(INSERT)
            .bind(&key.0)
            .bind(kind)
            .bind(payload)
            .bind(to_ms(now))
            .execute(pool))?;
        Ok(rows > 0)
    }

    /// Takes an effect to try it, for the length of a lease. `None` when it is done, waits, or somebody else has it.
    ///
    /// An entry that was `InFlight` or `Unknown` before may have happened: attempts above 1 say so.
    pub async fn claim(
        &self,
        key: &IdempotencyKey,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Option<OutboxEntry>, StoreError> {
        let until = later(now, lease);
        let row: Option<Row> = on!(&self.database, pool => sqlx::query_as(CLAIM)
            .bind(&key.0)
            .bind(to_ms(now))
            .bind(to_ms(until))
            .fetch_optional(pool))?;
        row.map(read).transpose()
    }

    /// Gives an effect back that certainly did not happen, to be tried again at a later instant.
    pub async fn postpone(&self, key: &IdempotencyKey, until: Timestamp, now: Timestamp) -> Result<bool, StoreError> {
        self.set(key, "pending", until, now).await
    }

    /// Notes that nobody knows how an effect ended.
    pub async fn mark_unknown(
        &self,
        key: &IdempotencyKey,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.set(key, "unknown", until, now).await
    }

    /// Ends an effect with its result. False when it was ended before; the first result stands.
    pub async fn finish(&self, key: &IdempotencyKey, result: &str, now: Timestamp) -> Result<bool, StoreError> {
        let rows = changed!(&self.database, pool => sqlx::query(FINISH).bind(&key.0).bind(result).bind(to_ms(now)).execute(pool))?;
        Ok(rows > 0)
    }

    /// One effect.
    pub async fn entry(&self, key: &IdempotencyKey) -> Result<Option<OutboxEntry>, StoreError> {
        let row: Option<Row> = on!(&self.database, pool => sqlx::query_as(ENTRY).bind(&key.0).fetch_optional(pool))?;
        row.map(read).transpose()
    }

    /// Effects that are not done, oldest first: what a start has to take up again. At most [`PENDING_MAX`]; ask again when they are done.
    pub async fn pending(&self) -> Result<Vec<OutboxEntry>, StoreError> {
        let rows: Vec<Row> = on!(&self.database, pool => sqlx::query_as(PENDING).bind(PENDING_MAX).fetch_all(pool))?;
        rows.into_iter().map(read).collect()
    }

    /// Drops effects that were done before an instant; gives how many.
    pub async fn purge(&self, done_before: Timestamp) -> Result<u64, StoreError> {
        changed!(&self.database, pool => sqlx::query(PURGE).bind(to_ms(done_before)).execute(pool))
    }

    async fn set(
        &self,
        key: &IdempotencyKey,
        state: &'static str,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let rows = changed!(&self.database, pool => sqlx::query(SET)
            .bind(&key.0)
            .bind(state)
            .bind(to_ms(until))
            .bind(to_ms(now))
            .execute(pool))?;
        Ok(rows > 0)
    }
}

/// Key, kind, payload, state, attempts, next attempt, result.
type Row = (String, String, String, String, i64, i64, Option<String>);

fn read((key, kind, payload, state, attempts, next_ms, result): Row) -> Result<OutboxEntry, StoreError> {
    let state = match state.as_str() {
        "pending" => OutboxState::Pending,
        "in_flight" => OutboxState::InFlight,
        "done" => OutboxState::Done,
        "unknown" => OutboxState::Unknown,
        _ => return Err(StoreError::Corrupt("an unknown state of an effect".to_owned())),
    };
    let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
    Ok(OutboxEntry {
        key: IdempotencyKey(key),
        kind,
        payload,
        state,
        attempts,
        next_attempt_at: from_ms(next_ms)?,
        result,
    })
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by).ok().and_then(|by| now.checked_add(by).ok()).unwrap_or(now)
}

/// The most effects that [`Outbox::pending`] gives at once.
pub const PENDING_MAX: i64 = 1_000;
const INSERT: &str = "INSERT INTO outbox (idempotency_key, kind, payload, state, attempts, next_attempt_at_ms, created_at_ms, updated_at_ms) \
     VALUES ($1, $2, $3, 'pending', 0, $4, $4, $4) ON CONFLICT DO NOTHING";
const CLAIM: &str = "UPDATE outbox SET state = 'in_flight', attempts = attempts + 1, next_attempt_at_ms = $3, updated_at_ms = $2 \
     WHERE idempotency_key = $1 AND state <> 'done' AND next_attempt_at_ms <= $2 \
     RETURNING idempotency_key, kind, payload, state, attempts, next_attempt_at_ms, result";
const SET: &str = "UPDATE outbox SET state = $2, next_attempt_at_ms = $3, updated_at_ms = $4 WHERE idempotency_key = $1 AND state <> 'done'";
const FINISH: &str =
    "UPDATE outbox SET state = 'done', result = $2, updated_at_ms = $3 WHERE idempotency_key = $1 AND state <> 'done'";
const ENTRY: &str = "SELECT idempotency_key, kind, payload, state, attempts, next_attempt_at_ms, result FROM outbox WHERE idempotency_key = $1";
const PENDING: &str = "SELECT idempotency_key, kind, payload, state, attempts, next_attempt_at_ms, result FROM outbox \
     WHERE state <> 'done' ORDER BY created_at_ms, idempotency_key LIMIT $1";
const PURGE: &str = "DELETE FROM outbox WHERE state = 'done' AND updated_at_ms < $1";
