//! The pure core of the audio path: bytes in, speech out. It never opens a socket, reads a clock or starts a thread.

pub mod call;
pub mod frame;
pub mod leg;
pub mod packet;
pub mod transcript;
