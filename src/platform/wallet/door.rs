//! Accounts and the wallets that are linked to them: makes tokens and nonces, hands signatures to the machine of signing in, and stores what it
//! says before anybody is answered.

use crate::keys::random;
use crate::platform::wallet::Config;
use crate::session::ports::chain::{Chain, ChainFault};
use crate::store::{Account, Link, Step, StoreError, Wallet as Rows};
use alloy_primitives::{Address, Bytes};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wallet::account::consent::{Consents, Way};
use wallet::account::terms::{Agreeing, NotAgreed, TO_JOIN, Terms};
use wallet::account::{Input, Linked, Output, Refusal, SignIn, SignInState};

/// Requests that may wait.
const ASKED_MAX: usize = 64;
/// Every account's name begins so, and every token.
const ACCOUNT_PREFIX: &str = "acct_";
const TOKEN_PREFIX: &str = "vfa_";
/// Random letters and digits of a name, a token, a nonce.
const ACCOUNT_LETTERS: usize = 22;
const TOKEN_LETTERS: usize = 43;
const NONCE_LETTERS: usize = 22;
/// Where open challenges are kept.
const CHALLENGES: &str = "challenges";
/// How often time passes for the machine.
const TICK: Duration = Duration::from_secs(5);

/// Why somebody was not let through.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DoorError {
    /// The wallet was not shown to be theirs.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A text was not agreed to.
    #[error(transparent)]
    NotAgreed(#[from] NotAgreed),
    /// The token opens no account.
    #[error("the token opens no account: it has expired, or never did")]
    NoAccount,
    /// The chain.
    #[error(transparent)]
    Chain(#[from] ChainFault),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Too much is being asked, or the server stops.
    #[error("too many wallets are being linked at this moment: try again")]
    Busy,
}

/// What opens an account, and until when.
#[derive(Clone)]
pub struct Opened {
    /// The account.
    pub account: Account,
    /// The token.
    pub token: String,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// A challenge for a wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// The nonce.
    pub nonce: String,
    /// The whole message, if the wallet was named.
    pub message: Option<String>,
    /// When it lapses.
    pub expires_at: Timestamp,
}

enum Ask {
    Begin { account: String, wallet: Option<(Address, u64)>, answer: oneshot::Sender<Result<Challenge, DoorError>> },
    Signed { account: String, message: String, signature: Bytes, answer: oneshot::Sender<Result<Linked, DoorError>> },
    Called { input: Input },
}

/// The door; clones share it.
#[derive(Clone)]
pub struct Door {
    rows: Rows,
    chain: Arc<dyn Chain>,
    token_s: i64,
    terms: Terms,
    clock: fn() -> Timestamp,
    asks: mpsc::Sender<Ask>,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Door(..)")
    }
}

impl Door {
    /// Takes up open challenges and starts the task.
    pub(super) async fn open(
        rows: Rows,
        chain: Arc<dyn Chain>,
        config: Arc<Config>,
        clock: fn() -> Timestamp,
        tasks: &TaskTracker,
        stop: CancellationToken,
    ) -> Result<Self, StoreError> {
        let kept = rows.kept(CHALLENGES).await?;
        // Challenges that cannot be read are asked for again by who needs them.
        let state: SignInState = kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let machine = SignIn::restore(config.sign_in.clone(), state);
        let (asks, asked) = mpsc::channel(ASKED_MAX);
        let keeper = Keeper {
            rows: rows.clone(),
            chain: chain.clone(),
            clock,
            machine,
            challenge_ms: config.sign_in.challenge_ms,
            waiting: BTreeMap::new(),
            asks: asks.downgrade(),
            tasks: tasks.clone(),
        };
        tasks.spawn(keeper.run(asked, stop));
        Ok(Self { rows, chain, token_s: config.token_s, terms: config.terms, clock, asks })
    }

    /// A new account, whose rewards go to an address that is kept here, of somebody who agrees to that.
    ///
    /// # Errors
    /// `NotAgreed`, and nothing is kept; the chain's or the store's.
    pub async fn join(&self, said: &Agreeing) -> Result<Opened, DoorError> {
        let now = (self.clock)();
        let now_ms = u64::try_from(now.as_millisecond()).unwrap_or_default();
        let agreed = self.terms.take(said, &Consents::default(), &TO_JOIN, Way::Clicked, now_ms)?;
        let id = format!("{ACCOUNT_PREFIX}{}", random(ACCOUNT_LETTERS));
        let custodial = self.chain.custodial(id.clone()).await?;
        let account = Account { id, custodial, own: None };
        self.rows.add(&account, &agreed, now).await?;
        self.opened(account).await
    }

    /// The account that a token opens.
    ///
    /// # Errors
    /// `NoAccount`; the store's.
    pub async fn account(&self, token: &str) -> Result<Account, DoorError> {
        self.rows.of_token(token, (self.clock)()).await?.ok_or(DoorError::NoAccount)
    }

    /// A challenge for a wallet that is to be linked to an account.
    ///
    /// # Errors
    /// See [`DoorError`].
    pub async fn challenge(&self, account: &str, wallet: Option<(Address, u64)>) -> Result<Challenge, DoorError> {
        let (answer, answered) = oneshot::channel();
        let ask = Ask::Begin { account: account.to_owned(), wallet, answer };
        self.asks.try_send(ask).map_err(|_| DoorError::Busy)?;
        answered.await.map_err(|_| DoorError::Busy)?
    }

    /// Links the wallet that signed to the account, and opens it. A wallet that has an account already opens that one: it is the same person.
    ///
    /// # Errors
    /// See [`DoorError`].
    pub async fn signed(&self, account: &Account, message: String, signature: Bytes) -> Result<Opened, DoorError> {
        let (answer, answered) = oneshot::channel();
        let ask = Ask::Signed { account: account.id.clone(), message, signature, answer };
        self.asks.try_send(ask).map_err(|_| DoorError::Busy)?;
        let linked = answered.await.map_err(|_| DoorError::Busy)??;
        let id = match self.rows.link(&account.id, &linked).await? {
            Link::Done => account.id.clone(),
            Link::Taken(other) => {
                // What they agreed to on their way in counts for the account that they come into.
                let (here, there) = (self.rows.consents(&account.id).await?, self.rows.consents(&other).await?);
                self.rows.agree(&other, &here.beyond(&there).cloned().collect::<Vec<_>>()).await?;
                other
            }
        };
        let account = self.rows.account(&id).await?.ok_or(DoorError::NoAccount)?;
        self.opened(account).await
    }

    async fn opened(&self, account: Account) -> Result<Opened, DoorError> {
        let now = (self.clock)();
        let expires_at = now.checked_add(SignedDuration::from_secs(self.token_s)).unwrap_or(Timestamp::MAX);
        let token = format!("{TOKEN_PREFIX}{}", random(TOKEN_LETTERS));
        self.rows.open(&account.id, &token, expires_at, now).await?;
        Ok(Opened { account, token, expires_at })
    }
}

/// The task behind the door.
struct Keeper {
    rows: Rows,
    chain: Arc<dyn Chain>,
    clock: fn() -> Timestamp,
    machine: SignIn,
    challenge_ms: u64,
    /// Who waits for a signature to be judged, by account.
    waiting: BTreeMap<String, Vec<oneshot::Sender<Result<Linked, DoorError>>>>,
    asks: mpsc::WeakSender<Ask>,
    tasks: TaskTracker,
}

impl Keeper {
    async fn run(mut self, mut asked: mpsc::Receiver<Ask>, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                ask = asked.recv() => match ask {
                    Some(ask) => self.take(ask).await,
                    None => return,
                },
                _ = ticks.tick() => self.step(Input::Tick, &mut None).await,
            }
        }
    }

    async fn take(&mut self, ask: Ask) {
        match ask {
            Ask::Begin { account, wallet, answer } => {
                let nonce = random(NONCE_LETTERS);
                self.step(Input::Begin { account, nonce, wallet }, &mut Some(answer)).await;
            }
            Ask::Signed { account, message, signature, answer } => {
                self.waiting.entry(account.clone()).or_default().push(answer);
                self.step(Input::Signed { account, message, signature }, &mut None).await;
            }
            Ask::Called { input } => self.step(input, &mut None).await,
        }
    }

    /// One step of the machine: stored first, for a nonce that was answered must never be open again.
    async fn step(&mut self, input: Input, begun: &mut Option<oneshot::Sender<Result<Challenge, DoorError>>>) {
        let now = (self.clock)();
        let now_ms = u64::try_from(now.as_millisecond()).unwrap_or_default();
        let before = self.machine.state().clone();
        self.machine.handle(now_ms, input);
        let stored = if *self.machine.state() == before {
            Ok(())
        } else {
            let text = serde_json::to_string(self.machine.state()).expect("challenges are plain data");
            let kept = vec![(CHALLENGES.to_owned(), text)];
            self.rows.keep(&Step { at_ms: now.as_millisecond(), kept, ..Step::default() }).await
        };
        while let Some(output) = self.machine.poll() {
            let output = match &stored {
                Ok(()) => Ok(output),
                Err(error) => Err((output, DoorError::from(error.clone()))),
            };
            self.answer(now, output, begun);
        }
    }

    fn answer(
        &mut self,
        now: Timestamp,
        output: Result<Output, (Output, DoorError)>,
        begun: &mut Option<oneshot::Sender<Result<Challenge, DoorError>>>,
    ) {
        // Who asked may have gone: then nobody is told.
        match output {
            Ok(Output::Challenge { nonce, message, .. }) => {
                let life = SignedDuration::from_millis(i64::try_from(self.challenge_ms).unwrap_or(i64::MAX));
                let expires_at = now.checked_add(life).unwrap_or(Timestamp::MAX);
                drop(begun.take().map(|answer| answer.send(Ok(Challenge { nonce, message, expires_at }))));
            }
            Ok(Output::Linked { account, wallet }) => self.judged(&account, Ok(wallet)),
            Ok(Output::Refused { account, why }) => match begun.take() {
                Some(answer) => drop(answer.send(Err(why.into()))),
                None => self.judged(&account, Err(why.into())),
            },
            Ok(Output::Call { nonce, call, .. }) => self.call(nonce, call),
            Err((Output::Linked { account, .. } | Output::Refused { account, .. }, error)) => match begun.take() {
                Some(answer) => drop(answer.send(Err(error))),
                None => self.judged(&account, Err(error)),
            },
            Err((Output::Challenge { .. } | Output::Call { .. }, error)) => {
                drop(begun.take().map(|answer| answer.send(Err(error))));
            }
        }
    }

    /// One who waits for this account's signature is told, the first who asked.
    fn judged(&mut self, account: &str, verdict: Result<Linked, DoorError>) {
        let Some(waiting) = self.waiting.get_mut(account) else { return };
        if !waiting.is_empty() {
            drop(waiting.remove(0).send(verdict));
        }
        if waiting.is_empty() {
            self.waiting.remove(account);
        }
    }

    fn call(&self, nonce: String, call: wallet::account::signature::EthCall) {
        let (chain, asks) = (self.chain.clone(), self.asks.clone());
        self.tasks.spawn(async move {
            let called = chain.call(call).await;
            if let Some(asks) = asks.upgrade() {
                // It fails when the server stops: who waits is told so by the closed door.
                let _ = asks.send(Ask::Called { input: Input::Called { nonce, called } }).await;
            }
        });
    }
}
