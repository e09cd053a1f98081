//! Tells a developer's own server of something, signed as Standard Webhooks has it. It waits for no answer but the one that it was taken.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::time::Duration;

/// The developer's server takes an event within this.
const TAKEN_WITHIN: Duration = Duration::from_secs(5);
/// How secrets of webhooks begin.
const PREFIX: &str = "whsec_";

/// Where events go, and what they are signed with.
#[derive(Clone)]
pub struct Webhook {
    client: reqwest::Client,
    url: String,
    key: hmac::Key,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Webhook({})", self.url)
    }
}

/// The bytes of a secret, as `whsec_` and base64; `None` when it is none.
pub fn secret(text: &str) -> Option<Vec<u8>> {
    let bytes = BASE64.decode(text.strip_prefix(PREFIX).unwrap_or(text)).ok()?;
    (16..=64).contains(&bytes.len()).then_some(bytes)
}

impl Webhook {
    /// Events go to `url` and are signed with these bytes.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn new(url: String, secret: &[u8]) -> Result<Self, reqwest::Error> {
        let client =
            reqwest::Client::builder().timeout(TAKEN_WITHIN).redirect(reqwest::redirect::Policy::none()).build()?;
        Ok(Self { client, url, key: hmac::Key::new(hmac::HMAC_SHA256, secret) })
    }

    /// Sends an event under its id, which happened at `at_s` (Unix s).
    ///
    /// # Errors
    /// One sentence: nobody took it.
    pub async fn tell(&self, id: &str, at_s: i64, body: String) -> Result<(), String> {
        let signature = sign(&self.key, id, at_s, &body);
        let request =
            self.client.post(&self.url).header("webhook-id", id).header("webhook-timestamp", at_s.to_string());
        let request = request.header("webhook-signature", signature).header("content-type", "application/json");
        let answer = request.body(body).send().await.map_err(|error| error.without_url().to_string())?;
        let status = answer.status();
        if status.is_success() { Ok(()) } else { Err(format!("it was answered with {status}")) }
    }
}

/// Standard Webhooks, version 1: HMAC-SHA256 of id, time and body.
fn sign(key: &hmac::Key, id: &str, at_s: i64, body: &str) -> String {
    format!("v1,{}", BASE64.encode(hmac::sign(key, format!("{id}.{at_s}.{body}").as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    #[test]
    fn the_specifications_example_is_signed_alike() {
        let bytes = secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("it is one");
        let key = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
        let signed = sign(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!((secret("whsec_?"), secret("whsec_AAAA")), (None, None));
    }
}
