//! Drives one session for the benches: recorded speech in, effects answered at once. It opens nothing and waits for nothing.

use agent::dialogue::{Clock, Dialogue, DialogueConfig};
use agent::trip::{Code3, Place};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use media::call::{Call, CallConfig};
use media::codec::opus::{Encoder, FRAME_TICKS, OpusConfig};
use media::codec::resample::{Resampler, to_i16};
use media::frame::{FRAME_SAMPLES, Frame, INNER_RATE_HZ, Samples};
use media::packet::Packet;
use media::transcript::WordSpan;
use media::vad::{Detector, VadModel};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use voxfare::session::event::{
    Breakdown, EffectId, Failure, Input, Interruptible, Outcome, Output, SpeechPiece, Transcript,
};
use voxfare::session::machine::{Bounds, Machine, Setup};

/// One frame.
pub(crate) const TICK: Duration = Duration::from_millis(20);

/// A session whose engines answer within the step that asked them.
pub(crate) struct Session {
    machine: Machine,
    wakes: Option<Instant>,
    /// What the recogniser hears.
    pub(crate) hears: &'static str,
    /// Breakdowns told so far.
    pub(crate) turns: Vec<Breakdown>,
    /// Wall time spent inside the machine.
    pub(crate) worked: Duration,
}

impl Session {
    /// A session begun at `now`, attached and with its events flowing.
    pub(crate) fn start(number: u64, detector: &Detector, now: Instant) -> Self {
        Self::start_on(number, detector, now, false)
    }

    /// The same on a stream, where sound travels in events.
    #[allow(dead_code, reason = "each bench takes what it needs")]
    pub(crate) fn start_streaming(number: u64, detector: &Detector, now: Instant) -> Self {
        Self::start_on(number, detector, now, true)
    }

    fn start_on(number: u64, detector: &Detector, now: Instant, stream: bool) -> Self {
        let call = Call::new(CallConfig::new(detector.clone()), now).expect("libopus takes its own defaults");
        let began = Timestamp::from_second(1_795_000_000).expect("a time in 2026");
        let config =
            DialogueConfig { home: Code3::parse("BOS").map(Place::City), seed: number, ..DialogueConfig::default() };
        let dialogue = Dialogue::new(config, Clock::new(began, TimeZone::UTC));
        let setup = Setup {
            id: format!("bench{number}"),
            resume_token: String::new(),
            resume_expires_at: 0,
            resume_within: Duration::from_secs(60),
            session_max: Duration::from_secs(3600),
            voice: String::new(),
            language: "en".to_owned(),
            prompt: String::new(),
            greets: !stream,
            session: None,
            tells_created: false,
            bounds: Bounds::default(),
            began_ms: began.as_millisecond(),
        };
        let machine = Machine::new(setup, call, dialogue, now);
        let (hears, turns) = ("What can you do?", Vec::new());
        let mut session = Self { machine, wakes: None, hears, turns, worked: Duration::ZERO };
        session.give(now, Input::Attached { resumed: false, stream, after: None });
        session.give(now, Input::ControlOpen);
        session
    }

    /// Gives what is due by the clock alone, as often as it is due.
    pub(crate) fn tick(&mut self, now: Instant) {
        for _ in 0..64 {
            let Some(due) = self.wakes.filter(|at| *at <= now) else { return };
            self.give(due.max(now), Input::Tick);
        }
    }

    /// Gives one input and answers every effect that follows from it.
    pub(crate) fn give(&mut self, now: Instant, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            let began = Instant::now();
            self.machine.handle(now, input);
            let outputs: Vec<Output> = std::iter::from_fn(|| match self.machine.poll() {
                Output::Timeout(at) => {
                    self.wakes = at;
                    None
                }
                output => Some(output),
            })
            .collect();
            self.worked += began.elapsed();
            for output in outputs {
                match output {
                    Output::Run(id, _, effect) => answers(id, &effect, self.hears, &mut inputs),
                    Output::Measured(breakdown) => self.turns.push(breakdown),
                    _ => {}
                }
            }
        }
    }
}

/// What engines without any latency answer; the last one comes first, as from a stack.
fn answers(id: EffectId, effect: &Interruptible, hears: &str, inputs: &mut Vec<Input>) {
    let mut push = |outcome| inputs.push(Input::Effect { id, outcome });
    match effect {
        Interruptible::Hear { .. } => {
            push(Outcome::Heard(Ok(Transcript { text: hears.to_owned(), ..Transcript::default() })));
        }
        Interruptible::Score { .. } => push(Outcome::Scored(Ok(0.95))),
        Interruptible::Speak { text, .. } => {
            push(Outcome::Spoken(Ok(())));
            push(Outcome::Piece(tone(text)));
        }
        Interruptible::Account { .. } => {
            push(Outcome::Account(Box::new(Err(Failure::Broken { why: "not in a bench".into() }))))
        }
        Interruptible::Follow { .. } => {}
        Interruptible::Remote { .. } => push(Outcome::Remote(Err(Failure::Broken { why: "not in a bench".into() }))),
        Interruptible::Ask { .. } => push(Outcome::Answered(Err(Failure::Broken { why: "not in a bench".into() }))),
    }
}

/// 60 ms of a tone for each letter, one word after the other.
fn tone(text: &str) -> SpeechPiece {
    let letter = INNER_RATE_HZ as usize * 6 / 100;
    let pcm = (0..text.len() * letter).map(|n| ((n as f32 * 0.05).sin() * 6000.0) as i16).collect();
    let mut words = Vec::new();
    let mut from = 0;
    for word in text.split(' ') {
        let to = from + word.len();
        let samples = |at: usize| Samples((at * letter) as u64);
        words.push(WordSpan { text_from: from as u32, text_to: to as u32, from: samples(from), to: samples(to) });
        from = to + 1;
    }
    SpeechPiece { pcm, words }
}

/// The `n`-th packet of a stream that repeats `packets`.
pub(crate) fn packet(packets: &[Vec<u8>], n: u64) -> Input {
    Input::Media(Packet {
        sequence: n as u16,
        timestamp: (n as u32).wrapping_mul(FRAME_TICKS),
        marker: false,
        payload: packets[n as usize % packets.len()].clone().into(),
    })
}

/// A recording of the tree as Opus packets of 20 ms.
pub(crate) fn encoded(name: &str) -> Vec<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/audio").join(name);
    let mut reader = hound::WavReader::open(&path).expect("the recording is in the tree");
    let rate = reader.spec().sample_rate;
    let pcm: Vec<f32> = reader.samples::<i16>().map(|s| f32::from(s.expect("whole")) / 32_768.0).collect();
    let mut out = Vec::new();
    Resampler::new(rate, INNER_RATE_HZ).expect("a common rate").push(&pcm, &mut out);
    opus(&to_i16(&out))
}

/// Sound at the inner rate as Opus packets of 20 ms.
pub(crate) fn opus(pcm: &[i16]) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(OpusConfig::default()).expect("libopus takes its own defaults");
    pcm.chunks_exact(FRAME_SAMPLES)
        .map(|chunk| encoder.encode(&Frame(chunk.try_into().expect("exact"))).expect("a frame encodes").to_vec())
        .collect()
}

/// The voice detector that calls use, with one set of weights for all of them.
pub(crate) fn silero() -> Option<Detector> {
    let folder = std::env::var_os("VOXFARE_MODELS").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/voxfare/models"),
        PathBuf::from,
    );
    let bytes = std::fs::read(folder.join(voxfare::models::SILERO)).ok()?;
    Some(Detector::Silero(VadModel::load(bytes, NonZeroUsize::MIN).expect("the cached model is whole")))
}

/// The value at a share of sorted values.
pub(crate) fn at(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() as f64 * share).ceil() as usize).saturating_sub(1).min(sorted.len() - 1)]
}
