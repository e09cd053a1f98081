//! The caller's WebRTC end, on the webrtc project's full stack: one Opus track each way and the control channel. It never interprets what it carries.

use crate::caller::clock;
use bytes::Bytes;
use rand::Rng;
use rtc::ice::mdns::MulticastDnsMode;
use rtc::interceptor::Registry;
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::configuration::interceptor_registry::configure_rtcp_reports;
use rtc::peer_connection::configuration::media_engine::{MIME_TYPE_OPUS, MediaEngine};
use rtc::peer_connection::configuration::setting_engine::SettingEngineBuilder;
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::peer_connection::state::RTCIceGatheringState;
use rtc::peer_connection::state::RTCPeerConnectionState;
use rtc::peer_connection::transport::RTCIceCandidateInit;
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind,
};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, mpsc};
use webrtc::data_channel::{DataChannel, DataChannelEvent};
use webrtc::error::Error as WebrtcError;
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use webrtc::peer_connection::{PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler};

/// What the caller's end may use of the network.
#[derive(Clone, Debug)]
pub struct PeerConfig {
    /// Local UDP addresses to call from, such as `0.0.0.0:0`; none for a call over TCP alone.
    pub udp: Vec<String>,
    /// Local TCP addresses to dial from; none to leave TCP alone.
    pub tcp: Vec<String>,
}

impl Default for PeerConfig {
    fn default() -> Self {
        Self { udp: vec!["0.0.0.0:0".to_owned()], tcp: Vec::new() }
    }
}

impl PeerConfig {
    /// A call over TCP alone, from every IPv4 address of this machine: a wildcard would leave loopback out.
    ///
    /// # Errors
    /// The system does not tell its addresses.
    pub fn tcp_only() -> std::io::Result<Self> {
        let interfaces = rtc::shared::ifaces::ifaces()?;
        let own = interfaces.iter().filter_map(|interface| interface.addr).map(|address| address.ip());
        let mut tcp: Vec<String> = own.filter(std::net::IpAddr::is_ipv4).map(|ip| format!("{ip}:0")).collect();
        tcp.sort();
        tcp.dedup();
        tcp.truncate(TCP_ADDRESSES_MAX);
        Ok(Self { udp: Vec::new(), tcp })
    }
}

/// What the caller's end hears.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// Media may flow.
    Connected,
    /// The connection failed or was closed by the server.
    Ended,
    /// The control channel is open.
    ChannelOpen,
    /// A text message came on the control channel.
    Text {
        /// When.
        at: Instant,
        /// The message.
        text: String,
    },
    /// An Opus packet came.
    Rtp {
        /// When.
        at: Instant,
        /// RTP sequence number.
        sequence: u16,
        /// RTP timestamp, 48,000 a second.
        timestamp: u32,
        /// Opus.
        payload: Bytes,
    },
}

/// One call's WebRTC end.
pub struct Peer {
    connection: Arc<dyn PeerConnection>,
    track: Arc<TrackLocalStaticRTP>,
    channel: Arc<dyn DataChannel>,
    ssrc: u32,
}

impl Peer {
    /// Makes the end, its SDP offer (all candidates in it) and the stream of what it hears.
    ///
    /// # Errors
    /// The stack refused, or no local address could be bound.
    pub async fn offer(config: PeerConfig) -> Result<(Self, String, mpsc::Receiver<Heard>), WebrtcError> {
        let (heard, events) = mpsc::channel(HEARD_MAX);
        let gathered = Arc::new(Notify::new());
        let handler = Arc::new(Handler { heard: heard.clone(), gathered: gathered.clone() });
        let connection = build(config, handler).await?;
        let ssrc = rand::rng().random_range(1..=u32::MAX);
        let track = Arc::new(TrackLocalStaticRTP::new(outgoing_track(ssrc)));
        connection.add_track(track.clone()).await?;
        let channel = connection.create_data_channel("oai-events", None).await?;
        tokio::spawn(read_channel(channel.clone(), heard));
        let offer = connection.create_offer(None).await?;
        connection.set_local_description(offer.clone()).await?;
        // Gathering host candidates takes milliseconds; the bound is for a machine without a network.
        let _in_time = tokio::time::timeout(GATHER_MAX, gathered.notified()).await;
        let sdp = connection.local_description().await.map_or(offer.sdp, |description| description.sdp);
        Ok((Self { connection, track, channel, ssrc }, sdp, events))
    }

    /// Takes the server's SDP answer.
    ///
    /// # Errors
    /// The answer is not SDP or does not fit the offer.
    pub async fn answered(&self, sdp: &str) -> Result<(), WebrtcError> {
        self.connection.set_remote_description(RTCSessionDescription::answer(sdp.to_owned())?).await?;
        // The stack dials a passive TCP candidate only when it comes by itself, not in the description.
        for line in sdp.lines().filter(|line| line.starts_with("a=candidate:") && line.contains(" tcp ")) {
            let candidate = line.trim_start_matches("a=").to_owned();
            let sdp_mid = Some("0".to_owned());
            self.connection
                .add_ice_candidate(RTCIceCandidateInit {
                    candidate,
                    sdp_mid,
                    sdp_mline_index: Some(0),
                    ..Default::default()
                })
                .await?;
        }
        Ok(())
    }

    /// Sends one Opus packet now.
    ///
    /// # Errors
    /// The connection is not up or no longer.
    pub async fn send(&self, sequence: u16, timestamp: u32, marker: bool, payload: Bytes) -> Result<(), WebrtcError> {
        let header = rtc::rtp::header::Header {
            version: 2,
            marker,
            payload_type: PAYLOAD_TYPE,
            sequence_number: sequence,
            timestamp,
            ssrc: self.ssrc,
            ..Default::default()
        };
        self.track.write_rtp(rtc::rtp::Packet { header, payload }).await
    }

    /// Sends one text message on the control channel.
    ///
    /// # Errors
    /// The channel is not open.
    pub async fn say(&self, text: &str) -> Result<(), WebrtcError> {
        self.channel.send_text(text).await
    }

    /// Ends the call.
    pub async fn close(&self) {
        if let Err(error) = self.connection.close().await {
            tracing::debug!(%error, "the caller's end did not close cleanly");
        }
    }
}

async fn build(config: PeerConfig, handler: Arc<Handler>) -> Result<Arc<dyn PeerConnection>, WebrtcError> {
    let mut media = MediaEngine::default();
    media
        .register_codec(RTCRtpCodecParameters { rtp_codec: opus(), payload_type: PAYLOAD_TYPE }, RtpCodecKind::Audio)?;
    // Joining a multicast group needs a route that a closed network may not have, and the server's addresses are no names.
    let settings = SettingEngineBuilder::new()
        .with_include_loopback_candidate(true)
        .with_multicast_dns_mode(MulticastDnsMode::Disabled);
    let connection = PeerConnectionBuilder::new()
        .with_media_engine(media)
        .with_interceptor_registry(configure_rtcp_reports(Registry::new()))
        .with_setting_engine(settings.build())
        .with_handler(handler)
        .with_udp_addrs(config.udp)
        .with_tcp_addrs(config.tcp)
        .build()
        .await?;
    Ok(Arc::new(connection))
}

fn opus() -> RTCRtpCodec {
    RTCRtpCodec {
        mime_type: MIME_TYPE_OPUS.to_owned(),
        clock_rate: 48_000,
        channels: 2,
        sdp_fmtp_line: "minptime=10;useinbandfec=1;usedtx=1".to_owned(),
        rtcp_feedback: vec![],
    }
}

fn outgoing_track(ssrc: u32) -> MediaStreamTrack {
    let coding = RTCRtpEncodingParameters {
        rtp_coding_parameters: RTCRtpCodingParameters { ssrc: Some(ssrc), ..Default::default() },
        active: true,
        codec: opus(),
        ..Default::default()
    };
    MediaStreamTrack::new(
        "caller".to_owned(),
        "caller-voice".to_owned(),
        "voice".to_owned(),
        RtpCodecKind::Audio,
        vec![coding],
    )
}

/// Passes the stack's events on.
struct Handler {
    heard: mpsc::Sender<Heard>,
    gathered: Arc<Notify>,
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            self.gathered.notify_one();
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        let event = match state {
            RTCPeerConnectionState::Connected => Heard::Connected,
            RTCPeerConnectionState::Failed | RTCPeerConnectionState::Closed => Heard::Ended,
            // The stack's enum is open; the other states are passed through on the way.
            _ => return,
        };
        // A receiver that is gone no longer wants to know.
        let _gone = self.heard.send(event).await;
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let heard = self.heard.clone();
        tokio::spawn(async move {
            while let Some(event) = track.poll().await {
                let TrackRemoteEvent::OnRtpPacket(packet) = event else { continue };
                let header = packet.header;
                let heard_packet = Heard::Rtp {
                    at: clock::now(),
                    sequence: header.sequence_number,
                    timestamp: header.timestamp,
                    payload: packet.payload,
                };
                if heard.send(heard_packet).await.is_err() {
                    return;
                }
            }
        });
    }
}

async fn read_channel(channel: Arc<dyn DataChannel>, heard: mpsc::Sender<Heard>) {
    while let Some(event) = channel.poll().await {
        let event = match event {
            DataChannelEvent::OnOpen => Heard::ChannelOpen,
            DataChannelEvent::OnMessage(message) => {
                Heard::Text { at: clock::now(), text: String::from_utf8_lossy(&message.data).into_owned() }
            }
            // The control channel goes with the call.
            DataChannelEvent::OnClose => Heard::Ended,
            // The stack's enum is open; buffered amounts do not matter to a caller who says little.
            _ => continue,
        };
        let over = event == Heard::Ended;
        if heard.send(event).await.is_err() || over {
            return;
        }
    }
}

/// Most events waiting to be read: a second of sound and a burst of text.
const HEARD_MAX: usize = 512;
const GATHER_MAX: Duration = Duration::from_secs(2);
/// Most addresses dialled from: each costs connectivity checks.
const TCP_ADDRESSES_MAX: usize = 8;
const PAYLOAD_TYPE: u8 = 111;
