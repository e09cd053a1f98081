//! Model files, speech recognition and the turn detector, with real models where they are installed.

mod download;
mod hearing;
mod noise;
mod pool;
mod turn;

use std::path::PathBuf;
use voxfare::models::{Folder, folder};

/// The folder of models on this machine.
fn models() -> Folder {
    let path = |name| std::env::var_os(name).map(PathBuf::from);
    Folder::new(folder::place(path("VOXFARE_MODELS"), path("XDG_CACHE_HOME"), path("HOME")))
}

/// A recording from `tests/audio`, mono at 16 kHz.
fn recording(name: &str) -> Vec<f32> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/audio").join(name);
    voxfare::transcribe::recording::read(&path).expect("the recording is in the repository")
}
