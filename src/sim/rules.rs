//! The session's rules as properties over what a session takes and puts out. It changes nothing; it only finds fault.

mod fact;
mod faults;
mod floor;
mod ledger;
mod life;
mod money;
mod protocol;
mod said;

use crate::session::event::{EffectId, EndReason, Failure, Input, Outcome, Output};
use crate::session::machine::Machine;
use crate::sim::peer::Peer;
use agent::history::HISTORY_TURNS_MAX;
use agent::tool::ToolResult;
use agent::trip::Money;
use fact::Fact;
use faults::Faults;
use floor::Floor;
use ledger::Ledger;
use life::Life;
pub(crate) use life::RESUME_WITHIN;
use money::MoneyRules;
use protocol::Protocol;
use std::collections::BTreeSet;
use std::time::Instant;

/// Watches one session.
pub(crate) struct Rules {
    faults: Faults,
    peer: Peer,
    protocol: Protocol,
    ledger: Ledger,
    floor: Floor,
    money: MoneyRules,
    life: Life,
    commits: BTreeSet<EffectId>,
    attached: bool,
    open: bool,
    /// Events may have been lost: more were kept than may be kept.
    lost_events: bool,
    ended: Option<EndReason>,
}

impl Rules {
    /// Nothing was seen yet of a world that begins at `start`.
    pub(crate) fn new(start: Instant) -> Self {
        Self {
            faults: Faults::new(start),
            peer: Peer::new(),
            protocol: Protocol::default(),
            ledger: Ledger::default(),
            floor: Floor::default(),
            money: MoneyRules::default(),
            life: Life::default(),
            commits: BTreeSet::new(),
            attached: false,
            open: false,
            lost_events: false,
            ended: None,
        }
    }

    /// One input, before the session takes it.
    pub(crate) fn take(&mut self, now: Instant, input: &Input) {
        self.faults.at(now);
        // What was silent until now was silent: the input may end it.
        self.floor.settled(now, &mut self.faults);
        match input {
            Input::Attached { .. } => self.transport(now, true),
            Input::Detached => self.transport(now, false),
            Input::ControlOpen => {
                self.open = true;
                self.life.control_open();
                self.floor.control_open();
                self.ledger.control_open();
            }
            Input::Control(text) => {
                self.floor.cause(now);
                if let Some(fact) = Fact::read(text).filter(|fact| fact.kind == "conversation.item.truncate") {
                    self.ledger.claimed(&fact);
                }
            }
            Input::Effect { id, outcome } => self.outcome(*id, outcome),
            // A key answers as words do.
            Input::Digit(_) => self.floor.cause(now),
            Input::Drain { within } => self.life.drained(now, *within),
            Input::Media(_) | Input::Link(_) | Input::Effort(_) | Input::HangUp | Input::Tick => {}
        }
    }

    /// The caller says words that are meant for us.
    pub(crate) fn caller_speaks(&mut self, now: Instant) {
        self.floor.cause(now);
    }

    /// The caller may name this amount.
    pub(crate) fn caller_names(&mut self, amount: Money) {
        self.money.caller_names(amount);
    }

    /// One output; `speaks`: so much of the caller's voice has arrived that nobody may doubt it.
    pub(crate) fn see(&mut self, now: Instant, output: &Output, speaks: bool) {
        self.life.output(output, &mut self.faults);
        match output {
            Output::Control(text) => self.event(now, text),
            Output::Media(packet) => {
                let sound = self.peer.hear(packet);
                self.ledger.media(now, sound, &mut self.faults);
                self.floor.media(sound, speaks, &mut self.faults);
            }
            Output::Run(id, _, effect) => self.ledger.run(*id, effect),
            Output::Commit(id, act) => {
                self.commits.insert(*id);
                self.money.commit(*id, &act.tool, &mut self.faults);
            }
            Output::Cancel(id) => self.money.cancel(*id, &mut self.faults),
            Output::Count(what) => self.lost_events |= *what == "event_dropped_while_away",
            Output::Ended(reason) => self.ended = Some(*reason),
            Output::Timeout(_) | Output::Again(_) | Output::Measured(_) => {}
        }
    }

    /// The step is over; `wakes` is what the session asked for.
    pub(crate) fn settled(&mut self, now: Instant, machine: &Machine, wakes: Option<Instant>) {
        let history = machine.dialogue().history();
        self.life.settled(now, wakes, &mut self.faults);
        self.floor.settled(now, &mut self.faults);
        if self.open {
            self.money.settled(&mut self.faults);
        }
        self.ledger.settled(now, self.attached, history, &mut self.faults);
        if history.turns().count() > HISTORY_TURNS_MAX {
            self.faults.add("memory is bounded", "history");
        }
    }

    /// The world has come to rest: what was found.
    pub(crate) fn rest(mut self) -> Vec<String> {
        let seen_all = self.open && !self.lost_events;
        if self.ended.is_some() && seen_all {
            self.protocol.over(&mut self.faults);
        }
        if self.ended == Some(EndReason::Goodbye) && seen_all {
            self.money.goodbye(&mut self.faults);
        }
        self.faults.into_list()
    }

    fn transport(&mut self, now: Instant, attached: bool) {
        self.attached = attached;
        self.open = false;
        self.floor.transport(attached);
        self.life.transport(now, attached);
        self.ledger.transport(now, attached);
    }

    fn outcome(&mut self, id: EffectId, outcome: &Outcome) {
        self.life.outcome(id, outcome, is_final(outcome, self.commits.contains(&id)));
        self.money.outcome(id, outcome);
        if matches!(outcome, Outcome::Spoken(Err(_))) {
            self.ledger.voice_failed(id);
            self.floor.voice_failed();
        }
    }

    fn event(&mut self, now: Instant, text: &str) {
        let Some(fact) = Fact::read(text) else {
            return self.faults.add("events are JSON", text);
        };
        self.protocol.event(&fact, &mut self.faults);
        self.ledger.event(now, &fact, &mut self.faults);
        self.ledger.manner(&fact, &mut self.faults);
        self.floor.event(now, &fact, &mut self.faults);
        self.money.event(&fact, &self.ledger, &mut self.faults);
        self.life.event(now, &fact, &mut self.faults);
    }
}

/// Nothing more comes of an effect after this outcome; an unknown outcome of a durable one is looked up.
pub(crate) fn is_final(outcome: &Outcome, durable: bool) -> bool {
    let unknown = matches!(
        outcome,
        Outcome::Answered(Ok(ToolResult::Unknown) | Err(Failure::Broken { .. } | Failure::Retry { .. }))
    );
    !matches!(outcome, Outcome::Piece(_)) && !(durable && unknown)
}
