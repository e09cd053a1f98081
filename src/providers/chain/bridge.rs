//! TRVL from one chain to another (ERC-7802): burned here once, and when that is deep enough, minted there once. What was reached is its caller's to
//! keep before the next step; a step that is taken again changes nothing.

use crate::providers::chain::bindings::TRVLToken;
use crate::providers::chain::faults::{transport, unsent};
use crate::providers::chain::sending::{Account, Signed};
use crate::session::ports::chain::ChainFault;
use alloy::primitives::{Address, U256};
use alloy::providers::Provider as _;
use alloy::sol_types::SolCall as _;
use serde::{Deserialize, Serialize};
use wallet::settle::Unsent;

/// One chain's side of the bridge.
#[derive(Debug)]
pub struct End {
    /// The bridge's account there; the token knows it as a bridge.
    pub account: Account,
    /// TRVL there.
    pub token: Address,
    /// Blocks that must stand on a burn or a mint, its own included.
    pub confirmations: u64,
}

/// A transfer, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Whose tokens are burned; they have approved the bridge.
    pub from: Address,
    /// Who gets them on the other chain.
    pub to: Address,
    /// How many, in wei.
    pub amount: U256,
    /// How far it is.
    pub step: Step,
}

/// How far a transfer is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Nothing has happened.
    Wanted,
    /// The burn is signed, and may be anywhere.
    Burning(Signed),
    /// Burned for good.
    Burned,
    /// The mint is signed, and may be anywhere.
    Minting(Signed),
    /// Minted for good.
    Done,
    /// The burn reverted: nothing was moved.
    Failed,
}

/// A bridge from one chain to another. It carries one transfer at a time.
#[derive(Debug)]
pub struct Bridge {
    /// Where tokens are burned.
    pub from: End,
    /// Where they are minted.
    pub to: End,
}

impl Bridge {
    /// Takes the next step: what it gives is to be stored before it is called again.
    ///
    /// # Errors
    /// `Refused` when the token would not have it (too much for its limits, too little approved), or a chain does not answer: the transfer stands
    /// where it stood.
    pub async fn step(&self, transfer: &Transfer) -> Result<Step, ChainFault> {
        let Transfer { from, to, amount, .. } = *transfer;
        match &transfer.step {
            Step::Wanted => {
                let burn = TRVLToken::crosschainBurnCall { from, value: amount };
                self.from.account.sign(self.from.token, burn.abi_encode().into()).await.map(Step::Burning)
            }
            Step::Burning(signed) => Ok(match fate(&self.from, signed).await? {
                Fate::Open => transfer.step.clone(),
                Fate::Done => Step::Burned,
                Fate::Reverted => Step::Failed,
                Fate::Lost => Step::Wanted,
            }),
            Step::Burned => {
                let mint = TRVLToken::crosschainMintCall { to, value: amount };
                self.to.account.sign(self.to.token, mint.abi_encode().into()).await.map(Step::Minting)
            }
            Step::Minting(signed) => Ok(match fate(&self.to, signed).await? {
                Fate::Open => transfer.step.clone(),
                Fate::Done => Step::Done,
                // A limit was reached in between: what is burned is minted when it allows.
                Fate::Reverted | Fate::Lost => Step::Burned,
            }),
            Step::Done | Step::Failed => Ok(transfer.step.clone()),
        }
    }
}

/// What has become of a transaction.
enum Fate {
    Open,
    Done,
    Reverted,
    /// Another one has its nonce, for good: it can be in no block any more.
    Lost,
}

async fn fate(end: &End, signed: &Signed) -> Result<Fate, ChainFault> {
    let provider = end.account.provider();
    let head = provider.get_block_number().await.map_err(transport)?;
    if let Some(receipt) = provider.get_transaction_receipt(signed.hash).await.map_err(transport)? {
        let deep = receipt.block_number.is_some_and(|number| head + 1 >= number + end.confirmations.max(1));
        return Ok(match (deep, receipt.status()) {
            (false, _) => Fate::Open,
            (true, true) => Fate::Done,
            (true, false) => Fate::Reverted,
        });
    }
    match provider.send_raw_transaction(&signed.raw).await {
        Ok(_) => Ok(Fate::Open),
        Err(error) => match unsent(&error) {
            Unsent::NonceSpent => spent(end, signed, head).await,
            Unsent::Known => Ok(Fate::Open),
            Unsent::Underpriced | Unsent::Unknown => Err(transport(error)),
        },
    }
}

/// A nonce is spent, and not by this transaction: for good only when that is deep enough, since the block that has it may have come just now.
async fn spent(end: &End, signed: &Signed, head: u64) -> Result<Fate, ChainFault> {
    let provider = end.account.provider();
    let Some(deep) = (head + 1).checked_sub(end.confirmations.max(1)) else { return Ok(Fate::Open) };
    let count = provider.get_transaction_count(end.account.address()).number(deep).await.map_err(transport)?;
    let found = provider.get_transaction_receipt(signed.hash).await.map_err(transport)?;
    Ok(if count > signed.nonce && found.is_none() { Fate::Lost } else { Fate::Open })
}
