//! Telnyx media streaming: its frames as acts, our voice as its frames. It has no socket and no clock.

use crate::net::telephony::act::{Act, Begin, Carrier, key, number, text};
use crate::net::telephony::order::Order;
use crate::net::telephony::playing::Playing;
use crate::net::telephony::voice::{self, Frames};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use media::leg::stream::Format;
use serde_json::{Value, json};

/// Bytes of one millisecond: G.711 at 8 kHz.
const MS_BYTES: u64 = 8;

/// One stream.
#[derive(Debug, Default)]
pub struct Telnyx {
    started: bool,
    order: Order,
    playing: Playing,
    /// Bytes of the caller's sound so far: they are the clock.
    heard: u64,
}

/// Frames to a stream bear no name: the socket is the stream.
struct Stream;

impl Carrier for Telnyx {
    fn frame(&mut self, frame: &str) -> Vec<Act> {
        let Ok(frame) = serde_json::from_str::<Value>(frame) else {
            return vec![Act::Count("carrier_frame_unreadable")];
        };
        match (frame["event"].as_str().unwrap_or_default(), self.started) {
            ("connected", false) => Vec::new(),
            ("start", false) => self.start(&frame["start"]),
            ("media", true) => self.media(&frame["media"]),
            ("mark", true) => {
                self.playing.played(frame["mark"]["name"].as_str().unwrap_or_default());
                Vec::new()
            }
            ("dtmf", true) => voice::digit(key(&frame["dtmf"]["digit"]), &mut self.playing, &Stream),
            ("error", _) => vec![Act::Count("carrier_error")],
            ("stop", _) => vec![Act::Over],
            _ => vec![Act::Count("carrier_frame_unexpected")],
        }
    }

    fn event(&mut self, event: &str) -> Vec<Act> {
        if self.started { voice::event(event, &mut self.playing, &Stream) } else { Vec::new() }
    }

    fn unheard_ms(&self) -> u64 {
        self.playing.unheard_ms()
    }

    fn goodbye(&self) -> Option<String> {
        None
    }
}

impl Telnyx {
    fn start(&mut self, start: &Value) -> Vec<Act> {
        let format = &start["media_format"];
        let hears = match (format["encoding"].as_str(), number(&format["sample_rate"])) {
            (Some("PCMU"), Some(8000)) => Format::Pcmu,
            (Some("PCMA"), Some(8000)) => Format::Pcma,
            _ => return vec![Act::Refuse("the stream is neither PCMU nor PCMA at 8 kHz")],
        };
        self.started = true;
        vec![Act::Begin(Begin {
            call: text(&start["call_control_id"]).unwrap_or_default(),
            token: text(&start["custom_parameters"]["token"]).unwrap_or_default(),
            // What we send is what our answer to the webhook says that we send.
            session: voice::session(hears, Format::Pcmu),
            greets: true,
        })]
    }

    fn media(&mut self, media: &Value) -> Vec<Act> {
        let Some(payload) = media["payload"].as_str().filter(|_| media["track"] != "outbound") else {
            return vec![Act::Count("carrier_frame_unexpected")];
        };
        let ready = match number(&media["chunk"]) {
            Some(chunk) => self.order.put(chunk, payload.to_owned()),
            None => Ok(vec![payload.to_owned()]),
        };
        let Ok(ready) = ready else { return vec![Act::Count("carrier_frame_late")] };
        for payload in &ready {
            self.heard += BASE64.decode(payload).map_or(0, |bytes| bytes.len() as u64);
        }
        self.playing.clock(self.heard / MS_BYTES);
        ready.iter().map(|payload| voice::append(payload)).collect()
    }
}

impl Frames for Stream {
    fn media(&self, payload: &str) -> String {
        json!({ "event": "media", "media": { "payload": payload } }).to_string()
    }

    fn mark(&self, name: &str) -> String {
        json!({ "event": "mark", "mark": { "name": name } }).to_string()
    }

    fn clear(&self) -> String {
        json!({ "event": "clear" }).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::telephony::script::check;

    /// Frames as Telnyx documents them.
    const START: &str = r#"> {"event":"connected","version":"1.0.0"}
> {"event":"start","sequence_number":"1","start":{"user_id":"u","call_control_id":"v2:c","call_session_id":"s","from":"+13122010094","to":"+13122123456","custom_parameters":{"token":"t0k"},"media_format":{"encoding":"PCMA","sample_rate":8000,"channels":1}},"stream_id":"S"}
begin v2:c t0k greets {"audio":{"input":{"format":{"type":"audio/pcma"}},"output":{"format":{"type":"audio/pcmu"}}},"type":"realtime"}
"#;

    #[test]
    fn sound_is_put_in_order_and_counted_as_the_clock() {
        check(
            &mut Telnyx::default(),
            &format!(
                r#"{START}< {{"type":"response.output_audio.delta","item_id":"item_1","delta":"[40 ms]"}}
send {{"event":"media","media":{{"payload":"[20 ms]"}}}}
send {{"event":"media","media":{{"payload":"[20 ms]"}}}}
send {{"event":"mark","mark":{{"name":"1"}}}}
> {{"event":"media","sequence_number":"4","media":{{"track":"inbound","chunk":"1","timestamp":"5","payload":"[5 ms]"}},"stream_id":"S"}}
tell {{"audio":"[5 ms]","type":"input_audio_buffer.append"}}
> {{"event":"media","sequence_number":"6","media":{{"track":"inbound","chunk":"3","timestamp":"5","payload":"[20 ms]"}},"stream_id":"S"}}
> {{"event":"media","sequence_number":"5","media":{{"track":"inbound","chunk":"2","timestamp":"5","payload":"[5 ms]"}},"stream_id":"S"}}
tell {{"audio":"[5 ms]","type":"input_audio_buffer.append"}}
tell {{"audio":"[20 ms]","type":"input_audio_buffer.append"}}
> {{"event":"media","sequence_number":"5","media":{{"track":"inbound","chunk":"2","timestamp":"5","payload":"[5 ms]"}},"stream_id":"S"}}
count carrier_frame_late
> {{"event":"media","media":{{"track":"outbound","chunk":"4","payload":"[5 ms]"}},"stream_id":"S"}}
count carrier_frame_unexpected
< {{"type":"output_audio_buffer.cleared","response_id":"resp_1"}}
send {{"event":"clear"}}
tell {{"audio_end_ms":30,"content_index":0,"item_id":"item_1","type":"conversation.item.truncate"}}
> {{"event":"mark","mark":{{"name":"1"}},"stream_id":"S"}}
> {{"event":"dtmf","stream_id":"S","occurred_at":"2022-06-01T12:00:00Z","sequence_number":"5","dtmf":{{"digit":"9"}}}}
digit 9
> {{"stream_id":"S","event":"error","payload":{{"code":100003,"title":"malformed_frame","detail":"d"}}}}
count carrier_error
> {{"event":"stop","sequence_number":"5","stop":{{"user_id":"u","call_control_id":"v2:c"}},"stream_id":"S"}}
over
"#
            ),
        );
    }

    #[test]
    fn a_codec_that_we_do_not_speak_is_refused() {
        check(
            &mut Telnyx::default(),
            r#"> {"event":"start","start":{"call_control_id":"c","media_format":{"encoding":"OPUS","sample_rate":16000}}}
refuse the stream is neither PCMU nor PCMA at 8 kHz
> nonsense
count carrier_frame_unreadable
> {"event":"mark","mark":{"name":"1"}}
count carrier_frame_unexpected
"#,
        );
    }
}
