//! `voxfare replay TAPE`: plays a recorded session again, to the byte. It runs no effect and opens no socket.

use crate::config::{Config, Environment};
use crate::models::{Folder, SILERO};
use crate::providers;
use crate::session::tape;
use anyhow::Context as _;
use media::vad::{Detector, VadModel};
use std::io::{BufReader, Write};
use std::num::NonZeroUsize;
use std::time::Instant;

/// Play a tape.
#[derive(Clone, Debug, clap::Args)]
pub struct ReplayArgs {
    /// The tape, as `session.tapes` had it written.
    pub tape: std::path::PathBuf,
    /// Print every server event of the session too.
    #[arg(long)]
    pub events: bool,
}

/// Plays the tape and says what was on it; fails where the session does something else than it did.
///
/// # Errors
/// When the tape cannot be read or plays differently.
pub fn run(
    args: &ReplayArgs,
    config: &Config,
    environment: &dyn Environment,
    start: Instant,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let file = std::fs::File::open(&args.tape).with_context(|| format!("{} cannot be opened", args.tape.display()))?;
    let folder = Folder::new(config.models_folder(environment));
    let weights = std::fs::read(folder.path(SILERO))
        .context("the voice detector is missing; `voxfare models pull` fetches it")?;
    let detector = Detector::Silero(VadModel::load(weights, NonZeroUsize::MIN)?);
    let replay = tape::replay(BufReader::new(file), start, |header, now| {
        providers::machine(config, detector, header.setup(), header.number, now)
    })?;
    if args.events {
        for event in &replay.events {
            writeln!(out, "{event}")?;
        }
    }
    writeln!(out, "{}", serde_json::to_string(&replay)?)?;
    Ok(())
}
