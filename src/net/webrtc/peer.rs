//! The words between a call's task and its session. It never carries bytes of the wire.

use media::packet::{OutPacket, Packet};

/// What the caller's side tells the session.
#[derive(Clone, Debug, PartialEq)]
pub enum PeerEvent {
    /// Media may flow.
    Connected,
    /// The control channel is open.
    ControlOpen,
    /// An Opus packet arrived.
    Media(Packet),
    /// A text message arrived on the control channel.
    Text(String),
    /// What is seen of the link, about every 2 s.
    Report {
        /// Packets of the caller lost since the last report, in percent.
        loss_percent: f32,
        /// Jitter of the caller's packets in ms.
        jitter_ms: f32,
        /// Round trip in ms; 0.0 while unknown.
        rtt_ms: f32,
    },
    /// The call is over; nothing follows.
    Closed {
        /// A short fixed word, fit for a metric label.
        reason: &'static str,
    },
}

/// What the session tells the caller's side. Dropping the sender closes the call.
#[derive(Clone, Debug)]
pub enum PeerCommand {
    /// Send this Opus packet now.
    Media(OutPacket),
    /// Send this text in order on the control channel; it is never dropped: a caller who does not read is closed.
    Text(String),
    /// End the call.
    Close,
}
