//! A server process on free ports with a store of its own; it ends with the test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

/// A running server.
pub struct Server {
    /// `http://localhost:PORT`.
    pub url: String,
    /// Where its store and its tapes are.
    pub folder: PathBuf,
    child: Child,
    log: Arc<Mutex<String>>,
}

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Server {
    /// Starts a server and returns when it is ready.
    pub fn start(name: &str, sets: &[&str]) -> Self {
        let folder = std::env::temp_dir().join(format!("voxfare-e2e-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("the temporary folder is writable");
        Self::start_in(&folder, sets)
    }

    /// Starts a server on a folder that an earlier one may have used.
    pub fn start_in(folder: &Path, sets: &[&str]) -> Self {
        let store = format!("store.url=sqlite:{}", folder.join("store.db").display());
        let mut command = Command::new(env!("CARGO_BIN_EXE_voxfare"));
        command.arg("serve").args(["--set", "server.listen=127.0.0.1:0", "--set", "webrtc.listen=127.0.0.1:0"]);
        command.args(["--set", &store]);
        for set in sets {
            command.args(["--set", set]);
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the built binary starts");
        let log = Arc::new(Mutex::new(String::new()));
        let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
        let seen = Arc::clone(&log);
        std::thread::spawn(move || {
            let mut line = String::new();
            while stderr.read_line(&mut line).is_ok_and(|read| read > 0) {
                seen.lock().expect("no test panics while holding it").push_str(&line);
                line.clear();
            }
        });
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        let url = stdout
            .lines()
            .map_while(Result::ok)
            .find_map(|line| line.split_whitespace().find(|word| word.starts_with("http")).map(str::to_owned));
        let Some(url) = url else {
            let _ = child.wait();
            panic!("the server did not start:\n{}", log.lock().expect("no test panics while holding it"));
        };
        Self { url, folder: folder.to_path_buf(), child, log }
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        self.log.lock().expect("no test panics while holding it").clone()
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it at once, as a crash would.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// `HOST:PORT`.
    pub fn address(&self) -> String {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        rest.trim_end_matches(['.', '/']).replace("localhost", "127.0.0.1")
    }

    /// One HTTP/1.1 request, sent as it is.
    pub fn request(&self, method: &str, path: &str, head: &[(&str, &str)], body: &[u8]) -> Answer {
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
        Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
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
