//! Telephone calls by their names: those that wait to be taken, those that are under way, and where one that is over goes next. It rings nobody
//! and speaks with no carrier.

use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, oneshot};

/// Calls that may wait to be taken at once; past it they are busy.
const WAITING_MAX: usize = 256;
/// Calls that are over and may go on elsewhere; past it the oldest goes nowhere.
const NEXT_MAX: usize = 1024;
/// A carrier asks within this where a call goes next.
const NEXT_WITHIN: Duration = Duration::from_secs(60);
/// A carrier opens the socket of an accepted call within this.
const COMES_WITHIN: Duration = Duration::from_secs(15);
/// The longest target of a transfer, in bytes.
const TARGET_BYTES_MAX: usize = 256;

/// What becomes of a call that waits.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// It is taken, with this session object.
    Accept(Value),
    /// It is not, for this reason (a SIP status, as 486 for busy).
    Reject(u16),
}

/// The calls of this server.
#[derive(Debug, Default)]
pub struct Switchboard {
    state: Mutex<State>,
    /// A call has begun.
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: BTreeMap<String, Waiting>,
    /// Accepted, and not begun: whose, and until when.
    coming: BTreeMap<String, (String, Instant)>,
    /// Sessions, and the carrier's names of their calls.
    running: BTreeMap<String, String>,
    /// Where calls go next, by the carrier's names.
    next: BTreeMap<String, (Target, Instant)>,
}

#[derive(Debug)]
struct Waiting {
    key_id: String,
    decision: oneshot::Sender<Decision>,
}

impl Switchboard {
    /// A call waits to be taken by whoever has this key; `None` when too many do.
    pub fn waits(&self, id: &str, key_id: &str) -> Option<oneshot::Receiver<Decision>> {
        let mut state = self.locked();
        // A carrier that gave up took its call's place with it.
        state.waiting.retain(|_, waiting| !waiting.decision.is_closed());
        if state.waiting.len() >= WAITING_MAX {
            return None;
        }
        let (decision, decided) = oneshot::channel();
        state.waiting.insert(id.to_owned(), Waiting { key_id: key_id.to_owned(), decision });
        Some(decided)
    }

    /// A call waits no longer.
    pub fn gone(&self, id: &str) {
        self.locked().waiting.remove(id);
    }

    /// Decides about a call that waits; false when this key has none of this name.
    pub fn decide(&self, id: &str, key_id: &str, decision: Decision) -> bool {
        let mut state = self.locked();
        if state.waiting.get(id).is_none_or(|waiting| waiting.key_id != key_id) {
            return false;
        }
        let accepted = matches!(decision, Decision::Accept(_));
        let decided = state.waiting.remove(id).is_some_and(|waiting| waiting.decision.send(decision).is_ok());
        if decided && accepted {
            let now = Instant::now();
            state.coming.retain(|_, (_, until)| *until > now);
            state.coming.insert(id.to_owned(), (key_id.to_owned(), now + COMES_WITHIN));
        }
        decided
    }

    /// A call that was accepted has not begun yet: its carrier is on the way.
    pub fn is_coming(&self, id: &str, key_id: &str) -> bool {
        let now = Instant::now();
        self.locked().coming.get(id).is_some_and(|(key, until)| key == key_id && *until > now)
    }

    /// Waits until a call that was accepted has begun, or does not come any more.
    pub async fn begins(&self, id: &str, key_id: &str) {
        let came = async {
            loop {
                let changed = self.changed.notified();
                if !self.is_coming(id, key_id) {
                    return;
                }
                changed.await;
            }
        };
        let _ = tokio::time::timeout(COMES_WITHIN, came).await;
    }

    /// A session is a telephone call of this name.
    pub fn began(&self, session: &str, call: &str) {
        let mut state = self.locked();
        state.running.insert(session.to_owned(), call.to_owned());
        state.coming.remove(session);
        drop(state);
        self.changed.notify_waiters();
    }

    /// A session is a telephone call.
    pub fn is_running(&self, session: &str) -> bool {
        self.locked().running.contains_key(session)
    }

    /// The call of a session is over.
    pub fn over(&self, session: &str) {
        self.locked().running.remove(session);
    }

    /// The call of a session goes to this target once the session is over; false when it is no telephone call.
    pub fn refer(&self, session: &str, target: Target, now: Instant) -> bool {
        let mut state = self.locked();
        let Some(call) = state.running.get(session).cloned() else { return false };
        state.next.retain(|_, (_, until)| *until > now);
        while state.next.len() >= NEXT_MAX {
            let oldest = state.next.iter().min_by_key(|(_, (_, until))| *until).map(|(call, _)| call.clone());
            oldest.and_then(|oldest| state.next.remove(&oldest));
        }
        state.next.insert(call, (target, now + NEXT_WITHIN));
        true
    }

    /// Where a call goes next, said once.
    pub fn next(&self, call: &str, now: Instant) -> Option<Target> {
        self.locked().next.remove(call).filter(|(_, until)| *until > now).map(|(target, _)| target)
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a call may be sent: a number (RFC 3966) or a SIP address (RFC 3261).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A telephone number: digits, after a plus where it is a whole one.
    Number(String),
    /// A SIP or SIPS address.
    Sip(String),
}

impl Target {
    /// Reads `tel:+14155550123` or `sip:agent@example.com`; `None` when it is neither.
    pub fn read(uri: &str) -> Option<Self> {
        if uri.len() > TARGET_BYTES_MAX {
            return None;
        }
        if let Some(number) = uri.strip_prefix("tel:") {
            let digits = number.strip_prefix('+').unwrap_or(number);
            let fits = (1..=32).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
            return fits.then(|| Self::Number(number.to_owned()));
        }
        let rest = uri.strip_prefix("sip:").or_else(|| uri.strip_prefix("sips:"))?;
        let (user, host) = rest.split_once('@')?;
        let plain = |text: &str| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+:;=%".contains(&byte))
        };
        (plain(user) && plain(host)).then(|| Self::Sip(uri.to_owned()))
    }

    /// Whether calls may be sent here: numbers that begin so (`tel:+1415`), or SIP addresses of this user, or of anybody, at this very host
    /// (`sip:desk@example.com`, `sip:*@example.com`).
    pub fn is_allowed(&self, allowed: &str) -> bool {
        match self {
            Self::Number(number) => allowed.strip_prefix("tel:").is_some_and(|beginning| number.starts_with(beginning)),
            Self::Sip(uri) => {
                let (Some((user, host)), Some((allowed_user, allowed_host))) = (address(uri), address(allowed)) else {
                    return false;
                };
                host.eq_ignore_ascii_case(allowed_host) && (allowed_user == "*" || allowed_user == user)
            }
        }
    }

    /// As the carriers' markup (TwiML, TeXML) dials it.
    pub fn noun(&self) -> String {
        // Neither holds a letter that markup would have to escape.
        match self {
            Self::Number(number) => format!("<Number>{number}</Number>"),
            Self::Sip(uri) => format!("<Sip>{uri}</Sip>"),
        }
    }
}

/// What calls may be sent to can be written so: the beginning of a number, or a user (or `*`) at a host.
pub fn is_rule(allowed: &str) -> bool {
    match allowed.strip_prefix("tel:") {
        Some(beginning) => {
            let digits = beginning.strip_prefix('+').unwrap_or(beginning);
            !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
        }
        None => address(allowed).is_some_and(|(user, host)| !user.is_empty() && !host.is_empty()),
    }
}

/// User and host of a SIP address, without port and parameters.
fn address(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("sip:").or_else(|| uri.strip_prefix("sips:"))?;
    let (user, host) = rest.split_once('@')?;
    Some((user, host.split([':', ';']).next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_call_is_decided_once_and_by_its_own_key() {
        let board = Switchboard::default();
        let mut decided = board.waits("c1", "key").expect("there is room");
        assert!(
            !board.decide("c1", "other", Decision::Reject(486)) && !board.decide("c2", "key", Decision::Reject(486))
        );
        assert!(board.decide("c1", "key", Decision::Accept(json!({ "type": "realtime" }))));
        assert_eq!(decided.try_recv(), Ok(Decision::Accept(json!({ "type": "realtime" }))));
        assert!(!board.decide("c1", "key", Decision::Reject(486)), "it is decided");
        drop(board.waits("c3", "key"));
        assert!(!board.decide("c3", "key", Decision::Reject(486)), "nobody waits any more");
    }

    #[test]
    fn a_call_goes_on_once_and_not_for_long() {
        let (board, now) = (Switchboard::default(), Instant::now());
        let target = || Target::Number("+15550100".to_owned());
        assert!(!board.refer("s", target(), now), "it is no telephone call");
        board.began("s", "CA1");
        assert!(board.refer("s", target(), now));
        board.over("s");
        assert!(!board.refer("s", target(), now));
        assert_eq!((board.next("CA1", now), board.next("CA1", now)), (Some(target()), None));
        board.began("s", "CA2");
        assert!(board.refer("s", target(), now));
        assert_eq!(board.next("CA2", now + NEXT_WITHIN), None);
    }

    #[test]
    fn calls_are_sent_where_they_may_be_and_to_no_lookalike() {
        let goes = |target: &str, allowed: &str| Target::read(target).expect("it is one").is_allowed(allowed);
        assert!(goes("tel:+14155550123", "tel:+1415") && !goes("tel:+14165550123", "tel:+1415"));
        assert!(goes("sip:desk@pbx.example:5060;transport=tls", "sip:desk@pbx.example"));
        assert!(goes("sips:anna@PBX.example", "sip:*@pbx.example"));
        for (target, allowed) in [
            ("sip:desk@pbx.example.evil.net", "sip:desk@pbx.example"),
            ("sip:boss@pbx.example", "sip:desk@pbx.example"),
            ("sip:desk@pbx.example", "tel:+1"),
            ("tel:+14155550123", "sip:*@pbx.example"),
        ] {
            assert!(!goes(target, allowed), "{target} by {allowed}");
        }
        assert!(is_rule("tel:+1") && is_rule("sip:*@pbx.example"));
        for wrong in ["", "tel:", "tel:+", "sip:", "sip:desk@", "sip:@pbx.example", "sip:desk", "mailto:a@b"] {
            assert!(!is_rule(wrong), "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_call_that_was_accepted_is_waited_for() {
        let board = Switchboard::default();
        let decided = board.waits("c1", "key").expect("there is room");
        assert!(board.decide("c1", "key", Decision::Accept(json!({}))));
        assert!(board.is_coming("c1", "key") && !board.is_coming("c1", "other"));
        let (came, ()) = tokio::join!(board.begins("c1", "key"), async { board.began("c1", "CA1") });
        assert_eq!((came, board.is_coming("c1", "key")), ((), false));
        drop(decided);
        // Carriers that gave up leave no places taken.
        for n in 0..WAITING_MAX + 1 {
            assert!(board.waits(&format!("gone {n}"), "key").is_some(), "{n}");
        }
    }

    #[test]
    fn targets_are_numbers_and_addresses_and_nothing_that_markup_could_mistake() {
        let number = |text: &str| Some(Target::Number(text.to_owned()));
        assert_eq!(
            (Target::read("tel:+14155550123"), Target::read("tel:911")),
            (number("+14155550123"), number("911"))
        );
        let sip = "sip:agent-1@example.com:5060;transport=tls";
        assert_eq!(Target::read(sip).map(|target| target.noun()), Some(format!("<Sip>{sip}</Sip>")));
        for wrong in [
            "",
            "tel:",
            "tel:+",
            "tel:12a",
            "sip:",
            "sip:a",
            "sip:@b",
            "sip:a@b c",
            "sip:a@<b>",
            "mailto:a@b",
            "sip:a&b@c",
        ] {
            assert_eq!(Target::read(wrong), None, "{wrong}");
        }
        assert_eq!(Target::read(&format!("tel:{}", "1".repeat(300))), None);
    }
}
