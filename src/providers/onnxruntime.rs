//! onnxruntime's one environment in this process, loaded from a path. It never downloads the library.

pub mod graph;
pub mod model;

use ort::environment::Environment;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// What the first call found; later calls get the same.
static LOADED: OnceLock<Result<(PathBuf, Environment), String>> = OnceLock::new();

/// Loads `library` once for the process and returns the environment sessions are built in. A second call with another
/// path is refused, since one process can hold only one library.
pub fn environment(library: &Path) -> Result<&'static Environment, String> {
    let loaded = LOADED.get_or_init(|| {
        let builder = ort::init_from(library).map_err(|error| error.to_string())?;
        let environment =
            builder.with_name("voxfare").with_telemetry(false).build().map_err(|error| error.to_string())?;
        Ok((library.to_owned(), environment))
    });
    match loaded {
        Ok((path, environment)) if path == library => Ok(environment),
        Ok((path, _)) => Err(format!("onnxruntime is already loaded from {}", path.display())),
        Err(why) => Err(why.clone()),
    }
}
