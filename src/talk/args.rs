//! The command line of `voxfare talk`. It never runs anything.

use crate::caller::args::{interrupt_after, interruptions, occurrences};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use std::path::PathBuf;
use std::time::Duration;

/// One thing that is said, in the order of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Spoken when all before it was answered.
    After {
        /// A WAV file.
        file: PathBuf,
    },
    /// Spoken into the answer, so long after it began to sound.
    Into {
        /// Time from the first sound of the answer.
        after: Duration,
        /// A WAV file.
        file: PathBuf,
    },
}

/// Talk to a Voxfare server from the terminal.
#[derive(Args, Clone, Debug)]
#[command(
    about = "Talk to a Voxfare server from the terminal: speak, and read along",
    after_help = "\
Examples:
  voxfare talk                                              to the server on this machine, with microphone and speaker
  voxfare talk voice.example.org:8443 --push-to-talk        the microphone is open while you hold the space bar
  voxfare talk --wav ask.wav then.wav --out answer.wav      without a sound card; the captions come line by line
  voxfare talk --wav ask.wav --interrupt-after 1.5s stop.wav --out answer.wav

On the screen: q or Ctrl-C hangs up, Esc stops the voice, m shuts or opens the microphone, space talks with --push-to-talk
(where the terminal does not tell when a key is let go, a tap opens the microphone and the next shuts it).

Wear headphones with an open microphone: from loudspeakers Voxfare hears itself, and may stop because of it. Without
headphones use --push-to-talk or --loudspeaker.

The key may be in VOXFARE_KEY instead of --key; `voxfare keys create NAME` makes one. Any other server of the OpenAI Realtime
protocol is called by its whole URL (wss://HOST/v1/realtime?model=NAME)."
)]
pub struct TalkArgs {
    /// Server: HOST:PORT, http(s)://HOST:PORT, or the ws(s):// URL of its realtime endpoint.
    #[arg(value_name = "URL", default_value = "http://localhost:8080")]
    pub url: String,
    /// Key to authenticate with.
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// Come back to the session this token names.
    #[arg(long, value_name = "TOKEN")]
    pub resume: Option<String>,
    /// Accept self-signed certificates.
    #[arg(long)]
    pub insecure: bool,
    /// Let Voxfare speak first.
    #[arg(long)]
    pub greeting: bool,
    /// The microphone is open only while the space bar is held.
    #[arg(long, conflicts_with_all = ["wav", "loudspeaker"])]
    pub push_to_talk: bool,
    /// Shut the microphone while Voxfare speaks, for loudspeakers; it cannot be interrupted by voice then.
    #[arg(long, conflicts_with = "wav")]
    pub loudspeaker: bool,
    /// What is said instead of a microphone.
    #[command(flatten)]
    pub lines: LineArgs,
    /// Write what is heard into this WAV instead of playing it.
    #[arg(long, value_name = "WAV")]
    pub out: Option<PathBuf>,
    /// Microphone to use, by a part of its name (see --devices).
    #[arg(long, value_name = "NAME")]
    pub microphone: Option<String>,
    /// Speaker to use, by a part of its name (see --devices).
    #[arg(long, value_name = "NAME")]
    pub speaker: Option<String>,
    /// List the microphones and speakers, and do no more.
    #[arg(long)]
    pub devices: bool,
    /// Print captions line by line, as into a pipe, also on a terminal.
    #[arg(long)]
    pub plain: bool,
    /// With --wav: silence between an answer and the next file, in ms.
    #[arg(long, value_name = "MS", default_value_t = 600)]
    pub silence_ms: u64,
    /// With --wav: longest wait for an answer, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    pub patience: u64,
}

/// `--wav` and `--interrupt-after`, any number of each, in the order given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineArgs {
    /// What is said.
    pub lines: Vec<Line>,
}

impl Args for LineArgs {
    fn augment_args(command: Command) -> Command {
        command
            .arg(
                Arg::new("wav")
                    .long("wav")
                    .value_name("WAV")
                    .num_args(1..)
                    .action(ArgAction::Append)
                    .help("Speak these recordings instead of a microphone, each after the answer to the one before"),
            )
            .arg(interrupt_after().requires("wav"))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for LineArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let said = occurrences(matches, "wav").map(|(index, file)| (index, Line::After { file: file.into() }));
        let mut lines: Vec<(usize, Line)> = said.collect();
        for (index, after, file) in interruptions(matches)? {
            lines.push((index, Line::Into { after, file }));
        }
        lines.sort_by_key(|(index, _)| *index);
        Ok(Self { lines: lines.into_iter().map(|(_, line)| line).collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Parsed {
        #[command(flatten)]
        talk: TalkArgs,
    }

    fn parsed(line: &str) -> Result<TalkArgs, clap::Error> {
        Parsed::try_parse_from(line.split(' ')).map(|parsed| parsed.talk)
    }

    #[test]
    fn files_keep_the_order_of_the_line() {
        let talk = parsed("talk h:1 --wav a.wav b.wav --interrupt-after 800ms c.wav --wav d.wav --out o.wav");
        let talk = talk.expect("the line is good");
        let after = |file: &str| Line::After { file: file.into() };
        let into = Line::Into { after: Duration::from_millis(800), file: "c.wav".into() };
        assert_eq!(talk.lines.lines, [after("a.wav"), after("b.wav"), into, after("d.wav")]);
        assert_eq!((talk.url.as_str(), talk.out), ("h:1", Some("o.wav".into())));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for line in [
            "talk --push-to-talk --wav a.wav",
            "talk --push-to-talk --loudspeaker",
            "talk --interrupt-after 1s a.wav",
            "talk --wav a.wav --interrupt-after soon b.wav",
            "talk --wav",
        ] {
            assert!(parsed(line).is_err(), "{line}");
        }
        assert_eq!(parsed("talk").expect("nothing is needed").url, "http://localhost:8080");
    }
}
