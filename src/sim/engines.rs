//! Simulated engines: what recognition, turn scoring, voice and world answer, and how late. They fail by chance.

use crate::session::event::{Failure, Interruptible, Outcome, SpeechPiece, Transcript};
use crate::sim::chance::Chance;
use crate::sim::speech;
use crate::sim::world_data;
use agent::tool::{ToolCall, ToolResult};
use media::call::Hearing;
use media::frame::Samples;
use std::time::Duration;

/// Milliseconds of sound in one piece.
const PIECE_MS: u64 = 400;
/// What an engine that is slow takes longer, times.
const SLOW_TIMES: u64 = 8;
/// Before the first sound of a clause, at most, in ms; and the slowest voice.
const VOICE_MS_MAX: u64 = 60;
/// The longest wait for a voice, in ms.
pub(crate) const VOICE_SLOW_MS_MAX: u64 = VOICE_MS_MAX * SLOW_TIMES;

/// How good one seed's engines are.
#[derive(Clone, Debug)]
pub(crate) struct Engines {
    slow_percent: u64,
    fail_percent: u64,
    sound: Vec<i16>,
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
        Self { slow_percent: chance.range(0, 6), fail_percent: chance.range(0, 4), sound: speech::period() }
    }

    /// What comes of an effect.
    pub(crate) fn answer(&self, chance: &mut Chance, effect: &Interruptible, spoken: &Spoken) -> Answers {
        let fails = chance.percent(self.fail_percent);
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
                let first = self.late(chance, 10, VOICE_MS_MAX);
                let pieces = if fails { Some(chance.range(0, 2) as usize) } else { None };
                self.speak(text, first, pieces)
            }
            Interruptible::Ask { tool } => {
                let late = if chance.percent(40) {
                    Duration::from_millis(chance.range(3, 20))
                } else {
                    self.late(chance, 50, 5000)
                };
                let result = if fails { Err(failure(chance)) } else { Ok(world_data::answer(tool)) };
                vec![(late, Outcome::Answered(result))]
            }
            // The simulated clients bring no servers of their own.
            Interruptible::Account { .. } => {
                vec![(Duration::from_millis(20), Outcome::Account(Box::new(Err(broken()))))]
            }
            Interruptible::Follow { .. } => Vec::new(),
            Interruptible::Remote { .. } => vec![(Duration::from_millis(50), Outcome::Remote(Err(broken())))],
        }
    }

    /// What comes of a durable act: sometimes only an unknown outcome at first, always a certain one in the end.
    pub(crate) fn commit(&self, chance: &mut Chance, tool: &ToolCall) -> Answers {
        let late = self.late(chance, 30, 900);
        let done = match chance.range(0, 19) {
            0 => ToolResult::Refused { say: "I'm sorry, that seat has just been sold.".to_owned() },
            1 => ToolResult::Failed,
            _ => world_data::answer(tool),
        };
        let done = Outcome::Answered(Ok(done));
        if chance.percent(20) {
            let unknown = if chance.percent(50) { Ok(ToolResult::Unknown) } else { Err(broken()) };
            let known = late + Duration::from_millis(chance.range(500, 4000));
            return vec![(late, Outcome::Answered(unknown)), (known, done)];
        }
        vec![(late, done)]
    }

    /// Sound in pieces, as fast as it is made; with `fails_after` no more than so many pieces of it.
    fn speak(&self, text: &str, first: Duration, fails_after: Option<usize>) -> Answers {
        let total = speech::samples(text);
        let words = speech::words(text);
        let piece = Samples::from_ms(PIECE_MS).0;
        let mut answers = Vec::new();
        let mut from = 0;
        while from < total && fails_after != Some(answers.len()) {
            let to = (from + piece).min(total);
            let pcm = (from..to).map(|at| self.sound[at as usize % self.sound.len()]).collect();
            let words = words.iter().filter(|word| (from..to).contains(&word.from.0)).copied().collect();
            let late = first + Duration::from_millis(3 * answers.len() as u64);
            answers.push((late, Outcome::Piece(SpeechPiece { pcm, words })));
            from = to;
        }
        let end = first + Duration::from_millis(3 * answers.len() as u64);
        answers.push((end, Outcome::Spoken(if fails_after.is_some() { Err(broken()) } else { Ok(()) })));
        answers
    }

    fn late(&self, chance: &mut Chance, low: u64, high: u64) -> Duration {
        let ms = chance.range(low, high);
        Duration::from_millis(if chance.percent(self.slow_percent) { ms * SLOW_TIMES } else { ms })
    }
}

fn broken() -> Failure {
    Failure::Broken { why: "by chance".to_owned() }
}

fn failure(chance: &mut Chance) -> Failure {
    match chance.range(0, 2) {
        0 => Failure::Retry { after: Duration::from_secs(30) },
        1 => Failure::Refused { say: "I'm sorry, nobody sells that.".to_owned() },
        _ => broken(),
    }
}
