//! Shapes a clause for playing: trims its start, sets the pause at its end, levels it, cuts it into pieces and ties its words to samples. It never synthesises.

use crate::providers::tts::normal::word::SourceWord;
use crate::providers::tts::pronounce::Phone;
use crate::providers::tts::voice::Listener;
use crate::session::ports::SpeechPiece;
use media::frame::Samples;
use media::transcript::WordSpan;
use std::ops::Range;

/// Samples of silence left before the first sound: 20 ms.
const LEAD: usize = 480;
/// The model's own start of the first sound may be this many samples late: what is louder than silence before it is kept.
const EARLY_MAX: usize = 2_400;
/// Samples looked at in one go for the first sound: 5 ms.
const GLANCE: usize = 120;
/// Root mean square above which it is no silence, about -46 dB of full scale.
const SILENCE: f32 = 0.005;
/// Samples of the first piece: 80 ms leave at once.
const FIRST_PIECE: usize = 1_920;
/// Samples of later pieces: 400 ms.
const LATER_PIECE: usize = 9_600;
/// Samples over which the end of a clause fades out.
const FADE: usize = 240;
/// Above this share of full scale the level is bent softly, so that it never clips.
const KNEE: f32 = 0.7;

/// Pause after a clause in samples, by the mark it ends with.
fn pause(mark: Option<char>) -> usize {
    match mark {
        Some('.' | '!' | '?' | '…') => 7_200,
        Some(';' | ':' | '—') => 4_800,
        Some(',') => 3_600,
        _ => 1_680,
    }
}

/// Where the sounds of a run lie, in its own samples.
#[derive(Default)]
struct Plan {
    spans: Vec<Range<usize>>,
    /// The first sound begins, by the voice's own account.
    first: usize,
    /// The run is cut here.
    end: usize,
    /// The start was found and trimmed.
    begun: bool,
}

/// A clause on its way from a voice to the session.
pub struct Shaper<'a> {
    words: &'a [SourceWord],
    text: &'a str,
    phones: &'a [Phone],
    gain: f32,
    /// Whether this run ends the clause.
    last: bool,
    /// Samples of the clause given out by earlier runs, plus what this run gave.
    given: usize,
    /// Samples before the first sound of this run, held back until it is known where it begins.
    held: Vec<f32>,
    /// What the voice said about the samples of this run.
    plan: Plan,
    /// Samples of this run to give out at most.
    budget: usize,
    pending: Vec<i16>,
    spans: Vec<WordSpan>,
    send: &'a mut dyn FnMut(SpeechPiece) -> bool,
}

impl<'a> Shaper<'a> {
    /// A shaper for a clause said with `gain`; `send` takes the pieces and answers whether more are wanted.
    pub fn new(
        text: &'a str,
        words: &'a [SourceWord],
        gain: f32,
        send: &'a mut dyn FnMut(SpeechPiece) -> bool,
    ) -> Self {
        Self {
            words,
            text,
            phones: &[],
            gain,
            last: true,
            given: 0,
            held: Vec::new(),
            plan: Plan::default(),
            budget: 0,
            pending: Vec::new(),
            spans: Vec::new(),
            send,
        }
    }

    /// Prepares for a run of the clause's phones; `last` when no other follows.
    pub fn begin_run(&mut self, phones: &'a [Phone], last: bool) {
        self.phones = phones;
        self.last = last;
    }

    /// Ends a run: fills up to its planned length, and sends what is left.
    pub fn end_run(&mut self) -> bool {
        if !self.plan.begun {
            self.begin();
        }
        let missing = self.budget;
        self.pending.extend(std::iter::repeat_n(0, missing));
        self.budget = 0;
        if self.last { self.flush(true) } else { true }
    }

    /// Sends full pieces, or everything.
    fn flush(&mut self, all: bool) -> bool {
        loop {
            let size = if self.given == 0 { FIRST_PIECE } else { LATER_PIECE };
            let ready = if all { self.pending.len().min(size) } else { size };
            if ready == 0 || self.pending.len() < ready {
                return true;
            }
            let pcm: Vec<i16> = self.pending.drain(..ready).collect();
            self.given += ready;
            let end = self.given as u64;
            let finished = all && self.pending.is_empty();
            let cut = self.spans.iter().position(|span| span.from.0 >= end && !finished).unwrap_or(self.spans.len());
            let words = self.spans.drain(..cut).collect();
            if !(self.send)(SpeechPiece { pcm, words }) {
                return false;
            }
        }
    }
}

impl Shaper<'_> {
    /// Trims the start and lays out the words, now that the samples up to the first sound are here.
    fn begin(&mut self) {
        self.plan.begun = true;
        let onset = onset(&self.held, self.plan.first);
        let skip = onset.saturating_sub(LEAD);
        self.budget = self.plan.end.saturating_sub(skip);
        let start = self.given + self.pending.len();
        let shift = |sample: usize| start + sample.saturating_sub(skip);
        for (index, word) in self.words.iter().enumerate() {
            let mut own = self
                .phones
                .iter()
                .zip(&self.plan.spans)
                .filter(|(phone, _)| phone.word == u32::try_from(index).ok())
                .map(|(_, span)| span);
            let Some(head) = own.next() else { continue };
            let tail = own.last().unwrap_or(head);
            // The first word begins where its sound does, which may be before the voice's own account.
            let from = if head.start == self.plan.first { onset } else { head.start };
            self.spans.push(word_span(self.text, word, self.words.get(index + 1), shift(from)..shift(tail.end)));
        }
        let held = std::mem::take(&mut self.held);
        self.add(&held[skip.min(held.len())..]);
    }

    fn add(&mut self, samples: &[f32]) {
        for sample in &samples[..samples.len().min(self.budget)] {
            let fade = (self.budget as f32 / FADE as f32).min(1.0);
            self.pending.push(level(sample * self.gain * fade));
            self.budget -= 1;
        }
    }
}

impl Listener for Shaper<'_> {
    fn timed(&mut self, spans: &[Range<usize>]) {
        let sounding = |(phone, _): &(&Phone, &Range<usize>)| phone.word.is_some();
        let first = self.phones.iter().zip(spans).find(sounding).map_or(0, |(_, span)| span.start);
        let end = self.phones.iter().zip(spans).filter(sounding).last().map_or(0, |(_, span)| span.end);
        let mark = self.phones.last().filter(|phone| phone.word.is_none()).map(|phone| phone.symbol);
        self.plan = Plan { spans: spans.to_vec(), first, end: end + pause(mark), begun: false };
    }

    fn heard(&mut self, samples: &[f32]) -> bool {
        if self.plan.begun {
            self.add(samples);
        } else {
            self.held.extend_from_slice(samples);
            if self.held.len() >= self.plan.first {
                self.begin();
            }
        }
        self.flush(false)
    }
}

/// Where the first sound really begins: at or somewhat before `first`.
fn onset(held: &[f32], first: usize) -> usize {
    let first = first.min(held.len());
    let mut at = first;
    while at >= GLANCE && first - at < EARLY_MAX {
        let glance = &held[at - GLANCE..at];
        let power = glance.iter().map(|s| s * s).sum::<f32>() / GLANCE as f32;
        if power.sqrt() < SILENCE {
            break;
        }
        at -= GLANCE;
    }
    at
}

/// The span of a word: its bytes with the punctuation after it, and its samples.
fn word_span(text: &str, word: &SourceWord, next: Option<&SourceWord>, samples: Range<usize>) -> WordSpan {
    let limit = next.map_or(text.len(), |next| next.from);
    let trail = &text[word.to..limit];
    let punctuation = trail.find(char::is_whitespace).unwrap_or(trail.len());
    let bytes = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    WordSpan {
        text_from: bytes(word.from),
        text_to: bytes(word.to + punctuation),
        from: Samples(samples.start as u64),
        to: Samples(samples.end as u64),
    }
}

/// To 16 bits, bent softly above the knee.
fn level(sample: f32) -> i16 {
    let size = sample.abs();
    let bent = if size <= KNEE { size } else { KNEE + (1.0 - KNEE) * ((size - KNEE) / (1.0 - KNEE)).tanh() };
    (bent.copysign(sample) * 32_000.0) as i16
}

#[cfg(test)]
mod tests {
    use super::super::normal::normalise;
    use super::super::pronounce::pronounce;
    use super::*;

    #[test]
    fn words_are_tied_to_samples_in_order() {
        let text = "Hello there, you.";
        let words = normalise(text);
        let phones = pronounce(&words);
        let mut pieces = Vec::new();
        let mut send = |piece: SpeechPiece| {
            pieces.push(piece);
            true
        };
        let mut shaper = Shaper::new(text, &words, 1.0, &mut send);
        shaper.begin_run(&phones, true);
        let spans: Vec<_> = (0..phones.len()).map(|i| 3_000 + i * 1_000..4_000 + i * 1_000).collect();
        shaper.timed(&spans);
        for _ in 0..phones.len() + 8 {
            assert!(shaper.heard(&[0.9; 1_000]));
        }
        assert!(shaper.end_run());
        let found: Vec<_> = pieces.iter().flat_map(|p| p.words.clone()).collect();
        let covered: Vec<_> = found.iter().map(|w| &text[w.text_from as usize..w.text_to as usize]).collect();
        assert_eq!(covered, ["Hello", "there,", "you."]);
        assert!(found.windows(2).all(|pair| pair[0].to <= pair[1].from));
        assert_eq!(found[0].from.0, LEAD as u64);
        assert_eq!(pieces[0].pcm.len(), FIRST_PIECE);
        let total: usize = pieces.iter().map(|p| p.pcm.len()).sum();
        assert_eq!(total as u64, found[2].to.0 + pause(Some('.')) as u64);
        assert!(pieces.iter().flat_map(|p| &p.pcm).all(|s| s.unsigned_abs() < 32_700));
    }
}
