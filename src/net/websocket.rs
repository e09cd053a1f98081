//! The Realtime protocol over a WebSocket: frames to a session's transport and back. It reads no event and decides nothing.

use crate::net::limits::Pace;
use crate::session::actor::Transport;
use crate::session::event::{LegCommand, LegEvent};
use crate::session::measure;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// The largest frame and message, in bytes: the protocol's largest event.
pub const MESSAGE_BYTES_MAX: usize = (20 * 1024 + 64) * 1024;
/// What is read of a socket at once, in bytes: a frame of sound in its event, and what an idle caller costs.
pub const READ_BYTES: usize = 4096;
/// Events of the client that wait for the session; past it the socket is not read, which is all the answer a flood gets.
const EVENTS_MAX: usize = 4;
/// Events of the session that wait for the socket.
const COMMANDS_MAX: usize = 256;
/// A client that takes nothing for this long is gone.
pub(crate) const WRITE_STALL_MAX: Duration = Duration::from_secs(10);
/// A client that does not answer a goodbye is left after this.
pub(crate) const GOODBYE_MAX: Duration = Duration::from_secs(2);
/// A line is asked this often whether it lives; it is gone when it has answered neither of two.
pub(crate) const PING_EVERY: Duration = Duration::from_secs(20);

/// The session's end of a socket, and the socket's own end, which keeps this pace.
#[must_use]
pub fn transport(pace: Option<Pace>) -> (Transport, Line) {
    let (to_session, events) = mpsc::channel(EVENTS_MAX);
    let (commands, from_session) = mpsc::channel(COMMANDS_MAX);
    (Transport { events, commands, stream: true }, Line { to_session, from_session, pace })
}

/// The socket's end of a transport.
#[derive(Debug)]
pub struct Line {
    pub(crate) to_session: mpsc::Sender<LegEvent>,
    pub(crate) from_session: mpsc::Receiver<LegCommand>,
    pub(crate) pace: Option<Pace>,
}

/// What ended a line.
struct End {
    /// For the session: `hangup` ends it, anything else lets the client come back.
    reason: &'static str,
    /// What the client is told.
    close: (u16, &'static str),
}

impl End {
    const fn of(reason: &'static str) -> Self {
        Self { reason, close: (close_code::NORMAL, "") }
    }
}

/// Carries events both ways until one side ends; the session learns how.
pub async fn carry(mut socket: WebSocket, mut line: Line) {
    let end = match line.to_session.send(LegEvent::ControlOpen).await {
        Ok(()) => pump(&mut socket, &mut line).await,
        Err(_) => End::of("closed"),
    };
    measure::count("websocket_closed");
    // A session that has ended takes nothing any more.
    let _ = line.to_session.send(LegEvent::Closed { reason: end.reason }).await;
    let (code, reason) = end.close;
    let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason) };
    let goodbye = async {
        // A socket that is dropped with something unread in it is reset, and its last events never arrive.
        if socket.send(Message::Close(Some(frame))).await.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    let _ = tokio::time::timeout(GOODBYE_MAX, goodbye).await;
}

async fn pump(socket: &mut WebSocket, line: &mut Line) -> End {
    let mut ping = tokio::time::interval(PING_EVERY);
    // The first tick comes at once.
    let (mut silent, mut heard) = (0, true);
    // A session that is over hears nothing any more, but what it said last is still to be told.
    let mut deaf = false;
    // Who sends too fast is not read for a while: nothing is lost, and the line fills up to its client.
    let mut unread_until: Option<Instant> = None;
    loop {
        let message = tokio::select! {
            command = line.from_session.recv() => match command {
                Some(LegCommand::Text(text)) => Message::Text(Utf8Bytes::from(text)),
                Some(LegCommand::Media(_)) => continue,
                Some(LegCommand::Close) | None => return End::of("closed"),
            },
            _ = ping.tick() => {
                // A line that is not read cannot be heard.
                silent = if std::mem::take(&mut heard) || unread_until.is_some() { 0 } else { silent + 1 };
                if silent == 2 {
                    return End::of("silent");
                }
                Message::Ping(Vec::new().into())
            }
            () = until(unread_until) => {
                (unread_until, heard) = (None, true);
                continue;
            }
            message = socket.recv(), if !deaf && unread_until.is_none() => {
                heard = true;
                match received(message) {
                    Ok(None) => {}
                    Ok(Some(text)) => {
                        let pace = line.pace.as_ref();
                        unread_until = pace.and_then(|pace| pace.took(text.len(), Instant::now()));
                        if unread_until.is_some() {
                            measure::count("websocket_held_back");
                        }
                        deaf = line.to_session.send(LegEvent::Text(text)).await.is_err();
                    }
                    Err(end) => return end,
                }
                continue;
            }
        };
        match tokio::time::timeout(WRITE_STALL_MAX, socket.send(message)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return End::of("failed"),
            Err(_) => return End::of("stalled"),
        }
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// The text of an event, if it is one.
fn received(message: Option<Result<Message, axum::Error>>) -> Result<Option<String>, End> {
    match message {
        Some(Ok(Message::Text(text))) => Ok(Some(text.as_str().to_owned())),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
        Some(Ok(Message::Binary(_))) => {
            measure::count("websocket_binary_refused");
            Err(End { reason: "unreadable", close: (close_code::UNSUPPORTED, "Events are JSON text.") })
        }
        // Who says goodbye does not come back; whose page or line goes away may.
        Some(Ok(Message::Close(frame))) => {
            let goodbye = frame.is_none_or(|frame| frame.code == close_code::NORMAL);
            Err(End::of(if goodbye { "hangup" } else { "gone" }))
        }
        Some(Err(error)) => {
            tracing::debug!(%error, "the socket failed");
            Err(End { reason: "failed", close: (close_code::PROTOCOL, "The message cannot be read.") })
        }
        None => Err(End::of("gone")),
    }
}
