//! Any bytes as the STUN message that names a call: a name of our own form, or none. It builds the reader alone, not the server.
#![no_main]

#[path = "../../src/net/webrtc/stun.rs"]
mod stun;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, Vec<u8>)| {
    let (shaped, mut bytes) = input;
    if shaped && bytes.len() >= 8 {
        bytes[..2].copy_from_slice(&[0, 1]);
        bytes[4..8].copy_from_slice(&[0x21, 0x12, 0xa4, 0x42]);
    }
    if let Some(name) = stun::local_ufrag(&bytes) {
        assert!(!name.contains(':'));
    }
});
