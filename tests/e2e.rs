//! The whole server as a process of its own, with real peers: callers, browsers, bad networks. It looks at no inner part.

mod bad_input;
mod server;
