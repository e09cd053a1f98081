//! The schema of the wire and the session, held against each other: what the schema allows is done or refused for the moment's reasons,
//! what it does not allow is refused by the name of the field, and every event that comes back fits it and the types of two published clients.

mod draft;
pub(crate) mod shapes;

use crate::hostile::machine;
use crate::hostile::world::World;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jsonschema::Validator;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use shapes::{BETA, Shapes};
use std::time::Duration;

/// Events sent to one session.
const EVENTS: usize = 60;
/// Sessions.
const SESSIONS: u64 = 400;
/// Why an event may be refused that is written as it should be.
const OF_THE_MOMENT: [&str; 19] = [
    "account_not_found",
    "conversation_already_has_active_response",
    "input_audio_buffer_commit_empty",
    "item_create_duplicate_item_id",
    "item_create_invalid_previous_item_id",
    "item_delete_invalid_item_id",
    "item_not_found",
    "item_not_spoken",
    "item_retrieve_invalid_item_id",
    "item_truncate_invalid_item_id",
    "not_in_this_session",
    "not_on_this_transport",
    "rate_limit_exceeded",
    "response_cancel_not_active",
    "conversation_too_long",
    "one_sound_part",
    "recording_too_long",
    "sound_needs_words",
    "tool_not_found",
];
/// Those with the most to get wrong.
const RICH: [&str; 3] = ["SessionUpdateEvent", "ConversationItemCreateEvent", "ResponseCreateEvent"];

fn schema() -> Value {
    let text = include_str!("../web-client/sdk/protocol/realtime.schema.json");
    serde_json::from_str(text).expect("the schema is JSON")
}

/// A validator of one definition.
fn validator(schema: &Value, name: &str) -> Validator {
    let one = json!({ "$ref": format!("#/$defs/{name}"), "$defs": schema["$defs"] });
    jsonschema::validator_for(&one).expect("the schema is one")
}

/// One client event of the schema.
struct Kind {
    name: String,
    event: &'static str,
    fits: Validator,
}

/// The types of all events of the protocol that a server sends.
fn server_events(schema: &Value) -> Vec<&str> {
    let all = schema["$defs"]["RealtimeServerEvent"]["oneOf"].as_array().expect("a union");
    let kind = |event: &Value| {
        let name = event["$ref"].as_str()?.trim_start_matches("#/$defs/").to_owned();
        schema["$defs"][&name]["properties"]["type"]["const"].as_str()
    };
    all.iter().filter_map(|event| kind(event)).collect()
}

fn kinds(schema: &Value) -> Vec<Kind> {
    let all = schema["$defs"]["ClientEvent"]["oneOf"].as_array().expect("a union");
    let kind = |event: &Value| {
        let name = event["$ref"].as_str().expect("a reference").trim_start_matches("#/$defs/").to_owned();
        let event = schema["$defs"][&name]["properties"]["type"]["const"].as_str().expect("events have a type");
        Kind { fits: validator(schema, &name), event: event.to_owned().leak(), name }
    };
    all.iter().map(kind).collect()
}

#[test]
fn what_the_schema_says_is_what_the_session_does() {
    agent::concierge::understand::warm();
    let schema = schema();
    let kinds = kinds(&schema);
    assert_eq!(kinds.len(), 13);
    let server = validator(&schema, "ServerEvent");
    let mut shapes = Shapes::default();
    let (mut right, mut wrong, mut faults) = (0, 0, Vec::new());
    for seed in 0..SESSIONS {
        let mut chance = StdRng::seed_from_u64(seed);
        let mut world = World::new(chance.random_bool(0.8), machine);
        for number in 0..EVENTS {
            if world.is_over() {
                break;
            }
            let kind = &kinds[chance.random_range(0..kinds.len())];
            let rich = kinds.iter().find(|kind| kind.name == RICH[number % RICH.len()]).expect("it is one");
            let kind = if chance.random() { rich } else { kind };
            let mut event = draft::draft(&schema, &json!({ "$ref": format!("#/$defs/{}", kind.name) }), &mut chance);
            if chance.random_bool(0.6) {
                event = draft::broken(event, &mut chance);
            }
            if event["event_id"].is_string() || event.get("event_id").is_none() {
                event["event_id"] = format!("sent_{number}").into();
            }
            let answers = world.asks(&event.to_string());
            for answer in &answers {
                faults.extend(unfit(&server, answer));
                shapes.see(answer);
            }
            match judge(kind, &event, &answers) {
                Ok(true) => right += 1,
                Ok(false) => wrong += 1,
                Err(why) => {
                    let event: String = event.to_string().chars().take(1500).collect();
                    faults.push(format!("seed {seed}: {why}\n{event}"));
                }
            }
            if number % 10 == 0 {
                world.comes_true(true, number % 8);
            }
        }
        world.ends();
    }
    println!("{right} right, {wrong} wrong, {} shapes of server events", shapes.len());
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults[..faults.len().min(12)].join("\n"));
    let events = SESSIONS as usize * EVENTS;
    assert!(right > events / 4 && wrong > events / 4, "{right} {wrong}");
    shapes.are_taken_by_published_clients();
}

/// Whether the event was right.
///
/// # Errors
/// What came back does not go with it.
fn judge(kind: &Kind, event: &Value, answers: &[Value]) -> Result<bool, String> {
    let errors: Vec<&Value> =
        answers.iter().filter(|answer| answer["type"] == "error").map(|answer| &answer["error"]).collect();
    let wrong = if event["type"] == kind.event { places(&kind.fits, event) } else { vec!["type".to_owned()] };
    let of_the_moment = errors.iter().all(|error| OF_THE_MOMENT.iter().any(|code| error["code"] == *code));
    if errors.len() > 1 {
        return Err(format!("one event, several errors: {errors:?}"));
    }
    if wrong.is_empty() {
        return if of_the_moment { Ok(true) } else { Err(format!("the schema allows it: {errors:?}")) };
    }
    let Some(error) = errors.first().filter(|_| !of_the_moment) else {
        return Err(format!("the schema refuses it at {wrong:?}, and what came back is {errors:?}"));
    };
    let named = event.get("event_id").and_then(Value::as_str).filter(|id| id.chars().count() <= 512);
    if error["type"] != "invalid_request_error" || named.is_some_and(|id| error["event_id"] != id) {
        return Err(format!("{error} does not name the event"));
    }
    let param = error["param"].as_str().unwrap_or_default();
    let near = wrong.iter().any(|place| param.starts_with(place.as_str()) || place.starts_with(param));
    if param.is_empty() || !near {
        return Err(format!("{error} names another place than {wrong:?}"));
    }
    Ok(false)
}

/// Where an event does not fit, as the protocol writes places: `session.tools[0].name`.
fn places(fits: &Validator, event: &Value) -> Vec<String> {
    let place = |error: jsonschema::ValidationError<'_>| {
        let pointer = error.instance_path().to_string();
        let mut place = String::new();
        for part in pointer.split('/').skip(1) {
            match part.parse::<usize>() {
                Ok(at) => place.push_str(&format!("[{at}]")),
                Err(_) if place.is_empty() => place.push_str(part),
                Err(_) => place.push_str(&format!(".{part}")),
            }
        }
        place
    };
    fits.iter_errors(event).map(place).collect()
}

/// Why a server event does not fit.
fn unfit(server: &Validator, event: &Value) -> Option<String> {
    let wrong = server.iter_errors(event).next()?;
    Some(format!("{}: {event} is not in the schema", wrong.instance_path()))
}

/// Lets so many effects come true, and time pass between them.
fn goes_on(world: &mut World, effects: usize, well: bool, text: usize) {
    for _ in 0..effects {
        world.comes_true(well, text);
        world.waits(Duration::from_millis(100));
    }
}

/// A session with these settings, in which sound is heard and answered.
fn spoken(session: Value, well: bool) -> World {
    let mut world = World::new(true, machine);
    world.asks(&json!({ "type": "session.update", "session": session }).to_string());
    for loud in [true, false] {
        for _ in 0..4 {
            world.sounds(loud, 5);
            goes_on(&mut world, 4, well, 0);
        }
    }
    goes_on(&mut world, 40, well, 0);
    world
}

#[test]
fn every_event_of_the_protocol_is_sent() {
    let mut shapes = Shapes::default();
    let mut done = |world: World| shapes.take(world.shapes);
    // A spoken turn, its answer in sound, keys of a telephone, and a silence too long.
    let vad = json!({ "type": "server_vad", "idle_timeout_ms": 5000 });
    let input = json!({ "turn_detection": vad, "transcription": { "model": "gpt-4o-transcribe-diarize" } });
    let mut world = spoken(json!({ "audio": { "input": input } }), true);
    goes_on(&mut world, 200, true, 0);
    world.keys('5');
    world.asks(&json!({ "type": "input_audio_buffer.clear" }).to_string());
    done(world);
    done(spoken(json!({}), false));
    // Written turns: an answer in writing, a function, what is cut, shown and deleted.
    let mut world = World::new(true, machine);
    world.asks(&json!({ "type": "session.update", "session": { "tools": functions() } }).to_string());
    world.asks(&user("one", "What is the weather in Paris?"));
    response(&mut world, json!({}));
    world.asks(&user("two", "What can you do?"));
    response(&mut world, json!({}));
    world.asks(&json!({ "type": "conversation.item.retrieve", "item_id": "two" }).to_string());
    world.asks(&json!({ "type": "conversation.item.delete", "item_id": "two" }).to_string());
    world.asks(&json!({ "type": "conversation.item.delete", "item_id": "two" }).to_string());
    world.asks(&user("three", "What can you do?"));
    world.asks(&json!({ "type": "response.create" }).to_string());
    goes_on(&mut world, 2, true, 0);
    world.asks(&json!({ "type": "output_audio_buffer.clear" }).to_string());
    done(world);
    // A server of tools: listed and called, well and not; and one that is not there.
    let server = json!({ "type": "mcp", "server_label": "desk", "server_url": "https://desk.example/mcp", "require_approval": "never" });
    let mut world = World::new(true, machine);
    world.asks(&json!({ "type": "session.update", "session": { "tools": [server] } }).to_string());
    world.comes_true(true, 0);
    for (n, well) in [true, false].into_iter().enumerate() {
        world.asks(&user(&format!("flights {n}"), "Find flights to Denver, please."));
        world.asks(&json!({ "type": "response.create" }).to_string());
        goes_on(&mut world, 40, well, 0);
    }
    done(world);
    let mut world = World::new(true, machine);
    world.asks(&json!({ "type": "session.update", "session": { "tools": [server] } }).to_string());
    world.comes_true(false, 0);
    done(world);

    let schema = schema();
    let seen = shapes.kinds();
    let missing: Vec<&str> = server_events(&schema).into_iter().filter(|kind| !seen.contains(kind)).collect();
    assert_eq!(missing, BETA, "every other event of the protocol is sent");
    shapes.are_taken_by_published_clients();
}

/// The response that a request for one comes to, in writing.
fn response(world: &mut World, request: Value) -> Value {
    let mut request = request;
    request["output_modalities"] = json!(["text"]);
    let answers = world.asks(&json!({ "type": "response.create", "response": request }).to_string());
    let done = answers.iter().find(|answer| answer["type"] == "response.done");
    done.unwrap_or_else(|| panic!("no response: {answers:?}"))["response"].clone()
}

fn written(response: &Value) -> &str {
    response["output"][0]["content"][0]["text"].as_str().expect("it is in writing")
}

fn user(id: &str, text: &str) -> String {
    let item =
        json!({ "id": id, "type": "message", "role": "user", "content": [{ "type": "input_text", "text": text }] });
    json!({ "type": "conversation.item.create", "item": item }).to_string()
}

#[test]
fn an_answer_is_no_longer_than_the_client_wants() {
    let mut world = World::new(true, machine);
    world.asks(&user("first", "What can you do?"));
    let whole = response(&mut world, json!({}));
    assert_eq!(whole["status"], "completed");
    world.asks(&user("second", "What can you do?"));
    let short = response(&mut world, json!({ "max_output_tokens": 5 }));
    assert_eq!(
        (&short["status"], &short["status_details"]["reason"]),
        (&json!("incomplete"), &json!("max_output_tokens"))
    );
    assert!((1..=20).contains(&written(&short).len()) && written(&whole).starts_with(written(&short)), "{short}");
    // The session's own bound holds for the next, and can be lifted for one.
    world.asks(&json!({ "type": "session.update", "session": { "max_output_tokens": 5 } }).to_string());
    world.asks(&user("third", "What can you do?"));
    assert_eq!(written(&response(&mut world, json!({}))), written(&short));
    world.asks(&user("fourth", "What can you do?"));
    assert_eq!(response(&mut world, json!({ "max_output_tokens": "inf" }))["status"], "completed");
}

#[test]
fn a_response_may_name_items_of_the_conversation_as_its_input() {
    let mut world = World::new(true, machine);
    world.asks(&user("question", "What can you do?"));
    let own = json!([{ "type": "item_reference", "id": "question" }]);
    let apart = response(&mut world, json!({ "conversation": "none", "input": own }));
    let usual = response(&mut world, json!({}));
    assert_eq!(written(&apart), written(&usual));
    let unknown = json!({ "input": [{ "type": "item_reference", "id": "nowhere" }] });
    let answers = world.asks(&json!({ "type": "response.create", "response": unknown }).to_string());
    assert_eq!(
        (&answers[0]["error"]["code"], &answers[0]["error"]["param"]),
        (&json!("item_not_found"), &json!("response.input[0].id"))
    );
}

#[test]
fn a_response_apart_is_one_response_whatever_it_is_asked() {
    let mut world = World::new(true, machine);
    for text in ["I need a flight from Boston to Denver tomorrow.", "What can you do?", "Goodbye."] {
        let mut answers = apart(&mut world, text, json!({}));
        // What it must look up first is looked up.
        world.comes_true(true, 0);
        answers.extend(world.heard());
        let of = |kind: &str| answers.iter().filter(|answer| answer["type"] == kind).count();
        assert_eq!((of("response.created"), of("response.done"), of("error")), (1, 1, 0), "{text}: {answers:?}");
    }
}

/// Asks apart from the conversation, in writing.
fn apart(world: &mut World, text: &str, more: Value) -> Vec<Value> {
    let said = json!([{ "type": "message", "role": "user", "content": [{ "type": "input_text", "text": text }] }]);
    let mut asked = json!({ "conversation": "none", "input": said, "output_modalities": ["text"] });
    for (name, value) in more.as_object().into_iter().flatten() {
        asked[name] = value.clone();
    }
    world.asks(&json!({ "type": "response.create", "response": asked }).to_string())
}

fn functions() -> Value {
    let city = json!({ "type": "object", "required": ["city"], "properties": { "city": { "type": "string" } } });
    let weather =
        json!({ "type": "function", "name": "get_weather", "description": "Weather in a city", "parameters": city });
    let events =
        json!({ "type": "function", "name": "list_concerts", "description": "Concerts in a city", "parameters": city });
    json!([weather, events])
}

#[test]
fn a_response_apart_calls_functions_and_leaves_no_trace() {
    let mut world = World::new(true, machine);
    let answers = apart(&mut world, "What is the weather in Paris?", json!({ "tools": functions() }));
    let done = answers.iter().find(|answer| answer["type"] == "response.done").expect("it is answered");
    let call = &done["response"]["output"][0];
    assert_eq!((&call["name"], &call["arguments"]), (&json!("get_weather"), &json!(r#"{"city":"Paris"}"#)));
    assert_eq!(done["response"]["conversation_id"], Value::Null);
    assert!(!answers.iter().any(|answer| answer["type"] == "conversation.item.added"), "{answers:?}");
    let answers = world.asks(&json!({ "type": "conversation.item.retrieve", "item_id": call["id"] }).to_string());
    assert_eq!(answers[0]["error"]["code"], "item_retrieve_invalid_item_id");
    // None may be called: words answer.
    let none = json!({ "tools": functions(), "tool_choice": "none" });
    let answers = apart(&mut world, "What can you do?", none);
    let done = answers.iter().find(|answer| answer["type"] == "response.done").expect("it is answered");
    assert_eq!(done["response"]["output"][0]["type"], "message");
}

#[test]
fn what_is_asked_apart_knows_the_conversation_unless_it_brings_its_own_input() {
    let mut world = World::new(true, machine);
    world.asks(&user("waits", "What can you do?"));
    let request = json!({ "type": "response.create",
        "response": { "conversation": "none", "output_modalities": ["text"] } });
    let answers = world.asks(&request.to_string());
    let done = answers.iter().find(|answer| answer["type"] == "response.done").expect("it is answered");
    assert!(written(&done["response"]).contains("flights"), "what stands unanswered is answered: {done}");
    // It stands unanswered still.
    assert!(written(&response(&mut world, json!({}))).contains("flights"));
    let answers = apart(&mut world, "Book it.", json!({}));
    let done = answers.iter().find(|answer| answer["type"] == "response.done").expect("it is answered");
    assert_eq!(done["response"]["status"], "completed");
}

#[test]
fn several_functions_are_called_at_once_where_they_may_be() {
    let mut world = World::new(true, machine);
    world.asks(&json!({ "type": "session.update", "session": { "tools": functions() } }).to_string());
    let text = "What is the weather in Paris and which concerts are there in London?";
    world.asks(&user("both", text));
    let both = response(&mut world, json!({}));
    let names: Vec<&Value> = both["output"].as_array().expect("a list").iter().map(|item| &item["name"]).collect();
    assert_eq!(names, ["get_weather", "list_concerts"]);
    assert_ne!(both["output"][0]["call_id"], both["output"][1]["call_id"]);
    world.asks(&user("one", text));
    let one = response(&mut world, json!({ "parallel_tool_calls": false }));
    assert_eq!(one["output"].as_array().map(Vec::len), Some(1), "{one}");
}

#[test]
fn a_long_conversation_keeps_the_part_that_the_client_wants_of_it() {
    let mut world = World::new(true, machine);
    let retention =
        json!({ "type": "retention_ratio", "retention_ratio": 0.5, "token_limits": { "post_instructions": 300 } });
    let answers = world.asks(&json!({ "type": "session.update", "session": { "truncation": retention } }).to_string());
    assert_eq!(answers[0]["session"]["truncation"], retention);
    let mut gone = Vec::new();
    for n in 0..12 {
        let answers = world.asks(&user(&format!("u{n}"), &"word ".repeat(60)));
        let deleted = answers.iter().filter(|answer| answer["type"] == "conversation.item.deleted");
        gone.extend(deleted.map(|answer| answer["item_id"].as_str().expect("a name").to_owned()));
    }
    assert_eq!(gone.first().map(String::as_str), Some("u0"));
    assert!((4..12).contains(&gone.len()), "{gone:?}");
    let answers = world.asks(&json!({ "type": "conversation.item.retrieve", "item_id": "u11" }).to_string());
    assert_eq!(answers[0]["type"], "conversation.item.retrieved");
}

#[test]
fn an_item_in_sound_is_recognised_answered_and_shown_again() {
    let mut world = World::new(true, machine);
    let include = json!(["item.input_audio_transcription.logprobs"]);
    world.asks(&json!({ "type": "session.update", "session": { "include": include } }).to_string());
    let sound: Vec<u8> = (0..24_000_i32).flat_map(|n| ((n % 97 * 200) as i16).to_le_bytes()).collect();
    let part = json!({ "type": "input_audio", "audio": BASE64.encode(&sound) });
    let item = json!({ "id": "spoken", "type": "message", "role": "user", "content": [part] });
    let answers = world.asks(&json!({ "type": "conversation.item.create", "item": item }).to_string());
    assert_eq!(answers[0]["type"], "conversation.item.added", "{answers:?}");
    // The response waits for the words.
    let written = json!({ "type": "response.create", "response": { "output_modalities": ["text"] } }).to_string();
    assert!(world.asks(&written).is_empty());
    world.comes_true(true, 3);
    let answers = world.heard();
    let completed = "conversation.item.input_audio_transcription.completed";
    let completed = answers.iter().find(|event| event["type"] == completed).expect("it has words");
    let transcript = completed["transcript"].clone();
    let token =
        json!({ "token": transcript, "logprob": -0.25, "bytes": transcript.as_str().expect("text").as_bytes() });
    assert_eq!(completed["logprobs"], json!([token]));
    assert!(transcript.as_str().is_some_and(|text| !text.is_empty()), "{answers:?}");
    assert!(answers.iter().any(|event| event["type"] == "response.done"), "{answers:?}");
    let retrieve = json!({ "type": "conversation.item.retrieve", "item_id": "spoken" }).to_string();
    let part = world.asks(&retrieve)[0]["item"]["content"][0].clone();
    assert_eq!(part["transcript"], transcript);
    let heard = BASE64.decode(part["audio"].as_str().expect("base64")).expect("base64");
    assert!(heard.len().abs_diff(sound.len()) < 100, "{} of {}", heard.len(), sound.len());
    // What is deleted leaves no sound behind, and its name can be given anew.
    world.asks(&json!({ "type": "conversation.item.delete", "item_id": "spoken" }).to_string());
    world.asks(&user("spoken", "What can you do?"));
    let part = world.asks(&retrieve)[0]["item"]["content"][0].clone();
    assert!(part.get("audio").is_none(), "{part}");
    // In a response's own input there is nothing to wait for.
    let own = json!({ "type": "response.create", "response": { "input": [item] } });
    assert_eq!(world.asks(&own.to_string())[0]["error"]["code"], "sound_needs_words");
}

/// A message in sound, behind these parts.
fn in_sound(id: &str, before: &[Value]) -> String {
    let audio = BASE64.encode(vec![7; 24_000]);
    let mut content = before.to_vec();
    content.push(json!({ "type": "input_audio", "audio": audio }));
    let item = json!({ "id": id, "type": "message", "role": "user", "content": content });
    json!({ "type": "conversation.item.create", "item": item }).to_string()
}

#[test]
fn words_come_to_the_part_that_sounds_and_to_every_response_that_waits_for_them() {
    let mut world = World::new(true, machine);
    world.asks(&in_sound("mixed", &[json!({ "type": "input_text", "text": "Answer this:" })]));
    let written = |more: Value| {
        let mut response = json!({ "output_modalities": ["text"] });
        more.as_object().into_iter().flatten().for_each(|(name, value)| response[name] = value.clone());
        json!({ "type": "response.create", "response": response }).to_string()
    };
    assert!(world.asks(&written(json!({}))).is_empty());
    assert!(world.asks(&written(json!({ "conversation": "none" }))).is_empty());
    // The first attempt fails, and the second is understood.
    world.comes_true(false, 0);
    assert!(world.heard().is_empty(), "it is tried again");
    world.comes_true(true, 2);
    let answers = world.heard();
    let of = |kind: &str| answers.iter().filter(|event| event["type"] == kind).count();
    assert_eq!((of("response.created"), of("response.done")), (2, 2), "{answers:?}");
    let completed = "conversation.item.input_audio_transcription.completed";
    assert_eq!(answers.iter().find(|event| event["type"] == completed).expect("words")["content_index"], 1);
    let retrieve = json!({ "type": "conversation.item.retrieve", "item_id": "mixed" }).to_string();
    let content = world.asks(&retrieve)[0]["item"]["content"].clone();
    assert_eq!(content[0]["text"], "Answer this:");
    assert!(content[1]["audio"].as_str().is_some_and(|audio| audio.len() > 10_000), "{content}");
    assert_eq!(world.asks(&retrieve)[0]["error"]["code"], "rate_limit_exceeded", "sound once a second");
    world.waits(Duration::from_secs(1));
    assert_eq!(world.asks(&retrieve)[0]["type"], "conversation.item.retrieved");
    let two = [json!({ "type": "input_audio", "transcript": "Hello." })];
    assert_eq!(world.asks(&in_sound("two", &two))[0]["error"]["code"], "one_sound_part");
}

#[test]
fn a_recording_is_no_longer_than_the_recogniser_hears() {
    let mut world = World::new(true, machine);
    let pcmu = json!({ "audio": { "input": { "format": { "type": "audio/pcmu" } } } });
    world.asks(&json!({ "type": "session.update", "session": pcmu }).to_string());
    let message = |seconds: usize| {
        let part = json!({ "type": "input_audio", "audio": BASE64.encode(vec![0xff; seconds * 8000]) });
        let item = json!({ "type": "message", "role": "user", "content": [part] });
        json!({ "type": "conversation.item.create", "item": item }).to_string()
    };
    assert_eq!(world.asks(&message(31))[0]["error"]["code"], "recording_too_long");
    assert_eq!(world.asks(&message(30))[0]["type"], "conversation.item.added");
}

#[test]
fn on_a_call_an_item_is_shown_without_its_sound() {
    let mut world = World::new(false, machine);
    world.asks(&in_sound("spoken", &[]));
    while world.comes_true(true, 2) {}
    let retrieve = json!({ "type": "conversation.item.retrieve", "item_id": "spoken" }).to_string();
    let answers = world.asks(&retrieve);
    assert_eq!(answers[0]["item"]["content"][0]["audio"], "", "{answers:?}");
}

#[test]
fn responses_apart_wait_their_turn_and_each_is_given() {
    let mut world = World::new(true, machine);
    let sounds = json!({ "output_modalities": ["audio"] });
    let refused = (0..9).filter(|_| {
        let answers = apart(&mut world, "What can you do?", sounds.clone());
        answers.iter().any(|answer| answer["error"]["code"] == "rate_limit_exceeded")
    });
    let refused = refused.count();
    assert!((4..6).contains(&refused), "{refused}");
    // One in the conversation is not refused for them, and does not push them out; nor does silence.
    world.asks(&user("mine", "What can you do?"));
    let answers = world.asks(&json!({ "type": "response.create" }).to_string());
    assert!(!answers.iter().any(|answer| answer["type"] == "error"), "{answers:?}");
    world.asks(&json!({ "type": "output_audio_buffer.clear" }).to_string());
    goes_on(&mut world, 300, true, 0);
    assert!(world.told.0 >= (9 - refused) as u64, "{} of {}", world.told.0, 9 - refused);
    world.ends();
}

#[test]
fn what_was_said_is_read_in_the_order_of_the_conversation() {
    let mut world = World::new(true, machine);
    let query = json!({ "type": "object", "required": ["query"], "properties": { "query": { "type": "string" } } });
    let search = json!({ "type": "function", "name": "search_handbook", "description": "Rules", "parameters": query });
    world.asks(&json!({ "type": "session.update", "session": { "tools": [search] } }).to_string());
    world.asks(&user("last", "for pets in the cabin"));
    let mut first: Value = serde_json::from_str(&user("first", "Search the handbook")).expect("it is JSON");
    first["previous_item_id"] = "root".into();
    world.asks(&first.to_string());
    let called = response(&mut world, json!({}));
    let arguments = called["output"][0]["arguments"].as_str().expect("it is called");
    assert_eq!(arguments, r#"{"query":"Search the handbook for pets in the cabin"}"#);
}

#[test]
fn an_input_of_its_own_may_be_what_a_function_answered() {
    let mut world = World::new(true, machine);
    world.asks(&user("waits", "What is the time in Tokyo?"));
    let own = json!([{ "type": "function_call_output", "call_id": "c", "output": "Forty-two frogs." }]);
    let told = response(&mut world, json!({ "input": own }));
    assert!(written(&told).contains("frogs"), "{told}");
    let answers = world.asks(&json!({ "type": "response.create" }).to_string());
    assert!(answers.iter().any(|answer| answer["name"] == "local_time"), "what waited still waits: {answers:?}");
}

#[test]
fn a_client_of_the_beta_is_told_of_items_as_it_knows_them() {
    let mut world = World::of_the_beta(machine);
    let mut told = world.heard();
    told.extend(world.asks(&user("first", "What can you do?")));
    let written = json!({ "type": "response.create", "response": { "output_modalities": ["text"] } });
    told.extend(world.asks(&written.to_string()));
    let of = |kind: &str| told.iter().filter(|event| event["type"] == kind).count();
    assert_eq!(of("conversation.created"), 1, "{told:?}");
    assert_eq!((of("conversation.item.created"), of("conversation.item.added")), (2, 2), "{told:?}");
    let mut shapes = Shapes::default();
    told.iter().for_each(|event| shapes.see(event));
    shapes.are_taken_by_published_clients();
}

#[test]
fn only_what_we_said_can_be_cut_and_only_what_is_offered_be_chosen() {
    let mut world = World::new(true, machine);
    world.asks(&user("mine", "What can you do?"));
    let cut = json!({ "type": "conversation.item.truncate", "item_id": "mine", "content_index": 0, "audio_end_ms": 0 });
    assert_eq!(world.asks(&cut.to_string())[0]["error"]["code"], "item_not_spoken");
    let choice = json!({ "type": "function", "name": "nobody" });
    let update = json!({ "type": "session.update", "session": { "tool_choice": choice } });
    assert_eq!(world.asks(&update.to_string())[0]["error"]["code"], "tool_not_found");
}

#[test]
fn an_input_of_its_own_leaves_what_stands_unanswered() {
    let mut world = World::new(true, machine);
    world.asks(&user("waits", "What is the time in Tokyo?"));
    let own = json!([{ "type": "message", "role": "user", "content": [{ "type": "input_text", "text": "What can you do?" }] }]);
    let first = written(&response(&mut world, json!({ "input": own }))).to_owned();
    let answers = world.asks(&json!({ "type": "response.create" }).to_string());
    assert!(answers.iter().any(|answer| answer["name"] == "local_time"), "{answers:?}");
    assert!(!first.is_empty() && !first.contains("Tokyo"), "{first}");
}

#[test]
fn a_deleted_message_is_not_answered() {
    let mut world = World::new(true, machine);
    world.asks(&user("gone", "What is the time in Tokyo?"));
    world.asks(&json!({ "type": "conversation.item.delete", "item_id": "gone" }).to_string());
    let answer = response(&mut world, json!({}));
    assert!(!written(&answer).contains("Tokyo"), "{answer}");
}

#[test]
fn cancelling_a_response_that_is_over_leaves_the_next_one_alone() {
    let mut world = World::new(true, machine);
    world.asks(&user("first", "What can you do?"));
    let over = response(&mut world, json!({}));
    world.asks(&user("second", "What can you do?"));
    world.asks(&json!({ "type": "response.create", "response": { "output_modalities": ["audio"] } }).to_string());
    let late = json!({ "type": "response.cancel", "response_id": over["id"] }).to_string();
    let answers = world.asks(&late);
    let errors: Vec<&Value> = answers.iter().filter(|answer| answer["type"] == "error").collect();
    assert_eq!(errors.len(), 1, "{answers:?}");
    assert_eq!(errors[0]["error"]["code"], "response_cancel_not_active");
    // LiveKit's plugin knows by these words that nothing is wrong.
    let words = errors[0]["error"]["message"].as_str().expect("an error has words");
    assert!(words.starts_with("Cancellation failed"), "{words}");
    assert!(!answers.iter().any(|answer| answer["response"]["status"] == "cancelled"), "{answers:?}");
}

#[test]
fn a_transcription_session_answers_nothing() {
    let mut world = World::new(true, machine);
    let session =
        json!({ "type": "transcription", "audio": { "input": { "transcription": { "model": "whisper-1" } } } });
    world.asks(&json!({ "type": "session.update", "session": session }).to_string());
    world.asks(&user("first", "What can you do?"));
    let answers = world.asks(&json!({ "type": "response.create" }).to_string());
    assert_eq!(answers[0]["error"]["code"], "not_in_this_session", "{answers:?}");
    assert!(!answers.iter().any(|answer| answer["type"] == "response.created"), "{answers:?}");
}
