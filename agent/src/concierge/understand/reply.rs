//! Yes, no, and the words of the conversation itself: greetings, thanks, pauses, wishes about the voice. It reads no travel.

use crate::concierge::meaning::{Act, Asked};
use crate::concierge::understand::line::Line;

/// A yes-or-no question is open.
pub(crate) fn asks_yes_no(asked: Asked) -> bool {
    matches!(asked, Asked::Confirm | Asked::ConfirmCancel | Asked::YesNo | Asked::PlaceDoubt)
}

/// Takes a yes or a no that opens the line, and answers which. Soft words ("okay") count only as answers.
pub(crate) fn opening(line: &mut Line<'_>, asked: Asked) -> Option<bool> {
    let mut answer = None;
    let mut at = 0;
    loop {
        let ends = |end: &usize| *end == line.len();
        let hard_yes = line.at_any(at, &HARD_YES).or_else(|| line.at_any(at, &WHOLE_YES).filter(ends));
        let place = matches!(asked, Asked::Origin | Asked::Destination) && line.word(at) == "nice";
        let soft_yes = line.at_any(at, &SOFT_YES).filter(|_| !place);
        let no = line
            .at_any(at, &NO)
            .or_else(|| line.at_any(at, &WHOLE_NO).filter(ends))
            .filter(|&end| !(end == at + 1 && line.is(end, &NO_OF)));
        if let Some(end) = no {
            answer = Some(false);
            at = end;
        } else if let Some(end) = hard_yes {
            answer = answer.or(Some(true));
            at = end;
        } else if let Some(end) = soft_yes {
            if asks_yes_no(asked) || end == line.len() {
                answer = answer.or(Some(true));
            }
            at = end;
        } else if let Some(end) = line.at_any(at, &AND_SO).filter(|_| at > 0) {
            at = end;
        } else {
            break;
        }
    }
    if answer.is_none() && at < line.len() && at > 0 {
        // "Okay so ..." opens, and answers nothing.
        line.take(0..at);
        return None;
    }
    line.take(0..at);
    answer
}

const HARD_YES: [&str; 14] = [
    "you got|bet it?",
    "that|this|it will|would be nice|great|good|fine|perfect|lovely|wonderful|awesome",
    "yes|yeah|yep|yup|ya|yea|yessir|aye|correct|exactly|absolutely|definitely|certainly|affirmative|indeed|totally",
    "of course",
    "that|this is right|correct|it|fine|perfect|good|great|okay|ok",
    "sounds good|great|perfect|fine|right|lovely",
    "that|this|it works for? me?",
    "that|this|it will|would work|do",
    "go ahead",
    "go for it",
    "do it|that|so",
    "please do",
    "lets do it|that|this",
    "uh huh",
];

/// Yes only when nothing follows.
const WHOLE_YES: [&str; 3] = ["i do|am|would|will", "why not", "yes|yeah|sure|okay|so? it is"];

const SOFT_YES: [&str; 5] = [
    "okay|ok|sure|right|fine|great|perfect|alright|good|cool|awesome|excellent|lovely|wonderful|mhm|mm|aha|k|nice",
    "all right",
    "sure thing",
    "no problem|worries",
    "got it",
];

const NO: [&str; 15] = [
    "absolutely|definitely|certainly|probably|of|maybe|rather not",
    "of course not",
    "not at all",
    "none|neither of them|these|those|that?",
    "no|nope|nah|naw|negative|never|noo",
    "no thank you",
    "no thanks",
    "no way",
    "not really|yet|now|quite|exactly|today",
    "that|this|it is not right|correct|it|true|good",
    "that|this|it is not what i? said|meant|want|wanted",
    "that|this|it is wrong|incorrect",
    "wrong|incorrect",
    "i dont think so",
    "i dont want that|it|this",
];

/// No only when nothing follows.
const WHOLE_NO: [&str; 5] =
    ["i dont", "dont do|book? that|it?", "do not do|book? that|it?", "not that one?", "not that is not it"];

/// Words that make a "no" something else: "no stops", "no more than".
const NO_OF: [&str; 22] = [
    "stops",
    "stop",
    "layover",
    "layovers",
    "connections",
    "connection",
    "more",
    "less",
    "later",
    "earlier",
    "one",
    "matter",
    "idea",
    "preference",
    "rush",
    "need",
    "longer",
    "sooner",
    "higher",
    "bags",
    "return",
    "changes",
];

const AND_SO: [&str; 5] =
    ["please|thanks|so|then|well|but|and|actually|though|um|that", "thank you", "with that", "i think", "i guess"];

/// What the whole line does with the conversation, when it does nothing else.
pub(crate) fn conversation(line: &Line<'_>, offers_open: bool) -> Option<Act> {
    ACTS.iter()
        .find(|(_, whole, patterns)| if *whole { line.is_made_of(patterns) } else { line.has_any(patterns) })
        .map(|(act, _, _)| *act)
        .filter(|act| !(*act == Act::Faster && offers_open && !line.has("speak|talk|talking|speed")))
}

/// A greeting or thanks opens the line; answers the position after it.
pub(crate) fn courtesy(line: &Line<'_>) -> (Option<Act>, usize) {
    let mut at = 0;
    let mut act = None;
    while at < line.len() {
        if let Some(end) = line.at_any(at, &GREETINGS) {
            act = act.or(Some(Act::Greet));
            at = end;
        } else if let Some(end) = line.at_any(at, &THANKS) {
            act = Some(Act::Thank);
            at = end;
        } else {
            break;
        }
    }
    (act, at)
}

const GREETINGS: [&str; 6] = [
    "hello|hi|hey|howdy|greetings|hiya there|again|everyone|voxfare?",
    "good morning|afternoon|evening|day there?",
    "how are you doing|today?",
    "how is it going",
    "whats|what up",
    "nice to meet you",
];

const THANKS: [&str; 5] = [
    "thank you so|very? much?",
    "thanks a? lot|million|much|so? much?",
    "i? really? appreciate it|that",
    "much appreciated",
    "cheers|great|perfect|okay thanks",
];

type Row = (Act, bool, &'static [&'static str]);

/// Acts of conversation in the order they are tried; the flag says that the whole line must match.
const ACTS: [Row; 18] = [
    (
        Act::Person,
        false,
        &[
            "human|real|live|actual agent|person|being|operator|representative",
            "talk|speak to|with a|an|the|your? person|human|agent|representative|somebody|someone|operator|supervisor|manager",
            "customer service|support",
            "representative|operator|supervisor",
            "get me a|an person|human|agent",
        ],
    ),
    (
        Act::WhoAreYou,
        false,
        &[
            "who are you",
            "what are you",
            "are you a|an|some? actual|real|live? robot|human|machine|real|ai|bot|computer|person|recording|chatbot|alive",
            "what is your name",
            "am i talking|speaking to|with",
            "who am i talking|speaking to|with",
            "is this a? robot|bot|machine|ai|recording|computer",
        ],
    ),
    (
        Act::StartOver,
        false,
        &[
            "start over|again|afresh|anew",
            "begin again",
            "from scratch",
            "reset|restart",
            "new search",
            "start from the beginning",
            "clear everything|it|all",
        ],
    ),
    (
        Act::Repeat,
        false,
        &[
            "repeat",
            "say that|it|this again",
            "say again",
            "come again",
            "what did you say",
            "what was that",
            "i? didnt|dont|did hear|catch|get|understand|quite? hear|catch|get? that|you|it|what",
            "one more time",
            "could|can you say that",
            "what were the|my options|they|those",
            "what was the|that|it",
            "tell me again",
            "didnt hear|catch|get",
        ],
    ),
    (
        Act::Repeat,
        true,
        &["pardon me?", "what", "sorry", "excuse me", "huh", "again please?", "sorry what", "im? sorry"],
    ),
    (Act::Slower, false, &["slower", "slow down", "too fast", "more? slowly", "speaking|talking so? fast"]),
    (
        Act::Faster,
        false,
        &["speak|talk|talking|read a? bit|little? faster|quicker", "speed up", "too slow|slowly", "faster please?"],
    ),
    (
        Act::Wait,
        true,
        &[
            "wait|hold a|one? minute|second|moment|sec? please?",
            "hold on a|one|just? minute|second|moment|sec? please?",
            "hang on a|one|just? minute|second|moment|sec? please?",
            "just|one|a|give|me one|me|a? a|one? minute|second|moment|sec please?",
            "let me think|see|check|look|ask about|it|my|wife|husband|that|calendar? my? calendar|wife|husband|it|that?",
            "wait on? please?",
            "not so fast",
            "bear with me",
            "hang on",
        ],
    ),
    (
        Act::Goodbye,
        false,
        &[
            "bye",
            "goodbye",
            "see you|ya later?",
            "talk to you later|soon",
            "that is all|everything i? need|needed?",
            "that will be all",
            "thats all|it",
            "nothing else|more",
            "hang up",
            "have a good|nice|great day|one|evening|night|weekend",
            "i am done|finished|all|good done|set|for?",
            "good night",
            "take care",
            "end the call",
        ],
    ),
    (
        Act::Help,
        false,
        &[
            "what can you do",
            "things|stuff can|do you do|help",
            "how does this|it work",
            "what can i say|ask|do",
            "how can you help",
            "what do you do",
            "help me out",
            "what are you able",
            "can you help",
            "i need some? help",
            "how do i use",
        ],
    ),
    (Act::Person, true, &["agent|human|person please?"]),
    (Act::Help, true, &["help me?", "help please"]),
    (
        Act::Stop,
        false,
        &[
            "stop talking|it|that|speaking|please|now|there|reading",
            "be quiet",
            "shut up|it",
            "never mind",
            "nevermind",
            "forget it|about|that",
            "thats enough",
            "enough",
            "quiet",
            "silence",
            "cancel that|this",
        ],
    ),
    (Act::Stop, true, &["stop", "stop stop", "cut it out", "drop it", "scratch that", "okay stop"]),
    (Act::Greet, true, &["are you there|hello?", "can you hear me", "anybody|anyone there"]),
    (Act::Repeat, true, &["are you there repeat", "could|can you say that again please?"]),
    (Act::Wait, true, &["im? thinking", "still thinking", "one second let me think"]),
    (Act::Goodbye, true, &["done", "all set", "i am good|fine thanks?"]),
];
