//! Whether words speak of the way there or the way back. It reads no dates and no times itself.

use crate::concierge::meaning::{Asked, Context};
use crate::concierge::understand::line::Line;
use std::ops::Range;

/// Which way is spoken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The way there.
    There,
    /// The way back.
    Back,
    /// Nothing said which.
    Unsaid,
}

/// The way that the words from `since` up to an expression, or right after it, speak of.
pub(crate) fn way(line: &Line<'_>, since: usize, range: &Range<usize>) -> Way {
    if line.word(range.end) == "return"
        && range.end + 1 == line.len()
        && !line.has("round|roundtrip|return trip|ticket")
    {
        return Way::Back;
    }
    (since..range.start).rev().map(|i| word_way(line, i)).find(|w| *w != Way::Unsaid).unwrap_or(Way::Unsaid)
}

fn word_way(line: &Line<'_>, i: usize) -> Way {
    match line.word(i) {
        "back" | "returning" | "returns" | "until" | "till" | "checkout" | "checking"
            if line.word(i) != "checking" || line.word(i + 1) == "out" =>
        {
            Way::Back
        }
        "return" if !line.is(i + 1, &["ticket", "flight", "trip", "tickets", "flights"]) || line.is(i + 2, &["on"]) => {
            Way::Back
        }
        "check" if line.word(i + 1) == "out" => Way::Back,
        "home" if line.is(i.wrapping_sub(1), &["come", "coming", "fly", "flying", "go", "get", "heading", "be"]) => {
            Way::Back
        }
        "leave" | "leaving" | "depart" | "departing" | "departure" | "outbound" | "going" | "checkin" => Way::There,
        "check" if line.word(i + 1) == "in" => Way::There,
        _ => Way::Unsaid,
    }
}

/// What an expression without words for its way belongs to, by what was asked.
pub(crate) fn asked_way(context: &Context) -> Way {
    if context.asked == Asked::Return { Way::Back } else { Way::There }
}
