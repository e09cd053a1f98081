//! Further connections to a session: they are told every event and may send events of their own, but carry no sound. It decides nothing.

use crate::session::event::{LegCommand, LegEvent};
use std::task::Poll;
use tokio::sync::mpsc;

/// Most further connections to one session.
const SIDES_MAX: usize = 4;

struct Side {
    events: mpsc::Receiver<LegEvent>,
    commands: mpsc::Sender<LegCommand>,
}

/// What one too many is told, before its line is closed.
fn refusal() -> String {
    let why = format!("{SIDES_MAX} further connections steer this call already, which is the most.");
    let error = serde_json::json!({
        "type": "invalid_request_error", "code": "too_many_connections", "message": why, "param": "call_id",
        "event_id": null,
    });
    serde_json::json!({ "type": "error", "event_id": "event_refused", "error": error }).to_string()
}

/// Those that are there.
#[derive(Default)]
pub(crate) struct Sides {
    sides: Vec<Side>,
}

impl Sides {
    /// One more is there; false, and it is let go, when there are [`SIDES_MAX`] already.
    pub(crate) fn join(&mut self, events: mpsc::Receiver<LegEvent>, commands: mpsc::Sender<LegCommand>) -> bool {
        let room = self.sides.len() < SIDES_MAX;
        if room {
            self.sides.push(Side { events, commands });
        } else {
            // Its queue is new and empty: there is room for both.
            let _ = commands.try_send(LegCommand::Text(refusal()));
            let _ = commands.try_send(LegCommand::Close);
        }
        room
    }

    /// The next event that one of them sends; waits for ever while there is none.
    pub(crate) async fn next(&mut self) -> String {
        std::future::poll_fn(|context| {
            let mut at = 0;
            while let Some(side) = self.sides.get_mut(at) {
                match side.events.poll_recv(context) {
                    Poll::Ready(Some(LegEvent::Text(text))) => return Poll::Ready(text),
                    // Nothing else is of interest; whether more has come is asked at once.
                    Poll::Ready(Some(
                        LegEvent::Connected
                        | LegEvent::ControlOpen
                        | LegEvent::Media(_)
                        | LegEvent::Digit(_)
                        | LegEvent::Report(_),
                    )) => {}
                    Poll::Ready(Some(LegEvent::Closed { .. }) | None) => drop(self.sides.swap_remove(at)),
                    Poll::Pending => at += 1,
                }
            }
            Poll::Pending
        })
        .await
    }

    /// Tells all of them; who does not read is let go.
    pub(crate) fn tell(&mut self, text: &str) {
        self.sides.retain(|side| side.commands.try_send(LegCommand::Text(text.to_owned())).is_ok());
    }

    /// The session is over.
    pub(crate) fn close(&mut self) {
        for side in self.sides.drain(..) {
            // Who has not read so far learns it from the closed queue.
            let _ = side.commands.try_send(LegCommand::Close);
        }
    }
}
