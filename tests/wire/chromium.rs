//! A real Chromium as the caller: its own offer, its fake microphone, its data channel. Passes over where no Chromium is installed.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::{get, post};
use media::packet::{OutPacket, Packet};
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::time::timeout;
use voxfare::net::webrtc::{Config, Connected, PeerCommand, PeerEvent, WebRtcServer};

#[derive(Clone)]
struct Page {
    server: WebRtcServer,
    seen: mpsc::Sender<Seen>,
}

/// What either end reports.
#[derive(Debug)]
enum Seen {
    Browser(Value),
    Server { packets: usize, reports: Vec<(f32, f32, f32)>, reason: &'static str },
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chromium_talks_to_us() {
    let Some(browser) = installed_browser() else {
        eprintln!("no Chromium here: nothing tested");
        return;
    };
    let listen = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let server = WebRtcServer::bind(Config { listen, public_addresses: vec![], tcp: true, calls_max: 4 })
        .expect("the wildcard can be bound");
    let (seen, mut sightings) = mpsc::channel(8);
    let page = Page { server: server.clone(), seen };
    let router = Router::new()
        .route("/", get(|| async { Html(include_str!("chromium.html")) }))
        .route("/v1/realtime/calls", post(answer))
        .route("/report", post(report))
        .with_state(page);
    let http = TcpListener::bind("127.0.0.1:0").await.expect("loopback can be bound");
    let url = format!("http://{}/", http.local_addr().expect("it is bound"));
    let serving = tokio::spawn(async move { axum::serve(http, router).await });
    let profile = std::env::temp_dir().join(format!("voxfare-chromium-{}", std::process::id()));
    let mut chromium = Command::new(browser)
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
        ])
        .args(["--autoplay-policy=no-user-gesture-required", "--no-first-run", "--disable-dev-shm-usage"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(&url)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("Chromium starts");
    let mut both = (None, None);
    while both.0.is_none() || both.1.is_none() {
        match timeout(Duration::from_secs(60), sightings.recv())
            .await
            .expect("both ends report")
            .expect("the page lives")
        {
            Seen::Browser(value) => both.0 = Some(value),
            Seen::Server { packets, reports, reason } => both.1 = Some((packets, reports, reason)),
        }
    }
    chromium.kill().await.expect("Chromium ends");
    serving.abort();
    server.close().await;
    let _left_over = std::fs::remove_dir_all(profile);
    let (browser, (packets, reports, reason)) = (both.0.expect("seen"), both.1.expect("seen"));
    println!("browser: {browser:#}\nserver: {packets} packets, reports {reports:?}, ended by {reason}");
    assert_eq!(browser["error"], Value::Null);
    assert_eq!(browser["texts"], serde_json::json!(["grüezi"]));
    // The fake microphone beeps once a second and is silent between, where Chromium sends next to nothing: we asked for that.
    assert!(packets > 60, "{packets}");
    assert!(browser["received"].as_u64() > Some(60), "{browser}");
    // The fake microphone beeps: what comes back must not be silence.
    assert!(browser["energy"].as_f64() > Some(0.001), "{browser}");
    assert_eq!(reason, "peer");
}

async fn answer(State(page): State<Page>, offer: String) -> (StatusCode, String) {
    match page.server.accept(&offer, None) {
        Ok(call) => {
            let sdp = call.answer_sdp.clone();
            tokio::spawn(echo(call, page.seen));
            (StatusCode::CREATED, sdp)
        }
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()),
    }
}

async fn report(State(page): State<Page>, body: String) {
    let value = serde_json::from_str(&body).expect("the page sends JSON");
    page.seen.send(Seen::Browser(value)).await.expect("the test waits");
}

async fn echo(mut call: Connected, seen: mpsc::Sender<Seen>) {
    let (mut packets, mut reports, mut ended) = (0, Vec::new(), "no last word");
    while let Some(event) = call.from_peer.recv().await {
        let command = match event {
            PeerEvent::Media(Packet { timestamp, marker, payload, .. }) => {
                packets += 1;
                PeerCommand::Media(OutPacket { timestamp, marker, payload })
            }
            PeerEvent::Text(text) => PeerCommand::Text(text),
            PeerEvent::Report(link) => {
                reports.push((link.loss_percent, link.jitter_ms, link.rtt_ms));
                continue;
            }
            PeerEvent::Closed { reason } => {
                ended = reason;
                break;
            }
            PeerEvent::Connected | PeerEvent::ControlOpen | PeerEvent::Digit(_) => continue,
        };
        // A call that is closing takes nothing more, but its last word still comes.
        let _closing = call.to_peer.send(command).await;
    }
    seen.send(Seen::Server { packets, reports, reason: ended }).await.expect("the test waits");
}

fn installed_browser() -> Option<&'static str> {
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
        .into_iter()
        .find(|path| std::path::Path::new(path).exists())
}
