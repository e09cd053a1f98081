//! The local keystore: one secret, encrypted in a file that only its owner can read, from which every key here is made by its name. It is made
//! at the first start; nothing of it is ever shown.

use crate::providers::chain::signer::Signer;
use crate::secret::Secret;
use crate::session::ports::chain::ChainFault;
use alloy::primitives::{Address, B256, Signature, keccak256};
use alloy::signers::SignerSync as _;
use alloy::signers::k256::ecdsa::SigningKey;
use alloy::signers::k256::elliptic_curve::rand_core::OsRng;
use alloy::signers::local::{LocalSigner, PrivateKeySigner};
use futures_util::future::{BoxFuture, FutureExt as _};
use rand::Rng as _;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Where the keystore is, and what opens it.
#[derive(Clone, Debug)]
pub struct KeystoreConfig {
    /// The encrypted file (Web3 Secret Storage, version 3).
    pub path: PathBuf,
    /// Its password; without one it is in a file beside it, which is made with it.
    pub password: Option<Secret>,
}

/// An open keystore.
#[derive(Clone)]
pub struct Keystore {
    secret: B256,
}

impl std::fmt::Debug for Keystore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keystore(..)")
    }
}

/// A key of the keystore.
#[derive(Clone)]
pub struct Key {
    signer: PrivateKeySigner,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.signer.address())
    }
}

impl Keystore {
    /// Opens the keystore, or makes it where there is none. It computes for a while: not on a thread that others wait for.
    ///
    /// # Errors
    /// `Misconfigured`: it cannot be read or written, others can read it, or the password is wrong.
    pub fn open(config: &KeystoreConfig) -> Result<Self, ChainFault> {
        if !config.path.exists() {
            return Self::make(config);
        }
        guarded(&config.path)?;
        let password = password(config)?;
        let key = PrivateKeySigner::decrypt_keystore(&config.path, password.0.as_bytes())
            .map_err(|_| wrong(&config.path, "it cannot be decrypted: is it a keystore, and is this its password?"))?;
        Ok(Self { secret: key.to_bytes() })
    }

    /// A keystore that is in no file.
    #[must_use]
    pub fn of_secret(secret: B256) -> Self {
        Self { secret }
    }

    fn make(config: &KeystoreConfig) -> Result<Self, ChainFault> {
        let folder = config.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder).map_err(|error| wrong(folder, &error.to_string()))?;
        }
        if config.password.is_none() && !password_file(&config.path).exists() {
            let mut random = [0_u8; 32];
            rand::rng().fill(&mut random);
            write(&password_file(&config.path), alloy::primitives::hex::encode(random).as_bytes())?;
        }
        let password = password(config)?;
        let secret = fresh();
        // Under another name first: a stop in between leaves no half of a keystore.
        let draft = config.path.with_extension("draft");
        drop(std::fs::remove_file(&draft));
        let name = draft.file_name().and_then(|name| name.to_str()).map(str::to_owned);
        let place = folder.unwrap_or(Path::new("."));
        LocalSigner::<SigningKey>::encrypt_keystore(place, &mut OsRng, secret, password.0.as_bytes(), name.as_deref())
            .map_err(|error| wrong(&draft, &error.to_string()))?;
        let text = std::fs::read(&draft).map_err(|error| wrong(&draft, &error.to_string()))?;
        drop(std::fs::remove_file(&draft));
        write(&draft, &text)?;
        std::fs::rename(&draft, &config.path).map_err(|error| wrong(&config.path, &error.to_string()))?;
        Ok(Self { secret })
    }

    /// The key with this name; always the same one.
    ///
    /// # Errors
    /// Never in practice: one secret of 2^128 has a name without a key.
    pub fn key(&self, name: &str) -> Result<Key, ChainFault> {
        let bytes = keccak256([b"voxfare key ", self.secret.as_slice(), name.as_bytes()].concat());
        let signer = PrivateKeySigner::from_bytes(&bytes);
        signer.map(|signer| Key { signer }).map_err(|_| ChainFault::Refused("this name has no key".to_owned()))
    }
}

impl Signer for Key {
    fn address(&self) -> Address {
        self.signer.address()
    }

    fn sign(&self, hash: B256) -> BoxFuture<'_, Result<Signature, ChainFault>> {
        let signed = self.signer.sign_hash_sync(&hash).map_err(|error| ChainFault::Refused(error.to_string()));
        std::future::ready(signed).boxed()
    }
}

/// The file with the password, where none is configured.
#[must_use]
pub fn password_file(path: &Path) -> PathBuf {
    path.with_extension("key")
}

fn password(config: &KeystoreConfig) -> Result<Secret, ChainFault> {
    if let Some(password) = &config.password {
        return Ok(password.clone());
    }
    let file = password_file(&config.path);
    guarded(&file)?;
    let text = std::fs::read_to_string(&file).map_err(|error| wrong(&file, &error.to_string()))?;
    Ok(Secret(text.trim().to_owned()))
}

/// A secret that is a key too.
fn fresh() -> B256 {
    let mut secret = B256::ZERO;
    rand::rng().fill(&mut secret.0);
    secret
}

/// Writes a new file that nobody else can read.
fn write(path: &Path, bytes: &[u8]) -> Result<(), ChainFault> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file: File| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|error| wrong(path, &error.to_string()))
}

/// A secret that others can read is none.
fn guarded(path: &Path) -> Result<(), ChainFault> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let metadata = std::fs::metadata(path).map_err(|error| wrong(path, &error.to_string()))?;
        if metadata.permissions().mode() & 0o077 != 0 {
            return Err(wrong(path, "others can read it; give it mode 600"));
        }
    }
    Ok(())
}

fn wrong(path: &Path, why: &str) -> ChainFault {
    ChainFault::Misconfigured(format!("the keystore {}: {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("voxfare-keystore-{}-{name}", std::process::id()));
        drop(std::fs::remove_dir_all(&folder));
        folder
    }

    #[test]
    fn it_is_made_once_and_opened_again() {
        let folder = folder("made");
        let config = KeystoreConfig { path: folder.join("keys.json"), password: None };
        let made = Keystore::open(&config).expect("made");
        let again = Keystore::open(&config).expect("opened");
        let address = |keystore: &Keystore, name| keystore.key(name).expect("a key").address();
        assert_eq!(address(&made, "issuer"), address(&again, "issuer"));
        assert_ne!(address(&made, "issuer"), address(&made, "sender"));
        assert_eq!(std::fs::read_dir(&folder).expect("there").count(), 2, "keystore and key, nothing else");
        assert!(!format!("{made:?} {:?}", made.key("a")).contains(&made.secret.to_string()));
        let text = std::fs::read_to_string(&config.path).expect("there");
        assert!(text.contains("scrypt") && !text.contains(&alloy::primitives::hex::encode(made.secret)));
        std::fs::remove_dir_all(folder).expect("removed");
    }

    #[cfg(unix)]
    #[test]
    fn others_cannot_read_it_and_a_wrong_password_opens_nothing() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = folder("guarded");
        let config = KeystoreConfig { path: folder.join("keys.json"), password: Some(Secret("right".to_owned())) };
        Keystore::open(&config).expect("made");
        let mode = std::fs::metadata(&config.path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode, password_file(&config.path).exists()), (0o600, false));
        let wrong = KeystoreConfig { password: Some(Secret("wrong".to_owned())), ..config.clone() };
        assert!(matches!(Keystore::open(&wrong), Err(ChainFault::Misconfigured(_))));
        std::fs::set_permissions(&config.path, std::fs::Permissions::from_mode(0o644)).expect("set");
        let refused = Keystore::open(&config).expect_err("others can read it");
        assert!(refused.to_string().contains("600"));
        std::fs::remove_dir_all(folder).expect("removed");
    }

    #[tokio::test]
    async fn it_signs_for_its_address() {
        let key = Keystore::of_secret(B256::repeat_byte(7)).key("sender").expect("a key");
        let hash = B256::repeat_byte(1);
        let signature = key.sign(hash).await.expect("signed");
        assert_eq!(signature.recover_address_from_prehash(&hash).ok(), Some(key.address()));
    }
}
