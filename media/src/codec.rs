//! The codecs and rate conversions between packets and frames. It never paces or queues.

pub mod g711;
pub mod opus;
pub mod resample;
