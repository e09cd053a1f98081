//! Published clients of the Realtime protocol, pinned and unmodified but for their address: each holds a spoken conversation with a call of its
//! own function and an interruption. The scripts are in `tests/clients/`.

use crate::e2e::realtime::spoken;
use crate::e2e::server::Server;
use std::path::{Path, PathBuf};
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
    for word in ["answered: ", "interrupted: ", "called: ", "Paris", "told: "] {
        assert!(said.contains(word), "no {word:?} in:\n{said}\n{errors}");
    }
    server.is_sound();
}

pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

/// A Python with packages in it.
pub(crate) fn python(packages: &str) -> PathBuf {
    let folder = environment(packages, |folder| {
        run(Command::new("python3").args(["-m", "venv"]).arg(folder));
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        run(Command::new(folder.join("bin/python")).args(pip).args(packages.split(' ')));
    });
    folder.join("bin/python")
}

/// A folder with a package for Node.js in it.
fn npm(package: &str) -> PathBuf {
    environment(package, |folder| {
        std::fs::create_dir_all(folder).expect("the cache is ours");
        std::fs::write(folder.join("package.json"), "{}").expect("the cache is ours");
        let install = ["install", "--loglevel=error", "--no-audit", "--no-fund", package];
        run(Command::new("npm").args(install).current_dir(folder));
    })
}

/// A folder made once, kept beside the models.
fn environment(packages: &str, make: impl FnOnce(&Path)) -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").expect("a home")).join(".cache");
    let cache = std::env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from);
    let folder = cache.join("voxfare/clients").join(packages.replace(|c: char| !c.is_alphanumeric() && c != '.', "-"));
    if !folder.join("ready").exists() {
        let _ = std::fs::remove_dir_all(&folder);
        make(&folder);
        std::fs::write(folder.join("ready"), "").expect("the cache is ours");
    }
    folder
}

pub(crate) fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
