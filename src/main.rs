//! The `voxfare` program: reads the command line and hands over. It holds no logic of its own.

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use std::time::Instant;
use voxfare::config::{Config, EXIT_USAGE, Process};
use voxfare::providers::tts;
use voxfare::{ask, caller, keys, models, providers, replay, serve, sim, transcribe};

/// Voxfare, a voice-first travel server: speak, and be answered within a third of a second.
///
/// `voxfare serve` starts it and prints the address of the page. Everything runs on this machine, with no key and no network.
#[derive(Parser)]
#[command(
    version,
    after_help = "Settings: a file (--config, or ./voxfare.toml), then variables such as \
    VOXFARE_SESSION__HOME=DEN, then --set session.home=DEN; later ones win. `voxfare check` says whether they are right."
)]
struct Arguments {
    /// The configuration file.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<std::path::PathBuf>,
    /// One setting, such as `session.home=DEN`; may be given more than once.
    #[arg(long = "set", global = true, value_name = "KEY=VALUE")]
    sets: Vec<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the page and take calls.
    Serve,
    /// Check the configuration, and say what it comes to.
    Check,
    /// Call a Voxfare server, speak recordings to it, and measure its answers on the sound.
    Call(caller::CallArgs),
    #[cfg(feature = "talk")]
    Talk(Box<voxfare::talk::TalkArgs>),
    /// Speak a text into a WAV file.
    Say(tts::say::Args),
    /// Write down what recordings say, one line a file.
    Transcribe(transcribe::TranscribeArgs),
    /// Ask the built-in concierge one typed question.
    Ask(ask::AskArgs),
    /// Fetch, list or verify the model files.
    Models(models::command::ModelsArgs),
    /// Make, list or revoke API keys.
    Keys(keys::KeysArgs),
    /// Run the seeded simulator and watch it.
    Sim(sim::SimArgs),
    /// Play a recorded session again and hold it against the recording.
    Replay(replay::ReplayArgs),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // One crypto provider for every socket, before the first of them.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let config = match Config::load(arguments.config.as_deref(), &arguments.sets, &Process) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(EXIT_USAGE);
        }
    };
    let runtime = tokio::runtime::Runtime::new().expect("the operating system gives threads to a fresh process");
    match runtime.block_on(run(arguments.command, config)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("voxfare: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command, config: Config) -> anyhow::Result<bool> {
    let out = &mut std::io::stdout();
    let folder = models::Folder::new(config.models_folder(&Process));
    match command {
        Command::Serve => serve::run(config, &Process).await.map(|()| true),
        Command::Check => serve::check(&config, &Process, out).map(|()| true),
        Command::Call(args) => Ok(caller::command(args, out).await?),
        #[cfg(feature = "talk")]
        Command::Talk(args) => Ok(voxfare::talk::run(*args, &Process, out).await?),
        Command::Say(args) => Ok(tts::say::run(args, providers::voices(&config, &folder)).await.map(|_| true)?),
        Command::Transcribe(args) => {
            Ok(transcribe::run(&args, &folder, &providers::ears(&config), out).await.map(|()| true)?)
        }
        Command::Ask(args) => ask::run(&args, &config, out).await.map(|()| true),
        Command::Models(args) => Ok(models::command::run(args, &folder, out).await?),
        Command::Keys(args) => keys::run(args, &config.store_url(&Process), out).await,
        Command::Sim(args) => sim::run(&args, Instant::now(), out),
        Command::Replay(args) => replay::run(&args, &config, &Process, Instant::now(), out).map(|()| true),
    }
}
