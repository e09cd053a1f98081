//! One request to a service that signs, within a deadline and a size. It shows nothing of what it carries.

use crate::session::ports::chain::ChainFault;
use std::time::Duration;

/// Longest answer, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// How long a service may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// A client for such requests.
pub(crate) fn client() -> Result<reqwest::Client, ChainFault> {
    let client = reqwest::Client::builder().timeout(DEADLINE).redirect(reqwest::redirect::Policy::none()).build();
    client.map_err(|error| ChainFault::Misconfigured(error.without_url().to_string()))
}

/// An address of a service, taken apart: host, with a port if it is not the usual one, and the path before ours.
pub(crate) fn place(endpoint: &str) -> Result<(String, String), ChainFault> {
    let wrong = || ChainFault::Misconfigured("the address of a signing service is none".to_owned());
    let url: reqwest::Url = endpoint.parse().map_err(|_| wrong())?;
    let host = url.host_str().ok_or_else(wrong)?;
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    Ok((host, url.path().trim_end_matches('/').to_owned()))
}

/// Sends a request: status and body of the answer.
pub(crate) async fn ask(request: reqwest::RequestBuilder) -> Result<(u16, Vec<u8>), ChainFault> {
    let silent = |error: reqwest::Error| ChainFault::Transient(error.without_url().to_string());
    let mut answer = request.send().await.map_err(silent)?;
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(silent)? {
        body.extend_from_slice(&chunk);
        if body.len() > ANSWER_BYTES_MAX {
            return Err(ChainFault::Transient("the answer of a signing service is too long".to_owned()));
        }
    }
    Ok((status, body))
}
