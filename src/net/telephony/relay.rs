//! ConversationRelay, of Twilio and, frame for frame, of Telnyx: the carrier hears and speaks, and what passes is text. It has no socket and
//! no clock.

use crate::net::telephony::act::{Act, Begin, Carrier, key, text};
use crate::session::event::LegEvent;
use serde_json::{Value, json};
use std::collections::VecDeque;

/// Texts remembered since the caller last spoke.
const SAID_MAX: usize = 16;
/// A letter takes a voice about so long, in ms.
const LETTER_MS: u64 = 65;
/// So many words tell which text a report is about.
const TELLING_WORDS: usize = 3;

/// One relay.
#[derive(Debug, Default)]
pub struct Relay {
    begun: bool,
    /// The item whose text is under way, and what is held of it: the last piece is sent as the last.
    item: String,
    held: Option<String>,
    /// What was said since the caller last spoke: items and their words.
    said: VecDeque<(String, String)>,
}

impl Carrier for Relay {
    fn frame(&mut self, frame: &str) -> Vec<Act> {
        let Ok(frame) = serde_json::from_str::<Value>(frame) else {
            return vec![Act::Count("carrier_frame_unreadable")];
        };
        match (frame["type"].as_str().unwrap_or_default(), self.begun) {
            ("setup", false) => self.setup(&frame),
            // What is said so far is followed by all that was said.
            ("prompt", true) if frame["last"] == false => Vec::new(),
            ("prompt", true) => self.prompt(frame["voicePrompt"].as_str().unwrap_or_default()),
            ("dtmf", true) => match key(&frame["digit"]) {
                Some(key) => vec![Act::Tell(LegEvent::Digit(key))],
                None => vec![Act::Count("digit_unknown")],
            },
            ("interrupt", true) => self.interrupted(frame["utteranceUntilInterrupt"].as_str().unwrap_or_default()),
            ("error", _) => vec![Act::Count("carrier_error")],
            ("info", _) => Vec::new(),
            _ => vec![Act::Count("carrier_frame_unexpected")],
        }
    }

    fn event(&mut self, event: &str) -> Vec<Act> {
        let Ok(event) = serde_json::from_str::<Value>(event) else { return Vec::new() };
        let field = |name: &str| event[name].as_str().unwrap_or_default();
        match field("type") {
            "response.output_text.delta" => self.more(field("item_id"), field("delta")),
            "response.output_text.done" if self.item == field("item_id") => self.whole(),
            "error" => vec![Act::Count("carrier_event_refused")],
            _ => Vec::new(),
        }
    }

    fn unheard_ms(&self) -> u64 {
        let letters: usize = self.said.iter().map(|(_, text)| text.chars().count()).sum();
        letters as u64 * LETTER_MS
    }

    fn goodbye(&self) -> Option<String> {
        Some(json!({ "type": "end" }).to_string())
    }
}

impl Relay {
    fn setup(&mut self, frame: &Value) -> Vec<Act> {
        self.begun = true;
        let begin = Begin {
            call: text(&frame["callSid"]).unwrap_or_default(),
            token: text(&frame["customParameters"]["token"]).unwrap_or_default(),
            session: json!({ "type": "realtime", "output_modalities": ["text"] }),
            // We cannot know when the carrier's voice has ended, and so not when a silence is one.
            greets: false,
        };
        vec![Act::Begin(begin), tell(&json!({ "type": "response.create" }))]
    }

    fn prompt(&mut self, words: &str) -> Vec<Act> {
        if words.trim().is_empty() {
            return Vec::new();
        }
        self.said.clear();
        let item = json!({ "type": "message", "role": "user", "content": [{ "type": "input_text", "text": words }] });
        vec![
            tell(&json!({ "type": "conversation.item.create", "item": item })),
            tell(&json!({ "type": "response.create" })),
        ]
    }

    /// The caller spoke over the carrier's voice: of what was said since the caller last spoke, these words were heard.
    fn interrupted(&mut self, heard: &str) -> Vec<Act> {
        let mut left: VecDeque<String> = plain(heard).collect();
        let from = self.said.iter().position(|(_, text)| begins(text, &left));
        let from = from.unwrap_or(self.said.len().saturating_sub(1));
        let mut acts = Vec::new();
        for (item, text) in self.said.drain(..).skip(from) {
            let words: Vec<String> = plain(&text).collect();
            let whole = !words.is_empty() && words.len() <= left.len() && words.iter().zip(&left).all(|(a, b)| a == b);
            if whole {
                left.drain(..words.len());
                continue;
            }
            let heard: Vec<String> = left.drain(..).collect();
            acts.push(tell(&json!({ "type": "voxfare.item.heard", "item_id": item, "text": heard.join(" ") })));
        }
        acts
    }

    fn more(&mut self, item: &str, delta: &str) -> Vec<Act> {
        let acts = if self.item == item { self.send(false) } else { self.whole() };
        if self.item != item {
            item.clone_into(&mut self.item);
            if self.said.len() == SAID_MAX {
                self.said.pop_front();
            }
            self.said.push_back((item.to_owned(), String::new()));
        }
        if let Some((_, text)) = self.said.back_mut().filter(|(other, _)| other == item) {
            text.push_str(delta);
        }
        self.held = Some(delta.to_owned());
        acts
    }

    fn whole(&mut self) -> Vec<Act> {
        self.send(true)
    }

    fn send(&mut self, last: bool) -> Vec<Act> {
        let token = self.held.take().filter(|token| !token.is_empty());
        token
            .map(|token| Act::Send(json!({ "type": "text", "token": token, "last": last }).to_string()))
            .into_iter()
            .collect()
    }
}

fn tell(event: &Value) -> Act {
    Act::Tell(LegEvent::Text(event.to_string()))
}

/// A report that begins so may be about this text.
fn begins(text: &str, heard: &VecDeque<String>) -> bool {
    !heard.is_empty() && plain(text).zip(heard).take(TELLING_WORDS).all(|(a, b)| a == *b)
}

/// The words without case and marks.
fn plain(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace().filter_map(|word| {
        let word: String = word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        (!word.is_empty()).then_some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::telephony::script::check;

    /// A frame as Twilio documents it, and what comes of it.
    const SETUP: &str = r#"> {"type":"setup","sessionId":"VX1","accountSid":"AC1","parentCallSid":"","callSid":"CA1","from":"+18005550100","to":"+18005550101","forwardedFrom":"","callType":"PSTN","callerName":"","direction":"inbound","callStatus":"RINGING","customParameters":{"token":"t0k"}}
begin CA1 t0k waits {"output_modalities":["text"],"type":"realtime"}
tell {"type":"response.create"}
"#;

    #[test]
    fn words_go_both_ways() {
        check(
            &mut Relay::default(),
            &format!(
                r#"{SETUP}< {{"type":"response.output_text.delta","item_id":"item_1","delta":"Hi, this is Voxfare."}}
< {{"type":"response.output_text.done","item_id":"item_1","text":"Hi, this is Voxfare."}}
send {{"last":true,"token":"Hi, this is Voxfare.","type":"text"}}
unheard 1300
> {{"type":"prompt","voicePrompt":"To Denver","lang":"en-US","last":false}}
> {{"type":"prompt","voicePrompt":"To Denver tomorrow.","lang":"en-US","last":true}}
tell {{"item":{{"content":[{{"text":"To Denver tomorrow.","type":"input_text"}}],"role":"user","type":"message"}},"type":"conversation.item.create"}}
tell {{"type":"response.create"}}
< {{"type":"response.output_text.delta","item_id":"item_2","delta":"One "}}
< {{"type":"response.output_text.delta","item_id":"item_2","delta":"moment."}}
send {{"last":false,"token":"One ","type":"text"}}
< {{"type":"response.output_text.done","item_id":"item_2","text":"One moment."}}
send {{"last":true,"token":"moment.","type":"text"}}
> {{"type":"dtmf","digit":"1"}}
digit 1
> {{"type":"prompt","voicePrompt":" ","lang":"en-US","last":true}}
> {{"type":"error","description":"Invalid message received: {{ \"foo\" : \"bar\" }}"}}
count carrier_error
"#
            ),
        );
        assert_eq!(Relay::default().goodbye().as_deref(), Some(r#"{"type":"end"}"#));
    }

    fn said(relay: &mut Relay, texts: &[&str]) {
        relay.frame(r#"{"type":"setup"}"#);
        for (n, text) in texts.iter().enumerate() {
            relay.event(
                &json!({ "type": "response.output_text.delta", "item_id": n.to_string(), "delta": text }).to_string(),
            );
            relay.event(&json!({ "type": "response.output_text.done", "item_id": n.to_string() }).to_string());
        }
    }

    #[test]
    fn an_interruption_is_told_of_the_texts_it_cut() {
        let texts = ["One moment.", "Life is a complex set of choices.", "What else?"];
        let table: [(&str, &[(&str, &str)]); 6] = [
            ("One moment. Life is a complex", &[("1", "life is a complex"), ("2", "")]),
            // The text under way alone is reported.
            ("Life is a complex set of", &[("1", "life is a complex set of"), ("2", "")]),
            ("One", &[("0", "one"), ("1", ""), ("2", "")]),
            ("", &[("2", "")]),
            ("Something else", &[("2", "something else")]),
            ("Life is a complex set of choices. What", &[("2", "what")]),
        ];
        for (heard, want) in table {
            let mut relay = Relay::default();
            said(&mut relay, &texts);
            let frame =
                json!({ "type": "interrupt", "utteranceUntilInterrupt": heard, "durationUntilInterruptMs": 460 });
            let acts = relay.frame(&frame.to_string());
            let told: Vec<(String, String)> = acts
                .iter()
                .map(|act| {
                    let Act::Tell(LegEvent::Text(event)) = act else { panic!("{act:?}") };
                    let event: Value = serde_json::from_str(event).expect("JSON");
                    assert_eq!(event["type"], "voxfare.item.heard");
                    (text(&event["item_id"]).expect("an id"), text(&event["text"]).expect("words"))
                })
                .collect();
            let want: Vec<_> = want.iter().map(|(item, text)| ((*item).to_owned(), (*text).to_owned())).collect();
            assert_eq!(told, want, "{heard:?}");
            assert!(relay.frame(&frame.to_string()).is_empty(), "it is told once");
        }
    }

    #[test]
    fn what_comes_out_of_turn_is_counted() {
        check(
            &mut Relay::default(),
            r#"> {"type":"prompt","voicePrompt":"Hello","last":true}
count carrier_frame_unexpected
> null
count carrier_frame_unexpected
> {
count carrier_frame_unreadable
"#,
        );
    }
}
