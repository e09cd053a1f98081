//! Chance that is always the same: numbers drawn from what they are about. There is no seed and no state.

/// A number drawn from its parts; the same parts always give the same number.
pub(crate) fn draw(parts: &[u64]) -> u64 {
    parts.iter().fold(0x9e37_79b9_7f4a_7c15, |state, &part| stir(state ^ part.wrapping_mul(0xd6e8_feb8_6659_fd93)))
}

/// A number in `low..=high` drawn from its parts.
pub(crate) fn between(low: i64, high: i64, parts: &[u64]) -> i64 {
    debug_assert!(low <= high, "an empty range has no number");
    let width = u64::try_from(high - low).unwrap_or(0) + 1;
    low + i64::try_from(draw(parts) % width).unwrap_or(0)
}

/// A short text as a part: its first eight bytes.
pub(crate) fn text(text: &str) -> u64 {
    text.bytes().take(8).fold(0, |sum, byte| sum << 8 | u64::from(byte))
}

/// The finishing steps of splitmix64 (Steele, Lea, Flood 2014).
fn stir(mut state: u64) -> u64 {
    state = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ state >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ state >> 31
}
