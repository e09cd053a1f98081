//! A bad network: delay, jitter that reorders, loss, outages, duplicates. It carries nothing itself.

use crate::sim::chance::Chance;
use std::time::Duration;

/// How bad one seed's network is.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    delay_ms: u64,
    jitter_ms: u64,
    loss_percent: u64,
    twice_percent: u64,
    outage_permille: u64,
    /// Packets of the outage under way that are still to be lost.
    out: u64,
}

impl Network {
    /// A network for this seed: most are fair, some are poor.
    pub(crate) fn draw(chance: &mut Chance) -> Self {
        let poor = chance.percent(40);
        Self {
            delay_ms: chance.range(0, 80),
            jitter_ms: if poor { chance.range(0, 40) } else { 0 },
            loss_percent: if poor { chance.range(0, 10) } else { 0 },
            twice_percent: if poor { chance.range(0, 2) } else { 0 },
            outage_permille: if poor { chance.range(0, 3) } else { 0 },
            out: 0,
        }
    }

    /// When copies of a packet sent now arrive; none when it is lost.
    pub(crate) fn carry(&mut self, chance: &mut Chance) -> Vec<Duration> {
        if chance.range(1, 1000) <= self.outage_permille {
            self.out = chance.range(5, 40);
        }
        if self.out > 0 {
            self.out -= 1;
            return Vec::new();
        }
        if chance.percent(self.loss_percent) {
            return Vec::new();
        }
        let copies = if chance.percent(self.twice_percent) { 2 } else { 1 };
        (0..copies).map(|_| Duration::from_millis(self.delay_ms + chance.range(0, self.jitter_ms))).collect()
    }
}
