//! Linking a wallet: by its key, by a contract, and the ways in which it is not linked.

use crate::account::*;
use alloy_primitives::{eip191_hash_message, keccak256};
use k256::ecdsa::SigningKey;
use proptest::prelude::*;

const NOW_MS: u64 = 1_795_750_800_000;
const NONCE: &str = "Zx81Nonce";

fn config() -> SignInConfig {
    SignInConfig {
        scheme: "https".to_owned(),
        domain: "voxfare.example".to_owned(),
        uri: "https://voxfare.example".to_owned(),
        statement: "Link this wallet to your Voxfare account.".to_owned(),
        chain_ids: vec![1, 31337],
        challenge_ms: 600_000,
        skew_ms: 30_000,
    }
}

fn key() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).expect("a key")
}

fn wallet() -> Address {
    Address::from_public_key(key().verifying_key())
}

fn sign(text: &str) -> Bytes {
    let (signature, v) = key().sign_prehash_recoverable(eip191_hash_message(text).as_slice()).expect("signs");
    [&signature.to_bytes()[..], &[27 + v.to_byte()]].concat().into()
}

fn machine() -> SignIn {
    SignIn::restore(config(), SignInState::default())
}

fn all(machine: &mut SignIn) -> Vec<Output> {
    std::iter::from_fn(|| machine.poll()).collect()
}

/// Begins for an account and gives the message to sign.
fn begin(machine: &mut SignIn, now_ms: u64, account: &str, nonce: &str) -> String {
    let wallet = Some((wallet(), 31337));
    machine.handle(now_ms, Input::Begin { account: account.to_owned(), nonce: nonce.to_owned(), wallet });
    match all(machine).as_slice() {
        [Output::Challenge { message: Some(message), .. }] => message.clone(),
        other => panic!("a challenge is wanted, not {other:?}"),
    }
}

fn answer(machine: &mut SignIn, now_ms: u64, account: &str, message: &str, signature: Bytes) -> Vec<Output> {
    machine.handle(now_ms, Input::Signed { account: account.to_owned(), message: message.to_owned(), signature });
    all(machine)
}

fn refused(why: Refusal) -> Vec<Output> {
    vec![Output::Refused { account: "ann".to_owned(), why }]
}

fn is_linked(outputs: &[Output], is_contract: bool) -> bool {
    matches!(outputs, [Output::Linked { account, wallet: linked }]
        if account == "ann" && linked.address == wallet() && linked.is_contract == is_contract)
}

#[test]
fn a_wallet_is_linked_by_its_key_once() {
    let mut machine = machine();
    assert_eq!(config().check(), Ok(()));
    let message = begin(&mut machine, NOW_MS, "ann", NONCE);
    let signature = sign(&message);
    assert!(is_linked(&answer(&mut machine, NOW_MS + 5000, "ann", &message, signature.clone()), false));
    assert_eq!(answer(&mut machine, NOW_MS + 6000, "ann", &message, signature), refused(Refusal::NoChallenge));
}

#[test]
fn a_restart_keeps_open_challenges_and_no_answered_one() {
    let mut machine = machine();
    let open = begin(&mut machine, NOW_MS, "ann", "openNonce1");
    let answered = begin(&mut machine, NOW_MS, "ann", "usedNonce1");
    assert!(is_linked(&answer(&mut machine, NOW_MS, "ann", &answered, sign(&answered)), false));
    let stored = serde_json::to_string(machine.state()).expect("text");
    let mut machine = SignIn::restore(config(), serde_json::from_str(&stored).expect("read"));
    assert_eq!(answer(&mut machine, NOW_MS, "ann", &answered, sign(&answered)), refused(Refusal::NoChallenge));
    assert!(is_linked(&answer(&mut machine, NOW_MS, "ann", &open, sign(&open)), false));
}

#[test]
fn a_contract_links_when_the_chain_says_so() {
    let yes: Bytes = [&[0x16, 0x26, 0xba, 0x7e][..], &[0; 28]].concat().into();
    let cases = [
        (Called::Returned(yes), None),
        (Called::Returned(Bytes::from(vec![0; 32])), Some(Refusal::BadSignature)),
        (Called::Reverted, Some(Refusal::BadSignature)),
        (Called::Unreachable, Some(Refusal::Unreachable)),
    ];
    for (called, why) in cases {
        let mut machine = machine();
        let message = begin(&mut machine, NOW_MS, "ann", NONCE);
        let asked = answer(&mut machine, NOW_MS, "ann", &message, Bytes::from_static(&[1, 2, 3]));
        let [Output::Call { nonce, chain_id: 31337, call }] = asked.as_slice() else { panic!("{asked:?}") };
        assert_eq!((nonce.as_str(), call.to), (NONCE, Some(wallet())));
        let answered = Input::Called { nonce: nonce.clone(), called };
        machine.handle(NOW_MS + 100, answered.clone());
        let outputs = all(&mut machine);
        match why {
            None => assert!(is_linked(&outputs, true)),
            Some(why) => assert_eq!(outputs, refused(why)),
        }
        machine.handle(NOW_MS + 200, answered);
        assert_eq!(all(&mut machine), [], "an answer counts once");
    }
}

#[test]
fn a_chain_that_says_nothing_is_not_waited_for_longer_than_that() {
    let mut machine = machine();
    let message = begin(&mut machine, NOW_MS, "ann", NONCE);
    answer(&mut machine, NOW_MS, "ann", &message, Bytes::from_static(&[1]));
    assert_eq!(machine.timeout_ms(), Some(NOW_MS + CALL_MS));
    machine.handle(NOW_MS + CALL_MS - 1, Input::Tick);
    assert_eq!(all(&mut machine), []);
    machine.handle(NOW_MS + CALL_MS, Input::Tick);
    assert_eq!(all(&mut machine), refused(Refusal::Unreachable));
    assert_eq!(machine.timeout_ms(), None);
}

#[test]
fn a_message_that_says_something_else_links_nothing() {
    let cases = [
        ("https://voxfare.example wants", "https://voxfare.evil wants", Refusal::OtherSite),
        ("https://voxfare.example wants", "http://voxfare.example wants", Refusal::OtherSite),
        ("URI: https://voxfare.example", "URI: https://voxfare.example/other", Refusal::OtherSite),
        ("Link this wallet", "Empty this wallet", Refusal::OtherWords),
        (
            "Z\nExpiration",
            "Z\nNot Before: 2026-11-27T03:40:00Z\nRequest ID: 1\nExpiration",
            Refusal::NotAMessage(NotAMessage::Trailing),
        ),
        ("Chain ID: 31337", "Chain ID: 5", Refusal::OtherChain),
        ("Nonce: Zx81Nonce", "Nonce: Zx82Nonce", Refusal::NoChallenge),
        ("Issued At: 2026-11-27T03:40", "Issued At: 2026-11-27T03:39", Refusal::OtherTime),
        ("Issued At: 2026-11-27T03:40", "Issued At: 2026-11-27T03:41", Refusal::OtherTime),
        ("Expiration Time: 2026-11-27T03:50", "Expiration Time: 2026-11-27T03:39", Refusal::OtherTime),
    ];
    for (from, to, why) in cases {
        let mut machine = machine();
        let message = begin(&mut machine, NOW_MS, "ann", NONCE);
        let changed = message.replacen(from, to, 1);
        assert_ne!(changed, message, "{from} is in it");
        assert_eq!(answer(&mut machine, NOW_MS, "ann", &changed, sign(&changed)), refused(why), "{to}");
    }
    let mut machine = machine();
    let message = begin(&mut machine, NOW_MS, "ann", NONCE);
    let later = message.clone() + "\nNot Before: 2026-11-27T03:41:00Z\nResources:\n- a:b";
    assert_eq!(answer(&mut machine, NOW_MS, "ann", &later, sign(&later)), refused(Refusal::OtherWords));
    let message = begin(&mut machine, NOW_MS, "ann", NONCE);
    let later = message + "\nNot Before: 2026-11-27T03:41:00Z";
    assert_eq!(answer(&mut machine, NOW_MS, "ann", &later, sign(&later)), refused(Refusal::OtherTime));
}

#[test]
fn somebody_elses_challenge_is_neither_answered_nor_used_up() {
    let mut machine = machine();
    let message = begin(&mut machine, NOW_MS, "ann", NONCE);
    let taken = answer(&mut machine, NOW_MS, "bob", &message, sign(&message));
    assert_eq!(taken, [Output::Refused { account: "bob".to_owned(), why: Refusal::OtherAccount }]);
    assert!(is_linked(&answer(&mut machine, NOW_MS, "ann", &message, sign(&message)), false));
}

#[test]
fn challenges_lapse_and_are_bounded() {
    let mut machine = machine();
    let message = begin(&mut machine, NOW_MS, "ann", NONCE);
    let late = NOW_MS + config().challenge_ms;
    assert_eq!(answer(&mut machine, late, "ann", &message, sign(&message)), refused(Refusal::NoChallenge));
    let first = begin(&mut machine, late, "ann", "first0000");
    for n in 0..CHALLENGES_OF_ONE_MAX {
        begin(&mut machine, late + 1, "ann", &format!("another{n:04}"));
    }
    assert_eq!(machine.state().challenges.len(), CHALLENGES_OF_ONE_MAX);
    assert_eq!(answer(&mut machine, late + 1, "ann", &first, sign(&first)), refused(Refusal::NoChallenge));
    for n in 0..CHALLENGES_MAX - CHALLENGES_OF_ONE_MAX {
        let (account, nonce) = (n.to_string(), keccak256(n.to_be_bytes()).to_string()[2..].to_owned());
        machine.state.challenges.insert(nonce, Challenge { account, at_ms: late + 2 });
    }
    begin(&mut machine, late + 2, "eve", "eveNonce1");
    assert_eq!(machine.state().challenges.len(), CHALLENGES_MAX, "the oldest went");
    machine.handle(late + 2, Input::Begin { account: "x".to_owned(), nonce: "short".to_owned(), wallet: None });
    machine.handle(
        late + 2,
        Input::Begin { account: "x".to_owned(), nonce: NONCE.to_owned(), wallet: Some((wallet(), 5)) },
    );
    let refusals: Vec<_> = all(&mut machine)
        .into_iter()
        .map(|output| match output {
            Output::Refused { why, .. } => why,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(refusals, [Refusal::BadNonce, Refusal::OtherChain]);
}

#[test]
fn a_page_that_cannot_be_named_is_no_page() {
    for wrong in [
        SignInConfig { domain: String::new(), ..config() },
        SignInConfig { domain: "a@b".to_owned(), ..config() },
        SignInConfig { uri: "voxfare".to_owned(), ..config() },
        SignInConfig { statement: "two\nlines".to_owned(), ..config() },
        SignInConfig { chain_ids: Vec::new(), ..config() },
        SignInConfig { challenge_ms: 0, ..config() },
    ] {
        assert!(wrong.check().is_err(), "{wrong:?}");
    }
}

proptest! {
    #[test]
    fn one_challenge_links_one_wallet_at_most(acts in prop::collection::vec((0..3_u8, 0..3_u8, 0..400_000_u32), 1..40)) {
        let (mut machine, mut now_ms, mut linked) = (machine(), NOW_MS, BTreeMap::new());
        let mut messages: Vec<Option<String>> = vec![None; 3];
        for (act, which, ms) in acts {
            now_ms += u64::from(ms);
            machine.handle(now_ms, Input::Tick);
            all(&mut machine);
            let at = usize::from(which);
            match (&messages[at], act) {
                (None, _) => messages[at] = Some(begin(&mut machine, now_ms, "ann", &format!("nonceNumber{which}"))),
                (Some(message), 0) => drop(answer(&mut machine, now_ms, "ann", message, Bytes::from_static(&[9]))),
                (Some(message), _) => {
                    let signature = sign(message);
                    let outputs = answer(&mut machine, now_ms, "ann", message, signature);
                    *linked.entry(which).or_insert(0) += usize::from(is_linked(&outputs, false));
                }
            }
        }
        prop_assert!(linked.values().all(|times| *times <= 1), "{linked:?}");
    }
}
