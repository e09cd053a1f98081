//! Accounts and rewards over HTTP: what the page shows, and signing in with a wallet. It decides nothing about a reward.

use crate::net::http::Shared;
use crate::net::http::access::{admit, admit_to_begin};
use crate::net::http::problem::{Problem, sentence};
use crate::platform::wallet::{DoorError, Friends, NotBrought, Opened, Wallet, WalletError};
use crate::session::event::Standing;
use crate::session::ports::chain::ChainFault;
use crate::store::{Account, Earned};
use alloy_primitives::{Address, Bytes as Octets};
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::SocketAddr;
use wallet::account::Refusal;
use wallet::account::terms::{Agreeing, Edition, NotAgreed};
use wallet::money::Wei;
use wallet::settle::Stage;

/// The header that names an account by its token.
const ACCOUNT_HEADER: &str = "voxfare-account";
/// Rewards on one page of the history.
const PAGE_USUAL: i64 = 20;
const PAGE_MAX: i64 = 100;
/// Vouchers that are shown at once.
const VOUCHERS_MAX: i64 = 100;

pub(super) type Body = Result<Bytes, BytesRejection>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    before: Option<i64>,
    limit: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Currency {
    currency: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ChallengeRequest {
    address: Option<String>,
    chain_id: Option<u64>,
    agrees: Vec<Edition>,
    language: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VerifyRequest {
    message: String,
    signature: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReferralRequest {
    code: String,
    #[serde(default)]
    agrees: Vec<Edition>,
    language: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AgreeRequest {
    agrees: Vec<Edition>,
    language: Option<String>,
}

impl AgreeRequest {
    pub(super) fn said(self) -> Agreeing {
        Agreeing { agrees: self.agrees, language: self.language }
    }
}

/// `POST /v1/wallet/accounts`: an account whose rewards are kept here, for who agrees to that.
pub(super) async fn join(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    admit_to_begin(&shared, &headers, peer.ip()).await?;
    let said = read::<AgreeRequest>(body)?.said();
    let opened = rewards(&shared)?.door().join(&said).await.map_err(refused)?;
    Ok(secret(StatusCode::CREATED, &token(&opened)))
}

/// `GET /v1/wallet`: how the account stands.
pub(super) async fn standing(State(shared): State<Shared>, headers: HeaderMap) -> Result<Response, Problem> {
    let (wallet, account) = entered(&shared, &headers).await?;
    let standing = wallet.standing_of(&account).await.map_err(failed)?;
    let head = wallet.chain().head().await.map_err(chain_failed)?;
    let about = wallet.chain().about();
    let friends = wallet.friends(&account).await.map_err(failed)?;
    let asks = wallet.asks(&account).await.map_err(failed)?;
    let asks = asks.into_iter().map(|(Edition { text, version }, standing)| {
        json!({ "text": text.label(), "version": version, "standing": standing.label() })
    });
    let Standing { balance, pending, owing, staked, level, address, own, .. } = standing;
    // Other chains have names of their own, which their wallets know.
    let name = match shared.chain {
        Some(_) => "Voxfare local".to_owned(),
        None => format!("Chain {}", about.place.chain_id),
    };
    let tiers = wallet.policy().tiers;
    let tier = level.checked_sub(1).and_then(|at| tiers.all().get(usize::from(at)));
    let answer = json!({
        "account": account.id,
        "holder": {
            "kind": if own { "own" } else { "custodial" }, "address": address, "chain_id": about.place.chain_id,
        },
        "chain": { "id": about.place.chain_id, "name": name, "block": head.block.number },
        "balance": amount(balance), "staked": amount(staked), "pending": amount(pending), "owing": amount(owing),
        "tier": { "level": level, "name": format!("Level {level}"), "boost_percent": tier.map_or(0.0, boost_percent) },
        "referral": referral(&friends),
        "sponsored": wallet.config().sponsored,
        "asks": asks.collect::<Vec<_>>(),
    });
    Ok(secret(StatusCode::OK, &answer))
}

/// `POST /v1/wallet/referral`: names the friend who brought the account, by the friend's code; once, and by who agrees to what that means.
pub(super) async fn name_friend(
    State(shared): State<Shared>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let ReferralRequest { code, agrees, language } = read(body)?;
    let (wallet, account) = entered(&shared, &headers).await?;
    wallet.name_friend(&account, &code, &Agreeing { agrees, language }).await.map_err(|why| match why {
        NotBrought::Failed(error) => failed(error),
        NotBrought::NotAgreed(why) => not_agreed(why),
        NotBrought::Another | NotBrought::Ring => Problem::conflict(sentence(&why)),
        NotBrought::Misread | NotBrought::Unknown | NotBrought::Own => Problem::bad_request(sentence(&why)),
    })?;
    let friends = wallet.friends(&account).await.map_err(failed)?;
    Ok(secret(StatusCode::ACCEPTED, &referral(&friends)))
}

/// `POST /v1/wallet/referral/withdraw`: takes out what the account is owed for those it brought.
pub(super) async fn withdraw(State(shared): State<Shared>, headers: HeaderMap) -> Result<Response, Problem> {
    let (wallet, account) = entered(&shared, &headers).await?;
    let friends = wallet.friends(&account).await.map_err(failed)?;
    if friends.credit == Wei::ZERO {
        return Err(Problem::conflict("Nothing is owed to you for those you brought."));
    }
    wallet.withdraw(&account).await.map_err(failed)?;
    Ok(secret(StatusCode::ACCEPTED, &referral(&friends)))
}

fn referral(friends: &Friends) -> Value {
    let joined = friends.brought.map(|standing| standing.map_or("wanted", wallet::settle::Standing::label));
    json!({ "code": friends.code, "joined": joined, "friends": friends.others, "credit": amount(friends.credit) })
}

/// `GET /v1/wallet/history`: the account's rewards, newest first.
pub(super) async fn history(
    State(shared): State<Shared>,
    headers: HeaderMap,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(Page { before, limit }) = page.map_err(|error| Problem::bad_request(error.body_text()))?;
    let limit = limit.unwrap_or(PAGE_USUAL);
    if !(1..=PAGE_MAX).contains(&limit) {
        return Err(Problem::bad_request(format!("`limit` must be from 1 to {PAGE_MAX}.")));
    }
    let before = before.map_or(Ok(Timestamp::MAX), Timestamp::from_millisecond);
    let before = before.map_err(|_| Problem::bad_request("`before` must be a time, as `next` says it."))?;
    let (wallet, account) = entered(&shared, &headers).await?;
    let rewards = wallet.history(&account.id, before, limit).await.map_err(failed)?;
    let full = rewards.len() as i64 == limit;
    let next = rewards.last().filter(|_| full).map(|last| last.earned_at.as_millisecond());
    let rewards: Vec<Value> = rewards.iter().map(|earned| reward(&wallet, earned)).collect();
    Ok(secret(StatusCode::OK, &json!({ "rewards": rewards, "next": next })))
}

/// `GET /v1/wallet/vouchers`: what a wallet of the traveller's own can claim by itself.
pub(super) async fn vouchers(State(shared): State<Shared>, headers: HeaderMap) -> Result<Response, Problem> {
    let (wallet, account) = entered(&shared, &headers).await?;
    let place = wallet.chain().about().place;
    let rewards = wallet.history(&account.id, Timestamp::MAX, VOUCHERS_MAX).await.map_err(failed)?;
    let open = rewards.iter().filter(|earned| !earned.reward.custodial && earned.reward.stage == Stage::Issued);
    let voucher = |earned: &Earned| {
        let (terms, distributor) = (earned.reward.terms, place.distributor.to_string());
        let common = |data: &Octets| {
            json!({
                "booking": earned.booking, "expires_at": terms.expires_at, "distributor": distributor,
                "chain_id": place.chain_id, "claim": { "to": distributor, "data": data.to_string() },
            })
        };
        if let Some(signature) = &earned.reward.signature {
            let mut voucher = common(&terms.claim(signature));
            voucher["typed_data"] = typed_data(&terms, &place);
            voucher["signature"] = signature.to_string().into();
            return Some(voucher);
        }
        let of = earned.reward.in_epoch.as_ref().filter(|of| of.open)?;
        let mut voucher = common(&terms.claim_from(of.epoch, &of.proof));
        let proof: Vec<String> = of.proof.iter().map(ToString::to_string).collect();
        voucher["epoch"] = json!({ "number": of.epoch, "commission": terms.commission.0.to_string(), "proof": proof });
        Some(voucher)
    };
    let vouchers: Vec<Value> = open.filter_map(voucher).collect();
    Ok(secret(StatusCode::OK, &json!({ "vouchers": vouchers })))
}

/// `GET /v1/wallet/tiers`: what a stake means.
pub(super) async fn tiers(State(shared): State<Shared>, headers: HeaderMap) -> Result<Response, Problem> {
    let (wallet, account) = entered(&shared, &headers).await?;
    let level = wallet.standing_of(&account).await.map_err(failed)?.level;
    let tiers = wallet.policy().tiers;
    let shown = tiers.all().iter().zip(1_u8..).map(|(tier, level)| {
        json!({
            "level": level, "name": format!("Level {level}"), "min_wei": tier.minimum.to_string(),
            "min_trvl": tier.minimum.tokens(), "lock_days": tier.lock_seconds / 86_400,
            "boost_percent": boost_percent(tier),
        })
    });
    Ok(secret(StatusCode::OK, &json!({ "tiers": shown.collect::<Vec<_>>(), "level": level })))
}

/// `GET /v1/wallet/price`: what one TRVL costs.
pub(super) async fn price(
    State(shared): State<Shared>,
    headers: HeaderMap,
    currency: Result<Query<Currency>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(Currency { currency }) = currency.map_err(|error| Problem::bad_request(error.body_text()))?;
    let currency = currency.unwrap_or_else(|| "USD".to_owned());
    if currency != "USD" {
        return Err(Problem::bad_request("`currency` must be USD: there is no price in another currency."));
    }
    let (wallet, _) = entered(&shared, &headers).await?;
    let price = wallet.chain().price().await.map_err(chain_failed)?;
    // With 18 decimals it is for one dollar what wei are for one token; in cents the point is two places on.
    let cents = Wei(price.usd.saturating_mul(alloy_primitives::U256::from(100))).tokens();
    let at = i64::try_from(price.at).ok().and_then(|at| Timestamp::from_second(at).ok());
    let answer =
        json!({ "currency": currency, "minor_per_trvl": cents, "at": at.map(|at| at.to_string()), "source": "oracle" });
    Ok(secret(StatusCode::OK, &answer))
}

/// `POST /v1/auth/siwe/nonce`: a challenge for a wallet (ERC-4361).
pub(super) async fn challenge(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    admit_to_begin(&shared, &headers, peer.ip()).await?;
    let asked: ChallengeRequest = read(body)?;
    let door = rewards(&shared)?.door();
    let wallet = match (asked.address, asked.chain_id) {
        (Some(address), Some(chain_id)) => {
            let address = address.parse::<Address>();
            Some((
                address.map_err(|_| Problem::bad_request("`address` must be an address, as 0x and 40 digits."))?,
                chain_id,
            ))
        }
        (None, None) => None,
        _ => return Err(Problem::bad_request("`address` and `chain_id` belong together: give both or none.")),
    };
    // Who has no account yet gets one: the challenge is its own. What is agreed to is noted here and as clicked: no account is kept without it, and
    // the message that the wallet signs later does not speak of the texts.
    let opened = match presented(&headers) {
        Some(token) => (door.account(&token).await.map_err(refused)?, None),
        None => {
            let said = Agreeing { agrees: asked.agrees, language: asked.language };
            let opened = door.join(&said).await.map_err(refused)?;
            (opened.account.clone(), Some(opened))
        }
    };
    let (account, opened) = opened;
    let challenge = door.challenge(&account.id, wallet).await.map_err(refused)?;
    let token = opened.map_or_else(|| presented(&headers), |opened| Some(opened.token));
    let answer = json!({
        "account": account.id, "token": token, "nonce": challenge.nonce, "message": challenge.message,
        "expires_at": challenge.expires_at.to_string(),
    });
    Ok(secret(StatusCode::OK, &answer))
}

/// `POST /v1/auth/siwe/verify`: links the wallet that signed.
pub(super) async fn verify(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    admit_to_begin(&shared, &headers, peer.ip()).await?;
    let VerifyRequest { message, signature } = read(body)?;
    let signature: Octets =
        signature.parse().map_err(|_| Problem::bad_request("`signature` must be hexadecimal, after 0x."))?;
    let (wallet, account) = entered(&shared, &headers).await?;
    let opened = wallet.link(&account, message, signature).await.map_err(refused)?;
    let mut answer = token(&opened);
    answer["address"] = opened.account.address().to_string().into();
    answer["chain_id"] = wallet.chain().about().place.chain_id.into();
    Ok(secret(StatusCode::OK, &answer))
}

/// `POST /v1/chain/rpc`: JSON-RPC of the chain that the server keeps itself.
pub(super) async fn rpc(State(shared): State<Shared>, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    admit(&shared, &headers).await?;
    let Some(chain) = &shared.chain else {
        return Err(Problem::not_found("This server keeps no chain: use the network's own nodes."));
    };
    let body = body.map_err(|_| Problem::too_large("The request may have at most 64 KiB."))?;
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Ok(match chain(body.to_vec()).await {
        Some(answer) => (kind, answer).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

pub(super) fn rewards(shared: &Shared) -> Result<&Wallet, Problem> {
    shared.wallet.as_ref().ok_or_else(|| Problem::not_found("Bookings earn nothing on this server."))
}

fn presented(headers: &HeaderMap) -> Option<String> {
    headers.get(ACCOUNT_HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// The account whose token came with the request.
pub(super) async fn entered(shared: &Shared, headers: &HeaderMap) -> Result<(Wallet, Account), Problem> {
    let wallet = rewards(shared)?;
    let Some(token) = presented(headers) else {
        return Err(Problem::unauthorized(
            "Name your account: `Voxfare-Account: vfa_...`; POST /v1/wallet/accounts makes one.",
        ));
    };
    Ok((wallet.clone(), wallet.door().account(&token).await.map_err(refused)?))
}

pub(super) fn read<T: serde::de::DeserializeOwned>(body: Body) -> Result<T, Problem> {
    let body = body.map_err(|_| Problem::too_large("The request may have at most 64 KiB."))?;
    let text = if body.is_empty() { b"{}".as_slice() } else { &body };
    serde_json::from_slice(text).map_err(|error| Problem::bad_request(format!("The body cannot be used: {error}.")))
}

fn refused(error: DoorError) -> Problem {
    match error {
        DoorError::Refused(Refusal::Unreachable | Refusal::Busy) | DoorError::Busy => {
            Problem::busy(sentence(&error), 5)
        }
        DoorError::Refused(_) => Problem::bad_request(sentence(&error)),
        DoorError::NotAgreed(why) => not_agreed(why),
        DoorError::NoAccount => Problem::unauthorized(sentence(&error)),
        DoorError::Chain(fault) => chain_failed(fault),
        DoorError::Store(error) => {
            tracing::error!(%error, "accounts cannot be looked up");
            Problem::busy("Accounts cannot be looked up now.", 5)
        }
    }
}

pub(super) fn not_agreed(why: NotAgreed) -> Problem {
    match &why {
        NotAgreed::Missing(missing) => {
            Problem::not_agreed(format!("{} Their words: GET /v1/wallet/terms.", sentence(&why)), missing)
        }
        NotAgreed::Language => Problem::bad_request(sentence(&why)),
        NotAgreed::TooMany(_) => Problem::conflict(sentence(&why)),
    }
}

pub(super) fn failed(error: WalletError) -> Problem {
    match error {
        WalletError::Chain(fault) => chain_failed(fault),
        WalletError::Store(error) => {
            tracing::error!(%error, "rewards cannot be looked up");
            Problem::busy("Rewards cannot be looked up now.", 5)
        }
    }
}

pub(super) fn chain_failed(fault: ChainFault) -> Problem {
    tracing::warn!(%fault, "the chain could not be asked");
    Problem::busy("The chain cannot be asked now.", 5)
}

fn token(opened: &Opened) -> Value {
    json!({ "account": opened.account.id, "token": opened.token, "expires_at": opened.expires_at.to_string() })
}

/// An answer that nobody on the way may keep.
pub(super) fn secret(status: StatusCode, body: &Value) -> Response {
    let head = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (status, head, body.to_string()).into_response()
}

pub(super) fn amount(wei: Wei) -> Value {
    json!({ "wei": wei.to_string(), "trvl": wei.tokens() })
}

fn reward(wallet: &Wallet, earned: &Earned) -> Value {
    let (part, why) = wallet.explained(earned);
    json!({
        "booking": earned.booking, "reference": earned.reference, "stage": earned.reward.stage.label(),
        "wei": part.to_string(), "trvl": part.tokens(), "commission_minor": earned.reward.commission_minor,
        "currency": earned.reward.currency, "earned_at": earned.earned_at.to_string(),
        "stage_at": earned.stage_at.to_string(), "why": why,
    })
}

/// What a tier adds to the yield of a stake.
fn boost_percent(tier: &wallet::staking::Tier) -> f64 {
    f64::from(tier.boost_bps - wallet::rules::WHOLE_BPS) / 100.0
}

/// What was signed, as wallets and tools read it (EIP-712).
fn typed_data(terms: &wallet::voucher::Terms, place: &wallet::voucher::Place) -> Value {
    let field = |name: &str, kind: &str| json!({ "name": name, "type": kind });
    json!({
        "types": {
            "EIP712Domain": [
                field("name", "string"), field("version", "string"), field("chainId", "uint256"),
                field("verifyingContract", "address"),
            ],
            "Voucher": [
                field("booking", "bytes32"), field("traveller", "address"), field("commission", "uint256"),
                field("epoch", "uint64"), field("issuedAt", "uint64"), field("expiresAt", "uint64"),
            ],
        },
        "primaryType": "Voucher",
        "domain": {
            "name": "Voxfare Rewards", "version": "1", "chainId": place.chain_id,
            "verifyingContract": place.distributor.to_string(),
        },
        "message": {
            "booking": terms.booking.to_string(), "traveller": terms.traveller.to_string(),
            "commission": terms.commission.to_string(), "epoch": terms.epoch.to_string(),
            "issuedAt": terms.issued_at.to_string(), "expiresAt": terms.expires_at.to_string(),
        },
    })
}
