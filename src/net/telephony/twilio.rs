//! Twilio Media Streams: its frames as acts, our voice as its frames. It has no socket and no clock.

use crate::net::telephony::act::{Act, Begin, Carrier, key, number, text};
use crate::net::telephony::playing::Playing;
use crate::net::telephony::voice::{self, Frames};
use media::leg::stream::Format;
use serde_json::{Value, json};

/// One stream.
#[derive(Debug, Default)]
pub struct Twilio {
    stream: Option<Stream>,
    playing: Playing,
}

/// The stream's name, which every frame to it bears.
#[derive(Debug)]
struct Stream(String);

impl Carrier for Twilio {
    fn frame(&mut self, frame: &str) -> Vec<Act> {
        let Ok(frame) = serde_json::from_str::<Value>(frame) else {
            return vec![Act::Count("carrier_frame_unreadable")];
        };
        match (frame["event"].as_str().unwrap_or_default(), &self.stream) {
            ("connected", None) => Vec::new(),
            ("start", None) => self.start(&frame),
            ("media", Some(_)) => self.media(&frame["media"]),
            ("mark", Some(_)) => {
                self.playing.played(frame["mark"]["name"].as_str().unwrap_or_default());
                Vec::new()
            }
            ("dtmf", Some(stream)) => voice::digit(key(&frame["dtmf"]["digit"]), &mut self.playing, stream),
            ("stop", _) => vec![Act::Over],
            _ => vec![Act::Count("carrier_frame_unexpected")],
        }
    }

    fn event(&mut self, event: &str) -> Vec<Act> {
        match &self.stream {
            Some(stream) => voice::event(event, &mut self.playing, stream),
            None => Vec::new(),
        }
    }

    fn unheard_ms(&self) -> u64 {
        self.playing.unheard_ms()
    }

    fn goodbye(&self) -> Option<String> {
        None
    }
}

impl Twilio {
    fn start(&mut self, frame: &Value) -> Vec<Act> {
        let start = &frame["start"];
        let format = &start["mediaFormat"];
        if format["encoding"] != "audio/x-mulaw" || number(&format["sampleRate"]) != Some(8000) {
            return vec![Act::Refuse("the stream is not mu-law at 8 kHz")];
        }
        let Some(stream) = text(&start["streamSid"]).or_else(|| text(&frame["streamSid"])) else {
            return vec![Act::Refuse("the stream has no name")];
        };
        self.stream = Some(Stream(stream));
        vec![Act::Begin(Begin {
            call: text(&start["callSid"]).unwrap_or_default(),
            token: text(&start["customParameters"]["token"]).unwrap_or_default(),
            session: voice::session(Format::Pcmu, Format::Pcmu),
            greets: true,
        })]
    }

    fn media(&mut self, media: &Value) -> Vec<Act> {
        let Some(payload) = media["payload"].as_str().filter(|_| media["track"] != "outbound") else {
            return vec![Act::Count("carrier_frame_unexpected")];
        };
        if let Some(at) = number(&media["timestamp"]) {
            self.playing.clock(at);
        }
        vec![voice::append(payload)]
    }
}

impl Frames for Stream {
    fn media(&self, payload: &str) -> String {
        json!({ "event": "media", "streamSid": self.0, "media": { "payload": payload } }).to_string()
    }

    fn mark(&self, name: &str) -> String {
        json!({ "event": "mark", "streamSid": self.0, "mark": { "name": name } }).to_string()
    }

    fn clear(&self) -> String {
        json!({ "event": "clear", "streamSid": self.0 }).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::telephony::script::check;

    /// Frames as Twilio documents them.
    const START: &str = r#"> {"event":"connected","protocol":"Call","version":"1.0.0"}
> {"event":"start","sequenceNumber":"1","start":{"accountSid":"AC1","streamSid":"MZ1","callSid":"CA1","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},"customParameters":{"token":"t0k"}},"streamSid":"MZ1"}
begin CA1 t0k greets {"audio":{"input":{"format":{"type":"audio/pcmu"}},"output":{"format":{"type":"audio/pcmu"}}},"type":"realtime"}
"#;

    #[test]
    fn a_call_goes_both_ways() {
        check(
            &mut Twilio::default(),
            &format!(
                r#"{START}> {{"event":"media","sequenceNumber":"2","media":{{"track":"inbound","chunk":"1","timestamp":"5","payload":"f39/"}},"streamSid":"MZ1"}}
tell {{"audio":"f39/","type":"input_audio_buffer.append"}}
> {{"event":"media","sequenceNumber":"3","media":{{"track":"outbound","chunk":"1","timestamp":"5","payload":"f39/"}},"streamSid":"MZ1"}}
count carrier_frame_unexpected
< {{"type":"response.output_audio.delta","event_id":"e","item_id":"item_1","delta":"[40 ms]"}}
send {{"event":"media","media":{{"payload":"[20 ms]"}},"streamSid":"MZ1"}}
send {{"event":"media","media":{{"payload":"[20 ms]"}},"streamSid":"MZ1"}}
send {{"event":"mark","mark":{{"name":"1"}},"streamSid":"MZ1"}}
< {{"type":"response.output_audio.delta","event_id":"e","item_id":"item_1","delta":"[5 ms]"}}
< {{"type":"response.output_audio.done","event_id":"e","item_id":"item_1"}}
send {{"event":"media","media":{{"payload":"[5 ms]"}},"streamSid":"MZ1"}}
send {{"event":"mark","mark":{{"name":"2"}},"streamSid":"MZ1"}}
unheard 45
> {{"event":"mark","sequenceNumber":"4","streamSid":"MZ1","mark":{{"name":"1"}}}}
unheard 5
> {{"event":"mark","sequenceNumber":"5","streamSid":"MZ1","mark":{{"name":"2"}}}}
unheard 0
> {{"event":"stop","sequenceNumber":"6","stop":{{"accountSid":"AC1","callSid":"CA1"}},"streamSid":"MZ1"}}
over
"#
            ),
        );
    }

    #[test]
    fn an_interruption_clears_and_tells_what_was_heard() {
        check(
            &mut Twilio::default(),
            &format!(
                r#"{START}< {{"type":"response.output_audio.delta","event_id":"e","response_id":"resp_1","item_id":"item_1","delta":"[20 ms]"}}
send {{"event":"media","media":{{"payload":"[20 ms]"}},"streamSid":"MZ1"}}
send {{"event":"mark","mark":{{"name":"1"}},"streamSid":"MZ1"}}
> {{"event":"media","sequenceNumber":"2","media":{{"track":"inbound","chunk":"1","timestamp":"12","payload":"f39/"}},"streamSid":"MZ1"}}
tell {{"audio":"f39/","type":"input_audio_buffer.append"}}
< {{"type":"input_audio_buffer.speech_started","event_id":"e","item_id":"item_2","audio_start_ms":5}}
< {{"type":"output_audio_buffer.cleared","event_id":"e","response_id":"resp_1"}}
send {{"event":"clear","streamSid":"MZ1"}}
tell {{"audio_end_ms":12,"content_index":0,"item_id":"item_1","type":"conversation.item.truncate"}}
"#
            ),
        );
    }

    #[test]
    fn what_the_carrier_still_plays_when_we_think_it_is_over_is_cleared_too() {
        check(
            &mut Twilio::default(),
            &format!(
                r#"{START}< {{"type":"response.output_audio.delta","response_id":"resp_1","item_id":"item_1","delta":"[20 ms]"}}
send {{"event":"media","media":{{"payload":"[20 ms]"}},"streamSid":"MZ1"}}
send {{"event":"mark","mark":{{"name":"1"}},"streamSid":"MZ1"}}
< {{"type":"input_audio_buffer.speech_started","item_id":"item_2","audio_start_ms":5}}
< {{"type":"output_audio_buffer.stopped","response_id":"resp_1"}}
< {{"type":"input_audio_buffer.speech_started","item_id":"item_3","audio_start_ms":9}}
send {{"event":"clear","streamSid":"MZ1"}}
tell {{"audio_end_ms":0,"content_index":0,"item_id":"item_1","type":"conversation.item.truncate"}}
"#
            ),
        );
    }

    #[test]
    fn a_key_silences_us_and_is_told() {
        check(
            &mut Twilio::default(),
            &format!(
                r##"{START}> {{"event":"dtmf","streamSid":"MZ1","sequenceNumber":"5","dtmf":{{"track":"inbound_track","digit":"1"}}}}
digit 1
< {{"type":"response.output_audio.delta","event_id":"e","item_id":"item_1","delta":"[20 ms]"}}
send {{"event":"media","media":{{"payload":"[20 ms]"}},"streamSid":"MZ1"}}
send {{"event":"mark","mark":{{"name":"1"}},"streamSid":"MZ1"}}
> {{"event":"dtmf","streamSid":"MZ1","sequenceNumber":"6","dtmf":{{"track":"inbound_track","digit":"#"}}}}
send {{"event":"clear","streamSid":"MZ1"}}
tell {{"audio_end_ms":0,"content_index":0,"item_id":"item_1","type":"conversation.item.truncate"}}
digit #
> {{"event":"dtmf","streamSid":"MZ1","sequenceNumber":"7","dtmf":{{"digit":"12"}}}}
count digit_unknown
"##
            ),
        );
    }

    #[test]
    fn what_cannot_be_read_or_comes_out_of_turn_is_counted_or_refused() {
        check(
            &mut Twilio::default(),
            r#"> {"event"
count carrier_frame_unreadable
> []
count carrier_frame_unexpected
> {"event":"media","media":{"payload":"f39/"}}
count carrier_frame_unexpected
< {"type":"response.output_audio.delta","item_id":"item_1","delta":"[20 ms]"}
> {"event":"start","start":{"streamSid":"MZ1","mediaFormat":{"encoding":"audio/l16","sampleRate":8000}}}
refuse the stream is not mu-law at 8 kHz
> {"event":"start","start":{"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":"8000"}}}
refuse the stream has no name
> {"event":"stop"}
over
"#,
        );
    }
}
