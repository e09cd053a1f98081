//! What a swap of TRVL and dollars would give, over HTTP. It swaps nothing: who wants to do so does it with a wallet of their own.

use crate::net::http::Shared;
use crate::net::http::problem::Problem;
use crate::net::http::wallet::{chain_failed, entered, secret};
use crate::session::ports::chain::{ChainFault, Swap};
use alloy_primitives::U256;
use alloy_primitives::utils::{format_units, parse_units};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

/// Decimals of TRVL and of USDC.
const TRVL_DECIMALS: u8 = 18;
const USDC_DECIMALS: u8 = 6;
/// Longest amount, in characters: more digits than either has.
const AMOUNT_CHARS_MAX: usize = 40;
/// How far the price may move until a swap is sent, in hundredths of a percent.
const SLIPPAGE_BPS: u16 = 50;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    side: Side,
    amount: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Side {
    Sell,
    Buy,
}

/// `GET /v1/wallet/quote`: what selling so much TRVL gives in USDC, or what so much USDC buys, in the pool of the contracts and at this moment.
pub(super) async fn quote(
    State(shared): State<Shared>,
    headers: HeaderMap,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(Wanted { side, amount }) = wanted.map_err(|error| Problem::bad_request(error.body_text()))?;
    let (swap, given, got) = match side {
        Side::Sell => (Swap::Sell, ("TRVL", TRVL_DECIMALS), ("USDC", USDC_DECIMALS)),
        Side::Buy => (Swap::Buy, ("USDC", USDC_DECIMALS), ("TRVL", TRVL_DECIMALS)),
    };
    let raw = read(&amount, given.1).ok_or_else(|| {
        Problem::bad_request("`amount` must be a number above 0, such as 12.5, with no more decimals than it has.")
    })?;
    let (wallet, _) = entered(&shared, &headers).await?;
    let quoted = wallet.chain().quote(swap, raw).await.map_err(|fault| match fault {
        ChainFault::Refused(_) => Problem::conflict("The market does not have that much."),
        fault => chain_failed(fault),
    })?;
    let quoted = quoted.ok_or_else(|| Problem::not_found("There is no market for TRVL on this chain."))?;
    let answer = json!({
        "gives": shown(raw, given), "gets": shown(quoted.amount_out, got),
        "at_least": shown(quoted.at_least(SLIPPAGE_BPS), got), "gas": quoted.gas,
    });
    Ok(secret(StatusCode::OK, &answer))
}

/// A decimal number in its smallest units; `None` when it is none, is nothing, or is finer than they are.
fn read(amount: &str, decimals: u8) -> Option<U256> {
    let plain = amount.len() <= AMOUNT_CHARS_MAX
        && amount.starts_with(|first: char| first.is_ascii_digit())
        && amount.ends_with(|last: char| last.is_ascii_digit())
        && amount.chars().all(|sign| sign.is_ascii_digit() || sign == '.');
    let fine = amount.split_once('.').map_or(0, |(_, part)| part.len());
    if !plain || fine > usize::from(decimals) || amount.matches('.').count() > 1 {
        return None;
    }
    let raw = parse_units(amount, decimals).ok()?.get_absolute();
    (!raw.is_zero()).then_some(raw)
}

fn shown(raw: U256, (unit, decimals): (&str, u8)) -> Value {
    let whole = format_units(raw, decimals).unwrap_or_default();
    // As people write it: no zeros at the end.
    let amount = whole.trim_end_matches('0').trim_end_matches('.');
    json!({ "unit": unit, "amount": amount, "raw": raw.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_written_to_the_last_digit() {
        for (text, raw) in [("100", 100_000_000_u64), ("0.000001", 1), ("12.5", 12_500_000)] {
            assert_eq!(read(text, 6), Some(U256::from(raw)), "{text}");
            assert_eq!(shown(U256::from(raw), ("USDC", 6))["amount"], text);
        }
        let long = "9".repeat(AMOUNT_CHARS_MAX + 1);
        for wrong in
            ["", "0", "0.0", "-1", "+1", "1e3", "1.", ".5", "1.2.3", "0.0000001", "1_000", "NaN", long.as_str()]
        {
            assert_eq!(read(wrong, 6), None, "{wrong}");
        }
        assert_eq!(shown(U256::from(24_925_000_u64), ("USDC", 6))["amount"], "24.925");
    }
}
