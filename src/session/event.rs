//! The session's vocabulary: what comes in, what goes out, what is asked of the world. It decides nothing.

use crate::secret::Secret;
use agent::tool::{ToolCall, ToolResult};
use media::call::Hearing;
use media::codec::opus::Effort;
use media::packet::{OutPacket, Packet};
use media::transcript::{EarAudio, WordSpan};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};
use wallet::money::Wei;
use wallet::settle::Stage;

/// Names one effect of a session, counted from 1 and never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EffectId(pub u64);

/// Counts the caller's turns and interruptions; what belongs to an older turn is dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Turn(pub u64);

/// How a provider fails: three ways, each a thing the session can do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Try again after this long.
    #[error("try again after {after:?}")]
    Retry {
        /// How long to wait first.
        after: Duration,
    },
    /// The request will never succeed as it is; the sentence may be said to the caller.
    #[error("refused: {say}")]
    Refused {
        /// A sentence fit to be spoken.
        say: String,
    },
    /// The provider is out of order, or the answer to a durable call is unknown.
    #[error("broken: {why}")]
    Broken {
        /// For the log.
        why: String,
    },
}

/// What was recognised.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transcript {
    /// The words; empty for silence and noise.
    pub text: String,
    /// Mean log probability of the tokens; 0.0 when unknown.
    pub mean_logprob: f32,
    /// The recogniser's tokens, in order, as far as it tells of them.
    pub tokens: Vec<Token>,
    /// Probability that there was no speech at all; 0.0 when unknown.
    pub no_speech: f32,
    /// BCP 47 tag of the language recognised.
    pub language: String,
    /// Time the job waited in the pool's queue.
    pub waited: Duration,
    /// Time the engine computed.
    pub computed: Duration,
}

/// A piece of a text as a recogniser has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Token {
    /// The bytes: UTF-8 only together with those beside them.
    pub bytes: Vec<u8>,
    /// Its log probability.
    pub logprob: f32,
}

/// A piece of a spoken clause.
#[derive(Clone, Debug, PartialEq)]
pub struct SpeechPiece {
    /// Mono sound at 24 kHz (`media::frame::INNER_RATE_HZ`).
    pub pcm: Vec<i16>,
    /// Words that begin in this piece: bytes of the clause's text, samples from the start of the clause.
    pub words: Vec<WordSpan>,
}

/// What reaches a session; every step also carries `now`.
#[derive(Clone, Debug)]
pub enum Input {
    /// A transport is attached (a second one replaces the first).
    Attached {
        /// The caller came back with a resume token.
        resumed: bool,
        /// Sound travels in the events of the control channel, not in packets.
        stream: bool,
        /// The number of the last event that a caller who came back has seen.
        after: Option<u64>,
    },
    /// The control channel of the transport is open: events may be sent.
    ControlOpen,
    /// The transport is gone.
    Detached,
    /// A media packet.
    Media(Packet),
    /// A client event as it came, unparsed.
    Control(String),
    /// A key of the caller's telephone, as its carrier tells it.
    Digit(char),
    /// What the transport reports of the link.
    Link(Link),
    /// An effect answered, in whole or in part.
    Effect {
        /// Which effect.
        id: EffectId,
        /// Its answer.
        outcome: Outcome,
    },
    /// Encoding costs this much from now on, for the processors' sake.
    Effort(Effort),
    /// The server will stop: say so and finish within this time.
    Drain {
        /// How long the session may go on.
        within: Duration,
    },
    /// The call is over by request.
    HangUp,
    /// Nothing but time.
    Tick,
}

/// The state of a link.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Link {
    /// Packets lost towards us, in percent.
    pub loss_percent: f32,
    /// Interarrival jitter in ms (RFC 3550 section 6.4.1).
    pub jitter_ms: f32,
    /// Round trip in ms; 0.0 when unknown.
    pub rtt_ms: f32,
    /// Packets lost on the way to the caller, in percent; `None` when nothing new is known.
    pub peer_loss_percent: Option<f32>,
}

/// What a session tells its shell.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send this media packet.
    Media(OutPacket),
    /// Send this server event.
    Control(String),
    /// Send this server event again, to a client that came back without having seen it; who was there all the time is not told.
    Again(String),
    /// Run this; it may be interrupted and its result dropped.
    Run(EffectId, Turn, Interruptible),
    /// Run this to its end whatever happens; it is already in the outbox when it is first tried.
    Commit(EffectId, Durable),
    /// The result is no longer wanted: saves money, changes nothing.
    Cancel(EffectId),
    /// A turn was answered: its breakdown for log and metrics.
    Measured(Breakdown),
    /// Something worth a metric happened: a short fixed label.
    Count(&'static str),
    /// The session is over.
    Ended(EndReason),
    /// Nothing more until this moment, or until the next input.
    Timeout(Option<Instant>),
}

/// An effect that may be dropped at any time.
#[derive(Clone, Debug)]
pub enum Interruptible {
    /// Recognise speech.
    Hear {
        /// The sound, mono at 16 kHz.
        audio: EarAudio,
        /// Why.
        hearing: Hearing,
        /// BCP 47 tag.
        language: String,
        /// Words likely to occur.
        prompt: String,
    },
    /// Score a pause for completeness.
    Score {
        /// The sound, mono at 16 kHz.
        audio: EarAudio,
    },
    /// Speak one clause.
    Speak {
        /// The clause.
        text: String,
        /// The voice; empty for the engine's own.
        voice: String,
        /// Rate of speech.
        speed: f32,
    },
    /// Ask the world something that changes nothing.
    Ask {
        /// The question.
        tool: ToolCall,
    },
    /// Open the account of a token.
    Account {
        /// The token.
        token: Secret,
    },
    /// Tell what is new in an account, until it is cancelled.
    Follow {
        /// The account.
        account: String,
    },
    /// Ask a server of tools elsewhere. Once asked to act it may have acted, whatever comes back: it is never asked twice.
    Remote {
        /// Which server.
        server: RemoteServer,
        /// What it is asked.
        ask: RemoteAsk,
    },
}

/// A server of tools elsewhere (Model Context Protocol), as a client named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteServer {
    /// Its address, http(s).
    pub url: String,
    /// HTTP headers for it, the client's authorization among them.
    pub headers: Vec<(String, Secret)>,
}

/// What a remote server is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemoteAsk {
    /// Which tools it offers.
    Tools,
    /// To run one.
    Call {
        /// Its name there.
        tool: String,
        /// A JSON object, as text.
        arguments: String,
    },
}

/// A tool that a remote server offers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemoteTool {
    /// Its name.
    pub name: String,
    /// What it does, in words.
    pub description: String,
    /// JSON schema of its arguments.
    pub input_schema: serde_json::Value,
    /// What the server says about it; null for nothing.
    pub annotations: serde_json::Value,
}

/// What a remote server answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemoteAnswer {
    /// Its tools.
    Tools(Vec<RemoteTool>),
    /// What running one came to.
    Called {
        /// The output as text, or JSON as text.
        output: String,
        /// The tool itself says that it failed.
        failed: bool,
    },
}

/// An effect that must happen once, whatever becomes of the call.
#[derive(Clone, Debug)]
pub struct Durable {
    /// The act, with its idempotency key inside.
    pub tool: ToolCall,
}

/// What an effect answers.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Speech was recognised.
    Heard(Result<Transcript, Failure>),
    /// A pause was scored.
    Scored(Result<f32, Failure>),
    /// A piece of a clause was spoken.
    Piece(SpeechPiece),
    /// The clause is spoken to its end, or failed.
    Spoken(Result<(), Failure>),
    /// A tool answered.
    Answered(Result<ToolResult, Failure>),
    /// A remote server answered.
    Remote(Result<RemoteAnswer, Failure>),
    /// A token opened an account, or none.
    Account(Box<Result<Standing, Failure>>),
    /// Something is new in an account.
    News(Box<News>),
}

/// Where the time of one turn went, each in ms after the last speech sample arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breakdown {
    /// The turn.
    pub turn: u64,
    /// The endpoint was committed.
    pub endpoint_ms: u64,
    /// The transcript that stood was there.
    pub transcript_ms: u64,
    /// The first words of the answer were there.
    pub first_token_ms: u64,
    /// The first sound of the answer was there.
    pub first_audio_ms: u64,
    /// The first packet of the answer went out.
    pub first_packet_ms: u64,
    /// The answer was begun before the endpoint was certain.
    pub speculative: bool,
}

/// How somebody's account of rewards stands; amounts in TRVL wei.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Names the account.
    pub account: String,
    /// The rewards go to a wallet of their own; otherwise to an address that is kept for them here.
    pub own: bool,
    /// That address, in hex with its checksum.
    pub address: String,
    /// What lies at the address, and at the one that is kept here.
    pub balance: Wei,
    /// Earned and not there yet.
    pub pending: Wei,
    /// Paid for bookings that were cancelled later.
    pub owing: Wei,
    /// Locked as a stake.
    pub staked: Wei,
    /// The staking level, 0 for none.
    pub level: u8,
    /// What others are told to join by.
    pub code: String,
    /// The newest reward.
    pub last: Option<Earning>,
}

/// A booking's reward, as far as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earning {
    /// The booking's key.
    pub booking: String,
    /// What the traveller was told.
    pub reference: String,
    /// How far it is.
    pub stage: Stage,
    /// The traveller's part, in TRVL wei.
    pub wei: Wei,
    /// The commission that it is a part of, in minor units.
    pub commission_minor: u64,
    /// Of this currency.
    pub currency: String,
    /// Which part, in hundredths of a percent.
    pub share_bps: u16,
    /// In words: what it was earned for, and what became of it.
    pub why: String,
}

/// Something new in an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// A reward reached a stage.
    Earning(Earning),
    /// The account stands so now.
    Standing(Standing),
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The client hung up.
    HungUp,
    /// The conversation ended with a goodbye.
    Goodbye,
    /// The transport was gone and nobody came back in time.
    Abandoned,
    /// The server stopped.
    Drained,
    /// The session lasted as long as a session may.
    TooLong,
}

impl EndReason {
    /// A short fixed word for logs and metrics.
    pub const fn label(self) -> &'static str {
        match self {
            Self::HungUp => "hung_up",
            Self::Goodbye => "goodbye",
            Self::Abandoned => "abandoned",
            Self::Drained => "drained",
            Self::TooLong => "too_long",
        }
    }
}

/// What a transport tells the session's shell.
#[derive(Clone, Debug)]
pub enum LegEvent {
    /// Media may flow.
    Connected,
    /// The control channel is open.
    ControlOpen,
    /// A media packet.
    Media(Packet),
    /// A control message.
    Text(String),
    /// A key of the caller's telephone.
    Digit(char),
    /// What is seen of the link.
    Report(Link),
    /// The transport is gone.
    Closed {
        /// A short fixed word.
        reason: &'static str,
    },
}

/// What the session's shell tells a transport.
#[derive(Clone, Debug)]
pub enum LegCommand {
    /// Send this media packet.
    Media(OutPacket),
    /// Send this control message.
    Text(String),
    /// Say goodbye on the wire and close.
    Close,
}
