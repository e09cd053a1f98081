//! Chains of others over HTTP and WebSocket: several endpoints, each asked when the better ones fail, with retries and a deadline. Addresses and
//! ids come from the configuration; no endpoint is shown with more than its host.

use crate::providers::chain::bindings::RewardDistributor;
use crate::providers::chain::client::{Client, Parts};
use crate::providers::chain::deploy::Deployment;
use crate::providers::chain::faults::{contract, redacted, transport};
use crate::providers::chain::oracle::OracleConfig;
use crate::providers::chain::signer::keystore::Keystore;
use crate::providers::chain::signer::{Signer, SignerConfig};
use crate::secret::Secret;
use crate::session::ports::chain::ChainFault;
use alloy::eips::BlockNumHash;
use alloy::primitives::{Address, B256, U256, keccak256};
use alloy::providers::{DynProvider, Provider, ProviderBuilder, WsConnect};
use alloy::pubsub::PubSubConnect as _;
use alloy::rpc::client::RpcClient;
use alloy::transports::http::{Http, reqwest};
use alloy::transports::layers::{FallbackLayer, RetryBackoffLayer};
use alloy::transports::{BoxTransport, IntoBoxTransport as _};
use futures_util::StreamExt as _;
use serde::Deserialize;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tower::Layer as _;

/// A chain of others.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RpcConfig {
    /// Its id; an endpoint of another chain is refused.
    pub chain_id: u64,
    /// `https://`, `http://`, `wss://` or `ws://`, the best one first; they may hold keys.
    pub endpoints: Vec<Secret>,
    /// Where the contracts are, as `contracts/deployments` has it.
    pub contracts: Deployment,
    /// Whose signature makes a voucher.
    #[serde(default)]
    pub issuer: SignerConfig,
    /// Who sends and pays for transactions.
    #[serde(default)]
    pub sender: SignerConfig,
    /// How often new blocks are asked for, in ms.
    #[serde(default = "poll_ms")]
    pub poll_ms: u64,
    /// How long an answer may take, in ms.
    #[serde(default = "deadline_ms")]
    pub deadline_ms: u64,
    /// An answer of the price feed older than this is stale, in seconds.
    #[serde(default = "heartbeat_seconds")]
    pub heartbeat_seconds: u64,
}

/// Who signs on a chain of others.
pub struct Signers {
    /// Vouchers.
    pub issuer: Arc<dyn Signer>,
    /// Transactions.
    pub sender: Arc<dyn Signer>,
    /// The keys of accounts that we keep, if we keep any.
    pub custody: Option<Keystore>,
}

/// A connected chain. When it is dropped it no longer listens for blocks.
#[derive(Debug)]
pub struct Remote {
    /// The port.
    pub client: Arc<Client>,
    heads: Option<tokio::task::JoinHandle<()>>,
}

impl Drop for Remote {
    fn drop(&mut self) {
        if let Some(heads) = &self.heads {
            heads.abort();
        }
    }
}

impl Remote {
    /// Connects, and looks whether the chain, the contracts and the roles are those that are configured.
    ///
    /// # Errors
    /// `Misconfigured` with what is wrong, or no endpoint answers.
    pub async fn open(config: &RpcConfig, signers: Signers) -> Result<Self, ChainFault> {
        let provider = connect(config).await?;
        roles(&provider, config, &signers).await?;
        let (heads, task) = match sockets(config).first() {
            Some(url) => {
                let (tell, heads) = watch::channel(BlockNumHash::default());
                (Some(heads), Some(tokio::spawn(listen(url.clone(), tell))))
            }
            None => (None, None),
        };
        let parts = Parts {
            provider,
            contracts: config.contracts,
            issuer: signers.issuer,
            sender: signers.sender,
            custody: signers.custody,
            fuel: U256::ZERO,
            oracle: OracleConfig { heartbeat_seconds: config.heartbeat_seconds, ..OracleConfig::default() },
            heads,
            poll: Duration::from_millis(config.poll_ms),
            deadline: Duration::from_millis(config.deadline_ms),
        };
        Ok(Self { client: Arc::new(Client::new(parts)), heads: task })
    }
}

/// A client over every endpoint of a chain.
///
/// # Errors
/// An endpoint is no address, is of another chain, or none answers.
pub async fn connect(config: &RpcConfig) -> Result<DynProvider, ChainFault> {
    let deadline = Duration::from_millis(config.deadline_ms);
    let (mut transports, mut answered, mut last) = (Vec::new(), false, None);
    for endpoint in &config.endpoints {
        match checked(endpoint, config.chain_id, deadline).await {
            Ok(transport) => {
                transports.push(transport);
                answered = true;
            }
            Err(fault @ ChainFault::Misconfigured(_)) => return Err(fault),
            Err(fault) => {
                let host = redacted(&endpoint.0);
                tracing::warn!(endpoint = %host, error = %fault, "an endpoint of the chain does not answer");
                // One that is down now may be up later: over HTTP it stays among the others.
                transports.extend(lazy(endpoint, deadline)?);
                last = Some(fault);
            }
        }
    }
    if !answered {
        return Err(last.unwrap_or_else(|| ChainFault::Misconfigured("a chain has no endpoint".to_owned())));
    }
    let count = NonZeroUsize::new(transports.len()).unwrap_or(NonZeroUsize::MIN);
    // One after the other, the best first: whoever asks all at once pays for all.
    let methods = METHODS.iter().map(|method| (*method).to_owned()).collect();
    let fallback = FallbackLayer::default().with_active_transport_count(count).with_sequential_methods(methods);
    let retry = RetryBackoffLayer::new(RETRIES_MAX, BACKOFF_MS, UNITS_PER_SECOND);
    let client = RpcClient::builder().layer(retry).transport(fallback.layer(transports), false);
    let client = client.with_poll_interval(Duration::from_millis(config.poll_ms));
    Ok(ProviderBuilder::new().disable_recommended_fillers().connect_client(client).erased())
}

/// A transport to one endpoint, which is of the right chain.
async fn checked(endpoint: &Secret, chain_id: u64, deadline: Duration) -> Result<BoxTransport, ChainFault> {
    let found = match lazy(endpoint, deadline)? {
        Some(transport) => transport,
        None => {
            let connected = tokio::time::timeout(deadline, WsConnect::new(&endpoint.0).into_service()).await;
            let late = |_| ChainFault::Transient(format!("{} does not answer", redacted(&endpoint.0)));
            connected.map_err(late)?.map_err(transport)?.into_box_transport()
        }
    };
    id_of(&found, chain_id, deadline).await.map(|()| found)
}

/// One that is connected when it is used; WebSockets are connected first.
fn lazy(endpoint: &Secret, deadline: Duration) -> Result<Option<BoxTransport>, ChainFault> {
    let wrong = || ChainFault::Misconfigured(format!("{} is no endpoint of a chain", redacted(&endpoint.0)));
    let url: reqwest::Url = endpoint.0.parse().map_err(|_| wrong())?;
    match url.scheme() {
        "http" | "https" => {
            let client = reqwest::Client::builder().timeout(deadline).connect_timeout(deadline).build();
            let client = client.map_err(|error| ChainFault::Misconfigured(redacted(&error.to_string())))?;
            Ok(Some(Http::with_client(client, url).into_box_transport()))
        }
        "ws" | "wss" => Ok(None),
        _ => Err(wrong()),
    }
}

async fn id_of(endpoint: &BoxTransport, wanted: u64, deadline: Duration) -> Result<(), ChainFault> {
    let client = RpcClient::new(endpoint.clone(), false);
    let provider = ProviderBuilder::new().disable_recommended_fillers().connect_client(client);
    let late = |_| ChainFault::Transient("an endpoint does not answer".to_owned());
    let id = tokio::time::timeout(deadline, provider.get_chain_id()).await.map_err(late)?.map_err(transport)?;
    if id == wanted {
        return Ok(());
    }
    Err(ChainFault::Misconfigured(format!("an endpoint is of chain {id}, and {wanted} is configured")))
}

/// The contract is there, and those who sign may do what they are for.
async fn roles(provider: &DynProvider, config: &RpcConfig, signers: &Signers) -> Result<(), ChainFault> {
    let made = &config.contracts;
    for (key, address) in
        [("token", made.token), ("staking", made.staking), ("referralRegistry", made.referral_registry)]
    {
        if provider.get_code_at(address).await.map_err(transport)?.is_empty() {
            return Err(ChainFault::Misconfigured(format!(
                "no contract is at {address}, which is configured as {key}"
            )));
        }
    }
    let (issuer, sender) = (signers.issuer.address(), signers.sender.address());
    // What each is for: without some of them rewards are paid all the same.
    let wanted: [(&str, Address, Address, Option<&str>); 5] = [
        ("ISSUER_ROLE", made.reward_distributor, issuer, None),
        ("CANCELLER_ROLE", made.reward_distributor, sender, None),
        ("PUBLISHER_ROLE", made.reward_distributor, sender, Some("`wallet.epoch_hours`")),
        ("REGISTRAR_ROLE", made.referral_registry, sender, Some("naming a friend")),
        ("GUARDIAN_ROLE", made.emergency_stop, sender, Some("pausing by an operator")),
    ];
    for (name, at, account, only_for) in wanted {
        let role: B256 = keccak256(name);
        // Every contract has its roles in the same way.
        let has = RewardDistributor::new(at, provider).hasRole(role, account).call().await.map_err(contract)?;
        match only_for {
            _ if has => {}
            None => return Err(ChainFault::Misconfigured(format!("{account} has no {name} at {at}"))),
            Some(what) => tracing::warn!("{account} has no {name} at {at}: {what} will not work"),
        }
    }
    Ok(())
}

fn sockets(config: &RpcConfig) -> Vec<String> {
    config.endpoints.iter().map(|endpoint| endpoint.0.clone()).filter(|url| url.starts_with("ws")).collect()
}

/// Tells of new blocks for as long as anybody listens; without it blocks are asked for.
async fn listen(url: String, tell: watch::Sender<BlockNumHash>) {
    loop {
        if let Ok(provider) =
            ProviderBuilder::new().disable_recommended_fillers().connect_ws(WsConnect::new(&url)).await
            && let Ok(blocks) = provider.subscribe_blocks().await
        {
            let mut blocks = blocks.into_stream();
            while let Some(header) = blocks.next().await {
                tell.send_replace(BlockNumHash { number: header.number, hash: header.hash });
            }
        }
        if tell.is_closed() {
            return;
        }
        tokio::time::sleep(SUBSCRIBE_AGAIN).await;
    }
}

/// What is asked of a node: one endpoint at a time.
const METHODS: [&str; 15] = [
    "eth_blockNumber",
    "eth_call",
    "eth_chainId",
    "eth_estimateGas",
    "eth_feeHistory",
    "eth_gasPrice",
    "eth_getBalance",
    "eth_getBlockByHash",
    "eth_getBlockByNumber",
    "eth_getBlockReceipts",
    "eth_getCode",
    "eth_getLogs",
    "eth_getTransactionCount",
    "eth_getTransactionReceipt",
    "eth_sendRawTransaction",
];
/// How often a request is repeated that an endpoint was too busy for, after how long, and how much of its budget there is.
const RETRIES_MAX: u32 = 5;
const BACKOFF_MS: u64 = 250;
const UNITS_PER_SECOND: u64 = 500;
/// How long after a lost subscription to subscribe again.
const SUBSCRIBE_AGAIN: Duration = Duration::from_secs(5);

fn poll_ms() -> u64 {
    2_000
}

fn deadline_ms() -> u64 {
    10_000
}

fn heartbeat_seconds() -> u64 {
    86_400
}
