//! Signatures of keys, of contracts, and of nobody.

use crate::account::signature::*;
use alloy_primitives::{address, b256, hex, keccak256};
use proptest::prelude::*;
use serde_json::Value;

const DIGEST: B256 = b256!("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
const CONTRACT: Address = address!("5FbDB2315678afecb367f032d93F642f64180aa3");

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../tests/sign_in.json")).expect("JSON")
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().expect("text")).expect("hex")
}

#[test]
fn a_key_signs_for_its_own_address_in_one_form_only() {
    let vectors = vectors();
    let signer: Address = vectors["signer"].as_str().expect("text").parse().expect("an address");
    for vector in vectors["messages"].as_array().expect("a list") {
        let digest: B256 = vector["digest"].as_str().expect("text").parse().expect("32 bytes");
        let mut signature = bytes(&vector["signature"]);
        assert_eq!(judge(signer, digest, &signature), Verdict::Signed);
        assert!(matches!(judge(CONTRACT, digest, &signature), Verdict::Ask(_)));
        assert!(matches!(judge(signer, DIGEST, &signature), Verdict::Ask(_)));
        assert_eq!(judge(Address::ZERO, digest, &signature), Verdict::Bad);
        signature[64] -= 27;
        assert_eq!(judge(signer, digest, &signature), Verdict::Signed);
        // The same signature with the other half of `s`.
        let s = alloy_primitives::U256::from_be_slice(&signature[32..64]);
        let order = alloy_primitives::uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);
        signature[32..64].copy_from_slice(&(order - s).to_be_bytes::<32>());
        signature[64] = 1 - signature[64];
        assert!(matches!(judge(signer, digest, &signature), Verdict::Ask(_)));
    }
}

#[test]
fn viem_wraps_as_we_unwrap() {
    let wrapped = &vectors()["wrapped"];
    let wrapper = Wrapper::read(&bytes(&wrapped["whole"])).expect("it is wrapped");
    assert_eq!(wrapper.factory, wrapped["factory"].as_str().expect("text").parse::<Address>().expect("an address"));
    assert_eq!(wrapper.factory_data, bytes(&wrapped["factory_data"]));
    assert_eq!(wrapper.signature, bytes(&wrapped["signature"]));
}

#[test]
fn a_contract_is_asked_by_erc_1271() {
    let Verdict::Ask(call) = judge(CONTRACT, DIGEST, &[7; 3]) else { panic!("only the chain can say") };
    assert_eq!(call.to, Some(CONTRACT));
    let said = isValidSignatureCall::abi_decode(&call.data).expect("the call");
    assert_eq!((said.hash, said.signature), (DIGEST, Bytes::from(vec![7; 3])));
    let yes = [&IS_VALID[..], &[0; 28]].concat();
    assert!(is_valid(&yes));
    for no in
        [&[][..], &yes[..31], &[0; 32], &[0x16, 0x26, 0xba, 0x7e], &[255; 32], &[&IS_VALID[..], &[1; 28]].concat()]
    {
        assert!(!is_valid(no), "{no:?}");
    }
}

fn wrap(factory: Address, factory_data: &[u8], signature: &[u8]) -> Vec<u8> {
    let body = (factory, Bytes::copy_from_slice(factory_data), Bytes::copy_from_slice(signature)).abi_encode_params();
    [&body[..], &WRAPPED].concat()
}

/// The proxy that deploys by CREATE2 on every chain: salt and code in, contract out.
const FACTORY: Address = address!("4e59b44847b379578588920cA78FbF26c0B4956C");

/// Creation code of a contract with this code.
fn creation(runtime: &[u8]) -> Vec<u8> {
    let len = u8::try_from(runtime.len()).expect("it is short");
    [&[0x60, len, 0x60, 0x0c, 0x60, 0, 0x39, 0x60, len, 0x60, 0, 0xf3][..], runtime].concat()
}

/// The calls for contracts that say yes, that say no, that fail with a yes, that are not there, and one whose answer is too short. Their data
/// was run on anvil 1.7.1: the first alone returned yes, before its contract was deployed and after; the others returned zero.
#[test]
fn a_contract_that_is_not_there_yet_is_asked_by_erc_6492() {
    let yes = hex!("631626ba7e60e01b60005260206000f3");
    let no = hex!("60206000f3");
    let fails = hex!("631626ba7e60e01b60005260206000fd");
    let short = hex!("631626ba7e60e01b60005260046000f3");
    let mut hashes = Vec::new();
    for runtime in [&yes[..], &no, &fails, &short, &[]] {
        let code = creation(runtime);
        let account = FACTORY.create2(B256::ZERO, keccak256(&code));
        let signature = wrap(FACTORY, &[&[0; 32][..], &code].concat(), &[0x42; 65]);
        let Verdict::Ask(call) = judge(account, DIGEST, &signature) else { panic!("only the chain can say") };
        assert_eq!(call.to, None);
        hashes.push(keccak256(&call.data).to_string()[2..10].to_owned());
    }
    assert_eq!(hashes, ["bb805a93", "87d9cc70", "e0202ae3", "3eb1ac50", "5b514465"]);
}

#[test]
fn what_is_wrapped_badly_is_nobodys() {
    let good = wrap(FACTORY, &[1; 40], &[2; 65]);
    assert!(matches!(judge(CONTRACT, DIGEST, &good), Verdict::Ask(EthCall { to: None, .. })));
    let cut = [&good[..64], &WRAPPED].concat();
    for wrong in
        [&WRAPPED[..], &cut, &wrap(FACTORY, &[0; SIGNATURE_BYTES_MAX], &[]), &[1; SIGNATURE_BYTES_MAX + 1], &[]]
    {
        assert_eq!(judge(CONTRACT, DIGEST, wrong), Verdict::Bad);
    }
}

proptest! {
    #[test]
    fn no_bytes_upset_it(mut signature in prop::collection::vec(any::<u8>(), 0..400), wrapped: bool) {
        if wrapped {
            signature.extend(WRAPPED);
        }
        prop_assert_ne!(judge(CONTRACT, DIGEST, &signature), Verdict::Signed);
    }

    #[test]
    fn what_is_wrapped_is_unwrapped(data in prop::collection::vec(any::<u8>(), 0..200), signature in prop::collection::vec(any::<u8>(), 0..200)) {
        let wrapper = Wrapper::read(&wrap(FACTORY, &data, &signature)).expect("it is wrapped");
        prop_assert_eq!((wrapper.factory, wrapper.factory_data.to_vec(), wrapper.signature.to_vec()), (FACTORY, data, signature));
    }
}
