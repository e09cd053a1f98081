//! Sockets to sessions: everything that listens. It never decides what is said.

pub mod http;
pub mod limits;
pub mod telephony;
pub mod webrtc;
pub mod websocket;
