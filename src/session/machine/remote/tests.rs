//! A session whose client brings a server of tools along: lists, calls, a yes and a no, failures, in the protocol's order.

use crate::session::event::{
    EffectId, Failure, Input, Interruptible, Outcome, Output, RemoteAnswer, RemoteAsk, RemoteTool,
};
use crate::session::machine::{Bounds, Machine, Setup};
use agent::dialogue::{Clock, Dialogue, DialogueConfig};
use media::call::{Call, CallConfig};
use media::vad::Detector;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

struct World {
    now: Instant,
    machine: Machine,
    running: Vec<(EffectId, Interruptible)>,
    events: Vec<Value>,
}

impl World {
    /// A session on a WebSocket with a server of tools.
    fn with(approval: &str) -> Self {
        let now = Instant::now();
        let setup = Setup {
            id: "s".to_owned(),
            resume_token: "token".to_owned(),
            resume_expires_at: 2_000_000_000,
            resume_within: Duration::from_secs(60),
            session_max: Duration::from_secs(7200),
            voice: String::new(),
            language: "en".to_owned(),
            prompt: String::new(),
            greets: false,
            session: None,
            tells_created: false,
            bounds: Bounds::default(),
            began_ms: 1_790_000_000_000,
        };
        let call = Call::new(CallConfig::new(Detector::Energy), now).expect("a codec");
        let began = jiff::Timestamp::from_millisecond(setup.began_ms).expect("a time");
        let dialogue = Dialogue::new(DialogueConfig::default(), Clock::new(began, jiff::tz::TimeZone::UTC));
        let machine = Machine::new(setup, call, dialogue, now);
        let mut world = Self { now, machine, running: Vec::new(), events: Vec::new() };
        world.give(Input::Attached { resumed: false, stream: true, after: None });
        world.give(Input::ControlOpen);
        world.declare(approval);
        world
    }

    fn declare(&mut self, approval: &str) {
        let server = json!({
            "type": "mcp", "server_label": "parks", "server_url": "https://parks.example/mcp", "authorization": "hush",
            "require_approval": approval,
        });
        let session = json!({ "type": "realtime", "output_modalities": ["text"], "tools": [server] });
        self.send(json!({ "type": "session.update", "session": session }));
    }

    fn give(&mut self, input: Input) {
        self.machine.handle(self.now, input);
        loop {
            match self.machine.poll() {
                Output::Run(id, _, effect) => self.running.push((id, effect)),
                Output::Cancel(id) => self.running.retain(|(running, _)| *running != id),
                Output::Control(text) => self.told(&text),
                Output::Timeout(_) => return,
                Output::Media(_)
                | Output::Again(_)
                | Output::Commit(..)
                | Output::Measured(_)
                | Output::Count(_)
                | Output::Ended(_) => {}
            }
        }
    }

    /// Every event of the protocol is one that a published client's types take.
    fn told(&mut self, text: &str) {
        let event: Value = serde_json::from_str(text).expect("JSON");
        if event["type"].as_str().is_some_and(|kind| !kind.starts_with("voxfare.")) {
            let parsed = serde_json::from_str::<async_openai::types::realtime::RealtimeServerEvent>(text);
            assert!(parsed.is_ok(), "{:?}: {text}", parsed.err());
        }
        self.events.push(event);
    }

    fn send(&mut self, event: Value) {
        self.give(Input::Control(event.to_string()));
    }

    fn after(&mut self, ms: u64) {
        self.now += Duration::from_millis(ms);
        self.give(Input::Tick);
    }

    /// What is asked of the server now.
    fn asked(&self) -> Vec<RemoteAsk> {
        let asks = self.running.iter().filter_map(|(_, effect)| match effect {
            Interruptible::Remote { ask, .. } => Some(ask.clone()),
            _ => None,
        });
        asks.collect()
    }

    /// The server answers what it was asked last.
    fn answer(&mut self, answer: Result<RemoteAnswer, Failure>) {
        let at = self.running.iter().rposition(|(_, effect)| matches!(effect, Interruptible::Remote { .. }));
        let (id, _) = self.running.remove(at.expect("the server is asked"));
        self.give(Input::Effect { id, outcome: Outcome::Remote(answer) });
    }

    fn lists(&mut self) {
        let schema = json!({ "type": "object", "required": ["city"], "properties": { "city": { "type": "string" } } });
        let tool = RemoteTool {
            name: "find_parks".to_owned(),
            description: "Parks in a city".to_owned(),
            input_schema: schema,
            annotations: Value::Null,
        };
        self.answer(Ok(RemoteAnswer::Tools(vec![tool])));
    }

    fn says(&mut self, text: &str) {
        let content = json!([{ "type": "input_text", "text": text }]);
        self.send(json!({ "type": "conversation.item.create", "item": { "type": "message", "role": "user", "content": content } }));
        self.send(json!({ "type": "response.create" }));
    }

    /// The kinds of events since the last look, without our own and the limits.
    fn kinds(&mut self) -> Vec<String> {
        let kinds =
            std::mem::take(&mut self.events).into_iter().map(|event| event["type"].as_str().unwrap_or("").to_owned());
        kinds.filter(|kind| !kind.starts_with("voxfare.") && !kind.starts_with("rate_limits")).collect()
    }

    fn last(&self, kind: &str) -> &Value {
        self.events
            .iter()
            .rev()
            .find(|event| event["type"] == kind)
            .unwrap_or_else(|| panic!("no {kind}: {:#?}", self.events))
    }
}

fn called(output: &str) -> Result<RemoteAnswer, Failure> {
    Ok(RemoteAnswer::Called { output: output.to_owned(), failed: false })
}

#[test]
fn a_tool_is_listed_called_and_told_of() {
    let mut world = World::with("never");
    assert_eq!(world.asked(), [RemoteAsk::Tools]);
    assert!(!format!("{:?}", world.events).contains("hush"), "a secret is never shown");
    world.kinds();
    world.lists();
    assert_eq!(world.last("conversation.item.done")["item"]["tools"][0]["name"], "find_parks");
    assert_eq!(world.kinds(), ["conversation.item.added", "conversation.item.done", "mcp_list_tools.completed"]);
    world.says("Which parks are there in Boston?");
    assert_eq!(
        world.asked(),
        [RemoteAsk::Call { tool: "find_parks".to_owned(), arguments: "{\"city\":\"Boston\"}".to_owned() }]
    );
    let begun = [
        "conversation.item.added",
        "conversation.item.done",
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.mcp_call_arguments.delta",
        "response.mcp_call_arguments.done",
        "response.mcp_call.in_progress",
    ];
    assert_eq!(world.kinds(), begun);
    world.answer(called("{\"parks\": [\"Boston Common\"]}"));
    let item = &world.last("response.output_item.done")["item"];
    assert!(item["output"].is_null() || item["output"].is_string());
    assert!(world.events.iter().any(|event| event["item"]["output"] == "{\"parks\": [\"Boston Common\"]}"));
    let told = world.last("response.done")["response"]["output"][0]["content"][0]["text"].clone();
    assert!(told.as_str().is_some_and(|text| text.contains("Boston Common")), "{told}");
    let kinds = world.kinds();
    let ends = [
        "response.mcp_call.completed",
        "response.output_item.done",
        "response.done",
        "conversation.item.done",
        "response.created",
    ];
    assert_eq!(kinds[..5], ends, "{kinds:?}");
}

#[test]
fn a_call_waits_for_a_yes_and_a_no_is_a_no() {
    let mut world = World::with("always");
    world.lists();
    world.says("Which parks are there in Boston?");
    assert_eq!(world.asked(), []);
    let request = world.last("response.done")["response"]["output"][0].clone();
    assert_eq!((&request["type"], &request["name"]), (&json!("mcp_approval_request"), &json!("find_parks")));
    let decide = |world: &mut World, id: &Value, approve: bool| {
        let item = json!({ "type": "mcp_approval_response", "approval_request_id": id, "approve": approve });
        world.send(json!({ "type": "conversation.item.create", "event_id": "mine", "item": item }));
    };
    decide(&mut world, &json!("item_of_nobody"), true);
    assert_eq!(world.last("error")["error"]["event_id"], "mine");
    decide(&mut world, &request["id"], true);
    assert_eq!(world.asked().len(), 1);
    assert_eq!(world.last("response.output_item.added")["item"]["approval_request_id"], request["id"]);
    world.answer(called("None."));
    // A yes counts once.
    world.kinds();
    decide(&mut world, &request["id"], true);
    assert_eq!(world.kinds(), ["error"]);
    world.says("Which parks are there in Denver?");
    let request = world.last("response.done")["response"]["output"][0].clone();
    decide(&mut world, &request["id"], false);
    assert_eq!(world.asked(), []);
    let told = &world.last("response.done")["response"]["output"][0]["content"][0]["text"];
    assert_eq!(told, "I'm not allowed to do that.");
}

#[test]
fn a_slow_server_is_covered_and_its_answer_still_told() {
    let mut world = World::with("never");
    world.lists();
    world.says("Which parks are there in Boston?");
    world.kinds();
    world.after(1000);
    let kinds = world.kinds();
    // The filler is a response of its own: the one that waited is closed first.
    assert_eq!(kinds[..3], ["response.output_item.done", "response.done", "response.created"], "{kinds:?}");
    world.answer(called("Boston Common."));
    let kinds = world.kinds();
    assert_eq!(kinds[..2], ["response.mcp_call.completed", "conversation.item.done"], "{kinds:?}");
    assert!(kinds.contains(&"response.output_text.done".to_owned()), "{kinds:?}");
}

#[test]
fn a_server_that_fails_is_told_of() {
    let mut world = World::with("never");
    world.kinds();
    world.answer(Err(Failure::Broken { why: "no route".to_owned() }));
    assert_eq!(world.last("error")["error"]["code"], "mcp_list_tools_failed");
    assert_eq!(world.kinds(), ["mcp_list_tools.failed", "error"]);
    // Named anew it is asked anew only when it is another.
    world.declare("never");
    assert_eq!(world.asked(), []);
    world.declare("always");
    world.lists();
    world.declare("never");
    world.lists();
    world.says("Which parks are there in Boston?");
    world.answer(Err(Failure::Broken { why: "no route".to_owned() }));
    let failed = world.events.iter().find(|event| event["item"]["error"].is_object()).expect("the call failed");
    assert_eq!(failed["item"]["error"]["type"], "tool_execution_error");
    assert!(world.kinds().contains(&"response.mcp_call.failed".to_owned()));
}

#[test]
fn everything_that_began_ends_with_the_session() {
    let mut world = World::with("never");
    world.lists();
    world.says("Which parks are there in Boston?");
    world.kinds();
    world.send(json!({ "type": "response.cancel" }));
    assert_eq!(world.kinds(), ["response.output_item.done", "response.done"]);
    world.give(Input::HangUp);
    assert_eq!(world.kinds(), ["response.mcp_call.failed", "conversation.item.done"]);
    assert_eq!(world.asked(), [], "the effect is cancelled");
}

#[test]
fn a_server_that_one_response_names_is_asked_before_it_answers() {
    let mut world = World::with("never");
    world.send(json!({ "type": "session.update", "session": { "type": "realtime", "tools": [] } }));
    assert_eq!(world.asked(), [], "nobody wants that list any more");
    let content = json!([{ "type": "input_text", "text": "Which parks are there in Boston?" }]);
    world.send(json!({ "type": "conversation.item.create", "item": { "type": "message", "role": "user", "content": content } }));
    let server = json!({
        "type": "mcp", "server_label": "gardens", "server_url": "https://gardens.example/mcp", "require_approval": "never",
    });
    world.kinds();
    world.send(json!({ "type": "response.create", "response": { "tools": [server] } }));
    assert_eq!((world.asked(), world.kinds()), (vec![RemoteAsk::Tools], vec!["mcp_list_tools.in_progress".to_owned()]));
    // It is under way: there is no second one.
    world.send(json!({ "type": "response.create" }));
    assert_eq!(world.last("error")["error"]["code"], "conversation_already_has_active_response");
    world.lists();
    let call = RemoteAsk::Call { tool: "find_parks".to_owned(), arguments: "{\"city\":\"Boston\"}".to_owned() };
    assert_eq!(world.asked(), [call]);
    world.answer(called("{\"parks\": [\"Boston Common\"]}"));
    let told = world.last("response.done")["response"]["output"][0]["content"][0]["text"].clone();
    assert!(told.as_str().is_some_and(|text| text.contains("Boston Common")), "{told}");
}

#[test]
fn a_response_whose_server_fails_is_answered_without_it_and_can_be_cancelled_before() {
    for cancelled in [true, false] {
        let mut world = World::with("never");
        world.lists();
        let server = json!({ "type": "mcp", "server_label": "gardens", "server_url": "https://gardens.example/mcp" });
        let content = json!([{ "type": "input_text", "text": "What can you do?" }]);
        world.send(json!({ "type": "conversation.item.create", "item": { "type": "message", "role": "user", "content": content } }));
        world.send(json!({ "type": "response.create", "response": { "tools": [server] } }));
        if cancelled {
            world.send(json!({ "type": "response.cancel" }));
        }
        world.answer(Err(Failure::Broken { why: "no route".to_owned() }));
        let answers = world.events.iter().filter(|event| event["type"] == "response.done").count();
        assert_eq!(answers, usize::from(!cancelled), "{:?}", world.events);
        assert_eq!(world.last("error")["error"]["code"], "mcp_list_tools_failed");
    }
}

/// Asks for a response apart; what it may know is its own.
fn apart(world: &mut World, more: Value) {
    let part = json!({ "type": "input_text", "text": "Which parks are there in Boston?" });
    let input = json!([{ "type": "message", "role": "user", "content": [part] }]);
    let mut response = json!({ "conversation": "none", "input": input });
    response.as_object_mut().zip(more.as_object()).map(|(all, more)| all.extend(more.clone())).expect("objects");
    world.send(json!({ "type": "response.create", "response": response }));
}

#[test]
fn a_tool_called_for_a_response_apart_is_its_whole_answer_and_leaves_no_trace() {
    let mut world = World::with("never");
    world.lists();
    world.kinds();
    apart(&mut world, json!({ "metadata": { "topic": "parks" } }));
    apart(&mut world, json!({}));
    assert_eq!(world.asked().len(), 2, "they do not wait for one another");
    let first = world.events[0]["response"].clone();
    assert_eq!((&first["conversation_id"], &first["metadata"]["topic"]), (&Value::Null, &json!("parks")));
    let begun = [
        "response.created",
        "response.output_item.added",
        "response.mcp_call_arguments.delta",
        "response.mcp_call_arguments.done",
        "response.mcp_call.in_progress",
    ];
    let second = world.last("response.created")["response"]["id"].clone();
    assert_eq!(world.kinds(), [begun, begun].concat());
    // The last one was asked last, and is answered first.
    world.answer(called("{\"parks\": [\"Boston Common\"]}"));
    let done = world.last("response.done")["response"].clone();
    assert_eq!((&done["id"], &done["output"][0]["output"]), (&second, &json!("{\"parks\": [\"Boston Common\"]}")));
    let ends = ["response.mcp_call.completed", "response.output_item.done", "response.done"];
    assert_eq!(world.kinds(), ends, "nothing is told besides");
    // The other one is cancelled by its name, and an answer that comes later is nobody's.
    world.send(json!({ "type": "response.cancel", "response_id": first["id"] }));
    let status = world.last("response.done")["response"]["status"].clone();
    assert_eq!((status, world.kinds()), (json!("cancelled"), ends[1..].iter().map(|&kind| kind.to_owned()).collect()));
    world.answer(called("{}"));
    assert!(world.kinds().is_empty());
    world.send(json!({ "type": "conversation.item.retrieve", "item_id": done["output"][0]["id"] }));
    assert_eq!(world.last("error")["error"]["code"], "item_retrieve_invalid_item_id");
}

#[test]
fn a_response_apart_asks_for_a_yes_too_and_names_servers_of_its_own() {
    let mut world = World::with("never");
    world.lists();
    let server = json!({
        "type": "mcp", "server_label": "gardens", "server_url": "https://gardens.example/mcp", "require_approval": "always",
    });
    world.kinds();
    apart(&mut world, json!({ "tools": [server] }));
    assert_eq!((world.asked(), world.kinds()), (vec![RemoteAsk::Tools], vec!["mcp_list_tools.in_progress".to_owned()]));
    // The conversation goes on meanwhile, and its own servers are still known.
    world.says("Which parks are there in Boston?");
    assert_eq!(world.asked().len(), 2);
    world.answer(called("{}"));
    world.kinds();
    world.lists();
    let request = world.last("response.done")["response"].clone();
    assert_eq!(
        (&request["conversation_id"], &request["output"][0]["type"]),
        (&Value::Null, &json!("mcp_approval_request"))
    );
    world.kinds();
    let id = &request["output"][0]["id"];
    let item = json!({ "type": "mcp_approval_response", "approval_request_id": id, "approve": true });
    world.send(json!({ "type": "conversation.item.create", "item": item }));
    assert_eq!(world.last("response.created")["response"]["conversation_id"], Value::Null);
    world.kinds();
    world.give(Input::HangUp);
    assert_eq!(world.kinds(), ["response.mcp_call.failed", "response.output_item.done", "response.done"]);
}
