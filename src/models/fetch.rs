//! Fetches one file over HTTP into a partial file, resuming where an earlier try stopped. It never trusts what it got.

use crate::models::error::ModelError;
use crate::models::progress::Progress;
use futures_util::StreamExt;
use reqwest::{Client, Response, StatusCode, Url, header};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt;

/// A hub that does not answer within this is given up for the run.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// A transfer that stands still for this long is given up.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// Fetches over HTTP, remembering the hosts that cannot be reached.
pub(crate) struct Fetcher {
    client: Client,
    unreachable: BTreeSet<String>,
}

impl Fetcher {
    /// A fetcher with the timeouts above.
    pub(crate) fn new() -> Result<Self, ModelError> {
        let client = Client::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(READ_TIMEOUT).build();
        let client = client.map_err(|error| failed("HTTP", &error))?;
        Ok(Self { client, unreachable: BTreeSet::new() })
    }

    /// Fetches `url` into `part`, at most `bytes` long; what is already in `part` is not fetched again.
    pub(crate) async fn fetch(
        &mut self,
        url: &str,
        part: &Path,
        bytes: u64,
        progress: &Progress,
    ) -> Result<(), ModelError> {
        let parsed = Url::parse(url).map_err(|error| source(url, error.to_string()))?;
        let host = parsed.authority().to_owned();
        if self.unreachable.contains(&host) {
            return Err(source(url, "the host did not answer before".into()));
        }
        let have = tokio::fs::metadata(part).await.map_or(0, |found| found.len());
        if have == bytes {
            return Ok(());
        }
        // More than there should be: begin anew.
        let have = if have > bytes { 0 } else { have };
        match self.request(parsed, have).await {
            Ok(response) => receive(response, url, part, have, bytes, progress).await,
            Err(error) => {
                if error.is_connect() || error.is_timeout() {
                    self.unreachable.insert(host);
                }
                Err(failed(url, &error))
            }
        }
    }

    async fn request(&self, url: Url, have: u64) -> Result<Response, reqwest::Error> {
        let mut request = self.client.get(url);
        if have > 0 {
            request = request.header(header::RANGE, format!("bytes={have}-"));
        }
        request.send().await?.error_for_status()
    }
}

async fn receive(
    response: Response,
    url: &str,
    part: &Path,
    have: u64,
    bytes: u64,
    progress: &Progress,
) -> Result<(), ModelError> {
    // A server that ignores the range sends everything from the start.
    let resumed = response.status() == StatusCode::PARTIAL_CONTENT && starts_at(&response, have);
    if response.status() == StatusCode::PARTIAL_CONTENT && !resumed {
        return Err(source(url, "the server sent another range than was asked for".into()));
    }
    let mut done = if resumed { have } else { 0 };
    let mut file = open(part, resumed).await.map_err(ModelError::io("cannot open", part))?;
    let bar = progress.bytes(&part.file_stem().unwrap_or_default().to_string_lossy(), bytes, done);
    let mut body = response.bytes_stream();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| failed(url, &error))?;
        done += chunk.len() as u64;
        if done > bytes {
            return Err(source(url, format!("more than the {bytes} bytes that were expected")));
        }
        file.write_all(&chunk).await.map_err(ModelError::io("cannot write", part))?;
        bar.set_position(done);
    }
    file.sync_all().await.map_err(ModelError::io("cannot write", part))?;
    bar.finish_and_clear();
    if done < bytes {
        return Err(source(url, format!("only {done} of {bytes} bytes came; the next pull goes on from there")));
    }
    Ok(())
}

async fn open(part: &Path, resumed: bool) -> std::io::Result<File> {
    OpenOptions::new().create(true).write(true).append(resumed).truncate(!resumed).open(part).await
}

/// Does the answer's `Content-Range` begin at byte `have`?
fn starts_at(response: &Response, have: u64) -> bool {
    let range = response.headers().get(header::CONTENT_RANGE).and_then(|value| value.to_str().ok());
    range.is_some_and(|range| range.starts_with(&format!("bytes {have}-")))
}

fn failed(url: &str, error: &reqwest::Error) -> ModelError {
    let why = match error.status() {
        Some(status) => format!("answered {status}"),
        None if error.is_connect() => "cannot be reached".into(),
        None if error.is_timeout() => "did not answer in time".into(),
        None => error.to_string(),
    };
    source(url, why)
}

fn source(url: &str, why: String) -> ModelError {
    ModelError::Source { from: url.into(), why }
}
