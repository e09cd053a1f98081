//! An embedded chain in a process of its own that is killed at any moment: what it answered for is there afterwards.

use crate::chain::embedded::Home;
use alloy::primitives::{B256, U256};
use alloy::providers::Provider as _;
use alloy::sol_types::SolCall as _;
use jiff::Timestamp;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use voxfare::providers::chain::bindings::DevUSDC;
use voxfare::providers::chain::local::{Local, LocalConfig};
use voxfare::store::Store;

/// Where the child finds its home; only the child has it.
const HOME: &str = "VOXFARE_TEST_CHAIN_HOME";

fn config(folder: &std::path::Path) -> LocalConfig {
    Home::config_in(folder)
}

async fn open(folder: &std::path::Path) -> Local {
    let url = format!("sqlite:{}", folder.join("store.db").display());
    let store = Store::open(&url).await.expect("a store");
    Local::open(config(folder), std::sync::Arc::new(store.chains()), Timestamp::now).await.expect("opened")
}

/// The child's life: it mints a dollar at a time, and says each hash that was answered for.
#[tokio::test(flavor = "multi_thread")]
async fn child() {
    let Ok(folder) = std::env::var(HOME) else { return };
    let local = open(std::path::Path::new(&folder)).await;
    println!("answered {}", B256::ZERO);
    for _ in 0..10_000 {
        let mint = DevUSDC::mintCall { to: local.people.guardian, amount: U256::from(1) };
        let signed = local.operator.sign(local.contracts.usdc, mint.abi_encode().into()).await.expect("signed");
        let sent = local.client.provider().send_raw_transaction(&signed.raw).await.expect("answered");
        println!("answered {}", sent.tx_hash());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_moment_loses_nothing_that_was_answered_for() {
    let home = Home::new("killed");
    let mut answered: Vec<B256> = Vec::new();
    for round in 0..6_usize {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["chain::killed::child", "--exact", "--nocapture", "--test-threads", "1"]);
        let mut child =
            command.env(HOME, home.folder()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        // The kill comes after another number of answers each time, while the next one is on its way.
        let enough = answered.len() + 5 + 7 * round;
        while let Some(Ok(line)) = lines.next() {
            let hash = line.split("answered ").nth(1).and_then(|hash| hash.trim().parse::<B256>().ok());
            answered.extend(hash.filter(|hash| !hash.is_zero()));
            if answered.len() >= enough {
                child.kill().expect("killed");
            }
        }
        child.wait().expect("it is gone");
        assert!(answered.len() >= enough, "the child stopped by itself after {} answers", answered.len());
        let local = open(home.folder()).await;
        let provider = local.client.provider();
        for hash in &answered {
            let receipt = provider.get_transaction_receipt(*hash).await.expect("asked");
            assert!(receipt.is_some_and(|receipt| receipt.status()), "{hash} is gone after round {round}");
        }
        let usdc = DevUSDC::new(local.contracts.usdc, provider);
        let minted = usdc.balanceOf(local.people.guardian).call().await.expect("asked");
        assert!(minted >= U256::from(answered.len()) && minted <= U256::from(answered.len() + round + 1), "{minted}");
    }
    println!("{} answers through 6 kills", answered.len());
}
