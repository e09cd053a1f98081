//! Tells who listens what became of rewards, in the order in which it became so. It decides nothing and keeps nothing.

use crate::platform::wallet::{Wallet, words};
use crate::session::event::News;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use wallet::settle::{Stage, Standing};

/// What may wait to be told; beyond it, it is not told: whoever asks is told how the account stands.
pub(super) const TOLD_MAX: usize = 4096;

/// What became so.
pub(super) enum Tell {
    /// A booking's reward reached a stage.
    Reward(String, Stage),
    /// An errand came to its end.
    Errand(String, Standing),
}

impl Tell {
    pub(super) fn count(&self) {
        match self {
            Self::Reward(_, stage) => {
                metrics::counter!("voxfare_rewards_total", "stage" => stage.label()).increment(1);
            }
            Self::Errand(errand, standing) => {
                // The part before the first colon is of a few fixed words; what follows names somebody.
                let word = errand.split(':').next().unwrap_or_default().to_owned();
                metrics::counter!("voxfare_errands_total", "errand" => word, "end" => standing.label()).increment(1);
            }
        }
    }
}

/// The task.
pub(super) struct Teller {
    wallet: Wallet,
}

impl Teller {
    pub(super) fn new(wallet: Wallet) -> Self {
        Self { wallet }
    }

    /// Tells until the wallet is closed.
    pub(super) async fn run(self, mut tells: mpsc::Receiver<Tell>, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                tell = tells.recv() => match tell {
                    Some(Tell::Reward(booking, stage)) => self.tell(&booking, stage).await,
                    Some(Tell::Errand(errand, standing)) => self.ended(&errand, standing).await,
                    None => return,
                },
            }
        }
    }

    async fn tell(&self, booking: &str, stage: Stage) {
        // Nobody listens: nothing need be read for them.
        if self.wallet.news.receiver_count() == 0 {
            return;
        }
        let mut earned = match self.wallet.rows.earned(booking).await {
            Ok(Some(earned)) => earned,
            Ok(None) => return,
            Err(error) => return tracing::warn!(%error, "a reward could not be told"),
        };
        earned.reward.stage = stage;
        let part = self.wallet.part(&earned);
        let earning = words::earning(&earned, part);
        // It fails when the last listener has just gone.
        let _ = self.wallet.news.send((earned.account.clone(), News::Earning(earning)));
        self.stands(&earned.account).await;
    }

    /// What was moved or taken out changes how an account stands.
    async fn ended(&self, errand: &str, standing: Standing) {
        if standing == Standing::GivenUp {
            let what = errand.split(':').next().unwrap_or_default();
            tracing::error!(errand = what, "the chain does not allow what an account wants of it; it is given up");
        }
        if self.wallet.news.receiver_count() == 0 {
            return;
        }
        match self.wallet.rows.errand_of(errand).await {
            Ok(Some(account)) => self.stands(&account).await,
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "an errand's end could not be told"),
        }
    }

    async fn stands(&self, account: &str) {
        let account = match self.wallet.rows.account(account).await {
            Ok(Some(account)) => account,
            Ok(None) | Err(_) => return,
        };
        match self.wallet.standing_of(&account).await {
            Ok(standing) => drop(self.wallet.news.send((account.id, News::Standing(standing)))),
            Err(error) => tracing::warn!(%error, "how an account stands could not be told"),
        }
    }
}
