//! One conversation, whole: the machine that joins the cores, and the task that runs it. It never imports a provider.

pub mod clause;
pub mod event;
pub mod ports;
