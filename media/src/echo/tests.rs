//! Echoes made of real delays, and voices on top of them. It never plays anything.

use super::*;
use crate::codec::resample::Resampler;
use crate::frame::FRAME_SAMPLES;
use crate::sound;
use std::time::Duration;

/// Plays `far` and lets the microphone hear `near`, both at the inner rate; one verdict a chunk.
fn verdicts(far: &[i16], near: &[i16]) -> Vec<Verdict> {
    let start = Instant::now();
    let mut echo = Echo::new(start);
    let mut ear = Vec::new();
    Resampler::new(24_000, 16_000).expect("rates").push_i16(near, &mut ear);
    let mut frames = sound::frames(far).into_iter().enumerate().peekable();
    let mut out = Vec::new();
    for (n, chunk) in ear.chunks_exact(CHUNK_SAMPLES).enumerate() {
        let now = start + Duration::from_millis(32 * (n as u64 + 1));
        while let Some((index, frame)) = frames.next_if(|(i, _)| start + Duration::from_millis(20 * *i as u64) <= now) {
            echo.speak(start + Duration::from_millis(20 * index as u64), &frame);
        }
        let sound: [f32; CHUNK_SAMPLES] = chunk.try_into().expect("exact");
        out.push(echo.hear(now, &Chunk { sound, reduced: None, voice: 0.9, behind: 0 }));
    }
    out
}

/// A loudspeaker in a room: delay, gain and three reflections.
fn room(far: &[i16], delay_ms: usize, gain: f32) -> Vec<i16> {
    let mut out = vec![0_f32; far.len()];
    for (late_ms, part) in [(0, 1.0), (7, 0.5), (19, -0.4), (43, 0.25)] {
        let shift = (delay_ms + late_ms) * 24;
        for i in shift..far.len() {
            out[i] += f32::from(far[i - shift]) * gain * part;
        }
    }
    out.iter().map(|s| *s as i16).collect()
}

fn share(verdicts: &[Verdict], of: Verdict) -> f32 {
    verdicts.iter().filter(|v| **v == of).count() as f32 / verdicts.len() as f32
}

#[test]
fn a_room_sends_our_voice_back_and_it_is_known() {
    let far = sound::recording();
    let far = &far[..24_000 * 6];
    for (delay_ms, gain) in [(30, 0.5), (120, 0.2), (333, 0.1), (600, 0.3)] {
        let heard = verdicts(far, &room(far, delay_ms, gain));
        let from = 20 + delay_ms / 32;
        let share = share(&heard[from..], Verdict::Echo);
        assert!(share > 0.8, "{delay_ms} ms, gain {gain}: {share}");
    }
}

#[test]
fn another_voice_is_never_taken_for_ours() {
    let far = sound::recording();
    for (ours, theirs) in [(0, 5), (5, 0), (2, 6), (6, 1)] {
        let heard = verdicts(&far[24_000 * ours..24_000 * (ours + 4)], &far[24_000 * theirs..24_000 * (theirs + 4)]);
        assert!(share(&heard, Verdict::Near) > 0.94, "{ours} {theirs}: {heard:?}");
        assert!(share(&heard, Verdict::Echo) < 0.01, "{ours} {theirs}: {heard:?}");
    }
}

#[test]
fn a_voice_on_top_of_the_echo_gets_through() {
    let speech = sound::recording();
    let far = &speech[24_000 * 5..24_000 * 10];
    let mut near = room(far, 120, 0.15);
    // Two seconds in, somebody speaks as well.
    for (slot, sample) in near[24_000 * 2..24_000 * 4].iter_mut().zip(&speech[24_000 / 3..]) {
        *slot = slot.saturating_add(*sample / 2);
    }
    let heard = verdicts(far, &near);
    let both = &heard[2000 / 32 + 2..4000 / 32];
    assert!(share(both, Verdict::Near) > 0.5, "{both:?}");
    let quick = both.iter().take(12).filter(|v| **v == Verdict::Near).count();
    assert!(quick >= 3, "{both:?}");
}

#[test]
fn what_was_played_long_ago_takes_no_memory() {
    let start = Instant::now();
    let mut echo = Echo::new(start);
    for n in 0..1000_u64 {
        echo.speak(start + Duration::from_millis(n * 3_600_000), &Frame([1000; FRAME_SAMPLES]));
    }
    assert!(echo.far.len() <= FAR_SAMPLES + RATE_HZ / 10);
}
