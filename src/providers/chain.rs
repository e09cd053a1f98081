//! The chain: embedded, or any that speaks JSON-RPC, behind one port. Each vendor lives in its own file and names no other.

pub mod bindings;
pub mod embedded;
mod kept;
