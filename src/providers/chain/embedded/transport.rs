//! The embedded chain as a transport of JSON-RPC: a request is answered in the same process, and bytes of others can be read too.

use crate::providers::chain::embedded::Embedded;
use alloy::rpc::json_rpc::{
    ErrorPayload, Id, RequestPacket, Response, ResponsePacket, ResponsePayload, SerializedRequest,
};
use alloy::transports::{TransportError, TransportFut};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::task::{Context, Poll};

/// Requests in one batch.
const BATCH_MAX: usize = 100;
/// Bytes of one request of others, or batch of them.
const REQUEST_BYTES_MAX: usize = 2 * 1024 * 1024;

/// A connection to an embedded chain; clones are as good.
#[derive(Clone, Debug)]
pub struct EmbeddedTransport {
    chain: Embedded,
}

impl EmbeddedTransport {
    pub(crate) fn new(chain: Embedded) -> Self {
        Self { chain }
    }

    /// The chain at its other end.
    pub(crate) fn chain(&self) -> &Embedded {
        &self.chain
    }

    async fn one(&self, request: &SerializedRequest) -> Response {
        let answer = self.chain.answer(request.method(), request.params()).await;
        respond(request.id().clone(), answer)
    }

    /// Answers the bytes of a request, or of a batch, that came from elsewhere; nothing when there is nothing to answer.
    pub async fn serve(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let _turn = self.chain.core.foreign.acquire().await.ok()?;
        let packet = match read(bytes) {
            Ok(Foreign::One(request)) => ResponsePacket::Single(self.foreign(&request).await?),
            Ok(Foreign::Many(requests)) => {
                let mut answers = Vec::new();
                for request in &requests {
                    answers.extend(self.foreign(request).await);
                }
                if answers.is_empty() {
                    return None;
                }
                ResponsePacket::Batch(answers)
            }
            Err(error) => ResponsePacket::Single(Response { id: Id::None, payload: ResponsePayload::Failure(error) }),
        };
        match packet {
            ResponsePacket::Single(answer) => serde_json::to_vec(&answer),
            ResponsePacket::Batch(answers) => serde_json::to_vec(&answers),
        }
        .ok()
    }

    async fn foreign(&self, request: &ForeignRequest) -> Option<Response> {
        let answer = self.chain.answer(&request.method, request.params.as_deref()).await;
        // What has no id wants no answer.
        request.id.clone().map(|id| respond(id, answer))
    }
}

impl tower::Service<RequestPacket> for EmbeddedTransport {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, packet: RequestPacket) -> TransportFut<'static> {
        let this = self.clone();
        Box::pin(async move {
            Ok(match packet {
                RequestPacket::Single(request) => ResponsePacket::Single(this.one(&request).await),
                RequestPacket::Batch(requests) => {
                    let mut answers = Vec::with_capacity(requests.len());
                    for request in &requests {
                        answers.push(this.one(request).await);
                    }
                    ResponsePacket::Batch(answers)
                }
            })
        })
    }
}

/// A request as others write it.
#[derive(Debug, Deserialize)]
pub(crate) struct ForeignRequest {
    pub(crate) id: Option<Id>,
    pub(crate) method: String,
    pub(crate) params: Option<Box<RawValue>>,
}

/// What came from elsewhere.
#[derive(Debug)]
pub(crate) enum Foreign {
    /// One request.
    One(ForeignRequest),
    /// Some of them.
    Many(Vec<ForeignRequest>),
}

/// Reads the bytes of a request, or of a batch.
///
/// # Errors
/// It is none.
pub(crate) fn read(bytes: &[u8]) -> Result<Foreign, ErrorPayload> {
    if bytes.len() > REQUEST_BYTES_MAX {
        return Err(ErrorPayload::invalid_request());
    }
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if first != Some(&b'[') {
        return serde_json::from_slice(bytes).map(Foreign::One).map_err(unread);
    }
    let requests: Vec<ForeignRequest> = serde_json::from_slice(bytes).map_err(unread)?;
    if requests.is_empty() || requests.len() > BATCH_MAX {
        return Err(ErrorPayload::invalid_request());
    }
    Ok(Foreign::Many(requests))
}

fn unread(error: serde_json::Error) -> ErrorPayload {
    if error.is_data() { ErrorPayload::invalid_request() } else { ErrorPayload::parse_error() }
}

/// An answer in its envelope.
pub(crate) fn respond(id: Id, answer: Result<Box<RawValue>, ErrorPayload>) -> Response {
    let payload = match answer {
        Ok(value) => ResponsePayload::Success(value),
        Err(error) => ResponsePayload::Failure(error),
    };
    Response { id, payload }
}
