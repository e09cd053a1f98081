//! Lays file, environment and flags over each other, and names the key when a value does not fit. It knows no key itself.

use crate::config::ConfigError;
use serde::de::DeserializeOwned;
use std::path::Path;
use toml::{Table, Value};

/// Variables that begin so and have a `__` are settings: `VOXFARE_SESSION__HOME=DEN`.
const PREFIX: &str = "VOXFARE_";
/// The file that is read when none is named.
const FILE: &str = "voxfare.toml";

/// The environment, as a test may feed it.
pub trait Environment: Send + Sync {
    /// One variable.
    fn get(&self, name: &str) -> Option<String>;
    /// All variables.
    fn all(&self) -> Vec<(String, String)>;
}

/// The process's own environment.
#[derive(Clone, Copy, Debug)]
pub struct Process;

impl Environment for Process {
    fn get(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    fn all(&self) -> Vec<(String, String)> {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect()
    }
}

/// Reads all layers into `T`.
pub(crate) fn load<T: DeserializeOwned>(
    file: Option<&Path>,
    sets: &[String],
    environment: &dyn Environment,
) -> Result<T, ConfigError> {
    let mut table = read(file)?;
    let mut variables = environment.all();
    variables.sort();
    for (name, value) in variables {
        let Some(key) = name.strip_prefix(PREFIX).filter(|key| key.contains("__")) else { continue };
        let path: Vec<String> = key.split("__").map(str::to_lowercase).collect();
        put(&mut table, &path, &value).map_err(|()| ConfigError(format!("`{name}` does not name a setting.")))?;
    }
    for set in sets {
        let (key, value) = set
            .split_once('=')
            .ok_or_else(|| ConfigError(format!("`--set {set}` must have the form `--set section.key=value`.")))?;
        let path: Vec<String> = key.trim().split('.').map(str::to_owned).collect();
        put(&mut table, &path, value.trim())
            .map_err(|()| ConfigError(format!("`--set {key}` does not name a setting.")))?;
    }
    serde_path_to_error::deserialize(Value::Table(table)).map_err(|error| {
        let path = error.path().to_string();
        let why = error.into_inner().to_string();
        ConfigError(format!("`{path}`: {}.", why.lines().next().unwrap_or_default().trim_end_matches('.')))
    })
}

fn read(file: Option<&Path>) -> Result<Table, ConfigError> {
    let path = match file {
        Some(path) => path,
        None if Path::new(FILE).exists() => Path::new(FILE),
        None => return Ok(Table::new()),
    };
    let text = std::fs::read_to_string(path)
        .map_err(|error| ConfigError(format!("the file {} cannot be read: {error}.", path.display())))?;
    text.parse::<Table>().map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
        ConfigError(format!("the file {}, line {line}: {}.", path.display(), error.message()))
    })
}

/// Puts a value at a path; the value is read as TOML where it can be, and as text where it cannot.
fn put(table: &mut Table, path: &[String], value: &str) -> Result<(), ()> {
    let (last, sections) = path.split_last().ok_or(())?;
    let mut at = table;
    for section in sections {
        at = at.entry(section.clone()).or_insert_with(|| Value::Table(Table::new())).as_table_mut().ok_or(())?;
    }
    let read = format!("v = {value}").parse::<Table>().ok().and_then(|mut table| table.remove("v"));
    at.insert(last.clone(), read.unwrap_or_else(|| Value::String(value.to_owned())));
    Ok(())
}
