//! Media packets between a leg and a call: decrypted RTP in, RTP to be sealed out. It never parses the wire.

use bytes::Bytes;

/// One media packet that arrived on a leg, decrypted and without its RTP header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// RTP sequence number as sent (RFC 3550 section 5.1).
    pub sequence: u16,
    /// RTP timestamp in units of the leg's media clock (48,000 Hz for Opus, RFC 7587 section 4.1).
    pub timestamp: u32,
    /// RTP marker bit: first packet after silence.
    pub marker: bool,
    /// Codec payload.
    pub payload: Bytes,
}

/// One media packet for a leg to number, seal and send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutPacket {
    /// RTP timestamp in units of the leg's media clock; the leg adds its random offset.
    pub timestamp: u32,
    /// RTP marker bit: first packet after silence.
    pub marker: bool,
    /// Codec payload.
    pub payload: Bytes,
}
