//! Keys in AWS KMS (`ECC_SECG_P256K1`, `SIGN_VERIFY`): the key never leaves it, digests are sent to it. Requests are signed here (Signature Version
//! 4); no credential is shown.

use crate::providers::chain::signer::http::{ask, client, place};
use crate::providers::chain::signer::{Signer, complete};
use crate::secret::Secret;
use crate::session::ports::chain::ChainFault;
use alloy::primitives::{Address, B256, Signature, U256, hex};
use alloy::signers::k256::ecdsa::{Signature as TwoNumbers, VerifyingKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::{BoxFuture, FutureExt as _};
use jiff::Timestamp;
use serde::Deserialize;

/// A key in KMS.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KmsConfig {
    /// Its id, ARN or alias.
    pub key_id: String,
    /// The region, such as `eu-central-1`.
    pub region: String,
    /// Another address than the region's own.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// Who asks.
    pub access_key_id: String,
    /// What proves it.
    pub secret_access_key: Secret,
    /// Of temporary credentials.
    #[serde(default)]
    pub session_token: Option<Secret>,
}

/// A key in KMS, as a signer.
#[derive(Clone, Debug)]
pub struct Kms {
    config: KmsConfig,
    client: reqwest::Client,
    clock: fn() -> Timestamp,
    address: Address,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PublicKeyAnswer {
    public_key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SignAnswer {
    signature: String,
}

#[derive(Default, Deserialize)]
struct ErrorAnswer {
    #[serde(rename = "__type", default)]
    kind: String,
}

impl Kms {
    /// Asks for the key's address.
    ///
    /// # Errors
    /// KMS does not answer, does not let us, or the key is of another kind.
    pub async fn open(config: KmsConfig, clock: fn() -> Timestamp) -> Result<Self, ChainFault> {
        let mut kms = Self { config, client: client()?, clock, address: Address::ZERO };
        let body = serde_json::json!({ "KeyId": kms.config.key_id }).to_string();
        let answer: PublicKeyAnswer = kms.request("TrentService.GetPublicKey", body).await?;
        let other = || ChainFault::Misconfigured("the key in KMS is not an ECC_SECG_P256K1 key".to_owned());
        let der = STANDARD.decode(answer.public_key).map_err(|_| other())?;
        let point = der.strip_prefix(&SPKI_PREFIX[..]).ok_or_else(other)?;
        let key = VerifyingKey::from_sec1_bytes(point).map_err(|_| other())?;
        kms.address = Address::from_public_key(&key);
        Ok(kms)
    }

    async fn digest(&self, hash: B256) -> Result<Signature, ChainFault> {
        let body = serde_json::json!({
            "KeyId": self.config.key_id,
            "Message": STANDARD.encode(hash),
            "MessageType": "DIGEST",
            "SigningAlgorithm": "ECDSA_SHA_256",
        });
        let answer: SignAnswer = self.request("TrentService.Sign", body.to_string()).await?;
        let unreadable = || ChainFault::Transient("the signature from KMS is unreadable".to_owned());
        let der = STANDARD.decode(answer.signature).map_err(|_| unreadable())?;
        let numbers = TwoNumbers::from_der(&der).map_err(|_| unreadable())?;
        let (r, s) = numbers.split_bytes();
        complete(U256::from_be_slice(&r), U256::from_be_slice(&s), hash, self.address)
    }

    async fn request<T: for<'a> Deserialize<'a>>(&self, target: &str, body: String) -> Result<T, ChainFault> {
        let usual = || format!("https://kms.{}.amazonaws.com", self.config.region);
        let endpoint = self.config.endpoint.clone().unwrap_or_else(usual);
        let (host, path) = place(&endpoint)?;
        let moment = (self.clock)().strftime("%Y%m%dT%H%M%SZ").to_string();
        let mut headers =
            vec![("content-type", CONTENT_TYPE), ("host", host.as_str()), ("x-amz-date", moment.as_str())];
        let token = self.config.session_token.as_ref().map(|token| token.0.as_str());
        headers.extend(token.map(|token| ("x-amz-security-token", token)));
        headers.push(("x-amz-target", target));
        let path = format!("{path}/");
        let scope = Scope { moment: &moment, region: &self.config.region, service: "kms" };
        let signed = scope.authorization(&self.config, "POST", &path, &headers, body.as_bytes());
        let mut request = self.client.post(format!("{}/", endpoint.trim_end_matches('/')));
        for (name, value) in headers.iter().filter(|(name, _)| *name != "host") {
            request = request.header(*name, *value);
        }
        let (status, answer) = ask(request.header("authorization", signed).body(body)).await?;
        if status == 200 {
            let unreadable = |_| ChainFault::Transient("the answer of KMS is unreadable".to_owned());
            return serde_json::from_slice(&answer).map_err(unreadable);
        }
        Err(fault(status, &answer))
    }
}

impl Signer for Kms {
    fn address(&self) -> Address {
        self.address
    }

    fn sign(&self, hash: B256) -> BoxFuture<'_, Result<Signature, ChainFault>> {
        self.digest(hash).boxed()
    }
}

fn fault(status: u16, answer: &[u8]) -> ChainFault {
    let kind = serde_json::from_slice::<ErrorAnswer>(answer).unwrap_or_default().kind;
    // Some services put a namespace before it.
    let kind: String = kind.rsplit('#').next().unwrap_or_default().chars().take(64).collect();
    let why = format!("KMS answers {status} {kind}");
    match kind.as_str() {
        "ThrottlingException"
        | "LimitExceededException"
        | "DependencyTimeoutException"
        | "KMSInternalException"
        | "KeyUnavailableException"
        | "RequestExpired" => ChainFault::Transient(why),
        _ if status >= 500 || status == 429 => ChainFault::Transient(why),
        _ => ChainFault::Misconfigured(why),
    }
}

/// What a signature of a request is good for.
struct Scope<'a> {
    /// As in `20150830T123600Z`.
    moment: &'a str,
    region: &'a str,
    service: &'a str,
}

impl Scope<'_> {
    /// The value of the header `Authorization`; `headers` are in order and in lower case.
    fn authorization(
        &self,
        who: &KmsConfig,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> String {
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let lines: String = headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
        let request = format!("{method}\n{path}\n\n{lines}\n{names}\n{}", hash(body));
        let day = self.moment.split('T').next().unwrap_or_default();
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let text = format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{}", self.moment, hash(request.as_bytes()));
        let signature = hex::encode(mac(&self.key(&who.secret_access_key, day), text.as_bytes()));
        let who = &who.access_key_id;
        format!("AWS4-HMAC-SHA256 Credential={who}/{scope}, SignedHeaders={names}, Signature={signature}")
    }

    fn key(&self, secret: &Secret, day: &str) -> Vec<u8> {
        let first = format!("AWS4{}", secret.0).into_bytes();
        [day, self.region, self.service, "aws4_request"].iter().fold(first, |key, part| mac(&key, part.as_bytes()))
    }
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    sign(&Key::new(HMAC_SHA256, key), text).as_ref().to_vec()
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(digest(&SHA256, bytes))
}

const CONTENT_TYPE: &str = "application/x-amz-json-1.1";
/// What stands before the point in a public key on this curve (RFC 5480).
const SPKI_PREFIX: [u8; 23] = hex!("3056301006072a8648ce3d020106052b8104000a034200");

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::signers::k256::ecdsa::SigningKey;
    use alloy::signers::k256::ecdsa::signature::hazmat::PrehashSigner as _;
    use axum::http::{HeaderMap, StatusCode};
    use axum::routing::post;

    fn config(endpoint: Option<String>) -> KmsConfig {
        KmsConfig {
            key_id: "alias/issuer".to_owned(),
            region: "us-east-1".to_owned(),
            endpoint,
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned()),
            session_token: Some(Secret("token".to_owned())),
        }
    }

    fn clock() -> Timestamp {
        "2015-08-30T12:36:00Z".parse().expect("a moment")
    }

    /// The published vectors of the signature.
    #[test]
    fn requests_are_signed_as_published() {
        let scope = Scope { moment: "20150830T123600Z", region: "us-east-1", service: "service" };
        let headers = [("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")];
        for (method, wanted) in [
            ("GET", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
            ("POST", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        ] {
            let header = scope.authorization(&config(None), method, "/", &headers, b"");
            assert_eq!(
                header,
                format!(
                    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                     SignedHeaders=host;x-amz-date, Signature={wanted}"
                )
            );
        }
    }

    /// A service with one key that answers as KMS is documented to.
    async fn service(key: SigningKey) -> String {
        let answer = move |headers: HeaderMap, body: String| {
            let key = key.clone();
            async move {
                let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
                let asked: serde_json::Value = serde_json::from_str(&body).expect("JSON");
                let names = "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target";
                let good = header("content-type") == CONTENT_TYPE
                    && header("x-amz-security-token") == "token"
                    && header("x-amz-date") == "20150830T123600Z"
                    && header("authorization").contains(names)
                    && asked["KeyId"] == "alias/issuer";
                if !good {
                    return (StatusCode::BAD_REQUEST, r#"{"__type":"InvalidSignatureException"}"#.to_owned());
                }
                if header("x-amz-target") == "TrentService.GetPublicKey" {
                    let point = key.verifying_key().to_encoded_point(false);
                    let der = STANDARD.encode([&SPKI_PREFIX[..], point.as_bytes()].concat());
                    return (StatusCode::OK, serde_json::json!({ "PublicKey": der }).to_string());
                }
                assert_eq!(
                    (&asked["MessageType"], &asked["SigningAlgorithm"]),
                    (&"DIGEST".into(), &"ECDSA_SHA_256".into())
                );
                let hash = STANDARD.decode(asked["Message"].as_str().expect("text")).expect("base64");
                let signed: TwoNumbers = key.sign_prehash(&hash).expect("signs");
                // The upper form of `s`, which KMS gives half of the time.
                let (r, s) = signed.split_scalars();
                let upper = TwoNumbers::from_scalars(*r, -*s).expect("two numbers");
                (StatusCode::OK, serde_json::json!({ "Signature": STANDARD.encode(upper.to_der()) }).to_string())
            }
        };
        serve(axum::Router::new().route("/", post(answer))).await
    }

    async fn serve(routes: axum::Router) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, routes).await });
        format!("http://{address}")
    }

    #[tokio::test]
    async fn a_key_in_kms_signs_for_its_address() {
        let key = SigningKey::from_slice(&[7; 32]).expect("a key");
        let endpoint = service(key.clone()).await;
        let kms = Kms::open(config(Some(endpoint)), clock).await.expect("opened");
        assert_eq!(kms.address(), Address::from_public_key(key.verifying_key()));
        let hash = B256::repeat_byte(3);
        let signature = kms.sign(hash).await.expect("signed");
        assert_eq!(signature.recover_address_from_prehash(&hash).ok(), Some(kms.address()));
        assert!(signature.normalize_s().is_none(), "the lower form");
        assert!(!format!("{kms:?}").contains("wJalr") && !format!("{kms:?}").contains("\"token\""));
    }

    #[tokio::test]
    async fn what_kms_refuses_is_told_apart() {
        let refuse = |status: u16, body: &'static str| {
            let answer = move || async move { (StatusCode::from_u16(status).expect("a status"), body) };
            axum::Router::new().route("/", post(answer))
        };
        for (status, body, transient) in [
            (400, r#"{"__type":"ThrottlingException"}"#, true),
            (400, r#"{"__type":"com.amazonaws.kms#AccessDeniedException"}"#, false),
            (400, r#"{"__type":"NotFoundException"}"#, false),
            (500, "", true),
            (200, "not JSON", true),
        ] {
            let endpoint = serve(refuse(status, body)).await;
            let fault = Kms::open(config(Some(endpoint)), clock).await.expect_err("refused");
            assert_eq!(matches!(fault, ChainFault::Transient(_)), transient, "{fault}");
        }
    }
}
