//! A leg's settings for the targets, and a browser's offer. It decides nothing.

use media::leg::webrtc::{Identity, LegConfig};
use std::sync::OnceLock;

/// A browser's offer of audio and a data channel.
pub const OFFER: &str = include_str!("offer.sdp");

/// Settings of a leg; the certificate is made once.
pub fn config() -> LegConfig {
    static IDENTITY: OnceLock<Identity> = OnceLock::new();
    LegConfig {
        candidates: vec![([10, 0, 0, 1], 3478).into()],
        tcp_candidates: vec![([10, 0, 0, 1], 3478).into()],
        ice_lite: true,
        identity: IDENTITY.get_or_init(|| Identity::generate().expect("the crypto library works")).clone(),
        ufrag: "legslegslegslegs".to_owned(),
        password: "passpasspasspasspasspasspasspass".to_owned(),
        ssrc: 77,
        first_sequence: 65_530,
        timestamp_offset: 1000,
    }
}
