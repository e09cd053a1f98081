//! Why a client came to nothing, each a sentence for a person at a terminal. It decides nothing but whether trying again may help.

use std::time::Duration;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::http::{Response, StatusCode, header};

/// Why a client has no line to the server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The address cannot be used.
    #[error("{url:?} is no address of a server; give http://HOST:PORT, or the ws:// or wss:// URL of its /v1/realtime")]
    Url {
        /// What was given.
        url: String,
    },
    /// The key cannot be sent.
    #[error("the key holds characters that no key has")]
    KeyText,
    /// Nothing listens there, or its certificate is not trusted.
    #[error("no server answers at {url}: {why}")]
    Unreachable {
        /// Where.
        url: String,
        /// What the network said.
        why: String,
    },
    /// The server wants a key, or another.
    #[error("the server wants a valid key ({status}): {detail}")]
    Key {
        /// HTTP status.
        status: u16,
        /// What the server said.
        detail: String,
    },
    /// The server is full, or we ask too often.
    #[error("the server takes no call now ({status}){}: {detail}", again(.retry_after))]
    Busy {
        /// HTTP status.
        status: u16,
        /// When to try again, as the server says.
        retry_after: Option<Duration>,
        /// What the server said.
        detail: String,
    },
    /// The session to come back to is over.
    #[error("the conversation is over and cannot be taken up again: {detail}")]
    Gone {
        /// What the server said.
        detail: String,
    },
    /// What answers is no Realtime server.
    #[error("{url} is no Realtime server: it answered {status}")]
    NoServer {
        /// Where.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// The client was closed.
    #[error("the session is over")]
    Over,
}

impl ClientError {
    /// Why a line to `url` did not open.
    pub(crate) fn of(url: &str, error: &Error) -> Self {
        match error {
            Error::Http(response) => Self::refused(url, response),
            Error::Url(_) | Error::HttpFormat(_) => Self::Url { url: url.to_owned() },
            error => Self::Unreachable { url: url.to_owned(), why: cause(error) },
        }
    }

    /// Nothing came back in time.
    pub(crate) fn late(url: &str, within: Duration) -> Self {
        Self::Unreachable { url: url.to_owned(), why: format!("nothing came back within {} s", within.as_secs()) }
    }

    /// Trying again later may help.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Busy { .. } | Self::NoServer { status: 500.., .. })
    }

    /// The wait that the server asked for.
    pub(crate) fn asked(&self) -> Option<Duration> {
        if let Self::Busy { retry_after, .. } = self { *retry_after } else { None }
    }

    fn refused(url: &str, response: &Response<Option<Vec<u8>>>) -> Self {
        let detail = detail(response.body().as_deref().unwrap_or_default());
        let status = response.status().as_u16();
        match response.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Self::Key { status, detail },
            StatusCode::GONE => Self::Gone { detail },
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                let after = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
                let retry_after = after.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
                Self::Busy { status, retry_after, detail }
            }
            _ => Self::NoServer { url: url.to_owned(), status },
        }
    }
}

/// The `detail` (or `title`) of problem JSON (RFC 9457), else the beginning of the body.
fn detail(body: &[u8]) -> String {
    let problem: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let told = problem.as_ref().and_then(|json| json["detail"].as_str().or(json["title"].as_str()));
    let text = told.map_or_else(|| String::from_utf8_lossy(body), Into::into);
    let text: String = text.trim().chars().filter(|c| !c.is_control()).take(DETAIL_CHARS_MAX).collect();
    if text.is_empty() { "no reason was given".to_owned() } else { text }
}

/// The innermost cause: that is where the network speaks.
fn cause(error: &Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

fn again(retry_after: &Option<Duration>) -> String {
    retry_after.map(|after| format!(", try again in {} s", after.as_secs())).unwrap_or_default()
}

const DETAIL_CHARS_MAX: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> ClientError {
        let response =
            Response::builder().status(status).header("Retry-After", "7").body(Some(body.as_bytes().to_vec()));
        ClientError::of("ws://h", &Error::Http(Box::new(response.expect("a good status"))))
    }

    #[test]
    fn each_status_is_a_sentence_and_says_whether_to_try_again() {
        let problem = r#"{"title":"Full","detail":"All lines are busy."}"#;
        let busy = answer(503, problem);
        assert_eq!(busy.to_string(), "the server takes no call now (503), try again in 7 s: All lines are busy.");
        assert_eq!((busy.may_pass(), busy.asked()), (true, Some(Duration::from_secs(7))));
        assert_eq!(answer(401, "").to_string(), "the server wants a valid key (401): no reason was given");
        assert!(matches!(answer(410, problem), ClientError::Gone { .. }));
        assert!(answer(502, "").may_pass() && !answer(404, "").may_pass() && !answer(403, "").may_pass());
        assert!(!answer(200, "\u{1b}[31m").to_string().contains('\u{1b}'));
    }
}
