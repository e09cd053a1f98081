//! What is said, worded for the ear, one child a language. It never decides what to say.

pub mod en;
