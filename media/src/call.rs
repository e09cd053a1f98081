//! One audio leg as a machine: packets and engine results in, packets and turn events out. It never waits.

use crate::frame::Samples;
use crate::packet::{OutPacket, Packet};
use crate::transcript::{EarAudio, Heard, ItemId, Speech, UtteranceId};
use std::time::Instant;

/// What the joint tells the call; every step also carries `now`.
#[derive(Clone, Debug)]
pub enum Input {
    /// A media packet arrived on the leg.
    Packet(Packet),
    /// A leg is up: media may flow. A second one replaces the first; its sequence numbers start anew.
    Attached,
    /// The leg is gone; playout holds where it is until a leg is attached again.
    Detached,
    /// Nothing but time: the deadline that [`Output::Timeout`] asked for has passed.
    Tick,
    /// The turn model's probability that the utterance, as it stood at `revision`, is complete.
    TurnScore {
        /// The utterance scored.
        utterance: UtteranceId,
        /// The revision of its sound that was scored.
        revision: u32,
        /// 0.0 (certainly unfinished) to 1.0 (certainly finished).
        probability: f32,
    },
    /// What the recognised words say about the utterance, as it stood at `revision`.
    Words {
        /// The utterance recognised.
        utterance: UtteranceId,
        /// The revision of its sound that was recognised.
        revision: u32,
        /// The judgement of the words.
        judgement: Judgement,
    },
    /// Synthesised speech to queue behind what is queued.
    Play(Speech),
    /// Stop speaking now: cut everything queued and answer with [`Output::Interrupted`] if anything was playing.
    Cut,
    /// Drop an item that was queued and of which nothing has been sent; a no-op once it has begun.
    Drop(ItemId),
    /// What was just asked: endpointing waits accordingly from now on.
    Expect(Expect),
}

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

/// What the call tells the joint.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send this media packet on the leg.
    Packet(OutPacket),
    /// The caller began to speak.
    SpeechStarted {
        /// The utterance that begins.
        utterance: UtteranceId,
        /// Where in the incoming audio it begins, prefix padding included.
        at: Samples,
    },
    /// The caller fell silent; the utterance may still go on.
    SpeechStopped {
        /// The utterance.
        utterance: UtteranceId,
        /// Where in the incoming audio its last speech ended.
        at: Samples,
    },
    /// Recognise this sound of the utterance.
    Transcribe {
        /// The utterance.
        utterance: UtteranceId,
        /// Counts up each time the caller goes on after a pause: results for older revisions are stale.
        revision: u32,
        /// Why.
        hearing: Hearing,
        /// The utterance so far.
        audio: EarAudio,
    },
    /// Score this sound for completeness (at most the last eight seconds are used).
    ScoreTurn {
        /// The utterance.
        utterance: UtteranceId,
        /// Its revision.
        revision: u32,
        /// The utterance so far.
        audio: EarAudio,
    },
    /// The caller went on speaking: everything begun for older revisions is void.
    Resumed {
        /// The utterance.
        utterance: UtteranceId,
        /// The revision that is current now.
        revision: u32,
    },
    /// The utterance has ended: endpoint committed.
    Ended {
        /// The utterance.
        utterance: UtteranceId,
        /// The revision that stands. A speculative transcript of this revision is the final one.
        revision: u32,
        /// Where in the incoming audio its last speech ended.
        speech_end: Samples,
        /// `now` of the step in which the last speech frame arrived: zero point of the latency breakdown.
        speech_end_at: Instant,
    },
    /// The utterance was nothing (noise, a cough, a back-channel): no turn was taken.
    Discarded {
        /// The utterance.
        utterance: UtteranceId,
    },
    /// The first packet of an item has gone out.
    PlayStarted {
        /// The item.
        item: ItemId,
    },
    /// Playback moved past the end of another word: what has been heard so far.
    Played(Heard),
    /// Playback paused because the caller may be interrupting; the ledger stands at what was heard.
    Paused(Heard),
    /// A false interruption: playback went on from the start of the last word heard in part.
    PlayResumed {
        /// The item that goes on.
        item: ItemId,
    },
    /// The caller took the floor (or [`Input::Cut`] came): everything queued is dropped, this much was heard.
    Interrupted(Heard),
    /// All of the item was played out.
    PlayDone(Heard),
    /// Input was dropped and counted: what, and why.
    Dropped {
        /// A short fixed word for the metric label.
        what: &'static str,
    },
    /// Nothing more to say until this moment (or until the next input, when `None`).
    Timeout(Option<Instant>),
}
