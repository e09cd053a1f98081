//! Whole calls on a virtual clock: sound in by packets, a scripted joint, and what comes out. It never waits.

use super::*;
use crate::codec::opus::{Decoder, Encoder, FRAME_TICKS, OpusConfig};
use crate::frame::{FRAME_SAMPLES, Frame};
use crate::sound;
use crate::transcript::WordSpan;
use proptest::prelude::*;

/// When the joint hears back about words: this long after it asked.
const JUDGE_MS: u64 = 120;

/// A caller with a microphone, a network and a joint that answers by script.
struct World {
    start: Instant,
    call: Call,
    timeout: Option<Instant>,
    encoder: Encoder,
    decoder: Decoder,
    sequence: u16,
    /// What the microphone will hear, from now on.
    microphone: VecDeque<Frame>,
    /// Judgements to give, one for each speculative hearing; the last one repeats.
    judgements: Vec<Option<Judgement>>,
    score: Option<f32>,
    pending: Vec<(Instant, Input)>,
    /// Events as text, without packets and words.
    events: Vec<(u64, String)>,
    outputs: Vec<Output>,
    /// Packets sent: time, RTP timestamp, marker.
    sent: Vec<(u64, u32, bool)>,
    /// What the caller's loudspeaker gives, sample by sample of RTP time at the inner rate.
    loudspeaker: Vec<i16>,
    /// Echo from loudspeaker to microphone: delay in frames, gain.
    echo: Option<(usize, f32)>,
    millis: u64,
    /// The caller sends nothing at all.
    muted: bool,
}

impl World {
    fn new(detector: Detector) -> Self {
        let start = Instant::now();
        let mut world = Self {
            start,
            call: Call::new(CallConfig::new(detector), start).expect("default settings are valid"),
            timeout: None,
            encoder: Encoder::new(OpusConfig::default()).expect("encoder"),
            decoder: Decoder::new().expect("decoder"),
            sequence: 0,
            microphone: VecDeque::new(),
            judgements: vec![Some(Judgement::Finished)],
            score: Some(0.9),
            pending: Vec::new(),
            events: Vec::new(),
            outputs: Vec::new(),
            sent: Vec::new(),
            loudspeaker: Vec::new(),
            echo: None,
            millis: 0,
            muted: false,
        };
        world.give(Input::Attached(Carriage::Packets));
        world
    }

    fn now(&self) -> Instant {
        self.start + Duration::from_millis(self.millis)
    }

    /// How much was heard of what was interrupted last.
    fn heard_ms(&self) -> u64 {
        let cut =
            |output: &Output| if let Output::Interrupted(heard) = output { Some(heard.audio.as_ms()) } else { None };
        self.outputs.iter().rev().find_map(cut).expect("interrupted")
    }

    fn speak(&mut self, pcm: &[i16]) {
        self.microphone.extend(sound::frames(pcm));
    }

    fn give(&mut self, input: Input) {
        let now = self.now();
        self.call.handle(now, input);
        loop {
            match self.call.poll() {
                Output::Timeout(at) => {
                    self.timeout = at;
                    break;
                }
                Output::Packet(packet) => self.play(packet),
                output => self.note(output),
            }
        }
    }

    fn play(&mut self, packet: OutPacket) {
        self.sent.push((self.millis, packet.timestamp, packet.marker));
        let at = packet.timestamp as usize / 2;
        let mut pcm = Vec::new();
        self.decoder.decode(&packet.payload, &mut pcm).expect("what we send can be decoded");
        self.loudspeaker.resize(self.loudspeaker.len().max(at), 0);
        self.loudspeaker.truncate(at);
        self.loudspeaker.extend(pcm);
    }

    fn note(&mut self, output: Output) {
        let text = match &output {
            Output::SpeechStarted { .. } => "started".to_owned(),
            Output::Gathering { .. } => "gathering".to_owned(),
            Output::SpeechStopped { .. } => "stopped".to_owned(),
            Output::Transcribe { hearing, .. } => format!("{hearing:?}").to_lowercase(),
            Output::Resumed { revision, .. } => format!("resumed{revision}"),
            Output::Ended { revision, .. } => format!("ended{revision}"),
            Output::Discarded { .. } => "discarded".to_owned(),
            Output::PlayStarted { .. } => "play".to_owned(),
            Output::Paused(_) => "paused".to_owned(),
            Output::Unheard(_) => "unheard".to_owned(),
            Output::PlayResumed { .. } => "on".to_owned(),
            Output::Interrupted(_) => "interrupted".to_owned(),
            Output::PlayDone(_) => "done".to_owned(),
            Output::Dropped { what } => (*what).to_owned(),
            Output::Packet(_) | Output::ScoreTurn { .. } | Output::Played(_) | Output::Timeout(_) => String::new(),
        };
        if !text.is_empty() {
            self.events.push((self.millis, text));
        }
        let later = self.now() + Duration::from_millis(JUDGE_MS);
        if let Output::Transcribe { utterance, revision, hearing: Hearing::Speculative, .. } = output {
            let judgement = if self.judgements.len() > 1 { self.judgements.remove(0) } else { self.judgements[0] };
            if let Some(judgement) = judgement {
                self.pending.push((later, Input::Words { utterance, revision, judgement }));
            }
        }
        if let (Output::ScoreTurn { utterance, revision, .. }, Some(probability)) = (&output, self.score) {
            self.pending.push((later, Input::TurnScore { utterance: *utterance, revision: *revision, probability }));
        }
        self.outputs.push(output);
    }

    /// Lets time pass, millisecond by millisecond; the microphone sends every 20 ms, by DTX when it has nothing.
    fn run(&mut self, millis: u64) {
        for _ in 0..millis {
            self.millis += 1;
            if self.millis.is_multiple_of(20) && !self.muted {
                self.send();
            }
            while let Some(at) = self.pending.iter().position(|(at, _)| *at <= self.now()) {
                let (_, input) = self.pending.remove(at);
                self.give(input);
            }
            for _ in 0..4 {
                if self.timeout.is_some_and(|at| at <= self.now()) {
                    self.give(Input::Tick);
                }
            }
            assert!(self.timeout.is_none_or(|at| at > self.now()), "the call asks for a time that has passed");
        }
    }

    fn send(&mut self) {
        let mut frame = self.microphone.pop_front().unwrap_or(Frame::SILENCE);
        if let Some((delay, gain)) = self.echo {
            let end = (self.millis as usize / 20).saturating_sub(delay) * FRAME_SAMPLES;
            for (i, sample) in frame.0.iter_mut().enumerate() {
                let far = (end + i).checked_sub(FRAME_SAMPLES).and_then(|at| self.loudspeaker.get(at));
                *sample = sample.saturating_add((f32::from(far.copied().unwrap_or(0)) * gain) as i16);
            }
        }
        let payload = self.encoder.encode(&frame).expect("a frame encodes");
        let timestamp = (self.millis / 20) as u32 * FRAME_TICKS;
        if payload.len() > 2 {
            let packet = Packet { sequence: self.sequence, timestamp, marker: false, payload };
            self.sequence = self.sequence.wrapping_add(1);
            self.give(Input::Packet(packet));
        }
    }

    fn say(&mut self, item: u64, pcm: &[i16], word_ms: u64) {
        let words = (0..pcm.len() as u64 / (word_ms * 24))
            .map(|n| WordSpan {
                text_from: n as u32 * 5,
                text_to: n as u32 * 5 + 5,
                from: Samples(n * word_ms * 24),
                to: Samples((n + 1) * word_ms * 24),
            })
            .collect();
        self.give(Input::Play(Speech {
            item: ItemId(item),
            segment: 0,
            pcm: pcm.to_vec(),
            words,
            segment_done: true,
            item_done: true,
        }));
    }

    fn texts(&self) -> String {
        self.events.iter().map(|(_, t)| t.as_str()).collect::<Vec<_>>().join(" ")
    }

    fn at(&self, text: &str) -> u64 {
        self.events.iter().find(|(_, t)| t == text).map(|(at, _)| *at).unwrap_or_else(|| {
            panic!("no {text} in {:?}", self.events);
        })
    }
}

#[test]
fn a_sentence_is_heard_speculated_on_and_ended() {
    let mut world = World::new(Detector::Energy);
    world.run(500);
    world.speak(&sound::voice(1.5, 7));
    world.run(3000);
    assert_eq!(world.texts(), "started partial partial stopped speculative ended0");
    let spoke_until = 500 + 1500;
    assert!((500..620).contains(&world.at("started")), "{:?}", world.events);
    assert!(world.at("speculative") <= spoke_until + 160, "{:?}", world.events);
    assert!(world.at("ended0") <= spoke_until + 320, "{:?}", world.events);
    let ended = world.outputs.iter().find_map(|o| match o {
        Output::Ended { speech_end, .. } => Some(speech_end.as_ms()),
        _ => None,
    });
    assert!(ended.expect("ended").abs_diff(spoke_until) < 120, "{ended:?}");
}

#[test]
fn the_sound_handed_over_holds_the_whole_sentence_and_the_padding() {
    let mut world = World::new(Detector::Energy);
    world.run(500);
    world.speak(&sound::voice(1.0, 7));
    world.run(2000);
    let (started, audio) = world.outputs.iter().fold((None, None), |(started, audio), o| match o {
        Output::SpeechStarted { at, .. } => (Some(at.as_ms()), audio),
        Output::Transcribe { hearing: Hearing::Speculative, audio, .. } => (started, Some(audio.clone())),
        _ => (started, audio),
    });
    let (started, audio) = (started.expect("started"), audio.expect("speculated"));
    assert!((150..=300).contains(&started), "{started}");
    assert!((1250..1600).contains(&(audio.len() / 16)), "{} ms", audio.len() / 16);
}

#[test]
fn going_on_after_a_pause_voids_what_was_begun() {
    let mut world = World::new(Detector::Energy);
    world.judgements = vec![Some(Judgement::Unfinished), Some(Judgement::Finished)];
    world.run(400);
    world.speak(&sound::voice(0.5, 7));
    world.speak(&sound::silence(0.4));
    world.speak(&sound::voice(0.7, 8));
    world.run(3000);
    assert_eq!(world.texts(), "started stopped speculative resumed1 partial partial stopped speculative ended1");
}

#[test]
fn the_wait_follows_words_and_question() {
    let wait = |judgement, score, expect| {
        let mut world = World::new(Detector::Energy);
        world.judgements = vec![judgement];
        world.score = score;
        world.give(Input::Expect(expect));
        world.run(400);
        world.speak(&sound::voice(0.8, 7));
        world.run(5000);
        world.at("ended0") - 1200
    };
    let finished = wait(Some(Judgement::Finished), Some(0.9), Expect::Anything);
    let open = wait(Some(Judgement::Open), Some(0.1), Expect::Anything);
    let unfinished = wait(Some(Judgement::Unfinished), Some(0.1), Expect::Anything);
    assert!(finished < 320, "{finished}");
    assert!((800..1150).contains(&open), "{open}");
    assert!((2000..2650).contains(&unfinished), "{unfinished}");
    assert!(wait(Some(Judgement::Open), Some(0.1), Expect::YesNo) < open - 100);
    assert!(wait(Some(Judgement::Open), Some(0.1), Expect::Digits) > open + 500);
    assert!((1500..1700).contains(&wait(None, None, Expect::Anything)));
}

#[test]
fn a_click_is_no_turn() {
    let mut world = World::new(Detector::Energy);
    world.judgements = vec![Some(Judgement::Nothing)];
    world.run(400);
    world.speak(&sound::noise(0.08, 0.5, 9));
    world.run(2000);
    assert!(!world.texts().contains("ended"), "{:?}", world.events);
    assert_eq!(world.texts().contains("started"), world.texts().contains("discarded"));
}

#[test]
fn speech_is_sent_at_its_pace_and_told_word_by_word() {
    let mut world = World::new(Detector::Energy);
    world.run(100);
    world.say(1, &sound::voice(1.0, 3), 200);
    world.run(2000);
    assert_eq!(world.texts(), "play done");
    let voice: Vec<_> = world.sent.iter().take(50).collect();
    assert!(voice[0].2, "the first packet begins a talk spurt");
    for (n, (at, timestamp, _)) in voice.iter().enumerate() {
        assert_eq!(*timestamp, voice[0].1 + n as u32 * FRAME_TICKS);
        let ahead = (n as u64 + 1) * 20;
        assert!(ahead.saturating_sub(at - voice[0].0) <= SEND_AHEAD, "packet {n} at {at}");
    }
    assert!(world.sent.len() < 50 + 30, "silence is not sent for ever: {}", world.sent.len());
    let heard: Vec<_> = world
        .outputs
        .iter()
        .filter_map(|o| if let Output::Played(h) = o { Some(h.text_bytes) } else { None })
        .collect();
    assert_eq!(heard, [5, 10, 15, 20, 25]);
    let done = world.outputs.iter().find_map(|o| if let Output::PlayDone(h) = o { Some(h.clone()) } else { None });
    let whole = Heard { item: ItemId(1), text_bytes: 25, audio: Samples::from_ms(1000), complete: true };
    assert_eq!(done, Some(whole));
}

/// Most that may be sent ahead of the sound's own time, in ms.
const SEND_AHEAD: u64 = crate::mouth::SEND_AHEAD_MS_MAX;

#[test]
fn a_caller_who_speaks_over_us_silences_us_and_takes_the_floor() {
    let mut world = World::new(Detector::Energy);
    world.say(1, &sound::voice(6.0, 3), 200);
    world.run(2000);
    world.speak(&sound::voice(1.5, 7));
    world.run(3000);
    assert_eq!(world.texts(), "play started paused interrupted partial partial stopped speculative ended0");
    // A chunk of 32 ms that begins anywhere in it, in packets of 20 ms, over a buffer of one.
    assert!(world.at("paused") <= 2000 + 80, "{:?}", world.events);
    assert!((2400..2620).contains(&world.at("interrupted")), "{:?}", world.events);
    let heard = world.outputs.iter().find_map(|o| if let Output::Interrupted(h) = o { Some(h.clone()) } else { None });
    let heard = heard.expect("interrupted");
    assert!(!heard.complete && (1900..2200).contains(&heard.audio.as_ms()), "{heard:?}");
    assert_eq!(u64::from(heard.text_bytes), (heard.audio.as_ms() + 100) / 200 * 5);
    // Nothing but the fade and silence leaves after the pause.
    let paused = world.at("paused");
    let after = world.sent.iter().filter(|(at, ..)| *at > paused + 60).count();
    assert!(after < 26, "{after} packets after the pause");
}

#[test]
fn mhm_pauses_us_and_we_go_on_from_the_word() {
    let mut world = World::new(Detector::Energy);
    world.judgements = vec![Some(Judgement::Backchannel)];
    world.say(1, &sound::voice(4.0, 3), 200);
    world.run(2000);
    world.speak(&sound::voice(0.25, 7));
    world.run(5000);
    assert_eq!(world.texts(), "play started paused stopped speculative discarded on done");
    let done = world.outputs.iter().find_map(|o| if let Output::PlayDone(h) = o { Some(h.clone()) } else { None });
    assert_eq!(done.map(|h| (h.text_bytes, h.audio.as_ms(), h.complete)), Some((100, 4000, true)));
}

#[test]
fn an_unjudged_noise_lets_us_go_on_and_late_words_still_take_the_floor() {
    let mut world = World::new(Detector::Energy);
    world.judgements = vec![None];
    world.say(1, &sound::voice(6.0, 3), 200);
    world.run(2000);
    world.speak(&sound::voice(0.25, 7));
    world.run(1200);
    assert_eq!(world.texts(), "play started paused stopped speculative on");
    world.give(Input::Words { utterance: UtteranceId(1), revision: 0, judgement: Judgement::Finished });
    world.run(100);
    assert_eq!(world.texts(), "play started paused stopped speculative on interrupted ended0");
}

#[test]
fn nothing_new_is_said_while_the_caller_has_the_floor() {
    let mut world = World::new(Detector::Energy);
    world.run(400);
    world.speak(&sound::voice(1.0, 7));
    world.run(600);
    world.say(1, &sound::voice(0.5, 3), 100);
    world.run(3000);
    let order = world.texts();
    assert!(order.find("ended0") < order.find("play"), "{order}");
    assert!(world.at("play") - world.at("ended0") <= 1, "{:?}", world.events);
}

#[test]
fn a_cut_and_a_drop_do_what_they_say() {
    let mut world = World::new(Detector::Energy);
    world.say(1, &sound::voice(2.0, 3), 200);
    world.say(2, &sound::voice(2.0, 4), 200);
    world.run(500);
    world.give(Input::Drop(ItemId(2)));
    world.give(Input::Drop(ItemId(1)));
    world.run(500);
    world.give(Input::Cut);
    world.run(500);
    world.give(Input::Cut);
    assert_eq!(world.texts(), "play interrupted");
}

#[test]
fn a_lost_leg_holds_the_sentence_and_a_new_one_goes_on() {
    let mut world = World::new(Detector::Energy);
    world.say(1, &sound::voice(3.0, 3), 200);
    world.run(1000);
    world.give(Input::Detached);
    let before = world.sent.len();
    world.run(1500);
    assert_eq!(world.sent.len(), before);
    world.sequence = 40_000;
    world.give(Input::Attached(Carriage::Packets));
    world.run(4000);
    assert_eq!(world.texts(), "play paused on done");
}

#[test]
fn what_went_into_the_void_is_said_again_from_the_last_word_that_was_heard() {
    let mut world = World::new(Detector::Energy);
    world.say(1, &sound::voice(3.0, 3), 200);
    world.run(2000);
    let before = world.sent.len();
    // Attached, the ledger knows better than anybody.
    world.give(Input::Unheard { item: ItemId(1), at: Samples(0) });
    world.give(Input::Detached);
    world.give(Input::Unheard { item: ItemId(9), at: Samples(0) });
    world.give(Input::Unheard { item: ItemId(1), at: Samples::from_ms(500) });
    world.sequence = 40_000;
    world.give(Input::Attached(Carriage::Packets));
    world.run(4000);
    assert_eq!(world.texts(), "play paused unheard on done");
    // Of three seconds two and a half were left.
    let again = (world.sent.len() - before) * 20;
    assert!((2_400..3_200).contains(&again), "{again} ms were sent again");
}

#[test]
fn our_own_echo_is_no_caller() {
    for (delay, gain) in [(6, 0.3), (12, 0.1), (20, 0.5)] {
        let mut world = World::new(Detector::Energy);
        world.echo = Some((delay, gain));
        world.say(1, &sound::voice(5.0, 3), 200);
        world.run(7000);
        assert_eq!(world.texts(), "play done", "delay {delay} gain {gain}: {:?}", world.events);
    }
}

#[test]
fn a_voice_over_our_echo_still_takes_the_floor() {
    for (delay, gain) in [(6, 0.3), (12, 0.1), (20, 0.2)] {
        let mut world = World::new(Detector::Energy);
        world.echo = Some((delay, gain));
        world.say(1, &sound::voice(6.0, 3), 200);
        world.run(3000);
        world.speak(&sound::voice(1.5, 8));
        world.run(3000);
        let order = world.texts();
        assert!(order.starts_with("play started paused"), "delay {delay} gain {gain}: {:?}", world.events);
        assert!(order.contains("interrupted"), "delay {delay} gain {gain}: {:?}", world.events);
        assert!((3000..3200).contains(&world.at("paused")), "delay {delay} gain {gain}: {:?}", world.events);
    }
}

#[test]
fn barge_in_works_over_a_noisy_line() {
    let mut world = World::new(Detector::Silero(sound::silero()));
    let noise = sound::noise(12.0, 0.01, 5);
    let speech = sound::recording();
    let mut line = noise;
    for (slot, sample) in line[24_000 * 3..].iter_mut().zip(&speech[24_000 / 4..24_000 * 3]) {
        *slot = slot.saturating_add(*sample);
    }
    world.speak(&line);
    world.run(20);
    world.say(1, &sound::voice(8.0, 3), 200);
    world.run(6500);
    assert!(world.texts().starts_with("play started paused"), "{:?}", world.events);
    assert!(world.texts().contains("interrupted"), "{:?}", world.events);
    assert!((3000..3500).contains(&world.at("paused")), "{:?}", world.events);
}

#[test]
fn a_person_is_heard_sentence_by_sentence() {
    let mut world = World::new(Detector::Silero(sound::silero()));
    world.judgements = vec![Some(Judgement::Open)];
    world.run(500);
    world.speak(&sound::recording());
    world.run(14_000);
    let order = world.texts();
    assert!(order.starts_with("started"), "{order}");
    assert_eq!(order.matches("started").count(), order.matches("ended").count(), "{order}");
    assert!(!order.contains("discarded"), "{order}");
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let run = || {
        let mut world = World::new(Detector::Energy);
        world.say(1, &sound::voice(2.0, 3), 200);
        world.run(700);
        world.speak(&sound::voice(0.6, 7));
        world.run(2500);
        (world.events, world.sent, world.loudspeaker)
    };
    assert_eq!(run(), run());
}

#[test]
fn an_idle_call_sleeps() {
    let mut world = World::new(Detector::Energy);
    world.run(1000);
    world.muted = true;
    world.run(5000);
    assert_eq!(world.timeout, None, "nothing to wait for");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_utterance_has_one_end_and_every_item_one_terminal(
        script in prop::collection::vec((0_u8..9, 20_u64..900, any::<u8>()), 1..14)
    ) {
        let mut world = World::new(Detector::Energy);
        let verdicts = [None, Some(Judgement::Nothing), Some(Judgement::Backchannel), Some(Judgement::Unfinished), Some(Judgement::Open), Some(Judgement::Finished)];
        let mut item = 0;
        for (kind, millis, byte) in script {
            world.judgements = vec![verdicts[usize::from(byte) % verdicts.len()]];
            match kind {
                0..=2 => world.speak(&sound::voice(millis as f32 / 1000.0, u64::from(byte))),
                3..=4 => { item += 1; world.say(item, &sound::voice(millis as f32 / 500.0, u64::from(byte)), 150); }
                5 => world.give(Input::Cut),
                6 => { world.give(Input::Detached); world.run(u64::from(byte)); world.give(Input::Attached(Carriage::Packets)); }
                7 => world.give(Input::Drop(ItemId(item))),
                _ => world.give(Input::TurnScore { utterance: UtteranceId(1), revision: u32::from(byte), probability: 0.5 }),
            }
            world.run(millis);
        }
        world.run(6000);
        let mut open = None;
        let mut items = std::collections::BTreeMap::new();
        let mut heard = std::collections::BTreeMap::new();
        for output in &world.outputs {
            match output {
                Output::SpeechStarted { utterance, .. } => { prop_assert_eq!(open, None); open = Some(*utterance); }
                Output::Ended { utterance, .. } | Output::Discarded { utterance } => {
                    prop_assert_eq!(open, Some(*utterance));
                    open = None;
                }
                Output::PlayStarted { item } => { prop_assert!(items.insert(*item, false).is_none()); }
                Output::Interrupted(h) | Output::PlayDone(h) => { prop_assert_eq!(items.insert(h.item, true), Some(false)); }
                _ => {}
            }
            if let Output::Played(h) | Output::Paused(h) | Output::Interrupted(h) | Output::PlayDone(h) = output {
                let before = heard.insert(h.item, (h.text_bytes, h.audio)).unwrap_or_default();
                prop_assert!(before.0 <= h.text_bytes && before.1 <= h.audio, "what was heard stays heard");
            }
        }
        prop_assert_eq!(open, None);
        prop_assert!(items.values().all(|ended| *ended), "{:?}", world.events);
    }
}

#[test]
fn what_cannot_end_there_is_heard_once_more() {
    let mut world = World::new(Detector::Energy);
    world.judgements = vec![Some(Judgement::Unfinished), Some(Judgement::Finished)];
    world.speak(&sound::voice(1.0, 1));
    world.run(3000);
    let ended = world.at("ended0") - 1000;
    assert!((500..1000).contains(&ended), "{ended} ms after the voice: {:?}", world.events);
    assert_eq!(world.texts().matches("speculative").count(), 2, "{}", world.texts());
}

/// Sends `pcm` as a stream in pieces of 100 ms, as fast as it sounds.
fn pour(world: &mut World, pcm: &[i16]) {
    for piece in pcm.chunks(2400) {
        world.give(Input::Sound(piece.iter().flat_map(|s| s.to_le_bytes()).collect()));
        world.run(100);
    }
}

fn streaming() -> World {
    let mut world = World::new(Detector::Energy);
    world.muted = true;
    world.give(Input::Attached(Carriage::Stream));
    world
}

#[test]
fn a_stream_is_listened_to_and_our_voice_leaves_no_packets() {
    let mut world = streaming();
    world.say(1, &sound::voice(1.0, 2), 200);
    world.run(1500);
    pour(&mut world, &sound::voice(1.0, 1));
    pour(&mut world, &[0; 24_000]);
    assert!(world.sent.is_empty());
    assert!(world.texts().contains("play done started"), "{}", world.texts());
    assert!(world.texts().ends_with("ended0"), "{}", world.texts());
}

#[test]
fn a_stream_is_heard_on_while_we_are_late() {
    let mut world = streaming();
    world.say(1, &sound::voice(4.0, 2), 200);
    world.run(500);
    // Nobody asks us for two seconds; the far end has the sound already, and plays it.
    world.millis += 2000;
    world.give(Input::Cut);
    let heard = world.heard_ms();
    assert!((2400..=2500).contains(&heard), "{heard} ms of 2500");
    // What is said after a silence begins then, and not when the last sound ended.
    world.millis += 3000;
    world.say(2, &sound::voice(4.0, 2), 200);
    world.run(500);
    world.give(Input::Cut);
    let heard = world.heard_ms();
    assert!((400..=500).contains(&heard), "{heard} ms of 500");
}

#[test]
fn a_stream_that_stops_is_silent() {
    let mut world = streaming();
    pour(&mut world, &sound::voice(1.0, 1));
    world.run(3000);
    assert!(world.texts().ends_with("ended0"), "{}", world.texts());
}

#[test]
fn a_voice_over_our_stream_is_never_a_pause() {
    for (judgement, expected) in [(Judgement::Finished, "interrupted"), (Judgement::Backchannel, "discarded")] {
        let mut world = streaming();
        world.judgements = vec![Some(judgement)];
        world.say(1, &sound::voice(5.0, 2), 200);
        world.run(1000);
        pour(&mut world, &sound::voice(0.3, 1));
        pour(&mut world, &[0; 14_400]);
        let texts = world.texts();
        assert!(texts.contains(expected) && !texts.contains("paused") && !texts.contains(" on"), "{texts}");
    }
}

#[test]
fn who_may_not_interrupt_is_heard_all_the_same() {
    let mut world = streaming();
    world.give(Input::Listen(Listen::Turns { config: TurnConfig::default(), interrupts: false }));
    world.say(1, &sound::voice(4.0, 2), 200);
    world.run(1000);
    pour(&mut world, &sound::voice(1.0, 1));
    pour(&mut world, &[0; 60_000]);
    let texts = world.texts();
    assert!(texts.contains("ended0") && texts.contains("done") && !texts.contains("interrupted"), "{texts}");
}

#[test]
fn what_is_poured_in_is_one_utterance_until_it_is_committed() {
    let mut world = streaming();
    world.give(Input::Listen(Listen::Gather));
    world.give(Input::Commit);
    pour(&mut world, &sound::voice(0.5, 1));
    pour(&mut world, &[0; 48_000]);
    pour(&mut world, &sound::voice(0.51, 1));
    world.give(Input::Commit);
    assert_eq!(world.texts(), "nothing_to_commit gathering final ended0");
    let seconds = world.outputs.iter().find_map(|output| match output {
        Output::Transcribe { audio, .. } => Some(audio.len() as f32 / 16_000.0),
        _ => None,
    });
    assert!(seconds.is_some_and(|seconds| (2.9..3.1).contains(&seconds)), "{seconds:?} s");
    pour(&mut world, &sound::voice(0.5, 1));
    world.give(Input::Forget);
    world.give(Input::Commit);
    assert!(world.texts().ends_with("gathering discarded nothing_to_commit"), "{}", world.texts());
}
