//! Keeps a DTLS handshake alive on a line that loses. What the caller says again is answered with what we said last (RFC 6347, 4.2.4) and is kept
//! from the stack, which would stop its own clock over it and wait for ever. It decrypts nothing and decides nothing about trust.

use bytes::Bytes;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Datagrams of one flight that are kept, at most.
const FLIGHT_MAX: usize = 16;
/// Pieces of handshake messages remembered, at most; a handshake has some ten messages.
const PIECES_MAX: usize = 256;
/// A flight is said again at most so often.
const AGAIN_AFTER: Duration = Duration::from_millis(40);
/// A flight is said again at most so many times: a stranger who repeats the caller's words gets no echo without end.
const AGAIN_MAX: u32 = 60;
/// Our own clock says a flight again after this: the caller's clock goes first, for it may be one that stops when we speak.
const OWN_CLOCK: Duration = Duration::from_millis(2500);

const HANDSHAKE: u8 = 22;
const RECORD_HEAD: usize = 13;
const MESSAGE_HEAD: usize = 12;

/// What to do with a datagram of the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Give it to the stack.
    New,
    /// Keep it from the stack, and say these again.
    Again(Vec<Bytes>),
}

/// One handshake as it is seen from outside.
#[derive(Debug, Default)]
pub(super) struct Handshake {
    /// Pieces of the caller's messages that came: the message's number and the piece's offset.
    pieces: BTreeSet<(u16, u32)>,
    /// What we said last, since when, and when last.
    flight: Vec<Bytes>,
    began_at: Option<Instant>,
    said_at: Option<Instant>,
    /// Something new came since the flight was said: what we say next is another one.
    answered: bool,
    again: u32,
}

impl Handshake {
    /// It is a datagram of a handshake (RFC 7983 and RFC 6347: change-cipher-spec, alert and handshake records).
    pub(super) fn is(datagram: &[u8]) -> bool {
        datagram.first().is_some_and(|kind| (20..=HANDSHAKE).contains(kind))
    }

    /// Takes a datagram of the caller.
    pub(super) fn hear(&mut self, now: Instant, datagram: &[u8]) -> Heard {
        let pieces = pieces(datagram);
        let known = pieces.as_ref().is_some_and(|pieces| {
            !pieces.is_empty() && pieces.iter().all(|piece| self.pieces.contains(piece)) && !self.flight.is_empty()
        });
        if !known {
            self.answered = true;
            self.pieces.extend(pieces.into_iter().flatten().take(PIECES_MAX.saturating_sub(self.pieces.len())));
            return Heard::New;
        }
        let soon = self.said_at.is_some_and(|at| now < at + AGAIN_AFTER);
        if soon || self.again == AGAIN_MAX {
            return Heard::Again(Vec::new());
        }
        self.again += 1;
        self.said_at = Some(now);
        Heard::Again(self.flight.clone())
    }

    /// Takes a datagram of ours; false when it is the last flight once more and comes too soon.
    pub(super) fn say(&mut self, now: Instant, datagram: &Bytes) -> bool {
        let due = self.said_at.is_none_or(|at| now >= at + OWN_CLOCK);
        if std::mem::take(&mut self.answered) || due {
            self.flight.clear();
            (self.began_at, self.said_at) = (Some(now), Some(now));
        }
        // What belongs to a flight leaves in one step.
        let belongs = self.began_at == Some(now);
        if belongs && self.flight.len() < FLIGHT_MAX {
            self.flight.push(datagram.clone());
        }
        belongs
    }
}

/// The pieces of handshake messages in a datagram of nothing else; `None` when there is something else in it, or it cannot be read.
fn pieces(datagram: &[u8]) -> Option<Vec<(u16, u32)>> {
    let mut pieces = Vec::new();
    let mut records = datagram;
    while !records.is_empty() {
        let (head, rest) = records.split_at_checked(RECORD_HEAD)?;
        let (body, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([head[11], head[12]])))?;
        // What is encrypted is for the stack alone.
        if head[0] != HANDSHAKE || head[3..5] != [0, 0] {
            return None;
        }
        let mut messages = body;
        while !messages.is_empty() {
            let (head, rest) = messages.split_at_checked(MESSAGE_HEAD)?;
            let number = |bytes: &[u8]| bytes.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
            let (_, rest) = rest.split_at_checked(number(&head[9..12]) as usize)?;
            pieces.push((u16::from_be_bytes([head[4], head[5]]), number(&head[6..9])));
            messages = rest;
        }
        records = rest;
    }
    Some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A record with one message of `length` bytes.
    fn message(kind: u8, epoch: u8, number: u8, length: u8) -> Bytes {
        let mut bytes = vec![kind, 254, 253, 0, epoch, 0, 0, 0, 0, 0, number, 0, 12 + length];
        bytes.extend([1, 0, 0, length, 0, number, 0, 0, 0, 0, 0, length]);
        bytes.extend(std::iter::repeat_n(7, usize::from(length)));
        bytes.into()
    }

    #[test]
    fn what_is_said_again_is_answered_and_not_passed_on() {
        let (start, mut handshake) = (Instant::now(), Handshake::default());
        let after = |ms| start + Duration::from_millis(ms);
        let (hello, ours) = (message(HANDSHAKE, 0, 0, 5), message(HANDSHAKE, 0, 0, 9));
        assert_eq!(handshake.hear(start, &hello), Heard::New);
        assert!(handshake.say(start, &ours) && handshake.say(start, &ours));
        assert_eq!(handshake.hear(after(10), &hello), Heard::Again(vec![]), "it has just been said");
        assert_eq!(handshake.hear(after(60), &hello), Heard::Again(vec![ours.clone(), ours.clone()]));
        // The next flight is new, and so is what is said after it.
        let next = message(HANDSHAKE, 0, 1, 5);
        assert_eq!(handshake.hear(after(100), &next), Heard::New);
        let last = message(20, 0, 0, 1);
        assert!(handshake.say(after(100), &last));
        assert_eq!(handshake.hear(after(200), &next), Heard::Again(vec![last]));
    }

    #[test]
    fn our_own_clock_goes_second() {
        let (start, mut handshake) = (Instant::now(), Handshake::default());
        let after = |ms| start + Duration::from_millis(ms);
        let ours = message(HANDSHAKE, 0, 0, 9);
        handshake.hear(start, &message(HANDSHAKE, 0, 0, 5));
        assert!(handshake.say(start, &ours));
        assert!(!handshake.say(after(1000), &ours) && !handshake.say(after(2000), &ours));
        assert!(handshake.say(after(3000), &ours));
    }

    #[test]
    fn what_is_encrypted_or_broken_is_for_the_stack() {
        let (now, mut handshake) = (Instant::now(), Handshake::default());
        handshake.say(now, &message(HANDSHAKE, 0, 0, 9));
        for datagram in [message(HANDSHAKE, 1, 0, 5), message(20, 0, 0, 1), message(HANDSHAKE, 0, 0, 5).slice(..20)] {
            assert_eq!((handshake.hear(now, &datagram), handshake.hear(now, &datagram)), (Heard::New, Heard::New));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(datagrams in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..80), 0..40)) {
            let (now, mut handshake) = (Instant::now(), Handshake::default());
            for datagram in datagrams {
                if let Heard::Again(flight) = handshake.hear(now, &datagram) {
                    prop_assert!(flight.len() <= FLIGHT_MAX);
                }
                handshake.say(now, &datagram.into());
            }
            prop_assert!(handshake.pieces.len() <= PIECES_MAX);
        }
    }
}
