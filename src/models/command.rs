//! `voxfare models pull|list|verify`. It prints; everything it knows comes from the manifest and the folder.

use crate::models::error::ModelError;
use crate::models::folder::{Folder, State};
use crate::models::manifest::{Manifest, ModelFile, Set};
use crate::models::pull::{PullOptions, pull};
use std::io::Write;

/// Fetch, list and check the model files.
#[derive(Clone, Debug, clap::Args)]
pub struct ModelsArgs {
    /// What to do.
    #[command(subcommand)]
    pub what: ModelsCommand,
}

/// What to do with the model files.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum ModelsCommand {
    /// Fetch the files that are missing: those that `voxfare serve` needs, or more.
    Pull(PullArgs),
    /// Show every file: size, state, licence, purpose.
    List,
    /// Hash every file that is there; fails when one is wrong or a needed one is missing.
    Verify,
}

/// Which files to fetch.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct PullArgs {
    /// Names of files; none means the default set.
    pub names: Vec<String>,
    /// Also the best voice.
    #[arg(long)]
    pub quality: bool,
    /// Everything there is.
    #[arg(long)]
    pub all: bool,
    /// Take packages only, do not try the publishers' hubs.
    #[arg(long)]
    pub packages_only: bool,
}

/// Runs the command on the models in `folder`; false when something is missing or wrong.
pub async fn run(args: ModelsArgs, folder: &Folder, out: &mut (dyn Write + Send)) -> Result<bool, ModelError> {
    let manifest = Manifest::built_in();
    match args.what {
        ModelsCommand::Pull(args) => run_pull(&manifest, folder, &args).await,
        ModelsCommand::List => list(&manifest, folder, out),
        ModelsCommand::Verify => verify(&manifest, folder, out),
    }
}

async fn run_pull(manifest: &Manifest, folder: &Folder, args: &PullArgs) -> Result<bool, ModelError> {
    let names = wanted(manifest, args);
    let failures = pull(manifest, folder, &names, PullOptions { packages_only: args.packages_only }).await?;
    Ok(failures.is_empty())
}

/// The names that `args` ask for, in the manifest's order.
pub fn wanted<'a>(manifest: &'a Manifest, args: &'a PullArgs) -> Vec<&'a str> {
    if !args.names.is_empty() {
        return args.names.iter().map(String::as_str).collect();
    }
    let wants = |file: &&ModelFile| match file.set {
        Set::Default => true,
        Set::Quality => args.quality || args.all,
        Set::Extra => args.all,
    };
    manifest.file.iter().filter(|file| file.fits_here()).filter(wants).map(|file| file.name.as_str()).collect()
}

fn list(manifest: &Manifest, folder: &Folder, out: &mut dyn Write) -> Result<bool, ModelError> {
    print(out, format_args!("{}\n", folder.root().display()))?;
    for file in &manifest.file {
        let state = if file.fits_here() { word(folder.state(file)) } else { "not for this machine" };
        let size = format!("{:.1} MB", file.bytes as f64 / 1e6);
        let line = format_args!("{:32} {size:>9}  {state:11} {:13} {}\n", file.name, file.licence, file.purpose);
        print(out, line)?;
    }
    Ok(true)
}

fn verify(manifest: &Manifest, folder: &Folder, out: &mut dyn Write) -> Result<bool, ModelError> {
    let mut good = true;
    for file in manifest.file.iter().filter(|file| file.fits_here()) {
        let state = folder.verify(file)?;
        let optional = state == State::Missing && file.set != Set::Default;
        good &= optional || state == State::Verified;
        if !optional {
            print(out, format_args!("{:32} {}\n", file.name, word(state)))?;
        }
    }
    Ok(good)
}

fn word(state: State) -> &'static str {
    match state {
        State::Verified => "verified",
        State::Unverified => "unverified",
        State::Wrong => "WRONG",
        State::Missing => "missing",
    }
}

fn print(out: &mut dyn Write, line: std::fmt::Arguments<'_>) -> Result<(), ModelError> {
    out.write_fmt(line).map_err(ModelError::io("cannot print to", "standard output"))
}
