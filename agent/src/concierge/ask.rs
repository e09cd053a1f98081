//! What the concierge understood of one text, as plain data for tools and tests. It answers nothing.

use crate::concierge::meaning::{Context, Meaning};
use crate::concierge::understand::understand;
use serde::Serialize;

/// One text, understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Understood {
    /// What the caller does with it.
    pub intent: String,
    /// What it fills in, as `name: value`, empty ones left out.
    pub slots: Vec<String>,
    /// What would be asked again.
    pub doubts: Vec<String>,
    /// It takes back something said before.
    pub correction: bool,
}

/// Understands a text.
pub fn understood(text: &str, context: &Context) -> Understood {
    let Meaning { act, slots, correction, doubts, .. } = understand(text, context);
    let all = [
        slots.origin.as_ref().map(|m| format!("origin: {:?}", m.place)),
        slots.destination.as_ref().map(|m| format!("destination: {:?}", m.place)),
        slots.depart.map(|span| format!("depart: {}..{}", span.from, span.to)),
        slots.back.map(|span| format!("back: {}..{}", span.from, span.to)),
        slots.nights.map(|n| format!("nights: {n}")),
        slots.one_way.map(|one| format!("one_way: {one}")),
        slots.time.map(|w| format!("time: {}..{}{}", w.from, w.to, if w.arrival { " (arrival)" } else { "" })),
        slots.back_time.map(|w| format!("back_time: {}..{}", w.from, w.to)),
        slots.party.map(|p| format!("party: {} adults, {} children, {} infants", p.adults, p.children, p.infants)),
        slots.cabin.map(|c| format!("cabin: {c:?}")),
        slots.max_total.map(|m| format!("max_total: {} {}", m.minor, m.currency)),
        slots.max_stops.map(|n| format!("max_stops: {n}")),
        (!slots.airlines.is_empty()).then(|| format!("airlines: {}", slots.airlines.join(", "))),
        slots.sort.map(|s| format!("sort: {s:?}")),
        slots.choice.map(|n| format!("choice: {n}")),
        (!slots.names.is_empty()).then(|| {
            let names: Vec<String> = slots.names.iter().map(|n| format!("{} {}", n.given, n.family)).collect();
            format!("names: {}", names.join(", "))
        }),
        slots.reference.as_ref().map(|r| format!("reference: {r}")),
        slots.min_stars.map(|n| format!("min_stars: {n}")),
    ];
    Understood {
        intent: format!("{act:?}"),
        slots: all.into_iter().flatten().collect(),
        doubts: doubts.iter().map(|doubt| format!("{doubt:?}")).collect(),
        correction,
    }
}
