//! What is told when, to whom, and what a client that was away misses.

use super::*;

fn letter(number: u64) -> Letter {
    Letter { number, passing: false, text: number.to_string() }
}

fn sound(number: u64) -> Letter {
    Letter { passing: true, ..letter(number) }
}

/// What went out: `2` for the first time, `2'` again, `-` for one given up.
fn told(out: &mut VecDeque<Output>) -> String {
    let word = |output| match output {
        Output::Control(text) => text,
        Output::Again(text) => format!("{text}'"),
        Output::Count("event_dropped_while_away") => "-".to_owned(),
        other => panic!("{other:?}"),
    };
    out.drain(..).map(word).collect::<Vec<_>>().join(" ")
}

/// A session that has told 1 to 5, the third of them sound.
fn told_five(out: &mut VecDeque<Output>) -> Post {
    let mut post = Post::default();
    post.open();
    post.send(vec![letter(1), letter(2), sound(3), letter(4), letter(5)], out);
    assert_eq!(told(out), "1 2 3 4 5");
    post
}

#[test]
fn the_first_event_comes_before_what_was_told_earlier() {
    let (mut post, mut out) = (Post::default(), VecDeque::new());
    post.send(vec![letter(1)], &mut out);
    assert!(post.open());
    post.put_first(vec![letter(2), letter(3)]);
    post.send(vec![letter(4)], &mut out);
    assert_eq!(told(&mut out), "2 3 1 4");
    // The order is that of the telling, also for who comes back.
    post.close();
    post.seen(3);
    assert!(!post.open());
    assert_eq!(post.replay(&mut out), Replayed { events: 2, complete: true });
    assert_eq!(told(&mut out), "1' 4'");
}

#[test]
fn what_was_seen_is_not_told_again_and_stale_sound_never() {
    let mut out = VecDeque::new();
    for (seen, replay) in [(1, "2' 4' 5' 6"), (2, "4' 5' 6"), (3, "4' 5' 6"), (4, "5' 6"), (5, "6"), (99, "6")] {
        let mut post = told_five(&mut out);
        // The line dies, and nobody knows: the client is back before that is noticed, or after.
        post.close();
        post.send(vec![letter(6), sound(7)], &mut out);
        assert_eq!(told(&mut out), "");
        post.seen(seen);
        post.open();
        let events = replay.split(' ').count() as u64;
        assert_eq!(post.replay(&mut out), Replayed { events, complete: true }, "after {seen}");
        assert_eq!(told(&mut out), replay, "after {seen}");
        post.send(vec![letter(8)], &mut out);
        assert_eq!(told(&mut out), "8");
    }
}

#[test]
fn who_does_not_say_what_it_has_seen_is_told_what_was_kept() {
    let mut out = VecDeque::new();
    let mut post = told_five(&mut out);
    post.close();
    post.send(vec![letter(6)], &mut out);
    post.open();
    assert_eq!(post.replay(&mut out), Replayed { events: 1, complete: true });
    assert_eq!(told(&mut out), "6");
}

#[test]
fn a_return_that_fails_too_changes_nothing() {
    let mut out = VecDeque::new();
    let mut post = told_five(&mut out);
    for _ in 0..2 {
        post.close();
        post.seen(4);
    }
    post.open();
    assert_eq!(post.replay(&mut out).events, 1);
    assert_eq!(told(&mut out), "5'");
    // The replay may be lost as well.
    post.close();
    post.seen(4);
    post.open();
    assert_eq!(post.replay(&mut out), Replayed { events: 1, complete: true });
    assert_eq!(told(&mut out), "5'");
}

#[test]
fn a_return_that_was_held_up_does_not_make_another_hear_things_twice() {
    let mut out = VecDeque::new();
    let mut post = told_five(&mut out);
    post.close();
    post.seen(1);
    post.seen(5);
    post.open();
    assert_eq!(post.replay(&mut out), Replayed { events: 0, complete: true });
    assert_eq!(told(&mut out), "");
}

#[test]
fn the_oldest_are_given_up_first_and_a_gap_is_told() {
    let mut out = VecDeque::new();
    let mut post = told_five(&mut out);
    let many = EVENTS_KEPT_MAX as u64;
    post.send((6..6 + many).map(letter).collect(), &mut out);
    out.clear();
    post.close();
    post.seen(5);
    post.open();
    assert_eq!(post.replay(&mut out), Replayed { events: many, complete: true }, "all since 5 is there");
    out.clear();
    post.close();
    post.seen(4);
    post.open();
    assert_eq!(post.replay(&mut out), Replayed { events: many, complete: false }, "5 is not");
    out.clear();
    post.close();
    post.send(vec![letter(6 + many)], &mut out);
    assert_eq!(told(&mut out), "", "the oldest had been told long ago");
    post.send((7 + many..8 + 2 * many).map(letter).collect(), &mut out);
    assert_eq!(told(&mut out), "- -", "two that nobody was told");
    post.open();
    assert_eq!(post.replay(&mut out), Replayed { events: many, complete: false });
    assert_eq!(post.replay(&mut out), Replayed { events: 0, complete: true }, "told once");
}

#[test]
fn bytes_are_bounded_too() {
    let (mut post, mut out) = (Post::default(), VecDeque::new());
    post.open();
    let large = |number| Letter { text: "x".repeat(EVENTS_KEPT_BYTES_MAX / 2), ..letter(number) };
    post.send((1..=5).map(large).collect(), &mut out);
    assert_eq!(out.len(), 5, "all were told");
    assert!(post.bytes <= EVENTS_KEPT_BYTES_MAX && post.kept.len() == 2, "{} bytes", post.bytes);
    post.send(vec![Letter { text: "x".repeat(EVENTS_KEPT_BYTES_MAX + 1), ..letter(6) }], &mut out);
    assert_eq!((out.len(), post.kept.len(), post.bytes), (6, 0, 0), "one event may be too much");
    post.close();
    post.seen(5);
    post.open();
    assert!(!post.replay(&mut out).complete);
}
