//! One conversation as a machine: heard words and tool results in, sayings and tool calls out. It never waits.

pub use crate::event::{CallId, Card, Completeness, Expects, Input, Output, Say, SayId, SayKind};

use crate::concierge::brain::{Brain, Move};
use crate::concierge::meaning::{Asked, Context};
use crate::history::History;
use crate::tool::ToolResult;
use crate::trip::{Code3, Place};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

/// An acknowledgement is held back for this long: a tool that answers within it makes it needless.
const ACKNOWLEDGE_AFTER: Duration = Duration::from_millis(150);
/// Nothing is said for at most this long while a task runs; the promise is 1.2 s to the sound.
const FILLER_AFTER: Duration = Duration::from_millis(900);
/// Between fillers.
const PROGRESS_EVERY: Duration = Duration::from_secs(4);
/// Silence after a question until each nudge.
const NUDGES: [Duration; 3] = [Duration::from_secs(8), Duration::from_secs(20), Duration::from_secs(45)];
/// A caller who asked to wait is left alone for this long.
const PATIENCE: Duration = Duration::from_secs(120);
/// What a voice that fails could not say is tried again this often in a row at most.
const VOICELESS_MAX: u8 = 2;
/// Results that wait for a free floor.
const WAITING_MAX: usize = 4;

/// Said when an answer is wanted and there is nothing to answer.
const WHAT_ELSE: &str = "What else can I do for you?";
/// Leads a result that had to wait.
const BACK_TO: &str = "Back to what you asked: ";
/// Leads what was said while the line was dead.
const MISSED: &str = "You missed this: ";
const FILLERS: [&str; 3] = ["One moment.", "Still looking.", "Just a moment more."];

/// What a conversation is made with.
#[derive(Clone, Debug)]
pub struct DialogueConfig {
    /// Where flights start when the caller names no place; said aloud when it is used.
    pub home: Option<Place>,
    /// Currency of amounts said without one.
    pub currency: Code3,
    /// The first thing said.
    pub greeting: String,
    /// Keys of orders are made from it: no two conversations may share one.
    pub seed: u64,
}

impl Default for DialogueConfig {
    fn default() -> Self {
        Self {
            home: None,
            currency: Code3::USD,
            greeting: "Hi, this is Voxfare. Where would you like to go?".to_owned(),
            seed: 0,
        }
    }
}

/// The caller's calendar: when the conversation began, and in which zone "tomorrow" is reckoned.
#[derive(Clone, Debug)]
pub struct Clock {
    began: Timestamp,
    zone: TimeZone,
}

impl Clock {
    /// A conversation that began at `began`, reckoned in `zone`.
    pub fn new(began: Timestamp, zone: TimeZone) -> Self {
        Self { began, zone }
    }

    /// The caller's local time `since` the conversation began.
    pub fn local(&self, since: Duration) -> DateTime {
        let now = self.began.checked_add(since).unwrap_or(self.began);
        now.to_zoned(self.zone.clone()).datetime()
    }
}

/// One conversation; a clone answers as the original would.
#[derive(Clone, Debug)]
pub struct Dialogue {
    greeting: String,
    clock: Clock,
    brain: Brain,
    history: History,
    says: u64,
    now: Duration,
    out: VecDeque<Output>,
    meanwhile: Option<(Duration, String)>,
    waiting: VecDeque<Waiting>,
    said_of_turn: bool,
    floor_free: bool,
    quiet_since: Duration,
    fillers: usize,
    nudges: usize,
    may_nudge: bool,
    patient_until: Duration,
    patient: bool,
    away: bool,
    hung_up: bool,
    /// Somebody else is finding something out.
    working: bool,
    /// Sayings that tell the outcome of an act, until they were heard or lost.
    outcomes: BTreeSet<SayId>,
    /// Sayings in a row that were played without a sound: the voice fails.
    voiceless: u8,
    /// The last saying that only covers a wait.
    passing: Option<SayId>,
}

/// Words that wait for a free floor, and what leads them.
#[derive(Clone, Debug)]
struct Waiting {
    lead: &'static str,
    text: String,
    expects: Expects,
}

impl Dialogue {
    /// A conversation that has not begun.
    pub fn new(config: DialogueConfig, clock: Clock) -> Self {
        Self {
            greeting: config.greeting,
            clock,
            brain: Brain::new(config.home, config.currency, config.seed),
            history: History::default(),
            says: 0,
            now: Duration::ZERO,
            out: VecDeque::new(),
            meanwhile: None,
            waiting: VecDeque::new(),
            said_of_turn: false,
            floor_free: true,
            quiet_since: Duration::ZERO,
            fillers: 0,
            nudges: 0,
            may_nudge: false,
            patient_until: Duration::ZERO,
            patient: false,
            away: false,
            hung_up: false,
            working: false,
            outcomes: BTreeSet::new(),
            voiceless: 0,
            passing: None,
        }
    }

    /// A conversation that has not begun, at the same time and place as this one. It makes the same keys: what it wants to order must not be.
    pub fn afresh(&self) -> Self {
        let config = DialogueConfig { greeting: self.greeting.clone(), ..DialogueConfig::default() };
        Self { brain: self.brain.afresh(), now: self.now, ..Self::new(config, self.clock.clone()) }
    }

    /// Takes one input at `now`, the time since the conversation began.
    pub fn handle(&mut self, now: Duration, input: Input) {
        self.now = self.now.max(now);
        match input {
            Input::Opened => {
                let greeting = self.greeting.clone();
                self.say(greeting, SayKind::Answer, Expects::Anything);
            }
            Input::Heard { text } => self.heard(&text),
            Input::Prompted => {
                let text = if self.says == 0 { self.greeting.clone() } else { WHAT_ELSE.to_owned() };
                self.say(text, SayKind::Answer, Expects::Anything);
            }
            Input::Told { text } => {
                self.say(text, SayKind::Answer, Expects::Anything);
            }
            Input::Working(working) => {
                self.working = working;
                (self.fillers, self.quiet_since) = (0, self.now);
            }
            Input::ToolDone { call, result } => self.answered(call, result),
            Input::Said { say, heard_bytes, dropped } => self.said(say, heard_bytes, dropped),
            Input::Unheard { say, heard_bytes, line_dead } => self.unheard(say, heard_bytes, line_dead),
            Input::FloorFree => self.floor(true),
            Input::FloorTaken => self.floor(false),
            Input::CallerLeft => self.away = true,
            Input::CallerBack => {
                self.away = false;
                self.quiet_since = self.now;
                self.nudges = 0;
                let text = if self.is_busy() { "Welcome back. I'm still on it." } else { "Welcome back." };
                self.passing = Some(self.say(text.to_owned(), SayKind::Answer, Expects::Anything));
                self.say_waiting();
            }
            Input::Tick => self.tick(),
        }
    }

    /// Silence is never broken unasked from now on: there may be nobody who listens.
    pub fn never_nudge(&mut self) {
        self.patient = true;
    }

    /// Something is being looked up or done, and its answer is still to be told.
    pub fn is_busy(&self) -> bool {
        self.brain.is_busy() || self.working
    }

    /// What is to be done next; `None` when all is said.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// When it wants to be woken, as time since the conversation began.
    pub fn wakes(&self) -> Option<Duration> {
        if self.away {
            return None;
        }
        let acknowledge = self.meanwhile.as_ref().map(|&(at, _)| at);
        [acknowledge, self.filler_due(), self.nudge_due()].into_iter().flatten().min()
    }

    /// What the words of an unfinished utterance say about it.
    pub fn completeness(&self, text: &str) -> Completeness {
        self.brain.completeness(text, self.local())
    }

    /// What understanding may know now.
    pub fn context(&self) -> Context {
        self.brain.context(self.local())
    }

    /// Digits keyed on a telephone, in the words that mean the same: a number of the offers on the table is that offer.
    pub fn keyed(&self, digits: &str) -> String {
        let number: usize = digits.parse().unwrap_or(0);
        if (1..=self.on_the_table()).contains(&number) { format!("Number {number}") } else { digits.to_owned() }
    }

    /// How many offers a number may choose among now: none while something else was asked that a number answers.
    pub fn on_the_table(&self) -> usize {
        let context = self.context();
        let open = matches!(context.asked, Asked::Choice | Asked::Nothing | Asked::YesNo | Asked::Confirm);
        if open { context.choices.len() } else { 0 }
    }

    /// What was said and heard.
    pub fn history(&self) -> &History {
        &self.history
    }

    fn local(&self) -> DateTime {
        self.clock.local(self.now)
    }

    fn answered(&mut self, call: CallId, result: ToolResult) {
        let (is_act, first) = (self.brain.is_act(call), self.says + 1);
        let moves = self.brain.answer(call, result, self.local().date());
        if !moves.is_empty() {
            self.meanwhile = None;
            self.perform(moves, SayKind::Result);
        }
        if is_act {
            self.outcomes.extend((first..=self.says).map(SayId));
        }
    }

    fn heard(&mut self, text: &str) {
        self.history.caller(text);
        self.meanwhile = None;
        self.said_of_turn = false;
        self.patient_until = Duration::ZERO;
        self.voiceless = 0;
        // Who speaks on after a goodbye has not left.
        self.hung_up &= text.trim().is_empty();
        (self.fillers, self.nudges) = (0, 0);
        self.quiet_since = self.now;
        let moves = match self.repeat(text) {
            Some(said) => vec![Move::Say(said, Expects::Anything)],
            None => self.brain.hear(text, self.local()),
        };
        self.perform(moves, SayKind::Answer);
    }

    /// "Say that again": the last answer, whole.
    fn repeat(&self, text: &str) -> Option<String> {
        let meaning = crate::concierge::understand::understand(text, &self.context());
        (meaning.act == crate::concierge::meaning::Act::Repeat)
            .then(|| self.history.last_said().map(|(said, _)| said.to_owned()))
            .flatten()
    }

    fn perform(&mut self, moves: Vec<Move>, kind: SayKind) {
        for step in moves {
            match step {
                Move::Say(text, expects) => self.say_or_wait(text, kind, expects),
                Move::ReadBack(text) => {
                    let say = self.say(text, kind, Expects::YesNo);
                    self.brain.spoken_as(say);
                }
                Move::Meanwhile(text) => self.meanwhile = Some((self.now + ACKNOWLEDGE_AFTER, text)),
                Move::Do(call, tool) => self.out.push_back(Output::Do { call, tool }),
                Move::Cancel(call) => self.out.push_back(Output::Cancel { call }),
                Move::Show(card) => self.out.push_back(Output::Show(card)),
                Move::Pace(pace) => self.out.push_back(Output::Pace(pace)),
                Move::Wait => self.patient_until = self.now + PATIENCE,
                Move::HangUp => {
                    self.hung_up = true;
                    self.out.push_back(Output::HangUp);
                }
            }
        }
    }

    fn say_or_wait(&mut self, text: String, kind: SayKind, expects: Expects) {
        if self.away {
            self.wait(BACK_TO, text, expects);
        } else {
            // The first words of a turn answer it, whether or not a tool was asked.
            let kind = if self.said_of_turn { kind } else { SayKind::Answer };
            self.say(text, kind, expects);
        }
    }

    fn wait(&mut self, lead: &'static str, text: String, expects: Expects) {
        if self.waiting.len() == WAITING_MAX {
            self.waiting.pop_front();
        }
        let text = [BACK_TO, MISSED].iter().find_map(|lead| text.strip_prefix(lead)).unwrap_or(&text).to_owned();
        self.waiting.push_back(Waiting { lead, text, expects });
    }

    fn say(&mut self, text: String, kind: SayKind, expects: Expects) -> SayId {
        self.says += 1;
        let id = SayId(self.says);
        self.history.assistant(id, &text, kind);
        self.said_of_turn = true;
        self.may_nudge = matches!(kind, SayKind::Answer | SayKind::Result | SayKind::Nudge);
        self.out.push_back(Output::Say(Say { id, text, kind, expects }));
        id
    }

    fn said(&mut self, say: SayId, heard_bytes: usize, dropped: bool) {
        let unheard = dropped || heard_bytes == 0;
        if heard_bytes > 0 {
            self.voiceless = 0;
        } else if !dropped {
            self.voiceless = self.voiceless.saturating_add(1);
        }
        let told = self.history.saying(say).map(|(text, kind)| (text.to_owned(), kind));
        // Nobody cuts a saying while the caller is away: the line did.
        let cut = self.away && !dropped;
        let lost = told.filter(|(text, _)| unheard || (cut && heard_bytes < text.len()));
        self.history.said(say, if dropped { 0 } else { heard_bytes });
        self.brain.heard(say, if dropped { 0 } else { heard_bytes });
        // A result that nobody heard is told when the floor is free again; so is the outcome of an act, whatever it was
        // said as.
        let is_outcome = self.outcomes.remove(&say);
        if let Some((text, kind)) = lost
            && (is_outcome || kind == SayKind::Result || (cut && self.is_worth_repeating(say, kind)))
            && self.voiceless <= VOICELESS_MAX
        {
            self.wait(if cut { MISSED } else { BACK_TO }, text, Expects::Anything);
        }
    }

    /// Less was heard than was thought: consent counts what was. What a dead line swallowed is told again while it matters; of what the caller
    /// cut into, only a result that nobody heard.
    fn unheard(&mut self, say: SayId, heard_bytes: usize, line_dead: bool) {
        self.brain.unheard(say, heard_bytes);
        let Some((text, kind, spoken_since)) = self.history.unheard(say, heard_bytes) else { return };
        if line_dead && !spoken_since && self.is_worth_repeating(say, kind) {
            self.wait(MISSED, text, Expects::Anything);
        } else if !line_dead && heard_bytes == 0 && kind == SayKind::Result {
            self.wait(BACK_TO, text, Expects::Anything);
        }
    }

    fn is_worth_repeating(&self, say: SayId, kind: SayKind) -> bool {
        let answers = matches!(kind, SayKind::Answer | SayKind::Result);
        answers && self.passing != Some(say)
    }

    fn floor(&mut self, free: bool) {
        if free && !self.floor_free {
            self.quiet_since = self.now;
        }
        self.floor_free = free;
        if free && !self.away {
            self.say_waiting();
        }
    }

    fn say_waiting(&mut self) {
        if let Some(Waiting { lead, text, expects }) = self.waiting.pop_front() {
            let text = if text.len() < 360 { format!("{lead}{text}") } else { text };
            self.say(text, SayKind::Result, expects);
        }
    }

    fn tick(&mut self) {
        if self.away {
            return;
        }
        if self.meanwhile.as_ref().is_some_and(|&(at, _)| self.now >= at)
            && let Some((_, text)) = self.meanwhile.take()
        {
            self.passing = Some(self.say(text, SayKind::Answer, Expects::Anything));
        }
        if self.filler_due().is_some_and(|at| self.now >= at) {
            let text = FILLERS[self.fillers.min(1) + self.fillers.saturating_sub(1) % 2];
            self.fillers += 1;
            self.quiet_since = self.now;
            self.say(text.to_owned(), SayKind::Filler, Expects::Anything);
        }
        if self.nudge_due().is_some_and(|at| self.now >= at) {
            let text = match self.nudges {
                0 => "Are you still there?",
                1 => "I'm still here when you want to go on.",
                _ => "Just speak whenever you need me, or say goodbye.",
            };
            self.nudges += 1;
            self.say(text.to_owned(), SayKind::Nudge, Expects::Anything);
        }
    }

    fn filler_due(&self) -> Option<Duration> {
        let waits = self.is_busy() && self.floor_free && self.meanwhile.is_none();
        let after = if self.fillers == 0 { FILLER_AFTER } else { PROGRESS_EVERY };
        waits.then_some(self.quiet_since + after)
    }

    fn nudge_due(&self) -> Option<Duration> {
        let quiet = self.floor_free && self.may_nudge && !self.patient && !self.is_busy() && !self.hung_up;
        let after = NUDGES.get(self.nudges).filter(|_| quiet)?;
        let since = NUDGES.get(self.nudges.wrapping_sub(1)).copied().unwrap_or_default();
        Some((self.quiet_since + (*after - since)).max(self.patient_until))
    }
}

#[cfg(test)]
mod tests;
