//! Money that moves otherwise than by rewards: payments in USDC, TRVL between two chains, prices that are no longer good.

use crate::chain::embedded::Home;
use alloy::primitives::{Address, Bytes, U256, keccak256};
use jiff::Timestamp;
use std::sync::Arc;
use voxfare::providers::chain::bindings::{DevFeed, DevUSDC, Staking, TRVLToken};
use voxfare::providers::chain::bridge::{Bridge, End, Step, Transfer};
use voxfare::providers::chain::embedded::Mining;
use voxfare::providers::chain::local::{Local, LocalConfig};
use voxfare::providers::chain::sending::Account;
use voxfare::providers::chain::signer::Signer as _;
use voxfare::providers::chain::usdc::{Paid, Payment, Payments};
use voxfare::session::ports::chain::{Chain as _, ChainFault, Swap};
use wallet::account::signature::{Called, EthCall};

fn account(local: &Local, name: &str) -> Account {
    let key = local.key(name).expect("a key");
    Account::new(local.client.provider().clone(), local.contracts.chain_id, Arc::new(key))
}

fn trvl(tokens: u64) -> U256 {
    U256::from(tokens) * U256::from(10).pow(U256::from(18))
}

async fn held(local: &Local, who: Address) -> U256 {
    local.client.balances(who).await.expect("asked").trvl
}

fn bytes(call: impl alloy::sol_types::SolCall) -> Bytes {
    call.abi_encode().into()
}

#[tokio::test(flavor = "multi_thread")]
async fn usdc_is_paid_once_by_authorization_and_by_permit() {
    let home = Home::new("usdc");
    let local = home.open(home.config()).await.expect("deployed");
    let payments = Payments::open(local.client.provider().clone(), &local.contracts).await.expect("opened");
    let until = Timestamp::now().as_second().unsigned_abs() + 3600;
    // The treasury's account has coins for gas here; the other payer has none and needs none.
    let (payer, other) = (local.key("custodial ann").expect("a key"), local.key("guardian").expect("a key"));
    for who in [payer.address(), other.address()] {
        let mint = DevUSDC::mintCall { to: who, amount: U256::from(100_000_000) };
        local.operator.call(local.contracts.usdc, bytes(mint)).await.expect("minted");
    }
    let order = keccak256("order 1");
    let payment = Payment { order, payer: payer.address(), amount: U256::from(12_500_000), until };
    let signature = payer.sign(payments.authorization(&payment)).await.expect("signed");
    let (desk, call) = payments.take(&payment, &signature).expect("the payer signed");
    let more = Payment { amount: U256::from(99_000_000), ..payment };
    assert_eq!(payments.take(&more, &signature), None, "not for another amount");
    local.operator.call(desk, call.clone()).await.expect("paid");
    assert!(matches!(local.operator.call(desk, call).await, Err(ChainFault::Refused(_))), "once");
    assert_eq!(payments.paid(order, payer.address()).await, Ok(Paid { paid: 12_500_000, refunded: 0 }));

    let payment = Payment { order: keccak256("order 2"), payer: other.address(), amount: U256::from(7), until };
    let signature = other.sign(payments.permit(&payment).await.expect("asked")).await.expect("signed");
    let (desk, call) = payments.pay(&payment, &signature);
    account(&local, "guardian").call(desk, call).await.expect("paid");
    assert_eq!(payments.paid(payment.order, other.address()).await, Ok(Paid { paid: 7, refunded: 0 }));
    let usdc = DevUSDC::new(local.contracts.usdc, local.client.provider());
    let treasury = usdc.balanceOf(local.people.treasury).call().await.expect("asked");
    assert_eq!(treasury, U256::from(12_500_007));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stake_shows_and_calls_come_out_as_the_chain_says() {
    let home = Home::new("stake");
    let local = home.open(home.config()).await.expect("deployed");
    let owner = account(&local, "treasury");
    let approve = TRVLToken::approveCall { spender: local.contracts.staking, value: trvl(1000) };
    owner.call(local.contracts.token, bytes(approve)).await.expect("approved");
    let stake = Staking::stakeCall { tier: 1, amount: trvl(1000) };
    owner.call(local.contracts.staking, bytes(stake)).await.expect("staked");
    let balances = local.client.balances(owner.address()).await.expect("asked");
    assert_eq!((balances.staked, balances.level, balances.owed), (trvl(1000), 2, U256::ZERO));
    // Code without an address: it returns the word 42, or stops.
    let call = |to, data| local.client.call(EthCall { to, data });
    let word = Bytes::from_static(&[0x60, 42, 0x60, 0, 0x52, 0x60, 32, 0x60, 0, 0xf3]);
    assert_eq!(call(None, word).await, Called::Returned(U256::from(42).to_be_bytes::<32>().into()));
    assert_eq!(call(None, Bytes::from_static(&[0xfe])).await, Called::Reverted);
    let mint = bytes(TRVLToken::mintCall { to: Address::ZERO, value: U256::from(1) });
    assert_eq!(call(Some(local.contracts.token), mint).await, Called::Reverted);
    let nobody = Address::repeat_byte(9);
    assert_eq!(call(Some(nobody), Bytes::new()).await, Called::Returned(Bytes::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn trvl_goes_from_one_chain_to_another_and_none_is_made_or_lost() {
    let home = Home::new("bridge");
    let here = home.open(home.config()).await.expect("deployed");
    let there = home.open(LocalConfig { chain_id: 31_338, ..home.config() }).await.expect("deployed");
    let supply = async || {
        let of = async |local: &Local| {
            let token = TRVLToken::new(local.contracts.token, local.client.provider());
            token.totalSupply().call().await.expect("asked")
        };
        of(&here).await + of(&there).await
    };
    let before = supply().await;
    let bridge = Bridge {
        from: End { account: account(&here, "bridge"), token: here.contracts.token, confirmations: 3 },
        to: End { account: account(&there, "bridge"), token: there.contracts.token, confirmations: 3 },
    };
    let owner = account(&here, "treasury");
    let traveller = Address::repeat_byte(7);
    let mut transfer = Transfer { from: owner.address(), to: traveller, amount: trvl(40), step: Step::Wanted };
    assert!(matches!(bridge.step(&transfer).await, Err(ChainFault::Refused(_))), "nothing is approved");
    let approve = TRVLToken::approveCall { spender: here.people.bridge, value: trvl(2_000_000) };
    owner.call(here.contracts.token, bytes(approve)).await.expect("approved");
    for step in 0.. {
        assert!(step < 100, "{transfer:?}");
        let next = bridge.step(&transfer).await.expect("a step");
        // A stop before the step was kept: it is taken again, and moves nothing twice.
        if step % 2 == 0 {
            bridge.step(&transfer).await.expect("the same step");
        }
        // What is kept is what is read again.
        transfer.step = serde_json::from_str(&serde_json::to_string(&next).expect("text")).expect("a step");
        if transfer.step == Step::Done {
            break;
        }
        here.chain.mine(1).await.expect("mined");
        there.chain.mine(1).await.expect("mined");
    }
    assert_eq!(held(&there, traveller).await, trvl(40));
    assert_eq!(supply().await, before);
    let much = Transfer { amount: trvl(1_000_001), step: Step::Wanted, ..transfer };
    assert!(matches!(bridge.step(&much).await, Err(ChainFault::Refused(_))), "above the day's limit");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_that_is_old_or_out_of_bounds_is_none() {
    let home = Home::new("price");
    let local = home.open(LocalConfig { mining: Mining::OnDemand(None), ..home.config() }).await.expect("deployed");
    let feed = local.contracts.feed;
    let answer = |dollars: u64| alloy::primitives::I256::try_from(dollars * 100_000_000).expect("small");
    local.operator.call(feed, bytes(DevFeed::setCall { answer: answer(3) })).await.expect("set");
    assert_eq!(local.client.price().await.map(|price| price.usd), Ok(trvl(3)));
    let refused = async |why: &str| {
        let fault = local.client.price().await.expect_err("no price");
        assert!(matches!(&fault, ChainFault::Refused(said) if said.contains(why)), "{fault}");
    };
    local.operator.call(feed, bytes(DevFeed::setCall { answer: answer(11) })).await.expect("set");
    refused("out of bounds").await;
    local.operator.call(feed, bytes(DevFeed::setCall { answer: answer(0) })).await.expect("set");
    refused("out of bounds").await;
    let now = U256::from(Timestamp::now().as_second());
    let later = DevFeed::setRoundCall { answer: answer(3), startedAt: now, updatedAt: now + U256::from(1000) };
    local.operator.call(feed, bytes(later)).await.expect("set");
    refused("future").await;
    local.operator.call(feed, bytes(DevFeed::setCall { answer: answer(3) })).await.expect("set");
    local.chain.pass(86_401);
    local.chain.mine(1).await.expect("mined");
    refused("stale").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_on_uniswaps_own_contracts_quotes_and_the_oracle_believes_it() {
    let packages = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts/node_modules");
    assert!(
        packages.join("@uniswap").exists(),
        "Uniswap's packages are not installed: contracts/tools/setup brings them"
    );
    let home = Home::new("uniswap");
    let local = home.open(LocalConfig { uniswap: Some(packages), ..home.config() }).await.expect("deployed");
    let quotes = async |swap, amount| local.client.quote(swap, amount).await.map(|quote| quote.expect("a pool"));
    // A quarter of a dollar each, less the pool's three thousandths and what a hundred of a million move it.
    let sold = quotes(Swap::Sell, trvl(100)).await.expect("quoted");
    assert!((U256::from(24_920_000)..U256::from(24_926_000)).contains(&sold.amount_out), "{sold:?}");
    let bought = quotes(Swap::Buy, sold.amount_out).await.expect("quoted");
    assert!(bought.amount_out < trvl(100) && bought.amount_out > trvl(99), "{bought:?}");
    println!("100 TRVL give {} millionths of a dollar for {} gas", sold.amount_out, sold.gas);
    let token = TRVLToken::new(local.contracts.token, local.client.provider());
    let exit = token.hasRole(keccak256("EXIT_ROLE"), local.contracts.pool).call().await;
    assert!(exit.expect("asked"), "no pause keeps liquidity in");
    // The pool's average needs its window first.
    local.chain.pass(61);
    local.chain.mine(1).await.expect("mined");
    assert_eq!(local.client.price().await.map(|price| price.usd), Ok(U256::from(250_000_000_000_000_000_u64)));
    let apart = DevFeed::setCall { answer: alloy::primitives::I256::try_from(30_000_000).expect("small") };
    local.operator.call(local.contracts.feed, bytes(apart)).await.expect("set");
    let fault = local.client.price().await.expect_err("feed and pool disagree");
    assert!(matches!(fault, ChainFault::Refused(_)), "{fault}");
}
