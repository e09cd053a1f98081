//! Subscriptions to an embedded chain (`eth_subscribe`), on a connection of a client in this process: new heads, logs as they join and as they leave,
//! and transactions that begin to wait. A client that takes too little is cut off, and subscribes again.

use crate::providers::chain::embedded::blocks::Sealed;
use crate::providers::chain::embedded::methods::{Answer, Args, invalid, reply};
use crate::providers::chain::embedded::transport::{EmbeddedTransport, ForeignRequest, respond};
use crate::providers::chain::embedded::{MOVES_MAX, Moved, views};
use alloy::primitives::{B256, U256};
use alloy::pubsub::{ConnectionHandle, ConnectionInterface, PubSubConnect};
use alloy::rpc::json_rpc::{EthNotification, Response, SubId};
use alloy::rpc::types::Filter;
use alloy::transports::{TransportError, TransportErrorKind};
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast;

/// Subscriptions of one connection.
const SUBSCRIPTIONS_MAX: usize = 64;
/// Requests of one connection that are answered at once; the rest wait.
const ANSWERS_MAX: usize = 64;
/// How long a client that was cut off waits before it comes back.
const AGAIN: Duration = Duration::from_millis(10);

/// What a subscription is told.
enum Wanted {
    Heads,
    Logs(Box<Filter>),
    Waiting,
}

/// A connection: its requests are answered, and what it subscribed to is told.
struct Line {
    transport: EmbeddedTransport,
    moves: broadcast::Receiver<Moved>,
    wanted: BTreeMap<u64, Wanted>,
    last: u64,
}

impl PubSubConnect for EmbeddedTransport {
    fn is_local(&self) -> bool {
        true
    }

    async fn connect(&self) -> Result<ConnectionHandle, TransportError> {
        let (handle, interface) = ConnectionHandle::new();
        let moves = self.chain().core.moves.subscribe();
        let line = Line { transport: self.clone(), moves, wanted: BTreeMap::new(), last: 0 };
        tokio::spawn(line.run(interface));
        Ok(handle.with_retry_interval(AGAIN))
    }
}

impl Line {
    async fn run(mut self, mut client: ConnectionInterface) {
        let mut answers: FuturesUnordered<BoxFuture<'static, Response>> = FuturesUnordered::new();
        loop {
            let told = tokio::select! {
                // What was before a subscription is not told to it.
                biased;
                moved = self.moves.recv() => match moved {
                    Ok(moved) => self.tell(&moved, &client),
                    Err(broadcast::error::RecvError::Lagged(_)) => {
                        let why = format!("the client is more than {MOVES_MAX} changes of the chain behind");
                        return client.close_with_transport_error(TransportErrorKind::custom_str(&why));
                    }
                    // The chain is over.
                    Err(broadcast::error::RecvError::Closed) => return client.close_with_error(),
                },
                Some(answer) = answers.next() => client.send_to_frontend(answer.into()).is_ok(),
                request = client.recv_from_frontend(), if answers.len() < ANSWERS_MAX => match request {
                    Some(request) => {
                        answers.extend(self.take(&request));
                        true
                    }
                    None => return,
                },
            };
            if !told {
                return;
            }
        }
    }

    /// What is to be answered; nothing to what cannot be read, for it has no id.
    fn take(&mut self, request: &RawValue) -> Option<BoxFuture<'static, Response>> {
        let ForeignRequest { id, method, params } = serde_json::from_str(request.get()).ok()?;
        let id = id?;
        let answer = match method.as_str() {
            "eth_subscribe" => Some(self.subscribe(params.as_deref())),
            "eth_unsubscribe" => Some(self.unsubscribe(params.as_deref())),
            _ => None,
        };
        let transport = self.transport.clone();
        Some(Box::pin(async move {
            let answer = match answer {
                Some(answer) => answer,
                None => transport.chain().answer(&method, params.as_deref()).await,
            };
            respond(id, answer)
        }))
    }

    fn subscribe(&mut self, params: Option<&RawValue>) -> Answer {
        if self.wanted.len() >= SUBSCRIPTIONS_MAX {
            return Err(invalid(format!("a connection has at most {SUBSCRIPTIONS_MAX} subscriptions")));
        }
        let mut args = Args::read(params)?;
        let wanted = match args.next::<String>()?.as_str() {
            "newHeads" => Wanted::Heads,
            "logs" => Wanted::Logs(Box::new(args.or(Filter::new())?)),
            "newPendingTransactions" => match args.or(false)? {
                false => Wanted::Waiting,
                true => return Err(invalid("of transactions that wait only the hashes are told")),
            },
            _ => return Err(invalid("`newHeads`, `logs` and `newPendingTransactions` can be subscribed to")),
        };
        self.last += 1;
        self.wanted.insert(self.last, wanted);
        reply(&U256::from(self.last))
    }

    fn unsubscribe(&mut self, params: Option<&RawValue>) -> Answer {
        let id: U256 = Args::read(params)?.next()?;
        reply(&self.wanted.remove(&id.saturating_to()).is_some())
    }

    /// Tells every subscription what it is about; false when the client is gone.
    fn tell(&self, moved: &Moved, client: &ConnectionInterface) -> bool {
        self.wanted.iter().all(|(id, wanted)| match (wanted, moved) {
            (Wanted::Heads, Moved::Blocks { joined, .. }) => {
                joined.iter().all(|sealed| send(client, *id, &views::block(sealed, false).header))
            }
            (Wanted::Logs(filter), Moved::Blocks { left, joined }) => {
                let of = |sealed: &Arc<Sealed>| views::logs_of(sealed, filter);
                let gone = left.iter().flat_map(|sealed| of(sealed).into_iter().rev()).map(|mut log| {
                    log.removed = true;
                    log
                });
                gone.chain(joined.iter().flat_map(of)).all(|log| send(client, *id, &log))
            }
            (Wanted::Waiting, Moved::Waits(hash)) => send::<B256>(client, *id, hash),
            (Wanted::Heads | Wanted::Logs(_), Moved::Waits(_)) | (Wanted::Waiting, Moved::Blocks { .. }) => true,
        })
    }
}

fn send<T: Serialize>(client: &ConnectionInterface, id: u64, what: &T) -> bool {
    let Ok(result) = to_raw_value(what) else { return false };
    client.send_to_frontend(EthNotification { subscription: SubId::Number(U256::from(id)), result }.into()).is_ok()
}
