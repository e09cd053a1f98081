//! What an ear gives with noise reduction, without it, and around the switch. It never opens a socket.

use super::*;
use crate::codec::opus::{Encoder, FRAME_TICKS, OpusConfig};
use crate::sound;

/// The person's recording as packets.
fn packets() -> Vec<Packet> {
    let mut encoder = Encoder::new(OpusConfig::default()).expect("default settings are valid");
    let frames = sound::frames(&sound::recording()[..24_000 * 4]);
    let packet = |(at, frame): (usize, &crate::frame::Frame)| Packet {
        sequence: at as u16,
        timestamp: at as u32 * FRAME_TICKS,
        marker: false,
        payload: encoder.encode(frame).expect("a frame encodes"),
    };
    frames.iter().enumerate().map(packet).collect()
}

/// What is heard of the packets when noise reduction is set before some of them.
fn heard(settings: &[(usize, Option<Field>)]) -> Vec<Chunk> {
    let start = Instant::now();
    let mut ear = Ear::new(&Detector::Energy, JitterConfig::default(), start).expect("default settings are valid");
    let mut chunks = Vec::new();
    for (at, packet) in packets().into_iter().enumerate() {
        let now = start + Duration::from_millis(20) * at as u32;
        settings.iter().filter(|(when, _)| *when == at).for_each(|(_, field)| ear.reduce_noise(*field));
        ear.take(now, packet).expect("in order");
        chunks.extend(std::iter::from_fn(|| ear.next(now, false)));
    }
    chunks
}

fn joined(chunks: &[Chunk]) -> Vec<f32> {
    chunks.iter().flat_map(|chunk| chunk.sound).collect()
}

#[test]
fn without_it_every_bit_is_as_it_was_decoded() {
    let (mut decoder, mut expected) = (Decoder::new().expect("a decoder"), Vec::new());
    let mut resampler = Resampler::new(INNER_RATE_HZ, EAR_RATE_HZ).expect("rates");
    for packet in packets() {
        let mut pcm = Vec::new();
        decoder.decode(&packet.payload, &mut pcm).expect("what we made can be decoded");
        resampler.push_i16(&pcm, &mut expected);
    }
    for settings in [&[][..], &[(0, None), (20, None)]] {
        let chunks = heard(settings);
        let sound = joined(&chunks);
        assert!(chunks.iter().all(|chunk| chunk.reduced.is_none()));
        assert!(expected.len() - sound.len() < CHUNK_SAMPLES);
        assert_eq!(sound, expected[..sound.len()]);
    }
}

#[test]
fn switching_it_loses_doubles_and_moves_nothing() {
    let plain = heard(&[]);
    let switched = heard(&[(30, Some(Field::Near)), (90, Some(Field::Far)), (140, None)]);
    assert_eq!(joined(&switched), joined(&plain));
    let reduced: Vec<bool> = switched.iter().map(|chunk| chunk.reduced.is_some()).collect();
    let (first, last) = (reduced.iter().position(|on| *on), reduced.iter().rposition(|on| *on));
    // From 600 ms on, until it has faded out behind 2,800 ms.
    assert_eq!((first, last), (Some(18), Some(86)));
    // The end of a chunk came so long before: what is held back is counted.
    assert!(switched[40..80].iter().all(|chunk| chunk.behind >= 480));
    let words = switched[40].words();
    assert!(words != &switched[40].sound && *words == switched[40].reduced.expect("it is on"));
}

#[test]
fn a_stream_that_stops_is_silent_at_its_pace() {
    let start = Instant::now();
    let mut ear = Ear::new(&Detector::Energy, JitterConfig::default(), start).expect("default settings are valid");
    ear.stream(Format::Pcmu);
    ear.reduce_noise(Some(Field::Near));
    let mut chunks = 0;
    for at in 0..500_u32 {
        let now = start + Duration::from_millis(20) * at;
        if at < 100 {
            ear.pour(now, &[0x20; 160]);
        }
        chunks += std::iter::from_fn(|| ear.next(now, false)).count();
        assert!(ear.due(false).is_some_and(|due| due > now), "it asks for a time that has passed");
    }
    // Two seconds of sound and, after the gap, silence by the clock: ten seconds less the gap.
    assert!((270..=276).contains(&chunks), "{chunks}");
}

#[test]
fn what_was_poured_in_is_whole_at_the_commit() {
    let start = Instant::now();
    let mut ear = Ear::new(&Detector::Energy, JitterConfig::default(), start).expect("default settings are valid");
    ear.stream(Format::Pcm);
    ear.reduce_noise(Some(Field::Far));
    for _ in 0..2 {
        let bytes: Vec<u8> = sound::voice(1.0, 3).iter().flat_map(|sample| sample.to_le_bytes()).collect();
        ear.pour(start, &bytes);
        let chunks: Vec<Chunk> = std::iter::from_fn(|| ear.next(start, true).or_else(|| ear.rest())).collect();
        assert_eq!(chunks.len(), 16_000_usize.div_ceil(CHUNK_SAMPLES));
        assert!(ear.rest().is_none());
    }
    ear.pour(start, &[7; 4800]);
    ear.clear();
    assert!(ear.next(start, true).is_none() && ear.rest().is_none());
}
