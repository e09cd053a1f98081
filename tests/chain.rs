//! The chain's port on chains of several kinds, through the wallet's machine: what is promised is paid, once.

mod anvil;
mod chaos;
mod driver;
mod embedded;
mod killed;
mod money;
mod moves;
