//! The command line of `voxfare call`. It never runs anything.

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use std::path::PathBuf;
use std::time::Duration;

/// One thing the caller does, in the order of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Speak a recording and hear the reply to its end.
    Speak {
        /// A WAV file.
        file: PathBuf,
    },
    /// Speak a recording into the reply that is playing, so long after it began.
    Interrupt {
        /// Time from the first sample of the reply.
        after: Duration,
        /// A WAV file.
        file: PathBuf,
    },
    /// Send a text instead of speaking, and hear the reply to its end.
    Type {
        /// The text.
        text: String,
    },
}

/// Call a Voxfare server, speak recordings to it, and measure its answers on the sound.
#[derive(Args, Clone, Debug)]
pub struct CallArgs {
    /// Server to call: http(s)://host:port, or the whole URL of its calls.
    #[arg(value_name = "URL", required_unless_present = "url_option")]
    pub url: Option<String>,
    /// The same, as an option.
    #[arg(long = "url", id = "url_option", value_name = "URL", conflicts_with = "url")]
    pub url_option: Option<String>,
    /// What to say, in this order.
    #[command(flatten)]
    pub turns: TurnArgs,
    /// Write both sides into this WAV: left the caller, right Voxfare.
    #[arg(long, value_name = "WAV")]
    pub record: Option<PathBuf>,
    /// Record Voxfare's side alone, in mono.
    #[arg(long, requires = "record")]
    pub record_mono: bool,
    /// Write every event with its time of arrival to this file, one JSON object a line.
    #[arg(long, value_name = "JSONL")]
    pub events: Option<PathBuf>,
    /// Emulated loss in both directions, in percent.
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0)]
    pub loss: f32,
    /// Emulated jitter in both directions: each packet is delayed by 0 to this many ms.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub jitter: u32,
    /// Seed of the emulated network.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Silence between a reply and the next turn, in ms.
    #[arg(long, value_name = "MS", default_value_t = 600)]
    pub silence_ms: u64,
    /// Stay on the line this many seconds after the last reply.
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0)]
    pub hold: f64,
    /// Longest wait for a reply to begin, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 20.0)]
    pub patience: f64,
    /// Come back to the session this token names.
    #[arg(long, value_name = "TOKEN")]
    pub resume: Option<String>,
    /// Key to authenticate with.
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// Accept self-signed certificates.
    #[arg(long)]
    pub insecure: bool,
    /// Carry media over TCP alone.
    #[arg(long)]
    pub tcp: bool,
    /// Send nothing while there is nothing to say, as a muted microphone does.
    #[arg(long)]
    pub muted: bool,
    /// Leave without hanging up, as when a page is closed: the session can be resumed for a while.
    #[arg(long)]
    pub no_hang_up: bool,
}

/// `--speak`, `--interrupt-after` and `--type`, any number of each, in the order given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TurnArgs {
    /// The turns.
    pub turns: Vec<Turn>,
}

impl Args for TurnArgs {
    fn augment_args(command: Command) -> Command {
        command
            .arg(
                Arg::new("speak")
                    .long("speak")
                    .value_name("WAV")
                    .action(ArgAction::Append)
                    .help("Speak this recording (repeatable)"),
            )
            .arg(interrupt_after())
            .arg(
                Arg::new("type")
                    .long("type")
                    .value_name("TEXT")
                    .action(ArgAction::Append)
                    .help("Send this text instead of speaking (repeatable)"),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for TurnArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut turns: Vec<(usize, Turn)> = Vec::new();
        for (index, file) in occurrences(matches, "speak") {
            turns.push((index, Turn::Speak { file: file.into() }));
        }
        for (index, text) in occurrences(matches, "type") {
            turns.push((index, Turn::Type { text }));
        }
        for (index, after, file) in interruptions(matches)? {
            turns.push((index, Turn::Interrupt { after, file }));
        }
        turns.sort_by_key(|(index, _)| *index);
        Ok(Self { turns: turns.into_iter().map(|(_, turn)| turn).collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// `--interrupt-after TIME WAV`.
pub(crate) fn interrupt_after() -> Arg {
    Arg::new("interrupt-after")
        .long("interrupt-after")
        .num_args(2)
        .value_names(["TIME", "WAV"])
        .action(ArgAction::Append)
        .help("Speak this recording into the answer, so long after it began (800ms, 1.5s; repeatable)")
}

/// Its values: the place on the line, how long after, and the file.
pub(crate) fn interruptions(matches: &ArgMatches) -> Result<Vec<(usize, Duration, PathBuf)>, clap::Error> {
    let pairs: Vec<(usize, String)> = occurrences(matches, "interrupt-after").collect();
    let read = |pair: &[(usize, String)]| {
        let after = duration(&pair[0].1).ok_or_else(|| {
            let why = format!("{:?} is not a time such as 800ms or 1.5s\n", pair[0].1);
            clap::Error::raw(ErrorKind::InvalidValue, why)
        })?;
        Ok((pair[0].0, after, PathBuf::from(&pair[1].1)))
    };
    pairs.chunks_exact(2).map(read).collect()
}

/// Each value of a repeatable option, with its place on the line.
pub(crate) fn occurrences(matches: &ArgMatches, id: &str) -> impl Iterator<Item = (usize, String)> {
    let indices: Vec<usize> = matches.indices_of(id).into_iter().flatten().collect();
    let values: Vec<String> = matches.get_many::<String>(id).into_iter().flatten().cloned().collect();
    indices.into_iter().zip(values)
}

/// `800ms`, `1.5s`, or a bare number of milliseconds.
fn duration(text: &str) -> Option<Duration> {
    let (number, unit_ms) = match text.strip_suffix("ms") {
        Some(number) => (number, 1.0),
        None => text.strip_suffix('s').map_or((text, 1.0), |number| (number, 1000.0)),
    };
    let ms: f64 = number.trim().parse().ok()?;
    (0.0..=600_000.0).contains(&(ms * unit_ms)).then(|| Duration::from_secs_f64(ms * unit_ms / 1000.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        call: CallArgs,
    }

    #[test]
    fn turns_keep_the_order_of_the_line() {
        let line = "call http://h:1 --speak a.wav --interrupt-after 800ms b.wav --type hello --speak c.wav";
        let parsed = Line::try_parse_from(line.split(' ')).expect("the line is good").call;
        let speak = |file: &str| Turn::Speak { file: file.into() };
        let interrupt = Turn::Interrupt { after: Duration::from_millis(800), file: "b.wav".into() };
        assert_eq!(
            parsed.turns.turns,
            [speak("a.wav"), interrupt, Turn::Type { text: "hello".to_owned() }, speak("c.wav")]
        );
        assert_eq!(parsed.url.as_deref(), Some("http://h:1"));
    }

    #[test]
    fn times_are_read_or_refused() {
        assert_eq!(duration("1.5s"), Some(Duration::from_millis(1500)));
        assert_eq!(duration("250"), Some(Duration::from_millis(250)));
        assert_eq!(duration("soon"), None);
        assert_eq!(duration("NaNs"), None);
        assert!(Line::try_parse_from(["call", "http://h", "--interrupt-after", "soon", "b.wav"]).is_err());
        assert!(Line::try_parse_from(["call"]).is_err());
    }
}
