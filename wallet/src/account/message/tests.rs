//! Messages of another library, and texts that are almost messages.

use crate::account::message::*;
use proptest::prelude::*;
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../tests/sign_in.json")).expect("JSON")
}

fn long() -> String {
    vectors()["messages"][1]["message"].as_str().expect("text").to_owned()
}

#[test]
fn viem_agrees() {
    let vectors = vectors();
    let messages = vectors["messages"].as_array().expect("a list");
    assert_eq!(messages.len(), 2);
    for vector in messages {
        let text = vector["message"].as_str().expect("text");
        let message = Message::read(text).expect("a message");
        assert_eq!(message.to_string(), text);
        assert_eq!(message.digest().to_string(), vector["digest"]);
        assert_eq!(message.address.to_string(), vectors["signer"]);
        assert_eq!((message.chain_id, message.nonce.as_str()), (31337, "abcdefgh12345678"));
        assert_eq!(message.issued_at, Moment::at(1_795_750_800_123));
    }
    let long = Message::read(&long()).expect("a message");
    assert_eq!(long.scheme.as_deref(), Some("https"));
    assert_eq!(long.expiration_time, Some(Moment::at(1_795_751_400_123)));
    assert_eq!((long.request_id.as_deref(), long.resources.len()), (Some("r-1"), 2));
}

#[test]
fn what_is_almost_a_message_is_none() {
    use NotAMessage as Not;
    let cases = [
        (" wants you", " wants you not", Not::Greeting),
        ("https://voxfare.example:8443 wants", " wants", Not::Greeting),
        ("https://voxfare", "https://voxfare@evil", Not::Greeting),
        ("https://voxfare.example:8443 wants", "https://voxfare.example/a wants", Not::Greeting),
        ("\n0x15d34AAf", "\n0x15d34aaf", Not::Address),
        ("\n0x15d34AAf", "\n 0x15d34AAf", Not::Address),
        ("account.\n\n", "account.\n", Not::Statement),
        ("\n\nLink", "\nLink", Not::Statement),
        ("Link this", "Link \"this\"", Not::Statement),
        ("Link this", "Link thís", Not::Statement),
        ("URI: https", "URI: //", Not::Uri),
        ("URI: https://voxfare.example:8443/app", "URI: nowhere", Not::Uri),
        ("URI:", "uri:", Not::Uri),
        ("Version: 1", "Version: 2", Not::Version),
        ("Chain ID: 31337", "Chain ID: 031337", Not::ChainId),
        ("Chain ID: 31337", "Chain ID: +31337", Not::ChainId),
        ("Chain ID: 31337", "Chain ID: 99999999999999999999999", Not::ChainId),
        ("abcdefgh12345678", "abcdefg", Not::Nonce),
        ("abcdefgh12345678", "abcdefgh-1234567", Not::Nonce),
        ("Issued At: 2026-11-27T", "Issued At: 2026-11-27 ", Not::IssuedAt),
        ("Issued At: 2026-11-27T", "Issued At: 2026-13-27T", Not::IssuedAt),
        ("Issued At: 2026", "Issued At: 1926", Not::IssuedAt),
        ("Expiration Time: 2026-11-27T03:50:00.123Z", "Expiration Time: 2026-11-27T03:50:00.123", Not::ExpirationTime),
        ("Not Before: 2026-11-27T03:40:00.123Z", "Not Before: 2026-11-27T03:40:00.Z", Not::NotBefore),
        ("Request ID: r-1", "Request ID: r/1", Not::RequestId),
        ("- https://voxfare.example/terms", "- terms", Not::Resources),
        ("ipfs://bafy/1", "ipfs://bafy/1\n", Not::Trailing),
        (
            "\nNot Before: 2026-11-27T03:40:00.123Z\nRequest ID: r-1",
            "\nRequest ID: r-1\nNot Before: 2026-11-27T03:40:00.123Z",
            Not::Trailing,
        ),
    ];
    for (from, to, why) in cases {
        let text = long().replacen(from, to, 1);
        assert_ne!(text, long(), "{from} is in it");
        assert_eq!(Message::read(&text), Err(why), "{from} -> {to}");
    }
    assert_eq!(Message::read(""), Err(Not::Greeting));
    assert_eq!(Message::read(&long().replace('\n', "\r\n")), Err(Not::Greeting));
    let short = &long()[..long().find("\n- ").expect("it has some")];
    assert_eq!(Message::read(short), Err(Not::Resources));
    assert_eq!(Message::read(&(long() + &"\n- a:b".repeat(RESOURCES_MAX))), Err(Not::Resources));
    assert_eq!(Message::read(&"x".repeat(MESSAGE_BYTES_MAX + 1)), Err(Not::TooLong));
}

#[test]
fn moments_have_one_shape() {
    for (text, ms) in [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-11-27T03:40:00Z", 1_795_750_800_000),
        ("2026-11-27T04:40:00.5+01:00", 1_795_750_800_500),
        ("2026-11-26T22:10:00.123456789-05:30", 1_795_750_800_123),
    ] {
        assert_eq!(Moment::read(text).map(|moment| moment.ms()), Some(ms), "{text}");
    }
    for wrong in [
        "",
        "2026",
        "2026-11-27",
        "2026-11-27T03:40Z",
        "20261127T034000Z",
        "2026-11-27t03:40:00z",
        "2026-11-27T03:40:00",
        "2026-11-27T03:40:00+0100",
        "2026-11-27T03:40:00Z[UTC]",
        "2026-02-30T03:40:00Z",
        "2026-11-27T25:40:00Z",
        "2026-11-27T03:40:00.1234567890Z",
    ] {
        assert_eq!(Moment::read(wrong), None, "{wrong}");
    }
    assert_eq!(Moment::at(u64::MAX).text.get(..4), Some("9999"));
}

proptest! {
    #[test]
    fn what_is_read_is_written_the_same(line in 0..20_usize, change in "[ -~\\n]{0,12}", cut in any::<prop::sample::Index>()) {
        let mut lines: Vec<String> = long().split('\n').map(str::to_owned).collect();
        let at = line % lines.len();
        let place = cut.index(lines[at].len() + 1);
        lines[at].insert_str(place, &change);
        let text = lines.join("\n");
        if let Ok(message) = Message::read(&text) {
            prop_assert_eq!(message.to_string(), text);
        }
    }

    #[test]
    fn any_moment_is_read_as_it_is_written(ms in 0..250_000_000_000_000_u64) {
        let moment = Moment::at(ms);
        prop_assert_eq!(Moment::read(&moment.text), Some(moment.clone()));
        prop_assert_eq!(moment.ms(), ms);
    }
}
