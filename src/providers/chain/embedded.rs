//! A chain inside this process: signed transactions, blocks, receipts, logs and calls as a node has them, kept in the store, with
//! reorganisations for tests. It listens on no socket and needs no key.

pub(crate) mod blocks;
pub(crate) mod evm;
mod methods;
pub(crate) mod pool;
mod subscribe;
mod transport;
mod views;
pub(crate) mod world;

pub use transport::EmbeddedTransport;

use crate::providers::chain::embedded::blocks::{Blocks, Sealed};
use crate::providers::chain::embedded::evm::{Built, Plan};
use crate::providers::chain::embedded::pool::{Pool, Refusal, Rules, Waiting};
use crate::providers::chain::embedded::world::{Change, Diff, Holder, Unreadable, World};
use crate::session::ports::chain::{ChainFault, ChainStore, KeptBlock, KeptChain};
use alloy::eips::BlockNumHash;
use alloy::primitives::{Address, B256, Bytes, U256};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};
use std::time::Duration;
use tokio::sync::{broadcast, watch};

/// The deepest reorganisation.
pub const REORG_MAX: u64 = 128;
/// Blocks that are kept; older ones are forgotten with their transactions and logs.
pub const HISTORY_MAX: u64 = 65_536;
/// The whole state is kept anew after so many blocks: what a start has to read again at most, beside [`REORG_MAX`].
pub const SNAPSHOT_EVERY: u64 = 1024;
/// Requests of others, or batches of them, that are answered at the same time; the rest wait.
pub const FOREIGN_MAX: usize = 2;
/// Changes of the chain that a subscriber may be behind.
pub(crate) const MOVES_MAX: usize = 256;

/// When blocks are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mining {
    /// As soon as there is a transaction, and after this long without one, so that the chain's time goes on.
    OnDemand(Option<Duration>),
    /// Every so often, with what waits.
    Every(Duration),
    /// When told to.
    ByHand,
}

/// What an embedded chain begins with; of a chain that is kept already only the mining counts.
#[derive(Clone, Debug)]
pub struct EmbeddedConfig {
    /// Its id.
    pub chain_id: u64,
    /// Who has how much of its coin.
    pub alloc: Vec<(Address, U256)>,
    /// When blocks are made.
    pub mining: Mining,
}

/// What becomes of the transactions of blocks that leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orphans {
    /// They wait again, and go into the new blocks as far as they fit.
    Return,
    /// They are lost, as if their node had never seen them.
    Lose,
}

/// A running chain; clones share it.
#[derive(Clone)]
pub struct Embedded {
    core: Arc<Core>,
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Embedded {{ chain: {}, head: {:?} }}", self.core.config.chain_id, self.head())
    }
}

/// How the chain changed.
#[derive(Clone)]
pub(crate) enum Moved {
    /// Blocks left it, newest first; then others joined it, oldest first.
    Blocks {
        /// Those that left.
        left: Vec<Arc<Sealed>>,
        /// Those that joined.
        joined: Vec<Arc<Sealed>>,
    },
    /// A transaction waits.
    Waits(B256),
}

struct Core {
    config: EmbeddedConfig,
    clock: fn() -> Timestamp,
    store: Arc<dyn ChainStore>,
    state: RwLock<State>,
    /// Who holds it makes blocks; in it, the block after which the state was last kept whole.
    turn: tokio::sync::Mutex<u64>,
    heads: watch::Sender<BlockNumHash>,
    /// Tells subscribers how the chain changes, in order.
    moves: broadcast::Sender<Moved>,
    /// What is noted of this chain, by name.
    notes: RwLock<BTreeMap<String, String>>,
    /// Requests of others that are answered at once; ours do not wait behind them.
    foreign: tokio::sync::Semaphore,
}

/// The chain as it can be seen.
#[derive(Clone)]
struct State {
    world: World,
    blocks: Blocks,
    pool: Pool,
    /// How far the clock was put forward, in seconds.
    ahead: u64,
    /// Counts the forks, so that blocks of each are others.
    fork: u64,
}

impl Embedded {
    /// Takes up what is kept of a chain, or begins it.
    ///
    /// # Errors
    /// The store does not answer, or what it has is not this program's.
    pub async fn open(
        config: EmbeddedConfig,
        store: Arc<dyn ChainStore>,
        clock: fn() -> Timestamp,
    ) -> Result<Self, ChainFault> {
        let mut kept = store.load(config.chain_id).await?;
        if kept.blocks.is_empty() {
            let first = begin(&config, clock())?;
            store.append(config.chain_id, 0, vec![first.clone()], Vec::new()).await?;
            kept.blocks.push(first);
        }
        let notes = RwLock::new(std::mem::take(&mut kept.notes).into_iter().collect());
        let since = kept.snapshot.as_ref().map_or(0, |(number, _)| *number);
        let rules = rules(&config);
        let state = tokio::task::spawn_blocking(move || restore(kept, rules)).await;
        let state = state.map_err(|error| ChainFault::Transient(error.to_string()))??;
        let (heads, _) = watch::channel(state.blocks.head().place());
        let mining = config.mining;
        let foreign = tokio::sync::Semaphore::new(FOREIGN_MAX);
        let (state, turn) = (RwLock::new(state), tokio::sync::Mutex::new(since));
        let (moves, _) = broadcast::channel(MOVES_MAX);
        let core = Arc::new(Core { config, clock, store, state, turn, heads, moves, notes, foreign });
        match mining {
            Mining::OnDemand(Some(every)) | Mining::Every(every) => {
                tokio::spawn(tick(Arc::downgrade(&core), every));
            }
            Mining::OnDemand(None) | Mining::ByHand => {}
        }
        Ok(Self { core })
    }

    /// A connection to it.
    #[must_use]
    pub fn transport(&self) -> EmbeddedTransport {
        EmbeddedTransport::new(self.clone())
    }

    /// The newest block.
    #[must_use]
    pub fn head(&self) -> BlockNumHash {
        *self.core.heads.borrow()
    }

    /// Says when the newest block is another one.
    #[must_use]
    pub fn heads(&self) -> watch::Receiver<BlockNumHash> {
        self.core.heads.subscribe()
    }

    /// Makes blocks, the first of them with what waits.
    ///
    /// # Errors
    /// The store does not answer: then there is no block.
    pub async fn mine(&self, blocks: u64) -> Result<(), ChainFault> {
        let mut turn = self.core.turn.lock().await;
        for _ in 0..blocks {
            self.core.step(&mut turn, true).await?;
        }
        Ok(())
    }

    /// Puts the chain's clock forward.
    pub fn pass(&self, seconds: u64) {
        self.core.write().ahead += seconds;
    }

    /// Replaces the newest `depth` blocks with `blocks` other ones.
    ///
    /// # Errors
    /// `Refused` when that is deeper than [`REORG_MAX`] or than the chain; or the store does not answer.
    pub async fn reorg(&self, depth: u64, blocks: u64, orphans: Orphans) -> Result<(), ChainFault> {
        let _turn = self.core.turn.lock().await;
        let core = Arc::clone(&self.core);
        let forked = tokio::task::spawn_blocking(move || core.fork(depth, blocks, orphans)).await;
        let (next, from, gone) = forked.map_err(|error| ChainFault::Transient(error.to_string()))??;
        let kept = next.blocks.range(from, u64::MAX).map(|block| kept(block)).collect::<Result<Vec<_>, _>>()?;
        self.core.store.append(self.core.config.chain_id, from, kept, gone).await?;
        let mut state = self.core.write();
        let rules = rules(&self.core.config);
        // What came in meanwhile waits on.
        let late = std::mem::take(&mut state.pool);
        let mut left: Vec<_> = state.blocks.range(from, u64::MAX).cloned().collect();
        left.reverse();
        *state = next;
        let State { world, pool, .. } = &mut *state;
        late.into_waiting().for_each(|waiting| drop(pool.add(rules, world, waiting)));
        pool.prune(world);
        let head = state.blocks.head().place();
        // While nothing else can change: in the order in which it happened.
        let joined = state.blocks.range(from, u64::MAX).cloned().collect();
        self.core.tell(Moved::Blocks { left, joined });
        drop(state);
        self.core.heads.send_replace(head);
        Ok(())
    }

    /// Takes a signed transaction; when it is answered it is kept, in a block or waiting for one.
    pub(crate) async fn send(&self, raw: Bytes) -> Result<B256, SendFault> {
        let waiting = Waiting::read(&raw)?;
        let hash = waiting.hash();
        let replaced = {
            let mut state = self.core.write();
            let State { world, pool, .. } = &mut *state;
            let replaced = pool.add(rules(&self.core.config), world, waiting)?;
            self.core.tell(Moved::Waits(hash));
            replaced
        };
        let kept = self.keep(hash, raw, replaced).await;
        if kept.is_err() {
            self.core.write().pool.remove(hash);
        }
        kept.map(|()| hash)
    }

    async fn keep(&self, hash: B256, raw: Bytes, replaced: Option<B256>) -> Result<(), SendFault> {
        let core = &self.core;
        if let Mining::OnDemand(_) = core.config.mining {
            let mut turn = core.turn.lock().await;
            // Whoever had the turn before may have taken it along.
            while core.waits(hash) {
                if !core.step(&mut turn, false).await? {
                    break;
                }
            }
        }
        let (waits, done) = {
            let state = core.read();
            (state.pool.get(hash).is_some(), state.blocks.tx(hash).is_some())
        };
        if waits {
            core.store.wait(core.config.chain_id, hash, raw).await?;
        } else if !done {
            return Err(SendFault::Dropped);
        }
        if let Some(old) = replaced {
            core.store.append(core.config.chain_id, u64::MAX, Vec::new(), vec![old]).await?;
        }
        Ok(())
    }

    /// What was noted of this chain, by name.
    #[must_use]
    pub fn noted(&self, name: &str) -> Option<String> {
        self.core.notes.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Notes something of this chain.
    ///
    /// # Errors
    /// The store does not answer: then nothing is noted.
    pub async fn note(&self, name: &str, text: String) -> Result<(), ChainFault> {
        self.core.store.note(self.core.config.chain_id, name.to_owned(), text.clone()).await?;
        self.core.notes.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), text);
        Ok(())
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.core.read()
    }
}

/// Why a transaction was not kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SendFault {
    /// It cannot be taken.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It could not be run, for instance since its sender had spent the money before its turn.
    #[error("the transaction could not be run and was dropped")]
    Dropped,
    /// The store failed.
    #[error(transparent)]
    Chain(#[from] ChainFault),
}

impl Core {
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes one block, keeps it, and then shows it. Without transactions only when it may be `empty`. False when there was nothing to do.
    async fn step(self: &Arc<Self>, turn: &mut u64, empty: bool) -> Result<bool, ChainFault> {
        let core = Arc::clone(self);
        let built = tokio::task::spawn_blocking(move || {
            let state = core.read();
            let plan = core.plan(&state);
            evm::build(&plan, &state.world, &state.blocks, &state.pool)
        });
        let built = built.await.map_err(|error| ChainFault::Transient(error.to_string()))?;
        let Built { sealed, dropped } = built.map_err(|stuck| ChainFault::Misconfigured(stuck.to_string()))?;
        if sealed.txs.is_empty() && !empty {
            dropped.iter().for_each(|hash| self.write().pool.remove(*hash));
            return Ok(!dropped.is_empty());
        }
        let mut gone: Vec<B256> = sealed.txs.iter().map(|done| *done.tx.tx_hash()).collect();
        gone.extend(dropped);
        let number = sealed.header.number;
        self.store.append(self.config.chain_id, number, vec![kept(&sealed)?], gone.clone()).await?;
        self.show(sealed, &gone)?;
        if number.saturating_sub(*turn) >= SNAPSHOT_EVERY + REORG_MAX {
            self.snapshot(turn, number - REORG_MAX).await?;
        }
        Ok(true)
    }

    fn show(&self, sealed: Sealed, gone: &[B256]) -> Result<(), ChainFault> {
        let mut state = self.write();
        let (place, number) = (sealed.place(), sealed.header.number);
        state.world.apply(&sealed.diff).map_err(unreadable)?;
        state.blocks.push(sealed);
        gone.iter().for_each(|hash| state.pool.remove(*hash));
        let State { world, pool, blocks, .. } = &mut *state;
        pool.prune(world);
        blocks.prune(number.saturating_sub(REORG_MAX), number.saturating_sub(HISTORY_MAX));
        self.tell(Moved::Blocks { left: Vec::new(), joined: vec![Arc::clone(state.blocks.head())] });
        drop(state);
        self.heads.send_replace(place);
        Ok(())
    }

    /// Keeps the whole state as it was after a block that no reorganisation reaches.
    async fn snapshot(self: &Arc<Self>, turn: &mut u64, number: u64) -> Result<(), ChainFault> {
        let core = Arc::clone(self);
        let text = tokio::task::spawn_blocking(move || {
            let (mut world, newer) = {
                let state = core.read();
                (state.world.clone(), state.blocks.range(number + 1, u64::MAX).cloned().collect::<Vec<_>>())
            };
            newer.iter().rev().for_each(|block| world.undo(&block.diff));
            world.to_text()
        });
        let text = text.await.map_err(|error| ChainFault::Transient(error.to_string()))?.map_err(unreadable)?;
        let oldest = number.saturating_sub(HISTORY_MAX);
        self.store.snapshot(self.config.chain_id, number, text, oldest).await?;
        *turn = number;
        Ok(())
    }

    /// Nobody may be listening.
    fn tell(&self, moved: Moved) {
        let _ = self.moves.send(moved);
    }

    fn waits(&self, hash: B256) -> bool {
        self.read().pool.get(hash).is_some()
    }

    fn plan(&self, state: &State) -> Plan {
        Plan { chain_id: self.config.chain_id, time: self.now(state), fork: state.fork, empty: false }
    }

    fn now(&self, state: &State) -> u64 {
        u64::try_from((self.clock)().as_second()).unwrap_or_default() + state.ahead
    }

    /// The chain after a reorganisation, the number of its first new block, and what no longer waits.
    fn fork(&self, depth: u64, blocks: u64, orphans: Orphans) -> Result<(State, u64, Vec<B256>), ChainFault> {
        let mut next = self.read().clone();
        next.fork += 1;
        let mut lost = Vec::new();
        for _ in 0..depth {
            let undone = next.blocks.pop().filter(|block| evm::can_be_undone(block));
            let Some(undone) = undone.filter(|_| depth <= REORG_MAX) else {
                return Err(ChainFault::Refused(format!("the chain cannot go back {depth} blocks")));
            };
            next.world.undo(&undone.diff);
            lost.extend(undone.txs.iter().rev().map(|done| Waiting::again(done.tx.clone(), done.from)));
        }
        let from = next.blocks.head().header.number + 1;
        if orphans == Orphans::Return {
            let State { world, pool, .. } = &mut next;
            lost.into_iter().rev().for_each(|waiting| drop(pool.add(rules(&self.config), world, waiting)));
        }
        let mut gone = Vec::new();
        for _ in 0..blocks {
            let built = evm::build(&self.plan(&next), &next.world, &next.blocks, &next.pool);
            let Built { sealed, dropped } = built.map_err(|stuck| ChainFault::Misconfigured(stuck.to_string()))?;
            next.world.apply(&sealed.diff).map_err(unreadable)?;
            gone.extend(sealed.txs.iter().map(|done| *done.tx.tx_hash()).chain(dropped));
            next.blocks.push(sealed);
            gone.iter().for_each(|hash| next.pool.remove(*hash));
        }
        Ok((next, from, gone))
    }
}

/// Makes blocks by the clock until nobody has the chain any more.
async fn tick(core: Weak<Core>, every: Duration) {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let Some(core) = core.upgrade() else { return };
        let due = match core.config.mining {
            Mining::Every(_) => true,
            Mining::OnDemand(_) => {
                let state = core.read();
                let quiet = core.now(&state).saturating_sub(state.blocks.head().header.timestamp);
                quiet >= every.as_secs()
            }
            Mining::ByHand => false,
        };
        if due {
            let mut turn = core.turn.lock().await;
            if let Err(fault) = core.step(&mut turn, true).await {
                tracing::warn!(error = %fault, "the embedded chain made no block");
            }
        }
    }
}

fn begin(config: &EmbeddedConfig, now: Timestamp) -> Result<KeptBlock, ChainFault> {
    let mut alloc = config.alloc.clone();
    alloc.sort_unstable();
    let change = |(address, wei)| Change { address, before: None, after: Some(Holder::with(wei)), slots: Vec::new() };
    let diff = Diff { changes: alloc.into_iter().map(change).collect(), code: Vec::new() };
    kept(&evm::genesis(u64::try_from(now.as_second()).unwrap_or_default(), diff))
}

fn restore(kept: KeptChain, rules: Rules) -> Result<State, ChainFault> {
    let (since, mut world) = match kept.snapshot {
        Some((number, text)) => (Some(number), World::from_text(&text).map_err(unreadable)?),
        None => (None, World::default()),
    };
    let mut blocks: Option<Blocks> = None;
    let mut fork = 0;
    for block in &kept.blocks {
        let sealed = Sealed::from_text(&block.body).map_err(unreadable)?;
        if since.is_none_or(|since| sealed.header.number > since) {
            world.apply(&sealed.diff).map_err(unreadable)?;
        }
        fork = fork.max(sealed.header.extra_data.as_ref().try_into().map_or(0, u64::from_be_bytes));
        match &mut blocks {
            None => blocks = Some(Blocks::from(sealed)),
            Some(blocks) => {
                if !blocks.push(sealed) {
                    return Err(unreadable(Unreadable(format!("block {} follows none", block.number))));
                }
            }
        }
    }
    let mut blocks = blocks.ok_or_else(|| unreadable(Unreadable("there is no block".to_owned())))?;
    let head = blocks.head().header.number;
    blocks.prune(head.saturating_sub(REORG_MAX), head.saturating_sub(HISTORY_MAX));
    let mut pool = Pool::default();
    for (_, raw) in kept.waiting {
        // What was mined or replaced meanwhile is refused here, and that is well.
        drop(Waiting::read(&raw).and_then(|waiting| pool.add(rules, &world, waiting)));
    }
    Ok(State { world, blocks, pool, ahead: 0, fork })
}

fn kept(sealed: &Sealed) -> Result<KeptBlock, ChainFault> {
    Ok(KeptBlock { number: sealed.header.number, body: sealed.to_text().map_err(unreadable)? })
}

fn unreadable(error: Unreadable) -> ChainFault {
    ChainFault::Misconfigured(error.to_string())
}

fn rules(config: &EmbeddedConfig) -> Rules {
    Rules { chain_id: config.chain_id, gas_max: evm::TX_GAS_MAX }
}

#[cfg(test)]
mod tests;
