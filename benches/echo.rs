//! How many calls one core echoes over a WebSocket: mu-law in, through the session's leg, mu-law out, 50 frames a second each, beside the
//! same over pipecat's own transport and over flowcat's. Server and load have a core each; nothing else runs. It gates nothing.
//!
//! `cargo bench --bench echo`; with `-- --pipecat PYTHON` also pipecat, from an environment that holds `pipecat-ai[websocket]` and `uvicorn`; with
//! `--flowcat PROGRAM` also flowcat, built in `benches/echo_flowcat`. Flowcat's echo decodes and encodes mu-law; ours converts the rate three times
//! besides, as a session does.
//! A frame is answered by the event that comes back for it: both servers send one for each. What their rate conversion holds back of its sound
//! until the next event is told apart.

#[path = "drive.rs"]
#[allow(dead_code, reason = "each bench takes what it needs")]
mod drive;

use axum::extract::WebSocketUpgrade;
use axum::routing::get;
use axum::serve::ListenerExt as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use drive::at;
use futures_util::{SinkExt as _, StreamExt as _};
use media::codec::resample::{Resampler, to_i16};
use media::frame::{EAR_RATE_HZ, INNER_RATE_HZ};
use media::leg::stream::{Format, Inflow, Outflow};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio_tungstenite::tungstenite::Message;
use voxfare::net::websocket;
use voxfare::session::actor::Transport;
use voxfare::session::event::{LegCommand, LegEvent};

/// Calls tried, one count after the other until they are too many.
const COUNTS: [usize; 9] = [10, 25, 50, 100, 200, 300, 400, 600, 800];
/// One frame.
const FRAME: Duration = Duration::from_millis(20);
/// Bytes of one frame of mu-law.
const FRAME_BYTES: usize = 160;
/// Frames of each call: five seconds, the first of which is not counted.
const FRAMES: usize = 250;
/// Each count is tried so often, and the run that was disturbed least is told: on a shared machine both sides are held up again and again.
const RUNS: usize = 5;
const WARM: usize = 50;
/// No count is tried beyond the one whose p99 passes this, in ms.
const LATE_MS: f64 = 60.0;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |name: &str| arguments.iter().position(|word| word == name).and_then(|at| arguments.get(at + 1));
    if arguments.iter().any(|word| word == "--serve") {
        return serve();
    }
    pin(std::process::id(), 1);
    println!(
        "{:<28} {:>9} {:>9} {:>9} {:>10} {:>9} {:>8}",
        "case (mu-law echo, 50/s)", "p50 ms", "p99 ms", "max ms", "answered", "held ms", "% core"
    );
    let own = || Command::new(std::env::current_exe().expect("we run")).arg("--serve").stdout(Stdio::piped()).spawn();
    measure("voxfare", &|| own().expect("we start again"), Dialect::Realtime);
    if let Some(python) = after("--pipecat") {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/echo_pipecat.py");
        let peer = || Command::new(python).arg(script).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        measure("pipecat", &|| peer().expect("Python starts"), Dialect::Twilio);
    }
    if let Some(program) = after("--flowcat") {
        let peer = || Command::new(program).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        measure("flowcat", &|| peer().expect("it was built"), Dialect::Plivo);
    }
}

/// The words of a server's events.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Realtime,
    Twilio,
    Plivo,
}

impl Dialect {
    fn opening(self) -> Option<String> {
        match self {
            Self::Realtime => None,
            Self::Twilio => {
                let start = json!({ "streamSid": "s", "callSid": "c" });
                Some(json!({ "event": "start", "streamSid": "s", "start": start }).to_string())
            }
            Self::Plivo => {
                let format = json!({ "encoding": "audio/x-mulaw", "sampleRate": 8000 });
                let start = json!({ "streamId": "s", "callId": "c", "mediaFormat": format });
                Some(json!({ "event": "start", "start": start }).to_string())
            }
        }
    }

    fn frame(self, payload: &str) -> String {
        match self {
            Self::Realtime => json!({ "type": "input_audio_buffer.append", "audio": payload }),
            Self::Twilio => json!({ "event": "media", "streamSid": "s", "media": { "payload": payload } }),
            Self::Plivo => json!({ "event": "media", "media": { "payload": payload } }),
        }
        .to_string()
    }

    /// Bytes of sound in an event. It is not read whole: what the load takes is no delay of the server's.
    fn sound(self, text: &str) -> usize {
        let name = match self {
            Self::Realtime => "\"delta\":",
            Self::Twilio | Self::Plivo => "\"payload\":",
        };
        let payload = text.split_once(name).and_then(|(_, rest)| rest.split('"').nth(1)).unwrap_or_default();
        payload.len() / 4 * 3 - payload.bytes().rev().take_while(|&byte| byte == b'=').count()
    }
}

fn measure(name: &str, start: &dyn Fn() -> Child, dialect: Dialect) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    for count in COUNTS {
        let runs = (0..RUNS).map(|_| run(start, dialect, count, &runtime));
        let Some(best) = runs.flatten().min_by(|one, other| one.p99().total_cmp(&other.p99())) else {
            println!("{:<28} nothing came back", format!("echo/{name}/{count}"));
            return;
        };
        best.tell(&format!("echo/{name}/{count}"));
        if best.p99() > LATE_MS {
            return;
        }
    }
}

/// What one run came to.
struct Run {
    /// Sorted.
    waits_ms: Vec<f64>,
    answered: f64,
    held_ms: f64,
    busy: f64,
}

impl Run {
    fn p99(&self) -> f64 {
        at(&self.waits_ms, 0.99)
    }

    fn tell(&self, name: &str) {
        let Self { waits_ms, answered, held_ms, busy } = self;
        println!(
            "{name:<28} {:>9.2} {:>9.2} {:>9.2} {answered:>8.1} % {held_ms:>9.1} {busy:>8.1}",
            at(waits_ms, 0.5),
            self.p99(),
            at(waits_ms, 1.0)
        );
    }
}

fn run(start: &dyn Fn() -> Child, dialect: Dialect, count: usize, runtime: &Runtime) -> Option<Run> {
    let mut child = start();
    pin(child.id(), 0);
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let url = lines.by_ref().map_while(Result::ok).find(|line| line.starts_with("ws://")).expect("it says where it is");
    let calls = runtime.block_on(load(&url, dialect, count));
    let busy = busy(child.id()) / (FRAMES as f64 * FRAME.as_secs_f64()) * 100.0;
    let _ = child.kill();
    let _ = child.wait();
    let mut waits_ms: Vec<f64> = calls.iter().flat_map(|call| call.waits_ms.iter().copied()).collect();
    waits_ms.sort_by(f64::total_cmp);
    let answered = waits_ms.len() as f64 / (count * (FRAMES - WARM)) as f64 * 100.0;
    let held_ms = calls.iter().map(|call| call.held_bytes).max().unwrap_or(0) as f64 / 8.0;
    (!waits_ms.is_empty()).then_some(Run { waits_ms, answered, held_ms, busy })
}

/// What one call came to.
struct Call {
    waits_ms: Vec<f64>,
    /// The most bytes of a frame that had not come back with its event.
    held_bytes: usize,
}

/// Sends the frames of all calls, each at its own moment of the 20 ms: the runtime's clock of whole milliseconds would make bursts of them, in which
/// each waits for those before it.
async fn pace(mut outs: Vec<Out>, event: String) -> Vec<Vec<Instant>> {
    let (count, begin) = (outs.len(), Instant::now() + FRAME);
    let (tell, mut due) = tokio::sync::mpsc::channel(count);
    let clock = std::thread::spawn(move || {
        for turn in 0..FRAMES * count {
            let (frame, call) = (turn / count, turn % count);
            let at = begin + FRAME * frame as u32 + FRAME * call as u32 / count as u32;
            while let Some(left) = at.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
                std::thread::park_timeout(left);
            }
            if tell.blocking_send(call).is_err() {
                return;
            }
        }
    });
    let mut sent: Vec<Vec<Instant>> = outs.iter().map(|_| Vec::with_capacity(FRAMES)).collect();
    while let Some(call) = due.recv().await {
        sent[call].push(Instant::now());
        if outs[call].send(Message::text(event.clone())).await.is_err() {
            break;
        }
    }
    drop(due);
    clock.join().expect("the clock does not panic");
    sent
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;
type Out = futures_util::stream::SplitSink<Socket, Message>;
type Back = futures_util::stream::SplitStream<Socket>;

async fn open_call(url: &str, dialect: Dialect) -> (Out, Back) {
    let (socket, _) = tokio_tungstenite::connect_async_with_config(url, None, true).await.expect("the door is open");
    let (mut out, back) = socket.split();
    if let Some(opening) = dialect.opening() {
        out.send(Message::text(opening)).await.expect("it listens");
    }
    (out, back)
}

/// When each event came, and the bytes of sound by then.
async fn hear(mut back: Back, dialect: Dialect) -> Vec<(Instant, usize)> {
    let mut came = Vec::with_capacity(FRAMES);
    let mut bytes = 0;
    // Silent for two seconds: nothing more comes.
    while let Ok(Some(Ok(message))) = tokio::time::timeout(Duration::from_secs(2), back.next()).await {
        if let Message::Text(text) = message {
            let now = Instant::now();
            bytes += dialect.sound(&text);
            came.push((now, bytes));
        }
        if came.len() >= FRAMES {
            break;
        }
    }
    came
}

async fn load(url: &str, dialect: Dialect, count: usize) -> Vec<Call> {
    let (mut outs, mut hearing) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let (out, back) = open_call(url, dialect).await;
        outs.push(out);
        hearing.push(tokio::spawn(hear(back, dialect)));
    }
    // A tone, so that nothing takes it for silence.
    let frame: Vec<u8> = (0..FRAME_BYTES).map(|at| if at / 10 % 2 == 0 { 0x20 } else { 0xa0 }).collect();
    let sent = pace(outs, dialect.frame(&BASE64.encode(frame))).await;
    let came = futures_util::future::join_all(hearing).await;
    sent.iter().zip(came.into_iter().map(Result::unwrap_or_default)).map(|(sent, came)| told(sent, &came)).collect()
}

fn told(sent: &[Instant], came: &[(Instant, usize)]) -> Call {
    let answered = sent.iter().zip(came).enumerate().skip(WARM);
    let held_bytes =
        answered.clone().map(|(at, (_, (_, bytes)))| ((at + 1) * FRAME_BYTES).saturating_sub(*bytes)).max();
    let wait = |(_, (sent, (when, _))): (usize, (&Instant, &(Instant, usize)))| {
        when.saturating_duration_since(*sent).as_secs_f64() * 1e3
    };
    let (waits_ms, held_bytes) = (answered.map(wait).collect(), held_bytes.unwrap_or_default());
    Call { waits_ms, held_bytes }
}

/// The server's socket code and its stream leg, with an echo where a conversation would be.
fn serve() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback can be bound");
        println!("ws://{}/", listener.local_addr().expect("it is bound"));
        // As the server's own door does.
        let listener = listener.tap_io(|socket| socket.set_nodelay(true).expect("it is a socket"));
        let app = axum::Router::new().route("/", get(open));
        axum::serve(listener, app).await.expect("it serves");
    });
}

async fn open(upgrade: WebSocketUpgrade) -> axum::response::Response {
    upgrade.on_upgrade(|socket| async {
        let (transport, line) = websocket::transport(None);
        tokio::spawn(echo(transport));
        websocket::carry(socket, line).await;
    })
}

async fn echo(mut transport: Transport) {
    let (mut inflow, mut outflow) = (Inflow::new(Format::Pcmu), Outflow::new(Format::Pcmu));
    let mut up = Resampler::new(EAR_RATE_HZ, INNER_RATE_HZ).expect("both are multiples of 50 Hz");
    while let Some(event) = transport.events.recv().await {
        let LegEvent::Text(text) = event else { continue };
        let event: Value = serde_json::from_str(&text).expect("we sent it");
        let bytes = BASE64.decode(event["audio"].as_str().unwrap_or_default()).expect("we sent it");
        let (mut heard, mut said) = (Vec::new(), Vec::new());
        inflow.pour(&bytes, &mut heard);
        up.push(&heard, &mut said);
        let bytes = outflow.flow(&to_i16(&said));
        let delta = json!({ "type": "response.output_audio.delta", "delta": BASE64.encode(bytes) }).to_string();
        if transport.commands.send(LegCommand::Text(delta)).await.is_err() {
            return;
        }
    }
}

/// Seconds that a process has computed since it began (Linux; 0 elsewhere).
fn busy(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    // Fields 14 and 15 of the whole line, in hundredths of a second.
    after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// Keeps a process on one core, where `taskset` is there.
fn pin(process: u32, core: usize) {
    let _ = Command::new("taskset")
        .args(["-a", "-cp", &core.to_string(), &process.to_string()])
        .stdout(Stdio::null())
        .status();
}
