//! A conversation run ahead on a transcript whose endpoint is not certain yet: kept or dropped whole. It has no side effects.

use crate::session::machine::tasks::Task;
use agent::dialogue::{Dialogue, Output as Wish};
use agent::tool::ToolResult;
use media::transcript::UtteranceId;
use std::time::Instant;

/// The branch that becomes the conversation when the endpoint is committed at its revision.
#[derive(Debug)]
pub(crate) struct Ahead {
    /// The utterance it answers.
    pub(crate) utterance: UtteranceId,
    /// The revision it answers.
    pub(crate) revision: u32,
    /// The transcript it answers.
    pub(crate) text: String,
    /// The conversation after it.
    pub(crate) dialogue: Dialogue,
    /// Wishes that may have effects: granted only at the commit.
    pub(crate) held: Vec<Wish>,
    /// Questions that were answered already, with the time of the answer.
    pub(crate) finished: Vec<(Task, Instant, ToolResult)>,
}

impl Ahead {
    /// A branch that nothing has come of yet.
    pub(crate) fn new(utterance: UtteranceId, revision: u32, text: String, dialogue: Dialogue) -> Self {
        Self { utterance, revision, text, dialogue, held: Vec::new(), finished: Vec::new() }
    }
}
