//! Who may open a session: an API key, a client secret, or anybody where the server is open. It opens none.

use crate::keys::{KEY_PREFIX, random};
use crate::net::http::Shared;
use crate::net::http::problem::Problem;
use crate::store::Granted;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::{IpAddr, SocketAddr};

/// Every client secret begins so.
const SECRET_PREFIX: &str = "ek_";
/// Random letters and digits of a secret.
const SECRET_LETTERS: usize = 43;
/// How long a secret may live, in seconds, and how long it does unless it is said.
const LIFE_S: std::ops::RangeInclusive<i64> = 10..=7200;
const LIFE_USUAL_S: i64 = 600;
/// How browsers, which cannot set headers on a WebSocket, hand over a key.
const KEY_PROTOCOL: &str = "openai-insecure-api-key.";

/// What somebody who was let in may do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Visitor {
    /// The API key; empty where none was needed.
    pub(crate) key_id: String,
    /// The session that a client secret is bound to.
    pub(crate) session: Option<Value>,
    /// It came with a client secret: good for sessions, and not for more secrets.
    pub(crate) by_secret: bool,
    /// Whose sessions these are, for the bounds on one caller; none for who uses the machine itself.
    pub(crate) caller: Option<String>,
}

/// Lets a caller in to begin something, or says why not.
///
/// # Errors
/// As [`admit`]; 429 when the caller began too much in the last minute.
pub(crate) async fn admit_to_begin(shared: &Shared, headers: &HeaderMap, peer: IpAddr) -> Result<Visitor, Problem> {
    let mut visitor = admit(shared, headers).await?;
    visitor.caller = match visitor.key_id.as_str() {
        "" => (!peer.is_loopback()).then(|| peer.to_string()),
        key => Some(key.to_owned()),
    };
    shared.limits.begin(visitor.caller.as_deref()).map_err(|wait| {
        let wait_s = wait.as_secs() + 1;
        Problem::too_many(format!("You began too much in the last minute; wait {wait_s} s."), wait_s)
    })?;
    Ok(visitor)
}

/// Lets a caller in, or says why not.
///
/// # Errors
/// 401 without a key where one is needed, or with one that is not valid.
pub(crate) async fn admit(shared: &Shared, headers: &HeaderMap) -> Result<Visitor, Problem> {
    let Some(key) = presented(headers) else {
        return if shared.open {
            Ok(Visitor::default())
        } else {
            Err(Problem::unauthorized(
                "Send an API key: `Authorization: Bearer vf_...`; `voxfare keys create` makes one.",
            ))
        };
    };
    let broken = |error| {
        tracing::error!(%error, "keys cannot be looked up");
        Problem::busy("Keys cannot be looked up now.", 5)
    };
    if key.starts_with(SECRET_PREFIX) {
        let granted = shared.access.granted(&key, Timestamp::now()).await.map_err(broken)?;
        let granted = granted.ok_or_else(|| Problem::unauthorized("This client secret has expired or never was."))?;
        let session = serde_json::from_str(&granted.session).ok();
        return Ok(Visitor { key_id: granted.key_id, session, by_secret: true, caller: None });
    }
    match shared.access.key(&key).await.map_err(broken)? {
        Some(key_id) => Ok(Visitor { key_id, ..Visitor::default() }),
        // Clients insist on sending something; where nobody needs a key, a foreign one does no harm.
        None if shared.open && !key.starts_with(KEY_PREFIX) => Ok(Visitor::default()),
        None => Err(Problem::unauthorized("This API key is not valid.")),
    }
}

/// The key in the `Authorization` header, or among the WebSocket's protocols.
pub(crate) fn presented(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let bearer = text(header::AUTHORIZATION).find_map(|value| {
        value.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, key)| key.trim())
    });
    let protocols = text(header::SEC_WEBSOCKET_PROTOCOL).flat_map(|value| value.split(','));
    let among = protocols.filter_map(|protocol| protocol.trim().strip_prefix(KEY_PROTOCOL)).next();
    bearer.or(among).filter(|key| !key.is_empty()).map(str::to_owned)
}

/// The client was written for the protocol's beta: it says so in a header, or among the WebSocket's protocols.
pub(crate) fn is_beta(headers: &HeaderMap) -> bool {
    let says = |name: &str, word: &str| {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|value| value.trim() == word)
    };
    says("openai-beta", "realtime=v1") || says("sec-websocket-protocol", "openai-beta.realtime-v1")
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SecretRequest {
    expires_after: Option<Expiry>,
    session: Option<Value>,
}

#[derive(Deserialize)]
struct Expiry {
    seconds: Option<i64>,
}

/// `POST /v1/realtime/client_secrets`: a short-lived secret for one client, bound to a session.
pub(crate) async fn client_secret(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let visitor = admit_to_begin(&shared, &headers, peer.ip()).await?;
    if visitor.by_secret {
        return Err(Problem::forbidden("A client secret makes no further ones; use the API key."));
    }
    let body = body.map_err(|_| Problem::too_large("The request may have at most 64 KiB."))?;
    let asked: SecretRequest = if body.is_empty() {
        SecretRequest::default()
    } else {
        serde_json::from_slice(&body)
            .map_err(|error| Problem::bad_request(format!("The body cannot be used: {error}.")))?
    };
    let life_s = asked.expires_after.and_then(|expiry| expiry.seconds).unwrap_or(LIFE_USUAL_S);
    if !LIFE_S.contains(&life_s) {
        return Err(Problem::bad_request("`expires_after.seconds` must be from 10 to 7200."));
    }
    let session = asked.session.unwrap_or_else(|| json!({ "type": "realtime" }));
    let shown = crate::session::machine::session_object(&session)
        .map_err(|why| Problem::bad_request(format!("The session cannot be used: {why}")))?;
    let now = Timestamp::now();
    let expires_at = now + SignedDuration::from_secs(life_s);
    let secret = format!("{SECRET_PREFIX}{}", random(SECRET_LETTERS));
    let granted = Granted { key_id: visitor.key_id, session: session.to_string() };
    shared.access.grant(&secret, &granted, expires_at, now).await.map_err(|error| {
        tracing::error!(%error, "a client secret cannot be kept");
        Problem::busy("Client secrets cannot be made now.", 5)
    })?;
    let answer = json!({ "value": secret, "expires_at": expires_at.as_second(), "session": shown });
    let head = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    Ok((head, answer.to_string()).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: header::HeaderName, value: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().expect("a header"));
        presented(&headers)
    }

    #[test]
    fn a_client_of_the_beta_says_so() {
        let with = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, axum::http::HeaderValue::from_static(value));
            is_beta(&headers)
        };
        assert!(with("openai-beta", "realtime=v1"));
        assert!(with("sec-websocket-protocol", "realtime, openai-beta.realtime-v1"));
        assert!(!with("openai-beta", "assistants=v2") && !with("sec-websocket-protocol", "realtime"));
    }

    #[test]
    fn a_key_is_found_where_clients_put_it() {
        assert_eq!(with(header::AUTHORIZATION, "Bearer vf_x").as_deref(), Some("vf_x"));
        assert_eq!(with(header::AUTHORIZATION, "bearer  vf_x ").as_deref(), Some("vf_x"));
        assert_eq!(with(header::AUTHORIZATION, "Basic vf_x"), None);
        let protocols = "realtime, openai-insecure-api-key.ek_y, openai-beta.realtime-v1";
        assert_eq!(with(header::SEC_WEBSOCKET_PROTOCOL, protocols).as_deref(), Some("ek_y"));
        assert_eq!(with(header::SEC_WEBSOCKET_PROTOCOL, "realtime"), None);
    }
}
