//! Whether an unfinished utterance could end where it is. It looks at words only; silence is the business of the audio side.

use crate::concierge::meaning::{Act, Asked, Context, Meaning};
use crate::concierge::understand::act::answers;
use crate::concierge::understand::line::Line;
use crate::concierge::understand::reply::asks_yes_no;
use crate::concierge::understand::spelling::trailing_letters;
use crate::dialogue::Completeness;

/// Judges a text by its last words, by what was asked, and by what it means.
pub(crate) fn judge(text: &str, context: &Context, meaning: &Meaning) -> Completeness {
    let line = Line::new(text);
    if line.len() == 0 {
        return if text.chars().any(char::is_alphanumeric) { Completeness::Unfinished } else { Completeness::Nothing };
    }
    if line.is_whole(&BACKCHANNEL) {
        let answered = asks_yes_no(context.asked) && !line.is_whole(&["mhm|mm|hmm", "uh huh"]);
        return if answered { Completeness::Finished } else { Completeness::Backchannel };
    }
    if hanging(&line, text, context) {
        return Completeness::Unfinished;
    }
    // "No, thank you" and "yes, but on Saturday" begin so.
    if line.is_whole(&["no|nope|nah|yes"]) {
        return Completeness::Open;
    }
    whole(&line, context, meaning)
}

const BACKCHANNEL: [&str; 8] = [
    "mhm|mm|hmm|yeah|yep|yup|okay|ok|right|sure|aha|alright|cool|nice|great|good|fine|really|wow|huh mhm|mm|yeah|okay|ok|right|sure?",
    "uh? huh",
    "i see",
    "got it",
    "all right",
    "makes sense",
    "go on",
    "of course",
];

/// It cannot end here.
fn hanging(line: &Line<'_>, text: &str, context: &Context) -> bool {
    let last = line.len() - 1;
    let trailing_filler = trailing_word(text).is_some_and(|w| FILLERS.contains(&w.as_str()));
    let cut = text.trim_end().ends_with("...")
        || text.trim_end().ends_with('…')
        || text.trim_end().ends_with('-')
        || text.trim_end().ends_with(',');
    if trailing_filler
        || cut && line.len() > 1
        || line.is(last, &DANGLING) && !line.is_whole(&["no|then|so|like"]) && !ends_well(line, last)
    {
        return true;
    }
    let clauses = [
        "i|we would|will|want|need|am|are like?",
        "can|could|do|is|are|will|would|should you|i|we|it|there",
        "find|show|give|get|book|tell me|us",
        "i would like",
        "looking for",
        "what|how about",
        "let me",
        "how much|long|many|far",
        "as in",
        "double",
    ];
    if line.ends_before(line.len(), &clauses).is_some_and(|start| start == 0 || line.len() - start >= 2)
        && !ends_well(line, last)
    {
        return true;
    }
    match context.asked {
        Asked::Name => {
            trailing_letters(line) == 1 && line.len() > 1
                || line.is_whole(&["first|last|family? name is?", "_ as|like in?"])
        }
        Asked::Reference => (1..4).contains(&trailing_letters(line)),
        _ => false,
    }
}

fn trailing_word(text: &str) -> Option<String> {
    text.split(|c: char| !c.is_alphanumeric()).rfind(|w| !w.is_empty()).map(str::to_lowercase)
}

/// Words that often dangle and here end something whole.
fn ends_well(line: &Line<'_>, last: usize) -> bool {
    line.ends_before(
        last + 1,
        &[
            "no|none? i am|do|will|would|can",
            "yes i am|do|will|would|can",
            "book|take|want|like|cancel|change|confirm this",
            "this|that one",
            "which? one are|is|do you",
            "who|what are you",
            "good to go",
            "where to",
            "come on",
            "move|go|carry on",
            "take this",
            "how are you",
            "turn around",
            "that is about it",
            "what is on",
            "no|i do? not? want to",
            "whats up",
            "which|who|what|where is it|this",
            "one for me",
            "that is it",
            "read it to me",
            "yes|sure|okay|so? we|i can",
        ],
    )
    .is_some()
        && !line.is(last, &["to", "from", "the", "a"])
}

const FILLERS: [&str; 14] =
    ["um", "uh", "umm", "uhh", "uhm", "er", "erm", "ah", "hmm", "hm", "like", "so", "well", "maybe"];

const DANGLING: [&str; 80] = [
    "to",
    "from",
    "and",
    "the",
    "a",
    "an",
    "on",
    "in",
    "at",
    "for",
    "with",
    "or",
    "but",
    "of",
    "by",
    "between",
    "about",
    "my",
    "is",
    "are",
    "am",
    "want",
    "need",
    "would",
    "like",
    "because",
    "so",
    "if",
    "than",
    "around",
    "under",
    "before",
    "after",
    "next",
    "leaving",
    "returning",
    "departing",
    "flying",
    "going",
    "i",
    "we",
    "that",
    "into",
    "via",
    "through",
    "until",
    "till",
    "our",
    "your",
    "find",
    "be",
    "some",
    "any",
    "no",
    "not",
    "as",
    "it",
    "also",
    "then",
    "new",
    "san",
    "los",
    "las",
    "saint",
    "st",
    "el",
    "fort",
    "port",
    "salt",
    "early",
    "late",
    "mid",
    "during",
    "less",
    "more",
    "half",
    "quarter",
    "mr",
    "mrs",
    "without",
];

/// A whole request, a direct answer, or something that may go on.
fn whole(line: &Line<'_>, context: &Context, meaning: &Meaning) -> Completeness {
    let slots = &meaning.slots;
    match meaning.act {
        Act::Nothing | Act::Unclear => {
            return if line.len() >= 6 { Completeness::Finished } else { Completeness::Open };
        }
        Act::Search => {
            let leg = slots.destination.is_some() && (slots.origin.is_some() || context.origin.is_some());
            return if leg && slots.depart.is_some() { Completeness::Finished } else { Completeness::Open };
        }
        Act::SearchHotels => {
            return if slots.destination.is_some() && slots.depart.is_some() {
                Completeness::Finished
            } else {
                Completeness::Open
            };
        }
        Act::Inform if context.asked == Asked::Name => return name(line, meaning),
        Act::Inform if answers(context.asked, slots) => return Completeness::Finished,
        Act::Inform if meaning.doubts.is_empty() && !planned(context) => return Completeness::Open,
        Act::Greet if line.len() <= 2 => return Completeness::Open,
        _ => {}
    }
    Completeness::Finished
}

/// The trip is known whole: whatever is added changes it, and can be acted upon.
fn planned(context: &Context) -> bool {
    context.origin.is_some() && context.destination.is_some() && context.depart.is_some()
}

/// A name is whole when both halves are there and no spelling is under way.
fn name(line: &Line<'_>, meaning: &Meaning) -> Completeness {
    let full = meaning.slots.names.iter().all(|n| !n.given.is_empty() && !n.family.is_empty());
    if full && trailing_letters(line) == 0 { Completeness::Finished } else { Completeness::Open }
}
