//! The tools a client offers, functions of its own and servers elsewhere, and which of them answers what was said. It calls none.

use crate::session::machine::function::Function;
use crate::session::machine::refusal::Refusal;
use crate::session::machine::remote::{RemoteCall, Remotes, Server};
use agent::concierge::meaning::Context;
use agent::function::{self, Declared, Freedom};
use serde_json::{Value, json};

/// Most tools of one session.
const TOOLS_MAX: usize = 128;
/// Most servers of tools of one session.
const SERVERS_MAX: usize = 16;

/// One tool as a client declares it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tool {
    /// A function that the client runs.
    Function(Function),
    /// A server whose tools we call.
    Server(Box<Server>),
}

impl Tool {
    /// As it is shown.
    pub(crate) fn declared(&self) -> &Value {
        match self {
            Self::Function(function) => &function.declared,
            Self::Server(server) => &server.declared,
        }
    }
}

/// A call of a client's function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Called {
    /// Its name.
    pub(crate) name: String,
    /// A JSON object, as text.
    pub(crate) arguments: String,
}

/// What answers instead of words.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Wanted {
    /// The client is to run these functions; there is at least one.
    Functions(Vec<Called>),
    /// A server is to run a tool.
    Remote {
        /// The call.
        call: Box<RemoteCall>,
        /// Only with a yes of the client.
        must_ask: bool,
    },
}

/// The tools a client declares.
///
/// # Errors
/// What is wrong with the first that is.
pub(crate) fn read(value: &Value, path: &str) -> Result<Vec<Tool>, Refusal> {
    let declared = value.as_array().filter(|tools| tools.len() <= TOOLS_MAX);
    let declared = declared.ok_or_else(|| Refusal::value(path, &format!("a list of at most {TOOLS_MAX} tools")))?;
    let one = |(at, tool): (usize, &Value)| {
        let path = format!("{path}[{at}]");
        if tool["type"] == "mcp" {
            return Server::read(tool, &path).map(|server| Tool::Server(Box::new(server)));
        }
        Function::read(tool, &path).map(Tool::Function)
    };
    let tools: Vec<Tool> = declared.iter().enumerate().map(one).collect::<Result<_, _>>()?;
    let labels: Vec<&str> = servers(&tools).map(|server| server.label.as_str()).collect();
    let twice = labels.iter().enumerate().any(|(at, label)| labels[..at].contains(label));
    if labels.len() > SERVERS_MAX || twice {
        return Err(Refusal::value(
            path,
            &format!("a list with at most {SERVERS_MAX} servers, each `server_label` once"),
        ));
    }
    Ok(tools)
}

/// The servers among tools.
pub(crate) fn servers(tools: &[Tool]) -> impl Iterator<Item = &Server> {
    tools.iter().filter_map(|tool| match tool {
        Tool::Server(server) => Some(&**server),
        Tool::Function(_) => None,
    })
}

/// Which tool may or must be called.
///
/// # Errors
/// It is none of the ways to say so.
pub(crate) fn choice(value: &Value, path: &str) -> Result<Value, Refusal> {
    let word = ["none", "auto", "required"].iter().any(|word| value == word);
    let named = value["type"] == "function" && value["name"].is_string();
    let remote = value["type"] == "mcp"
        && value["server_label"].is_string()
        && value.get("name").is_none_or(|name| name.is_null() || name.is_string());
    if word || named || remote {
        return Ok(value.clone());
    }
    Err(Refusal::value(path, "`none`, `auto`, `required`, a function by its name, or a server by its `server_label`"))
}

/// The function or the server that is to be called is among those that are offered.
///
/// # Errors
/// It is not.
pub(crate) fn offered(tools: &[Tool], choice: &Value, path: &str) -> Result<(), Refusal> {
    let is_meant = |tool: &Tool| match tool {
        Tool::Function(function) => choice["type"] == "function" && choice["name"] == function.name.as_str(),
        Tool::Server(server) => choice["type"] == "mcp" && choice["server_label"] == server.label.as_str(),
    };
    if choice.is_string() || tools.iter().any(is_meant) {
        return Ok(());
    }
    let why = format!("`{path}` names a function or a server that is not among the `tools`.");
    Err(Refusal::new("tool_not_found", why, Some(path)))
}

/// What a response may call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offer<'a> {
    /// The tools.
    pub(crate) tools: &'a [Tool],
    /// Which of them may or must be called.
    pub(crate) choice: &'a Value,
    /// Several at once.
    pub(crate) parallel: bool,
}

/// The tool that answers `text`; `None` when words do.
pub(crate) fn wanted(text: &str, offer: &Offer<'_>, remotes: &Remotes, context: &Context) -> Option<Wanted> {
    let Offer { tools, choice, parallel } = *offer;
    let named = choice.get("name").and_then(Value::as_str);
    let remote_only = choice.get("server_label").and_then(Value::as_str);
    let freedom = match (choice.as_str(), named) {
        (Some("none"), _) => return None,
        (_, Some(name)) => Freedom::Named(name),
        // Nothing was said: whoever answers a function's answer with the same function never ends.
        _ if text.is_empty() => return None,
        (Some("required"), None) => Freedom::Required,
        (None, None) if remote_only.is_some() => Freedom::Required,
        (_, None) => Freedom::Auto,
    };
    let allowed: Vec<&Server> =
        servers(tools).filter(|server| remote_only.is_none_or(|only| only == server.label)).collect();
    let remote: Vec<_> = remotes.tools(&allowed).collect();
    let functions = tools.iter().filter_map(|tool| match tool {
        Tool::Function(function) if remote_only.is_none() => Some(function),
        Tool::Function(_) | Tool::Server(_) => None,
    });
    let functions: Vec<&Function> = functions.collect();
    let empty = json!({});
    let own = functions.iter().map(|function| Declared {
        name: &function.name,
        description: function.declared["description"].as_str().unwrap_or_default(),
        parameters: function.declared.get("parameters").unwrap_or(&empty),
    });
    let theirs = remote.iter().map(|(_, tool)| Declared {
        name: &tool.name,
        description: &tool.description,
        parameters: &tool.input_schema,
    });
    let declared: Vec<Declared<'_>> = own.chain(theirs).collect();
    let call = |(at, arguments): (usize, Value)| {
        functions.get(at).map(|function| Called { name: function.name.clone(), arguments: arguments.to_string() })
    };
    if parallel && !matches!(freedom, Freedom::Named(_)) {
        // A server's tools are called one at a time: what one puts out is told by a response of its own.
        let own = &declared[..functions.len()];
        let calls: Vec<Called> = function::choose_all(text, own, context).into_iter().filter_map(call).collect();
        if !calls.is_empty() {
            return Some(Wanted::Functions(calls));
        }
    }
    let (at, arguments) = function::choose(text, &declared, freedom, context)?;
    if at < functions.len() {
        return call((at, arguments)).map(|call| Wanted::Functions(vec![call]));
    }
    let arguments = arguments.to_string();
    let (server, tool) = remote.get(at - functions.len())?;
    let call =
        RemoteCall { server: (*server).clone(), tool: tool.name.clone(), arguments, approval: None, apart: false };
    Some(Wanted::Remote { call: Box::new(call), must_ask: server.must_ask(tool) })
}
