//! The task of one call: owns the leg, moves its outputs to sockets and session, and ends with everything it started. It never decides anything itself.

use crate::net::limits::Pace;
use crate::net::webrtc::demux::{Arrival, Place};
use crate::net::webrtc::peer::{Link, PeerCommand, PeerEvent};
use crate::net::webrtc::sockets::Sockets;
use bytes::Bytes;
use media::leg::webrtc::{LegInput, LegOutput, WebRtcLeg};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Most datagrams waiting for a call's task: two seconds of media.
pub(super) const DATAGRAMS_MAX: usize = 128;
/// Most events in the session's channel; behind it a queue drops its oldest media.
pub(super) const EVENTS_MAX: usize = 32;
/// Most commands in the call's channel; the session waits when it is full.
pub(super) const COMMANDS_MAX: usize = 64;
/// Most media packets waiting for a session that is late: one second.
const MEDIA_WAITING_MAX: usize = 50;
/// Most texts waiting for a session that is late; more, and the call is closed.
const TEXTS_WAITING_MAX: usize = 256;
/// Most TCP streams of one call.
const STREAMS_MAX: usize = 4;
/// Shortest sleep: a timer of the machine that is already past must not spin.
const SLEEP_MIN: Duration = Duration::from_millis(1);
/// Longest wait for a session that does not take its last events.
const FAREWELL_MAX: Duration = Duration::from_secs(2);

/// Longest time for a session's last words to be confirmed by the caller: a lost one is said again after a second at the soonest, and on a bad
/// line the second time is lost too, which doubles the wait (RFC 9260 section 6.3).
const LAST_WORDS_MAX: Duration = Duration::from_secs(8);

/// One call between the sockets and its session.
pub(super) struct Connection {
    /// Boxed: it is large, and the task's future keeps a place for each way the connection goes.
    leg: Box<WebRtcLeg>,
    place: Place,
    sockets: Arc<Sockets>,
    arriving: mpsc::Receiver<Arrival>,
    commands: mpsc::Receiver<PeerCommand>,
    events: mpsc::Sender<PeerEvent>,
    pace: Option<Pace>,
    /// Texts wait until then: their sender is too fast.
    held_until: Option<Instant>,
    waiting: VecDeque<PeerEvent>,
    media_waiting: usize,
    texts_waiting: usize,
    streams: Vec<(SocketAddr, mpsc::Sender<Bytes>)>,
    begun: Instant,
    deadline: Option<Instant>,
    /// The session is over: the call ends when its last words have arrived, and then at the latest.
    leaves_by: Option<Instant>,
    closed: bool,
}

impl Connection {
    pub(super) fn new(
        leg: WebRtcLeg,
        place: Place,
        sockets: Arc<Sockets>,
        arriving: mpsc::Receiver<Arrival>,
        commands: mpsc::Receiver<PeerCommand>,
        events: mpsc::Sender<PeerEvent>,
        pace: Option<Pace>,
    ) -> Self {
        Self {
            leg: Box::new(leg),
            place,
            sockets,
            arriving,
            commands,
            events,
            pace,
            held_until: None,
            waiting: VecDeque::new(),
            media_waiting: 0,
            texts_waiting: 0,
            streams: Vec::new(),
            begun: Instant::now(),
            deadline: None,
            leaves_by: None,
            closed: false,
        }
    }

    /// Runs until the leg is closed, by whichever side.
    pub(super) async fn run(mut self, cancel: CancellationToken) {
        let events = self.events.clone();
        self.drain();
        while !self.closed {
            self.held_until = self.held_until.filter(|until| *until > Instant::now());
            let wakes = [self.deadline, self.held_until].into_iter().flatten().min();
            let sleep = wakes.map_or(FAREWELL_MAX, |at| at.saturating_duration_since(Instant::now()).max(SLEEP_MIN));
            let input = tokio::select! {
                () = cancel.cancelled(), if self.leaves_by.is_none() => self.session_gone(),
                arrival = self.arriving.recv() => self.on_arrival(arrival),
                command = self.commands.recv(), if self.leaves_by.is_none() => self.on_command(command),
                room = events.reserve(), if self.leaves_by.is_none() && self.next().is_some() => self.hand_over(room),
                () = events.closed(), if self.leaves_by.is_none() => self.session_gone(),
                () = tokio::time::sleep(sleep) => Some(LegInput::Tick),
            };
            if let Some(input) = input {
                self.leg.handle(Instant::now(), input);
                self.drain();
            }
            self.leave();
        }
        self.farewell().await;
    }

    /// A session that closes has said its last words just before: they are given time to arrive, for a closed association repeats nothing.
    fn leave(&mut self) {
        let Some(by) = self.leaves_by.filter(|_| !self.closed) else { return };
        if self.leg.text_is_delivered() || Instant::now() >= by {
            self.leg.handle(Instant::now(), LegInput::Close);
            self.drain();
        } else {
            self.deadline = Some(self.deadline.map_or(by, |at| at.min(by)));
        }
    }

    /// Nobody listens to us any more; what was said before that still goes out.
    fn session_gone(&mut self) -> Option<LegInput> {
        while let Ok(command) = self.commands.try_recv() {
            if let Some(input) = self.on_command(Some(command)) {
                self.leg.handle(Instant::now(), input);
                self.drain();
            }
        }
        self.leaves_by.get_or_insert(Instant::now() + LAST_WORDS_MAX);
        None
    }

    fn on_command(&mut self, command: Option<PeerCommand>) -> Option<LegInput> {
        match command {
            Some(PeerCommand::Media(packet)) => Some(LegInput::Media(packet)),
            Some(PeerCommand::Text(text)) => Some(LegInput::Text(text)),
            Some(PeerCommand::Close) | None => {
                self.leaves_by = Some(Instant::now() + LAST_WORDS_MAX);
                None
            }
        }
    }

    /// The next event for the session: its sound goes on while texts are held back.
    fn next(&self) -> Option<usize> {
        match self.held_until {
            None => (!self.waiting.is_empty()).then_some(0),
            Some(_) => self.waiting.iter().position(|event| !matches!(event, PeerEvent::Text(_))),
        }
    }

    /// Gives the session its next event.
    fn hand_over(&mut self, room: Result<mpsc::Permit<'_, PeerEvent>, mpsc::error::SendError<()>>) -> Option<LegInput> {
        let Ok(room) = room else { return self.session_gone() };
        let event = self.next().and_then(|at| self.waiting.remove(at))?;
        match &event {
            PeerEvent::Media(_) => self.media_waiting -= 1,
            PeerEvent::Text(text) => {
                self.texts_waiting -= 1;
                self.held_until = self.pace.as_ref().and_then(|pace| pace.took(text.len(), Instant::now()));
            }
            PeerEvent::Connected
            | PeerEvent::ControlOpen
            | PeerEvent::Digit(_)
            | PeerEvent::Report(_)
            | PeerEvent::Closed { .. } => {}
        }
        room.send(event);
        None
    }

    fn on_arrival(&mut self, arrival: Option<Arrival>) -> Option<LegInput> {
        match arrival {
            Some(Arrival::Datagram { source, destination, tcp, bytes }) => {
                Some(LegInput::Datagram { source, destination, tcp, bytes })
            }
            Some(Arrival::Stream { source, writer }) => {
                self.streams.retain(|(_, writer)| !writer.is_closed());
                if self.streams.len() < STREAMS_MAX {
                    self.streams.push((source, writer));
                }
                None
            }
            None => Some(LegInput::Close),
        }
    }

    /// Carries out everything the leg wants.
    fn drain(&mut self) {
        loop {
            match self.leg.poll() {
                LegOutput::Transmit { destination, source, tcp, bytes } => {
                    self.transmit(source, destination, tcp, bytes)
                }
                LegOutput::Media(packet) => self.queue(PeerEvent::Media(packet)),
                LegOutput::Text(text) => self.queue(PeerEvent::Text(text)),
                LegOutput::Connected => {
                    metrics::histogram!("voxfare_webrtc_setup_seconds").record(self.begun.elapsed().as_secs_f64());
                    self.queue(PeerEvent::Connected);
                }
                LegOutput::ControlOpen => self.queue(PeerEvent::ControlOpen),
                LegOutput::Report { loss_percent, jitter_ms, rtt_ms, peer_loss_percent } => {
                    metrics::histogram!("voxfare_webrtc_loss_percent").record(f64::from(loss_percent));
                    metrics::histogram!("voxfare_webrtc_jitter_seconds").record(f64::from(jitter_ms) / 1000.0);
                    self.queue(PeerEvent::Report(Link { loss_percent, jitter_ms, rtt_ms, peer_loss_percent }));
                }
                LegOutput::Closed { reason } => {
                    metrics::counter!("voxfare_webrtc_calls_closed_total", "reason" => reason).increment(1);
                    self.queue(PeerEvent::Closed { reason });
                    self.closed = true;
                }
                LegOutput::Dropped { what } => {
                    metrics::counter!("voxfare_webrtc_dropped_total", "what" => what).increment(1)
                }
                LegOutput::Timeout(at) => {
                    self.deadline = at;
                    return;
                }
            }
        }
    }

    fn transmit(&mut self, source: SocketAddr, destination: SocketAddr, tcp: bool, bytes: Bytes) {
        let sent = if tcp {
            let stream = self.streams.iter().find(|(address, _)| *address == destination);
            stream.is_some_and(|(_, writer)| writer.try_send(bytes).is_ok())
        } else {
            self.place.learn(destination);
            self.sockets.send(source, destination, &bytes).is_ok()
        };
        if !sent {
            metrics::counter!("voxfare_webrtc_transmits_dropped_total").increment(1);
        }
    }

    /// Queues for the session: media drops its oldest, text never.
    fn queue(&mut self, event: PeerEvent) {
        match &event {
            PeerEvent::Media(_) if self.media_waiting >= MEDIA_WAITING_MAX => {
                let oldest = self.waiting.iter().position(|waiting| matches!(waiting, PeerEvent::Media(_)));
                self.waiting.remove(oldest.expect("as many media wait as are counted"));
                metrics::counter!("voxfare_webrtc_dropped_total", "what" => "session_late").increment(1);
            }
            PeerEvent::Media(_) => self.media_waiting += 1,
            PeerEvent::Text(_) => self.texts_waiting += 1,
            PeerEvent::Connected
            | PeerEvent::ControlOpen
            | PeerEvent::Digit(_)
            | PeerEvent::Report(_)
            | PeerEvent::Closed { .. } => {}
        }
        self.waiting.push_back(event);
        if self.texts_waiting > TEXTS_WAITING_MAX && !self.closed {
            self.closed = true;
            self.leg.handle(Instant::now(), LegInput::Close);
            self.waiting.push_back(PeerEvent::Closed { reason: "too much text" });
        }
    }

    /// Hands the session what still waits, the last word included.
    async fn farewell(mut self) {
        // What the leg said at its end (the goodbye) has been queued after a forced close.
        while let LegOutput::Transmit { destination, source, tcp, bytes } = self.leg.poll() {
            self.transmit(source, destination, tcp, bytes);
        }
        let handing_over = async {
            for event in self.waiting.drain(..) {
                if self.events.send(event).await.is_err() {
                    return;
                }
            }
        };
        if tokio::time::timeout(FAREWELL_MAX, handing_over).await.is_err() {
            tracing::debug!("the session did not take its last events");
        }
    }
}
