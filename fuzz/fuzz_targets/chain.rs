//! Any bytes as JSON-RPC to the embedded chain: each is answered or refused, the chain goes on, and nothing but a signed transaction moves it.
#![no_main]
#![allow(dead_code)]

#[path = "."]
mod session {
    #[path = "."]
    pub mod ports {
        #[path = "../../src/session/ports/chain.rs"]
        pub mod chain;
    }
}
#[path = "."]
mod providers {
    #[path = "."]
    pub mod chain {
        // A link to the server's own, so that it finds its parts.
        pub mod embedded;
    }
}

use alloy_primitives::{Address, B256, Bytes, U256};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use libfuzzer_sys::fuzz_target;
use providers::chain::embedded::{Embedded, EmbeddedConfig, Mining};
use session::ports::chain::{ChainFault, ChainStore, KeptBlock, KeptChain};
use std::sync::{Arc, OnceLock};

/// Keeps nothing: what is tried here is not whether it is kept.
struct Nowhere;

impl ChainStore for Nowhere {
    fn load(&self, _: u64) -> BoxFuture<'_, Result<KeptChain, ChainFault>> {
        async { Ok(KeptChain::default()) }.boxed()
    }

    fn append(&self, _: u64, _: u64, _: Vec<KeptBlock>, _: Vec<B256>) -> BoxFuture<'_, Result<(), ChainFault>> {
        async { Ok(()) }.boxed()
    }

    fn wait(&self, _: u64, _: B256, _: Bytes) -> BoxFuture<'_, Result<(), ChainFault>> {
        async { Ok(()) }.boxed()
    }

    fn snapshot(&self, _: u64, _: u64, _: String, _: u64) -> BoxFuture<'_, Result<(), ChainFault>> {
        async { Ok(()) }.boxed()
    }

    fn note(&self, _: u64, _: String, _: String) -> BoxFuture<'_, Result<(), ChainFault>> {
        async { Ok(()) }.boxed()
    }
}

static WORLD: OnceLock<(tokio::runtime::Runtime, Embedded)> = OnceLock::new();

fn world() -> &'static (tokio::runtime::Runtime, Embedded) {
    WORLD.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("a runtime");
        let alloc = vec![(Address::repeat_byte(1), U256::from(1_000_000))];
        let config = EmbeddedConfig { chain_id: 31_337, alloc, mining: Mining::OnDemand(None) };
        let clock = || jiff::Timestamp::UNIX_EPOCH;
        let chain = runtime.block_on(Embedded::open(config, Arc::new(Nowhere), clock)).expect("a chain");
        (runtime, chain)
    })
}

fuzz_target!(|bytes: &[u8]| {
    let (runtime, chain) = world();
    if let Some(answer) = runtime.block_on(chain.transport().serve(bytes)) {
        let answer: serde_json::Value = serde_json::from_slice(&answer).expect("an answer is JSON");
        let one = |answer: &serde_json::Value| answer.get("result").is_some() != answer.get("error").is_some();
        match &answer {
            serde_json::Value::Array(answers) => assert!(answers.iter().all(one)),
            answer => assert!(one(answer)),
        }
    }
    assert_eq!(chain.head().number, 0, "nobody here has a key");
});
