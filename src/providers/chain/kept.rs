//! The store, as an embedded chain wants it. It keeps nothing itself.

use crate::session::ports::chain::{ChainFault, ChainStore, KeptBlock, KeptChain};
use crate::store::{Chains, StoreError};
use alloy::primitives::{B256, Bytes};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

impl ChainStore for Chains {
    fn load(&self, chain: u64) -> BoxFuture<'_, Result<KeptChain, ChainFault>> {
        async move {
            let saved = self.load(chain).await.map_err(fault)?;
            let read = |(hash, raw): (String, String)| Some((hash.parse::<B256>().ok()?, raw.parse::<Bytes>().ok()?));
            let waiting = saved.waiting.into_iter().map(read).collect::<Option<_>>();
            Ok(KeptChain {
                snapshot: saved.state,
                blocks: saved.blocks.into_iter().map(|(number, body)| KeptBlock { number, body }).collect(),
                waiting: waiting.ok_or_else(|| ChainFault::Misconfigured("a kept transaction is unreadable".into()))?,
                notes: saved.notes,
            })
        }
        .boxed()
    }

    fn append(
        &self,
        chain: u64,
        from: u64,
        blocks: Vec<KeptBlock>,
        gone: Vec<B256>,
    ) -> BoxFuture<'_, Result<(), ChainFault>> {
        async move {
            let blocks: Vec<_> = blocks.into_iter().map(|block| (block.number, block.body)).collect();
            let gone: Vec<_> = gone.iter().map(ToString::to_string).collect();
            self.append(chain, from, &blocks, &gone).await.map_err(fault)
        }
        .boxed()
    }

    fn wait(&self, chain: u64, hash: B256, raw: Bytes) -> BoxFuture<'_, Result<(), ChainFault>> {
        async move { self.wait(chain, &hash.to_string(), &raw.to_string()).await.map_err(fault) }.boxed()
    }

    fn snapshot(&self, chain: u64, number: u64, state: String, oldest: u64) -> BoxFuture<'_, Result<(), ChainFault>> {
        async move { self.keep_state(chain, number, &state, oldest).await.map_err(fault) }.boxed()
    }

    fn note(&self, chain: u64, name: String, text: String) -> BoxFuture<'_, Result<(), ChainFault>> {
        async move { self.note(chain, &name, &text).await.map_err(fault) }.boxed()
    }
}

fn fault(error: StoreError) -> ChainFault {
    match error {
        StoreError::Busy | StoreError::Down(_) => ChainFault::Transient(error.to_string()),
        StoreError::Corrupt(_) | StoreError::Lost | StoreError::Elsewhere { .. } => {
            ChainFault::Misconfigured(error.to_string())
        }
    }
}
