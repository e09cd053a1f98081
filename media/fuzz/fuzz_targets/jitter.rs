//! Any packets at any time through the jitter buffer: bounded sound, no panic, and it always asks for a later time.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use media::leg::jitter::{Jitter, JitterConfig, Slot};
use media::packet::Packet;
use std::time::{Duration, Instant};

#[derive(Arbitrary, Debug)]
struct Step {
    wait_ms: u16,
    sequence: u16,
    timestamp: u32,
    /// Follow the last packet instead of `sequence` and `timestamp`.
    follows: bool,
    idle: bool,
    payload: Vec<u8>,
}

fuzz_target!(|steps: Vec<Step>| {
    let start = Instant::now();
    let mut now = start;
    let mut jitter = Jitter::new(JitterConfig::default(), start);
    let (mut sequence, mut timestamp) = (0_u16, 0_u32);
    for step in steps {
        now += Duration::from_millis(u64::from(step.wait_ms));
        if step.follows {
            (sequence, timestamp) = (sequence.wrapping_add(1), timestamp.wrapping_add(960));
        } else {
            (sequence, timestamp) = (step.sequence, step.timestamp);
        }
        let payload = Bytes::from(step.payload);
        let _ = jitter.insert(now, Packet { sequence, timestamp, marker: false, payload });
        let mut slots = 0;
        while let Some(slot) = jitter.pull(now, step.idle) {
            slots += 1;
            assert!(slots < 8_000, "one step gives a bounded amount of sound");
            if let Slot::Conceal { ticks } | Slot::Silence { ticks } | Slot::Recover { ticks, .. } = slot {
                assert!(ticks <= 5_760);
            }
        }
        assert!(jitter.due(step.idle).is_none_or(|due| due > now || slots > 0));
    }
});
