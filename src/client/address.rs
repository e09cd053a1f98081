//! The address of a session: from what a person types to the URL of a WebSocket. It opens nothing.

use crate::client::error::ClientError;
use crate::client::event::Secret;
use reqwest::Url;

/// `text` as the URL of a WebSocket: `host:port` and `http(s)://` are understood, and a bare host gets the path. `token` comes back to a session.
pub(crate) fn of(text: &str, greeting: bool, token: Option<&Secret>) -> Result<Url, ClientError> {
    let bad = || ClientError::Url { url: text.to_owned() };
    let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let mut url = Url::parse(&whole).map_err(|_| bad())?;
    let scheme = match url.scheme() {
        "http" | "ws" => "ws",
        "https" | "wss" => "wss",
        _ => return Err(bad()),
    };
    url.set_scheme(scheme).map_err(|()| bad())?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err(bad());
    }
    if matches!(url.path(), "" | "/") {
        url.set_path(PATH);
    }
    if greeting && token.is_none() {
        url.query_pairs_mut().append_pair("greeting", "true");
    }
    if let Some(Secret(token)) = token {
        url.query_pairs_mut().append_pair("resume", token);
    }
    Ok(url)
}

/// The URL without what is nobody's business.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    // An address without a host has no password either.
    let _ = url.set_password(None);
    url.to_string()
}

const PATH: &str = "/v1/realtime";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_becomes_the_address_of_a_socket() {
        let of = |text| of(text, false, None).map(|url| url.to_string());
        assert_eq!(of("localhost:8080").as_deref(), Ok("ws://localhost:8080/v1/realtime"));
        assert_eq!(of("http://[::1]:8080/").as_deref(), Ok("ws://[::1]:8080/v1/realtime"));
        assert_eq!(of("https://h").as_deref(), Ok("wss://h/v1/realtime"));
        assert_eq!(of("wss://h/own?model=x").as_deref(), Ok("wss://h/own?model=x"));
        for text in ["", "ftp://h", "http://", "http://h:99999", "ws://", "not a host"] {
            assert!(of(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_token_is_sent_and_not_shown() {
        let token = Secret("t&k".to_owned());
        let url = of("h:1", true, Some(&token)).expect("a good address");
        assert_eq!(url.query(), Some("resume=t%26k"));
        assert_eq!(shown(&url), "ws://h:1/v1/realtime");
        assert_eq!(of("h:1", true, None).expect("a good address").query(), Some("greeting=true"));
    }
}
