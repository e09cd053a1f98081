//! What the client of a node says, as the port's faults. It never passes on an endpoint's address, which may hold a key.

use crate::session::ports::chain::ChainFault;
use alloy::contract::Error as ContractError;
use alloy::transports::{RpcError, TransportErrorKind};
use wallet::settle::Unsent;

/// A fault of any request.
pub(crate) fn transport(error: RpcError<TransportErrorKind>) -> ChainFault {
    match error {
        RpcError::ErrorResp(payload) => {
            let message = redacted(&payload.message);
            // -32005 is a limit on requests, -32603 a node's own failure, 429 what some answer in their place.
            if matches!(payload.code, -32005 | -32603 | 429) || payload.is_retry_err() {
                ChainFault::Transient(message)
            } else {
                ChainFault::Refused(message)
            }
        }
        RpcError::Transport(TransportErrorKind::HttpError(http)) if matches!(http.status, 401 | 403 | 404) => {
            ChainFault::Misconfigured(format!("the endpoint answers with status {}", http.status))
        }
        RpcError::Transport(TransportErrorKind::HttpError(http)) => {
            ChainFault::Transient(format!("the endpoint answers with status {}", http.status))
        }
        RpcError::Transport(kind) => ChainFault::Transient(redacted(&kind.to_string())),
        RpcError::NullResp => ChainFault::Transient("an empty answer".to_owned()),
        RpcError::DeserError { .. } => ChainFault::Transient("an answer that is none".to_owned()),
        RpcError::SerError(_) => ChainFault::Refused("the request cannot be written".to_owned()),
        RpcError::LocalUsageError(error) => ChainFault::Refused(redacted(&error.to_string())),
        RpcError::UnsupportedFeature(what) => ChainFault::Misconfigured(what.to_owned()),
    }
}

/// A fault of a contract's call.
pub(crate) fn contract(error: ContractError) -> ChainFault {
    match error {
        ContractError::TransportError(error) => transport(error),
        // An address without a contract returns nothing.
        ContractError::ZeroData(name, _) => {
            ChainFault::Misconfigured(format!("nothing answers to {name}: no contract is there"))
        }
        other => ChainFault::Refused(redacted(&other.to_string())),
    }
}

/// Why a transaction was not taken, by what nodes of several kinds say.
pub(crate) fn unsent(error: &RpcError<TransportErrorKind>) -> Unsent {
    let RpcError::ErrorResp(payload) = error else { return Unsent::Unknown };
    let message = payload.message.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if says(&["already known", "already imported", "alreadyknown", "known transaction", "already exists"]) {
        Unsent::Known
    } else if says(&["nonce too low", "nonce is too low", "oldnonce", "nonce has already been used"]) {
        Unsent::NonceSpent
    } else if says(&[
        "underpriced",
        "fee too low",
        "feetoolow",
        "gas price too low",
        "max fee per gas less than block base fee",
    ]) {
        Unsent::Underpriced
    } else {
        Unsent::Unknown
    }
}

/// A text without what may be an address with a key in it: of a URL only scheme and host are left.
pub(crate) fn redacted(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let Some(at) = word.find("://") else {
            words.push(word.to_owned());
            continue;
        };
        let (scheme, rest) = word.split_at(at + 3);
        let host_end = rest.find(['/', '?', '#', ')', '"', '\'']).unwrap_or(rest.len());
        let host = rest[..host_end].rsplit('@').next().unwrap_or_default();
        let start = scheme.rfind(|c: char| !c.is_ascii_alphanumeric() && !":/+.-".contains(c)).map_or(0, |at| at + 1);
        words.push(format!("{}{host}/…", &scheme[start.min(scheme.len())..]));
    }
    let mut text = words.join(" ");
    if let Some((at, _)) = text.char_indices().nth(MESSAGE_CHARS_MAX) {
        text.truncate(at);
    }
    text
}

/// Most of what a node says that is passed on.
const MESSAGE_CHARS_MAX: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::rpc::json_rpc::ErrorPayload;

    fn said(message: &'static str) -> RpcError<TransportErrorKind> {
        RpcError::ErrorResp(ErrorPayload { code: -32000, message: message.into(), data: None })
    }

    #[test]
    fn what_nodes_say_of_a_transaction_is_understood() {
        for (message, wanted) in [
            ("already known", Unsent::Known),
            ("transaction already imported", Unsent::Known),
            ("AlreadyKnown", Unsent::Known),
            ("nonce too low: next nonce 5, tx nonce 4", Unsent::NonceSpent),
            ("OldNonce", Unsent::NonceSpent),
            ("replacement transaction underpriced", Unsent::Underpriced),
            ("transaction underpriced: tip needed 1", Unsent::Underpriced),
            ("FeeTooLowToCompete", Unsent::Underpriced),
            ("insufficient funds for gas * price + value", Unsent::Unknown),
            ("txpool is full", Unsent::Unknown),
        ] {
            assert_eq!(unsent(&said(message)), wanted, "{message}");
        }
        assert_eq!(unsent(&TransportErrorKind::backend_gone()), Unsent::Unknown);
    }

    #[test]
    fn no_key_of_an_endpoint_is_passed_on() {
        let text = "error sending request for url (https://user:pass@rpc.example.org/v3/SECRET?key=SECRET)";
        let clean = redacted(text);
        assert_eq!(clean, "error sending request for url https://rpc.example.org/…");
        let fault = transport(TransportErrorKind::custom_str(text));
        assert!(!fault.to_string().contains("SECRET") && !fault.to_string().contains("pass"));
        assert!(redacted(&"word ".repeat(1000)).chars().count() <= MESSAGE_CHARS_MAX);
    }

    #[test]
    fn faults_say_what_can_be_done() {
        assert!(matches!(transport(said("no")), ChainFault::Refused(_)));
        assert!(matches!(transport(TransportErrorKind::http_error(503, String::new())), ChainFault::Transient(_)));
        assert!(matches!(transport(TransportErrorKind::http_error(401, String::new())), ChainFault::Misconfigured(_)));
        assert!(matches!(transport(TransportErrorKind::backend_gone()), ChainFault::Transient(_)));
    }
}
