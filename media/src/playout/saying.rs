//! One thing the assistant says: its sound in order of segments, and which word lies where. It never paces.

use crate::frame::{FRAME_SAMPLES, Frame, Samples};
use crate::transcript::{Heard, ItemId, Speech, WordSpan};
use std::collections::BTreeMap;

/// Most segments (clauses) of one saying.
pub(crate) const SEGMENTS_MAX: u32 = 512;
/// Most words kept for one segment.
pub(crate) const SEGMENT_WORDS_MAX: usize = 512;

#[derive(Debug, Default)]
struct Segment {
    pcm: Vec<i16>,
    words: Vec<WordSpan>,
    done: bool,
}

/// The ledger of one item: what there is, what was sent, what was heard.
#[derive(Debug)]
pub(crate) struct Saying {
    item: ItemId,
    segments: BTreeMap<u32, Segment>,
    /// The last segment's number, once it is known.
    last: Option<u32>,
    /// Next sample to send, in samples of the item.
    sent: u64,
    /// Furthest sample ever sent.
    sent_most: u64,
    /// Furthest sample heard.
    heard: u64,
    /// Bytes of the words heard so far.
    heard_bytes: u32,
}

impl Saying {
    /// Nothing of `item` is here yet.
    pub(crate) fn new(item: ItemId) -> Self {
        Self { item, segments: BTreeMap::new(), last: None, sent: 0, sent_most: 0, heard: 0, heard_bytes: 0 }
    }

    /// Which item it is.
    pub(crate) fn item(&self) -> ItemId {
        self.item
    }

    /// Appends a piece; `room` samples of it at most. `false` when something did not fit.
    pub(crate) fn add(&mut self, speech: Speech, room: usize) -> bool {
        if speech.segment >= SEGMENTS_MAX {
            return false;
        }
        let segment = self.segments.entry(speech.segment).or_default();
        if segment.done {
            return speech.pcm.is_empty();
        }
        let fits = speech.pcm.len() <= room && segment.words.len() + speech.words.len() <= SEGMENT_WORDS_MAX;
        if fits {
            segment.pcm.extend_from_slice(&speech.pcm);
            segment.words.extend(speech.words);
        }
        segment.done |= speech.segment_done || speech.item_done;
        if speech.item_done {
            self.last = Some(self.last.map_or(speech.segment, |last| last.max(speech.segment)));
        }
        fits
    }

    /// Samples here, sent or not.
    pub(crate) fn len(&self) -> usize {
        self.segments.values().map(|s| s.pcm.len()).sum()
    }

    /// Something of it was sent.
    pub(crate) fn begun(&self) -> bool {
        self.sent_most > 0
    }

    /// Next sample to send.
    pub(crate) fn sent(&self) -> u64 {
        self.sent
    }

    /// Everything there will ever be of it was sent.
    pub(crate) fn all_sent(&self) -> bool {
        self.last.is_some() && self.ready() == 0 && self.cursor().is_none()
    }

    /// Everything was sent and heard.
    pub(crate) fn all_heard(&self) -> bool {
        self.all_sent() && self.heard >= self.sent_most
    }

    /// A frame can be taken: a whole one, or the item's last.
    pub(crate) fn has_frame(&self) -> bool {
        let ready = self.ready();
        ready >= FRAME_SAMPLES || (ready > 0 && self.last.is_some() && self.contiguous_to_end())
    }

    /// The next frame and how many samples of it are sound; nothing moves.
    pub(crate) fn peek(&self) -> (Frame, usize) {
        let mut frame = Frame::SILENCE;
        let mut filled = 0;
        let mut base = 0;
        for segment in self.in_order() {
            let from = (self.sent.max(base) - base) as usize;
            if from < segment.pcm.len() && filled < FRAME_SAMPLES {
                let take = (segment.pcm.len() - from).min(FRAME_SAMPLES - filled);
                frame.0[filled..filled + take].copy_from_slice(&segment.pcm[from..from + take]);
                filled += take;
            }
            base += segment.pcm.len() as u64;
        }
        (frame, filled)
    }

    /// The next frame is sent: `samples` of it were sound.
    pub(crate) fn advance(&mut self, samples: usize) {
        self.sent += samples as u64;
        self.sent_most = self.sent_most.max(self.sent);
    }

    /// Goes back to the start of the word that `sent` lies inside of; never forward.
    pub(crate) fn rewind(&mut self, from: u64) {
        let at = from.min(self.sent);
        let mut base = 0;
        let mut start = at;
        for segment in self.in_order() {
            for word in &segment.words {
                let (word_from, word_to) = (base + word.from.0, base + word.to.0);
                if word_from < at && at < word_to {
                    start = start.min(word_from);
                }
            }
            base += segment.pcm.len() as u64;
        }
        self.sent = start;
    }

    /// The caller has heard no more than up to this sample.
    pub(crate) fn limit(&mut self, to: u64) {
        if to < self.heard {
            self.heard = 0;
            self.heard_bytes = 0;
            self.hear(to);
        }
    }

    /// The caller has heard up to this sample; answers whether another word was passed.
    pub(crate) fn hear(&mut self, to: u64) -> bool {
        self.heard = self.heard.max(to.min(self.sent_most));
        let mut base = 0;
        let mut bytes = self.heard_bytes;
        for segment in self.in_order() {
            for word in &segment.words {
                let half = base + word.from.0 + (word.to.0.saturating_sub(word.from.0)).div_ceil(2);
                if self.heard > 0 && half <= self.heard {
                    bytes = bytes.max(word.text_to);
                }
            }
            base += segment.pcm.len() as u64;
        }
        let passed = bytes > self.heard_bytes;
        self.heard_bytes = bytes;
        passed
    }

    /// What was heard so far.
    pub(crate) fn report(&self) -> Heard {
        Heard { item: self.item, text_bytes: self.heard_bytes, audio: Samples(self.heard), complete: self.all_heard() }
    }

    /// Samples ready behind the cursor, up to the first segment that is not whole.
    fn ready(&self) -> usize {
        let whole: usize = self.in_order().map(|s| s.pcm.len()).sum();
        whole.saturating_sub(usize::try_from(self.sent).unwrap_or(usize::MAX))
    }

    /// The first segment that is still open or missing; `None` when the item is whole.
    fn cursor(&self) -> Option<u32> {
        let closed = (0..SEGMENTS_MAX).take_while(|n| self.segments.get(n).is_some_and(|s| s.done)).count() as u32;
        self.last.is_none_or(|last| closed <= last).then_some(closed)
    }

    fn contiguous_to_end(&self) -> bool {
        self.cursor().is_none()
    }

    /// Segments that may be played now: all closed ones from the first on, and the open one behind them.
    fn in_order(&self) -> impl Iterator<Item = &Segment> {
        let mut open = false;
        (0..SEGMENTS_MAX).map_while(|n| self.segments.get(&n)).take_while(move |segment| {
            let playable = !open;
            open = !segment.done;
            playable
        })
    }
}
