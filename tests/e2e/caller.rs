//! The headless caller as a process of its own: its events as they come, and its report. It shares nothing with the server but the wire.

use crate::e2e::lines::Lines;
use serde_json::Value;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A call that is being put together.
pub(crate) struct Call {
    program: Command,
}

/// A call that was placed.
pub(crate) struct Running {
    child: Child,
    out: Lines,
    err: Lines,
    seen: usize,
}

/// A call that is over.
#[derive(Debug)]
pub(crate) struct Finished {
    /// The exit code; none when it was killed.
    pub(crate) code: Option<i32>,
    /// The caller's report; null when there is none.
    pub(crate) report: Value,
    /// Every event with its time: `{"at_ms", "from", "event"}`.
    pub(crate) events: Vec<Value>,
    /// What it said on standard error.
    pub(crate) said: String,
}

impl Call {
    /// A call to `url`.
    pub(crate) fn to(url: &str) -> Self {
        Self::by(Command::new(env!("CARGO_BIN_EXE_voxfare")), url)
    }

    /// A call from within a network namespace.
    pub(crate) fn within(namespace: &str, url: &str) -> Self {
        let mut program = Command::new("ip");
        program.args(["netns", "exec", namespace, env!("CARGO_BIN_EXE_voxfare")]);
        Self::by(program, url)
    }

    fn by(mut program: Command, url: &str) -> Self {
        // The events come on standard output as they happen; the report is the last line.
        program.args(["call", url, "--events", "/dev/stdout", "--patience", PATIENCE_S]);
        Self { program }
    }

    /// Speaks a recording and hears the reply out.
    pub(crate) fn speak(self, recording: &Path) -> Self {
        self.option("--speak", &recording.display().to_string())
    }

    /// Speaks a recording into the reply, so long after it began.
    pub(crate) fn interrupt(mut self, after: &str, recording: &Path) -> Self {
        self.program.args(["--interrupt-after", after]).arg(recording);
        self
    }

    /// Any option with its value.
    pub(crate) fn option(mut self, name: &str, value: &str) -> Self {
        self.program.args([name, value]);
        self
    }

    /// Any option without a value.
    pub(crate) fn flag(mut self, name: &str) -> Self {
        self.program.arg(name);
        self
    }

    /// Places the call.
    pub(crate) fn place(mut self) -> Running {
        self.program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.program.spawn().expect("the built binary starts");
        let out = Lines::of(child.stdout.take().expect("piped"));
        let err = Lines::of(child.stderr.take().expect("piped"));
        Running { child, out, err, seen: 0 }
    }

    /// Places the call and waits for its end, which must be a good one.
    pub(crate) fn complete(self) -> Finished {
        let finished = self.place().finish();
        assert_eq!(finished.code, Some(0), "the call failed: {}\n{:#}", finished.said, finished.report);
        finished
    }
}

impl Running {
    /// Waits for the next event of the server that `wanted` holds for; events before it are passed over.
    pub(crate) fn hears(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let event = |line: &str| {
            let line: Value = serde_json::from_str(line).ok()?;
            (line["from"] == "server" && wanted(&line["event"])).then(|| line["event"].clone())
        };
        match self.out.find(self.seen, EVENT_WITHIN, event) {
            Some((next, event)) => {
                self.seen = next;
                event
            }
            None => panic!("the caller never heard {what}: {}\n{}", self.err.text(), self.out.text()),
        }
    }

    /// Pulls the plug: no goodbye of any kind reaches the server.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits for the end of the call.
    pub(crate) fn finish(mut self) -> Finished {
        let ended = self.out.ends(CALL_WITHIN) && self.err.ends(CALL_WITHIN);
        if !ended {
            self.kill();
        }
        assert!(ended, "the call did not end within {CALL_WITHIN:?}: {}\n{}", self.err.text(), self.out.text());
        let code = self.child.wait().expect("it is our child").code();
        let lines: Vec<Value> = self.out.all().iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let (events, rest): (Vec<Value>, Vec<Value>) = lines.into_iter().partition(|line| line.get("event").is_some());
        Finished { code, report: rest.into_iter().last().unwrap_or(Value::Null), events, said: self.err.text() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Finished {
    /// The server's events of one type.
    pub(crate) fn of(&self, kind: &str) -> Vec<&Value> {
        self.heard().filter(|event| event["type"] == kind).collect()
    }

    /// The server's events in order.
    pub(crate) fn heard(&self) -> impl Iterator<Item = &Value> {
        self.events.iter().filter(|line| line["from"] == "server").map(|line| &line["event"])
    }

    /// The cards of one kind that were shown.
    pub(crate) fn cards(&self, kind: &str) -> Vec<&Value> {
        self.of("voxfare.card").into_iter().map(|event| &event["card"]).filter(|card| card["kind"] == kind).collect()
    }

    /// A turn of the report.
    pub(crate) fn turn(&self, at: usize) -> &Value {
        &self.report["turns"][at]
    }

    /// What the server understood in a turn.
    pub(crate) fn understood(&self, at: usize) -> &str {
        self.turn(at)["transcript"].as_str().unwrap_or_default()
    }

    /// What the server said in answer to a turn.
    pub(crate) fn reply(&self, at: usize) -> &str {
        self.turn(at)["reply"].as_str().unwrap_or_default()
    }

    /// The conversation for a person to read.
    pub(crate) fn script(&self) -> String {
        let turns = self.report["turns"].as_array().cloned().unwrap_or_default();
        let line = |turn: &Value| format!("  caller:  {}\n  voxfare: {}", turn["transcript"], turn["reply"]);
        turns.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// Patience of a caller on a busy machine.
const PATIENCE_S: &str = "45";
/// An event that has not come by then never will.
const EVENT_WITHIN: Duration = Duration::from_secs(60);
/// The longest call of these tests, on a busy machine.
const CALL_WITHIN: Duration = Duration::from_secs(280);
