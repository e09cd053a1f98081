//! Times one call's audio path, 20 ms at a time, on recorded speech, and the memory of an idle call. It gates nothing.
//!
//! `cargo bench -p media --bench audio_path`; the budget is 1 % of a core without the voice activity model.

use media::call::{Call, CallConfig, Carriage, Input, Output};
use media::codec::opus::{Encoder, FRAME_TICKS, OpusConfig};
use media::codec::resample::{Resampler, to_i16};
use media::frame::{FRAME_SAMPLES, Frame, INNER_RATE_HZ, Samples};
use media::noise::Field;
use media::packet::Packet;
use media::transcript::{ItemId, Speech, WordSpan};
use media::vad::{Detector, VadModel};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Seconds of virtual time in one run.
const RUN_S: u64 = 120;
/// Idle calls whose memory is measured together.
const IDLE_CALLS: usize = 500;
const TICK: Duration = Duration::from_millis(20);

fn main() {
    let speech = recording();
    let packets = encode(&speech);
    let mut detectors = vec![("no-model", Detector::Energy)];
    match std::fs::read(model_path()) {
        Ok(bytes) => {
            let model = VadModel::load(bytes, NonZeroUsize::MIN).expect("the cached model is whole");
            detectors.push(("silero", Detector::Silero(model)));
        }
        Err(error) => println!("silero skipped: {}: {error}; `voxfare models pull`", model_path().display()),
    }
    // Memory first: what a run gives back would hide it.
    let mut kept = Vec::new();
    for (name, detector) in &detectors {
        let (calls, bytes) = idle_calls(detector, &packets);
        println!("{:<38} {bytes:>9} bytes of memory", format!("audio_path/idle-call/{name}"));
        kept.push(calls);
    }
    drop(kept);
    println!("{:<38} {:>9} {:>9} {:>9} {:>11}", "case (per 20 ms)", "p50 us", "p95 us", "p99 us", "% of core");
    for (name, detector) in &detectors {
        for (case, hears, speaks, lost_percent, noise) in [
            ("idle", false, false, 0.0, None),
            ("speaks", false, true, 0.0, None),
            ("speaks-with-loss", false, true, 5.0, None),
            ("hears", true, false, 0.0, None),
            ("hears-less-noise", true, false, 0.0, Some(Field::Near)),
            ("hears-and-speaks", true, true, 0.0, None),
        ] {
            let times = run(detector, &packets, &speech, hears, speaks, lost_percent, noise);
            report(&format!("audio_path/{case}/{name}"), &times);
        }
    }
}

/// Wall time of each 20 ms of virtual time; the far end reports every two seconds that it loses so many percent.
fn run(
    detector: &Detector,
    packets: &[Vec<u8>],
    speech: &[i16],
    hears: bool,
    speaks: bool,
    lost_percent: f32,
    noise: Option<Field>,
) -> Vec<Duration> {
    let start = Instant::now();
    let mut call = Call::new(CallConfig::new(detector.clone()), start).expect("default settings are valid");
    give(&mut call, start, Input::Attached(Carriage::Packets));
    give(&mut call, start, Input::Noise(noise));
    let mut times = Vec::new();
    let mut item = 0;
    for n in 0..RUN_S * 50 {
        let now = start + TICK * n as u32;
        if speaks && n % 250 == 0 {
            item += 1;
            // An interruption cuts it; five seconds later there is more.
            give(&mut call, now, Input::Play(saying(item, &speech[..INNER_RATE_HZ as usize * 5])));
        }
        if speaks && n % 100 == 0 {
            give(&mut call, now, Input::Lost(lost_percent));
        }
        let packet = hears.then(|| packet(packets, n));
        let began = Instant::now();
        let timeout = match packet {
            Some(packet) => give(&mut call, now, Input::Packet(packet)),
            None => give(&mut call, now, Input::Tick),
        };
        if timeout.is_some_and(|at| at <= now + TICK / 2) {
            give(&mut call, now + TICK / 2, Input::Tick);
        }
        times.push(began.elapsed());
    }
    times
}

fn give(call: &mut Call, now: Instant, input: Input) -> Option<Instant> {
    call.handle(now, input);
    loop {
        if let Output::Timeout(at) = call.poll() {
            return at;
        }
    }
}

fn packet(packets: &[Vec<u8>], n: u64) -> Packet {
    Packet {
        sequence: n as u16,
        timestamp: n as u32 * FRAME_TICKS,
        marker: false,
        payload: packets[n as usize % packets.len()].clone().into(),
    }
}

fn saying(item: u64, pcm: &[i16]) -> Speech {
    let words = (0..pcm.len() as u64 / 6000)
        .map(|n| WordSpan {
            text_from: n as u32 * 6,
            text_to: n as u32 * 6 + 6,
            from: Samples(n * 6000),
            to: Samples(n * 6000 + 6000),
        })
        .collect();
    Speech { item: ItemId(item), segment: 0, pcm: pcm.to_vec(), words, segment_done: true, item_done: true }
}

/// Calls that have heard a second of speech, and the memory of each by the growth of the process.
fn idle_calls(detector: &Detector, packets: &[Vec<u8>]) -> (Vec<Call>, usize) {
    let now = Instant::now();
    let before = resident_bytes();
    let calls: Vec<Call> = (0..IDLE_CALLS)
        .map(|_| {
            let mut call = Call::new(CallConfig::new(detector.clone()), now).expect("default settings are valid");
            give(&mut call, now, Input::Attached(Carriage::Packets));
            for n in 0..50 {
                give(&mut call, now + TICK * n as u32, Input::Packet(packet(packets, n)));
            }
            call
        })
        .collect();
    let grown = resident_bytes().saturating_sub(before);
    (calls, grown / IDLE_CALLS)
}

fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}

fn report(name: &str, times: &[Duration]) {
    let mut sorted = times.to_vec();
    sorted.sort();
    let at = |percent: usize| sorted[sorted.len() * percent / 100].as_secs_f64() * 1e6;
    let share = times.iter().sum::<Duration>().as_secs_f64() / (times.len() as f64 * TICK.as_secs_f64()) * 100.0;
    println!("{name:<38} {:>9.1} {:>9.1} {:>9.1} {share:>10.2} %", at(50), at(95), at(99));
}

fn encode(speech: &[i16]) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(OpusConfig::default()).expect("default settings are valid");
    speech
        .chunks_exact(FRAME_SAMPLES)
        .map(|chunk| encoder.encode(&Frame(chunk.try_into().expect("exact"))).expect("a frame encodes").to_vec())
        .collect()
}

/// The public-domain recording, at the inner rate.
fn recording() -> Vec<i16> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/audio/jfk.wav");
    let mut reader = hound::WavReader::open(&path).expect("the recording is in the tree");
    let rate = reader.spec().sample_rate;
    let pcm: Vec<f32> = reader.samples::<i16>().map(|s| f32::from(s.expect("whole")) / 32_768.0).collect();
    let mut out = Vec::new();
    Resampler::new(rate, INNER_RATE_HZ).expect("a common rate").push(&pcm, &mut out);
    to_i16(&out)
}

fn model_path() -> PathBuf {
    let folder = std::env::var_os("VOXFARE_MODELS").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/voxfare/models"),
        PathBuf::from,
    );
    folder.join("silero-vad.onnx")
}
