//! What words and questions say about a turn: the small words that the call and its parts share. It never decides.

/// What the words of an utterance say about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// No words: noise, a cough, a breath.
    Nothing,
    /// "Mhm", "yeah", "okay" while we speak: listening, not taking the floor.
    Backchannel,
    /// The words cannot end here ("I want to fly to").
    Unfinished,
    /// The words could end here, or could go on.
    Open,
    /// The words answer what was asked, or make a whole request.
    Finished,
}

/// What kind of answer is expected, so how long a pause inside it may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expect {
    /// Anything.
    #[default]
    Anything,
    /// A yes or a no: short.
    YesNo,
    /// One of a few choices: short.
    Choice,
    /// A name, perhaps spelled: pauses are long.
    Name,
    /// Digits read aloud: pauses are long.
    Digits,
}

/// Why a transcription is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hearing {
    /// For captions while the caller speaks: first to be shed.
    Partial,
    /// The caller may have finished: the final decode, begun early.
    Speculative,
    /// The caller has finished and no speculative decode covers the whole sound.
    Final,
}
