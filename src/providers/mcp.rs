//! Tool servers of the Model Context Protocol, over streamable HTTP, by the protocol's own client. A call is sent once and never again.

use crate::session::event::{Failure, RemoteServer, RemoteTool};
use crate::session::ports::RemoteTools;
use futures_util::future::{BoxFuture, FutureExt as _};
use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};
use rmcp::model::{CallToolRequestParams, ClientCapabilities, ClientConfig, Implementation, ProtocolVersion};
use rmcp::service::{ClientLifecycleMode, ClientServiceExt as _, RoleClient, RunningService, ServiceError};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use serde_json::Value;

/// Most tools of one server that are kept.
const TOOLS_MAX: usize = 128;
/// Longest description of a tool that is kept, in characters.
const DESCRIPTION_CHARS_MAX: usize = 4096;
/// Longest answer of a tool that is kept, in characters.
const OUTPUT_CHARS_MAX: usize = 64 * 1024;
/// Largest body that a server may answer with, in bytes.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Which servers may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allow {
    /// Any, inside and outside.
    Any,
    /// Those at these addresses, and below their paths.
    At(Vec<Url>),
}

impl Allow {
    /// Reads addresses; `*` is any. Fails with the one that is none.
    pub fn read(addresses: &[String]) -> Result<Self, String> {
        if addresses.iter().any(|address| address == "*") {
            return Ok(Self::Any);
        }
        let read = |address: &String| {
            Url::parse(address).ok().filter(|url| url.host().is_some()).ok_or_else(|| address.clone())
        };
        addresses.iter().map(read).collect::<Result<_, _>>().map(Self::At)
    }

    /// The address is one of them, or lies below one.
    fn holds(&self, url: &Url) -> bool {
        let Self::At(allowed) = self else { return true };
        allowed.iter().any(|at| {
            let folder = at.path().trim_end_matches('/');
            let below = url.path().strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            at.origin() == url.origin() && below
        })
    }
}

/// The client of all sessions.
#[derive(Debug)]
pub struct Mcp {
    http: reqwest::Client,
    allow: Allow,
}

impl Mcp {
    /// A client that asks the servers of `allow` alone. A redirect is not followed: it may lead elsewhere.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn new(allow: Allow) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
        Ok(Self { http, allow })
    }

    async fn connect(&self, server: &RemoteServer) -> Result<RunningService<RoleClient, ClientConfig>, Failure> {
        let refused = |say: &str| Failure::Refused { say: say.to_owned() };
        let url = Url::parse(&server.url).map_err(|_| refused("the address of the server cannot be read"))?;
        if !self.allow.holds(&url) {
            return Err(refused("this installation may not use that server; `mcp.allow` names those it may"));
        }
        let mut config = StreamableHttpClientTransportConfig::with_uri(url.as_str());
        config.max_json_response_size = BODY_BYTES_MAX;
        config.max_sse_event_size = BODY_BYTES_MAX;
        for (name, value) in &server.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused("a header has no name"))?;
            let mut value = HeaderValue::from_str(&value.0).map_err(|_| refused("a header holds what none may"))?;
            value.set_sensitive(true);
            config.custom_headers.insert(name, value);
        }
        let us = Implementation::new("voxfare", env!("CARGO_PKG_VERSION"));
        let transport = StreamableHttpClientTransport::with_client(self.http.clone(), config);
        // The stateless core where a server has it (one request fewer), the handshake of before where not.
        let lifecycle = ClientLifecycleMode::Auto {
            preferred_versions: vec![ProtocolVersion::LATEST],
            legacy_version: Some(ProtocolVersion::V_2025_11_25),
        };
        let client =
            ClientConfig::new(ClientCapabilities::default(), us).serve_with_lifecycle(transport, lifecycle).await;
        client.map_err(|error| Failure::Broken { why: brief(&error.to_string()) })
    }
}

impl RemoteTools for Mcp {
    fn list(&self, server: RemoteServer) -> BoxFuture<'_, Result<Vec<RemoteTool>, Failure>> {
        async move {
            let client = self.connect(&server).await?;
            let tools = client.list_all_tools().await;
            let _ = client.cancel().await;
            let tools = tools.map_err(|error| failure(&error))?;
            Ok(tools.into_iter().take(TOOLS_MAX).map(tool).collect())
        }
        .boxed()
    }

    fn run(
        &self,
        server: RemoteServer,
        tool: String,
        arguments: String,
    ) -> BoxFuture<'_, Result<(String, bool), Failure>> {
        async move {
            let arguments: serde_json::Map<String, Value> = serde_json::from_str(&arguments)
                .map_err(|error| Failure::Broken { why: format!("the arguments are no JSON object: {error}") })?;
            let client = self.connect(&server).await?;
            let result = client.call_tool(CallToolRequestParams::new(tool).with_arguments(arguments)).await;
            let _ = client.cancel().await;
            let result = result.map_err(|error| failure(&error))?;
            let texts: Vec<&str> =
                result.content.iter().filter_map(|part| part.as_text().map(|text| text.text.as_str())).collect();
            let output = match result.structured_content {
                Some(value) if texts.is_empty() => value.to_string(),
                Some(_) | None => texts.join("\n"),
            };
            Ok((output.chars().take(OUTPUT_CHARS_MAX).collect(), result.is_error.unwrap_or(false)))
        }
        .boxed()
    }
}

fn tool(tool: rmcp::model::Tool) -> RemoteTool {
    RemoteTool {
        name: tool.name.into_owned(),
        description: tool.description.unwrap_or_default().chars().take(DESCRIPTION_CHARS_MAX).collect(),
        input_schema: Value::Object((*tool.input_schema).clone()),
        annotations: tool.annotations.and_then(|notes| serde_json::to_value(notes).ok()).unwrap_or_default(),
    }
}

fn failure(error: &ServiceError) -> Failure {
    Failure::Broken { why: brief(&error.to_string()) }
}

/// What is told of an error: not a whole page of somebody's server.
fn brief(why: &str) -> String {
    why.chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_named_is_asked() {
        let allow = Allow::read(&["https://tools.example/mcp/".to_owned(), "http://localhost:9000".to_owned()]);
        let allow = allow.expect("they are addresses");
        let holds = |url: &str| allow.holds(&Url::parse(url).expect("an address"));
        assert!(holds("https://tools.example/mcp") && holds("https://tools.example/mcp/parks"));
        assert!(holds("http://localhost:9000/any"));
        for other in [
            "https://tools.example/mcpx",
            "https://tools.example/",
            "https://tools.example.evil.org/mcp",
            "https://tools.example@evil.org/mcp",
            "http://tools.example/mcp",
            "http://localhost:9001/",
            "https://tools.example/mcp/../admin",
        ] {
            assert!(!holds(other), "{other}");
        }
        assert_eq!(Allow::read(&["*".to_owned()]), Ok(Allow::Any));
        assert_eq!(Allow::read(&["tools".to_owned()]), Err("tools".to_owned()));
        assert!(!Allow::At(Vec::new()).holds(&Url::parse("http://localhost/").expect("an address")));
    }
}
