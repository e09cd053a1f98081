//! ICE over TCP: accepts streams, cuts them into frames (RFC 4571) and ties each to the call it names. It never keeps a stream that names none.

use crate::net::webrtc::demux::{Arrival, Routes, deliver};
use crate::net::webrtc::stun::local_ufrag;
use bytes::{Buf, Bytes, BytesMut};
use media::leg::webrtc::DATAGRAM_BYTES_MAX;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Accepts streams until cancelled, at most [`STREAMS_MAX`] at a time.
pub(super) async fn listen(listener: TcpListener, routes: Arc<Routes>, tasks: TaskTracker, cancel: CancellationToken) {
    let places = Arc::new(Semaphore::new(STREAMS_MAX));
    loop {
        let accepted = tokio::select! {
            () = cancel.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, source)) => {
                // Beyond the bound a stream is closed at once: whoever holds that many is not calling.
                let Ok(place) = places.clone().try_acquire_owned() else { continue };
                let (routes, cancel) = (routes.clone(), cancel.clone());
                tasks.spawn(async move {
                    let served = tokio::select! {
                        () = cancel.cancelled() => Ok(()),
                        served = serve(stream, canonical(source), &routes) => served,
                    };
                    if let Err(error) = served {
                        tracing::debug!(%error, "ICE-TCP stream ended");
                    }
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "TCP accept failed");
                tokio::time::sleep(ACCEPT_FAULT_PAUSE).await;
            }
        }
    }
}

/// Serves one stream until either side ends it.
async fn serve(stream: TcpStream, source: SocketAddr, routes: &Routes) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let destination = canonical(stream.local_addr()?);
    let (read, write) = stream.into_split();
    let mut frames = Frames { read, buffer: BytesMut::new() };
    let first = tokio::time::timeout(FIRST_FRAME_MAX, frames.next()).await.map_err(|_| io::ErrorKind::TimedOut)??;
    let call = local_ufrag(&first).and_then(|_| routes.find(source, &first)).ok_or(io::ErrorKind::PermissionDenied)?;
    let (writer, outgoing) = mpsc::channel(FRAMES_MAX);
    deliver(Some(call.clone()), Arrival::Stream { source, writer });
    deliver(Some(call.clone()), Arrival::Datagram { source, destination, tcp: true, bytes: first });
    let reading = async {
        loop {
            let bytes = frames.next().await?;
            deliver(Some(call.clone()), Arrival::Datagram { source, destination, tcp: true, bytes });
        }
    };
    tokio::select! {
        read = reading => read,
        written = write_frames(write, outgoing) => written,
    }
}

/// Writes frames until the call drops its end.
async fn write_frames(mut write: OwnedWriteHalf, mut outgoing: mpsc::Receiver<Bytes>) -> io::Result<()> {
    let mut frame = BytesMut::new();
    while let Some(bytes) = outgoing.recv().await {
        let Ok(length) = u16::try_from(bytes.len()) else { continue };
        frame.clear();
        frame.extend_from_slice(&length.to_be_bytes());
        frame.extend_from_slice(&bytes);
        tokio::time::timeout(WRITE_MAX, write.write_all(&frame)).await.map_err(|_| io::ErrorKind::TimedOut)??;
    }
    Ok(())
}

/// The frames of a stream: each a length of two bytes and that many bytes.
struct Frames {
    read: OwnedReadHalf,
    buffer: BytesMut,
}

impl Frames {
    async fn next(&mut self) -> io::Result<Bytes> {
        loop {
            if let Some(frame) = take_frame(&mut self.buffer)? {
                return Ok(frame);
            }
            if self.read.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

/// Cuts the first whole frame off the buffer; empty frames are passed over, overlong ones end the stream.
fn take_frame(buffer: &mut BytesMut) -> io::Result<Option<Bytes>> {
    while let Some(head) = buffer.get(..2) {
        let length = usize::from(u16::from_be_bytes([head[0], head[1]]));
        if length > DATAGRAM_BYTES_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if buffer.len() < 2 + length {
            return Ok(None);
        }
        buffer.advance(2);
        if length > 0 {
            return Ok(Some(buffer.split_to(length).freeze()));
        }
    }
    Ok(None)
}

/// An IPv4 peer of a dual-stack listener, as IPv4: candidates are written so.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Most TCP streams at the same time, whether they have named a call or not.
const STREAMS_MAX: usize = 512;
/// Most frames waiting for a slow stream; beyond that they are lost, as on UDP.
const FRAMES_MAX: usize = 64;
const FIRST_FRAME_MAX: Duration = Duration::from_secs(5);
const WRITE_MAX: Duration = Duration::from_secs(10);
const ACCEPT_FAULT_PAUSE: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_cut_wherever_the_stream_was_cut() {
        let wire = [0u8, 3, b'a', b'b', b'c', 0, 0, 0, 1, b'd'];
        for cut in 0..wire.len() {
            let mut buffer = BytesMut::from(&wire[..cut]);
            let mut frames = Vec::new();
            while let Some(frame) = take_frame(&mut buffer).expect("frames are short") {
                frames.push(frame);
            }
            buffer.extend_from_slice(&wire[cut..]);
            while let Some(frame) = take_frame(&mut buffer).expect("frames are short") {
                frames.push(frame);
            }
            assert_eq!(frames, [Bytes::from_static(b"abc"), Bytes::from_static(b"d")], "cut at {cut}");
        }
    }

    #[test]
    fn an_overlong_frame_ends_the_stream() {
        assert!(take_frame(&mut BytesMut::from(&[0xff, 0xff, 0][..])).is_err());
    }
}
