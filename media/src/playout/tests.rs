//! The ledger under every order of steps. It never encodes.

use super::*;
use crate::frame::Samples;
use crate::transcript::WordSpan;
use proptest::prelude::*;

/// A sound whose every sample says where it is.
fn speech(item: u64, segment: u32, from: usize, len: usize, word: u64) -> Speech {
    let pcm = (from..from + len).map(|i| (i % 30_000) as i16 + 1).collect();
    let words = (0..len as u64 / word)
        .map(|n| WordSpan {
            text_from: (from as u64 / word + n) as u32,
            text_to: (from as u64 / word + n) as u32 + 1,
            from: Samples(n * word),
            to: Samples((n + 1) * word),
        })
        .collect();
    Speech { item: ItemId(item), segment, pcm, words, segment_done: true, item_done: false }
}

fn last(mut speech: Speech) -> Speech {
    speech.item_done = true;
    speech
}

fn playout() -> (Playout, Instant) {
    (Playout::new(Duration::from_millis(60)), Instant::now())
}

#[test]
fn segments_are_played_in_their_order_whenever_they_come() {
    let (mut playout, now) = playout();
    assert!(playout.add(last(speech(1, 1, 960, 480, 480))));
    assert!(!playout.has_frame(true));
    assert!(playout.add(speech(1, 0, 0, 960, 480)));
    let mut samples = Vec::new();
    while playout.has_frame(true) {
        samples.extend(playout.take(now).expect("a frame").0);
    }
    assert_eq!(samples, (1..=1440).collect::<Vec<i16>>());
}

#[test]
fn the_last_frame_is_padded_and_an_open_segment_waits() {
    let (mut playout, now) = playout();
    let mut piece = speech(1, 0, 0, 500, 500);
    piece.segment_done = false;
    assert!(playout.add(piece));
    assert!(playout.take(now).is_some());
    assert!(!playout.has_frame(true), "20 samples wait for more");
    let end =
        Speech { item: ItemId(1), segment: 0, pcm: Vec::new(), words: Vec::new(), segment_done: true, item_done: true };
    assert!(playout.add(end));
    let frame = playout.take(now).expect("the rest");
    assert_eq!((frame.0[19], frame.0[20]), (500, 0));
}

#[test]
fn an_item_without_sound_is_done_at_once() {
    let (mut playout, now) = playout();
    let empty =
        Speech { item: ItemId(3), segment: 0, pcm: Vec::new(), words: Vec::new(), segment_done: true, item_done: true };
    assert!(playout.add(empty));
    playout.advance(now);
    assert!(matches!(playout.tell(), Some(Told::Done(Heard { complete: true, .. }))));
    assert!(playout.is_empty());
}

#[test]
fn a_word_counts_as_heard_when_half_of_it_sounded() {
    let (mut playout, now) = playout();
    playout.add(last(speech(1, 0, 0, 4800, 2400)));
    for n in 0..10 {
        playout.take(now + Duration::from_millis(20 * n));
    }
    // It sounds 60 ms later; the first word lasts 100 ms.
    let heard = |playout: &mut Playout, ms| {
        playout.advance(now + Duration::from_millis(ms));
        playout.queue[0].report().text_bytes
    };
    assert_eq!(heard(&mut playout, 60 + 49), 0);
    assert_eq!(heard(&mut playout, 60 + 51), 1);
    let cut = playout.cut(now + Duration::from_millis(60 + 160));
    assert_eq!(cut, [Heard { item: ItemId(1), text_bytes: 2, audio: Samples::from_ms(160), complete: false }]);
}

#[test]
fn a_cut_fades_instead_of_clicking() {
    let (mut playout, now) = playout();
    playout.add(last(speech(1, 0, 0, 24_000, 2400)));
    playout.take(now);
    playout.cut(now);
    let fade = playout.take_fade().expect("a fade");
    assert!(fade.0[0] > 470 && fade.0[239] < 10 && fade.0[240..].iter().all(|s| *s == 0));
    assert!(playout.take_fade().is_none());
}

#[test]
fn the_queue_is_bounded() {
    let (mut playout, _) = playout();
    assert!(playout.add(speech(1, 0, 0, PLAYOUT_SAMPLES_MAX, 48_000)));
    assert!(!playout.add(speech(1, 1, 0, 480, 480)));
    let (mut playout, _) = self::playout();
    for item in 0..SAYINGS_MAX as u64 {
        assert!(playout.add(speech(item, 0, 0, 480, 480)));
    }
    assert!(!playout.add(speech(9_999, 0, 0, 480, 480)));
}

proptest! {
    #[test]
    fn no_sample_is_lost_and_only_whole_words_are_repeated(
        long in 1_usize..40, word in 100_u64..6000, steps in prop::collection::vec((0_u8..6, 0_u64..90), 1..120)
    ) {
        let total = long * 2400;
        let (mut playout, start) = playout();
        playout.add(speech(1, 0, 0, total / 2, word));
        playout.add(last(speech(1, 1, total / 2, total - total / 2, word)));
        let mut now = start;
        // Where the next sample must come from.
        let mut next = 0_usize;
        let mut heard = 0_u64;
        for (kind, millis) in steps {
            now += Duration::from_millis(millis);
            match kind {
                0..=3 => {
                    if playout.has_frame(true) {
                        let frame = playout.take(now).expect("said so");
                        // The fade-in after a resume changes the first 10 ms; what follows tells the place.
                        let sure = FADE_SAMPLES + 1;
                        if next + sure < total {
                            prop_assert_eq!(usize::from(frame.0[sure].unsigned_abs()), (next + sure) % 30_000 + 1);
                        }
                        next = (next + FRAME_SAMPLES).min(total);
                    }
                }
                4 => { playout.pause(now); let _ = playout.take_fade(); }
                _ => {
                    if playout.resume().is_some() {
                        let back = playout.queue[0].sent() as usize;
                        prop_assert!(back <= next, "never forward");
                        let half = total / 2;
                        let base = if next > half { half } else { 0 };
                        prop_assert!(back == next || (back - base) as u64 % word == 0, "a word's start");
                        prop_assert!((next - back) as u64 <= word);
                        next = back;
                    }
                }
            }
            playout.advance(now);
            if let Some(saying) = playout.queue.front() {
                let report = saying.report();
                prop_assert!(report.audio.0 >= heard);
                heard = report.audio.0;
            }
        }
        playout.resume();
        while playout.has_frame(true) {
            now += Duration::from_millis(20);
            playout.take(now);
            playout.advance(now);
        }
        playout.advance(now + Duration::from_secs(1));
        let done = std::iter::from_fn(|| playout.tell()).last();
        let complete = matches!(&done, Some(Told::Done(h)) if h.audio.0 == total as u64 && h.complete);
        prop_assert!(complete, "{:?}", done);
    }
}
