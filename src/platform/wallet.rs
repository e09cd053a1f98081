//! What travellers earn: accounts, rewards that follow from bookings, and a chain that pays them. One task owns the machine of rewards; what a
//! booking earns follows from the bookings' table, so that nothing between a booking and its reward can be lost.

mod audit;
mod consents;
mod desk;
mod door;
mod friends;
mod policy;
mod teller;
mod words;

pub use audit::{Paid, Report};
pub use consents::NotTaken;
pub use door::{Challenge, Door, DoorError, Opened};
pub use friends::{Friends, NotBrought};

use crate::secret::Secret;
use crate::session::event::{Failure, News, Standing};
use crate::session::ports::Rewards;
use crate::session::ports::chain::{Balances, Chain, ChainFault, Policy};
use crate::store::{Account, Earned, StoreError, Wallet as Rows};
use agent::trip::Money;
use alloy_primitives::{Bytes, U256};
use desk::Desk;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use jiff::Timestamp;
use std::sync::Arc;
use teller::Teller;
use tokio::sync::{Notify, broadcast, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wallet::account::SignInConfig;
use wallet::account::terms::Terms;
use wallet::money::{Price, Wei};
use wallet::rules::Rules;
use wallet::settle::{SettleConfig, Stage};

/// News that a listener may be behind; beyond it the listener is told how the account stands.
const NEWS_MAX: usize = 1024;
/// Rewards of one account that are looked through for what is still to come.
const OPEN_MAX: i64 = 1000;

/// What an operator chooses.
#[derive(Clone, Debug)]
pub struct Config {
    /// What a booking earns.
    pub rules: Rules,
    /// What an amount in another currency is in cents of a US dollar, by the rates that the sample data's fares are made with.
    pub exchange: fn(Money) -> Option<i64>,
    /// Bookings of the built-in sample data earn, too: where TRVL is play money.
    pub samples: bool,
    /// The server pays for the claims of travellers with wallets of their own, too.
    pub sponsored: bool,
    /// How long an epoch is whose rewards are published under one root, in ms; 0 where each has a voucher.
    pub epoch_ms: u64,
    /// Blocks that must stand on a payment, itself included, before it counts.
    pub confirmations: u64,
    /// The API keys, by their ids, of who may see the operator's reports.
    pub operators: Vec<String>,
    /// How long an account's token is good, in seconds.
    pub token_s: i64,
    /// What a wallet's message must say.
    pub sign_in: SignInConfig,
    /// What travellers agree to.
    pub terms: Terms,
}

/// Why something of an account could not be said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WalletError {
    /// The chain.
    #[error(transparent)]
    Chain(#[from] ChainFault),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<WalletError> for Failure {
    fn from(error: WalletError) -> Self {
        Self::Broken { why: error.to_string() }
    }
}

/// The wallet of this server; clones share it.
#[derive(Clone)]
pub struct Wallet {
    rows: Rows,
    chain: Arc<dyn Chain>,
    config: Arc<Config>,
    door: Door,
    policy: watch::Receiver<Policy>,
    look: Arc<Notify>,
    news: broadcast::Sender<(String, News)>,
    clock: fn() -> Timestamp,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl std::fmt::Debug for Wallet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wallet(..)")
    }
}

impl Wallet {
    /// Takes up what the store holds and starts the tasks.
    ///
    /// # Errors
    /// The store's.
    pub async fn start(
        rows: Rows,
        chain: Arc<dyn Chain>,
        config: Config,
        clock: fn() -> Timestamp,
    ) -> Result<Self, StoreError> {
        let config = Arc::new(config);
        let (news, _) = broadcast::channel(NEWS_MAX);
        let (look, tasks, stop) = (Arc::new(Notify::new()), TaskTracker::new(), CancellationToken::new());
        let door = Door::open(rows.clone(), chain.clone(), config.clone(), clock, &tasks, stop.clone()).await?;
        let (tell, policy) = watch::channel(policy::first(chain.as_ref()).await);
        let wallet = Self { rows, chain, config, door, policy, look, news, clock, tasks, stop };
        wallet.tasks.spawn(policy::follow(wallet.clone(), tell, wallet.stop.clone()));
        let (told, tells) = mpsc::channel(teller::TOLD_MAX);
        wallet.tasks.spawn(Teller::new(wallet.clone()).run(tells, wallet.stop.clone()));
        let desk = Desk::open(wallet.clone(), told).await?;
        wallet.tasks.spawn(desk.run(wallet.look.clone(), wallet.stop.clone()));
        Ok(wallet)
    }

    /// Ends the tasks; what is under way is taken up at the next start.
    pub async fn close(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Takes the wallet's signature under a challenge, and brings to it what is kept for the account.
    ///
    /// # Errors
    /// See [`DoorError`].
    pub async fn link(&self, account: &Account, message: String, signature: Bytes) -> Result<Opened, DoorError> {
        let opened = self.door.signed(account, message, signature).await?;
        match self.linked(&opened.account).await {
            Ok(()) => Ok(opened),
            Err(WalletError::Chain(fault)) => Err(fault.into()),
            Err(WalletError::Store(error)) => Err(error.into()),
        }
    }

    /// Accounts and wallets.
    pub fn door(&self) -> &Door {
        &self.door
    }

    /// The chain.
    pub fn chain(&self) -> &Arc<dyn Chain> {
        &self.chain
    }

    /// What was chosen.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How an account stands.
    ///
    /// # Errors
    /// The chain's or the store's.
    pub async fn standing_of(&self, account: &Account) -> Result<Standing, WalletError> {
        let (at, kept) = self.holdings(account).await?;
        let rewards = self.rows.history(&account.id, Timestamp::MAX, OPEN_MAX).await?;
        let part = |earned: &Earned| self.part(earned).0;
        let sum = |of: &dyn Fn(Stage) -> bool| {
            let parts = rewards.iter().filter(|earned| of(earned.reward.stage)).map(part);
            parts.fold(Wei::ZERO, |sum, wei| sum.plus(wei).unwrap_or(sum))
        };
        Ok(Standing {
            account: account.id.clone(),
            own: account.own.is_some(),
            address: account.address().to_string(),
            balance: Wei(at.trvl.saturating_add(kept)),
            pending: sum(&|stage| matches!(stage, Stage::Earned | Stage::Issued | Stage::Claimed)),
            owing: sum(&|stage| stage == Stage::Owing),
            staked: Wei(at.staked),
            level: at.level,
            code: self.code(account).await?,
            last: rewards.first().map(|earned| words::earning(earned, self.part(earned))),
        })
    }

    /// The rewards of an account that were earned before a moment, newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn history(&self, account: &str, before: Timestamp, most: i64) -> Result<Vec<Earned>, WalletError> {
        Ok(self.rows.history(account, before, most).await?)
    }

    /// Holds the book against the chain.
    ///
    /// # Errors
    /// The chain's or the store's.
    pub async fn reconcile(&self) -> Result<Report, WalletError> {
        audit::reconcile(self).await
    }

    /// The traveller's part of a reward, and what it was earned for, in words.
    pub fn explained(&self, earned: &Earned) -> (Wei, String) {
        let part = self.part(earned);
        (part.0, words::earning(earned, part).why)
    }

    /// What lies at an account's address, and what lies at the one that is kept here when that is another.
    async fn holdings(&self, account: &Account) -> Result<(Balances, U256), WalletError> {
        let at = self.chain.balances(account.address()).await?;
        let kept = match account.own {
            Some(_) => self.chain.balances(account.custodial).await?.trvl,
            None => U256::ZERO,
        };
        Ok((at, kept))
    }

    fn settle_config(&self) -> SettleConfig {
        let about = self.chain.about();
        let usual = SettleConfig::new(about.place, about.issuer);
        let epochs = self.config.epoch_ms > 0;
        SettleConfig {
            rules: self.config.rules.clone(),
            confirmations: self.config.confirmations,
            epochs,
            epoch_ms: if epochs { self.config.epoch_ms } else { usual.epoch_ms },
            ..usual
        }
    }
}

/// A chain's price of TRVL as the rules take it, in cents of a US dollar; `None` for a price of nothing.
fn price_in_cents(usd: U256) -> Option<Price> {
    // So many cents buy 10^18 wei times them, times 10^16 over the price with its 18 decimals.
    const CENTS: u64 = 1_000_000;
    let wei = U256::from(CENTS) * U256::from(10_u128.pow(18)) * U256::from(10_u128.pow(16));
    (usd > U256::ZERO).then(|| Price { minor: CENTS, wei: Wei(wei / usd) })
}

impl Rewards for Wallet {
    fn account(&self, token: Secret) -> BoxFuture<'_, Result<Standing, Failure>> {
        Box::pin(async move {
            let found = self.rows.of_token(&token.0, (self.clock)()).await.map_err(WalletError::from)?;
            let account = found.ok_or_else(|| Failure::Refused {
                say: "This token opens no account: it has expired, or never did.".to_owned(),
            })?;
            Ok(self.standing_of(&account).await?)
        })
    }

    fn standing(&self, account: String) -> BoxFuture<'_, Result<Standing, Failure>> {
        Box::pin(async move {
            let found = self.rows.account(&account).await.map_err(WalletError::from)?;
            let account = found.ok_or_else(|| Failure::Broken { why: "the account is gone".to_owned() })?;
            Ok(self.standing_of(&account).await?)
        })
    }

    fn news(&self, account: String) -> BoxStream<'static, News> {
        let (wallet, news) = (self.clone(), self.news.subscribe());
        let next = move |(wallet, mut news, account): (Self, broadcast::Receiver<(String, News)>, String)| async move {
            loop {
                let one = match news.recv().await {
                    Ok((of, one)) if of == account => Some(one),
                    Ok(_) => None,
                    Err(broadcast::error::RecvError::Lagged(_)) => {
                        wallet.standing(account.clone()).await.ok().map(News::Standing)
                    }
                    Err(broadcast::error::RecvError::Closed) => return None,
                };
                if let Some(one) = one {
                    return Some((one, (wallet, news, account)));
                }
            }
        };
        stream::unfold((wallet, news, account), next).boxed()
    }

    fn look(&self) {
        self.look.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_in_dollars_buys_as_many_tokens_as_it_should() {
        let usd = |millis: u128| U256::from(millis * 10_u128.pow(15));
        let buys = |price: U256, cents: u64| price_in_cents(price).and_then(|price| price.buys(cents));
        // At 25 cents a token, ten dollars are forty tokens.
        assert_eq!(buys(usd(250), 1000), Some(Wei::from(40 * 10_u128.pow(18))));
        assert_eq!(buys(usd(1), 1), Some(Wei::from(10 * 10_u128.pow(18))));
        assert_eq!(buys(U256::ZERO, 1), None);
    }
}
