//! The `voxfare` program.

fn main() {}
