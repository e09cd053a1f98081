//! Thousands of bookings against a chain that loses, repeats, reorders and forgets, and a server that is killed at any moment: in the end the book
//! and the chain agree to the wei, and every reward was paid or taken back once.

mod chain;
mod server;

use chain::SimChain;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use server::{EPOCH_MS, Server, member};
use wallet::ledger::Account;
use wallet::money::Wei;
use wallet::settle::{Stage, Standing};

/// One tick of the world, in ms.
const TICK_MS: u64 = 500;
/// Travellers who join the referral tree.
const MEMBERS: u32 = 60;
/// When an issuer's key is stolen.
const VOID_TICK: u64 = 60;
/// A block every so many ticks.
const BLOCK_TICKS: u64 = 4;

struct Plan {
    seed: u64,
    bookings: u32,
    window_s: u64,
    confirmations: u64,
    depth_max: usize,
    kill: f64,
    epochs: bool,
    voids: bool,
}

fn run(plan: &Plan) -> Server {
    let mut chance = StdRng::seed_from_u64(plan.seed);
    let mut chain = SimChain::new(plan.window_s);
    let mut server = Server::new(plan.confirmations, plan.epochs);
    let (mut booked, mut quiet, mut calm) = (0, 0, false);
    for tick in 1_u64.. {
        let now = 1_790_000_000_000 + tick * TICK_MS;
        // A burst of bookings, and of people who think again.
        while booked < plan.bookings && chance.random_bool(0.9) {
            server.books(now, booked, &mut chance);
            booked += 1;
        }
        if booked > 0 && chance.random_bool(0.2) && booked < plan.bookings {
            server.cancels(now, chance.random_range(0..booked), &mut chance);
        }
        if !calm && chance.random_bool(0.2) {
            server.joins(now, chance.random_range(0..MEMBERS));
        }
        if tick == 1 {
            (0..MEMBERS).for_each(|number| server.joins(now, number));
        }
        // The last few come in calm weather: then everything must come to an end.
        if tick % 64 == 0 {
            calm = calm || booked == plan.bookings && server.open().len() * 20 < plan.bookings as usize;
        }
        // What was issued so far is void, and for the rest of the epoch what is issued.
        if plan.voids && tick == VOID_TICK {
            chain.voids(now, now / EPOCH_MS + 1);
        }
        if !calm && chance.random_bool(plan.kill) {
            server.is_killed(&mut chance, now);
        }
        server.acts(now, &mut chain, &mut chance, calm);
        if tick % BLOCK_TICKS == 0 {
            let reorganises = !calm && chance.random_bool(0.02);
            if reorganises {
                chain.reorganises(chance.random_range(1..=plan.depth_max), now, &mut chance);
            } else {
                chain.mines(now, &mut chance, calm);
            }
            server.listens(now, &chain, &mut chance);
            if reorganises {
                holds_only_what_is_so(&server, &chain);
            }
        }
        quiet = if server.is_done() { quiet + 1 } else { 0 };
        // Deep enough that nothing can change any more.
        if quiet > 40 * BLOCK_TICKS {
            break;
        }
        assert!(tick < 400_000, "it comes to an end: {:?}", server.open());
    }
    agree(&server, &chain);
    // Travellers' own claims take room too, and reorganisations give some back and take it again: now and then there is less than was found.
    println!("{} of {} claims had no room", chain.refused, plan.bookings);
    assert!(chain.refused * 8 <= plan.bookings, "{} claims of the server's failed", chain.refused);
    assert_eq!(plan.epochs, chain.from_epochs > 0, "{} were claimed out of epochs", chain.from_epochs);
    server
}

/// Right after a reorganisation was heard: nothing counts as paid or taken back that the chain no longer says.
fn holds_only_what_is_so(server: &Server, chain: &SimChain) {
    for (key, reward) in &server.state().rewards {
        let on_chain = chain.booking(reward.terms.booking);
        let fits = match reward.stage {
            Stage::Paid | Stage::Settled | Stage::Owing => on_chain.is_paid(),
            Stage::Reversing => on_chain.is_cancelled(),
            Stage::Reversed => on_chain.is_new() || on_chain.is_cancelled(),
            Stage::Nothing | Stage::Earned | Stage::Issued | Stage::Claimed => true,
        };
        assert!(fits, "{key}: {:?} and {on_chain:?}", reward.stage);
    }
}

/// The book and the chain, to the wei.
fn agree(server: &Server, chain: &SimChain) {
    let held = |account| server.book.balance(account).held();
    for (traveller, paid) in &chain.paid {
        let kept = held(Account::Traveller(*traveller)).plus(held(Account::Debt(*traveller)));
        assert_eq!(kept, Some(*paid), "{traveller}");
    }
    assert_eq!((held(Account::Referral), held(Account::Treasury)), (chain.referral, chain.treasury));
    let mut open = Wei::ZERO;
    for (key, reward) in &server.state().rewards {
        let on_chain = chain.booking(reward.terms.booking);
        let fits = match reward.stage {
            Stage::Nothing | Stage::Issued => on_chain.is_new(),
            Stage::Settled => on_chain.is_paid() && !reward.cancelled,
            Stage::Owing => on_chain.is_paid() && reward.cancelled,
            Stage::Reversed => (on_chain.is_new() || on_chain.is_cancelled()) && reward.cancelled,
            Stage::Earned | Stage::Claimed | Stage::Paid | Stage::Reversing => false,
        };
        assert!(fits, "{key}: {:?} and {on_chain:?}", reward.stage);
        if reward.stage == Stage::Issued {
            assert!(!reward.custodial, "{key} waits for nobody");
            open = open.plus(reward.terms.commission).expect("it fits");
        }
    }
    assert_eq!(held(Account::Owed), open);
    for number in 0..MEMBERS {
        let (under, errand) = (chain.joined.get(&member(number)), &server.state().errands[&format!("join:{number}")]);
        assert_eq!(errand.standing, Standing::Reached, "member {number}: {errand:?}");
        let referrer = if number == 0 { alloy_primitives::Address::ZERO } else { member(number / 2) };
        assert_eq!(under, Some(&referrer), "member {number}");
    }
    assert!(chain.vain * 4 < MEMBERS, "{} joins changed nothing", chain.vain);
    let sum = |of: fn(wallet::ledger::Balance) -> Wei| {
        server.book.balances().fold(Wei::ZERO, |sum, (_, balance)| sum.plus(of(balance)).expect("it fits"))
    };
    assert_eq!(sum(|balance| balance.into), sum(|balance| balance.out), "nothing is made");
}

#[test]
fn two_thousand_rewards_are_paid_or_taken_back_once() {
    let plan = Plan {
        seed: 1,
        bookings: 2_000,
        window_s: 0,
        confirmations: 1,
        depth_max: 64,
        kill: 0.05,
        epochs: false,
        voids: false,
    };
    let server = run(&plan);
    println!("{:?}", server.tally);
    assert!(server.tally.kills > 20 && server.tally.removed > 100 && server.tally.replaced > 10, "{:?}", server.tally);
}

#[test]
fn with_a_clawback_window_and_any_depth_it_is_the_same() {
    for seed in 2..12 {
        let plan = Plan {
            seed,
            bookings: 400,
            window_s: [0, 60, 600][seed as usize % 3],
            confirmations: [1, 3, 12][(seed as usize / 3) % 3],
            depth_max: [2, 13, 64][seed as usize % 3],
            kill: 0.1,
            epochs: seed % 2 == 0,
            voids: seed == 3 || seed == 6,
        };
        run(&plan);
    }
}
