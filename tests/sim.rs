//! Seeds of the simulator: every rule holds, and the same seed gives the same bytes.

use std::time::Instant;
use voxfare::sim::{Summary, one};

/// Seeds from `first` on, `count` of them, each run twice.
fn check(first: u64, count: u64) {
    let start = Instant::now();
    let mut summary = Summary::default();
    for seed in first..first + count {
        one(seed, start, false, true, &mut summary);
    }
    assert!(summary.faults.is_empty(), "{}", summary.faults.join("\n"));
    assert!(summary.turns > count, "callers are answered");
}

#[test]
fn the_first_seeds_keep_every_rule() {
    check(1, 10);
}

#[test]
fn other_seeds_keep_every_rule() {
    check(1001, 10);
}
