//! Words tied to audio: what was spoken where, in both directions. It never recognises or synthesises.

use crate::frame::Samples;
use std::sync::Arc;

/// Names one caller utterance within a call, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtteranceId(pub u64);

/// Names one thing the assistant says within a call, counted from 1 by the joint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId(pub u64);

/// Sound for the listening models: mono at [`crate::frame::EAR_RATE_HZ`], -1.0 to 1.0, shared without copying.
pub type EarAudio = Arc<[f32]>;

/// Where one spoken word lies: bytes of the item's text, samples of the segment's sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WordSpan {
    /// First byte of the word in the item's whole text.
    pub text_from: u32,
    /// One past the last byte of the word (punctuation after it included) in the item's whole text.
    pub text_to: u32,
    /// First sample of the word, counted from the start of its segment at the inner rate.
    pub from: Samples,
    /// One past the last sample of the word, counted like `from`.
    pub to: Samples,
}

/// A piece of synthesised speech to be played: part of segment `segment` of item `item`.
#[derive(Clone, Debug, PartialEq)]
pub struct Speech {
    /// The thing being said.
    pub item: ItemId,
    /// The clause within it, counted from 0 and played in order.
    pub segment: u32,
    /// Mono sound at the inner rate.
    pub pcm: Vec<i16>,
    /// Words that begin in this piece, with samples counted from the start of the segment.
    pub words: Vec<WordSpan>,
    /// No more sound follows for this segment.
    pub segment_done: bool,
    /// No more segments follow for this item.
    pub item_done: bool,
}

/// What the caller really heard of an item, by the playout ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The thing that was being said.
    pub item: ItemId,
    /// Bytes of its text that were heard: the end of the last word that was played out at least half.
    pub text_bytes: u32,
    /// Sound of it that was played at the peer.
    pub audio: Samples,
    /// The whole of it was heard.
    pub complete: bool,
}
