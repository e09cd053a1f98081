//! The events of tool servers: their lists, the requests for a yes, the calls. A call's response stays open until its answer, or until
//! another one begins.

use crate::session::event::RemoteTool;
use crate::session::machine::item::After;
use crate::session::machine::remote::RemoteCall;
use crate::session::machine::wire::{ResponseEnd, ResponseIds, Wire};
use serde_json::{Value, json};

/// What a call came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RemoteEnd {
    /// What the tool put out.
    Output(String),
    /// Why it failed, as the tool says; or why the server could not be asked, or did not answer.
    Failed(String),
}

impl Wire {
    /// A server is asked for its tools.
    pub(crate) fn tools_listing(&mut self, item: &str) {
        self.send("mcp_list_tools.in_progress", json!({ "item_id": item }));
    }

    /// A server has named its tools.
    pub(crate) fn tools_listed(&mut self, item: &str, label: &str, tools: &[RemoteTool]) {
        let tool = |tool: &RemoteTool| {
            json!({
                "name": tool.name, "description": tool.description, "input_schema": tool.input_schema,
                "annotations": tool.annotations,
            })
        };
        let tools: Vec<Value> = tools.iter().map(tool).collect();
        self.add_whole(&json!({ "id": item, "type": "mcp_list_tools", "server_label": label, "tools": tools }));
        self.send("mcp_list_tools.completed", json!({ "item_id": item }));
    }

    /// A server has not named its tools.
    pub(crate) fn tools_not_listed(&mut self, item: &str) {
        self.send("mcp_list_tools.failed", json!({ "item_id": item }));
    }

    fn add_whole(&mut self, item: &Value) {
        let id = item["id"].as_str().unwrap_or_default();
        let previous = self.join(&After::Last, id, item);
        self.send("conversation.item.done", json!({ "previous_item_id": previous, "item": item }));
    }

    /// A whole response that asks the client for a yes.
    pub(crate) fn approval_asked(&mut self, ids: &ResponseIds, call: &RemoteCall) {
        let item = json!({
            "id": ids.item, "type": "mcp_approval_request", "server_label": call.server.label, "name": call.tool,
            "arguments": call.arguments,
        });
        self.response_opened(ids, &item);
        if !ids.apart {
            let previous = self.conversation.before(&ids.item);
            self.send("conversation.item.done", json!({ "previous_item_id": previous, "item": item }));
        }
        let place = json!({ "response_id": ids.response, "output_index": 0, "item": item });
        self.send("response.output_item.done", place);
        self.response_done(ids, ResponseEnd::Completed, vec![item]);
    }

    /// A response begins with its one item.
    pub(crate) fn response_opened(&mut self, ids: &ResponseIds, item: &Value) {
        self.began = true;
        if !ids.apart {
            self.close_remote(ResponseEnd::Completed);
        }
        let response = self.response_object(ids, "in_progress", &Value::Null, Vec::new());
        self.send("response.created", json!({ "response": response }));
        self.item_opened(ids, &ids.item, 0, item);
    }

    /// An item of a response begins; it joins the conversation where the response does.
    pub(crate) fn item_opened(&mut self, ids: &ResponseIds, id: &str, index: usize, item: &Value) {
        let place = json!({ "response_id": ids.response, "output_index": index, "item": item });
        self.send("response.output_item.added", place);
        if !ids.apart {
            self.join(&After::Last, id, item);
        }
    }

    /// A tool is called; the response stays open.
    pub(crate) fn remote_called(&mut self, ids: &ResponseIds, call: &RemoteCall) {
        self.response_opened(ids, &call_item(&ids.item, call, ""));
        let place = |name: &str| {
            let mut body = json!({ "response_id": ids.response, "item_id": ids.item, "output_index": 0 });
            body[name] = call.arguments.clone().into();
            body
        };
        let (delta, done) = (place("delta"), place("arguments"));
        self.send("response.mcp_call_arguments.delta", delta);
        self.send("response.mcp_call_arguments.done", done);
        self.send("response.mcp_call.in_progress", json!({ "item_id": ids.item, "output_index": 0 }));
        if !ids.apart {
            self.conversation.change(&ids.item, call_item(&ids.item, call, &call.arguments));
            self.calling = Some(ids.clone());
        }
    }

    /// The response of this id waits for the answer of a server.
    pub(crate) fn is_calling_as(&self, response: &str) -> bool {
        self.calling.as_ref().is_some_and(|ids| ids.response == response)
    }

    /// A response waits for the answer of a server.
    pub(crate) fn is_calling(&self) -> bool {
        self.calling.is_some()
    }

    /// The response that waits for the answer of a server waits no longer; the call goes on.
    pub(crate) fn close_remote(&mut self, end: ResponseEnd) {
        let Some(ids) = self.calling.take() else { return };
        let item = self.conversation.get(&ids.item).cloned().unwrap_or(Value::Null);
        self.send("response.output_item.done", json!({ "response_id": ids.response, "output_index": 0, "item": item }));
        self.response_done(&ids, end, vec![item]);
    }

    /// A call was answered, or failed.
    pub(crate) fn remote_answered(&mut self, item: &str, call: &RemoteCall, end: &RemoteEnd) {
        let shown = self.remote_ended(item, call, end);
        self.conversation.change(item, shown.clone());
        if self.calling.as_ref().is_some_and(|ids| ids.item == item) {
            self.close_remote(ResponseEnd::Completed);
        }
        let previous = self.conversation.before(item);
        self.send("conversation.item.done", json!({ "previous_item_id": previous, "item": shown }));
    }

    /// A call for a response apart was answered, or failed: what came of it is all that the response puts out.
    pub(crate) fn remote_answered_apart(&mut self, ids: &ResponseIds, call: &RemoteCall, end: &RemoteEnd) {
        let shown = self.remote_ended(&ids.item, call, end);
        self.called_apart(ids, shown, ResponseEnd::Completed);
    }

    /// A response apart waits for its call no longer.
    pub(crate) fn remote_abandoned(&mut self, ids: &ResponseIds, call: &RemoteCall) {
        self.called_apart(ids, call_item(&ids.item, call, &call.arguments), ResponseEnd::ClientCancelled);
    }

    fn called_apart(&mut self, ids: &ResponseIds, item: Value, end: ResponseEnd) {
        self.send("response.output_item.done", json!({ "response_id": ids.response, "output_index": 0, "item": item }));
        self.response_done(ids, end, vec![item]);
    }

    /// Tells what a call came to; answers its item.
    fn remote_ended(&mut self, item: &str, call: &RemoteCall, end: &RemoteEnd) -> Value {
        let mut shown = call_item(item, call, &call.arguments);
        match end {
            RemoteEnd::Output(output) => shown["output"] = output.clone().into(),
            // The other kinds of error have a code that published clients do not agree about: a number, or a text.
            RemoteEnd::Failed(message) => {
                shown["error"] = json!({ "type": "tool_execution_error", "message": message });
            }
        }
        let done = matches!(end, RemoteEnd::Output(_));
        let kind = if done { "response.mcp_call.completed" } else { "response.mcp_call.failed" };
        self.send(kind, json!({ "item_id": item, "output_index": 0 }));
        shown
    }
}

fn call_item(id: &str, call: &RemoteCall, arguments: &str) -> Value {
    json!({
        "id": id, "type": "mcp_call", "server_label": call.server.label, "name": call.tool, "arguments": arguments,
        "approval_request_id": call.approval, "output": null, "error": null,
    })
}
