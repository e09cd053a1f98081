//! Tool servers elsewhere: which tools they offer, which calls wait for a yes, which for an answer. It calls nobody.

mod joint;
mod server;

pub(crate) use server::Server;

use crate::session::event::{EffectId, RemoteTool};
use std::collections::{BTreeMap, VecDeque};

/// Calls that wait for a yes at once; past it the oldest can no longer be approved.
const WAITING_MAX: usize = 32;

/// One call of a server's tool.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RemoteCall {
    /// The server.
    pub(crate) server: Server,
    /// The tool.
    pub(crate) tool: String,
    /// A JSON object, as text.
    pub(crate) arguments: String,
    /// The client said yes to this request.
    pub(crate) approval: Option<String>,
    /// It is made for a response apart from the conversation.
    pub(crate) apart: bool,
}

/// A server whose tools were asked for.
#[derive(Debug)]
struct Known {
    server: Server,
    /// Its list on the wire.
    item: String,
    /// The effect that lists them, while it runs.
    listing: Option<EffectId>,
    tools: Vec<RemoteTool>,
}

/// All servers of a session, and the calls of them.
#[derive(Debug, Default)]
pub(crate) struct Remotes {
    known: Vec<Known>,
    waiting: VecDeque<(String, RemoteCall)>,
    running: BTreeMap<EffectId, (String, RemoteCall)>,
}

impl Remotes {
    /// Forgets servers that are no longer declared; answers those whose tools are not known, and the effects that are no longer wanted.
    pub(crate) fn declared(&mut self, servers: &[&Server]) -> (Vec<Server>, Vec<EffectId>) {
        let mut void = Vec::new();
        self.known.retain(|known| {
            let stays = servers.iter().any(|server| **server == known.server);
            if !stays {
                void.extend(known.listing);
            }
            stays
        });
        let is_new = |server: &&&Server| !self.known.iter().any(|known| known.server == ***server);
        (servers.iter().filter(is_new).map(|server| (*server).clone()).collect(), void)
    }

    /// The tools of a server are asked for by `effect` and will be shown as `item`.
    pub(crate) fn lists(&mut self, server: Server, item: String, effect: EffectId) {
        self.known.push(Known { server, item, listing: Some(effect), tools: Vec::new() });
    }

    /// A list came, or did not: its item and its server with the tools that may be called; `None` when nobody wants it any more.
    pub(crate) fn listed(
        &mut self,
        effect: EffectId,
        tools: Option<Vec<RemoteTool>>,
    ) -> Option<(&str, &Server, &[RemoteTool])> {
        let known = self.known.iter_mut().find(|known| known.listing == Some(effect))?;
        known.listing = None;
        known.tools = tools.unwrap_or_default().into_iter().filter(|tool| known.server.allows(tool)).collect();
        Some((&known.item, &known.server, &known.tools))
    }

    /// One of these servers has been asked for its tools and has not answered.
    pub(crate) fn is_listing(&self, servers: &[&Server]) -> bool {
        self.known.iter().any(|known| known.listing.is_some() && servers.contains(&&known.server))
    }

    /// The tools of these servers that may be called now.
    pub(crate) fn tools<'a>(&'a self, servers: &'a [&Server]) -> impl Iterator<Item = (&'a Server, &'a RemoteTool)> {
        let wanted = self.known.iter().filter(|known| servers.contains(&&known.server));
        wanted.flat_map(|known| known.tools.iter().map(|tool| (&known.server, tool)))
    }

    /// A call waits for a yes to `request`.
    pub(crate) fn waits(&mut self, request: String, call: RemoteCall) {
        if self.waiting.len() == WAITING_MAX {
            self.waiting.pop_front();
        }
        self.waiting.push_back((request, call));
    }

    /// A call waits for a yes to this request.
    pub(crate) fn is_waiting(&self, request: &str) -> bool {
        self.waiting.iter().any(|(waiting, _)| waiting == request)
    }

    /// The call that waited for an answer to this request.
    pub(crate) fn decided(&mut self, request: &str) -> Option<RemoteCall> {
        let at = self.waiting.iter().position(|(waiting, _)| waiting == request)?;
        self.waiting.remove(at).map(|(_, call)| call)
    }

    /// A call runs as `effect`, shown as `item`.
    pub(crate) fn began(&mut self, effect: EffectId, item: String, call: RemoteCall) {
        self.running.insert(effect, (item, call));
    }

    /// A call was answered: its item and itself.
    pub(crate) fn ended(&mut self, effect: EffectId) -> Option<(String, RemoteCall)> {
        self.running.remove(&effect)
    }

    /// A call has no answer yet.
    pub(crate) fn is_running(&self) -> bool {
        !self.running.is_empty()
    }

    /// Every effect that ends with the session.
    pub(crate) fn close(&mut self) -> Vec<EffectId> {
        let mut void: Vec<EffectId> = self.known.iter().filter_map(|known| known.listing).collect();
        void.extend(self.running.keys());
        void
    }
}

#[cfg(test)]
mod tests;
