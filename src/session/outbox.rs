//! Durable effects: written down first, tried once, looked up when unknown, taken up again at the next start. It never invents an outcome.

use crate::session::effects::{self, Ports};
use crate::session::ports::Failure;
use crate::store::{Outbox as Rows, OutboxEntry, StoreError};
use agent::tool::{ToolCall, ToolResult};
use agent::trip::IdempotencyKey;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long one attempt may hold an effect before others may take it up.
const LEASE: Duration = Duration::from_secs(60);
/// When an unknown outcome is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// The outbox of this process.
#[derive(Clone, Debug)]
pub struct Outbox {
    rows: Rows,
    clock: fn() -> Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Payload {
    session: String,
    tool: ToolCall,
}

impl Outbox {
    /// An outbox on the store's rows, with the wall clock they are stamped by.
    pub fn new(rows: Rows, clock: fn() -> Timestamp) -> Self {
        Self { rows, clock }
    }

    /// Writes an effect down and takes it up. After this it is never lost.
    ///
    /// # Errors
    /// When it could not be written: it must not be tried then.
    pub async fn insert(&self, key: &IdempotencyKey, session: &str, tool: &ToolCall) -> Result<(), StoreError> {
        let payload = Payload { session: session.to_owned(), tool: tool.clone() };
        let text = serde_json::to_string(&payload).expect("tool calls are plain data and always serialise");
        let now = (self.clock)();
        self.rows.insert(key, tool.name(), &text, now).await?;
        self.rows.claim(key, now, LEASE).await?;
        Ok(())
    }

    /// Writes the outcome down. A failure is logged: the effect is then looked up again at the next start.
    pub async fn finish(&self, key: &IdempotencyKey, result: &ToolResult) {
        let text = serde_json::to_string(result).expect("tool results are plain data and always serialise");
        if let Err(error) = self.rows.finish(key, &text, (self.clock)()).await {
            tracing::error!(error = %error, "the outcome of a durable effect could not be written down");
        }
    }

    /// Notes that the outcome is not known.
    pub(crate) async fn unknown(&self, key: &IdempotencyKey) {
        let now = (self.clock)();
        let later = now.checked_add(jiff::SignedDuration::from_secs(LOOK_AGAIN.as_secs() as i64)).unwrap_or(now);
        if let Err(error) = self.rows.mark_unknown(key, later, now).await {
            tracing::error!(error = %error, "an unknown outcome could not be noted");
        }
    }

    /// Takes up what an earlier run left open: looks each effect up, and does those that certainly never happened.
    pub async fn recover(&self, ports: &Ports) {
        let entries = match self.rows.pending().await {
            Ok(entries) => entries,
            Err(error) => {
                tracing::error!(error = %error, "the outbox could not be read; what it holds waits for the next start");
                return;
            }
        };
        for entry in entries {
            self.take_up(ports, &entry).await;
        }
    }

    async fn take_up(&self, ports: &Ports, entry: &OutboxEntry) {
        let Ok(payload) = serde_json::from_str::<Payload>(&entry.payload) else {
            tracing::error!(kind = %entry.kind, "an outbox entry cannot be read; it stays where it is");
            return;
        };
        tracing::info!(kind = %entry.kind, session = %payload.session, "taking up a durable effect of an earlier run");
        let result = match ports.travel.outcome(entry.key.clone()).await {
            Ok(Some(result)) => Some(result),
            // It never arrived: the caller asked for it, so it is done now, under its own key.
            Ok(None) => effects::once(ports, &payload.tool).await,
            Err(Failure::Refused { say }) => Some(ToolResult::Refused { say }),
            Err(Failure::Retry { .. } | Failure::Broken { .. }) => None,
        };
        match result {
            Some(result) => self.finish(&entry.key, &result).await,
            None => self.unknown(&entry.key).await,
        }
    }
}
