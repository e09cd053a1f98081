//! The control channel's queue: text waits here, in order, until the data channel takes it. It never drops a text silently.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Most bytes of text that wait for a caller; one more and the caller is not reading, so the leg is closed.
pub const CONTROL_BYTES_MAX: usize = 1024 * 1024;
/// Longest time without progress on an open channel before the leg is closed.
pub const CONTROL_STALL_MAX: Duration = Duration::from_secs(10);
/// Most bytes handed to the data channel and not yet acknowledged.
const WINDOW_BYTES_MAX: usize = 128 * 1024;
/// Longest single text in bytes: what every browser takes in one message (RFC 8831 section 6.6 warns of more).
const TEXT_BYTES_MAX: usize = 64 * 1024;
/// Most data channels a caller may open; one is used.
const CHANNELS_MAX: usize = 4;
/// The label under which clients of the Realtime protocol open their channel.
const LABEL: &str = "oai-events";

/// Why a text was not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The offer had no data channel.
    NoChannel,
    /// Longer than one message may be.
    TooLong,
    /// The caller is not reading.
    Full,
}

/// What became of a data channel that the caller opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opened {
    /// It is the control channel.
    Control,
    /// There is one already.
    Ignored,
    /// The caller opens channels without end.
    TooMany,
}

/// Text on its way to the caller.
#[derive(Debug)]
pub(super) struct Control {
    offered: bool,
    channel: Option<(usize, bool)>,
    channels: usize,
    waiting: VecDeque<String>,
    waiting_bytes: usize,
    /// Outstanding bytes at the last look and when they last fell, or were none.
    outstanding: usize,
    progress_at: Option<Instant>,
}

impl Control {
    pub(super) fn new(offered: bool) -> Self {
        Self {
            offered,
            channel: None,
            channels: 0,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            outstanding: 0,
            progress_at: None,
        }
    }

    /// The first channel is the control channel; one with the proper label takes its place while nothing was opened under that label.
    pub(super) fn opened(&mut self, id: usize, label: &str) -> Opened {
        self.channels += 1;
        if self.channels > CHANNELS_MAX {
            return Opened::TooMany;
        }
        let proper = label == LABEL;
        match self.channel {
            None => {
                self.channel = Some((id, proper));
                Opened::Control
            }
            Some((_, false)) if proper => {
                self.channel = Some((id, true));
                Opened::Control
            }
            Some(_) => Opened::Ignored,
        }
    }

    pub(super) fn is(&self, id: usize) -> bool {
        self.channel() == Some(id)
    }

    pub(super) fn channel(&self) -> Option<usize> {
        self.channel.map(|(id, _)| id)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn push(&mut self, now: Instant, text: String) -> Result<(), Refusal> {
        if !self.offered {
            return Err(Refusal::NoChannel);
        }
        if text.len() > TEXT_BYTES_MAX {
            return Err(Refusal::TooLong);
        }
        if self.waiting_bytes + text.len() > CONTROL_BYTES_MAX {
            return Err(Refusal::Full);
        }
        if self.waiting.is_empty() && self.outstanding == 0 {
            self.progress_at = Some(now);
        }
        self.waiting_bytes += text.len();
        self.waiting.push_back(text);
        Ok(())
    }

    /// The next text to hand over, given how many bytes the channel still holds.
    pub(super) fn next(&mut self, now: Instant, outstanding: usize) -> Option<String> {
        if outstanding < self.outstanding || outstanding == 0 {
            self.progress_at = Some(now);
        }
        self.outstanding = outstanding;
        if outstanding >= WINDOW_BYTES_MAX {
            return None;
        }
        let text = self.waiting.pop_front()?;
        self.waiting_bytes -= text.len();
        self.outstanding += text.len();
        Some(text)
    }

    /// An open channel holds text and has not moved for too long.
    pub(super) fn stalled(&self, now: Instant) -> bool {
        let holding = self.channel.is_some() && (self.outstanding > 0 || !self.waiting.is_empty());
        holding && self.progress_at.is_some_and(|at| now >= at + CONTROL_STALL_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_waits_for_the_channel_and_keeps_its_order() {
        let now = Instant::now();
        let mut control = Control::new(true);
        control.push(now, "a".to_owned()).expect("there is room");
        control.push(now, "b".to_owned()).expect("there is room");
        assert_eq!(control.channel(), None);
        assert_eq!(control.opened(1, "anything"), Opened::Control);
        assert_eq!(control.opened(3, "oai-events"), Opened::Control);
        assert_eq!(control.opened(5, "oai-events"), Opened::Ignored);
        assert!(control.is(3));
        assert_eq!(control.next(now, WINDOW_BYTES_MAX), None);
        assert_eq!(control.next(now, 0).as_deref(), Some("a"));
        assert_eq!(control.next(now, 1).as_deref(), Some("b"));
        assert_eq!(control.next(now, 2), None);
    }

    #[test]
    fn a_caller_who_does_not_read_is_noticed() {
        let now = Instant::now();
        let mut control = Control::new(true);
        control.opened(1, "oai-events");
        let text = "x".repeat(TEXT_BYTES_MAX);
        for _ in 0..CONTROL_BYTES_MAX / TEXT_BYTES_MAX {
            control.push(now, text.clone()).expect("there is room");
        }
        assert_eq!(control.push(now, text), Err(Refusal::Full));
        while control.next(now, control.outstanding).is_some() {}
        assert!(!control.stalled(now + CONTROL_STALL_MAX / 2));
        assert!(control.stalled(now + CONTROL_STALL_MAX));
        // An acknowledgement is progress.
        assert!(control.next(now + CONTROL_STALL_MAX, 1000).is_some());
        assert!(!control.stalled(now + CONTROL_STALL_MAX));
    }

    #[test]
    fn without_a_channel_text_is_refused_and_channels_are_counted() {
        let now = Instant::now();
        let mut control = Control::new(false);
        assert_eq!(control.push(now, "a".to_owned()), Err(Refusal::NoChannel));
        let opened: Vec<Opened> = (0..5).map(|id| control.opened(id, "x")).collect();
        assert_eq!(opened.last(), Some(&Opened::TooMany));
    }
}
