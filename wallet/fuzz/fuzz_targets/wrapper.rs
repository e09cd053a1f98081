//! Any signature, wrapped by ERC-6492 or not: it is nobody's, or the chain is asked with a call that has a bound; never a panic, and never a yes.
#![no_main]

use alloy_primitives::{Address, B256};
use libfuzzer_sys::fuzz_target;
use wallet::account::signature::{SIGNATURE_BYTES_MAX, Verdict, Wrapper, is_valid, judge};

/// The limit of code that runs without a target (EIP-3860).
const CODE_BYTES_MAX: usize = 49_152;

fuzz_target!(|input: (bool, &[u8])| {
    let (wrapped, bytes) = input;
    let tail: &[u8] = if wrapped { &[0x64, 0x92].repeat(16) } else { &[] };
    let signature = [bytes, tail].concat();
    let (address, digest) = (Address::repeat_byte(7), B256::repeat_byte(9));
    match judge(address, digest, &signature) {
        Verdict::Signed => panic!("nobody has the key of this address"),
        Verdict::Bad => assert!(wrapped || signature.is_empty() || signature.len() > SIGNATURE_BYTES_MAX),
        Verdict::Ask(call) if call.to.is_none() => {
            assert!(Wrapper::read(&signature).is_some() && call.data.len() <= CODE_BYTES_MAX);
        }
        Verdict::Ask(call) => assert_eq!(call.to, Some(address)),
    }
    let _ = is_valid(bytes);
});
