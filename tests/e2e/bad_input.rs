//! Bad input at every door of a running server: a clear error each, and nothing falls.

use crate::e2e::server::Server;
use std::process::Command;

#[test]
fn every_door_answers_bad_input_clearly() {
    let server = Server::start("bad-input", &["session.sessions_max=2"]);
    let sdp = [("Content-Type", "application/sdp")];

    let answer = server.request("POST", "/v1/realtime/calls", &sdp, b"\x00\xff garbage");
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert!(answer.head.contains("application/problem+json"));
    let answer = server.request("POST", "/v1/realtime/calls", &sdp, b"v=0\r\nnonsense");
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("\"detail\""), "{}", answer.body);
    let answer = server.request("POST", "/v1/realtime/calls", &[("Content-Type", "text/html")], b"v=0");
    assert_eq!(answer.status, 415);
    let answer = server.request("POST", "/v1/realtime/calls", &sdp, &vec![b'a'; 200_000]);
    assert_eq!(answer.status, 413);
    let answer = server.request("POST", "/v1/realtime/calls?resume=not-a-token", &sdp, b"v=0");
    assert_eq!(answer.status, 410);
    assert_eq!(server.request("DELETE", "/v1/realtime/calls/nobody", &[], b"").status, 404);
    assert_eq!(server.request("GET", "/v1/realtime/calls", &[], b"").status, 405);
    assert_eq!(server.request("GET", "/../../etc/passwd", &[], b"").status, 404);
    assert_eq!(server.request("GET", "/nothing/here", &[], b"").status, 404);
    let evil = [("Content-Type", "application/sdp"), ("Origin", "https://evil.example")];
    assert_eq!(server.request("POST", "/v1/realtime/calls", &evil, b"v=0").status, 403);

    let page = server.request("GET", "/", &[], b"");
    assert_eq!(page.status, 200);
    assert!(page.head.contains("content-security-policy: default-src 'self'"));
    assert_eq!(server.request("GET", "/healthz", &[], b"").status, 200);
    assert_eq!(server.request("GET", "/readyz", &[], b"").status, 200);
    let metrics = server.request("GET", "/metrics", &[], b"");
    assert_eq!(metrics.status, 200);
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

fn voxfare(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_voxfare")).args(arguments).output().expect("the binary starts");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_wrong_setting_ends_with_64_and_names_its_key() {
    let cases = [
        ("session.sessions_max=0", "session.sessions_max"),
        ("session.sessions_max=many", "session.sessions_max"),
        ("session.no_such=1", "no_such"),
        ("server.listen=nowhere", "server.listen"),
        ("server.listen=0.0.0.0:8080", "server.access"),
        ("server.access=maybe", "server.access"),
        ("server.certificate=\"a.pem\"", "server.private_key"),
        ("tts.voice=robot", "tts.voice"),
        ("session.home=QQQ", "session.home"),
        ("session.time_zone=Mars/Olympus", "session.time_zone"),
        ("store.url=mysql://x", "store.url"),
        ("telemetry.format=xml", "telemetry.format"),
        ("travel.delay_ms=99999", "travel.delay_ms"),
    ];
    for (set, key) in cases {
        let (code, said) = voxfare(&["check", "--set", set]);
        assert_eq!(code, Some(64), "{set}: {said}");
        assert!(said.contains(key), "{set}: {said}");
        assert_eq!(said.lines().count(), 1, "{set}: {said}");
    }
}

#[test]
fn the_shipped_example_is_right() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/docker/voxfare.toml");
    let (code, said) = voxfare(&["check", "--config", example]);
    assert_eq!(code, Some(0), "{said}");
}
