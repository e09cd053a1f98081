//! Published clients of the Realtime protocol, pinned and unmodified but for their address: each holds a spoken conversation with a call of its
//! own function and an interruption. The scripts are in `tests/clients/`.

use crate::e2e::realtime::spoken;
use crate::e2e::server::Server;
use crate::published::{npm, python, script};
use std::process::Command;

#[test]
fn openai_for_python_holds_a_conversation() {
    let python = python("openai[realtime]==3.57.0");
    converses("openai", Command::new(python).arg(script("openai_python.py")));
}

#[test]
fn openai_agents_for_node_holds_a_conversation() {
    let folder = npm("@openai/agents-realtime@0.20.0");
    // A module finds its packages beside itself.
    std::fs::copy(script("agents.mjs"), folder.join("agents.mjs")).expect("the folder is ours");
    converses("agents", Command::new("node").arg(folder.join("agents.mjs")));
}

#[test]
fn pipecat_holds_a_conversation() {
    let python = python("pipecat-ai[openai]==1.14.0");
    converses("pipecat", Command::new(python).arg(script("pipecat_service.py")));
}

#[test]
fn livekit_agents_hold_a_conversation() {
    let python = python("livekit-agents==1.8.9 livekit-plugins-openai==1.8.9");
    converses("livekit", Command::new(python).arg(script("livekit_model.py")));
}

fn converses(name: &str, client: &mut Command) {
    let server = Server::start(&format!("official-{name}"), &[]);
    for (file, text) in
        [("ask", "Find me a flight from Boston to Denver tomorrow."), ("stop", "Stop, what is the weather in Paris?")]
    {
        let pcm = spoken(&server, text, &format!("{file}.wav"));
        std::fs::write(server.folder.join(format!("{file}.pcm")), pcm).expect("the folder is ours");
    }
    let output = client.arg(&server.url).arg(&server.folder).output().expect("the client starts");
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{errors}\n{}", server.log());
    assert!(!said.contains("error: "), "the client was told of an error:\n{said}\n{errors}");
    for word in ["answered: ", "interrupted: ", "called: ", "Paris", "told: "] {
        assert!(said.contains(word), "no {word:?} in:\n{said}\n{errors}");
    }
    server.is_sound();
}
