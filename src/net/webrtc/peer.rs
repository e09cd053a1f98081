//! The words between a call's task and its session: those of the session itself. It never carries bytes of the wire.

pub(super) use crate::session::event::Link;
pub use crate::session::event::{LegCommand as PeerCommand, LegEvent as PeerEvent};
