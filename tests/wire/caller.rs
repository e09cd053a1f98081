//! The headless caller against a scripted server on our own transport: what it measures, writes, and says when things go wrong.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use media::frame::{FRAME_SAMPLES, INNER_RATE_HZ};
use media::packet::OutPacket;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::interval;
use voxfare::caller::{CallError, CallOptions, SignalError, Turn, run};
use voxfare::net::webrtc::{Config, Connected, PeerCommand, PeerEvent, WebRtcServer};

/// A server that answers each utterance with a tone of this length, 200 ms after it fell silent, and stops when spoken into.
async fn scripted_server(reply: Duration) -> (String, WebRtcServer) {
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = WebRtcServer::bind(Config { listen, public_addresses: vec![], tcp: true, calls_max: 4 })
        .expect("loopback can be bound");
    let answer = async move |State(server): State<WebRtcServer>, offer: String| -> Response {
        match server.accept(&offer, None) {
            Ok(call) => {
                let sdp = call.answer_sdp.clone();
                tokio::spawn(Script::new(reply).run(call));
                (StatusCode::CREATED, [(header::LOCATION, "/v1/realtime/calls/1")], sdp).into_response()
            }
            Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
        }
    };
    (serve(Router::new().route("/v1/realtime/calls", post(answer)).with_state(server.clone())).await, server)
}

async fn serve(router: Router) -> String {
    let http = TcpListener::bind("127.0.0.1:0").await.expect("loopback can be bound");
    let url = format!("http://{}", http.local_addr().expect("it is bound"));
    tokio::spawn(async move { axum::serve(http, router).await });
    url
}

struct Script {
    decoder: opus::Decoder,
    encoder: opus::Encoder,
    reply_frames: usize,
    spoken: bool,
    quiet_frames: usize,
    playing: usize,
    sent: u32,
    turn: usize,
}

impl Script {
    fn new(reply: Duration) -> Self {
        Self {
            decoder: opus::Decoder::new(INNER_RATE_HZ, opus::Channels::Mono).expect("Opus starts"),
            encoder: opus::Encoder::new(INNER_RATE_HZ, opus::Channels::Mono, opus::Application::Voip)
                .expect("Opus starts"),
            reply_frames: reply.as_millis() as usize / 20,
            spoken: false,
            quiet_frames: 0,
            playing: 0,
            sent: 0,
            turn: 0,
        }
    }

    async fn run(mut self, mut call: Connected) {
        let mut ticks = interval(Duration::from_millis(20));
        loop {
            let mut out = Vec::new();
            tokio::select! {
                _ = ticks.tick() => self.tick(&mut out),
                event = call.from_peer.recv() => match event {
                    None | Some(PeerEvent::Closed { .. }) => return,
                    Some(PeerEvent::ControlOpen) => out.push(text(json!({"type": "voxfare.session", "resume_token": "again"}))),
                    Some(PeerEvent::Media(packet)) => self.hear(&packet.payload, &mut out),
                    Some(PeerEvent::Text(text)) if text.contains("response.create") => self.begin(&mut out),
                    Some(PeerEvent::Text(_) | PeerEvent::Connected | PeerEvent::Digit(_) | PeerEvent::Report(_)) => {}
                },
            }
            for command in out {
                if call.to_peer.send(command).await.is_err() {
                    return;
                }
            }
        }
    }

    fn hear(&mut self, payload: &[u8], out: &mut Vec<PeerCommand>) {
        let mut pcm = [0i16; FRAME_SAMPLES * 6];
        let length = self.decoder.decode(payload, &mut pcm, false).unwrap_or(0);
        if pcm[..length].iter().any(|sample| sample.unsigned_abs() > 1000) {
            (self.spoken, self.quiet_frames) = (true, 0);
            if self.playing > 0 {
                self.playing = 0;
                out.push(text(json!({"type": "output_audio_buffer.cleared"})));
                out.push(text(json!({"type": "response.done", "response": {"id": format!("r{}", self.turn)}})));
            }
        } else {
            self.quiet_frames += 1;
            if self.spoken && self.quiet_frames == 10 {
                self.spoken = false;
                out.push(text(
                    json!({"type": "conversation.item.input_audio_transcription.completed", "transcript": "a tone"}),
                ));
                self.begin(out);
            }
        }
    }

    fn begin(&mut self, out: &mut Vec<PeerCommand>) {
        self.turn += 1;
        self.playing = self.reply_frames;
        let id = format!("r{}", self.turn);
        out.push(text(json!({"type": "response.created", "response": {"id": id}})));
        out.push(text(json!({"type": "output_audio_buffer.started"})));
        out.push(text(json!({"type": "voxfare.latency", "response_id": id, "breakdown_ms": {"endpoint": 200}})));
    }

    fn tick(&mut self, out: &mut Vec<PeerCommand>) {
        self.sent += 1;
        if self.playing == 0 {
            return;
        }
        let tone: Vec<i16> = (0..FRAME_SAMPLES).map(|n| (9000.0 * (n as f32 * 0.15).sin()) as i16).collect();
        let payload = Bytes::from(self.encoder.encode_vec(&tone, 1275).expect("Opus encodes"));
        out.push(PeerCommand::Media(OutPacket {
            timestamp: self.sent * 960,
            marker: self.playing == self.reply_frames,
            payload,
        }));
        self.playing -= 1;
        if self.playing == 0 {
            let id = format!("r{}", self.turn);
            out.push(text(
                json!({"type": "response.output_audio_transcript.done", "response_id": id, "transcript": "beep"}),
            ));
            out.push(text(json!({"type": "response.done", "response": {"id": id}})));
            out.push(text(json!({"type": "output_audio_buffer.stopped"})));
        }
    }
}

fn text(event: Value) -> PeerCommand {
    PeerCommand::Text(event.to_string())
}

/// A folder of this test's own, gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("voxfare-caller-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("the temporary folder is writable");
        Self(path)
    }

    /// A recording: silence, half a second of tone, silence; at 16 kHz.
    fn tone(&self) -> PathBuf {
        let path = self.0.join("tone.wav");
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 16_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut file = hound::WavWriter::create(&path, spec).expect("it is writable");
        for n in 0..16_000 {
            let loud = (4_000..12_000).contains(&n);
            file.write_sample(if loud { (8000.0 * (n as f32 * 0.2).sin()) as i16 } else { 0 }).expect("it is writable");
        }
        file.finalize().expect("it is writable");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // The system clears its temporary folder in any case.
        let _left = std::fs::remove_dir_all(&self.0);
    }
}

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("it was written");
    text.lines().map(|line| serde_json::from_str(line).expect("each line is an object")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn turns_are_spoken_interrupted_typed_and_measured() {
    let folder = Folder::new("turns");
    let (url, server) = scripted_server(Duration::from_millis(1500)).await;
    let tone = folder.tone();
    let turns = vec![
        Turn::Speak { file: tone.clone() },
        Turn::Interrupt { after: Duration::from_millis(300), file: tone.clone() },
        Turn::Type { text: "hello".to_owned() },
    ];
    let (record, events) = (folder.0.join("both.wav"), folder.0.join("events.jsonl"));
    let options =
        CallOptions { record: Some(record.clone()), events: Some(events.clone()), ..CallOptions::to(&url, turns) };
    let report = run(options).await.expect("the call goes through");
    println!("{}", serde_json::to_string_pretty(&report).expect("it is plain data"));
    // The script answers 200 ms after silence; a busy machine may take longer, never less.
    let answered: Vec<f64> =
        report.turns.iter().map(|turn| turn.voice_to_voice_ms.expect("each was answered")).collect();
    assert!(answered[0] > 150.0 && answered[0] < 2000.0 && answered[1] > 150.0 && answered[1] < 2000.0, "{answered:?}");
    let stop = report.turns[1].stop_ms.expect("it was an interruption");
    assert!(stop < 1000.0, "{stop}");
    assert!(report.turns[0].stop_ms.is_none());
    assert_eq!((report.turns[0].transcript.as_str(), report.turns[2].reply.as_str()), ("a tone", "beep"));
    assert_eq!(report.turns[0].breakdown_ms, Some(json!({"endpoint": 200})));
    assert_eq!(report.resume_token.as_deref(), Some("again"));
    let told = lines(&events);
    assert!(told.iter().any(|line| line["from"] == "caller" && line["event"]["type"] == "response.create"));
    assert!(told.iter().any(|line| line["from"] == "server" && line["event"]["type"] == "response.done"));
    let mut recorded = hound::WavReader::open(record).expect("it was written");
    assert_eq!((recorded.spec().channels, recorded.spec().sample_rate), (2, INNER_RATE_HZ));
    let samples: Vec<i16> = recorded.samples().collect::<Result<_, _>>().expect("it is whole");
    let loud =
        |channel: usize| samples.iter().skip(channel).step_by(2).filter(|sample| sample.unsigned_abs() > 1000).count();
    assert!(loud(0) > 10_000 && loud(1) > 20_000, "caller {}, server {}", loud(0), loud(1));
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_network_is_survived() {
    let folder = Folder::new("network");
    let (url, server) = scripted_server(Duration::from_millis(800)).await;
    let turns = vec![Turn::Speak { file: folder.tone() }];
    let report = run(CallOptions { loss: 10.0, jitter: 40, seed: 7, ..CallOptions::to(&url, turns) })
        .await
        .expect("the call goes through");
    assert!(report.turns[0].voice_to_voice_ms.is_some());
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_says_nothing_is_named_with_what_was_measured() {
    let folder = Folder::new("silent");
    let (url, server) = scripted_server(Duration::ZERO).await;
    let turns = vec![Turn::Speak { file: folder.tone() }];
    let outcome = run(CallOptions { patience: Duration::from_secs(1), ..CallOptions::to(&url, turns) }).await;
    let error = outcome.expect_err("nobody answers");
    assert!(error.to_string().ends_with("began within 1 s"), "{error}");
    assert_eq!(error.report().map(|report| report.turns.len()), Some(1));
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_went_wrong_is_said_in_a_sentence() {
    let call = |url: &str| run(CallOptions::to(url, vec![]));
    let free =
        TcpListener::bind("127.0.0.1:0").await.expect("loopback can be bound").local_addr().expect("it is bound");
    let refused = call(&format!("http://{free}")).await.expect_err("nothing listens");
    assert!(matches!(refused, CallError::Signal(SignalError::Refused { .. })), "{refused}");
    let full = serve(Router::new().fallback(async || {
        (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "3")], r#"{"detail":"All lines are in use."}"#)
    }))
    .await;
    let full = call(&full).await.expect_err("it is full");
    assert_eq!(full.to_string(), "the server takes no call now (503), try again in 3 s: All lines are in use.");
    let picky = serve(Router::new().fallback(async || (StatusCode::BAD_REQUEST, r#"{"detail":"No audio."}"#))).await;
    let picky = call(&picky).await.expect_err("it refuses");
    assert_eq!(picky.to_string(), "the server refused our SDP offer (400): No audio.");
    let nonsense = serve(Router::new().fallback(async || (StatusCode::CREATED, "v=0\r\nnonsense"))).await;
    let nonsense = call(&nonsense).await.expect_err("it is not SDP");
    assert!(matches!(nonsense, CallError::BadAnswer { .. }), "{nonsense}");
    let missing = run(CallOptions::to("http://127.0.0.1:1", vec![Turn::Speak { file: "missing.wav".into() }]))
        .await
        .expect_err("it is missing");
    assert!(missing.to_string().starts_with("missing.wav cannot be read as WAV"), "{missing}");
}
