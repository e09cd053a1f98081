//! Simulated engines: what recognition, turn scoring, voice and world answer, and how late. They fail by chance.

use crate::session::event::{Failure, Interruptible, Outcome, SpeechPiece, Transcript};
use crate::sim::chance::Chance;
use crate::sim::world_data;
use agent::tool::ToolCall;
use media::call::Hearing;
use media::frame::{INNER_RATE_HZ, Samples};
use media::transcript::WordSpan;
use std::time::Duration;

/// Milliseconds of sound for one character, about the pace of speech.
const CHARACTER_MS: u64 = 55;
/// Milliseconds of sound in one piece.
const PIECE_MS: u64 = 400;

/// How good one seed's engines are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Engines {
    slow_percent: u64,
    fail_percent: u64,
}

/// What the caller is known to have said so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spoken {
    /// All of it so far; empty for noises.
    pub(crate) text: String,
    /// The line is spoken to its end.
    pub(crate) whole: bool,
}

/// Outcomes with their delays, in order.
pub(crate) type Answers = Vec<(Duration, Outcome)>;

impl Engines {
    /// Engines for this seed.
    pub(crate) fn draw(chance: &mut Chance) -> Self {
        Self { slow_percent: chance.range(0, 6), fail_percent: chance.range(0, 4) }
    }

    /// What comes of an effect.
    pub(crate) fn answer(&self, chance: &mut Chance, effect: &Interruptible, spoken: &Spoken) -> Answers {
        let fails = chance.percent(self.fail_percent);
        let broken = || Failure::Broken { why: "by chance".to_owned() };
        match effect {
            Interruptible::Hear { hearing, .. } => {
                let late = self.late(chance, 60, 250);
                let text = spoken.text.clone();
                let shed = *hearing == Hearing::Partial && chance.percent(10);
                let result =
                    if fails || shed { Err(broken()) } else { Ok(Transcript { text, ..Transcript::default() }) };
                vec![(late, Outcome::Heard(result))]
            }
            Interruptible::Score { .. } => {
                let late = self.late(chance, 40, 120);
                let percent = if spoken.whole { chance.range(40, 99) } else { chance.range(1, 60) };
                let result = if fails { Err(broken()) } else { Ok(percent as f32 / 100.0) };
                vec![(late, Outcome::Scored(result))]
            }
            Interruptible::Speak { text, .. } => {
                let first = self.late(chance, 10, 60);
                if fails {
                    return vec![(first, Outcome::Spoken(Err(broken())))];
                }
                speak(text, first)
            }
            Interruptible::Ask { tool } => {
                let late = if chance.percent(40) {
                    Duration::from_millis(chance.range(3, 20))
                } else {
                    self.late(chance, 50, 5000)
                };
                let result = if fails { Err(broken()) } else { Ok(world_data::answer(tool)) };
                vec![(late, Outcome::Answered(result))]
            }
        }
    }

    /// What comes of a durable act: sometimes only an unknown outcome at first, always a certain one in the end.
    pub(crate) fn commit(&self, chance: &mut Chance, tool: &ToolCall) -> Answers {
        let late = self.late(chance, 30, 900);
        let done = Outcome::Answered(Ok(world_data::answer(tool)));
        if chance.percent(20) {
            let unknown = Outcome::Answered(Err(Failure::Broken { why: "no answer".to_owned() }));
            return vec![(late, unknown), (late + Duration::from_millis(chance.range(500, 4000)), done)];
        }
        vec![(late, done)]
    }

    fn late(&self, chance: &mut Chance, low: u64, high: u64) -> Duration {
        let ms = chance.range(low, high);
        Duration::from_millis(if chance.percent(self.slow_percent) { ms * 8 } else { ms })
    }
}

fn speak(text: &str, first: Duration) -> Answers {
    let total_ms = (text.chars().count() as u64 * CHARACTER_MS).max(200);
    let total = Samples::from_ms(total_ms).0;
    let words = words(text, total);
    let piece = Samples::from_ms(PIECE_MS).0;
    let mut answers = Vec::new();
    let mut from = 0;
    while from < total {
        let to = (from + piece).min(total);
        let pcm = (from..to).map(tone).collect();
        let words = words.iter().filter(|word| (from..to).contains(&word.from.0)).copied().collect();
        let late = first + Duration::from_millis(3 * answers.len() as u64);
        answers.push((late, Outcome::Piece(SpeechPiece { pcm, words })));
        from = to;
    }
    let end = first + Duration::from_millis(3 * answers.len() as u64);
    answers.push((end, Outcome::Spoken(Ok(()))));
    answers
}

fn words(text: &str, total: u64) -> Vec<WordSpan> {
    let mut spans = Vec::new();
    let mut at = 0;
    for word in text.split_whitespace() {
        let from = at + text[at..].find(word).unwrap_or(0);
        let to = from + word.len();
        at = to;
        let sample = |byte: usize| Samples(total * byte as u64 / text.len().max(1) as u64);
        spans.push(WordSpan { text_from: from as u32, text_to: to as u32, from: sample(from), to: sample(to) });
    }
    spans
}

/// A loud buzz: what the assistant says in the simulator, plainly not silence.
fn tone(sample: u64) -> i16 {
    let period = u64::from(INNER_RATE_HZ) / 200;
    ((sample % period) as i16 - (period / 2) as i16) * 100
}
