//! Two network namespaces with a bad line between them: delay and jitter by bridge.py, loss by nft in both directions. Needs root.

use crate::e2e::lines::Lines;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How bad the line is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    /// Loss each way, in percent of UDP packets.
    pub(crate) loss_percent: u32,
    /// Delay each way, in ms.
    pub(crate) delay_ms: u32,
    /// Jitter each way on top: each packet by 0 to this many ms.
    pub(crate) jitter_ms: u32,
    /// Seed of the jitter; the kernel's loss has none.
    pub(crate) seed: u64,
}

/// The line between two namespaces; both go with it.
pub(crate) struct Line {
    /// Namespace of the server.
    pub(crate) server: String,
    /// Namespace of the caller.
    pub(crate) caller: String,
    bridge: Option<Child>,
}

impl Line {
    /// Lays a line.
    pub(crate) fn lay(weather: Weather) -> Self {
        let tag = format!("voxfare-{}-{}", std::process::id(), weather.loss_percent);
        let mut line = Self { server: format!("{tag}-s"), caller: format!("{tag}-c"), bridge: None };
        for namespace in [&line.server, &line.caller] {
            ip(&["netns", "add", namespace]);
            ip(&["-n", namespace, "link", "set", "lo", "up"]);
        }
        line.bridge = Some(bridge(&line, weather));
        if weather.loss_percent > 0 {
            let chance = format!("meta l4proto udp numgen random mod 1000 < {}", weather.loss_percent * 10);
            line.rules("weather", "output", &chance);
        }
        line
    }

    /// From now on nothing gets through either way, and nobody is told.
    pub(crate) fn falls_silent(&self) {
        self.rules("silence", "input", "iifname != \"lo\"");
    }

    /// The network is there again.
    pub(crate) fn speaks_again(&self) {
        for namespace in [&self.server, &self.caller] {
            nft(namespace, "delete table inet silence\n");
        }
    }

    /// Drops what `chosen` picks, at both ends.
    fn rules(&self, table: &str, hook: &str, chosen: &str) {
        let rules = format!(
            "table inet {table} {{\nchain drops {{\ntype filter hook {hook} priority 0; policy accept;\n\
             {chosen} counter drop\n}}\n}}\n"
        );
        for namespace in [&self.server, &self.caller] {
            nft(namespace, &rules);
        }
    }

    /// UDP packets that were lost on both ways so far.
    pub(crate) fn lost(&self) -> u64 {
        [&self.server, &self.caller].into_iter().map(|namespace| dropped(namespace)).sum()
    }

    /// What keeps lines from being laid here; `None` when nothing does.
    pub(crate) fn obstacle() -> Option<String> {
        let own = format!("voxfare-try-{}", std::process::id());
        let made = Command::new("ip").args(["netns", "add", &own]).output();
        let _ = Command::new("ip").args(["netns", "delete", &own]).output();
        match made {
            Ok(made) if made.status.success() => None,
            Ok(made) => Some(String::from_utf8_lossy(&made.stderr).trim().to_owned()),
            Err(error) => Some(format!("ip: {error}")),
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(bridge) = &mut self.bridge {
            let _ = bridge.kill();
            let _ = bridge.wait();
        }
        for namespace in [&self.server, &self.caller] {
            let _ = Command::new("ip").args(["netns", "delete", namespace]).output();
        }
    }
}

/// Address of the server on the line.
pub(crate) const SERVER: &str = "10.78.0.1";
/// Address of the caller on the line.
pub(crate) const CALLER: &str = "10.78.0.2";

fn bridge(line: &Line, weather: Weather) -> Child {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/bridge.py");
    let Weather { delay_ms, jitter_ms, seed, .. } = weather;
    let mut bridge = Command::new("python3")
        .arg(script)
        .args([&line.server, SERVER, &line.caller, CALLER])
        .args(["--delay", &delay_ms.to_string(), "--jitter", &jitter_ms.to_string(), "--seed", &seed.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python3 is installed by .ci/install");
    let out = Lines::of(bridge.stdout.take().expect("piped"));
    let err = Lines::of(bridge.stderr.take().expect("piped"));
    let up = out.find(0, BRIDGE_WITHIN, |line| (line == "up").then_some(()));
    assert!(up.is_some(), "the bridge did not come up: {}", err.text());
    bridge
}

/// ICMP and the signalling's TCP pass where UDP is dropped at random.
fn nft(namespace: &str, rules: &str) {
    let mut nft = Command::new("ip")
        .args(["netns", "exec", namespace, "nft", "-f", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("nft is installed by .ci/install test");
    nft.stdin.take().expect("piped").write_all(rules.as_bytes()).expect("nft reads");
    let output = nft.wait_with_output().expect("it is our child");
    assert!(output.status.success(), "nft: {}", String::from_utf8_lossy(&output.stderr));
}

fn dropped(namespace: &str) -> u64 {
    let output = Command::new("ip").args(["netns", "exec", namespace, "nft", "list", "ruleset"]).output();
    let rules = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let count = rules.split("counter packets ").nth(1).and_then(|rest| rest.split_whitespace().next());
    count.and_then(|word| word.parse().ok()).unwrap_or_else(|| panic!("no counter in {rules:?}"))
}

fn ip(arguments: &[&str]) {
    let output = Command::new("ip").args(arguments).output().expect("ip is installed by .ci/install test");
    assert!(output.status.success(), "ip {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

const BRIDGE_WITHIN: Duration = Duration::from_secs(20);
