//! One conversation, whole: the machine that joins the cores, and the task that runs it. It never imports a provider.

pub mod actor;
pub mod clause;
pub mod effects;
pub mod event;
pub mod load;
pub mod machine;
pub(crate) mod measure;
pub mod outbox;
pub mod ports;
pub mod registry;
pub mod tape;
