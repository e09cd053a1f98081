//! The pure core of rewards: bookings in, rewards out. It never opens a socket, reads a clock, holds a key or makes a random number.
#![doc = include_str!("../README.md")]

pub mod account;
pub mod ledger;
pub mod merkle;
pub mod money;
pub mod nonce;
pub mod referral;
pub mod reorg;
pub mod rules;
pub mod settle;
pub mod staking;
pub mod voucher;
