//! Calls over HTTP: an SDP offer in, an SDP answer out. It parses no SDP itself.

use crate::net::http::problem::Problem;
use crate::net::http::{Shared, access};
use crate::net::webrtc::OfferError;
use crate::session::actor::Transport;
use crate::session::registry::{OpenError, Opening};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

/// `?resume=`.
#[derive(Deserialize)]
pub(crate) struct OpenQuery {
    resume: Option<String>,
}

/// `POST /v1/realtime/calls`.
pub(crate) async fn open(
    State(shared): State<Shared>,
    Query(query): Query<OpenQuery>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let visitor = access::admit(&shared, &headers).await?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.to_ascii_lowercase().starts_with("application/sdp") {
        return Err(Problem::wrong_type("Send the SDP offer with `Content-Type: application/sdp`."));
    }
    let body = body.map_err(|_| Problem::too_large("An SDP offer may have at most 64 KiB."))?;
    let offer = std::str::from_utf8(&body).map_err(|_| Problem::bad_offer("The offer is not UTF-8 text."))?;
    match query.resume.as_deref() {
        None => shared.registry.check().map_err(Problem::of_session)?,
        Some(token) if !shared.registry.knows(token) => return Err(Problem::of_session(OpenError::UnknownToken)),
        Some(_) => {}
    }
    let peer = shared.webrtc.accept(offer).map_err(refuse_offer)?;
    let transport = Transport { events: peer.from_peer, commands: peer.to_peer, stream: false };
    let id = match query.resume.as_deref() {
        None => shared.registry.open(transport, Opening { greets: true, session: visitor.session }),
        Some(token) => shared.registry.resume(token, transport),
    }
    .map_err(Problem::of_session)?;
    let head =
        [(header::CONTENT_TYPE, "application/sdp".to_owned()), (header::LOCATION, format!("/v1/realtime/calls/{id}"))];
    Ok((StatusCode::CREATED, head, peer.answer_sdp).into_response())
}

/// `DELETE /v1/realtime/calls/{id}` and `POST /v1/realtime/calls/{id}/hangup`.
pub(crate) async fn hang_up(State(shared): State<Shared>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    if shared.registry.hang_up(&id).await {
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
