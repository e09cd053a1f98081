//! Seeds of the simulator: every rule holds in each of them, and the same seed gives the same bytes.

use std::time::Instant;
use voxfare::sim::{Summary, one};

/// Seeds from `first` on, `count` of them, each run twice.
fn check(first: u64, count: u64) -> Summary {
    let start = Instant::now();
    let mut summary = Summary::default();
    for seed in first..first + count {
        one(seed, start, false, true, &mut summary);
    }
    assert!(summary.faults.is_empty(), "{:#?}", summary.faults);
    summary
}

/// Split in two so that two cores share them.
#[test]
fn seeds_keep_the_rules_and_do_the_same_twice() {
    assert!(check(1, 20).turns > 60, "callers are answered");
}

#[test]
fn more_seeds_keep_the_rules_and_do_the_same_twice() {
    assert!(check(21, 20).turns > 60, "callers are answered");
}
