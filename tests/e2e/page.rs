//! A real Chromium with the page open, driven over two pipes by web-client/e2e/drive.mjs. It sees what a person would see.

use crate::e2e::lines::Lines;
use serde_json::{Value, json};
use std::cell::Cell;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

/// A browser with the page open.
pub(crate) struct Page {
    child: Child,
    input: ChildStdin,
    out: Lines,
    err: Lines,
    /// Lines that were looked at by waiting for what the page shows, and by waiting for events: each goes at its own pace.
    shown: Cell<usize>,
    heard: Cell<usize>,
    /// Lines that were looked at by waiting for a command.
    done: usize,
}

impl Page {
    /// Opens our page at `url`; the microphone hears `recording` once, from the moment it is opened.
    pub(crate) fn open(url: &str, recording: Option<&Path>) -> Self {
        let page = Self::launch(Command::new("node"), "e2e/drive.mjs", url, recording);
        page.shows("itself", |page| page["state"] == "Ready");
        page
    }

    /// The same within a network namespace, where the page's plain address counts as secure.
    pub(crate) fn open_within(namespace: &str, url: &str, recording: &Path) -> Self {
        let page = Self::launch(within(namespace), "e2e/drive.mjs", url, Some(recording));
        page.shows("itself", |page| page["state"] == "Ready");
        page
    }

    /// The SDK in Node within a network namespace, over a WebSocket; it shows what a page would.
    pub(crate) fn sdk_within(namespace: &str, url: &str) -> Self {
        let built = Command::new("npm").args(["run", "--silent", "sdk"]).current_dir(web_client()).status();
        assert!(built.is_ok_and(|status| status.success()), "the SDK is not built");
        Self::launch(within(namespace), "e2e/sdk.mjs", url, None)
    }

    /// Opens our page at `url` with wallets in it, each a name and the key it signs with; the microphone hears what the page is made to say.
    pub(crate) fn open_with_wallets(url: &str, wallets: &[(&str, &str)]) -> Self {
        let mut command = Command::new("node");
        command.args(["e2e/drive.mjs", url, "--voice"]);
        for (name, key) in wallets {
            command.args(["--wallet", &format!("{name}={key}")]);
        }
        let page = Self::start(command);
        page.shows("itself", |page| page["state"] == "Ready");
        page
    }

    /// Opens any page at `url`; the microphone hears `recording`.
    pub(crate) fn visit(url: &str, recording: &Path) -> Self {
        Self::launch(Command::new("node"), "e2e/drive.mjs", url, Some(recording))
    }

    fn launch(mut command: Command, script: &str, url: &str, recording: Option<&Path>) -> Self {
        command.arg(script).arg(url);
        if let Some(recording) = recording {
            command.arg("--wav").arg(recording);
        }
        Self::start(command)
    }

    fn start(mut command: Command) -> Self {
        let mut child = command
            .current_dir(web_client())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("node is installed by .ci/install");
        let input = child.stdin.take().expect("piped");
        let out = Lines::of(child.stdout.take().expect("piped"));
        let err = Lines::of(child.stderr.take().expect("piped"));
        Self { child, input, out, err, shown: Cell::new(0), heard: Cell::new(0), done: 0 }
    }

    /// Has a command done.
    pub(crate) fn does(&mut self, command: &Value) -> Value {
        writeln!(self.input, "{command}").expect("the driver reads");
        let name = command["do"].clone();
        let answer = |line: &str| {
            let line: Value = serde_json::from_str(line).ok()?;
            (line["done"] == name || line["failed"] == name).then_some(line)
        };
        let Some((next, done)) = self.out.find(self.done, PAGE_WITHIN, answer) else {
            panic!("the driver never did {command}\n{}\n{}", self.err.text(), self.out.text());
        };
        self.done = next;
        assert!(done.get("failed").is_none(), "{done}");
        done
    }

    /// Presses the dial.
    pub(crate) fn dials(&mut self) {
        self.does(&json!({ "do": "dial" }));
    }

    /// Presses a button.
    pub(crate) fn presses(&mut self, name: &str) {
        self.does(&json!({ "do": "press", "name": name }));
    }

    /// Opens what is folded away under a title.
    pub(crate) fn opens(&mut self, title: &str) {
        self.does(&json!({ "do": "open", "name": title }));
    }

    /// Writes and sends a line.
    pub(crate) fn types(&mut self, text: &str) {
        self.does(&json!({ "do": "type", "text": text }));
    }

    /// Writes into a field, by its label.
    pub(crate) fn fills(&mut self, label: &str, text: &str) {
        self.does(&json!({ "do": "fill", "label": label, "text": text }));
    }

    /// Says a recording into the microphone, to its end; for a page with wallets.
    pub(crate) fn says(&mut self, recording: &Path) {
        self.does(&json!({ "do": "speak", "path": recording }));
    }

    /// Its wallets say no to these methods from now on.
    pub(crate) fn refuses(&mut self, methods: &[&str]) {
        self.does(&json!({ "do": "refuse", "methods": methods }));
    }

    /// The methods that its wallets were asked, in order.
    pub(crate) fn asked(&mut self) -> Vec<String> {
        let methods = self.does(&json!({ "do": "asked" }))["methods"].clone();
        serde_json::from_value(methods).expect("a list of names")
    }

    /// Records Voxfare's voice from now on.
    pub(crate) fn records(&mut self) {
        self.does(&json!({ "do": "record" }));
    }

    /// Writes what was recorded.
    pub(crate) fn saves(&mut self, path: &Path) {
        self.does(&json!({ "do": "save", "path": path }));
    }

    /// What an expression comes to within the page.
    pub(crate) fn evaluates(&mut self, expression: &str) -> Value {
        self.does(&json!({ "do": "evaluate", "expression": expression }))["value"].clone()
    }

    /// Keeps a picture of the page with the build's files.
    pub(crate) fn picture(&mut self, name: &str) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures");
        std::fs::create_dir_all(&folder).expect("the target folder is writable");
        self.does(&json!({ "do": "screenshot", "path": folder.join(format!("{name}.png")) }));
    }

    /// Waits until the page shows what `wanted` holds for; looks at what came after the last such wait.
    pub(crate) fn shows(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        self.wait(&self.shown, what, |line| {
            let line: Value = serde_json::from_str(line).ok()?;
            line.get("page").filter(|page| wanted(page)).cloned()
        })
    }

    /// Waits until the call stands so.
    pub(crate) fn stands(&self, state: &str) {
        self.shows(state, |page| page["state"] == state);
    }

    /// Waits for an event of the server; looks at what came after the last such wait.
    pub(crate) fn hears(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        self.wait(&self.heard, what, |line| {
            let line: Value = serde_json::from_str(line).ok()?;
            line.get("event").filter(|event| wanted(event)).cloned()
        })
    }

    /// Every event of the server so far, as it came.
    pub(crate) fn events(&self) -> Vec<Value> {
        let event = |line: &String| serde_json::from_str::<Value>(line).ok()?.get("event").cloned();
        self.out.all().iter().filter_map(event).collect()
    }

    /// Exceptions inside the page so far.
    pub(crate) fn exceptions(&self) -> Vec<String> {
        self.errors().into_iter().filter(|line| line.starts_with("{\"error\"")).collect()
    }

    /// What went wrong inside the page so far: exceptions, and errors on its console.
    pub(crate) fn errors(&self) -> Vec<String> {
        let wrong = |line: &String| {
            let value: Value = serde_json::from_str(line).ok()?;
            (value.get("error").is_some() || value.get("console").is_some()).then(|| line.clone())
        };
        self.out.all().iter().filter_map(wrong).collect()
    }

    fn wait<T>(&self, seen: &Cell<usize>, what: &str, wanted: impl Fn(&str) -> Option<T>) -> T {
        match self.out.find(seen.get(), PAGE_WITHIN, wanted) {
            Some((next, found)) => {
                seen.set(next);
                found
            }
            None => panic!("the page never: {what}\n{}\n{}", self.err.text(), self.out.text()),
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // Asked first: a killed driver would leave its browser behind.
        let asked = writeln!(self.input, "{}", json!({ "do": "quit" })).is_ok();
        if !(asked && self.out.ends(QUIT_WITHIN)) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// Node.js within a network namespace.
fn within(namespace: &str) -> Command {
    let mut command = Command::new("ip");
    command.args(["netns", "exec", namespace, "node"]);
    command
}

/// The folder of the page and its scripts.
pub(crate) fn web_client() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("web-client")
}

/// What the page does not do by then it never does, even on a busy machine.
const PAGE_WITHIN: Duration = Duration::from_secs(90);
const QUIT_WITHIN: Duration = Duration::from_secs(20);
