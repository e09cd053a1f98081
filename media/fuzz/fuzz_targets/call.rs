//! Any inputs in any order through a whole call: every utterance and every item ends once, and time goes on.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use media::call::{Call, CallConfig, Carriage, Expect, Input, Judgement, Listen, Output};
use media::frame::Samples;
use media::leg::stream::Format;
use media::noise::Field;
use media::packet::Packet;
use media::transcript::{ItemId, Speech, UtteranceId, WordSpan};
use media::turn::TurnConfig;
use media::vad::Detector;
use std::time::{Duration, Instant};

#[derive(Arbitrary, Debug)]
enum Step {
    Packet { sequence: u16, timestamp: u32, payload: Vec<u8> },
    Next { payload: Vec<u8> },
    Wait { millis: u16 },
    Attached { stream: bool },
    Sound { bytes: Vec<u8> },
    Format { format: u8 },
    Listen { gather: bool, interrupts: bool },
    Noise { field: u8 },
    Commit,
    Forget,
    CutAt { item: u8, at: u32 },
    Unheard { item: u8, at: u32 },
    Lost { percent: f32 },
    Detached,
    Words { revision: u8, judgement: u8 },
    Score { revision: u8, probability: f32 },
    Play { item: u8, segment: u8, len: u16, from: u32, to: u32, segment_done: bool, item_done: bool },
    Cut,
    Drop { item: u8 },
    Expect { digits: bool },
}

fuzz_target!(|steps: Vec<Step>| {
    let mut now = Instant::now();
    let mut call = Call::new(CallConfig::new(Detector::Energy), now).expect("default settings are valid");
    let (mut sequence, mut timestamp, mut open) = (0_u16, 0_u32, None);
    for step in steps {
        let utterance = open.unwrap_or(UtteranceId(1));
        let input = match step {
            Step::Packet { sequence, timestamp, payload } => {
                Input::Packet(Packet { sequence, timestamp, marker: false, payload: Bytes::from(payload) })
            }
            Step::Next { payload } => {
                now += Duration::from_millis(20);
                (sequence, timestamp) = (sequence.wrapping_add(1), timestamp.wrapping_add(960));
                Input::Packet(Packet { sequence, timestamp, marker: false, payload: Bytes::from(payload) })
            }
            Step::Wait { millis } => {
                now += Duration::from_millis(u64::from(millis));
                Input::Tick
            }
            Step::Attached { stream } => Input::Attached(if stream { Carriage::Stream } else { Carriage::Packets }),
            Step::Sound { bytes } => {
                now += Duration::from_millis(20);
                Input::Sound(bytes)
            }
            Step::Format { format } => Input::Format(match format % 3 {
                0 => Format::Pcm,
                1 => Format::Pcmu,
                _ => Format::Pcma,
            }),
            Step::Listen { gather: true, .. } => Input::Listen(Listen::Gather),
            Step::Listen { interrupts, .. } => {
                Input::Listen(Listen::Turns { config: TurnConfig::default(), interrupts })
            }
            Step::Noise { field } => Input::Noise(match field % 3 {
                0 => None,
                1 => Some(Field::Near),
                _ => Some(Field::Far),
            }),
            Step::Commit => Input::Commit,
            Step::Forget => Input::Forget,
            Step::CutAt { item, at } => Input::CutAt { item: ItemId(u64::from(item)), at: Samples(u64::from(at)) },
            Step::Unheard { item, at } => Input::Unheard { item: ItemId(u64::from(item)), at: Samples(u64::from(at)) },
            Step::Lost { percent } => Input::Lost(percent),
            Step::Detached => Input::Detached,
            Step::Words { revision, judgement } => {
                let judgement = match judgement % 5 {
                    0 => Judgement::Nothing,
                    1 => Judgement::Backchannel,
                    2 => Judgement::Unfinished,
                    3 => Judgement::Open,
                    _ => Judgement::Finished,
                };
                Input::Words { utterance, revision: u32::from(revision), judgement }
            }
            Step::Score { revision, probability } => {
                Input::TurnScore { utterance, revision: u32::from(revision), probability }
            }
            Step::Play { item, segment, len, from, to, segment_done, item_done } => Input::Play(Speech {
                item: ItemId(u64::from(item)),
                segment: u32::from(segment),
                pcm: vec![1000; usize::from(len)],
                words: vec![WordSpan {
                    text_from: 0,
                    text_to: to,
                    from: Samples(u64::from(from)),
                    to: Samples(u64::from(to)),
                }],
                segment_done,
                item_done,
            }),
            Step::Cut => Input::Cut,
            Step::Drop { item } => Input::Drop(ItemId(u64::from(item))),
            Step::Expect { digits } => Input::Expect(if digits { Expect::Digits } else { Expect::Anything }),
        };
        call.handle(now, input);
        for outputs in 0.. {
            assert!(outputs < 4_000, "one step says a bounded amount");
            match call.poll() {
                Output::SpeechStarted { utterance, .. } | Output::Gathering { utterance } => assert!(open.replace(utterance).is_none()),
                Output::Ended { utterance, .. } | Output::Discarded { utterance } => {
                    assert_eq!(open.take(), Some(utterance));
                }
                Output::Timeout(_) => break,
                _ => {}
            }
        }
    }
});
