//! From heard words to their meaning, given what was asked: no model, no clock, no guess about money or dates.
//!
//! Words are cleaned and cut ([`line`](self)), then each reader takes the words it understands: names and references where they were asked for,
//! then amounts, wishes, party, airlines, days, times and places; the act is read last, from what is left and from what was filled in.
//! "Next Friday" is the Friday of the next calendar week (weeks begin on Monday) and never tomorrow; a bare weekday is the first after today.

use crate::concierge::meaning::{Act, Asked, Context, Doubt, Meaning, Slots};
use crate::dialogue::Completeness;
use line::Line;

mod act;
mod atlas;
mod calendar;
mod choice;
mod clock;
mod complete;
mod dates;
mod day;
mod feast;
mod line;
mod money;
mod number;
mod party;
mod persons;
mod reply;
mod route;
mod sound;
mod spelling;
mod token;
mod way;
mod whereabouts;
mod wishes;
mod words;

/// What a text means; never fails, and reads at most the first 2,000 bytes.
pub fn understand(text: &str, context: &Context) -> Meaning {
    let mut line = Line::new(text);
    if line.len() == 0 {
        return Meaning::default();
    }
    if line.is_whole(&["mhm|mm|hmm", "uh huh"]) {
        return hummed(context);
    }
    let mut meaning = Meaning::default();
    let (courtesy, start) = reply::courtesy(&line);
    line.take(0..start);
    if start == line.len() {
        return Meaning { act: courtesy.unwrap_or_default(), ..meaning };
    }
    if let Some(act) = reply::conversation(&line, !context.choices.is_empty()).filter(|act| lasts(&line, *act, context))
    {
        return Meaning { act, ..meaning };
    }
    meaning.yes = reply::opening(&mut line, context.asked);
    let pointed = fill(&mut line, context, &mut meaning);
    meaning.act = decide(&line, context, &meaning, pointed, courtesy);
    if matches!(meaning.act, Act::AskWeather | Act::AskTime | Act::AskAirport) && meaning.slots.destination.is_none() {
        meaning.slots.destination = meaning.slots.origin.take();
    }
    if meaning.act == Act::OutOfScope {
        return Meaning { act: Act::OutOfScope, ..Meaning::default() };
    }
    meaning.correction |= corrects(&line, &meaning);
    meaning
}

/// How finished a text is: whether a caller who falls silent here may be taken to have spoken; never fails.
pub fn completeness(text: &str, context: &Context) -> Completeness {
    complete::judge(text, context, &understand(text, context))
}

/// The numbers of a text, in digits or in words ("twenty seven"), in order; never fails.
pub(crate) fn numbers(text: &str) -> Vec<f64> {
    let line = Line::new(text);
    let (mut all, mut at) = (Vec::new(), 0);
    while at < line.len() {
        let whole = number::cardinal(&line, at).map(|(number, end)| (number as f64, end));
        let written = || line.word(at).parse::<f64>().ok().filter(|number| number.is_finite()).map(|n| (n, at + 1));
        let (number, end) = whole.or_else(written).unzip();
        all.extend(number);
        at = end.unwrap_or(at + 1);
    }
    all
}

/// Arranges the names of places, which the first understanding would otherwise do; about a tenth of a second.
pub fn warm() {
    atlas::atlas();
}

/// "Mhm" is a yes, but not to spending money or giving up a booking.
fn hummed(context: &Context) -> Meaning {
    let act = match context.asked {
        Asked::YesNo | Asked::PlaceDoubt => Act::Yes,
        Asked::Confirm | Asked::ConfirmCancel => Act::Unclear,
        _ => Act::Nothing,
    };
    Meaning { act, yes: (act == Act::Yes).then_some(true), ..Meaning::default() }
}

/// Words of conversation stand, unless they only open a sentence about travel or answer the question.
fn lasts(line: &Line<'_>, act: Act, context: &Context) -> bool {
    if context.asked == Asked::Name && matches!(act, Act::Goodbye | Act::Help) {
        return line.len() <= 3;
    }
    if matches!(context.asked, Asked::Confirm | Asked::ConfirmCancel) && act == Act::Stop {
        return !line.has("cancel that");
    }
    let long = line.len() > 9 && line.has_any(&["flight|flights|fly|hotel|ticket|trip"]);
    !(long && matches!(act, Act::Wait | Act::Stop | Act::Goodbye | Act::Help | Act::Faster))
}

/// Lets every reader take its words; answers whether an offer was pointed at.
fn fill(line: &mut Line<'_>, context: &Context, meaning: &mut Meaning) -> bool {
    let slots = &mut meaning.slots;
    spelling::reference(line, context, slots);
    persons::fill(line, context, slots);
    one_way(line, slots);
    let pointed = choice::fill(line, context, slots);
    meaning.doubts.extend(money::fill(line, context, slots));
    wishes::fill(line, slots);
    meaning.doubts.extend(dates::fill(line, context, slots));
    party::fill(line, context, slots);
    wishes::airlines(line, slots);
    clock::fill(line, context, slots);
    wishes::order(line, slots);
    let route = route::route(line, context);
    meaning.correction = route.correction;
    slots.origin = route.origin;
    slots.destination = route.destination;
    if route.back && slots.one_way.is_none() {
        slots.one_way = Some(false);
    }
    // Places first: without them nothing can be looked for.
    let mut doubts: Vec<Doubt> = route.doubts;
    doubts.append(&mut meaning.doubts);
    meaning.doubts = doubts;
    pointed
}

fn one_way(line: &mut Line<'_>, slots: &mut Slots) {
    const ONE: [&str; 7] = [
        "one way|ways trip|ticket|flight|only?",
        "oneway ticket?",
        "just going|there",
        "not coming|returning back?",
        "no|without|dont return|need? a? return?",
        "wont|not be? coming|returning back?",
        "single ticket",
    ];
    const BOTH: [&str; 9] = [
        "round trip|trips|tripp",
        "roundtrip",
        "return ticket|flight|trip|tickets",
        "both ways|way|directions",
        "there and back",
        "two way|ways",
        "and? a|with return",
        "coming|come back too|as well",
        "return please",
    ];
    for (patterns, value) in [(ONE.as_slice(), true), (BOTH.as_slice(), false)] {
        let Some(range) = patterns.iter().find_map(|p| {
            line.find(p).filter(|r| !(r.len() == 1 && line.is(r.start, &["no", "without", "dont", "a", "and"])))
        }) else {
            continue;
        };
        slots.one_way = Some(value);
        // The word "return" itself stays, to tell which way a day or a time is for.
        if value || !line.is(range.start, &["return"]) {
            line.take(range);
        }
        return;
    }
    if line.is_whole(&["a? return please?"]) {
        slots.one_way = Some(false);
    }
}

fn decide(line: &Line<'_>, context: &Context, meaning: &Meaning, pointed: bool, courtesy: Option<Act>) -> Act {
    let slots = &meaning.slots;
    let answer = |yes: bool| if yes { Act::Yes } else { Act::No };
    if let Some(yes) = meaning.yes {
        let more = act::filled(slots) || !meaning.doubts.is_empty() || pointed;
        if !more && (line.unread() == 0 || reply::asks_yes_no(context.asked) && confirms(line, context)) {
            return answer(yes);
        }
    }
    if let Some(act) = confirmed(line, context, meaning) {
        return act;
    }
    if (!slots.names.is_empty() && context.asked == Asked::Name)
        || (slots.reference.is_some() && context.asked == Asked::Reference)
    {
        return Act::Inform;
    }
    if let Some(act) = act::travel(line, context, slots, pointed) {
        let asks_else = act == Act::Inform && act::asks(line) && !act::answers(context.asked, slots);
        return if asks_else { Act::OutOfScope } else { act };
    }
    if !slots.names.is_empty() || !meaning.doubts.is_empty() {
        return Act::Inform;
    }
    match (meaning.yes, courtesy) {
        // What else was said was not understood, and may be what is wanted instead.
        (Some(false), _) if !reply::asks_yes_no(context.asked) && says_more(line) => Act::Unclear,
        (Some(yes), _) => answer(yes),
        (None, _) if act::elsewhere(line) => Act::OutOfScope,
        (None, Some(act)) => act,
        (None, None) if line.unread() == 0 && line.len() <= 2 && line.has("okay|ok|well|so") => Act::Nothing,
        (None, None) => Act::Unclear,
    }
}

/// Something is unread that does not just soften what was said.
fn says_more(line: &Line<'_>) -> bool {
    const SOFT: &[&str] = &[
        "i", "do", "dont", "not", "think", "so", "please", "today", "now", "yet", "really", "thanks", "sorry", "at",
        "all", "for", "the", "moment", "just", "it", "that", "thats", "is", "it's", "okay", "ok", "well", "actually",
        "right", "then", "want", "of", "these", "those", "them", "work", "works", "fit", "me", "us", "like", "good",
        "need", "to", "will", "be", "am", "im", "a", "anymore", "any", "more",
    ];
    (0..line.len()).any(|i| line.free(i) && !line.is(i, SOFT))
}

/// What follows a yes or no only says it again ("yes book it", "no keep it").
fn confirms(line: &Line<'_>, context: &Context) -> bool {
    match context.asked {
        Asked::Confirm => {
            line.has_any(&["book|reserve|confirm|buy it|that|this|them|now|the?", "go ahead", "do it", "proceed"])
                || line.unread() <= 1
        }
        Asked::ConfirmCancel => {
            line.has_any(&["cancel|keep|leave|delete it|that|this|them|the|my?"]) || line.unread() <= 1
        }
        _ => line.unread() <= 1,
    }
}

/// "Book it" and "keep it" answer the question of their own.
fn confirmed(line: &Line<'_>, context: &Context, meaning: &Meaning) -> Option<Act> {
    if act::filled(&meaning.slots) {
        return None;
    }
    match context.asked {
        Asked::Confirm if line.has_any(&["dont|not book", "cancel"]) => Some(Act::No),
        Asked::Confirm
            if meaning.yes != Some(false)
                && line.has_any(&[
                    "book|reserve|confirm|buy|purchase it|that|this|them|now|please?",
                    "go ahead",
                    "proceed",
                ])
                && line.len() <= 8 =>
        {
            Some(Act::Yes)
        }
        Asked::ConfirmCancel if line.has_any(&["keep|leave it|that|them|the|my", "dont|not cancel"]) => Some(Act::No),
        Asked::ConfirmCancel
            if meaning.yes != Some(false) && line.has_any(&["cancel it|that|them|the|my?", "go ahead", "proceed"]) =>
        {
            Some(Act::Yes)
        }
        _ => None,
    }
}

/// It takes back what was said or read back.
fn corrects(line: &Line<'_>, meaning: &Meaning) -> bool {
    let filled = act::filled(&meaning.slots) || !meaning.doubts.is_empty();
    filled
        && (meaning.yes == Some(false)
            || line.has_any(&[
                "i said|meant|mean",
                "sorry",
                "not that",
                "that is not|wrong",
                "scratch that",
                "wait no",
            ])
            || (1..line.len()).any(|i| line.word(i) == "no" && line.gap(i) >= token::Gap::Comma))
}

#[cfg(test)]
mod tests;
