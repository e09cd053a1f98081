//! From the caller's last speech sample to the first sample of the reply, at the caller, over real WebRTC on loopback, with the
//! embedded models and the caller on the same machine. Thirty-two different requests, spoken by a voice that is not the server's.
//!
//! `cargo bench --bench voice_to_voice` prints the table; kept runs are in `benches/runs/`.

mod live;

use live::{at, say, serve};
use std::collections::BTreeMap;
use voxfare::caller::{self, CallOptions, Turn};

/// What is asked, four requests a call; every call is a conversation of its own.
const REQUESTS: &[[&str; 4]] = &[
    [
        "Find me a flight from Boston to Denver next Friday morning.",
        "Make it Saturday instead.",
        "What about the evening?",
        "Is there anything cheaper?",
    ],
    [
        "I need to fly from New York to Los Angeles tomorrow.",
        "I would like a non-stop flight.",
        "And in business class?",
        "Tell me more about the first one.",
    ],
    [
        "Show me flights from Chicago to Miami on Monday.",
        "What is the weather in Miami?",
        "Which one is the fastest?",
        "Does that include a checked bag?",
    ],
    ["I want to go to San Francisco.", "From Seattle.", "On Tuesday afternoon.", "For two adults and a child."],
    [
        "What time is it in London?",
        "Find a flight from Boston to London next week on Wednesday.",
        "No, to Paris.",
        "With only one stop at most.",
    ],
    [
        "Can you find a hotel in Denver for three nights from Friday?",
        "How about something with four stars?",
        "What airports does New York have?",
        "How much baggage may I take on Delta?",
    ],
    [
        "Book me a flight from Dallas to Atlanta on Sunday.",
        "The second one, please.",
        "My name is John Smith.",
        "No, thank you.",
    ],
    [
        "A flight from Philadelphia to Orlando under three hundred dollars on Thursday.",
        "And back on Sunday.",
        "What can you do?",
        "Thank you very much.",
    ],
];

fn main() {
    let folder = std::env::temp_dir().join(format!("voxfare-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the temporary folder is writable");
    let (mut server, url) = serve(&folder);
    let runtime = tokio::runtime::Runtime::new().expect("threads are to be had");
    let mut all = Vec::new();
    let mut stages: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut speculative = 0;
    for (number, requests) in REQUESTS.iter().enumerate() {
        let turns = requests
            .iter()
            .enumerate()
            .map(|(at, text)| Turn::Speak { file: say(&folder, text, &format!("{number}-{at}.wav")) })
            .collect();
        let report = runtime.block_on(caller::run(CallOptions::to(&url, turns))).expect("the call is answered");
        for (turn, asked) in report.turns.iter().zip(requests) {
            let Some(ms) = turn.voice_to_voice_ms else {
                eprintln!("no reply to: {asked} (understood: {})", turn.transcript);
                continue;
            };
            eprintln!("{ms:6.0} ms  {asked}  ->  {}", turn.reply);
            all.push(ms);
            let breakdown = turn.breakdown_ms.as_ref().and_then(|value| value.as_object());
            for (stage, value) in breakdown.into_iter().flatten() {
                match value.as_f64() {
                    Some(value) => stages.entry(stage.clone()).or_default().push(value),
                    None => speculative += usize::from(value.as_bool() == Some(true)),
                }
            }
        }
    }
    let _ = server.kill();
    let _ = server.wait();
    let _ = std::fs::remove_dir_all(&folder);
    print(&mut all, &mut stages, speculative);
}

fn print(all: &mut [f64], stages: &mut BTreeMap<String, Vec<f64>>, speculative: usize) {
    all.sort_by(f64::total_cmp);
    println!("| voice to voice, {} turns ({speculative} answered ahead) | p50 ms | p95 ms | max ms |", all.len());
    println!("|---|---|---|---|");
    println!(
        "| **at the caller, on the sound** | **{:.0}** | **{:.0}** | {:.0} |",
        at(all, 0.5),
        at(all, 0.95),
        at(all, 1.0)
    );
    for stage in ["endpoint", "transcript", "first_token", "first_audio", "first_packet"] {
        if let Some(values) = stages.get_mut(stage) {
            values.sort_by(f64::total_cmp);
            println!("| server: {stage} | {:.0} | {:.0} | {:.0} |", at(values, 0.5), at(values, 0.95), at(values, 1.0));
        }
    }
}
