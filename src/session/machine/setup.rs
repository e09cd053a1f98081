//! What a session is made with. It holds no state.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How much a client may send at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Sound of one append, in bytes.
    pub append_bytes_max: usize,
    /// One item of the conversation, in bytes of JSON.
    pub item_bytes_max: usize,
}

impl Bounds {
    /// The most that may ever be allowed: the protocol's 15 MiB an append, and what a whole conversation may hold.
    pub const MOST: Self = Self { append_bytes_max: 15 * 1024 * 1024, item_bytes_max: 4 * 1024 * 1024 };
}

impl Default for Bounds {
    fn default() -> Self {
        Self { item_bytes_max: 2 * 1024 * 1024, ..Self::MOST }
    }
}

/// Clients are told a session's name with this before it.
pub const SESSION_PREFIX: &str = "sess_";

/// What a session is made with; it never changes.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Names the session; a part of every id on the wire.
    pub id: String,
    /// Brings the caller back after the transport was lost.
    pub resume_token: String,
    /// Unix seconds at which the token expires at the earliest.
    pub resume_expires_at: i64,
    /// How long a session outlives its transport.
    pub resume_within: Duration,
    /// How long a session may last.
    pub session_max: Duration,
    /// Voice name; empty for the engine's own.
    pub voice: String,
    /// BCP 47 tag of the language spoken.
    pub language: String,
    /// Words likely to occur, as a hint to the recogniser.
    pub prompt: String,
    /// The server speaks first, and again when nobody answers; otherwise it speaks when it is spoken to.
    pub greets: bool,
    /// What the client has set before it began, as a session object; what is wrong in it is as if it were not there.
    pub session: Option<serde_json::Value>,
    /// The two events of the protocol's beta that its successor still lists are told as well: `conversation.created`, and
    /// `conversation.item.created` beside `.added`.
    pub tells_created: bool,
    /// How much the client may send at once.
    pub bounds: Bounds,
    /// When it began, Unix ms: the conversation's clock is set by it.
    pub began_ms: i64,
}
