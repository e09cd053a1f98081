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

/// The caller types over "You're booked" before a sound of it is out: it was dropped for good.
#[test]
fn seed_283_an_outcome_is_told_although_its_words_were_dropped() {
    check(283, 1);
}

/// The caller says goodbye while a slow search runs: the call stayed open, and silent.
#[test]
fn seed_327_a_search_does_not_hold_a_goodbye() {
    check(327, 1);
}

/// The caller types while a clause is being spoken and its voice fails: a failure that nobody waited for was counted.
#[test]
fn seed_12_a_voice_that_fails_for_nobody_changes_nothing() {
    check(12, 1);
}

/// The client cuts an item at less than we know was sent: it was played at the client, so the client is believed.
#[test]
fn seed_584_a_client_that_heard_less_is_believed() {
    check(584, 1);
}
