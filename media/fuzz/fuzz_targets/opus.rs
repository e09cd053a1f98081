//! Any bytes as Opus payloads, decoded, recovered and concealed in any order: refused or decoded, never feared.
#![no_main]

use libfuzzer_sys::fuzz_target;
use media::codec::opus::{Decoder, PACKET_SAMPLES_MAX, payload_ticks};

fuzz_target!(|payloads: Vec<Vec<u8>>| {
    let mut decoder = Decoder::new().expect("a decoder can be made");
    let mut pcm = Vec::new();
    for payload in &payloads {
        let ticks = payload_ticks(payload);
        assert!(ticks.is_none_or(|t| t as usize <= 2 * PACKET_SAMPLES_MAX));
        if let Ok(samples) = decoder.decode(payload, &mut pcm) {
            assert_eq!(ticks.map(|t| t as usize / 2), Some(samples));
        }
        let _ = decoder.recover(payload, usize::from(payload.first().copied().unwrap_or(0)) * 60, &mut pcm);
        let _ = decoder.conceal(480, &mut pcm);
        pcm.clear();
    }
});
