//! Other people's packages, pinned, in environments of their own that are made once and kept beside the models.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A program in `tests/clients/`.
pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

/// A Python with packages in it.
pub(crate) fn python(packages: &str) -> PathBuf {
    let folder = environment(packages, |folder| {
        run(Command::new("python3").args(["-m", "venv"]).arg(folder));
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        run(Command::new(folder.join("bin/python")).args(pip).args(packages.split(' ')));
    });
    folder.join("bin/python")
}

/// A folder with a package for Node.js in it.
pub(crate) fn npm(package: &str) -> PathBuf {
    environment(package, |folder| {
        std::fs::create_dir_all(folder).expect("the cache is ours");
        std::fs::write(folder.join("package.json"), "{}").expect("the cache is ours");
        let install = ["install", "--loglevel=error", "--no-audit", "--no-fund", package];
        run(Command::new("npm").args(install).current_dir(folder));
    })
}

/// A folder made once, kept beside the models.
fn environment(packages: &str, make: impl FnOnce(&Path)) -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").expect("a home")).join(".cache");
    let cache = std::env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from);
    let folder = cache.join("voxfare/clients").join(packages.replace(|c: char| !c.is_alphanumeric() && c != '.', "-"));
    if !folder.join("ready").exists() {
        let _ = std::fs::remove_dir_all(&folder);
        make(&folder);
        std::fs::write(folder.join("ready"), "").expect("the cache is ours");
    }
    folder
}

/// Runs a command that must end well.
pub(crate) fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
