//! Watches how busy the runtime's threads are, and has the sessions told what encoding may cost. It decides nothing.

use crate::session::measure;
use crate::session::registry::Registry;
use media::codec::opus::Effort;
use media::effort::Efforts;
use std::time::Duration;
use tokio::runtime::{Handle, RuntimeMetrics};
use tokio::time::MissedTickBehavior;

/// How often it is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// Watches for as long as it is polled.
pub async fn watch(registry: Registry) {
    let runtime = Handle::current().metrics();
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut efforts, mut last) = (Efforts::default(), (ticks.tick().await, busy(&runtime)));
    loop {
        let (now, used) = (ticks.tick().await, busy(&runtime));
        let whole = now.duration_since(last.0) * u32::try_from(runtime.num_workers()).unwrap_or(1);
        let part = used.saturating_sub(last.1).as_secs_f64() / whole.as_secs_f64();
        last = (now, used);
        let effort = efforts.busy(now.into_std(), part);
        measure::load(part, effort == Effort::Spare);
        if registry.spend(effort) {
            tracing::info!(busy = part, effort = ?effort, "what encoding may cost is another");
        }
    }
}

/// What the runtime's threads have worked so far, together.
fn busy(runtime: &RuntimeMetrics) -> Duration {
    (0..runtime.num_workers()).map(|worker| runtime.worker_total_busy_duration(worker)).sum()
}
