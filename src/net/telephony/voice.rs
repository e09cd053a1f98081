//! What the carriers that carry sound have in common: our voice into their frames, and interruptions back into the session's words.

use crate::net::telephony::act::Act;
use crate::net::telephony::playing::{Part, Playing};
use crate::session::event::LegEvent;
use media::leg::stream::Format;
use serde::Deserialize;
use serde_json::{Value, json};
use std::borrow::Cow;

/// How a carrier writes what we send.
pub(crate) trait Frames {
    /// Sound to be played behind what it has.
    fn media(&self, payload: &str) -> String;
    /// Tell us when all before this was played.
    fn mark(&self, name: &str) -> String;
    /// Forget what was not yet played.
    fn clear(&self) -> String;
}

/// What is read of an event of the session.
#[derive(Deserialize)]
struct Told<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    response_id: Cow<'a, str>,
    #[serde(borrow, default)]
    item_id: Cow<'a, str>,
    #[serde(borrow, default)]
    delta: Cow<'a, str>,
}

/// What an event of the session comes to on the carrier's side.
pub(crate) fn event(text: &str, playing: &mut Playing, frames: &impl Frames) -> Vec<Act> {
    let Ok(told) = serde_json::from_str::<Told<'_>>(text) else { return Vec::new() };
    match told.kind.as_ref() {
        "response.output_audio.delta" => {
            playing.begin(&told.response_id);
            sent(playing.push(&told.item_id, &told.delta), frames)
        }
        "response.output_audio.done" => sent(playing.finish(&told.item_id), frames),
        "output_audio_buffer.stopped" => {
            playing.end(&told.response_id);
            Vec::new()
        }
        "output_audio_buffer.cleared" => {
            playing.end(&told.response_id);
            cut(playing, frames)
        }
        // Whether the caller takes the floor is the session's to say, but for the rest of what the session thinks is played.
        "input_audio_buffer.speech_started" if playing.is_ended() => cut(playing, frames),
        "error" => vec![Act::Count("carrier_event_refused")],
        _ => Vec::new(),
    }
}

fn sent(part: Part, frames: &impl Frames) -> Vec<Act> {
    let mut acts: Vec<Act> = part.payloads.iter().map(|payload| Act::Send(frames.media(payload))).collect();
    acts.extend(part.mark.map(|mark| Act::Send(frames.mark(&mark))));
    acts
}

/// The caller takes the floor: the carrier falls silent, and the session learns what was heard.
fn cut(playing: &mut Playing, frames: &impl Frames) -> Vec<Act> {
    let cuts = playing.cut();
    let clear = (!cuts.is_empty()).then(|| Act::Send(frames.clear()));
    let tell = cuts.into_iter().map(|cut| {
        let event = json!({
            "type": "conversation.item.truncate", "item_id": cut.item, "content_index": 0, "audio_end_ms": cut.heard_ms,
        });
        Act::Tell(LegEvent::Text(event.to_string()))
    });
    clear.into_iter().chain(tell).collect()
}

/// A key was pressed: it silences us before the session has heard of it.
pub(crate) fn digit(key: Option<char>, playing: &mut Playing, frames: &impl Frames) -> Vec<Act> {
    let Some(key) = key else { return vec![Act::Count("digit_unknown")] };
    let mut acts = cut(playing, frames);
    acts.push(Act::Tell(LegEvent::Digit(key)));
    acts
}

/// The caller's sound.
pub(crate) fn append(payload: &str) -> Act {
    let event = json!({ "type": "input_audio_buffer.append", "audio": payload });
    Act::Tell(LegEvent::Text(event.to_string()))
}

/// The session that such a call needs.
pub(crate) fn session(hears: Format, speaks: Format) -> Value {
    let format = |format| match format {
        Format::Pcm => json!({ "type": "audio/pcm", "rate": 24_000 }),
        Format::Pcmu => json!({ "type": "audio/pcmu" }),
        Format::Pcma => json!({ "type": "audio/pcma" }),
    };
    json!({
        "type": "realtime", "audio": { "input": { "format": format(hears) }, "output": { "format": format(speaks) } },
    })
}
