//! A bad network in a box: seeded loss and jitter for one direction. It never waits; it says what would happen.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::time::Duration;

/// One direction of an emulated network.
#[derive(Debug)]
pub(crate) struct Link {
    random: StdRng,
    loss: f64,
    jitter: Duration,
}

impl Link {
    /// Loses `loss_percent` of all packets and delays each of the others by 0 to `jitter_ms`, by the seed.
    pub(crate) fn new(seed: u64, loss_percent: f32, jitter_ms: u32) -> Self {
        let loss = f64::from(loss_percent.clamp(0.0, 100.0)) / 100.0;
        Self { random: StdRng::seed_from_u64(seed), loss, jitter: Duration::from_millis(u64::from(jitter_ms)) }
    }

    /// What becomes of the next packet: its delay, or `None` when it is lost.
    pub(crate) fn fate(&mut self) -> Option<Duration> {
        let lost = self.random.random_bool(self.loss);
        let share: f64 = self.random.random();
        if lost { None } else { Some(self.jitter.mul_f64(share)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_is_the_same_network() {
        let run = |seed| {
            let mut link = Link::new(seed, 20.0, 30);
            (0..1000).map(|_| link.fate()).collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        let lost = run(1).iter().filter(|fate| fate.is_none()).count();
        assert!((150..250).contains(&lost), "{lost}");
        assert!(run(1).into_iter().flatten().all(|delay| delay <= Duration::from_millis(30)));
    }

    #[test]
    fn a_good_network_does_nothing() {
        let mut link = Link::new(7, 0.0, 0);
        assert!((0..100).all(|_| link.fate() == Some(Duration::ZERO)));
    }
}
