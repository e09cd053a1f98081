//! Booking references: six letters and digits that are easy to say and hard to guess. It keeps no list of them.

use rand::Rng;

/// A fresh reference.
pub(crate) fn draw() -> String {
    let mut rng = rand::rng();
    (0..LENGTH).map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())])).collect()
}

const LENGTH: usize = 6;
/// Without the look-alikes 0 and O, 1, I and L.
const ALPHABET: &[u8; 31] = b"ABCDEFGHJKMNPQRSTUVWXYZ23456789";
