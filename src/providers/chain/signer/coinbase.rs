//! Keys with Coinbase's Developer Platform (server wallets): hashes are sent to it, the key stays there. Each request carries two tokens that are
//! signed here, one for the API and one for the wallet; no secret is shown.

use crate::providers::chain::signer::http::{ask, client, place};
use crate::providers::chain::signer::{Signer, complete};
use crate::secret::Secret;
use crate::session::ports::chain::ChainFault;
use alloy::primitives::{Address, B256, Bytes, Signature, U256, hex};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use futures_util::future::{BoxFuture, FutureExt as _};
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;

/// An account there.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoinbaseConfig {
    /// The account.
    pub address: Address,
    /// The id of the API key.
    pub api_key_id: String,
    /// Its secret: an Ed25519 key of 64 bytes in base64, as their portal gives it.
    pub api_key_secret: Secret,
    /// The wallet's secret: a P-256 key (PKCS #8) in base64.
    pub wallet_secret: Secret,
    /// Another address than their own.
    #[serde(default = "endpoint")]
    pub endpoint: String,
}

/// An account there, as a signer.
#[derive(Clone)]
pub struct Coinbase {
    config: CoinbaseConfig,
    client: reqwest::Client,
    clock: fn() -> Timestamp,
    api: Arc<Ed25519KeyPair>,
    wallet: Arc<EcdsaKeyPair>,
}

impl std::fmt::Debug for Coinbase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Coinbase({})", self.config.address)
    }
}

#[derive(Deserialize)]
struct SignAnswer {
    signature: Bytes,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorAnswer {
    #[serde(default)]
    error_type: String,
}

impl Coinbase {
    /// Reads the secrets.
    ///
    /// # Errors
    /// `Misconfigured`: a secret is of another kind.
    pub fn open(config: CoinbaseConfig, clock: fn() -> Timestamp) -> Result<Self, ChainFault> {
        let wrong = |what: &str| ChainFault::Misconfigured(format!("the {what} of Coinbase is not what it should be"));
        let api = STANDARD.decode(&config.api_key_secret.0).ok().filter(|bytes| bytes.len() == 64);
        let api = api.ok_or_else(|| wrong("API key's secret"))?;
        let api = Ed25519KeyPair::from_seed_and_public_key(&api[..32], &api[32..]);
        let wallet = STANDARD.decode(&config.wallet_secret.0).map_err(|_| wrong("wallet's secret"))?;
        let wallet = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &wallet);
        Ok(Self {
            client: client()?,
            clock,
            api: Arc::new(api.map_err(|_| wrong("API key's secret"))?),
            wallet: Arc::new(wallet.map_err(|_| wrong("wallet's secret"))?),
            config,
        })
    }

    async fn hash(&self, hash: B256) -> Result<Signature, ChainFault> {
        let (host, before) = place(&self.config.endpoint)?;
        let path = format!("{before}/v2/evm/accounts/{}/sign", self.config.address);
        let body = serde_json::json!({ "hash": hash }).to_string();
        // The host in a token is without a port.
        let uri = format!("POST {}{path}", host.split(':').next().unwrap_or_default());
        let request = self
            .client
            .post(format!(
                "{}/v2/evm/accounts/{}/sign",
                self.config.endpoint.trim_end_matches('/'),
                self.config.address
            ))
            .header("authorization", format!("Bearer {}", self.api_token(&uri)))
            .header("x-wallet-auth", self.wallet_token(&uri, &body)?)
            .header("content-type", "application/json")
            .body(body);
        let (status, answer) = ask(request).await?;
        if status != 200 {
            return Err(fault(status, &answer));
        }
        let unreadable = || ChainFault::Transient("the signature from Coinbase is unreadable".to_owned());
        let SignAnswer { signature } = serde_json::from_slice(&answer).map_err(|_| unreadable())?;
        let (r, rest) = signature.split_at_checked(32).ok_or_else(unreadable)?;
        let (s, _) = rest.split_at_checked(32).ok_or_else(unreadable)?;
        complete(U256::from_be_slice(r), U256::from_be_slice(s), hash, self.config.address)
    }

    /// Says who asks.
    fn api_token(&self, uri: &str) -> String {
        let now = (self.clock)().as_second();
        let header = serde_json::json!({ "alg": "EdDSA", "kid": self.config.api_key_id, "typ": "JWT" });
        let claims = serde_json::json!({
            "sub": self.config.api_key_id,
            "iss": "cdp",
            "aud": [],
            "iat": now,
            "nbf": now,
            "exp": now + TOKEN_SECONDS,
            "uris": [uri],
        });
        let text = unsigned(&header, &claims);
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(self.api.sign(text.as_bytes())))
    }

    /// Says that the wallet may do this, with this body.
    fn wallet_token(&self, uri: &str, body: &str) -> Result<String, ChainFault> {
        let now = (self.clock)().as_second();
        let header = serde_json::json!({ "alg": "ES256", "typ": "JWT" });
        let claims = serde_json::json!({
            "iat": now,
            "nbf": now,
            "jti": uuid::Uuid::new_v4().simple().to_string(),
            "uris": [uri],
            // Of the body with its keys in order; it has one.
            "reqHash": hex::encode(digest(&SHA256, body.as_bytes())),
        });
        let text = unsigned(&header, &claims);
        let signed = self.wallet.sign(&SystemRandom::new(), text.as_bytes());
        let signed = signed.map_err(|_| ChainFault::Transient("a token could not be signed".to_owned()))?;
        Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signed)))
    }
}

impl Signer for Coinbase {
    fn address(&self) -> Address {
        self.config.address
    }

    fn sign(&self, hash: B256) -> BoxFuture<'_, Result<Signature, ChainFault>> {
        self.hash(hash).boxed()
    }
}

fn unsigned(header: &serde_json::Value, claims: &serde_json::Value) -> String {
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

fn fault(status: u16, answer: &[u8]) -> ChainFault {
    let kind = serde_json::from_slice::<ErrorAnswer>(answer).unwrap_or_default().error_type;
    let kind: String = kind.chars().take(64).collect();
    let why = format!("Coinbase answers {status} {kind}");
    match status {
        429 | 500.. => ChainFault::Transient(why),
        // Being asked while the same request still runs.
        409 => ChainFault::Transient(why),
        400 | 422 => ChainFault::Refused(why),
        _ => ChainFault::Misconfigured(why),
    }
}

fn endpoint() -> String {
    "https://api.cdp.coinbase.com/platform".to_owned()
}

/// How long a token is good.
const TOKEN_SECONDS: i64 = 120;

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::signers::SignerSync as _;
    use alloy::signers::local::PrivateKeySigner;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, KeyPair as _, UnparsedPublicKey};
    use axum::extract::Path;
    use axum::http::{HeaderMap, StatusCode};
    use axum::routing::post;

    fn clock() -> Timestamp {
        "2026-11-23T15:00:00Z".parse().expect("a moment")
    }

    struct Keys {
        api: Ed25519KeyPair,
        wallet: EcdsaKeyPair,
        config: CoinbaseConfig,
    }

    fn keys(address: Address) -> Keys {
        let seed = [9; 32];
        let api = Ed25519KeyPair::from_seed_unchecked(&seed).expect("a key");
        let secret = STANDARD.encode([&seed[..], api.public_key().as_ref()].concat());
        let wallet =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).expect("a key");
        let config = CoinbaseConfig {
            address,
            api_key_id: "key one".to_owned(),
            api_key_secret: Secret(secret),
            wallet_secret: Secret(STANDARD.encode(wallet.as_ref())),
            endpoint: endpoint(),
        };
        let wallet = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, wallet.as_ref()).expect("a key");
        Keys { api, wallet, config }
    }

    /// A token's claims, if this key signed it.
    fn claims(token: &str, key: &UnparsedPublicKey<Vec<u8>>) -> Option<serde_json::Value> {
        let (text, signature) = token.rsplit_once('.')?;
        key.verify(text.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text.split('.').nth(1)?).ok()?).ok()
    }

    /// A service that answers as theirs is documented to, and lets nobody else in.
    async fn service(account: PrivateKeySigner, keys: &Keys) -> String {
        let api = UnparsedPublicKey::new(&ED25519, keys.api.public_key().as_ref().to_vec());
        let wallet = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, keys.wallet.public_key().as_ref().to_vec());
        let answer = move |Path(address): Path<Address>, headers: HeaderMap, body: String| async move {
            let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
            let uri = format!("POST 127.0.0.1/platform/v2/evm/accounts/{address}/sign");
            let bearer = header("authorization").strip_prefix("Bearer ").and_then(|token| claims(token, &api));
            let allowed = claims(header("x-wallet-auth"), &wallet);
            let good = bearer.is_some_and(|claims| {
                claims["uris"][0] == uri.as_str() && claims["sub"] == "key one" && claims["iss"] == "cdp"
            }) && allowed.is_some_and(|claims| {
                claims["uris"][0] == uri.as_str()
                    && claims["reqHash"] == hex::encode(digest(&SHA256, body.as_bytes())).as_str()
            });
            if !good {
                return (StatusCode::UNAUTHORIZED, r#"{"errorType":"unauthorized"}"#.to_owned());
            }
            if address != account.address() {
                return (StatusCode::NOT_FOUND, r#"{"errorType":"not_found"}"#.to_owned());
            }
            let asked: serde_json::Value = serde_json::from_str(&body).expect("JSON");
            let hash: B256 = asked["hash"].as_str().and_then(|hash| hash.parse().ok()).expect("a hash");
            let signature = Bytes::copy_from_slice(&account.sign_hash_sync(&hash).expect("signs").as_bytes());
            (StatusCode::OK, serde_json::json!({ "signature": signature }).to_string())
        };
        let routes = axum::Router::new().route("/platform/v2/evm/accounts/{address}/sign", post(answer));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, routes).await });
        format!("http://{address}/platform")
    }

    #[tokio::test]
    async fn an_account_there_signs_for_its_address() {
        let account = PrivateKeySigner::from_slice(&[7; 32]).expect("a key");
        let keys = keys(account.address());
        let endpoint = service(account.clone(), &keys).await;
        let config = CoinbaseConfig { endpoint, ..keys.config.clone() };
        let signer = Coinbase::open(config.clone(), clock).expect("opened");
        let hash = B256::repeat_byte(3);
        let signature = signer.sign(hash).await.expect("signed");
        assert_eq!(signature.recover_address_from_prehash(&hash).ok(), Some(account.address()));
        assert!(!format!("{signer:?} {config:?}").contains(&config.wallet_secret.0));
        let elsewhere = CoinbaseConfig { address: Address::repeat_byte(1), ..config.clone() };
        let fault = Coinbase::open(elsewhere, clock).expect("opened").sign(hash).await.expect_err("not found");
        assert_eq!(fault, ChainFault::Misconfigured("Coinbase answers 404 not_found".to_owned()));
        let others = self::keys(account.address()).config;
        let config = CoinbaseConfig { wallet_secret: others.wallet_secret, ..config };
        let fault = Coinbase::open(config, clock).expect("opened").sign(hash).await.expect_err("another wallet");
        assert_eq!(fault, ChainFault::Misconfigured("Coinbase answers 401 unauthorized".to_owned()));
    }

    #[test]
    fn a_secret_of_another_kind_is_refused() {
        let config = keys(Address::ZERO).config;
        for (api, wallet) in [("AAAA", None), ("-----BEGIN", None), ("", Some("AAAA"))] {
            let mut config = config.clone();
            match wallet {
                Some(wallet) => config.wallet_secret = Secret(wallet.to_owned()),
                None => config.api_key_secret = Secret(api.to_owned()),
            }
            assert!(matches!(Coinbase::open(config, clock), Err(ChainFault::Misconfigured(_))));
        }
    }
}
