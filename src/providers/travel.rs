//! Travel knowledge and inventory. Each vendor lives in its own file and names no other.

pub mod embedded;
