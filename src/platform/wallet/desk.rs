//! The task that owns the machine of rewards: what reaches it is stored with all that follows from it, and only then is anything done. It decides
//! nothing about a reward.

use crate::keys::random;
use crate::platform::wallet::teller::Tell;
use crate::platform::wallet::{Wallet, WalletError, price_in_cents};
use crate::session::ports::chain::{Batch, ChainFault, Head, PlaceOnChain};
use crate::store::{Step, StoreError};
use agent::trip::{Booking, Item, Source};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use wallet::account::terms::Due;
use wallet::money::Wei;
use wallet::rules::Product;
use wallet::settle::{Booked, Goal, Input, Output, Settlement, State, Unsent};

/// Answers that may wait for the task: more than the machine has open at once.
const ANSWERS_MAX: usize = 256;
/// Answers that are stored in one step.
const STEP_MAX: usize = 64;
/// Bookings that are looked at in one go.
const LOOK_MAX: i64 = 64;
/// Under which name it is kept where a database's rewards are.
const HOME: &str = "home";
/// How often time passes for the machine, and other servers' bookings are looked for.
const TICK: Duration = Duration::from_secs(1);
/// How long a chain or a store that failed is left alone.
const PAUSE: Duration = Duration::from_secs(2);
/// How long this server leads without saying so again; another one waits as long before it takes over.
const TERM: SignedDuration = SignedDuration::from_secs(10);
/// Random letters and digits by which servers tell themselves apart.
const HOLDER_LETTERS: usize = 22;
/// How long an errand that has ended is looked after, for a reorganisation may take it back.
const ENDED_KEPT: SignedDuration = SignedDuration::from_hours(24);
/// Longest wait for a chain's answer; the machine asks again.
const ASK_WITHIN: Duration = Duration::from_secs(20);

/// What reaches the task.
enum Answer {
    /// Of something the machine wanted.
    Input(Input),
    /// The newest block.
    Head(Head),
    /// What a look came to.
    Looked(Looked),
    /// Nothing came of it: it is wanted again by and by.
    Failed(Asked),
}

/// What is asked by the task itself, each once at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Head,
    Look,
    /// By the machine, which asks again by itself.
    Else,
}

/// The task.
pub(super) struct Desk {
    wallet: Wallet,
    machine: Settlement,
    place: Option<PlaceOnChain>,
    /// The lane as it was stored.
    lane: String,
    told: mpsc::Sender<Tell>,
    /// By this the store tells this server from others on the same database.
    holder: String,
    leads: bool,
    heading: bool,
    looking: bool,
    /// Bookings up to here were looked at; those that still have no reward have their turn again after the last one.
    looked: (Timestamp, String),
}

impl Desk {
    /// Takes up what the store holds.
    pub(super) async fn open(wallet: Wallet, told: mpsc::Sender<Tell>) -> Result<Self, StoreError> {
        let machine = Settlement::restore(wallet.settle_config(), State::default());
        let mut desk = Self {
            wallet,
            machine,
            place: None,
            lane: String::new(),
            told,
            holder: random(HOLDER_LETTERS),
            leads: false,
            heading: false,
            looking: false,
            looked: start(),
        };
        desk.settle_here().await?;
        desk.lead().await;
        desk.restore().await?;
        Ok(desk)
    }

    /// The rewards in a database are of one chain and its contract: vouchers and nonces are good nowhere else.
    async fn settle_here(&self) -> Result<(), StoreError> {
        let place = self.wallet.chain.about().place;
        let here = format!("chain {}, distributor {}", place.chain_id, place.distributor);
        match self.wallet.rows.kept(HOME).await? {
            Some(there) if there != here => Err(StoreError::Elsewhere { there, here }),
            Some(_) => Ok(()),
            None => {
                let kept = vec![(HOME.to_owned(), here)];
                self.wallet.rows.keep(&Step { kept, ..Step::default() }).await
            }
        }
    }

    /// Leads from now on, or still, unless another server does.
    async fn lead(&mut self) {
        let now = (self.wallet.clock)();
        let led = std::mem::replace(&mut self.leads, false);
        match self.wallet.rows.lead(&self.holder, now, TERM).await {
            Ok(leads) => self.leads = leads,
            Err(error) => tracing::warn!(%error, "whether this server pays rewards cannot be told"),
        }
        if led && !self.leads {
            tracing::warn!("another server on this database pays rewards now");
        }
    }

    /// As it was stored: also after a step that could not be.
    async fn restore(&mut self) -> Result<(), StoreError> {
        let rewards = self.wallet.rows.rewards().await?;
        let rewards = rewards.into_iter().map(|(key, (_, reward))| (key, reward)).collect();
        let since = (self.wallet.clock)().checked_sub(ENDED_KEPT).unwrap_or(Timestamp::UNIX_EPOCH);
        let errands = self.wallet.rows.errands(since).await?;
        self.lane = self.wallet.rows.kept(&self.name("lane")).await?.unwrap_or_default();
        let corrupt = |_| StoreError::Corrupt("the wallet's nonces or place".to_owned());
        let lane = match self.lane.as_str() {
            "" => State::default().lane,
            text => serde_json::from_str(text).map_err(corrupt)?,
        };
        let place = self.wallet.rows.kept(&self.name("place")).await?;
        self.place = place.as_deref().map(serde_json::from_str).transpose().map_err(corrupt)?;
        self.machine = Settlement::restore(self.wallet.settle_config(), State { rewards, errands, lane });
        Ok(())
    }

    /// What there is one of for each chain.
    fn name(&self, what: &str) -> String {
        format!("{what}:{}", self.wallet.chain.about().place.chain_id)
    }

    /// Runs until the wallet is closed.
    pub(super) async fn run(mut self, look: Arc<Notify>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if self.leads {
                self.pays(&look, &stop).await;
            } else {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(PAUSE) => self.takes_over().await,
                }
            }
        }
        if self.leads
            && let Err(error) = self.wallet.rows.yields(&self.holder).await
        {
            tracing::warn!(%error, "another server has to wait before it pays rewards");
        }
    }

    /// Leads, and goes on where the other server was, if that is gone.
    async fn takes_over(&mut self) {
        self.lead().await;
        if !self.leads {
            return;
        }
        tracing::info!("this server pays rewards from now on");
        if let Err(error) = self.restore().await {
            tracing::error!(%error, "the wallet's state could not be read");
            self.leads = false;
        }
    }

    /// Pays until the wallet is closed, or another server does.
    async fn pays(&mut self, look: &Notify, stop: &CancellationToken) {
        let (answers, mut answered) = mpsc::channel(ANSWERS_MAX);
        (self.heading, self.looking) = (false, false);
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut events = Box::pin(listen(self.wallet.clone(), self.place.clone(), Duration::ZERO));
        while self.leads {
            tokio::select! {
                () = stop.cancelled() => return,
                answer = answered.recv() => {
                    let Some(first) = answer else { return };
                    let mut all = vec![first];
                    while let Some(next) = (all.len() < STEP_MAX).then(|| answered.try_recv().ok()).flatten() {
                        all.push(next);
                    }
                    self.take(all, &answers).await;
                }
                batch = &mut events => {
                    let pause = match batch {
                        Ok(batch) => self.heard(batch, &answers).await,
                        Err(error) => {
                            tracing::warn!(%error, "the chain cannot be listened to");
                            PAUSE
                        }
                    };
                    events.set(listen(self.wallet.clone(), self.place.clone(), pause));
                    self.head(&answers);
                }
                () = look.notified() => self.look(&answers),
                _ = ticks.tick() => {
                    self.lead().await;
                    self.look(&answers);
                    self.head(&answers);
                    self.step(vec![Input::Tick], &BTreeMap::new(), None, &answers).await;
                }
            }
        }
    }

    /// Logs, with the place where they were read: stored in the same step, or the next start would read on without them.
    async fn heard(&mut self, batch: Batch, answers: &mpsc::Sender<Answer>) -> Duration {
        let logs = batch.logs.into_iter().map(|heard| Input::Log {
            id: heard.log.id,
            event: heard.log.event,
            block: heard.block,
            removed: heard.removed,
        });
        let kept = self.step(logs.collect(), &BTreeMap::new(), Some(batch.place), answers).await;
        if kept { Duration::ZERO } else { PAUSE }
    }

    async fn take(&mut self, all: Vec<Answer>, answers: &mpsc::Sender<Answer>) {
        let (mut inputs, mut accounts, mut more) = (Vec::new(), BTreeMap::new(), false);
        for answer in all {
            match answer {
                Answer::Input(input) => inputs.push(input),
                Answer::Head(Head { block, time, base_fee, count }) => {
                    self.heading = false;
                    inputs.push(Input::Head { number: block.number, time, base_fee, count });
                }
                Answer::Looked(Looked { booked, cancelled, wanted, next, again }) => {
                    self.looking = false;
                    self.looked = next;
                    more |= again;
                    accounts.extend(booked.iter().map(|(booked, account)| (booked.booking.clone(), account.clone())));
                    inputs.extend(booked.into_iter().map(|(booked, _)| Input::Booked(booked)));
                    inputs.extend(cancelled.into_iter().map(|booking| Input::Cancelled { booking }));
                    inputs.extend(wanted.into_iter().map(|(errand, goal)| Input::Wanted { errand, goal }));
                }
                Answer::Failed(Asked::Head) => self.heading = false,
                Answer::Failed(Asked::Look) => self.looking = false,
                Answer::Failed(Asked::Else) => {}
            }
        }
        self.step(inputs, &accounts, None, answers).await;
        if more {
            self.look(answers);
        }
    }

    /// Hands inputs to the machine and stores all that follows; only then is it done. False when it could not be stored: nothing has happened
    /// then, and the machine is as it was.
    async fn step(
        &mut self,
        inputs: Vec<Input>,
        accounts: &BTreeMap<String, String>,
        place: Option<PlaceOnChain>,
        answers: &mpsc::Sender<Answer>,
    ) -> bool {
        let now = (self.wallet.clock)();
        let now_ms = u64::try_from(now.as_millisecond()).unwrap_or_default();
        let mut begun = BTreeSet::new();
        for input in inputs {
            if let Input::Wanted { errand, .. } = &input {
                begun.insert(errand.clone());
            }
            self.machine.handle(now_ms, input);
        }
        let (mut step, mut todo, mut told) = (
            Step { at_ms: now.as_millisecond(), holder: Some(self.holder.clone()), ..Step::default() },
            Vec::new(),
            Vec::new(),
        );
        while let Some(output) = self.machine.poll() {
            match output {
                Output::Post(entry) => step.entries.push(entry),
                Output::Tell { booking, stage } => told.push(Tell::Reward(booking, stage)),
                Output::Ended { errand, standing } => told.push(Tell::Errand(errand, standing)),
                other => todo.push(other),
            }
        }
        for key in self.machine.changed() {
            if let Some(reward) = self.machine.state().rewards.get(&key) {
                step.rewards.push((key.clone(), accounts.get(&key).cloned(), reward.clone()));
            }
        }
        for key in self.machine.changed_errands() {
            if let Some(errand) = self.machine.state().errands.get(&key) {
                step.errands.push((key.clone(), errand.clone(), begun.contains(&key)));
            }
        }
        let lane = serde_json::to_string(&self.machine.state().lane).expect("nonces are plain data");
        if lane != self.lane {
            step.kept.push((self.name("lane"), lane.clone()));
        }
        if let Some(place) = &place {
            let text = serde_json::to_string(place).expect("a place is plain data");
            step.kept.push((self.name("place"), text));
        }
        let empty =
            step.rewards.is_empty() && step.errands.is_empty() && step.entries.is_empty() && step.kept.is_empty();
        if !empty && let Err(error) = self.wallet.rows.keep(&step).await {
            if error == StoreError::Lost {
                tracing::warn!("another server on this database pays rewards now");
                self.leads = false;
                return false;
            }
            tracing::error!(%error, "a step of the wallet could not be stored; it is taken again");
            tokio::time::sleep(PAUSE).await;
            if let Err(error) = self.restore().await {
                tracing::error!(%error, "the wallet's state could not be read");
            }
            return false;
        }
        self.lane = lane;
        self.place = place.or(self.place.take());
        for tell in told {
            tell.count();
            // Who is not told asks how the account stands.
            let _ = self.told.try_send(tell);
        }
        todo.into_iter().for_each(|output| self.act(output, answers));
        true
    }

    /// Asks the chain for what the machine wants.
    fn act(&self, output: Output, answers: &mpsc::Sender<Answer>) {
        let (wallet, answers) = (self.wallet.clone(), answers.clone());
        self.wallet.tasks.spawn(async move {
            let answer = match tokio::time::timeout(ASK_WITHIN, done(&wallet, output)).await {
                Ok(Ok(input)) => Answer::Input(input),
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the chain did not do what a reward needs; it is asked again");
                    Answer::Failed(Asked::Else)
                }
                Err(_) => Answer::Failed(Asked::Else),
            };
            send(&wallet, &answers, answer).await;
        });
    }

    /// Asks for the newest block, unless that is being asked.
    fn head(&mut self, answers: &mpsc::Sender<Answer>) {
        if std::mem::replace(&mut self.heading, true) {
            return;
        }
        let (wallet, answers) = (self.wallet.clone(), answers.clone());
        self.wallet.tasks.spawn(async move {
            let head = tokio::time::timeout(ASK_WITHIN, wallet.chain.head()).await;
            let answer = head.ok().and_then(Result::ok).map_or(Answer::Failed(Asked::Head), Answer::Head);
            send(&wallet, &answers, answer).await;
        });
    }

    /// Looks for bookings that have no reward, and for cancelled ones whose rewards do not know, unless that is being done.
    fn look(&mut self, answers: &mpsc::Sender<Answer>) {
        if std::mem::replace(&mut self.looking, true) {
            return;
        }
        let (wallet, answers, after) = (self.wallet.clone(), answers.clone(), self.looked.clone());
        self.wallet.tasks.spawn(async move {
            let answer = match tokio::time::timeout(ASK_WITHIN, looked(&wallet, &after)).await {
                Ok(Ok(looked)) => Answer::Looked(looked),
                Ok(Err(error)) => {
                    tracing::warn!(%error, "bookings wait for their rewards");
                    Answer::Failed(Asked::Look)
                }
                Err(_) => Answer::Failed(Asked::Look),
            };
            send(&wallet, &answers, answer).await;
        });
    }
}

/// A closed wallet has no use for answers, and its queue is read no more.
async fn send(wallet: &Wallet, answers: &mpsc::Sender<Answer>, answer: Answer) {
    tokio::select! {
        () = wallet.stop.cancelled() => {}
        _ = answers.send(answer) => {}
    }
}

/// What the chain is after a place, once it is another one.
async fn listen(wallet: Wallet, place: Option<PlaceOnChain>, pause: Duration) -> Result<Batch, ChainFault> {
    tokio::time::sleep(pause).await;
    wallet.chain.events(place).await
}

/// What came of something the machine wants.
async fn done(wallet: &Wallet, output: Output) -> Result<Input, ChainFault> {
    let chain = &wallet.chain;
    Ok(match output {
        Output::SignVoucher { booking, terms } => {
            Input::VoucherSigned { booking, signature: chain.sign_voucher(terms).await? }
        }
        Output::SignTx { nonce, call, fees } => {
            let at_ms = u64::try_from((wallet.clock)().as_millisecond()).unwrap_or_default();
            let version = chain.sign_tx(nonce, call.clone(), fees, at_ms).await?;
            Input::TxSigned { nonce, call, version }
        }
        Output::Send { nonce, raw } => {
            // No answer within our patience is no answer: the machine looks before it does anything else.
            let sent = tokio::time::timeout(ASK_WITHIN / 2, chain.send(raw)).await;
            Input::Sent { nonce, result: sent.unwrap_or(Err(Unsent::Unknown)) }
        }
        Output::FindTx { nonce, hashes } => Input::TxFound { nonce, block: chain.find_tx(hashes).await? },
        Output::FindGoal { errand, changes, goal } => {
            Input::GoalFound { errand, changes, progress: chain.missing(goal).await? }
        }
        Output::FindRoom => Input::RoomFound(Wei(chain.funds().await?.room())),
        Output::FindBooking { booking, id } => Input::BookingFound { booking, state: chain.find_booking(id).await? },
        // They are stored and told in the step itself.
        Output::Post(_) | Output::Tell { .. } | Output::Ended { .. } => Input::Tick,
    })
}

/// What a look came to.
struct Looked {
    /// New bookings with their accounts.
    booked: Vec<(Booked, String)>,
    /// Cancelled ones whose rewards do not know.
    cancelled: Vec<String>,
    /// What is wanted besides.
    wanted: Vec<(String, Goal)>,
    /// Where the next look begins.
    next: (Timestamp, String),
    /// There may be more.
    again: bool,
}

/// Before every booking.
fn start() -> (Timestamp, String) {
    (Timestamp::UNIX_EPOCH, String::new())
}

async fn looked(wallet: &Wallet, after: &(Timestamp, String)) -> Result<Looked, WalletError> {
    let bookings = wallet.rows.unrewarded(after, wallet.config.terms.rewards.edition.version, LOOK_MAX).await?;
    let cancelled = wallet.rows.uncancelled(LOOK_MAX).await?;
    wallet.verify(LOOK_MAX).await?;
    let wanted = wallet.rows.asked(LOOK_MAX).await?;
    let mut booked = Vec::new();
    for booking in &bookings {
        // One that cannot be priced, or is not agreed to, waits, and holds up no other.
        match earns(wallet, booking).await {
            Ok(Some(one)) => booked.push(one),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "a booking waits for its reward"),
        }
    }
    let most = LOOK_MAX as usize;
    let full = bookings.len() == most;
    let last = bookings.last().filter(|_| full);
    let next = last.map_or_else(start, |booking| (booking.made_at, booking.order.key.0.clone()));
    Ok(Looked { booked, again: full || cancelled.len() == most, cancelled, wanted, next })
}

/// A booking as the rules take it, with its account; `None` for one that has no price in TRVL, or is not agreed to.
async fn earns(wallet: &Wallet, booking: &Booking) -> Result<Option<(Booked, String)>, WalletError> {
    let Some(id) = booking.order.account.clone() else { return Ok(None) };
    // Nobody was paid a commission for what is not for sale.
    if booking.order.item.source() == Source::Synthetic && !wallet.config.samples {
        return Ok(None);
    }
    let Some(account) = wallet.rows.account(&id).await? else { return Ok(None) };
    if wallet.due(&account, booking.made_at).await? != Due::Now {
        return Ok(None);
    }
    let Some(cents) = us_cents(wallet, &booking.order.item) else { return Ok(None) };
    let Some(price) = price_in_cents(wallet.chain.price().await?.usd) else { return Ok(None) };
    let level = wallet.chain.balances(account.address()).await?.level;
    let product = match booking.order.item {
        Item::Flight { .. } => Product::Flight,
        Item::Hotel { .. } => Product::Hotel,
    };
    let booked = Booked {
        booking: booking.order.key.0.clone(),
        traveller: account.address(),
        custodial: account.own.is_none() || wallet.config.sponsored,
        product,
        total_minor: u64::try_from(cents).unwrap_or_default(),
        level,
        currency: "USD".to_owned(),
        price,
    };
    Ok(Some((booked, id)))
}

/// A booking's price in cents of a US dollar, in which commissions and their bounds are; `None` where no rate is known.
fn us_cents(wallet: &Wallet, item: &Item) -> Option<i64> {
    let total = item.total();
    if total.currency.as_str() == "USD" {
        return Some(total.minor);
    }
    // The sample data's rates stand still, as its fares do; what is really sold needs those of its day.
    let known = (item.source() == Source::Synthetic).then(|| (wallet.config.exchange)(total)).flatten();
    if known.is_none() {
        let currency = total.currency.as_str();
        tracing::warn!(currency, "there is no rate for this currency; the reward waits");
    }
    known
}
