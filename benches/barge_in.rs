//! How soon our voice stops at the caller who speaks over it, and how well we know what was heard: on the sound, over real WebRTC on
//! loopback, with the embedded models and the caller on the same machine.
//!
//! `cargo bench --bench barge_in` prints the table; kept runs are in `benches/runs/`.

mod live;
#[path = "../tests/e2e/words.rs"]
mod words;

use live::{at, say, serve};
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use voxfare::caller::{self, CallOptions, Turn};
use words::{word_errors, words};

/// Each call asks the first and speaks the others over the answers, each so long (ms) after the answer began.
const CALLS: &[(&str, [(u64, &str); 6])] = &[
    (
        "What can you do?",
        [
            (1500, "Find me a flight from Boston to Denver on Friday."),
            (2500, "No, I want to go to Chicago instead."),
            (3500, "Only non-stop flights, please."),
            (1000, "What about Saturday?"),
            (2000, "Tell me more about the first one."),
            (3000, "Stop. What can you do?"),
        ],
    ),
    (
        "Find me a flight from New York to Los Angeles tomorrow.",
        [
            (1200, "In business class, please."),
            (2200, "And what about Monday?"),
            (3200, "Show me the cheapest one."),
            (4200, "Wait, I meant from Philadelphia."),
            (1800, "Is there one in the evening?"),
            (2800, "What can you do?"),
        ],
    ),
    (
        "Find me a flight from Seattle to Miami on Sunday.",
        [
            (2600, "How about Tuesday?"),
            (1600, "I need it for two people."),
            (3600, "Actually, let us go to Orlando."),
            (2100, "Which one is the fastest?"),
            (1100, "Find me a flight to Boston on Friday."),
            (3100, "Okay, what can you do?"),
        ],
    ),
    (
        "What can you do?",
        [
            (4000, "A flight from Dallas to Atlanta on Thursday."),
            (1300, "Please repeat that."),
            (2300, "Make it Wednesday."),
            (3300, "And with only carry-on bags?"),
            (1900, "Find me a flight from Dallas to Denver tomorrow."),
            (2900, "Hold on, not tomorrow, on Sunday."),
        ],
    ),
];

fn main() {
    let folder = std::env::temp_dir().join(format!("voxfare-barge-in-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the temporary folder is writable");
    let (mut server, url) = serve(&folder);
    let runtime = tokio::runtime::Runtime::new().expect("threads are to be had");
    let (mut stops, mut errors, mut silent) = (Vec::new(), Vec::new(), 0);
    for (number, (first, interruptions)) in CALLS.iter().enumerate() {
        let file = |at: usize, text: &str| say(&folder, text, &format!("{number}-{at}.wav"));
        let mut turns = vec![Turn::Speak { file: file(0, first) }];
        turns.extend(interruptions.iter().enumerate().map(|(at, (after_ms, text))| Turn::Interrupt {
            after: Duration::from_millis(*after_ms),
            file: file(at + 1, text),
        }));
        let (record, events) = (folder.join("call.wav"), folder.join("events.jsonl"));
        let options = CallOptions {
            record: Some(record.clone()),
            record_mono: true,
            events: Some(events.clone()),
            ..CallOptions::to(&url, turns)
        };
        let report = runtime.block_on(caller::run(options)).expect("the call is answered");
        let mut told = heard_texts(&events).into_iter().peekable();
        for (turn, (interrupted, (_, text))) in report.turns.iter().skip(1).zip(report.turns.iter().zip(interruptions))
        {
            let reply = &interrupted.reply;
            // An answer that was heard to its end is not among those that were cut.
            let heard = told.next_if(|heard| reply.contains(heard.as_str()));
            let stop = turn.stop_ms.filter(|stop| *stop > 0.0);
            let (Some(stop), Some(heard)) = (stop, heard) else {
                eprintln!("   nothing was playing       {text}");
                silent += 1;
                continue;
            };
            let sounded = interrupted.reply_ms.map(|span| transcribed(&folder, &record, span)).unwrap_or_default();
            let wrong = word_errors(&spoken(&heard), &spoken(&sounded));
            eprintln!(
                "{stop:6.0} ms  {wrong} words  {text}\n           told:    {heard}\n           sounded: {sounded}"
            );
            stops.push(stop);
            errors.push(wrong as f64);
        }
        assert!(told.next().is_none(), "every answer that was cut has its row");
    }
    let _ = server.kill();
    let _ = server.wait();
    let _ = std::fs::remove_dir_all(&folder);
    print(&mut stops, &mut errors, silent);
}

fn print(stops: &mut [f64], errors: &mut [f64], silent: usize) {
    stops.sort_by(f64::total_cmp);
    errors.sort_by(f64::total_cmp);
    println!("| barge-in, {} interruptions ({silent} more fell into silence) | p50 | p95 | max |", stops.len());
    println!("|---|---|---|---|");
    println!(
        "| speech begins -> our last sample at the caller, ms | {:.0} | {:.0} | {:.0} |",
        at(stops, 0.5),
        at(stops, 0.95),
        at(stops, 1.0)
    );
    println!(
        "| words that history and sound differ in, recogniser's errors included | {:.0} | {:.0} | {:.0} |",
        at(errors, 0.5),
        at(errors, 0.95),
        at(errors, 1.0)
    );
}

/// What the server says was heard of each answer that was cut after a word of it sounded, in order.
fn heard_texts(events: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(events).expect("the caller wrote its events");
    let events = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let event = |line: Value| if line["event"].is_object() { line["event"].clone() } else { line };
    events
        .map(event)
        .filter(|event| event["type"] == "voxfare.playout" && event["state"] == "interrupted")
        .filter(|event| event["heard_chars"].as_u64() > Some(0))
        .map(|event| {
            let chars = event["heard_chars"].as_u64().unwrap_or_default() as usize;
            event["text"].as_str().unwrap_or_default().chars().take(chars).collect()
        })
        .collect()
}

/// What the server's own ear hears in a piece of the recording, in ms.
fn transcribed(folder: &Path, record: &Path, span: [f64; 2]) -> String {
    let mut reader = hound::WavReader::open(record).expect("the caller recorded");
    let spec = reader.spec();
    let at = |ms: f64| (ms.max(0.0) / 1000.0 * f64::from(spec.sample_rate)) as usize;
    let (from, to) = (at(span[0] - 200.0), at(span[1] + 100.0));
    let samples: Vec<i16> = reader.samples::<i16>().map_while(Result::ok).collect();
    let piece = folder.join("piece.wav");
    let mut writer = hound::WavWriter::create(&piece, spec).expect("the temporary folder is writable");
    for sample in samples.get(from..to.min(samples.len())).unwrap_or_default() {
        writer.write_sample(*sample).expect("the disk has room");
    }
    writer.finalize().expect("the disk has room");
    let output = Command::new(env!("CARGO_BIN_EXE_voxfare")).arg("transcribe").arg(&piece).output();
    String::from_utf8_lossy(&output.expect("the built binary starts").stdout).trim().to_owned()
}

/// The words of a text, without its numbers: a recogniser writes them otherwise than they are said.
fn spoken(text: &str) -> Vec<String> {
    const NUMBERS: &str = "oh one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen \
        seventeen eighteen nineteen twenty thirty forty fifty hundred first second third fourth fifth sixth seventh eighth ninth \
        tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth";
    let is_number =
        |word: &String| word.contains(|c: char| c.is_ascii_digit()) || NUMBERS.split(' ').any(|number| number == word);
    words(text).into_iter().filter(|word| !is_number(word)).collect()
}
