//! A tool server elsewhere, real and by the protocol's own library: its tools are listed, called with a yes and without, and told of.

use crate::e2e::realtime::Client;
use crate::e2e::server::Server;
use crate::published::{python, script};
use serde_json::{Value, json};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The server as a process of its own.
struct Parks {
    child: Child,
    url: String,
}

impl Parks {
    fn open(calls: &Path) -> Self {
        let python = python("mcp==2.3.0 uvicorn==0.54.0");
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback can be bound");
        let port = listener.local_addr().expect("it is bound").port();
        drop(listener);
        let mut command = Command::new(python);
        command.arg(script("mcp_server.py")).arg(port.to_string()).arg(calls).stdout(Stdio::null());
        let child = command.spawn().expect("Python starts");
        let parks = Self { child, url: format!("http://127.0.0.1:{port}/mcp") };
        let deadline = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "the tool server never came up");
            std::thread::yield_now();
        }
        parks
    }

    fn declared(&self, token: &str) -> Value {
        json!({
            "type": "mcp", "server_label": "parks", "server_url": self.url, "authorization": token,
            "require_approval": { "never": { "tool_names": ["find_parks"] } },
        })
    }
}

impl Drop for Parks {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn brings(client: &mut Client, tool: Value) {
    let session = json!({ "type": "realtime", "output_modalities": ["text"], "tools": [tool] });
    client.send(json!({ "type": "session.update", "session": session })).await;
}

async fn says(client: &mut Client, text: &str) {
    let content = json!([{ "type": "input_text", "text": text }]);
    let item = json!({ "type": "message", "role": "user", "content": content });
    client.send(json!({ "type": "conversation.item.create", "item": item })).await;
    client.send(json!({ "type": "response.create" })).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tools_of_a_server_elsewhere_are_called_and_told_of() {
    let server = Server::start("tools", &[]);
    let calls = server.folder.join("calls");
    let parks = Parks::open(&calls);
    let mut client = Client::connect(&server, "model=any").await;
    client.until("session.created").await;
    // A wrong token opens nothing, and says so.
    brings(&mut client, parks.declared("wrong")).await;
    let shown = client.until("session.updated").await;
    assert!(shown["session"]["tools"][0].get("authorization").is_none(), "{shown}");
    client.until("mcp_list_tools.failed").await;
    assert_eq!(client.until("error").await["error"]["code"], "mcp_list_tools_failed");
    brings(&mut client, parks.declared("sesame")).await;
    client.until("mcp_list_tools.completed").await;
    says(&mut client, "Which parks are there in Boston?").await;
    client.until("response.mcp_call.completed").await;
    let told = client.until("response.output_text.done").await;
    assert_eq!(told["text"], "In Boston there are the Common and the Public Garden.");
    client.until("response.done").await;
    // What does something is done with a yes alone, and once.
    says(&mut client, "Reserve a bench in Denver.").await;
    let request = client.until("response.output_item.done").await["item"].clone();
    assert_eq!((&request["type"], &request["name"]), (&json!("mcp_approval_request"), &json!("reserve_bench")));
    client.until("response.done").await;
    assert!(!calls.exists(), "it was called without a yes");
    let item = json!({ "type": "mcp_approval_response", "approval_request_id": request["id"], "approve": true });
    client.send(json!({ "type": "conversation.item.create", "item": item })).await;
    let told = client.until("response.output_text.done").await;
    assert_eq!(told["text"], "A bench is yours.");
    assert_eq!(std::fs::read_to_string(&calls).expect("it was called"), "Denver\n");
    server.is_sound();
    assert!(!server.log().contains("sesame"), "a token is in the log");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_are_not_allowed_are_not_asked() {
    let server = Server::start("tools-none", &["mcp.allow=[\"https://tools.example\"]"]);
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback can be bound");
    listener.set_nonblocking(true).expect("it is a socket");
    let address = listener.local_addr().expect("it is bound");
    let mut client = Client::connect(&server, "model=any").await;
    client.until("session.created").await;
    let tool = json!({ "type": "mcp", "server_label": "inside", "server_url": format!("http://{address}/mcp") });
    brings(&mut client, tool).await;
    client.until("mcp_list_tools.failed").await;
    let why = client.until("error").await;
    assert!(why["error"]["message"].as_str().is_some_and(|why| why.contains("mcp.allow")), "{why}");
    assert!(listener.accept().is_err(), "it was asked all the same");
}
