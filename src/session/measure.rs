//! What a session reports of itself: one log line and one metric a fact. It decides nothing.

use crate::session::event::Breakdown;
use metrics::{counter, gauge, histogram};
use std::time::Duration;

/// One turn was answered.
pub(crate) fn turn(session: &str, b: &Breakdown) {
    tracing::info!(
        session,
        turn = b.turn,
        endpoint_ms = b.endpoint_ms,
        transcript_ms = b.transcript_ms,
        first_token_ms = b.first_token_ms,
        first_audio_ms = b.first_audio_ms,
        first_packet_ms = b.first_packet_ms,
        speculative = b.speculative,
        "turn answered"
    );
    let stages = [
        ("endpoint", b.endpoint_ms),
        ("transcript", b.transcript_ms),
        ("first_token", b.first_token_ms),
        ("first_audio", b.first_audio_ms),
        ("first_packet", b.first_packet_ms),
    ];
    for (stage, ms) in stages {
        histogram!("voxfare_turn_stage_seconds", "stage" => stage).record(ms as f64 / 1000.0);
    }
    counter!("voxfare_turns_total", "speculative" => if b.speculative { "yes" } else { "no" }).increment(1);
}

/// A session was woken this long after it wanted to be: what a tick of 20 ms has lost.
pub(crate) fn woken(late: Duration) {
    histogram!("voxfare_wake_late_seconds").record(late.as_secs_f64());
}

/// So much of the processors' time is used, 0.0 to 1.0, and whether encoding spares them.
pub(crate) fn load(busy: f64, spares: bool) {
    if busy.is_finite() {
        gauge!("voxfare_runtime_busy").set(busy);
    }
    gauge!("voxfare_encoding_spares").set(f64::from(u8::from(spares)));
}

/// Something worth counting happened.
pub(crate) fn count(what: &'static str) {
    counter!("voxfare_session_events_total", "what" => what).increment(1);
}

/// Sessions that are running now.
pub(crate) fn sessions(running: usize) {
    gauge!("voxfare_sessions").set(running as f64);
}

/// A session ended.
pub(crate) fn ended(session: &str, reason: &'static str, seconds: f64) {
    tracing::info!(session, reason, seconds, "session ended");
    counter!("voxfare_sessions_ended_total", "reason" => reason).increment(1);
}
