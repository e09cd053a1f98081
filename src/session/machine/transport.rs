//! Transports come and go under a session: what is held while there is none, and what a client that comes back has missed. Pure, as all of the
//! machine.

use crate::session::event::Input;
use crate::session::machine::Machine;
use crate::session::machine::speaker::Missed;
use agent::dialogue::Input as Word;
use media::call::{Carriage, Input as Ear};
use media::frame::Samples;
use std::time::Instant;

/// A client on its way back: its transport is there, its control channel not yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Return {
    /// How its sound will travel.
    carriage: Carriage,
    /// The last event it has seen, if it said so.
    after: Option<u64>,
    /// Sound that was taken for heard and was not.
    unheard: Samples,
}

/// The number of an event, of which its `event_id` is made; `None` when this is none of ours.
pub fn event_number(event_id: &str) -> Option<u64> {
    let (_, number) = event_id.strip_prefix("event_")?.rsplit_once('_')?;
    // Digits alone: no sign, and no second way to write it.
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok()).flatten()
}

impl Machine {
    /// A transport is there.
    pub(crate) fn attached(&mut self, now: Instant, resumed: bool, stream: bool, after: Option<u64>) {
        self.post.close();
        self.wire.sound_in(stream.then_some(self.desk.settings.speaks));
        let carriage = if stream { Carriage::Stream } else { Carriage::Packets };
        if !resumed && !self.absent {
            self.ears.extend(self.desk.settings.ears());
            self.ears.push_back(Ear::Attached(carriage));
            return;
        }
        // Nobody may have noticed yet that the one before is dead.
        self.leave(now);
        self.presence.came();
        let unheard = after.map_or(Samples(0), |after| self.miss(now, after));
        if stream {
            // A stream has no place to go back to: what was begun is told anew.
            self.ears.push_back(Ear::Cut);
        }
        self.returning = Some(Return { carriage, after, unheard });
    }

    /// Events may be sent.
    pub(crate) fn control_open(&mut self, now: Instant) {
        let first = self.post.open();
        if first {
            let session = self.desk.settings.object(&self.setup);
            self.wire.session("session.created", &session);
            if self.setup.tells_created && self.desk.settings.converses() {
                self.wire.conversation_created();
            }
            self.wire.resume(&self.setup.resume_token, self.setup.resume_expires_at, false);
            // What was told before there was a channel, as a drain, comes after the session's own event.
            self.post.put_first(self.wire.take());
            self.list_remotes();
        }
        if let Some(back) = self.returning.take() {
            if !first {
                self.welcome(&back);
            }
            self.absent = false;
            self.ears.extend(self.desk.settings.ears());
            self.ears.push_back(Ear::Attached(back.carriage));
            self.tell(now, Word::CallerBack);
        }
        if first && self.setup.greets && self.desk.settings.converses() {
            self.tell_unasked(now, Word::Opened);
        }
    }

    /// The transport is gone.
    pub(crate) fn detached(&mut self, now: Instant) {
        self.post.close();
        self.returning = None;
        self.presence.went(now);
        self.leave(now);
    }

    /// Nobody is there who hears or could be heard.
    pub(crate) fn is_away(&self) -> bool {
        self.absent
    }

    /// What a transport says before its control channel is open: sound of a client that comes back has no ear yet.
    pub(crate) fn is_early(&self, input: &Input) -> bool {
        self.returning.is_some() && matches!(input, Input::Media(_))
    }

    fn leave(&mut self, now: Instant) {
        if !std::mem::replace(&mut self.absent, true) {
            self.ears.push_back(Ear::Detached);
            self.tell(now, Word::CallerLeft);
        }
    }

    /// First what happened, in order, then how things stand.
    fn welcome(&mut self, back: &Return) {
        let replayed = self.post.replay(&mut self.dispatch.out);
        self.wire.resumed(back.after, replayed, back.unheard);
        let session = self.desk.settings.object(&self.setup);
        self.wire.session("session.updated", &session);
        self.wire.resume(&self.setup.resume_token, self.setup.resume_expires_at, true);
    }

    /// A client that has seen nothing after this event has heard nothing after it either: the ledger, the conversation and the consent go back
    /// to there. Answers how much sound that is.
    fn miss(&mut self, now: Instant, after: u64) -> Samples {
        self.post.seen(after);
        let mut unheard = 0;
        for (item, heard_bytes) in self.wire.unseen(after) {
            let Some(Missed { say, ids, text, place, heard, lost }) = self.speaker.unheard(&item, heard_bytes) else {
                continue;
            };
            unheard += lost.0;
            if let Some(item) = place {
                self.ears.push_back(Ear::Unheard { item, at: heard });
                continue;
            }
            self.wire.unheard(&ids, heard.as_ms(), &text, heard_bytes);
            if !ids.apart {
                self.tell(now, Word::Unheard { say, heard_bytes, line_dead: true });
            }
        }
        Samples(unheard)
    }
}

#[cfg(test)]
mod tests;
