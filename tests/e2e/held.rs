//! A WebRTC call held by hand: whatever a test likes goes down its control channel.

use crate::e2e::server::{Answer, Server};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::time::timeout;
use voxfare::caller::peer::{Heard, Peer, PeerConfig};

/// A call held by hand: whatever it likes goes down its control channel.
pub(crate) struct Held {
    pub(crate) peer: Peer,
    heard: mpsc::Receiver<Heard>,
    /// The offer it was placed with.
    pub(crate) offer: String,
    pub(crate) answer: Answer,
    /// Its resume token.
    pub(crate) token: String,
    packets: usize,
    /// When each packet of its sound came.
    pub(crate) sound: Vec<Instant>,
}

impl Held {
    /// A call with the offer alone.
    pub(crate) async fn place(server: &Server, query: &str) -> Self {
        Self::place_by(|offer| post(server, query, offer)).await
    }

    /// A call with a session of its own, both as parts of a form.
    pub(crate) async fn place_with(server: &Server, session: &str) -> Self {
        Self::place_by(|offer| {
            let part = |name: &str, text: &str| {
                format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
            };
            let form = format!("{}{}--edge--\r\n", part("sdp", offer), part("session", session));
            server.post("/v1/realtime/calls", "multipart/form-data; boundary=edge", "", &form)
        })
        .await
    }

    async fn place_by(post: impl FnOnce(&str) -> Answer) -> Self {
        let (peer, offer, heard) = Peer::offer(PeerConfig::default()).await.expect("loopback can be bound");
        let answer = post(&offer);
        assert_eq!(answer.status, 201, "{}", answer.body);
        peer.answered(&answer.body).await.expect("the answer fits");
        let mut held = Self { peer, heard, offer, answer, token: String::new(), packets: 0, sound: Vec::new() };
        let session = held.hears("a session", |event| event["type"] == "voxfare.session").await;
        held.token = session["resume_token"].as_str().expect("a session has a token").to_owned();
        held
    }

    /// The next event of the server that `wanted` holds for.
    pub(crate) async fn hears(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let waiting = async {
            while let Some(heard) = self.heard.recv().await {
                match heard {
                    Heard::Rtp { at, .. } => {
                        self.packets += 1;
                        self.sound.push(at);
                    }
                    Heard::Text { text, .. } => {
                        let event: Value = serde_json::from_str(&text).expect("the server sends JSON");
                        if wanted(&event) {
                            return Some(event);
                        }
                    }
                    Heard::Ended => return None,
                    Heard::Connected | Heard::ChannelOpen => {}
                }
            }
            None
        };
        let event = timeout(WITHIN, waiting).await.unwrap_or_else(|_| panic!("{what} never came"));
        event.unwrap_or_else(|| panic!("the call ended before {what} came"))
    }

    /// Waits until it is over.
    pub(crate) async fn ends(&mut self) {
        let ended = async {
            loop {
                match self.heard.recv().await {
                    None | Some(Heard::Ended) => return,
                    Some(_) => {}
                }
            }
        };
        timeout(WITHIN, ended).await.expect("the call ends");
    }

    /// Sends an event, or what is none.
    pub(crate) async fn says(&mut self, text: &str) {
        self.peer.say(text).await.expect("the channel is open");
    }

    /// The call works: a typed question is answered in words and in sound.
    pub(crate) async fn works(&mut self) {
        self.packets = 0;
        let content = json!([{ "type": "input_text", "text": "What can you do?" }]);
        let item = json!({ "type": "message", "role": "user", "content": content });
        self.says(&json!({ "type": "conversation.item.create", "item": item }).to_string()).await;
        self.says(&json!({ "type": "response.create" }).to_string()).await;
        self.hears("an answer", |event| {
            event["type"] == "response.output_audio_transcript.done"
                && event["transcript"].as_str().is_some_and(|text| text.contains("flights"))
        })
        .await;
        self.hears("its end", |event| event["type"] == "output_audio_buffer.stopped").await;
        assert!(self.packets > 50, "the answer was heard: {} packets", self.packets);
    }
}

/// Posts an offer.
pub(crate) fn post(server: &Server, query: &str, offer: &str) -> Answer {
    let path = format!("/v1/realtime/calls{query}");
    server.request("POST", &path, &[("Content-Type", "application/sdp")], offer.as_bytes())
}

/// What has not come by then never will, even on a busy machine.
const WITHIN: Duration = Duration::from_secs(60);
