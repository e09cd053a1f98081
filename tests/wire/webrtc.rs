//! The webrtc crate's full stack as the caller, against our one-port server.

use bytes::Bytes;
use media::packet::{OutPacket, Packet};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::time::timeout;
use voxfare::caller::peer::{Heard, Peer, PeerConfig};
use voxfare::net::limits::{Bounds, Limits, Pace};
use voxfare::net::webrtc::{Config, Connected, OfferError, PeerCommand, PeerEvent, WebRtcServer};

fn server(calls_max: usize) -> WebRtcServer {
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    WebRtcServer::bind(Config { listen, public_addresses: vec![], tcp: true, calls_max })
        .expect("loopback can be bound")
}

fn udp() -> PeerConfig {
    PeerConfig { udp: vec!["127.0.0.1:0".to_owned()], tcp: vec![] }
}

/// Sends back everything it hears until the call ends; answers the reason and how many media packets came.
async fn echo(mut call: Connected) -> (&'static str, usize) {
    let mut packets = 0;
    while let Some(event) = call.from_peer.recv().await {
        let command = match event {
            PeerEvent::Media(Packet { timestamp, marker, payload, .. }) => {
                packets += 1;
                PeerCommand::Media(OutPacket { timestamp, marker, payload })
            }
            PeerEvent::Text(text) => PeerCommand::Text(text),
            PeerEvent::Closed { reason } => return (reason, packets),
            PeerEvent::Connected | PeerEvent::ControlOpen | PeerEvent::Digit(_) | PeerEvent::Report(_) => continue,
        };
        if call.to_peer.send(command).await.is_err() {
            return ("gone", packets);
        }
    }
    ("no last word", packets)
}

/// A connected peer whose control channel is open.
async fn call(server: &WebRtcServer, config: PeerConfig) -> (Peer, mpsc::Receiver<Heard>, Connected) {
    call_at(server, config, None).await
}

/// The same, at this pace.
async fn call_at(
    server: &WebRtcServer,
    config: PeerConfig,
    pace: Option<Pace>,
) -> (Peer, mpsc::Receiver<Heard>, Connected) {
    let (peer, offer, mut heard) = Peer::offer(config).await.expect("an offer can be made");
    let connected = server.accept(&offer, pace).expect("the offer is good");
    peer.answered(&connected.answer_sdp).await.expect("the answer is good");
    let up = async {
        let (mut up, mut open) = (false, false);
        while !(up && open) {
            match heard.recv().await.expect("the peer lives") {
                Heard::Connected => up = true,
                Heard::ChannelOpen => open = true,
                other => panic!("unexpected {other:?}"),
            }
        }
    };
    timeout(Duration::from_secs(20), up).await.expect("the call connects");
    (peer, heard, connected)
}

/// Sends `count` packets at their pace and one text, and counts what comes back.
async fn exchange(peer: &Peer, heard: &mut mpsc::Receiver<Heard>, count: u16) -> (usize, Vec<String>) {
    let sending = async {
        let mut pace = tokio::time::interval(Duration::from_millis(20));
        peer.say(r#"{"type":"response.create"}"#).await.expect("the channel is open");
        for n in 0..count {
            pace.tick().await;
            let payload = Bytes::from(vec![0xf8, (n >> 8) as u8, n as u8]);
            peer.send(n, u32::from(n) * 960, n == 0, payload).await.expect("the call is up");
        }
    };
    let hearing = async {
        let (mut packets, mut texts) = (0, Vec::new());
        while packets < usize::from(count) || texts.is_empty() {
            match timeout(Duration::from_secs(3), heard.recv()).await {
                Ok(Some(Heard::Rtp { .. })) => packets += 1,
                Ok(Some(Heard::Text { text, .. })) => texts.push(text),
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => break,
            }
        }
        (packets, texts)
    };
    tokio::join!(sending, hearing).1
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_calls_share_one_port() {
    let server = server(20);
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let server = server.clone();
        callers.spawn(async move {
            let (peer, mut heard, connected) = call(&server, udp()).await;
            let echoing = tokio::spawn(echo(connected));
            let back = exchange(&peer, &mut heard, 50).await;
            peer.close().await;
            (back, echoing.await.expect("the echo lives"))
        });
    }
    while let Some(done) = callers.join_next().await {
        let ((packets, texts), (reason, arrived)) = done.expect("no caller panics");
        // Loopback with twenty calls on busy cores may lose a packet in a full queue, not more.
        assert!(packets >= 45, "{packets} of 50 came back, {arrived} arrived");
        assert_eq!(texts, [r#"{"type":"response.create"}"#]);
        assert_eq!(reason, "peer");
    }
    server.close().await;
    assert_eq!(server.calls(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_can_run_over_tcp_alone() {
    let server = server(1);
    let (peer, mut heard, connected) =
        call(&server, PeerConfig::tcp_only().expect("the system tells its addresses")).await;
    let echoing = tokio::spawn(echo(connected));
    let (packets, texts) = exchange(&peer, &mut heard, 50).await;
    assert_eq!((packets, texts.len()), (50, 1));
    peer.close().await;
    assert_eq!(echoing.await.expect("the echo lives").0, "peer");
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_does_not_disturb_a_call() {
    let server = server(2);
    let (peer, mut heard, connected) = call(&server, udp()).await;
    let echoing = tokio::spawn(echo(connected));
    let target = server.addresses()[0];
    let noise = tokio::spawn(async move {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("loopback can be bound");
        let mut pace = tokio::time::interval(Duration::from_millis(2));
        for n in 0..400u32 {
            pace.tick().await;
            let bytes: Vec<u8> = (0..n % 300).map(|i| (i.wrapping_mul(2_654_435_761) ^ n) as u8).collect();
            socket.send_to(&bytes, target).await.expect("loopback takes it");
        }
    });
    for offer in ["", "hello", "v=0\r\n", "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n"] {
        assert!(matches!(server.accept(offer, None), Err(OfferError::Sdp(_))), "{offer:?}");
    }
    let sections = format!("v=0\r\n{}", "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n".repeat(1000));
    assert!(matches!(server.accept(&sections, None), Err(OfferError::Sdp(_))));
    let (packets, texts) = exchange(&peer, &mut heard, 50).await;
    noise.await.expect("the noise ends");
    assert_eq!((packets, texts.len()), (50, 1));
    // Refused offers leave no place taken.
    assert_eq!(server.calls(), 1);
    peer.close().await;
    assert_eq!(echoing.await.expect("the echo lives").0, "peer");
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_too_fast_is_heard_later_in_order_while_the_sound_goes_on() {
    let server = server(1);
    let bounds = Bounds { openings_per_minute: 0, events_per_second: 40, bytes_per_second: 0 };
    let pace = Limits::new(bounds).pace(Some("caller"));
    let (peer, mut heard, connected) = call_at(&server, udp(), pace).await;
    let echoing = tokio::spawn(echo(connected));
    // Two hundred are five seconds' worth, and taken at once; the others come at their pace.
    let began = Instant::now();
    for n in 0..240 {
        peer.say(&n.to_string()).await.expect("the channel is open");
    }
    let sending = async {
        let mut pace = tokio::time::interval(Duration::from_millis(20));
        for n in 0..40_u16 {
            pace.tick().await;
            peer.send(n, u32::from(n) * 960, n == 0, Bytes::from_static(b"\xf8")).await.expect("the call is up");
        }
    };
    let hearing = async {
        let (mut texts, mut packets, mut at_last) = (Vec::new(), 0, None);
        while texts.len() < 240 {
            match timeout(Duration::from_secs(10), heard.recv()).await.expect("it comes").expect("the peer lives") {
                Heard::Text { text, .. } => {
                    texts.push(text.parse::<usize>().expect("a number"));
                    at_last = Some(began.elapsed());
                }
                Heard::Rtp { .. } => packets += 1,
                _ => {}
            }
        }
        (texts, packets, at_last.expect("the last came"))
    };
    let ((), (texts, packets, took)) = tokio::join!(sending, hearing);
    assert_eq!(texts, (0..240).collect::<Vec<_>>(), "nothing is lost, and all is in order");
    assert!(took > Duration::from_millis(800), "{took:?}");
    assert!(packets > 20, "the sound went on meanwhile: {packets}");
    peer.close().await;
    echoing.await.expect("the echo lives");
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_server_says_so_and_a_hung_up_line_is_free_again() {
    let server = server(1);
    let (first, _heard, mut connected) = call(&server, udp()).await;
    let (second, offer, _heard_second) = Peer::offer(udp()).await.expect("an offer can be made");
    assert_eq!(server.accept(&offer, None).err(), Some(OfferError::Full { calls_max: 1 }));
    connected.to_peer.send(PeerCommand::Close).await.expect("the call lives");
    while let Some(event) = connected.from_peer.recv().await {
        if let PeerEvent::Closed { reason } = event {
            assert_eq!(reason, "local");
        }
    }
    assert_eq!(server.calls(), 0);
    assert!(server.accept(&offer, None).is_ok());
    first.close().await;
    second.close().await;
    server.close().await;
    assert_eq!(server.accept(&offer, None).err(), Some(OfferError::Closing));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_cycles_leave_nothing_behind() {
    let server = server(8);
    let (peer, offer, _heard) = Peer::offer(udp()).await.expect("an offer can be made");
    for _ in 0..200 {
        let mut connected = server.accept(&offer, None).expect("a line is free");
        connected.to_peer.send(PeerCommand::Close).await.expect("the call lives");
        let mut last = None;
        while let Some(event) = connected.from_peer.recv().await {
            last = Some(event);
        }
        assert!(matches!(last, Some(PeerEvent::Closed { reason: "local" })), "{last:?}");
    }
    assert_eq!(server.calls(), 0);
    peer.close().await;
    // Returns only when every task has ended.
    timeout(Duration::from_secs(5), server.close()).await.expect("every task ends");
}
