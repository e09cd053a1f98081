//! What is said where nothing is to be done: greetings, help, and asking again. It changes nothing.

use crate::concierge::meaning::{Act, Asked};
use crate::event::Expects;

/// The answer to an act that asks for nothing, after this question of ours.
pub(crate) fn text(act: Act, asked: Asked) -> &'static str {
    match act {
        Act::Greet => "Hello! Where would you like to go?",
        Act::Thank => "You're welcome. Is there anything else?",
        Act::Help => {
            "I find and book flights and hotels. Say, for example: a flight from Boston to Denver next Friday morning. \
             I also know usual weather, local times, airports and baggage rules."
        }
        Act::WhoAreYou => "I'm Voxfare, a travel assistant. I'm a program, not a person.",
        Act::Person => {
            "I'm sorry, no people are connected to this installation. I can go on helping you myself, if you like."
        }
        Act::OutOfScope => {
            "I can only help with travel: flights, hotels and what goes with them. Where would you like to go?"
        }
        _ => again(asked),
    }
}

/// The kind of answer that this question of ours hopes for.
pub(crate) fn expects(asked: Asked) -> Expects {
    match asked {
        Asked::Name => Expects::Name,
        Asked::Confirm | Asked::ConfirmCancel | Asked::YesNo => Expects::YesNo,
        Asked::Choice | Asked::PlaceDoubt => Expects::Choice,
        Asked::Reference => Expects::Digits,
        _ => Expects::Anything,
    }
}

/// The question once more, when its answer was not understood.
fn again(asked: Asked) -> &'static str {
    match asked {
        Asked::Name => "Sorry, I didn't get the name. Please say the first and the last name, or spell them.",
        Asked::Confirm => "Sorry, shall I book it, yes or no?",
        Asked::ConfirmCancel => "Sorry, shall I cancel it, yes or no?",
        Asked::Choice => "Sorry, which one would you like: the first, the second or the third?",
        Asked::Depart => "Sorry, which day would you like to fly?",
        Asked::Origin => "Sorry, where would you like to fly from?",
        _ => "Sorry, I didn't get that. Where would you like to go, and when?",
    }
}
