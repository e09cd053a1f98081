//! How well the voice is protected against loss, by what the peer reports of it (RFC 3550 section 6.4.1). It encodes nothing.

/// Reports without loss, one after another, before protection is given up: ten seconds at one report in two.
const CLEAN_REPORTS: u32 = 5;
/// The least protection worth its bits, in percent of loss.
const PERCENT_MIN: f32 = 5.0;
/// The most: beyond it the FEC data takes the voice's own bits.
const PERCENT_MAX: f32 = 25.0;

/// Follows the reports: at once to more protection, slowly to less.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Protection {
    percent: u8,
    clean: u32,
}

impl Protection {
    /// Before the first report.
    pub(crate) fn new(percent: u8) -> Self {
        Self { percent, clean: 0 }
    }

    /// A report: percent of our packets lost since the one before. Answers the loss in percent to be prepared for from now on.
    pub(crate) fn reported(&mut self, lost_percent: f32) -> u8 {
        if lost_percent > 0.0 {
            self.clean = 0;
            // Loss comes in bursts: half as much again is prepared for.
            let wanted = (lost_percent * 1.5).clamp(PERCENT_MIN, PERCENT_MAX) as u8;
            // One quiet report between two bad ones takes nothing away.
            self.percent = if wanted >= self.percent { wanted } else { self.percent.midpoint(wanted) };
        } else {
            self.clean = self.clean.saturating_add(1);
            if self.clean >= CLEAN_REPORTS {
                self.percent = 0;
            }
        }
        self.percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_line_needs_none_after_a_while() {
        let mut protection = Protection::new(10);
        let followed: Vec<u8> = (0..6).map(|_| protection.reported(0.0)).collect();
        assert_eq!(followed, [10, 10, 10, 10, 0, 0]);
    }

    #[test]
    fn loss_is_met_at_once_and_forgotten_slowly() {
        let mut protection = Protection::new(0);
        assert_eq!(protection.reported(0.4), 5);
        assert_eq!(protection.reported(12.0), 18);
        assert_eq!(protection.reported(4.0), 12);
        assert_eq!((0..4).map(|_| protection.reported(0.0)).collect::<Vec<_>>(), [12; 4]);
        assert_eq!(protection.reported(2.0), 8);
        assert_eq!(protection.reported(90.0), 25);
    }

    #[test]
    fn a_report_that_is_no_number_changes_nothing_much() {
        let mut protection = Protection::new(10);
        for lost in [f32::NAN, f32::NEG_INFINITY, -3.0] {
            assert_eq!(protection.reported(lost), 10);
        }
        assert_eq!(protection.reported(f32::INFINITY), 25);
    }
}
