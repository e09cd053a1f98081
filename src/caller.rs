//! The headless caller: speaks recordings to a Voxfare server over WebRTC and measures the answers on the sound itself. It never shares code with the server's leg.

pub mod peer;

mod clock;
