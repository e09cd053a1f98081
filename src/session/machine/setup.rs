//! What a session is made with. It holds no state.

use std::time::Duration;

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
    /// When it began, Unix ms: the conversation's clock is set by it.
    pub began_ms: i64,
}
