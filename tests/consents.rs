//! Who agreed to what, and what that means for bookings: by the server's own wallet over a real store and the embedded chain with the real contracts.

use crate::friends::World;
use crate::rewards::{saying, until};
use alloy::primitives::{Address, U256};
use futures_util::{FutureExt as _, StreamExt as _};
use jiff::Timestamp;
use std::time::Duration;
use voxfare::config::Wallet as Chosen;
use voxfare::platform::wallet::{Config, DoorError, NotBrought, NotTaken, Wallet};
use voxfare::session::event::News;
use voxfare::session::ports::Rewards as _;
use voxfare::store::Account;
use wallet::account::consent::{Text, Way};
use wallet::account::terms::{Agreeing, Edition, NotAgreed, TO_JOIN, Terms};
use wallet::settle::Stage;

const PATIENCE: Duration = Duration::from_secs(30);
/// More than are looked at in one go.
const MANY: usize = 70;

fn missing(texts: &[Text]) -> NotAgreed {
    NotAgreed::Missing(texts.iter().map(|text| Terms::now().edition(*text)).collect())
}

impl World {
    /// An account of before: nobody was asked.
    async fn of_before(&self, id: &str) -> Account {
        let account = Account { id: id.to_owned(), custodial: Address::repeat_byte(7), own: None };
        self.store.wallet().add(&account, &[], Timestamp::now()).await.expect("kept");
        account
    }

    async fn has_earned(&self, booking: &str) -> bool {
        self.store.wallet().earned(booking).await.expect("read").is_some()
    }

    async fn earns(&self, booking: &str) {
        until("its reward", PATIENCE, async || self.has_earned(booking).await).await;
    }

    /// Another traveller books and earns: whatever was booked before has been looked at by then.
    async fn has_looked(&mut self, other: &Account) {
        let key = self.books(other).await;
        self.earns(&key).await;
    }

    /// The server is started anew, with these texts.
    async fn starts_with(&mut self, terms: Terms) {
        self.wallet.close().await;
        let id = self.local.contracts.chain_id;
        let config = Config { terms, ..Chosen::default().of("http://localhost", id).expect("it is right") };
        let wallet = Wallet::start(self.store.wallet(), self.local.client.clone(), config, Timestamp::now).await;
        self.wallet = wallet.expect("started");
    }

    async fn again(&self, account: &Account) -> Account {
        self.store.wallet().account(&account.id).await.expect("read").expect("it is there")
    }

    async fn asks(&self, account: &Account) -> Vec<(Text, &'static str)> {
        let asks = self.wallet.asks(account).await.expect("read").into_iter();
        asks.map(|(edition, standing)| (edition.text, standing.label())).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_account_is_kept_for_who_does_not_agree() {
    let world = World::new("unagreed").await;
    let join = async |said: &Agreeing| world.wallet.door().join(said).await.map(|opened| opened.account);
    assert_eq!(join(&Agreeing::default()).await, Err(DoorError::NotAgreed(missing(&TO_JOIN))));
    let half = join(&saying(&[Text::Rewards])).await;
    assert_eq!(half, Err(DoorError::NotAgreed(missing(&[Text::Custody]))));
    let account = join(&saying(&TO_JOIN)).await.expect("an account");
    let record = world.wallet.consents(&account).await.expect("read");
    let told: Vec<_> = record.record().map(|one| (one.text, one.version, one.way, one.language.as_str())).collect();
    assert_eq!(told, [(Text::Rewards, 1, Way::Clicked, "en"), (Text::Custody, 1, Way::Clicked, "en")]);
    assert!(world.asks(&account).await.is_empty());
    world.wallet.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bookings_that_are_not_agreed_to_wait_or_earn_nothing_and_hold_up_no_other() {
    let mut world = World::new("agreed-later").await;
    let (ada, before, gone) = (world.account().await, world.of_before("acct_before").await, world.account().await);
    world.wallet.take_back(&gone, Text::Rewards).await.expect("taken back");
    // What sessions of this account hear.
    let mut news = world.wallet.news(before.id.clone());
    let (mut waiting, mut nothing) = (Vec::new(), Vec::new());
    for _ in 0..MANY {
        waiting.push(world.books(&before).await);
        nothing.push(world.books(&gone).await);
    }
    world.has_looked(&ada).await;
    let rows = world.store.wallet();
    let rewarded = async || rows.rewards().await.expect("read").len();
    assert_eq!(rewarded().await, 1, "one of them alone has agreed");
    assert!(news.next().now_or_never().is_none(), "a booking that waits is not spoken of");
    assert_eq!(world.asks(&before).await, [(Text::Rewards, "never"), (Text::Custody, "never")]);
    assert_eq!(world.asks(&gone).await, [(Text::Rewards, "taken_back")]);
    world.wallet.agree(&before, &saying(&TO_JOIN)).await.expect("stored").expect("agreed");
    world.wallet.agree(&gone, &saying(&TO_JOIN)).await.expect("stored").expect("agreed");
    until("what waited", PATIENCE, async || rewarded().await == 1 + MANY).await;
    for key in &waiting {
        assert!(world.has_earned(key).await, "{key}");
    }
    let told = tokio::time::timeout(PATIENCE, news.next()).await.expect("it is told");
    assert!(matches!(told, Some(News::Earning(earning)) if waiting.contains(&earning.booking)));
    world.has_looked(&gone).await;
    for key in &nothing {
        assert!(!world.has_earned(key).await, "{key} was made while it was taken back");
    }
    world.wallet.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_earned_before_it_is_taken_back_is_paid() {
    let mut world = World::new("taken-back").await;
    let (ada, ben) = (world.account().await, world.account().await);
    let before = world.books(&ada).await;
    for _ in 0..2 {
        world.wallet.take_back(&ada, Text::Rewards).await.expect("taken back");
    }
    let after = world.books(&ada).await;
    world.stands(&before, Stage::Settled).await;
    world.has_looked(&ben).await;
    assert!(!world.has_earned(&after).await);
    let record = world.wallet.consents(&ada).await.expect("read");
    let ended: Vec<_> = record.record().map(|one| (one.text, one.withdrawn_ms.is_some())).collect();
    assert_eq!(ended, [(Text::Rewards, true), (Text::Custody, false)]);
    world.wallet.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_custody_new_rewards_wait_for_a_wallet_of_ones_own() {
    let mut world = World::new("no-custody").await;
    let (ada, ben) = (world.account().await, world.account().await);
    world.wallet.take_back(&ada, Text::Custody).await.expect("taken back");
    let key = world.books(&ada).await;
    world.has_looked(&ben).await;
    assert!(!world.has_earned(&key).await);
    assert_eq!(world.asks(&ada).await, [(Text::Custody, "taken_back")]);
    let linked = world.links(&ada, "a wallet of her own").await;
    world.stands(&key, Stage::Settled).await;
    assert!(world.held(linked.address()).await > U256::ZERO);
    assert!(world.asks(&linked).await.is_empty());
    world.wallet.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_text_lets_new_rewards_wait_until_it_is_agreed_to() {
    let mut world = World::new("newer-text").await;
    let ada = world.account().await;
    world.is_paid(&ada).await;
    let mut newer = Terms::now();
    newer.rewards.edition.version += 1;
    world.starts_with(newer).await;
    let waits = world.books(&ada).await;
    assert_eq!(world.asks(&ada).await, [(Text::Rewards, "older")]);
    let old = world.wallet.agree(&ada, &saying(&[Text::Rewards])).await.expect("read");
    assert_eq!(old, Err(NotAgreed::Missing(vec![newer.rewards.edition])), "the old text is not the new one");
    let joins = |agrees: Vec<Edition>| Agreeing { agrees, language: Some("en".to_owned()) };
    let both = joins(vec![newer.rewards.edition, newer.custody.edition]);
    let ben = world.wallet.door().join(&both).await.expect("an account").account;
    world.has_looked(&ben).await;
    assert!(!world.has_earned(&waits).await);
    let said = joins(vec![newer.rewards.edition]);
    world.wallet.agree(&ada, &said).await.expect("stored").expect("agreed");
    world.stands(&waits, Stage::Settled).await;
    world.wallet.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_friend_is_named_by_who_agrees_and_then_stands_on_the_chain() {
    let mut world = World::new("referral-agreed").await;
    let (ada, ben) = (world.account().await, world.account().await);
    let code = world.code(&ada).await;
    let refused = world.wallet.name_friend(&ben, &code, &Agreeing::default()).await;
    assert_eq!(refused, Err(NotBrought::NotAgreed(missing(&[Text::Referral]))));
    assert_eq!(world.wallet.friends(&ada).await.expect("told").others, 0);
    // Agreed to before, and taken back before anybody was named.
    world.wallet.agree(&ben, &saying(&[Text::Referral])).await.expect("stored").expect("agreed");
    world.wallet.take_back(&ben, Text::Referral).await.expect("taken back");
    assert!(world.wallet.name_friend(&ben, &code, &Agreeing::default()).await.is_err());
    world.wallet.agree(&ben, &saying(&[Text::Referral])).await.expect("stored").expect("agreed");
    world.wallet.name_friend(&ben, &code, &Agreeing::default()).await.expect("it stands on the record");
    assert_eq!(world.wallet.take_back(&ben, Text::Referral).await, Err(NotTaken::OnChain));
    let booking = world.books(&ben).await;
    world.earns(&booking).await;
    // Where a friend was named before anybody was asked, that is asked for, too.
    let before = world.of_before("acct_before").await;
    world.store.wallet().name_referrer(&before.id, &ada.id).await.expect("named");
    world.wallet.agree(&before, &saying(&TO_JOIN)).await.expect("stored").expect("agreed");
    let booking = world.books(&before).await;
    world.has_looked(&ben).await;
    assert!(!world.has_earned(&booking).await);
    assert_eq!(world.asks(&before).await, [(Text::Referral, "never")]);
    world.wallet.agree(&before, &saying(&[Text::Referral])).await.expect("stored").expect("agreed");
    world.earns(&booking).await;
    world.wallet.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_traveller_agrees_to_on_the_way_in_counts_for_the_account_of_their_wallet() {
    let world = World::new("same-person").await;
    let before = world.of_before("acct_before").await;
    world.links(&before, "a wallet of her own").await;
    assert_eq!(world.asks(&world.again(&before).await).await, [(Text::Rewards, "never")]);
    let anew = world.account().await;
    let opened = world.links(&anew, "a wallet of her own").await;
    assert_eq!(opened.id, before.id, "the wallet has an account");
    assert!(world.asks(&opened).await.is_empty());
    world.wallet.close().await;
}
