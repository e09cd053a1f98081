//! How long understanding takes, text by text: the median and the slowest of many runs. It asserts nothing.

use agent::concierge::meaning::{Asked, Context};
use agent::concierge::understand::{understand, warm};
use std::time::{Duration, Instant};

/// Runs of each text.
const RUNS: usize = 200;

const TEXTS: [(&str, &str); 5] = [
    ("yes", "yes please"),
    ("search", "find me a flight from Boston to Denver next Friday morning"),
    ("misheard", "um i want to fly from char lotte to al buh kirky the friday after next and back on sunday"),
    (
        "long",
        "hi there so um I would like to fly from San Francisco to New York on the 27th of November or maybe the 28th, in the morning if possible, with my wife \
         and our two kids, in premium economy, non-stop if there is one, for less than twelve hundred dollars, and come back the Sunday after around 7 pm, and I \
         would rather fly with United or Delta, not Spirit, oh and can you tell me how many bags we can take and whether it is refundable, because last time we \
         had to pay a lot for that, thank you",
    ),
    (
        "strange",
        "to Zvorkel from Blathminster to Quixotan from Ormskell to Vrandelia between Plonchester and Wexburgh to Tarsinople from Grunfeld to Hestermill from Ockberg to \
         Yalverton from Dranmoor to Fellisburg from Morvania to Thistledorf from Kranpool to Ebberley from Swindlemore to Pelgrade from Unstadt to Nimbleton from Zorby \
         to Larkenhausen from Vindlebury to Copperskill from Ashgrund to Wobbleton from Trasimov to Hulverstone from Berrington to Quelmora",
    ),
];

fn main() {
    let start = Instant::now();
    warm();
    println!("understand/warm: {:?}", start.elapsed());
    let context = Context {
        now: jiff::civil::date(2026, 11, 23).at(10, 0, 0, 0),
        currency: agent::trip::Code3::parse("USD").expect("three letters"),
        asked: Asked::Nothing,
        origin: None,
        destination: None,
        depart: None,
        back: None,
        choices: Vec::new(),
    };
    for (name, text) in TEXTS {
        let mut times: Vec<Duration> = (0..RUNS)
            .map(|_| {
                let start = Instant::now();
                std::hint::black_box(understand(std::hint::black_box(text), &context));
                start.elapsed()
            })
            .collect();
        times.sort();
        println!(
            "understand/{name}/{} bytes: p50 {:?} p95 {:?} max {:?}",
            text.len(),
            times[RUNS / 2],
            times[RUNS * 95 / 100],
            times[RUNS - 1]
        );
    }
}
