//! Blocks, transactions, receipts and logs of an embedded chain in the shapes of JSON-RPC. It decides nothing.

use crate::providers::chain::embedded::blocks::{Blocks, Sealed};
use crate::providers::chain::embedded::evm;
use crate::providers::chain::embedded::pool::Waiting;
use alloy::consensus::transaction::Recovered;
use alloy::eips::{BlockId, BlockNumberOrTag};
use alloy::network::primitives::BlockTransactions;
use alloy::primitives::Sealed as WithHash;
use alloy::rpc::types::{Block, FeeHistory, Filter, FilterBlockOption, Header, Log, Transaction, TransactionReceipt};

/// A block, with its transactions or only their hashes.
pub(crate) fn block(sealed: &Sealed, full: bool) -> Block {
    let header = Header::from_consensus(WithHash::new_unchecked(sealed.header.clone(), sealed.hash), None, None);
    let transactions = if full {
        BlockTransactions::Full((0..sealed.txs.len()).filter_map(|at| transaction(sealed, at)).collect())
    } else {
        BlockTransactions::Hashes(sealed.txs.iter().map(|done| *done.tx.tx_hash()).collect())
    };
    Block { header, uncles: Vec::new(), transactions, withdrawals: Some(Vec::new().into()) }
}

/// A transaction that is in a block.
pub(crate) fn transaction(sealed: &Sealed, at: usize) -> Option<Transaction> {
    let done = sealed.txs.get(at)?;
    Some(Transaction {
        inner: Recovered::new_unchecked(done.tx.clone(), done.from),
        block_hash: Some(sealed.hash),
        block_number: Some(sealed.header.number),
        transaction_index: Some(at as u64),
        effective_gas_price: Some(done.price(sealed.base_fee())),
        block_timestamp: Some(sealed.header.timestamp),
    })
}

/// A transaction that waits.
pub(crate) fn waiting(waiting: &Waiting) -> Transaction {
    Transaction {
        inner: Recovered::new_unchecked(waiting.tx.clone(), waiting.from),
        block_hash: None,
        block_number: None,
        transaction_index: None,
        effective_gas_price: None,
        block_timestamp: None,
    }
}

/// A transaction's receipt.
pub(crate) fn receipt(sealed: &Sealed, at: usize) -> Option<TransactionReceipt> {
    use alloy::consensus::Transaction as _;
    let done = sealed.txs.get(at)?;
    Some(TransactionReceipt {
        inner: done.receipt(sealed.gas_until(at), logs(sealed, at)),
        transaction_hash: *done.tx.tx_hash(),
        transaction_index: Some(at as u64),
        block_hash: Some(sealed.hash),
        block_number: Some(sealed.header.number),
        gas_used: done.gas_used,
        effective_gas_price: done.price(sealed.base_fee()),
        blob_gas_used: None,
        blob_gas_price: None,
        from: done.from,
        to: done.tx.to(),
        contract_address: done.contract,
    })
}

/// A transaction's logs.
fn logs(sealed: &Sealed, at: usize) -> Vec<Log> {
    let Some(done) = sealed.txs.get(at) else { return Vec::new() };
    let numbered = (sealed.logs_before(at)..).zip(&done.logs);
    let log = |(number, log): (u64, &alloy::primitives::Log)| Log {
        inner: log.clone(),
        block_hash: Some(sealed.hash),
        block_number: Some(sealed.header.number),
        block_timestamp: Some(sealed.header.timestamp),
        transaction_hash: Some(*done.tx.tx_hash()),
        transaction_index: Some(at as u64),
        log_index: Some(number),
        removed: false,
    };
    numbered.map(log).collect()
}

/// Why logs are not given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoLogs {
    #[error("unknown block")]
    Unknown,
    #[error("history has been pruned for this block")]
    Pruned,
    #[error("query returned more than {LOGS_MAX} results")]
    TooMany,
}

/// Most logs in one answer.
pub(crate) const LOGS_MAX: usize = 10_000;

/// The logs that a filter lets through.
pub(crate) fn filtered(filter: &Filter, blocks: &Blocks) -> Result<Vec<Log>, NoLogs> {
    let head = blocks.head().header.number;
    let (from, to) = match &filter.block_option {
        FilterBlockOption::AtBlockHash(hash) => {
            let number = blocks.of(*hash).ok_or(NoLogs::Unknown)?.header.number;
            (number, number)
        }
        FilterBlockOption::Range { from_block, to_block } => {
            let number = |tag: &Option<BlockNumberOrTag>| tag.map_or(Some(head), |tag| number(tag, blocks));
            (number(from_block).ok_or(NoLogs::Unknown)?, number(to_block).ok_or(NoLogs::Unknown)?)
        }
    };
    if from < blocks.oldest() {
        return Err(NoLogs::Pruned);
    }
    let mut found = Vec::new();
    for sealed in blocks.range(from, to) {
        found.extend(logs_of(sealed, filter));
        if found.len() > LOGS_MAX {
            return Err(NoLogs::TooMany);
        }
    }
    Ok(found)
}

/// The logs of a block that a filter lets through, whatever it says of blocks.
pub(crate) fn logs_of(sealed: &Sealed, filter: &Filter) -> Vec<Log> {
    if !filter.matches_bloom(sealed.header.logs_bloom) {
        return Vec::new();
    }
    let all = (0..sealed.txs.len()).flat_map(|at| logs(sealed, at));
    all.filter(|log| filter.matches(&log.inner)).collect()
}

/// The number that a tag means.
fn number(tag: BlockNumberOrTag, blocks: &Blocks) -> Option<u64> {
    let head = blocks.head().header.number;
    Some(match tag {
        BlockNumberOrTag::Latest | BlockNumberOrTag::Pending => head,
        // Nothing older than this can leave.
        BlockNumberOrTag::Safe | BlockNumberOrTag::Finalized => {
            head.saturating_sub(crate::providers::chain::embedded::REORG_MAX).max(blocks.oldest())
        }
        BlockNumberOrTag::Earliest => blocks.oldest(),
        BlockNumberOrTag::Number(number) => number,
    })
}

/// The block that is meant.
pub(crate) fn find(id: BlockId, blocks: &Blocks) -> Option<&std::sync::Arc<Sealed>> {
    match id {
        BlockId::Hash(hash) => blocks.of(hash.block_hash),
        BlockId::Number(tag) => blocks.at(number(tag, blocks)?),
    }
}

/// What blocks up to one paid.
pub(crate) fn fees(count: u64, newest: &Sealed, percents: &[f64], blocks: &Blocks) -> FeeHistory {
    let last = newest.header.number;
    let first = (last + 1).saturating_sub(count.min(FEE_BLOCKS_MAX)).max(blocks.oldest());
    let mut history = FeeHistory { oldest_block: first, ..FeeHistory::default() };
    let mut rewards = Vec::new();
    for sealed in blocks.range(first, last) {
        history.base_fee_per_gas.push(u128::from(sealed.base_fee()));
        history.base_fee_per_blob_gas.push(1);
        history.blob_gas_used_ratio.push(0.0);
        history.gas_used_ratio.push(sealed.header.gas_used as f64 / sealed.header.gas_limit as f64);
        rewards.push(percents.iter().map(|percent| tip_at(sealed, *percent)).collect());
    }
    history.base_fee_per_gas.push(u128::from(evm::next_base_fee(&newest.header)));
    history.base_fee_per_blob_gas.push(1);
    history.reward = (!percents.is_empty()).then_some(rewards);
    history
}

/// The tip below which this percentage of a block's gas was paid for.
fn tip_at(sealed: &Sealed, percent: f64) -> u128 {
    let base_fee = sealed.base_fee();
    let mut tips: Vec<(u128, u64)> = sealed
        .txs
        .iter()
        .map(|done| (done.price(base_fee).saturating_sub(u128::from(base_fee)), done.gas_used))
        .collect();
    tips.sort_unstable();
    let wanted = sealed.header.gas_used as f64 * percent / 100.0;
    let mut gas = 0;
    for (tip, used) in &tips {
        gas += used;
        if gas as f64 >= wanted {
            return *tip;
        }
    }
    tips.last().map_or(0, |(tip, _)| *tip)
}

/// Most blocks in one fee history, as nodes have it.
const FEE_BLOCKS_MAX: u64 = 1024;
