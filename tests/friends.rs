//! Friends who bring friends, wallets that take over what was kept, a stop of everything, and servers that share a database: by the server's own wallet over a real store and the
//! embedded chain with the real contracts.

use crate::rewards::{Home, chain, local, open, order, saying, started, store, until};
use crate::store::Place;
use agent::trip::{IdempotencyKey, Order};
use alloy::primitives::{Address, Bytes, U256, eip191_hash_message};
use alloy::rpc::types::TransactionReceipt;
use alloy::sol_types::SolCall as _;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use voxfare::config::Wallet as Chosen;
use voxfare::platform::wallet::{Config, NotBrought, Wallet};
use voxfare::providers::chain::bindings::RewardDistributor;
use voxfare::providers::chain::local::{Local, LocalConfig, provider};
use voxfare::providers::chain::sending::Account as Sender;
use voxfare::providers::chain::signer::Signer as _;
use voxfare::session::ports::chain::{Chain as _, ChainFault};
use voxfare::store::{Account, Store};
use wallet::account::consent::Text;
use wallet::account::terms::TO_JOIN;
use wallet::settle::{Stage, Standing};

const PATIENCE: Duration = Duration::from_secs(30);

/// A server's wallet, its chain and its store.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) wallet: Wallet,
    pub(crate) local: Local,
    booked: usize,
    // The folder goes last.
    _home: Home,
}

impl World {
    pub(crate) async fn new(name: &str) -> Self {
        let home = Home::new(name);
        let store = store(&home.0).await;
        let (wallet, local) = open(&home.0).await;
        Self { store, wallet, local, booked: 0, _home: home }
    }

    /// One where travellers' own wallets claim what epochs hold, and nothing within the clawback window.
    async fn of_own_wallets(name: &str, clawback_seconds: u64) -> Self {
        let home = Home::new(name);
        let store = store(&home.0).await;
        let config = LocalConfig { clawback_seconds, ..chain(&home.0) };
        let local = Local::open(config, Arc::new(store.chains()), Timestamp::now).await.expect("opened");
        let id = local.client.about().place.chain_id;
        let chosen = Chosen { sponsored: false, ..Chosen::default() }.of("http://localhost", id).expect("it is right");
        // As short as a test has patience for.
        let config = Config { epoch_ms: 3_000, ..chosen };
        let wallet =
            Wallet::start(store.wallet(), local.client.clone(), config, Timestamp::now).await.expect("started");
        Self { store, wallet, local, booked: 0, _home: home }
    }

    /// Calls a contract with a key of the keystore.
    async fn calls(&self, key: &str, to: Address, data: Bytes) -> Result<TransactionReceipt, ChainFault> {
        let key = Arc::new(self.local.key(key).expect("a key"));
        let id = self.local.client.about().place.chain_id;
        Sender::new(provider(&self.local.chain), id, key).call(to, data).await
    }

    pub(crate) async fn account(&self) -> Account {
        self.wallet.door().join(&saying(&TO_JOIN)).await.expect("an account").account
    }

    /// Books a trip of 1,000 dollars; its key.
    pub(crate) async fn books(&mut self, account: &Account) -> String {
        let order = Order { account: Some(account.id.clone()), ..order(self.booked, 100_000) };
        self.booked += 1;
        self.store.bookings().book(&order, Timestamp::now()).await.expect("booked");
        order.key.0
    }

    /// Books a trip and waits until it is paid.
    pub(crate) async fn is_paid(&mut self, account: &Account) {
        let key = self.books(account).await;
        self.stands(&key, Stage::Settled).await;
    }

    pub(crate) async fn stands(&self, booking: &str, stage: Stage) {
        let rows = self.store.wallet();
        until(stage.label(), PATIENCE, async || {
            let earned = rows.earned(booking).await.expect("read");
            earned.is_some_and(|earned| earned.reward.stage == stage)
        })
        .await;
    }

    async fn errand(&self, key: &str, standing: Standing) {
        let rows = self.store.wallet();
        until(key, PATIENCE, async || rows.errand(key).await.expect("read") == Some(standing)).await;
    }

    pub(crate) async fn code(&self, account: &Account) -> String {
        self.wallet.friends(account).await.expect("told").code
    }

    async fn credit(&self, account: &Account) -> U256 {
        self.wallet.friends(account).await.expect("told").credit.0
    }

    pub(crate) async fn held(&self, address: Address) -> U256 {
        self.local.client.balances(address).await.expect("asked").trvl
    }

    /// Signs in with a wallet of the traveller's own.
    pub(crate) async fn links(&self, account: &Account, wallet: &str) -> Account {
        let key = self.local.key(wallet).expect("a key");
        let chain = self.local.contracts.chain_id;
        let challenge = self.wallet.door().challenge(&account.id, Some((key.address(), chain))).await.expect("begun");
        let message = challenge.message.expect("the wallet was named");
        let signature = key.sign(eip191_hash_message(message.as_bytes())).await.expect("signed");
        let signature = Bytes::copy_from_slice(&signature.as_bytes());
        self.wallet.link(account, message, signature).await.expect("linked").account
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_brings_a_friend_earns_by_the_friends_bookings() {
    let mut world = World::new("friends").await;
    let (ada, ben) = (world.account().await, world.account().await);
    world.is_paid(&ada).await;
    let code = world.code(&ada).await;
    let spoken = code.to_lowercase();
    let said = saying(&[Text::Referral]);
    world.wallet.name_friend(&ben, &spoken, &said).await.expect("taken");
    world.wallet.name_friend(&ben, &code, &said).await.expect("said twice is said once");
    for account in [&ada, &ben] {
        world.errand(&format!("join:{}", account.custodial), Standing::Reached).await;
    }
    // Ada was paid for a booking of her own, so she may earn.
    world.errand(&format!("verify:{}", ada.custodial), Standing::Reached).await;
    let friends = world.wallet.friends(&ben).await.expect("told");
    assert_eq!((friends.brought, friends.others), (Some(Some(Standing::Reached)), 0));
    assert_eq!(world.wallet.friends(&ada).await.expect("told").others, 1);
    assert_eq!(world.credit(&ada).await, U256::ZERO);
    let booking = world.books(&ben).await;
    world.stands(&booking, Stage::Settled).await;
    // A tenth of the commission is for the tree, and half of that for the nearest.
    let earned = world.store.wallet().earned(&booking).await.expect("read").expect("it is there");
    let credit = world.credit(&ada).await;
    assert_eq!(credit, earned.reward.terms.commission.0 / U256::from(20));
    let before = world.held(ada.custodial).await;
    world.wallet.withdraw(&ada).await.expect("wanted");
    until("taken out", PATIENCE, async || world.credit(&ada).await == U256::ZERO).await;
    assert_eq!(world.held(ada.custodial).await, before + credit);
    let report = world.wallet.reconcile().await.expect("compared");
    assert!(report.agrees(), "{report:?}");
    world.wallet.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_friend_is_named_once_and_makes_no_ring() {
    let world = World::new("ring").await;
    let [ada, ben, cem] = [world.account().await, world.account().await, world.account().await];
    let codes = [world.code(&ada).await, world.code(&ben).await, world.code(&cem).await];
    let names = async |account: &Account, code: &str| {
        world.wallet.name_friend(account, code, &saying(&[Text::Referral])).await.map_err(|why| why.to_string())
    };
    let refused = |why: NotBrought| Err(why.to_string());
    assert_eq!(names(&ada, "not a code").await, refused(NotBrought::Misread));
    let nobody = wallet::referral::code(Address::repeat_byte(9));
    assert_eq!(names(&ada, &nobody).await, refused(NotBrought::Unknown));
    assert_eq!(names(&ada, &codes[0]).await, refused(NotBrought::Own));
    assert_eq!(names(&ben, &codes[0]).await, Ok(()));
    assert_eq!(names(&cem, &codes[1]).await, Ok(()));
    assert_eq!(names(&ada, &codes[2]).await, refused(NotBrought::Ring));
    assert_eq!(names(&cem, &codes[0]).await, refused(NotBrought::Another));
    for account in [&ada, &ben, &cem] {
        world.errand(&format!("join:{}", account.custodial), Standing::Reached).await;
    }
    world.wallet.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_kept_goes_to_the_wallet_that_is_linked_later() {
    let mut world = World::new("moved").await;
    let ada = world.account().await;
    world.is_paid(&ada).await;
    let kept = world.held(ada.custodial).await;
    assert!(kept > U256::ZERO);
    // One is on its way to the kept address while the wallet is linked.
    let late = world.books(&ada).await;
    let linked = world.links(&ada, "a wallet of her own").await;
    let own = linked.address();
    assert_ne!(own, ada.custodial);
    world.stands(&late, Stage::Settled).await;
    until("everything moved", PATIENCE, async || {
        let (here, there) = (world.held(ada.custodial).await, world.held(own).await);
        here == U256::ZERO && there == kept + kept
    })
    .await;
    world.is_paid(&linked).await;
    assert_eq!(world.held(own).await, kept + kept + kept);
    let report = world.wallet.reconcile().await.expect("compared");
    assert!(report.agrees(), "{report:?}");
    world.wallet.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rewards_of_own_wallets_are_published_under_one_root_and_claimed_with_proofs() {
    let mut world = World::of_own_wallets("epochs", 0).await;
    let ada = world.account().await;
    let ada = world.links(&ada, "a wallet of her own").await;
    let mut keys = Vec::new();
    for _ in 0..7 {
        keys.push(world.books(&ada).await);
    }
    let rows = world.store.wallet();
    for key in &keys {
        world.stands(key, Stage::Issued).await;
    }
    let given_up = rows.earned(&keys[6]).await.expect("read").expect("it is there");
    let cancel = IdempotencyKey("cancel".to_owned());
    world.store.bookings().cancel(&cancel, &given_up.reference, Timestamp::now()).await.expect("cancelled");
    world.stands(&keys[6], Stage::Reversed).await;

    let distributor = world.local.contracts.reward_distributor;
    let mut epochs = BTreeSet::new();
    for key in &keys {
        let reward = rows.earned(key).await.expect("read").expect("it is there").reward;
        let of = reward.in_epoch.expect("under a root");
        epochs.insert(of.epoch);
        let claim = reward.terms.claim_from(of.epoch, &of.proof);
        let claimed = world.calls("a wallet of her own", distributor, claim).await;
        assert_eq!(claimed.is_ok(), *key != keys[6], "{key}: {claimed:?}");
    }
    assert!(epochs.len() < keys.len(), "many share a root: {epochs:?}");
    for key in &keys[..6] {
        world.stands(key, Stage::Settled).await;
    }
    let report = world.wallet.reconcile().await.expect("compared");
    assert!(report.agrees() && report.chain.count == 6, "{report:?}");
    world.wallet.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_epoch_gives_its_rewards_to_a_later_one() {
    // Nothing can be claimed within the test.
    let mut world = World::of_own_wallets("epoch-cancelled", 3600).await;
    let ada = world.account().await;
    let ada = world.links(&ada, "a wallet of her own").await;
    let key = world.books(&ada).await;
    let rows = world.store.wallet();
    let epoch = async || rows.earned(&key).await.expect("read").and_then(|one| one.reward.in_epoch).map(|of| of.epoch);
    until("under a root", PATIENCE, async || epoch().await.is_some()).await;
    let first = epoch().await.expect("it is");
    let distributor = world.local.contracts.reward_distributor;
    let cancel = RewardDistributor::cancelEpochCall { epoch: first }.abi_encode();
    until("cancelled", PATIENCE, async || world.calls("guardian", distributor, cancel.clone().into()).await.is_ok())
        .await;
    until("under another root", PATIENCE, async || epoch().await.is_some_and(|epoch| epoch > first)).await;
    world.wallet.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_claims_in_an_epochs_time_is_let_go_and_goes_under_a_later_root() {
    let mut world = World::of_own_wallets("epoch-over", 0).await;
    let ada = world.account().await;
    let ada = world.links(&ada, "a wallet of her own").await;
    let key = world.books(&ada).await;
    let rows = world.store.wallet();
    world.stands(&key, Stage::Issued).await;
    let of = async || rows.earned(&key).await.expect("read").and_then(|one| one.reward.in_epoch);
    let first = of().await.expect("under a root").epoch;
    let set_aside = world.local.client.funds().await.expect("asked").reserved;
    assert!(!set_aside.is_zero());
    world.local.chain.pass(366 * 86_400);
    world.local.chain.mine(1).await.expect("mined");
    until("under another root", PATIENCE, async || of().await.is_some_and(|of| of.epoch > first && of.open)).await;
    assert_eq!(world.local.client.funds().await.expect("asked").reserved, set_aside, "once, and not for both");
    let again = of().await.expect("under a root");
    let distributor = world.local.contracts.reward_distributor;
    let terms = rows.earned(&key).await.expect("read").expect("it is there").reward.terms;
    world.calls("a wallet of her own", distributor, terms.claim_from(again.epoch, &again.proof)).await.expect("paid");
    world.stands(&key, Stage::Settled).await;
    assert!(world.wallet.reconcile().await.expect("compared").agrees());
    world.wallet.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_pauses_everything_at_once() {
    let mut world = World::new("stopped").await;
    let ada = world.account().await;
    world.is_paid(&ada).await;
    assert!(world.local.client.modules().await.expect("asked").iter().all(|module| !module.paused));
    assert_eq!(world.wallet.stopping().await.expect("read"), None);
    world.wallet.stop().await.expect("wanted");
    until("stopped", PATIENCE, async || world.wallet.stopping().await.expect("read") == Some(Standing::Reached)).await;
    let modules = world.local.client.modules().await.expect("asked");
    assert!(modules.len() >= 5 && modules.iter().all(|module| module.paused), "{modules:?}");
    world.wallet.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_servers_on_one_database_one_pays_and_the_other_takes_over() {
    let Some(place) = Place::schema("two").await else { return };
    let home = Home::new("two");
    let store = Store::open(&place.url).await.expect("a fresh database opens");
    let local = local(&home.0, &store).await;
    let first = started(&store, &local).await;
    let second = started(&store, &local).await;
    let account = first.door().join(&saying(&TO_JOIN)).await.expect("an account").account;
    let rows = store.wallet();
    let paid = async |n: usize| {
        let order = Order { account: Some(account.id.clone()), ..order(n, 100_000) };
        store.bookings().book(&order, Timestamp::now()).await.expect("booked");
        until("paid", PATIENCE, async || {
            let earned = rows.earned(&order.key.0).await.expect("read");
            earned.is_some_and(|earned| earned.reward.stage == Stage::Settled)
        })
        .await;
    };
    for n in 0..5 {
        paid(n).await;
    }
    first.close().await;
    for n in 5..10 {
        paid(n).await;
    }
    let report = second.reconcile().await.expect("compared");
    assert!(report.agrees() && report.chain.count == 10, "{report:?}");
    second.close().await;
    drop(local);
    place.clear(store).await;
}
