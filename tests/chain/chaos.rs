//! Rewards in a bad world on a real chain: answers that are lost, nodes that fail, reorganisations and restarts at random; in the end the machine's
//! book and the chain agree to the wei, and nobody was paid twice.

use crate::chain::driver::Driver;
use crate::chain::embedded::Home;
use alloy::primitives::{Address, B256, Bytes, U256};
use futures_util::future::{BoxFuture, FutureExt as _};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use std::sync::{Arc, Mutex};
use voxfare::providers::chain::embedded::{Mining, Orphans};
use voxfare::providers::chain::local::{Local, LocalConfig};
use voxfare::session::ports::chain::{
    About, Balances, Batch, Chain, ChainFault, Funds, Head, Module, PlaceOnChain, Policy, Quote, Swap, TokenPrice,
};
use wallet::account::signature::{Called, EthCall};
use wallet::ledger::Account;
use wallet::nonce::{Block, Fees, Try};
use wallet::settle::{Call, Goal, Input, OnChain, Progress, Stage, Unsent};
use wallet::voucher::Terms;

const BOOKINGS: usize = 80;

/// A port whose answers are lost now and then, before or after the question has had its effect.
struct Flaky {
    port: Arc<dyn Chain>,
    random: Mutex<StdRng>,
}

impl Flaky {
    fn lost(&self) -> bool {
        self.random.lock().expect("not poisoned").random_ratio(1, 6)
    }

    async fn maybe<T>(&self, asked: BoxFuture<'_, Result<T, ChainFault>>) -> Result<T, ChainFault> {
        let lost = || Err(ChainFault::Transient("lost".to_owned()));
        if self.lost() {
            return lost();
        }
        let answer = asked.await;
        if self.lost() { lost() } else { answer }
    }
}

impl Chain for Flaky {
    fn about(&self) -> About {
        self.port.about()
    }

    fn sign_voucher(&self, terms: Terms) -> BoxFuture<'_, Result<Bytes, ChainFault>> {
        self.port.sign_voucher(terms)
    }

    fn sign_tx(&self, nonce: u64, call: Call, fees: Fees, at_ms: u64) -> BoxFuture<'_, Result<Try, ChainFault>> {
        self.port.sign_tx(nonce, call, fees, at_ms)
    }

    fn send(&self, raw: Bytes) -> BoxFuture<'_, Result<(), Unsent>> {
        async move {
            if self.lost() {
                return Err(Unsent::Unknown);
            }
            let answer = self.port.send(raw).await;
            if self.lost() { Err(Unsent::Unknown) } else { answer }
        }
        .boxed()
    }

    fn policy(&self) -> BoxFuture<'_, Result<Policy, ChainFault>> {
        self.maybe(self.port.policy()).boxed()
    }

    fn quote(&self, swap: Swap, amount_in: U256) -> BoxFuture<'_, Result<Option<Quote>, ChainFault>> {
        self.maybe(self.port.quote(swap, amount_in)).boxed()
    }

    fn find_tx(&self, hashes: Vec<B256>) -> BoxFuture<'_, Result<Option<Block>, ChainFault>> {
        self.maybe(self.port.find_tx(hashes)).boxed()
    }

    fn find_booking(&self, id: B256) -> BoxFuture<'_, Result<OnChain, ChainFault>> {
        self.maybe(self.port.find_booking(id)).boxed()
    }

    fn missing(&self, goal: Goal) -> BoxFuture<'_, Result<Progress, ChainFault>> {
        self.maybe(self.port.missing(goal)).boxed()
    }

    fn modules(&self) -> BoxFuture<'_, Result<Vec<Module>, ChainFault>> {
        self.port.modules()
    }

    fn head(&self) -> BoxFuture<'_, Result<Head, ChainFault>> {
        self.maybe(self.port.head()).boxed()
    }

    fn balances(&self, account: Address) -> BoxFuture<'_, Result<Balances, ChainFault>> {
        self.port.balances(account)
    }

    fn funds(&self) -> BoxFuture<'_, Result<Funds, ChainFault>> {
        self.port.funds()
    }

    fn price(&self) -> BoxFuture<'_, Result<TokenPrice, ChainFault>> {
        self.port.price()
    }

    fn call(&self, call: EthCall) -> BoxFuture<'_, Called> {
        self.port.call(call)
    }

    fn custodial(&self, account: String) -> BoxFuture<'_, Result<Address, ChainFault>> {
        self.port.custodial(account)
    }

    fn events(&self, from: Option<PlaceOnChain>) -> BoxFuture<'_, Result<Batch, ChainFault>> {
        self.port.events(from)
    }
}

fn traveller(n: usize) -> Address {
    Address::repeat_byte(u8::try_from(n % 5 + 1).expect("small"))
}

/// Opens the chain again and goes on with what was stored.
async fn restart(home: &Home, driver: Option<Driver>, seed: u64) -> (Local, Driver) {
    let kept = driver.map(|driver| (driver.settlement.state().clone(), driver.place.clone(), driver.ledger));
    // What is stored is text.
    let (state, place, ledger) = kept.unwrap_or_default();
    let state = serde_json::from_str(&serde_json::to_string(&state).expect("text")).expect("a state");
    let place = serde_json::from_str(&serde_json::to_string(&place).expect("text")).expect("a place");
    let mining = Mining::OnDemand(None);
    let local = home.open(LocalConfig { mining, ..home.config() }).await.expect("opened");
    let port = Flaky { port: local.client.clone(), random: Mutex::new(StdRng::seed_from_u64(seed)) };
    let mut driver = Driver::restore(Arc::new(port), 2, state, place);
    driver.ledger = ledger;
    (local, driver)
}

#[tokio::test(flavor = "multi_thread")]
async fn book_and_chain_agree_after_everything_that_can_happen() {
    let seed = 20_261_127;
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let home = Home::new("chaos");
    let (mut local, mut driver) = restart(&home, None, seed).await;
    let (mut restarts, mut forks, first) = (0, 0, local.chain.head().number);
    for n in 0..BOOKINGS {
        driver.book(&format!("booking {n}"), traveller(n)).await;
        if random.random_ratio(1, 12) {
            driver.input(Input::Cancelled { booking: format!("booking {}", random.random_range(0..=n)) }).await;
        }
        driver.wait(10).await;
        match random.random_range(0..10) {
            0 => {
                drop(local);
                (local, driver) = restart(&home, Some(driver), random.random()).await;
                restarts += 1;
            }
            1 | 2 => {
                // The deployment stays.
                let depth = random.random_range(1..=64).min(local.chain.head().number.saturating_sub(first));
                let orphans = if random.random() { Orphans::Return } else { Orphans::Lose };
                local.chain.reorg(depth, depth + random.random_range(0..3), orphans).await.expect("forked");
                forks += 1;
            }
            3 => local.chain.mine(random.random_range(1..80)).await.expect("mined"),
            _ => {}
        }
    }
    let over = |driver: &Driver| {
        let ends = [Stage::Settled, Stage::Reversed, Stage::Owing];
        driver.stages.values().all(|stage| ends.contains(stage))
    };
    for round in 0.. {
        assert!(round < 2000, "{:?}", driver.stages);
        if over(&driver) && driver.settlement.state().lane.flights().count() == 0 {
            break;
        }
        local.chain.mine(1).await.expect("mined");
        driver.wait(20).await;
    }
    let mut told = std::collections::BTreeMap::new();
    driver.stages.values().for_each(|stage| *told.entry(stage.label()).or_insert(0) += 1);
    println!("{restarts} restarts, {forks} forks, {told:?}");
    for n in 0..5 {
        let on_chain = local.client.balances(traveller(n)).await.expect("asked").trvl;
        let account = Account::Traveller(traveller(n));
        // What is owed back was paid all the same.
        let owed = driver.ledger.balance(Account::Debt(traveller(n))).held().0;
        assert_eq!(driver.ledger.balance(account).held().0 + owed, on_chain, "traveller {n}");
    }
}
