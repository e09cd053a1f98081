//! What bookings earn, by the server's own wallet over a real store and the embedded chain, in a process that is killed again and again, on a chain
//! that errs, drops, repeats and reorganises: each booking is paid once, or taken back, and book and chain agree to the wei.

mod faulty;

use crate::rewards::faulty::{Faulty, KINDS, Notes};
use agent::trip::{Cabin, Code3, FareRules, FlightOffer, IdempotencyKey, Item, Money, Order, Party, Source, Traveller};
use alloy::primitives::{Address, U256, keccak256};
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use voxfare::config::Wallet as Chosen;
use voxfare::platform::wallet::{Config, Wallet};
use voxfare::providers::chain::embedded::Orphans;
use voxfare::providers::chain::local::{Local, LocalConfig};
use voxfare::providers::chain::signer::keystore::KeystoreConfig;
use voxfare::session::ports::chain::Chain;
use voxfare::store::{Account, Step, Store, Wallet as Rows};
use wallet::account::consent::{Consent, Consents, Text, Way};
use wallet::account::terms::{Agreeing, TO_JOIN, Terms};
use wallet::settle::Stage;

/// Where the child finds its home; only the child has it.
const HOME: &str = "VOXFARE_TEST_REWARDS_HOME";
/// And what its dice begin with.
const SEED: &str = "VOXFARE_TEST_REWARDS_SEED";
/// How many bookings, for long runs by hand.
const MANY: &str = "VOXFARE_TEST_REWARDS_BOOKINGS";
const BOOKINGS: usize = 100;
const ACCOUNTS: usize = 20;
/// So many times what was wanted, at most, is booked until each kind of fault has happened.
const TIMES_MAX: usize = 3;
/// A kill after so many bookings, at most; in a long run after a hundredth of them.
const ROUND_MAX: usize = 40;
/// How long to wait for what takes a few seconds.
const PATIENCE: Duration = Duration::from_secs(60);
/// The deepest reorganisation, in blocks.
const DEPTH_MAX: u64 = 64;

pub(crate) struct Home(pub(crate) PathBuf);

impl Home {
    pub(crate) fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("voxfare-rewards-{}-{name}", std::process::id()));
        drop(std::fs::remove_dir_all(&folder));
        std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
        Self(folder)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

pub(crate) async fn store(folder: &Path) -> Store {
    Store::open(&format!("sqlite:{}", folder.join("store.db").display())).await.expect("a store")
}

pub(crate) async fn open(folder: &Path) -> (Wallet, Local) {
    let store = store(folder).await;
    let local = local(folder, &store).await;
    (started(&store, &local).await, local)
}

pub(crate) fn chain(folder: &Path) -> LocalConfig {
    LocalConfig::new(KeystoreConfig { path: folder.join("keys.json"), password: None })
}

/// The embedded chain of a store, with its keys in a folder.
pub(crate) async fn local(folder: &Path, store: &Store) -> Local {
    Local::open(chain(folder), Arc::new(store.chains()), Timestamp::now).await.expect("opened")
}

/// The server's wallet over a store and a chain.
pub(crate) async fn started(store: &Store, local: &Local) -> Wallet {
    over(store, local.client.clone()).await
}

async fn over(store: &Store, chain: Arc<dyn Chain>) -> Wallet {
    let chosen = Chosen::default().of("http://localhost", chain.about().place.chain_id).expect("it is right");
    Wallet::start(store.wallet(), chain, chosen, Timestamp::now).await.expect("started")
}

fn many() -> usize {
    std::env::var(MANY).ok().and_then(|many| many.parse().ok()).unwrap_or(BOOKINGS)
}

/// The child's life: it pays what is booked, in a bad world, until it is killed.
#[tokio::test(flavor = "multi_thread")]
async fn child() {
    let (Ok(folder), Ok(seed)) = (std::env::var(HOME), std::env::var(SEED)) else { return };
    let (folder, seed) = (Path::new(&folder), seed.parse().expect("a number"));
    let store = store(folder).await;
    let local = local(folder, &store).await;
    let notes = Notes::open(folder);
    // What was dropped is sent again after a quarter of a minute, and all that was sent after it waits: in a long run that must not be all there is.
    let rare = if many() > 1000 { 20 } else { 1 };
    let faulty = Arc::new(Faulty::new(local.client.clone(), notes.clone(), seed, rare));
    let _wallet = over(&store, faulty).await;
    println!("the wallet is up");
    let mut random = StdRng::seed_from_u64(seed);
    loop {
        tokio::time::sleep(Duration::from_millis(random.random_range(50..800) * u64::from(rare.min(5)))).await;
        let depth = if random.random() { random.random_range(1..=3) } else { random.random_range(1..=DEPTH_MAX) };
        let orphans = if random.random() { Orphans::Lose } else { Orphans::Return };
        local.chain.reorg(depth, depth + random.random_range(0..3), orphans).await.expect("forked");
        notes.say("reorg");
    }
}

/// A child that is up, and its words: who says something to nobody ends.
fn begin(folder: &Path, seed: u64) -> (Child, impl Iterator<Item = String>) {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["rewards::child", "--exact", "--nocapture", "--test-threads", "1"]);
    command.env(HOME, folder).env(SEED, seed.to_string()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
    assert!(lines.by_ref().any(|line| line.contains("the wallet is up")), "the child did not come up");
    (child, lines)
}

pub(crate) fn order(n: usize, minor: i64) -> Order {
    order_in("USD", n, minor)
}

/// The accounts that orders are of.
async fn accounts(rows: &Rows) {
    for n in 0..ACCOUNTS {
        let account = Account { id: format!("acct_{n}"), custodial: custodial(n), own: None };
        rows.add(&account, &agreed(), Timestamp::now()).await.expect("kept");
    }
}

/// What somebody says who agrees to these texts as they are now.
pub(crate) fn saying(texts: &[Text]) -> Agreeing {
    let agrees = texts.iter().map(|text| Terms::now().edition(*text)).collect();
    Agreeing { agrees, language: Some("en".to_owned()) }
}

/// Both texts of an account, agreed to before anything was booked.
fn agreed() -> Vec<Consent> {
    let taken = Terms::now().take(&saying(&TO_JOIN), &Consents::default(), &TO_JOIN, Way::Clicked, 0);
    taken.expect("they are of now")
}

fn custodial(account: usize) -> Address {
    Address::from_word(keccak256(account.to_be_bytes()))
}

fn order_in(currency: &str, n: usize, minor: i64) -> Order {
    let currency = Code3::parse(currency).expect("three letters");
    let rules =
        FareRules { brand: "Basic".to_owned(), cabin_bags: 1, checked_bags: 0, change_fee: None, refund_fee: None };
    let offer = FlightOffer {
        id: format!("F.{n}"),
        legs: Vec::new(),
        party: Party::default(),
        cabin: Cabin::Economy,
        total: Money { minor, currency },
        seats_left: 3,
        rules,
        source: Source::Synthetic,
    };
    let travellers = vec![Traveller { given: "Ada".to_owned(), family: "Lovelace".to_owned() }];
    let account = Some(format!("acct_{}", n % ACCOUNTS));
    Order { key: IdempotencyKey(format!("booking {n}")), item: Item::Flight { offer }, travellers, account }
}

/// Looks until it is so.
pub(crate) async fn until(what: &str, within: Duration, so: impl AsyncFnMut() -> bool) {
    until_by(Duration::from_millis(50), what, within, so).await;
}

/// The same, looking every so often.
async fn until_by(every: Duration, what: &str, within: Duration, mut so: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    let mut looks = tokio::time::interval(every);
    while !so().await {
        assert!(begun.elapsed() < within, "{what} was not so within {within:?}");
        looks.tick().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_booking_is_paid_once_or_taken_back_whatever_goes_wrong() {
    let mut many = many();
    let seed = 20_261_127;
    println!("seed {seed}, {many} bookings");
    let mut random = StdRng::seed_from_u64(seed);
    let home = Home::new("killed");
    let store = store(&home.0).await;
    let (bookings, rows) = (store.bookings(), store.wallet());
    accounts(&rows).await;
    // Below the contracts nothing is ever reorganised.
    let local = local(&home.0, &store).await;
    local.chain.mine(DEPTH_MAX + 1).await.expect("mined");
    drop(local);
    let (round_max, looks) = (ROUND_MAX.max(many / 100), Duration::from_millis(if many > 1000 { 1000 } else { 50 }));
    // All of it together must stay within what the contract gives out in a day.
    let dearest = 400_000 / i64::try_from(many / 1000).expect("not so many").max(1);
    let (mut made, mut cancelled, mut kills) = (0, 0, 0_u64);
    let mut references = Vec::new();
    let most = TIMES_MAX * many;
    while made < many {
        let (mut child, _words) = begin(&home.0, seed + kills);
        for _ in 0..random.random_range(1..=round_max).min(many - made) {
            let booking = bookings.book(&order(made, random.random_range(100..dearest)), Timestamp::now()).await;
            references.push(booking.expect("booked").reference);
            made += 1;
            if random.random_ratio(1, 10) {
                let key = IdempotencyKey(format!("cancel {made}"));
                let reference = &references[random.random_range(0..references.len())];
                bookings.cancel(&key, reference, Timestamp::now()).await.expect("cancelled");
                cancelled += 1;
            }
        }
        // The kill comes in the middle of the work, each time elsewhere in it.
        let enough = made.saturating_sub(random.random_range(0..round_max));
        until_by(looks, "enough of it done", Duration::from_secs(300), async || {
            let rewards = rows.rewards().await.expect("read");
            rewards.values().filter(|(_, reward)| reward.stage != Stage::Earned).count() >= enough
        })
        .await;
        child.kill().expect("killed");
        child.wait().expect("it is gone");
        kills += 1;
        if made == many && many < most && Notes::tally(&home.0).values().any(|times| *times == 0) {
            many += 1;
        }
    }
    let (wallet, local) = open(&home.0).await;
    let ends = [Stage::Settled, Stage::Reversed, Stage::Owing];
    until_by(looks, "everything at its end", Duration::from_secs(1800), async || {
        let rewards = rows.rewards().await.expect("read");
        rewards.len() == many && rewards.values().all(|(_, reward)| ends.contains(&reward.stage))
    })
    .await;
    let report = wallet.reconcile().await.expect("compared");
    let mut stages = BTreeMap::new();
    let mut earned: BTreeMap<String, U256> = BTreeMap::new();
    for (account, reward) in rows.rewards().await.expect("read").into_values() {
        *stages.entry(reward.stage.label()).or_insert(0_u64) += 1;
        if let Some(wallet::settle::Ended::Paid(legs)) = reward.booked {
            *earned.entry(account).or_default() += legs.traveller.0;
        }
    }
    let faults = Notes::tally(&home.0);
    println!("{kills} kills, {cancelled} cancellations, {stages:?}, {faults:?}, {report:?}");
    assert!(KINDS.iter().all(|kind| faults[kind] > 0), "each kind of fault happened: {faults:?}");
    assert!(report.agrees() && report.waiting == 0, "{report:?}");
    assert_eq!(report.chain, report.book);
    let paid = stages.get("settled").unwrap_or(&0) + stages.get("owing").unwrap_or(&0);
    assert_eq!(report.chain.count, paid, "each was paid once");
    for n in 0..ACCOUNTS {
        let held = local.client.balances(custodial(n)).await.expect("asked").trvl;
        assert_eq!(held, earned.get(&format!("acct_{n}")).copied().unwrap_or_default(), "account {n}");
    }
    wallet.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bookings_that_wait_for_a_price_hold_up_no_other() {
    let home = Home::new("waiting");
    let store = store(&home.0).await;
    let (bookings, rows) = (store.bookings(), store.wallet());
    accounts(&rows).await;
    // More than are looked at in one go, in a currency that TRVL has no price in, and then one that has.
    for n in 0..150 {
        bookings.book(&order_in("XTS", n, 50_000), Timestamp::now()).await.expect("booked");
    }
    bookings.book(&order(150, 50_000), Timestamp::now()).await.expect("booked");
    let (wallet, _local) = open(&home.0).await;
    until("the reward of the last one", Duration::from_secs(30), async || {
        let rewards = rows.rewards().await.expect("read");
        rewards.get("booking 150").is_some_and(|(_, reward)| reward.stage == Stage::Settled)
    })
    .await;
    assert_eq!(rows.rewards().await.expect("read").len(), 1, "the others wait, and are not forgotten");
    wallet.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_paid_in_another_currency_earns_what_it_is_worth_in_dollars() {
    let home = Home::new("currencies");
    let store = store(&home.0).await;
    let (bookings, rows) = (store.bookings(), store.wallet());
    accounts(&rows).await;
    for (n, currency, minor) in [(0, "EUR", 50_000), (1, "JPY", 50_000)] {
        bookings.book(&order_in(currency, n, minor), Timestamp::now()).await.expect("booked");
    }
    let (wallet, _local) = open(&home.0).await;
    until("both rewards", PATIENCE, async || {
        let rewards = rows.rewards().await.expect("read");
        rewards.len() == 2 && rewards.values().all(|(_, reward)| reward.stage == Stage::Settled)
    })
    .await;
    // Two percent of 558.60 dollars, and of 317.95 dollars.
    for (n, cents) in [(0, 1117), (1, 635)] {
        let (_, reward) = &rows.rewards().await.expect("read")[&format!("booking {n}")];
        assert_eq!((reward.commission_minor, reward.currency.as_str()), (cents, "USD"));
    }
    wallet.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_trvl_is_worth_something_only_what_was_sold_earns() {
    let home = Home::new("samples");
    let store = store(&home.0).await;
    let (bookings, rows) = (store.bookings(), store.wallet());
    accounts(&rows).await;
    bookings.book(&order(0, 50_000), Timestamp::now()).await.expect("booked");
    let mut sold = order(1, 50_000);
    if let Item::Flight { offer } = &mut sold.item {
        offer.source = Source::Live;
    }
    bookings.book(&sold, Timestamp::now()).await.expect("booked");
    let local = local(&home.0, &store).await;
    let chosen = Chosen::default().of("http://localhost", 31_337).expect("it is right");
    let config = Config { samples: false, ..chosen };
    let wallet = Wallet::start(rows.clone(), local.client.clone(), config, Timestamp::now).await.expect("started");
    until("the reward of what was sold", PATIENCE, async || {
        rows.rewards().await.expect("read").get("booking 1").is_some_and(|(_, reward)| reward.stage == Stage::Settled)
    })
    .await;
    assert_eq!(rows.rewards().await.expect("read").len(), 1, "a sample earns nothing");
    wallet.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rewards_of_another_chain_are_not_gone_on_with() {
    let home = Home::new("elsewhere");
    let (wallet, local) = open(&home.0).await;
    wallet.close().await;
    let rows = store(&home.0).await.wallet();
    let kept = vec![("home".to_owned(), "chain 137, distributor 0x00".to_owned())];
    rows.keep(&Step { kept, ..Step::default() }).await.expect("kept");
    let chosen = Chosen::default().of("http://localhost", 31_337).expect("it is right");
    let refused = Wallet::start(rows, local.client.clone(), chosen, Timestamp::now).await.map(drop);
    let why = refused.expect_err("they are elsewhere").to_string();
    assert!(why.contains("chain 137") && why.contains("chain 31337") && why.contains("store.url"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_day_gives_no_more_waits_for_the_next_at_no_cost_and_holds_up_nothing_else() {
    let home = Home::new("emission");
    let store = store(&home.0).await;
    let (bookings, rows) = (store.bookings(), store.wallet());
    accounts(&rows).await;
    // Four of the dearest, which earn 800 each, and a half.
    let day = U256::from(3600) * U256::from(10).pow(U256::from(18));
    let limited = LocalConfig { daily_limit: Some(day), ..chain(&home.0) };
    let local = Local::open(limited, Arc::new(store.chains()), Timestamp::now).await.expect("opened");
    let wallet = started(&store, &local).await;
    let chain = local.client.clone();
    let settled = async || {
        let rewards = rows.rewards().await.expect("read");
        rewards.into_values().filter(|(_, reward)| reward.stage == Stage::Settled).count()
    };
    let before = chain.head().await.expect("asked").count;
    for n in 0..6 {
        bookings.book(&order(n, 200_000_000), Timestamp::now()).await.expect("booked");
    }
    until("the first", PATIENCE, async || settled().await > 0).await;
    let rewards = rows.rewards().await.expect("read");
    let fit: usize = (day / rewards["booking 0"].1.terms.commission.0).saturating_to();
    assert_eq!(fit, 4, "{rewards:?}");
    until("what fits into the day", PATIENCE, async || settled().await == fit).await;
    // A claim that failed would be tried again by now.
    local.chain.mine(2 * DEPTH_MAX).await.expect("mined");
    bookings.book(&order(100, 1_000), Timestamp::now()).await.expect("booked");
    until("a small one", PATIENCE, async || settled().await == fit + 1).await;
    let sent = chain.head().await.expect("asked").count - before;
    assert_eq!(sent, fit as u64 + 1, "nothing was sent that the contract refuses");
    local.chain.pass(86_400);
    local.chain.mine(1).await.expect("mined");
    until("the rest", PATIENCE, async || settled().await == fit + 3).await;
    assert_eq!(chain.head().await.expect("asked").count - before, fit as u64 + 3);
    assert!(wallet.reconcile().await.expect("compared").agrees());
    wallet.close().await;
}
