//! What an operator chooses of accounts and rewards. It opens nothing.

use crate::platform::wallet;
use crate::secret::Secret;
use ::wallet::account::SignInConfig;
use ::wallet::account::terms::Terms;
use ::wallet::rules::Rules;
use serde::Deserialize;
use std::path::PathBuf;

/// Accounts and rewards.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wallet {
    /// Bookings earn rewards.
    pub enabled: bool,
    /// The server pays for the claims of travellers with wallets of their own, too.
    pub sponsored: bool,
    /// Rewards that wallets of travellers' own claim are published together, under one root, every so many hours; each has a voucher if 0.
    pub epoch_hours: u64,
    /// Blocks that must stand on a payment, itself included, before it counts.
    pub confirmations: u64,
    /// Days that an account's token is good for.
    pub token_days: i64,
    /// The encrypted file of the server's keys; beside the user's data when empty. It is made at the first start.
    pub keystore: Option<PathBuf>,
    /// The password of `keystore`; without one it is in a file beside it, which is made with it.
    pub password: Option<Secret>,
    /// The address of the page as travellers see it, `https://travel.example`: wallets sign for it alone. This machine's when empty.
    pub origin: Option<String>,
    /// The folder with Uniswap's packages (`@uniswap`), so that the server's own chain has a market; at its first start only.
    pub uniswap: Option<PathBuf>,
    /// The API keys, by their ids, of who may see the operator's reports; who sits at an open machine may in any case.
    pub operators: Vec<String>,
    /// What a booking earns.
    pub rules: Rules,
    /// A chain of others; the server keeps its own when empty.
    #[cfg(feature = "chain")]
    pub chain: Option<crate::providers::chain::rpc::RpcConfig>,
}

impl Default for Wallet {
    fn default() -> Self {
        Self {
            enabled: cfg!(feature = "chain"),
            sponsored: true,
            epoch_hours: 0,
            confirmations: 1,
            token_days: 90,
            keystore: None,
            password: None,
            origin: None,
            uniswap: None,
            operators: Vec::new(),
            rules: Rules::default(),
            #[cfg(feature = "chain")]
            chain: None,
        }
    }
}

/// What is agreed to by signing in.
const STATEMENT: &str = "Link this wallet to my Voxfare account. This costs nothing and moves nothing.";
/// How long a challenge can be answered, and how far a wallet's clock may be off, in ms.
const CHALLENGE_MS: u64 = 600_000;
const SKEW_MS: u64 = 120_000;

impl Wallet {
    /// The wallet's own part, for a page that is reached at `here` unless it is said otherwise, on this chain.
    ///
    /// # Errors
    /// A sentence that names what is wrong.
    pub fn of(&self, here: &str, chain_id: u64) -> Result<wallet::Config, String> {
        let origin = self.origin.as_deref().unwrap_or(here).trim_end_matches('/');
        let (scheme, domain) = origin.split_once("://").unwrap_or_default();
        let sign_in = SignInConfig {
            scheme: scheme.to_owned(),
            domain: domain.to_owned(),
            uri: origin.to_owned(),
            statement: STATEMENT.to_owned(),
            chain_ids: vec![chain_id],
            challenge_ms: CHALLENGE_MS,
            skew_ms: SKEW_MS,
        };
        sign_in.check().map_err(|why| format!("`wallet.origin` cannot be signed for: {why}."))?;
        Ok(wallet::Config {
            rules: self.rules.clone(),
            exchange: crate::providers::travel::embedded::us_cents,
            #[cfg(feature = "chain")]
            samples: self.chain.is_none(),
            #[cfg(not(feature = "chain"))]
            samples: true,
            sponsored: self.sponsored,
            epoch_ms: self.epoch_hours * 3_600_000,
            confirmations: self.confirmations,
            operators: self.operators.clone(),
            token_s: self.token_days * 86_400,
            sign_in,
            terms: Terms::now(),
        })
    }

    /// What is wrong, as a sentence that names the key.
    pub(crate) fn check(&self) -> Result<(), String> {
        if !(1..=1000).contains(&self.confirmations) {
            return Err("`wallet.confirmations` must be from 1 to 1000 blocks.".to_owned());
        }
        if self.epoch_hours > 8784 {
            return Err("`wallet.epoch_hours` must be from 0 to 8784 hours.".to_owned());
        }
        if !(1..=3650).contains(&self.token_days) {
            return Err("`wallet.token_days` must be from 1 to 3650 days.".to_owned());
        }
        if self.enabled && !cfg!(feature = "chain") {
            return Err("`wallet.enabled` needs a server that was built with the feature `chain`.".to_owned());
        }
        self.rules.check().map_err(|why| format!("`wallet.rules`: {why}."))?;
        self.of("http://localhost", 1).map(drop)
    }
}
