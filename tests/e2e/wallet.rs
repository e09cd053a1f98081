//! A traveller and their rewards at the page, in a real Chromium: signs in with a wallet, books by voice, and sees the reward arrive.

use crate::e2e::page::Page;
use crate::e2e::realtime::keys;
use crate::e2e::server::Server;
use crate::e2e::voice::spoken;
use serde_json::Value;
use std::time::{Duration, Instant};

/// The wallet, and a key that everybody knows: it is for tests alone.
const WALLET: &str = "Albatross";
const KEY: &str = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
const ADDRESS: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
/// What a client sends who joins.
const AGREED: &str = r#"{"agrees":[{"text":"rewards","version":1},{"text":"custody","version":1}],"language":"en"}"#;
/// From a booking that is confirmed to a reward that can be seen.
const SEEN_WITHIN: Duration = Duration::from_secs(30);

#[test]
fn a_traveller_signs_in_with_a_wallet_books_by_voice_and_sees_the_reward_settle() {
    let server = Server::start("wallet", &["wallet.enabled=true"]);
    let mut page = Page::open_with_wallets(&server.url, &[(WALLET, KEY)]);
    signs_in(&mut page);
    page.picture("wallet-1-signed-in");
    assert_eq!(page.asked(), ["eth_requestAccounts", "personal_sign"]);
    assert_eq!(agreed(&server), "custody 1 clicked|rewards 1 clicked");
    page.presses("Close");

    page.dials();
    page.hears("the greeting to its end", |event| said_out(event, ""));
    let reference = books(&mut page, |page, sentence| page.says(&spoken(sentence)));
    let since = Instant::now();
    let shown = page.shows("the reward", |page| stage(page, &reference) == "settled");
    let took = since.elapsed();
    page.picture("wallet-2-settled");
    println!("seen {} ms after the booking", took.as_millis());
    assert!(took < SEEN_WITHIN, "the reward was seen after {took:?}");
    let told = shown["wallet"]["told"].as_str().unwrap_or_default();
    assert!(told.contains("Settled"), "screen readers were told {told:?}");

    // The call was told of each stage in order, and the page shows what the server says.
    let stages = stages(&page, &reference);
    assert_eq!(stages.first().map(String::as_str), Some("earned"), "{stages:?}");
    assert_eq!(stages.last().map(String::as_str), Some("settled"), "{stages:?}");
    page.presses("All rewards");
    let listed = page.shows("the list", |page| page["wallet"]["open"] == true && page["wallet"]["balanceWei"] != "0");
    assert_eq!(listed["wallet"]["address"], ADDRESS);
    assert_eq!(stage(&listed, &reference), "settled");
    page.picture("wallet-3-list");
    assert!(page.errors().is_empty(), "{:?}", page.errors());

    // The operator's report: what the chain paid is what the book says, to the wei.
    let report = server.request("GET", "/v1/admin/rewards/reconciliation", &[], b"");
    let report: Value = serde_json::from_str(&report.body).expect("JSON");
    assert_eq!((&report["agrees"], &report["chain"]["payments"]), (&true.into(), &1.into()), "{report}");
    assert_eq!(report["chain"], report["book"]);
    let emission = server.request("GET", "/v1/admin/rewards/emission", &[], b"");
    assert!(emission.status == 200 && emission.body.contains("\"paused\":false"), "{emission:?}");
    server.is_sound();
}

#[test]
fn whoever_has_no_wallet_earns_all_the_same() {
    let server = Server::start("wallet-none", &["wallet.enabled=true"]);
    let mut page = Page::open(&server.url, None);
    joins(&mut page);
    page.presses("Close");
    let reference = books(&mut page, |page, sentence| page.types(sentence));
    page.shows("the reward", |page| stage(page, &reference) == "settled");
    page.presses("All rewards");
    let listed = page.shows("the list", |page| page["wallet"]["kind"] == "custodial");
    assert_eq!(stage(&listed, &reference), "settled");
    page.picture("wallet-6-without");
    // The account is the browser's: it is there again after the page was left.
    page.evaluates("location.reload()");
    page.shows("itself anew", |page| page["state"] == "Ready" && page["wallet"]["open"] == false);
    page.presses("Rewards");
    let again = page.shows("the same account", |page| page["wallet"]["kind"] == "custodial");
    assert_eq!(again["wallet"]["address"], listed["wallet"]["address"]);
    assert_eq!(stage(&again, &reference), "settled");
    assert!(page.errors().is_empty(), "{:?}", page.errors());
    server.is_sound();
}

#[test]
fn nobody_has_an_account_unasked_and_a_booking_says_once_that_it_could_have_earned() {
    let server = Server::start("wallet-unasked", &["wallet.enabled=true"]);
    let mut page = Page::open(&server.url, None);
    books(&mut page, |page, sentence| page.types(sentence));
    page.shows("that bookings earn", |page| page["wallet"]["hints"] == 1);
    page.picture("wallet-4-hint");
    assert_eq!((server.stored("SELECT COUNT(*) FROM accounts"), agreed(&server)), ("0".to_owned(), String::new()));
    page.presses("See rewards");
    page.shows("what joining means", |page| page["wallet"]["asks"] == "anew");
    page.picture("wallet-5-join");
    page.presses("Join");
    let joined = page.shows("an account", |page| page["wallet"]["kind"] == "custodial" && page["wallet"]["hints"] == 0);
    assert_eq!(joined["wallet"]["rewards"], serde_json::json!([]), "it was nobody's");
    assert_eq!(agreed(&server), "custody 1 clicked|rewards 1 clicked");
    // It is taken back where its words stand, and agreed to again.
    page.opens("What bookings earn");
    page.presses("Take back: What bookings earn");
    page.shows("that nothing is earned", |page| page["wallet"]["asks"] == "asked");
    page.presses("Agree again");
    page.shows("that it is agreed to", |page| page["wallet"]["asks"] == Value::Null);
    assert_eq!(agreed(&server), "custody 1 clicked|rewards 1 clicked|rewards 1 clicked");
    assert!(page.errors().is_empty(), "{:?}", page.errors());
    server.is_sound();
}

#[test]
fn an_agreement_is_asked_for_kept_and_taken_back() {
    let server = Server::start("wallet-agreed", &["wallet.enabled=true"]);
    let ask = |method: &str, path: &str, token: Option<&str>, body: &str| -> (u16, Value) {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(token.map(|token| ("voxfare-account", token)));
        let answer = server.request(method, path, &headers, body.as_bytes());
        (answer.status, serde_json::from_str(&answer.body).unwrap_or_default())
    };
    let (status, terms) = ask("GET", "/v1/wallet/terms", None, "");
    let texts: Vec<_> =
        terms["terms"].as_array().expect("a list").iter().filter_map(|page| page["text"].as_str()).collect();
    assert_eq!((status, texts), (200, vec!["rewards", "custody", "referral"]));
    assert!(terms["terms"][0]["words"].as_str().is_some_and(|words| words.contains("TRVL")), "{terms}");
    // Nothing, one text of two, another version, another language.
    let custody = r#"{"text":"custody","version":1}"#;
    for (path, body, status) in [
        ("/v1/wallet/accounts", String::new(), 422),
        ("/v1/auth/siwe/nonce", "{}".to_owned(), 422),
        ("/v1/wallet/accounts", format!(r#"{{"agrees":[{custody}],"language":"en"}}"#), 422),
        ("/v1/wallet/accounts", AGREED.replace('1', "2"), 422),
        ("/v1/wallet/accounts", AGREED.replace("en", "fr"), 400),
        ("/v1/wallet/accounts", AGREED.replace("custody", "everything"), 400),
    ] {
        assert_eq!(ask("POST", path, None, &body).0, status, "{path} {body}");
    }
    assert_eq!(server.stored("SELECT COUNT(*) FROM accounts"), "0");
    let (_, refused) = ask("POST", "/v1/wallet/accounts", None, "{}");
    assert_eq!(
        (&refused["type"], &refused["terms"]),
        (&"urn:voxfare:problem:not-agreed".into(), &"/v1/wallet/terms".into())
    );
    assert_eq!(refused["missing"].to_string(), r#"[{"text":"rewards","version":1},{"text":"custody","version":1}]"#);
    let (status, joined) = ask("POST", "/v1/wallet/accounts", None, AGREED);
    let token = joined["token"].as_str().expect("a token");
    assert_eq!((status, ask("POST", "/v1/auth/siwe/nonce", Some(token), "{}").0), (201, 200), "nothing more is asked");
    let (_, signing) = ask("POST", "/v1/auth/siwe/nonce", None, AGREED);
    assert!(signing["account"] != joined["account"] && signing["token"].is_string(), "{signing}");

    let (status, record) = ask("GET", "/v1/wallet/consents", Some(token), "");
    assert_eq!((status, ask("GET", "/v1/wallet/consents", None, "").0), (200, 401));
    assert_eq!(record["consents"][0]["text"], "rewards");
    assert_eq!((&record["consents"][1]["way"], &record["consents"][1]["language"]), (&"clicked".into(), &"en".into()));
    let asks = || ask("GET", "/v1/wallet", Some(token), "").1["asks"].clone();
    assert_eq!(asks(), serde_json::json!([]));
    for _ in 0..2 {
        assert_eq!(ask("DELETE", "/v1/wallet/consents/rewards", Some(token), "").0, 204);
    }
    assert_eq!(asks(), serde_json::json!([{ "text": "rewards", "version": 1, "standing": "taken_back" }]));
    assert_eq!(ask("DELETE", "/v1/wallet/consents/everything", Some(token), "").0, 404);
    assert_eq!(ask("POST", "/v1/wallet/consents", Some(token), r#"{"agrees":[]}"#).0, 400);
    let (status, again) = ask("POST", "/v1/wallet/consents", Some(token), AGREED);
    assert_eq!((status, again["consents"].as_array().map(Vec::len), asks()), (200, Some(3), serde_json::json!([])));
    assert!(
        again["consents"][0]["taken_back_at"].is_string() && again["consents"][1]["taken_back_at"].is_null(),
        "{again}"
    );

    // A friend is named by who agrees to that, and stands on the chain from then on.
    let friend = signing["token"].as_str().expect("a token");
    let (_, standing) = ask("GET", "/v1/wallet", Some(friend), "");
    let code = standing["referral"]["code"].as_str().expect("a code");
    let named =
        |agrees: &str| ask("POST", "/v1/wallet/referral", Some(token), &format!(r#"{{"code":"{code}"{agrees}}}"#));
    let (status, refused) = named("");
    assert_eq!((status, &refused["missing"][0]["text"]), (422, &"referral".into()));
    assert_eq!(named(r#","agrees":[{"text":"referral","version":1}],"language":"en""#).0, 202);
    assert_eq!(ask("DELETE", "/v1/wallet/consents/referral", Some(token), "").0, 409);
    server.is_sound();
}

#[test]
fn what_a_swap_would_give_is_told_where_there_is_a_market() {
    let packages = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts/node_modules");
    let market = format!("wallet.uniswap={}", packages.display());
    for (name, settings) in
        [("wallet-market", vec!["wallet.enabled=true", &market]), ("wallet-no-market", vec!["wallet.enabled=true"])]
    {
        let server = Server::start(name, &settings);
        let joined = server.request("POST", "/v1/wallet/accounts", &[], AGREED.as_bytes());
        let joined: Value = serde_json::from_str(&joined.body).expect("JSON");
        let token = joined["token"].as_str().expect("a token").to_owned();
        let quote = |query: &str| {
            let asked =
                server.request("GET", &format!("/v1/wallet/quote?{query}"), &[("voxfare-account", &token)], b"");
            (asked.status, serde_json::from_str::<Value>(&asked.body).expect("JSON"))
        };
        let (status, sold) = quote("side=sell&amount=100");
        if settings.len() == 1 {
            assert_eq!(status, 404, "{sold}");
        } else {
            // A quarter of a dollar each, less the pool's three thousandths.
            assert_eq!((status, &sold["gives"]["amount"], &sold["gets"]["unit"]), (200, &"100".into(), &"USDC".into()));
            assert!(sold["gets"]["amount"].as_str().is_some_and(|amount| amount.starts_with("24.92")), "{sold}");
            let (status, bought) = quote("side=buy&amount=24.92");
            assert!(
                status == 200 && bought["gets"]["amount"].as_str().is_some_and(|amount| amount.starts_with("99.")),
                "{bought}"
            );
            assert_eq!(quote("side=sell&amount=0").0, 400);
            assert_eq!(quote("side=keep&amount=1").0, 400);
        }
        server.is_sound();
    }
}

#[test]
fn a_no_in_the_wallet_changes_nothing() {
    let server = Server::start("wallet-no", &["wallet.enabled=true"]);
    let mut page = Page::open_with_wallets(&server.url, &[(WALLET, KEY), ("Bateleur", KEY)]);
    let before = joins(&mut page);
    page.refuses(&["personal_sign"]);
    page.presses("Bateleur");
    let after = page.shows("that they said no", |page| page["notices"].to_string().contains("You said no"));
    assert_eq!(after["wallet"]["address"], before["wallet"]["address"]);
    page.picture("wallet-7-no");
    assert!(page.errors().is_empty(), "{:?}", page.errors());
    server.is_sound();
}

#[test]
fn a_reward_is_claimed_by_ones_own_wallet_where_the_server_does_not() {
    let server = Server::start("wallet-claim", &["wallet.enabled=true", "wallet.sponsored=false"]);
    let mut page = Page::open_with_wallets(&server.url, &[(WALLET, KEY)]);
    signs_in(&mut page);
    page.presses("Close");
    let reference = books(&mut page, |page, sentence| page.types(sentence));
    page.shows("a voucher", |page| stage(page, &reference) == "issued");
    page.presses("Claim");
    page.presses("Claim with my wallet");
    let shown = page.shows("the reward", |page| stage(page, &reference) == "settled");
    assert!(page.asked().iter().any(|method| method == "eth_sendTransaction"), "{:?}", page.asked());
    assert_eq!(shown["wallet"]["address"], ADDRESS);
    page.picture("wallet-8-claimed");
    assert!(page.errors().is_empty(), "{:?}", page.errors());
    server.is_sound();
}

#[test]
fn a_traveller_joins_by_the_code_of_a_friend() {
    const FIELD: &str = "A friend sent you?";
    let server = Server::start("wallet-friend", &["wallet.enabled=true"]);
    let post = |path: &str, body: &[u8]| -> Value {
        let answer = server.request("POST", path, &[("content-type", "application/json")], body);
        serde_json::from_str(&answer.body).expect("JSON")
    };
    let friend = post("/v1/wallet/accounts", AGREED.as_bytes());
    let token = friend["token"].as_str().expect("a token").to_owned();
    let standing = || -> Value {
        let answer = server.request("GET", "/v1/wallet", &[("voxfare-account", &token)], b"");
        serde_json::from_str(&answer.body).expect("JSON")
    };
    let code = standing()["referral"]["code"].as_str().expect("a code").to_owned();
    let mut page = Page::open(&server.url, None);
    joins(&mut page);
    page.fills(FIELD, "not a code");
    page.presses("Use code");
    page.shows("that it is none", |page| page["alerts"].to_string().contains("This is no code"));
    page.fills(FIELD, &code);
    page.presses("Use code");
    page.shows("the friend", |page| page["wallet"]["joined"] == "reached");
    page.picture("wallet-9-friend");
    assert_eq!(standing()["referral"]["friends"], 1);
    assert_eq!(
        agreed(&server),
        "custody 1 clicked|custody 1 clicked|referral 1 clicked|rewards 1 clicked|rewards 1 clicked"
    );
    assert!(page.errors().iter().all(|error| error.contains("400")), "{:?}", page.errors());
    server.is_sound();
}

#[test]
fn operators_alone_see_the_reports_and_stop_everything() {
    let mut first = Server::start("wallet-operators", &["server.access=keys"]);
    let made = |name: &str| {
        let key = keys(&first, &["create", name]);
        let listed = keys(&first, &["list"]);
        let line = listed.lines().find(|line| line.contains(name)).expect("it is listed").to_owned();
        (key, line.split_whitespace().next().expect("an id").to_owned())
    };
    let ((operator, id), (developer, _)) = (made("the-operator"), made("a-developer"));
    let folder = first.folder.clone();
    first.kill();
    let operators = format!("wallet.operators=[\"{id}\"]");
    let server = Server::start_in(&folder, &["server.access=keys", "wallet.enabled=true", &operators]);
    for report in ["emission", "reconciliation", "pauses"].map(|report| format!("/v1/admin/rewards/{report}")) {
        let asked =
            |key: &str| server.request("GET", &report, &[("authorization", &format!("Bearer {key}"))], b"").status;
        assert_eq!((asked("vf_wrong"), asked(&developer), asked(&operator)), (401, 403, 200), "{report}");
    }
    // An operator stops everything, and nobody else does.
    let stops = |key: &str| {
        let key = format!("Bearer {key}");
        server.request("POST", "/v1/admin/rewards/pauses", &[("authorization", &key)], b"")
    };
    assert_eq!((stops(&developer).status, stops(&operator).status), (403, 202));
    let until = Instant::now() + SEEN_WITHIN;
    loop {
        let key = format!("Bearer {operator}");
        let told = server.request("GET", "/v1/admin/rewards/pauses", &[("authorization", &key)], b"");
        let told: Value = serde_json::from_str(&told.body).expect("JSON");
        let modules = told["modules"].as_array().expect("a list");
        if told["pausing"] == "reached" && modules.iter().all(|module| module["paused"] == true) {
            break assert!(modules.len() >= 5, "{told}");
        }
        assert!(Instant::now() < until, "{told}");
    }
    server.is_sound();
}

/// What the tables say of all agreements.
fn agreed(server: &Server) -> String {
    let query = "SELECT text || ' ' || version || ' ' || way FROM consents ORDER BY 1";
    server.stored(query).replace('\n', "|")
}

/// Opens the rewards, reads both texts and joins, as a person does; the sheet stays open. Answers what is shown then.
fn joins(page: &mut Page) -> Value {
    reads(page);
    page.presses("Join");
    page.shows("an account", |page| page["wallet"]["kind"] == "custodial" && page["wallet"]["asks"] == Value::Null)
}

/// Opens the rewards and both texts.
fn reads(page: &mut Page) {
    page.presses("Rewards");
    page.shows("what joining means", |page| page["wallet"]["asks"] == "anew" && page["wallet"]["kind"] == Value::Null);
    for (title, words) in
        [("What bookings earn", "Nobody promises"), ("What we keep for you", "You can take this back")]
    {
        page.opens(title);
        let holds = |page: &Value| page["wallet"]["reads"].as_str().is_some_and(|read| read.contains(words));
        page.shows("the words", holds);
    }
}

/// Opens the rewards, reads both texts and signs in, which agrees to them; the sheet stays open.
fn signs_in(page: &mut Page) {
    reads(page);
    page.presses(&format!("Sign in with {WALLET}"));
    let shown = page.shows("the wallet", |page| page["wallet"]["kind"] == "own");
    assert_eq!(shown["wallet"]["address"], ADDRESS);
    assert!(shown["wallet"]["referral"].as_str().is_some_and(|code| !code.is_empty()), "{shown}");
}

/// Books a flight, each sentence in the way of `tell`; answers the reference.
fn books(page: &mut Page, tell: impl Fn(&mut Page, &str)) -> String {
    tell(page, "I want to fly from Boston to Denver on Friday.");
    page.hears("the flights", |event| event["card"]["kind"] == "flights");
    page.hears("the flights to their end", |event| said_out(event, "prefer"));
    tell(page, "I would like the second one.");
    page.hears("the question for the name", |event| said_out(event, "name"));
    tell(page, "My name is Laura Miller.");
    page.hears("the price read back", |event| event["card"]["kind"] == "quote");
    page.hears("the price to its end", |event| said_out(event, "book it?"));
    tell(page, "Yes, please book it.");
    let booked = page.hears("the booking", |event| event["card"]["kind"] == "booking");
    booked["card"]["booking"]["reference"].as_str().expect("a booking has a reference").to_owned()
}

/// The stage that the page shows for a booking; empty when it shows none.
fn stage(page: &Value, reference: &str) -> String {
    let rewards = page["wallet"]["rewards"].as_array().cloned().unwrap_or_default();
    let of = rewards.iter().rfind(|reward| reward["reference"] == reference);
    of.and_then(|reward| reward["stage"].as_str()).unwrap_or_default().to_owned()
}

/// The stages that the call was told of, in order.
fn stages(page: &Page, reference: &str) -> Vec<String> {
    let events = page.events();
    let of = events.iter().filter(|event| event["type"] == "voxfare.wallet.reward" && event["reference"] == reference);
    of.filter_map(|event| event["stage"].as_str().map(str::to_owned)).collect()
}

/// A saying with these words in it was heard to its end.
fn said_out(event: &Value, words: &str) -> bool {
    event["type"] == "voxfare.playout"
        && event["state"] == "done"
        && event["text"].as_str().is_some_and(|text| text.contains(words))
}
