//! The methods of an embedded chain that JSON-RPC reaches: everything a client of a node needs, and nothing for tests.

use crate::providers::chain::embedded::evm::{self, Question, Ran};
use crate::providers::chain::embedded::pool::Refusal;
use crate::providers::chain::embedded::{Embedded, SendFault, views};
use alloy::eips::{BlockId, BlockNumberOrTag};
use alloy::primitives::{Address, B256, Bytes, TxKind, U64, U256};
use alloy::rpc::json_rpc::ErrorPayload;
use alloy::rpc::types::{Filter, TransactionRequest};
use alloy::sol_types::decode_revert_reason;
use revm::context::TxEnv;
use revm::context::either::Either;
use revm::database::DatabaseRef as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use std::borrow::Cow;

/// What a request is answered with.
pub(crate) type Answer = Result<Box<RawValue>, ErrorPayload>;

/// Longest parameters, in bytes.
const PARAMS_BYTES_MAX: usize = 1024 * 1024;
/// A call in a node's words failed: -32000, as nodes have it.
const SERVER_ERROR: i64 = -32000;
/// The code of a revert.
const REVERTED: i64 = 3;

impl Embedded {
    /// Answers one request.
    pub(crate) async fn answer(&self, method: &str, params: Option<&RawValue>) -> Answer {
        let mut args = Args::read(params)?;
        match method {
            "eth_chainId" => reply(&U64::from(self.core.config.chain_id)),
            "net_version" => reply(&self.core.config.chain_id.to_string()),
            "web3_clientVersion" => reply(&concat!("voxfare-embedded/", env!("CARGO_PKG_VERSION"))),
            "eth_syncing" => reply(&false),
            "eth_accounts" => reply::<[Address; 0]>(&[]),
            "eth_blockNumber" => reply(&U64::from(self.head().number)),
            "eth_gasPrice" => reply(&U256::from(self.next_base_fee() + PRIORITY)),
            "eth_maxPriorityFeePerGas" => reply(&U256::from(PRIORITY)),
            "eth_feeHistory" => self.fee_history(&mut args),
            "eth_getBlockByNumber" => self.block(args.next::<BlockNumberOrTag>()?.into(), &mut args),
            "eth_getBlockByHash" => self.block(args.next::<B256>()?.into(), &mut args),
            "eth_getBlockReceipts" => self.receipts(args.next()?),
            "eth_getBlockTransactionCountByNumber" => self.count(args.next::<BlockNumberOrTag>()?.into()),
            "eth_getBlockTransactionCountByHash" => self.count(args.next::<B256>()?.into()),
            "eth_getTransactionByHash" => self.transaction(args.next()?),
            "eth_getTransactionReceipt" => self.receipt(args.next()?),
            "eth_getLogs" => self.logs(&args.next()?),
            "eth_getBalance" | "eth_getTransactionCount" | "eth_getCode" => {
                self.account(method, args.next()?, args.or(BlockId::latest())?)
            }
            "eth_getStorageAt" => {
                let (account, slot) = (args.next()?, args.next()?);
                self.slot(account, slot, args.or(BlockId::latest())?)
            }
            "eth_sendRawTransaction" => self.take(args.next()?).await,
            "eth_call" => {
                let request = args.next()?;
                let at = args.or(BlockId::latest())?;
                args.none("state overrides")?;
                self.ask(request, at).await
            }
            "eth_estimateGas" => {
                let request = args.next()?;
                self.estimate(request, args.or(BlockId::latest())?).await
            }
            _ => Err(ErrorPayload {
                code: -32601,
                message: Cow::Owned(format!(
                    "the method {} does not exist",
                    method.chars().take(64).collect::<String>()
                )),
                data: None,
            }),
        }
    }

    fn next_base_fee(&self) -> u64 {
        evm::next_base_fee(&self.state().blocks.head().header)
    }

    fn fee_history(&self, args: &mut Args) -> Answer {
        let count: U64 = args.next()?;
        let newest: BlockNumberOrTag = args.next()?;
        let percents: Vec<f64> = args.or(Vec::new())?;
        if percents.len() > 100 || percents.iter().any(|percent| !(0.0..=100.0).contains(percent)) {
            return Err(refused("invalid reward percentile"));
        }
        let state = self.state();
        let newest = views::find(newest.into(), &state.blocks).ok_or_else(|| refused("unknown block"))?;
        reply(&views::fees(count.saturating_to(), newest, &percents, &state.blocks))
    }

    fn block(&self, id: BlockId, args: &mut Args) -> Answer {
        let full = args.or(false)?;
        let state = self.state();
        reply(&views::find(id, &state.blocks).map(|sealed| views::block(sealed, full)))
    }

    fn receipts(&self, id: BlockId) -> Answer {
        let state = self.state();
        let all = |sealed: &std::sync::Arc<_>| -> Vec<_> { (0..).map_while(|at| views::receipt(sealed, at)).collect() };
        reply(&views::find(id, &state.blocks).map(all))
    }

    fn count(&self, id: BlockId) -> Answer {
        let state = self.state();
        reply(&views::find(id, &state.blocks).map(|sealed| U64::from(sealed.txs.len())))
    }

    fn transaction(&self, hash: B256) -> Answer {
        let state = self.state();
        let mined = state.blocks.tx(hash).and_then(|(sealed, at)| views::transaction(sealed, at));
        reply(&mined.or_else(|| state.pool.get(hash).map(views::waiting)))
    }

    fn receipt(&self, hash: B256) -> Answer {
        let state = self.state();
        reply(&state.blocks.tx(hash).and_then(|(sealed, at)| views::receipt(sealed, at)))
    }

    fn logs(&self, filter: &Filter) -> Answer {
        let state = self.state();
        let found = views::filtered(filter, &state.blocks);
        reply(&found.map_err(|error| refused(error.to_string()))?)
    }

    fn account(&self, what: &str, account: Address, id: BlockId) -> Answer {
        let state = self.state();
        let sealed = views::find(id, &state.blocks).ok_or_else(|| refused("unknown block"))?;
        let overlay = evm::overlay_at(&state.world, &state.blocks, sealed.header.number).map_err(stuck)?;
        let overlay = overlay.ok_or_else(|| refused(TOO_OLD))?;
        let info = overlay.basic_ref(account).map_err(internal)?.unwrap_or_default();
        match what {
            "eth_getBalance" => reply(&info.balance),
            "eth_getTransactionCount" => {
                let waits = if id.is_pending() { state.pool.run_of(account, info.nonce) } else { 0 };
                reply(&U64::from(info.nonce + waits))
            }
            _ => reply(&overlay.code_by_hash_ref(info.code_hash).map_err(internal)?.original_bytes()),
        }
    }

    fn slot(&self, account: Address, slot: U256, id: BlockId) -> Answer {
        let state = self.state();
        let sealed = views::find(id, &state.blocks).ok_or_else(|| refused("unknown block"))?;
        let overlay = evm::overlay_at(&state.world, &state.blocks, sealed.header.number).map_err(stuck)?;
        let overlay = overlay.ok_or_else(|| refused(TOO_OLD))?;
        reply(&B256::from(overlay.storage_ref(account, slot).map_err(internal)?))
    }

    async fn take(&self, raw: Bytes) -> Answer {
        match self.send(raw).await {
            Ok(hash) => reply(&hash),
            Err(SendFault::Refused(refusal @ Refusal::Undecodable)) => Err(invalid(refusal)),
            Err(fault @ (SendFault::Refused(_) | SendFault::Dropped)) => Err(refused(fault.to_string())),
            Err(SendFault::Chain(fault)) => Err(internal(fault)),
        }
    }

    async fn ask(&self, request: TransactionRequest, at: BlockId) -> Answer {
        match self.run(request, at, None).await? {
            Ran::Returned { output, .. } => reply(&output),
            other => Err(fault(other)),
        }
    }

    /// Looks for the least gas that is enough, as closely as nodes do.
    async fn estimate(&self, request: TransactionRequest, at: BlockId) -> Answer {
        let most = request.gas.unwrap_or(evm::TX_GAS_MAX).min(evm::TX_GAS_MAX);
        let (gas, refund) = match self.run(request.clone(), at, Some(most)).await? {
            Ran::Returned { gas, refund, .. } => (gas, refund),
            other => return Err(fault(other)),
        };
        let (mut low, mut high) = (gas.saturating_sub(1), most);
        // What is passed on to another contract is at most 63 of 64 parts, so this is enough nearly always.
        let likely = (gas + refund + 2_300).saturating_mul(64) / 63;
        let mut next = likely.min(most);
        while low + 1 < high {
            match self.run(request.clone(), at, Some(next)).await? {
                Ran::Returned { .. } => high = next,
                _ => low = next,
            }
            // One and a half percent more is near enough.
            if (high - low).saturating_mul(1000) < high.saturating_mul(15) {
                break;
            }
            next = low + (high - low) / 2;
        }
        reply(&U64::from(high))
    }

    async fn run(&self, request: TransactionRequest, at: BlockId, gas: Option<u64>) -> Result<Ran, ErrorPayload> {
        let core = std::sync::Arc::clone(&self.core);
        let ran = tokio::task::spawn_blocking(move || {
            let state = core.read();
            let sealed = views::find(at, &state.blocks).ok_or_else(|| refused("unknown block"))?;
            let number = sealed.header.number;
            // At the head the time is now: a chain that makes blocks on demand has not stopped its clock.
            let time = if number == state.blocks.head().header.number { core.now(&state) } else { 0 };
            let tx = question_tx(core.config.chain_id, request, gas, &state.world)?;
            let question = Question { chain_id: core.config.chain_id, at: number, time, tx };
            evm::ask(&question, &state.world, &state.blocks).map_err(stuck)?.ok_or_else(|| refused(TOO_OLD))
        });
        ran.await.map_err(internal)?
    }
}

fn question_tx(
    chain_id: u64,
    request: TransactionRequest,
    gas: Option<u64>,
    world: &crate::providers::chain::embedded::world::World,
) -> Result<TxEnv, ErrorPayload> {
    if let Some(id) = request.chain_id.filter(|id| *id != chain_id) {
        return Err(refused(format!("chain id {id} is not this chain's")));
    }
    let caller = request.from.unwrap_or_default();
    let gas_limit = gas.or(request.gas).unwrap_or(evm::BLOCK_GAS_MAX).min(evm::BLOCK_GAS_MAX);
    let authorizations = request.authorization_list.unwrap_or_default();
    let kind = request.to.unwrap_or(TxKind::Create);
    let access_list = request.access_list.unwrap_or_default();
    let tx_type = if authorizations.is_empty() { 2 } else { 4 };
    Ok(TxEnv {
        tx_type,
        caller,
        gas_limit,
        // Nobody pays for a question, so that it can be asked by who has nothing.
        gas_price: 0,
        gas_priority_fee: Some(0),
        kind,
        value: request.value.unwrap_or_default(),
        data: request.input.into_input().unwrap_or_default(),
        nonce: world.holder(caller).map_or(0, |holder| holder.nonce),
        chain_id: Some(chain_id),
        access_list,
        blob_hashes: Vec::new(),
        max_fee_per_blob_gas: 0,
        authorization_list: authorizations.into_iter().map(Either::Left).collect(),
    })
}

/// The parameters of a request, one after the other.
pub(crate) struct Args(std::vec::IntoIter<Value>);

impl Args {
    /// Reads them.
    ///
    /// # Errors
    /// They are no list, or too long.
    pub(crate) fn read(params: Option<&RawValue>) -> Result<Self, ErrorPayload> {
        let Some(params) = params else { return Ok(Self(Vec::new().into_iter())) };
        if params.get().len() > PARAMS_BYTES_MAX {
            return Err(invalid("the parameters are too long"));
        }
        serde_json::from_str::<Vec<Value>>(params.get()).map(|all| Self(all.into_iter())).map_err(invalid)
    }

    /// The next one.
    ///
    /// # Errors
    /// There is none, or it is not what it must be.
    pub(crate) fn next<T: DeserializeOwned>(&mut self) -> Result<T, ErrorPayload> {
        let value = self.0.next().ok_or_else(|| invalid("a parameter is missing"))?;
        serde_json::from_value(value).map_err(invalid)
    }

    /// The next one, or what is usual when there is none.
    ///
    /// # Errors
    /// It is not what it must be.
    pub(crate) fn or<T: DeserializeOwned>(&mut self, usual: T) -> Result<T, ErrorPayload> {
        match self.0.next() {
            None | Some(Value::Null) => Ok(usual),
            Some(value) => serde_json::from_value(value).map_err(invalid),
        }
    }

    /// What this chain does not have must not be taken for done.
    fn none(&mut self, what: &str) -> Result<(), ErrorPayload> {
        let empty = |value: &Value| value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
        if self.0.all(|value| empty(&value)) { Ok(()) } else { Err(invalid(format!("{what} are not supported"))) }
    }
}

/// An answer.
///
/// # Errors
/// It cannot be written.
pub(crate) fn reply<T: Serialize + ?Sized>(value: &T) -> Answer {
    to_raw_value(value).map_err(internal)
}

fn fault(ran: Ran) -> ErrorPayload {
    match ran {
        Ran::Reverted(data) => {
            let reason = decode_revert_reason(&data).map(|reason| format!(": {reason}")).unwrap_or_default();
            let data = to_raw_value(&data).ok();
            ErrorPayload { code: REVERTED, message: Cow::Owned(format!("execution reverted{reason}")), data }
        }
        Ran::Halted(reason) => refused(format!("the code stopped: {reason}")),
        Ran::Unfit(reason) => refused(reason),
        Ran::Returned { .. } => refused("it did not fail"),
    }
}

fn refused(message: impl Into<Cow<'static, str>>) -> ErrorPayload {
    ErrorPayload { code: SERVER_ERROR, message: message.into(), data: None }
}

/// The parameters are at fault.
pub(crate) fn invalid(error: impl std::fmt::Display) -> ErrorPayload {
    ErrorPayload { code: -32602, message: Cow::Owned(error.to_string()), data: None }
}

fn internal(error: impl std::fmt::Display) -> ErrorPayload {
    ErrorPayload { code: -32603, message: Cow::Owned(error.to_string()), data: None }
}

fn stuck(stuck: evm::Stuck) -> ErrorPayload {
    internal(stuck)
}

const TOO_OLD: &str = "the state of this block is no longer kept";
/// What a client is told to pay whoever makes the block, in wei for each unit of gas.
const PRIORITY: u64 = 1_000_000_000;
