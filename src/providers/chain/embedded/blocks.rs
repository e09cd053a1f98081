//! The blocks of an embedded chain: what is in each, found by number, hash or transaction, and how each is written down. It runs nothing.

use crate::providers::chain::embedded::world::{Diff, Unreadable};
use alloy::consensus::{
    Eip658Value, Header, Receipt, ReceiptEnvelope, ReceiptWithBloom, Transaction as _, TxEnvelope, TxType,
};
use alloy::eips::BlockNumHash;
use alloy::eips::eip2718::{Decodable2718 as _, Encodable2718 as _};
use alloy::primitives::{Address, B256, Bloom, Bytes, Log, logs_bloom};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// A transaction that is in a block.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Done {
    pub(crate) tx: TxEnvelope,
    pub(crate) from: Address,
    pub(crate) gas_used: u64,
    pub(crate) success: bool,
    pub(crate) logs: Vec<Log>,
    /// What it made, if it made a contract.
    pub(crate) contract: Option<Address>,
}

/// A block with its hash.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sealed {
    pub(crate) header: Header,
    pub(crate) hash: B256,
    pub(crate) txs: Vec<Done>,
    /// What it changed; emptied once it is too deep to be undone.
    pub(crate) diff: Diff,
}

#[derive(Serialize, Deserialize)]
struct KeptTx {
    raw: Bytes,
    from: Address,
    gas: u64,
    ok: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    logs: Vec<Log>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    made: Option<Address>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    header: Header,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    txs: Vec<KeptTx>,
    diff: Diff,
}

impl Sealed {
    /// Its number and hash.
    pub(crate) fn place(&self) -> BlockNumHash {
        BlockNumHash { number: self.header.number, hash: self.hash }
    }

    /// The gas that was used up to and with a transaction.
    pub(crate) fn gas_until(&self, at: usize) -> u64 {
        self.txs.iter().take(at + 1).map(|done| done.gas_used).sum()
    }

    /// The logs before a transaction.
    pub(crate) fn logs_before(&self, at: usize) -> u64 {
        self.txs.iter().take(at).map(|done| done.logs.len() as u64).sum()
    }

    /// The base fee.
    pub(crate) fn base_fee(&self) -> u64 {
        self.header.base_fee_per_gas.unwrap_or_default()
    }

    /// As text.
    pub(crate) fn to_text(&self) -> Result<String, Unreadable> {
        let kept = |done: &Done| KeptTx {
            raw: done.tx.encoded_2718().into(),
            from: done.from,
            gas: done.gas_used,
            ok: done.success,
            logs: done.logs.clone(),
            made: done.contract,
        };
        let txs = self.txs.iter().map(kept).collect();
        let kept = Kept { header: self.header.clone(), txs, diff: self.diff.clone() };
        serde_json::to_string(&kept).map_err(|error| Unreadable(error.to_string()))
    }

    /// Reads what [`Self::to_text`] wrote.
    pub(crate) fn from_text(text: &str) -> Result<Self, Unreadable> {
        let Kept { header, txs, diff } = serde_json::from_str(text).map_err(|error| Unreadable(error.to_string()))?;
        let read = |kept: KeptTx| {
            let tx = TxEnvelope::decode_2718(&mut kept.raw.as_ref()).map_err(|error| Unreadable(error.to_string()))?;
            let KeptTx { from, gas: gas_used, ok: success, logs, made: contract, raw: _ } = kept;
            Ok(Done { tx, from, gas_used, success, logs, contract })
        };
        let txs = txs.into_iter().map(read).collect::<Result<_, Unreadable>>()?;
        Ok(Self { hash: header.hash_slow(), header, txs, diff })
    }
}

impl Done {
    /// Its receipt as the chain has it, where this much gas was used up to and with it.
    pub(crate) fn receipt<L>(&self, cumulative_gas_used: u64, logs: Vec<L>) -> ReceiptEnvelope<L> {
        let receipt = Receipt { status: Eip658Value::Eip658(self.success), cumulative_gas_used, logs };
        let inner = ReceiptWithBloom { receipt, logs_bloom: self.bloom() };
        match self.tx.tx_type() {
            TxType::Legacy => ReceiptEnvelope::Legacy(inner),
            TxType::Eip2930 => ReceiptEnvelope::Eip2930(inner),
            TxType::Eip1559 => ReceiptEnvelope::Eip1559(inner),
            TxType::Eip4844 => ReceiptEnvelope::Eip4844(inner),
            TxType::Eip7702 => ReceiptEnvelope::Eip7702(inner),
        }
    }

    /// What it paid for each unit of gas.
    pub(crate) fn price(&self, base_fee: u64) -> u128 {
        self.tx.effective_gas_price(Some(base_fee))
    }

    fn bloom(&self) -> Bloom {
        logs_bloom(&self.logs)
    }
}

/// The chain's blocks, from the oldest that is kept to the head.
#[derive(Clone, Debug)]
pub(crate) struct Blocks {
    /// Never empty.
    all: VecDeque<Arc<Sealed>>,
    numbers: HashMap<B256, u64>,
    txs: HashMap<B256, (u64, usize)>,
    /// What the blocks below this number changed is forgotten.
    bare: u64,
}

impl Blocks {
    /// A chain that begins with this block.
    pub(crate) fn from(first: Sealed) -> Self {
        let mut blocks = Self { all: VecDeque::new(), numbers: HashMap::new(), txs: HashMap::new(), bare: 0 };
        blocks.push(first);
        blocks
    }

    /// The newest block.
    pub(crate) fn head(&self) -> &Arc<Sealed> {
        self.all.back().expect("a chain begins with a block and is never cut before it")
    }

    /// The number of the oldest block.
    pub(crate) fn oldest(&self) -> u64 {
        self.all.front().map_or(0, |block| block.header.number)
    }

    /// The block with this number.
    pub(crate) fn at(&self, number: u64) -> Option<&Arc<Sealed>> {
        self.all.get(usize::try_from(number.checked_sub(self.oldest())?).ok()?)
    }

    /// The block with this hash.
    pub(crate) fn of(&self, hash: B256) -> Option<&Arc<Sealed>> {
        self.at(*self.numbers.get(&hash)?)
    }

    /// The block that a transaction is in, and its place there.
    pub(crate) fn tx(&self, hash: B256) -> Option<(&Arc<Sealed>, usize)> {
        let (number, place) = self.txs.get(&hash)?;
        Some((self.at(*number)?, *place))
    }

    /// Adds the next block; false when it does not follow the head.
    pub(crate) fn push(&mut self, sealed: Sealed) -> bool {
        let follows = self.all.back().is_none_or(|head| {
            head.hash == sealed.header.parent_hash && head.header.number + 1 == sealed.header.number
        });
        if follows {
            self.numbers.insert(sealed.hash, sealed.header.number);
            for (place, done) in sealed.txs.iter().enumerate() {
                self.txs.insert(*done.tx.tx_hash(), (sealed.header.number, place));
            }
            self.all.push_back(Arc::new(sealed));
        }
        follows
    }

    /// Takes the newest block off, unless it is the only one.
    pub(crate) fn pop(&mut self) -> Option<Arc<Sealed>> {
        if self.all.len() < 2 {
            return None;
        }
        let sealed = self.all.pop_back()?;
        self.forget(&sealed);
        Some(sealed)
    }

    /// Forgets what the blocks below a number changed, and the blocks below another one.
    pub(crate) fn prune(&mut self, undoable: u64, oldest: u64) {
        while self.all.len() > 1 && self.oldest() < oldest {
            let Some(sealed) = self.all.pop_front() else { break };
            self.forget(&sealed);
        }
        for number in self.bare.max(self.oldest())..undoable {
            let place = usize::try_from(number - self.oldest()).unwrap_or(usize::MAX);
            if let Some(block) = self.all.get_mut(place).filter(|block| !block.diff.changes.is_empty()) {
                Arc::make_mut(block).diff = Diff::default();
            }
        }
        self.bare = self.bare.max(undoable);
    }

    fn forget(&mut self, sealed: &Sealed) {
        self.numbers.remove(&sealed.hash);
        for done in &sealed.txs {
            self.txs.remove(done.tx.tx_hash());
        }
    }

    /// From a number to another one, as far as they are there.
    pub(crate) fn range(&self, from: u64, to: u64) -> impl Iterator<Item = &Arc<Sealed>> {
        let begin = usize::try_from(from.saturating_sub(self.oldest())).unwrap_or(usize::MAX);
        self.all.iter().skip(begin).take_while(move |block| block.header.number <= to)
    }
}
