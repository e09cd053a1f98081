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

#[test]
fn a_voucher_that_somebody_else_signed_is_not_issued_and_is_asked_for_again() {
    let issuer = Address::from_public_key(key(7).verifying_key());
    let mut machine = Settlement::restore(SettleConfig::new(place(), issuer), State::default());
    let price = Price { minor: 25, wei: Wei::from(10_u128.pow(18)) };
    let booked = Booked {
        booking: "a".to_owned(),
        traveller: Address::repeat_byte(1),
        custodial: true,
        product: Product::Hotel,
        total_minor: 10_000,
        level: 0,
        currency: "USD".to_owned(),
        price,
    };
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
