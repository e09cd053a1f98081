//! What the arriving packets say about the link: loss and jitter by RFC 3550. It never reorders or delays a packet.

use std::time::Instant;

/// Statistics of one incoming RTP stream.
#[derive(Debug, Default)]
pub(super) struct Reception {
    stream: Option<Stream>,
    received: u64,
    /// Expected and received at the last report (RFC 3550 appendix A.3).
    before: (u64, u64),
    jitter_units: f64,
}

#[derive(Clone, Copy, Debug)]
struct Stream {
    first: u64,
    highest: u64,
    last_arrival: Instant,
    last_timestamp: u32,
}

impl Reception {
    pub(super) fn received(&mut self, now: Instant, sequence: u16, timestamp: u32) {
        self.received += 1;
        let Some(stream) = &mut self.stream else {
            self.stream = Some(Stream {
                first: u64::from(sequence),
                highest: u64::from(sequence),
                last_arrival: now,
                last_timestamp: timestamp,
            });
            return;
        };
        let ahead = sequence.wrapping_sub(stream.highest as u16);
        if ahead >= RESTART_GAP && ahead <= u16::MAX - RESTART_GAP {
            // The sender began anew: what was lost between is unknowable.
            self.received = 1;
            self.before = (0, 0);
            *stream = Stream {
                first: u64::from(sequence),
                highest: u64::from(sequence),
                last_arrival: now,
                last_timestamp: timestamp,
            };
            return;
        }
        if ahead != 0 && ahead < RESTART_GAP {
            stream.highest += u64::from(ahead);
        }
        let arrived_units = now.saturating_duration_since(stream.last_arrival).as_secs_f64() * f64::from(CLOCK_HZ);
        let sent_units = f64::from(timestamp.wrapping_sub(stream.last_timestamp) as i32);
        let transit_change = (arrived_units - sent_units).abs();
        self.jitter_units += (transit_change - self.jitter_units) / 16.0;
        stream.last_arrival = now;
        stream.last_timestamp = timestamp;
    }

    /// Percent of packets lost since the last call.
    pub(super) fn take_loss_percent(&mut self) -> f32 {
        let Some(stream) = self.stream else { return 0.0 };
        let now = (stream.highest - stream.first + 1, self.received);
        let expected = now.0.saturating_sub(self.before.0);
        let received = now.1.saturating_sub(self.before.1);
        self.before = now;
        if expected == 0 { 0.0 } else { 100.0 * expected.saturating_sub(received) as f32 / expected as f32 }
    }

    pub(super) fn jitter_ms(&self) -> f32 {
        (self.jitter_units * 1000.0 / f64::from(CLOCK_HZ)) as f32
    }
}

/// The RTP clock of Opus in Hz (RFC 7587 section 4.1).
const CLOCK_HZ: u32 = 48_000;

/// A jump of the sequence number this large, either way, is a new stream (RFC 3550 appendix A.1, MAX_DROPOUT).
const RESTART_GAP: u16 = 3000;

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_steady_stream_has_no_loss_and_no_jitter() {
        let start = Instant::now();
        let mut reception = Reception::default();
        for n in 0..100u32 {
            let sequence = 65_500u16.wrapping_add(n as u16);
            reception.received(start + Duration::from_millis(u64::from(n) * 20), sequence, n * 960);
        }
        assert_eq!(reception.take_loss_percent(), 0.0);
        assert!(reception.jitter_ms() < 0.01);
    }

    #[test]
    fn every_fourth_packet_lost_is_a_quarter() {
        let start = Instant::now();
        let mut reception = Reception::default();
        for n in (0..101u32).filter(|n| n % 4 != 1) {
            reception.received(start + Duration::from_millis(u64::from(n) * 20), n as u16, n * 960);
        }
        let loss = reception.take_loss_percent();
        assert!((24.0..26.0).contains(&loss), "{loss}");
        assert_eq!(reception.take_loss_percent(), 0.0);
    }

    #[test]
    fn late_packets_count_as_received_and_a_restart_forgets() {
        let start = Instant::now();
        let mut reception = Reception::default();
        for sequence in [1u16, 3, 2, 4] {
            reception.received(start, sequence, u32::from(sequence) * 960);
        }
        assert_eq!(reception.take_loss_percent(), 0.0);
        reception.received(start, 30_000, 5);
        assert_eq!(reception.take_loss_percent(), 0.0);
    }
}
