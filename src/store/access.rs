//! Who may call: API keys and short-lived client secrets, of which only hashes are kept. It lets nobody in by itself.

use crate::store::database::{Database, StoreError, changed, from_ms, hash, on, to_ms};
use jiff::Timestamp;

/// The keys and secrets of a store; clones share it.
#[derive(Clone, Debug)]
pub struct Access {
    database: Database,
}

/// An API key as it is kept: everything but the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Names it for `voxfare keys revoke`.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
}

/// What a client secret opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// The API key that asked for it; empty where none was needed.
    pub key_id: String,
    /// The session object it is bound to, as JSON.
    pub session: String,
}

impl Access {
    pub(crate) fn new(database: Database) -> Self {
        Self { database }
    }

    /// Keeps a new key.
    ///
    /// # Errors
    /// The store's.
    pub async fn add(&self, key: &ApiKey, secret: &str) -> Result<(), StoreError> {
        changed!(&self.database, pool => sqlx::query(ADD)
            .bind(&key.id)
            .bind(&key.name)
            .bind(hash(secret))
            .bind(to_ms(key.made_at))
            .execute(pool))?;
        Ok(())
    }

    /// All keys, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn list(&self) -> Result<Vec<ApiKey>, StoreError> {
        let rows: Vec<(String, String, i64, Option<i64>)> =
            on!(&self.database, pool => sqlx::query_as(LIST).fetch_all(pool))?;
        let read = |(id, name, made_at_ms, revoked_at_ms): (String, String, i64, Option<i64>)| {
            Ok(ApiKey { id, name, made_at: from_ms(made_at_ms)?, revoked_at: revoked_at_ms.map(from_ms).transpose()? })
        };
        rows.into_iter().map(read).collect()
    }

    /// The id of a key that is valid; `None` for any other text.
    ///
    /// # Errors
    /// The store's.
    pub async fn key(&self, secret: &str) -> Result<Option<String>, StoreError> {
        let row: Option<(String,)> =
            on!(&self.database, pool => sqlx::query_as(KEY).bind(hash(secret)).fetch_optional(pool))?;
        Ok(row.map(|(id,)| id))
    }

    /// Revokes a key; what it has granted ends with it. Says whether there was one that was valid.
    ///
    /// # Errors
    /// The store's.
    pub async fn revoke(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        let rows = changed!(&self.database, pool => sqlx::query(REVOKE).bind(id).bind(to_ms(now)).execute(pool))?;
        changed!(&self.database, pool => sqlx::query(UNGRANT).bind(id).execute(pool))?;
        Ok(rows > 0)
    }

    /// Keeps a client secret until it expires; drops those that have.
    ///
    /// # Errors
    /// The store's.
    pub async fn grant(
        &self,
        secret: &str,
        granted: &Granted,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        changed!(&self.database, pool => sqlx::query(PURGE).bind(to_ms(now)).execute(pool))?;
        changed!(&self.database, pool => sqlx::query(GRANT)
            .bind(hash(secret))
            .bind(&granted.key_id)
            .bind(&granted.session)
            .bind(to_ms(expires_at))
            .execute(pool))?;
        Ok(())
    }

    /// What a client secret opens at `now`; `None` when it has expired or never was.
    ///
    /// # Errors
    /// The store's.
    pub async fn granted(&self, secret: &str, now: Timestamp) -> Result<Option<Granted>, StoreError> {
        let row: Option<(String, String)> = on!(&self.database, pool => sqlx::query_as(GRANTED)
            .bind(hash(secret))
            .bind(to_ms(now))
            .fetch_optional(pool))?;
        Ok(row.map(|(key_id, session)| Granted { key_id, session }))
    }

    /// As [`Access::granted`], and never again: of several who ask for it at once one gets it.
    ///
    /// # Errors
    /// The store's.
    pub async fn spend(&self, secret: &str, now: Timestamp) -> Result<Option<Granted>, StoreError> {
        let row: Option<(String, String)> = on!(&self.database, pool => sqlx::query_as(SPEND)
            .bind(hash(secret))
            .bind(to_ms(now))
            .fetch_optional(pool))?;
        Ok(row.map(|(key_id, session)| Granted { key_id, session }))
    }
}

const ADD: &str = "INSERT INTO api_keys (id, name, key_hash, made_at_ms) VALUES ($1, $2, $3, $4)";
const LIST: &str = "SELECT id, name, made_at_ms, revoked_at_ms FROM api_keys ORDER BY made_at_ms, id";
const KEY: &str = "SELECT id FROM api_keys WHERE key_hash = $1 AND revoked_at_ms IS NULL";
const REVOKE: &str = "UPDATE api_keys SET revoked_at_ms = $2 WHERE id = $1 AND revoked_at_ms IS NULL";
const UNGRANT: &str = "DELETE FROM client_secrets WHERE key_id = $1";
const PURGE: &str = "DELETE FROM client_secrets WHERE expires_at_ms <= $1";
const GRANT: &str = "INSERT INTO client_secrets (secret_hash, key_id, session, expires_at_ms) VALUES ($1, $2, $3, $4)";
const GRANTED: &str = "SELECT key_id, session FROM client_secrets WHERE secret_hash = $1 AND expires_at_ms > $2";
const SPEND: &str =
    "DELETE FROM client_secrets WHERE secret_hash = $1 AND expires_at_ms > $2 RETURNING key_id, session";
