//! Any datagrams at any time into a leg: STUN, DTLS, SRTP, SRTCP or none of them. No panic, and always a later time.
#![no_main]

mod leg;

use bytes::Bytes;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use media::leg::webrtc::{LegInput, LegOutput, WebRtcLeg};
use std::time::{Duration, Instant};

#[derive(Arbitrary, Debug)]
struct Step {
    wait_ms: u16,
    port: u16,
    tcp: bool,
    body: Body,
}

#[derive(Arbitrary, Debug)]
enum Body {
    Any(Vec<u8>),
    /// A STUN message with its magic cookie and any attributes behind our user name.
    Stun {
        kind: u16,
        named: bool,
        rest: Vec<u8>,
    },
    /// A DTLS record of any content.
    Dtls {
        kind: u8,
        epoch: u16,
        sequence: u32,
        body: Vec<u8>,
    },
    /// RTP or RTCP by its first bytes.
    Rtp {
        second: u8,
        sequence: u16,
        timestamp: u32,
        ssrc: u32,
        body: Vec<u8>,
    },
    Text(String),
    Nothing,
}

fuzz_target!(|steps: Vec<Step>| {
    let mut now = Instant::now();
    let (mut leg, _) = WebRtcLeg::answer(now, leg::OFFER, leg::config()).expect("the offer is a browser's");
    for step in steps.into_iter().take(64) {
        now += Duration::from_millis(u64::from(step.wait_ms));
        let datagram = |bytes: Vec<u8>| LegInput::Datagram {
            source: ([10, 0, 0, 2], step.port).into(),
            destination: ([10, 0, 0, 1], 3478).into(),
            tcp: step.tcp,
            bytes: Bytes::from(bytes),
        };
        let input = match step.body {
            Body::Any(bytes) => datagram(bytes),
            Body::Stun { kind, named, rest } => datagram(stun(kind, named, &rest)),
            Body::Dtls { kind, epoch, sequence, body } => datagram(dtls(kind, epoch, sequence, &body)),
            Body::Rtp { second, sequence, timestamp, ssrc, body } => {
                let mut bytes = vec![0x80, second];
                bytes.extend(sequence.to_be_bytes());
                bytes.extend(timestamp.to_be_bytes());
                bytes.extend(ssrc.to_be_bytes());
                bytes.extend(body);
                datagram(bytes)
            }
            Body::Text(text) => LegInput::Text(text),
            Body::Nothing => LegInput::Tick,
        };
        leg.handle(now, input);
        for outputs in 0.. {
            assert!(outputs < 10_000, "one step says a bounded amount");
            if let LegOutput::Timeout(_) = leg.poll() {
                break;
            }
        }
    }
});

fn stun(kind: u16, named: bool, rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    if named {
        let name = b"legslegslegslegs:AbCd";
        body.extend([0, 6, 0, name.len() as u8]);
        body.extend(name);
        body.extend([0; 3]);
    }
    body.extend(rest);
    let mut bytes = (kind & 0x3fff).to_be_bytes().to_vec();
    bytes.extend((body.len() as u16).to_be_bytes());
    bytes.extend([0x21, 0x12, 0xa4, 0x42]);
    bytes.extend([7; 12]);
    bytes.extend(body);
    bytes
}

fn dtls(kind: u8, epoch: u16, sequence: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![20 + kind % 44, 254, 253];
    bytes.extend((epoch % 3).to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend(sequence.to_be_bytes());
    bytes.extend((body.len() as u16).to_be_bytes());
    bytes.extend(body);
    bytes
}
