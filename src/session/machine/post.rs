//! Server events on their way out: sent while a control channel is open, kept in order and in bounds while none is. It writes none.

use crate::session::event::Output;
use std::collections::VecDeque;

/// Server events kept while no control channel is open; past it the oldest are dropped and counted.
pub(crate) const EVENTS_KEPT_MAX: usize = 512;

/// The events that wait, and whether they have to.
#[derive(Debug, Default)]
pub(crate) struct Post {
    open: bool,
    opened: bool,
    kept: VecDeque<String>,
}

impl Post {
    /// The control channel is open; true when it is for the first time.
    pub(crate) fn open(&mut self) -> bool {
        self.open = true;
        !std::mem::replace(&mut self.opened, true)
    }

    /// These events go out before all that waits.
    pub(crate) fn put_first(&mut self, events: Vec<String>) {
        for event in events.into_iter().rev() {
            self.kept.push_front(event);
        }
    }

    /// There is no control channel.
    pub(crate) fn close(&mut self) {
        self.open = false;
    }

    /// Takes fresh events and puts out what may go.
    pub(crate) fn send(&mut self, events: Vec<String>, out: &mut VecDeque<Output>) {
        self.kept.extend(events);
        if self.open {
            out.extend(self.kept.drain(..).map(Output::Control));
        }
        while self.kept.len() > EVENTS_KEPT_MAX {
            self.kept.pop_front();
            out.push_back(Output::Count("event_dropped_while_away"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_event_comes_before_what_was_told_earlier() {
        let (mut post, mut out) = (Post::default(), VecDeque::new());
        post.send(vec!["draining".to_owned()], &mut out);
        post.open();
        post.put_first(vec!["created".to_owned(), "token".to_owned()]);
        post.send(Vec::new(), &mut out);
        let told: Vec<String> = out.iter().map(|output| format!("{output:?}")).collect();
        assert_eq!(told, [r#"Control("created")"#, r#"Control("token")"#, r#"Control("draining")"#]);
    }

    #[test]
    fn what_is_kept_goes_out_in_order_and_the_oldest_is_given_up_first() {
        let (mut post, mut out) = (Post::default(), VecDeque::new());
        let events = (0..EVENTS_KEPT_MAX + 2).map(|n| n.to_string()).collect();
        post.send(events, &mut out);
        assert!(out.iter().all(|output| matches!(output, Output::Count("event_dropped_while_away"))));
        assert_eq!(out.len(), 2);
        out.clear();
        assert!(post.open());
        post.send(vec!["last".to_owned()], &mut out);
        assert_eq!(out.len(), EVENTS_KEPT_MAX + 1);
        assert!(matches!(out.front(), Some(Output::Control(text)) if text == "2"));
        assert!(matches!(out.back(), Some(Output::Control(text)) if text == "last"));
    }
}
