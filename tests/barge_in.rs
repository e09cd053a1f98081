//! A caller who speaks over an answer, on a virtual clock with engines of fixed delays: how soon the voice stops, and whether exactly the words
//! are remembered that the caller heard.

use crate::hostile::machine;
use crate::session::event::{EffectId, Input, Interruptible, Outcome, Output, SpeechPiece, Transcript};
use crate::session::machine::{Bounds, Machine, Setup};
use media::codec::opus::{Decoder, Encoder, FRAME_TICKS, OpusConfig};
use media::codec::resample::{Resampler, to_i16};
use media::frame::{FRAME_MS, FRAME_SAMPLES, Frame, INNER_RATE_HZ, Samples};
use media::mouth::MouthConfig;
use media::packet::Packet;
use media::transcript::WordSpan;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// One frame.
const FRAME: Duration = Duration::from_millis(FRAME_MS);
/// Every engine answers after this.
const ENGINE: Duration = Duration::from_millis(80);
/// A letter sounds for this long.
const LETTER_MS: u64 = 60;
/// Loudest sample of what counts as silence, of a tone of 6000: what the codec leaves of it.
const SILENT: i16 = 1200;
/// Frames of a voice that is cut: it fades out in one.
const FADE_FRAMES: u64 = 1;

/// One call on a clock of its own.
struct Rig {
    now: Instant,
    began: Instant,
    machine: Machine,
    wakes: Option<Instant>,
    due: Vec<(Instant, EffectId, Vec<Outcome>)>,
    frames: u64,
    ear: Decoder,
    /// When each packet with sound went out.
    sounded: Vec<Instant>,
    events: Vec<(Instant, Value)>,
}

impl Rig {
    fn new() -> Self {
        let now = Instant::now();
        let setup = Setup {
            id: "barge".to_owned(),
            resume_token: "token".to_owned(),
            resume_expires_at: 2_000_000_000,
            resume_within: Duration::from_secs(60),
            session_max: Duration::from_secs(3600),
            voice: String::new(),
            language: "en".to_owned(),
            prompt: String::new(),
            greets: false,
            session: None,
            tells_created: false,
            bounds: Bounds::default(),
            began_ms: 1_790_000_000_000,
        };
        let mut rig = Self {
            now,
            began: now,
            machine: machine(setup, now).expect("the settings are valid"),
            wakes: None,
            due: Vec::new(),
            frames: 0,
            ear: Decoder::new().expect("libopus takes its own defaults"),
            sounded: Vec::new(),
            events: Vec::new(),
        };
        rig.give(Input::Attached { resumed: false, stream: false, after: None });
        rig.give(Input::ControlOpen);
        rig
    }

    fn says(&mut self, event: &Value) {
        self.give(Input::Control(event.to_string()));
    }

    /// The caller's next frame, and all that is due until the one after it.
    fn frame(&mut self, payload: &[u8]) {
        let packet = Packet {
            sequence: self.frames as u16,
            timestamp: (self.frames as u32).wrapping_mul(FRAME_TICKS),
            marker: self.frames == 0,
            payload: payload.to_vec().into(),
        };
        self.give(Input::Media(packet));
        self.frames += 1;
        let end = self.began + FRAME * u32::try_from(self.frames).expect("a short call");
        while let Some(at) = self.next().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            match self.due.iter().position(|(due, ..)| *due <= self.now) {
                Some(first) => {
                    let (_, id, outcomes) = self.due.remove(first);
                    for outcome in outcomes {
                        self.give(Input::Effect { id, outcome });
                    }
                }
                None => self.give(Input::Tick),
            }
        }
        self.now = end;
    }

    fn next(&self) -> Option<Instant> {
        self.due.iter().map(|(at, ..)| *at).chain(self.wakes).min()
    }

    fn give(&mut self, input: Input) {
        self.machine.handle(self.now, input);
        loop {
            match self.machine.poll() {
                Output::Timeout(at) => {
                    self.wakes = at.map(|at| at.max(self.now + Duration::from_micros(1)));
                    return;
                }
                Output::Media(packet) => self.hears(&packet.payload),
                Output::Control(text) => {
                    self.events.push((self.now, serde_json::from_str(&text).expect("events are JSON")));
                }
                Output::Run(id, _, effect) => self.due.push((self.now + ENGINE, id, answer(&effect))),
                Output::Cancel(id) => self.due.retain(|(_, due, _)| *due != id),
                _ => {}
            }
        }
    }

    fn hears(&mut self, payload: &[u8]) {
        let mut pcm = Vec::new();
        self.ear.decode(payload, &mut pcm).expect("we send Opus");
        if pcm.iter().any(|sample| sample.unsigned_abs() > SILENT.unsigned_abs()) {
            self.sounded.push(self.now);
        }
    }

    fn event(&self, kind: &str) -> Option<&(Instant, Value)> {
        self.events.iter().find(|(_, event)| event["type"] == kind)
    }

    /// When the voice last stopped for good, if it did.
    fn stopped(&self) -> Option<Instant> {
        let is = |event: &Value, state: &str| event["type"] == "voxfare.playout" && event["state"] == state;
        let paused = self.events.iter().rfind(|(_, event)| is(event, "paused"));
        paused.or_else(|| self.events.iter().rfind(|(_, event)| is(event, "interrupted"))).map(|(at, _)| *at)
    }
}

fn answer(effect: &Interruptible) -> Vec<Outcome> {
    match effect {
        Interruptible::Hear { .. } => {
            let text = "Stop, I would like something else.".to_owned();
            vec![Outcome::Heard(Ok(Transcript { text, language: "en".to_owned(), ..Transcript::default() }))]
        }
        Interruptible::Score { .. } => vec![Outcome::Scored(Ok(0.95))],
        Interruptible::Speak { text, .. } => vec![Outcome::Piece(voice(text)), Outcome::Spoken(Ok(()))],
        other => panic!("nothing else is asked: {other:?}"),
    }
}

/// A sweeping tone with the times of its words.
fn voice(text: &str) -> SpeechPiece {
    let letter = INNER_RATE_HZ as usize * LETTER_MS as usize / 1000;
    // Its pitch moves, or the codec would take it for noise.
    let pitch = |n: usize| 0.04 + 0.08 * ((n % 3600) as f32 / 3600.0);
    let mut phase = 0.0_f32;
    let pcm = (0..text.len() * letter).map(|n| {
        phase += pitch(n);
        (phase.sin() * 6000.0) as i16
    });
    let pcm = pcm.collect();
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

/// A person who speaks, in packets of 20 ms, from the first loud one on.
fn person() -> Vec<Vec<u8>> {
    let mut reader = hound::WavReader::open("tests/audio/jfk.wav").expect("the recording is in the tree");
    let rate = reader.spec().sample_rate;
    let pcm: Vec<f32> = reader.samples::<i16>().map(|s| f32::from(s.expect("whole")) / 32_768.0).collect();
    let mut out = Vec::new();
    Resampler::new(rate, INNER_RATE_HZ).expect("a common rate").push(&pcm, &mut out);
    let pcm = to_i16(&out);
    let onset = pcm.iter().position(|sample| sample.unsigned_abs() > 4000).expect("it is heard");
    packets(&pcm[onset..onset + INNER_RATE_HZ as usize * 2])
}

fn packets(pcm: &[i16]) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(OpusConfig::default()).expect("libopus takes its own defaults");
    let frames = pcm.chunks_exact(FRAME_SAMPLES).map(|chunk| Frame(chunk.try_into().expect("exact")));
    frames.map(|frame| encoder.encode(&frame).expect("a frame encodes").to_vec()).collect()
}

/// How one interruption went, in ms; and the words that were heard and remembered.
struct Barge {
    decided: u64,
    stopped: u64,
    heard: usize,
    remembered: usize,
}

/// Somebody speaks over the answer, so long after it began to sound.
fn interrupts(after: Duration, person: &[Vec<u8>]) -> Barge {
    let mut rig = Rig::new();
    let quiet = packets(&[0; FRAME_SAMPLES]).remove(0);
    let content = json!([{ "type": "input_text", "text": "What can you do?" }]);
    let item = json!({ "type": "message", "role": "user", "content": content });
    rig.says(&json!({ "type": "conversation.item.create", "item": item }));
    rig.says(&json!({ "type": "response.create" }));
    while rig.sounded.first().is_none_or(|first| rig.now < *first + after) {
        rig.frame(&quiet);
    }
    let onset = rig.now;
    for packet in person {
        rig.frame(packet);
    }
    for _ in 0..150 {
        rig.frame(&quiet);
    }
    let decided = rig.stopped().expect("the voice stops");
    let cut = rig.event("output_audio_buffer.cleared").expect("it is cut for good").0;
    let of_answer: Vec<Instant> = rig.sounded.iter().copied().filter(|at| *at <= cut).collect();
    let last = *of_answer.last().expect("it sounded");
    let text = rig.event("response.output_audio_transcript.done").expect("it has words").1["transcript"].clone();
    let text = text.as_str().expect("words").to_owned();
    // What left for the caller is heard, but for the frame in which it fades: nothing on the line can be called back.
    let sent_ms = of_answer.iter().filter(|at| **at <= decided).count() as u64 * FRAME_MS;
    let heard = voice(&text).words.iter().filter(|word| (word.from.as_ms() + word.to.as_ms()) / 2 < sent_ms).count();
    let id = rig.event("conversation.item.truncated").expect("the item is cut").1["item_id"].clone();
    rig.events.clear();
    rig.says(&json!({ "type": "conversation.item.retrieve", "item_id": id }));
    let (_, item) = rig.event("conversation.item.retrieved").expect("it is kept");
    let remembered = item["item"]["content"][0]["transcript"].as_str().expect("words").split_whitespace().count();
    let ms = |from: Instant, to: Instant| to.saturating_duration_since(from).as_millis() as u64;
    Barge { decided: ms(onset, decided), stopped: ms(decided, last), heard, remembered }
}

#[test]
fn the_voice_stops_within_a_frame_and_every_word_that_was_heard_is_known() {
    agent::concierge::understand::warm();
    let person = person();
    let ahead = MouthConfig::default().send_ahead_ms;
    let mut wrong = 0;
    for n in 0..40 {
        let after = Duration::from_millis(300 + n * 97);
        let Barge { decided, stopped, heard, remembered } = interrupts(after, &person);
        println!(
            "after {:>4} ms: decided in {decided:>3} ms, last sound sent {stopped} ms later, {heard} words heard, {remembered} remembered",
            after.as_millis()
        );
        // At the ear the sound ends by what was sent ahead later.
        assert!(stopped <= FADE_FRAMES * FRAME_MS, "{stopped} ms after the decision, and {ahead} ms ahead");
        wrong += usize::from(heard != remembered);
    }
    assert_eq!(wrong, 0, "of 40 interruptions");
}
