//! The DTLS certificate of this process and the crypto behind it. It never writes a key anywhere.

use rtc::crypto::providers::AwsLcRsProvider;
use rtc::crypto::{RTCCryptoProvider, SignatureScheme};
use rtc::peer_connection::certificate::{CertificateParams, RTCCertificate};
use std::sync::Arc;

/// A self-signed ECDSA P-256 certificate, shared by all legs of a process.
#[derive(Clone)]
pub struct Identity(RTCCertificate);

/// The certificate could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the DTLS certificate could not be made: {why}")]
pub struct IdentityError {
    /// For the log.
    pub why: String,
}

impl Identity {
    /// Makes a fresh certificate; draws randomness and costs about a millisecond.
    ///
    /// # Errors
    /// The crypto library refused.
    pub fn generate() -> Result<Self, IdentityError> {
        let crypto = crypto();
        RTCCertificate::generate(crypto.crypto(), SignatureScheme::EcdsaP256Sha256, CertificateParams::default())
            .map(Self)
            .map_err(|error| IdentityError { why: error.to_string() })
    }

    pub(super) fn certificate(&self) -> RTCCertificate {
        self.0.clone()
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(key withheld)")
    }
}

/// The one crypto library of the house; named here so that no feature of another crate can change it.
pub(super) fn crypto() -> Arc<dyn RTCCryptoProvider> {
    Arc::new(AwsLcRsProvider::new())
}
