//! What outlives the process: bookings, durable effects, the embedded chain, resumable conversations and keys, in SQLite or Postgres. It decides nothing.

use crate::store::database::Database;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::str::FromStr;
use std::time::Duration;

mod access;
mod bookings;
mod chain;
mod consents;
mod database;
mod errands;
mod outbox;
mod reference;
mod sessions;
mod wallet;

pub use access::{Access, ApiKey, Granted};
pub use bookings::{Bookings, Cancelled};
pub use chain::{Chains, SavedChain};
pub use database::StoreError;
pub use errands::{Brought, Named};
pub use outbox::{Outbox, OutboxEntry, OutboxState, PENDING_MAX};
pub use sessions::{SavedSession, Sessions};
pub use wallet::{Account, Earned, Link, Step, Wallet};

/// An open database with its tables in place; clones share it.
#[derive(Clone, Debug)]
pub struct Store {
    database: Database,
}

impl Store {
    /// Opens `sqlite:PATH` (made when missing), `sqlite::memory:` or `postgres://...` and brings its tables up to this version.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let store = Self { database: connect(url).await? };
        store.migrate(None).await?;
        Ok(store)
    }

    /// Brings the tables to a version: `None` for the latest, 0 for none at all (everything is lost).
    pub async fn migrate(&self, version: Option<i64>) -> Result<(), StoreError> {
        let migrations = &MIGRATIONS;
        let done = match (&self.database, version) {
            (Database::Sqlite(pool), None) => migrations.run(pool).await,
            (Database::Postgres(pool), None) => migrations.run(pool).await,
            (Database::Sqlite(pool), Some(version)) => migrations.undo(pool, version).await,
            (Database::Postgres(pool), Some(version)) => migrations.undo(pool, version).await,
        };
        done.map_err(|error| StoreError::Down(format!("the tables cannot be brought up to date: {error}")))
    }

    /// The bookings.
    pub fn bookings(&self) -> Bookings {
        Bookings::new(self.database.clone())
    }

    /// The durable effects.
    pub fn outbox(&self) -> Outbox {
        Outbox::new(self.database.clone())
    }

    /// Keys and secrets.
    pub fn access(&self) -> Access {
        Access::new(self.database.clone())
    }

    /// Accounts and rewards.
    pub fn wallet(&self) -> Wallet {
        Wallet::new(self.database.clone())
    }

    /// The embedded chains.
    pub fn chains(&self) -> Chains {
        Chains::new(self.database.clone())
    }

    /// The resumable conversations.
    pub fn sessions(&self) -> Sessions {
        Sessions::new(self.database.clone())
    }

    /// Waits for what is running and closes every connection.
    pub async fn close(&self) {
        match &self.database {
            Database::Sqlite(pool) => pool.close().await,
            Database::Postgres(pool) => pool.close().await,
        }
    }
}

async fn connect(url: &str) -> Result<Database, StoreError> {
    if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        let options = PgPoolOptions::new().max_connections(POSTGRES_CONNECTIONS_MAX).acquire_timeout(ACQUIRE_MAX);
        return Ok(Database::Postgres(options.connect(url).await?));
    }
    if !url.starts_with("sqlite:") {
        return Err(StoreError::Down("the store's address has to begin with sqlite: or postgres:".to_owned()));
    }
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        // A committed booking survives a power cut: with WAL that takes FULL.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_MAX);
    // Every connection to memory is a database of its own, so there is one that never closes.
    let memory = url.contains(":memory:") || url.contains("mode=memory");
    if let Some(folder) = options.get_filename().parent().filter(|_| !memory) {
        // On a machine that is new to us nobody has made it.
        std::fs::create_dir_all(folder)
            .map_err(|error| StoreError::Down(format!("the folder {} cannot be made: {error}", folder.display())))?;
    }
    let pool = SqlitePoolOptions::new()
        .max_connections(if memory { 1 } else { SQLITE_CONNECTIONS_MAX })
        .acquire_timeout(ACQUIRE_MAX);
    let pool = if memory { pool.idle_timeout(None).max_lifetime(None) } else { pool };
    Ok(Database::Sqlite(pool.connect_with(options).await?))
}

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("src/store/migrations");

const SQLITE_CONNECTIONS_MAX: u32 = 4;
const POSTGRES_CONNECTIONS_MAX: u32 = 16;
const ACQUIRE_MAX: Duration = Duration::from_secs(5);
const BUSY_MAX: Duration = Duration::from_secs(5);

/// A store's address without what must not be shown: everything between `://` and `@` is left out.
pub fn redacted(url: &str) -> String {
    match url.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?.1))) {
        Some((scheme, place)) => format!("{scheme}://…@{place}"),
        None => url.to_owned(),
    }
}
