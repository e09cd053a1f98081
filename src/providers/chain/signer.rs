//! Keys that sign: in a file here, or with others who never give them out. Each vendor lives in its own file and names no other.

pub mod coinbase;
mod http;
pub mod keystore;
pub mod kms;

use crate::providers::chain::signer::coinbase::{Coinbase, CoinbaseConfig};
use crate::providers::chain::signer::keystore::Keystore;
use crate::providers::chain::signer::kms::{Kms, KmsConfig};
use crate::session::ports::chain::ChainFault;
use alloy::consensus::{SignableTransaction as _, TxEip1559, TxEnvelope};
use alloy::eips::eip2718::Encodable2718 as _;
use alloy::primitives::{Address, B256, Bytes, Signature, U256};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;

/// A key that signs hashes.
pub trait Signer: Send + Sync {
    /// The account that it is the key of.
    fn address(&self) -> Address;
    /// Signs a hash.
    fn sign(&self, hash: B256) -> BoxFuture<'_, Result<Signature, ChainFault>>;
}

/// Where a key is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SignerConfig {
    /// In the server's own keystore.
    #[default]
    Keystore,
    /// In AWS KMS.
    Kms(KmsConfig),
    /// With Coinbase Developer Platform.
    Coinbase(CoinbaseConfig),
}

impl SignerConfig {
    /// The signer there; in the keystore it is the key of this name.
    ///
    /// # Errors
    /// The key is not there, is of another kind, or may not be used.
    pub async fn open(
        &self,
        keys: &Keystore,
        name: &str,
        clock: fn() -> Timestamp,
    ) -> Result<Arc<dyn Signer>, ChainFault> {
        Ok(match self {
            Self::Keystore => Arc::new(keys.key(name)?),
            Self::Kms(config) => Arc::new(Kms::open(config.clone(), clock).await?),
            Self::Coinbase(config) => Arc::new(Coinbase::open(config.clone(), clock)?),
        })
    }
}

/// Signs a transaction: its hash and bytes.
///
/// # Errors
/// Of the signer.
pub async fn sign_transaction(signer: &dyn Signer, tx: TxEip1559) -> Result<(B256, Bytes), ChainFault> {
    let signature = signer.sign(tx.signature_hash()).await?;
    let tx = TxEnvelope::from(tx.into_signed(signature));
    Ok((*tx.tx_hash(), tx.encoded_2718().into()))
}

/// A signature of two numbers, as services give it: the lower form of `s`, and the parity with which the account comes out.
///
/// # Errors
/// It is not this account's.
pub(crate) fn complete(r: U256, s: U256, hash: B256, address: Address) -> Result<Signature, ChainFault> {
    for parity in [false, true] {
        let signature = Signature::new(r, s, parity).normalized_s();
        if signature.recover_address_from_prehash(&hash).is_ok_and(|found| found == address) {
            return Ok(signature);
        }
    }
    Err(ChainFault::Misconfigured(format!("the key that signed is not that of {address}")))
}

#[cfg(test)]
mod tests {
    use crate::providers::chain::signer::SignerConfig;
    use serde_json::json;

    #[test]
    fn a_key_is_where_the_configuration_says() {
        let read = |value| serde_json::from_value::<SignerConfig>(value);
        assert!(matches!(read(json!({ "kind": "keystore" })), Ok(SignerConfig::Keystore)));
        let kms = json!({
            "kind": "kms", "key_id": "alias/voxfare", "region": "eu-central-1", "access_key_id": "A", "secret_access_key": "s",
        });
        assert!(matches!(read(kms.clone()), Ok(SignerConfig::Kms(kms)) if kms.key_id == "alias/voxfare"));
        let coinbase = json!({
            "kind": "coinbase", "address": "0x0000000000000000000000000000000000000007", "api_key_id": "a",
            "api_key_secret": "s", "wallet_secret": "w",
        });
        assert!(matches!(read(coinbase), Ok(SignerConfig::Coinbase(_))));
        let mut misspelt = kms;
        misspelt["regoin"] = json!("eu");
        let why = read(misspelt).expect_err("there is no such setting").to_string();
        assert!(why.contains("regoin"), "{why}");
    }
}
