//! What else moves on a chain besides claims: a tree of referrals, a payout, a stake, payments in dollars, and wallets that are
//! contracts. Written once, and done wherever a port leads.

use crate::chain::driver::Driver;
use alloy::consensus::TxEip1559;
use alloy::primitives::{Address, B256, Bytes, TxKind, U256, keccak256};
use alloy::providers::{DynProvider, Provider as _};
use alloy::sol_types::{SolCall, SolValue as _};
use std::sync::Arc;
use voxfare::providers::chain::bindings::{DevUSDC, RewardDistributor, Staking, TRVLToken};
use voxfare::providers::chain::client::Client;
use voxfare::providers::chain::deploy::Deployment;
use voxfare::providers::chain::embedded::Embedded;
use voxfare::providers::chain::sending::Account;
use voxfare::providers::chain::signer::keystore::Keystore;
use voxfare::providers::chain::signer::{Signer as _, sign_transaction};
use voxfare::providers::chain::usdc::{Paid, Payment, Payments};
use voxfare::session::ports::chain::Chain as _;
use wallet::account::signature::{Called, Verdict, is_valid, judge};
use wallet::settle::{Goal, Input, Stage, Standing};

/// A chain and whoever acts on it.
pub(crate) struct Place<'a> {
    pub(crate) provider: DynProvider,
    pub(crate) contracts: Deployment,
    pub(crate) client: Arc<Client>,
    pub(crate) keys: &'a Keystore,
    /// The embedded chain beneath; otherwise it is anvil.
    pub(crate) embedded: Option<&'a Embedded>,
    /// The moment that signatures hold, in ms.
    pub(crate) now_ms: u64,
}

impl Place<'_> {
    fn account(&self, name: &str) -> Account {
        let key = self.keys.key(name).expect("a key");
        Account::new(self.provider.clone(), self.contracts.chain_id, Arc::new(key))
    }

    /// A minute passes: what happens in one second costs less gas than what does not, and how fast a chain is here says nothing.
    async fn pass(&self) {
        if let Some(chain) = self.embedded {
            return chain.pass(60);
        }
        let passed: Result<serde_json::Value, _> = self.provider.raw_request("evm_increaseTime".into(), (60,)).await;
        passed.expect("time passes");
    }

    /// Everything, one after the other; answers what the accounts hold in the end.
    pub(crate) async fn all(&self) -> Vec<U256> {
        let mut held = self.referrals().await;
        held.extend(self.stake().await);
        held.extend(self.dollars().await);
        self.contract_wallets().await;
        held
    }

    /// One brings another, whose booking earns for both; what is owed is taken out, and what is kept here goes to a wallet of their own.
    async fn referrals(&self) -> Vec<U256> {
        let (first, second) = (Address::repeat_byte(0xa1), self.custodial("friend").await);
        let mut driver = Driver::new(self.client.clone(), 1);
        let goals = [
            ("first", Goal::Joined { account: first, referrer: Address::ZERO }),
            ("known", Goal::Verified { account: first, identity: keccak256("somebody"), former: Address::ZERO }),
            ("second", Goal::Joined { account: second, referrer: first }),
        ];
        for (key, goal) in goals {
            self.pass().await;
            reach(&mut driver, key, goal).await;
        }
        self.pass().await;
        driver.book_at(self.now_ms, "a friend's booking", second).await;
        driver.until("paid", |driver| driver.stages["a friend's booking"] == Stage::Settled).await;
        let owed = self.client.balances(first).await.expect("asked").owed;
        self.pass().await;
        reach(&mut driver, "out", Goal::Withdrawn { account: first }).await;
        let own = Address::repeat_byte(0xa2);
        let moved = Goal::Moved { name: "friend".to_owned(), from: second, to: own };
        self.pass().await;
        reach(&mut driver, "moved", moved).await;
        let mut held = vec![owed];
        for who in [first, second, own] {
            held.push(self.client.balances(who).await.expect("asked").trvl);
        }
        held
    }

    async fn custodial(&self, name: &str) -> Address {
        self.client.custodial(name.to_owned()).await.expect("an address")
    }

    /// A stake that is taken out again. What leaving a lock early costs follows from the second in which that is, so this one has no lock.
    async fn stake(&self) -> Vec<U256> {
        let (owner, staking) = (self.account("treasury"), self.contracts.staking);
        let amount = U256::from(1000) * U256::from(10).pow(U256::from(18));
        let calls = [
            (self.contracts.token, bytes(TRVLToken::approveCall { spender: staking, value: amount })),
            (staking, bytes(Staking::stakeCall { tier: 0, amount })),
        ];
        for (to, data) in calls {
            self.pass().await;
            owner.call(to, data).await.expect("done");
        }
        let staked = self.client.balances(owner.address()).await.expect("asked");
        assert_eq!(staked.level, 1, "it has a level");
        self.pass().await;
        owner.call(staking, bytes(Staking::unstakeCall { tier: 0, amount })).await.expect("left");
        let left = self.client.balances(owner.address()).await.expect("asked");
        vec![staked.staked, staked.trvl, left.staked, left.trvl]
    }

    /// Dollars paid by a signature, once.
    async fn dollars(&self) -> Vec<U256> {
        let payments = Payments::open(self.provider.clone(), &self.contracts).await.expect("opened");
        let payer = self.keys.key("guardian").expect("a key");
        let operator = self.account("operator");
        let mint = DevUSDC::mintCall { to: payer.address(), amount: U256::from(100_000_000) };
        operator.call(self.contracts.usdc, bytes(mint)).await.expect("minted");
        let until = self.now_ms / 1000 + 86_400;
        let order = keccak256("an order");
        let payment = Payment { order, payer: payer.address(), amount: U256::from(12_500_000), until };
        let signature = payer.sign(payments.authorization(&payment)).await.expect("signed");
        let (desk, call) = payments.take(&payment, &signature).expect("the payer signed");
        operator.call(desk, call).await.expect("paid");
        let paid = payments.paid(order, payer.address()).await.expect("asked");
        assert_eq!(paid, Paid { paid: 12_500_000, refunded: 0 });
        let usdc = DevUSDC::new(self.contracts.usdc, &self.provider);
        vec![usdc.balanceOf(payer.address()).call().await.expect("asked")]
    }

    /// A wallet that is a contract signs in, whether it is on the chain (ERC-1271) or not yet (ERC-6492).
    async fn contract_wallets(&self) {
        let word = keccak256("what this wallet takes for its signature");
        let operator = self.account("operator");
        let factory = self.deploy(&operator, &init(&FACTORY)).await;
        let wallet = init(&wallet_that_knows(word));
        let there = self.deploy(&operator, &wallet).await;
        let digest = keccak256("a message");
        assert!(self.signs(there, digest, word.as_slice()).await, "ERC-1271: it knows its own");
        assert!(!self.signs(there, digest, keccak256("another").as_slice()).await, "and nothing else");
        assert!(!self.signs(Address::repeat_byte(0xa3), digest, word.as_slice()).await, "nobody is there");
        // The next one is not on the chain: its signature says who would put it there.
        let later = factory.create2_from_code(B256::ZERO, &wallet);
        let wrapped = |signature: B256| {
            let body = (factory, Bytes::from(wallet.clone()), Bytes::from(signature.to_vec())).abi_encode_params();
            [body, [0x64, 0x92].repeat(16)].concat()
        };
        assert!(self.provider.get_code_at(later).await.expect("asked").is_empty());
        assert!(self.signs(later, digest, &wrapped(word)).await, "ERC-6492: it would know its own");
        assert!(!self.signs(later, digest, &wrapped(keccak256("another"))).await);
        assert!(self.provider.get_code_at(later).await.expect("asked").is_empty(), "asking puts nothing on the chain");
        // Once it is there, the same signature holds.
        operator.call(factory, wallet.clone().into()).await.expect("deployed");
        assert!(!self.provider.get_code_at(later).await.expect("asked").is_empty());
        assert!(self.signs(later, digest, &wrapped(word)).await && self.signs(later, digest, word.as_slice()).await);
    }

    async fn signs(&self, who: Address, digest: B256, signature: &[u8]) -> bool {
        let Verdict::Ask(call) = judge(who, digest, signature) else { panic!("the chain must say") };
        match self.client.call(call).await {
            Called::Returned(answer) => is_valid(&answer),
            Called::Reverted => false,
            Called::Unreachable => panic!("no node answers"),
        }
    }

    /// Puts a contract on the chain, at the address that follows from the account and its nonce.
    async fn deploy(&self, by: &Account, code: &[u8]) -> Address {
        let nonce = self.provider.get_transaction_count(by.address()).await.expect("asked");
        let created = by.address().create(nonce);
        let tx = TxEip1559 {
            chain_id: self.contracts.chain_id,
            nonce,
            gas_limit: 1_000_000,
            max_fee_per_gas: 100_000_000_000,
            max_priority_fee_per_gas: 1_000_000_000,
            to: TxKind::Create,
            input: code.to_vec().into(),
            ..TxEip1559::default()
        };
        let (_, raw) = sign_transaction(&self.keys.key("operator").expect("a key"), tx).await.expect("signed");
        let sent = self.provider.send_raw_transaction(&raw).await.expect("sent");
        sent.get_receipt().await.expect("it is in a block");
        assert!(!self.provider.get_code_at(created).await.expect("asked").is_empty());
        created
    }
}

/// Has the machine reach a goal.
async fn reach(driver: &mut Driver, key: &str, goal: Goal) {
    driver.input(Input::Wanted { errand: key.to_owned(), goal }).await;
    let standing = |driver: &Driver| driver.settlement.state().errands.get(key).map(|errand| errand.standing);
    driver.until(key, |driver| standing(driver) != Some(Standing::Wanted)).await;
    assert_ne!(standing(driver), Some(Standing::GivenUp), "{key}");
}

/// Events whose data ends with so many words of time.
pub(crate) fn times(topic: Option<&B256>) -> usize {
    use alloy::sol_types::SolEvent as _;
    match topic {
        Some(topic) if *topic == RewardDistributor::Claimed::SIGNATURE_HASH => 1,
        Some(topic) if *topic == Staking::Staked::SIGNATURE_HASH => 1,
        _ => 0,
    }
}

fn bytes(call: impl SolCall) -> Bytes {
    call.abi_encode().into()
}

/// Code that puts `code` on the chain.
fn init(code: &[u8]) -> Vec<u8> {
    let len = u8::try_from(code.len()).expect("short");
    [&[0x60, len, 0x60, 0x0c, 0x60, 0, 0x39, 0x60, len, 0x60, 0, 0xf3][..], code].concat()
}

/// A factory: what it is told is deployed by CREATE2 with the salt zero.
const FACTORY: [u8; 16] = [0x36, 0x60, 0, 0x60, 0, 0x37, 0x60, 0, 0x36, 0x60, 0, 0x60, 0, 0xf5, 0x50, 0x00];

/// A wallet (ERC-1271) that takes one word for its signature, whatever is signed: it answers the magic value times whether it is that word.
fn wallet_that_knows(word: B256) -> Vec<u8> {
    let mut code = vec![0x60, 0x64, 0x35, 0x7f];
    code.extend(word);
    code.extend([0x14, 0x63, 0x16, 0x26, 0xba, 0x7e, 0x60, 0xe0, 0x1b, 0x02, 0x60, 0, 0x52, 0x60, 0x20, 0x60, 0, 0xf3]);
    code
}
