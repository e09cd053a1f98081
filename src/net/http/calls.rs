//! Calls over HTTP: an SDP offer in, an SDP answer out. It parses no SDP itself.

use crate::net::http::problem::Problem;
use crate::net::http::{Shared, access, seen};
use crate::net::webrtc::OfferError;
use crate::session::actor::Transport;
use crate::session::machine::session_object;
use crate::session::registry::{OpenError, Opening};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, FromRequest as _, Multipart, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::Value;
use std::net::SocketAddr;

/// What the address says.
#[derive(Deserialize)]
pub(crate) struct OpenQuery {
    resume: Option<String>,
    /// The last event that a client which comes back has seen.
    after: Option<String>,
    /// The server speaks first; it does by itself where neither a key nor a session was sent, as from our own page.
    greeting: Option<bool>,
}

/// What is in the body.
struct Asked {
    offer: String,
    session: Option<Value>,
}

/// `POST /v1/realtime/calls`.
pub(crate) async fn open(
    State(shared): State<Shared>,
    Query(query): Query<OpenQuery>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Result<Response, Problem> {
    let headers = request.headers();
    let plain = access::presented(headers).is_none();
    let beta = access::is_beta(headers);
    let after = seen(query.after.as_deref())?;
    let visitor = access::admit_to_begin(&shared, headers, peer.ip()).await?;
    let Asked { offer, session } = asked(request).await?;
    // What a secret is bound to is not for its bearer to change.
    let session = visitor.session.or(session);
    match query.resume.as_deref() {
        None => shared.registry.check().map_err(Problem::of_session)?,
        Some(token) if !shared.registry.knows(token) => return Err(Problem::of_session(OpenError::UnknownToken)),
        Some(_) => {}
    }
    let peer = shared.webrtc.accept(&offer, shared.limits.pace(visitor.caller.as_deref())).map_err(refuse_offer)?;
    let transport = Transport { events: peer.from_peer, commands: peer.to_peer, stream: false };
    let greets = query.greeting.unwrap_or(plain && session.is_none());
    let id = match query.resume.as_deref() {
        None => {
            let (caller, key_id) = (visitor.caller, visitor.key_id);
            shared
                .registry
                .open(transport, Opening { name: None, greets, session, caller, tells_created: beta, key_id })
        }
        Some(token) => shared.registry.resume(token, after, transport),
    }
    .map_err(Problem::of_session)?;
    let head =
        [(header::CONTENT_TYPE, "application/sdp".to_owned()), (header::LOCATION, format!("/v1/realtime/calls/{id}"))];
    Ok((StatusCode::CREATED, head, peer.answer_sdp).into_response())
}

/// The offer alone, or the offer and a session as the two parts of a form.
async fn asked(request: Request) -> Result<Asked, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.to_ascii_lowercase();
    if kind.starts_with("application/sdp") {
        let body = Bytes::from_request(request, &()).await;
        let body = body.map_err(|_| Problem::too_large("An SDP offer may have at most 64 KiB."))?;
        let offer = std::str::from_utf8(&body).map_err(|_| Problem::bad_offer("The offer is not UTF-8 text."))?;
        return Ok(Asked { offer: offer.to_owned(), session: None });
    }
    if !kind.starts_with("multipart/form-data") {
        return Err(Problem::wrong_type(
            "Send the SDP offer with `Content-Type: application/sdp`, or `sdp` and `session` as `multipart/form-data`.",
        ));
    }
    let unreadable = |error: &dyn std::fmt::Display| Problem::bad_request(format!("The form cannot be read: {error}."));
    let mut form = Multipart::from_request(request, &()).await.map_err(|error| unreadable(&error))?;
    let (mut offer, mut session) = (None, None);
    while let Some(field) = form.next_field().await.map_err(|error| unreadable(&error))? {
        let name = field.name().unwrap_or_default().to_owned();
        let text = field.text().await.map_err(|error| unreadable(&error))?;
        match name.as_str() {
            "sdp" => offer = Some(text),
            "session" => session = Some(read_session(&text)?),
            _ => return Err(Problem::bad_request("The form may have the parts `sdp` and `session` alone.")),
        }
    }
    let offer = offer.ok_or_else(|| Problem::bad_offer("The form has no part `sdp`."))?;
    Ok(Asked { offer, session })
}

fn read_session(text: &str) -> Result<Value, Problem> {
    let wrong = |why: String| Problem::bad_request(format!("The session cannot be used: {why}"));
    let session: Value = serde_json::from_str(text).map_err(|error| wrong(format!("{error}.")))?;
    session_object(&session).map_err(wrong)?;
    Ok(session)
}

/// `POST /v1/realtime/calls/{id}/hangup`.
pub(crate) async fn hang_up_and_tell(
    state: State<Shared>,
    id: Path<String>,
    headers: HeaderMap,
) -> Result<Json<()>, Problem> {
    hang_up(state, id, headers).await?;
    // Published clients read whatever comes back as JSON.
    Ok(Json(()))
}

/// `DELETE /v1/realtime/calls/{id}`.
pub(crate) async fn hang_up(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let visitor = access::admit(&shared, &headers).await?;
    if shared.registry.hang_up(&id, &visitor.key_id).await {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found("There is no call with this name."))
    }
}

fn refuse_offer(error: OfferError) -> Problem {
    match error {
        OfferError::Sdp(error) => Problem::bad_offer(error.to_string()),
        OfferError::Full { .. } => Problem::busy(error.to_string(), 5),
        OfferError::Closing => Problem::busy(error.to_string(), 30),
    }
}
