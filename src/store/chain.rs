//! The embedded chain on disk: blocks are added at its end or replaced from a height on, each time in one transaction. It reads none of them.

use crate::store::database::{Database, StoreError, changed, on};

/// The embedded chains of a store; clones share it.
#[derive(Clone, Debug)]
pub struct Chains {
    database: Database,
}

/// Everything that is kept of one chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedChain {
    /// The number of a block, and the whole state after it.
    pub state: Option<(u64, String)>,
    /// Number and body of the blocks, oldest first.
    pub blocks: Vec<(u64, String)>,
    /// Hash and bytes of what waits.
    pub waiting: Vec<(String, String)>,
    /// Name and text of what was noted.
    pub notes: Vec<(String, String)>,
}

/// Runs statements on whichever database it is, all or none of them.
macro_rules! together {
    ($database:expr, $transaction:ident => $body:block) => {
        match $database {
            Database::Sqlite(pool) => {
                let mut $transaction = pool.begin().await?;
                $body
                $transaction.commit().await?;
            }
            Database::Postgres(pool) => {
                let mut $transaction = pool.begin().await?;
                $body
                $transaction.commit().await?;
            }
        }
    };
}

impl Chains {
    pub(crate) fn new(database: Database) -> Self {
        Self { database }
    }

    /// Everything of a chain.
    pub async fn load(&self, chain: u64) -> Result<SavedChain, StoreError> {
        let chain = chain.cast_signed();
        let state: Option<(i64, String)> =
            on!(&self.database, pool => sqlx::query_as(STATE).bind(chain).fetch_optional(pool))?;
        let blocks: Vec<(i64, String)> =
            on!(&self.database, pool => sqlx::query_as(BLOCKS).bind(chain).fetch_all(pool))?;
        let waiting = on!(&self.database, pool => sqlx::query_as(WAITING).bind(chain).fetch_all(pool))?;
        let notes = on!(&self.database, pool => sqlx::query_as(NOTES).bind(chain).fetch_all(pool))?;
        let counted = |(number, text): (i64, String)| (number.cast_unsigned(), text);
        Ok(SavedChain { state: state.map(counted), blocks: blocks.into_iter().map(counted).collect(), waiting, notes })
    }

    /// Drops the blocks from a number on, adds these, and forgets what waits under these hashes.
    pub async fn append(
        &self,
        chain: u64,
        from: u64,
        blocks: &[(u64, String)],
        gone: &[String],
    ) -> Result<(), StoreError> {
        let chain = chain.cast_signed();
        let from = i64::try_from(from).unwrap_or(i64::MAX);
        together!(&self.database, transaction => {
            sqlx::query(CUT).bind(chain).bind(from).execute(&mut *transaction).await?;
            for (number, body) in blocks {
                let number = number.cast_signed();
                sqlx::query(ADD).bind(chain).bind(number).bind(body).execute(&mut *transaction).await?;
            }
            for hash in gone {
                sqlx::query(FORGET).bind(chain).bind(hash).execute(&mut *transaction).await?;
            }
        });
        Ok(())
    }

    /// Keeps the whole state after a block in place of an older one, and drops the blocks below another number.
    pub async fn keep_state(&self, chain: u64, number: u64, state: &str, oldest: u64) -> Result<(), StoreError> {
        let (chain, number, oldest) = (chain.cast_signed(), number.cast_signed(), oldest.cast_signed());
        together!(&self.database, transaction => {
            sqlx::query(KEEP_STATE).bind(chain).bind(number).bind(state).execute(&mut *transaction).await?;
            sqlx::query(DROP_OLD).bind(chain).bind(oldest).execute(&mut *transaction).await?;
        });
        Ok(())
    }

    /// Keeps a transaction that waits.
    pub async fn wait(&self, chain: u64, hash: &str, raw: &str) -> Result<(), StoreError> {
        let chain = chain.cast_signed();
        changed!(&self.database, pool => sqlx::query(WAIT).bind(chain).bind(hash).bind(raw).execute(pool)).map(|_| ())
    }

    /// Notes something under a name.
    pub async fn note(&self, chain: u64, name: &str, note: &str) -> Result<(), StoreError> {
        let chain = chain.cast_signed();
        changed!(&self.database, pool => sqlx::query(NOTE).bind(chain).bind(name).bind(note).execute(pool)).map(|_| ())
    }
}

const STATE: &str = "SELECT number, state FROM chain_states WHERE chain_id = $1";
const BLOCKS: &str = "SELECT number, body FROM chain_blocks WHERE chain_id = $1 ORDER BY number";
const WAITING: &str = "SELECT hash, raw FROM chain_waiting WHERE chain_id = $1 ORDER BY hash";
const NOTES: &str = "SELECT name, note FROM chain_notes WHERE chain_id = $1 ORDER BY name";
const CUT: &str = "DELETE FROM chain_blocks WHERE chain_id = $1 AND number >= $2";
const ADD: &str = "INSERT INTO chain_blocks (chain_id, number, body) VALUES ($1, $2, $3)";
const FORGET: &str = "DELETE FROM chain_waiting WHERE chain_id = $1 AND hash = $2";
const KEEP_STATE: &str = "INSERT INTO chain_states (chain_id, number, state) VALUES ($1, $2, $3) \
     ON CONFLICT (chain_id) DO UPDATE SET number = excluded.number, state = excluded.state";
const DROP_OLD: &str = "DELETE FROM chain_blocks WHERE chain_id = $1 AND number < $2";
const WAIT: &str = "INSERT INTO chain_waiting (chain_id, hash, raw) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
const NOTE: &str = "INSERT INTO chain_notes (chain_id, name, note) VALUES ($1, $2, $3) \
     ON CONFLICT (chain_id, name) DO UPDATE SET note = excluded.note";
