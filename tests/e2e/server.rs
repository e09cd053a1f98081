//! A server process on free ports with a store of its own; it ends with the test.

use crate::e2e::lines::Lines;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A running server.
pub(crate) struct Server {
    /// `http://localhost:PORT`.
    pub(crate) url: String,
    /// Where its store and its tapes are.
    pub(crate) folder: PathBuf,
    child: Child,
    log: Lines,
}

/// An HTTP answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Its head in lower case.
    pub(crate) head: String,
    /// Where the thing made is.
    pub(crate) location: Option<String>,
    pub(crate) body: String,
}

impl Server {
    /// Starts a server and returns when it is ready.
    pub(crate) fn start(name: &str, sets: &[&str]) -> Self {
        Self::start_in(&fresh_folder(name), sets)
    }

    /// Starts a server on a folder that an earlier one may have used.
    pub(crate) fn start_in(folder: &Path, sets: &[&str]) -> Self {
        Self::launch(Command::new(env!("CARGO_BIN_EXE_voxfare")), folder, sets)
    }

    /// Starts a server within a network namespace.
    pub(crate) fn start_within(namespace: &str, name: &str, sets: &[&str]) -> Self {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", namespace, env!("CARGO_BIN_EXE_voxfare")]);
        Self::launch(command, &fresh_folder(name), sets)
    }

    fn launch(mut command: Command, folder: &Path, sets: &[&str]) -> Self {
        let store = format!("store.url=sqlite:{}", folder.join("store.db").display());
        command.arg("serve").args(["--set", "server.listen=127.0.0.1:0", "--set", "webrtc.listen=127.0.0.1:0"]);
        // A chain of its own takes seconds to lay: who tests rewards says so.
        let keys = format!("wallet.keystore={}", folder.join("keys.json").display());
        command.args(["--set", &store, "--set", &keys, "--set", "wallet.enabled=false"]);
        for set in sets {
            command.args(["--set", set]);
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the built binary starts");
        let log = Lines::of(child.stderr.take().expect("piped"));
        let out = Lines::of(child.stdout.take().expect("piped"));
        let address = |line: &str| line.split_whitespace().find(|word| word.starts_with("http")).map(str::to_owned);
        let Some((_, url)) = out.find(0, READY_WITHIN, address) else {
            let _ = child.kill();
            let _ = child.wait();
            panic!("the server did not start:\n{}", log.text());
        };
        Self { url, folder: folder.to_path_buf(), child, log }
    }

    /// What it logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.text()
    }

    /// Waits until it has logged a line that holds `words`; answers the line.
    pub(crate) fn logs(&self, words: &str) -> String {
        let holds = |line: &str| line.contains(words).then(|| line.to_owned());
        match self.log.find(0, LOG_WITHIN, holds) {
            Some((_, line)) => line,
            None => panic!("the server never logged {words:?}:\n{}", self.log()),
        }
    }

    /// Watches the log for `time`; answers a line that holds `words`, when one comes or has come.
    pub(crate) fn logs_within(&self, words: &str, time: Duration) -> Option<String> {
        self.log.find(0, time, |line| line.contains(words).then(|| line.to_owned())).map(|(_, line)| line)
    }

    /// Where its media is.
    pub(crate) fn media(&self) -> SocketAddr {
        let line = self.logs("media=");
        let word = line.split_whitespace().find_map(|word| word.strip_prefix("media="));
        word.and_then(|word| word.parse().ok()).unwrap_or_else(|| panic!("no address of the media in {line:?}"))
    }

    /// One value or several rows of the store, as `sqlite3` prints them.
    pub(crate) fn stored(&self, query: &str) -> String {
        let store = self.folder.join("store.db");
        let output = Command::new("sqlite3").arg("-readonly").arg(&store).arg(query).output();
        let output = output.expect("sqlite3 is installed by .ci/install test");
        assert!(output.status.success(), "{query}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Asks it to stop, as a service manager does.
    pub(crate) fn terminate(&self) {
        let status = Command::new("sh").args(["-c", &format!("kill -TERM {}", self.pid())]).status();
        assert!(status.is_ok_and(|status| status.success()), "the server is gone already:\n{}", self.log());
    }

    /// Waits for its end and answers the exit code.
    pub(crate) fn ends(&mut self, within: Duration) -> Option<i32> {
        assert!(self.log.ends(within), "the server did not end within {within:?}:\n{}", self.log());
        self.child.wait().expect("it is our child").code()
    }

    /// Its log tells of no panic and no error.
    pub(crate) fn is_sound(&self) {
        let log = self.log();
        let bad = log.lines().find(|line| line.contains("panicked") || line.contains(" ERROR "));
        assert!(bad.is_none(), "{}\n\n{log}", bad.unwrap_or_default());
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it at once, as a crash would.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// `HOST:PORT`.
    pub(crate) fn address(&self) -> String {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        rest.trim_end_matches(['.', '/']).replace("localhost", "127.0.0.1")
    }

    /// Posts a body of a type, with a key if it is not empty.
    pub(crate) fn post(&self, path: &str, kind: &str, key: &str, body: &str) -> Answer {
        let bearer = format!("Bearer {key}");
        let mut head = vec![("Content-Type", kind)];
        if !key.is_empty() {
            head.push(("Authorization", &bearer));
        }
        self.request("POST", path, &head, body.as_bytes())
    }

    /// One HTTP/1.1 request, sent as it is.
    pub(crate) fn request(&self, method: &str, path: &str, head: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.address()).expect("the server listens");
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address());
        for (name, value) in head {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        stream.write_all(text.as_bytes()).expect("the server reads");
        // A server may refuse a large body before it was sent whole.
        let _ = stream.write_all(body);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split_whitespace().nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
        let location = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("location").then(|| value.to_owned())
        });
        Answer { status, location, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// An empty folder of this process and `name`.
pub(crate) fn fresh_folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("voxfare-e2e-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("the temporary folder is writable");
    folder
}

/// A port of this machine that was free a moment ago, for a server that must come back to the same place.
pub(crate) fn free_port() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback can be bound");
    socket.local_addr().expect("it is bound").port()
}

/// Models are loaded from a cold disk, maybe.
const READY_WITHIN: Duration = Duration::from_secs(90);
/// What is not logged by then never is.
const LOG_WITHIN: Duration = Duration::from_secs(60);
