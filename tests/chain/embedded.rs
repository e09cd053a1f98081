//! The local chain as the server opens it: the contracts, rewards from a booking to the money, stops and reorganisations.

use crate::chain::driver::Driver;
use alloy::primitives::{Address, B256, U256};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::{Duration, Instant};
use voxfare::providers::chain::embedded::{Mining, Orphans};
use voxfare::providers::chain::local::{Local, LocalConfig};
use voxfare::providers::chain::signer::keystore::KeystoreConfig;
use voxfare::session::ports::chain::{Chain as _, ChainFault, READ_MAX};
use voxfare::store::Store;
use wallet::settle::{Input, OnChain, Stage};
use wallet::voucher::booking_id;

/// A folder with a store and a keystore, of its own for each test.
pub(crate) struct Home {
    folder: std::path::PathBuf,
}

impl Home {
    pub(crate) fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("voxfare-chain-{}-{name}", std::process::id()));
        drop(std::fs::remove_dir_all(&folder));
        std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
        Self { folder }
    }

    pub(crate) fn config(&self) -> LocalConfig {
        Self::config_in(&self.folder)
    }

    pub(crate) fn config_in(folder: &std::path::Path) -> LocalConfig {
        LocalConfig::new(KeystoreConfig { path: folder.join("keys.json"), password: None })
    }

    pub(crate) fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    pub(crate) async fn store(&self) -> Store {
        Store::open(&format!("sqlite:{}", self.folder.join("store.db").display())).await.expect("a store")
    }

    pub(crate) async fn open(&self, config: LocalConfig) -> Result<Local, ChainFault> {
        Local::open(config, Arc::new(self.store().await.chains()), Timestamp::now).await
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_start_deploys_and_the_second_finds() {
    let home = Home::new("deploy");
    let began = Instant::now();
    let first = home.open(home.config()).await.expect("deployed");
    println!("first start: {:?}", began.elapsed());
    let (contracts, people, head) = (first.contracts, first.people, first.chain.head());
    assert!(head.number > 0);
    let treasury = first.client.balances(people.treasury).await.expect("asked");
    assert_eq!(treasury.trvl, U256::from(350_000_000_u64) * U256::from(10).pow(U256::from(18)));
    assert_eq!(first.client.head().await.map(|head| head.count), Ok(0), "nobody but the wallet uses its nonces");
    let price = first.client.price().await.expect("a price");
    assert_eq!(price.usd, U256::from(250_000_000_000_000_000_u64));
    drop(first);
    let began = Instant::now();
    let second = home.open(home.config()).await.expect("found");
    println!("second start: {:?}", began.elapsed());
    assert_eq!((second.contracts, second.people, second.chain.head()), (contracts, people, head));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_another_keystore_is_not_taken() {
    let home = Home::new("keys");
    drop(home.open(home.config()).await.expect("deployed"));
    let mut config = home.config();
    config.keystore.path = home.folder.join("other.json");
    let refused = home.open(config).await.expect_err("other keys");
    assert!(matches!(&refused, ChainFault::Misconfigured(why) if why.contains("keystore")), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_is_paid_within_thirty_seconds() {
    let home = Home::new("paid");
    let local = home.open(home.config()).await.expect("deployed");
    let traveller = local.client.custodial("ann".to_owned()).await.expect("an address");
    assert_eq!(local.client.custodial("ann".to_owned()).await, Ok(traveller));
    let mut driver = Driver::new(local.client.clone(), 1);
    driver.book("booking 1", traveller).await;
    let took = driver.until("paid", |driver| driver.all(Stage::Settled)).await;
    println!("booking to money: {took:?}");
    assert!(took < Duration::from_secs(30));
    let balances = local.client.balances(traveller).await.expect("asked");
    // 500 dollars earn a commission; seventy parts of a hundred of it are the traveller's.
    let commission = driver.settlement.state().rewards["booking 1"].terms.commission.0;
    assert_eq!(balances.trvl, commission * U256::from(7000) / U256::from(10_000));
    assert_eq!(local.client.find_booking(booking_id("booking 1")).await, Ok(OnChain::Settled));
    assert_eq!(local.client.find_booking(B256::ZERO).await, Ok(OnChain::None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_booking_is_taken_back_while_its_claim_waits() {
    let home = Home::new("cancel");
    let local = home.open(LocalConfig { clawback_seconds: 3600, ..home.config() }).await.expect("deployed");
    let mut driver = Driver::new(local.client.clone(), 1);
    for booking in ["kept", "cancelled"] {
        driver.book(booking, Address::repeat_byte(7)).await;
    }
    driver.until("claimed", |driver| driver.all(Stage::Claimed)).await;
    driver.input(Input::Cancelled { booking: "cancelled".to_owned() }).await;
    // The machine begins nothing new for a booking whose claim could still leave the chain.
    local.chain.mine(66).await.expect("mined");
    driver.until("reversed", |driver| driver.stages["cancelled"] == Stage::Reversed).await;
    assert_eq!(local.client.find_booking(booking_id("cancelled")).await, Ok(OnChain::Cancelled));
    local.chain.pass(3601);
    local.chain.mine(1).await.expect("mined");
    driver.until("paid", |driver| driver.stages["kept"] == Stage::Settled).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reorganisation_of_any_depth_is_heard_and_paid_again() {
    let home = Home::new("reorg");
    let local = home.open(LocalConfig { mining: Mining::OnDemand(None), ..home.config() }).await.expect("deployed");
    let mut driver = Driver::new(local.client.clone(), 3);
    for depth in 1..=64_u64 {
        let booking = format!("booking {depth}");
        driver.book(&booking, Address::repeat_byte(7)).await;
        driver.until("paid", |driver| driver.stages[&booking] == Stage::Paid).await;
        let orphans = if depth % 2 == 0 { Orphans::Lose } else { Orphans::Return };
        local.chain.mine(depth - 1).await.expect("mined");
        local.chain.reorg(depth, depth, orphans).await.expect("forked");
        local.chain.mine(1).await.expect("mined");
        driver.catch_up().await;
        // What was lost is sent again; what came back counts.
        driver.until("paid again", |driver| matches!(driver.stages[&booking], Stage::Paid | Stage::Settled)).await;
        local.chain.mine(3).await.expect("mined");
        driver.until("settled", |driver| driver.stages[&booking] == Stage::Settled).await;
    }
    let paid: U256 = driver
        .settlement
        .state()
        .rewards
        .values()
        .map(|reward| reward.terms.commission.0 * U256::from(7000) / U256::from(10_000))
        .sum();
    let balances = local.client.balances(Address::repeat_byte(7)).await.expect("asked");
    assert_eq!(balances.trvl, paid, "each of them once, to the wei");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_goes_on_where_the_last_one_stopped() {
    let home = Home::new("stop");
    let (state, place) = {
        let local = home.open(home.config()).await.expect("deployed");
        let mut driver = Driver::new(local.client.clone(), 1);
        for n in 0..10 {
            driver.book(&format!("booking {n}"), Address::repeat_byte(7)).await;
        }
        driver.until("some are paid", |driver| driver.stages.values().any(|stage| *stage == Stage::Settled)).await;
        (driver.settlement.state().clone(), driver.place.clone())
    };
    let local = home.open(home.config()).await.expect("found");
    let mut driver = Driver::restore(local.client.clone(), 1, state, place);
    driver.until("all are paid", |driver| driver.all(Stage::Settled)).await;
    let paid: U256 = driver
        .settlement
        .state()
        .rewards
        .values()
        .map(|reward| reward.terms.commission.0 * U256::from(7000) / U256::from(10_000))
        .sum();
    assert_eq!(local.client.balances(Address::repeat_byte(7)).await.expect("asked").trvl, paid);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_from_nothing_reads_each_log_once() {
    let home = Home::new("nothing");
    let local = home.open(LocalConfig { mining: Mining::OnDemand(None), ..home.config() }).await.expect("deployed");
    let mut driver = Driver::new(local.client.clone(), 1);
    for n in 0..4 {
        driver.book(&format!("booking {n}"), Address::repeat_byte(7)).await;
        driver.until("paid", |driver| driver.all(Stage::Settled)).await;
        // Some of them far from the newest block, and some near.
        local.chain.mine(70).await.expect("mined");
    }
    let (mut place, mut heard) = (None, Vec::new());
    loop {
        let batch = local.client.events(place).await.expect("heard");
        heard.extend(batch.logs.iter().map(|heard| (heard.log.id, heard.removed)));
        let newest = batch.place.blocks.back().map(|read| read.block.number);
        place = Some(batch.place);
        if newest == Some(local.chain.head().number) {
            break;
        }
    }
    // A claim that pays at once says that it was claimed, and that it was settled.
    let wanted: Vec<_> = (0..4).flat_map(|n| [(booking_id(&format!("booking {n}")), false); 2]).collect();
    assert_eq!(heard, wanted);
    assert!(place.is_some_and(|place| place.blocks.len() <= READ_MAX));
}
