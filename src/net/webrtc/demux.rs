//! Finds the call a datagram belongs to: by the ICE user fragment in STUN, else by an address that has proved itself. It never answers a stranger.

use crate::net::webrtc::stun::local_ufrag;
use bytes::{Bytes, BytesMut};
use media::leg::webrtc::DATAGRAM_BYTES_MAX;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Something that arrived for one call.
#[derive(Debug)]
pub(super) enum Arrival {
    /// A datagram, or one frame of a TCP stream.
    Datagram { source: SocketAddr, destination: SocketAddr, tcp: bool, bytes: Bytes },
    /// A TCP stream that has just named this call: frames for `source` go into `writer`.
    Stream { source: SocketAddr, writer: mpsc::Sender<Bytes> },
}

/// Which call gets what. Two small maps behind one lock, held for a lookup at a time.
#[derive(Debug, Default)]
pub(super) struct Routes {
    table: RwLock<Table>,
}

#[derive(Debug, Default)]
struct Table {
    by_ufrag: HashMap<String, mpsc::Sender<Arrival>>,
    by_address: HashMap<SocketAddr, (String, mpsc::Sender<Arrival>)>,
}

/// A call's place in the tables; given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    routes: Arc<Routes>,
    ufrag: String,
    addresses: Vec<SocketAddr>,
}

impl Routes {
    /// Enters a call; `None` when `calls_max` are there already.
    pub(super) fn add(self: &Arc<Self>, ufrag: &str, to: mpsc::Sender<Arrival>, calls_max: usize) -> Option<Place> {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        if table.by_ufrag.len() >= calls_max {
            return None;
        }
        table.by_ufrag.insert(ufrag.to_owned(), to);
        metrics::gauge!("voxfare_webrtc_calls").set(table.by_ufrag.len() as f64);
        Some(Place { routes: self.clone(), ufrag: ufrag.to_owned(), addresses: Vec::new() })
    }

    pub(super) fn calls(&self) -> usize {
        self.table.read().unwrap_or_else(PoisonError::into_inner).by_ufrag.len()
    }

    /// The call for these bytes from this address.
    pub(super) fn find(&self, source: SocketAddr, bytes: &[u8]) -> Option<mpsc::Sender<Arrival>> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        match local_ufrag(bytes) {
            Some(ufrag) => table.by_ufrag.get(ufrag).cloned(),
            None => table.by_address.get(&source).map(|(_, to)| to.clone()),
        }
    }
}

impl Place {
    /// Routes further datagrams from this address to the call: it has answered there, so the address has shown the ICE password.
    pub(super) fn learn(&mut self, address: SocketAddr) {
        if self.addresses.contains(&address) || self.addresses.len() >= ADDRESSES_MAX {
            return;
        }
        let mut table = self.routes.table.write().unwrap_or_else(PoisonError::into_inner);
        let Some(to) = table.by_ufrag.get(&self.ufrag).cloned() else { return };
        table.by_address.insert(address, (self.ufrag.clone(), to));
        self.addresses.push(address);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut table = self.routes.table.write().unwrap_or_else(PoisonError::into_inner);
        table.by_ufrag.remove(&self.ufrag);
        for address in &self.addresses {
            // A later call may have taken over the address; it keeps it.
            if table.by_address.get(address).is_some_and(|(ufrag, _)| *ufrag == self.ufrag) {
                table.by_address.remove(address);
            }
        }
        metrics::gauge!("voxfare_webrtc_calls").set(table.by_ufrag.len() as f64);
    }
}

/// Receives on one socket until cancelled.
pub(super) async fn receive(socket: (SocketAddr, Arc<UdpSocket>), routes: Arc<Routes>, cancel: CancellationToken) {
    let (destination, socket) = socket;
    let mut buffer = BytesMut::new();
    loop {
        buffer.reserve(DATAGRAM_BYTES_MAX);
        let received = tokio::select! {
            () = cancel.cancelled() => return,
            received = socket.recv_buf_from(&mut buffer) => received,
        };
        match received {
            Ok((_, source)) => {
                let bytes = buffer.split().freeze();
                let to = routes.find(source, &bytes);
                deliver(to, Arrival::Datagram { source, destination, tcp: false, bytes });
            }
            Err(error) => {
                // The socket itself is well; a pause keeps a persistent fault from taking the core.
                tracing::warn!(%error, "UDP receive failed");
                tokio::time::sleep(RECEIVE_FAULT_PAUSE).await;
            }
        }
    }
}

/// Hands an arrival to its call, or counts why not.
pub(super) fn deliver(to: Option<mpsc::Sender<Arrival>>, arrival: Arrival) {
    let Some(to) = to else {
        metrics::counter!("voxfare_webrtc_datagrams_dropped_total", "why" => "unknown").increment(1);
        return;
    };
    match to.try_send(arrival) {
        Ok(()) => {}
        Err(mpsc::error::TrySendError::Full(_)) => {
            metrics::counter!("voxfare_webrtc_datagrams_dropped_total", "why" => "call_busy").increment(1);
        }
        Err(mpsc::error::TrySendError::Closed(_)) => {
            metrics::counter!("voxfare_webrtc_datagrams_dropped_total", "why" => "call_over").increment(1);
        }
    }
}

/// Most addresses one call may come from: a browser tries a handful of interfaces and moves between networks.
const ADDRESSES_MAX: usize = 32;
const RECEIVE_FAULT_PAUSE: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_belongs_to_the_call_that_proved_it_last() {
        let routes = Arc::new(Routes::default());
        let address = SocketAddr::from(([192, 0, 2, 1], 9));
        let (one, mut first) = mpsc::channel(1);
        let (two, mut second) = mpsc::channel(1);
        let mut place_one = routes.add("one", one, 2).expect("there is room");
        let mut place_two = routes.add("two", two, 2).expect("there is room");
        let (three, _) = mpsc::channel(1);
        assert!(routes.add("three", three, 2).is_none());
        place_one.learn(address);
        place_two.learn(address);
        drop(place_one);
        let datagram = |bytes: &'static [u8]| Arrival::Datagram {
            source: address,
            destination: address,
            tcp: false,
            bytes: Bytes::from_static(bytes),
        };
        deliver(routes.find(address, b"media"), datagram(b"media"));
        assert!(first.try_recv().is_err());
        assert!(second.try_recv().is_ok());
        drop(place_two);
        assert!(routes.find(address, b"media").is_none());
        assert_eq!(routes.calls(), 0);
    }
}
