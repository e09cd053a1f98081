//! The programs of docs/clients.md, run as they stand there against a server.

use crate::e2e::client;
use crate::e2e::server::Server;
use crate::e2e::voice::{Sound, spoken, transcribed};
use crate::published::{python, run, script};
use std::path::Path;
use std::process::Command;

#[tokio::test]
async fn the_rust_program_asks_and_is_answered() {
    let server = Server::start("client-rust", &[]);
    let question = Sound::read(&spoken("What can you do?"), 0);
    assert_eq!(question.rate_hz, 24_000);
    let answer = client::ask(&server.url, &question.pcm).await.expect("the server answers");
    assert!(answer.as_deref().is_some_and(|text| text.contains("flights")), "{answer:?}");
    server.is_sound();
}

#[test]
fn the_python_program_asks_and_is_answered() {
    let server = Server::start("client-python", &[]);
    let answer = server.folder.join("answer.wav");
    let mut program = Command::new(python("openai[realtime]==3.57.0"));
    program.arg(script("client.py")).arg(&server.url).arg(spoken("What can you do?")).arg(&answer);
    let output = program.output().expect("Python starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.starts_with("Voxfare: ") && said.contains("flights"), "{said}");
    assert!(transcribed(&answer).to_lowercase().contains("flights"));
    server.is_sound();
}

#[test]
fn the_node_program_asks_and_is_answered() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("web-client");
    run(Command::new("npm").args(["run", "--silent", "sdk"]).current_dir(&folder));
    let server = Server::start("client-node", &[]);
    let url = format!("{}/v1/realtime", server.url);
    let output = Command::new("node").arg("examples/node.mjs").arg(url).current_dir(&folder).output();
    let output = output.expect("Node.js starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("Voxfare: ") && said.contains("London") && said.contains("(flights)"), "{said}");
    server.is_sound();
}
