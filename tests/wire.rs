//! Real sockets and real peers against what listens; one module per transport.

mod caller;
mod chromium;
mod webrtc;
