//! The session and the tool servers of its client: their lists, the calls of their tools, the client's yes. Pure, as all of the machine.

use crate::session::event::{EffectId, Failure, Interruptible, RemoteAnswer, RemoteAsk};
use crate::session::machine::Machine;
use crate::session::machine::ask::Ask;
use crate::session::machine::remote::{RemoteCall, Server};
use crate::session::machine::tools::{self, Offer, Wanted};
use crate::session::machine::wire::{RemoteEnd, ResponseIds};
use agent::dialogue::{Dialogue, Input as Word};
use std::time::Instant;

/// Said when the client forbids what was asked for.
const FORBIDDEN: &str = "I'm not allowed to do that.";
/// Said when nobody knows whether a call was run.
const UNKNOWN: &str = "I couldn't reach that service, so I don't know whether that was done.";

impl Machine {
    /// The tool that answers `text` in this dialogue; `None` when words do.
    pub(crate) fn wanted(&self, text: &str, ask: &Ask, dialogue: &Dialogue) -> Option<Wanted> {
        let settings = &self.desk.settings;
        // Without tools there is nothing to be read for.
        if settings.tools.is_empty() && ask.tools.is_none() {
            return None;
        }
        // What is said of tools for one response goes before what the session says.
        let offer = Offer {
            tools: ask.tools.as_deref().unwrap_or(&settings.tools),
            choice: ask.tool_choice.as_ref().unwrap_or(&settings.tool_choice),
            parallel: ask.parallel.unwrap_or(settings.parallel),
        };
        tools::wanted(text, &offer, &self.remotes, &dialogue.context())
    }

    /// The session ends: what is under way is told as failed; answers the effects.
    pub(crate) fn close_remotes(&mut self) -> Vec<EffectId> {
        let mut effects = self.remotes.close();
        let ended = || RemoteEnd::Failed("the session has ended".to_owned());
        for (id, (ids, call)) in self.apart.take_calls() {
            self.wire.remote_answered_apart(&ids, &call, &ended());
            effects.push(id);
        }
        for (item, call) in effects.iter().filter_map(|&id| self.remotes.ended(id)).collect::<Vec<_>>() {
            self.wire.remote_answered(&item, &call, &ended());
        }
        effects
    }

    /// Asks the session's servers for their tools that were not asked yet.
    pub(crate) fn list_remotes(&mut self) {
        let waiting = self.asked.iter().flat_map(|ask| ask.servers());
        let servers: Vec<&Server> = self.desk.settings.servers().into_iter().chain(waiting).collect();
        let (fresh, void) = self.remotes.declared(&servers);
        self.list(fresh, void);
    }

    /// Asks servers for their tools that one response alone names; what the one before named is forgotten.
    pub(crate) fn list_named(&mut self, now: Instant, ask: &Ask) {
        let named = ask.servers();
        if named.is_empty() {
            return;
        }
        // What others wait for is still wanted.
        let waiting = self.asked.iter().flat_map(|ask| ask.servers());
        let servers: Vec<&Server> = self.desk.settings.servers().into_iter().chain(waiting).chain(named).collect();
        let (fresh, void) = self.remotes.declared(&servers);
        if !fresh.is_empty() && !ask.apart {
            self.tell(now, Word::Working(true));
        }
        self.list(fresh, void);
    }

    /// The next response to be given; one with servers of its own waits for their tools.
    pub(crate) fn next_asked(&mut self) -> Option<Box<Ask>> {
        let at = self.asked.iter().position(|ask| !self.remotes.is_listing(&ask.servers()))?;
        self.asked.remove(at)
    }

    fn list(&mut self, fresh: Vec<Server>, void: Vec<EffectId>) {
        self.dispatch.cancel(void);
        for server in fresh {
            let item = self.wire.item();
            self.wire.tools_listing(&item);
            let id = self.dispatch.run(Interruptible::Remote { server: server.at.clone(), ask: RemoteAsk::Tools });
            self.remotes.lists(server, item, id);
        }
    }

    /// A server's tool answers what was said: with a yes of the client, or at once.
    pub(crate) fn ask_remote(&mut self, now: Instant, ask: &Ask, mut call: RemoteCall, must_ask: bool) {
        call.apart = ask.apart;
        let order = self.desk.order(ask);
        let ids = self.wire.response(order.manner, order.metadata, ask.apart);
        if must_ask {
            self.wire.approval_asked(&ids, &call);
            return self.remotes.waits(ids.item, call);
        }
        self.run_remote(now, ids, call);
    }

    fn run_remote(&mut self, now: Instant, ids: ResponseIds, call: RemoteCall) {
        let ask = RemoteAsk::Call { tool: call.tool.clone(), arguments: call.arguments.clone() };
        let id = self.dispatch.run(Interruptible::Remote { server: call.server.at.clone(), ask });
        if ids.apart {
            self.wire.remote_called(&ids, &call);
            return self.apart.began(id, ids, call);
        }
        self.remotes.began(id, ids.item.clone(), call.clone());
        self.wire.remote_called(&ids, &call);
        self.tell(now, Word::Working(true));
    }

    /// The client said yes or no to a request.
    pub(crate) fn decided(&mut self, now: Instant, request: &str, approved: bool) {
        let Some(mut call) = self.remotes.decided(request) else { return };
        if !approved && call.apart {
            return;
        }
        if !approved {
            return self.tell(now, Word::Told { text: FORBIDDEN.to_owned() });
        }
        call.approval = Some(request.to_owned());
        let order = self.desk.order(&Ask { apart: call.apart, ..Ask::default() });
        let ids = self.wire.response(order.manner, order.metadata, call.apart);
        self.run_remote(now, ids, call);
    }

    /// A server answered, or did not.
    pub(crate) fn remote(&mut self, now: Instant, id: EffectId, result: Result<RemoteAnswer, Failure>) {
        if let Some((item, call)) = self.remotes.ended(id) {
            return self.remote_answered(now, &item, &call, result);
        }
        if let Some((ids, call)) = self.apart.ended(id) {
            let (end, _) = told(result);
            return self.wire.remote_answered_apart(&ids, &call, &end);
        }
        let (tools, why) = match result {
            Ok(RemoteAnswer::Tools(tools)) => (Some(tools), None),
            Ok(RemoteAnswer::Called { .. }) => (None, Some("it answered something else".to_owned())),
            Err(failure) => (None, Some(failure.to_string())),
        };
        let Some((item, server, tools)) = self.remotes.listed(id, tools) else { return };
        match why {
            None => self.wire.tools_listed(item, &server.label, tools),
            Some(why) => {
                self.wire.tools_not_listed(item);
                let why = format!("The tools of `{}` cannot be listed: {why}.", server.label);
                self.wire.error("mcp_list_tools_failed", &why, None, None);
            }
        }
        let waits = self.asked.iter().any(|ask| !ask.apart && self.remotes.is_listing(&ask.servers()));
        if !waits && !self.remotes.is_running() {
            self.tell(now, Word::Working(false));
        }
    }

    fn remote_answered(&mut self, now: Instant, item: &str, call: &RemoteCall, result: Result<RemoteAnswer, Failure>) {
        let (end, text) = told(result);
        self.wire.remote_answered(item, call, &end);
        if !self.remotes.is_running() {
            self.tell(now, Word::Working(false));
        }
        self.tell(now, Word::Told { text });
    }
}

/// What a call came to, and what is said of it.
fn told(result: Result<RemoteAnswer, Failure>) -> (RemoteEnd, String) {
    match result {
        Ok(RemoteAnswer::Called { output, failed }) => {
            let text = agent::function::spoken(&output);
            (if failed { RemoteEnd::Failed(output) } else { RemoteEnd::Output(output) }, text)
        }
        Ok(RemoteAnswer::Tools(_)) => (RemoteEnd::Failed("it answered something else".to_owned()), UNKNOWN.to_owned()),
        Err(Failure::Refused { say }) => (RemoteEnd::Failed(say.clone()), say),
        Err(failure) => (RemoteEnd::Failed(failure.to_string()), UNKNOWN.to_owned()),
    }
}
