//! The texts that travellers agree to, and the record of who agreed, over HTTP. It decides nothing about them.

use crate::net::http::Shared;
use crate::net::http::access::admit;
use crate::net::http::problem::{Problem, sentence};
use crate::net::http::wallet::{AgreeRequest, Body, entered, failed, not_agreed, read, rewards, secret};
use crate::platform::wallet::{NotTaken, Wallet};
use crate::store::Account;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use wallet::account::consent::{Consent, Text};
use wallet::account::terms::LANGUAGE;

/// `GET /v1/wallet/terms`: the texts in their versions of now, for who has no account, too; and the chain that a wallet signs in on.
pub(super) async fn terms(State(shared): State<Shared>, headers: HeaderMap) -> Result<Response, Problem> {
    admit(&shared, &headers).await?;
    let wallet = rewards(&shared)?;
    let pages = wallet.config().terms.pages().map(|page| {
        json!({
            "text": page.edition.text.label(), "version": page.edition.version, "language": LANGUAGE,
            "title": page.title, "words": page.words.trim_end(),
        })
    });
    Ok(secret(StatusCode::OK, &json!({ "terms": pages, "chain_id": wallet.chain().about().place.chain_id })))
}

/// `GET /v1/wallet/consents`: what the account agreed to, text by text, oldest first.
pub(super) async fn record(State(shared): State<Shared>, headers: HeaderMap) -> Result<Response, Problem> {
    let (wallet, account) = entered(&shared, &headers).await?;
    recorded(&wallet, &account).await
}

/// `POST /v1/wallet/consents`: the account agrees to texts of now; rewards that waited for them come.
pub(super) async fn agree(State(shared): State<Shared>, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let said = read::<AgreeRequest>(body)?.said();
    let (wallet, account) = entered(&shared, &headers).await?;
    if said.agrees.is_empty() {
        return Err(Problem::bad_request("`agrees` must name a text and its version."));
    }
    wallet.agree(&account, &said).await.map_err(failed)?.map_err(not_agreed)?;
    recorded(&wallet, &account).await
}

/// `DELETE /v1/wallet/consents/{text}`: takes back what was agreed to; a second time changes nothing.
pub(super) async fn take_back(
    State(shared): State<Shared>,
    Path(text): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (wallet, account) = entered(&shared, &headers).await?;
    let text = Text::of_label(&text)
        .ok_or_else(|| Problem::not_found("There is no such text: GET /v1/wallet/terms has those there are."))?;
    wallet.take_back(&account, text).await.map_err(|why| match why {
        NotTaken::OnChain => Problem::conflict(sentence(&why)),
        NotTaken::Store(error) => failed(error.into()),
    })?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn recorded(wallet: &Wallet, account: &Account) -> Result<Response, Problem> {
    let record = wallet.consents(account).await.map_err(failed)?;
    let at =
        |ms: u64| i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).map(|at| at.to_string());
    let shown = |consent: &Consent| {
        json!({
            "text": consent.text.label(), "version": consent.version, "language": consent.language,
            "way": consent.way.label(), "agreed_at": at(consent.at_ms), "taken_back_at": consent.withdrawn_ms.and_then(at),
        })
    };
    Ok(secret(StatusCode::OK, &json!({ "consents": record.record().map(shown).collect::<Vec<Value>>() })))
}
