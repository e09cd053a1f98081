//! `GET /v1/realtime`: the door of the Realtime protocol over a WebSocket. It reads no event.

use crate::net::http::problem::Problem;
use crate::net::http::{Shared, access, seen};
use crate::net::websocket;
use crate::session::registry::Opening;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use std::net::SocketAddr;

/// What the address says.
#[derive(Deserialize)]
pub(crate) struct RealtimeQuery {
    /// The model; there is one, and any name means it.
    #[serde(rename = "model")]
    _model: Option<String>,
    resume: Option<String>,
    /// The last event that a client which comes back has seen.
    after: Option<String>,
    /// A running call to be listened to and steered.
    call_id: Option<String>,
    /// The server speaks first.
    #[serde(default)]
    greeting: bool,
}

/// Opens a session on a WebSocket, or brings a client back to its own.
pub(crate) async fn open(
    State(shared): State<Shared>,
    Query(query): Query<RealtimeQuery>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let visitor = access::admit_to_begin(&shared, &headers, peer.ip()).await?;
    let after = seen(query.after.as_deref())?;
    let upgrade = upgrade.map_err(|_| Problem::upgrade("Open this address as a WebSocket."))?;
    let (transport, line) = websocket::transport(shared.limits.pace(visitor.caller.as_deref()));
    match (query.resume.as_deref(), query.call_id.as_deref()) {
        (_, Some(_)) if visitor.by_secret => {
            return Err(Problem::forbidden("A client secret is for sessions of its own; use the API key."));
        }
        (_, Some(call)) => {
            // One that was accepted a moment ago begins when its carrier is there.
            shared.telephony.board.begins(call, &visitor.key_id).await;
            if !shared.registry.join(call, &visitor.key_id, transport).await {
                return Err(Problem::not_found("There is no call with this name."));
            }
        }
        (Some(token), None) => drop(shared.registry.resume(token, after, transport).map_err(Problem::of_session)?),
        (None, None) => {
            let (session, caller, key_id) = (visitor.session, visitor.caller, visitor.key_id);
            let opening = Opening {
                name: None,
                greets: query.greeting,
                session,
                caller,
                tells_created: access::is_beta(&headers),
                key_id,
            };
            drop(shared.registry.open(transport, opening).map_err(Problem::of_session)?);
        }
    }
    let upgrade = upgrade
        .read_buffer_size(websocket::READ_BYTES)
        .max_message_size(websocket::MESSAGE_BYTES_MAX)
        .max_frame_size(websocket::MESSAGE_BYTES_MAX)
        .protocols(["realtime"]);
    Ok(upgrade.on_upgrade(|socket| websocket::carry(socket, line)).into_response())
}
