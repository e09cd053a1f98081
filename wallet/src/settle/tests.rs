//! What the machine refuses. What it does in a bad world is tried in `tests/world`.

use crate::settle::*;
use k256::ecdsa::SigningKey;

fn place() -> Place {
    Place { chain_id: 31_337, distributor: Address::repeat_byte(7) }
}

fn key(byte: u8) -> SigningKey {
    SigningKey::from_slice(&[byte; 32]).expect("it is a key")
}

fn sign(terms: &Terms, by: &SigningKey) -> Bytes {
    let (signature, v) = by.sign_prehash_recoverable(terms.digest(&place()).as_slice()).expect("it signs");
    [&signature.to_bytes()[..], &[27 + v.to_byte()]].concat().into()
}

fn booked(price: Price) -> Booked {
    Booked {
        booking: "a".to_owned(),
        traveller: Address::repeat_byte(1),
        custodial: true,
        product: Product::Hotel,
        total_minor: 10_000,
        level: 0,
        currency: "USD".to_owned(),
        price,
    }
}

fn price() -> Price {
    Price { minor: 25, wei: Wei::from(10_u128.pow(18)) }
}

/// A machine with one reward whose claim is being signed: its nonce, words and fees.
fn claiming() -> (Settlement, u64, Call, Fees) {
    let issuer = Address::from_public_key(key(7).verifying_key());
    let mut machine = Settlement::restore(SettleConfig::new(place(), issuer), State::default());
    machine.handle(1000, Input::Head { number: 1, time: 1, base_fee: 7, count: 0 });
    machine.handle(1000, Input::Booked(booked(price())));
    let terms = machine.state().rewards["a"].terms;
    machine.handle(1000, Input::VoucherSigned { booking: "a".to_owned(), signature: sign(&terms, &key(7)) });
    machine.handle(1000, Input::RoomFound(terms.commission));
    machine.handle(1000, Input::BookingFound { booking: "a".to_owned(), state: OnChain::None });
    let wanted = std::iter::from_fn(|| machine.poll()).find_map(|output| match output {
        Output::SignTx { nonce, call, fees } => Some((nonce, call, fees)),
        _ => None,
    });
    let (nonce, call, fees) = wanted.expect("the claim is to be signed");
    (machine, nonce, call, fees)
}

fn version(byte: u8, fees: Fees) -> Try {
    Try { hash: B256::repeat_byte(byte), raw: vec![byte].into(), fees, at_ms: 1000 }
}

fn sent(machine: &mut Settlement) -> bool {
    std::iter::from_fn(|| machine.poll()).any(|output| matches!(output, Output::Send { .. }))
}

#[test]
fn a_claim_that_was_being_signed_when_its_booking_was_cancelled_is_never_sent() {
    let (mut machine, nonce, call, fees) = claiming();
    machine.handle(1001, Input::Cancelled { booking: "a".to_owned() });
    machine.handle(1002, Input::TxSigned { nonce, call, version: version(1, fees) });
    assert!(!sent(&mut machine));
    assert!(machine.state().lane.get(nonce).is_some_and(|flight| flight.tries.is_empty()));
    // The nonce goes by without it.
    machine.handle(1002 + ASK_AGAIN_MS, Input::Tick);
    let next = std::iter::from_fn(|| machine.poll()).find_map(|output| match output {
        Output::SignTx { call, .. } => Some(call),
        _ => None,
    });
    assert_eq!(next, Some(Call::Void));
}

#[test]
fn a_replacement_that_pays_no_more_is_never_sent() {
    let (mut machine, nonce, call, fees) = claiming();
    machine.handle(1001, Input::TxSigned { nonce, call: call.clone(), version: version(1, fees) });
    assert!(sent(&mut machine));
    machine.handle(1002, Input::TxSigned { nonce, call: call.clone(), version: version(2, fees) });
    assert_eq!(machine.state().lane.get(nonce).map(|flight| flight.tries.len()), Some(1));
    let more = fees.bumped(Fees::default());
    machine.handle(1003, Input::TxSigned { nonce, call, version: version(2, more) });
    assert_eq!(machine.state().lane.get(nonce).map(|flight| flight.tries.len()), Some(2));
}

#[test]
fn a_nonce_that_was_let_go_and_freed_again_is_filled() {
    let (mut machine, nonce, call, fees) = claiming();
    machine.handle(1001, Input::TxSigned { nonce, call, version: version(1, fees) });
    // The chain goes past it and knows nothing of ours, twice: somebody else spent it.
    for number in 2..5 {
        machine.handle(1000 * number, Input::Head { number, time: number, base_fee: 7, count: 1 });
        machine.handle(1000 * number, Input::TxFound { nonce, block: None });
    }
    assert!(machine.state().lane.get(nonce).is_none());
    std::iter::from_fn(|| machine.poll()).for_each(drop);
    // A reorganisation takes that back: the chain waits for the nonce again.
    machine.handle(9000, Input::Head { number: 5, time: 9, base_fee: 7, count: 0 });
    let signs = std::iter::from_fn(|| machine.poll()).find_map(|output| match output {
        Output::SignTx { nonce, call, .. } => Some((nonce, call)),
        _ => None,
    });
    assert_eq!(signs, Some((nonce, Call::Void)));
}

#[test]
fn what_changed_is_named_once() {
    let (mut machine, nonce, call, fees) = claiming();
    assert_eq!(machine.changed().into_iter().collect::<Vec<_>>(), ["a"]);
    assert!(machine.changed().is_empty());
    machine.handle(1001, Input::TxSigned { nonce, call, version: version(1, fees) });
    assert!(machine.changed().is_empty(), "that is the lane's");
    machine.handle(1002, Input::Cancelled { booking: "a".to_owned() });
    assert_eq!(machine.changed().len(), 1);
}

#[test]
fn a_voucher_that_somebody_else_signed_is_not_issued_and_is_asked_for_again() {
    let issuer = Address::from_public_key(key(7).verifying_key());
    let mut machine = Settlement::restore(SettleConfig::new(place(), issuer), State::default());
    let booked = booked(price());
    let asked = |machine: &mut Settlement, now_ms: u64, input: Input| -> Option<Terms> {
        machine.handle(now_ms, input);
        let all = std::iter::from_fn(|| machine.poll());
        all.filter_map(|output| if let Output::SignVoucher { terms, .. } = output { Some(terms) } else { None }).last()
    };
    let terms = asked(&mut machine, 1000, Input::Booked(booked)).expect("a voucher is wanted");
    let signed = |by: u8| Input::VoucherSigned { booking: "a".to_owned(), signature: sign(&terms, &key(by)) };
    assert_eq!(asked(&mut machine, 2000, signed(8)), None, "not at once: the signer would be asked without end");
    assert_eq!(machine.state().rewards["a"].stage, Stage::Earned);
    assert_eq!(asked(&mut machine, 1000 + ASK_AGAIN_MS, Input::Tick), Some(terms));
    assert_eq!(asked(&mut machine, 1001 + ASK_AGAIN_MS, signed(7)), None);
    assert_eq!(machine.state().rewards["a"].stage, Stage::Issued);
}

#[test]
fn an_answer_of_a_newer_chain_than_the_head_gives_up_no_nonce() {
    let (mut machine, nonce, call, fees) = claiming();
    machine.handle(1001, Input::TxSigned { nonce, call, version: version(1, fees) });
    let found = |machine: &mut Settlement, block| machine.handle(1002, Input::TxFound { nonce, block });
    let head = |machine: &mut Settlement, number, count| {
        machine.handle(1002, Input::Head { number, time: 1, base_fee: 7, count });
    };
    let there = Block { number: 2, hash: B256::repeat_byte(2) };
    head(&mut machine, 2, nonce + 1);
    found(&mut machine, Some(there));
    // The chain is another one already, and the machine has not heard of it.
    found(&mut machine, None);
    found(&mut machine, None);
    assert!(machine.state().lane.get(nonce).is_some(), "it can be sent again");
    head(&mut machine, 2, nonce);
    head(&mut machine, 3, nonce + 1);
    found(&mut machine, None);
    assert!(machine.state().lane.get(nonce).is_some(), "the count fell in between");
    head(&mut machine, 4, nonce + 1);
    found(&mut machine, None);
    assert!(machine.state().lane.get(nonce).is_none(), "somebody else spent it");
}

#[test]
fn a_voucher_is_good_in_a_block_whose_clock_is_behind_ours() {
    let issuer = Address::from_public_key(key(7).verifying_key());
    let mut machine = Settlement::restore(SettleConfig::new(place(), issuer), State::default());
    let now_s = 1_790_000_000;
    machine.handle(now_s * 1000, Input::Booked(booked(price())));
    let terms = machine.state().rewards["a"].terms;
    assert!(terms.issued_at + 60 < now_s && terms.expires_at > now_s, "{terms:?}");
}

#[test]
fn vouchers_are_signed_however_many_claims_wait_for_the_chain() {
    let issuer = Address::from_public_key(key(7).verifying_key());
    let mut machine = Settlement::restore(SettleConfig::new(place(), issuer), State::default());
    machine.handle(1000, Input::Head { number: 1, time: 1, base_fee: 7, count: 0 });
    let mut signed = BTreeSet::new();
    for n in 0..600 {
        machine.handle(1000, Input::Booked(Booked { booking: format!("{n:03}"), ..booked(price()) }));
        while let Some(output) = machine.poll() {
            if let Output::SignVoucher { booking, terms } = output {
                let signature = sign(&terms, &key(7));
                machine.handle(1000, Input::VoucherSigned { booking: booking.clone(), signature });
                signed.insert(booking);
            }
        }
    }
    // The chain has answered nothing yet.
    assert_eq!(signed.len(), 600);
}

#[test]
fn a_claim_begins_when_there_is_room_for_it() {
    let issuer = Address::from_public_key(key(7).verifying_key());
    let mut machine = Settlement::restore(SettleConfig::new(place(), issuer), State::default());
    machine.handle(1000, Input::Head { number: 1, time: 1, base_fee: 7, count: 0 });
    let names = ["a", "b", "c"];
    for name in names {
        machine.handle(1000, Input::Booked(Booked { booking: name.to_owned(), ..booked(price()) }));
        let terms = machine.state().rewards[name].terms;
        machine.handle(1000, Input::VoucherSigned { booking: name.to_owned(), signature: sign(&terms, &key(7)) });
    }
    let asked = |machine: &mut Settlement| std::iter::from_fn(|| machine.poll()).collect::<Vec<_>>();
    let first = asked(&mut machine);
    assert_eq!(first.iter().filter(|output| **output == Output::FindRoom).count(), 1, "{first:?}");
    assert!(!first.iter().any(|output| matches!(output, Output::FindBooking { .. })), "{first:?}");
    let commission = machine.state().rewards["a"].terms.commission;
    let two = commission.plus(commission).expect("it fits");
    machine.handle(1001, Input::RoomFound(two));
    for name in names {
        machine.handle(1001, Input::BookingFound { booking: name.to_owned(), state: OnChain::None });
    }
    assert_eq!(machine.state().lane.in_the_air(), 2, "the third waits");
    // The chain has taken neither yet.
    machine.handle(1001 + ASK_AGAIN_MS, Input::Tick);
    assert!(asked(&mut machine).contains(&Output::FindRoom));
    machine.handle(1002 + ASK_AGAIN_MS, Input::RoomFound(two));
    assert_eq!(machine.state().lane.in_the_air(), 2, "what is on its way counts");
    machine.handle(1003 + 2 * ASK_AGAIN_MS, Input::RoomFound(two.plus(commission).expect("it fits")));
    assert_eq!(machine.state().lane.in_the_air(), 3);
}

#[test]
fn a_voucher_that_is_good_no_longer_is_issued_again() {
    let (machine, ..) = claiming();
    let mut state = machine.state().clone();
    state.lane = State::default().lane;
    let issued = state.rewards["a"].terms;
    let signs = |config: SettleConfig, time: u64| {
        let mut machine = Settlement::restore(config, state.clone());
        machine.handle(time * 1000, Input::Head { number: 9, time, base_fee: 7, count: 1 });
        let terms = std::iter::from_fn(|| machine.poll()).find_map(|output| match output {
            Output::SignVoucher { terms, .. } => Some(terms),
            _ => None,
        });
        (terms, machine)
    };
    let issuer = Address::from_public_key(key(7).verifying_key());
    let config = SettleConfig::new(place(), issuer);
    assert_eq!(signs(config.clone(), 2).0, None, "it is good");
    let (late, _) = signs(config.clone(), issued.expires_at + 1);
    assert!(late.is_some_and(|terms| terms.expires_at > issued.expires_at && terms.booking == issued.booking));
    let other = SettleConfig { issuer: Address::from_public_key(key(8).verifying_key()), ..config };
    let (again, mut machine) = signs(other, 2);
    assert!(again.is_some(), "the issuer is another one");
    // Somebody may have the first one: the booking is cancelled where it counts.
    machine.handle(3000, Input::Cancelled { booking: "a".to_owned() });
    machine.handle(3000, Input::BookingFound { booking: "a".to_owned(), state: OnChain::None });
    let calls = std::iter::from_fn(|| machine.poll()).collect::<Vec<_>>();
    assert!(calls.iter().any(|output| matches!(output, Output::SignTx { call: Call::Cancel(_), .. })), "{calls:?}");
}
