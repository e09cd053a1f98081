//! What rustpbx's codec takes for 20 ms of a call: Opus decoded and sound of the same kind encoded, as its own defaults are, and the same with what a
//! call to a telephone needs besides. The packets come from a file, each after its length in two bytes.

use audio_codec::opus::{OpusDecoder, OpusEncoder};
use audio_codec::{BoxedResampler, CodecType, Decoder, Encoder, create_decoder, create_encoder};
use std::time::Instant;

/// Passes over the packets.
const PASSES: usize = 4;
/// Samples of 20 ms at 48 kHz.
const FRAME: usize = 960;

fn main() {
    let path = std::env::args().nth(1).expect("the file with the packets");
    let bytes = std::fs::read(path).expect("it can be read");
    let packets = packets(&bytes);
    println!("{:.1} {:.1}", codec(&packets), telephone(&packets));
}

fn packets(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut packets = Vec::new();
    while let Some((len, rest)) = bytes.split_first_chunk::<2>() {
        let (packet, rest) = rest.split_at(usize::from(u16::from_be_bytes(*len)));
        packets.push(packet);
        bytes = rest;
    }
    packets
}

/// Opus both ways, in microseconds.
fn codec(packets: &[&[u8]]) -> f64 {
    let (mut decoder, mut encoder) = (OpusDecoder::new_default(), OpusEncoder::new_default());
    let mut bytes = 0;
    let began = Instant::now();
    for _ in 0..PASSES {
        for packet in packets {
            let pcm = decoder.decode(packet);
            bytes += encoder.encode(&pcm).len();
        }
    }
    done(began, packets, bytes)
}

/// Opus to mu-law and mu-law to Opus, in microseconds.
fn telephone(packets: &[&[u8]]) -> f64 {
    let (mut decoder, mut encoder) = (OpusDecoder::new_default(), OpusEncoder::new_default());
    let (mut down, mut up) =
        (BoxedResampler::new(48_000, 8_000).expect("rates"), BoxedResampler::new(8_000, 48_000).expect("rates"));
    let (mut to_law, mut from_law) = (create_encoder(CodecType::PCMU), create_decoder(CodecType::PCMU));
    let mut bytes = 0;
    let began = Instant::now();
    for _ in 0..PASSES {
        for packet in packets {
            let law = to_law.encode(&down.resample(&decoder.decode(packet)));
            let mut pcm = up.resample(&from_law.decode(&law));
            pcm.resize(FRAME, 0);
            bytes += encoder.encode(&pcm).len();
        }
    }
    done(began, packets, bytes)
}

fn done(began: Instant, packets: &[&[u8]], bytes: usize) -> f64 {
    let took = began.elapsed().as_secs_f64() * 1e6 / (PASSES * packets.len()) as f64;
    assert!(bytes > packets.len(), "it encoded nothing");
    took
}
