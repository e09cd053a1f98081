//! Places the call over HTTP: the offer out, the answer back, and what went wrong in a sentence. It never carries media.

use reqwest::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url};
use std::error::Error as _;
use std::time::Duration;

/// Where and how to call.
#[derive(Clone, Debug)]
pub(crate) struct Signal {
    client: Client,
    url: Url,
    key: Option<String>,
}

/// A call the server has taken.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    /// The SDP answer.
    pub(crate) sdp: String,
    /// The call's own URL, by which it is hung up.
    pub(crate) location: Option<Url>,
}

/// Why a call could not be placed; each is a sentence for a person at a terminal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignalError {
    /// The URL cannot be used.
    #[error("{url:?} is not an http:// or https:// URL")]
    Url {
        /// What was given.
        url: String,
    },
    /// Nothing listens there, or its certificate is not trusted.
    #[error("no server answers at {url}: {why}")]
    Refused {
        /// Where.
        url: String,
        /// What the network said.
        why: String,
    },
    /// Nothing came back in time.
    #[error("{url} did not answer the call within {seconds} s")]
    Late {
        /// Where.
        url: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The server is full or draining.
    #[error("the server takes no call now (503){}: {detail}", after(.retry_after))]
    Full {
        /// Seconds after which to try again, as the server says.
        retry_after: Option<String>,
        /// What the server said.
        detail: String,
    },
    /// The server does not accept the offer.
    #[error("the server refused our SDP offer ({status}): {detail}")]
    BadOffer {
        /// HTTP status.
        status: u16,
        /// What the server said.
        detail: String,
    },
    /// The server wants a key, or another.
    #[error("the server wants a valid key ({status}): {detail}")]
    Key {
        /// HTTP status.
        status: u16,
        /// What the server said.
        detail: String,
    },
    /// Any other status.
    #[error("the server answered {status}: {detail}")]
    Status {
        /// HTTP status.
        status: u16,
        /// What the server said.
        detail: String,
    },
}

impl Signal {
    /// Prepares calls to `url`, which may be no more than `http(s)://host:port`.
    pub(crate) fn new(
        url: &str,
        resume: Option<&str>,
        key: Option<String>,
        insecure: bool,
    ) -> Result<Self, SignalError> {
        let bad = || SignalError::Url { url: url.to_owned() };
        let mut parsed = Url::parse(url).map_err(|_| bad())?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(bad());
        }
        if matches!(parsed.path(), "" | "/") {
            parsed.set_path(CALLS_PATH);
        }
        if let Some(token) = resume {
            parsed.query_pairs_mut().append_pair("resume", token);
        }
        let client = Client::builder().tls_danger_accept_invalid_certs(insecure).timeout(ANSWER_MAX).build();
        let client = client.map_err(|error| SignalError::Refused { url: url.to_owned(), why: cause(&error) })?;
        Ok(Self { client, url: parsed, key })
    }

    /// Sends the offer and waits for the answer.
    pub(crate) async fn call(&self, offer: String) -> Result<Answered, SignalError> {
        let mut request = self.client.post(self.url.clone()).header(CONTENT_TYPE, "application/sdp").body(offer);
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        let response = request.send().await.map_err(|error| self.failed(&error))?;
        if !response.status().is_success() {
            return Err(refusal(response).await);
        }
        let location = response
            .headers()
            .get(LOCATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| self.url.join(value).ok());
        let sdp = response.text().await.map_err(|error| self.failed(&error))?;
        Ok(Answered { sdp, location })
    }

    /// Hangs up properly; a server that has already gone does not mind.
    pub(crate) async fn hang_up(&self, call: &Answered) {
        let Some(location) = call.location.clone() else { return };
        let mut request = self.client.delete(location).timeout(HANG_UP_MAX);
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        if let Err(error) = request.send().await {
            tracing::debug!(error = %cause(&error), "the hang-up was not heard");
        }
    }

    fn failed(&self, error: &reqwest::Error) -> SignalError {
        let url = self.url.to_string();
        if error.is_timeout() {
            SignalError::Late { url, seconds: ANSWER_MAX.as_secs() }
        } else {
            SignalError::Refused { url, why: cause(error) }
        }
    }
}

async fn refusal(response: Response) -> SignalError {
    let status = response.status();
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let body = response.text().await.unwrap_or_default();
    let detail = detail(&body);
    let status_code = status.as_u16();
    match status {
        StatusCode::SERVICE_UNAVAILABLE => SignalError::Full { retry_after, detail },
        StatusCode::BAD_REQUEST
        | StatusCode::UNSUPPORTED_MEDIA_TYPE
        | StatusCode::UNPROCESSABLE_ENTITY
        | StatusCode::NOT_ACCEPTABLE => SignalError::BadOffer { status: status_code, detail },
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => SignalError::Key { status: status_code, detail },
        _ => SignalError::Status { status: status_code, detail },
    }
}

/// The `detail` (or `title`) of problem JSON (RFC 9457), else the beginning of the body.
fn detail(body: &str) -> String {
    let problem: Option<serde_json::Value> = serde_json::from_str(body).ok();
    let text = problem.as_ref().and_then(|json| json["detail"].as_str().or(json["title"].as_str())).unwrap_or(body);
    let text: String = text.trim().chars().take(DETAIL_CHARS_MAX).collect();
    if text.is_empty() { "no reason was given".to_owned() } else { text }
}

/// The innermost cause: that is where the network speaks.
fn cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    if error.source().is_none() { error.to_string() } else { innermost.to_string() }
}

fn after(retry_after: &Option<String>) -> String {
    retry_after.as_ref().map(|seconds| format!(", try again in {seconds} s")).unwrap_or_default()
}

const CALLS_PATH: &str = "/v1/realtime/calls";
const ANSWER_MAX: Duration = Duration::from_secs(15);
const HANG_UP_MAX: Duration = Duration::from_secs(3);
const DETAIL_CHARS_MAX: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_address_gets_the_path_and_the_token() {
        let url = |text| Signal::new(text, Some("t&k"), None, false).map(|signal| signal.url.to_string());
        assert_eq!(url("http://127.0.0.1:8080"), Ok("http://127.0.0.1:8080/v1/realtime/calls?resume=t%26k".to_owned()));
        assert_eq!(url("https://host/own/path"), Ok("https://host/own/path?resume=t%26k".to_owned()));
        assert!(url("ftp://host").is_err() && url("host:80").is_err());
    }

    #[test]
    fn a_problem_is_told_in_its_own_words() {
        assert_eq!(detail(r#"{"title":"Bad","detail":"No audio."}"#), "No audio.");
        assert_eq!(detail("  plain "), "plain");
        assert_eq!(detail(""), "no reason was given");
        let full = SignalError::Full { retry_after: Some("5".to_owned()), detail: "all lines busy".to_owned() };
        assert_eq!(full.to_string(), "the server takes no call now (503), try again in 5 s: all lines busy");
    }
}
