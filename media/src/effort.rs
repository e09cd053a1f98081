//! How much encoding may cost, by how busy the processors are. It measures nothing and encodes nothing.

use crate::codec::opus::Effort;
use std::time::{Duration, Instant};

/// So much of the processors' time is used when encoding begins to spare them.
const SPARE_FROM: f64 = 0.7;
/// And no more than this when it need not any longer: what was spared is less than what lies between.
const USUAL_FROM: f64 = 0.4;
/// For how long it has to be so.
const SPARE_AFTER: Duration = Duration::from_secs(2);
const USUAL_AFTER: Duration = Duration::from_secs(10);

/// Follows how busy the processors are: soon to less effort, slowly back to more.
#[derive(Clone, Copy, Debug, Default)]
pub struct Efforts {
    effort: Effort,
    /// Since when something else than `effort` would be right.
    since: Option<Instant>,
}

impl Efforts {
    /// So much of the processors' time was used lately, 0.0 to 1.0. Answers the effort from now on.
    pub fn busy(&mut self, now: Instant, part: f64) -> Effort {
        let (other, wanted, after) = match self.effort {
            Effort::Usual => (Effort::Spare, part >= SPARE_FROM, SPARE_AFTER),
            Effort::Spare => (Effort::Usual, part <= USUAL_FROM, USUAL_AFTER),
        };
        let since = wanted.then(|| self.since.unwrap_or(now));
        let is_long = since.is_some_and(|since| now.saturating_duration_since(since) >= after);
        self.since = if is_long { None } else { since };
        if is_long {
            self.effort = other;
        }
        self.effort
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The effort second by second.
    fn followed(parts: &[f64]) -> Vec<Effort> {
        let (mut efforts, start) = (Efforts::default(), Instant::now());
        let at = |n: usize| start + Duration::from_secs(n as u64);
        parts.iter().enumerate().map(|(n, part)| efforts.busy(at(n), *part)).collect()
    }

    #[test]
    fn it_spares_soon_and_returns_slowly() {
        let parts = [vec![0.8; 3], vec![0.5; 20], vec![0.3; 11]].concat();
        let followed = followed(&parts);
        assert_eq!(followed[..2], [Effort::Usual; 2]);
        assert_eq!(followed[2..33], [Effort::Spare; 31]);
        assert_eq!(followed[33], Effort::Usual);
    }

    #[test]
    fn a_moment_changes_nothing_and_what_is_no_number_neither() {
        assert_eq!(followed(&[0.9, 0.9, 0.2, 0.9, 0.9, 0.2]), [Effort::Usual; 6]);
        assert_eq!(followed(&[f64::NAN; 8]), [Effort::Usual; 8]);
        let again = [vec![1.0; 3], vec![0.1, 0.1, 0.9], vec![0.1; 9]].concat();
        assert!(followed(&again)[2..].iter().all(|effort| *effort == Effort::Spare));
    }
}
