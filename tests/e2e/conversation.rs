//! Whole spoken conversations over real WebRTC: search, refine, correct, choose, book, confirm; interruptions; a lost transport.

use crate::e2e::server::Server;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

fn voxfare(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_voxfare")).args(arguments).output().expect("the binary starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "voxfare {arguments:?}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Speaks a text into a file, by a voice that is not the server's.
fn say(folder: &Path, name: &str, text: &str) -> String {
    let file = folder.join(format!("{name}.wav"));
    let file = file.to_str().expect("a plain path").to_owned();
    voxfare(&["say", text, "--voice", "piper", "--wav", &file]);
    file
}

fn call(server: &Server, arguments: &[&str]) -> (Value, PathBuf, Vec<Value>) {
    let record = server.folder.join("call.wav");
    let events = server.folder.join("events.jsonl");
    let mut all = vec!["call", server.url.as_str(), "--record", record.to_str().expect("a plain path"), "--events"];
    all.push(events.to_str().expect("a plain path"));
    all.extend_from_slice(arguments);
    let report = serde_json::from_str(voxfare(&all).trim()).expect("one JSON object");
    let text = std::fs::read_to_string(&events).expect("events were written");
    let events = text.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect();
    (report, record, events)
}

fn replies(report: &Value) -> Vec<String> {
    report["turns"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|turn| turn["reply"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn a_flight_is_found_corrected_chosen_and_booked_by_voice() {
    let server = Server::start("booking", &[]);
    let folder = server.folder.clone();
    let lines = [
        "Find me a flight from Boston to Denver next Friday morning.",
        "Make it Saturday instead.",
        "No, to Dallas.",
        "The first one, please.",
        "My name is John Smith.",
        "Yes, please book it.",
    ];
    let files: Vec<String> = lines.iter().enumerate().map(|(at, line)| say(&folder, &at.to_string(), line)).collect();
    let mut arguments = Vec::new();
    for file in &files {
        arguments.extend(["--speak", file.as_str()]);
    }
    let (report, _, events) = call(&server, &arguments);
    let said = replies(&report);
    assert_eq!(said.len(), 6, "{report}");
    assert!(said[0].contains("Denver") || said[0].contains("Friday"), "{report}");
    assert!(said[2].contains("Dallas"), "{report}");
    let bookings: Vec<&Value> = events
        .iter()
        .map(|line| line.get("event").unwrap_or(line))
        .filter(|event| event["type"] == "voxfare.card" && event["card"]["kind"] == "booking")
        .collect();
    assert_eq!(bookings.len(), 1, "{report}");
    let booking = &bookings[0]["card"]["booking"];
    assert_eq!(booking["state"], "confirmed");
    assert_eq!(booking["order"]["travellers"][0]["family"], "Smith", "{booking}");
    assert_eq!(stored(&server), 1);
}

/// Bookings in the store, counted by the database's own program.
fn stored(server: &Server) -> u32 {
    let store = server.folder.join("store.db");
    let output = Command::new("sqlite3").arg(store).arg("select count(*) from bookings").output();
    let output = output.expect("sqlite3 is installed by .ci/install");
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("a count")
}
