//! The client's clock: the one place of the client and of `voxfare talk` that reads it. It never sleeps.

use std::time::Instant;

/// The moment something was done or came in.
pub(crate) fn now() -> Instant {
    Instant::now()
}
