//! WebRTC for every caller over one UDP port and one TCP port: sockets, demultiplexer, a task per call. It never looks into media or text.

mod connection;
mod demux;
mod peer;
mod sockets;
mod stream;
mod stun;

pub use peer::{PeerCommand, PeerEvent};

use crate::net::limits::Pace;
use connection::Connection;
use demux::Routes;
use media::leg::webrtc::{Identity, IdentityError, LegConfig, SdpError, WebRtcLeg};
use rand::Rng;
use rand::distr::Alphanumeric;
use sockets::Sockets;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Where to listen for WebRTC and what to tell callers about it.
#[derive(Clone, Debug)]
pub struct Config {
    /// UDP and TCP address; port 0 takes a free one, a wildcard address listens on (and advertises) every interface, loopback included.
    pub listen: SocketAddr,
    /// Further addresses under which callers reach `listen`, such as the public side of a NAT or of a container's host.
    pub public_addresses: Vec<IpAddr>,
    /// Also take media over TCP (RFC 6544, passive), for networks that block UDP.
    pub tcp: bool,
    /// Most calls at the same time.
    pub calls_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([0, 0, 0, 0], 3478)),
            public_addresses: Vec::new(),
            tcp: true,
            calls_max: 1000,
        }
    }
}

/// An answered call, on its way to being connected.
#[derive(Debug)]
pub struct Connected {
    /// The SDP answer, complete with all candidates.
    pub answer_sdp: String,
    /// Names the call within this server, counted from 1.
    pub id: u64,
    /// What comes from the caller; media waits in a queue that drops its oldest, everything else is kept.
    pub from_peer: mpsc::Receiver<PeerEvent>,
    /// What goes to the caller.
    pub to_peer: mpsc::Sender<PeerCommand>,
}

/// Why an offer was not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OfferError {
    /// The offer itself is at fault: an answer of the 400 kind.
    #[error(transparent)]
    Sdp(#[from] SdpError),
    /// Every line is taken: an answer of the 503 kind.
    #[error("All {calls_max} lines are in use; try again in a moment.")]
    Full {
        /// The bound.
        calls_max: usize,
    },
    /// The server is going away.
    #[error("The server is shutting down.")]
    Closing,
}

/// Answers offers and carries every call; cheap to clone, ends with [`WebRtcServer::close`].
#[derive(Clone, Debug)]
pub struct WebRtcServer {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    calls_max: usize,
    identity: Identity,
    sockets: Arc<Sockets>,
    routes: Arc<Routes>,
    next_id: AtomicU64,
    tasks: TaskTracker,
    cancel: CancellationToken,
}

impl WebRtcServer {
    /// Opens the sockets and starts to listen. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// An address cannot be bound, or the certificate could not be made.
    pub fn bind(config: Config) -> io::Result<Self> {
        let identity = Identity::generate().map_err(|error: IdentityError| io::Error::other(error))?;
        let (sockets, listener) = Sockets::bind(config.listen, &config.public_addresses, config.tcp)?;
        let sockets = Arc::new(sockets);
        let routes = Arc::new(Routes::default());
        let tasks = TaskTracker::new();
        let cancel = CancellationToken::new();
        for socket in sockets.udp() {
            tasks.spawn(demux::receive(socket, routes.clone(), cancel.clone()));
        }
        if let Some(listener) = listener {
            tasks.spawn(stream::listen(listener, routes.clone(), tasks.clone(), cancel.clone()));
        }
        let shared = Shared {
            calls_max: config.calls_max,
            identity,
            sockets,
            routes,
            next_id: AtomicU64::new(1),
            tasks,
            cancel,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The UDP (and TCP) port in use.
    pub fn port(&self) -> u16 {
        self.shared.sockets.port()
    }

    /// The host addresses that answers carry, in order of preference.
    pub fn addresses(&self) -> &[SocketAddr] {
        self.shared.sockets.candidates()
    }

    /// Calls answered and not yet over.
    pub fn calls(&self) -> usize {
        self.shared.routes.calls()
    }

    /// Answers an offer and starts the call's task, whose texts keep this pace. Costs a millisecond or two of computing and never waits.
    ///
    /// # Errors
    /// See [`OfferError`]; each text is a sentence for the client's developer.
    pub fn accept(&self, offer: &str, pace: Option<Pace>) -> Result<Connected, OfferError> {
        let shared = &self.shared;
        if shared.cancel.is_cancelled() {
            return Err(OfferError::Closing);
        }
        let ufrag = random_word(UFRAG_CHARS);
        let (datagrams, arriving) = mpsc::channel(connection::DATAGRAMS_MAX);
        // The place is taken before the work, and given back when it comes to nothing.
        let place = shared
            .routes
            .add(&ufrag, datagrams, shared.calls_max)
            .ok_or(OfferError::Full { calls_max: shared.calls_max })?;
        let (leg, answer_sdp) =
            WebRtcLeg::answer(Instant::now(), offer, leg_config(shared, ufrag)).inspect_err(|_| {
                metrics::counter!("voxfare_webrtc_offers_refused_total").increment(1);
            })?;
        let (events, from_peer) = mpsc::channel(connection::EVENTS_MAX);
        let (to_peer, commands) = mpsc::channel(connection::COMMANDS_MAX);
        let connection = Connection::new(leg, place, shared.sockets.clone(), arriving, commands, events, pace);
        shared.tasks.spawn(connection.run(shared.cancel.child_token()));
        metrics::counter!("voxfare_webrtc_calls_total").increment(1);
        let id = shared.next_id.fetch_add(1, Ordering::Relaxed);
        Ok(Connected { answer_sdp, id, from_peer, to_peer })
    }

    /// Ends every call and waits until every task has ended.
    pub async fn close(&self) {
        self.shared.cancel.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }
}

fn leg_config(shared: &Shared, ufrag: String) -> LegConfig {
    let mut random = rand::rng();
    LegConfig {
        candidates: shared.sockets.candidates().to_vec(),
        tcp_candidates: shared.sockets.tcp_candidates().to_vec(),
        ice_lite: true,
        identity: shared.identity.clone(),
        ufrag,
        password: random_word(PASSWORD_CHARS),
        ssrc: random.random_range(1..=u32::MAX),
        // Below 2^15, so that the first wrap comes late and SRTP's rollover guess cannot be wrong at the start (RFC 3711 section 3.3.1).
        first_sequence: random.random_range(0..1 << 15),
        timestamp_offset: random.random(),
    }
}

fn random_word(chars: usize) -> String {
    rand::rng().sample_iter(Alphanumeric).take(chars).map(char::from).collect()
}

/// 95 bits: cannot meet another call's by chance.
const UFRAG_CHARS: usize = 16;
/// 190 bits, of the alphabet RFC 8839 section 5.4 allows.
const PASSWORD_CHARS: usize = 32;
