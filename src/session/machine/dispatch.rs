//! What one step puts out, in order, with every effect named and stamped with its turn. It decides nothing.

use crate::session::event::{Durable, EffectId, Interruptible, Output, Turn};
use agent::tool::ToolCall;
use std::collections::VecDeque;

/// The outputs of a step, the count of effects, and the turn they belong to.
#[derive(Debug, Default)]
pub(crate) struct Dispatch {
    /// What goes out, oldest first.
    pub(crate) out: VecDeque<Output>,
    turn: Turn,
    effects: u64,
    /// The account that bookings earn for.
    account: Option<String>,
}

impl Dispatch {
    /// The turn that is under way.
    pub(crate) fn turn(&self) -> Turn {
        self.turn
    }

    /// A new turn begins.
    pub(crate) fn next_turn(&mut self) {
        self.turn.0 += 1;
    }

    /// Has this effect run; its result may be dropped.
    pub(crate) fn run(&mut self, effect: Interruptible) -> EffectId {
        let id = self.next_effect();
        self.out.push_back(Output::Run(id, self.turn, effect));
        id
    }

    /// What is booked from now on earns for this account.
    pub(crate) fn earns_for(&mut self, account: Option<String>) {
        self.account = account;
    }

    /// Has this tool called: to its end when it is durable.
    pub(crate) fn call(&mut self, mut tool: ToolCall) -> EffectId {
        match &mut tool {
            ToolCall::Book(order) => order.account.clone_from(&self.account),
            ToolCall::Rewards { account, .. } => account.clone_from(&self.account),
            _ => {}
        }
        if tool.durable().is_none() {
            return self.run(Interruptible::Ask { tool });
        }
        let id = self.next_effect();
        self.out.push_back(Output::Commit(id, Durable { tool }));
        id
    }

    /// Their results are no longer wanted.
    pub(crate) fn cancel(&mut self, effects: Vec<EffectId>) {
        self.out.extend(effects.into_iter().map(Output::Cancel));
    }

    /// Something worth a metric happened.
    pub(crate) fn count(&mut self, what: &'static str) {
        self.out.push_back(Output::Count(what));
    }

    fn next_effect(&mut self) -> EffectId {
        self.effects += 1;
        EffectId(self.effects)
    }
}
