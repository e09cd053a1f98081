//! The connection to SQLite or Postgres, and how the store fails. It knows no table.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;

/// A pool of connections to one of the two databases; clones share it.
#[derive(Clone)]
pub(crate) enum Database {
    /// One file, or memory.
    Sqlite(SqlitePool),
    /// A server.
    Postgres(PgPool),
}

impl std::fmt::Debug for Database {
    // The options of a pool hold the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sqlite(_) => "Sqlite(..)",
            Self::Postgres(_) => "Postgres(..)",
        })
    }
}

/// Runs one query on whichever database it is: the SQL is the same text, only the types differ.
macro_rules! on {
    ($database:expr, $pool:ident => $query:expr) => {
        match $database {
            crate::store::database::Database::Sqlite($pool) => {
                $query.await.map_err(crate::store::database::StoreError::from)
            }
            crate::store::database::Database::Postgres($pool) => {
                $query.await.map_err(crate::store::database::StoreError::from)
            }
        }
    };
}
pub(crate) use on;

/// As [`on`], for a statement that changes rows; gives how many.
macro_rules! changed {
    ($database:expr, $pool:ident => $query:expr) => {
        match $database {
            crate::store::database::Database::Sqlite($pool) => $query.await.map(|done| done.rows_affected()),
            crate::store::database::Database::Postgres($pool) => $query.await.map(|done| done.rows_affected()),
        }
        .map_err(crate::store::database::StoreError::from)
    };
}
pub(crate) use changed;

/// Runs statements on one connection, `$open`, all of which count or none.
macro_rules! within {
    ($database:expr, $open:ident => $body:block) => {
        match $database {
            crate::store::database::Database::Sqlite(pool) => {
                // It is going to write: who waits for that from the start never finds its view outdated.
                let mut $open = pool.begin_with("BEGIN IMMEDIATE").await?;
                $body
                $open.commit().await.map_err(crate::store::database::StoreError::from)
            }
            crate::store::database::Database::Postgres(pool) => {
                let mut $open = pool.begin().await?;
                $body
                $open.commit().await.map_err(crate::store::database::StoreError::from)
            }
        }
    };
}
pub(crate) use within;

/// How the store fails.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Others hold it; the same call may succeed in a moment.
    #[error("the database is busy")]
    Busy,
    /// It cannot be reached or refuses to work.
    #[error("the database failed: {0}")]
    Down(String),
    /// Another server does by now what this one did.
    #[error("another server has taken this over")]
    Lost,
    /// The rewards in it are of another chain than the server is set to.
    #[error(
        "the rewards in this database are of {there}, and `wallet.chain` is {here}: set it back, or give this chain a database of its own (`store.url`)"
    )]
    Elsewhere {
        /// Where they are.
        there: String,
        /// Where the server is.
        here: String,
    },
    /// A row does not hold what this version writes.
    #[error("the database holds something unreadable: {0}")]
    Corrupt(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if matches!(error, sqlx::Error::PoolTimedOut) {
            return Self::Busy;
        }
        if let sqlx::Error::Database(fault) = &error {
            let code = fault.code().unwrap_or_default();
            if BUSY.contains(&code.as_ref()) {
                return Self::Busy;
            }
            // The message of a constraint may quote a row; its code is enough.
            return Self::Down(format!("code {code}"));
        }
        Self::Down(error.to_string())
    }
}

/// An instant as it is stored.
pub(crate) fn to_ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// An instant as it was stored.
pub(crate) fn from_ms(ms: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(ms).map_err(|_| StoreError::Corrupt("an instant outside the calendar".to_owned()))
}

/// A text that opens something, as it is kept: SHA-256 in hex. Keys and tokens are long and random, so they need no salt.
pub(crate) fn hash(secret: &str) -> String {
    Sha256::digest(secret.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A value as it is kept.
pub(crate) fn to_json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Corrupt("a value that has no JSON".to_owned()))
}

/// A value as it was kept; `what` it is, for the error. That of the parser may quote the text, so it is not passed on.
pub(crate) fn from_json<T: serde::de::DeserializeOwned>(text: &str, what: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt(format!("{what} that this version cannot read")))
}

/// SQLite's busy, busy-snapshot and locked; Postgres' serialization failure, deadlock and too many connections.
const BUSY: [&str; 6] = ["5", "517", "6", "40001", "40P01", "53300"];
