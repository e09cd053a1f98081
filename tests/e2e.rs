//! The whole server as a process of its own, with real peers: callers, browsers, bad networks. It looks at no inner part.

// Peers and what they need.
mod caller;
mod held;
mod lines;
mod network;
mod page;
mod server;
mod voice;
mod words;

// What is proved with them.
mod async_openai;
mod bad_call;
mod bad_input;
mod browser;
mod clients;
mod conversation;
mod loss;
mod official;
mod realtime;
mod restart;
mod rogues;
mod silence;
mod snippet;
mod switchboard;
#[cfg(feature = "talk")]
mod talk;
mod telephony;
mod tools;
mod wallet;
