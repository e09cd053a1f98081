//! Reads the distributor's logs block by block, follows the chain through reorganisations, and says what left and what joined. Where it is, is its
//! caller's to keep: it has no memory.

use crate::providers::chain::bindings::RewardDistributor;
use crate::providers::chain::faults::transport;
use crate::session::ports::chain::{Batch, ChainFault, ChainLog, Heard, PlaceOnChain, READ_MAX, ReadBlock};
use alloy::eips::{BlockId, BlockNumHash};
use alloy::network::BlockResponse as _;
use alloy::primitives::{Address, B256, Bloom, BloomInput};
use alloy::providers::{DynProvider, Provider};
use alloy::rpc::types::{Filter, Log};
use alloy::sol_types::SolEvent as _;
use std::time::Duration;
use tokio::sync::watch;
use wallet::money::Wei;
use wallet::nonce::Block;
use wallet::rules::Legs;
use wallet::settle::Event;

/// Blocks read at once, so that the place is stored now and then.
const STEPS_MAX: usize = 64;
/// Blocks whose logs are asked for at once, far from the newest one.
const RANGE_MAX: u64 = 2_000;

/// A listener of one chain.
pub(crate) struct Listener {
    pub(crate) provider: DynProvider,
    pub(crate) distributor: Address,
    /// The first block that can have logs.
    pub(crate) since: u64,
    pub(crate) heads: Option<watch::Receiver<BlockNumHash>>,
    pub(crate) poll: Duration,
    pub(crate) deadline: Duration,
}

/// A block's head, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Found {
    block: Block,
    parent: B256,
    bloom: Bloom,
    transactions: usize,
}

impl Listener {
    /// Waits until there is something to say. Only waiting takes longer than the deadline.
    pub(crate) async fn next(&self, from: Option<PlaceOnChain>) -> Result<Batch, ChainFault> {
        let mut place = from.unwrap_or_default();
        let mut heads = self.heads.clone();
        loop {
            // What comes while it reads is seen when it waits.
            if let Some(heads) = &mut heads {
                heads.mark_unchanged();
            }
            let late = |_| ChainFault::Transient(format!("no answer within {:?}", self.deadline));
            let read = tokio::time::timeout(self.deadline, self.read(&mut place)).await;
            let (logs, moved) = read.map_err(late)??;
            if moved {
                return Ok(Batch { logs, place });
            }
            let told = match &mut heads {
                Some(heads) => tokio::time::timeout(self.poll, heads.changed()).await.is_ok_and(|told| told.is_ok()),
                None => false,
            };
            // Nobody tells any more: then it is asked.
            if !told && heads.as_ref().is_none_or(|heads| heads.has_changed().is_err()) {
                tokio::time::sleep(self.poll).await;
            }
        }
    }

    /// Goes as far as one batch; whether anything is other than before.
    async fn read(&self, place: &mut PlaceOnChain) -> Result<(Vec<Heard>, bool), ChainFault> {
        let Some(head) = self.header(BlockId::latest()).await? else { return Ok((Vec::new(), false)) };
        let before = place.blocks.back().map(|read| read.block);
        // A block that was read already, and not as the newest one: the node is behind another that was asked before, or the chain became shorter;
        // which of them it was, the next block says.
        if place.blocks.iter().rev().any(|read| read.block == head.block) {
            return Ok((Vec::new(), false));
        }
        let mut logs = Vec::new();
        let lost = self.back(place, head, &mut logs).await?;
        let left = place.blocks.back().map(|read| read.block) != before;
        let next = place.blocks.back().map(|read| read.block.number + 1).or(lost).unwrap_or(self.since);
        let joined = self.forth(place, head, next, &mut logs).await?;
        Ok((logs, left || joined))
    }

    /// Takes off the blocks that are no longer the chain's, newest first; gives the number of the last of them. If none is left, what was read
    /// before them is too deep to be looked at again, and counts.
    async fn back(
        &self,
        place: &mut PlaceOnChain,
        head: Found,
        logs: &mut Vec<Heard>,
    ) -> Result<Option<u64>, ChainFault> {
        let mut lost = None;
        while let Some(read) = place.blocks.back() {
            let number = read.block.number;
            let ours = if number == head.block.number {
                Some(head)
            } else if number > head.block.number {
                None
            } else {
                self.header(BlockId::number(number)).await?
            };
            if ours.is_some_and(|ours| ours.block == read.block) {
                break;
            }
            let Some(gone) = place.blocks.pop_back() else { break };
            lost = Some(number);
            let heard = gone.logs.iter().rev().map(|log| Heard { log: *log, block: gone.block, removed: true });
            logs.extend(heard);
        }
        Ok(lost)
    }

    /// Reads on towards the newest block.
    async fn forth(
        &self,
        place: &mut PlaceOnChain,
        head: Found,
        mut next: u64,
        logs: &mut Vec<Heard>,
    ) -> Result<bool, ChainFault> {
        let mut moved = false;
        // Far from the newest block nothing leaves any more, and logs are asked for in ranges.
        if let Some(near) = head.block.number.checked_sub(READ_MAX as u64).filter(|near| next < *near) {
            let (to, found) = self.range(next, near).await?;
            let Some(last) = self.header(BlockId::number(to)).await? else { return Ok(false) };
            for log in &found {
                logs.extend(heard(log));
            }
            place.blocks.clear();
            place.blocks.push_back(ReadBlock { block: last.block, logs: Vec::new() });
            return Ok(true);
        }
        for _ in 0..STEPS_MAX {
            if next > head.block.number {
                break;
            }
            let at = if next == head.block.number { Some(head) } else { self.header(BlockId::number(next)).await? };
            let follows = |found: &Found| place.blocks.back().is_none_or(|read| read.block.hash == found.parent);
            // It is another chain by now: the next look goes back first.
            let Some(found) = at.filter(follows) else { break };
            let mut read = ReadBlock { block: found.block, logs: Vec::new() };
            for log in self.of_block(&found).await? {
                let Some(heard) = heard(&log) else { continue };
                read.logs.push(heard.log);
                logs.push(heard);
            }
            place.blocks.push_back(read);
            while place.blocks.len() > READ_MAX {
                place.blocks.pop_front();
            }
            next += 1;
            moved = true;
        }
        Ok(moved)
    }

    /// Logs from a block on, of as many blocks as the node lets us ask for at once: up to which block that is, and the logs.
    async fn range(&self, from: u64, near: u64) -> Result<(u64, Vec<Log>), ChainFault> {
        let mut span = RANGE_MAX;
        loop {
            let to = near.min(from + span - 1);
            match self.logs(Filter::new().from_block(from).to_block(to)).await {
                Ok(found) => return Ok((to, found)),
                Err(fault) if span == 1 => return Err(fault),
                // Nodes have limits of many kinds, and as many words for them.
                Err(_) => span = (span / 8).max(1),
            }
        }
    }

    async fn header(&self, id: BlockId) -> Result<Option<Found>, ChainFault> {
        let block = self.provider.get_block(id).await.map_err(transport)?;
        Ok(block.map(|block| {
            let header = block.header();
            let place = Block { number: header.number, hash: header.hash };
            let transactions = block.transactions().len();
            Found { block: place, parent: header.parent_hash, bloom: header.logs_bloom, transactions }
        }))
    }

    /// Our logs of a block near the newest one. A node that has just made or got it may know the block and not yet its logs, and says then that there
    /// are none: where the block's own bloom says that there may be some, its receipts must say which.
    async fn of_block(&self, found: &Found) -> Result<Vec<Log>, ChainFault> {
        let said = self.logs(Filter::new().at_block_hash(found.block.hash)).await?;
        let may = |topic: &B256| found.bloom.contains_input(BloomInput::Raw(topic.as_slice()));
        let distributor = found.bloom.contains_input(BloomInput::Raw(self.distributor.as_slice()));
        if !distributor || !TOPICS.iter().any(may) {
            return Ok(said);
        }
        let receipts = match self.provider.get_block_receipts(BlockId::hash(found.block.hash)).await.map_err(transport)
        {
            Ok(receipts) => receipts.unwrap_or_default(),
            // Not every node has this question.
            Err(ChainFault::Refused(_)) => return Ok(said),
            Err(fault) => return Err(fault),
        };
        if receipts.len() < found.transactions {
            return Err(ChainFault::Transient("the node does not have all of a block yet".to_owned()));
        }
        let all = receipts.iter().flat_map(|receipt| receipt.inner.logs());
        Ok(all.filter(|log| log.address() == self.distributor).cloned().collect())
    }

    async fn logs(&self, filter: Filter) -> Result<Vec<Log>, ChainFault> {
        let asked = self.provider.get_logs(&filter.address(self.distributor).event_signature(TOPICS.to_vec())).await;
        // A node refuses the logs of a block that has just left: the next look will see that.
        asked.map_err(|error| match transport(error) {
            ChainFault::Refused(why) => ChainFault::Transient(why),
            other => other,
        })
    }
}

/// What our logs begin with.
const TOPICS: [B256; 3] = [
    RewardDistributor::Claimed::SIGNATURE_HASH,
    RewardDistributor::Settled::SIGNATURE_HASH,
    RewardDistributor::Cancelled::SIGNATURE_HASH,
];

/// What a log says; nothing, when it is not one of ours.
fn heard(log: &Log) -> Option<Heard> {
    let block = Block { number: log.block_number?, hash: log.block_hash? };
    let log = match *log.topic0()? {
        RewardDistributor::Claimed::SIGNATURE_HASH => {
            let claimed = RewardDistributor::Claimed::decode_log_validate(&log.inner).ok()?;
            ChainLog { id: claimed.booking, event: Event::Claimed { matures_at: claimed.maturesAt.saturating_to() } }
        }
        RewardDistributor::Settled::SIGNATURE_HASH => {
            let paid = RewardDistributor::Settled::decode_log_validate(&log.inner).ok()?;
            let legs = Legs {
                traveller: Wei(paid.travellerLeg),
                referral: Wei(paid.referralLeg),
                treasury: Wei(paid.treasuryLeg),
            };
            ChainLog { id: paid.booking, event: Event::Settled(legs) }
        }
        RewardDistributor::Cancelled::SIGNATURE_HASH => {
            let cancelled = RewardDistributor::Cancelled::decode_log_validate(&log.inner).ok()?;
            ChainLog { id: cancelled.booking, event: Event::Cancelled }
        }
        _ => return None,
    };
    Some(Heard { log, block, removed: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::primitives::{Log as RawLog, LogData, logs_bloom};
    use alloy::providers::ProviderBuilder;
    use alloy::providers::mock::Asserter;
    use serde_json::{Value, json};

    const OURS: Address = Address::repeat_byte(7);

    fn cancelled(address: Address) -> RawLog {
        let topics = vec![RewardDistributor::Cancelled::SIGNATURE_HASH, B256::repeat_byte(1)];
        RawLog { address, data: LogData::new_unchecked(topics, Vec::new().into()) }
    }

    fn receipt(log: &RawLog, hash: B256) -> Value {
        let log = json!({
            "address": log.address, "topics": log.topics(), "data": "0x", "blockHash": hash, "blockNumber": "0x2",
            "transactionHash": B256::repeat_byte(2), "transactionIndex": "0x0", "logIndex": "0x0", "removed": false,
        });
        json!({
            "type": "0x2", "status": "0x1", "cumulativeGasUsed": "0x1", "logs": [log], "logsBloom": Bloom::ZERO,
            "transactionHash": B256::repeat_byte(2), "transactionIndex": "0x0", "blockHash": hash, "blockNumber": "0x2",
            "gasUsed": "0x1", "effectiveGasPrice": "0x1", "from": Address::ZERO, "to": Address::ZERO, "contractAddress": null,
        })
    }

    #[tokio::test]
    async fn a_node_that_does_not_have_all_of_a_block_yet_is_asked_again() {
        let node = Asserter::new();
        let listener = Listener {
            provider: ProviderBuilder::new().connect_mocked_client(node.clone()).erased(),
            distributor: OURS,
            since: 1,
            heads: None,
            poll: Duration::from_millis(1),
            deadline: Duration::from_secs(5),
        };
        let hash = B256::repeat_byte(9);
        let block = Block { number: 2, hash };
        let of = |log: &RawLog| Found { block, parent: B256::ZERO, bloom: logs_bloom([log]), transactions: 1 };
        let none: &[Value] = &[];
        // The block is there, and what was in it is not.
        let found = of(&cancelled(OURS));
        node.push_success(&none);
        node.push_success(&none);
        assert!(matches!(listener.of_block(&found).await, Err(ChainFault::Transient(_))));
        node.push_success(&none);
        node.push_success(&[receipt(&cancelled(OURS), hash)]);
        let logs = listener.of_block(&found).await.expect("answered");
        let said: Vec<Event> = logs.iter().filter_map(heard).map(|heard| heard.log.event).collect();
        assert_eq!(said, [Event::Cancelled]);
        // Others' logs are none of ours, and need no receipts.
        node.push_success(&none);
        assert!(listener.of_block(&of(&cancelled(Address::repeat_byte(8)))).await.expect("answered").is_empty());
    }
}
