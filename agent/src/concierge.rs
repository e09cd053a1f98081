//! The built-in brain: understands and answers travel talk with no model and no key. It never guesses about money or dates.

pub mod meaning;
pub mod understand;
