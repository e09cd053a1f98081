//! Our RTCP sender reports and the round trip measured by them (RFC 3550 section 6.4.1). It never reads a wall clock: its NTP time counts from the leg's birth.

use rtc::rtcp::Packet as RtcpPacket;
use rtc::rtcp::receiver_report::ReceiverReport;
use rtc::rtcp::reception_report::ReceptionReport;
use rtc::rtcp::sender_report::SenderReport;
use std::time::{Duration, Instant};

/// Counts what we send and relates RTP time to `now`.
#[derive(Debug)]
pub(super) struct SenderClock {
    ssrc: u32,
    born: Instant,
    packets: u32,
    octets: u32,
    last: Option<(Instant, u32)>,
    rtt: Option<Duration>,
    lost_percent: Option<f32>,
}

impl SenderClock {
    pub(super) fn new(now: Instant, ssrc: u32) -> Self {
        Self { ssrc, born: now, packets: 0, octets: 0, last: None, rtt: None, lost_percent: None }
    }

    pub(super) fn ssrc(&self) -> u32 {
        self.ssrc
    }

    pub(super) fn sent(&mut self, now: Instant, timestamp: u32, payload_bytes: usize) {
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(payload_bytes as u32);
        self.last = Some((now, timestamp));
    }

    /// The report to send now; none before the first packet.
    pub(super) fn report(&self, now: Instant) -> Option<SenderReport> {
        let (at, timestamp) = self.last?;
        let since_last_units = now.saturating_duration_since(at).as_micros() as u64 * 48 / 1000;
        Some(SenderReport {
            ssrc: self.ssrc,
            ntp_time: self.ntp(now),
            rtp_time: timestamp.wrapping_add(since_last_units as u32),
            packet_count: self.packets,
            octet_count: self.octets,
            ..Default::default()
        })
    }

    /// Reads the caller's reports about our stream.
    pub(super) fn heard(&mut self, now: Instant, packets: &[Box<dyn RtcpPacket>]) {
        for packet in packets {
            let any = packet.as_any();
            let reports = match (any.downcast_ref::<ReceiverReport>(), any.downcast_ref::<SenderReport>()) {
                (Some(receiver), _) => &receiver.reports,
                (None, Some(sender)) => &sender.reports,
                (None, None) => continue,
            };
            let ssrc = self.ssrc;
            for report in reports.iter().filter(|report| report.ssrc == ssrc) {
                self.measure(now, report);
            }
        }
    }

    /// The last round trip in ms; 0.0 while unknown.
    pub(super) fn rtt_ms(&self) -> f32 {
        self.rtt.map_or(0.0, |rtt| rtt.as_secs_f32() * 1000.0)
    }

    /// The worst loss of our packets that the caller has told of since the last call of this, in percent; `None` when nothing was told.
    pub(super) fn take_lost_percent(&mut self) -> Option<f32> {
        self.lost_percent.take()
    }

    fn measure(&mut self, now: Instant, report: &ReceptionReport) {
        // A fraction of 256.
        let lost = f32::from(report.fraction_lost) * 100.0 / 256.0;
        self.lost_percent = Some(self.lost_percent.map_or(lost, |worst| worst.max(lost)));
        if report.last_sender_report == 0 {
            return;
        }
        let here = (self.ntp(now) >> 16) as u32;
        // What we cannot have sent yet, or was held longer than it is old, is the peer's clock or a lie.
        let since_report = here.wrapping_sub(report.last_sender_report);
        let Some(units) = since_report.checked_sub(report.delay).filter(|_| since_report <= here) else { return };
        // Units of 1/65,536 s.
        if units < RTT_UNITS_MAX {
            self.rtt = Some(Duration::from_micros(u64::from(units) * 1_000_000 / 65_536));
        }
    }

    /// Seconds since birth plus one in the high half (zero means "never" on the wire), a binary fraction in the low half.
    fn ntp(&self, now: Instant) -> u64 {
        let age = now.saturating_duration_since(self.born) + Duration::from_secs(1);
        (age.as_secs() << 32) | ((u64::from(age.subsec_nanos()) << 32) / 1_000_000_000)
    }
}

/// Ten seconds: nothing longer is a conversation.
const RTT_UNITS_MAX: u32 = 10 * 65_536;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_round_trip_is_what_passed_less_what_the_peer_held() {
        let born = Instant::now();
        let mut clock = SenderClock::new(born, 7);
        assert!(clock.report(born).is_none());
        clock.sent(born, 960, 80);
        let sent_at = born + Duration::from_millis(2000);
        let report = clock.report(sent_at).expect("a packet was sent");
        assert_eq!((report.packet_count, report.octet_count, report.rtp_time), (1, 80, 960 + 96_000));
        let block = ReceptionReport {
            ssrc: 7,
            last_sender_report: (report.ntp_time >> 16) as u32,
            delay: 65_536 / 2,
            fraction_lost: 64,
            ..Default::default()
        };
        let receiver = ReceiverReport { ssrc: 9, reports: vec![block], ..Default::default() };
        clock.heard(sent_at + Duration::from_millis(540), &[Box::new(receiver)]);
        assert!((39.0..41.0).contains(&clock.rtt_ms()), "{}", clock.rtt_ms());
        assert_eq!((clock.take_lost_percent(), clock.take_lost_percent()), (Some(25.0), None));
    }

    #[test]
    fn a_lying_peer_changes_nothing() {
        let born = Instant::now();
        let mut clock = SenderClock::new(born, 7);
        let block = ReceptionReport { ssrc: 7, last_sender_report: u32::MAX, delay: u32::MAX, ..Default::default() };
        clock.heard(born, &[Box::new(ReceiverReport { ssrc: 9, reports: vec![block], ..Default::default() })]);
        assert_eq!(clock.rtt_ms(), 0.0);
    }
}
