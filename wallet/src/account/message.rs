//! The message of Sign-In with Ethereum (ERC-4361): written, and read by the letter. Whether it is a good one it does not say.

use alloy_primitives::{Address, B256, eip191_hash_message};
use std::fmt;

/// Longest message that is read, in bytes.
pub const MESSAGE_BYTES_MAX: usize = 4096;
/// Most resources of a message.
pub const RESOURCES_MAX: usize = 16;
/// The shortest nonce that ERC-4361 allows.
pub const NONCE_CHARS_MIN: usize = 8;
/// Longest nonce.
pub const NONCE_CHARS_MAX: usize = 96;

const GREETING: &str = " wants you to sign in with your Ethereum account:";

/// What a wallet shows and signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The scheme of the origin that asks, as `https`.
    pub scheme: Option<String>,
    /// Who asks: a host, with a port if it is not the usual one.
    pub domain: String,
    /// Who signs.
    pub address: Address,
    /// What is agreed to, on one line.
    pub statement: Option<String>,
    /// What it is for.
    pub uri: String,
    /// The chain that the account lives on.
    pub chain_id: u64,
    /// Makes the message one of its kind.
    pub nonce: String,
    /// When it was made.
    pub issued_at: Moment,
    /// It is void from then on.
    pub expiration_time: Option<Moment>,
    /// It is void until then.
    pub not_before: Option<Moment>,
    /// The asker's own name for the request.
    pub request_id: Option<String>,
    /// What else it is about.
    pub resources: Vec<String>,
}

/// A moment as it is written (RFC 3339), and in ms since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    text: String,
    ms: u64,
}

impl Moment {
    /// A moment, written in UTC to the millisecond. Beyond the year 9999 it is that year's end.
    #[must_use]
    pub fn at(ms: u64) -> Self {
        let stamp = i64::try_from(ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
        let stamp = stamp.unwrap_or(jiff::Timestamp::MAX);
        let ms = u64::try_from(stamp.as_millisecond()).unwrap_or(0);
        Self { text: format!("{stamp:.3}"), ms }
    }

    /// Reads `2026-11-27T03:40:00.123Z` or the same with an offset; nothing looser, and nothing before 1970.
    fn read(text: &str) -> Option<Self> {
        let b = text.as_bytes();
        let shape = b"dddd-dd-ddTdd:dd:dd";
        let fits = |(byte, wanted): (&u8, &u8)| if *wanted == b'd' { byte.is_ascii_digit() } else { byte == wanted };
        if b.len() <= shape.len() || !b.iter().zip(shape).all(fits) {
            return None;
        }
        let mut rest = &b[shape.len()..];
        if let [b'.', fraction @ ..] = rest {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if !(1..=9).contains(&digits) {
                return None;
            }
            rest = &fraction[digits..];
        }
        let zone = match rest {
            b"Z" => true,
            [b'+' | b'-', h1, h2, b':', m1, m2] => [h1, h2, m1, m2].iter().all(|byte| byte.is_ascii_digit()),
            _ => false,
        };
        let stamp: jiff::Timestamp = text.parse().ok().filter(|_| zone)?;
        Some(Self { text: text.to_owned(), ms: u64::try_from(stamp.as_millisecond()).ok()? })
    }

    /// In ms since 1970.
    #[must_use]
    pub const fn ms(&self) -> u64 {
        self.ms
    }
}

/// Why a text is no message, by the first line that is not as it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAMessage {
    /// Over [`MESSAGE_BYTES_MAX`].
    #[error("a sign-in message has at most {MESSAGE_BYTES_MAX} bytes")]
    TooLong,
    /// The first line.
    #[error("the first line must be `<domain>{GREETING}`")]
    Greeting,
    /// The address.
    #[error("the second line must be the address with its checksum (EIP-55)")]
    Address,
    /// The statement.
    #[error("the statement must be one line between two empty ones, of characters that URIs are made of and spaces")]
    Statement,
    /// The URI.
    #[error("`URI: ` must come next, with an absolute URI")]
    Uri,
    /// The version.
    #[error("`Version: 1` must come next")]
    Version,
    /// The chain.
    #[error("`Chain ID: ` must come next, with a number")]
    ChainId,
    /// The nonce.
    #[error("`Nonce: ` must come next, with {NONCE_CHARS_MIN} letters and digits or more")]
    Nonce,
    /// When it was made.
    #[error("`Issued At: ` must come next, with a moment as in 2026-11-27T03:40:00Z")]
    IssuedAt,
    /// When it ends.
    #[error("`Expiration Time: ` must have a moment as in 2026-11-27T03:40:00Z")]
    ExpirationTime,
    /// When it begins.
    #[error("`Not Before: ` must have a moment as in 2026-11-27T03:40:00Z")]
    NotBefore,
    /// The asker's name for it.
    #[error("`Request ID: ` must have characters of a URI's path only")]
    RequestId,
    /// What else it is about.
    #[error("`Resources:` must have at most {RESOURCES_MAX} lines, each `- ` and an absolute URI")]
    Resources,
    /// There is more.
    #[error("nothing may come after the last line")]
    Trailing,
}

impl Message {
    /// Reads a message by the letter of ERC-4361. What it writes again is the same text, byte for byte.
    ///
    /// # Errors
    /// The first line that is not as it must be.
    pub fn read(text: &str) -> Result<Self, NotAMessage> {
        if text.len() > MESSAGE_BYTES_MAX {
            return Err(NotAMessage::TooLong);
        }
        let mut lines = Lines { rest: text.split('\n').collect(), at: 0 };
        let greeting = lines.next().and_then(|line| line.strip_suffix(GREETING)).ok_or(NotAMessage::Greeting)?;
        let (scheme, domain) = match greeting.split_once("://") {
            Some((scheme, domain)) => (Some(scheme), domain),
            None => (None, greeting),
        };
        if !scheme.is_none_or(is_scheme) || !is_authority(domain) {
            return Err(NotAMessage::Greeting);
        }
        let address = lines.next().and_then(read_address).ok_or(NotAMessage::Address)?;
        let statement = read_statement(&mut lines).ok_or(NotAMessage::Statement)?;
        let uri = lines.field("URI: ").filter(|uri| is_uri(uri)).ok_or(NotAMessage::Uri)?;
        lines.field("Version: ").filter(|version| *version == "1").ok_or(NotAMessage::Version)?;
        let chain_id = lines.field("Chain ID: ").and_then(read_number).ok_or(NotAMessage::ChainId)?;
        let nonce = lines.field("Nonce: ").filter(|nonce| is_nonce(nonce)).ok_or(NotAMessage::Nonce)?;
        let issued_at = lines.field("Issued At: ").and_then(Moment::read).ok_or(NotAMessage::IssuedAt)?;
        let expiration_time = lines.moment("Expiration Time: ").ok_or(NotAMessage::ExpirationTime)?;
        let not_before = lines.moment("Not Before: ").ok_or(NotAMessage::NotBefore)?;
        let request_id = lines.field("Request ID: ");
        if !request_id.is_none_or(is_path_text) {
            return Err(NotAMessage::RequestId);
        }
        let resources = read_resources(&mut lines).ok_or(NotAMessage::Resources)?;
        if lines.next().is_some() {
            return Err(NotAMessage::Trailing);
        }
        Ok(Self {
            scheme: scheme.map(str::to_owned),
            domain: domain.to_owned(),
            address,
            statement,
            uri: uri.to_owned(),
            chain_id,
            nonce: nonce.to_owned(),
            issued_at,
            expiration_time,
            not_before,
            request_id: request_id.map(str::to_owned),
            resources,
        })
    }

    /// What is signed: its text by EIP-191.
    #[must_use]
    pub fn digest(&self) -> B256 {
        eip191_hash_message(self.to_string())
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(scheme) = &self.scheme {
            write!(f, "{scheme}://")?;
        }
        write!(f, "{}{GREETING}\n{}\n\n", self.domain, self.address)?;
        if let Some(statement) = &self.statement {
            writeln!(f, "{statement}")?;
        }
        write!(f, "\nURI: {}\nVersion: 1\nChain ID: {}\n", self.uri, self.chain_id)?;
        write!(f, "Nonce: {}\nIssued At: {}", self.nonce, self.issued_at.text)?;
        if let Some(until) = &self.expiration_time {
            write!(f, "\nExpiration Time: {}", until.text)?;
        }
        if let Some(from) = &self.not_before {
            write!(f, "\nNot Before: {}", from.text)?;
        }
        if let Some(id) = &self.request_id {
            write!(f, "\nRequest ID: {id}")?;
        }
        if !self.resources.is_empty() {
            f.write_str("\nResources:")?;
        }
        self.resources.iter().try_for_each(|uri| write!(f, "\n- {uri}"))
    }
}

/// The lines of a text, one after another.
struct Lines<'a> {
    rest: Vec<&'a str>,
    at: usize,
}

impl<'a> Lines<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.rest.get(self.at).copied()
    }

    fn next(&mut self) -> Option<&'a str> {
        let line = self.peek()?;
        self.at += 1;
        Some(line)
    }

    /// The value of the next line if it has this name; otherwise the line stays.
    fn field(&mut self, name: &str) -> Option<&'a str> {
        let value = self.peek()?.strip_prefix(name)?;
        self.at += 1;
        Some(value)
    }

    /// A moment that may be missing; `None` when it is there and is none.
    fn moment(&mut self, name: &str) -> Option<Option<Moment>> {
        match self.field(name) {
            Some(text) => Moment::read(text).map(Some),
            None => Some(None),
        }
    }
}

fn read_address(line: &str) -> Option<Address> {
    Address::parse_checksummed(line, None).ok()
}

/// Two empty lines, or a line between them.
fn read_statement(lines: &mut Lines<'_>) -> Option<Option<String>> {
    lines.next().filter(|line| line.is_empty())?;
    let line = lines.next()?;
    if line.is_empty() {
        return Some(None);
    }
    let ends = lines.next().is_some_and(str::is_empty);
    (ends && is_statement(line)).then(|| Some(line.to_owned()))
}

fn read_resources(lines: &mut Lines<'_>) -> Option<Vec<String>> {
    let mut all = Vec::new();
    if lines.peek() != Some("Resources:") {
        return Some(all);
    }
    lines.next();
    while let Some(uri) = lines.field("- ") {
        if all.len() == RESOURCES_MAX || !is_uri(uri) {
            return None;
        }
        all.push(uri.to_owned());
    }
    // A heading with nothing under it would not be written again.
    (!all.is_empty()).then_some(all)
}

/// A number as it is written: no sign, no zero before it.
fn read_number(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| plain)
}

/// Whether a text can be a nonce.
#[must_use]
pub fn is_nonce(text: &str) -> bool {
    let length = (NONCE_CHARS_MIN..=NONCE_CHARS_MAX).contains(&text.len());
    length && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether a text can be a statement: `reserved`, `unreserved` and spaces of RFC 3986.
#[must_use]
pub fn is_statement(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte == b' ' || is_reserved(byte) || is_unreserved(byte))
}

/// Whether a text can be a scheme.
pub(crate) fn is_scheme(text: &str) -> bool {
    let first = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    first && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// A host, perhaps with a port. Names of users have no place in it: they make one host look like another.
pub(crate) fn is_authority(text: &str) -> bool {
    let allowed = |byte: u8| is_unreserved(byte) || b"[]:!$&'()*+,;=%".contains(&byte);
    !text.is_empty() && text.bytes().all(allowed)
}

/// An absolute URI, by its characters and its scheme.
#[must_use]
pub fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let allowed = |byte: u8| is_reserved(byte) || is_unreserved(byte) || byte == b'%';
    is_scheme(scheme) && !rest.is_empty() && rest.bytes().all(allowed)
}

fn is_path_text(text: &str) -> bool {
    text.bytes().all(|byte| is_unreserved(byte) || b"!$&'()*+,;=:@%".contains(&byte))
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn is_reserved(byte: u8) -> bool {
    b":/?#[]@!$&'()*+,;=".contains(&byte)
}

#[cfg(test)]
mod tests;
