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
    /// The client names its account, or nobody's from now on.
    pub(crate) fn account_used(&mut self, token: Option<Secret>, event: Option<String>) {
        let Some(token) = token else {
            let old = self.account.close();
            self.dispatch.cancel(old);
            return self.dispatch.earns_for(None);
        };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::event::{Input, Outcome, Output};
    use crate::session::machine::tests::World;
    use agent::tool::{RewardsAsk, ToolCall};

    fn standing() -> Standing {
        Standing {
            account: "acct_1".to_owned(),
            own: false,
            address: "0x00".to_owned(),
            balance: Wei::ZERO,
            pending: Wei::ZERO,
            owing: Wei::ZERO,
            staked: Wei::ZERO,
            level: 0,
            code: "CODE".to_owned(),
            last: None,
        }
    }

    /// Gives an input; answers what is to be run, and what is no longer wanted.
    fn step(world: &mut World, input: Input) -> (Vec<(EffectId, Interruptible)>, Vec<EffectId>) {
        world.machine.handle(world.now, input);
        let (mut run, mut cancelled) = (Vec::new(), Vec::new());
        loop {
            match world.machine.poll() {
                Output::Run(id, _, effect) => run.push((id, effect)),
                Output::Cancel(id) => cancelled.push(id),
                Output::Control(text) => world.told(&text),
                Output::Timeout(_) => return (run, cancelled),
                _ => {}
            }
        }
    }

    fn uses(world: &mut World, token: Value) -> (Vec<(EffectId, Interruptible)>, Vec<EffectId>) {
        step(world, Input::Control(json!({ "type": "voxfare.account.use", "token": token }).to_string()))
    }

    /// Whose the next booking would be.
    fn earns(world: &mut World) -> Option<String> {
        world.machine.dispatch.call(ToolCall::Rewards { account: None, ask: RewardsAsk::Balance });
        let (run, _) = step(world, Input::Tick);
        run.into_iter().find_map(|(_, effect)| match effect {
            Interruptible::Ask { tool: ToolCall::Rewards { account, .. } } => account,
            _ => None,
        })
    }

    #[test]
    fn bookings_earn_for_an_account_until_the_client_says_for_nobody() {
        let mut world = World::in_writing();
        let (run, _) = uses(&mut world, "vfa_1".into());
        let opened = |result| Outcome::Account(Box::new(result));
        let (followed, _) = step(&mut world, Input::Effect { id: run[0].0, outcome: opened(Ok(standing())) });
        assert_eq!(earns(&mut world).as_deref(), Some("acct_1"));
        // One more token is looked up when the traveller leaves: it comes too late.
        let (late, _) = uses(&mut world, "vfa_2".into());
        let (_, cancelled) = uses(&mut world, Value::Null);
        assert_eq!(cancelled, [late[0].0, followed[0].0]);
        world.take("voxfare.wallet.account");
        step(&mut world, Input::Effect { id: late[0].0, outcome: opened(Ok(standing())) });
        let news = Outcome::News(Box::new(News::Standing(standing())));
        step(&mut world, Input::Effect { id: followed[0].0, outcome: news });
        assert_eq!(earns(&mut world), None);
        let told =
            world.events.iter().filter(|event| event["type"].as_str().is_some_and(|kind| kind.contains("wallet")));
        assert_eq!(told.count(), 0, "nothing is told of it any more");
        assert!(world.take("error").is_empty());
    }
}
