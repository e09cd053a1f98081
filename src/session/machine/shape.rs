//! The session's words in the shapes of its neighbours: the wire's session object, the cores' judgements. It keeps nothing.

use crate::session::machine::manner::Manner;
use crate::session::machine::setup::Setup;
use agent::dialogue::{Completeness, Expects};
use media::call::{Expect, Judgement};
use serde_json::{Value, json};

/// The session object of the protocol.
pub(crate) fn session(setup: &Setup, instructions: &str, manner: &Manner) -> Value {
    let format = json!({ "type": "audio/pcm", "rate": 24000 });
    json!({
        "id": format!("sess_{}", setup.id), "object": "realtime.session", "type": "realtime",
        "model": "voxfare-concierge", "output_modalities": ["audio"], "instructions": instructions,
        "expires_at": setup.resume_expires_at,
        "audio": {
            "input": {
                "format": format, "transcription": { "model": "whisper", "language": setup.language },
                "noise_reduction": null,
                "turn_detection": {
                    "type": "semantic_vad", "eagerness": "auto", "create_response": true, "interrupt_response": true,
                },
            },
            "output": { "format": format, "voice": manner.voice, "speed": manner.speed },
        },
        "tools": [], "tool_choice": "auto", "max_output_tokens": "inf", "truncation": "auto",
    })
}

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
