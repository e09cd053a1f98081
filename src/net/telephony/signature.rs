//! Whether a request comes from the carrier: its signature over what it sends, compared in constant time. It reads no clock.

use crate::secret::Secret;
use aws_lc_rs::{hmac, signature};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// A signature older or newer than this, in seconds, is refused: it may have been overheard.
const TOLERANCE_S: u64 = 300;

/// Twilio's: HMAC-SHA1 of the address, and of the form's fields in the order of their names, with one of the account's tokens.
pub fn twilio(tokens: &[Secret], addresses: &[String], fields: &[(String, String)], signature: &str) -> bool {
    let Ok(signature) = BASE64.decode(signature) else { return false };
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort();
    fields.dedup();
    let fields: String = fields.into_iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]).collect();
    // Every one is tried, so that time does not tell which fits.
    let mut fits = false;
    for token in tokens {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.0.as_bytes());
        for address in addresses {
            fits |= hmac::verify(&key, format!("{address}{fields}").as_bytes(), &signature).is_ok();
        }
    }
    fits
}

/// Telnyx's: Ed25519 of the time in seconds, a bar and the body, with one of the account's public keys.
pub fn telnyx(keys: &[[u8; 32]], time_s: &str, body: &[u8], signature: &str, now_s: i64) -> bool {
    let (Ok(signature), Ok(signed_s)) = (BASE64.decode(signature), time_s.parse::<i64>()) else { return false };
    let message = [time_s.as_bytes(), b"|", body].concat();
    let verifies = |key: &[u8; 32]| {
        signature::UnparsedPublicKey::new(&signature::ED25519, key).verify(&message, &signature).is_ok()
    };
    now_s.abs_diff(signed_s) <= TOLERANCE_S && keys.iter().any(verifies)
}

/// The public key that this text is, as Telnyx shows it.
pub fn public_key(text: &str) -> Option<[u8; 32]> {
    BASE64.decode(text.trim()).ok()?.try_into().ok()
}

/// The addresses that a carrier may have signed for this one: with the port of its scheme said and not said.
pub fn spellings(address: &str) -> Vec<String> {
    let Some((scheme, rest)) = address.split_once("://") else { return vec![address.to_owned()] };
    let at = rest.find('/').unwrap_or(rest.len());
    let (host, path) = rest.split_at(at);
    let usual = if matches!(scheme, "https" | "wss") { ":443" } else { ":80" };
    let has_port = host.rsplit(']').next().is_some_and(|behind| behind.contains(':'));
    let other = match host.strip_suffix(usual) {
        Some(bare) => bare.to_owned(),
        None if has_port => return vec![address.to_owned()],
        None => format!("{host}{usual}"),
    };
    vec![address.to_owned(), format!("{scheme}://{other}{path}")]
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::KeyPair as _;

    fn fields(of: &[(&str, &str)]) -> Vec<(String, String)> {
        of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    /// The examples of Twilio's own documentation and libraries.
    #[test]
    fn twilios_examples_verify_and_what_differs_from_them_does_not() {
        let tokens = [Secret("other".to_owned()), Secret("12345".to_owned())];
        let address = ["https://mycompany.com/myapp.php?foo=1&bar=2".to_owned()];
        let call = fields(&[
            ("To", "+18005551212"),
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+14158675309"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
        ]);
        let signed = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
        assert!(twilio(&tokens, &address, &call, signed));
        let repeated = fields(&[
            ("Sid", "CA123"),
            ("SidAccount", "AC123"),
            ("Digits", "5678"),
            ("Digits", "1234"),
            ("Digits", "1234"),
        ]);
        assert!(twilio(&tokens, &address, &repeated, "IK+Dwps556ElfBT0I3Rgjkr1wJU="));
        assert!(!twilio(&tokens, &address, &repeated, signed));
        assert!(!twilio(&tokens[..1], &address, &call, signed), "another account's token");
        assert!(!twilio(&[], &address, &call, signed), "no token");
        assert!(!twilio(&tokens, &["https://mycompany.com/myapp.php".to_owned()], &call, signed));
        assert!(!twilio(&tokens, &address, &call[1..], signed), "a field is gone");
        for wrong in ["", "FAIL", "RSOYDt4T1cUTdK1PDd93/VVr8B8", "!", "RSOYDt4T1cUTdK1PDd93/VVr8B9="] {
            assert!(!twilio(&tokens, &address, &call, wrong), "{wrong:?}");
        }
    }

    #[test]
    fn telnyxs_signature_holds_for_its_body_and_its_time() {
        let pair = signature::Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("32 bytes");
        let shown = BASE64.encode(pair.public_key().as_ref());
        let keys = [[1; 32], public_key(&shown).expect("a key")];
        let signed = BASE64.encode(pair.sign(b"1700000000|CallSid=c&From=%2B1").as_ref());
        let check = |time: &str, body: &[u8], now| telnyx(&keys, time, body, &signed, now);
        let body = b"CallSid=c&From=%2B1";
        assert!(check("1700000000", body, 1_700_000_000) && check("1700000000", body, 1_700_000_300));
        assert!(!check("1700000000", body, 1_700_000_301), "too old");
        assert!(!check("1700000000", body, 1_699_999_699), "of the future");
        assert!(!check("1700000001", body, 1_700_000_000) && !check("1700000000", b"CallSid=d", 1_700_000_000));
        assert!(!check("soon", body, 1_700_000_000));
        assert!(!telnyx(&keys[..1], "1700000000", body, &signed, 1_700_000_000));
        assert!(!telnyx(&keys, "1700000000", body, "AAAA", 1_700_000_000));
        assert_eq!((public_key("AAAA"), public_key("?")), (None, None));
    }

    #[test]
    fn the_usual_port_may_be_said_or_not() {
        let table = [
            ("https://a.example/x?y=1", Some("https://a.example:443/x?y=1")),
            ("wss://a.example:443/x", Some("wss://a.example/x")),
            ("http://a.example", Some("http://a.example:80")),
            ("https://a.example:8443/x", None),
            ("https://[::1]/x", Some("https://[::1]:443/x")),
            ("https://[::1]:9/x", None),
            ("nonsense", None),
        ];
        for (address, other) in table {
            let want: Vec<String> = [Some(address), other].into_iter().flatten().map(str::to_owned).collect();
            assert_eq!(spellings(address), want);
        }
    }
}
