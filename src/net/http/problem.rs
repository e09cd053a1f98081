//! Errors as problem details (RFC 9457). It never tells what is inside the server.

use crate::session::registry::OpenError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use wallet::account::terms::Edition;

/// One error, as a client sees it.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    detail: String,
    retry_after_s: Option<u64>,
    /// Members besides the usual ones.
    more: Value,
}

impl Problem {
    fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, kind, title, detail: detail.into(), retry_after_s: None, more: Value::Null }
    }

    /// 400: the SDP offer cannot be used.
    pub(crate) fn bad_offer(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-offer", "The SDP offer cannot be used", detail)
    }

    /// 400: the request cannot be used.
    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", "The request cannot be used", detail)
    }

    /// 401: a key is needed, or another one.
    pub(crate) fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "A key is needed", detail)
    }

    /// 403: the page's origin is not allowed, or the peer is not.
    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", detail)
    }

    /// 404: nothing is here.
    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail)
    }

    /// 405: the address does not take the method.
    pub(crate) fn wrong_method(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "wrong-method", "Method not allowed", detail)
    }

    /// 410: the conversation is over.
    pub(crate) fn gone(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::GONE, "gone", "The conversation is over", detail)
    }

    /// 413: the body is too large.
    pub(crate) fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too large", detail)
    }

    /// 415: the body is not of a kind that is read here.
    pub(crate) fn wrong_type(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong-type", "Unsupported media type", detail)
    }

    /// 503 with `Retry-After`: busy or stopping.
    pub(crate) fn busy(detail: impl Into<String>, retry_after_s: u64) -> Self {
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "The server is busy", detail);
        problem.retry_after_s = Some(retry_after_s);
        problem
    }

    /// 429: this caller asks for too much.
    pub(crate) fn too_many(detail: impl Into<String>, retry_after_s: u64) -> Self {
        let title = "Too many requests";
        let mut problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many", title, detail);
        problem.retry_after_s = Some(retry_after_s);
        problem
    }

    /// 409: the call is in another state.
    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "The call is in another state", detail)
    }

    /// 422: texts have to be agreed to first; says which, and where their words are.
    pub(crate) fn not_agreed(detail: impl Into<String>, missing: &[Edition]) -> Self {
        let title = "An agreement is missing";
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "not-agreed", title, detail);
        problem.more = json!({ "missing": missing, "terms": "/v1/wallet/terms" });
        problem
    }

    /// 426: this address speaks another protocol.
    pub(crate) fn upgrade(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UPGRADE_REQUIRED, "upgrade-required", "A WebSocket is needed", detail)
    }

    /// Why a session was not opened.
    pub(crate) fn of_session(error: OpenError) -> Self {
        match error {
            OpenError::Full { .. } => Self::busy(sentence(&error), 5),
            OpenError::TooMany { .. } => Self::too_many(sentence(&error), 10),
            OpenError::Spent { wait_s } => Self::too_many(sentence(&error), wait_s),
            OpenError::Draining => Self::busy(sentence(&error), 30),
            OpenError::UnknownToken => Self::gone(sentence(&error)),
            OpenError::Broken(_) => {
                tracing::error!(error = %error, "a session could not be started");
                Self::internal("The session could not be started; the reason is in the log.")
            }
        }
    }

    /// 500.
    pub(crate) fn internal(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error", detail)
    }
}

/// An error as a sentence.
pub(crate) fn sentence(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({
            "type": format!("urn:voxfare:problem:{}", self.kind),
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
            // Where published clients of the Realtime protocol look.
            "error": {
                "type": if self.status.is_server_error() { "server_error" } else { "invalid_request_error" },
                "code": self.kind, "message": self.detail, "param": null,
            },
        });
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), self.more) {
            body.extend(more);
        }
        let mut response = (self.status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
