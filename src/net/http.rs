//! The HTTP surface: calls, health, metrics and the page. It decides nothing about a conversation.

mod access;
mod admin;
mod assets;
mod calls;
mod consents;
mod decide;
pub mod door;
mod health;
mod problem;
mod quote;
mod realtime;
mod telephony;
pub mod tls;
mod wallet;

use crate::net::limits::Limits;
use crate::net::telephony::Telephony;
use crate::net::webrtc::WebRtcServer;
use crate::platform::wallet::Wallet;
use crate::session::machine::event_number;
use crate::session::registry::Registry;
use crate::store::Access;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get, post};
use futures_util::future::BoxFuture;
use metrics_exporter_prometheus::PrometheusHandle;
use problem::Problem;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;
use tower_http::trace::{DefaultOnFailure, TraceLayer};

/// The largest body that is read, in bytes: an SDP offer with room to spare.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// What the page may do: its own scripts, styles and connections, and nothing else.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; media-src 'self' blob:; worker-src 'self' blob:; object-src 'none'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Answers the bytes of a JSON-RPC request; nothing where there is nothing to answer.
pub type Rpc = Arc<dyn Fn(Vec<u8>) -> BoxFuture<'static, Option<Vec<u8>>> + Send + Sync>;

/// Tells of an event under its id, which happened at this Unix second; fails with a sentence.
pub type Incoming = Arc<dyn Fn(String, i64, String) -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// What the routes share.
#[derive(Clone)]
pub struct Shared {
    /// The sessions.
    pub registry: Registry,
    /// The media side.
    pub webrtc: WebRtcServer,
    /// Renders `/metrics`.
    pub metrics: PrometheusHandle,
    /// Origins besides our own whose pages may call the API.
    pub allow_origins: Arc<[String]>,
    /// Anyone may read `/metrics`, not only this machine.
    pub metrics_public: bool,
    /// Keys and secrets.
    pub access: Access,
    /// Anybody may open a session, without a key.
    pub open: bool,
    /// Telephone carriers.
    pub telephony: Arc<Telephony>,
    /// Tells whoever takes telephone calls of one that waits; none where they are taken at once.
    pub incoming: Option<Incoming>,
    /// What each caller may do in a time.
    pub limits: Arc<Limits>,
    /// Accounts and rewards; none where bookings earn nothing.
    pub wallet: Option<Wallet>,
    /// The JSON-RPC of the server's own chain.
    pub chain: Option<Rpc>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared")
    }
}

/// All routes.
pub fn routes(shared: Shared) -> Router {
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    Router::new()
        .route("/v1/realtime", get(realtime::open))
        .route("/v1/realtime/client_secrets", post(access::client_secret))
        .route("/v1/realtime/calls", post(calls::open))
        .route("/v1/realtime/calls/{id}", delete(calls::hang_up))
        .route("/v1/realtime/calls/{id}/hangup", post(calls::hang_up_and_tell))
        .route("/v1/realtime/calls/{id}/accept", post(decide::accept))
        .route("/v1/realtime/calls/{id}/reject", post(decide::reject))
        .route("/v1/realtime/calls/{id}/refer", post(decide::refer))
        .route("/v1/telephony/twilio", get(telephony::stream).post(telephony::called))
        .route("/v1/telephony/twilio/relay", get(telephony::stream).post(telephony::called))
        .route("/v1/telephony/telnyx", get(telephony::stream).post(telephony::called))
        .route("/v1/telephony/telnyx/relay", get(telephony::stream).post(telephony::called))
        .route("/v1/wallet", get(wallet::standing))
        .route("/v1/wallet/accounts", post(wallet::join))
        .route("/v1/wallet/terms", get(consents::terms))
        .route("/v1/wallet/consents", get(consents::record).post(consents::agree))
        .route("/v1/wallet/consents/{text}", delete(consents::take_back))
        .route("/v1/wallet/referral", post(wallet::name_friend))
        .route("/v1/wallet/referral/withdraw", post(wallet::withdraw))
        .route("/v1/wallet/history", get(wallet::history))
        .route("/v1/wallet/vouchers", get(wallet::vouchers))
        .route("/v1/wallet/tiers", get(wallet::tiers))
        .route("/v1/wallet/price", get(wallet::price))
        .route("/v1/wallet/quote", get(quote::quote))
        .route("/v1/auth/siwe/nonce", post(wallet::challenge))
        .route("/v1/auth/siwe/verify", post(wallet::verify))
        .route("/v1/chain/rpc", post(wallet::rpc))
        .route("/v1/admin/rewards/emission", get(admin::emission))
        .route("/v1/admin/rewards/pauses", get(admin::pauses).post(admin::pause))
        .route("/v1/admin/rewards/reconciliation", get(admin::reconciliation))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/openapi.json", get(health::openapi))
        .route("/asyncapi.json", get(health::asyncapi))
        .fallback(assets::serve)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(RequestBodyTimeoutLayer::new(door::BODY_WITHIN))
        .layer(axum::middleware::from_fn_with_state(shared.clone(), origin))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(header(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "no-referrer"))
        .layer(header(HeaderName::from_static("permissions-policy"), "microphone=(self), camera=(), geolocation=()"))
        // A full or stopping server answers 503 by design: that is no error of ours, and each real one has its own line.
        .layer(TraceLayer::new_for_http().on_failure(DefaultOnFailure::new().level(tracing::Level::DEBUG)))
        .with_state(shared)
}

/// Turns away pages of other origins: a browser tells which page a request comes from.
async fn origin(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let Some(origin) = request.headers().get(header::ORIGIN).and_then(|value| value.to_str().ok()).map(str::to_owned)
    else {
        return next.run(request).await;
    };
    let host = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    let ours = origin.split_once("://").is_some_and(|(_, rest)| Some(rest) == host);
    let allowed = shared.allow_origins.iter().any(|other| *other == origin);
    if !ours && !allowed {
        return Problem::forbidden("Pages of this origin may not call this server.").into_response();
    }
    if ours {
        return next.run(request).await;
    }
    let preflight = request.method() == axum::http::Method::OPTIONS;
    let mut response =
        if preflight { axum::http::StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    allow(response.headers_mut(), &origin);
    response
}

fn allow(headers: &mut axum::http::HeaderMap, origin: &str) {
    if let Ok(origin) = HeaderValue::from_str(origin) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST, DELETE, GET"));
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("content-type, authorization, voxfare-account"),
    );
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("location, retry-after"));
    headers.insert(header::VARY, HeaderValue::from_static("origin"));
}

/// The number of the event that a client which comes back has seen last.
fn seen(event_id: Option<&str>) -> Result<Option<u64>, Problem> {
    let number = |id| event_number(id).ok_or_else(|| Problem::bad_request(AFTER));
    event_id.map(number).transpose()
}

/// What is wrong with an `after` that names no event.
const AFTER: &str =
    "`after` is no event of a session: give the `event_id` of the last event that was received, as it came.";

async fn wrong_method() -> Problem {
    Problem::wrong_method("This address does not take this method.")
}

fn panicked(_: Box<dyn std::any::Any + Send + 'static>) -> Response {
    Problem::internal("Something went wrong on our side; it is logged.").into_response()
}
