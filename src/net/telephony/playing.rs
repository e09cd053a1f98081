//! Our voice on its way to a telephone: what was sent, what the carrier says it has played, and so what was heard. It sends nothing and
//! has no clock: time is the caller's own sound, of which a carrier brings a second every second.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::collections::{BTreeSet, VecDeque};

/// Bytes of 20 ms: G.711 at 8 kHz.
pub const FRAME_BYTES: usize = 160;
/// Bytes of one millisecond.
const MS_BYTES: u64 = 8;
/// Marks that wait for their echo; past it the oldest is taken as played. It is five minutes of sound.
const PIECES_MAX: usize = 2048;
/// Responses whose end was not told; past it one is taken as ended.
const RESPONSES_MAX: usize = 64;

/// What one part of our voice is sent as: frames of 20 ms, and the mark that follows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Payloads in base64, in order.
    pub payloads: Vec<String>,
    /// The name of the mark behind them; none when there is nothing to mark.
    pub mark: Option<String>,
}

/// Of an item no more was heard than this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The item.
    pub item: String,
    /// Where it was cut, in ms of its sound.
    pub heard_ms: u64,
}

/// Sound between two marks.
#[derive(Debug)]
struct Piece {
    mark: u64,
    item: String,
    from: u64,
    bytes: u64,
}

/// The ledger of one call.
#[derive(Debug, Default)]
pub struct Playing {
    pieces: VecDeque<Piece>,
    marks: u64,
    /// The item under way, what of it was sent in bytes, and what is kept of it until it fills a frame.
    item: String,
    sent: u64,
    rest: Vec<u8>,
    /// Responses with sound that the session has not yet ended.
    responses: BTreeSet<String>,
    /// No more of this item is sent: it was cut.
    cut: Option<String>,
    /// The caller's sound so far, and as it was when the first of the pieces began to be played, in ms.
    heard_ms: u64,
    began_ms: u64,
}

impl Playing {
    /// The caller's sound has come this far, in ms.
    pub fn clock(&mut self, ms: u64) {
        self.heard_ms = self.heard_ms.max(ms);
    }

    /// A response has sound.
    pub fn begin(&mut self, response: &str) {
        if !self.responses.contains(response) {
            if self.responses.len() == RESPONSES_MAX {
                self.responses.pop_first();
            }
            self.responses.insert(response.to_owned());
        }
    }

    /// The session thinks that the response was played, or has cut it.
    pub fn end(&mut self, response: &str) {
        self.responses.remove(response);
    }

    /// The session thinks that everything was played.
    pub fn is_ended(&self) -> bool {
        self.responses.is_empty()
    }

    /// More sound of an item, in base64; what does not fill a frame waits for the next.
    pub fn push(&mut self, item: &str, sound: &str) -> Part {
        let Ok(bytes) = BASE64.decode(sound) else { return Part::default() };
        if self.cut.as_deref() == Some(item) {
            return Part::default();
        }
        if self.item != item {
            self.item = item.to_owned();
            self.sent = 0;
            self.rest.clear();
        }
        self.rest.extend(bytes);
        let whole = self.rest.len() / FRAME_BYTES * FRAME_BYTES;
        let sound: Vec<u8> = self.rest.drain(..whole).collect();
        self.send(&sound)
    }

    /// The item has no more sound: what was kept of it.
    pub fn finish(&mut self, item: &str) -> Part {
        if self.item != item {
            return Part::default();
        }
        let rest = std::mem::take(&mut self.rest);
        self.send(&rest)
    }

    fn send(&mut self, sound: &[u8]) -> Part {
        if sound.is_empty() {
            return Part::default();
        }
        if self.pieces.is_empty() {
            self.began_ms = self.heard_ms;
        }
        if self.pieces.len() == PIECES_MAX {
            self.pieces.pop_front();
        }
        self.marks += 1;
        let bytes = sound.len() as u64;
        self.pieces.push_back(Piece { mark: self.marks, item: self.item.clone(), from: self.sent, bytes });
        self.sent += bytes;
        let payloads = sound.chunks(FRAME_BYTES).map(|frame| BASE64.encode(frame)).collect();
        Part { payloads, mark: Some(self.marks.to_string()) }
    }

    /// The carrier has played all before this mark. Marks that we did not send, or that came back because of a cut, say nothing.
    pub fn played(&mut self, mark: &str) {
        let Ok(mark) = mark.parse::<u64>() else { return };
        if !self.pieces.iter().any(|piece| piece.mark == mark) {
            return;
        }
        self.pieces.retain(|piece| piece.mark > mark);
        self.began_ms = self.heard_ms;
    }

    /// The caller takes the floor: how much was heard of each item that was not yet played to its end; none when all were. The carrier is
    /// to forget what it has not played.
    pub fn cut(&mut self) -> Vec<Cut> {
        // A carrier may claim any time.
        let mut left = (self.heard_ms - self.began_ms).saturating_mul(MS_BYTES);
        let mut cuts: Vec<Cut> = Vec::new();
        for piece in self.pieces.drain(..) {
            let played = left.min(piece.bytes);
            left -= played;
            let heard_ms = (piece.from + played) / MS_BYTES;
            match cuts.last_mut().filter(|cut| cut.item == piece.item) {
                Some(cut) if played > 0 => cut.heard_ms = heard_ms,
                Some(_) => {}
                None => cuts.push(Cut { item: piece.item, heard_ms }),
            }
        }
        if !cuts.is_empty() {
            self.rest.clear();
            self.cut = Some(self.item.clone());
        }
        cuts
    }

    /// Sound that was sent and of which the carrier has not said that it was played, in ms.
    pub fn unheard_ms(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.bytes).sum::<u64>() / MS_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound(ms: usize) -> String {
        BASE64.encode(vec![0x7f; ms * MS_BYTES as usize])
    }

    fn cut(item: &str, heard_ms: u64) -> Cut {
        Cut { item: item.to_owned(), heard_ms }
    }

    #[test]
    fn sound_goes_out_in_frames_of_20_ms_with_a_mark_behind_each_part() {
        let mut playing = Playing::default();
        let first = playing.push("a", &sound(50));
        assert_eq!((first.payloads.len(), first.mark.as_deref()), (2, Some("1")));
        let second = playing.push("a", &sound(50));
        assert_eq!((second.payloads.len(), second.mark.as_deref()), (3, Some("2")));
        assert!(second.payloads.iter().all(|payload| BASE64.decode(payload).is_ok_and(|b| b.len() == FRAME_BYTES)));
        assert_eq!(playing.push("a", &sound(7)), Part::default(), "it does not fill a frame");
        let rest = playing.finish("a");
        assert_eq!(rest.payloads.iter().map(|p| BASE64.decode(p).map_or(0, |b| b.len())).sum::<usize>(), 56);
        assert_eq!((playing.finish("a"), playing.finish("b")), (Part::default(), Part::default()));
        assert_eq!(playing.unheard_ms(), 107);
        assert_eq!(playing.push("a", "no base64"), Part::default());
    }

    #[test]
    fn what_was_heard_is_the_last_mark_and_the_time_since() {
        let mut playing = Playing::default();
        playing.clock(1000);
        playing.push("a", &sound(400));
        playing.push("a", &sound(400));
        playing.clock(1430);
        // The first part began a little later than it was sent, as its echo tells.
        playing.played("1");
        playing.clock(1630);
        assert_eq!(playing.cut(), [cut("a", 600)]);
        assert_eq!((playing.cut(), playing.unheard_ms()), (Vec::new(), 0));
        // What still comes of it is not sent, and marks that the cut has returned say nothing.
        assert_eq!(playing.push("a", &sound(100)), Part::default());
        playing.push("b", &sound(100));
        playing.played("2");
        playing.clock(1660);
        assert_eq!(playing.cut(), [cut("b", 30)]);
    }

    #[test]
    fn a_cut_tells_of_every_item_that_was_not_heard_out() {
        let mut playing = Playing::default();
        playing.push("a", &sound(200));
        playing.push("b", &sound(100));
        playing.push("b", &sound(100));
        playing.push("c", &sound(100));
        playing.clock(240);
        assert_eq!(playing.cut(), [cut("a", 200), cut("b", 40), cut("c", 0)]);
        playing.push("d", &sound(100));
        playing.clock(u64::MAX);
        assert_eq!(playing.cut(), [cut("d", 100)], "no more than there is");
    }

    #[test]
    fn a_silence_of_ours_does_not_count_as_played() {
        let mut playing = Playing::default();
        playing.push("a", &sound(100));
        playing.clock(100);
        playing.played("1");
        playing.clock(5000);
        playing.push("b", &sound(400));
        playing.clock(5100);
        assert_eq!(playing.cut(), [cut("b", 100)]);
    }

    #[test]
    fn it_is_bounded() {
        let mut playing = Playing::default();
        for _ in 0..PIECES_MAX + 10 {
            playing.push("a", &sound(20));
        }
        assert_eq!(playing.pieces.len(), PIECES_MAX);
    }
}
