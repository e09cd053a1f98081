//! The one test crate: everything that needs more than one part of the house. Each module says what goes there.

// The house rules, as text: layers, bounds, clocks, sizes.
mod tidy;

// Real sockets and real peers against what listens.
#[cfg(feature = "caller")]
mod wire;

// Model files, recognition and turn detection, on recordings of people.
#[cfg(feature = "whisper")]
mod speech;

// The store on both databases.
mod store;

// The embedded travel world.
mod travel;

// The voices with their models: words, bytes, cancelling, and what a recogniser hears.
#[cfg(feature = "whisper")]
mod voices;

// The chain's port: rewards on the embedded chain and on anvil, through stops and reorganisations.
#[cfg(feature = "chain")]
mod chain;

// The server's own wallet: rewards of bookings, through kills.
#[cfg(feature = "chain")]
mod rewards;

// The same wallet: who agreed to what, and what that means for bookings.
#[cfg(feature = "chain")]
mod consents;

// Clients that mean no good, against the whole session in one process.
mod friends;
mod hostile;
use voxfare::session;

// A caller who speaks over an answer, by the clock: stop and words.
mod barge_in;

// The schema of the wire against the session, and published clients' types against what comes back.
mod protocol;

// Other people's packages, for the tests that run them.
mod published;

// The simulator: seeds that must keep the rules, twice the same.
mod sim;

// The whole server as a process of its own, with real peers.
#[cfg(all(feature = "caller", feature = "whisper"))]
mod e2e;
