//! The legs: one machine for each way a caller reaches us, packets on one side, frames on the other. It never touches a socket.

pub mod jitter;
pub mod stream;
pub mod webrtc;
