//! The vendors and engines behind the session's ports: one vendor, one file or folder. It names them; nothing else does.

#[cfg(feature = "chain")]
pub mod chain;
pub mod log_mel;
pub mod mcp;
#[cfg(feature = "ort")]
pub mod onnxruntime;
pub mod stt;
pub mod travel;
pub mod tts;
pub mod turn;
pub mod webhook;

use crate::config::{Config, Environment};
use crate::models::{Folder, ONNXRUNTIME, SILERO, SMART_TURN, WHISPER_ENGLISH, WHISPER_MULTILINGUAL};
use crate::net::http::Rpc;
use crate::platform::wallet::Wallet;
use crate::session::effects::Ports;
use crate::session::machine::{Machine, Setup};
use crate::session::outbox::Outbox;
use crate::session::registry::MakeMachine;
use crate::store::Store;
use agent::dialogue::{Clock, Dialogue, DialogueConfig};
use agent::trip::{Code3, Place};
use anyhow::Context as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use media::call::{Call, CallConfig};
use media::vad::{Detector, VadModel};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use stt::whisper::{WhisperConfig, WhisperModels};
use turn::smart_turn::{SmartTurn, SmartTurnConfig};

/// Opens the store.
///
/// # Errors
/// It cannot be opened.
pub async fn store(config: &Config, environment: &dyn Environment) -> anyhow::Result<Store> {
    let url = config.store_url(environment);
    let refused = || format!("the store {} cannot be opened; see `store.url`", crate::store::redacted(&url));
    Store::open(&url).await.with_context(refused)
}

/// What pays rewards.
pub struct Rewards {
    /// Accounts and rewards.
    pub wallet: Wallet,
    /// The JSON-RPC of the chain, where the server keeps the chain itself.
    pub rpc: Option<Rpc>,
    /// The chain's clockwork, for as long as it is to run.
    #[cfg(feature = "chain")]
    _chain: Running,
}

#[cfg(feature = "chain")]
#[allow(dead_code, reason = "it runs for as long as it is held")]
enum Running {
    Local(chain::local::Local),
    Remote(chain::rpc::Remote),
}

/// Opens the chain, and deploys what it needs when it is the server's own and new; `None` when bookings earn nothing. `here` is the page's address.
///
/// # Errors
/// Which part cannot start, and what to do.
#[cfg(feature = "chain")]
pub async fn rewards(
    config: &Config,
    environment: &dyn Environment,
    store: &Store,
    here: &str,
) -> anyhow::Result<Option<Rewards>> {
    use crate::session::ports::chain::Chain;
    use chain::local::{Local, LocalConfig};
    use chain::rpc::{Remote, Signers};
    use chain::signer::keystore::{Keystore, KeystoreConfig};
    if !config.wallet.enabled {
        return Ok(None);
    }
    let keystore = KeystoreConfig { path: config.keystore(environment), password: config.wallet.password.clone() };
    let (port, chain, rpc): (Arc<dyn Chain>, Running, Option<Rpc>) = match &config.wallet.chain {
        None => {
            let local = LocalConfig { uniswap: config.wallet.uniswap.clone(), ..LocalConfig::new(keystore) };
            let local = Local::open(local, Arc::new(store.chains()), Timestamp::now).await;
            let local = local.context("the server's own chain cannot be opened")?;
            let transport = local.chain.transport();
            let rpc: Rpc = Arc::new(move |bytes| {
                let transport = transport.clone();
                Box::pin(async move { transport.serve(&bytes).await })
            });
            (local.client.clone(), Running::Local(local), Some(rpc))
        }
        Some(remote) => {
            let keys = tokio::task::spawn_blocking(move || Keystore::open(&keystore)).await??;
            let issuer = remote.issuer.open(&keys, "issuer", Timestamp::now).await;
            let issuer = issuer.context("`wallet.chain.issuer` cannot be used")?;
            let sender = remote.sender.open(&keys, "sender", Timestamp::now).await;
            let sender = sender.context("`wallet.chain.sender` cannot be used")?;
            let signers = Signers { issuer, sender, custody: Some(keys) };
            let remote = Remote::open(remote, signers).await.context("`wallet.chain` cannot be used")?;
            (remote.client.clone(), Running::Remote(remote), None)
        }
    };
    let chosen = config.wallet.of(here, port.about().place.chain_id).map_err(anyhow::Error::msg)?;
    let wallet = Wallet::start(store.wallet(), port, chosen, Timestamp::now).await?;
    Ok(Some(Rewards { wallet, rpc, _chain: chain }))
}

/// Bookings earn nothing: the server was built without chains.
///
/// # Errors
/// Never.
#[cfg(not(feature = "chain"))]
pub async fn rewards(_: &Config, _: &dyn Environment, _: &Store, _: &str) -> anyhow::Result<Option<Rewards>> {
    Ok(None)
}

/// Starts every engine.
///
/// # Errors
/// Which part cannot start, and what to do.
pub fn build(config: &Config, environment: &dyn Environment, store: &Store) -> anyhow::Result<Ports> {
    let folder = Folder::new(config.models_folder(environment));
    let stt = stt::whisper::start(&ears(config), whispers(config, &folder))?;
    let turn =
        SmartTurn::start(&SmartTurnConfig::default(), &folder.path(SMART_TURN), onnxruntime_library(config, &folder))?;
    let tts = tts::build(&voices(config, &folder))?;
    Ok(Ports {
        stt: Arc::new(stt),
        tts,
        turn: Arc::new(turn),
        travel: Arc::new(
            travel::embedded::EmbeddedWorld::new(Timestamp::now, store)
                .delayed(Duration::from_millis(config.travel.delay_ms)),
        ),
        remote: Arc::new(mcp::Mcp::new(remote_servers(config)?)?),
        rewards: None,
        outbox: Arc::new(Outbox::new(store.outbox(), Timestamp::now)),
    })
}

/// What makes the cores of a session: the voice detector's weights are loaded once and shared.
///
/// # Errors
/// When the weights are missing or wrong.
pub fn machines(config: &Config, environment: &dyn Environment) -> anyhow::Result<Arc<MakeMachine>> {
    // The name tables are laid out now rather than under the first caller.
    agent::concierge::understand::warm();
    let path = Folder::new(config.models_folder(environment)).path(SILERO);
    let weights = std::fs::read(&path).with_context(|| missing(&path))?;
    let lanes = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let detector = Detector::Silero(VadModel::load(weights, lanes)?);
    let config = config.clone();
    Ok(Arc::new(move |setup, number, now| machine(&config, detector.clone(), setup, number, now)))
}

/// The cores of one session.
pub(crate) fn machine(
    config: &Config,
    detector: Detector,
    setup: Setup,
    number: u64,
    now: Instant,
) -> Result<Machine, String> {
    let call = Call::new(CallConfig::new(detector), now).map_err(|error| error.to_string())?;
    let home = config.session.home.as_deref().and_then(Code3::parse).map(Place::City);
    let zone = zone(config, home);
    let began = Timestamp::from_millisecond(setup.began_ms).map_err(|error| error.to_string())?;
    let currency = Code3::parse(&config.session.currency).ok_or("`session.currency` is no currency")?;
    let seed = seed_of(&setup.id, number);
    let dialogue =
        Dialogue::new(DialogueConfig { home, currency, seed, ..DialogueConfig::default() }, Clock::new(began, zone));
    Ok(Machine::new(setup, call, dialogue, now))
}

/// Holds the configuration against what is on the disk.
///
/// # Errors
/// Which file is missing.
pub fn check(config: &Config, environment: &dyn Environment) -> anyhow::Result<()> {
    remote_servers(config)?;
    let folder = Folder::new(config.models_folder(environment));
    for name in [SILERO, SMART_TURN, WHISPER_ENGLISH, WHISPER_MULTILINGUAL] {
        let path = folder.path(name);
        anyhow::ensure!(path.exists(), missing(&path));
    }
    Ok(())
}

/// The tool servers that sessions may use.
fn remote_servers(config: &Config) -> anyhow::Result<mcp::Allow> {
    let wrong = |address| {
        anyhow::anyhow!("`mcp.allow` holds \"{address}\", which is no address such as https://tools.example/mcp")
    };
    mcp::Allow::read(&config.mcp_allow()).map_err(wrong)
}

/// The recogniser's part of the configuration.
pub fn ears(config: &Config) -> WhisperConfig {
    let language = config.stt.language.clone();
    WhisperConfig { workers: config.stt.workers, threads: config.stt.threads, language, ..WhisperConfig::default() }
}

/// Whisper's files.
pub fn whispers(config: &Config, folder: &Folder) -> WhisperModels {
    WhisperModels {
        english: folder.find(WHISPER_ENGLISH),
        multilingual: folder.find(WHISPER_MULTILINGUAL),
        library: onnxruntime_library(config, folder),
    }
}

/// The voices' part of the configuration.
pub fn voices(config: &Config, folder: &Folder) -> tts::Config {
    tts::Config {
        voice: config.tts.voice.clone(),
        models_dir: folder.root().to_path_buf(),
        threads: config.tts.threads,
        ort_library: onnxruntime_library(config, folder),
    }
}

fn onnxruntime_library(config: &Config, folder: &Folder) -> Option<PathBuf> {
    config.models.onnxruntime.clone().or_else(|| folder.find(ONNXRUNTIME))
}

fn missing(path: &std::path::Path) -> String {
    format!("the model file {} is missing; `voxfare models pull` fetches it", path.display())
}

/// The zone of "tomorrow": as configured, or that of the home city.
fn zone(config: &Config, home: Option<Place>) -> TimeZone {
    let named = Some(config.session.time_zone.as_str()).filter(|name| !name.is_empty());
    let name = named.or_else(|| home.and_then(agent::places::city_of).map(|city| city.tz));
    name.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC)
}

/// A seed that no two sessions share: idempotency keys are made from it.
fn seed_of(id: &str, number: u64) -> u64 {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(format!("{id}/{number}"));
    digest.iter().take(8).fold(0, |seed, &byte| seed << 8 | u64::from(byte))
}
