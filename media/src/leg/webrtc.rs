//! The WebRTC leg as a machine: datagrams in, media and control text out, driven by `now`. It never opens a socket or reads a clock.
//!
//! Drive it like this: one [`WebRtcLeg::handle`], then [`WebRtcLeg::poll`] until it answers [`LegOutput::Timeout`]. Everything random is given in
//! [`LegConfig`], but the crate underneath draws its own randomness (DTLS, SRTP keys, ICE tie-breaker): two runs are alike, not equal.

mod answer;
mod control;
mod forward;
mod handshake;
mod identity;
mod offer;
mod reception;
mod report;

pub use control::{CONTROL_BYTES_MAX, CONTROL_STALL_MAX};
pub use identity::{Identity, IdentityError};
pub use offer::{MEDIA_SECTIONS_MAX, OFFER_BYTES_MAX, SdpError};

use crate::packet::{OutPacket, Packet};
use bytes::{Bytes, BytesMut};
use control::Control;
use core::net::SocketAddr;
use forward::Forward;
use handshake::{Handshake, Heard};
use offer::Offer;
use reception::Reception;
use report::SenderClock;
use rtc::ice::candidate::CandidateConfig;
use rtc::ice::candidate::candidate_host::CandidateHostConfig;
use rtc::ice::mdns::MulticastDnsMode;
use rtc::ice::network_type::NetworkType;
use rtc::ice::tcp_type::TcpType;
use rtc::interceptor::{ReceiverReportBuilder, Registry, Slot};
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::configuration::RTCConfigurationBuilder;
use rtc::peer_connection::configuration::media_engine::{MIME_TYPE_OPUS, MediaEngine};
use rtc::peer_connection::configuration::setting_engine::{SettingEngine, SettingEngineBuilder};
use rtc::peer_connection::event::{RTCDataChannelEvent, RTCPeerConnectionEvent};
use rtc::peer_connection::message::{RTCMessage, TaggedRTCMessage};
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::peer_connection::state::{RTCIceConnectionState, RTCPeerConnectionState};
use rtc::peer_connection::transport::{RTCDtlsRole, RTCIceCandidate};
use rtc::peer_connection::{RTCPeerConnection, RTCPeerConnectionBuilder};
use rtc::rtp;
use rtc::rtp_transceiver::RTCRtpSenderId;
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind,
};
use rtc::sansio::Protocol;
use rtc::shared::error::Error as RtcError;
use rtc::shared::{TaggedBytesMut, TransportContext, TransportProtocol};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// What the shell decides for one leg; all its randomness is the shell's too.
#[derive(Clone, Debug)]
pub struct LegConfig {
    /// Host addresses that reach us over UDP, in order of preference.
    pub candidates: Vec<SocketAddr>,
    /// Host addresses that reach us over ICE-TCP (passive, RFC 6544); empty for none.
    pub tcp_candidates: Vec<SocketAddr>,
    /// Answer as an ICE-lite agent (RFC 8445 section 2.5): the caller alone nominates.
    pub ice_lite: bool,
    /// The DTLS certificate, made once per process.
    pub identity: Identity,
    /// Our ICE user fragment: the demultiplexer routes by it, so it must be unique (RFC 8445 wants at least 4 characters).
    pub ufrag: String,
    /// Our ICE password (at least 22 characters).
    pub password: String,
    /// The SSRC of what we send.
    pub ssrc: u32,
    /// The RTP sequence number of the first packet sent.
    pub first_sequence: u16,
    /// Added to every [`OutPacket::timestamp`].
    pub timestamp_offset: u32,
}

/// What the shell tells the leg.
#[derive(Clone, Debug)]
pub enum LegInput {
    /// A datagram, or one RFC 4571 frame of a TCP connection, arrived.
    Datagram {
        /// Who sent it.
        source: SocketAddr,
        /// At which of our candidates it arrived.
        destination: SocketAddr,
        /// It came over TCP.
        tcp: bool,
        /// Its bytes.
        bytes: Bytes,
    },
    /// Number, seal and send this Opus packet.
    Media(OutPacket),
    /// Send this text on the control channel, in order, as soon as the channel takes it.
    Text(String),
    /// Say goodbye and end.
    Close,
    /// Nothing but time: the deadline that [`LegOutput::Timeout`] asked for has passed.
    Tick,
}

/// What the leg tells the shell.
#[derive(Clone, Debug, PartialEq)]
pub enum LegOutput {
    /// Send these bytes.
    Transmit {
        /// To whom.
        destination: SocketAddr,
        /// From which of our candidates.
        source: SocketAddr,
        /// Over the TCP connection of that pair, framed by RFC 4571.
        tcp: bool,
        /// The datagram.
        bytes: Bytes,
    },
    /// An Opus packet arrived.
    Media(Packet),
    /// A text message arrived on the control channel.
    Text(String),
    /// ICE and DTLS are up: media may flow.
    Connected,
    /// The control channel is open: text may flow.
    ControlOpen,
    /// What we see of the link, at most once in [`REPORT_EVERY`].
    Report {
        /// Packets of the caller lost since the last report, in percent.
        loss_percent: f32,
        /// Interarrival jitter of the caller's packets in ms (RFC 3550 section 6.4.1).
        jitter_ms: f32,
        /// Round trip in ms from the last RTCP exchange; 0.0 while unknown.
        rtt_ms: f32,
        /// Packets of ours that the caller reports lost, in percent; `None` when it reported nothing since the last time.
        peer_loss_percent: Option<f32>,
    },
    /// The leg has ended; nothing follows but `Timeout(None)`.
    Closed {
        /// A short fixed word for logs and metric labels.
        reason: &'static str,
    },
    /// Input was dropped and is to be counted.
    Dropped {
        /// A short fixed word for the metric label.
        what: &'static str,
    },
    /// Nothing more to say until this moment (or until the next input, when `None`).
    Timeout(Option<Instant>),
}

/// One caller over WebRTC: ICE, DTLS, SRTP and the control channel.
pub struct WebRtcLeg {
    peer: RTCPeerConnection,
    ufrag: String,
    payload_type: u8,
    sequence: u16,
    sender: SenderClock,
    reception: Reception,
    control: Control,
    handshake: Handshake,
    timestamp_offset: u32,
    phase: Phase,
    last_heard: Instant,
    next_report: Instant,
    outputs: VecDeque<LegOutput>,
}

/// Where in its life the leg is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Answered; ICE or DTLS is not up yet and must be by then.
    Connecting { deadline: Instant },
    /// Media may flow.
    Connected,
    /// Over.
    Closed,
}

impl WebRtcLeg {
    /// Answers an SDP offer: the leg and its SDP answer, which already carries every candidate.
    ///
    /// # Errors
    /// The offer cannot be answered; the error's text is a sentence fit for the caller's developer.
    pub fn answer(now: Instant, offer_sdp: &str, config: LegConfig) -> Result<(Self, String), SdpError> {
        let offer = Offer::read(offer_sdp)?;
        let mut peer = build_peer(now, &config).map_err(SdpError::rejected)?;
        let sender_id = peer.add_track(outgoing_track(config.ssrc)).map_err(SdpError::rejected)?;
        for (address, tcp) in all_candidates(&config) {
            add_candidate(&mut peer, address, tcp).map_err(SdpError::rejected)?;
        }
        let remote = RTCSessionDescription::offer(offer.sdp.clone()).map_err(SdpError::rejected)?;
        peer.set_remote_description(now, remote).map_err(SdpError::rejected)?;
        let answer = peer.create_answer(None).map_err(SdpError::rejected)?;
        let answer_sdp = answer.sdp.clone();
        peer.set_local_description(now, answer).map_err(SdpError::rejected)?;
        let payload_type = negotiated_payload_type(&mut peer, sender_id).ok_or(SdpError::NoOpus)?;
        let mut leg = Self {
            peer,
            ufrag: config.ufrag,
            payload_type,
            sequence: config.first_sequence,
            sender: SenderClock::new(now, config.ssrc),
            reception: Reception::default(),
            control: Control::new(offer.has_channel),
            handshake: Handshake::default(),
            timestamp_offset: config.timestamp_offset,
            phase: Phase::Connecting { deadline: now + CONNECT_MAX },
            last_heard: now,
            next_report: now + REPORT_EVERY,
            outputs: VecDeque::new(),
        };
        leg.drain(now);
        Ok((leg, answer::complete(&answer_sdp, payload_type, OPUS_FORMAT)))
    }

    /// Our ICE user fragment, by which a demultiplexer routes the first datagrams.
    pub fn ufrag(&self) -> &str {
        &self.ufrag
    }

    /// Takes one input. Poll to exhaustion before the next.
    pub fn handle(&mut self, now: Instant, input: LegInput) {
        if self.phase == Phase::Closed {
            return;
        }
        match input {
            LegInput::Datagram { source, destination, tcp, bytes } => {
                self.on_datagram(now, source, destination, tcp, &bytes)
            }
            LegInput::Media(packet) => self.on_media(now, packet),
            LegInput::Text(text) => self.on_text(now, text),
            LegInput::Close => self.close("local"),
            LegInput::Tick => self.on_tick(now),
        }
        self.drain(now);
    }

    /// The next thing to do; [`LegOutput::Timeout`] when there is nothing more.
    pub fn poll(&mut self) -> LegOutput {
        if let Some(output) = self.outputs.pop_front() {
            return output;
        }
        LegOutput::Timeout(self.next_timeout())
    }

    /// Nothing that was said on the control channel is still on its way: the caller has confirmed all of it.
    pub fn text_is_delivered(&mut self) -> bool {
        let Some(id) = self.control.channel() else { return true };
        self.control.is_empty() && self.peer.data_channel(id).is_none_or(|channel| channel.outstanding_bytes() == 0)
    }

    fn on_datagram(&mut self, now: Instant, source: SocketAddr, destination: SocketAddr, tcp: bool, bytes: &[u8]) {
        if bytes.is_empty() || bytes.len() > DATAGRAM_BYTES_MAX {
            self.outputs.push_back(LegOutput::Dropped { what: "datagram_size" });
            return;
        }
        self.last_heard = now;
        let transport_protocol = if tcp { TransportProtocol::TCP } else { TransportProtocol::UDP };
        let transport = TransportContext { local_addr: destination, peer_addr: source, transport_protocol, ecn: None };
        if Handshake::is(bytes)
            && let Heard::Again(flight) = self.handshake.hear(now, bytes)
        {
            let again = |bytes| LegOutput::Transmit { destination: source, source: destination, tcp, bytes };
            return self.outputs.extend(flight.into_iter().map(again));
        }
        if self.peer.handle_read(TaggedBytesMut { now, transport, message: BytesMut::from(bytes) }).is_err() {
            self.outputs.push_back(LegOutput::Dropped { what: "datagram" });
        }
    }

    fn on_media(&mut self, now: Instant, packet: OutPacket) {
        if self.phase != Phase::Connected {
            self.outputs.push_back(LegOutput::Dropped { what: "media_before_connected" });
            return;
        }
        let timestamp = packet.timestamp.wrapping_add(self.timestamp_offset);
        let header = rtp::header::Header {
            version: 2,
            marker: packet.marker,
            payload_type: self.payload_type,
            sequence_number: self.sequence,
            timestamp,
            ssrc: self.sender.ssrc(),
            ..Default::default()
        };
        self.sequence = self.sequence.wrapping_add(1);
        self.sender.sent(now, timestamp, packet.payload.len());
        let message = RTCMessage::RtpPacket(TRACK_ID.to_owned(), rtp::Packet { header, payload: packet.payload });
        if self.peer.handle_write(TaggedRTCMessage { now, message }).is_err() {
            self.outputs.push_back(LegOutput::Dropped { what: "media_refused" });
        }
    }

    fn on_text(&mut self, now: Instant, text: String) {
        match self.control.push(now, text) {
            Ok(()) => {}
            Err(control::Refusal::NoChannel) => {
                self.outputs.push_back(LegOutput::Dropped { what: "text_without_channel" })
            }
            Err(control::Refusal::TooLong) => self.outputs.push_back(LegOutput::Dropped { what: "text_too_long" }),
            Err(control::Refusal::Full) => self.close("control channel full"),
        }
    }

    fn on_tick(&mut self, now: Instant) {
        if self.peer.handle_timeout(now).is_err() {
            self.outputs.push_back(LegOutput::Dropped { what: "timer" });
        }
        match self.phase {
            Phase::Connecting { deadline } if now >= deadline => self.close("never connected"),
            Phase::Connected if now >= self.last_heard + CONSENT_LOSS => self.close("timeout"),
            Phase::Connected if self.control.stalled(now) => self.close("control channel stalled"),
            Phase::Connecting { .. } | Phase::Connected | Phase::Closed => {}
        }
        if self.phase == Phase::Connected && now >= self.next_report {
            self.report(now);
        }
    }

    fn report(&mut self, now: Instant) {
        self.next_report = now + REPORT_EVERY;
        if let Some(report) = self.sender.report(now) {
            let message = RTCMessage::RtcpPacket(TRACK_ID.to_owned(), vec![Box::new(report)]);
            if self.peer.handle_write(TaggedRTCMessage { now, message }).is_err() {
                self.outputs.push_back(LegOutput::Dropped { what: "report_refused" });
            }
        }
        let loss_percent = self.reception.take_loss_percent();
        self.outputs.push_back(LegOutput::Report {
            loss_percent,
            jitter_ms: self.reception.jitter_ms(),
            rtt_ms: self.sender.rtt_ms(),
            peer_loss_percent: self.sender.take_lost_percent(),
        });
    }

    /// Moves everything the peer connection wants to say into `outputs`.
    fn drain(&mut self, now: Instant) {
        self.flush_control(now);
        for _ in 0..DRAIN_ROUNDS_MAX {
            let mut quiet = self.drain_writes(now);
            while let Some(event) = self.peer.poll_event() {
                quiet = false;
                self.on_event(event);
            }
            while let Some(message) = self.peer.poll_read() {
                quiet = false;
                self.on_message(now, message.message);
            }
            if quiet {
                break;
            }
            self.flush_control(now);
        }
    }

    fn drain_writes(&mut self, now: Instant) -> bool {
        let mut quiet = true;
        while let Some(out) = self.peer.poll_write() {
            quiet = false;
            let bytes = out.message.freeze();
            let connecting = matches!(self.phase, Phase::Connecting { .. });
            if connecting && Handshake::is(&bytes) && !self.handshake.say(now, &bytes) {
                continue;
            }
            self.outputs.push_back(LegOutput::Transmit {
                destination: out.transport.peer_addr,
                source: out.transport.local_addr,
                tcp: out.transport.transport_protocol == TransportProtocol::TCP,
                bytes,
            });
        }
        quiet
    }

    fn on_event(&mut self, event: RTCPeerConnectionEvent) {
        match event {
            RTCPeerConnectionEvent::OnConnectionStateChangeEvent(state) => self.on_connection_state(state),
            RTCPeerConnectionEvent::OnIceConnectionStateChangeEvent(RTCIceConnectionState::Failed) => {
                self.close("timeout")
            }
            RTCPeerConnectionEvent::OnDataChannel(event) => self.on_channel(event),
            // The crate's enum is open; everything else is about gathering and negotiation, which are over once we have answered.
            _ => {}
        }
    }

    fn on_connection_state(&mut self, state: RTCPeerConnectionState) {
        match state {
            RTCPeerConnectionState::Connected if self.phase != Phase::Connected && self.phase != Phase::Closed => {
                self.phase = Phase::Connected;
                self.outputs.push_back(LegOutput::Connected);
            }
            RTCPeerConnectionState::Failed => self.close("failed"),
            RTCPeerConnectionState::Closed => self.close("peer"),
            // The crate's enum is open; the other states are passed through on the way.
            _ => {}
        }
    }

    fn on_channel(&mut self, event: RTCDataChannelEvent) {
        match event {
            RTCDataChannelEvent::OnOpen(id) => {
                let label = self.peer.data_channel(id).map(|channel| channel.label().to_owned()).unwrap_or_default();
                match self.control.opened(id, &label) {
                    control::Opened::Control => self.outputs.push_back(LegOutput::ControlOpen),
                    control::Opened::Ignored => self.outputs.push_back(LegOutput::Dropped { what: "extra_channel" }),
                    control::Opened::TooMany => self.close("too many data channels"),
                }
            }
            RTCDataChannelEvent::OnClose(id) if self.control.is(id) => self.close("peer"),
            // The crate's enum is open; buffered amounts are asked for, not waited for.
            _ => {}
        }
    }

    fn on_message(&mut self, now: Instant, message: RTCMessage) {
        match message {
            RTCMessage::RtpPacket(_, packet) => self.on_rtp(now, packet),
            RTCMessage::RtcpPacket(_, packets) => self.sender.heard(now, &packets),
            RTCMessage::DataChannelMessage(id, message) => {
                let text = if self.control.is(id) && message.is_string {
                    String::from_utf8(message.data.into()).ok()
                } else {
                    None
                };
                self.outputs.push_back(text.map_or(LegOutput::Dropped { what: "channel_message" }, LegOutput::Text));
            }
            // The crate's enum is open; there is nothing else we asked for.
            _ => self.outputs.push_back(LegOutput::Dropped { what: "message" }),
        }
    }

    fn on_rtp(&mut self, now: Instant, packet: rtp::Packet) {
        if packet.header.payload_type != self.payload_type {
            self.outputs.push_back(LegOutput::Dropped { what: "payload_type" });
            return;
        }
        let header = &packet.header;
        self.reception.received(now, header.sequence_number, header.timestamp);
        self.outputs.push_back(LegOutput::Media(Packet {
            sequence: header.sequence_number,
            timestamp: header.timestamp,
            marker: header.marker,
            payload: packet.payload,
        }));
    }

    /// Hands waiting text to the data channel as far as its window allows.
    fn flush_control(&mut self, now: Instant) {
        let Some(id) = self.control.channel() else { return };
        while let Some(mut channel) = self.peer.data_channel(id) {
            let Some(text) = self.control.next(now, channel.outstanding_bytes()) else { return };
            if channel.send_text(now, text).is_err() {
                self.outputs.push_back(LegOutput::Dropped { what: "text_refused" });
                self.close("control channel broken");
                return;
            }
        }
    }

    fn close(&mut self, reason: &'static str) {
        if self.phase == Phase::Closed {
            return;
        }
        self.phase = Phase::Closed;
        // An error here says only that a part was closed already.
        let _already_closed = self.peer.close();
        self.drain_writes(self.last_heard);
        self.outputs.push_back(LegOutput::Closed { reason });
    }

    fn next_timeout(&mut self) -> Option<Instant> {
        let own = match self.phase {
            Phase::Connecting { deadline } => deadline,
            Phase::Connected => self.next_report.min(self.last_heard + CONSENT_LOSS),
            Phase::Closed => return None,
        };
        Some(self.peer.poll_timeout().map_or(own, |at| at.min(own)))
    }
}

fn build_peer(now: Instant, config: &LegConfig) -> Result<RTCPeerConnection, RtcError> {
    let mut media = MediaEngine::default();
    media.register_codec(
        RTCRtpCodecParameters { rtp_codec: opus(), payload_type: OFFERED_PAYLOAD_TYPE },
        RtpCodecKind::Audio,
    )?;
    // Sender reports are ours (they carry the round trip and read no wall clock); receiver reports are the crate's.
    let receiver_reports = ReceiverReportBuilder::new().with_interval(REPORT_EVERY).build();
    let reports =
        Registry::new().with(Slot::ReceiverReport, receiver_reports).with(Slot::SenderReport, Forward::default());
    RTCPeerConnectionBuilder::new()
        .with_configuration(
            RTCConfigurationBuilder::new().with_certificates(vec![config.identity.certificate()]).build(),
        )
        .with_media_engine(media)
        .with_setting_engine(settings(config))
        .with_interceptor_registry(reports)
        .build(now)
}

fn settings(config: &LegConfig) -> SettingEngine {
    SettingEngineBuilder::new()
        .with_crypto_provider(identity::crypto())
        .with_lite(config.ice_lite)
        .with_ice_credentials(config.ufrag.clone(), config.password.clone())
        .with_ice_timeouts(Some(ICE_DISCONNECTED), Some(ICE_FAILED), Some(ICE_KEEPALIVE))
        .with_network_types(vec![NetworkType::Udp4, NetworkType::Udp6, NetworkType::Tcp4, NetworkType::Tcp6])
        .with_multicast_dns_mode(MulticastDnsMode::Disabled)
        .with_include_loopback_candidate(true)
        .with_answering_dtls_role(RTCDtlsRole::Server)
        .build()
}

fn opus() -> RTCRtpCodec {
    RTCRtpCodec {
        mime_type: MIME_TYPE_OPUS.to_owned(),
        clock_rate: OPUS_CLOCK_HZ,
        channels: 2,
        sdp_fmtp_line: OPUS_FORMAT.to_owned(),
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
        "voxfare".to_owned(),
        TRACK_ID.to_owned(),
        "voice".to_owned(),
        RtpCodecKind::Audio,
        vec![coding],
    )
}

fn all_candidates(config: &LegConfig) -> impl Iterator<Item = (SocketAddr, bool)> + '_ {
    let udp = config.candidates.iter().map(|address| (*address, false));
    udp.chain(config.tcp_candidates.iter().map(|address| (*address, true)))
}

fn add_candidate(peer: &mut RTCPeerConnection, address: SocketAddr, tcp: bool) -> Result<(), RtcError> {
    let candidate = CandidateHostConfig {
        base_config: CandidateConfig {
            network: if tcp { "tcp" } else { "udp" }.to_owned(),
            address: address.ip().to_string(),
            port: address.port(),
            component: 1,
            ..Default::default()
        },
        tcp_type: if tcp { TcpType::Passive } else { TcpType::Unspecified },
    }
    .new_candidate_host()?;
    peer.add_local_candidate(RTCIceCandidate::from(&candidate).to_json()?)
}

fn negotiated_payload_type(peer: &mut RTCPeerConnection, sender: RTCRtpSenderId) -> Option<u8> {
    let mut sender = peer.rtp_sender(sender)?;
    let codecs = &sender.get_parameters().rtp_parameters.codecs;
    codecs
        .iter()
        .find(|codec| codec.rtp_codec.mime_type.eq_ignore_ascii_case(MIME_TYPE_OPUS))
        .map(|codec| codec.payload_type)
}

/// Longest time from the answer to a working connection.
pub const CONNECT_MAX: Duration = Duration::from_secs(15);
/// A connected caller who is silent on every protocol for this long is gone (RFC 7675 asks at most 30 s; browsers check every 2.5 s).
pub const CONSENT_LOSS: Duration = Duration::from_secs(7);
/// How often the link is reported, to the session and by RTCP.
pub const REPORT_EVERY: Duration = Duration::from_secs(2);
/// Largest datagram taken, in bytes: RFC 4571 frames could be longer, no honest peer's are.
pub const DATAGRAM_BYTES_MAX: usize = 4096;

/// Silence after which ICE calls the pair disconnected.
const ICE_DISCONNECTED: Duration = Duration::from_secs(5);
/// Further silence after which ICE gives up; the sum is [`CONNECT_MAX`], our own consent watch is shorter.
const ICE_FAILED: Duration = Duration::from_secs(10);
const ICE_KEEPALIVE: Duration = Duration::from_secs(2);
/// Rounds of draining per input; each round is caused by the one before, three have been the most seen.
const DRAIN_ROUNDS_MAX: usize = 16;
/// Opus always has this RTP clock (RFC 7587 section 4.1).
const OPUS_CLOCK_HZ: u32 = 48_000;
/// What we tell the sender about its encoder: protect against loss, stop in silence, frames from 10 ms.
const OPUS_FORMAT: &str = "minptime=10;useinbandfec=1;usedtx=1";
/// The payload type of Opus where the offer leaves it to us; an offer's own number wins.
const OFFERED_PAYLOAD_TYPE: u8 = 111;
const TRACK_ID: &str = "voxfare-voice";

#[cfg(test)]
mod tests;
