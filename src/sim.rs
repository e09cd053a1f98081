//! The simulator: seeded callers, networks and engines around the real session, on a virtual clock. It opens nothing.

mod chance;
mod engines;
mod network;
mod peer;
mod rules;
mod script;
mod speech;
mod world;
mod world_data;

use crate::session::machine::{Bounds, Machine, Setup};
use agent::dialogue::{Clock, Dialogue, DialogueConfig};
use agent::trip::{Code3, Place};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use media::call::{Call, CallConfig};
use media::codec::opus::OpusConfig;
use media::vad::Detector;
use std::io::Write;
use std::time::{Duration, Instant};

/// Which seeds to run.
#[derive(Clone, Debug, clap::Args)]
pub struct SimArgs {
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many seeds; with one, every event is printed.
    #[arg(long, default_value_t = 1)]
    pub seeds: u64,
    /// Run every seed twice and hold the two against each other.
    #[arg(long)]
    pub twice: bool,
}

/// What came of many seeds.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Seeds run.
    pub seeds: u64,
    /// Turns answered.
    pub turns: u64,
    /// Seconds of conversation on the virtual clock.
    pub seconds: f64,
    /// `seed N: rule: what`.
    pub faults: Vec<String>,
}

/// Runs the seeds; false when one of them broke a rule.
///
/// # Errors
/// When nothing can be printed.
pub fn run(args: &SimArgs, start: Instant, out: &mut dyn Write) -> anyhow::Result<bool> {
    let watch = args.seeds == 1;
    let mut summary = Summary::default();
    for seed in args.seed..args.seed + args.seeds {
        let lines = one(seed, start, watch, args.twice, &mut summary);
        for line in lines {
            writeln!(out, "{line}")?;
        }
    }
    for fault in &summary.faults {
        writeln!(out, "{fault}")?;
    }
    writeln!(
        out,
        "{} seeds, {} turns, {:.0} s of conversation, {} faults",
        summary.seeds,
        summary.turns,
        summary.seconds,
        summary.faults.len()
    )?;
    Ok(summary.faults.is_empty())
}

/// Runs one seed and adds what came of it; returns its lines when watched.
pub fn one(seed: u64, start: Instant, watch: bool, twice: bool, summary: &mut Summary) -> Vec<String> {
    let report = world::World::new(seed, machine(seed, start), start, watch).run();
    summary.seeds += 1;
    summary.turns += report.turns;
    summary.seconds += report.lasted.as_secs_f64();
    summary.faults.extend(report.faults.iter().map(|fault| format!("seed {seed}: {fault}")));
    if twice {
        let again = world::World::new(seed, machine(seed, start), start, false).run();
        if again.digest != report.digest {
            let fault = format!("seed {seed}: same seed, same bytes: {} and {}", report.digest, again.digest);
            summary.faults.push(fault);
        }
    }
    report.lines
}

/// The cheapest setting of the codec on both sides.
const CODEC: OpusConfig =
    OpusConfig { bitrate_bps: 32_000, complexity: 0, protected_complexity: 0, expected_loss_percent: 10 };

/// The real session with a cheap ear, made for `seed` alone.
fn machine(seed: u64, now: Instant) -> Machine {
    let mut config = CallConfig::new(Detector::Energy);
    // How well the codec sounds is no matter here; how fast a thousand conversations run is.
    config.mouth.opus = CODEC;
    let call = Call::new(config, now).expect("libopus takes its own defaults");
    let began = Timestamp::from_second(1_795_000_000).expect("a time in 2026");
    let home = Code3::parse("BOS").map(Place::City);
    let dialogue = Dialogue::new(
        DialogueConfig { home, seed, ..DialogueConfig::default() },
        Clock::new(began, TimeZone::get("America/New_York").unwrap_or(TimeZone::UTC)),
    );
    let setup = Setup {
        id: format!("sim{seed}"),
        resume_token: "sim".to_owned(),
        resume_expires_at: 0,
        resume_within: rules::RESUME_WITHIN,
        session_max: Duration::from_secs(3600),
        voice: String::new(),
        language: "en".to_owned(),
        prompt: String::new(),
        greets: true,
        session: None,
        tells_created: false,
        bounds: Bounds::default(),
        began_ms: began.as_millisecond(),
    };
    Machine::new(setup, call, dialogue, now)
}
