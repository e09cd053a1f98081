//! Which place is where from and which is where to. It asks when a place is not sure and never picks between rivals in silence.

use crate::concierge::meaning::{Asked, Context, Doubt, PlaceMention};
use crate::concierge::understand::atlas::city_code;
use crate::concierge::understand::line::Line;
use crate::concierge::understand::whereabouts::{Marker, Mention, SURE, mentions};
use crate::trip::Place;

/// The places of a line in their roles.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Route {
    /// Where from.
    pub(crate) origin: Option<PlaceMention>,
    /// Where to.
    pub(crate) destination: Option<PlaceMention>,
    /// Places to ask about.
    pub(crate) doubts: Vec<Doubt>,
    /// A place took back another.
    pub(crate) correction: bool,
    /// The way back was spoken of ("and back to Boston").
    pub(crate) back: bool,
}

/// Which end of the journey a place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Origin,
    Destination,
}

/// Reads the places of a line.
pub(crate) fn route(line: &mut Line<'_>, context: &Context) -> Route {
    let mut found = mentions(line, context);
    let mut route = Route::default();
    let denied: Vec<Place> =
        found.iter().filter(|m| m.marker == Marker::Not).filter_map(|m| m.places.first().copied()).collect();
    route.correction = !denied.is_empty();
    found.retain(|m| !matches!(m.marker, Marker::Not | Marker::Via));
    let mut last: Option<(End, usize)> = None;
    let mut between = false;
    for (n, mention) in found.iter().enumerate() {
        let taken_back = last.is_some_and(|(_, end)| takes_back(line, end, mention.range.start));
        let end = match mention.marker {
            Marker::Back => {
                route.back = true;
                back_end(&route, context, mention)
            }
            _ if taken_back && matches!(mention.marker, Marker::Bare | Marker::In | Marker::And) => {
                last.map(|(end, _)| end)
            }
            Marker::And if !between => None,
            Marker::From | Marker::Between => Some(End::Origin),
            Marker::To | Marker::And => Some(End::Destination),
            Marker::In if found.len() == 1 && context.asked == Asked::Origin => Some(End::Origin),
            Marker::In => Some(End::Destination),
            Marker::Bare | Marker::Via | Marker::Not => Some(bare_end(&found, n, &route, context, &denied)),
        };
        between = mention.marker == Marker::Between;
        let Some(end) = end else { continue };
        let slot_taken = if end == End::Origin { route.origin.is_some() } else { route.destination.is_some() };
        if slot_taken && !taken_back {
            continue;
        }
        route.correction |= taken_back;
        put(&mut route, end, mention);
        last = Some((end, mention.range.end));
    }
    route
}

/// A word between two places takes the first one back.
fn takes_back(line: &Line<'_>, from: usize, to: usize) -> bool {
    const WORDS: [&str; 9] = ["no", "not", "sorry", "mean", "meant", "actually", "rather", "wait", "scratch"];
    (from..to).any(|i| line.is(i, &WORDS)) || (from..to).any(|i| line.at(i, "make that|it").is_some())
}

/// The end of "back to Boston": it is where from when that fits.
fn back_end(route: &Route, context: &Context, mention: &Mention) -> Option<End> {
    let place = *mention.places.first()?;
    let same = |other: Option<Place>| other.is_some_and(|o| city_code(o) == city_code(place));
    if same(route.origin.as_ref().map(|m| m.place))
        || same(context.origin)
        || same(route.destination.as_ref().map(|m| m.place))
        || same(context.destination)
    {
        return None;
    }
    (route.destination.is_none() && context.destination.is_none()).then_some(End::Destination)
}

/// A place without a preposition: by the words around, by what was asked, by what is missing.
fn bare_end(found: &[Mention], n: usize, route: &Route, context: &Context, denied: &[Place]) -> End {
    let same = |a: Place, b: Option<Place>| b.is_some_and(|b| city_code(a) == city_code(b));
    if let Some(place) = denied.first() {
        if same(*place, context.origin) {
            return End::Origin;
        }
        if same(*place, context.destination) {
            return End::Destination;
        }
    }
    let later = found.get(n + 1..).unwrap_or(&[]);
    let has_from = found.iter().any(|m| matches!(m.marker, Marker::From));
    if route.origin.is_some() || has_from {
        return End::Destination;
    }
    if route.destination.is_some() || later.iter().any(|m| matches!(m.marker, Marker::To)) {
        return End::Origin;
    }
    if later.iter().any(|m| matches!(m.marker, Marker::Bare)) {
        return End::Origin;
    }
    match context.asked {
        Asked::Origin => End::Origin,
        Asked::PlaceDoubt if context.destination.is_some() && context.origin.is_none() => End::Origin,
        _ => End::Destination,
    }
}

fn put(route: &mut Route, end: End, mention: &Mention) {
    let origin = end == End::Origin;
    route.doubts.retain(|d| !matches!(d, Doubt::Place { origin: o, .. } if *o == origin));
    if mention.confidence < SURE {
        let candidates = mention.places.iter().take(3).copied().collect();
        route.doubts.push(Doubt::Place { origin, said: mention.said.clone(), candidates });
    }
    let place = mention.places.first().map(|&place| PlaceMention {
        place,
        said: mention.said.clone(),
        confidence: mention.confidence,
        others: mention.places.iter().skip(1).take(3).copied().collect(),
    });
    match end {
        End::Origin => route.origin = place,
        End::Destination => route.destination = place,
    }
}
