//! The reference: Foundry's anvil as a process of its own, where the contracts' tools are installed. What runs here must come out as it does on the
//! embedded chain: receipts, gas, logs, and what the wallet makes of them.

use crate::chain::driver::Driver;
use crate::chain::embedded::Home;
use crate::chain::moves::{Place, times};
use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::providers::{DynProvider, Provider as _, ProviderBuilder, WsConnect};
use alloy::rpc::client::RpcClient;
use alloy::rpc::types::{Filter, TransactionReceipt, TransactionRequest};
use alloy::sol_types::SolCall as _;
use futures_util::StreamExt as _;
use jiff::Timestamp;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use voxfare::providers::chain::bindings::RewardDistributor;
use voxfare::providers::chain::client::{Client, Parts};
use voxfare::providers::chain::deploy::{Deployment, People, Rules, deploy};
use voxfare::providers::chain::embedded::{Embedded, EmbeddedConfig, Mining, Orphans};
use voxfare::providers::chain::local;
use voxfare::providers::chain::oracle::OracleConfig;
use voxfare::providers::chain::rpc::{Remote, RpcConfig, Signers, connect};
use voxfare::providers::chain::signer::Signer as _;
use voxfare::providers::chain::signer::SignerConfig;
use voxfare::providers::chain::signer::keystore::Keystore;
use voxfare::secret::Secret;
use voxfare::session::ports::chain::{Chain as _, ChainFault, PlaceOnChain, Policy};
use wallet::rules::Shares;
use wallet::settle::Stage;

const ID: u64 = 31_337;

/// A running anvil; it stops with the test.
struct Anvil {
    process: Child,
    port: u16,
}

impl Anvil {
    /// Starts one.
    async fn start() -> Self {
        let program = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts/bin/anvil");
        assert!(program.exists(), "anvil is not installed: contracts/tools/setup brings it");
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port");
        let mut command = Command::new(program);
        command.args([
            "--port",
            &port.port().to_string(),
            "--chain-id",
            &ID.to_string(),
            "--accounts",
            "1",
            "--silent",
        ]);
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("anvil starts");
        let anvil = Self { process, port: port.port() };
        for _ in 0..400 {
            if connect(&anvil.config(Deployment::default())).await.is_ok() {
                return anvil;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("anvil does not answer");
    }

    fn config(&self, contracts: Deployment) -> RpcConfig {
        let endpoint = |scheme: &str| Secret(format!("{scheme}://127.0.0.1:{}", self.port));
        RpcConfig {
            chain_id: ID,
            endpoints: vec![endpoint("http")],
            issuer: SignerConfig::default(),
            sender: SignerConfig::default(),
            contracts,
            poll_ms: 20,
            deadline_ms: 10_000,
            heartbeat_seconds: 86_400,
        }
    }
}

impl Drop for Anvil {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn keys() -> Keystore {
    Keystore::of_secret(B256::repeat_byte(0x42))
}

fn people() -> People {
    let address = |name: &str| keys().key(name).expect("a key").address();
    People {
        deployer: address("deployer"),
        issuer: address("issuer"),
        sender: address("sender"),
        operator: address("operator"),
        treasury: address("treasury"),
        guardian: address("guardian"),
        bridge: address("bridge"),
    }
}

fn rich() -> U256 {
    U256::from(10).pow(U256::from(22))
}

/// Who sends transactions.
fn paying() -> [Address; 5] {
    let people = people();
    [people.deployer, people.sender, people.operator, people.treasury, people.guardian]
}

/// Gives our people coins on anvil, which has none for them.
async fn fund(provider: &DynProvider) {
    for account in paying() {
        let done: Result<serde_json::Value, _> =
            provider.raw_request("anvil_setBalance".into(), (account, rich())).await;
        done.expect("set");
    }
}

async fn deployed(provider: &DynProvider) -> Deployment {
    let deployer = keys().key("deployer").expect("a key");
    deploy(provider, &Rules::local().expect("rules"), &people(), None, &deployer).await.expect("deployed")
}

async fn embedded(home: &Home) -> Embedded {
    let alloc = paying().map(|account| (account, rich())).to_vec();
    let config = EmbeddedConfig { chain_id: ID, alloc, mining: Mining::OnDemand(None) };
    Embedded::open(config, Arc::new(home.store().await.chains()), Timestamp::now).await.expect("a chain")
}

fn signers() -> Signers {
    Signers {
        issuer: Arc::new(keys().key("issuer").expect("a key")),
        sender: Arc::new(keys().key("sender").expect("a key")),
        custody: Some(keys()),
    }
}

fn client(provider: DynProvider, contracts: Deployment, chain: &Embedded) -> Arc<Client> {
    let Signers { issuer, sender, custody } = signers();
    Arc::new(Client::new(Parts {
        provider,
        contracts,
        issuer,
        sender,
        custody,
        fuel: U256::ZERO,
        oracle: OracleConfig::default(),
        heads: Some(chain.heads()),
        poll: Duration::from_secs(10),
        deadline: Duration::from_secs(10),
    }))
}

/// What of a receipt must be the same on every chain; times are in the logs of claims, so of those only the rest counts.
type Common = (bool, u64, Option<Address>, Vec<(Address, Vec<B256>, Bytes)>);

fn common(receipt: &TransactionReceipt) -> Common {
    let logs = receipt.logs().iter().map(|log| {
        let data = &log.inner.data.data;
        let kept = data.len() - 32 * times(log.topic0());
        (log.address(), log.topics().to_vec(), Bytes::copy_from_slice(&data[..kept]))
    });
    (receipt.status(), receipt.gas_used, receipt.contract_address, logs.collect())
}

/// Every receipt of the chain so far, in the order of the blocks.
async fn receipts(provider: &DynProvider) -> Vec<(Address, u64, Common)> {
    use alloy::consensus::Transaction as _;
    let mut all = Vec::new();
    for number in 0..=provider.get_block_number().await.expect("asked") {
        let block = provider.get_block_by_number(number.into()).full().await.expect("asked").expect("there");
        for tx in block.transactions.txns() {
            let hash = *tx.inner.tx_hash();
            let receipt = provider.get_transaction_receipt(hash).await.expect("asked").expect("there");
            all.push((receipt.from, tx.nonce(), common(&receipt)));
        }
    }
    all.sort_by_key(|(from, nonce, _)| (*from, *nonce));
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_chain_and_anvil_come_to_the_same() {
    let anvil = Anvil::start().await;
    let home = Home::new("same");
    let chain = embedded(&home).await;
    let here = local::provider(&chain);
    let there = connect(&anvil.config(Deployment::default())).await.expect("connected");
    fund(&there).await;
    let (ours, theirs) = (deployed(&here).await, deployed(&there).await);
    assert_eq!(Deployment { block: 0, ..ours }, Deployment { block: 0, ..theirs });
    let remote = Remote::open(&anvil.config(theirs), signers()).await.expect("opened");
    // What is signed holds this moment, and its bytes cost gas.
    let now_ms = Timestamp::now().as_millisecond().unsigned_abs();
    let mut held = Vec::new();
    let ports = [client(here.clone(), ours, &chain), Arc::clone(&remote.client)];
    let places = [(here.clone(), ours, Some(&chain)), (there.clone(), theirs, None)];
    for (port, (provider, contracts, embedded)) in ports.into_iter().zip(places) {
        let mut driver = Driver::new(port.clone(), 1);
        // The claims must not depend on what the chain's base fee happens to be, so one follows the other.
        for n in 0..5 {
            let booking = format!("booking {n}");
            driver.book_at(now_ms, &booking, Address::repeat_byte(7)).await;
            let took = driver.until("paid", |driver| driver.stages[&booking] == Stage::Settled).await;
            println!("booking to money: {took:?}");
            assert!(took < Duration::from_secs(30));
        }
        assert_eq!(
            port.balances(Address::repeat_byte(7)).await.expect("asked").trvl,
            U256::from(5 * 28) * U256::from(10).pow(U256::from(18))
        );
        assert_eq!(port.price().await.expect("a price").usd, U256::from(250_000_000_000_000_000_u64));
        println!("{} calls of the chain, p95 {:?}", driver.calls.len(), driver.p95());
        assert!(driver.p95() < Duration::from_secs(2));
        drop(driver);
        let place = Place { provider, contracts, client: port, keys: &keys(), embedded, now_ms };
        held.push(place.all().await);
    }
    assert_eq!(held[0], held[1], "what the accounts hold");
    let (ours, theirs) = (receipts(&here).await, receipts(&there).await);
    assert!(ours.len() > 60, "{}", ours.len());
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(ours.len(), theirs.len());
    println!(
        "{} receipts are the same; the claims used {:?} gas",
        ours.len(),
        ours.iter().filter(|(from, _, _)| *from == people().sender).map(|(_, _, common)| common.1).collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn anvils_reorganisations_are_followed_and_rewards_paid_again() {
    let anvil = Anvil::start().await;
    let there = connect(&anvil.config(Deployment::default())).await.expect("connected");
    fund(&there).await;
    let contracts = deployed(&there).await;
    let remote = Remote::open(&anvil.config(contracts), signers()).await.expect("opened");
    let mut driver = Driver::new(remote.client.clone(), 3);
    for depth in [1, 2, 7, 33, 64_u64] {
        let booking = format!("booking {depth}");
        driver.book(&booking, Address::repeat_byte(7)).await;
        driver.until("paid", |driver| driver.stages[&booking] == Stage::Paid).await;
        let mined: Result<serde_json::Value, _> =
            there.raw_request("anvil_mine".into(), (U256::from(depth - 1),)).await;
        if depth > 1 {
            mined.expect("mined");
        }
        // Its transactions are lost with the blocks.
        let forked: Result<serde_json::Value, _> =
            there.raw_request("anvil_reorg".into(), (depth, Vec::<serde_json::Value>::new())).await;
        forked.expect("forked");
        driver.catch_up().await;
        driver.until("paid again", |driver| driver.stages[&booking] == Stage::Paid).await;
        let mined: Result<serde_json::Value, _> = there.raw_request("anvil_mine".into(), (U256::from(3),)).await;
        mined.expect("mined");
        driver.until("settled", |driver| driver.stages[&booking] == Stage::Settled).await;
    }
    let trvl = remote.client.balances(Address::repeat_byte(7)).await.expect("asked").trvl;
    assert_eq!(trvl, U256::from(5 * 28) * U256::from(10).pow(U256::from(18)), "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_endpoint_and_one_of_another_chain() {
    let anvil = Anvil::start().await;
    let there = connect(&anvil.config(Deployment::default())).await.expect("connected");
    fund(&there).await;
    let contracts = deployed(&there).await;
    let mut config = anvil.config(contracts);
    config.endpoints.insert(0, Secret("http://user:hush@127.0.0.1:9/key".to_owned()));
    config.endpoints.push(Secret(format!("ws://127.0.0.1:{}", anvil.port)));
    let remote = Remote::open(&config, signers()).await.expect("the others answer");
    let began = std::time::Instant::now();
    remote.client.head().await.expect("answered");
    println!("an answer past a dead endpoint: {:?}", began.elapsed());
    config.chain_id = 1;
    let refused = Remote::open(&config, signers()).await.expect_err("another chain");
    assert!(matches!(&refused, ChainFault::Misconfigured(why) if why.contains("31337")), "{refused}");
    config.chain_id = ID;
    config.endpoints.truncate(1);
    let silent = Remote::open(&config, signers()).await.expect_err("nobody answers");
    assert!(matches!(&silent, ChainFault::Transient(_)) && !silent.to_string().contains("hush"), "{silent}");
    assert!(!format!("{config:?}").contains("hush"));
    let other = Signers { issuer: signers().sender, ..signers() };
    let refused = Remote::open(&anvil.config(contracts), other).await.expect_err("no issuer");
    assert!(refused.to_string().contains("ISSUER_ROLE"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_governance_sets_is_read_from_the_chain() {
    let anvil = Anvil::start().await;
    let there = connect(&anvil.config(Deployment::default())).await.expect("connected");
    fund(&there).await;
    let contracts = deployed(&there).await;
    let remote = Remote::open(&anvil.config(contracts), signers()).await.expect("opened");
    assert_eq!(remote.client.policy().await.expect("read"), Policy::default(), "as it was deployed");
    // What a vote that has passed and waited does in the timelock's name.
    let timelock = contracts.timelock;
    for (method, params) in [
        ("anvil_impersonateAccount", serde_json::json!([timelock])),
        ("anvil_setBalance", serde_json::json!([timelock, rich()])),
    ] {
        let done: Result<serde_json::Value, _> = there.raw_request(method.into(), params).await;
        done.expect("done");
    }
    let set = RewardDistributor::setSharesCall { travellerBps: 6125, referralBps: 1500 }.abi_encode();
    let request = TransactionRequest::default().from(timelock).to(contracts.reward_distributor).input(set.into());
    let sent = there.send_transaction(request).await.expect("sent");
    assert!(sent.get_receipt().await.expect("mined").status());
    let shares = Shares { traveller_bps: 6125, referral_bps: 1500 };
    assert_eq!(remote.client.policy().await.expect("read"), Policy { shares, ..Policy::default() });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reorganisation_is_the_same_to_a_listener_wherever_it_happens() {
    let anvil = Anvil::start().await;
    let home = Home::new("listen");
    let chain = embedded(&home).await;
    let there = connect(&anvil.config(Deployment::default())).await.expect("connected");
    fund(&there).await;
    let here = local::provider(&chain);
    let (ours, theirs) = (deployed(&here).await, deployed(&there).await);
    let remote = Remote::open(&anvil.config(theirs), signers()).await.expect("opened");
    let mut heard = Vec::new();
    for (port, fork) in [(client(here, ours, &chain), true), (Arc::clone(&remote.client), false)] {
        let mut driver = Driver::new(port.clone(), 1);
        driver.book("booking", Address::repeat_byte(7)).await;
        driver.until("paid", |driver| driver.stages["booking"] == Stage::Settled).await;
        if fork {
            chain.reorg(1, 2, Orphans::Lose).await.expect("forked");
        } else {
            let forked: Result<serde_json::Value, _> =
                there.raw_request("anvil_reorg".into(), (1_u64, Vec::<serde_json::Value>::new())).await;
            forked.expect("forked");
        }
        let batch = port.events(driver.place.clone()).await.expect("heard");
        heard.push(batch.logs.iter().map(|heard| (heard.log.id, heard.removed)).collect::<Vec<_>>());
    }
    assert_eq!(heard[0], heard[1]);
    assert_eq!(
        heard[0].iter().map(|(_, removed)| *removed).collect::<Vec<_>>(),
        [true, true],
        "claimed and settled left"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn subscribers_hear_the_same_from_the_embedded_chain_and_from_anvil() {
    let anvil = Anvil::start().await;
    let home = Home::new("subscribed");
    let chain = embedded(&home).await;
    let there = connect(&anvil.config(Deployment::default())).await.expect("connected");
    fund(&there).await;
    let here = local::provider(&chain);
    let (ours, theirs) = (deployed(&here).await, deployed(&there).await);
    let remote = Remote::open(&anvil.config(theirs), signers()).await.expect("opened");
    let ours_by_socket = RpcClient::connect_pubsub(chain.transport()).await.expect("connected");
    let theirs_by_socket = WsConnect::new(format!("ws://127.0.0.1:{}", anvil.port));
    let theirs_by_socket = RpcClient::connect_pubsub(theirs_by_socket).await.expect("connected");
    let mut heard = Vec::new();
    for (port, contracts, socket, fork) in [
        (client(here, ours, &chain), ours, ours_by_socket, true),
        (Arc::clone(&remote.client), theirs, theirs_by_socket, false),
    ] {
        let ears = ProviderBuilder::new().connect_client(socket);
        let filter = Filter::new().address(contracts.reward_distributor);
        let mut logs = ears.subscribe_logs(&filter).await.expect("subscribed").into_stream();
        let mut heads = ears.subscribe_blocks().await.expect("subscribed").into_stream();
        let mut driver = Driver::new(port, 1);
        driver.book("booking", Address::repeat_byte(7)).await;
        driver.until("paid", |driver| driver.stages["booking"] == Stage::Settled).await;
        let mut of = Vec::new();
        for _ in 0..2 {
            let log = logs.next().await.expect("a log");
            of.push((log.topic0().copied(), log.removed));
        }
        let newest = ears.get_block_number().await.expect("asked");
        while heads.next().await.expect("a head").number < newest {}
        if fork {
            chain.reorg(1, 2, Orphans::Lose).await.expect("forked");
        } else {
            let forked: Result<serde_json::Value, _> =
                there.raw_request("anvil_reorg".into(), (1_u64, Vec::<serde_json::Value>::new())).await;
            forked.expect("forked");
        }
        let again = heads.next().await.expect("a head");
        assert_eq!(again.number, newest, "a block in the place of the one that left");
        heard.push(of);
    }
    assert_eq!(heard[0], heard[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_tells_of_new_blocks_and_wrong_addresses_are_named() {
    let anvil = Anvil::start().await;
    let there = connect(&anvil.config(Deployment::default())).await.expect("connected");
    fund(&there).await;
    let contracts = deployed(&there).await;
    let mut config = anvil.config(contracts);
    config.endpoints = vec![Secret(format!("ws://127.0.0.1:{}", anvil.port))];
    // Far longer than the test waits: only the socket can tell.
    config.poll_ms = 600_000;
    let remote = Remote::open(&config, signers()).await.expect("opened");
    let mut place = None;
    while place.as_ref().and_then(|place: &PlaceOnChain| place.blocks.back()).map(|read| read.block)
        != remote.client.head().await.ok().map(|head| head.block)
    {
        place = Some(remote.client.events(place).await.expect("heard").place);
    }
    let waits = tokio::spawn({
        let (client, place) = (Arc::clone(&remote.client), place.clone());
        async move { client.events(place).await }
    });
    for _ in 0..20 {
        let mined: Result<serde_json::Value, _> = there.raw_request("anvil_mine".into(), (U256::from(1),)).await;
        mined.expect("mined");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let heard = tokio::time::timeout(Duration::from_secs(10), waits).await.expect("in time").expect("no panic");
    assert_ne!(Some(heard.expect("heard").place), place);
    config.contracts.staking = Address::repeat_byte(1);
    let refused = Remote::open(&config, signers()).await.expect_err("nothing is there");
    assert!(refused.to_string().contains("staking"), "{refused}");
}
