//! Scripts of voice probabilities and the acts that follow. It never plays sound.

use super::*;

const VOICE: char = 'v';

/// Plays one chunk a character: `v` voice, `f` faint, `.` silence, `e` echo, `o` voice while we are audible, `c` the same where nothing of us comes
/// back, `?` less sure than that.
fn run(turn: &mut Turn, start: Instant, from: u64, script: &str) -> Vec<(u64, Act)> {
    let mut acts = Vec::new();
    for (n, kind) in script.chars().enumerate() {
        let at = from + n as u64;
        let now = start + Duration::from_millis(at * CHUNK_MS);
        let voice = match kind {
            VOICE | 'e' | 'o' | 'c' => 0.9,
            '?' => 0.7,
            'f' => 0.4,
            _ => 0.01,
        };
        let chunk = Chunk {
            voice,
            doubtful: kind == 'e',
            over: matches!(kind, 'o' | 'c' | '?'),
            clear: matches!(kind, 'c' | '?'),
        };
        acts.extend(turn.hear(now, chunk).iter().map(|a| (at, *a)));
        acts.extend(turn.tick(now).iter().map(|a| (at, *a)));
    }
    acts
}

fn turn() -> (Turn, Instant) {
    let start = Instant::now();
    (Turn::new(TurnConfig::default(), start), start)
}

#[test]
fn two_chunks_begin_and_two_silent_ones_speculate() {
    let (mut turn, start) = turn();
    let acts = run(&mut turn, start, 0, "..vvvvff..");
    assert_eq!(acts, [(3, Act::Open), (9, Act::Speculate)]);
}

#[test]
fn one_chunk_or_an_echo_begins_nothing() {
    let (mut turn, start) = turn();
    assert_eq!(run(&mut turn, start, 0, "..v..v..eeeeeeeee..ffffff.."), []);
}

#[test]
fn speech_over_us_pauses_and_long_speech_interrupts() {
    let (mut turn, start) = turn();
    let acts = run(&mut turn, start, 0, "oooooooooooooooo");
    assert_eq!(acts, [(1, Act::Open), (1, Act::Pause), (14, Act::Interrupt)]);
}

#[test]
fn where_nothing_comes_back_one_sure_chunk_pauses() {
    let (mut turn, start) = turn();
    assert_eq!(run(&mut turn, start, 0, ".c"), [(1, Act::Open), (1, Act::Pause)]);
    let (mut turn, start) = (self::turn().0, start);
    assert_eq!(run(&mut turn, start, 0, ".??"), [(2, Act::Open), (2, Act::Pause)]);
}

#[test]
fn speech_with_gaps_interrupts_too() {
    let (mut turn, start) = turn();
    let acts = run(&mut turn, start, 0, "oooo.oooo.oooo.oooo");
    assert_eq!(acts.last().map(|(_, act)| *act), Some(Act::Interrupt));
}

#[test]
fn stale_judgements_change_nothing() {
    let (mut turn, start) = turn();
    run(&mut turn, start, 0, "vvvvvv..vvvv..");
    assert_eq!(turn.revision(), 1);
    assert_eq!(turn.judge(0, Judgement::Nothing), []);
    assert_eq!(run(&mut turn, start, 14, ".................."), []);
    turn.judge(1, Judgement::Finished);
    turn.score(0, 0.0);
    assert_eq!(run(&mut turn, start, 32, "."), [(32, Act::End)]);
}

#[test]
fn an_utterance_cannot_last_for_ever() {
    let (mut turn, start) = turn();
    let acts = run(&mut turn, start, 0, &"v".repeat(1000));
    let ends = acts.iter().filter(|(_, a)| *a == Act::EndUnheard).count();
    assert_eq!(ends, 1);
    assert!(
        acts.iter().find(|(_, a)| *a == Act::EndUnheard).is_some_and(|(at, _)| at * CHUNK_MS <= UTTERANCE_MS_MAX + 64)
    );
}

#[test]
fn waits_never_pass_the_limit() {
    let config = TurnConfig::default();
    for judgement in [
        None,
        Some(Judgement::Nothing),
        Some(Judgement::Backchannel),
        Some(Judgement::Unfinished),
        Some(Judgement::Open),
        Some(Judgement::Finished),
    ] {
        for score in [None, Some(0.0), Some(0.49), Some(0.5), Some(1.0), Some(f32::NAN), Some(-3.0), Some(9.0)] {
            for expect in [Expect::Anything, Expect::YesNo, Expect::Choice, Expect::Name, Expect::Digits] {
                assert!((150..=2500).contains(&config.wait_ms(judgement, score, expect)));
            }
        }
    }
    let plain = TurnConfig { fixed_silence_ms: Some(500), ..TurnConfig::default() };
    assert_eq!(plain.wait_ms(None, None, Expect::Digits), 500);
}
