//! The leg against the sans-IO peer connection of the same project as the offerer, on a virtual clock and without a network.

use super::*;
use proptest::prelude::*;
use rtc::peer_connection::configuration::interceptor_registry::configure_rtcp_reports;
use rtc::rtp_transceiver::RTCRtpTransceiverInit;

const LEG: ([u8; 4], u16) = ([10, 0, 0, 1], 3478);
const CALLER: ([u8; 4], u16) = ([10, 0, 0, 2], 5000);
const CALLER_SSRC: u32 = 4242;
/// One way.
const LATENCY: Duration = Duration::from_millis(20);

/// Whether a datagram is lost, by its number and its bytes.
type Loses = dyn FnMut(usize, &[u8]) -> bool;

/// A leg and an offerer with a link between them.
struct Pair {
    now: Instant,
    born: Instant,
    leg: WebRtcLeg,
    caller: RTCPeerConnection,
    channel: Option<usize>,
    /// What travels: when it arrives, whether at the leg, and its bytes.
    wire: VecDeque<(Instant, bool, Bytes)>,
    cut: bool,
    /// Which datagrams never arrive, of all that are sent: the number, and its bytes.
    lost: Box<Loses>,
    sent: usize,
    from_leg: Vec<LegOutput>,
    texts: Vec<String>,
    packets: Vec<rtp::Packet>,
}

fn config() -> LegConfig {
    LegConfig {
        candidates: vec![LEG.into()],
        tcp_candidates: vec![],
        ice_lite: true,
        identity: Identity::generate().expect("the crypto library works"),
        ufrag: "legslegslegslegs".to_owned(),
        password: "passpasspasspasspasspasspasspass".to_owned(),
        ssrc: 77,
        first_sequence: 65_530,
        timestamp_offset: 1000,
    }
}

fn offerer(now: Instant) -> (RTCPeerConnection, String) {
    let mut media = MediaEngine::default();
    media
        .register_codec(RTCRtpCodecParameters { rtp_codec: opus(), payload_type: 96 }, RtpCodecKind::Audio)
        .expect("Opus is known");
    let mut caller = RTCPeerConnectionBuilder::new()
        .with_media_engine(media)
        .with_setting_engine(SettingEngineBuilder::new().with_crypto_provider(identity::crypto()).build())
        .with_interceptor_registry(configure_rtcp_reports(Registry::new()))
        .build(now)
        .expect("a caller can be built");
    caller.add_track(outgoing_track(CALLER_SSRC)).expect("it takes a track");
    caller.create_data_channel("oai-events", None).expect("it takes a channel");
    add_candidate(&mut caller, CALLER.into(), false).expect("it takes a candidate");
    let offer = caller.create_offer(None).expect("it offers");
    let sdp = offer.sdp.clone();
    caller.set_local_description(now, offer).expect("it takes its own offer");
    (caller, sdp)
}

impl Pair {
    fn new() -> Self {
        let now = Instant::now();
        let (mut caller, offer) = offerer(now);
        let (leg, answer) = WebRtcLeg::answer(now, &offer, config()).expect("the offer is good");
        caller
            .set_remote_description(now, RTCSessionDescription::answer(answer).expect("it is SDP"))
            .expect("the answer fits");
        Self {
            now,
            born: now,
            leg,
            caller,
            channel: None,
            wire: VecDeque::new(),
            cut: false,
            lost: Box::new(|_, _| false),
            sent: 0,
            from_leg: vec![],
            texts: vec![],
            packets: vec![],
        }
    }

    fn tell(&mut self, input: LegInput) {
        self.leg.handle(self.now, input);
        self.drain();
    }

    /// Lets everything both ends have to say onto the wire or into the lists; answers the leg's next timeout.
    fn drain(&mut self) -> Option<Instant> {
        let due = self.now + LATENCY;
        let leg_timeout = loop {
            match self.leg.poll() {
                LegOutput::Transmit { destination, source, tcp, bytes } => {
                    assert_eq!((destination, source, tcp), (CALLER.into(), LEG.into(), false));
                    self.sends(due, false, bytes);
                }
                LegOutput::Timeout(at) => break at,
                other => self.from_leg.push(other),
            }
        };
        while let Some(event) = self.caller.poll_event() {
            if let RTCPeerConnectionEvent::OnDataChannel(RTCDataChannelEvent::OnOpen(id)) = event {
                self.channel = Some(id);
            }
        }
        while let Some(message) = self.caller.poll_read() {
            match message.message {
                RTCMessage::DataChannelMessage(_, message) => {
                    self.texts.push(String::from_utf8_lossy(&message.data).into_owned())
                }
                RTCMessage::RtpPacket(_, packet) => self.packets.push(packet),
                _ => {}
            }
        }
        while let Some(out) = self.caller.poll_write() {
            self.sends(due, true, out.message.freeze());
        }
        leg_timeout
    }

    fn sends(&mut self, due: Instant, to_leg: bool, bytes: Bytes) {
        self.sent += 1;
        if !self.cut && !(self.lost)(self.sent, &bytes) {
            self.wire.push_back((due, to_leg, bytes));
        }
    }

    /// Advances to the next thing that happens, not beyond `until`.
    fn step(&mut self, until: Instant) {
        let leg_timeout = self.drain();
        let arrival = self.wire.front().map(|(at, ..)| *at);
        let next = [arrival, leg_timeout, self.caller.poll_timeout()].into_iter().flatten().min().unwrap_or(until);
        // A timer that is already due must not stop the clock.
        self.now = next.max(self.now + Duration::from_micros(100)).min(until);
        while self.wire.front().is_some_and(|(at, ..)| *at <= self.now) {
            let Some((_, to_leg, bytes)) = self.wire.pop_front() else { break };
            self.arrive(to_leg, bytes);
        }
        self.leg.handle(self.now, LegInput::Tick);
        self.caller.handle_timeout(self.now).expect("the caller's timers work");
        self.drain();
    }

    fn arrive(&mut self, to_leg: bool, bytes: Bytes) {
        if to_leg {
            self.tell(LegInput::Datagram { source: CALLER.into(), destination: LEG.into(), tcp: false, bytes });
        } else {
            let transport = TransportContext {
                local_addr: CALLER.into(),
                peer_addr: LEG.into(),
                transport_protocol: TransportProtocol::UDP,
                ecn: None,
            };
            let message = TaggedBytesMut { now: self.now, transport, message: BytesMut::from(&bytes[..]) };
            self.caller.handle_read(message).expect("the caller reads");
            self.drain();
        }
    }

    fn run(&mut self, time: Duration) {
        let until = self.now + time;
        for _ in 0..200_000 {
            if self.now >= until {
                return;
            }
            self.step(until);
        }
        panic!("more steps than any run needs");
    }

    fn connect(&mut self) {
        for _ in 0..40 {
            self.run(Duration::from_millis(100));
            if self.channel.is_some() && self.from_leg.contains(&LegOutput::ControlOpen) {
                return;
            }
        }
        panic!("not connected: {:?}", self.from_leg);
    }

    fn caller_sends(&mut self, n: u16) {
        let header = rtp::header::Header {
            version: 2,
            payload_type: 96,
            sequence_number: n,
            timestamp: u32::from(n) * 960,
            ssrc: CALLER_SSRC,
            ..Default::default()
        };
        let packet = rtp::Packet { header, payload: Bytes::from_static(&[0xf8, 1, 2]) };
        let message = RTCMessage::RtpPacket(TRACK_ID.to_owned(), packet);
        self.caller.handle_write(TaggedRTCMessage { now: self.now, message }).expect("the caller sends");
    }

    fn closed(&self) -> Option<(&'static str, Duration)> {
        self.from_leg.iter().find_map(|output| match output {
            LegOutput::Closed { reason } => Some((*reason, self.now - self.born)),
            _ => None,
        })
    }
}

#[test]
fn media_text_and_reports_go_both_ways() {
    let mut pair = Pair::new();
    pair.tell(LegInput::Text("before the channel is open".to_owned()));
    pair.connect();
    assert!(pair.from_leg.contains(&LegOutput::Connected));
    let channel = pair.channel.expect("it is open");
    pair.caller.data_channel(channel).expect("it is open").send_text(pair.now, "hello").expect("it is open");
    for n in 0..400u16 {
        pair.caller_sends(n);
        let payload = Bytes::from_static(&[0xf8, 3, 4]);
        pair.tell(LegInput::Media(OutPacket { timestamp: u32::from(n) * 960, marker: n == 0, payload }));
        pair.run(Duration::from_millis(20));
    }
    pair.tell(LegInput::Text("after".to_owned()));
    pair.run(Duration::from_millis(200));
    assert_eq!(pair.texts, ["before the channel is open", "after"]);
    assert!(pair.from_leg.contains(&LegOutput::Text("hello".to_owned())));
    let media: Vec<&Packet> = pair
        .from_leg
        .iter()
        .filter_map(|output| if let LegOutput::Media(packet) = output { Some(packet) } else { None })
        .collect();
    assert_eq!((media.len(), media[5].sequence, media[5].timestamp), (400, 5, 4800));
    assert_eq!(pair.packets.len(), 400);
    let first = &pair.packets[0].header;
    assert_eq!(
        (first.payload_type, first.sequence_number, first.timestamp, first.ssrc, first.marker),
        (96, 65_530, 1000, 77, true)
    );
    assert_eq!(pair.packets[399].header.sequence_number, 65_530u16.wrapping_add(399));
    let last = pair.from_leg.iter().rev().find_map(|output| match output {
        LegOutput::Report { loss_percent, jitter_ms, rtt_ms, .. } => Some((*loss_percent, *jitter_ms, *rtt_ms)),
        _ => None,
    });
    let (loss, jitter, rtt) = last.expect("eight seconds have a report");
    assert!(loss == 0.0 && jitter < 1.0, "loss {loss} %, jitter {jitter} ms");
    assert!((39.0..43.0).contains(&rtt), "round trip {rtt} ms");
}

/// Datagrams of one seeded line that loses.
fn losing(percent: u64, seed: u64) -> impl FnMut(usize, &[u8]) -> bool {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move |_, _| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % 1000 < percent * 10
    }
}

#[test]
fn a_handshake_survives_the_loss_of_any_of_its_datagrams() {
    for nth in 1..8 {
        let mut pair = Pair::new();
        let mut count = 0;
        pair.lost = Box::new(move |_, bytes| {
            count += usize::from(Handshake::is(bytes));
            Handshake::is(bytes) && count == nth
        });
        pair.connect();
    }
}

#[test]
fn calls_connect_over_lines_that_lose_a_tenth() {
    let mut took: Vec<Duration> = (1..=100)
        .map(|seed| {
            let mut pair = Pair::new();
            pair.lost = Box::new(losing(10, seed));
            // The control channel's own clock doubles from one second: four losses in a row take sixteen.
            for _ in 0..300 {
                pair.run(Duration::from_millis(100));
                if pair.from_leg.contains(&LegOutput::ControlOpen) {
                    return pair.now - pair.born;
                }
            }
            panic!("seed {seed} never connected: {:?}", pair.from_leg);
        })
        .collect();
    took.sort();
    assert!(took[90] < Duration::from_secs(6), "nine of ten within {:?}", took[90]);
    println!("half within {:?}, nine of ten within {:?}, all within {:?}", took[50], took[90], took[99]);
}

#[test]
fn a_caller_who_falls_silent_is_gone_after_seven_seconds() {
    let mut pair = Pair::new();
    pair.connect();
    let silent_from = pair.now - pair.born;
    pair.cut = true;
    pair.run(CONSENT_LOSS + Duration::from_millis(100));
    let (reason, at) = pair.closed().expect("it noticed");
    assert_eq!(reason, "timeout");
    assert!(at >= silent_from + CONSENT_LOSS - Duration::from_secs(3), "{at:?}");
}

#[test]
fn a_caller_who_never_comes_is_given_up() {
    let mut pair = Pair::new();
    pair.cut = true;
    pair.run(CONNECT_MAX - Duration::from_millis(10));
    assert_eq!(pair.closed(), None);
    pair.run(Duration::from_millis(20));
    assert_eq!(pair.closed().map(|(reason, _)| reason), Some("never connected"));
    assert_eq!(pair.leg.poll(), LegOutput::Timeout(None));
    // Closed is closed: nothing wakes it.
    pair.tell(LegInput::Text("late".to_owned()));
    assert_eq!(pair.leg.poll(), LegOutput::Timeout(None));
}

#[test]
fn hanging_up_is_heard_at_once_on_either_side() {
    let mut pair = Pair::new();
    pair.connect();
    pair.caller.close().expect("the caller hangs up");
    pair.run(Duration::from_millis(100));
    assert_eq!(pair.closed().map(|(reason, _)| reason), Some("peer"));
    let mut pair = Pair::new();
    pair.connect();
    pair.tell(LegInput::Close);
    assert_eq!(pair.closed().map(|(reason, _)| reason), Some("local"));
    assert!(!pair.wire.is_empty(), "a goodbye is on the wire");
}

#[test]
fn what_others_send_is_not_answered() {
    let mut pair = Pair::new();
    let stranger = ([10, 0, 0, 9], 9).into();
    for bytes in [&b""[..], b"x", &[0; 20], &[0x16; 200], &[0x80; 60], &[0; DATAGRAM_BYTES_MAX + 1]] {
        let input = LegInput::Datagram {
            source: stranger,
            destination: LEG.into(),
            tcp: false,
            bytes: Bytes::copy_from_slice(bytes),
        };
        // The pair's drain asserts that nothing is sent anywhere but to the caller.
        pair.tell(input);
    }
    pair.connect();
}

#[test]
fn an_answer_is_complete_in_itself() {
    let (_, offer) = offerer(Instant::now());
    let (leg, answer) = WebRtcLeg::answer(Instant::now(), &offer, config()).expect("the offer is good");
    assert_eq!(leg.ufrag(), "legslegslegslegs");
    let wanted = [
        "a=ice-lite",
        "a=ice-ufrag:legslegslegslegs",
        "a=setup:passive",
        "a=rtcp-mux",
        "a=rtpmap:96 opus/48000/2",
        "a=fmtp:96 minptime=10;useinbandfec=1;usedtx=1",
        "a=end-of-candidates",
    ];
    for line in wanted {
        assert!(answer.lines().any(|other| other == line), "{line} is missing in\n{answer}");
    }
    assert_eq!(answer.lines().filter(|line| line.starts_with("a=candidate:")).count(), 1, "{answer}");
}

#[test]
fn an_offer_with_video_is_answered_with_audio_alone() {
    let now = Instant::now();
    let mut caller = RTCPeerConnectionBuilder::new()
        .with_media_engine({
            let mut media = MediaEngine::default();
            media.register_default_codecs().expect("they are known");
            media
        })
        .with_setting_engine(SettingEngineBuilder::new().with_crypto_provider(identity::crypto()).build())
        .build(now)
        .expect("a caller can be built");
    for kind in [RtpCodecKind::Audio, RtpCodecKind::Video] {
        let init = RTCRtpTransceiverInit {
            direction: rtc::rtp_transceiver::RTCRtpTransceiverDirection::Recvonly,
            streams: vec![],
            send_encodings: vec![],
        };
        caller.add_transceiver_from_kind(kind, Some(init)).expect("it takes a transceiver");
    }
    let offer = caller.create_offer(None).expect("it offers").sdp;
    let (_, answer) = WebRtcLeg::answer(now, &offer, config()).expect("the audio is good");
    assert!(answer.contains("m=video 0 "), "{answer}");
    assert!(answer.contains("m=audio 9 "), "{answer}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_offer_makes_it_panic(cuts in proptest::collection::vec((0usize..3000, 0usize..40, any::<char>()), 0..6)) {
        let (_, mut offer) = offerer(Instant::now());
        for (at, length, with) in cuts {
            let from = at.min(offer.len());
            let to = (from + length).min(offer.len());
            if offer.is_char_boundary(from) && offer.is_char_boundary(to) {
                offer.replace_range(from..to, &with.to_string());
            }
        }
        let _ = WebRtcLeg::answer(Instant::now(), &offer, config());
    }

    #[test]
    fn no_datagram_makes_it_panic(datagrams in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 0..20)) {
        let (_, offer) = offerer(Instant::now());
        let now = Instant::now();
        let (mut leg, _) = WebRtcLeg::answer(now, &offer, config()).expect("the offer is good");
        for bytes in datagrams {
            leg.handle(now, LegInput::Datagram { source: CALLER.into(), destination: LEG.into(), tcp: false, bytes: bytes.into() });
            while !matches!(leg.poll(), LegOutput::Timeout(_)) {}
        }
    }
}
