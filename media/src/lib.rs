//! The pure core of the audio path: bytes in, speech out. It never opens a socket, reads a clock or starts a thread.
#![doc = include_str!("../README.md")]

pub mod call;
pub mod codec;
pub mod ear;
pub mod echo;
pub mod effort;
pub mod frame;
pub mod judgement;
pub mod leg;
pub mod mouth;
pub mod noise;
pub mod packet;
pub mod playout;
mod protection;
#[cfg(test)]
mod sound;
pub mod transcript;
pub mod turn;
pub mod utterance;
pub mod vad;
