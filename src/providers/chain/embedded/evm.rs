//! Runs transactions and calls of an embedded chain, and makes blocks of what waits. It keeps nothing.

use crate::providers::chain::embedded::blocks::{Blocks, Done, Sealed};
use crate::providers::chain::embedded::pool::{Pool, Waiting};
use crate::providers::chain::embedded::world::{NoCode, Seen, World, rewind};
use alloy::consensus::constants::EMPTY_WITHDRAWALS;
use alloy::consensus::proofs::{calculate_receipt_root, calculate_transaction_root};
use alloy::consensus::{EMPTY_OMMER_ROOT_HASH, Header, Transaction as _};
use alloy::eips::eip1559::BaseFeeParams;
use alloy::primitives::{Address, B256, Bloom, Bytes, U256, keccak256};
use revm::context::either::Either;
use revm::context::result::{EVMError, ExecutionResult, ResultAndState};
use revm::context::{BlockEnv, CfgEnv, TxEnv};
use revm::database::{CacheDB, DatabaseRef};
use revm::primitives::hardfork::SpecId;
use revm::{Context, DatabaseCommit as _, ExecuteEvm as _, MainBuilder as _, MainContext as _};

/// The rules of Ethereum that the chain has.
pub(crate) const SPEC: SpecId = SpecId::OSAKA;
/// Gas of a block.
pub(crate) const BLOCK_GAS_MAX: u64 = 36_000_000;
/// Gas of a transaction (EIP-7825).
pub(crate) const TX_GAS_MAX: u64 = 16_777_216;
/// The base fee of the first block, in wei for each unit of gas.
pub(crate) const FIRST_BASE_FEE: u64 = 1_000_000_000;

/// What a block is made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) chain_id: u64,
    /// Seconds since 1970; never before the block before.
    pub(crate) time: u64,
    /// Makes the block another one than a block with the same transactions would be.
    pub(crate) fork: u64,
    /// Nothing but what waits with these hashes, where some are given.
    pub(crate) empty: bool,
}

/// A block, and what was found to fit into none.
#[derive(Clone, Debug)]
pub(crate) struct Built {
    pub(crate) sealed: Sealed,
    pub(crate) dropped: Vec<B256>,
}

/// Code cannot be run since something of the state is missing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the embedded chain cannot go on: {0}")]
pub(crate) struct Stuck(pub(crate) String);

/// Makes the next block.
pub(crate) fn build(plan: &Plan, world: &World, blocks: &Blocks, pool: &Pool) -> Result<Built, Stuck> {
    let parent = blocks.head();
    let base_fee = next_base_fee(&parent.header);
    let time = plan.time.max(parent.header.timestamp);
    let env = BlockEnv { timestamp: U256::from(time), ..after(parent, plan.fork, base_fee) };
    let mut overlay = overlay(world, blocks);
    let (mut txs, mut dropped, mut gas_used) = (Vec::new(), Vec::new(), 0_u64);
    let mut ready = pool.ready(world, base_fee);
    while let Some(waiting) = ready.next().filter(|_| !plan.empty) {
        if gas_used.saturating_add(waiting.tx.gas_limit()) > BLOCK_GAS_MAX {
            continue;
        }
        match run(&mut overlay, strict(plan.chain_id), &env, tx_env(waiting)) {
            Ok(ResultAndState { result, state }) => {
                overlay.commit(state);
                let done = done(waiting, result);
                gas_used += done.gas_used;
                txs.push(done);
                ready.taken(waiting);
            }
            Err(EVMError::Database(error)) => return Err(Stuck(error.to_string())),
            Err(_) => dropped.push(waiting.hash()),
        }
    }
    let diff = world.diff(&overlay);
    let mut sealed = Sealed { header: Header::default(), hash: B256::ZERO, txs, diff };
    sealed.header = header(&sealed, parent, &env, gas_used, plan.fork);
    sealed.hash = sealed.header.hash_slow();
    Ok(Built { sealed, dropped })
}

/// The first block of a chain.
pub(crate) fn genesis(time: u64, diff: crate::providers::chain::embedded::world::Diff) -> Sealed {
    let state_root = root_after(B256::ZERO, &diff);
    let header = Header {
        timestamp: time,
        state_root,
        gas_limit: BLOCK_GAS_MAX,
        base_fee_per_gas: Some(FIRST_BASE_FEE),
        withdrawals_root: Some(EMPTY_WITHDRAWALS),
        blob_gas_used: Some(0),
        excess_blob_gas: Some(0),
        parent_beacon_block_root: Some(B256::ZERO),
        ..Header::default()
    };
    Sealed { hash: header.hash_slow(), header, txs: Vec::new(), diff }
}

/// The base fee of the block after this one (EIP-1559).
pub(crate) fn next_base_fee(header: &Header) -> u64 {
    header.next_block_base_fee(BaseFeeParams::ethereum()).unwrap_or(FIRST_BASE_FEE)
}

/// Something to be run that leaves nothing behind.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) chain_id: u64,
    /// The block after which it is asked.
    pub(crate) at: u64,
    /// The time that it sees, if it is another one than the block's.
    pub(crate) time: u64,
    pub(crate) tx: TxEnv,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ran {
    Returned {
        output: Bytes,
        gas: u64,
        refund: u64,
    },
    Reverted(Bytes),
    Halted(String),
    /// It was not begun.
    Unfit(String),
}

/// Runs a question after a block; `None` when the block is too old to be looked at.
pub(crate) fn ask(question: &Question, world: &World, blocks: &Blocks) -> Result<Option<Ran>, Stuck> {
    let Some(mut overlay) = overlay_at(world, blocks, question.at)? else { return Ok(None) };
    let Some(block) = blocks.at(question.at) else { return Ok(None) };
    let header = &block.header;
    let env = BlockEnv {
        number: U256::from(header.number),
        timestamp: U256::from(question.time.max(header.timestamp)),
        prevrandao: Some(header.mix_hash),
        ..after(block, 0, block.base_fee())
    };
    let cfg = loose(question.chain_id);
    Ok(Some(match run(&mut overlay, cfg, &env, question.tx.clone()) {
        Ok(ResultAndState { result: ExecutionResult::Success { output, gas, .. }, .. }) => {
            Ran::Returned { output: output.into_data(), gas: gas.tx_gas_used(), refund: gas.inner_refunded() }
        }
        Ok(ResultAndState { result: ExecutionResult::Revert { output, .. }, .. }) => Ran::Reverted(output),
        Ok(ResultAndState { result: ExecutionResult::Halt { reason, .. }, .. }) => Ran::Halted(format!("{reason:?}")),
        Err(EVMError::Database(error)) => return Err(Stuck(error.to_string())),
        Err(error) => Ran::Unfit(error.to_string()),
    }))
}

/// The state after a block; `None` when that is too old.
pub(crate) fn overlay_at<'a>(
    world: &'a World,
    blocks: &'a Blocks,
    at: u64,
) -> Result<Option<CacheDB<impl DatabaseRef<Error = NoCode> + use<'a>>>, Stuck> {
    let head = blocks.head().header.number;
    let mut overlay = overlay(world, blocks);
    if at > head {
        return Ok(None);
    }
    for number in (at + 1..=head).rev() {
        let Some(block) = blocks.at(number).filter(|block| can_be_undone(block)) else { return Ok(None) };
        rewind(&mut overlay, &block.diff).map_err(|error| Stuck(error.to_string()))?;
    }
    Ok(Some(overlay))
}

/// What it changed is still known. A block with transactions always changes something.
pub(crate) fn can_be_undone(block: &Sealed) -> bool {
    block.txs.is_empty() || !block.diff.changes.is_empty()
}

fn overlay<'a>(world: &'a World, blocks: &'a Blocks) -> CacheDB<Seen<'a, impl Fn(u64) -> Option<B256> + use<'a>>> {
    CacheDB::new(Seen { world, hash: move |number| blocks.at(number).map(|block| block.hash) })
}

fn run<D: DatabaseRef<Error = NoCode>>(
    overlay: &mut CacheDB<D>,
    cfg: CfgEnv,
    env: &BlockEnv,
    tx: TxEnv,
) -> Result<ResultAndState, EVMError<NoCode>> {
    Context::mainnet().with_db(overlay).with_cfg(cfg).with_block(env.clone()).build_mainnet().transact(tx)
}

fn strict(chain_id: u64) -> CfgEnv {
    CfgEnv::new_with_spec(SPEC).with_chain_id(chain_id)
}

/// A question pays nothing, and may be asked for anybody.
fn loose(chain_id: u64) -> CfgEnv {
    let mut cfg = strict(chain_id);
    cfg.disable_base_fee = true;
    cfg.disable_eip3607 = true;
    cfg.disable_nonce_check = true;
    cfg.tx_gas_limit_cap = Some(u64::MAX);
    cfg
}

/// What code sees of the block after this one.
fn after(parent: &Sealed, fork: u64, base_fee: u64) -> BlockEnv {
    BlockEnv {
        number: U256::from(parent.header.number + 1),
        beneficiary: COINBASE,
        gas_limit: BLOCK_GAS_MAX,
        basefee: base_fee,
        difficulty: U256::ZERO,
        prevrandao: Some(keccak256([parent.hash.as_slice(), &fork.to_be_bytes()].concat())),
        ..BlockEnv::default()
    }
}

fn header(sealed: &Sealed, parent: &Sealed, env: &BlockEnv, gas_used: u64, fork: u64) -> Header {
    let envelopes: Vec<_> = sealed.txs.iter().map(|done| done.tx.clone()).collect();
    let receipts = sealed.txs.iter().enumerate();
    let receipts: Vec<_> = receipts.map(|(at, done)| done.receipt(sealed.gas_until(at), done.logs.clone())).collect();
    let mut bloom = Bloom::ZERO;
    receipts.iter().for_each(|receipt| bloom.accrue_bloom(receipt.logs_bloom()));
    Header {
        parent_hash: parent.hash,
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        beneficiary: COINBASE,
        state_root: root_after(parent.header.state_root, &sealed.diff),
        transactions_root: calculate_transaction_root(&envelopes),
        receipts_root: calculate_receipt_root(&receipts),
        logs_bloom: bloom,
        number: parent.header.number + 1,
        gas_limit: BLOCK_GAS_MAX,
        gas_used,
        timestamp: env.timestamp.saturating_to(),
        extra_data: if fork == 0 { Bytes::new() } else { fork.to_be_bytes().into() },
        mix_hash: env.prevrandao.unwrap_or_default(),
        base_fee_per_gas: Some(env.basefee),
        withdrawals_root: Some(EMPTY_WITHDRAWALS),
        blob_gas_used: Some(0),
        excess_blob_gas: Some(0),
        parent_beacon_block_root: Some(B256::ZERO),
        ..Header::default()
    }
}

/// Stands in the place of a state root: it commits to every change since the first block, but nothing can be proved against it.
fn root_after(before: B256, diff: &crate::providers::chain::embedded::world::Diff) -> B256 {
    let mut bytes = before.to_vec();
    for change in &diff.changes {
        bytes.extend(change.address);
        for holder in [change.before, change.after] {
            let Some(holder) = holder else {
                bytes.push(0);
                continue;
            };
            bytes.push(1);
            bytes.extend(holder.nonce.to_be_bytes());
            bytes.extend(holder.balance.to_be_bytes::<32>());
            bytes.extend(holder.code);
        }
        for (slot, _, value) in &change.slots {
            bytes.extend(slot.to_be_bytes::<32>());
            bytes.extend(value.to_be_bytes::<32>());
        }
    }
    keccak256(bytes)
}

fn tx_env(waiting: &Waiting) -> TxEnv {
    let tx = &waiting.tx;
    TxEnv {
        tx_type: tx.tx_type() as u8,
        caller: waiting.from,
        gas_limit: tx.gas_limit(),
        gas_price: tx.max_fee_per_gas(),
        kind: tx.kind(),
        value: tx.value(),
        data: tx.input().clone(),
        nonce: tx.nonce(),
        chain_id: tx.chain_id(),
        access_list: tx.access_list().cloned().unwrap_or_default(),
        gas_priority_fee: tx.max_priority_fee_per_gas(),
        blob_hashes: Vec::new(),
        max_fee_per_blob_gas: 0,
        authorization_list: tx.authorization_list().unwrap_or_default().iter().cloned().map(Either::Left).collect(),
    }
}

fn done(waiting: &Waiting, result: ExecutionResult) -> Done {
    Done {
        tx: waiting.tx.clone(),
        from: waiting.from,
        gas_used: result.tx_gas_used(),
        success: result.is_success(),
        contract: waiting.tx.kind().is_create().then(|| waiting.from.create(waiting.tx.nonce())),
        logs: if result.is_success() { result.into_logs() } else { Vec::new() },
    }
}

/// Who gets the tips: nobody.
const COINBASE: Address = Address::ZERO;
