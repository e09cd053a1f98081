//! The sockets of the WebRTC server: one UDP socket per local address, all on one port, and one TCP listener. It never reads or writes them.

use media::leg::webrtc::DATAGRAM_BYTES_MAX;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::{TcpListener, UdpSocket};

/// Bound sockets and the candidates they stand for.
#[derive(Debug)]
pub(super) struct Sockets {
    udp: Vec<(SocketAddr, Arc<UdpSocket>)>,
    candidates: Vec<SocketAddr>,
    tcp_candidates: Vec<SocketAddr>,
}

impl Sockets {
    /// Binds `listen` and advertises `public` before it. One socket per local address, rather than one on the wildcard, so that an answer leaves from the
    /// address that was asked: ICE requires it, and a wildcard socket would let the routing table choose.
    pub(super) fn bind(listen: SocketAddr, public: &[IpAddr], tcp: bool) -> io::Result<(Self, Option<TcpListener>)> {
        let locals = local_addresses(listen.ip())?;
        let mut last_error = None;
        for _ in 0..PORT_TRIES_MAX {
            match bind_all(listen, public, tcp, &locals) {
                Ok(bound) => return Ok(bound),
                Err(error) => last_error = Some(error),
            }
            // A fixed port stays taken; a free one may be taken on another address, then the next is tried.
            if listen.port() != 0 {
                break;
            }
        }
        Err(last_error.unwrap_or_else(|| io::Error::other("no address to listen on")))
    }

    pub(super) fn udp(&self) -> Vec<(SocketAddr, Arc<UdpSocket>)> {
        self.udp.clone()
    }

    pub(super) fn port(&self) -> u16 {
        self.udp.first().map_or(0, |(address, _)| address.port())
    }

    pub(super) fn candidates(&self) -> &[SocketAddr] {
        &self.candidates
    }

    pub(super) fn tcp_candidates(&self) -> &[SocketAddr] {
        &self.tcp_candidates
    }

    /// Sends without waiting; a full socket buffer is a lost datagram, as on any network.
    pub(super) fn send(&self, source: SocketAddr, destination: SocketAddr, bytes: &[u8]) -> io::Result<()> {
        let exact = self.udp.iter().find(|(address, _)| *address == source);
        let same_family = || self.udp.iter().find(|(address, _)| address.is_ipv4() == destination.is_ipv4());
        let (_, socket) = exact.or_else(same_family).ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))?;
        socket.try_send_to(bytes, destination).map(drop)
    }
}

fn bind_all(
    listen: SocketAddr,
    public: &[IpAddr],
    tcp: bool,
    locals: &[IpAddr],
) -> io::Result<(Sockets, Option<TcpListener>)> {
    let mut port = listen.port();
    let mut udp = Vec::new();
    for local in locals {
        let socket = bind_udp(SocketAddr::new(*local, port))?;
        let address = socket.local_addr()?;
        port = address.port();
        udp.push((address, Arc::new(socket)));
    }
    let listener = if tcp { Some(bind_tcp(SocketAddr::new(listen.ip(), port))?) } else { None };
    let mut candidates: Vec<SocketAddr> = public.iter().map(|ip| SocketAddr::new(*ip, port)).collect();
    candidates.extend(udp.iter().map(|(address, _)| *address).filter(|address| !public.contains(&address.ip())));
    let tcp_candidates = if tcp { candidates.clone() } else { Vec::new() };
    Ok((Sockets { udp, candidates, tcp_candidates }, listener))
}

fn bind_udp(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // The kernel gives what it may; too small a buffer costs packets under load, so it is asked for and then looked at.
    socket.set_recv_buffer_size(BUFFER_BYTES)?;
    socket.set_send_buffer_size(BUFFER_BYTES)?;
    let granted = socket.recv_buffer_size()?;
    if granted < BUFFER_BYTES {
        tracing::debug!(%address, granted, wanted = BUFFER_BYTES, "UDP receive buffer is smaller than asked; raise net.core.rmem_max for many calls");
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    UdpSocket::from_std(socket.into())
}

fn bind_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(TCP_BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// The addresses to bind and advertise: the one given, or every usable one of this machine, loopback last.
fn local_addresses(listen: IpAddr) -> io::Result<Vec<IpAddr>> {
    if !listen.is_unspecified() {
        return Ok(vec![listen]);
    }
    let interfaces = rtc::shared::ifaces::ifaces()?;
    let mut addresses: Vec<IpAddr> = interfaces
        .iter()
        .filter_map(|interface| interface.addr)
        .map(|address| address.ip())
        .filter(|ip| usable(*ip, listen))
        .collect();
    addresses.push(IpAddr::V4(Ipv4Addr::LOCALHOST));
    // Global addresses before loopback, IPv4 before IPv6, each once.
    addresses.sort_by_key(|ip| (ip.is_loopback(), ip.is_ipv6(), *ip));
    addresses.dedup();
    addresses.truncate(ADDRESSES_MAX);
    Ok(addresses)
}

/// Link-local addresses need a zone, which a candidate cannot carry.
fn usable(ip: IpAddr, listen: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => !v4.is_link_local() && !v4.is_unspecified(),
        IpAddr::V6(v6) => listen.is_ipv6() && !v6.is_unicast_link_local() && !v6.is_unspecified(),
    }
}

/// A tenth of a second of 1,000 calls' packets.
const BUFFER_BYTES: usize = 4 * 1024 * 1024;
const _: () = assert!(BUFFER_BYTES > 100 * DATAGRAM_BYTES_MAX);
/// Most local addresses advertised: each costs the caller connectivity checks.
const ADDRESSES_MAX: usize = 8;
const PORT_TRIES_MAX: usize = 8;
const TCP_BACKLOG: i32 = 128;
