//! An account that sends one transaction after the other and waits for each: for what the operator does. The wallet's rewards do not go this way;
//! their nonces are the wallet's to give.

use crate::providers::chain::faults::transport;
use crate::providers::chain::signer::{Signer, sign_transaction};
use crate::session::ports::chain::ChainFault;
use alloy::consensus::TxEip1559;
use alloy::eips::eip1559::Eip1559Estimation;
use alloy::network::TransactionBuilder as _;
use alloy::primitives::{Address, Bytes, TxKind};
use alloy::providers::{DynProvider, Provider};
use alloy::rpc::types::{TransactionReceipt, TransactionRequest};
use std::sync::Arc;
use std::time::Duration;

/// An account on one chain. Nothing else may use its nonces.
pub struct Account {
    provider: DynProvider,
    chain_id: u64,
    signer: Arc<dyn Signer>,
    turn: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Account({} on {})", self.signer.address(), self.chain_id)
    }
}

impl Account {
    /// An account by its key.
    #[must_use]
    pub fn new(provider: DynProvider, chain_id: u64, signer: Arc<dyn Signer>) -> Self {
        Self { provider, chain_id, signer, turn: tokio::sync::Mutex::new(()) }
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> Address {
        self.signer.address()
    }

    /// Signs a call with the next nonce, and sends nothing.
    ///
    /// # Errors
    /// It would revert, or the chain or the signer does not answer.
    pub async fn sign(&self, to: Address, data: Bytes) -> Result<Signed, ChainFault> {
        let from = self.address();
        let request = TransactionRequest::default().with_from(from).with_to(to).with_input(data.clone());
        let gas = self.provider.estimate_gas(request).await.map_err(transport)?;
        let nonce = self.provider.get_transaction_count(from).pending().await.map_err(transport)?;
        let Eip1559Estimation { max_fee_per_gas, max_priority_fee_per_gas } =
            self.provider.estimate_eip1559_fees().await.map_err(transport)?;
        let tx = TxEip1559 {
            chain_id: self.chain_id,
            nonce,
            // Storage may be another by then.
            gas_limit: gas + gas / 4,
            max_fee_per_gas,
            max_priority_fee_per_gas,
            to: TxKind::Call(to),
            input: data,
            ..TxEip1559::default()
        };
        let (hash, raw) = sign_transaction(self.signer.as_ref(), tx).await?;
        Ok(Signed { nonce, hash, raw })
    }

    /// Calls a contract, and waits until that is in a block.
    ///
    /// # Errors
    /// It reverts, it is in no block in time, or the chain or the signer does not answer.
    pub async fn call(&self, to: Address, data: Bytes) -> Result<TransactionReceipt, ChainFault> {
        let _turn = self.turn.lock().await;
        let Signed { hash, raw, .. } = self.sign(to, data).await?;
        drop(self.provider.send_raw_transaction(&raw).await.map_err(transport)?);
        for _ in 0..RECEIPT_TRIES_MAX {
            if let Some(receipt) = self.provider.get_transaction_receipt(hash).await.map_err(transport)? {
                let reverted = || ChainFault::Refused(format!("the transaction {hash} reverted"));
                return if receipt.status() { Ok(receipt) } else { Err(reverted()) };
            }
            tokio::time::sleep(RECEIPT_PAUSE).await;
        }
        Err(ChainFault::Transient(format!("the transaction {hash} is in no block yet")))
    }

    /// The client of the node beneath.
    #[must_use]
    pub fn provider(&self) -> &DynProvider {
        &self.provider
    }
}

/// A signed transaction.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Signed {
    /// Its nonce.
    pub nonce: u64,
    /// Its hash.
    pub hash: alloy::primitives::B256,
    /// Its bytes.
    pub raw: Bytes,
}

/// How often a receipt is looked for, and how long after one another.
const RECEIPT_TRIES_MAX: u32 = 600;
const RECEIPT_PAUSE: Duration = Duration::from_millis(100);
