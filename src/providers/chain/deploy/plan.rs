//! What a deployment is made of: transactions in their order, with the addresses that follow from the deployer's nonces. It sends nothing.
//!
//! It is `contracts/script/Deploy.s.sol` for a chain of our own: accounts stand where the Safes stand there.

use crate::providers::chain::bindings::{
    DevFeed, DevUSDC, EmergencyStop, IStaking, PaymentDesk, ReferralRegistry, RewardDistributor, Staking, TRVLToken,
    TimelockController, VoxfareGovernor,
};
use crate::providers::chain::deploy::draft::{Draft, Step};
use crate::providers::chain::deploy::market::{self, Uniswap};
use alloy::primitives::aliases::{I256, U40, U48, U96, U208};
use alloy::primitives::{Address, B256, U256, keccak256};
use alloy::sol_types::SolConstructor as _;
use serde::{Deserialize, Serialize};

/// Who gets which role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct People {
    /// Sends the deployment and ends with no power.
    pub deployer: Address,
    /// Signs vouchers.
    pub issuer: Address,
    /// Sends the transactions of rewards and errands: it may cancel bookings, publish epochs,
    /// name referrers, and pause. Nothing else uses its nonces.
    pub sender: Address,
    /// Owns the local dollars and feed.
    pub operator: Address,
    /// Gets the treasury's legs.
    pub treasury: Address,
    /// May pause, and nothing else.
    pub guardian: Address,
    /// Carries TRVL between chains.
    pub bridge: Address,
}

/// Where everything is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Deployment {
    /// The chain.
    pub chain_id: u64,
    /// The block before the first log.
    pub block: u64,
    /// TRVL.
    pub token: Address,
    /// Rewards.
    pub reward_distributor: Address,
    /// The referral tree.
    pub referral_registry: Address,
    /// Locks.
    pub staking: Address,
    /// Payments in USDC.
    pub payment_desk: Address,
    /// USDC.
    pub usdc: Address,
    /// USD for a TRVL, in the shape of Chainlink's feeds.
    pub feed: Address,
    /// The feed and the pool together; zero where there is no pool.
    pub price_oracle: Address,
    /// The TRVL/USDC pool; zero where there is none.
    pub pool: Address,
    /// Says what a swap would give; zero where there is no pool.
    pub quoter: Address,
    /// The pool's positions; zero where there is no pool.
    pub positions: Address,
    /// Administers everything.
    pub timelock: Address,
    /// Proposes to the timelock.
    pub governor: Address,
    /// Pauses everything.
    pub emergency_stop: Address,
    /// Gets the treasury's legs.
    pub treasury: Address,
    /// May pause.
    pub guardian: Address,
}

/// The rules of a chain, as `contracts/config` has them.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rules {
    cap: U256,
    supply: U256,
    rewards: U256,
    daily_limit: U256,
    clawback_seconds: u64,
    link_age_seconds: u64,
    period_cap: U256,
    level_bps: [u16; 3],
    timelock_seconds: u64,
    voting_delay_seconds: u64,
    voting_period_seconds: u32,
    late_quorum_seconds: u64,
    proposal_threshold: U256,
    quorum_percent: u64,
    pub(crate) pool_price: U256,
    pub(crate) pool_fee: u32,
    pub(crate) heartbeat_seconds: u32,
    pub(crate) grace_seconds: u32,
    pub(crate) window_seconds: u32,
    pub(crate) liquidity_min: U256,
    pub(crate) price_min: U256,
    pub(crate) price_max: U256,
    pub(crate) deviation_max_bps: u16,
    pub(crate) observations: u16,
}

#[derive(Deserialize)]
struct File {
    rules: Rules,
}

impl Rules {
    /// Those of a local chain.
    ///
    /// # Errors
    /// The file that was built in is not what it should be.
    pub fn local() -> Result<Self, serde_json::Error> {
        serde_json::from_str::<File>(include_str!("../../../../contracts/config/local.json")).map(|file| file.rules)
    }

    /// The same with another clawback window.
    #[must_use]
    pub fn clawback(mut self, seconds: u64) -> Self {
        self.clawback_seconds = seconds;
        self
    }

    /// The same with another daily limit, in TRVL wei, if there is one.
    #[must_use]
    pub fn limit(mut self, daily: Option<U256>) -> Self {
        self.daily_limit = daily.unwrap_or(self.daily_limit);
        self
    }
}

/// A deployment that a deployer begins with its first transaction; with a market where there is code for one.
#[must_use]
pub fn plan(chain_id: u64, rules: &Rules, people: &People, uniswap: Option<&Uniswap>) -> (Vec<Step>, Deployment) {
    let mut draft = Draft { deployer: people.deployer, steps: Vec::new() };
    let mut made =
        Deployment { chain_id, treasury: people.treasury, guardian: people.guardian, ..Deployment::default() };
    bring_outside(&mut draft, rules, people, &mut made);
    make_core(&mut draft, rules, people, &mut made);
    let seed = if uniswap.is_some() { market::seed() } else { U256::ZERO };
    mint(&mut draft, rules, people, &made, seed);
    grant(&mut draft, people, &made);
    if let Some(uniswap) = uniswap {
        market::make(&mut draft, rules, people, uniswap, &mut made);
        let list = modules(&made);
        draft.call("stop", made.emergency_stop, EmergencyStop::setModulesCall { list });
        // No pause keeps liquidity in.
        draft.grant("exit", made.token, role("EXIT_ROLE"), made.pool);
    }
    let owner = DevUSDC::transferOwnershipCall { newOwner: people.operator };
    draft.call("owner", made.usdc, owner);
    hand_over(&mut draft, people, &made);
    (draft.steps, made)
}

fn bring_outside(draft: &mut Draft, rules: &Rules, people: &People, made: &mut Deployment) {
    let arguments = DevUSDC::constructorCall { owner: people.deployer };
    made.usdc = draft.make("usdc", &DevUSDC::BYTECODE, arguments.abi_encode());
    // Eight decimals, as Chainlink's feeds in USD have.
    let answer = I256::try_from(rules.pool_price / U256::from(10_u64.pow(10))).unwrap_or(I256::MAX);
    let arguments = DevFeed::constructorCall { owner: people.operator, decimals_: 8, answer };
    made.feed = draft.make("feed", &DevFeed::BYTECODE, arguments.abi_encode());
}

fn make_core(draft: &mut Draft, rules: &Rules, people: &People, made: &mut Deployment) {
    let admin = people.deployer;
    made.token = draft.proxy("token", &TRVLToken::BYTECODE, TRVLToken::initializeCall { admin, cap_: rules.cap });
    let arguments = TimelockController::constructorCall {
        minDelay: U256::from(rules.timelock_seconds),
        proposers: Vec::new(),
        executors: Vec::new(),
        admin,
    };
    made.timelock = draft.make("timelock", &TimelockController::BYTECODE, arguments.abi_encode());
    made.governor = draft.proxy(
        "governor",
        &VoxfareGovernor::BYTECODE,
        VoxfareGovernor::initializeCall {
            token: made.token,
            timelock_: made.timelock,
            guardian: people.guardian,
            rules: VoxfareGovernor::Rules {
                votingDelay: U48::from(rules.voting_delay_seconds),
                votingPeriod: rules.voting_period_seconds,
                lateQuorumExtension: U48::from(rules.late_quorum_seconds),
                proposalThreshold: rules.proposal_threshold,
                quorumPercent: U256::from(rules.quorum_percent),
            },
        },
    );
    make_rewards(draft, rules, people, made);
    make_staking(draft, people, made);
    made.payment_desk = draft.proxy(
        "desk",
        &PaymentDesk::BYTECODE,
        PaymentDesk::initializeCall { admin, usdc: made.usdc, treasury: people.treasury },
    );
    let arguments = EmergencyStop::constructorCall { admin, guardian: people.guardian, list: modules(made) };
    made.emergency_stop = draft.make("stop", &EmergencyStop::BYTECODE, arguments.abi_encode());
}

fn make_rewards(draft: &mut Draft, rules: &Rules, people: &People, made: &mut Deployment) {
    let admin = people.deployer;
    made.referral_registry = draft.proxy(
        "registry",
        &ReferralRegistry::BYTECODE,
        ReferralRegistry::initializeCall {
            admin,
            token: made.token,
            bps: rules.level_bps,
            linkAge: U40::from(rules.link_age_seconds),
            periodCap: U96::saturating_from(rules.period_cap),
        },
    );
    made.reward_distributor = draft.proxy(
        "distributor",
        &RewardDistributor::BYTECODE,
        RewardDistributor::initializeCall {
            admin,
            token: made.token,
            treasury: people.treasury,
            registry: made.referral_registry,
            dailyLimit: U208::saturating_from(rules.daily_limit),
        },
    );
    let window = RewardDistributor::setClawbackWindowCall { window: U40::from(rules.clawback_seconds) };
    draft.call("clawback window", made.reward_distributor, window);
    // There is no sanctions oracle on a chain of one's own.
    let neighbours = RewardDistributor::setNeighboursCall {
        treasury: people.treasury,
        registry: made.referral_registry,
        sanctions: Address::ZERO,
    };
    draft.call("neighbours", made.reward_distributor, neighbours);
}

fn make_staking(draft: &mut Draft, people: &People, made: &mut Deployment) {
    let days = |days: u64| U40::from(days * 24 * 3600);
    let whole = |tokens: u64| U96::saturating_from(U256::from(tokens) * U256::from(10).pow(U256::from(18)));
    let tier = |lock, boost, penalty, minimum| IStaking::Tier {
        lockSeconds: days(lock),
        boostBps: boost,
        penaltyBps: penalty,
        minimum: whole(minimum),
    };
    made.staking = draft.proxy(
        "staking",
        &Staking::BYTECODE,
        Staking::initializeCall {
            admin: people.deployer,
            token: made.token,
            treasury: people.treasury,
            tiers: vec![
                tier(0, 10_000, 0, 1),
                tier(30, 12_500, 1000, 100),
                tier(90, 15_000, 2000, 1000),
                tier(365, 20_000, 3000, 10_000),
            ],
        },
    );
}

fn mint(draft: &mut Draft, rules: &Rules, people: &People, made: &Deployment, seed: U256) {
    let minter = role("MINTER_ROLE");
    draft.grant("minter", made.token, minter, people.deployer);
    let rest = rules.supply.saturating_sub(rules.rewards).saturating_sub(seed);
    if !seed.is_zero() {
        draft.call("seed", made.token, TRVLToken::mintCall { to: people.deployer, value: seed });
    }
    let to_distributor = TRVLToken::mintCall { to: made.reward_distributor, value: rules.rewards };
    draft.call("rewards", made.token, to_distributor);
    draft.call("supply", made.token, TRVLToken::mintCall { to: people.treasury, value: rest });
    let limit = U208::saturating_from(U256::from(BRIDGE_TOKENS_A_DAY) * U256::from(10).pow(U256::from(18)));
    let limits = TRVLToken::setBridgeLimitsCall {
        bridge: people.bridge,
        mintCapacity: limit,
        burnCapacity: limit,
        window: U48::from(24 * 3600),
    };
    draft.call("bridge", made.token, limits);
    let renounce = TRVLToken::renounceRoleCall { role: minter, callerConfirmation: people.deployer };
    draft.call("no minter", made.token, renounce);
}

fn grant(draft: &mut Draft, people: &People, made: &Deployment) {
    let exit = role("EXIT_ROLE");
    for module in [made.reward_distributor, made.referral_registry, made.staking] {
        draft.grant("exit", made.token, exit, module);
    }
    draft.grant("registrar", made.referral_registry, role("REGISTRAR_ROLE"), people.sender);
    draft.grant("creditor", made.referral_registry, role("CREDITOR_ROLE"), made.reward_distributor);
    draft.grant("issuer", made.reward_distributor, role("ISSUER_ROLE"), people.issuer);
    draft.grant("publisher", made.reward_distributor, role("PUBLISHER_ROLE"), people.sender);
    draft.grant("canceller", made.reward_distributor, role("CANCELLER_ROLE"), people.sender);
    draft.grant("canceller", made.reward_distributor, role("CANCELLER_ROLE"), people.guardian);
    draft.grant("funder", made.staking, role("FUNDER_ROLE"), people.treasury);
    draft.grant("refunder", made.payment_desk, role("REFUNDER_ROLE"), people.treasury);
    draft.grant("proposer", made.timelock, role("PROPOSER_ROLE"), made.governor);
    draft.grant("canceller", made.timelock, role("CANCELLER_ROLE"), made.governor);
    draft.grant("canceller", made.timelock, role("CANCELLER_ROLE"), people.guardian);
    // Anybody may execute what has passed and waited.
    draft.grant("executor", made.timelock, role("EXECUTOR_ROLE"), Address::ZERO);
}

fn hand_over(draft: &mut Draft, people: &People, made: &Deployment) {
    let renounce = || TRVLToken::renounceRoleCall { role: ADMIN, callerConfirmation: people.deployer };
    for module in modules(made) {
        draft.grant("guardian", module, role("GUARDIAN_ROLE"), made.emergency_stop);
        draft.grant("guardian", module, role("GUARDIAN_ROLE"), people.guardian);
        draft.grant("admin", module, ADMIN, made.timelock);
        draft.call("no admin", module, renounce());
    }
    draft.grant("stopper", made.emergency_stop, role("GUARDIAN_ROLE"), people.sender);
    draft.grant("admin", made.emergency_stop, ADMIN, made.timelock);
    draft.call("no admin", made.emergency_stop, renounce());
    // The timelock administers itself.
    draft.call("no admin", made.timelock, renounce());
}

/// What can be paused.
pub(crate) fn modules(made: &Deployment) -> Vec<Address> {
    let core = [made.token, made.referral_registry, made.reward_distributor, made.staking, made.payment_desk];
    core.into_iter().chain((made.price_oracle != Address::ZERO).then_some(made.price_oracle)).collect()
}

/// A role's id.
pub(crate) fn role(name: &str) -> B256 {
    keccak256(name)
}

/// The role that gives the others.
pub(crate) const ADMIN: B256 = B256::ZERO;
/// TRVL that the bridge may bring in a day, and take away.
const BRIDGE_TOKENS_A_DAY: u64 = 1_000_000;
