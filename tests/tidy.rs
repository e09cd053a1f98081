//! The house rules as tests: each message names the cure. It looks at text only and runs nothing.

use std::fs;
use std::path::{Path, PathBuf};

/// A file longer than this is two files.
const LINES_MAX: usize = 700;

/// Files that may break a rule for now, with the rule; this list may only shrink.
const EXCEPTIONS: &[(&str, &str)] = &[];

struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The code without its test module and without comments, line by line with numbers from 1.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let end = self.text.find("#[cfg(test)]\nmod tests {").unwrap_or(self.text.len());
        self.text[..end].lines().enumerate().map(|(at, line)| (at + 1, line)).filter(|(_, line)| {
            let line = line.trim_start();
            !line.starts_with("//") && !line.starts_with('*')
        })
    }

    fn is_test(&self) -> bool {
        // The cores' test signals are compiled for tests alone.
        self.path == "media/src/sound.rs"
            || self.path.starts_with("tests/")
            || self.path.contains("/tests/")
            || self.path.ends_with("tests.rs")
    }

    fn is_in(&self, place: &str) -> bool {
        self.path.starts_with(place)
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // The fuzzer's crate reaches the session by a link.
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            if !["target", "node_modules", "dist", ".git", "corpus", "artifacts", "out", "cache", ".venv"]
                .contains(&name.as_ref())
            {
                walk(&path, found);
            }
        } else {
            found.push(path);
        }
    }
}

fn files(suffixes: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    walk(&root(), &mut found);
    found.sort();
    found
        .into_iter()
        .filter(|path| suffixes.iter().any(|suffix| path.to_string_lossy().ends_with(suffix)))
        .filter_map(|path| {
            let text = fs::read_to_string(&path).ok()?;
            let path = path.strip_prefix(root()).ok()?.to_string_lossy().replace('\\', "/");
            Some(Source { path, text })
        })
        .collect()
}

fn rust() -> Vec<Source> {
    files(&[".rs"])
}

fn refuse(rule: &str, cure: &str, mut found: Vec<String>) {
    found.retain(|place| !EXCEPTIONS.iter().any(|(path, broken)| place.starts_with(path) && *broken == rule));
    assert!(found.is_empty(), "{rule}\n  cure: {cure}\n  {}", found.join("\n  "));
}

/// Lines of code, tests left out, that hold one of `words` in files that `which` picks.
fn lines_with(words: &[&str], which: impl Fn(&Source) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for source in rust().iter().filter(|source| !source.is_test() && which(source)) {
        for (number, line) in source.code() {
            if words.iter().any(|word| line.contains(word)) {
                found.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    found
}

fn is_core(source: &Source) -> bool {
    ["media/src/", "agent/src/", "wallet/src/"].iter().any(|core| source.is_in(core))
}

#[test]
fn every_file_says_what_it_is_for() {
    let found = rust().iter().filter(|source| !source.text.starts_with("//!")).map(|s| s.path.clone()).collect();
    refuse("a Rust file does not open with `//!`", "one sentence: what it is for, and what it never does", found);
}

#[test]
fn no_file_is_two_files() {
    let found = files(&[".rs", ".ts", ".tsx", ".sol"])
        .iter()
        .filter(|source| !source.path.contains(".gen.") && !source.path.contains("/abi/"))
        .filter_map(|source| {
            let lines = source.text.lines().count();
            (lines > LINES_MAX).then(|| format!("{}: {lines} lines", source.path))
        })
        .collect();
    refuse("a file is over 700 lines", "split it by noun", found);
}

#[test]
fn cores_are_pure() {
    let words = [
        "tokio",
        "std::net",
        "std::fs",
        "std::env",
        "std::thread",
        "std::sync::Mutex",
        "Instant::now",
        "SystemTime",
        "Timestamp::now",
        "Zoned::now",
        "HashMap",
        "HashSet",
        "rand::rng",
        "thread_rng",
    ];
    let found = lines_with(&words, |source| is_core(source) && !source.path.contains("/fuzz/"));
    refuse(
        "a core touches the world or iterates in no order",
        "take time, randomness and bytes as arguments; use BTreeMap",
        found,
    );
}

#[test]
fn cores_do_not_know_each_other() {
    let mut found = Vec::new();
    for core in ["media", "agent", "wallet"] {
        let manifest = fs::read_to_string(root().join(core).join("Cargo.toml")).expect("every core has a manifest");
        for other in ["media", "agent", "wallet", "voxfare"] {
            if other != core && manifest.lines().any(|line| line.trim_start().starts_with(&format!("{other} "))) {
                found.push(format!("{core}/Cargo.toml depends on {other}"));
            }
        }
    }
    refuse("a core knows another", "translate between them in src/session/machine.rs", found);
}

#[test]
fn the_session_does_not_know_its_shell() {
    let words = ["crate::providers", "crate::net", "crate::platform", "crate::config", "crate::telemetry"];
    let found = lines_with(&words, |source| source.is_in("src/session"));
    refuse("session/ imports its shell", "take it as a port or a plain value", found);
    let words = ["async ", ".await", "tokio", "Instant::now"];
    let pure = |source: &Source| {
        source.path == "src/session/machine.rs"
            || source.is_in("src/session/machine/")
            || source.path == "src/sim.rs"
            || source.is_in("src/sim/")
    };
    let found = lines_with(&words, pure);
    refuse("the joint or the simulator waits", "they are pure: leave waiting to actor.rs and effects.rs", found);
}

#[test]
fn providers_and_net_keep_their_sides() {
    let found = lines_with(&["crate::net", "crate::config"], |source| source.is_in("src/providers/"));
    refuse("a provider knows net or config", "give it its own Config, composed in src/providers.rs", found);
    let found = lines_with(&["crate::providers", "crate::config"], |source| source.is_in("src/net"));
    refuse("net knows a provider or the configuration", "compose it in src/serve.rs", found);
    let found = lines_with(&["crate::net", "crate::providers", "crate::session"], |source| source.is_in("src/store"));
    refuse("the store knows who uses it", "the store takes and gives the cores' words", found);
}

#[test]
fn queues_have_bounds() {
    let found = lines_with(&["unbounded_channel", "mpsc::channel()", "std::sync::mpsc::channel("], |_| true);
    refuse("a queue without a bound", "tokio::sync::mpsc::channel or sync_channel with a named constant", found);
}

#[test]
fn clocks_are_read_in_few_places() {
    let allowed = |source: &Source| {
        ["src/session/actor.rs", "src/session/effects.rs", "src/session/registry.rs"].contains(&source.path.as_str())
            || source.is_in("src/net/")
            || source.is_in("src/caller")
            || source.path == "src/client/clock.rs"
            || source.path.contains("benches/")
            || source.path.contains("fuzz_targets/")
            || source.is_in("src/providers/")
            || source.is_in("src/models/")
            || source.path == "src/main.rs"
    };
    let found = lines_with(&["Instant::now"], |source| !allowed(source));
    refuse("a clock is read where time should be an argument", "take `now` as a parameter", found);
}

#[test]
fn no_door_holds_small_events_back() {
    let open = |source: &Source| source.is_in("src/") && source.text.contains("axum_server::from_tcp");
    let slow = |source: &Source| {
        source.text.matches("axum_server::from_tcp").count() > source.text.matches(".acceptor(door)").count()
    };
    let sources = rust();
    let door = sources.iter().find(|source| source.path == "src/net/http/door.rs").expect("there is a door");
    assert!(door.text.contains("set_nodelay(true)"), "the door holds back");
    let found =
        sources.iter().filter(|source| open(source) && slow(source)).map(|source| source.path.clone()).collect();
    refuse(
        "a listener without TCP_NODELAY: an event waits for the peer to confirm the one before",
        "accept through the door",
        found,
    );
}

#[test]
fn the_environment_is_read_in_one_place() {
    let allowed = |source: &Source| {
        source.path == "src/config.rs" || source.is_in("src/config/") || source.path.contains("benches/")
    };
    let found = lines_with(&["env::var"], |source| !allowed(source));
    refuse("the environment is read outside config", "take it through config::Environment", found);
}

#[test]
fn locks_live_in_the_registry_and_above() {
    let below =
        |source: &Source| is_core(source) || (source.is_in("src/session/") && source.path != "src/session/registry.rs");
    let found = lines_with(&["Mutex<", "RwLock<"], below);
    refuse("a lock below the registry", "one task owns one session: send it a value", found);
}

#[test]
fn children_do_not_know_their_parents() {
    let found = lines_with(&["use super::"], |_| true);
    refuse("a module imports its parent", "move what both need to a leaf, and import it by its full path", found);
}

#[test]
fn vendors_stay_in_their_files() {
    let engines = ["whisper_rs::", " ort::", "(ort::", "<ort::", "use ort", "use whisper_rs"];
    let found = lines_with(&engines, |source| !source.is_in("src/providers"));
    refuse("an engine is named outside its provider", "use session/ports.rs", found);
    let found = lines_with(&["use webrtc::", " webrtc::peer", " webrtc::api"], |source| {
        !source.is_in("src/caller") && !source.is_in("src/net/webrtc")
    });
    refuse("the webrtc crate is used outside the caller", "the server's leg is media/src/leg/webrtc.rs", found);
}

#[test]
fn nothing_is_left_for_later() {
    let words = ["todo!(", "unimplemented!(", "FIXME", "TODO", "XXX"];
    let mut found = Vec::new();
    for source in files(&[".rs", ".ts", ".tsx", ".toml", ".md", ".mjs"]) {
        if source.path == "tests/tidy.rs" {
            continue;
        }
        for (number, line) in source.text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) {
                found.push(format!("{}:{}", source.path, number + 1));
            }
        }
    }
    refuse("something is left for later", "do it, or say in the docs that it is not there", found);
}

#[test]
fn every_route_is_described_and_nothing_else_is() {
    let routes = fs::read_to_string(root().join("src/net/http.rs")).expect("the routes are there");
    let mut routes: Vec<&str> = routes.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    routes.sort_unstable();
    let described = fs::read_to_string(root().join("docs/openapi.json")).expect("the description is there");
    let described: serde_json::Value = serde_json::from_str(&described).expect("it is JSON");
    let mut paths: Vec<&str> =
        described["paths"].as_object().expect("it has paths").keys().map(String::as_str).collect();
    paths.sort_unstable();
    assert_eq!(routes, paths, "docs/openapi.json and src/net/http.rs differ");
}

#[test]
fn tests_do_not_sleep_or_hide() {
    let mut found = Vec::new();
    for source in rust().iter().filter(|source| source.path != "tests/tidy.rs") {
        for (number, line) in source.text.lines().enumerate() {
            let line = line.trim();
            let hides = line.starts_with("#[ignore") || line.starts_with("#[should_panic");
            if hides || line.contains("thread::sleep") {
                found.push(format!("{}:{}: {line}", source.path, number + 1));
            }
        }
    }
    refuse("a test sleeps, is ignored or wants a panic", "wait for a condition, on a virtual clock", found);
}

#[test]
fn every_event_on_the_wire_is_in_its_page() {
    let page = fs::read_to_string(root().join("docs/protocol.md")).expect("the protocol has a page");
    let mut found = Vec::new();
    for source in rust().iter().filter(|source| source.is_in("src/session/machine") && !source.is_test()) {
        for (_, line) in source.code() {
            for word in line.split('"').skip(1).step_by(2) {
                let is_event = word.starts_with("voxfare.") && word.len() > "voxfare.".len();
                if is_event && !page.contains(&format!("`{word}`")) {
                    found.push(format!("{}: `{word}`", source.path));
                }
            }
        }
    }
    refuse("an event is not in docs/protocol.md", "the wire cannot change without its page", found);
}

#[test]
fn snippets_are_the_files_that_are_run() {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let page = read("docs/clients.md");
    let snippets = [
        ("rust", "tests/clients/client.rs"),
        ("python", "tests/clients/client.py"),
        ("ts", "web-client/examples/node.ts"),
    ];
    let found = snippets
        .iter()
        .filter(|(language, path)| !page.contains(&format!("```{language}\n{}```", read(path))))
        .map(|(_, path)| (*path).to_owned())
        .collect();
    refuse("docs/clients.md shows another program than the tests run", "copy the file into the page", found);
}

#[test]
fn pages_speak_of_the_product_only() {
    let found = files(&[".md", ".toml", ".yaml", ".json", "Makefile", ".rs", ".ts", ".tsx"])
        .iter()
        .filter(|source| source.path != "tests/tidy.rs")
        .filter(|source| {
            source.text.contains(concat!("/", "work/"))
                || source.text.contains("index.crates.io")
                || source.text.contains("pypi.org")
        })
        .map(|source| source.path.clone())
        .collect();
    refuse("a path of somebody's machine, or a registry's host", "say it without", found);
    let readme = fs::read_to_string(root().join("README.md")).expect("there is a README");
    assert!(readme.lines().count() <= 150, "README.md is over 150 lines");
    let house = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("there is an ARCHITECTURE");
    assert!(house.lines().count() <= 250, "ARCHITECTURE.md is over 250 lines");
}
