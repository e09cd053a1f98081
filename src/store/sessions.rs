//! Conversations that may be resumed: a snapshot under a token of which only the hash is kept. It does not know what a snapshot holds.

use crate::store::database::{Database, StoreError, changed, from_ms, hash, on, to_ms};
use jiff::Timestamp;

/// The kept conversations of a store; clones share it.
#[derive(Clone, Debug)]
pub struct Sessions {
    database: Database,
}

/// A conversation that can be taken up again. Its snapshot holds what was said, so its Debug does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct SavedSession {
    /// Its name.
    pub id: String,
    /// What is needed to go on, as JSON.
    pub snapshot: String,
    /// It is gone after this.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for SavedSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "SavedSession {{ id: {}, snapshot: {} bytes, expires_at: {} }}",
            self.id,
            self.snapshot.len(),
            self.expires_at
        )
    }
}

impl Sessions {
    pub(crate) fn new(database: Database) -> Self {
        Self { database }
    }

    /// Keeps a conversation under a resume token; replaces what was kept of it before, also its token.
    pub async fn save(&self, session: &SavedSession, resume_token: &str) -> Result<(), StoreError> {
        changed!(&self.database, pool => sqlx::query(SAVE)
            .bind(&session.id)
            .bind(hash(resume_token))
            .bind(&session.snapshot)
            .bind(to_ms(session.expires_at))
            .execute(pool))?;
        Ok(())
    }

    /// The conversation of a token, unless it has expired.
    pub async fn resume(&self, resume_token: &str, now: Timestamp) -> Result<Option<SavedSession>, StoreError> {
        let row: Option<(String, String, i64)> = on!(&self.database, pool => sqlx::query_as(RESUME)
            .bind(hash(resume_token))
            .bind(to_ms(now))
            .fetch_optional(pool))?;
        let read =
            |(id, snapshot, expires_at_ms)| Ok(SavedSession { id, snapshot, expires_at: from_ms(expires_at_ms)? });
        row.map(read).transpose()
    }

    /// Drops a conversation. Says whether there was one.
    pub async fn remove(&self, id: &str) -> Result<bool, StoreError> {
        let rows = changed!(&self.database, pool => sqlx::query(REMOVE).bind(id).execute(pool))?;
        Ok(rows > 0)
    }

    /// Drops what has expired; gives how many.
    pub async fn purge(&self, now: Timestamp) -> Result<u64, StoreError> {
        changed!(&self.database, pool => sqlx::query(PURGE).bind(to_ms(now)).execute(pool))
    }
}

const SAVE: &str = "INSERT INTO sessions (id, token_hash, snapshot, expires_at_ms) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (id) DO UPDATE SET token_hash = excluded.token_hash, snapshot = excluded.snapshot, expires_at_ms = excluded.expires_at_ms";
const RESUME: &str = "SELECT id, snapshot, expires_at_ms FROM sessions WHERE token_hash = $1 AND expires_at_ms > $2";
const REMOVE: &str = "DELETE FROM sessions WHERE id = $1";
const PURGE: &str = "DELETE FROM sessions WHERE expires_at_ms <= $1";
