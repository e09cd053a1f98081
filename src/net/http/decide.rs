//! Telephone calls over HTTP: taken, turned away, sent elsewhere. It speaks with no carrier.

use crate::net::http::problem::Problem;
use crate::net::http::{Shared, access};
use crate::net::telephony::switchboard::{Decision, Target};
use crate::session::machine::session_object;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Instant;

/// SIP statuses with which a call may be turned away (RFC 3261 section 21).
const REJECTIONS: std::ops::RangeInclusive<u16> = 400..=699;
/// Declined: the protocol's own default.
const DECLINED: u16 = 603;
/// Published clients read whatever comes back as JSON: `null`.
const DONE: Json<()> = Json(());

type Body = Result<Bytes, BytesRejection>;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Rejection {
    status_code: Option<u16>,
}

#[derive(Deserialize)]
struct Referral {
    target_uri: String,
}

/// `POST /v1/realtime/calls/{id}/accept`: a telephone call that waits is taken, with the session object of the body.
pub(crate) async fn accept(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<()>, Problem> {
    let key_id = by_key(&shared, &headers).await?;
    let mut session: Value = read(body)?;
    // Published clients send the object itself, or under its name.
    if session["session"].is_object() {
        session = session["session"].take();
    }
    if session.get("type").is_none() {
        session["type"] = "realtime".into();
    }
    session_object(&session).map_err(|why| Problem::bad_request(format!("The session cannot be used: {why}")))?;
    decide(&shared, &id, &key_id, Decision::Accept(session))
}

/// `POST /v1/realtime/calls/{id}/reject`: a telephone call that waits is turned away.
pub(crate) async fn reject(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<()>, Problem> {
    let key_id = by_key(&shared, &headers).await?;
    let Rejection { status_code } = serde_json::from_value(read(body)?).map_err(|error| unusable(&error))?;
    let status = status_code.unwrap_or(DECLINED);
    if !REJECTIONS.contains(&status) {
        return Err(Problem::bad_request("`status_code` must be a SIP status from 400 to 699."));
    }
    decide(&shared, &id, &key_id, Decision::Reject(status))
}

/// The key of who decides: a client secret is for sessions of its own.
async fn by_key(shared: &Shared, headers: &HeaderMap) -> Result<String, Problem> {
    let visitor = access::admit(shared, headers).await?;
    if visitor.by_secret {
        return Err(Problem::forbidden("A client secret decides about no telephone calls; use the API key."));
    }
    Ok(visitor.key_id)
}

fn decide(shared: &Shared, id: &str, key_id: &str, decision: Decision) -> Result<Json<()>, Problem> {
    if shared.telephony.board.decide(id, key_id, decision) {
        return Ok(DONE);
    }
    if shared.registry.has(id, key_id) || shared.telephony.board.is_coming(id, key_id) {
        return Err(Problem::conflict("This call was taken already; `hangup` ends it."));
    }
    Err(Problem::not_found("There is no call with this name that waits."))
}

/// `POST /v1/realtime/calls/{id}/refer`: a telephone call leaves us and goes elsewhere, by its carrier.
pub(crate) async fn refer(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<()>, Problem> {
    let key_id = by_key(&shared, &headers).await?;
    let session = shared.registry.name_of(&id, &key_id);
    let session = session.ok_or_else(|| Problem::not_found("There is no call with this name."))?;
    if !shared.telephony.board.is_running(&session) {
        return Err(no_telephone());
    }
    let Referral { target_uri } = serde_json::from_value(read(body)?).map_err(|error| unusable(&error))?;
    let target = Target::read(&target_uri);
    let why = "`target_uri` must be a number or a SIP address, as `tel:+14155550123` or `sip:agent@example.com`.";
    let target = target.ok_or_else(|| Problem::bad_request(why))?;
    let allowed = &shared.telephony.config.refer_allow;
    if !allowed.iter().any(|rule| target.is_allowed(rule)) {
        return Err(Problem::forbidden("Calls may not be sent there: `telephony.refer_allow` says where they may."));
    }
    if !shared.telephony.board.refer(&session, target, Instant::now()) {
        return Err(no_telephone());
    }
    shared.registry.hang_up(&session, &key_id).await;
    Ok(DONE)
}

fn no_telephone() -> Problem {
    Problem::conflict("This is no telephone call: it cannot be sent elsewhere.")
}

fn read(body: Body) -> Result<Value, Problem> {
    let body = body.map_err(|_| Problem::too_large("The request may have at most 64 KiB."))?;
    let value =
        if body.is_empty() { json!({}) } else { serde_json::from_slice(&body).map_err(|error| unusable(&error))? };
    if value.is_object() { Ok(value) } else { Err(Problem::bad_request("The body must be a JSON object.")) }
}

fn unusable(error: &dyn std::fmt::Display) -> Problem {
    Problem::bad_request(format!("The body cannot be used: {error}."))
}
