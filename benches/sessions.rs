//! How many sessions one core carries without a late tick, and what an idle one weighs: by itself, and with its socket and tasks in a real
//! server. Every session hears speech, speaks and takes turns; the engines take no time, since they have threads of their own. It gates nothing.
//!
//! `cargo bench --bench sessions`; kept runs are in `benches/runs/`. `-- --rustpbx PROGRAM` also the codec of rustpbx, built in
//! `benches/transcode_rustpbx`, on the same packets; `-- --codec` the codecs alone.

#[path = "drive.rs"]
mod drive;

use drive::{Session, TICK, at, encoded, opus, packet};
use media::codec::opus::{Decoder, Effort, Encoder, OpusConfig};
use media::frame::Frame;
use media::vad::Detector;
use std::time::{Duration, Instant};
use voxfare::session::event::Input;

#[allow(dead_code, reason = "each bench takes what it needs")]
mod live;

/// Sessions tried, one count after the other until ticks are late.
const COUNTS: [usize; 11] = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112];
/// Ticks of each try: ten seconds.
const TICKS: u64 = 500;
/// Idle sessions weighed together.
const IDLE: u64 = 1000;
/// Silent calls weighed together.
const CALLS: usize = 1000;
/// How often another call begins: the callers share the cores with the server.
const CALL_EVERY: Duration = Duration::from_millis(60);
/// How long after the last one all is quiet.
const SETTLES: Duration = Duration::from_secs(10);
/// Passes over the packets for libopus alone.
const TRANSCODED: usize = 4;
/// Sessions begun, spoken in and ended, one after the other.
const CYCLES: u64 = 10_000;

fn main() {
    let Some(detector) = drive::silero() else {
        println!("sessions: the voice detector is missing; `voxfare models pull`");
        return;
    };
    let packets: Vec<Vec<u8>> = [encoded("jfk.wav"), opus(&vec![0; 480 * 100])].concat();
    let arguments: Vec<String> = std::env::args().collect();
    let peer = arguments.iter().position(|word| word == "--rustpbx").and_then(|at| arguments.get(at + 1));
    if arguments.iter().any(|word| word == "--codec") {
        return codecs(&packets, peer);
    }
    println!("sessions/idle-call/memory   {:>9} bytes each", weigh(|n, start| Session::start(n, &detector, start)));
    println!(
        "sessions/idle-stream/memory {:>9} bytes each",
        weigh(|n, start| Session::start_streaming(n, &detector, start))
    );
    in_a_server();
    called();
    cycles(&detector);
    codecs(&packets, peer);
    println!(
        "{:<28} {:>9} {:>9} {:>9} {:>9} {:>7}",
        "case (frames of 20 ms)", "p50 ms", "p99 ms", "max ms", "late", "% core"
    );
    carried("talking", Effort::Usual, &detector, &packets);
    carried("sparing", Effort::Spare, &detector, &packets);
}

/// One count of sessions after the other until frames are late.
fn carried(name: &str, effort: Effort, detector: &Detector, packets: &[Vec<u8>]) {
    for count in COUNTS {
        let (mut sorted, busy, late) = carry(count, effort, detector, packets);
        sorted.sort_by(f64::total_cmp);
        let name = format!("sessions/{name}/{count}");
        println!(
            "{name:<28} {:>9.2} {:>9.2} {:>9.2} {late:>9} {busy:>7.1}",
            at(&sorted, 0.5),
            at(&sorted, 0.99),
            at(&sorted, 1.0)
        );
        // More than one in a hundred.
        if late > TICKS * count as u64 / 100 {
            break;
        }
    }
}

/// How long after it was due each frame of each session was done, in ms, the share of time that was computed, and how many were not done before the
/// next one was due. All are on this thread, at the pace of the clock; calls begin whenever people call, so each has its own moment of the 20 ms.
fn carry(count: usize, effort: Effort, detector: &Detector, packets: &[Vec<u8>]) -> (Vec<f64>, f64, u64) {
    let start = Instant::now();
    let mut sessions: Vec<Session> = (0..count as u64).map(|n| Session::start(n, detector, start)).collect();
    sessions.iter_mut().for_each(|session| session.give(start, Input::Effort(effort)));
    let (mut delays, mut late, mut computed) = (Vec::new(), 0, Duration::ZERO);
    let begin = Instant::now();
    for n in 0..TICKS {
        for (at, session) in sessions.iter_mut().enumerate() {
            let due = begin + TICK * n as u32 + TICK * at as u32 / count as u32;
            while Instant::now() < due {
                std::hint::spin_loop();
            }
            let began = Instant::now();
            session.tick(began);
            // Callers talk at different places of the recording.
            session.give(began, shifted(packets, n, at as u64 * 37));
            computed += began.elapsed();
            let delay = due.elapsed();
            late += u64::from(delay > TICK);
            delays.push(delay.as_secs_f64() * 1e3);
        }
    }
    (delays, computed.as_secs_f64() / begin.elapsed().as_secs_f64() * 100.0, late)
}

/// The codecs alone: ours at each of its settings, and the peer's.
fn codecs(packets: &[Vec<u8>], peer: Option<&String>) {
    let usual = OpusConfig::default();
    for (name, config) in [
        ("as a call begins", usual),
        ("without loss", OpusConfig { expected_loss_percent: 0, ..usual }),
        ("under load", OpusConfig { complexity: 0, protected_complexity: 0, expected_loss_percent: 0, ..usual }),
    ] {
        carries(&format!("libopus {name}"), transcodes(packets, config));
    }
    let Some(program) = peer else { return };
    let file = std::env::temp_dir().join(format!("voxfare-packets-{}", std::process::id()));
    let with_length = |packet: &Vec<u8>| [&(packet.len() as u16).to_be_bytes()[..], packet].concat();
    let bytes: Vec<u8> = packets.iter().flat_map(with_length).collect();
    std::fs::write(&file, bytes).expect("the temporary folder is writable");
    let output = std::process::Command::new(program).arg(&file).output().expect("it was built");
    let _ = std::fs::remove_file(&file);
    let text = String::from_utf8_lossy(&output.stdout);
    let mut figures = text.split_whitespace().map(|word| word.parse().expect("a figure"));
    for name in ["rustpbx's codec", "rustpbx to a telephone"] {
        carries(name, figures.next().expect("two figures"));
    }
}

fn carries(name: &str, took: f64) {
    let calls = TICK.as_secs_f64() * 1e6 / took;
    println!("sessions/codec/{name:<24} {took:>9.1} us for 20 ms of one call, so {calls:.0} calls on a core");
}

/// What libopus alone takes for a call: each packet decoded, and sound of the same kind encoded, in microseconds for each 20 ms.
fn transcodes(packets: &[Vec<u8>], config: OpusConfig) -> f64 {
    let mut decoder = Decoder::new().expect("libopus takes its own defaults");
    let mut encoder = Encoder::new(config).expect("libopus takes its own settings");
    let mut pcm = Vec::new();
    let began = Instant::now();
    for _ in 0..TRANSCODED {
        for packet in packets {
            pcm.clear();
            decoder.decode(packet, &mut pcm).expect("we encoded it");
            encoder.encode(&Frame(pcm.as_slice().try_into().expect("20 ms"))).expect("a frame encodes");
        }
    }
    began.elapsed().as_secs_f64() * 1e6 / (TRANSCODED * packets.len()) as f64
}

fn shifted(packets: &[Vec<u8>], n: u64, by: u64) -> Input {
    let payload = &packets[((n + by) % packets.len() as u64) as usize];
    packet(std::slice::from_ref(payload), n)
}

/// Bytes by which the process grows for each session that has begun, spoken its greeting and hears nothing.
fn weigh(begin: impl Fn(u64, Instant) -> Session) -> usize {
    let start = Instant::now();
    let before = resident_bytes();
    let sessions: Vec<Session> = (0..IDLE)
        .map(|number| {
            let mut session = begin(number, start);
            for n in 0..500u32 {
                session.tick(start + Duration::from_millis(20) * n);
            }
            session
        })
        .collect();
    let (grown, count) = (resident_bytes().saturating_sub(before), sessions.len());
    // What is given back would be taken for the next ones.
    std::mem::forget(sessions);
    grown / count
}

/// What the server grows by for each WebSocket that has opened a session and says nothing.
fn in_a_server() {
    let folder = std::env::temp_dir().join(format!("voxfare-sessions-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the temporary folder is writable");
    let (mut server, url) = live::serve(&folder);
    let url = format!("{}/v1/realtime?model=any", url.replacen("http", "ws", 1));
    let statm = format!("/proc/{}/statm", server.id());
    let runtime = tokio::runtime::Runtime::new().expect("threads are to be had");
    let open = |count: u64| {
        runtime.block_on(async {
            let mut sockets = Vec::new();
            for _ in 0..count {
                let (mut socket, _) = tokio_tungstenite::connect_async(&url).await.expect("the door is open");
                // Its first event is there: the session has begun.
                futures_util::StreamExt::next(&mut socket).await;
                sockets.push(socket);
            }
            sockets
        })
    };
    // What is made once is not a session's.
    let first = open(100);
    let before = resident(&statm);
    let sockets = open(IDLE);
    println!(
        "sessions/idle-websocket/server {:>6} bytes each",
        resident(&statm).saturating_sub(before) / IDLE as usize
    );
    drop((first, sockets));
    let _ = server.kill();
    let _ = server.wait();
    let _ = std::fs::remove_dir_all(&folder);
}

/// What the server grows by for each WebRTC call that is up and whose caller is muted: socket state, DTLS, SRTP, SCTP and all.
fn called() {
    let folder = std::env::temp_dir().join(format!("voxfare-calls-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the temporary folder is writable");
    let (mut server, url) = live::serve(&folder);
    let statm = format!("/proc/{}/statm", server.id());
    let runtime = tokio::runtime::Runtime::new().expect("threads are to be had");
    let call = |hold: Duration| {
        let mut options = voxfare::caller::CallOptions::to(&format!("{url}/?greeting=false"), Vec::new());
        (options.hold, options.muted) = (hold, true);
        runtime.spawn(async move { voxfare::caller::run(options).await.map(drop) })
    };
    let after = |time: Duration| runtime.block_on(async move { tokio::time::sleep(time).await });
    let whole = CALL_EVERY * CALLS as u32 + SETTLES * 2;
    // What is made once is not a call's.
    let first: Vec<_> = (0..4).map(|_| call(whole)).collect();
    after(SETTLES);
    let before = resident(&statm);
    let mut calls = Vec::new();
    for n in 0..CALLS as u32 {
        calls.push(call(whole - CALL_EVERY * n));
        after(CALL_EVERY);
    }
    after(SETTLES);
    let (grown, up) =
        (resident(&statm).saturating_sub(before), calls.iter().filter(|call| !call.is_finished()).count());
    println!("sessions/idle-webrtc/server    {:>6} bytes each, {up} calls up", grown / up.max(1));
    let ended = runtime.block_on(futures_util::future::join_all(first.into_iter().chain(calls)));
    let failed = ended.iter().filter(|call| !matches!(call, Ok(Ok(())))).count();
    if failed > 0 {
        println!("sessions/idle-webrtc/server    {failed} calls failed");
    }
    let _ = server.kill();
    let _ = server.wait();
    let _ = std::fs::remove_dir_all(&folder);
}

/// Whether memory stays flat over sessions that begin, speak and end.
fn cycles(detector: &Detector) {
    let message = r#"{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"What can you do?"}]}}"#;
    let start = Instant::now();
    let mut early = 0;
    for number in 0..CYCLES {
        let mut session = Session::start_streaming(number, detector, start);
        session.give(start, Input::Control(message.to_owned()));
        session.give(start, Input::Control(r#"{"type":"response.create"}"#.to_owned()));
        for n in 0..50u32 {
            session.tick(start + TICK * n);
        }
        session.give(start, Input::HangUp);
        if number + 1 == CYCLES / 10 {
            early = resident_bytes();
        }
    }
    println!(
        "sessions/cycles/{CYCLES}       {:>9} bytes more than after {}",
        resident_bytes() as i64 - early as i64,
        CYCLES / 10
    );
}

fn resident_bytes() -> usize {
    resident("/proc/self/statm")
}

fn resident(statm: &str) -> usize {
    let statm = std::fs::read_to_string(statm).unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}
