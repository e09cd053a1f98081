//! The session's words in the shapes of its neighbours. It keeps nothing.

use agent::dialogue::{Completeness, Expects};
use media::call::{Expect, Judgement};

/// What the dialogue says of unfinished words, in the call's terms.
pub(crate) fn judgement(completeness: Completeness) -> Judgement {
    match completeness {
        Completeness::Nothing => Judgement::Nothing,
        Completeness::Backchannel => Judgement::Backchannel,
        Completeness::Unfinished => Judgement::Unfinished,
        Completeness::Open => Judgement::Open,
        Completeness::Finished => Judgement::Finished,
    }
}

/// What the dialogue hopes for, in the call's terms.
pub(crate) fn expect(expects: Expects) -> Expect {
    match expects {
        Expects::Anything => Expect::Anything,
        Expects::YesNo => Expect::YesNo,
        Expects::Choice => Expect::Choice,
        Expects::Name => Expect::Name,
        Expects::Digits => Expect::Digits,
    }
}
