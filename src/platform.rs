//! What is no conversation and outlives every one: accounts and what they earn. Each noun is a folder with its own task.

pub mod wallet;
