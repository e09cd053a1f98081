//! From the end of speech to the first outgoing packet with engines that take no time: our own share of a turn, on the virtual
//! clock (what our waiting rules cost) and on the wall clock (what our computing costs). It gates nothing.
//!
//! `cargo bench --bench turn`; kept runs are in `benches/runs/`.

#[path = "drive.rs"]
mod drive;

use drive::{Session, TICK, at, encoded, opus, packet};
use std::time::{Duration, Instant};
use voxfare::session::event::Breakdown;

/// Turns measured for each case.
const TURNS: u64 = 40;
/// Silence behind the speech, in frames.
const SILENCE: usize = 100;

fn main() {
    let Some(detector) = drive::silero() else {
        println!("turn: the voice detector is missing; `voxfare models pull`");
        return;
    };
    let speech = encoded("go-forward.wav");
    let quiet = opus(&vec![0; 480 * SILENCE]);
    println!("{:<24} {:>8} {:>8} {:>8}", "case", "p50 ms", "p95 ms", "p99 ms");
    for (case, hears) in [
        ("finished", "What can you do?"),
        ("open", "I would like to fly to Denver"),
        ("unfinished", "I want to fly to"),
    ] {
        let mut stages: [Vec<f64>; 3] = Default::default();
        for number in 0..TURNS {
            let start = Instant::now();
            let mut session = Session::start(number, &detector, start);
            session.hears = hears;
            let (mut n, mut worked) = (0u64, None);
            // The greeting first; speech over it would be an interruption.
            let listen = (0..400).map(|_| &quiet[0]);
            for payload in listen.chain(&speech).chain(quiet.iter().cycle().take(250)) {
                let now = start + TICK * n as u32 + Duration::from_micros(number * 500);
                let before = (session.turns.len(), session.worked);
                session.tick(now);
                session.give(now, packet(std::slice::from_ref(payload), n));
                if session.turns.len() > before.0 && worked.is_none() {
                    worked = Some(session.worked - before.1);
                }
                n += 1;
            }
            let Some(turn) = session.turns.first() else { continue };
            collect(&mut stages, turn, worked);
        }
        for (stage, values) in ["endpoint", "first_packet", "computing"].iter().zip(&mut stages) {
            if values.is_empty() {
                continue;
            }
            values.sort_by(f64::total_cmp);
            let name = format!("turn/{case}/{stage}");
            println!("{name:<24} {:>8.2} {:>8.2} {:>8.2}", at(values, 0.5), at(values, 0.95), at(values, 0.99));
        }
    }
}

fn collect(stages: &mut [Vec<f64>; 3], turn: &Breakdown, worked: Option<Duration>) {
    stages[0].push(turn.endpoint_ms as f64);
    stages[1].push(turn.first_packet_ms as f64);
    stages[2].extend(worked.map(|worked| worked.as_secs_f64() * 1e3));
}
