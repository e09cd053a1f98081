//! Tells who listens what became of rewards, in the order in which it became so. It decides nothing and keeps nothing.

use crate::platform::wallet::{Wallet, words};
use crate::session::event::News;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use wallet::settle::Stage;

/// What may wait to be told; beyond it, it is not told: whoever asks is told how the account stands.
pub(super) const TOLD_MAX: usize = 4096;

/// A booking's reward reached a stage.
pub(super) type Tell = (String, Stage);

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
                    Some((booking, stage)) => self.tell(&booking, stage).await,
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
        let earning = words::earning(&earned, part, self.wallet.config.shares);
        // It fails when the last listener has just gone.
        let _ = self.wallet.news.send((earned.account.clone(), News::Earning(earning)));
        let account = match self.wallet.rows.account(&earned.account).await {
            Ok(Some(account)) => account,
            Ok(None) | Err(_) => return,
        };
        match self.wallet.standing_of(&account).await {
            Ok(standing) => drop(self.wallet.news.send((account.id, News::Standing(standing)))),
            Err(error) => tracing::warn!(%error, "how an account stands could not be told"),
        }
    }
}
