//! The one test crate. Each module says what goes there.

// Real sockets and real peers against what listens.
#[cfg(feature = "caller")]
mod wire;
