//! The listener's manners: how many connections there may be at once, and how long one may take to say what it wants. It reads no request.

use axum_server::accept::Accept;
use std::future::{Ready, ready};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Connections for each session there may be: its WebSocket, those that steer it, and what its page asks besides.
const CONNECTIONS_PER_SESSION: usize = 8;
/// Connections besides.
const CONNECTIONS_MORE: usize = 256;
/// A connection that has not asked for anything by then is closed.
const FIRST_REQUEST_WITHIN: Duration = Duration::from_secs(10);
/// So is one whose request has begun and does not go on, or that asks for nothing more.
const HEADERS_WITHIN: Duration = Duration::from_secs(30);
/// A request whose body stays away for this long is over.
pub const BODY_WITHIN: Duration = Duration::from_secs(15);

/// A server that knows how long to wait.
pub fn patience<A>(mut server: axum_server::Server<SocketAddr, A>) -> axum_server::Server<SocketAddr, A> {
    server.http_builder().http1().header_read_timeout(HEADERS_WITHIN);
    server.first_request_timeout(FIRST_REQUEST_WITHIN)
}

/// Lets in as many connections as there may be; the next is closed at once.
#[derive(Clone, Debug)]
pub struct Door {
    places: Arc<Semaphore>,
}

impl Door {
    /// A door for a server of so many sessions.
    pub fn new(sessions_max: usize) -> Self {
        let places = sessions_max.saturating_mul(CONNECTIONS_PER_SESSION).saturating_add(CONNECTIONS_MORE);
        Self { places: Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))) }
    }
}

impl<S> Accept<TcpStream, S> for Door {
    type Stream = Admitted;
    type Service = S;
    type Future = Ready<io::Result<(Admitted, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            metrics::counter!("voxfare_connections_refused_total").increment(1);
            return ready(Err(io::Error::other("there are as many connections as there may be")));
        };
        ready(stream.set_nodelay(true).map(|()| (Admitted { stream, _place: place }, service)))
    }
}

/// A connection that has its place as long as it lasts.
#[derive(Debug)]
pub struct Admitted {
    stream: TcpStream,
    _place: OwnedSemaphorePermit,
}

impl AsyncRead for Admitted {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Admitted {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn there_are_so_many_places_and_who_leaves_gives_one_back() {
        let door = Door { places: Arc::new(Semaphore::new(1)) };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let come = || async {
            let (_client, come) = tokio::join!(TcpStream::connect(address), listener.accept());
            door.accept(come.expect("it comes").0, ()).await
        };
        let first = come().await.expect("there is a place");
        assert!(come().await.is_err());
        drop(first);
        assert!(come().await.is_ok());
    }
}
