//! The embedded chain through the client that everybody uses, on a store in memory or on disk.

use crate::providers::chain::bindings::DevUSDC;
use crate::providers::chain::embedded::{Embedded, EmbeddedConfig, Mining, Orphans};
use crate::session::ports::chain::ChainStore;
use crate::store::Store;
use alloy::consensus::Transaction as _;
use alloy::eips::BlockId;
use alloy::eips::eip2718::Encodable2718 as _;
use alloy::network::{EthereumWallet, NetworkTransactionBuilder as _, TransactionBuilder as _};
use alloy::primitives::{Address, B256, U256, keccak256};
use alloy::providers::{Provider, ProviderBuilder};
use alloy::rpc::client::RpcClient;
use alloy::rpc::types::{Filter, TransactionRequest};
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::SolEvent as _;
use futures_util::StreamExt as _;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

const ID: u64 = 31_337;
const ETHER: u128 = 1_000_000_000_000_000_000;

fn key(n: u8) -> PrivateKeySigner {
    PrivateKeySigner::from_bytes(&keccak256([n])).expect("a key")
}

fn config(mining: Mining) -> EmbeddedConfig {
    let alloc = (1..=8).map(|n| (key(n).address(), U256::from(1000 * ETHER))).collect();
    EmbeddedConfig { chain_id: ID, alloc, mining }
}

async fn store() -> Arc<dyn ChainStore> {
    Arc::new(Store::open("sqlite::memory:").await.expect("a store").chains())
}

async fn chain(mining: Mining, store: &Arc<dyn ChainStore>) -> Embedded {
    Embedded::open(config(mining), Arc::clone(store), Timestamp::now).await.expect("a chain")
}

fn client(chain: &Embedded, n: u8) -> impl Provider + Clone + use<> {
    let rpc = RpcClient::new(chain.transport(), true).with_poll_interval(Duration::from_millis(2));
    ProviderBuilder::new().wallet(EthereumWallet::from(key(n))).connect_client(rpc)
}

fn coins(to: Address, wei: u128) -> TransactionRequest {
    TransactionRequest::default().with_to(to).with_value(U256::from(wei))
}

/// A signed transfer, outside any client.
async fn raw(by: u8, nonce: u64, fee: u128, to: Address) -> Vec<u8> {
    let request = coins(to, 1)
        .with_nonce(nonce)
        .with_chain_id(ID)
        .with_gas_limit(21_000)
        .with_max_fee_per_gas(fee)
        .with_max_priority_fee_per_gas(fee / 2);
    request.build(&EthereumWallet::from(key(by))).await.expect("signed").encoded_2718()
}

#[tokio::test]
async fn a_transfer_has_a_receipt_and_costs_what_it_says() {
    let chain = chain(Mining::OnDemand(None), &store().await).await;
    let (from, to) = (key(1).address(), Address::repeat_byte(9));
    let client = client(&chain, 1);
    let receipt = client.send_transaction(coins(to, 5)).await.expect("sent").get_receipt().await.expect("mined");
    assert!(receipt.status());
    assert_eq!((receipt.gas_used, receipt.block_number, receipt.from), (21_000, Some(1), from));
    let paid = U256::from(receipt.effective_gas_price * 21_000 + 5);
    assert_eq!(client.get_balance(from).await.expect("asked"), U256::from(1000 * ETHER) - paid);
    assert_eq!(client.get_balance(to).await.expect("asked"), U256::from(5));
    assert_eq!(client.get_balance(to).block_id(BlockId::number(0)).await.expect("asked"), U256::ZERO);
    assert_eq!(client.get_transaction_count(from).await.expect("asked"), 1);
    let block = client.get_block_by_number(1.into()).full().await.expect("asked").expect("there");
    assert_eq!((block.header.hash, block.transactions.len()), (receipt.block_hash.expect("mined"), 1));
    assert_eq!(block.header.hash, block.header.inner.hash_slow());
    let tx = client.get_transaction_by_hash(receipt.transaction_hash).await.expect("asked").expect("there");
    assert_eq!((tx.nonce(), tx.block_number, tx.inner.signer()), (0, Some(1), from));
}

#[tokio::test]
async fn the_base_fee_follows_the_blocks() {
    let chain = chain(Mining::ByHand, &store().await).await;
    let client = client(&chain, 1);
    let fee = async |number: u64| {
        let block = client.get_block_by_number(number.into()).await.expect("asked").expect("there");
        block.header.base_fee_per_gas.expect("after London")
    };
    chain.mine(2).await.expect("mined");
    assert_eq!(fee(0).await, 1_000_000_000);
    assert_eq!(fee(1).await, 875_000_000, "an empty block lowers it by an eighth");
    assert_eq!(fee(2).await, 765_625_000);
}

#[tokio::test]
async fn contracts_log_and_revert_with_their_data() {
    let chain = chain(Mining::OnDemand(None), &store().await).await;
    let (owner, other) = (client(&chain, 1), client(&chain, 2));
    let usdc = DevUSDC::deploy(owner.clone(), key(1).address()).await.expect("deployed");
    let minted = usdc.mint(key(3).address(), U256::from(7)).send().await.expect("sent");
    let minted = minted.get_receipt().await.expect("mined");
    assert_eq!(usdc.balanceOf(key(3).address()).call().await.expect("asked"), U256::from(7));
    let filter = Filter::new().address(*usdc.address()).event_signature(DevUSDC::Transfer::SIGNATURE_HASH);
    let logs = other.get_logs(&filter.clone().from_block(0)).await.expect("asked");
    assert_eq!(logs, minted.logs().to_vec());
    let at_hash = filter.clone().at_block_hash(minted.block_hash.expect("mined"));
    assert_eq!(other.get_logs(&at_hash).await.expect("asked").len(), 1);
    assert!(other.get_logs(&filter.at_block_hash(B256::repeat_byte(1))).await.is_err());
    let stranger = DevUSDC::new(*usdc.address(), other);
    let error = stranger.mint(Address::ZERO, U256::from(1)).call().await.expect_err("not the owner");
    let reason = error.as_decoded_interface_error::<DevUSDC::DevUSDCErrors>().expect("its own error");
    assert!(
        matches!(reason, DevUSDC::DevUSDCErrors::OwnableUnauthorizedAccount(who) if who.account == key(2).address())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_share_a_block_when_they_come_together() {
    let chain = chain(Mining::OnDemand(None), &store().await).await;
    let sends = (1..=8).map(|n| {
        let client = client(&chain, n);
        tokio::spawn(async move {
            for nonce in 0..10 {
                let raw = raw(n, nonce, 4_000_000_000, Address::repeat_byte(n)).await;
                drop(client.send_raw_transaction(&raw).await.expect("taken"));
            }
        })
    });
    for sent in sends.collect::<Vec<_>>() {
        sent.await.expect("no panic");
    }
    let client = client(&chain, 1);
    for n in 1..=8 {
        assert_eq!(client.get_balance(Address::repeat_byte(n)).await.expect("asked"), U256::from(10));
    }
    assert!(chain.head().number < 80, "some blocks hold several: {}", chain.head().number);
}

#[tokio::test]
async fn a_replacement_needs_a_tenth_more_and_nodes_words_say_why_not() {
    let chain = chain(Mining::ByHand, &store().await).await;
    let client = client(&chain, 1);
    let (a, b) = (Address::repeat_byte(1), Address::repeat_byte(2));
    let send = async |fee, to| client.send_raw_transaction(&raw(1, 0, fee, to).await).await;
    drop(send(4_000_000_000, a).await.expect("taken"));
    let said = async |fee, to| send(fee, to).await.expect_err("refused").to_string();
    assert!(said(4_000_000_000, a).await.contains("already known"));
    assert!(said(4_300_000_000, b).await.contains("replacement transaction underpriced"));
    drop(send(4_400_000_000, b).await.expect("taken"));
    assert_eq!(client.get_transaction_count(key(1).address()).pending().await.expect("asked"), 1);
    chain.mine(1).await.expect("mined");
    assert_eq!(client.get_balance(b).await.expect("asked"), U256::from(1));
    assert_eq!(client.get_balance(a).await.expect("asked"), U256::ZERO);
    assert!(said(9_000_000_000, a).await.contains("nonce too low"));
}

#[tokio::test]
async fn a_reorganisation_gives_transactions_back_or_loses_them() {
    let store = store().await;
    let chain = chain(Mining::OnDemand(None), &store).await;
    let client = client(&chain, 1);
    let to = Address::repeat_byte(1);
    for _ in 0..5 {
        client.send_transaction(coins(to, 1)).await.expect("sent").get_receipt().await.expect("mined");
    }
    let old = chain.head();
    chain.reorg(3, 4, Orphans::Return).await.expect("forked");
    assert_eq!((chain.head().number, chain.head().hash == old.hash), (6, false));
    assert_eq!(client.get_balance(to).await.expect("asked"), U256::from(5), "they are in the new blocks");
    assert!(client.get_block_by_hash(old.hash).await.expect("asked").is_none());
    chain.reorg(4, 4, Orphans::Lose).await.expect("forked");
    assert_eq!(client.get_balance(to).await.expect("asked"), U256::from(2));
    assert!(chain.reorg(7, 1, Orphans::Lose).await.is_err(), "the first block stays");
    let again = self::chain(Mining::ByHand, &store).await;
    assert_eq!(again.head(), chain.head(), "the fork is what is kept");
}

#[tokio::test]
async fn a_start_finds_everything_that_was_answered_for() {
    let store = store().await;
    let to = Address::repeat_byte(1);
    let (head, usdc, waits) = {
        let chain = chain(Mining::OnDemand(None), &store).await;
        let client = client(&chain, 1);
        let usdc = DevUSDC::deploy(client.clone(), key(1).address()).await.expect("deployed");
        usdc.mint(to, U256::from(9)).send().await.expect("sent").get_receipt().await.expect("mined");
        // One nonce is missing before it.
        let waits = client.send_raw_transaction(&raw(2, 1, 4_000_000_000, to).await).await.expect("taken");
        (chain.head(), *usdc.address(), *waits.tx_hash())
    };
    let chain = chain(Mining::OnDemand(None), &store).await;
    assert_eq!(chain.head(), head);
    let client = client(&chain, 2);
    assert_eq!(DevUSDC::new(usdc, client.clone()).balanceOf(to).call().await.expect("asked"), U256::from(9));
    drop(client.send_raw_transaction(&raw(2, 0, 4_000_000_000, to).await).await.expect("taken"));
    assert!(client.get_transaction_receipt(waits).await.expect("asked").is_some(), "it went along");
    assert_eq!(store.load(ID).await.expect("loaded").waiting.len(), 0);
}

#[tokio::test]
async fn the_state_is_kept_whole_now_and_then() {
    let store = store().await;
    let chain = chain(Mining::ByHand, &store).await;
    let client = client(&chain, 1);
    let to = Address::repeat_byte(1);
    drop(client.send_raw_transaction(&raw(1, 0, 4_000_000_000, to).await).await.expect("taken"));
    chain.mine(1300).await.expect("mined");
    let kept = store.load(ID).await.expect("loaded");
    assert_eq!(kept.snapshot.map(|(number, _)| number), Some(1024));
    let again = self::chain(Mining::ByHand, &store).await;
    assert_eq!(again.head(), chain.head());
    assert_eq!(self::client(&again, 1).get_balance(to).await.expect("asked"), U256::from(1));
    again.reorg(64, 65, Orphans::Return).await.expect("forked");
    assert_eq!(again.head().number, 1301);
}

#[tokio::test]
async fn blocks_come_by_the_clock_where_that_is_wanted() {
    let by_clock = chain(Mining::Every(Duration::from_millis(50)), &store().await).await;
    let client = client(&by_clock, 1);
    let to = Address::repeat_byte(1);
    let sent = client.send_raw_transaction(&raw(1, 0, 4_000_000_000, to).await).await.expect("taken");
    let hash = *sent.tx_hash();
    let mut heads = by_clock.heads();
    let mined = async {
        while client.get_transaction_receipt(hash).await.expect("asked").is_none() {
            heads.changed().await.expect("it runs");
        }
    };
    tokio::time::timeout(Duration::from_secs(10), mined).await.expect("in time");
    let idle = chain(Mining::OnDemand(Some(Duration::from_secs(1))), &store().await).await;
    let mut heads = idle.heads();
    let went_on = async {
        while idle.head().number < 2 {
            heads.changed().await.expect("it runs");
        }
    };
    tokio::time::timeout(Duration::from_secs(20), went_on).await.expect("in time");
}

#[tokio::test]
async fn bytes_of_others_are_answered_or_refused() {
    let chain = chain(Mining::ByHand, &store().await).await;
    let serve = async |text: &str| {
        let answer = chain.transport().serve(text.as_bytes()).await;
        answer.map(|bytes| String::from_utf8(bytes).expect("text")).unwrap_or_default()
    };
    let id = r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}"#;
    assert_eq!(serve(id).await, r#"{"jsonrpc":"2.0","id":1,"result":"0x7a69"}"#);
    assert!(serve(&format!("[{id},{id}]")).await.starts_with(r#"[{"jsonrpc":"2.0","id":1,"#));
    assert!(serve("{").await.contains("-32700"));
    assert!(serve("[]").await.contains("-32600"));
    assert!(serve(r#"{"id":1,"method":"eth_nothing"}"#).await.contains("-32601"));
    assert!(serve(r#"{"id":1,"method":"eth_call","params":[{"to":7}]}"#).await.contains("-32602"));
    assert_eq!(serve(r#"{"method":"eth_chainId"}"#).await, "");
}

#[tokio::test]
async fn subscribers_hear_of_heads_and_of_logs_that_join_and_leave() {
    let chain = chain(Mining::OnDemand(None), &store().await).await;
    let owner = client(&chain, 1);
    let usdc = DevUSDC::deploy(owner.clone(), key(1).address()).await.expect("deployed");
    let rpc = RpcClient::connect_pubsub(chain.transport()).await.expect("connected");
    let ears = ProviderBuilder::new().connect_client(rpc);
    let filter = Filter::new().address(*usdc.address()).event_signature(DevUSDC::Transfer::SIGNATURE_HASH);
    let mut heads = ears.subscribe_blocks().await.expect("subscribed").into_stream();
    let logs = ears.subscribe_logs(&filter).await.expect("subscribed");
    let (ended, mut logs) = (*logs.local_id(), logs.into_stream());
    let mut waiting = ears.subscribe_pending_transactions().await.expect("subscribed").into_stream();
    assert_eq!(ears.get_block_number().await.expect("asked"), 1, "questions are answered on the same connection");
    let minted = usdc.mint(Address::repeat_byte(1), U256::from(7)).send().await.expect("sent");
    let minted = minted.get_receipt().await.expect("mined");
    assert_eq!(waiting.next().await, Some(minted.transaction_hash));
    let head = heads.next().await.expect("a head");
    assert_eq!((head.number, Some(head.hash)), (2, minted.block_hash));
    let log = logs.next().await.expect("a log");
    assert_eq!((&log, log.removed), (&minted.logs()[0], false));
    chain.reorg(1, 2, Orphans::Return).await.expect("forked");
    let gone = logs.next().await.expect("a log");
    assert_eq!((gone.block_hash, gone.removed), (minted.block_hash, true));
    let again = logs.next().await.expect("a log");
    assert!(!again.removed && again.block_hash != minted.block_hash && again.inner == log.inner);
    let numbers = [heads.next().await, heads.next().await].map(|head| head.expect("a head").number);
    assert_eq!(numbers, [2, 3]);
    // What is subscribed to no longer is not told; another subscription goes on.
    ears.unsubscribe(ended).await.expect("ended");
    usdc.mint(Address::repeat_byte(1), U256::from(1)).send().await.expect("sent").get_receipt().await.expect("mined");
    assert_eq!(heads.next().await.expect("a head").number, 4);
    assert!(logs.next().await.is_none());
    let unknown = ears.client().request::<_, U256>("eth_subscribe", ("syncing",)).await;
    assert!(unknown.expect_err("refused").to_string().contains("newHeads"));
}

#[tokio::test]
async fn who_hears_too_slowly_is_cut_off_and_comes_back() {
    let chain = chain(Mining::ByHand, &store().await).await;
    let rpc = RpcClient::connect_pubsub(chain.transport()).await.expect("connected");
    let ears = ProviderBuilder::new().connect_client(rpc);
    let mut heads = ears.subscribe_blocks().await.expect("subscribed").into_stream();
    // Nothing of it is taken meanwhile: there is one thread, and it makes blocks.
    for _ in 0..super::MOVES_MAX + 8 {
        chain.core.tell(super::Moved::Blocks { left: Vec::new(), joined: Vec::new() });
    }
    tokio::time::timeout(Duration::from_secs(10), async {
        loop {
            chain.mine(1).await.expect("mined");
            if tokio::time::timeout(Duration::from_millis(50), heads.next()).await.is_ok_and(|head| head.is_some()) {
                return;
            }
        }
    })
    .await
    .expect("it is told again");
}
