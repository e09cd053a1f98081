//! The tool calls under way: which effect answers which call. It runs none of them.

use crate::session::event::{EffectId, Failure};
use agent::dialogue::CallId;
use agent::tool::{ToolCall, ToolResult};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Instant;

/// One tool call.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    /// Its name in the dialogue.
    pub(crate) call: CallId,
    /// What is asked.
    pub(crate) tool: ToolCall,
    /// When it began.
    pub(crate) since: Instant,
    /// It belongs to a branch that may still be dropped.
    pub(crate) ahead: bool,
}

/// All tool calls of a session that have no final answer yet.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    running: BTreeMap<EffectId, Task>,
}

impl Tasks {
    /// A call runs as `effect`.
    pub(crate) fn began(&mut self, effect: EffectId, task: Task) {
        self.running.insert(effect, task);
    }

    /// An answer arrived; a durable call whose outcome is unknown stays until it is known. `None` when stale.
    pub(crate) fn answered(&mut self, effect: EffectId, result: &Result<ToolResult, Failure>) -> Option<Task> {
        let durable = self.running.get(&effect)?.tool.durable().is_some();
        let unknown = matches!(result, Ok(ToolResult::Unknown) | Err(Failure::Broken { .. } | Failure::Retry { .. }));
        if durable && unknown {
            return self.running.get(&effect).cloned();
        }
        self.running.remove(&effect)
    }

    /// Forgets an interruptible call; durable ones cannot be cancelled.
    pub(crate) fn cancel(&mut self, call: CallId) -> Option<(EffectId, Task)> {
        self.take(|task| task.call == call && !task.ahead)
    }

    /// Forgets an interruptible call of the branch.
    pub(crate) fn cancel_ahead(&mut self, call: CallId) -> Option<(EffectId, Task)> {
        self.take(|task| task.call == call && task.ahead)
    }

    /// Forgets the branch's calls.
    pub(crate) fn drop_ahead(&mut self) -> Vec<EffectId> {
        let void: Vec<EffectId> = self.running.iter().filter(|(_, task)| task.ahead).map(|(&id, _)| id).collect();
        self.running.retain(|_, task| !task.ahead);
        void
    }

    /// The branch stands: its calls are the conversation's. Returns those still running.
    pub(crate) fn commit_ahead(&mut self) -> Vec<Task> {
        let mut fresh = Vec::new();
        for task in self.running.values_mut().filter(|task| task.ahead) {
            task.ahead = false;
            fresh.push(task.clone());
        }
        fresh
    }

    /// Effects that end with the session.
    pub(crate) fn interruptible(&self) -> Vec<EffectId> {
        self.running.iter().filter(|(_, task)| task.tool.durable().is_none()).map(|(&id, _)| id).collect()
    }

    /// A durable call has no final answer yet: its outcome is owed to the caller.
    pub(crate) fn owes(&self) -> bool {
        self.running.values().any(|task| task.tool.durable().is_some())
    }

    fn take(&mut self, which: impl Fn(&Task) -> bool) -> Option<(EffectId, Task)> {
        let (&id, _) = self.running.iter().find(|(_, task)| which(task) && task.tool.durable().is_none())?;
        self.running.remove(&id).map(|task| (id, task))
    }
}

/// What the dialogue is told: failures in words it knows.
pub(crate) fn result_for_dialogue(task: &Task, result: Result<ToolResult, Failure>) -> ToolResult {
    match result {
        Ok(result) => result,
        Err(Failure::Refused { say }) => ToolResult::Refused { say },
        Err(Failure::Retry { .. } | Failure::Broken { .. }) if task.tool.durable().is_some() => ToolResult::Unknown,
        Err(Failure::Retry { .. } | Failure::Broken { .. }) => ToolResult::Failed,
    }
}

/// The state of a task on the wire after this answer.
pub(crate) fn state_of(result: &ToolResult) -> &'static str {
    match result {
        ToolResult::Refused { .. } | ToolResult::Failed => "failed",
        ToolResult::Unknown => "pending",
        ToolResult::Flights { .. }
        | ToolResult::Hotels { .. }
        | ToolResult::Weather { .. }
        | ToolResult::LocalTime { .. }
        | ToolResult::Airports { .. }
        | ToolResult::Baggage { .. }
        | ToolResult::Rewards { .. }
        | ToolResult::Booking { .. }
        | ToolResult::Bookings { .. } => "done",
    }
}

/// The body of a task's event on the wire at `now`.
pub(crate) fn event(session: &str, now: Instant, task: &Task, state: &str) -> Value {
    let id = format!("task_{session}_{}", task.call.0);
    let mut body = json!({ "task_id": id, "name": task.tool.name(), "state": state });
    if state == "started" {
        body["arguments"] = arguments(&task.tool);
    } else {
        body["ms"] = (now.saturating_duration_since(task.since).as_millis() as u64).into();
    }
    body
}

/// A tool's arguments as they are shown on the wire.
fn arguments(tool: &ToolCall) -> Value {
    let whole = serde_json::to_value(tool).expect("tool calls are plain data and always serialise");
    whole.get("arguments").cloned().unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;
    use agent::trip::IdempotencyKey;

    #[test]
    fn only_a_durable_call_is_owed_after_a_goodbye() {
        let mut tasks = Tasks::default();
        let now = Instant::now();
        let task = |call, tool| Task { call: CallId(call), tool, since: now, ahead: false };
        tasks.began(EffectId(1), task(1, ToolCall::FindBooking { reference: None }));
        assert!(!tasks.owes());
        let act = ToolCall::CancelBooking { key: IdempotencyKey("k".to_owned()), reference: "R".to_owned() };
        tasks.began(EffectId(2), task(2, act));
        assert!(tasks.owes());
        assert!(tasks.answered(EffectId(2), &Ok(ToolResult::Unknown)).is_some());
        assert!(tasks.owes(), "an unknown outcome is still owed");
        assert!(tasks.answered(EffectId(2), &Ok(ToolResult::Failed)).is_some());
        assert!(!tasks.owes());
    }
}
