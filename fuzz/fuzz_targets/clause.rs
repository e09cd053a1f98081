//! Cuts any text, given in any pieces, into clauses that join to it. It builds the cutter alone, not the server.
#![no_main]

#[path = "../../src/session/clause.rs"]
mod clause;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|pieces: Vec<String>| {
    let whole = pieces.concat();
    let mut cutter = clause::Clauses::new();
    let mut ranges = Vec::new();
    for piece in &pieces {
        ranges.extend(cutter.push(piece));
    }
    ranges.extend(cutter.finish());
    let joined: String = ranges.iter().map(|range| &whole[range.clone()]).collect();
    assert_eq!(joined, whole);
    assert!(clause::clauses(&whole).iter().all(|range| !range.is_empty()));
});
