//! How many sessions one core carries without a late tick, and what an idle one weighs: by itself, and with its socket and tasks in a real
//! server. Every session hears speech, speaks and takes turns; the engines take no time, since they have threads of their own. It gates nothing.
//!
//! `cargo bench --bench sessions`; kept runs are in `benches/runs/`.

#[path = "drive.rs"]
mod drive;

use drive::{Session, TICK, at, encoded, opus, packet};
use media::vad::Detector;
use std::time::{Duration, Instant};
use voxfare::session::event::Input;

#[allow(dead_code, reason = "each bench takes what it needs")]
mod live;

/// Sessions tried, one count after the other until ticks are late.
const COUNTS: [usize; 9] = [1, 2, 4, 8, 16, 24, 32, 48, 64];
/// Ticks of each try: ten seconds.
const TICKS: u64 = 500;
/// Idle sessions weighed together.
const IDLE: u64 = 1000;
/// Silent calls weighed together.
const CALLS: usize = 32;
/// Sessions begun, spoken in and ended, one after the other.
const CYCLES: u64 = 10_000;

fn main() {
    let Some(detector) = drive::silero() else {
        println!("sessions: the voice detector is missing; `voxfare models pull`");
        return;
    };
    let packets: Vec<Vec<u8>> = [encoded("jfk.wav"), opus(&vec![0; 480 * 100])].concat();
    println!("sessions/idle-call/memory   {:>9} bytes each", weigh(|n, start| Session::start(n, &detector, start)));
    println!(
        "sessions/idle-stream/memory {:>9} bytes each",
        weigh(|n, start| Session::start_streaming(n, &detector, start))
    );
    in_a_server();
    called();
    cycles(&detector);
    println!(
        "{:<28} {:>9} {:>9} {:>9} {:>9} {:>7}",
        "case (a tick of 20 ms)", "p50 ms", "p99 ms", "max ms", "late", "% core"
    );
    for count in COUNTS {
        let (times, late) = carry(count, &detector, &packets);
        let busy: f64 = times.iter().sum::<f64>() / (TICKS as f64 * TICK.as_secs_f64() * 1e3) * 100.0;
        let mut sorted = times;
        sorted.sort_by(f64::total_cmp);
        let name = format!("sessions/talking/{count}");
        println!(
            "{name:<28} {:>9.2} {:>9.2} {:>9.2} {late:>9} {busy:>7.1}",
            at(&sorted, 0.5),
            at(&sorted, 0.99),
            at(&sorted, 1.0)
        );
        if late > TICKS / 100 {
            break;
        }
    }
}

/// The work of each tick in ms, with `count` sessions on this thread at the pace of the clock, and how many ticks took longer than a tick.
fn carry(count: usize, detector: &Detector, packets: &[Vec<u8>]) -> (Vec<f64>, u64) {
    let start = Instant::now();
    let mut sessions: Vec<Session> = (0..count as u64).map(|n| Session::start(n, detector, start)).collect();
    let mut times = Vec::new();
    let mut late = 0;
    let begin = Instant::now();
    for n in 0..TICKS {
        let due = begin + TICK * n as u32;
        while Instant::now() < due {
            std::hint::spin_loop();
        }
        let began = Instant::now();
        for (at, session) in sessions.iter_mut().enumerate() {
            session.tick(began);
            // Callers talk at different places of the recording.
            session.give(began, shifted(packets, n, at as u64 * 37));
        }
        let took = began.elapsed();
        late += u64::from(took > TICK);
        times.push(took.as_secs_f64() * 1e3);
    }
    (times, late)
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
    let grown = resident_bytes().saturating_sub(before);
    grown / sessions.len()
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

/// What the server grows by for each WebRTC call that is up and silent: socket state, DTLS, SRTP, SCTP and all. Each sends its 50 packets a
/// second, so there are only as many as a core can listen to.
fn called() {
    let folder = std::env::temp_dir().join(format!("voxfare-calls-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the temporary folder is writable");
    let (mut server, url) = live::serve(&folder);
    let statm = format!("/proc/{}/statm", server.id());
    let runtime = tokio::runtime::Runtime::new().expect("threads are to be had");
    let call = |hold: u64| {
        let mut options = voxfare::caller::CallOptions::to(&format!("{url}/?greeting=false"), Vec::new());
        options.hold = Duration::from_secs(hold);
        runtime.spawn(async move { voxfare::caller::run(options).await.map(drop).expect("the call is answered") })
    };
    let after = |seconds: u64| runtime.block_on(tokio::time::sleep(Duration::from_secs(seconds)));
    // What is made once is not a call's.
    let first: Vec<_> = (0..4).map(|_| call(24)).collect();
    after(6);
    let before = resident(&statm);
    let calls: Vec<_> = (0..CALLS).map(|_| call(12)).collect();
    after(9);
    let grown = resident(&statm).saturating_sub(before);
    println!("sessions/idle-webrtc/server    {:>6} bytes each", grown / CALLS);
    runtime.block_on(async {
        for call in first.into_iter().chain(calls) {
            call.await.expect("it ends");
        }
    });
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
