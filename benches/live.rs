//! A server of one's own and a voice to call it with, for the benches that measure on the sound. It measures nothing.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A value at a share of the sorted rest.
pub(crate) fn at(values: &[f64], share: f64) -> f64 {
    values[((values.len() as f64 * share).ceil() as usize).saturating_sub(1).min(values.len() - 1)]
}

/// The built server on free ports, and where it is.
pub(crate) fn serve(folder: &Path) -> (Child, String) {
    let store = format!("store.url=sqlite:{}", folder.join("store.db").display());
    let keys = format!("wallet.keystore={}", folder.join("keys.json").display());
    let mut child = Command::new(env!("CARGO_BIN_EXE_voxfare"))
        .args(["serve", "--set", "server.listen=127.0.0.1:0", "--set", "webrtc.listen=127.0.0.1:0", "--set", &store])
        .args(["--set", "session.sessions_max=2000", "--set", &keys])
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(folder.join("server.log")).expect("the temporary folder is writable"))
        .spawn()
        .expect("the built binary starts");
    let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let url = lines
        .map_while(Result::ok)
        .find_map(|line| line.split_whitespace().find(|word| word.starts_with("http")).map(str::to_owned))
        .expect("the server says where it is");
    (child, url)
}

/// A text as a recording, spoken by a voice that is not the server's own.
pub(crate) fn say(folder: &Path, text: &str, name: &str) -> PathBuf {
    let file = folder.join(name);
    let status = Command::new(env!("CARGO_BIN_EXE_voxfare"))
        .args(["say", text, "--voice", "piper", "--wav"])
        .arg(&file)
        .status()
        .expect("the built binary starts");
    assert!(status.success(), "`voxfare say` failed; are the models there?");
    file
}
