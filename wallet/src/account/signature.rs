//! Whose signature it is: an account's own key is recovered here; what only a contract can say (ERC-1271), deployed or not yet (ERC-6492), is
//! written as a call for others to make. It calls nobody.

use alloy_primitives::{Address, B256, Bytes, Signature};
use alloy_sol_types::{SolCall, SolValue, sol};
use serde::{Deserialize, Serialize};

/// Longest signature, in bytes. The code of a call without a target is limited to 49,152 (EIP-3860), and this leaves room for the rest of it.
pub const SIGNATURE_BYTES_MAX: usize = 32_768;

/// What a contract answers to a signature that is its own (ERC-1271).
const IS_VALID: [u8; 4] = [0x16, 0x26, 0xba, 0x7e];
/// What a signature of a contract that is not deployed yet ends with (ERC-6492).
const WRAPPED: [u8; 32] = [
    0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64,
    0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92, 0x64, 0x92,
];

sol! {
    function isValidSignature(bytes32 hash, bytes signature) external view returns (bytes4);
}

/// An `eth_call` to be made at the newest block. Without a target its data is code that runs and leaves nothing behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EthCall {
    /// Whom it calls.
    pub to: Option<Address>,
    /// What it says.
    pub data: Bytes,
}

/// What came of an `eth_call`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Called {
    /// It returned this.
    Returned(Bytes),
    /// It reverted.
    Reverted,
    /// No node answered.
    Unreachable,
}

/// What can be said of a signature without the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The account's own key signed.
    Signed,
    /// The chain must say: this call returns what [`is_valid`] reads.
    Ask(EthCall),
    /// It is nobody's.
    Bad,
}

/// A signature of a contract that may not be deployed yet (ERC-6492).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrapper {
    /// Who deploys it.
    pub factory: Address,
    /// What the factory is told.
    pub factory_data: Bytes,
    /// The contract's own signature.
    pub signature: Bytes,
}

impl Wrapper {
    /// Takes a wrapped signature apart; `None` when it is not wrapped, or badly.
    #[must_use]
    pub fn read(signature: &[u8]) -> Option<Self> {
        let body = signature.strip_suffix(&WRAPPED).filter(|_| signature.len() <= SIGNATURE_BYTES_MAX)?;
        let (factory, factory_data, signature) = <(Address, Bytes, Bytes)>::abi_decode_params_validate(body).ok()?;
        Some(Self { factory, factory_data, signature })
    }
}

/// Whose signature of a digest it is, for who says to be `address`.
#[must_use]
pub fn judge(address: Address, digest: B256, signature: &[u8]) -> Verdict {
    if signature.is_empty() || signature.len() > SIGNATURE_BYTES_MAX || address == Address::ZERO {
        return Verdict::Bad;
    }
    if signature.ends_with(&WRAPPED) {
        return Wrapper::read(signature)
            .and_then(|wrapper| wrapper.call(address, digest))
            .map_or(Verdict::Bad, Verdict::Ask);
    }
    // The address is a hash of the key that is recovered: no contract's can be hit.
    if recover(digest, signature) == Some(address) {
        return Verdict::Signed;
    }
    let data = isValidSignatureCall { hash: digest, signature: signature.to_vec().into() }.abi_encode().into();
    Verdict::Ask(EthCall { to: Some(address), data })
}

/// Whether the contract said that the signature is its own.
#[must_use]
pub fn is_valid(returned: &[u8]) -> bool {
    returned.len() >= 32 && returned[..4] == IS_VALID && returned[4..32].iter().all(|byte| *byte == 0)
}

/// The address whose key signed with 65 bytes `r s v`; the upper half of `s` is refused, so that a signature has one form.
fn recover(digest: B256, signature: &[u8]) -> Option<Address> {
    let [rest @ .., v] = signature else { return None };
    if rest.len() != 64 || !matches!(v, 0 | 1 | 27 | 28) {
        return None;
    }
    let signature = Signature::from_raw(signature).ok().filter(|signature| signature.normalize_s().is_none())?;
    signature.recover_address_from_prehash(&digest).ok()
}

impl Wrapper {
    /// Code that has the factory deploy the account, asks the account, and returns its answer; nothing of it lasts. A factory that fails, since
    /// the account is there already, changes nothing. What the account does not return reads as zero.
    fn call(&self, account: Address, digest: B256) -> Option<EthCall> {
        let ask = isValidSignatureCall { hash: digest, signature: self.signature.clone() }.abi_encode();
        let (deploy_len, ask_len) = (u16::try_from(self.factory_data.len()).ok()?, u16::try_from(ask.len()).ok()?);
        // The answer goes where neither of the two was written: the question begins with the very bytes that mean yes.
        let answer_at = deploy_len.max(ask_len).checked_next_multiple_of(32)?;
        let code_len = u16::try_from(Self::code(Address::ZERO, Address::ZERO, [0; 5]).len()).ok()?;
        let ask_at = code_len.checked_add(deploy_len)?;
        let mut data = Self::code(self.factory, account, [code_len, deploy_len, ask_at, ask_len, answer_at]);
        data.extend_from_slice(&self.factory_data);
        data.extend_from_slice(&ask);
        Some(EthCall { to: None, data: data.into() })
    }

    fn code(
        factory: Address,
        account: Address,
        [deploy_at, deploy_len, ask_at, ask_len, answer_at]: [u16; 5],
    ) -> Vec<u8> {
        const PUSH1: u8 = 0x60;
        const PUSH2: u8 = 0x61;
        const PUSH20: u8 = 0x73;
        const GAS: u8 = 0x5a;
        const CODECOPY: u8 = 0x39;
        const CALL: u8 = 0xf1;
        const STATICCALL: u8 = 0xfa;
        const POP: u8 = 0x50;
        const MLOAD: u8 = 0x51;
        const MSTORE: u8 = 0x52;
        const MUL: u8 = 0x02;
        const RETURN: u8 = 0xf3;
        const GT: u8 = 0x11;
        const AND: u8 = 0x16;
        const RETURNDATASIZE: u8 = 0x3d;
        let mut code = Vec::new();
        let push = |code: &mut Vec<u8>, value: u16| {
            code.push(PUSH2);
            code.extend(value.to_be_bytes());
        };
        let push_address = |code: &mut Vec<u8>, address: Address| {
            code.push(PUSH20);
            code.extend(address);
        };
        // memory[0..] = factory data; call(gas, factory, 0, 0, len, 0, 0)
        push(&mut code, deploy_len);
        push(&mut code, deploy_at);
        code.extend([PUSH1, 0, CODECOPY, PUSH1, 0, PUSH1, 0]);
        push(&mut code, deploy_len);
        code.extend([PUSH1, 0, PUSH1, 0]);
        push_address(&mut code, factory);
        code.extend([GAS, CALL, POP]);
        // memory[0..] = question; ok = staticcall(gas, account, 0, len, answer, 32)
        push(&mut code, ask_len);
        push(&mut code, ask_at);
        code.extend([PUSH1, 0, CODECOPY, PUSH1, 32]);
        push(&mut code, answer_at);
        push(&mut code, ask_len);
        code.extend([PUSH1, 0]);
        push_address(&mut code, account);
        code.extend([GAS, STATICCALL, PUSH1, 31, RETURNDATASIZE, GT, AND]);
        // memory[answer] = (ok and a whole word) * memory[answer]; return it
        push(&mut code, answer_at);
        code.extend([MLOAD, MUL]);
        push(&mut code, answer_at);
        code.extend([MSTORE, PUSH1, 32]);
        push(&mut code, answer_at);
        code.push(RETURN);
        code
    }
}

#[cfg(test)]
mod tests;
