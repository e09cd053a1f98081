//! Whether the process lives, whether it takes calls, its metrics, and what its doors are. It changes nothing.

use crate::net::http::Shared;
use crate::net::http::problem::Problem;
use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use std::net::SocketAddr;

/// `GET /healthz`: the process answers.
pub(crate) async fn alive() -> Json<serde_json::Value> {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

/// `GET /readyz`: 200 while new calls are taken, 503 when every line is busy or the server stops.
pub(crate) async fn ready(State(shared): State<Shared>) -> Response {
    match shared.registry.check() {
        Ok(()) => Json(json!({ "status": "ready", "sessions": shared.registry.count() })).into_response(),
        Err(error) => Problem::busy(error.to_string(), 5).into_response(),
    }
}

/// `GET /metrics`: Prometheus text, for this machine only unless configured otherwise.
pub(crate) async fn metrics(State(shared): State<Shared>, ConnectInfo(peer): ConnectInfo<SocketAddr>) -> Response {
    if !shared.metrics_public && !peer.ip().is_loopback() {
        return Problem::forbidden(
            "Metrics are read on this machine only; set `telemetry.metrics_public` to open them.",
        )
        .into_response();
    }
    ([("content-type", "text/plain; version=0.0.4; charset=utf-8")], shared.metrics.render()).into_response()
}

/// `GET /openapi.json`: every route here, for machines.
pub(crate) async fn openapi() -> ([(&'static str, &'static str); 1], &'static str) {
    ([("content-type", "application/json")], OPENAPI)
}

/// `GET /asyncapi.json`: every event of a session, for machines.
pub(crate) async fn asyncapi() -> ([(&'static str, &'static str); 1], &'static str) {
    ([("content-type", "application/json")], ASYNCAPI)
}

/// Written from the schema of the wire by web-client/sdk/protocol/asyncapi.mjs; a test holds the two together.
const ASYNCAPI: &str = include_str!("../../../docs/asyncapi.json");

/// Written by hand; a test holds its paths against the routes.
const OPENAPI: &str = include_str!("../../../docs/openapi.json");
