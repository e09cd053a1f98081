//! The call itself, in real time: 20 ms out, events and sound in, turn after turn. It never judges a reply but by its sound.

use crate::caller::args::Turn;
use crate::caller::clock;
use crate::caller::dialogue::Dialogue;
use crate::caller::ear::Ear;
use crate::caller::journal::Journal;
use crate::caller::link::Link;
use crate::caller::mouth::{Mouth, Utterance, samples};
use crate::caller::peer::{Heard, Peer};
use crate::caller::recording::Recording;
use crate::caller::report::{Report, TurnReport};
use crate::caller::voice::{Voice, VoiceError};
use media::frame::FRAME_MS;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::time::{Interval, MissedTickBehavior};

/// Turns with their recordings read.
pub(crate) type Script = Vec<(Turn, Option<Voice>)>;

/// An answered call.
pub(crate) struct Line<'a> {
    /// Our end.
    pub(crate) peer: &'a Peer,
    /// What it hears.
    pub(crate) heard: mpsc::Receiver<Heard>,
    /// When the call was placed.
    pub(crate) began: Instant,
}

/// How the caller behaves.
#[derive(Clone, Debug)]
pub(crate) struct Manner {
    pub(crate) loss: f32,
    pub(crate) jitter: u32,
    pub(crate) seed: u64,
    pub(crate) silence: Duration,
    pub(crate) hold: Duration,
    pub(crate) patience: Duration,
    pub(crate) muted: bool,
}

/// Why a conversation did not come to its end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ending {
    Own(String),
    NeverConnected { seconds: u64 },
    HungUp,
    NoAnswer { spoken: String, seconds: f64 },
}

/// One turn as it was taken.
#[derive(Clone, Debug)]
struct Taken {
    spoken: String,
    speech_ms: Option<[f64; 2]>,
    interrupts: bool,
    /// First and last sample of speech; for a typed turn both are the moment it was sent.
    began: Instant,
    ended: Instant,
}

/// The running call.
pub(crate) struct Conversation<'a> {
    manner: Manner,
    line: Line<'a>,
    journal: Journal,
    mouth: Mouth,
    ear: Ear,
    dialogue: Dialogue,
    recording: Recording,
    uplink: Link,
    downlink: Link,
    /// Packets the emulated network holds back, by departure.
    delayed: VecDeque<(Instant, Utterance)>,
    ticks: Interval,
    taken: Vec<Taken>,
    setup: Duration,
    resume_token: Option<String>,
    over: bool,
    /// The server ended the conversation with a goodbye.
    goodbye: bool,
}

/// Reads every recording, so that a missing file is known before the call is placed.
pub(crate) fn prepare(turns: &[Turn]) -> Result<Script, VoiceError> {
    let read = |turn: &Turn| {
        let voice = match turn {
            Turn::Speak { file } | Turn::Interrupt { file, .. } => Some(Voice::read(file)?),
            Turn::Type { .. } => None,
        };
        Ok((turn.clone(), voice))
    };
    turns.iter().map(read).collect()
}

impl<'a> Conversation<'a> {
    pub(crate) fn new(manner: Manner, line: Line<'a>, journal: Journal) -> Result<Self, opus::Error> {
        let mut ticks = tokio::time::interval(Duration::from_millis(FRAME_MS));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        Ok(Self {
            journal,
            mouth: Mouth::new(manner.loss)?,
            ear: Ear::new()?,
            dialogue: Dialogue::default(),
            recording: Recording::new(clock::now()),
            uplink: Link::new(manner.seed, manner.loss, manner.jitter),
            downlink: Link::new(manner.seed.wrapping_add(1), manner.loss, manner.jitter),
            delayed: VecDeque::new(),
            ticks,
            taken: Vec::new(),
            setup: Duration::ZERO,
            resume_token: None,
            over: false,
            goodbye: false,
            manner,
            line,
        })
    }

    /// Connects, hears the greeting out, takes every turn and holds the line.
    pub(crate) async fn run(&mut self, script: Script) -> Result<(), Ending> {
        let ending = self.take_turns(&script).await;
        let answered = self.taken.last().is_some_and(|taken| self.reply_to(taken).is_some());
        let said_all = self.taken.len() == script.len() && answered;
        // A goodbye is a proper end, whoever hangs up.
        if ending == Err(Ending::HungUp) && self.goodbye && said_all { Ok(()) } else { ending }
    }

    async fn take_turns(&mut self, script: &Script) -> Result<(), Ending> {
        self.connect().await?;
        self.hear_greeting().await?;
        for (index, (turn, voice)) in script.iter().enumerate() {
            self.take_turn(turn, voice.as_ref()).await?;
            // Who will be interrupted is only heard to begin; the turn that interrupts waits for its own moment.
            self.await_reply().await?;
            if !matches!(script.get(index + 1), Some((Turn::Interrupt { .. }, _))) {
                self.hear_out().await?;
            }
        }
        self.wait(self.manner.hold).await
    }

    /// What has been measured so far.
    pub(crate) fn report(&self) -> Report {
        let turns = self.taken.iter().enumerate().map(|(index, taken)| self.turn_report(index, taken)).collect();
        let mut report = Report {
            turns,
            setup_ms: ms(self.setup),
            lost_packets: self.ear.lost(),
            resume_token: self.resume_token.clone(),
            errors: self.dialogue.errors().to_vec(),
            ..Default::default()
        };
        report.summarise();
        report
    }

    pub(crate) fn recording(&self) -> &Recording {
        &self.recording
    }

    fn turn_report(&self, index: usize, taken: &Taken) -> TurnReport {
        let words = self.dialogue.words(index);
        TurnReport {
            spoken: taken.spoken.clone(),
            speech_ms: taken.speech_ms,
            transcript: words.transcript,
            reply: words.reply,
            voice_to_voice_ms: self.reply_to(taken).map(|at| between(taken.ended, at)),
            reply_ms: self.reply_span(index, taken).map(|span| span.map(|at| ms(self.recording.at(at)))),
            stop_ms: taken
                .interrupts
                .then(|| self.ear.during(taken.began).map_or(0.0, |loud| between(taken.began, loud.to).max(0.0))),
            breakdown_ms: words.breakdown,
        }
    }

    /// When the reply to a turn began. A reply that began while the caller still spoke counts too, and its time is negative.
    fn reply_to(&self, taken: &Taken) -> Option<Instant> {
        let too_early = self.ear.during(taken.ended).filter(|loud| !taken.interrupts && loud.from > taken.began);
        too_early.or_else(|| self.ear.first_after(taken.ended)).map(|loud| loud.from)
    }

    /// First and last loud sample of the reply to a turn: all that was heard before the next turn was answered.
    fn reply_span(&self, index: usize, taken: &Taken) -> Option<[Instant; 2]> {
        let from = self.reply_to(taken)?;
        let next = self.taken.get(index + 1).and_then(|next| self.reply_to(next));
        let last = next.map_or_else(|| self.ear.last_loud(), |next| self.ear.last_before(next).map(|loud| loud.to))?;
        (last >= from).then_some([from, last])
    }

    async fn connect(&mut self) -> Result<(), Ending> {
        let (mut up, mut open) = (false, false);
        let deadline = clock::now() + CONNECT_MAX;
        while !(up && open) {
            let left = deadline.saturating_duration_since(clock::now());
            let heard = tokio::time::timeout(left, self.line.heard.recv()).await;
            match heard.map_err(|_| Ending::NeverConnected { seconds: CONNECT_MAX.as_secs() })? {
                Some(Heard::Connected) => up = true,
                Some(Heard::ChannelOpen) => open = true,
                Some(Heard::Ended) | None => return Err(Ending::NeverConnected { seconds: CONNECT_MAX.as_secs() }),
                Some(early @ (Heard::Text { .. } | Heard::Rtp { .. })) => self.on_heard(early),
            }
        }
        self.setup = clock::now().saturating_duration_since(self.line.began);
        self.ticks.reset_immediately();
        Ok(())
    }

    /// Lets the server speak first if it wants to.
    async fn hear_greeting(&mut self) -> Result<(), Ending> {
        let deadline = clock::now() + GREETING_MAX;
        while clock::now() < deadline && !self.dialogue.busy() && self.ear.last_loud().is_none() {
            self.step().await?;
        }
        if self.dialogue.busy() || self.ear.last_loud().is_some() {
            self.hear_out().await?;
        }
        Ok(())
    }

    async fn take_turn(&mut self, turn: &Turn, voice: Option<&Voice>) -> Result<(), Ending> {
        match turn {
            Turn::Interrupt { after, .. } => self.wait_into_reply(*after).await?,
            Turn::Speak { .. } | Turn::Type { .. } => self.wait(self.manner.silence).await?,
        }
        self.dialogue.begin_turn();
        match (turn, voice) {
            (Turn::Speak { file } | Turn::Interrupt { file, .. }, Some(voice)) => {
                let interrupts = matches!(turn, Turn::Interrupt { .. });
                self.speak(file.display().to_string(), interrupts, voice).await
            }
            (Turn::Type { text }, _) => self.type_text(text).await,
            (Turn::Speak { .. } | Turn::Interrupt { .. }, None) => {
                Err(Ending::Own("a recording was not read".to_owned()))
            }
        }
    }

    async fn speak(&mut self, spoken: String, interrupts: bool, voice: &Voice) -> Result<(), Ending> {
        self.mouth.speak(voice);
        while !self.mouth.silent() {
            self.step().await?;
        }
        let speech_ms = Some([voice.speech_from, voice.speech_to].map(|at| ms(samples(at))));
        let now = clock::now();
        let (began, ended) = (self.mouth.speech_began().unwrap_or(now), self.mouth.speech_ended().unwrap_or(now));
        self.taken.push(Taken { spoken, speech_ms, interrupts, began, ended });
        Ok(())
    }

    async fn type_text(&mut self, text: &str) -> Result<(), Ending> {
        let content = json!([{"type": "input_text", "text": text}]);
        self.say(json!({"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": content}})).await?;
        self.say(json!({"type": "response.create"})).await?;
        let now = clock::now();
        self.taken.push(Taken { spoken: text.to_owned(), speech_ms: None, interrupts: false, began: now, ended: now });
        Ok(())
    }

    async fn say(&mut self, event: Value) -> Result<(), Ending> {
        self.journal.note(clock::now().saturating_duration_since(self.line.began), "caller", &event);
        self.line.peer.say(&event.to_string()).await.map_err(|error| Ending::Own(error.to_string()))
    }

    /// Waits until the reply to the last turn has begun to sound.
    async fn await_reply(&mut self) -> Result<(), Ending> {
        let Some(taken) = self.taken.last().cloned() else { return Ok(()) };
        let deadline = taken.ended + self.manner.patience;
        while self.reply_to(&taken).is_none() {
            if clock::now() > deadline {
                return Err(Ending::NoAnswer { spoken: taken.spoken, seconds: self.manner.patience.as_secs_f64() });
            }
            self.step().await?;
        }
        Ok(())
    }

    /// Waits until so long after the reply to the last turn began.
    async fn wait_into_reply(&mut self, after: Duration) -> Result<(), Ending> {
        let began = self.taken.last().and_then(|taken| self.reply_to(taken)).or(self.ear.last_loud());
        let moment = began.unwrap_or_else(clock::now) + after;
        while clock::now() < moment {
            self.step().await?;
        }
        Ok(())
    }

    /// Waits until the server has nothing more to say: by its own events where it sends them, and by its silence in any case.
    async fn hear_out(&mut self) -> Result<(), Ending> {
        let deadline = clock::now() + REPLY_MAX;
        while clock::now() < deadline {
            let quiet = if self.dialogue.speaks() { QUIET_TOLD } else { QUIET_UNTOLD };
            let silent = self.ear.last_loud().is_none_or(|at| clock::now().saturating_duration_since(at) >= quiet);
            if silent && !self.dialogue.busy() {
                return Ok(());
            }
            self.step().await?;
        }
        Ok(())
    }

    async fn wait(&mut self, time: Duration) -> Result<(), Ending> {
        let until = clock::now() + time;
        while clock::now() < until {
            self.step().await?;
        }
        Ok(())
    }

    /// One thing that happens: a tick to speak by, something heard, a held packet let go.
    async fn step(&mut self) -> Result<(), Ending> {
        if self.over {
            return Err(Ending::HungUp);
        }
        let due = self.delayed.front().map(|(at, _)| at.saturating_duration_since(clock::now()));
        tokio::select! {
            _ = self.ticks.tick() => self.on_tick().await,
            heard = self.line.heard.recv() => {
                match heard {
                    Some(heard) => self.on_heard(heard),
                    None => self.over = true,
                }
                Ok(())
            }
            () = tokio::time::sleep(due.unwrap_or_default()), if due.is_some() => {
                if let Some((_, utterance)) = self.delayed.pop_front() {
                    self.send(utterance).await;
                }
                Ok(())
            }
        }
    }

    async fn on_tick(&mut self) -> Result<(), Ending> {
        let now = clock::now();
        if self.manner.muted && self.mouth.silent() {
            self.mouth.pause();
            return Ok(());
        }
        let utterance = self.mouth.next(now).map_err(|error| Ending::Own(error.to_string()))?;
        self.recording.said(now, &utterance.pcm);
        match self.uplink.fate() {
            None => {}
            Some(Duration::ZERO) => self.send(utterance).await,
            Some(delay) if self.delayed.len() < DELAYED_MAX => {
                let at = now + delay;
                let place = self.delayed.partition_point(|(other, _)| *other <= at);
                self.delayed.insert(place, (at, utterance));
            }
            Some(_) => {}
        }
        Ok(())
    }

    async fn send(&mut self, utterance: Utterance) {
        let Utterance { sequence, timestamp, payload, .. } = utterance;
        if let Err(error) = self.line.peer.send(sequence, timestamp, sequence == 0, payload).await {
            tracing::debug!(%error, "a packet could not be sent");
        }
    }

    fn on_heard(&mut self, heard: Heard) {
        match heard {
            Heard::Rtp { at, sequence, payload, .. } => {
                let Some(delay) = self.downlink.fate() else { return };
                for sound in self.ear.hear(at + delay, sequence, payload) {
                    self.recording.heard(&sound);
                }
            }
            Heard::Text { at, text } => {
                let event: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
                self.journal.note(at.saturating_duration_since(self.line.began), "server", &event);
                if event["type"] == "voxfare.session" {
                    self.resume_token = event["resume_token"].as_str().map(str::to_owned);
                }
                if event["type"] == "voxfare.ended" {
                    (self.over, self.goodbye) = (true, event["reason"] == "goodbye");
                }
                self.dialogue.event(&event);
            }
            Heard::Ended => self.over = true,
            Heard::Connected | Heard::ChannelOpen => {}
        }
    }
}

fn ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}

/// Milliseconds from one moment to another, negative when it lies before.
fn between(from: Instant, to: Instant) -> f64 {
    if to >= from { ms(to - from) } else { -ms(from - to) }
}

const CONNECT_MAX: Duration = Duration::from_secs(30);
/// Longest wait for a server to begin to greet.
const GREETING_MAX: Duration = Duration::from_millis(1500);
/// Longest reply that is heard out.
const REPLY_MAX: Duration = Duration::from_secs(120);
/// Silence after which a reply is over, when the server says so too.
const QUIET_TOLD: Duration = Duration::from_millis(400);
/// Silence after which a reply is over, when the server says nothing about it.
const QUIET_UNTOLD: Duration = Duration::from_millis(1500);
/// Most packets the emulated network holds: ten seconds.
const DELAYED_MAX: usize = 500;
