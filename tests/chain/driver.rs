//! The wallet's machine of rewards driven against a port, as a server drives it. It asserts nothing.

use alloy::primitives::Address;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use voxfare::session::ports::chain::{Batch, Chain, PlaceOnChain};
use wallet::ledger::Ledger;
use wallet::money::{Price, Wei};
use wallet::rules::Product;
use wallet::settle::{Booked, Input, Output, SettleConfig, Settlement, Stage, State};

/// One machine and its port.
pub(crate) struct Driver {
    pub(crate) settlement: Settlement,
    pub(crate) chain: Arc<dyn Chain>,
    pub(crate) place: Option<PlaceOnChain>,
    /// The newest stage of each booking.
    pub(crate) stages: BTreeMap<String, Stage>,
    /// The book.
    pub(crate) ledger: Ledger,
    /// How long each call of the chain took.
    pub(crate) calls: Vec<Duration>,
    began: Instant,
}

impl Driver {
    pub(crate) fn new(chain: Arc<dyn Chain>, confirmations: u64) -> Self {
        Self::restore(chain, confirmations, State::default(), None)
    }

    /// One that goes on where another stopped.
    pub(crate) fn restore(
        chain: Arc<dyn Chain>,
        confirmations: u64,
        state: State,
        place: Option<PlaceOnChain>,
    ) -> Self {
        let about = chain.about();
        let mut config = SettleConfig::new(about.place, about.issuer);
        config.confirmations = confirmations;
        // A node in the same process does not forget for long.
        config.resend_ms = 300;
        let stages = state.rewards.iter().map(|(key, reward)| (key.clone(), reward.stage)).collect();
        let settlement = Settlement::restore(config, state);
        Self { settlement, chain, place, stages, ledger: Ledger::default(), calls: Vec::new(), began: Instant::now() }
    }

    fn now_ms(&self) -> u64 {
        jiff::Timestamp::now().as_millisecond().unsigned_abs()
    }

    pub(crate) async fn input(&mut self, input: Input) {
        self.input_at(self.now_ms(), input).await;
    }

    async fn input_at(&mut self, now_ms: u64, input: Input) {
        self.settlement.handle(now_ms, input);
        while let Some(output) = self.settlement.poll() {
            let asks = !matches!(output, Output::Post(_) | Output::Tell { .. } | Output::Ended { .. });
            let began = Instant::now();
            let answer = self.act(output).await;
            if asks {
                self.calls.push(began.elapsed());
            }
            if let Some(answer) = answer {
                self.settlement.handle(self.now_ms(), answer);
            }
        }
    }

    async fn act(&mut self, output: Output) -> Option<Input> {
        let chain = Arc::clone(&self.chain);
        match output {
            Output::Post(entry) => {
                self.ledger.post(&entry).expect("it fits");
                None
            }
            Output::Tell { booking, stage } => {
                self.stages.insert(booking, stage);
                None
            }
            Output::Ended { .. } => None,
            Output::FindGoal { errand, changes, goal } => {
                Some(Input::GoalFound { errand, changes, progress: chain.missing(goal).await.ok()? })
            }
            Output::SignVoucher { booking, terms } => {
                let signature = chain.sign_voucher(terms).await.ok()?;
                Some(Input::VoucherSigned { booking, signature })
            }
            Output::SignTx { nonce, call, fees } => {
                let version = chain.sign_tx(nonce, call.clone(), fees, self.now_ms()).await.ok()?;
                Some(Input::TxSigned { nonce, call, version })
            }
            Output::Send { nonce, raw } => Some(Input::Sent { nonce, result: chain.send(raw).await }),
            Output::FindTx { nonce, hashes } => {
                Some(Input::TxFound { nonce, block: chain.find_tx(hashes).await.ok()? })
            }
            Output::FindRoom => Some(Input::RoomFound(Wei(chain.funds().await.ok()?.room()))),
            Output::FindBooking { booking, id } => {
                Some(Input::BookingFound { booking, state: chain.find_booking(id).await.ok()? })
            }
        }
    }

    pub(crate) async fn book(&mut self, booking: &str, traveller: Address) {
        self.book_at(self.now_ms(), booking, traveller).await;
    }

    /// Books at some moment, which is in the voucher.
    pub(crate) async fn book_at(&mut self, now_ms: u64, booking: &str, traveller: Address) {
        let booked = Booked {
            booking: booking.to_owned(),
            traveller,
            custodial: true,
            product: Product::Flight,
            total_minor: 50_000,
            level: 0,
            currency: "USD".to_owned(),
            price: Price { minor: 25, wei: Wei::from(1_000_000_000_000_000_000_u128) },
        };
        self.input_at(now_ms, Input::Booked(booked)).await;
    }

    /// Reads until the newest block that the port names.
    pub(crate) async fn catch_up(&mut self) {
        let head = self.chain.head().await.expect("a head").block;
        let newest = |driver: &Self| driver.place.as_ref().and_then(|place| place.blocks.back()).map(|read| read.block);
        self.until("caught up", |driver| newest(driver).is_some_and(|read| read == head || read.number > head.number))
            .await;
    }

    async fn heard(&mut self, batch: Batch) {
        for heard in &batch.logs {
            let (id, event) = (heard.log.id, heard.log.event);
            self.input(Input::Log { id, event, block: heard.block, removed: heard.removed }).await;
        }
        self.place = Some(batch.place);
        self.look().await;
    }

    /// Asks for the newest block.
    async fn look(&mut self) {
        if let Ok(head) = self.chain.head().await {
            let (number, time) = (head.block.number, head.time);
            self.input(Input::Head { number, time, base_fee: head.base_fee, count: head.count }).await;
        }
    }

    /// Goes on for a while.
    pub(crate) async fn wait(&mut self, ms: u64) {
        let end = Instant::now() + Duration::from_millis(ms);
        self.until("time", |_| Instant::now() >= end).await;
        self.look().await;
    }

    /// Goes on until a condition holds; how long that took.
    pub(crate) async fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) -> Duration {
        let began = Instant::now();
        while !done(self) {
            let lane = &self.settlement.state().lane;
            assert!(began.elapsed() < PATIENCE, "{what}: {:?} after {:?}, {lane:?}", self.stages, self.began.elapsed());
            let chain = Arc::clone(&self.chain);
            let mut events = chain.events(self.place.clone());
            // It is not dropped at a tick: what it has read by then would be read again.
            let batch = loop {
                match tokio::time::timeout(Duration::from_millis(20), &mut events).await {
                    Ok(batch) => break Some(batch),
                    Err(_) => self.input(Input::Tick).await,
                }
                if done(self) || began.elapsed() > PATIENCE {
                    break None;
                }
            };
            match batch {
                Some(Ok(batch)) => self.heard(batch).await,
                Some(Err(fault)) => panic!("{what}: {fault}"),
                None => {}
            }
        }
        began.elapsed()
    }

    /// What ninety-five of a hundred calls of the chain took at most.
    pub(crate) fn p95(&self) -> Duration {
        let mut calls = self.calls.clone();
        calls.sort();
        calls[(calls.len() * 95).div_ceil(100) - 1]
    }

    pub(crate) fn all(&self, stage: Stage) -> bool {
        self.stages.values().all(|found| *found == stage)
    }
}

const PATIENCE: Duration = Duration::from_secs(60);
