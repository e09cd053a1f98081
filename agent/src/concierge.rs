//! The built-in brain: understands and answers travel talk with no model and no key. It never guesses about money or dates.

pub mod ask;
pub mod brain;
pub mod facts;
pub mod meaning;
pub(crate) mod offers;
pub mod plan;
pub(crate) mod small_talk;
pub mod understand;
pub mod words;
