//! Rules of a session's life: turns rise, stale results change nothing, tasks get their end, memory is bounded, the end is the end.

use crate::session::event::{EffectId, Interruptible, Outcome, Output, Turn};
use crate::sim::rules::fact::Fact;
use crate::sim::rules::faults::Faults;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Effects under way at once: recognitions of four utterances, a clause, the searches of a few turns.
const EFFECTS_MAX: usize = 24;
/// Outputs of one step: the events kept while the caller was away, and what one step makes.
const STEP_OUTPUTS_MAX: usize = 512 + 256;
/// Steps in a row that the session may ask for at one moment.
const STEPS_AT_ONCE_MAX: u32 = 20;
/// How long a simulated session outlives its transport.
pub(crate) const RESUME_WITHIN: Duration = Duration::from_secs(60);
/// A task whose effect has answered has its event in this time.
const TASK_WITHIN: Duration = Duration::from_secs(1);

/// What is known of effects, tasks and the end.
#[derive(Debug, Default)]
pub(crate) struct Life {
    turn: Turn,
    last: u64,
    running: BTreeMap<EffectId, &'static str>,
    cancelled: BTreeSet<EffectId>,
    /// The input under way is the answer to a cancelled effect.
    stale: Option<EffectId>,
    outputs: usize,
    at_once: (Option<Instant>, u32),
    tasks: BTreeMap<String, Instant>,
    /// Questions and acts of the world that have no final answer yet.
    asked: BTreeSet<EffectId>,
    over: bool,
    abandoned_at: Option<Instant>,
    drained_at: Option<Instant>,
    attached: bool,
    open: bool,
    sent_away: bool,
}

impl Life {
    /// The transport came or went.
    pub(crate) fn transport(&mut self, now: Instant, attached: bool) {
        self.attached = attached;
        self.open = false;
        self.abandoned_at = if attached { None } else { self.abandoned_at.or(Some(now + RESUME_WITHIN)) };
    }

    /// The server stops within this time.
    pub(crate) fn drained(&mut self, now: Instant, within: Duration) {
        self.drained_at.get_or_insert(now + within);
    }

    /// The control channel is open.
    pub(crate) fn control_open(&mut self) {
        self.open = true;
    }

    /// The world answers an effect.
    pub(crate) fn outcome(&mut self, id: EffectId, outcome: &Outcome, is_final: bool) {
        if self.cancelled.contains(&id) {
            self.stale = Some(id);
        } else if is_final {
            self.running.remove(&id);
        }
        if is_final && matches!(outcome, Outcome::Answered(_)) {
            self.asked.remove(&id);
        }
    }

    /// One output.
    pub(crate) fn output(&mut self, output: &Output, faults: &mut Faults) {
        self.outputs += 1;
        let is_rest = matches!(output, Output::Timeout(_));
        if self.over && !matches!(output, Output::Timeout(None)) {
            faults.add("nothing after the end", format!("{output:?}"));
        }
        if let Some(id) = self.stale
            && !is_rest
        {
            faults.add("a stale result changes nothing", format!("{id:?}: {output:?}"));
        }
        match output {
            Output::Run(id, turn, effect) => {
                if *turn < self.turn {
                    faults.add("turns rise", format!("{turn:?} after {:?}", self.turn));
                }
                self.turn = *turn;
                self.began(*id, kind(effect), faults);
            }
            Output::Commit(id, _) => self.began(*id, "commit", faults),
            Output::Cancel(id) => {
                if self.running.remove(id).is_some() {
                    self.cancelled.insert(*id);
                    self.asked.remove(id);
                }
            }
            Output::Media(_) if !self.attached => faults.add("nothing is sent to nobody", "media while detached"),
            Output::Control(_) | Output::Again(_) if !self.open => {
                faults.add("nothing is sent to nobody", "an event on no channel")
            }
            Output::Ended(_) => self.end(faults),
            Output::Media(_)
            | Output::Control(_)
            | Output::Again(_)
            | Output::Measured(_)
            | Output::Count(_)
            | Output::Timeout(_) => {}
        }
    }

    /// One event.
    pub(crate) fn event(&mut self, now: Instant, fact: &Fact, faults: &mut Faults) {
        match fact.kind.as_str() {
            "voxfare.task" => {
                let id = fact.text("/task_id").to_owned();
                match fact.text("/state") {
                    "started" => {
                        if self.tasks.insert(id.clone(), now).is_some() {
                            faults.add("a task begins once", id);
                        }
                    }
                    "pending" => {}
                    _ => {
                        if self.tasks.remove(&id).is_none() {
                            faults.add("a task ends once", id);
                        }
                    }
                }
            }
            "voxfare.session" => {
                let resumed = fact.value("/resumed").and_then(serde_json::Value::as_bool).unwrap_or(false);
                if resumed != std::mem::replace(&mut self.sent_away, true) {
                    faults.add("a session outlives its transport", format!("resumed: {resumed}"));
                }
            }
            _ => {}
        }
    }

    /// The step is over and wants to be woken at `wakes`.
    pub(crate) fn settled(&mut self, now: Instant, wakes: Option<Instant>, faults: &mut Faults) {
        self.stale = None;
        if std::mem::take(&mut self.outputs) > STEP_OUTPUTS_MAX {
            faults.add("memory is bounded", "outputs of one step");
        }
        if self.running.len() > EFFECTS_MAX {
            faults.add("memory is bounded", format!("{:?}", self.running));
            self.running.clear();
        }
        let at_once = wakes.is_some_and(|at| at <= now) && self.at_once.0 == Some(now);
        self.at_once = (Some(now), if at_once { self.at_once.1 + 1 } else { 0 });
        if self.at_once.1 == STEPS_AT_ONCE_MAX {
            faults.add("a step comes to rest", format!("{STEPS_AT_ONCE_MAX} steps at one moment"));
        }
        if !self.over && [self.abandoned_at, self.drained_at].into_iter().flatten().any(|at| now > at) {
            faults.add("a session ends in time", "left or drained, and still there");
            (self.abandoned_at, self.drained_at) = (None, None);
        }
        if self.open && self.asked.is_empty() && !self.over {
            let lost = self.tasks.iter().find(|(_, since)| now.saturating_duration_since(**since) > TASK_WITHIN);
            if let Some(id) = lost.map(|(id, _)| id.clone()) {
                faults.add("a running task is not lost", &id);
                self.tasks.remove(&id);
            }
        }
    }

    fn began(&mut self, id: EffectId, kind: &'static str, faults: &mut Faults) {
        if id.0 <= self.last {
            faults.add("an effect has its own name", format!("{id:?}"));
        }
        self.last = id.0;
        self.running.insert(id, kind);
        if kind == "ask" || kind == "commit" {
            self.asked.insert(id);
        }
    }

    /// What was started is joined: every effect has answered or was cancelled, but for the durable ones.
    fn end(&mut self, faults: &mut Faults) {
        self.over = true;
        for (id, kind) in self.running.iter().filter(|(_, kind)| **kind != "commit") {
            faults.add("the end joins what was started", format!("{kind} {id:?}"));
        }
    }
}

fn kind(effect: &Interruptible) -> &'static str {
    match effect {
        Interruptible::Hear { .. } => "hear",
        Interruptible::Score { .. } => "score",
        Interruptible::Speak { .. } => "speak",
        Interruptible::Ask { .. } => "ask",
        Interruptible::Remote { .. } => "remote",
        Interruptible::Account { .. } => "account",
        Interruptible::Follow { .. } => "follow",
    }
}
