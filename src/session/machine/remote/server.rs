//! A tool server elsewhere as a client declares it: where it is, which of its tools may be called, and which only with a yes. It calls nobody.

use crate::secret::Secret;
use crate::session::event::{RemoteServer, RemoteTool};
use crate::session::machine::refusal::Refusal;
use serde_json::{Map, Value};

/// Longest address of a server, in bytes.
const URL_BYTES_MAX: usize = 2048;
/// Longest authorization, and longest value of a header, in bytes.
const SECRET_BYTES_MAX: usize = 8192;
/// Most headers of one server.
const HEADERS_MAX: usize = 32;
/// Most names in one list of tools.
const NAMES_MAX: usize = 128;

/// One declared server.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Server {
    /// The client's name for it.
    pub(crate) label: String,
    /// Where it is, and what opens it.
    pub(crate) at: RemoteServer,
    allowed: Option<Filter>,
    approval: Approval,
    /// As the client wrote it, without its secrets.
    pub(crate) declared: Value,
}

/// Some of a server's tools.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Filter {
    names: Option<Vec<String>>,
    read_only: Option<bool>,
}

impl Filter {
    fn holds(&self, tool: &RemoteTool) -> bool {
        let reads = tool.annotations["readOnlyHint"].as_bool().unwrap_or(false);
        self.names.as_ref().is_none_or(|names| names.iter().any(|name| *name == tool.name))
            && self.read_only.is_none_or(|wanted| wanted == reads)
    }
}

/// Which calls need a yes of the client.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Approval {
    Always,
    Never,
    /// Those of the first need it, those of the second do not; what is in neither needs it.
    Some(Option<Filter>, Option<Filter>),
}

impl Server {
    /// Reads a declaration; `path` is where it stands.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(tool: &Value, path: &str) -> Result<Self, Refusal> {
        let fields = tool.as_object().ok_or_else(|| Refusal::value(path, "an object"))?;
        let (mut label, mut url, mut headers) = (None, None, Vec::new());
        let (mut allowed, mut approval) = (None, Approval::Always);
        for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
            let path = format!("{path}.{name}");
            match name.as_str() {
                "type" => {}
                "defer_loading" if value.is_boolean() => {}
                "defer_loading" => return Err(Refusal::value(&path, "true or false")),
                "server_description" => drop(text(value, &path, 4096)?),
                "server_label" => label = Some(named(value, &path)?),
                "server_url" => url = Some(address(value, &path)?),
                "connector_id" | "tunnel_id" => {
                    return Err(Refusal::value(&path, "left out: name the server by its `server_url`"));
                }
                "authorization" => {
                    let bearer = format!("Bearer {}", text(value, &path, SECRET_BYTES_MAX)?);
                    headers.push(("authorization".to_owned(), Secret(bearer)));
                }
                "headers" => headers.extend(more_headers(value, &path)?),
                "allowed_tools" => allowed = Some(allowed_tools(value, &path)?),
                "require_approval" => approval = approvals(value, &path)?,
                _ => return Err(Refusal::unknown(&path)),
            }
        }
        let missing = |name: &str| {
            Refusal::missing(&format!("{path}.{name}"), "A server of tools needs `server_label` and `server_url`.")
        };
        let label = label.ok_or_else(|| missing("server_label"))?;
        let url = url.ok_or_else(|| missing("server_url"))?;
        let mut declared = tool.clone();
        if let Some(fields) = declared.as_object_mut() {
            fields.remove("authorization");
            fields.remove("headers");
        }
        Ok(Self { label, at: RemoteServer { url, headers }, allowed, approval, declared })
    }

    /// The tool may be called at all.
    pub(crate) fn allows(&self, tool: &RemoteTool) -> bool {
        self.allowed.as_ref().is_none_or(|filter| filter.holds(tool))
    }

    /// The tool is called only with a yes of the client.
    pub(crate) fn must_ask(&self, tool: &RemoteTool) -> bool {
        match &self.approval {
            Approval::Always => true,
            Approval::Never => false,
            Approval::Some(always, never) => {
                let within = |filter: &Option<Filter>| filter.as_ref().is_some_and(|filter| filter.holds(tool));
                within(always) || !within(never)
            }
        }
    }
}

fn text(value: &Value, path: &str, bytes_max: usize) -> Result<String, Refusal> {
    let text = value.as_str().filter(|text| text.len() <= bytes_max && !text.contains(['\r', '\n', '\0']));
    text.map(str::to_owned).ok_or_else(|| Refusal::value(path, &format!("one line of at most {bytes_max} bytes")))
}

fn named(value: &Value, path: &str) -> Result<String, Refusal> {
    let fits = |name: &&str| {
        (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    };
    let name = value.as_str().filter(fits);
    name.map(str::to_owned).ok_or_else(|| Refusal::value(path, "1 to 64 letters, digits, `_` or `-`"))
}

fn address(value: &Value, path: &str) -> Result<String, Refusal> {
    let url = text(value, path, URL_BYTES_MAX)?;
    let web = url.starts_with("https://") || url.starts_with("http://");
    web.then_some(url).ok_or_else(|| Refusal::value(path, "an address that begins with `https://` or `http://`"))
}

fn more_headers(value: &Value, path: &str) -> Result<Vec<(String, Secret)>, Refusal> {
    let few = value.as_object().filter(|headers| headers.len() <= HEADERS_MAX);
    let few = few.ok_or_else(|| Refusal::value(path, &format!("at most {HEADERS_MAX} headers")))?;
    let header = |(name, value): (&String, &Value)| {
        let path = format!("{path}.{name}");
        let token = !name.is_empty()
            && name.len() <= 128
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        let name = token.then(|| name.to_ascii_lowercase());
        let name = name.ok_or_else(|| Refusal::value(&path, "the name of a header"))?;
        Ok((name, Secret(text(value, &path, SECRET_BYTES_MAX)?)))
    };
    few.iter().map(header).collect()
}

fn names(value: &Value, path: &str) -> Result<Vec<String>, Refusal> {
    let list = value.as_array().filter(|list| list.len() <= NAMES_MAX);
    let names = list.and_then(|list| list.iter().map(|name| name.as_str().map(str::to_owned)).collect());
    names.ok_or_else(|| Refusal::value(path, &format!("a list of at most {NAMES_MAX} names")))
}

fn allowed_tools(value: &Value, path: &str) -> Result<Filter, Refusal> {
    if value.is_array() {
        return Ok(Filter { names: Some(names(value, path)?), read_only: None });
    }
    filter(value, path)
}

fn filter(value: &Value, path: &str) -> Result<Filter, Refusal> {
    let mut filter = Filter { names: None, read_only: None };
    for (name, value) in fields(value, path)?.iter().filter(|(_, value)| !value.is_null()) {
        let path = format!("{path}.{name}");
        match name.as_str() {
            "tool_names" => filter.names = Some(names(value, &path)?),
            "read_only" => {
                filter.read_only = Some(value.as_bool().ok_or_else(|| Refusal::value(&path, "true or false"))?);
            }
            _ => return Err(Refusal::unknown(&path)),
        }
    }
    Ok(filter)
}

fn approvals(value: &Value, path: &str) -> Result<Approval, Refusal> {
    match value.as_str() {
        Some("always") => return Ok(Approval::Always),
        Some("never") => return Ok(Approval::Never),
        Some(_) | None => {}
    }
    let (mut always, mut never) = (None, None);
    for (name, value) in fields(value, path)?.iter().filter(|(_, value)| !value.is_null()) {
        let path = format!("{path}.{name}");
        match name.as_str() {
            "always" => always = Some(filter(value, &path)?),
            "never" => never = Some(filter(value, &path)?),
            _ => return Err(Refusal::unknown(&path)),
        }
    }
    Ok(Approval::Some(always, never))
}

fn fields<'a>(value: &'a Value, path: &str) -> Result<&'a Map<String, Value>, Refusal> {
    value.as_object().ok_or_else(|| Refusal::value(path, "an object, or a word that is known here"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tool(name: &str, reads: bool) -> RemoteTool {
        let annotations = json!({ "readOnlyHint": reads });
        RemoteTool { name: name.to_owned(), description: String::new(), input_schema: json!({}), annotations }
    }

    fn server(more: Value) -> Result<Server, Refusal> {
        let mut declared = json!({ "type": "mcp", "server_label": "parks", "server_url": "https://parks.example/mcp" });
        let fields = declared.as_object_mut().expect("an object");
        fields.extend(more.as_object().expect("an object").clone());
        Server::read(&declared, "session.tools[0]")
    }

    #[test]
    fn secrets_are_neither_shown_nor_printed() {
        let more = json!({ "authorization": "hush", "headers": { "X-Key": "hush" } });
        let server = server(more).expect("it is right");
        assert!(!format!("{server:?} {}", server.declared).contains("hush"));
        let told: Vec<_> = server.at.headers.iter().map(|(name, value)| (name.as_str(), value.0.as_str())).collect();
        assert_eq!(told, [("authorization", "Bearer hush"), ("x-key", "hush")]);
    }

    #[test]
    fn tools_are_called_as_the_client_allows() {
        let all = server(json!({})).expect("it is right");
        assert!(all.allows(&tool("find", true)) && all.must_ask(&tool("find", true)));
        let named = server(json!({ "allowed_tools": ["find"], "require_approval": "never" })).expect("it is right");
        assert!(named.allows(&tool("find", false)) && !named.allows(&tool("burn", false)));
        assert!(!named.must_ask(&tool("find", false)));
        let some = json!({ "allowed_tools": { "read_only": true }, "require_approval": { "never": { "tool_names": ["find"] } } });
        let some = server(some).expect("it is right");
        assert!(some.allows(&tool("find", true)) && !some.allows(&tool("find", false)));
        assert!(!some.must_ask(&tool("find", true)) && some.must_ask(&tool("read", true)));
        let always =
            json!({ "require_approval": { "always": { "read_only": false }, "never": { "tool_names": ["a", "b"] } } });
        let always = server(always).expect("it is right");
        assert!(always.must_ask(&tool("a", false)) && !always.must_ask(&tool("b", true)));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (more, param) in [
            (json!({ "server_label": "" }), "server_label"),
            (json!({ "server_label": null }), "server_label"),
            (json!({ "server_url": "file:///etc/passwd" }), "server_url"),
            (json!({ "connector_id": "connector_gmail" }), "connector_id"),
            (json!({ "authorization": "a\nb" }), "authorization"),
            (json!({ "headers": { "a b": "c" } }), "headers.a b"),
            (json!({ "allowed_tools": [7] }), "allowed_tools"),
            (json!({ "require_approval": "sometimes" }), "require_approval"),
            (json!({ "require_approval": { "now": {} } }), "require_approval.now"),
            (json!({ "colour": "red" }), "colour"),
        ] {
            let refusal = server(more).expect_err("it is wrong");
            assert_eq!(refusal.param.as_deref(), Some(format!("session.tools[0].{param}").as_str()));
        }
    }
}
