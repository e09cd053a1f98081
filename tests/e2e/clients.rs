//! The programs of docs/clients.md, run as they stand there against a server.

use crate::e2e::server::Server;
use crate::e2e::voice::{spoken, transcribed};
use crate::published::{python, script};
use std::path::Path;
use std::process::Command;

#[test]
fn the_rust_program_asks_and_is_answered() {
    let server = Server::start("client-rust", &[]);
    // Cargo builds examples with the tests, and puts them beside the binary.
    let program = Path::new(env!("CARGO_BIN_EXE_voxfare")).with_file_name("examples").join("ask");
    let output = Command::new(program).arg(&server.url).arg(spoken("What can you do?")).output();
    let output = output.expect("the example was built");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.starts_with("Voxfare: ") && said.contains("flights"), "{said}");
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
    let server = Server::start("client-node", &[]);
    let url = format!("{}/v1/realtime", server.url);
    let output = Command::new("npm").args(["run", "--silent", "example", "--"]).arg(url).current_dir(&folder).output();
    let output = output.expect("Node.js starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("Voxfare: ") && said.contains("London") && said.contains("(flights)"), "{said}");
    server.is_sound();
}
