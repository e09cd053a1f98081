//! `voxfare talk` as a user runs it: recordings in, a recording and captions out; and what it says of bad input.

use crate::e2e::realtime::keys;
use crate::e2e::server::{Server, fresh_folder};
use crate::e2e::voice::{human, spoken, transcribed};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use voxfare::client::{Client, Event, Options, Over};

/// No answer takes longer, also on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a run printed, and how it ended.
struct Talk {
    code: Option<i32>,
    said: String,
    errors: String,
}

fn talk(arguments: &[&str]) -> Talk {
    let mut command = Command::new(env!("CARGO_BIN_EXE_voxfare"));
    // No sound card, also where there is one.
    command.env("ALSA_CONFIG_PATH", "/dev/null").arg("talk").args(arguments);
    let output = command.output().expect("the binary starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Talk { code: output.status.code(), said: text(&output.stdout), errors: text(&output.stderr) }
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a path of ours is text")
}

#[test]
fn a_spoken_conversation_with_an_interruption_is_heard_and_written_down() {
    let server = Server::start("talk", &[]);
    let out = server.folder.join("answer.wav");
    let (ask, stop) = (spoken("What can you do?"), spoken("I want to fly from Boston to Denver on Friday."));
    let bye = spoken("Thank you, goodbye.");
    let arguments = ["--wav", path(&ask), "--interrupt-after", "1500ms", path(&stop), "--wav", path(&bye)];
    let talk = talk(&[&[server.url.as_str(), "--out", path(&out)], &arguments[..]].concat());
    let all = format!("{}\n{}\n{}", talk.said, talk.errors, server.log());
    assert_eq!(talk.code, Some(0), "{all}");

    let lines: Vec<&str> = talk.said.lines().collect();
    let at = |what: &dyn Fn(&str) -> bool| lines.iter().position(|line| what(line)).unwrap_or_else(|| panic!("{all}"));
    assert!(lines[0].starts_with("[session "), "{all}");
    let asked = at(&|line| line.starts_with("you: ") && line.contains("can you do"));
    let cut = at(&|line| line.starts_with("voxfare: ") && line.ends_with(" [interrupted]"));
    let wanted = at(&|line| line.starts_with("you: ") && line.contains("Denver"));
    let found = at(&|line| line.starts_with("[card: ") && line.contains("flights"));
    let told = at(&|line| line.starts_with("voxfare: ") && line.contains("Denver"));
    assert!(asked < cut && cut < told && wanted < told && found < told, "{all}");
    assert!(lines.iter().any(|line| line.starts_with("[answered in ")), "{all}");
    assert!(lines[told..].iter().any(|line| line.starts_with("you: ") && line.contains("oodbye")), "{all}");

    // The sound says what the captions say, and of the cut answer no more than was heard.
    let heard = transcribed(&out).to_lowercase();
    assert!(heard.contains("denver"), "{heard}\n{all}");
    assert!(lines[cut].len() < "voxfare:  [interrupted]".len() + 90, "{}", lines[cut]);
    server.is_sound();
}

#[test]
fn on_a_terminal_it_draws_a_screen_and_gives_the_terminal_back() {
    let server = Server::start("talk-screen", &[]);
    let (ask, out) = (spoken("What can you do?"), server.folder.join("answer.wav"));
    let program = env!("CARGO_BIN_EXE_voxfare");
    let talk = format!("{program} talk {} --wav {} --out {}", server.url, path(&ask), path(&out));
    let on_terminal = format!("stty rows 24 cols 80; exec {talk}");
    // A terminal of its own, from a program that every Debian has.
    let output = Command::new("script").args(["-qec", &on_terminal, "/dev/null"]).env("TERM", "xterm").output();
    let output = output.expect("script is there");
    let drawn = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{drawn}\n{}", server.log());
    let (entered, left) = (drawn.find("\u{1b}[?1049h"), drawn.rfind("\u{1b}[?1049l"));
    assert!(entered.is_some() && entered < left, "{entered:?} {left:?}");
    for words in ["Voxfare", "recordings", "What can you do?", "hotels", "answered", "█"] {
        assert!(drawn.contains(words), "{words:?} was never drawn");
    }
    server.is_sound();
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_believed_when_told_to() {
    let server = Server::start("talk-tls", &["server.https=on"]);
    assert!(server.url.starts_with("https://"), "{}", server.url);
    let (ask, out) = (spoken("What can you do?"), server.folder.join("answer.wav"));
    let files = ["--wav", path(&ask), "--out", path(&out)];
    let refused = talk(&[&[server.url.as_str()], &files[..]].concat());
    assert_eq!(refused.code, Some(1), "{}", refused.said);
    assert!(refused.errors.contains("certificate"), "{}", refused.errors);
    let taken = talk(&[&[server.url.as_str(), "--insecure"], &files[..]].concat());
    assert_eq!(taken.code, Some(0), "{}{}", taken.said, taken.errors);
    assert!(taken.said.contains("hotels"), "{}", taken.said);
    server.is_sound();
}

#[tokio::test]
async fn a_lost_line_is_had_again_and_the_conversation_goes_on() {
    let server = Server::start("talk-lost", &[]);
    let (address, cut) = wire(server.address()).await;
    let mut client = Client::connect(Options::to(&address)).await.expect("the wire holds");
    let first =
        until(&mut client, |event| if let Event::Connected { session, .. } = event { Some(session) } else { None });
    let session = first.await;
    client.write("I want to fly to Denver.").await.expect("there is a session");
    until(&mut client, |event| matches!(event, Event::Sounding(true)).then_some(())).await;
    cut.notify_waiters();
    until(&mut client, |event| matches!(event, Event::Reconnecting { attempt: 0 }).then_some(())).await;
    let again = |event| if let Event::Connected { session, resumed: true } = event { Some(session) } else { None };
    assert_eq!(until(&mut client, again).await, session);
    // The city was said before the line was lost. Who asks just as Voxfare begins to speak by itself is refused, and asks again.
    let answered = |event| match event {
        Event::Card(card) => (card["kind"] == "flights").then_some(true),
        Event::Trouble(_) => Some(false),
        _ => None,
    };
    for attempt in 0.. {
        assert!(attempt < 4, "it is refused again and again:\n{}", server.log());
        client.write("From Boston, on Friday.").await.expect("there is a session");
        if until(&mut client, answered).await {
            break;
        }
        // What is refused while a response is under way is answered with the next one, or asked again after it.
        let next = |event| match event {
            Event::Card(card) => (card["kind"] == "flights").then_some(true),
            Event::Answered { .. } => Some(false),
            _ => None,
        };
        if until(&mut client, next).await {
            break;
        }
    }
    client.hang_up().await.expect("there is a session");
    let over = |event| if let Event::Over(over) = event { Some(over) } else { None };
    assert_eq!(until(&mut client, over).await, Over::HungUp);
    assert!(client.next().await.is_none());
    server.logs("hung_up");
    server.is_sound();
}

/// The first thing that `wanted` makes something of.
async fn until<T>(client: &mut Client, wanted: impl Fn(Event) -> Option<T>) -> T {
    // What came instead is shown when it does not come.
    let mut seen = Vec::new();
    let searching = async {
        while let Some(event) = client.next().await {
            if !matches!(event, Event::Server(_)) {
                seen.push(format!("{event:?}"));
            }
            if let Some(found) = wanted(event) {
                return Some(found);
            }
        }
        None
    };
    match tokio::time::timeout(PATIENCE, searching).await {
        Ok(Some(found)) => found,
        missed => panic!("{}: {seen:#?}", if missed.is_ok() { "the end came first" } else { "it never came" }),
    }
}

/// A wire to the server: its near end, and what cuts every line that goes over it.
async fn wire(server: String) -> (String, Arc<Notify>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback can be bound");
    let (address, cut) = (listener.local_addr().expect("it is bound"), Arc::new(Notify::new()));
    let cuts = cut.clone();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let (cut, server) = (cuts.clone(), server.clone());
            tokio::spawn(async move {
                let mut far = TcpStream::connect(server).await.expect("the server listens");
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                    () = cut.notified() => {}
                }
            });
        }
    });
    (address.to_string(), cut)
}

#[test]
fn what_cannot_be_is_said_in_one_sentence() {
    let server = Server::start("talk-bad", &["server.access=keys"]);
    let good = human("friday");
    let folder = fresh_folder("talk-bad-files");
    let (noise, out) = (folder.join("noise.wav"), folder.join("out.wav"));
    std::fs::write(&noise, b"RIFF and then nothing of the kind").expect("the folder is ours");
    // A port on which nobody listens any more.
    let nobody = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let nobody = format!("http://{}", nobody.expect("loopback can be bound"));
    let wrong_place = format!("{}/nothing/here", server.url);
    let key = keys(&server, &["create", "talk"]);
    let (file, into) = (path(&good), path(&out));
    let cases: [(&[&str], &str); 10] = [
        (&[&nobody, "--wav", file, "--out", into], "no server answers at ws://127.0.0.1"),
        (&["ftp://nowhere", "--wav", file, "--out", into], "\"ftp://nowhere\" is no address of a server"),
        (&[&wrong_place, "--wav", file, "--out", into], "is no Realtime server: it answered 404"),
        (&[&server.url, "--wav", file, "--out", into], "wants a valid key (401)"),
        (&[&server.url, "--key", "vf_wrong", "--wav", file, "--out", into], "wants a valid key (401)"),
        (&[&server.url, "--key", "a\nb", "--wav", file, "--out", into], "characters that no key has"),
        (&[&server.url, "--wav", path(&noise), "--out", into], "noise.wav cannot be read as WAV"),
        (
            &[&server.url, "--key", &key, "--wav", file, "--out", "/no/such/folder/o.wav"],
            "/no/such/folder/o.wav cannot be written",
        ),
        (
            &[&server.url, "--key", &key, "--wav", file],
            "no speaker: this machine has none that works; write what is heard with --out",
        ),
        (
            &[&server.url, "--key", &key, "--out", into],
            "no microphone: this machine has none that works; speak recordings with --wav",
        ),
    ];
    for (arguments, sentence) in cases {
        let talk = talk(arguments);
        assert_eq!(talk.code, Some(1), "{arguments:?}: {}{}", talk.said, talk.errors);
        assert!(talk.errors.contains(sentence), "{arguments:?}: {}", talk.errors);
        assert_eq!(talk.errors.lines().count(), 1, "{arguments:?}: {}", talk.errors);
    }
    server.is_sound();
}
