//! The words of one conversation as a machine: what goes in, what comes out. It decides nothing.

use crate::tool::{ToolCall, ToolResult};
use serde::{Deserialize, Serialize};

/// Names one thing to be said, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SayId(pub u64);

/// Names one tool call, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// What the joint tells the dialogue; every step also carries `now` as time since the conversation began.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The conversation begins: greet.
    Opened,
    /// The caller said this; the turn is theirs no longer.
    Heard {
        /// The final transcript, or typed text.
        text: String,
    },
    /// An answer is wanted though nothing was said.
    Prompted,
    /// What somebody else found out for the caller, fit to be said.
    Told {
        /// The words.
        text: String,
    },
    /// Somebody else begins or ends to find something out for the caller: a wait to be covered.
    Working(bool),
    /// A tool answered.
    ToolDone {
        /// Which call.
        call: CallId,
        /// Its answer.
        result: ToolResult,
    },
    /// This much of a saying was heard, and no more will be (finished, interrupted or dropped).
    Said {
        /// Which saying.
        say: SayId,
        /// Bytes of its text that were heard; less than all when interrupted.
        heard_bytes: usize,
        /// Nothing of it was ever played because the caller spoke first, or it was superseded.
        dropped: bool,
    },
    /// Of a saying that was reported as heard, no more than this was.
    Unheard {
        /// Which saying.
        say: SayId,
        /// Bytes of its text that were heard.
        heard_bytes: usize,
        /// The line was dead and nobody knew; otherwise the caller cut in sooner than was thought.
        line_dead: bool,
    },
    /// Nobody speaks, nothing is queued to be said.
    FloorFree,
    /// Somebody speaks.
    FloorTaken,
    /// The transport is gone; say nothing until it is back.
    CallerLeft,
    /// The caller came back to the same conversation.
    CallerBack,
    /// Nothing but time.
    Tick,
}

/// What the dialogue tells the joint.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Say this when the floor is free.
    Say(Say),
    /// Ask the world.
    Do {
        /// The call's name.
        call: CallId,
        /// What is asked.
        tool: ToolCall,
    },
    /// The answer to this (interruptible) call is no longer wanted.
    Cancel {
        /// Which call.
        call: CallId,
    },
    /// Show this beside the conversation.
    Show(Card),
    /// Speak at this rate from the next saying on: 1.0 is natural, 0.85 slower.
    Pace(f32),
    /// End the call once everything was said.
    HangUp,
    /// Wake me at this time since the conversation began, if nothing happens before.
    Timeout(Option<std::time::Duration>),
}

/// Something to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Say {
    /// Its name.
    pub id: SayId,
    /// Text made for the ear: short sentences; times, prices and names as people say them.
    pub text: String,
    /// Why it is said.
    pub kind: SayKind,
    /// What answer it asks for.
    pub expects: Expects,
}

/// Why something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SayKind {
    /// The answer to what was heard.
    Answer,
    /// Covers a wait; superseded by a result that is ready before it plays.
    Filler,
    /// The result of a task, said at the next free floor.
    Result,
    /// A nudge after silence.
    Nudge,
}

/// What kind of answer is hoped for: the audio side waits accordingly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expects {
    /// Anything.
    #[default]
    Anything,
    /// Yes or no.
    YesNo,
    /// One of several offered.
    Choice,
    /// A name, perhaps spelled.
    Name,
    /// Digits.
    Digits,
}

/// What the page shows beside the words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Card {
    /// Flights that were found, in the order they are spoken of ("the second one").
    Flights {
        /// The offers.
        offers: Vec<crate::trip::FlightOffer>,
    },
    /// Hotels that were found.
    Hotels {
        /// The offers.
        offers: Vec<crate::trip::HotelOffer>,
    },
    /// The order that is being read back for a yes.
    Quote {
        /// What is bought.
        item: crate::trip::Item,
        /// For whom.
        travellers: Vec<crate::trip::Traveller>,
    },
    /// A booking as it stands now.
    Booking {
        /// The booking.
        booking: crate::trip::Booking,
    },
}

/// What the words of an unfinished utterance say about it; pure, may be asked at any time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// No words.
    Nothing,
    /// "Mhm", "yeah", "okay" and the like, and nothing else.
    Backchannel,
    /// It cannot end here ("I want to fly to").
    Unfinished,
    /// It could end here or go on.
    Open,
    /// It answers what was asked, or is a whole request.
    Finished,
}
