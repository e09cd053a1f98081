//! The chain: embedded, or any that speaks JSON-RPC, behind one port. Each vendor lives in its own file and names no other.

pub mod bindings;
pub mod bridge;
pub mod client;
pub mod deploy;
pub mod embedded;
mod errands;
mod faults;
mod kept;
mod listener;
pub mod local;
pub mod oracle;
pub mod rpc;
pub mod sending;
pub mod signer;
pub mod uniswap;
pub mod usdc;
