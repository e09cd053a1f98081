//! Whose account the session's bookings earn for: a token opens it, and from then on the client is told what is new in it. It earns nothing.

use crate::secret::Secret;
use crate::session::event::{Earning, EffectId, Failure, Interruptible, News, Standing};
use crate::session::machine::Machine;
use crate::session::machine::wire::Wire;
use serde_json::{Value, json};
use wallet::money::Wei;

/// Most tokens that are looked up at once; a client that sends more does not want an account.
const OPENING_MAX: usize = 4;

/// The session's account.
#[derive(Debug, Default)]
pub(crate) struct Account {
    /// Tokens that are being looked up, oldest first, each with the client's event; the newest counts.
    opening: Vec<(EffectId, Option<String>)>,
    /// The effect that tells what is new.
    following: Option<EffectId>,
}

impl Account {
    /// Effects that end with the session.
    pub(crate) fn close(&mut self) -> Vec<EffectId> {
        self.opening.drain(..).map(|(id, _)| id).chain(self.following.take()).collect()
    }
}

impl Machine {
    /// The client names its account.
    pub(crate) fn account_used(&mut self, token: Secret, event: Option<String>) {
        if self.account.opening.len() == OPENING_MAX {
            let why = "Too many tokens are being looked up; wait for `voxfare.wallet.account`.";
            return self.wire.error("rate_limit_exceeded", why, None, event.as_deref());
        }
        let id = self.dispatch.run(Interruptible::Account { token });
        self.account.opening.push((id, event));
    }

    /// A token opened an account, or none.
    pub(crate) fn account_opened(&mut self, id: EffectId, result: Result<Standing, Failure>) {
        let Some(at) = self.account.opening.iter().position(|(opening, _)| *opening == id) else { return };
        let (_, event) = self.account.opening.remove(at);
        let standing = match result {
            Ok(standing) => standing,
            Err(Failure::Refused { say }) => {
                return self.wire.error("account_not_found", &say, Some("token"), event.as_deref());
            }
            Err(Failure::Retry { .. } | Failure::Broken { .. }) => {
                let why = "Accounts cannot be looked up now; send the token again in a moment.";
                return self.wire.error("account_unavailable", why, Some("token"), event.as_deref());
            }
        };
        // One that was asked for later has been opened, or will be.
        if at < self.account.opening.len() {
            return;
        }
        let old = self.account.following.take();
        self.dispatch.cancel(old.into_iter().collect());
        self.account.following = Some(self.dispatch.run(Interruptible::Follow { account: standing.account.clone() }));
        self.dispatch.earns_for(Some(standing.account.clone()));
        let kind = if standing.own { "own" } else { "custodial" };
        self.wire.send(
            "voxfare.wallet.account",
            json!({
                "account": standing.account, "kind": kind, "address": standing.address,
                "balance": amount(standing.balance),
            }),
        );
    }

    /// Something is new in the account that the session follows.
    pub(crate) fn news(&mut self, id: EffectId, news: News) {
        if self.account.following != Some(id) {
            return;
        }
        match news {
            News::Earning(earning) => reward(&mut self.wire, &earning),
            News::Standing(Standing { balance, pending, .. }) => self.wire.send(
                "voxfare.wallet.balance",
                json!({ "wei": balance.to_string(), "trvl": balance.tokens(), "pending": amount(pending) }),
            ),
        }
    }
}

fn reward(wire: &mut Wire, earning: &Earning) {
    wire.send(
        "voxfare.wallet.reward",
        json!({
            "booking": earning.booking, "reference": earning.reference, "stage": earning.stage.label(),
            "wei": earning.wei.to_string(), "trvl": earning.wei.tokens(), "why": earning.why,
        }),
    );
}

fn amount(wei: Wei) -> Value {
    json!({ "wei": wei.to_string(), "trvl": wei.tokens() })
}
