//! The transactions of a deployment as they are written down, each with the address that it makes. It sends nothing.

use crate::providers::chain::bindings::{ERC1967Proxy, TRVLToken};
use alloy::primitives::{Address, B256, Bytes, TxKind};
use alloy::sol_types::{SolCall, SolConstructor as _};

/// One transaction of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it does, for the log.
    pub name: &'static str,
    /// Whom it calls.
    pub to: TxKind,
    /// What it says.
    pub data: Bytes,
}

/// Steps so far.
pub(crate) struct Draft {
    pub(crate) deployer: Address,
    pub(crate) steps: Vec<Step>,
}

impl Draft {
    /// Makes a contract; its address follows from how many transactions came before.
    pub(crate) fn make(&mut self, name: &'static str, code: &Bytes, arguments: Vec<u8>) -> Address {
        let made = self.deployer.create(self.steps.len() as u64);
        let data = [code.as_ref(), &arguments].concat().into();
        self.steps.push(Step { name, to: TxKind::Create, data });
        made
    }

    /// Makes an implementation and a proxy before it.
    pub(crate) fn proxy(&mut self, name: &'static str, code: &Bytes, initialize: impl SolCall) -> Address {
        let implementation = self.make(name, code, Vec::new());
        let arguments = ERC1967Proxy::constructorCall { implementation, _data: initialize.abi_encode().into() };
        self.make(name, &ERC1967Proxy::BYTECODE, arguments.abi_encode())
    }

    /// Calls a contract.
    pub(crate) fn call(&mut self, name: &'static str, to: Address, call: impl SolCall) {
        self.steps.push(Step { name, to: TxKind::Call(to), data: call.abi_encode().into() });
    }

    /// Gives a role.
    pub(crate) fn grant(&mut self, name: &'static str, of: Address, role: B256, to: Address) {
        self.call(name, of, TRVLToken::grantRoleCall { role, account: to });
    }
}
