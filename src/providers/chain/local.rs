//! The chain of a server that needs nobody: embedded, with keys of its own and every contract in place after the first start. On a later start it
//! finds them.

use crate::providers::chain::bindings::DevFeed;
use crate::providers::chain::client::{Client, Parts};
use crate::providers::chain::deploy::{self, Deployment, People, Rules, Uniswap};
use crate::providers::chain::embedded::{Embedded, EmbeddedConfig, Mining};
use crate::providers::chain::faults::contract;
use crate::providers::chain::oracle::OracleConfig;
use crate::providers::chain::sending::Account;
use crate::providers::chain::signer::Signer as _;
use crate::providers::chain::signer::keystore::{Key, Keystore, KeystoreConfig};
use crate::session::ports::chain::{ChainFault, ChainStore};
use alloy::primitives::U256;
use alloy::providers::{DynProvider, Provider as _, ProviderBuilder};
use alloy::rpc::client::RpcClient;
use alloy::sol_types::SolCall as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What the local chain is.
#[derive(Clone, Debug)]
pub struct LocalConfig {
    /// Its id.
    pub chain_id: u64,
    /// Its keys.
    pub keystore: KeystoreConfig,
    /// When it makes blocks.
    pub mining: Mining,
    /// How long a claim can be taken back, in seconds; at the first start only.
    pub clawback_seconds: u64,
    /// What is given out in a day at most, in TRVL wei, when it is not what `contracts/config` says; at the first start only.
    pub daily_limit: Option<U256>,
    /// The folder with Uniswap's packages (`@uniswap`), for a pool and an oracle over it; at the first start only. Without it the price is the
    /// local feed's alone.
    pub uniswap: Option<PathBuf>,
}

impl LocalConfig {
    /// The usual one, with its keys in this file.
    #[must_use]
    pub fn new(keystore: KeystoreConfig) -> Self {
        Self {
            chain_id: 31_337,
            keystore,
            mining: Mining::OnDemand(Some(BLOCK_AT_LEAST_EVERY)),
            clawback_seconds: 0,
            daily_limit: None,
            uniswap: None,
        }
    }
}

/// A running local chain. When it is dropped its clockwork stops.
#[derive(Debug)]
pub struct Local {
    /// The port.
    pub client: Arc<Client>,
    /// The chain beneath, for tests and for wallets of others that want to speak JSON-RPC.
    pub chain: Embedded,
    /// Where the contracts are.
    pub contracts: Deployment,
    /// Who has which role.
    pub people: People,
    /// The operator's account: it sends payments of others and mints local dollars.
    pub operator: Arc<Account>,
    keys: Keystore,
    feed: Option<tokio::task::JoinHandle<()>>,
}

impl Drop for Local {
    fn drop(&mut self) {
        if let Some(feed) = &self.feed {
            feed.abort();
        }
    }
}

/// What is noted of a deployment.
#[derive(Serialize, Deserialize)]
struct Noted {
    contracts: Deployment,
    people: People,
}

impl Local {
    /// Opens the chain, and deploys what it needs if that is not there.
    ///
    /// # Errors
    /// The store or the keystore cannot be used, or they do not belong together.
    pub async fn open(
        config: LocalConfig,
        store: Arc<dyn ChainStore>,
        clock: fn() -> Timestamp,
    ) -> Result<Self, ChainFault> {
        let keystore = config.keystore.clone();
        let keys = tokio::task::spawn_blocking(move || Keystore::open(&keystore)).await;
        let keys = keys.map_err(|error| ChainFault::Transient(error.to_string()))??;
        let people = people(&keys)?;
        let rich = U256::from(COINS) * U256::from(10).pow(U256::from(18));
        let alloc = [people.deployer, people.sender, people.operator, people.treasury, people.guardian, people.bridge];
        let chain = EmbeddedConfig {
            chain_id: config.chain_id,
            alloc: alloc.into_iter().map(|account| (account, rich)).collect(),
            mining: config.mining,
        };
        let chain = Embedded::open(chain, store, clock).await?;
        let provider = provider(&chain);
        let contracts = contracts(&chain, &provider, &keys, &people, &config).await?;
        let parts = Parts {
            provider: provider.clone(),
            contracts,
            issuer: Arc::new(keys.key("issuer")?),
            sender: Arc::new(keys.key("sender")?),
            custody: Some(keys.clone()),
            fuel: U256::from(10).pow(U256::from(18)),
            oracle: OracleConfig::default(),
            heads: Some(chain.heads()),
            poll: HEADS_MAX,
            deadline: DEADLINE,
        };
        let signer = Arc::new(keys.key("operator")?);
        let operator = Arc::new(Account::new(provider.clone(), contracts.chain_id, signer));
        let mut local =
            Self { client: Arc::new(Client::new(parts)), chain, contracts, people, keys, feed: None, operator };
        let keeper = FeedKeeper { provider, contracts, operator: Arc::clone(&local.operator), clock };
        if config.mining != Mining::ByHand {
            keeper.refresh().await?;
            local.feed = Some(tokio::spawn(keeper.keep()));
        }
        Ok(local)
    }

    /// A key of the keystore, for what the server's operator does by hand and for tests.
    ///
    /// # Errors
    /// Never in practice.
    pub fn key(&self, name: &str) -> Result<Key, ChainFault> {
        self.keys.key(name)
    }
}

/// A client of an embedded chain.
#[must_use]
pub fn provider(chain: &Embedded) -> DynProvider {
    let rpc = RpcClient::new(chain.transport(), true).with_poll_interval(POLL);
    ProviderBuilder::new().disable_recommended_fillers().connect_client(rpc).erased()
}

fn people(keys: &Keystore) -> Result<People, ChainFault> {
    let address = |name: &str| keys.key(name).map(|key| key.address());
    Ok(People {
        deployer: address("deployer")?,
        issuer: address("issuer")?,
        sender: address("sender")?,
        operator: address("operator")?,
        treasury: address("treasury")?,
        guardian: address("guardian")?,
        bridge: address("bridge")?,
    })
}

async fn contracts(
    chain: &Embedded,
    provider: &DynProvider,
    keys: &Keystore,
    people: &People,
    config: &LocalConfig,
) -> Result<Deployment, ChainFault> {
    let unreadable = |error: serde_json::Error| ChainFault::Misconfigured(format!("the deployment's note: {error}"));
    if let Some(text) = chain.noted(NOTE) {
        let noted: Noted = serde_json::from_str(&text).map_err(unreadable)?;
        if noted.people != *people {
            let why = "the embedded chain in the store was deployed with another keystore; bring that one back";
            return Err(ChainFault::Misconfigured(why.to_owned()));
        }
        deploy::check(provider, &noted.contracts, people).await?;
        return Ok(noted.contracts);
    }
    let rules = Rules::local().map_err(unreadable)?.clawback(config.clawback_seconds).limit(config.daily_limit);
    let uniswap = config.uniswap.as_deref().map(Uniswap::read).transpose()?;
    let deployer = keys.key("deployer")?;
    let contracts = deploy::deploy(provider, &rules, people, uniswap.as_ref(), &deployer).await?;
    let noted = Noted { contracts, people: *people };
    chain.note(NOTE, serde_json::to_string(&noted).map_err(unreadable)?).await?;
    Ok(contracts)
}

/// Says the price of the local feed again before it is stale: nobody else does.
struct FeedKeeper {
    provider: DynProvider,
    contracts: Deployment,
    operator: Arc<Account>,
    clock: fn() -> Timestamp,
}

impl FeedKeeper {
    async fn keep(self) {
        loop {
            tokio::time::sleep(FEED_LOOK).await;
            if let Err(fault) = self.refresh().await {
                tracing::warn!(error = %fault, "the local price was not refreshed");
            }
        }
    }

    async fn refresh(&self) -> Result<(), ChainFault> {
        let feed = DevFeed::new(self.contracts.feed, &self.provider);
        let round = feed.latestRoundData().call().await.map_err(contract)?;
        let now = (self.clock)().as_second().unsigned_abs();
        if now.saturating_sub(round._3.saturating_to()) < FEED_AGE_MAX.as_secs() {
            return Ok(());
        }
        let set = DevFeed::setCall { answer: round._1 };
        self.operator.call(self.contracts.feed, set.abi_encode().into()).await?;
        Ok(())
    }
}

/// Coins of each of our accounts: gas costs nobody anything here.
const COINS: u64 = 1_000_000;
/// What the deployment is noted under.
const NOTE: &str = "deployment";
/// Without transactions there is a block this often, so that the chain's time goes on.
const BLOCK_AT_LEAST_EVERY: Duration = Duration::from_secs(12);
/// How often receipts are looked for in the same process.
const POLL: Duration = Duration::from_millis(5);
/// A look for new blocks without being told of one.
const HEADS_MAX: Duration = Duration::from_secs(30);
/// How long an answer in the same process may take.
const DEADLINE: Duration = Duration::from_secs(10);
/// How old the local price may become, how often that is looked at.
const FEED_AGE_MAX: Duration = Duration::from_secs(12 * 3600);
const FEED_LOOK: Duration = Duration::from_secs(600);
