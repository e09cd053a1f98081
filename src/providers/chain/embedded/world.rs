//! Every account of an embedded chain, and what a block changes in them: applied going forward, undone going back. It runs no code.

use alloy::primitives::map::HashMap;
use alloy::primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256};
use revm::bytecode::Bytecode;
use revm::context::DBErrorMarker;
use revm::database::{CacheDB, DatabaseRef};
use revm::state::AccountInfo;
use serde::{Deserialize, Serialize};

/// An account without its storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Holder {
    /// Transactions it sent, or contracts it made.
    pub(crate) nonce: u64,
    /// Wei.
    pub(crate) balance: U256,
    /// The hash of its code.
    pub(crate) code: B256,
}

impl Holder {
    /// An account of a person.
    pub(crate) fn with(balance: U256) -> Self {
        Self { nonce: 0, balance, code: KECCAK256_EMPTY }
    }

    /// An account with nothing in it is no account (EIP-161).
    fn unless_empty(info: &AccountInfo) -> Option<Self> {
        let holder = Self { nonce: info.nonce, balance: info.balance, code: info.code_hash };
        (holder != Self::with(U256::ZERO)).then_some(holder)
    }

    fn info(&self) -> AccountInfo {
        AccountInfo { nonce: self.nonce, balance: self.balance, code_hash: self.code, code: None, account_id: None }
    }
}

/// What changes of one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) address: Address,
    pub(crate) before: Option<Holder>,
    pub(crate) after: Option<Holder>,
    /// Slot, before, after.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) slots: Vec<(U256, U256, U256)>,
}

/// What a block changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Diff {
    /// By address.
    pub(crate) changes: Vec<Change>,
    /// Code that was not there before. It stays when the block leaves: an account names its code by hash.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) code: Vec<Bytes>,
}

/// The accounts after some block.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    holders: HashMap<Address, Holder>,
    slots: HashMap<Address, HashMap<U256, U256>>,
    code: HashMap<B256, Bytecode>,
}

/// The world as it is stored whole.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Whole {
    holders: Vec<(Address, Holder)>,
    slots: Vec<(Address, Vec<(U256, U256)>)>,
    code: Vec<Bytes>,
}

/// What is kept cannot be this program's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what is kept of the embedded chain is unreadable: {0}")]
pub(crate) struct Unreadable(pub(crate) String);

impl World {
    /// An account; `None` when it is not there.
    pub(crate) fn holder(&self, address: Address) -> Option<Holder> {
        self.holders.get(&address).copied()
    }

    /// A slot; zero when it was never written.
    pub(crate) fn slot(&self, address: Address, slot: U256) -> U256 {
        self.slots.get(&address).and_then(|slots| slots.get(&slot)).copied().unwrap_or_default()
    }

    /// Goes one block forward.
    pub(crate) fn apply(&mut self, diff: &Diff) -> Result<(), Unreadable> {
        diff.code.iter().try_for_each(|code| self.learn(code))?;
        for change in &diff.changes {
            self.set(change.address, change.after);
            change.slots.iter().for_each(|(slot, _, after)| self.put(change.address, *slot, *after));
        }
        Ok(())
    }

    /// Goes one block back.
    pub(crate) fn undo(&mut self, diff: &Diff) {
        for change in &diff.changes {
            self.set(change.address, change.before);
            change.slots.iter().for_each(|(slot, before, _)| self.put(change.address, *slot, *before));
        }
    }

    /// What an overlay has changed.
    pub(crate) fn diff<D>(&self, overlay: &CacheDB<D>) -> Diff {
        let mut changes: Vec<Change> = Vec::new();
        for (address, account) in &overlay.cache.accounts {
            let (address, before) = (*address, self.holder(*address));
            let after = account.info().and_then(|info| Holder::unless_empty(&info));
            let written = account.storage.iter().map(|(slot, after)| (*slot, self.slot(address, *slot), *after));
            let mut slots: Vec<_> = written.filter(|(_, before, after)| before != after).collect();
            slots.sort_unstable();
            if before != after || !slots.is_empty() {
                changes.push(Change { address, before, after, slots });
            }
        }
        changes.sort_unstable_by_key(|change| change.address);
        let new = |hash: &B256| *hash != KECCAK256_EMPTY && !hash.is_zero() && !self.code.contains_key(hash);
        let fresh = changes.iter().filter_map(|change| change.after).map(|holder| holder.code).filter(new);
        let code = fresh.filter_map(|hash| overlay.cache.contracts.get(&hash)).map(Bytecode::original_bytes).collect();
        Diff { changes, code }
    }

    /// Everything, as text.
    pub(crate) fn to_text(&self) -> Result<String, Unreadable> {
        let mut whole = Whole {
            holders: self.holders.iter().map(|(address, holder)| (*address, *holder)).collect(),
            slots: Vec::new(),
            code: self.code.values().map(Bytecode::original_bytes).collect(),
        };
        for (address, slots) in &self.slots {
            let mut slots: Vec<_> = slots.iter().map(|(slot, value)| (*slot, *value)).collect();
            slots.sort_unstable();
            whole.slots.push((*address, slots));
        }
        whole.holders.sort_unstable_by_key(|(address, _)| *address);
        whole.slots.sort_unstable_by_key(|(address, _)| *address);
        whole.code.sort_unstable();
        serde_json::to_string(&whole).map_err(|error| Unreadable(error.to_string()))
    }

    /// Reads what [`Self::to_text`] wrote.
    pub(crate) fn from_text(text: &str) -> Result<Self, Unreadable> {
        let whole: Whole = serde_json::from_str(text).map_err(|error| Unreadable(error.to_string()))?;
        let mut world = Self::default();
        whole.code.iter().try_for_each(|code| world.learn(code))?;
        whole.holders.into_iter().for_each(|(address, holder)| world.set(address, Some(holder)));
        for (address, slots) in whole.slots {
            slots.into_iter().for_each(|(slot, value)| world.put(address, slot, value));
        }
        Ok(world)
    }

    fn learn(&mut self, code: &Bytes) -> Result<(), Unreadable> {
        let code = Bytecode::new_raw_checked(code.clone()).map_err(|error| Unreadable(error.to_string()))?;
        self.code.insert(code.hash_slow(), code);
        Ok(())
    }

    fn set(&mut self, address: Address, holder: Option<Holder>) {
        match holder {
            Some(holder) => drop(self.holders.insert(address, holder)),
            None => drop(self.holders.remove(&address)),
        }
    }

    fn put(&mut self, address: Address, slot: U256, value: U256) {
        let slots = self.slots.entry(address).or_default();
        if value.is_zero() {
            slots.remove(&slot);
        } else {
            slots.insert(slot, value);
        }
        if slots.is_empty() {
            self.slots.remove(&address);
        }
    }
}

/// The world as code that runs sees it, with the hashes of the blocks before.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a, H> {
    /// The accounts.
    pub(crate) world: &'a World,
    /// A block's hash by its number.
    pub(crate) hash: H,
}

/// An account names code that is not there: what was kept is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the code {0} is missing")]
pub(crate) struct NoCode(B256);

impl DBErrorMarker for NoCode {}

impl<H: Fn(u64) -> Option<B256>> DatabaseRef for Seen<'_, H> {
    type Error = NoCode;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, NoCode> {
        Ok(self.world.holder(address).map(|holder| holder.info()))
    }

    fn code_by_hash_ref(&self, hash: B256) -> Result<Bytecode, NoCode> {
        if hash == KECCAK256_EMPTY {
            return Ok(Bytecode::default());
        }
        self.world.code.get(&hash).cloned().ok_or(NoCode(hash))
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, NoCode> {
        Ok(self.world.slot(address, slot))
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, NoCode> {
        Ok((self.hash)(number).unwrap_or_default())
    }
}

/// Makes an overlay show a block further back.
pub(crate) fn rewind<D: DatabaseRef>(overlay: &mut CacheDB<D>, diff: &Diff) -> Result<(), D::Error> {
    for change in &diff.changes {
        let account = overlay.load_account(change.address)?;
        match change.before {
            Some(holder) => {
                account.info = holder.info();
                account.account_state = revm::database::AccountState::None;
            }
            None => {
                account.info = AccountInfo::default();
                account.account_state = revm::database::AccountState::NotExisting;
            }
        }
        account.storage.extend(change.slots.iter().map(|(slot, before, _)| (*slot, *before)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use revm::DatabaseCommit as _;
    use revm::primitives::AddressMap;
    use revm::state::{Account, EvmStorageSlot, TransactionId};

    fn holder(n: u64) -> Holder {
        Holder { nonce: n, balance: U256::from(n), code: KECCAK256_EMPTY }
    }

    #[test]
    fn what_is_applied_can_be_undone_and_written_and_read() {
        let (a, b) = (Address::repeat_byte(1), Address::repeat_byte(2));
        let first = Diff {
            changes: vec![Change { address: a, before: None, after: Some(holder(5)), slots: vec![] }],
            code: vec![Bytes::from_static(&[0x60, 0, 0x60, 0, 0xf3])],
        };
        let slots = vec![(U256::from(7), U256::ZERO, U256::from(9))];
        let second = Diff {
            changes: vec![
                Change { address: a, before: Some(holder(5)), after: None, slots: vec![] },
                Change { address: b, before: None, after: Some(holder(1)), slots },
            ],
            code: vec![],
        };
        let mut world = World::default();
        world.apply(&first).expect("good code");
        let before = world.to_text().expect("text");
        world.apply(&second).expect("good code");
        assert_eq!(
            (world.holder(a), world.holder(b), world.slot(b, U256::from(7))),
            (None, Some(holder(1)), U256::from(9))
        );
        assert_eq!(World::from_text(&world.to_text().expect("text")).and_then(|w| w.to_text()), world.to_text());
        world.undo(&second);
        assert_eq!(world.to_text().expect("text"), before);
        assert!(World::from_text("{}").is_err());
    }

    #[test]
    fn an_overlay_gives_only_what_changed() {
        let (a, b) = (Address::repeat_byte(1), Address::repeat_byte(2));
        let mut world = World::default();
        let genesis = [a, b].map(|address| Change { address, before: None, after: Some(holder(3)), slots: vec![] });
        world.apply(&Diff { changes: genesis.to_vec(), code: vec![] }).expect("no code");
        let mut overlay = CacheDB::new(Seen { world: &world, hash: |_| None });
        let mut account = Account::default().with_info(holder(4).info()).with_touched_mark();
        let slot = EvmStorageSlot::new_changed(U256::ZERO, U256::from(1), TransactionId::ZERO);
        account.storage.insert(U256::from(2), slot);
        overlay.load_account(b).expect("there");
        overlay.commit(AddressMap::from_iter([(a, account)]));
        let diff = world.diff(&overlay);
        let slots = vec![(U256::from(2), U256::ZERO, U256::from(1))];
        assert_eq!(diff.changes, [Change { address: a, before: Some(holder(3)), after: Some(holder(4)), slots }]);
        let mut later = world.clone();
        later.apply(&diff).expect("no code");
        let mut back = CacheDB::new(Seen { world: &later, hash: |_| None });
        rewind(&mut back, &diff).expect("there");
        assert_eq!(back.basic_ref(a).expect("there").map(|info| info.nonce), Some(3));
        assert_eq!(back.storage_ref(a, U256::from(2)), Ok(U256::ZERO));
    }
}
