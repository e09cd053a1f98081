//! A chain's port in a bad world: answers are lost or late, transactions are dropped or refused so that they are replaced, and news comes twice. What
//! went wrong is written down line by line, for whoever made it may be killed.

use alloy::primitives::{Address, B256, Bytes, U256};
use futures_util::future::{BoxFuture, FutureExt as _};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use voxfare::session::ports::chain::{
    About, Balances, Batch, Chain, ChainFault, Funds, Head, Module, PlaceOnChain, Policy, Quote, Swap, TokenPrice,
};
use wallet::account::signature::{Called, EthCall};
use wallet::nonce::{Block, Fees, Try};
use wallet::settle::{Call, Goal, OnChain, Progress, Unsent};
use wallet::voucher::Terms;

/// What can go wrong here, and with the chain beneath.
pub(crate) const KINDS: [&str; 9] =
    ["error", "lost", "late", "dropped", "unknown", "underpriced", "replaced", "repeated", "reorg"];

/// Where faults are written down.
#[derive(Clone)]
pub(crate) struct Notes(Arc<File>);

impl Notes {
    const NAME: &str = "faults";

    pub(crate) fn open(folder: &Path) -> Self {
        let file = File::options().create(true).append(true).open(folder.join(Self::NAME));
        Self(Arc::new(file.expect("the home can be written")))
    }

    pub(crate) fn say(&self, kind: &str) {
        assert!(KINDS.contains(&kind), "{kind}");
        (&*self.0).write_all(format!("{kind}\n").as_bytes()).expect("the home can be written");
    }

    /// How often each happened.
    pub(crate) fn tally(folder: &Path) -> BTreeMap<&'static str, usize> {
        let text = std::fs::read_to_string(folder.join(Self::NAME)).expect("something was noted");
        KINDS.iter().map(|kind| (*kind, text.lines().filter(|line| line == kind).count())).collect()
    }
}

/// The port.
pub(crate) struct Faulty {
    port: Arc<dyn Chain>,
    notes: Notes,
    /// So much rarer than in a short run is everything.
    rare: u32,
    random: Mutex<StdRng>,
    /// Nonces that something was signed for.
    signed: Mutex<BTreeSet<u64>>,
    /// News that was told and will be told once more.
    again: Mutex<Option<Batch>>,
    /// Whether any was told.
    told: Mutex<bool>,
}

impl Faulty {
    pub(crate) fn new(port: Arc<dyn Chain>, notes: Notes, seed: u64, rare: u32) -> Self {
        let random = Mutex::new(StdRng::seed_from_u64(seed));
        Self { port, notes, rare, random, signed: Mutex::default(), again: Mutex::default(), told: Mutex::default() }
    }

    fn one_in(&self, many: u32) -> bool {
        self.random.lock().expect("not poisoned").random_ratio(1, many * self.rare)
    }

    /// Fails before the question is asked, or after it was answered; or takes its time.
    async fn maybe<T>(&self, asked: BoxFuture<'_, Result<T, ChainFault>>) -> Result<T, ChainFault> {
        let fails = |kind: &str| {
            self.notes.say(kind);
            Err(ChainFault::Transient(kind.to_owned()))
        };
        if self.one_in(16) {
            return fails("error");
        }
        let answer = asked.await;
        if self.one_in(16) {
            return fails("lost");
        }
        if self.one_in(32) {
            self.notes.say("late");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        answer
    }

    async fn sends(&self, raw: Bytes) -> Result<(), Unsent> {
        let dice = self.random.lock().expect("not poisoned").random_range(0..20 * self.rare);
        match dice {
            // The node said yes, and forgot it.
            0 | 1 => {
                self.notes.say("dropped");
                Ok(())
            }
            // It was sent, and nobody knows.
            2 | 3 => {
                self.notes.say("unknown");
                let _ = self.port.send(raw).await;
                Err(Unsent::Unknown)
            }
            // It was not sent, and nobody knows.
            4 => {
                self.notes.say("unknown");
                Err(Unsent::Unknown)
            }
            // The fee has risen meanwhile: another version must be signed. This one may still turn up.
            5 | 6 => {
                self.notes.say("underpriced");
                if dice == 5 {
                    let _ = self.port.send(raw).await;
                }
                Err(Unsent::Underpriced)
            }
            _ => self.port.send(raw).await,
        }
    }

    async fn news(&self, from: Option<PlaceOnChain>) -> Result<Batch, ChainFault> {
        if let Some(batch) = self.again.lock().expect("not poisoned").take() {
            return Ok(batch);
        }
        let batch = self.port.events(from.clone()).await?;
        // News comes so seldom that the first of each life is told twice: by chance alone it might never be.
        if let Some(place) = from
            && (!std::mem::replace(&mut *self.told.lock().expect("not poisoned"), true) || self.one_in(4))
        {
            // As if the place had not been stored with the logs: they are told, and then told again.
            self.notes.say("repeated");
            let logs = batch.logs.clone();
            *self.again.lock().expect("not poisoned") = Some(batch);
            return Ok(Batch { logs, place });
        }
        Ok(batch)
    }
}

impl Chain for Faulty {
    fn about(&self) -> About {
        self.port.about()
    }

    fn sign_voucher(&self, terms: Terms) -> BoxFuture<'_, Result<Bytes, ChainFault>> {
        self.maybe(self.port.sign_voucher(terms)).boxed()
    }

    fn sign_tx(&self, nonce: u64, call: Call, fees: Fees, at_ms: u64) -> BoxFuture<'_, Result<Try, ChainFault>> {
        if !self.signed.lock().expect("not poisoned").insert(nonce) {
            self.notes.say("replaced");
        }
        self.maybe(self.port.sign_tx(nonce, call, fees, at_ms)).boxed()
    }

    fn send(&self, raw: Bytes) -> BoxFuture<'_, Result<(), Unsent>> {
        self.sends(raw).boxed()
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
        self.maybe(self.port.modules()).boxed()
    }

    fn head(&self) -> BoxFuture<'_, Result<Head, ChainFault>> {
        self.maybe(self.port.head()).boxed()
    }

    fn balances(&self, account: Address) -> BoxFuture<'_, Result<Balances, ChainFault>> {
        self.maybe(self.port.balances(account)).boxed()
    }

    fn funds(&self) -> BoxFuture<'_, Result<Funds, ChainFault>> {
        self.maybe(self.port.funds()).boxed()
    }

    fn price(&self) -> BoxFuture<'_, Result<TokenPrice, ChainFault>> {
        self.maybe(self.port.price()).boxed()
    }

    fn call(&self, call: EthCall) -> BoxFuture<'_, Called> {
        self.port.call(call)
    }

    fn custodial(&self, account: String) -> BoxFuture<'_, Result<Address, ChainFault>> {
        self.port.custodial(account)
    }

    fn events(&self, from: Option<PlaceOnChain>) -> BoxFuture<'_, Result<Batch, ChainFault>> {
        self.news(from).boxed()
    }
}
