//! Scripts of arrivals and the slots they must give. It never decodes.

use super::*;
use proptest::prelude::*;

/// A valid 20 ms SILK payload that carries its own number.
fn payload(number: u16) -> Bytes {
    let [high, low] = number.to_be_bytes();
    Bytes::copy_from_slice(&[0x08, high, low, 0])
}

fn packet(sequence: u16, timestamp: u32) -> Packet {
    Packet { sequence, timestamp, marker: false, payload: payload(sequence) }
}

/// Plays `(arrival ms, frame number)` pairs, ticking every 5 ms, and prints what comes out with its time.
fn check(arrivals: &[(u64, u16)], until_ms: u64, expected: &str) -> JitterCounts {
    let start = Instant::now();
    let mut jitter = Jitter::new(JitterConfig::default(), start);
    let mut out = Vec::new();
    for ms in (0..=until_ms).step_by(5) {
        let now = start + Duration::from_millis(ms);
        for (_, number) in arrivals.iter().filter(|(at, _)| *at == ms) {
            if let Err(why) = jitter.insert(now, packet(*number, u32::from(*number) * FRAME_TICKS)) {
                out.push(format!("{ms}:{}", why.label()));
            }
        }
        while let Some(slot) = jitter.pull(now, false) {
            out.push(format!("{ms}:{}", name(&slot)));
        }
    }
    assert_eq!(out.join(" "), expected);
    jitter.counts()
}

fn name(slot: &Slot) -> String {
    match slot {
        Slot::Packet(bytes) => u16::from_be_bytes([bytes[1], bytes[2]]).to_string(),
        Slot::Recover { .. } => "fec".to_owned(),
        Slot::Conceal { .. } => "plc".to_owned(),
        Slot::Silence { .. } => "quiet".to_owned(),
    }
}

#[test]
fn what_is_in_order_leaves_at_once() {
    check(&[(0, 1), (20, 2), (40, 3)], 60, "0:1 20:2 40:3");
}

#[test]
fn neighbours_that_swapped_are_put_right() {
    check(&[(0, 1), (20, 3), (25, 2), (60, 4)], 60, "0:1 25:2 25:3 60:4");
}

#[test]
fn a_lost_packet_is_rebuilt_from_its_successor() {
    let counts = check(&[(0, 1), (40, 3), (60, 4)], 60, "0:1 60:fec 60:3 60:4");
    assert_eq!(counts.lost, 1);
}

#[test]
fn two_lost_packets_are_concealed_then_rebuilt() {
    let counts = check(&[(0, 1), (60, 4)], 80, "0:1 60:plc 80:fec 80:4");
    assert_eq!(counts.lost, 2);
}

#[test]
fn what_comes_too_late_or_twice_is_dropped_and_counted() {
    let arrivals = [(0, 1), (20, 1), (40, 3), (60, 4), (70, 2), (75, 3)];
    let counts = check(&arrivals, 75, "0:1 20:packet_duplicate 60:fec 60:3 60:4 70:packet_late 75:packet_duplicate");
    assert_eq!((counts.late, counts.duplicate, counts.lost), (1, 2, 1));
}

#[test]
fn discontinuous_transmission_is_not_loss() {
    // The sender is silent from frame 2 to frame 9; its sequence numbers go on without a gap.
    let start = Instant::now();
    let mut jitter = Jitter::new(JitterConfig::default(), start);
    let mut ticks = 0;
    for ms in (0..=200).step_by(5) {
        let now = start + Duration::from_millis(ms);
        for (at, sequence, frame) in [(0, 7, 0), (20, 8, 1), (200, 9, 10)] {
            if at == ms {
                jitter.insert(now, packet(sequence, frame * FRAME_TICKS)).expect("in order");
            }
        }
        while let Some(slot) = jitter.pull(now, false) {
            ticks += match slot {
                Slot::Packet(_) => FRAME_TICKS,
                Slot::Recover { ticks, .. } | Slot::Conceal { ticks } | Slot::Silence { ticks } => ticks,
            };
        }
    }
    assert_eq!(jitter.counts().lost, 0);
    assert_eq!(ticks, 11 * FRAME_TICKS, "the time line has no hole");
}

#[test]
fn late_speech_after_a_stall_is_kept() {
    // Everything from frame 3 on is 150 ms late: the clock fills first, and no frame of speech is thrown away.
    let mut arrivals = vec![(0, 1), (20, 2)];
    arrivals.extend((3..8).map(|n| (u64::from(n - 1) * 20 + 150, n)));
    let start = "0:1 20:2 80:plc 100:plc 120:plc 140:quiet 160:quiet 180:quiet";
    let counts = check(&arrivals, 270, &format!("{start} 190:3 210:4 230:5 250:6 270:7"));
    assert_eq!((counts.lost, counts.late), (0, 0));
}

#[test]
fn the_wait_follows_the_jitter() {
    let start = Instant::now();
    let mut jitter = Jitter::new(JitterConfig::default(), start);
    let run = |jitter: &mut Jitter, from: u16, to: u16, shake: u64| {
        for n in from..to {
            let late = if n % 3 == 0 { shake } else { 0 };
            let at = start + Duration::from_millis(u64::from(n) * 20 + late);
            let _ = jitter.insert(at, packet(n, u32::from(n) * FRAME_TICKS));
            while jitter.pull(at, false).is_some() {}
        }
        jitter.target().as_millis()
    };
    assert!(run(&mut jitter, 0, 500, 0) < 25);
    assert!((70..=85).contains(&run(&mut jitter, 500, 600, 60)));
    assert!(run(&mut jitter, 600, 2000, 0) < 25);
    assert_eq!(run(&mut jitter, 2000, 2100, 900), 200);
}

#[test]
fn an_idle_listener_may_sleep_and_wakes_with_the_next_packet() {
    let start = Instant::now();
    let mut jitter = Jitter::new(JitterConfig::default(), start);
    jitter.insert(start, packet(1, 0)).expect("first");
    let mut now = start;
    let mut steps = 0;
    while let Some(due) = jitter.due(true) {
        now = now.max(due);
        while jitter.pull(now, true).is_some() {}
        steps += 1;
        assert!(steps < 100);
    }
    now += Duration::from_secs(3600);
    jitter.insert(now, packet(2, 3600 * 48_000)).expect("next in order");
    assert!(std::iter::from_fn(|| jitter.pull(now, true)).any(|slot| matches!(slot, Slot::Packet(_))));
    assert_eq!(jitter.counts().lost, 0);
}

#[test]
fn another_stream_takes_over_after_two_packets() {
    let start = Instant::now();
    let mut jitter = Jitter::new(JitterConfig::default(), start);
    jitter.insert(start, packet(1, 0)).expect("first");
    assert_eq!(jitter.insert(start, packet(30_000, 77)), Err(Refused::Stray));
    jitter.insert(start, packet(30_001, 77 + FRAME_TICKS)).expect("its successor");
    assert_eq!(jitter.pull(start, false), Some(Slot::Packet(payload(30_001))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn any_packets_in_any_order_come_out_in_order_and_never_panic(
        steps in prop::collection::vec((0_u64..60_000, any::<u16>(), any::<u32>(), 0_u8..4, prop::collection::vec(any::<u8>(), 0..4)), 1..200)
    ) {
        let start = Instant::now();
        let mut now = start;
        let mut jitter = Jitter::new(JitterConfig::default(), start);
        let mut last: Option<(u64, u16)> = None;
        for (wait_us, wild, wild_time, kind, bytes) in steps {
            now += Duration::from_micros(wait_us);
            let near = (now.duration_since(start).as_millis() / 20) as u16;
            let sequence = if kind == 0 { wild } else { near.wrapping_add(wild % 8) };
            let timestamp = if kind == 1 { wild_time } else { u32::from(sequence).wrapping_mul(FRAME_TICKS) };
            let payload = if kind == 2 { Bytes::from(bytes) } else { payload(sequence) };
            let _ = jitter.insert(now, Packet { sequence, timestamp, marker: false, payload });
            let mut slots = 0;
            while let Some(slot) = jitter.pull(now, false) {
                slots += 1;
                prop_assert!(slots < 400, "one step gives a bounded amount of sound");
                if let (Slot::Packet(bytes), false) = (&slot, kind == 2) {
                    if bytes.len() == 4 && bytes[0] == 8 {
                        let number = u16::from_be_bytes([bytes[1], bytes[2]]);
                        let resynced = jitter.counts().resynced;
                        if let Some((era, before)) = last && era == resynced {
                            prop_assert!(number.wrapping_sub(before) as i16 > 0, "{before} then {number}");
                        }
                        last = Some((resynced, number));
                    }
                }
            }
        }
    }
}
