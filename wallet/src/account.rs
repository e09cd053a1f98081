//! Whose account it is: one that we keep, or a wallet of the traveller's own that was linked by signing a message (ERC-4361). It makes no nonce
//! and calls no chain: both are asked for.

pub mod consent;
pub mod message;
pub mod signature;
pub mod terms;

use alloy_primitives::{Address, B256, Bytes};
use message::{Message, Moment, NotAMessage, is_authority, is_nonce, is_scheme, is_statement, is_uri};
use serde::{Deserialize, Serialize};
use signature::{Called, EthCall, Verdict, is_valid, judge};
use std::collections::{BTreeMap, VecDeque};

/// Most challenges that are open at once; beyond it the oldest goes.
pub const CHALLENGES_MAX: usize = 16_384;
/// Most open challenges of one account; beyond it the oldest goes.
pub const CHALLENGES_OF_ONE_MAX: usize = 8;
/// Most signatures that the chain is asked about at once.
pub const CALLS_MAX: usize = 256;
/// How long the chain's answer is waited for, in ms.
pub const CALL_MS: u64 = 15_000;

/// Where a traveller's rewards go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// To an address whose key we keep for them.
    Custodial(Address),
    /// To a wallet of their own.
    Own(Linked),
}

impl Holder {
    /// The address.
    #[must_use]
    pub const fn address(&self) -> Address {
        match self {
            Self::Custodial(address) => *address,
            Self::Own(linked) => linked.address,
        }
    }

    /// We claim for them.
    #[must_use]
    pub const fn is_custodial(&self) -> bool {
        matches!(self, Self::Custodial(_))
    }
}

/// A wallet that somebody has shown to be theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linked {
    /// Its address.
    pub address: Address,
    /// The chain that it was shown on. A contract's word is good on that chain only.
    pub chain_id: u64,
    /// A contract said so; otherwise the account's own key did, which is the same on every chain.
    pub is_contract: bool,
    /// When, in ms since 1970.
    pub at_ms: u64,
    /// The digest of what was signed.
    pub digest: B256,
}

/// What every message must say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInConfig {
    /// The scheme of our page, as `https`.
    pub scheme: String,
    /// The host of our page, with its port if that is not the usual one.
    pub domain: String,
    /// What the message is for.
    pub uri: String,
    /// What is agreed to, on one line of plain characters.
    pub statement: String,
    /// Chains that accounts may live on.
    pub chain_ids: Vec<u64>,
    /// How long a challenge can be answered, in ms.
    pub challenge_ms: u64,
    /// How far the wallet's clock may be off, in ms.
    pub skew_ms: u64,
}

impl SignInConfig {
    /// Whether messages can be made of it.
    ///
    /// # Errors
    /// A sentence that names what is wrong.
    pub fn check(&self) -> Result<(), &'static str> {
        match () {
            () if !is_scheme(&self.scheme) => Err("`scheme` must be that of the page, as in `https`"),
            () if !is_authority(&self.domain) => Err("`domain` must be a host, as in `example.org`"),
            () if !is_uri(&self.uri) => Err("`uri` must be absolute, as in `https://example.org`"),
            () if !is_statement(&self.statement) => Err("`statement` must be one line of plain characters"),
            () if self.chain_ids.is_empty() => Err("`chain_ids` must have a chain"),
            () if self.challenge_ms == 0 => Err("`challenge_ms` must be more than nothing"),
            () => Ok(()),
        }
    }
}

/// A challenge that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// Whose it is: an id of the session's or the account's.
    pub account: String,
    /// When it was made, in ms since 1970.
    pub at_ms: u64,
}

/// What is stored: open challenges, by their nonces. What the chain is asked is not stored: after a restart the wallet signs again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInState {
    /// By nonce.
    pub challenges: BTreeMap<String, Challenge>,
}

/// What comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Somebody wants to link a wallet.
    Begin {
        /// Who.
        account: String,
        /// A nonce that nobody can guess, of at least eight letters and digits, never used before.
        nonce: String,
        /// The wallet, if it is known by now; then the message is written for it.
        wallet: Option<(Address, u64)>,
    },
    /// The wallet has signed.
    Signed {
        /// Who says so.
        account: String,
        /// The message, to the byte.
        message: String,
        /// The signature.
        signature: Bytes,
    },
    /// What came of a call.
    Called {
        /// The nonce of the challenge that it was made for.
        nonce: String,
        /// What came of it.
        called: Called,
    },
    /// Nothing but time.
    Tick,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// The challenge stands. The nonce goes to the page, and the message if the wallet is known.
    Challenge {
        /// Whose.
        account: String,
        /// Its nonce.
        nonce: String,
        /// What to sign.
        message: Option<String>,
    },
    /// Make this call at the newest block of the chain, and give back what came of it.
    Call {
        /// The nonce of the challenge.
        nonce: String,
        /// The chain.
        chain_id: u64,
        /// The call.
        call: EthCall,
    },
    /// The wallet is theirs. Whether another account has it already, the store knows.
    Linked {
        /// Whose.
        account: String,
        /// The wallet.
        wallet: Linked,
    },
    /// It is not shown to be theirs.
    Refused {
        /// Whose.
        account: String,
        /// Why.
        why: Refusal,
    },
}

/// Why a wallet was not linked. A challenge that was answered is gone, whatever came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The nonce cannot be one, or is in use.
    #[error("the nonce is too short, or was used: ask for a new challenge")]
    BadNonce,
    /// The text is no message.
    #[error(transparent)]
    NotAMessage(#[from] NotAMessage),
    /// It is another page's.
    #[error("the message is for another site: open ours and sign again")]
    OtherSite,
    /// It agrees to something else.
    #[error("the message says something else than was asked: sign what is shown")]
    OtherWords,
    /// The chain is not one of ours.
    #[error("this chain is not used here: choose another network in the wallet")]
    OtherChain,
    /// There is no such challenge: it was answered, has lapsed, or was never made.
    #[error("the challenge was answered before, or has lapsed: ask for a new one")]
    NoChallenge,
    /// The challenge is another account's.
    #[error("the challenge was made for somebody else")]
    OtherAccount,
    /// It is void yet, or void again, or says it was made at another time than it was.
    #[error("the message is not valid at this time: check the clock of the device, and sign again")]
    OtherTime,
    /// The signature is nobody's, or somebody else's.
    #[error("the signature is not this wallet's")]
    BadSignature,
    /// The chain did not say.
    #[error("the chain could not be asked whether the signature is good: try again")]
    Unreachable,
    /// Too many signatures are being looked at.
    #[error("too many wallets are being linked at this moment: try again")]
    Busy,
}

/// A signature that the chain is asked about.
#[derive(Clone, Debug)]
struct Asking {
    account: String,
    wallet: Linked,
    until_ms: u64,
}

/// The machine of signing in with a wallet.
#[derive(Clone, Debug)]
pub struct SignIn {
    config: SignInConfig,
    state: SignInState,
    asking: BTreeMap<String, Asking>,
    out: VecDeque<Output>,
}

impl SignIn {
    /// A machine that goes on from a stored state, or from an empty one.
    #[must_use]
    pub fn restore(config: SignInConfig, state: SignInState) -> Self {
        Self { config, state, asking: BTreeMap::new(), out: VecDeque::new() }
    }

    /// What must be stored after each step, before its outputs are acted on: a nonce that was answered must never be open again.
    #[must_use]
    pub fn state(&self) -> &SignInState {
        &self.state
    }

    /// The next thing to be done.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// When time alone changes something next, in ms since 1970.
    #[must_use]
    pub fn timeout_ms(&self) -> Option<u64> {
        let asking = self.asking.values().map(|asking| asking.until_ms);
        let open =
            self.state.challenges.values().map(|challenge| challenge.at_ms.saturating_add(self.config.challenge_ms));
        asking.chain(open).min()
    }

    /// Takes one input at `now_ms` since 1970.
    pub fn handle(&mut self, now_ms: u64, input: Input) {
        self.lapse(now_ms);
        match input {
            Input::Begin { account, nonce, wallet } => self.begin(now_ms, account, nonce, wallet),
            Input::Signed { account, message, signature } => {
                if let Err(why) = self.signed(now_ms, &account, &message, &signature) {
                    self.out.push_back(Output::Refused { account, why });
                }
            }
            Input::Called { nonce, called } => self.called(&nonce, &called),
            Input::Tick => {}
        }
    }

    fn lapse(&mut self, now_ms: u64) {
        let challenge_ms = self.config.challenge_ms;
        self.state.challenges.retain(|_, challenge| now_ms < challenge.at_ms.saturating_add(challenge_ms));
        let late = self.asking.extract_if(.., |_, asking| asking.until_ms <= now_ms);
        let refused = late.map(|(_, asking)| Output::Refused { account: asking.account, why: Refusal::Unreachable });
        self.out.extend(refused);
    }

    fn begin(&mut self, now_ms: u64, account: String, nonce: String, wallet: Option<(Address, u64)>) {
        let chain_known = wallet.is_none_or(|(_, chain_id)| self.config.chain_ids.contains(&chain_id));
        let used = self.state.challenges.contains_key(&nonce) || self.asking.contains_key(&nonce);
        if !is_nonce(&nonce) || used || !chain_known {
            let why = if chain_known { Refusal::BadNonce } else { Refusal::OtherChain };
            return self.out.push_back(Output::Refused { account, why });
        }
        self.make_room(&account);
        let message = wallet.map(|(address, chain_id)| self.message(now_ms, address, chain_id, &nonce).to_string());
        self.state.challenges.insert(nonce.clone(), Challenge { account: account.clone(), at_ms: now_ms });
        self.out.push_back(Output::Challenge { account, nonce, message });
    }

    fn make_room(&mut self, account: &str) {
        let oldest = |of: &dyn Fn(&Challenge) -> bool, max: usize| {
            let theirs = self.state.challenges.iter().filter(|(_, challenge)| of(challenge));
            let full = theirs.clone().count() >= max;
            theirs.min_by_key(|(_, challenge)| challenge.at_ms).filter(|_| full).map(|(nonce, _)| nonce.clone())
        };
        let own = oldest(&|challenge| challenge.account == account, CHALLENGES_OF_ONE_MAX);
        if let Some(nonce) = own.or_else(|| oldest(&|_| true, CHALLENGES_MAX)) {
            self.state.challenges.remove(&nonce);
        }
    }

    fn message(&self, now_ms: u64, address: Address, chain_id: u64, nonce: &str) -> Message {
        Message {
            scheme: Some(self.config.scheme.clone()),
            domain: self.config.domain.clone(),
            address,
            statement: Some(self.config.statement.clone()),
            uri: self.config.uri.clone(),
            chain_id,
            nonce: nonce.to_owned(),
            issued_at: Moment::at(now_ms),
            expiration_time: Some(Moment::at(now_ms.saturating_add(self.config.challenge_ms))),
            not_before: None,
            request_id: None,
            resources: Vec::new(),
        }
    }

    fn signed(&mut self, now_ms: u64, account: &str, text: &str, signature: &Bytes) -> Result<(), Refusal> {
        let message = Message::read(text)?;
        let challenge = self.state.challenges.get(&message.nonce).ok_or(Refusal::NoChallenge)?;
        // Whoever guesses at somebody else's challenge does not use it up.
        if challenge.account != account {
            return Err(Refusal::OtherAccount);
        }
        let made_ms = challenge.at_ms;
        self.state.challenges.remove(&message.nonce);
        self.check(now_ms, made_ms, &message)?;
        let digest = message.digest();
        let wallet =
            Linked { address: message.address, chain_id: message.chain_id, is_contract: false, at_ms: now_ms, digest };
        match judge(message.address, digest, signature) {
            Verdict::Signed => self.out.push_back(Output::Linked { account: account.to_owned(), wallet }),
            Verdict::Bad => return Err(Refusal::BadSignature),
            Verdict::Ask(_) if self.asking.len() >= CALLS_MAX => return Err(Refusal::Busy),
            Verdict::Ask(call) => {
                let wallet = Linked { is_contract: true, ..wallet };
                let until_ms = now_ms.saturating_add(CALL_MS);
                self.asking.insert(message.nonce.clone(), Asking { account: account.to_owned(), wallet, until_ms });
                self.out.push_back(Output::Call { nonce: message.nonce, chain_id: message.chain_id, call });
            }
        }
        Ok(())
    }

    /// Whether a message says what we asked for, and is good now.
    fn check(&self, now_ms: u64, made_ms: u64, message: &Message) -> Result<(), Refusal> {
        let config = &self.config;
        let scheme = message.scheme.as_ref().is_none_or(|scheme| *scheme == config.scheme);
        if !scheme || message.domain != config.domain || message.uri != config.uri {
            return Err(Refusal::OtherSite);
        }
        let extra = message.request_id.is_some() || !message.resources.is_empty();
        if message.statement.as_ref() != Some(&config.statement) || extra {
            return Err(Refusal::OtherWords);
        }
        if !config.chain_ids.contains(&message.chain_id) {
            return Err(Refusal::OtherChain);
        }
        let (early, late) = (now_ms.saturating_sub(config.skew_ms), now_ms.saturating_add(config.skew_ms));
        let issued_ms = message.issued_at.ms();
        let made_then = issued_ms <= late && issued_ms >= made_ms.saturating_sub(config.skew_ms);
        // An end is an end: the skew is for clocks that are ahead, not for messages that are old.
        let ended = message.expiration_time.as_ref().is_some_and(|until| until.ms() <= early);
        let begun = message.not_before.as_ref().is_none_or(|from| from.ms() <= late);
        if made_then && !ended && begun { Ok(()) } else { Err(Refusal::OtherTime) }
    }

    fn called(&mut self, nonce: &str, called: &Called) {
        let Some(Asking { account, wallet, .. }) = self.asking.remove(nonce) else { return };
        let why = match called {
            Called::Returned(data) if is_valid(data) => {
                return self.out.push_back(Output::Linked { account, wallet });
            }
            Called::Returned(_) | Called::Reverted => Refusal::BadSignature,
            Called::Unreachable => Refusal::Unreachable,
        };
        self.out.push_back(Output::Refused { account, why });
    }
}

#[cfg(test)]
mod tests;
