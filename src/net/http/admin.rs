//! What an operator wants to know of rewards: what the distributor may still give, and whether book and chain agree, and what is paused. It changes
//! nothing but that.

use crate::net::http::Shared;
use crate::net::http::access::admit;
use crate::net::http::problem::Problem;
use crate::net::http::wallet::{amount, chain_failed, failed, rewards, secret};
use crate::platform::wallet::{Paid, Wallet};
use crate::session::ports::chain::Module;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use std::net::SocketAddr;
use wallet::money::Wei;
use wallet::settle::Standing;

/// `GET /v1/admin/rewards/emission`: what the distributor holds and may still give.
pub(super) async fn emission(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let wallet = operator(&shared, peer, &headers).await?;
    let funds = wallet.chain().funds().await.map_err(chain_failed)?;
    let answer = json!({
        "reserved": amount(Wei(funds.reserved)), "treasury_owed": amount(Wei(funds.treasury_owed)),
        "free": amount(Wei(funds.free)), "today": amount(Wei(funds.today)), "paused": funds.paused,
    });
    Ok(secret(StatusCode::OK, &answer))
}

/// `GET /v1/admin/rewards/reconciliation`: the book against the chain, to the wei.
pub(super) async fn reconciliation(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let wallet = operator(&shared, peer, &headers).await?;
    let report = wallet.reconcile().await.map_err(failed)?;
    let answer = json!({
        "agrees": report.agrees(), "block": report.block.number, "block_hash": report.block.hash.to_string(),
        "chain": paid(&report.chain), "book": paid(&report.book), "owed": amount(report.owed),
        "debt": amount(report.debt), "waiting": report.waiting, "faults": report.faults,
        "differences": report.differences,
    });
    Ok(secret(StatusCode::OK, &answer))
}

/// `GET /v1/admin/rewards/pauses`: what of the contracts is paused.
pub(super) async fn pauses(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let wallet = operator(&shared, peer, &headers).await?;
    Ok(secret(StatusCode::OK, &paused(wallet).await?))
}

/// `POST /v1/admin/rewards/pauses`: pauses everything. Only the contracts' governance starts it again.
pub(super) async fn pause(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let wallet = operator(&shared, peer, &headers).await?;
    wallet.stop().await.map_err(failed)?;
    tracing::warn!("an operator pauses the contracts");
    Ok(secret(StatusCode::ACCEPTED, &paused(wallet).await?))
}

async fn paused(wallet: &Wallet) -> Result<Value, Problem> {
    let modules = wallet.chain().modules().await.map_err(chain_failed)?;
    let stopping = wallet.stopping().await.map_err(failed)?;
    let module = |module: &Module| json!({ "name": module.name, "address": module.address.to_string(), "paused": module.paused });
    Ok(json!({
        "modules": modules.iter().map(module).collect::<Vec<_>>(), "pausing": stopping.map(Standing::label),
    }))
}

/// Whoever has an operator's API key, or sits at a machine where nobody needs one.
async fn operator<'a>(shared: &'a Shared, peer: SocketAddr, headers: &HeaderMap) -> Result<&'a Wallet, Problem> {
    let visitor = admit(shared, headers).await?;
    let wallet = rewards(shared)?;
    let by_key = !visitor.by_secret && wallet.config().operators.contains(&visitor.key_id);
    if !by_key && !(shared.open && peer.ip().is_loopback()) {
        return Err(Problem::forbidden("This is for operators: send an API key whose id is in `wallet.operators`."));
    }
    Ok(wallet)
}

fn paid(paid: &Paid) -> Value {
    json!({
        "payments": paid.count, "travellers": amount(paid.travellers), "referral": amount(paid.referral),
        "treasury": amount(paid.treasury),
    })
}
