//! The folder of models, shared by every clone on the machine: states, hashes, the lock, atomic arrival. It never fetches.

use crate::models::error::ModelError;
use crate::models::manifest::ModelFile;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Downloads in progress lie here, inside the folder.
const UNFINISHED: &str = ".unfinished";
/// Held while a pull runs.
const LOCK: &str = ".lock";
/// Bytes hashed at a time.
const HASH_CHUNK: usize = 1 << 20;

/// The folder of models.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

/// What is known of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// There, with the right length and the mark of an earlier verification.
    Verified,
    /// There with the right length, not yet hashed.
    Unverified,
    /// There, but not the pinned bytes.
    Wrong,
    /// Not there.
    Missing,
}

/// Where the models are: `explicit` first, else `voxfare/models` in the cache folder, else `~/.cache/voxfare/models`.
pub fn place(explicit: Option<PathBuf>, xdg_cache_home: Option<PathBuf>, home: Option<PathBuf>) -> PathBuf {
    explicit.unwrap_or_else(|| {
        let cache = xdg_cache_home.filter(|path| path.is_absolute());
        let cache = cache.or_else(|| home.map(|home| home.join(".cache")));
        cache.unwrap_or_else(std::env::temp_dir).join("voxfare").join("models")
    })
}

impl Folder {
    /// The folder at `root`, which need not exist yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder's own path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Path of the file `name`, whether it is there or not.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Path of the file `name` when something lies there.
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        Some(self.path(name)).filter(|path| path.is_file())
    }

    /// What is known of `file` without reading it.
    pub fn state(&self, file: &ModelFile) -> State {
        let Ok(found) = fs::metadata(self.path(&file.name)) else { return State::Missing };
        if found.len() != file.bytes {
            return State::Wrong;
        }
        match fs::read_to_string(self.mark(&file.name)) {
            Ok(mark) if mark == mark_text(file, &found) => State::Verified,
            _ => State::Unverified,
        }
    }

    /// Hashes `file` and remembers a good result.
    pub fn verify(&self, file: &ModelFile) -> Result<State, ModelError> {
        let path = self.path(&file.name);
        let Ok(found) = fs::metadata(&path) else { return Ok(State::Missing) };
        if found.len() != file.bytes || sha256_of(&path)? != file.sha256 {
            let _ = fs::remove_file(self.mark(&file.name));
            return Ok(State::Wrong);
        }
        self.remember(file, &found)?;
        Ok(State::Verified)
    }

    /// Takes the lock that keeps two pulls apart; it is released when the result is dropped. `waiting` is called when another holds it.
    pub fn lock(&self, waiting: impl FnOnce()) -> Result<File, ModelError> {
        let path = self.root.join(LOCK);
        fs::create_dir_all(self.unfinished()).map_err(ModelError::io("cannot create", self.unfinished()))?;
        let file = File::create(&path).map_err(ModelError::io("cannot create", &path))?;
        if file.try_lock().is_err() {
            waiting();
            file.lock().map_err(ModelError::io("cannot lock", &path))?;
        }
        Ok(file)
    }

    /// Moves a finished `from` (in the same file system) into place, when its bytes are the pinned ones; removes it otherwise.
    pub fn accept(&self, file: &ModelFile, from: &Path) -> Result<(), ModelError> {
        check_hash(&file.name, from, &file.sha256)?;
        let to = self.path(&file.name);
        fs::rename(from, &to).map_err(ModelError::io("cannot move into place", &to))?;
        let found = fs::metadata(&to).map_err(ModelError::io("cannot read", &to))?;
        self.remember(file, &found)
    }

    /// Where unfinished downloads are kept between pulls.
    pub fn unfinished(&self) -> PathBuf {
        self.root.join(UNFINISHED)
    }

    fn mark(&self, name: &str) -> PathBuf {
        self.unfinished().join(format!("{name}.verified"))
    }

    fn remember(&self, file: &ModelFile, found: &fs::Metadata) -> Result<(), ModelError> {
        // A mark that cannot be written (a read-only folder) only costs another hash later.
        let _ = fs::create_dir_all(self.unfinished());
        let _ = fs::write(self.mark(&file.name), mark_text(file, found));
        Ok(())
    }
}

/// Refuses and removes `path` unless its SHA-256 is `expected`.
pub(crate) fn check_hash(name: &str, path: &Path, expected: &str) -> Result<(), ModelError> {
    let found = sha256_of(path)?;
    if found == expected {
        return Ok(());
    }
    fs::remove_file(path).map_err(ModelError::io("cannot remove", path))?;
    Err(ModelError::WrongHash { name: name.into(), found, expected: expected.into() })
}

/// Writes `bytes` to `path` by way of a neighbour, so that a reader sees all or nothing.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), ModelError> {
    let part = path.with_extension("writing");
    let mut file = File::create(&part).map_err(ModelError::io("cannot create", &part))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(ModelError::io("cannot write", &part))?;
    fs::rename(&part, path).map_err(ModelError::io("cannot move into place", path))
}

/// SHA-256 of a file in lower-case hexadecimal.
pub fn sha256_of(path: &Path) -> Result<String, ModelError> {
    let mut file = File::open(path).map_err(ModelError::io("cannot open", path))?;
    let mut hash = Sha256::new();
    let mut chunk = vec![0; HASH_CHUNK];
    loop {
        match file.read(&mut chunk).map_err(ModelError::io("cannot read", path))? {
            0 => return Ok(hex(&hash.finalize())),
            read => hash.update(&chunk[..read]),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The pinned hash, and the length and time of change of the file it was found for.
fn mark_text(file: &ModelFile, found: &fs::Metadata) -> String {
    let changed = found.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    format!("{} {} {}", file.sha256, found.len(), changed.map_or(0, |since| since.as_nanos()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_prefers_what_was_said() {
        let path = |text: &str| Some(PathBuf::from(text));
        assert_eq!(place(path("/m"), path("/c"), path("/h")), PathBuf::from("/m"));
        assert_eq!(place(None, path("/c"), path("/h")), PathBuf::from("/c/voxfare/models"));
        assert_eq!(place(None, path("relative"), path("/h")), PathBuf::from("/h/.cache/voxfare/models"));
    }
}
