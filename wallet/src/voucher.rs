//! What the server signs for a booking: the contract's EIP-712 voucher. It signs nothing itself.

use crate::money::Wei;
use alloy_primitives::{Address, B256, Bytes, Signature, keccak256};
use alloy_sol_types::{Eip712Domain, SolCall as _, SolStruct, sol};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

sol! {
    #[derive(Debug, PartialEq, Eq)]
    struct Voucher {
        bytes32 booking;
        address traveller;
        uint256 commission;
        uint64 epoch;
        uint64 issuedAt;
        uint64 expiresAt;
    }

    function claim(Voucher voucher, bytes signature);

    function claimFromEpoch(uint64 epoch, bytes32 id, address traveller, uint256 commission, bytes32[] proof);
}

/// Where vouchers are good: one chain, one distributor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The chain's id (EIP-155).
    pub chain_id: u64,
    /// The distributor's address.
    pub distributor: Address,
}

impl Place {
    fn domain(&self) -> Eip712Domain {
        Eip712Domain::new(
            Some(Cow::Borrowed("Voxfare Rewards")),
            Some(Cow::Borrowed("1")),
            Some(alloy_primitives::U256::from(self.chain_id)),
            Some(self.distributor),
            None,
        )
    }
}

/// A voucher's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The booking, by [`booking_id`].
    pub booking: B256,
    /// Who earns.
    pub traveller: Address,
    /// All three legs together.
    pub commission: Wei,
    /// The reward epoch.
    pub epoch: u64,
    /// Not valid before, in seconds since 1970.
    pub issued_at: u64,
    /// Not valid after, in seconds since 1970.
    pub expires_at: u64,
}

impl Terms {
    /// What a traveller's own wallet sends to the distributor to be paid: the call `claim(voucher, signature)`.
    #[must_use]
    pub fn claim(&self, signature: &[u8]) -> Bytes {
        claimCall { voucher: self.voucher(), signature: Bytes::copy_from_slice(signature) }.abi_encode().into()
    }

    /// The same out of an epoch: `claimFromEpoch(epoch, id, traveller, commission, proof)`.
    #[must_use]
    pub fn claim_from(&self, epoch: u64, proof: &[B256]) -> Bytes {
        let (id, traveller, commission) = (self.booking, self.traveller, self.commission.0);
        claimFromEpochCall { epoch, id, traveller, commission, proof: proof.to_vec() }.abi_encode().into()
    }

    /// As the contract has it.
    #[must_use]
    pub fn voucher(&self) -> Voucher {
        Voucher {
            booking: self.booking,
            traveller: self.traveller,
            commission: self.commission.0,
            epoch: self.epoch,
            issuedAt: self.issued_at,
            expiresAt: self.expires_at,
        }
    }

    /// The digest that an issuer signs (EIP-712).
    #[must_use]
    pub fn digest(&self, place: &Place) -> B256 {
        self.voucher().eip712_signing_hash(&place.domain())
    }

    /// Who signed; `None` when the signature is none.
    #[must_use]
    pub fn signer(&self, place: &Place, signature: &[u8]) -> Option<Address> {
        Signature::from_raw(signature).ok()?.recover_address_from_prehash(&self.digest(place)).ok()
    }
}

/// A booking's id on the chain: a hash, so that it says nothing about the traveller.
#[must_use]
pub fn booking_id(key: &str) -> B256 {
    keccak256([b"voxfare booking ", key.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Legs, Shares, is_payable};
    use serde_json::Value;

    /// The contracts' own vectors, made by them.
    #[test]
    fn the_contracts_agree() {
        let text = include_str!("../../contracts/test/vectors/vouchers.json");
        let vectors: Value = serde_json::from_str(text).expect("JSON");
        let place = Place {
            chain_id: vectors["domain"]["chainId"].as_u64().expect("an id"),
            distributor: vectors["domain"]["verifyingContract"].as_str().expect("text").parse().expect("an address"),
        };
        let issuer: Address = vectors["issuer"].as_str().expect("text").parse().expect("an address");
        let all = vectors["vouchers"].as_array().expect("a list");
        assert!(all.len() >= 3);
        for vector in all {
            let text = |name: &str| vector["voucher"][name].as_str().expect("text");
            let number = |name: &str| text(name).parse().expect("a number");
            let terms = Terms {
                booking: text("booking").parse().expect("32 bytes"),
                traveller: text("traveller").parse().expect("an address"),
                commission: text("commission").parse().expect("wei"),
                epoch: number("epoch"),
                issued_at: number("issuedAt"),
                expires_at: number("expiresAt"),
            };
            assert_eq!(terms.digest(&place).to_string(), vector["digest"]);
            let signature = alloy_primitives::hex::decode(vector["signature"].as_str().expect("text")).expect("hex");
            assert_eq!(terms.signer(&place, &signature), Some(issuer));
            let elsewhere = Place { chain_id: 1, ..place };
            assert_ne!(terms.signer(&elsewhere, &signature), Some(issuer));
            let leg = |name: &str| vector["legs"][name].as_str().expect("text").parse::<Wei>().expect("wei");
            let legs = Legs { traveller: leg("traveller"), referral: leg("referral"), treasury: leg("treasury") };
            assert_eq!(Shares::default().split(terms.commission), Some(legs));
            assert!(is_payable(terms.commission));
        }
    }

    #[test]
    fn what_is_no_signature_is_nobodys() {
        let terms = Terms {
            booking: booking_id("a"),
            traveller: Address::ZERO,
            commission: Wei::from(1),
            epoch: 0,
            issued_at: 0,
            expires_at: 0,
        };
        let place = Place { chain_id: 1, distributor: Address::ZERO };
        for wrong in [&[][..], &[0; 65], &[27; 64], &[255; 65]] {
            assert_eq!(terms.signer(&place, wrong), None);
        }
        assert_ne!(booking_id("a"), booking_id("b"));
    }
}
