//! What is missing on a chain for an errand's goal, and the calls that bring it about. It keeps no state and sends nothing.

use crate::providers::chain::bindings::{EmergencyStop, ReferralRegistry, RewardDistributor, TRVLToken};
use crate::providers::chain::client::Client;
use crate::providers::chain::deploy::plan::role;
use crate::providers::chain::faults::{contract, transport};
use crate::providers::chain::signer::Signer as _;
use crate::providers::chain::usdc::Permit;
use crate::session::ports::chain::{ChainFault, Module};
use alloy::primitives::aliases::U40;
use alloy::primitives::{Address, B256, U256, keccak256};
use alloy::providers::Provider as _;
use alloy::sol;
use alloy::sol_types::{SolCall as _, SolStruct as _};
use wallet::money::Wei;
use wallet::settle::{Act, Goal, Progress};

sol! {
    #[sol(rpc)]
    /// What every module has.
    interface Module_ {
        /// New things are refused.
        function paused() external view returns (bool);
    }
}

impl Client {
    /// What is missing for a goal, at the newest block.
    pub(crate) async fn missing(&self, goal: Goal) -> Result<Progress, ChainFault> {
        match goal {
            Goal::Joined { account, referrer } => self.missing_to_join(account, referrer).await,
            Goal::Verified { account, identity, former } => {
                let registry = ReferralRegistry::new(self.contracts.referral_registry, self.provider());
                let holder = registry.accountOf(identity).call().await.map_err(contract)?;
                let joined = !registry.node(account).call().await.map_err(contract)?.ordinal.is_zero();
                Ok(match holder {
                    holder if holder == account => Progress::Reached,
                    _ if !joined => Progress::Later,
                    Address::ZERO => Progress::Next(Act::Verify { account, identity }),
                    holder if holder == former => Progress::Next(Act::Revoke { account: former }),
                    _ => Progress::Impossible,
                })
            }
            Goal::Withdrawn { account } => {
                let registry = ReferralRegistry::new(self.contracts.referral_registry, self.provider());
                let owed = registry.owed(account).call().await.map_err(contract)?;
                Ok(if owed.is_zero() { Progress::Reached } else { Progress::Next(Act::Withdraw { account }) })
            }
            Goal::Moved { name, from, to } => self.missing_to_move(name, from, to).await,
            Goal::Published { epoch, root, total, closes_at } => {
                self.missing_to_publish(epoch, root, total, closes_at).await
            }
            Goal::Closed { epoch } => {
                let distributor = RewardDistributor::new(self.contracts.reward_distributor, self.provider());
                let there = distributor.epochInfo(epoch).call().await.map_err(contract)?;
                Ok(match there.closesAt.saturating_to::<u64>() {
                    0 => Progress::Impossible,
                    _ if there.claimableAt.is_zero() => Progress::Reached,
                    closes_at if self.newest().await?.time > closes_at => Progress::Next(Act::Close { epoch }),
                    _ => Progress::Later,
                })
            }
            Goal::Fueled { account, wei } => {
                let held = self.provider().get_balance(account).await.map_err(transport)?;
                let to = account;
                Ok(if held >= wei.0 { Progress::Reached } else { Progress::Next(Act::Fuel { to, wei }) })
            }
            Goal::Stopped => {
                if self.paused().await?.iter().all(|module| module.paused) {
                    return Ok(Progress::Reached);
                }
                let stop = EmergencyStop::new(self.contracts.emergency_stop, self.provider());
                let ours = stop.hasRole(role("GUARDIAN_ROLE"), self.about.sender).call().await.map_err(contract)?;
                Ok(if ours { Progress::Next(Act::Stop) } else { Progress::Impossible })
            }
        }
    }

    async fn missing_to_join(&self, account: Address, referrer: Address) -> Result<Progress, ChainFault> {
        let registry = ReferralRegistry::new(self.contracts.referral_registry, self.provider());
        let node = registry.node(account).call().await.map_err(contract)?;
        if !node.ordinal.is_zero() {
            return Ok(if node.referrer == referrer { Progress::Reached } else { Progress::Impossible });
        }
        let above = referrer == Address::ZERO || {
            let node = registry.node(referrer).call().await.map_err(contract)?;
            !node.ordinal.is_zero()
        };
        Ok(if above { Progress::Next(Act::Join { account, referrer }) } else { Progress::Later })
    }

    async fn missing_to_move(&self, name: String, from: Address, to: Address) -> Result<Progress, ChainFault> {
        let token = TRVLToken::new(self.contracts.token, self.provider());
        let held = token.balanceOf(from).call().await.map_err(contract)?;
        if held.is_zero() {
            return Ok(Progress::Reached);
        }
        let allowed = token.allowance(from, self.about.sender).call().await.map_err(contract)?;
        Ok(Progress::Next(if allowed < held {
            Act::Permit { name, from }
        } else {
            Act::Move { from, to, wei: Wei(held) }
        }))
    }

    async fn missing_to_publish(
        &self,
        epoch: u64,
        root: B256,
        total: Wei,
        closes_at: u64,
    ) -> Result<Progress, ChainFault> {
        let distributor = RewardDistributor::new(self.contracts.reward_distributor, self.provider());
        let there = distributor.epochInfo(epoch).call().await.map_err(contract)?;
        if there.root == B256::ZERO {
            if self.available().await?.room() < total.0 {
                return Ok(Progress::Later);
            }
            return Ok(Progress::Next(Act::Publish { epoch, root, total, closes_at }));
        }
        if there.root != root {
            return Ok(Progress::Impossible);
        }
        // It was taken back before it opened: its root stays there, and nothing can be claimed from it.
        if there.claimableAt.is_zero() {
            return Ok(Progress::Impossible);
        }
        let head = self.newest().await?;
        Ok(if head.time >= there.claimableAt.saturating_to::<u64>() { Progress::Reached } else { Progress::Later })
    }

    /// The modules and whether each is paused, at the newest block.
    pub(crate) async fn paused(&self) -> Result<Vec<Module>, ChainFault> {
        let stop = EmergencyStop::new(self.contracts.emergency_stop, self.provider());
        let list = stop.modules().call().await.map_err(contract)?;
        let made = &self.contracts;
        let known = [
            (made.token, "token"),
            (made.reward_distributor, "rewards"),
            (made.referral_registry, "referrals"),
            (made.staking, "staking"),
            (made.payment_desk, "payments"),
            (made.price_oracle, "price"),
        ];
        let mut modules = Vec::new();
        for address in list {
            let paused = Module_::new(address, self.provider()).paused().call().await.map_err(contract)?;
            let name = known.iter().find(|(known, _)| *known == address).map_or("other", |(_, name)| *name);
            modules.push(Module { name: name.to_owned(), address, paused });
        }
        Ok(modules)
    }

    /// An act as a call: where to, with which data, the gas that it may use, and the coin that goes along.
    pub(crate) async fn act(&self, act: Act) -> Result<(Address, Vec<u8>, u64, U256), ChainFault> {
        let (token, registry) = (self.contracts.token, self.contracts.referral_registry);
        let (to, data, gas) = match act {
            Act::Join { account, referrer } => {
                (registry, ReferralRegistry::joinForCall { account, referrer }.abi_encode(), JOIN_GAS)
            }
            Act::Verify { account, identity } => {
                (registry, ReferralRegistry::verifyCall { account, identity }.abi_encode(), VERIFY_GAS)
            }
            Act::Revoke { account } => (registry, ReferralRegistry::revokeCall { account }.abi_encode(), VERIFY_GAS),
            Act::Withdraw { account } => {
                (registry, ReferralRegistry::withdrawForCall { account }.abi_encode(), WITHDRAW_GAS)
            }
            Act::Permit { name, from } => (token, self.permit(&name, from).await?, PERMIT_GAS),
            Act::Move { from, to, wei } => {
                (token, TRVLToken::transferFromCall { from, to, value: wei.0 }.abi_encode(), MOVE_GAS)
            }
            Act::Publish { epoch, root, total, closes_at } => {
                let call = RewardDistributor::publishEpochCall {
                    epoch,
                    root,
                    total: total.0,
                    closesAt: U40::saturating_from(closes_at),
                };
                (self.contracts.reward_distributor, call.abi_encode(), PUBLISH_GAS)
            }
            Act::Close { epoch } => {
                let call = RewardDistributor::closeEpochCall { epoch };
                (self.contracts.reward_distributor, call.abi_encode(), CLOSE_GAS)
            }
            Act::Fuel { to, wei } => return Ok((to, Vec::new(), FUEL_GAS, wei.0)),
            Act::Stop => (self.contracts.emergency_stop, EmergencyStop::stopAllCall {}.abi_encode(), STOP_GAS),
        };
        Ok((to, data, gas, U256::ZERO))
    }

    /// Lets the sender move what is kept for an account, signed with the key that is kept for it.
    async fn permit(&self, name: &str, from: Address) -> Result<Vec<u8>, ChainFault> {
        let none = || ChainFault::Misconfigured("no accounts are kept on this chain".to_owned());
        let key = self.custody.as_ref().ok_or_else(none)?.key(&custodial(name))?;
        if key.address() != from {
            return Err(ChainFault::Misconfigured("the keystore has another key for this account".to_owned()));
        }
        let token = TRVLToken::new(self.contracts.token, self.provider());
        let nonce = token.nonces(from).call().await.map_err(contract)?;
        let domain = token.DOMAIN_SEPARATOR().call().await.map_err(contract)?;
        // The sender has the keys in any case: a bound would only be signed again.
        let (value, deadline) = (U256::MAX, U256::MAX);
        let words = Permit { owner: from, spender: self.about.sender, value, nonce, deadline };
        let digest = keccak256([&[0x19, 0x01], domain.as_slice(), words.eip712_hash_struct().as_slice()].concat());
        let signature = key.sign(digest).await?;
        let call = TRVLToken::permitCall {
            owner: from,
            spender: self.about.sender,
            value,
            deadline,
            v: 27 + u8::from(signature.v()),
            r: signature.r().into(),
            s: signature.s().into(),
        };
        Ok(call.abi_encode())
    }
}

/// The name of the key that is kept for an account.
pub(crate) fn custodial(account: &str) -> String {
    format!("custodial {account}")
}

/// Gas that each act may use: half as much again as the most that was measured.
const JOIN_GAS: u64 = 150_000;
const VERIFY_GAS: u64 = 150_000;
const WITHDRAW_GAS: u64 = 180_000;
const PERMIT_GAS: u64 = 150_000;
const PUBLISH_GAS: u64 = 180_000;
const CLOSE_GAS: u64 = 90_000;
const MOVE_GAS: u64 = 200_000;
/// A wallet may be a contract that takes note of it.
const FUEL_GAS: u64 = 60_000;
const STOP_GAS: u64 = 600_000;
