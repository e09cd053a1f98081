//! Calls over HTTP: an SDP offer in, an SDP answer out. It parses no SDP itself.

use crate::net::http::Shared;
use crate::net::http::problem::Problem;
use crate::net::webrtc::OfferError;
use crate::session::actor::Transport;
use crate::session::registry::OpenError;
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
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.to_ascii_lowercase().starts_with("application/sdp") {
        return Err(Problem::wrong_type("Send the SDP offer with `Content-Type: application/sdp`."));
    }
    let body = body.map_err(|_| Problem::too_large("An SDP offer may have at most 64 KiB."))?;
    let offer = std::str::from_utf8(&body).map_err(|_| Problem::bad_offer("The offer is not UTF-8 text."))?;
    match query.resume.as_deref() {
        None => shared.registry.check().map_err(refuse)?,
        Some(token) if !shared.registry.knows(token) => return Err(refuse(OpenError::UnknownToken)),
        Some(_) => {}
    }
    let peer = shared.webrtc.accept(offer).map_err(refuse_offer)?;
    let transport = Transport { events: peer.from_peer, commands: peer.to_peer };
    let id = match query.resume.as_deref() {
        None => shared.registry.open(transport),
        Some(token) => shared.registry.resume(token, transport),
    }
    .map_err(refuse)?;
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

fn refuse(error: OpenError) -> Problem {
    match error {
        OpenError::Full { .. } => Problem::busy(sentence(&error), 5),
        OpenError::Draining => Problem::busy(sentence(&error), 30),
        OpenError::UnknownToken => Problem::gone(sentence(&error)),
        OpenError::Broken(_) => {
            tracing::error!(error = %error, "a session could not be started");
            Problem::internal("The session could not be started; the reason is in the log.")
        }
    }
}

fn sentence(error: &OpenError) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}
