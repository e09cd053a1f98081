//! Fetching: pinned hashes, resumed downloads, hosts that are gone.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use voxfare::models::pull::{PullOptions, pull};
use voxfare::models::{Folder, Manifest, ModelError, State};

const NAME: &str = "small.bin";
const BODY: &[u8] = b"twenty-four pinned bytes";
const BODY_SHA256: &str = "4d5df5fef22e4f472fcfb3bb2dbbc1d1ae222f33dff73c95a71fa3564ab67646";

/// A folder of its own for each test, removed at its end.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("voxfare-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }

    fn folder(&self) -> Folder {
        Folder::new(&self.0)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A manifest of one file at `urls`, whose package does not exist either.
fn manifest(urls: &[String]) -> Manifest {
    let urls: Vec<String> = urls.iter().map(|url| format!("{url:?}")).collect();
    let text = format!(
        r#"
        [package.none]
        client = "pip"
        name = "no package"
        version = "0"
        options = ["--no-index"]
        [[file]]
        name = "{NAME}"
        bytes = {}
        sha256 = "{BODY_SHA256}"
        set = "default"
        licence = "CC0-1.0"
        credit = "nobody"
        purpose = "a test"
        urls = [{}]
        make = "copy"
        members = [{{ package = "none", path = "x", sha256 = "{BODY_SHA256}" }}]
        "#,
        BODY.len(),
        urls.join(", ")
    );
    Manifest::parse(&text).expect("a sound manifest")
}

/// Serves `body` once, from the byte a range asks for; returns the address and the request it got.
fn serve(body: &'static [u8], ranges: bool) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}/{NAME}", listener.local_addr().expect("bound"));
    let (seen, requests) = channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("one connection");
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("a whole request");
            request.push(byte[0]);
        }
        let request = String::from_utf8(request).expect("text").to_lowercase();
        let from = request.split("range: bytes=").nth(1).and_then(|rest| rest.split('-').next()?.parse::<usize>().ok());
        let from = from.filter(|_| ranges);
        let head = match from {
            Some(from) => format!(
                "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {from}-{}/{}\r\n",
                body.len() - 1,
                body.len()
            ),
            None => "HTTP/1.1 200 OK\r\n".into(),
        };
        let rest = &body[from.unwrap_or(0)..];
        write!(stream, "{head}Content-Length: {}\r\nConnection: close\r\n\r\n", rest.len()).expect("written");
        stream.write_all(rest).expect("written");
        seen.send(request).expect("the test is waiting");
    });
    (address, requests)
}

async fn fetch(urls: &[String], place: &Place) -> Vec<ModelError> {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    pull(&manifest(urls), &place.folder(), &[NAME], PullOptions::default()).await.expect("the folder is usable")
}

fn state(place: &Place) -> State {
    place.folder().state(manifest(&[]).find(NAME).expect("listed"))
}

#[tokio::test]
async fn a_partial_download_goes_on_where_it_stopped() {
    let place = Place::new("resume");
    std::fs::create_dir_all(place.folder().unfinished()).expect("writable");
    std::fs::write(place.folder().unfinished().join(format!("{NAME}.part")), &BODY[..10]).expect("writable");
    let (url, requests) = serve(BODY, true);
    assert!(fetch(&[url], &place).await.is_empty());
    assert!(requests.recv().expect("asked").contains("range: bytes=10-"));
    assert_eq!(std::fs::read(place.folder().path(NAME)).expect("there"), BODY);
    assert_eq!(state(&place), State::Verified);
}

#[tokio::test]
async fn a_server_without_ranges_starts_over() {
    let place = Place::new("no-ranges");
    std::fs::create_dir_all(place.folder().unfinished()).expect("writable");
    std::fs::write(place.folder().unfinished().join(format!("{NAME}.part")), b"rubbish").expect("writable");
    let (url, _requests) = serve(BODY, false);
    assert!(fetch(&[url], &place).await.is_empty());
    assert_eq!(std::fs::read(place.folder().path(NAME)).expect("there"), BODY);
}

#[tokio::test]
async fn other_bytes_are_refused_and_removed() {
    let place = Place::new("wrong-hash");
    let (url, _requests) = serve(b"twenty-four other  bytes", true);
    let failures = fetch(std::slice::from_ref(&url), &place).await;
    let [failure] = &failures[..] else { panic!("one failure, not {failures:?}") };
    assert!(failure.to_string().contains("refused and removed"), "{failure}");
    assert_eq!(state(&place), State::Missing);
    assert!(!place.folder().unfinished().join(format!("{NAME}.part")).exists());
}

#[tokio::test]
async fn the_next_source_is_tried_when_one_is_gone() {
    let place = Place::new("next-source");
    let gone = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let nobody = format!("http://{}/{NAME}", gone.local_addr().expect("bound"));
    drop(gone);
    let (url, _requests) = serve(BODY, true);
    assert!(fetch(&[nobody, url], &place).await.is_empty());
    assert_eq!(state(&place), State::Verified);
}

#[tokio::test]
async fn a_file_that_is_there_is_not_fetched_again() {
    let place = Place::new("there");
    std::fs::create_dir_all(place.folder().root()).expect("writable");
    std::fs::write(place.folder().path(NAME), BODY).expect("writable");
    assert_eq!(state(&place), State::Unverified);
    assert!(fetch(&[], &place).await.is_empty());
    assert_eq!(state(&place), State::Verified);
    std::fs::write(place.folder().path(NAME), b"twenty-four other  bytes").expect("writable");
    assert_ne!(state(&place), State::Verified);
}
