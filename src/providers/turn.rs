//! Detectors of the end of a turn. They score sound; what a score means is the call's business.

pub mod features;
pub mod smart_turn;
