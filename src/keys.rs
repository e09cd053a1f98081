//! `voxfare keys`: makes, lists and revokes API keys. A key is shown once, when it is made; the store keeps its hash.

use crate::store::{ApiKey, Store};
use anyhow::Context as _;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use std::io::Write;

/// Every API key begins so.
pub const KEY_PREFIX: &str = "vf_";
/// Random letters and digits of a key: some 250 bits.
const KEY_LETTERS: usize = 43;
/// Letters of a key's name in the store.
const ID_LETTERS: usize = 8;

/// Make, list and revoke API keys.
#[derive(Args)]
pub struct KeysArgs {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Make a key and print it, this once.
    Create {
        /// What it is for, such as `my laptop`.
        name: String,
    },
    /// List the keys, without the keys themselves.
    List,
    /// Revoke a key: nobody calls with it any more.
    Revoke {
        /// Its id, as `voxfare keys list` shows it.
        id: String,
    },
}

/// Runs the command; false when there was no such key.
///
/// # Errors
/// The store cannot be opened or refuses.
pub async fn run(args: KeysArgs, store_url: &str, out: &mut dyn Write) -> anyhow::Result<bool> {
    let store = Store::open(store_url).await.context("`store.url` cannot be opened")?;
    let access = store.access();
    let now = Timestamp::now();
    match args.command {
        KeysCommand::Create { name } => {
            let key = format!("{KEY_PREFIX}{}", random(KEY_LETTERS));
            let kept = ApiKey { id: random(ID_LETTERS), name, made_at: now, revoked_at: None };
            access.add(&kept, &key).await?;
            writeln!(out, "{key}")?;
            eprintln!("Keep it now: it is not shown again. `voxfare keys revoke {}` ends it.", kept.id);
            Ok(true)
        }
        KeysCommand::List => {
            for key in access.list().await? {
                let state = key.revoked_at.map_or_else(|| "valid".to_owned(), |at| format!("revoked {at:.0}"));
                writeln!(out, "{}  {:.0}  {state}  {}", key.id, key.made_at, key.name)?;
            }
            Ok(true)
        }
        KeysCommand::Revoke { id } => {
            let found = access.revoke(&id, now).await?;
            if !found {
                eprintln!("voxfare: there is no valid key `{id}`; `voxfare keys list` shows them");
            }
            Ok(found)
        }
    }
}

/// Random letters and digits, about six bits each.
pub fn random(letters: usize) -> String {
    use rand::Rng;
    rand::rng().sample_iter(rand::distr::Alphanumeric).take(letters).map(char::from).collect()
}
