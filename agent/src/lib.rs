//! The pure core of the conversation: words in, words and tasks out. It never opens a socket, reads a clock or starts a thread.

pub mod concierge;
pub mod consent;
pub mod dialogue;
pub mod event;
pub mod function;
pub mod history;
pub mod language;
pub mod places;
pub mod tool;
pub mod trip;
