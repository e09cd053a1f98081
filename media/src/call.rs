//! One audio leg as a machine: packets and engine results in, packets and turn events out. It never waits.

pub use crate::judgement::{Expect, Hearing, Judgement};

use crate::codec::opus::{Effort, OpusError};
use crate::ear::{Chunk, Ear};
use crate::echo::{Echo, Verdict};
use crate::frame::Samples;
use crate::leg::jitter::{JitterConfig, JitterCounts};
use crate::leg::stream::Format;
use crate::mouth::{Mouth, MouthConfig};
use crate::noise::Field;
use crate::packet::{OutPacket, Packet};
use crate::playout::Told;
use crate::transcript::{EarAudio, Heard, ItemId, Speech, UtteranceId};
use crate::turn::{self, Act, Turn, TurnConfig};
use crate::utterance::Utterance;
use crate::vad::Detector;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// What the joint tells the call; every step also carries `now`.
#[derive(Clone, Debug)]
pub enum Input {
    /// A media packet arrived on the leg.
    Packet(Packet),
    /// A leg is up: media may flow. A second one replaces the first; its sequence numbers start anew.
    Attached(Carriage),
    /// Sound of a stream, in the stream's format.
    Sound(Vec<u8>),
    /// The stream's sound has this format from now on.
    Format(Format),
    /// How utterances begin and end, from now on.
    Listen(Listen),
    /// Noise is reduced before anybody hears it, or no longer.
    Noise(Option<Field>),
    /// Commit what was said, or poured in, so far.
    Commit,
    /// Forget what was said, or poured in, so far.
    Forget,
    /// The leg is gone; playout holds where it is until a leg is attached again.
    Detached,
    /// Nothing but time: the deadline that [`Output::Timeout`] asked for has passed.
    Tick,
    /// The turn model's probability that the utterance, as it stood at `revision`, is complete.
    TurnScore {
        /// The utterance scored.
        utterance: UtteranceId,
        /// The revision of its sound that was scored.
        revision: u32,
        /// 0.0 (certainly unfinished) to 1.0 (certainly finished).
        probability: f32,
    },
    /// What the recognised words say about the utterance, as it stood at `revision`.
    Words {
        /// The utterance recognised.
        utterance: UtteranceId,
        /// The revision of its sound that was recognised.
        revision: u32,
        /// The judgement of the words.
        judgement: Judgement,
    },
    /// Synthesised speech to queue behind what is queued.
    Play(Speech),
    /// Stop speaking now: cut everything queued and answer with [`Output::Interrupted`] if anything was playing.
    Cut,
    /// Stop speaking now; of this item no more than so much was heard. Otherwise as [`Input::Cut`].
    CutAt {
        /// The item.
        item: ItemId,
        /// What the far end says it has played of it.
        at: Samples,
    },
    /// The sound was lost on its way for a while: of this item no more than so much was heard, and it goes on from there. Only between
    /// [`Input::Detached`] and [`Input::Attached`].
    Unheard {
        /// The item.
        item: ItemId,
        /// What is known to have been heard of it.
        at: Samples,
    },
    /// Drop an item that was queued and of which nothing has been sent; a no-op once it has begun.
    Drop(ItemId),
    /// The far end reports that it loses this much of what we send, in percent.
    Lost(f32),
    /// Encoding costs this much from now on.
    Effort(Effort),
    /// What was just asked: endpointing waits accordingly from now on.
    Expect(Expect),
}

/// What the call tells the joint.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send this media packet on the leg.
    Packet(OutPacket),
    /// The caller began to speak.
    SpeechStarted {
        /// The utterance that begins.
        utterance: UtteranceId,
        /// Where in the incoming audio it begins, prefix padding included.
        at: Samples,
    },
    /// Sound began to gather for an utterance that [`Input::Commit`] will end.
    Gathering {
        /// The utterance.
        utterance: UtteranceId,
    },
    /// The caller fell silent; the utterance may still go on.
    SpeechStopped {
        /// The utterance.
        utterance: UtteranceId,
        /// Where in the incoming audio its last speech ended.
        at: Samples,
    },
    /// Recognise this sound of the utterance.
    Transcribe {
        /// The utterance.
        utterance: UtteranceId,
        /// Counts up each time the caller goes on after a pause: results for older revisions are stale.
        revision: u32,
        /// Why.
        hearing: Hearing,
        /// The utterance so far.
        audio: EarAudio,
    },
    /// Score this sound for completeness (at most the last eight seconds are used).
    ScoreTurn {
        /// The utterance.
        utterance: UtteranceId,
        /// Its revision.
        revision: u32,
        /// The utterance so far.
        audio: EarAudio,
    },
    /// The caller went on speaking: everything begun for older revisions is void.
    Resumed {
        /// The utterance.
        utterance: UtteranceId,
        /// The revision that is current now.
        revision: u32,
    },
    /// The utterance has ended: endpoint committed.
    Ended {
        /// The utterance.
        utterance: UtteranceId,
        /// The revision that stands. A speculative transcript of this revision is the final one.
        revision: u32,
        /// Where in the incoming audio its last speech ended.
        speech_end: Samples,
        /// `now` of the step in which the last speech frame arrived: zero point of the latency breakdown.
        speech_end_at: Instant,
    },
    /// The utterance was nothing (noise, a cough, a back-channel): no turn was taken.
    Discarded {
        /// The utterance.
        utterance: UtteranceId,
    },
    /// The first packet of an item has gone out.
    PlayStarted {
        /// The item.
        item: ItemId,
    },
    /// Playback moved past the end of another word: what has been heard so far.
    Played(Heard),
    /// Playback paused because the caller may be interrupting; the ledger stands at what was heard.
    Paused(Heard),
    /// No more than this was heard of an item that was begun, whatever was told of it; it holds there.
    Unheard(Heard),
    /// A false interruption: playback went on from the start of the last word heard in part.
    PlayResumed {
        /// The item that goes on.
        item: ItemId,
    },
    /// The caller took the floor (or [`Input::Cut`] came): everything queued is dropped, this much was heard.
    Interrupted(Heard),
    /// All of the item was played out.
    PlayDone(Heard),
    /// Input was dropped and counted: what, and why.
    Dropped {
        /// A short fixed word for the metric label.
        what: &'static str,
    },
    /// Nothing more to say until this moment (or until the next input, when `None`).
    Timeout(Option<Instant>),
}

/// Most sound worked off in one step, in chunks of 32 ms; a step that finds more leaves the rest to the next tick.
const STEP_CHUNKS_MAX: usize = 64;
/// The past kept beyond the prefix, in ms: the onset itself lies in it.
const PAST_MS: u64 = 200;
/// The one revision of an utterance that was gathered.
const GATHERED: u32 = 0;
/// What [`Output::Dropped`] says of an [`Input::Commit`] that found no sound.
pub const NOTHING_TO_COMMIT: &str = "nothing_to_commit";
/// After our last sound, echo is still possible for this long.
const ECHO_TAIL: Duration = Duration::from_millis(800);

/// How sound travels on a leg.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Carriage {
    /// Opus in packets, each way.
    #[default]
    Packets,
    /// As a stream towards us; our own sound is taken from what [`Input::Play`] brings, and only the ledger is kept here.
    Stream,
}

/// How utterances begin and end.
#[derive(Clone, Debug, PartialEq)]
pub enum Listen {
    /// By the voice and its pauses.
    Turns {
        /// The numbers.
        config: TurnConfig,
        /// Who speaks over us may take the floor.
        interrupts: bool,
    },
    /// By the joint alone: everything poured in is one utterance until [`Input::Commit`].
    Gather,
}

/// The shortest sound that can be committed, in ms.
pub const COMMIT_MS_MIN: u64 = 100;

/// How one call listens, takes turns and speaks.
#[derive(Clone, Debug)]
pub struct CallConfig {
    /// What tells voice from noise.
    pub detector: Detector,
    /// When speech begins, ends and interrupts.
    pub turn: TurnConfig,
    /// How long gaps wait.
    pub jitter: JitterConfig,
    /// How speech is sent.
    pub mouth: MouthConfig,
}

impl CallConfig {
    /// The defaults, with this detector.
    pub fn new(detector: Detector) -> Self {
        Self { detector, turn: TurnConfig::default(), jitter: JitterConfig::default(), mouth: MouthConfig::default() }
    }
}

/// One audio leg. Each [`Call::handle`] is followed by [`Call::poll`] until it answers [`Output::Timeout`].
pub struct Call {
    ear: Ear,
    utterance: Utterance,
    turn: Turn,
    echo: Echo,
    mouth: Mouth,
    prefix_ms: u64,
    attached: bool,
    carriage: Carriage,
    format: Format,
    interrupts: bool,
    gathers: bool,
    /// Our speech is paused because the leg is gone, not because of the caller.
    held_by_leg: bool,
    /// When our last sound went out.
    spoke_at: Option<Instant>,
    now: Instant,
    out: VecDeque<Output>,
    drained: bool,
}

impl Call {
    /// A call without a leg yet. Fails only when the codec refuses its settings.
    pub fn new(config: CallConfig, now: Instant) -> Result<Self, OpusError> {
        Ok(Self {
            ear: Ear::new(&config.detector, config.jitter, now)?,
            utterance: Utterance::new(config.turn.prefix_ms + PAST_MS),
            prefix_ms: config.turn.prefix_ms,
            turn: Turn::new(config.turn, now),
            echo: Echo::new(now),
            mouth: Mouth::new(&config.mouth, now)?,
            attached: false,
            carriage: Carriage::Packets,
            format: Format::default(),
            interrupts: true,
            gathers: false,
            held_by_leg: false,
            spoke_at: None,
            now,
            out: VecDeque::new(),
            drained: true,
        })
    }

    /// Takes one input at `now`, which never goes back.
    pub fn handle(&mut self, now: Instant, input: Input) {
        debug_assert!(self.drained, "poll until Timeout before the next input");
        self.drained = false;
        self.now = self.now.max(now);
        self.mouth.playout.advance(self.now);
        if self.carriage == Carriage::Stream {
            // What the far end has played by now was played before this.
            self.speak();
        }
        self.take(input);
        self.listen();
        let acts = self.turn.tick(self.now);
        self.act(acts);
        self.speak();
    }

    /// The next output; [`Output::Timeout`] is the last of a step.
    pub fn poll(&mut self) -> Output {
        self.out.pop_front().unwrap_or_else(|| {
            self.drained = true;
            Output::Timeout(self.due())
        })
    }

    /// What happened on the incoming link so far.
    pub fn link(&self) -> JitterCounts {
        self.ear.counts()
    }

    /// The incoming link's present delay variation.
    pub fn link_jitter(&self) -> Duration {
        self.ear.jitter()
    }

    /// The position in the incoming audio reached so far.
    pub fn heard_until(&self) -> Samples {
        self.utterance.position(0)
    }

    /// An utterance is open: the caller speaks, or sound gathers.
    pub fn is_hearing(&self) -> bool {
        self.utterance.is_open()
    }

    /// The caller speaks over us, and it is not decided yet who has the floor.
    pub fn is_contested(&self) -> bool {
        self.turn.is_contested()
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Packet(packet) => {
                if let Err(why) = self.ear.take(self.now, packet) {
                    self.out.push_back(Output::Dropped { what: why.label() });
                }
            }
            Input::Attached(carriage) => self.attach(carriage),
            Input::Sound(bytes) => {
                if !self.ear.pour(self.now, &bytes) {
                    self.out.push_back(Output::Dropped { what: "stream_full" });
                }
            }
            Input::Format(format) => {
                self.format = format;
                self.ear.reformat(format);
            }
            Input::Listen(listen) => self.listen_by(listen),
            Input::Noise(field) => self.ear.reduce_noise(field),
            Input::Commit => self.commit(),
            Input::Forget => self.forget(),
            Input::Detached => self.detach(),
            Input::Tick => {}
            Input::TurnScore { utterance, revision, probability } => {
                if self.is_open(utterance) {
                    self.turn.score(revision, probability);
                }
            }
            Input::Words { utterance, revision, judgement } => {
                if self.is_open(utterance) {
                    let acts = self.turn.judge(revision, judgement);
                    self.act(acts);
                }
            }
            Input::Play(speech) => {
                if !self.mouth.add(self.now, speech) {
                    self.out.push_back(Output::Dropped { what: "playout_full" });
                }
            }
            Input::Cut => self.cut(),
            Input::CutAt { item, at } => {
                self.mouth.playout.advance(self.now);
                self.mouth.playout.limit(item, at);
                self.cut();
            }
            Input::Unheard { item, at } => {
                // While a leg is there the ledger knows better.
                if !self.attached {
                    self.out.extend(self.mouth.playout.unheard(item, at).map(Output::Unheard));
                }
            }
            Input::Drop(item) => self.mouth.playout.drop_unsent(item),
            Input::Lost(percent) => self.mouth.lost(percent),
            Input::Effort(effort) => self.mouth.spend(effort),
            Input::Expect(expect) => self.turn.expect(expect),
        }
    }

    fn is_open(&self, utterance: UtteranceId) -> bool {
        self.utterance.is_open() && self.utterance.id() == utterance
    }

    fn listen_by(&mut self, listen: Listen) {
        let gathers = listen == Listen::Gather;
        if gathers != self.gathers {
            self.forget();
            self.gathers = gathers;
            self.ear.be_careless(gathers);
        }
        if let Listen::Turns { config, interrupts } = listen {
            self.prefix_ms = config.prefix_ms;
            self.utterance.keep_past(config.prefix_ms + PAST_MS);
            self.interrupts = interrupts;
            self.turn.configure(config);
        }
    }

    fn commit(&mut self) {
        if !self.gathers {
            let acts = self.turn.commit();
            return if acts.is_empty() { self.nothing_to_commit() } else { self.act(acts) };
        }
        // What was poured in before the commit is part of it.
        while let Some(chunk) = self.ear.next(self.now, true) {
            self.gather(&chunk);
        }
        while let Some(chunk) = self.ear.rest() {
            self.gather(&chunk);
        }
        if !self.utterance.is_open() || self.utterance.length_ms() < COMMIT_MS_MIN {
            return self.nothing_to_commit();
        }
        let (utterance, audio) = (self.utterance.id(), self.utterance.audio());
        let (revision, hearing) = (GATHERED, Hearing::Final);
        self.out.push_back(Output::Transcribe { utterance, revision, hearing, audio });
        let (speech_end, speech_end_at) = (self.utterance.position(0), self.now);
        self.out.push_back(Output::Ended { utterance, revision, speech_end, speech_end_at });
        self.utterance.close();
    }

    fn nothing_to_commit(&mut self) {
        self.out.push_back(Output::Dropped { what: NOTHING_TO_COMMIT });
    }

    fn forget(&mut self) {
        self.ear.clear();
        if self.gathers {
            if self.utterance.is_open() {
                self.act(&[Act::Discard]);
            }
        } else {
            let acts = self.turn.forget();
            self.act(acts);
        }
    }

    fn gather(&mut self, chunk: &Chunk) {
        if !self.utterance.is_open() {
            let utterance = self.utterance.open(0);
            self.out.push_back(Output::Gathering { utterance });
        }
        self.utterance.hear(chunk.words());
    }

    fn attach(&mut self, carriage: Carriage) {
        self.attached = true;
        self.carriage = carriage;
        let made = match carriage {
            Carriage::Packets => self.ear.restart(self.now).and_then(|()| self.mouth.be_mute(false)),
            Carriage::Stream => {
                self.ear.stream(self.format);
                self.mouth.be_mute(true)
            }
        };
        if made.is_err() {
            self.out.push_back(Output::Dropped { what: "no_codec" });
        }
        if std::mem::take(&mut self.held_by_leg) {
            self.play_on();
        }
    }

    fn detach(&mut self) {
        self.attached = false;
        self.mouth.fall_silent();
        let held_by_caller = self.mouth.playout.is_held() && !self.held_by_leg;
        if let Some(heard) = self.mouth.playout.lose_flight(self.now) {
            self.out.push_back(Output::Paused(heard));
        }
        self.held_by_leg = !held_by_caller;
    }

    /// Works off what is audible by now, chunk by chunk.
    fn listen(&mut self) {
        for _ in 0..STEP_CHUNKS_MAX {
            let idle = self.gathers || self.turn.is_quiet();
            let Some(chunk) = self.ear.next(self.now, idle) else { break };
            self.hear(&chunk);
        }
        if self.ear.take_broken() > 0 {
            self.out.push_back(Output::Dropped { what: "packet_undecodable" });
        }
    }

    fn hear(&mut self, chunk: &Chunk) {
        if self.gathers {
            return self.gather(chunk);
        }
        self.utterance.hear(chunk.words());
        let over = self.interrupts && self.mouth.playout.is_audible();
        let doubtful = self.may_echo() && self.echo.hear(self.now, chunk) != Verdict::Near;
        let clear = over && !doubtful && self.echo.is_absent();
        let acts = self.turn.hear(self.now, turn::Chunk { voice: chunk.voice, doubtful, over, clear });
        self.act(acts);
        if self.utterance.is_open() && self.turn.wants_partial() {
            self.transcribe(Hearing::Partial);
        }
        if self.turn.wants_second_hearing() {
            self.transcribe(Hearing::Speculative);
        }
    }

    fn may_echo(&self) -> bool {
        self.spoke_at.is_some_and(|at| self.now.saturating_duration_since(at) < ECHO_TAIL)
    }

    fn act(&mut self, acts: &[Act]) {
        for act in acts {
            match act {
                Act::Open => self.open(),
                // A stream is ahead of its sound: nothing can be held back of it, only taken back for good.
                Act::Pause | Act::PlayOn if self.carriage == Carriage::Stream => {}
                Act::Pause => {
                    if let Some(heard) = self.mouth.playout.pause(self.now) {
                        self.out.push_back(Output::Paused(heard));
                    }
                }
                Act::Speculate => self.speculate(),
                Act::Resume => {
                    let (utterance, revision) = (self.utterance.id(), self.turn.revision());
                    self.out.push_back(Output::Resumed { utterance, revision });
                }
                Act::Interrupt => self.interrupt(),
                Act::PlayOn => self.play_on(),
                Act::End => self.end(),
                Act::EndUnheard => {
                    self.transcribe(Hearing::Final);
                    self.end();
                }
                Act::Discard => {
                    self.out.push_back(Output::Discarded { utterance: self.utterance.id() });
                    self.utterance.close();
                }
            }
        }
    }

    fn open(&mut self) {
        let utterance = self.utterance.open(self.prefix_ms + self.turn.rising_ms());
        self.out.push_back(Output::SpeechStarted { utterance, at: self.utterance.start() });
    }

    fn speculate(&mut self) {
        let at = self.utterance.position(self.turn.hush_ms());
        self.out.push_back(Output::SpeechStopped { utterance: self.utterance.id(), at });
        self.transcribe(Hearing::Speculative);
        let audio = self.utterance.audio();
        let (utterance, revision) = (self.utterance.id(), self.turn.revision());
        self.out.push_back(Output::ScoreTurn { utterance, revision, audio });
    }

    fn transcribe(&mut self, hearing: Hearing) {
        let audio = self.utterance.audio();
        let (utterance, revision) = (self.utterance.id(), self.turn.revision());
        self.out.push_back(Output::Transcribe { utterance, revision, hearing, audio });
    }

    fn end(&mut self) {
        // Its sound was heard so much later than it arrived.
        let speech_end_at = self.turn.speech_end_at();
        let speech_end_at = speech_end_at.checked_sub(self.ear.delay()).unwrap_or(speech_end_at);
        self.out.push_back(Output::Ended {
            utterance: self.utterance.id(),
            revision: self.turn.revision(),
            speech_end: self.utterance.position(self.turn.hush_ms()),
            speech_end_at,
        });
        self.utterance.close();
    }

    fn cut(&mut self) {
        self.interrupt();
        let acts = self.turn.ours_gone();
        self.act(acts);
    }

    fn interrupt(&mut self) {
        let cut = self.mouth.playout.cut(self.now);
        self.tell();
        self.out.extend(cut.into_iter().map(Output::Interrupted));
    }

    fn play_on(&mut self) {
        if self.held_by_leg {
            return;
        }
        if let Some(item) = self.mouth.playout.resume() {
            self.out.push_back(Output::PlayResumed { item });
        }
    }

    /// Sends what is due.
    fn speak(&mut self) {
        let start = self.may_start();
        while self.attached {
            let Some(spoken) = self.mouth.speak(self.now, start) else { break };
            self.echo.speak(spoken.at, &spoken.frame);
            if spoken.frame != crate::frame::Frame::SILENCE {
                self.spoke_at = Some(spoken.at);
            }
            self.mouth.playout.advance(self.now);
            self.tell();
            self.out.extend(spoken.packet.map(Output::Packet));
        }
        self.mouth.playout.advance(self.now);
        self.tell();
    }

    /// Nothing new is begun while the caller has the floor.
    fn may_start(&self) -> bool {
        !self.turn.caller_has_floor()
    }

    fn tell(&mut self) {
        while let Some(told) = self.mouth.playout.tell() {
            self.out.push_back(match told {
                Told::Started(item) => Output::PlayStarted { item },
                Told::Word(heard) => Output::Played(heard),
                Told::Done(heard) => Output::PlayDone(heard),
            });
        }
    }

    fn due(&self) -> Option<Instant> {
        let mouth = if self.attached { self.mouth.due(self.may_start()) } else { self.mouth.playout.due() };
        [self.ear.due(self.gathers || self.turn.is_quiet()), self.turn.due(), mouth].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests;
