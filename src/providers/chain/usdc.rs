//! Payments in USDC through the payment desk: what a payer's wallet is to sign, by ERC-3009 or by permit (ERC-2612), whether it did, and the calls
//! that take the money. It holds no money and no key.

use crate::providers::chain::bindings::{DevUSDC as Usdc, IPaymentDesk, PaymentDesk};
use crate::providers::chain::deploy::Deployment;
use crate::providers::chain::faults::contract;
use crate::session::ports::chain::ChainFault;
use alloy::primitives::{Address, B256, Bytes, Signature, U256, keccak256};
use alloy::providers::DynProvider;
use alloy::sol;
use alloy::sol_types::{SolCall as _, SolStruct as _};

sol! {
    /// ERC-3009: only the receiver can use it.
    struct ReceiveWithAuthorization {
        address from;
        address to;
        uint256 value;
        uint256 validAfter;
        uint256 validBefore;
        bytes32 nonce;
    }

    /// ERC-2612.
    struct Permit {
        address owner;
        address spender;
        uint256 value;
        uint256 nonce;
        uint256 deadline;
    }
}

/// One payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    /// What for; a hash, so that it says nothing about the payer.
    pub order: B256,
    /// Who pays.
    pub payer: Address,
    /// How much, in millionths of a dollar.
    pub amount: U256,
    /// Not good after this, in seconds since 1970.
    pub until: u64,
}

/// How an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paid {
    /// What was paid, in millionths of a dollar.
    pub paid: u128,
    /// What of it was given back.
    pub refunded: u128,
}

/// The payments of one chain.
#[derive(Clone, Debug)]
pub struct Payments {
    provider: DynProvider,
    chain_id: u64,
    desk: Address,
    usdc: Address,
    /// The token's own EIP-712 domain.
    domain: B256,
}

impl Payments {
    /// Asks the token for its domain.
    ///
    /// # Errors
    /// The contracts are not there, or the chain does not answer.
    pub async fn open(provider: DynProvider, contracts: &Deployment) -> Result<Self, ChainFault> {
        let (desk, usdc, chain_id) = (contracts.payment_desk, contracts.usdc, contracts.chain_id);
        let domain = Usdc::new(usdc, &provider).DOMAIN_SEPARATOR().call().await.map_err(contract)?;
        Ok(Self { provider, chain_id, desk, usdc, domain })
    }

    /// What the payer signs, so that anybody can send the payment.
    #[must_use]
    pub fn authorization(&self, payment: &Payment) -> B256 {
        let words = ReceiveWithAuthorization {
            from: payment.payer,
            to: self.desk,
            value: payment.amount,
            validAfter: U256::ZERO,
            validBefore: U256::from(payment.until),
            nonce: self.nonce(payment.order),
        };
        self.digest(words.eip712_hash_struct())
    }

    /// The call that takes a payment by its authorization; `None` when the payer did not sign it.
    #[must_use]
    pub fn take(&self, payment: &Payment, signature: &Signature) -> Option<(Address, Bytes)> {
        let signer = signature.recover_address_from_prehash(&self.authorization(payment)).ok()?;
        let signed = IPaymentDesk::Authorization {
            payer: payment.payer,
            amount: payment.amount,
            validAfter: U256::ZERO,
            validBefore: U256::from(payment.until),
            v: 27 + u8::from(signature.v()),
            r: signature.r().into(),
            s: signature.s().into(),
        };
        let call = PaymentDesk::payWithAuthorizationCall { order: payment.order, signed };
        (signer == payment.payer).then(|| (self.desk, call.abi_encode().into()))
    }

    /// What the payer signs who sends the payment by a permit.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn permit(&self, payment: &Payment) -> Result<B256, ChainFault> {
        let nonce = Usdc::new(self.usdc, &self.provider).nonces(payment.payer).call().await.map_err(contract)?;
        let words = Permit {
            owner: payment.payer,
            spender: self.desk,
            value: payment.amount,
            nonce,
            deadline: U256::from(payment.until),
        };
        Ok(self.digest(words.eip712_hash_struct()))
    }

    /// The call with which the payer pays by a permit.
    #[must_use]
    pub fn pay(&self, payment: &Payment, signature: &Signature) -> (Address, Bytes) {
        let call = PaymentDesk::payWithPermitCall {
            order: payment.order,
            amount: payment.amount,
            deadline: U256::from(payment.until),
            v: 27 + u8::from(signature.v()),
            r: signature.r().into(),
            s: signature.s().into(),
        };
        (self.desk, call.abi_encode().into())
    }

    /// What a payer has paid for an order.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn paid(&self, order: B256, payer: Address) -> Result<Paid, ChainFault> {
        let desk = PaymentDesk::new(self.desk, &self.provider);
        let found = desk.payment(order, payer).call().await.map_err(contract)?;
        Ok(Paid { paid: found.paid, refunded: found.refunded })
    }

    /// The nonce that ties an authorization to one order here, as the desk makes it.
    fn nonce(&self, order: B256) -> B256 {
        let chain = U256::from(self.chain_id).to_be_bytes::<32>();
        keccak256([&chain[..], self.desk.into_word().as_slice(), order.as_slice()].concat())
    }

    fn digest(&self, words: B256) -> B256 {
        keccak256([&[0x19, 0x01][..], self.domain.as_slice(), words.as_slice()].concat())
    }
}
