//! The chain's port over any client of a node, embedded or elsewhere: words of the wallet become calls of the contracts. It keeps no state.

use crate::providers::chain::bindings::{IRewardDistributor, ReferralRegistry, RewardDistributor, Staking, TRVLToken};
use crate::providers::chain::deploy::Deployment;
use crate::providers::chain::errands::custodial;
use crate::providers::chain::faults::{contract, transport, unsent};
use crate::providers::chain::listener::Listener;
use crate::providers::chain::oracle::{Oracle, OracleConfig};
use crate::providers::chain::signer::keystore::Keystore;
use crate::providers::chain::signer::{Signer, sign_transaction};
use crate::providers::chain::uniswap::Quoter;
use crate::session::ports::chain::{
    About, Balances, Batch, Chain, ChainFault, Funds, Head, Module, PlaceOnChain, Policy, Quote, Swap, TokenPrice,
};
use alloy::consensus::TxEip1559;
use alloy::eips::BlockId;
use alloy::network::{BlockResponse as _, TransactionBuilder as _};
use alloy::primitives::{Address, B256, Bytes, TxKind, U256};
use alloy::providers::{DynProvider, Provider};
use alloy::rpc::types::TransactionRequest;
use alloy::sol_types::SolCall as _;
use alloy::transports::RpcError;
use futures_util::future::{BoxFuture, FutureExt as _};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use wallet::account::signature::{Called, EthCall};
use wallet::money::Wei;
use wallet::nonce::{Block, Fees, Try};
use wallet::rules::Shares;
use wallet::settle::{Call, Goal, OnChain, Progress, Unsent};
use wallet::staking::{Tier, Tiers};
use wallet::voucher::{Place, Terms};

/// What a chain's port is made of.
pub struct Parts {
    /// The client of the node.
    pub provider: DynProvider,
    /// The contracts.
    pub contracts: Deployment,
    /// Signs vouchers.
    pub issuer: Arc<dyn Signer>,
    /// Signs transactions.
    pub sender: Arc<dyn Signer>,
    /// Where keys of accounts are that we keep; none where we keep none.
    pub custody: Option<Keystore>,
    /// Coin that a wallet gets for its first fees when it is linked, in wei; nothing where coin costs money.
    pub fuel: U256,
    /// When prices are believed.
    pub oracle: OracleConfig,
    /// Says when there is a new block, where that is known.
    pub heads: Option<watch::Receiver<alloy::eips::BlockNumHash>>,
    /// How often to ask for new blocks; where it is told of them, in case it was not.
    pub poll: Duration,
    /// How long one question may take.
    pub deadline: Duration,
}

/// The port of one chain.
pub struct Client {
    pub(crate) about: About,
    pub(crate) contracts: Deployment,
    provider: DynProvider,
    issuer: Arc<dyn Signer>,
    sender: Arc<dyn Signer>,
    pub(crate) custody: Option<Keystore>,
    listener: Listener,
    oracle: Oracle,
    deadline: Duration,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("about", &self.about).finish_non_exhaustive()
    }
}

impl Client {
    /// Makes the port.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let made = parts.contracts;
        let about = About {
            place: Place { chain_id: made.chain_id, distributor: made.reward_distributor },
            issuer: parts.issuer.address(),
            sender: parts.sender.address(),
            token: made.token,
            staking: made.staking,
            referrals: made.referral_registry,
            fuel: parts.fuel,
            since: made.block,
        };
        let listener = Listener {
            provider: parts.provider.clone(),
            distributor: made.reward_distributor,
            since: made.block,
            heads: parts.heads,
            poll: parts.poll,
            deadline: parts.deadline,
        };
        let oracle = Oracle::new(parts.provider.clone(), made.feed, made.price_oracle, parts.oracle);
        Self {
            about,
            contracts: made,
            provider: parts.provider,
            issuer: parts.issuer,
            sender: parts.sender,
            custody: parts.custody,
            listener,
            oracle,
            deadline: parts.deadline,
        }
    }

    /// The client of the node beneath.
    #[must_use]
    pub fn provider(&self) -> &DynProvider {
        &self.provider
    }

    /// A question that takes too long has no answer.
    async fn within<T>(&self, asked: impl Future<Output = Result<T, ChainFault>>) -> Result<T, ChainFault> {
        let late = || ChainFault::Transient(format!("no answer within {:?}", self.deadline));
        tokio::time::timeout(self.deadline, asked).await.map_err(|_| late())?
    }

    async fn transaction(&self, nonce: u64, call: Call, fees: Fees) -> Result<TxEip1559, ChainFault> {
        let distributor = self.about.place.distributor;
        let (to, input, gas_limit, value) = match call {
            Call::Claim(terms, signature) => {
                let call = RewardDistributor::claimCall { voucher: voucher(&terms), signature };
                (distributor, call.abi_encode(), CLAIM_GAS, U256::ZERO)
            }
            Call::Release(id) => {
                (distributor, RewardDistributor::releaseCall { id }.abi_encode(), RELEASE_GAS, U256::ZERO)
            }
            Call::Cancel(id) => {
                let call = RewardDistributor::cancelCall { bookings: vec![id] };
                (distributor, call.abi_encode(), CANCEL_GAS, U256::ZERO)
            }
            Call::Act(act) => self.act(act).await?,
            Call::Void => (self.about.sender, Vec::new(), VOID_GAS, U256::ZERO),
        };
        Ok(TxEip1559 {
            chain_id: self.about.place.chain_id,
            nonce,
            gas_limit,
            max_fee_per_gas: fees.max,
            max_priority_fee_per_gas: fees.priority,
            to: TxKind::Call(to),
            value,
            input: input.into(),
            ..TxEip1559::default()
        })
    }

    async fn found(&self, hashes: Vec<B256>) -> Result<Option<Block>, ChainFault> {
        // The newest version is the likeliest.
        for hash in hashes.into_iter().rev() {
            let receipt = self.provider.get_transaction_receipt(hash).await.map_err(transport)?;
            let place = receipt.and_then(|receipt| receipt.block_number.zip(receipt.block_hash));
            if let Some((number, hash)) = place {
                return Ok(Some(Block { number, hash }));
            }
        }
        Ok(None)
    }

    async fn booking(&self, id: B256) -> Result<OnChain, ChainFault> {
        let distributor = RewardDistributor::new(self.about.place.distributor, &self.provider);
        let booking = distributor.booking(id).call().await.map_err(contract)?;
        Ok(match booking.state {
            1 => OnChain::Pending,
            2 => OnChain::Settled,
            3 => OnChain::Cancelled,
            _ => OnChain::None,
        })
    }

    pub(crate) async fn newest(&self) -> Result<Head, ChainFault> {
        let none = || ChainFault::Transient("the node has no newest block".to_owned());
        let block = self.provider.get_block(BlockId::latest()).await.map_err(transport)?.ok_or_else(none)?;
        let header = block.header();
        // By its hash, so that a block that comes meanwhile does not count.
        let counted = self.provider.get_transaction_count(self.about.sender).block_id(BlockId::hash(header.hash));
        let count = counted.await.map_err(transport)?;
        Ok(Head {
            block: Block { number: header.number, hash: header.hash },
            time: header.timestamp,
            base_fee: header.base_fee_per_gas.map_or(0, u128::from),
            count,
        })
    }

    pub(super) async fn available(&self) -> Result<Funds, ChainFault> {
        let none = || ChainFault::Transient("the node has no newest block".to_owned());
        let block = self.provider.get_block(BlockId::latest()).await.map_err(transport)?.ok_or_else(none)?;
        let at = BlockId::hash(block.header().hash);
        let distributor = RewardDistributor::new(self.about.place.distributor, &self.provider);
        let funds = async { distributor.funds().block(at).call().await.map_err(contract) };
        let today = async { distributor.dailyAvailable().block(at).call().await.map_err(contract) };
        let paused = async { distributor.paused().block(at).call().await.map_err(contract) };
        let (funds, today, paused) = futures_util::try_join!(funds, today, paused)?;
        Ok(Funds { reserved: funds.reserved, treasury_owed: funds.treasuryOwed, free: funds.free, today, paused })
    }

    async fn held(&self, account: Address) -> Result<Balances, ChainFault> {
        let none = || ChainFault::Transient("the node has no newest block".to_owned());
        let block = self.provider.get_block(BlockId::latest()).await.map_err(transport)?.ok_or_else(none)?;
        let at = BlockId::hash(block.header().hash);
        let token = TRVLToken::new(self.about.token, &self.provider);
        let staking = Staking::new(self.about.staking, &self.provider);
        let registry = ReferralRegistry::new(self.about.referrals, &self.provider);
        let coin = async { self.provider.get_balance(account).block_id(at).await.map_err(transport) };
        let trvl = async { token.balanceOf(account).block(at).call().await.map_err(contract) };
        let owed = async { registry.owed(account).block(at).call().await.map_err(contract) };
        let level = async { staking.vipLevel(account).block(at).call().await.map_err(contract) };
        let tiers = async { staking.tierCount().block(at).call().await.map_err(contract) };
        let (coin, trvl, owed, level, tiers) = futures_util::try_join!(coin, trvl, owed, level, tiers)?;
        let mut balances = Balances { trvl, owed, level, coin, ..Balances::default() };
        for tier in 0..tiers.min(TIERS_MAX) {
            let position = staking.position(account, tier).block(at).call().await.map_err(contract)?;
            if position.amount != 0 || position.accrued != 0 {
                let earned = staking.pendingYield(account, tier).block(at).call().await.map_err(contract)?;
                balances.earned = balances.earned.saturating_add(earned);
            }
            balances.staked = balances.staked.saturating_add(U256::from(position.amount));
        }
        Ok(balances)
    }

    async fn ruled(&self) -> Result<Policy, ChainFault> {
        let distributor = RewardDistributor::new(self.contracts.reward_distributor, &self.provider);
        let staking = Staking::new(self.contracts.staking, &self.provider);
        let rules = distributor.rules().call().await.map_err(contract)?;
        let shares = Shares { traveller_bps: rules.travellerBps, referral_bps: rules.referralBps };
        let mut tiers = Vec::new();
        for tier in 0..staking.tierCount().call().await.map_err(contract)?.min(TIERS_MAX) {
            let rules = staking.tierRules(tier).call().await.map_err(contract)?;
            tiers.push(Tier {
                lock_seconds: rules.lockSeconds.saturating_to(),
                boost_bps: rules.boostBps,
                penalty_bps: rules.penaltyBps,
                minimum: Wei(rules.minimum.to()),
            });
        }
        let tiers = Tiers::new(tiers).map_err(|why| ChainFault::Refused(why.to_string()))?;
        Ok(Policy { shares, tiers })
    }

    async fn called(&self, call: EthCall) -> Called {
        let mut request = TransactionRequest::default().with_input(call.data);
        request.to = Some(call.to.map_or(TxKind::Create, TxKind::Call));
        match tokio::time::timeout(self.deadline, self.provider.call(request)).await {
            Ok(Ok(returned)) => Called::Returned(returned),
            Ok(Err(RpcError::ErrorResp(payload))) if is_of_the_code(&payload.message, payload.code) => Called::Reverted,
            Ok(Err(_)) | Err(_) => Called::Unreachable,
        }
    }
}

/// The node ran the code, and the code failed; everything else is the node's own failure.
fn is_of_the_code(message: &str, code: i64) -> bool {
    let message = message.to_ascii_lowercase();
    let words = ["revert", "invalid opcode", "out of gas", "stack", "invalid jump", "the code stopped", "evm error"];
    code == 3 || words.iter().any(|word| message.contains(word))
}

impl Chain for Client {
    fn about(&self) -> About {
        self.about.clone()
    }

    fn sign_voucher(&self, terms: Terms) -> BoxFuture<'_, Result<Bytes, ChainFault>> {
        self.within(async move {
            let signature = self.issuer.sign(terms.digest(&self.about.place)).await?;
            Ok(Bytes::copy_from_slice(&signature.as_bytes()))
        })
        .boxed()
    }

    fn sign_tx(&self, nonce: u64, call: Call, fees: Fees, at_ms: u64) -> BoxFuture<'_, Result<Try, ChainFault>> {
        self.within(async move {
            let tx = self.transaction(nonce, call, fees).await?;
            let (hash, raw) = sign_transaction(self.sender.as_ref(), tx).await?;
            Ok(Try { hash, raw, fees, at_ms })
        })
        .boxed()
    }

    fn send(&self, raw: Bytes) -> BoxFuture<'_, Result<(), Unsent>> {
        async move {
            match tokio::time::timeout(self.deadline, self.provider.send_raw_transaction(&raw)).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => Err(unsent(&error)),
                Err(_) => Err(Unsent::Unknown),
            }
        }
        .boxed()
    }

    fn find_tx(&self, hashes: Vec<B256>) -> BoxFuture<'_, Result<Option<Block>, ChainFault>> {
        self.within(self.found(hashes)).boxed()
    }

    fn find_booking(&self, id: B256) -> BoxFuture<'_, Result<OnChain, ChainFault>> {
        self.within(self.booking(id)).boxed()
    }

    fn missing(&self, goal: Goal) -> BoxFuture<'_, Result<Progress, ChainFault>> {
        self.within(self.missing(goal)).boxed()
    }

    fn modules(&self) -> BoxFuture<'_, Result<Vec<Module>, ChainFault>> {
        self.within(self.paused()).boxed()
    }

    fn policy(&self) -> BoxFuture<'_, Result<Policy, ChainFault>> {
        self.within(self.ruled()).boxed()
    }

    fn head(&self) -> BoxFuture<'_, Result<Head, ChainFault>> {
        self.within(self.newest()).boxed()
    }

    fn balances(&self, account: Address) -> BoxFuture<'_, Result<Balances, ChainFault>> {
        self.within(self.held(account)).boxed()
    }

    fn funds(&self) -> BoxFuture<'_, Result<Funds, ChainFault>> {
        self.within(self.available()).boxed()
    }

    fn price(&self) -> BoxFuture<'_, Result<TokenPrice, ChainFault>> {
        self.within(self.oracle.price()).boxed()
    }

    fn quote(&self, swap: Swap, amount_in: U256) -> BoxFuture<'_, Result<Option<Quote>, ChainFault>> {
        self.within(async move {
            match Quoter::open(self.provider.clone(), &self.contracts).await? {
                Some(quoter) => quoter.quote(swap, amount_in).await.map(Some),
                None => Ok(None),
            }
        })
        .boxed()
    }

    fn call(&self, call: EthCall) -> BoxFuture<'_, Called> {
        self.called(call).boxed()
    }

    fn custodial(&self, account: String) -> BoxFuture<'_, Result<Address, ChainFault>> {
        let none = || ChainFault::Misconfigured("no accounts are kept on this chain".to_owned());
        let custody = self.custody.as_ref().ok_or_else(none);
        let address = custody.and_then(|keys| keys.key(&custodial(&account))).map(|key| key.address());
        std::future::ready(address).boxed()
    }

    fn events(&self, from: Option<PlaceOnChain>) -> BoxFuture<'_, Result<Batch, ChainFault>> {
        self.listener.next(from).boxed()
    }
}

fn voucher(terms: &Terms) -> IRewardDistributor::Voucher {
    IRewardDistributor::Voucher {
        booking: terms.booking,
        traveller: terms.traveller,
        commission: terms.commission.0,
        epoch: terms.epoch,
        issuedAt: terms.issued_at,
        expiresAt: terms.expires_at,
    }
}

/// Gas that each transaction may use: half as much again as the most that was measured.
const CLAIM_GAS: u64 = 450_000;
const RELEASE_GAS: u64 = 350_000;
const CANCEL_GAS: u64 = 150_000;
const VOID_GAS: u64 = 21_000;
/// Levels of staking that are asked for.
const TIERS_MAX: u8 = 16;
