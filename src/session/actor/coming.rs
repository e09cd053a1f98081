//! Transports of a client that comes back, until their control channel opens: only then does one take the place of the old. A request that was
//! held up in a dead network arrives late, and its transport never opens: it may not take a good one away. It decides nothing else.

use crate::session::actor::Transport;
use crate::session::event::{LegCommand, LegEvent};
use std::collections::VecDeque;
use std::task::{Context, Poll};

/// Most transports that are awaited at once; past it the oldest is let go.
const COMING_MAX: usize = 4;

/// One that is awaited.
struct Awaited {
    transport: Transport,
    after: Option<u64>,
}

/// Those that are on their way.
#[derive(Default)]
pub(crate) struct Coming {
    awaited: VecDeque<Awaited>,
}

impl Coming {
    /// One more is on its way; `after` is the last event that its client has seen.
    pub(crate) fn expect(&mut self, transport: Transport, after: Option<u64>) {
        self.awaited.push_back(Awaited { transport, after });
        if self.awaited.len() > COMING_MAX {
            self.awaited.pop_front().iter().for_each(let_go);
        }
    }

    /// The next one whose control channel is open, and what its client has seen; waits for ever while there is none.
    pub(crate) async fn next(&mut self) -> (Transport, Option<u64>) {
        std::future::poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<(Transport, Option<u64>)> {
        let mut at = 0;
        while let Some(awaited) = self.awaited.get_mut(at) {
            match awaited.transport.events.poll_recv(context) {
                Poll::Ready(Some(LegEvent::ControlOpen)) => {
                    if let Some(Awaited { transport, after }) = self.awaited.remove(at) {
                        return Poll::Ready((transport, after));
                    }
                }
                // Nobody hears it yet; whether more has come is asked at once.
                Poll::Ready(Some(
                    LegEvent::Connected
                    | LegEvent::Media(_)
                    | LegEvent::Text(_)
                    | LegEvent::Digit(_)
                    | LegEvent::Report(_),
                )) => {}
                Poll::Ready(Some(LegEvent::Closed { .. }) | None) => drop(self.awaited.remove(at)),
                Poll::Pending => at += 1,
            }
        }
        Poll::Pending
    }

    /// The session is over.
    pub(crate) fn close(&mut self) {
        self.awaited.drain(..).for_each(|awaited| let_go(&awaited));
    }
}

fn let_go(awaited: &Awaited) {
    // Who has not read so far learns it from the closed queue.
    let _ = awaited.transport.commands.try_send(LegCommand::Close);
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;
    use tokio::sync::mpsc;

    fn transport() -> (mpsc::Sender<LegEvent>, mpsc::Receiver<LegCommand>, Transport) {
        let (tell, events) = mpsc::channel(4);
        let (commands, told) = mpsc::channel(4);
        (tell, told, Transport { events, commands, stream: false })
    }

    #[test]
    fn the_first_to_open_comes_and_one_that_never_opens_takes_nothing_away() {
        let mut coming = Coming::default();
        let (late, _late_told, one) = transport();
        let (good, _good_told, two) = transport();
        let (dead, _dead_told, three) = transport();
        for (transport, after) in [(one, 6), (two, 118), (three, 7)] {
            coming.expect(transport, Some(after));
        }
        assert!(coming.next().now_or_never().is_none());
        late.try_send(LegEvent::Connected).expect("there is room");
        dead.try_send(LegEvent::Closed { reason: "timeout" }).expect("there is room");
        assert!(coming.next().now_or_never().is_none());
        assert_eq!(coming.awaited.len(), 2);
        good.try_send(LegEvent::ControlOpen).expect("there is room");
        assert_eq!(coming.next().now_or_never().and_then(|(_, after)| after), Some(118));
        // The other may still come, as a second attempt of the same client does.
        late.try_send(LegEvent::ControlOpen).expect("there is room");
        assert_eq!(coming.next().now_or_never().and_then(|(_, after)| after), Some(6));
    }

    #[test]
    fn they_are_bounded_and_told_when_they_are_let_go() {
        let mut coming = Coming::default();
        let (ends, transports): (Vec<_>, Vec<_>) =
            (0..COMING_MAX + 1).map(|_| transport()).map(|(tell, told, one)| ((tell, told), one)).unzip();
        for transport in transports {
            coming.expect(transport, None);
        }
        assert_eq!(coming.awaited.len(), COMING_MAX);
        coming.close();
        for (_, mut told) in ends {
            assert!(matches!(told.try_recv(), Ok(LegCommand::Close)));
        }
    }
}
