//! One seeded world on a virtual clock: a caller, a network, engines, and the session between them. It reads no clock.

use crate::session::event::{EffectId, EndReason, Input, Interruptible, Output};
use crate::session::machine::Machine;
use crate::session::tape::tell;
use crate::sim::CODEC;
use crate::sim::chance::Chance;
use crate::sim::engines::{Engines, Spoken};
use crate::sim::network::Network;
use crate::sim::rules::{Rules, is_final};
use crate::sim::script::{Line, NAMED_USD, script};
use agent::trip::{Code3, Money};
use media::codec::opus::Encoder;
use media::frame::{EAR_RATE_HZ, FRAME_SAMPLES, Frame};
use media::packet::Packet;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

/// Steps after which a world is going in circles.
const STEPS_MAX: u64 = 400_000;
/// A world lasts at most this long on its own clock.
const WORLD_MAX: Duration = Duration::from_secs(240);
/// A caller who hears nothing says the next line after this.
const PATIENCE: Duration = Duration::from_secs(9);
/// With so many packets of voice here the caller has been heard: the onset that is believed, what the jitter buffer may
/// hold back, and some.
const VOICE_PACKETS_MAX: u32 = 35;
/// A gap in what arrives that the codec cannot hide.
const GAP_MAX: Duration = Duration::from_millis(60);
/// The caller's silence is sent for this long.
const HUSH: Duration = Duration::from_millis(600);
/// An utterance's sound begins this long before its voice, about.
const PREFIX: Duration = Duration::from_millis(350);

/// What came of one seed.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    /// Digest of everything the session put out.
    pub(crate) digest: String,
    /// What was found wrong.
    pub(crate) faults: Vec<String>,
    /// One line an event, when wanted.
    pub(crate) lines: Vec<String>,
    /// How it ended.
    pub(crate) reason: Option<EndReason>,
    /// Turns that were answered.
    pub(crate) turns: u64,
    /// How long it lasted on its own clock.
    pub(crate) lasted: Duration,
}

enum Event {
    Frame,
    Arrives(Packet),
    Input(Input),
}

struct Voice {
    text: String,
    /// Sequence number of its first packet.
    first: u16,
    /// Packets of it that have arrived without a gap, and when the last one did.
    arrived: u32,
    last: Instant,
    until: Instant,
}

/// One world.
pub(crate) struct World {
    chance: Chance,
    start: Instant,
    now: Instant,
    machine: Machine,
    network: Network,
    engines: Engines,
    rules: Rules,
    queue: BTreeMap<(Instant, u64), Event>,
    queued: u64,
    running: BTreeSet<EffectId>,
    durable: BTreeSet<EffectId>,
    open: bool,
    last_item: String,
    script: VecDeque<Line>,
    voice: Option<Voice>,
    said: Vec<(Instant, Instant, String)>,
    encoder: Encoder,
    sequence: u16,
    timestamp: u32,
    attached: bool,
    talking: bool,
    talk_began: Option<Instant>,
    searching: Option<Instant>,
    idle_since: Instant,
    wakes: Option<Instant>,
    digest: Sha256,
    watch: bool,
    report: Report,
}

impl World {
    /// A world for `seed` around a fresh session.
    pub(crate) fn new(seed: u64, machine: Machine, start: Instant, watch: bool) -> Self {
        let mut chance = Chance::new(seed);
        let network = Network::draw(&mut chance);
        let engines = Engines::draw(&mut chance);
        let script = script(&mut chance).into();
        let report = Report {
            digest: String::new(),
            faults: Vec::new(),
            lines: Vec::new(),
            reason: None,
            turns: 0,
            lasted: Duration::ZERO,
        };
        Self {
            chance,
            start,
            now: start,
            machine,
            network,
            engines,
            rules: Rules::new(start),
            queue: BTreeMap::new(),
            queued: 0,
            running: BTreeSet::new(),
            durable: BTreeSet::new(),
            open: false,
            last_item: String::new(),
            script,
            voice: None,
            said: Vec::new(),
            encoder: Encoder::new(CODEC).expect("libopus takes its own defaults"),
            sequence: 0,
            timestamp: 0,
            attached: false,
            talking: false,
            talk_began: None,
            searching: None,
            idle_since: start,
            wakes: None,
            digest: Sha256::new(),
            watch,
            report,
        }
    }

    /// Runs the world until the session is over, or its time is.
    pub(crate) fn run(mut self) -> Report {
        self.rules.caller_names(Money { minor: NAMED_USD * 100, currency: Code3::USD });
        self.attach(false);
        self.at(Duration::ZERO, Event::Frame);
        let mut steps = 0;
        while self.report.reason.is_none() && self.now.duration_since(self.start) < WORLD_MAX {
            steps += 1;
            if steps > STEPS_MAX {
                self.report.faults.push("a world comes to rest: it goes in circles".to_owned());
                break;
            }
            self.step();
        }
        if self.report.reason.is_none() {
            self.input(Input::HangUp);
        }
        self.report.faults.extend(self.rules.rest());
        let digest = self.digest.finalize();
        self.report.digest = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        self.report.lasted = self.now.duration_since(self.start);
        self.report
    }

    fn step(&mut self) {
        let queued = self.queue.first_key_value().map(|(&(at, _), _)| at);
        match (queued, self.wakes) {
            (Some(at), Some(wakes)) if wakes < at => self.wake(wakes),
            (None, Some(wakes)) => self.wake(wakes),
            (None, None) => self.now += WORLD_MAX,
            (Some(_), _) => {
                let Some(((at, _), event)) = self.queue.pop_first() else { return };
                self.now = self.now.max(at);
                match event {
                    Event::Frame => self.frame(),
                    Event::Arrives(packet) if self.attached => {
                        self.arrived(&packet);
                        self.input(Input::Media(packet));
                    }
                    Event::Arrives(_) => {}
                    Event::Input(input) => self.deliver(input),
                }
            }
        }
    }

    fn arrived(&mut self, packet: &Packet) {
        if let Some(voice) = &mut self.voice
            && packet.sequence.wrapping_sub(voice.first) < u16::MAX / 2
        {
            let gap = self.now.duration_since(voice.last) > GAP_MAX;
            voice.arrived = if gap { 1 } else { voice.arrived + 1 };
            voice.last = self.now;
        }
    }

    fn wake(&mut self, at: Instant) {
        self.now = self.now.max(at);
        self.wakes = None;
        self.input(Input::Tick);
    }

    fn deliver(&mut self, input: Input) {
        if let Input::Effect { id, outcome } = &input {
            // What was cancelled may be on its way already.
            if !self.running.contains(id) && !self.chance.percent(50) {
                return;
            }
            if is_final(outcome, self.durable.contains(id)) {
                self.running.remove(id);
            }
        }
        match &input {
            Input::Attached { .. } => (self.attached, self.open) = (true, false),
            Input::ControlOpen if !self.attached => return,
            Input::ControlOpen => self.open = true,
            Input::Detached => (self.attached, self.open) = (false, false),
            _ => {}
        }
        self.input(input);
    }

    fn attach(&mut self, resumed: bool) {
        self.at(Duration::ZERO, Event::Input(Input::Attached { resumed, stream: false, after: None }));
        self.at(Duration::from_millis(5), Event::Input(Input::ControlOpen));
    }

    /// One 20 ms frame of the caller.
    fn frame(&mut self) {
        self.at(Duration::from_millis(20), Event::Frame);
        self.act();
        let mut frame = Frame::SILENCE;
        let speaking = self.voice.as_ref().is_some_and(|voice| self.now < voice.until);
        for (at, sample) in frame.0.iter_mut().enumerate() {
            *sample = if speaking { buzz(self.timestamp, at) } else { (at % 7) as i16 - 3 };
        }
        if !speaking && let Some(voice) = self.voice.take() {
            self.line("caller", &format!("ends   {}", voice.text));
            self.idle_since = self.now;
        }
        if self.voice.as_ref().is_some_and(|voice| is_meant(&voice.text)) {
            self.rules.caller_speaks(self.now);
        }
        self.timestamp = self.timestamp.wrapping_add(960);
        // A browser's encoder has stopped sending by then, and nobody hears the difference.
        if !self.attached || (!speaking && self.now.duration_since(self.idle_since) > HUSH) {
            return;
        }
        let Ok(payload) = self.encoder.encode(&frame) else { return };
        if payload.len() <= 2 {
            return;
        }
        self.sequence = self.sequence.wrapping_add(1);
        let packet = Packet { sequence: self.sequence, timestamp: self.timestamp, marker: false, payload };
        for delay in self.network.carry(&mut self.chance) {
            self.at(delay, Event::Arrives(packet.clone()));
        }
    }

    /// The caller decides whether to do the next line now.
    fn act(&mut self) {
        if self.voice.is_some() || !self.attached {
            return;
        }
        let heard = self.talk_began.map(|began| self.now.duration_since(began).as_millis() as u64);
        let waited = self.now.duration_since(self.idle_since);
        let ready = match self.script.front() {
            None => waited > PATIENCE,
            Some(Line::Say(_) | Line::Type(_) | Line::HangUp) => {
                (!self.talking && waited > Duration::from_millis(600)) || waited > PATIENCE * 3
            }
            // Who interrupts waits for no search either.
            Some(Line::Interrupt(_, after)) if self.searching.is_some() => {
                self.searching.is_some_and(|since| self.now.duration_since(since).as_millis() as u64 >= *after)
            }
            Some(Line::Interrupt(_, after) | Line::Cough(after) | Line::Mhm(after)) => {
                heard.is_some_and(|heard| heard >= *after) || waited > PATIENCE
            }
            Some(Line::Drop(_) | Line::Send(_) | Line::Truncate(_) | Line::Swap | Line::Drain(_) | Line::Leave) => true,
        };
        if ready {
            self.next_line();
        }
    }

    fn next_line(&mut self) {
        let fresh = self.chance.range(0, 200);
        match self.script.pop_front() {
            None | Some(Line::HangUp) => self.now_input(Input::HangUp),
            Some(Line::Type(text)) => self.types(&text),
            Some(Line::Send(text)) => self.sends(text),
            Some(Line::Truncate(ms)) => {
                let item = self.last_item.clone();
                let event = json!({ "type": "conversation.item.truncate", "item_id": item, "audio_end_ms": ms });
                self.sends(event.to_string());
            }
            Some(Line::Swap) => self.attach(true),
            Some(Line::Drain(ms)) => self.now_input(Input::Drain { within: Duration::from_millis(ms) }),
            Some(Line::Leave) => self.now_input(Input::Detached),
            Some(Line::Say(text) | Line::Interrupt(text, _)) => {
                let ms = (text.len() as u64 * 60).max(350);
                self.speak(text, Duration::from_millis(ms + fresh));
            }
            Some(Line::Cough(_)) => self.speak(String::new(), Duration::from_millis(60 + fresh / 2)),
            Some(Line::Mhm(_)) => self.speak("mhm".to_owned(), Duration::from_millis(280)),
            Some(Line::Drop(ms)) => {
                self.now_input(Input::Detached);
                let back = Duration::from_millis(ms);
                self.at(back, Event::Input(Input::Attached { resumed: true, stream: false, after: None }));
                self.at(back + Duration::from_millis(5), Event::Input(Input::ControlOpen));
            }
        }
    }

    fn now_input(&mut self, input: Input) {
        self.at(Duration::ZERO, Event::Input(input));
    }

    fn types(&mut self, text: &str) {
        let item = json!({ "type": "message", "role": "user", "content": [{ "type": "input_text", "text": text }] });
        self.sends(json!({ "type": "conversation.item.create", "item": item }).to_string());
        self.sends(r#"{"type":"response.create"}"#.to_owned());
    }

    fn sends(&mut self, event: String) {
        self.line("caller", &format!("sends  {event}"));
        self.idle_since = self.now;
        if self.open {
            self.now_input(Input::Control(event));
        }
    }

    fn speak(&mut self, text: String, lasts: Duration) {
        self.line("caller", &format!("begins {text}"));
        let until = self.now + lasts;
        self.said.push((self.now, until, text.clone()));
        self.idle_since = until;
        self.voice = Some(Voice { text, first: self.sequence.wrapping_add(1), arrived: 0, last: self.now, until });
    }

    /// What a recogniser could know now of the caller's words in the last `heard` of sound.
    fn spoken(&self, heard: Duration) -> Spoken {
        let mut known = Vec::new();
        let mut whole = true;
        for (from, until, text) in &self.said {
            if *until + heard < self.now + PREFIX {
                continue;
            }
            whole = self.now >= *until;
            let lasts = until.duration_since(*from).as_secs_f64();
            let part = self.now.duration_since(*from).as_secs_f64() / lasts.max(0.001);
            let words: Vec<&str> = text.split_whitespace().collect();
            let count = if whole { words.len() } else { (words.len() as f64 * part) as usize };
            known.extend(words.into_iter().take(count));
        }
        Spoken { text: known.join(" "), whole }
    }

    fn input(&mut self, input: Input) {
        self.rules.take(self.now, &input);
        self.machine.handle(self.now, input);
        let voice = self.voice.as_ref().filter(|voice| self.now < voice.until);
        let speaks = self.attached
            && voice.is_some_and(|v| v.arrived > VOICE_PACKETS_MAX && self.now.duration_since(v.last) <= GAP_MAX);
        loop {
            let output = self.machine.poll();
            self.digest.update(tell(&output, self.start).as_bytes());
            self.rules.see(self.now, &output, speaks);
            if let Output::Timeout(at) = output {
                self.wakes = at;
                self.rules.settled(self.now, &self.machine, at);
                return;
            }
            self.output(output);
        }
    }

    fn output(&mut self, output: Output) {
        match output {
            Output::Run(id, _, effect) => {
                self.running.insert(id);
                let heard = match &effect {
                    Interruptible::Hear { audio, .. } | Interruptible::Score { audio } => audio.len(),
                    Interruptible::Speak { .. }
                    | Interruptible::Ask { .. }
                    | Interruptible::Remote { .. }
                    | Interruptible::Account { .. }
                    | Interruptible::Follow { .. } => 0,
                };
                let spoken = self.spoken(Duration::from_secs_f64(heard as f64 / f64::from(EAR_RATE_HZ)));
                for (late, outcome) in self.engines.answer(&mut self.chance, &effect, &spoken) {
                    self.at(late, Event::Input(Input::Effect { id, outcome }));
                }
            }
            Output::Commit(id, act) => {
                self.running.insert(id);
                self.durable.insert(id);
                self.line("commit", act.tool.name());
                for (late, outcome) in self.engines.commit(&mut self.chance, &act.tool) {
                    self.at(late, Event::Input(Input::Effect { id, outcome }));
                }
            }
            Output::Cancel(id) => {
                self.running.remove(&id);
            }
            Output::Control(text) => self.event(&text),
            Output::Measured(_) => self.report.turns += 1,
            Output::Ended(reason) => {
                self.line("ended", reason.label());
                self.report.reason = Some(reason);
            }
            Output::Media(_) | Output::Again(_) | Output::Count(_) | Output::Timeout(_) => {}
        }
    }

    fn event(&mut self, text: &str) {
        let Ok(event) = serde_json::from_str::<Value>(text) else { return };
        match event.get("type").and_then(Value::as_str).unwrap_or_default() {
            "voxfare.task" => {
                let started = event.get("state").and_then(Value::as_str) == Some("started");
                self.searching = started.then_some(self.now);
            }
            "response.output_item.added" => {
                let item = event.pointer("/item/id").and_then(Value::as_str).unwrap_or_default();
                item.clone_into(&mut self.last_item);
            }
            "output_audio_buffer.started" => {
                self.talking = true;
                self.talk_began = Some(self.now);
            }
            "output_audio_buffer.stopped" | "output_audio_buffer.cleared" => {
                self.talking = false;
                self.talk_began = None;
                self.idle_since = self.idle_since.max(self.now);
            }
            _ => {}
        }
        if self.watch {
            self.watch_event(&event);
        }
    }

    fn watch_event(&mut self, event: &Value) {
        let kind = event.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let what = ["/transcript", "/delta", "/state", "/item_id", "/response_id"]
            .iter()
            .find_map(|path| event.pointer(path).and_then(Value::as_str))
            .unwrap_or_default()
            .to_owned();
        self.line(&kind, &what);
    }

    fn line(&mut self, who: &str, what: &str) {
        if self.watch {
            let at = self.now.duration_since(self.start).as_secs_f64();
            self.report.lines.push(format!("{at:9.3}  {who:52} {what}"));
        }
    }

    fn at(&mut self, after: Duration, event: Event) {
        self.queued += 1;
        self.queue.insert((self.now + after, self.queued), event);
    }
}

/// Words that are meant for us; not a noise, and not a listener's murmur.
fn is_meant(text: &str) -> bool {
    !text.is_empty() && text != "mhm"
}

/// A voice: a buzz of 120 Hz with syllables, loud enough for any detector.
fn buzz(timestamp: u32, at: usize) -> i16 {
    let sample = u64::from(timestamp) / 2 + at as u64;
    let syllable = (sample / (FRAME_SAMPLES as u64 * 6)) % 4;
    let loud = if syllable == 3 { 30 } else { 80 };
    ((sample % 200) as i16 - 100) * loud
}
