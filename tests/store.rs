//! The store, the same suite on SQLite and, where one is running, on Postgres.

use agent::trip::{
    Booking, BookingState, Cabin, Code3, FareRules, FlightOffer, IdempotencyKey, Item, Money, Order, Party, Source,
    Traveller,
};
use alloy_primitives::Address;
use jiff::{SignedDuration, Timestamp};
use sqlx::{AssertSqlSafe, Connection};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use voxfare::store::{
    Account, Brought, Cancelled, Named, OutboxState, SavedChain, SavedSession, Step, Store, StoreError,
};
use wallet::account::consent::{Consent, Text, Way};
use wallet::settle::{Acting, Errand, Goal, Standing};

fn now() -> Timestamp {
    "2026-11-23T15:00:00Z".parse().expect("a well-formed instant")
}

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey(text.to_owned())
}

fn order(text: &str) -> Order {
    let currency = Code3::parse("USD").expect("three letters");
    let rules =
        FareRules { brand: "Basic".to_owned(), cabin_bags: 1, checked_bags: 0, change_fee: None, refund_fee: None };
    let offer = FlightOffer {
        id: "F.test".to_owned(),
        legs: Vec::new(),
        party: Party::default(),
        cabin: Cabin::Economy,
        total: Money { minor: 12_300, currency },
        seats_left: 3,
        rules,
        source: Source::Synthetic,
    };
    let travellers = vec![Traveller { given: "Ada".to_owned(), family: "Lovelace".to_owned() }];
    Order { key: key(text), item: Item::Flight { offer }, travellers, account: None }
}

/// A database of its own for each test.
pub(crate) struct Place {
    pub(crate) url: String,
    folder: Option<std::path::PathBuf>,
    /// The server's address and the schema on it.
    schema: Option<(String, String)>,
}

impl Place {
    fn file(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("voxfare-store-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
        Self { url: format!("sqlite:{}", folder.join("store.db").display()), folder: Some(folder), schema: None }
    }

    /// A fresh schema on the server of `VOXFARE_TEST_POSTGRES`, else on the usual local port; `None` when no server answers.
    pub(crate) async fn schema(name: &str) -> Option<Self> {
        let set = std::env::var("VOXFARE_TEST_POSTGRES").ok();
        let url = set.clone().unwrap_or_else(|| "postgres://postgres@127.0.0.1:5432/test".to_owned());
        let mut connection = match tokio::time::timeout(Duration::from_secs(3), sqlx::PgConnection::connect(&url)).await
        {
            Ok(Ok(connection)) => connection,
            problem => {
                assert!(set.is_none(), "VOXFARE_TEST_POSTGRES is set but does not answer: {problem:?}");
                eprintln!("no Postgres on the usual port: this test ran on SQLite alone");
                return None;
            }
        };
        let schema = format!("voxfare_{}_{name}", std::process::id());
        for statement in [format!("DROP SCHEMA IF EXISTS {schema} CASCADE"), format!("CREATE SCHEMA {schema}")] {
            sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.expect("a test may make schemas");
        }
        connection.close().await.expect("it was open");
        let sign = if url.contains('?') { '&' } else { '?' };
        Some(Self {
            url: format!("{url}{sign}options[search_path]={schema}"),
            folder: None,
            schema: Some((url, schema)),
        })
    }

    pub(crate) async fn clear(self, store: Store) {
        store.migrate(Some(0)).await.expect("every migration can be undone");
        store.close().await;
        if let Some(folder) = self.folder {
            std::fs::remove_dir_all(folder).expect("it was made by this test");
        }
        if let Some((url, schema)) = self.schema {
            let mut connection = sqlx::PgConnection::connect(&url).await.expect("it answered before");
            let drop = AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE"));
            sqlx::query(drop).execute(&mut connection).await.expect("it was made by this test");
        }
    }
}

/// Runs a check on each database there is.
async fn on_each<F: Future<Output = ()>>(name: &str, check: impl Fn(Store) -> F) {
    for place in [Some(Place::file(name)), Place::schema(name).await].into_iter().flatten() {
        let store = Store::open(&place.url).await.expect("a fresh database opens");
        check(store.clone()).await;
        place.clear(store).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_tasks_with_one_key_make_one_booking() {
    on_each("fifty", |store| async move {
        let tasks: Vec<_> = (0..50)
            .map(|_| {
                let bookings = store.bookings();
                tokio::spawn(async move { bookings.book(&order("same"), now()).await })
            })
            .collect();
        let mut made: Vec<Booking> = Vec::new();
        for task in tasks {
            made.push(task.await.expect("no panic").expect("no failure"));
        }
        assert!(made.windows(2).all(|pair| pair[0] == pair[1]));
        let reference = &made[0].reference;
        assert_eq!(reference.len(), 6);
        assert!(reference.chars().all(|c| "ABCDEFGHJKMNPQRSTUVWXYZ23456789".contains(c)), "{reference}");
        assert_eq!(store.bookings().of_reference(reference).await, Ok(Some(made[0].clone())));
    })
    .await;
}

#[tokio::test]
async fn a_store_makes_the_folder_that_it_is_kept_in() {
    let folder = std::env::temp_dir().join(format!("voxfare-store-{}", std::process::id()));
    let file = folder.join("deep/down/voxfare.db");
    let url = format!("sqlite:{}", file.display());
    drop(Store::open(&url).await.expect("on a machine that is new to us nobody has made it"));
    assert!(file.exists());
    drop(Store::open(&url).await.expect("it is there"));
    std::fs::remove_dir_all(folder).expect("it is ours");
}

#[tokio::test]
async fn bookings_are_kept_cancelled_and_forgotten() {
    on_each("bookings", |store| async move {
        let bookings = store.bookings();
        let made = bookings.book(&order("a"), now()).await.expect("made");
        assert_eq!((made.order.clone(), made.state, made.made_at), (order("a"), BookingState::Confirmed, now()));
        let references: BTreeSet<String> = {
            let mut all = BTreeSet::from([made.reference.clone()]);
            for name in ["b", "c", "d"] {
                all.insert(bookings.book(&order(name), now()).await.expect("made").reference);
            }
            all
        };
        assert_eq!(references.len(), 4);
        assert_eq!(bookings.outcome(&key("stop")).await, Ok(None));
        for _ in 0..2 {
            let cancelled = bookings.cancel(&key("stop"), &made.reference, now()).await.expect("cancelled");
            assert!(matches!(cancelled, Cancelled::Done(booking) if booking.state == BookingState::Cancelled));
        }
        assert_eq!(bookings.cancel(&key("none"), "QQQQQQ", now()).await, Ok(Cancelled::NotFound));
        assert_eq!(
            bookings.outcome(&key("stop")).await.ok().flatten().map(|booking| booking.reference),
            Some(made.reference.clone())
        );
        assert_eq!(bookings.forget_travellers(&made.reference).await, Ok(true));
        let left = bookings.of_key(&key("a")).await.ok().flatten().expect("the booking stays");
        assert!(left.order.travellers.is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_outbox_gives_each_effect_to_one() {
    on_each("outbox", |store| async move {
        let outbox = store.outbox();
        let lease = Duration::from_secs(30);
        let after = |seconds| now().checked_add(SignedDuration::from_secs(seconds)).expect("in range");
        assert_eq!(outbox.insert(&key("k"), "book", "{\"secret\":1}", now()).await, Ok(true));
        assert_eq!(outbox.insert(&key("k"), "book", "{}", now()).await, Ok(false));
        let claimed = outbox.claim(&key("k"), now(), lease).await.expect("no failure").expect("it waits");
        assert_eq!(
            (claimed.state, claimed.attempts, claimed.payload.as_str()),
            (OutboxState::InFlight, 1, "{\"secret\":1}")
        );
        assert!(!format!("{claimed:?}").contains("secret"));
        assert_eq!(outbox.claim(&key("k"), after(29), lease).await, Ok(None), "leased");
        let again = outbox.claim(&key("k"), after(30), lease).await.expect("no failure").expect("the lease is over");
        assert_eq!(again.attempts, 2);
        assert_eq!(outbox.postpone(&key("k"), after(100), after(31)).await, Ok(true));
        assert_eq!(outbox.claim(&key("k"), after(99), lease).await, Ok(None));
        assert_eq!(outbox.mark_unknown(&key("k"), after(100), after(99)).await, Ok(true));
        assert_eq!(
            outbox.pending().await.map(|all| all.iter().map(|entry| entry.state).collect()),
            Ok(vec![OutboxState::Unknown])
        );
        assert_eq!(outbox.finish(&key("k"), "[1]", after(101)).await, Ok(true));
        assert_eq!(outbox.finish(&key("k"), "[2]", after(102)).await, Ok(false));
        assert_eq!(outbox.postpone(&key("k"), after(0), after(103)).await, Ok(false), "done stays done");
        assert_eq!(outbox.entry(&key("k")).await.ok().flatten().and_then(|entry| entry.result), Some("[1]".to_owned()));
        assert_eq!(outbox.pending().await, Ok(Vec::new()));
        assert_eq!(outbox.purge(after(200)).await, Ok(1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_claims_one_wins() {
    on_each("claims", |store| async move {
        let outbox = store.outbox();
        assert_eq!(outbox.insert(&key("k"), "book", "{}", now()).await, Ok(true));
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                let outbox = outbox.clone();
                tokio::spawn(async move { outbox.claim(&key("k"), now(), Duration::from_secs(9)).await })
            })
            .collect();
        let mut won = 0;
        for task in tasks {
            won += usize::from(task.await.expect("no panic").expect("no failure").is_some());
        }
        assert_eq!(won, 1);
    })
    .await;
}

#[tokio::test]
async fn sessions_come_back_by_token_until_they_expire() {
    on_each("sessions", |store| async move {
        let sessions = store.sessions();
        let later = now().checked_add(SignedDuration::from_mins(10)).expect("in range");
        let saved =
            SavedSession { id: "s1".to_owned(), snapshot: "{\"said\":\"hello\"}".to_owned(), expires_at: later };
        sessions.save(&saved, "token one").await.expect("saved");
        sessions.save(&saved, "token two").await.expect("saved again");
        assert_eq!(sessions.resume("token one", now()).await, Ok(None));
        assert_eq!(sessions.resume("token two", now()).await, Ok(Some(saved.clone())));
        assert_eq!(sessions.resume("token two", later).await, Ok(None));
        assert!(!format!("{saved:?}").contains("hello"));
        assert_eq!(sessions.purge(later).await, Ok(1));
        assert_eq!(sessions.remove("s1").await, Ok(false));
    })
    .await;
}

#[tokio::test]
async fn a_chain_is_added_to_at_its_end_and_cut_from_a_height() {
    on_each("chains", |store| async move {
        let chains = store.chains();
        let block = |number: u64, text: &str| (number, text.to_owned());
        assert_eq!(chains.load(7).await, Ok(SavedChain::default()));
        let first: Vec<_> = (0..5).map(|number| block(number, "old")).collect();
        chains.wait(7, "0xaa", "0x01").await.expect("kept");
        chains.wait(7, "0xaa", "0x01").await.expect("kept once");
        chains.append(7, 0, &first, &[]).await.expect("added");
        chains.append(8, 0, &[block(0, "another chain")], &[]).await.expect("added");
        chains.append(7, 3, &[block(3, "new")], &["0xaa".to_owned()]).await.expect("replaced");
        let twice = chains.append(7, 4, &[block(4, "new"), block(4, "newer")], &[]).await;
        assert!(matches!(twice, Err(StoreError::Down(_))), "a number is there once: {twice:?}");
        let numbers = |chain: &SavedChain| chain.blocks.iter().map(|(number, _)| *number).collect::<Vec<_>>();
        let kept = chains.load(7).await.expect("loaded");
        assert_eq!((numbers(&kept), kept.blocks[3].1.as_str(), kept.waiting.len()), (vec![0, 1, 2, 3], "new", 0));
        chains.keep_state(7, 1, "state one", 0).await.expect("kept");
        chains.keep_state(7, 2, "state two", 2).await.expect("kept");
        chains.note(7, "a", "one").await.expect("noted");
        chains.note(7, "a", "two").await.expect("noted");
        let kept = chains.load(7).await.expect("loaded");
        assert_eq!((numbers(&kept), kept.state), (vec![2, 3], Some((2, "state two".to_owned()))));
        assert_eq!(kept.notes, [("a".to_owned(), "two".to_owned())]);
        assert_eq!(chains.load(8).await.map(|chain| chain.blocks.len()), Ok(1));
    })
    .await;
}

fn account(id: &str, byte: u8) -> Account {
    Account { id: id.to_owned(), custodial: Address::repeat_byte(byte), own: None }
}

#[tokio::test]
async fn friends_are_named_once_and_found_by_their_codes() {
    on_each("friends", |store| async move {
        let rows = store.wallet();
        for (id, byte) in [("ada", 1), ("ben", 2), ("cem", 3)] {
            rows.add(&account(id, byte), &[], now()).await.expect("kept");
        }
        assert_eq!(rows.give_code("ada", "ADA").await, Ok(true));
        assert_eq!(rows.give_code("ada", "OTHER").await, Ok(true), "an account keeps its code");
        assert_eq!(rows.give_code("ben", "ADA").await, Ok(false), "it is another's");
        assert_eq!(rows.of_code("ADA").await, Ok(Some(account("ada", 1))));
        assert_eq!(rows.of_code("OTHER").await, Ok(None));
        assert_eq!(rows.name_referrer("ben", "ada").await, Ok(Named::Done));
        assert_eq!(rows.name_referrer("ben", "ada").await, Ok(Named::Done));
        assert_eq!(rows.name_referrer("ben", "cem").await, Ok(Named::Another));
        let brought = |code: Option<&str>, by: Option<&str>, others| Brought {
            code: code.map(str::to_owned),
            by: by.map(str::to_owned),
            others,
        };
        assert_eq!(rows.brought("ada").await, Ok(brought(Some("ADA"), None, 1)));
        assert_eq!(rows.brought("ben").await, Ok(brought(None, Some("ada"), 0)));
        assert_eq!(rows.unverified(9).await, Ok(Vec::new()), "nobody was paid yet");
    })
    .await;
}

fn consent(text: Text, version: u32, at_ms: u64) -> Consent {
    Consent { text, version, language: "en".to_owned(), way: Way::Clicked, at_ms, withdrawn_ms: None }
}

#[tokio::test]
async fn agreements_are_kept_with_their_account_and_end_without_being_deleted() {
    on_each("consents", |store| async move {
        let rows = store.wallet();
        let (rewards, custody) = (consent(Text::Rewards, 1, 10), consent(Text::Custody, 1, 10));
        rows.add(&account("ada", 1), &[rewards.clone(), custody.clone()], now()).await.expect("kept");
        let record = async |of: &str| rows.consents(of).await.expect("read").record().cloned().collect::<Vec<_>>();
        assert_eq!(record("ada").await, [rewards.clone(), custody.clone()]);
        // A text that one of the databases does not take: then the account is not kept either.
        let odd = Consent { language: "\0".to_owned(), ..rewards.clone() };
        let kept = rows.add(&account("ben", 2), &[rewards.clone(), odd], now()).await.is_ok();
        assert_eq!(rows.account("ben").await.expect("read").is_some(), kept);
        rows.agree("ada", std::slice::from_ref(&rewards)).await.expect("noted");
        assert_eq!(record("ada").await.len(), 2, "the same one twice is one");
        assert_eq!(rows.take_back("ada", Text::Rewards, now()).await, Ok(true));
        assert_eq!(rows.take_back("ada", Text::Rewards, now()).await, Ok(false), "once is enough");
        let again = Consent { way: Way::Signed, ..consent(Text::Rewards, 2, 30) };
        rows.agree("ada", std::slice::from_ref(&again)).await.expect("noted");
        let ended = Consent { withdrawn_ms: u64::try_from(now().as_millisecond()).ok(), ..rewards };
        assert_eq!(record("ada").await, [ended, again, custody]);
        assert!(rows.agree("nobody", &[consent(Text::Rewards, 1, 10)]).await.is_err(), "there is no such account");
    })
    .await;
}

#[tokio::test]
async fn bookings_of_accounts_that_never_agreed_to_the_text_are_not_even_looked_at() {
    on_each("unagreed", |store| async move {
        let (rows, start) = (store.wallet(), (Timestamp::UNIX_EPOCH, String::new()));
        for id in ["ada", "ben"] {
            rows.add(&account(id, 1), &[], now()).await.expect("kept");
            let order = Order { account: Some(id.to_owned()), ..order(id) };
            store.bookings().book(&order, now()).await.expect("booked");
        }
        let found = async |version| {
            let found = rows.unrewarded(&start, version, 9).await.expect("read");
            found.into_iter().map(|booking| booking.order.key.0).collect::<Vec<_>>()
        };
        assert!(found(1).await.is_empty());
        rows.agree("ada", &[consent(Text::Rewards, 1, 10)]).await.expect("noted");
        rows.agree("ben", &[consent(Text::Custody, 1, 10)]).await.expect("noted");
        assert_eq!((found(1).await, found(2).await), (vec!["ada".to_owned()], vec![]));
        // What was made before it was taken back may still earn.
        rows.take_back("ada", Text::Rewards, now()).await.expect("ended");
        assert_eq!(found(1).await, ["ada"]);
        rows.agree("ben", &[consent(Text::Rewards, 3, 10)]).await.expect("noted");
        assert_eq!(
            (found(1).await, found(2).await),
            (vec!["ada".to_owned(), "ben".to_owned()], vec!["ben".to_owned()])
        );
    })
    .await;
}

#[tokio::test]
async fn an_errand_that_is_wanted_while_it_runs_is_begun_again() {
    on_each("errands", |store| async move {
        let rows = store.wallet();
        let goal = Goal::Withdrawn { account: Address::repeat_byte(1) };
        let errand = |standing| Errand {
            goal: goal.clone(),
            standing,
            acts: BTreeMap::new(),
            changes: 0,
            tried: 0,
            acting: Acting::Done,
        };
        let step = |standing, begun| Step {
            at_ms: now().as_millisecond(),
            errands: vec![("withdraw:1".to_owned(), errand(standing), begun)],
            ..Step::default()
        };
        rows.want("withdraw:1", "ada", &goal, now()).await.expect("kept");
        let asked = Ok(vec![("withdraw:1".to_owned(), goal.clone())]);
        assert_eq!((rows.asked(9).await, rows.errand("withdraw:1").await), (asked.clone(), Ok(None)));
        rows.keep(&step(Standing::Wanted, true)).await.expect("kept");
        assert_eq!((rows.asked(9).await, rows.errand("withdraw:1").await), (Ok(vec![]), Ok(Some(Standing::Wanted))));
        rows.want("withdraw:1", "ada", &goal, now()).await.expect("kept");
        assert_eq!(rows.asked(9).await, Ok(vec![]), "it runs");
        rows.keep(&step(Standing::Reached, false)).await.expect("kept");
        assert_eq!(rows.asked(9).await, asked, "once more");
        assert_eq!(rows.errand_of("withdraw:1").await, Ok(Some("ada".to_owned())));
        let kept = rows.errands(now()).await.expect("read");
        assert_eq!(kept.get("withdraw:1"), Some(&errand(Standing::Reached)));
    })
    .await;
}

#[tokio::test]
async fn of_several_servers_one_pays_rewards() {
    let Some(place) = Place::schema("lease").await else { return };
    let store = Store::open(&place.url).await.expect("a fresh database opens");
    let rows = store.wallet();
    let later = |seconds| now() + SignedDuration::from_secs(seconds);
    let term = SignedDuration::from_secs(10);
    assert_eq!(rows.lead("a", later(0), term).await, Ok(true));
    assert_eq!(rows.lead("b", later(5), term).await, Ok(false), "a leads");
    assert_eq!(rows.lead("a", later(6), term).await, Ok(true), "still");
    assert_eq!(rows.lead("b", later(11), term).await, Ok(false), "it said so again");
    let step = |holder: &str| Step {
        holder: Some(holder.to_owned()),
        kept: vec![("lane".to_owned(), holder.to_owned())],
        ..Step::default()
    };
    rows.keep(&step("a")).await.expect("it leads");
    assert_eq!(rows.lead("b", later(17), term).await, Ok(true), "a is gone");
    assert_eq!(rows.keep(&step("a")).await, Err(StoreError::Lost), "what it did is nobody's concern any more");
    rows.keep(&step("b")).await.expect("it leads");
    assert_eq!(rows.kept("lane").await, Ok(Some("b".to_owned())));
    rows.yields("b").await.expect("it led");
    assert_eq!(rows.lead("a", later(18), term).await, Ok(true), "nobody has to wait");
    place.clear(store).await;
}

#[tokio::test]
async fn migrations_go_down_and_up_again() {
    on_each("migrations", |store| async move {
        store.bookings().book(&order("a"), now()).await.expect("made");
        store.migrate(Some(0)).await.expect("down");
        assert!(matches!(store.bookings().of_key(&key("a")).await, Err(StoreError::Down(_))), "the table is gone");
        store.migrate(None).await.expect("up");
        assert_eq!(store.bookings().of_key(&key("a")).await, Ok(None));
    })
    .await;
}

#[tokio::test]
async fn an_unknown_address_is_an_error() {
    assert!(matches!(Store::open("mysql://nowhere").await, Err(StoreError::Down(_))));
}
