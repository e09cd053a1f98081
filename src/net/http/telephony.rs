//! The doors of telephone carriers: the webhook that answers a call with where its sound goes, and the WebSocket that it then opens. It reads
//! no frame.

use crate::keys::random;
use crate::net::http::Shared;
use crate::net::http::problem::Problem;
use crate::net::telephony::act::{Begin, Carrier};
use crate::net::telephony::switchboard::Decision;
use crate::net::telephony::{self, Telephony, relay::Relay, signature, telnyx::Telnyx, twilio::Twilio};
use crate::net::websocket::{self, Line};
use crate::session::registry::Opening;
use crate::store::Granted;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse as _, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::time::Instant;

/// Every token of a call begins so: it is no key and no client secret.
const TOKEN_PREFIX: &str = "tc_";
/// Random letters and digits of a token.
const TOKEN_LETTERS: usize = 43;
/// The carrier opens its socket within this, in seconds.
const TOKEN_LIFE_S: i64 = 120;
/// What a carrier is told to do with a call that there is no room for.
const BUSY: &str = r#"<Response><Reject reason="busy"/></Response>"#;
/// What it is told to do with a call that nobody takes.
const DECLINED: &str = r#"<Response><Reject reason="rejected"/></Response>"#;
/// What it is told to do with a call that is over for us and goes nowhere else.
const HANG_UP: &str = "<Response><Hangup/></Response>";
/// What our address ends with when a carrier asks what comes after us.
const AFTER: &str = "after";
/// A SIP status that says that the line is busy.
const SIP_BUSY: u16 = 486;

/// A carrier and what it brings: one address each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Road {
    TwilioStream,
    TwilioRelay,
    TelnyxStream,
    TelnyxRelay,
}

impl Road {
    fn of(path: &str) -> Option<Self> {
        match path {
            "/v1/telephony/twilio" => Some(Self::TwilioStream),
            "/v1/telephony/twilio/relay" => Some(Self::TwilioRelay),
            "/v1/telephony/telnyx" => Some(Self::TelnyxStream),
            "/v1/telephony/telnyx/relay" => Some(Self::TelnyxRelay),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::TwilioStream => "twilio",
            Self::TwilioRelay => "twilio_relay",
            Self::TelnyxStream => "telnyx",
            Self::TelnyxRelay => "telnyx_relay",
        }
    }

    fn is_twilio(self) -> bool {
        matches!(self, Self::TwilioStream | Self::TwilioRelay)
    }

    fn carrier(self) -> Box<dyn Carrier> {
        match self {
            Self::TwilioStream => Box::new(Twilio::default()),
            Self::TelnyxStream => Box::new(Telnyx::default()),
            Self::TwilioRelay | Self::TelnyxRelay => Box::new(Relay::default()),
        }
    }

    /// The answer to the webhook: the call's sound, or its words, go to `url`, and the carrier asks at `then` what comes after us.
    fn connect(self, url: &str, token: &str, then: &str) -> String {
        let plain = |url: &str| url.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
        let (url, then) = (plain(url), plain(then));
        let parameter = format!(r#"<Parameter name="token" value="{token}"/>"#);
        let noun = match self {
            Self::TwilioStream => format!(r#"<Stream url="{url}">{parameter}</Stream>"#),
            Self::TelnyxStream => format!(
                r#"<Stream url="{url}" track="inbound_track" codec="PCMU" bidirectionalMode="rtp" bidirectionalCodec="PCMU" bidirectionalSamplingRate="8000">{parameter}</Stream>"#
            ),
            Self::TwilioRelay | Self::TelnyxRelay => format!(
                r#"<ConversationRelay url="{url}" dtmfDetection="true" interruptible="any">{parameter}</ConversationRelay>"#
            ),
        };
        format!(r#"<Response><Connect>{noun}</Connect><Redirect method="POST">{then}</Redirect></Response>"#)
    }
}

/// `POST /v1/telephony/...`: a carrier asks what to do with a call.
pub(crate) async fn called(
    State(shared): State<Shared>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let road = Road::of(uri.path()).ok_or_else(|| Problem::not_found("No carrier calls here."))?;
    let body = body.map_err(|_| Problem::too_large("The request may have at most 64 KiB."))?;
    let fields: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
    let address = address(&shared.telephony, &uri, &headers, "http")?;
    if road.is_twilio() {
        signed_by_twilio(&shared.telephony, &address, &fields, &headers)?;
    } else {
        signed_by_telnyx(&shared.telephony, &body, &headers)?;
    }
    let field = |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str());
    let call = field("CallSid").ok_or_else(|| Problem::bad_request("The form has no field `CallSid`."))?;
    if uri.query().is_some_and(|query| query.split('&').any(|part| part == AFTER)) {
        let target = shared.telephony.board.next(call, Instant::now());
        return Ok(xml(
            &target.map_or(HANG_UP.to_owned(), |target| format!("<Response><Dial>{}</Dial></Response>", target.noun()))
        ));
    }
    let caller = format!("tel:{}", field("From").unwrap_or_default());
    if shared.registry.check().is_err() || shared.limits.begin(Some(&caller)).is_err() {
        crate::session::measure::count("telephone_busy");
        return Ok(xml(BUSY));
    }
    let (name, session) = match taken(&shared, &caller, field("To").unwrap_or_default()).await {
        Ok(taken) => taken,
        Err(answer) => return Ok(xml(answer)),
    };
    let (token, now) = (format!("{TOKEN_PREFIX}{}", random(TOKEN_LETTERS)), Timestamp::now());
    let bound = json!({ "carrier": road.name(), "call": call, "caller": caller, "name": name, "session": session });
    let granted = Granted { key_id: shared.telephony.config.key_id.clone(), session: bound.to_string() };
    let expires_at = now + SignedDuration::from_secs(TOKEN_LIFE_S);
    shared.access.grant(&token, &granted, expires_at, now).await.map_err(|error| {
        tracing::error!(%error, "a call's token cannot be kept");
        Problem::busy("Calls cannot be taken now.", 5)
    })?;
    let then = format!("{address}{}{AFTER}", if address.contains('?') { '&' } else { '?' });
    Ok(xml(&road.connect(&address.replacen("http", "ws", 1), &token, &then)))
}

/// The call's name and what whoever took it wants of its session; otherwise what the carrier is told.
async fn taken(shared: &Shared, caller: &str, called: &str) -> Result<(String, Option<Value>), &'static str> {
    let (name, key_id) = (crate::session::registry::name(), &shared.telephony.config.key_id);
    let Some(tell) = shared.incoming.as_ref().filter(|_| shared.telephony.config.asks) else {
        return Ok((name, None));
    };
    let board = &shared.telephony.board;
    let Some(mut decided) = board.waits(&name, key_id) else { return Err(BUSY) };
    let now = Timestamp::now().as_second();
    let header = |name: &str, value: &str| json!({ "name": name, "value": value });
    let called = format!("tel:{called}");
    let event_id = format!("evt_{}", random(24));
    let event = json!({
        "object": "event", "id": event_id, "type": "realtime.call.incoming", "created_at": now,
        "data": { "call_id": name, "sip_headers": [header("From", caller), header("To", &called)] },
    });
    let rings = async {
        if let Err(why) = tell(event_id, now, event.to_string()).await {
            tracing::warn!(why, "nobody was told of a call that waits");
            // Whoever decided before it answered us has decided.
            return decided.try_recv().ok();
        }
        decided.await.ok()
    };
    let decision = tokio::time::timeout(shared.telephony.config.rings_for, rings).await.ok().flatten();
    board.gone(&name);
    match decision {
        Some(Decision::Accept(session)) => Ok((name, Some(session))),
        Some(Decision::Reject(SIP_BUSY)) => Err(BUSY),
        Some(Decision::Reject(_)) => Err(DECLINED),
        None => {
            crate::session::measure::count("telephone_not_taken");
            Err(DECLINED)
        }
    }
}

fn xml(document: &str) -> Response {
    let head = [(header::CONTENT_TYPE, "text/xml"), (header::CACHE_CONTROL, "no-store")];
    (head, format!(r#"<?xml version="1.0" encoding="UTF-8"?>{document}"#)).into_response()
}

/// `GET /v1/telephony/...`: the socket that a carrier opens for a call, as our answer to its webhook said.
pub(crate) async fn stream(
    State(shared): State<Shared>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let road = Road::of(uri.path()).ok_or_else(|| Problem::not_found("No carrier calls here."))?;
    if road.is_twilio() {
        signed_by_twilio(&shared.telephony, &address(&shared.telephony, &uri, &headers, "ws")?, &[], &headers)?;
    } else if shared.telephony.config.telnyx_public_keys.is_empty() {
        return Err(closed("telnyx_public_keys"));
    }
    let upgrade = upgrade.map_err(|_| Problem::upgrade("Open this address as a WebSocket."))?;
    let room = shared.telephony.room().ok_or_else(|| Problem::busy("Too many calls begin at once.", 5))?;
    let upgrade = upgrade
        .read_buffer_size(websocket::READ_BYTES)
        .max_message_size(telephony::FRAME_BYTES_MAX)
        .max_frame_size(telephony::FRAME_BYTES_MAX);
    let telephony = shared.telephony.clone();
    let open = move |begin| open(shared, road, begin);
    let over = move |session: &str| telephony.board.over(session);
    Ok(upgrade.on_upgrade(move |socket| telephony::carry(socket, road.carrier(), room, open, over)).into_response())
}

/// Opens the session of a call whose token fits.
async fn open(shared: Shared, road: Road, begin: Begin) -> Result<(Line, String), String> {
    let spent = match begin.token.starts_with(TOKEN_PREFIX) {
        true => shared.access.spend(&begin.token, Timestamp::now()).await.map_err(|error| error.to_string())?,
        false => None,
    };
    let granted = spent.ok_or("it brings no token of a webhook of ours, or one that is spent")?;
    let bound: Value = serde_json::from_str(&granted.session).unwrap_or_default();
    if bound["carrier"] != road.name() || bound["call"] != begin.call {
        return Err("its token is another call's".to_owned());
    }
    let (transport, line) = websocket::transport(None);
    let name = bound["name"].as_str().map(str::to_owned);
    // What the carrier needs of the sound goes before what whoever took the call wants.
    let mut session = bound["session"].clone();
    merge(&mut session, &begin.session);
    let opening = Opening {
        name,
        greets: begin.greets,
        session: Some(session),
        caller: bound["caller"].as_str().map(str::to_owned),
        tells_created: false,
        key_id: granted.key_id,
    };
    let session = shared.registry.open(transport, opening).map_err(|error| error.to_string())?;
    tracing::info!(carrier = road.name(), call = begin.call, session, "a telephone call began");
    shared.telephony.board.began(&session, &begin.call);
    Ok((line, session))
}

/// Puts `over` into `object`, field by field.
fn merge(object: &mut Value, over: &Value) {
    match (object, over) {
        (Value::Object(fields), Value::Object(over)) => {
            for (name, value) in over {
                merge(fields.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (object, over) => *object = over.clone(),
    }
}

fn signed_by_twilio(
    telephony: &Telephony,
    address: &str,
    fields: &[(String, String)],
    headers: &HeaderMap,
) -> Result<(), Problem> {
    let tokens = &telephony.config.twilio_auth_tokens;
    if tokens.is_empty() {
        return Err(closed("twilio_auth_tokens"));
    }
    let signed = signature::twilio(tokens, &signature::spellings(address), fields, text(headers, "x-twilio-signature"));
    signed.then_some(()).ok_or_else(|| unsigned("X-Twilio-Signature"))
}

fn signed_by_telnyx(telephony: &Telephony, body: &[u8], headers: &HeaderMap) -> Result<(), Problem> {
    let keys = &telephony.config.telnyx_public_keys;
    if keys.is_empty() {
        return Err(closed("telnyx_public_keys"));
    }
    let (time, signed) = (text(headers, "telnyx-timestamp"), text(headers, "telnyx-signature-ed25519"));
    let signed = signature::telnyx(keys, time, body, signed, Timestamp::now().as_second());
    signed.then_some(()).ok_or_else(|| unsigned("telnyx-signature-ed25519"))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The address that the carrier used, in this family of schemes.
fn address(telephony: &Telephony, uri: &Uri, headers: &HeaderMap, family: &str) -> Result<String, Problem> {
    let path = uri.path_and_query().map_or(uri.path(), |path| path.as_str());
    if let Some(rest) = telephony.config.public_url.trim_end_matches('/').strip_prefix("http") {
        return Ok(format!("{family}{rest}{path}"));
    }
    // Carriers come over TLS, which something in front of us may have taken off.
    match text(headers, "host") {
        "" => Err(Problem::bad_request("The request names no host.")),
        host => Ok(format!("{family}s://{host}{path}")),
    }
}

fn closed(key: &str) -> Problem {
    Problem::forbidden(format!("This carrier is not let in: `telephony.{key}` is not set."))
}

fn unsigned(name: &str) -> Problem {
    crate::session::measure::count("carrier_unsigned");
    Problem::forbidden(format!(
        "`{name}` does not fit: is the account's secret the one that is set, and `telephony.public_url` the address that the carrier uses?"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_is_answered_with_where_to_go() {
        let url = "wss://a.example/v1/telephony/twilio?x=1&y=\"2\"";
        let said = Road::TwilioStream.connect(url, "tc_1", "https://a.example/v1/telephony/twilio?x=1&after");
        let want = r#"<Response><Connect><Stream url="wss://a.example/v1/telephony/twilio?x=1&amp;y=&quot;2&quot;"><Parameter name="token" value="tc_1"/></Stream></Connect><Redirect method="POST">https://a.example/v1/telephony/twilio?x=1&amp;after</Redirect></Response>"#;
        assert_eq!(said, want);
        for road in [Road::TwilioRelay, Road::TelnyxRelay] {
            assert!(
                road.connect(url, "t", url).contains("<ConversationRelay ")
                    && road.connect(url, "t", url).contains("dtmf")
            );
        }
        assert!(Road::TelnyxStream.connect(url, "t", url).contains(r#"bidirectionalMode="rtp""#));
    }

    #[test]
    fn the_address_that_is_signed_is_the_public_one() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "inner:8080".parse().expect("a host"));
        let uri: Uri = "/v1/telephony/twilio?a=b".parse().expect("a path");
        let of = |public_url: &str, headers: &HeaderMap, family: &str| {
            let config = telephony::Config { public_url: public_url.to_owned(), ..telephony::Config::default() };
            address(&Telephony::new(config), &uri, headers, family).map_err(|_| ())
        };
        assert_eq!(of("https://a.example/", &headers, "ws"), Ok("wss://a.example/v1/telephony/twilio?a=b".to_owned()));
        assert_eq!(
            of("https://a.example/x", &headers, "http"),
            Ok("https://a.example/x/v1/telephony/twilio?a=b".to_owned())
        );
        assert_eq!(of("", &headers, "ws"), Ok("wss://inner:8080/v1/telephony/twilio?a=b".to_owned()));
        assert_eq!(of("", &HeaderMap::new(), "ws"), Err(()));
    }
}
