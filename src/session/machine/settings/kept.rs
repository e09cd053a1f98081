//! Fields of a session or a response that are checked, kept and shown, and of no consequence for the built-in concierge. It keeps none.

use crate::session::machine::refusal::Refusal;
use serde_json::Value;

/// Longest instructions and prompts kept, in bytes.
pub(crate) const INSTRUCTIONS_BYTES_MAX: usize = 256 * 1024;
/// What a transcript may be asked to be told with.
const INCLUDED: &str = "item.input_audio_transcription.logprobs";
/// How long a model may think.
const EFFORTS: [&str; 5] = ["minimal", "low", "medium", "high", "xhigh"];

/// Looks at the field `name`, which stands at `path`.
///
/// # Errors
/// It is not what the protocol says; or there is no such field here.
pub(crate) fn check(name: &str, value: &Value, path: &str) -> Result<(), Refusal> {
    let (fits, must_be) = match name {
        "instructions" => {
            let fits = value.as_str().is_some_and(|text| text.len() <= INSTRUCTIONS_BYTES_MAX);
            return if fits { Ok(()) } else { Err(Refusal::value(path, "a text of at most 262144 bytes")) };
        }
        "tracing" => (traces(value), "`auto`, or an object with texts `workflow_name` and `group_id`"),
        "prompt" => (is_prompt(value), "an object with a text `id`, and texts as `version` and `variables`"),
        "include" => {
            let fits = |list: &Vec<Value>| list.iter().all(|one| one == INCLUDED);
            (value.as_array().is_some_and(fits), "a list of `item.input_audio_transcription.logprobs`, or an empty one")
        }
        "reasoning" => (reasons(value), "an object with an `effort` of `minimal`, `low`, `medium`, `high` or `xhigh`"),
        "metadata" => (value.is_object(), "an object"),
        _ => return Err(Refusal::unknown(path)),
    };
    if fits || value.is_null() { Ok(()) } else { Err(Refusal::value(path, must_be)) }
}

/// The field is not there, or null, or a text.
fn text(object: &Value, name: &str) -> bool {
    object.get(name).is_none_or(|value| value.is_null() || value.is_string())
}

fn traces(value: &Value) -> bool {
    value == "auto" || value.is_object() && text(value, "workflow_name") && text(value, "group_id")
}

fn is_prompt(value: &Value) -> bool {
    let texts = |variables: &Value| {
        variables.is_null() || variables.as_object().is_some_and(|texts| texts.values().all(Value::is_string))
    };
    value["id"].is_string() && text(value, "version") && value.get("variables").is_none_or(texts)
}

fn reasons(value: &Value) -> bool {
    let known = |effort: &Value| effort.is_null() || EFFORTS.iter().any(|known| effort == known);
    value.is_object() && value.get("effort").is_none_or(known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_protocol_knows_is_kept_and_nothing_else() {
        for (name, right, wrong) in [
            ("instructions", json!("Be brief."), json!(["Be brief."])),
            ("tracing", json!({ "workflow_name": "calls" }), json!({ "workflow_name": 7 })),
            ("prompt", json!({ "id": "p", "variables": { "a": "b" } }), json!({ "version": "1" })),
            ("include", json!([INCLUDED]), json!(["everything"])),
            ("reasoning", json!({ "effort": "low" }), json!({ "effort": "none" })),
            ("metadata", json!({ "a": 1 }), json!(1)),
        ] {
            assert_eq!(check(name, &right, "at"), Ok(()), "{name}");
            assert_eq!(check(name, &wrong, "at").expect_err(name).param.as_deref(), Some("at"));
        }
        assert_eq!(check("colour", &json!("red"), "at").expect_err("unknown").code, "unknown_parameter");
    }
}
