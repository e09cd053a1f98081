//! Brings the contracts to a chain of our own by signed transactions, and goes on where it stopped: which step is next, the deployer's nonce says.
//! A chain of others is not deployed to from here; its addresses come from the configuration.

mod draft;
mod market;
pub(crate) mod plan;

pub use draft::Step;
pub use market::Uniswap;
pub use plan::{Deployment, People, Rules, plan};

use crate::providers::chain::faults::transport;
use crate::providers::chain::signer::{Signer, sign_transaction};
use crate::session::ports::chain::ChainFault;
use alloy::consensus::TxEip1559;
use alloy::eips::BlockId;
use alloy::primitives::B256;
use alloy::providers::Provider;
use std::time::Duration;

/// Sends what is still to be sent of a deployment, and looks whether everything is as it should be.
///
/// # Errors
/// A step reverts or is lost, the deployer kept some power, or the chain does not answer.
pub async fn deploy(
    provider: &impl Provider,
    rules: &Rules,
    people: &People,
    uniswap: Option<&Uniswap>,
    deployer: &dyn Signer,
) -> Result<Deployment, ChainFault> {
    let chain_id = provider.get_chain_id().await.map_err(transport)?;
    let (steps, mut made) = plan(chain_id, rules, people, uniswap);
    let first = provider.get_block_number().await.map_err(transport)?;
    let done = provider.get_transaction_count(people.deployer).await.map_err(transport)?;
    let mut sent: Vec<(&'static str, B256)> = Vec::new();
    for (nonce, step) in (0_u64..).zip(&steps).skip(usize::try_from(done).unwrap_or(usize::MAX)) {
        sent.push((step.name, send(provider, chain_id, nonce, step, deployer).await?));
    }
    for (name, hash) in sent {
        mined(provider, name, hash).await?;
    }
    made.block = first;
    check(provider, &made, people).await?;
    Ok(made)
}

async fn send(
    provider: &impl Provider,
    chain_id: u64,
    nonce: u64,
    step: &Step,
    deployer: &dyn Signer,
) -> Result<B256, ChainFault> {
    let tx = TxEip1559 {
        chain_id,
        nonce,
        gas_limit: STEP_GAS,
        max_fee_per_gas: FEE,
        max_priority_fee_per_gas: TIP,
        to: step.to,
        input: step.data.clone(),
        ..TxEip1559::default()
    };
    let (hash, raw) = sign_transaction(deployer, tx).await?;
    // Its answer says nothing that the receipt does not say.
    drop(provider.send_raw_transaction(&raw).await.map_err(transport)?);
    Ok(hash)
}

/// Waits for a step's receipt.
async fn mined(provider: &impl Provider, name: &str, hash: B256) -> Result<(), ChainFault> {
    for _ in 0..RECEIPT_TRIES_MAX {
        if let Some(receipt) = provider.get_transaction_receipt(hash).await.map_err(transport)? {
            let reverted = || ChainFault::Refused(format!("the deployment's step \"{name}\" reverted"));
            return receipt.status().then_some(()).ok_or_else(reverted);
        }
        tokio::time::sleep(RECEIPT_PAUSE).await;
    }
    Err(ChainFault::Transient(format!("the deployment's step \"{name}\" is in no block yet")))
}

/// Everything has code, belongs to the timelock, and no longer to the deployer.
///
/// # Errors
/// What is not so.
pub async fn check(provider: &impl Provider, made: &Deployment, people: &People) -> Result<(), ChainFault> {
    use crate::providers::chain::bindings::TRVLToken;
    let wrong =
        |what: String| ChainFault::Misconfigured(format!("the contracts are not as they were deployed: {what}"));
    for module in plan::modules(made).into_iter().chain([made.emergency_stop, made.timelock]) {
        let code = provider.get_code_at(module).block_id(BlockId::latest()).await.map_err(transport)?;
        if code.is_empty() {
            return Err(wrong(format!("{module} has no code")));
        }
        let module = TRVLToken::new(module, provider);
        for (who, wanted) in [(made.timelock, true), (people.deployer, false)] {
            let has = module.hasRole(plan::ADMIN, who).call().await;
            if has.map_err(|error| ChainFault::Transient(error.to_string()))? != wanted {
                return Err(wrong(format!("{who} administers {} or does not", module.address())));
            }
        }
    }
    Ok(())
}

/// Gas that a step may use: more than any needs, on a chain where it costs nobody anything.
const STEP_GAS: u64 = 8_000_000;
/// What each unit of it pays, in wei.
const FEE: u128 = 100_000_000_000;
const TIP: u128 = 1_000_000_000;
/// How often a receipt is looked for, and how long after one another.
const RECEIPT_TRIES_MAX: u32 = 600;
const RECEIPT_PAUSE: Duration = Duration::from_millis(100);
