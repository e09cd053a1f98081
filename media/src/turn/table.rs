//! Whose turn it is, as one table: every state meets every event. It knows no numbers and no time.

/// Who is speaking, and what is still open about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The caller is silent and no utterance is open.
    Quiet,
    /// A voice may be beginning; not yet believed.
    Onset,
    /// The caller speaks and has the floor.
    Speaking,
    /// The caller fell silent; speculation has begun, the commit is awaited.
    Trailing,
    /// The caller speaks over us; our speech is paused.
    HeldSpeaking,
    /// The caller spoke over us and fell silent; our speech is paused until words are judged.
    HeldTrailing,
    /// The caller spoke over us, nobody could say what in time; our speech goes on, a late judgement may still stop it.
    Doubtful,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A chunk of voice, too little to believe yet.
    Voice,
    /// Enough voice to believe, and we are not audible.
    VoiceEnough,
    /// Enough voice to believe, while we are audible.
    VoiceOver,
    /// Enough voice to believe, and so much of it in this utterance that it takes the floor.
    VoiceLong,
    /// A chunk of silence.
    Hush,
    /// So much silence that the utterance may be over.
    HushEnough,
    /// The words were judged: none.
    WordsNone,
    /// The words were judged: listening noises.
    WordsBackchannel,
    /// The words were judged: meant for us.
    WordsMeant,
    /// The wait after the last speech is over.
    Due,
    /// The wait is over and there were no words, or only a blip.
    DueForNothing,
    /// The utterance reached its longest.
    Full,
    /// What we were saying is gone: cut by the joint.
    OursGone,
    /// The utterance is to be forgotten: the joint says so.
    Forget,
}

/// What follows, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Open an utterance at the onset.
    Open,
    /// Pause our speech.
    Pause,
    /// The caller fell silent: say so, and begin to speculate on the sound so far.
    Speculate,
    /// The caller went on: older speculation is void.
    Resume,
    /// Cut our speech: the caller has the floor.
    Interrupt,
    /// Our speech goes on.
    PlayOn,
    /// Commit the utterance.
    End,
    /// Commit the utterance, whose last sound nobody has transcribed.
    EndUnheard,
    /// Drop the utterance: no turn was taken.
    Discard,
}

/// The whole of turn-taking.
pub(crate) const fn step(state: State, event: Event) -> (State, &'static [Act]) {
    match state {
        State::Quiet => quiet(event),
        State::Onset => onset(event),
        State::Speaking => speaking(event),
        State::Trailing => trailing(event),
        State::HeldSpeaking => held_speaking(event),
        State::HeldTrailing => held_trailing(event),
        State::Doubtful => doubtful(event),
    }
}

const fn quiet(event: Event) -> (State, &'static [Act]) {
    match event {
        Event::Voice => (State::Onset, &[]),
        Event::VoiceEnough | Event::VoiceLong => (State::Speaking, &[Act::Open]),
        Event::VoiceOver => (State::HeldSpeaking, &[Act::Open, Act::Pause]),
        Event::Hush
        | Event::HushEnough
        | Event::WordsNone
        | Event::WordsBackchannel
        | Event::WordsMeant
        | Event::Due
        | Event::DueForNothing
        | Event::Full
        | Event::OursGone
        | Event::Forget => (State::Quiet, &[]),
    }
}

const fn onset(event: Event) -> (State, &'static [Act]) {
    match event {
        Event::VoiceEnough | Event::VoiceLong => (State::Speaking, &[Act::Open]),
        Event::VoiceOver => (State::HeldSpeaking, &[Act::Open, Act::Pause]),
        Event::Hush | Event::HushEnough | Event::Forget => (State::Quiet, &[]),
        Event::Voice
        | Event::WordsNone
        | Event::WordsBackchannel
        | Event::WordsMeant
        | Event::Due
        | Event::DueForNothing
        | Event::Full
        | Event::OursGone => (State::Onset, &[]),
    }
}

const fn speaking(event: Event) -> (State, &'static [Act]) {
    match event {
        Event::HushEnough => (State::Trailing, &[Act::Speculate]),
        Event::Full => (State::Quiet, &[Act::EndUnheard]),
        Event::Forget => (State::Quiet, &[Act::Discard]),
        Event::Voice
        | Event::VoiceEnough
        | Event::VoiceOver
        | Event::VoiceLong
        | Event::Hush
        | Event::WordsNone
        | Event::WordsBackchannel
        | Event::WordsMeant
        | Event::Due
        | Event::DueForNothing
        | Event::OursGone => (State::Speaking, &[]),
    }
}

const fn trailing(event: Event) -> (State, &'static [Act]) {
    match event {
        Event::VoiceEnough | Event::VoiceOver | Event::VoiceLong => (State::Speaking, &[Act::Resume]),
        Event::Due | Event::Full => (State::Quiet, &[Act::End]),
        Event::DueForNothing | Event::Forget => (State::Quiet, &[Act::Discard]),
        Event::Voice
        | Event::Hush
        | Event::HushEnough
        | Event::WordsNone
        | Event::WordsBackchannel
        | Event::WordsMeant
        | Event::OursGone => (State::Trailing, &[]),
    }
}

const fn held_speaking(event: Event) -> (State, &'static [Act]) {
    match event {
        Event::VoiceLong | Event::WordsMeant => (State::Speaking, &[Act::Interrupt]),
        Event::HushEnough => (State::HeldTrailing, &[Act::Speculate]),
        Event::Full => (State::Quiet, &[Act::Interrupt, Act::EndUnheard]),
        Event::Forget => (State::Quiet, &[Act::Discard, Act::PlayOn]),
        Event::OursGone => (State::Speaking, &[]),
        Event::Voice
        | Event::VoiceEnough
        | Event::VoiceOver
        | Event::Hush
        | Event::WordsNone
        | Event::WordsBackchannel
        | Event::Due
        | Event::DueForNothing => (State::HeldSpeaking, &[]),
    }
}

const fn held_trailing(event: Event) -> (State, &'static [Act]) {
    match event {
        Event::VoiceEnough | Event::VoiceOver => (State::HeldSpeaking, &[Act::Resume]),
        Event::VoiceLong => (State::Speaking, &[Act::Resume, Act::Interrupt]),
        Event::WordsMeant => (State::Trailing, &[Act::Interrupt]),
        Event::WordsNone | Event::WordsBackchannel | Event::DueForNothing | Event::Forget => {
            (State::Quiet, &[Act::Discard, Act::PlayOn])
        }
        Event::Due => (State::Doubtful, &[Act::PlayOn]),
        Event::Full => (State::Quiet, &[Act::Interrupt, Act::End]),
        Event::OursGone => (State::Trailing, &[]),
        Event::Voice | Event::Hush | Event::HushEnough => (State::HeldTrailing, &[]),
    }
}

const fn doubtful(event: Event) -> (State, &'static [Act]) {
    match event {
        Event::VoiceEnough => (State::Speaking, &[Act::Resume]),
        Event::VoiceOver => (State::HeldSpeaking, &[Act::Resume, Act::Pause]),
        Event::VoiceLong => (State::Speaking, &[Act::Resume, Act::Interrupt]),
        Event::WordsMeant => (State::Trailing, &[Act::Interrupt]),
        Event::WordsNone | Event::WordsBackchannel | Event::Due | Event::DueForNothing => {
            (State::Quiet, &[Act::Discard])
        }
        Event::Full | Event::Forget => (State::Quiet, &[Act::Discard]),
        Event::OursGone => (State::Trailing, &[]),
        Event::Voice | Event::Hush | Event::HushEnough => (State::Doubtful, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [State; 7] = [
        State::Quiet,
        State::Onset,
        State::Speaking,
        State::Trailing,
        State::HeldSpeaking,
        State::HeldTrailing,
        State::Doubtful,
    ];
    const EVENTS: [(Event, &str); 14] = [
        (Event::Voice, "voice"),
        (Event::VoiceEnough, "enough"),
        (Event::VoiceOver, "over"),
        (Event::VoiceLong, "long"),
        (Event::Hush, "hush"),
        (Event::HushEnough, "hushed"),
        (Event::WordsNone, "no words"),
        (Event::WordsBackchannel, "mhm"),
        (Event::WordsMeant, "words"),
        (Event::Due, "due"),
        (Event::DueForNothing, "due:none"),
        (Event::Full, "full"),
        (Event::OursGone, "ours gone"),
        (Event::Forget, "forget"),
    ];

    /// One line an event; one column a state: where it goes and what it does. `.` is "stays, does nothing".
    const TABLE: &str = "\
event     | Quiet                 | Onset                 | Speaking   | Trailing  | HeldSpeaking         | HeldTrailing              | Doubtful
voice     | Onset                 | .                     | .          | .         | .                    | .                         | .
enough    | Speaking+Open         | Speaking+Open         | .          | Speaking+Resume | .              | HeldSpeaking+Resume       | Speaking+Resume
over      | HeldSpeaking+Open+Pause | HeldSpeaking+Open+Pause | .      | Speaking+Resume | .              | HeldSpeaking+Resume       | HeldSpeaking+Resume+Pause
long      | Speaking+Open         | Speaking+Open         | .          | Speaking+Resume | Speaking+Interrupt | Speaking+Resume+Interrupt | Speaking+Resume+Interrupt
hush      | .                     | Quiet                 | .          | .         | .                    | .                         | .
hushed    | .                     | Quiet                 | Trailing+Speculate | . | HeldTrailing+Speculate | .                       | .
no words  | .                     | .                     | .          | .         | .                    | Quiet+Discard+PlayOn      | Quiet+Discard
mhm       | .                     | .                     | .          | .         | .                    | Quiet+Discard+PlayOn      | Quiet+Discard
words     | .                     | .                     | .          | .         | Speaking+Interrupt   | Trailing+Interrupt        | Trailing+Interrupt
due       | .                     | .                     | .          | Quiet+End | .                    | Doubtful+PlayOn           | Quiet+Discard
due:none  | .                     | .                     | .          | Quiet+Discard | .                | Quiet+Discard+PlayOn      | Quiet+Discard
full      | .                     | .                     | Quiet+EndUnheard | Quiet+End | Quiet+Interrupt+EndUnheard | Quiet+Interrupt+End | Quiet+Discard
ours gone | .                     | .                     | .          | .         | Speaking             | Trailing                  | Trailing
forget    | .                     | Quiet                 | Quiet+Discard | Quiet+Discard | Quiet+Discard+PlayOn | Quiet+Discard+PlayOn | Quiet+Discard";

    #[test]
    fn the_table_is_as_written() {
        let mut lines = vec![format!("event|{}", STATES.map(|s| format!("{s:?}")).join("|"))];
        for (event, name) in EVENTS {
            let cells = STATES.map(|state| {
                let (to, acts) = step(state, event);
                if to == state && acts.is_empty() {
                    return ".".to_owned();
                }
                acts.iter().fold(format!("{to:?}"), |cell, act| format!("{cell}+{act:?}"))
            });
            lines.push(format!("{name}|{}", cells.join("|")));
        }
        let written: Vec<String> =
            TABLE.lines().map(|line| line.split('|').map(str::trim).collect::<Vec<_>>().join("|")).collect();
        assert_eq!(lines, written);
    }

    #[test]
    fn every_utterance_that_opens_closes_exactly_once() {
        let open = |state| !matches!(state, State::Quiet | State::Onset);
        for state in STATES {
            for (event, name) in EVENTS {
                let (to, acts) = step(state, event);
                let opens = acts.iter().filter(|a| **a == Act::Open).count();
                let closes = acts.iter().filter(|a| matches!(a, Act::End | Act::EndUnheard | Act::Discard)).count();
                assert_eq!(open(to), (usize::from(open(state)) + opens - closes) == 1, "{state:?} {name}");
            }
        }
    }

    #[test]
    fn our_speech_is_paused_exactly_in_the_held_states() {
        let held = |state| matches!(state, State::HeldSpeaking | State::HeldTrailing);
        for state in STATES {
            for (event, name) in EVENTS {
                let (to, acts) = step(state, event);
                let frees = acts.iter().any(|a| matches!(a, Act::Interrupt | Act::PlayOn));
                let pauses = acts.contains(&Act::Pause);
                assert_eq!(pauses, !held(state) && held(to), "{state:?} {name}");
                if held(state) && !held(to) && event != Event::OursGone {
                    assert!(frees, "{state:?} {name}");
                }
            }
        }
    }
}
