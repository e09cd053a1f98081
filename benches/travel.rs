//! Times flight searches of the embedded world and prints their distribution. It checks nothing and gates nothing.

use agent::trip::{Cabin, Code3, DateSpan, FlightQuery, LegQuery, Party, Place, Sort};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use std::time::{Duration, Instant};
use voxfare::providers::travel::embedded::search_flights;

fn main() {
    let now: Timestamp = "2026-11-23T15:00:00Z".parse().expect("a well-formed instant");
    let friday = date(2026, 12, 4);
    let started = Instant::now();
    let _ = search_flights(&query(&[("BOS", "DEN", friday, 0)]), now);
    println!("travel/first-search/with-loading {:>9.1} ms", ms(started.elapsed()));
    let sunday = date(2026, 12, 13);
    for (name, query) in [
        ("one-way/BOS-DEN", query(&[("BOS", "DEN", friday, 0)])),
        ("one-way/NYC-LON", query(&[("NYC", "LON", friday, 0)])),
        ("one-way/LON-SYD", query(&[("LON", "SYD", friday, 0)])),
        ("one-way/PPT-NBO", query(&[("PPT", "NBO", friday, 0)])),
        ("any-day-of-7/NYC-LON", query(&[("NYC", "LON", friday, 6)])),
        ("any-day-of-31/NYC-LON", query(&[("NYC", "LON", friday, 30)])),
        ("return/NYC-LON", query(&[("NYC", "LON", friday, 0), ("LON", "NYC", sunday, 0)])),
        (
            "tour/LON-NYC-CHI-LON",
            query(&[("LON", "NYC", friday, 0), ("NYC", "CHI", sunday, 0), ("CHI", "LON", date(2026, 12, 18), 0)]),
        ),
    ] {
        report(name, || {
            let _ = search_flights(&query, now);
        });
    }
}

fn query(legs: &[(&str, &str, Date, i64)]) -> FlightQuery {
    let place = |code: &str| Place::City(Code3::parse(code).expect("three letters"));
    let leg = |&(origin, destination, from, days): &(&str, &str, Date, i64)| {
        let to = from.checked_add(jiff::Span::new().days(days)).expect("in range");
        LegQuery { origin: place(origin), destination: place(destination), date: DateSpan { from, to }, time: None }
    };
    FlightQuery {
        legs: legs.iter().map(leg).collect(),
        party: Party::default(),
        cabin: Cabin::Economy,
        max_stops: None,
        max_total: None,
        airlines: Vec::new(),
        sort: Sort::Best,
    }
}

fn report(name: &str, run: impl Fn()) {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            run();
            started.elapsed()
        })
        .collect();
    times.sort();
    let at = |percent: usize| ms(times[(ROUNDS - 1) * percent / 100]);
    println!("travel/{name:<24} p50 {:>7.2} ms  p95 {:>7.2} ms  p99 {:>7.2} ms", at(50), at(95), at(99));
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

const ROUNDS: usize = 100;
