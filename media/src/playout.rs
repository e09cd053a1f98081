//! What goes out: the queue of sayings, and the ledger of what was sent and what was heard. It never encodes or waits.

mod saying;

use self::saying::Saying;
use crate::frame::{FRAME_MS, FRAME_SAMPLES, Frame, INNER_RATE_HZ, Samples};
use crate::transcript::{Heard, ItemId, Speech};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Most sound queued, in samples (three minutes).
pub const PLAYOUT_SAMPLES_MAX: usize = 180 * INNER_RATE_HZ as usize;
/// Most sayings queued.
pub const SAYINGS_MAX: usize = 64;
/// Most frames on their way to the caller's ear.
const FLIGHT_MAX: usize = 64;
/// Ramp at a cut, in samples (10 ms), so that it does not click.
const FADE_SAMPLES: usize = INNER_RATE_HZ as usize / 100;

/// What the ledger has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// The first frame of an item was taken.
    Started(ItemId),
    /// Another word was heard.
    Word(Heard),
    /// The whole item was heard.
    Done(Heard),
}

/// A frame on its way.
#[derive(Clone, Copy, Debug)]
struct Flight {
    item: ItemId,
    from: u64,
    samples: u64,
    /// When its first sample sounds at the caller.
    sounds: Instant,
}

/// The queue and its ledger.
#[derive(Debug)]
pub struct Playout {
    queue: VecDeque<Saying>,
    flight: VecDeque<Flight>,
    /// From taking a frame to its sounding at the caller.
    delay: Duration,
    held: bool,
    fade_in: bool,
    /// The ramp that ends the sound after a pause or a cut.
    fade_out: Option<Frame>,
    told: VecDeque<Told>,
}

impl Playout {
    /// Nothing queued. `delay` is the time from taking a frame until it sounds at the caller: network and his buffer.
    pub fn new(delay: Duration) -> Self {
        Self {
            queue: VecDeque::new(),
            flight: VecDeque::new(),
            delay,
            held: false,
            fade_in: false,
            fade_out: None,
            told: VecDeque::new(),
        }
    }

    /// Queues a piece of speech; `false` when it, or part of it, did not fit and was dropped.
    pub fn add(&mut self, speech: Speech) -> bool {
        let queued: usize = self.queue.iter().map(Saying::len).sum();
        let room = PLAYOUT_SAMPLES_MAX.saturating_sub(queued);
        if !self.queue.iter().any(|s| s.item() == speech.item) {
            if self.queue.len() >= SAYINGS_MAX {
                return false;
            }
            self.queue.push_back(Saying::new(speech.item));
        }
        let saying = self.queue.iter_mut().find(|s| s.item() == speech.item);
        saying.is_some_and(|saying| saying.add(speech, room))
    }

    /// Drops an item of which nothing was sent.
    pub fn drop_unsent(&mut self, item: ItemId) {
        self.queue.retain(|s| s.item() != item || s.begun());
    }

    /// A frame can be taken now. With `start` false only what has begun may go on.
    pub fn has_frame(&self, start: bool) -> bool {
        !self.held && self.current().is_some_and(|s| (start || s.begun()) && s.has_frame())
    }

    /// Something was begun and is not yet wholly heard: the caller may be listening to us.
    pub fn is_audible(&self) -> bool {
        self.queue.iter().any(Saying::begun)
    }

    /// Nothing is queued, sent and not yet heard, or fading.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.fade_out.is_none()
    }

    /// It was paused and not yet resumed.
    pub fn is_held(&self) -> bool {
        self.held
    }

    /// The ramp that must still be sent after a pause or a cut.
    pub fn take_fade(&mut self) -> Option<Frame> {
        self.fade_out.take()
    }

    /// Takes the next frame, which goes out for the moment `at`; call only when [`Playout::has_frame`].
    pub fn take(&mut self, at: Instant) -> Option<Frame> {
        let saying = self.queue.iter_mut().find(|s| !s.all_sent())?;
        let (mut frame, samples) = saying.peek();
        if samples == 0 {
            return None;
        }
        if !saying.begun() {
            self.told.push_back(Told::Started(saying.item()));
        }
        let from = saying.sent();
        saying.advance(samples);
        if std::mem::take(&mut self.fade_in) {
            ramp(&mut frame, |i| i as f32 / FADE_SAMPLES as f32);
        }
        if self.flight.len() < FLIGHT_MAX {
            let flight = Flight { item: saying.item(), from, samples: samples as u64, sounds: at + self.delay };
            self.flight.push_back(flight);
        }
        Some(frame)
    }

    /// Moves the ledger to `now`.
    pub fn advance(&mut self, now: Instant) {
        while let Some(flight) = self.flight.front().copied() {
            let played = played(&flight, now);
            let Some(saying) = self.queue.iter_mut().find(|s| s.item() == flight.item) else {
                self.flight.pop_front();
                continue;
            };
            if saying.hear(flight.from + played) && played > 0 {
                self.told.push_back(Told::Word(saying.report()));
            }
            if played < flight.samples {
                break;
            }
            self.flight.pop_front();
        }
        self.retire();
    }

    /// When the ledger will next move.
    pub fn due(&self) -> Option<Instant> {
        self.flight.front().map(|f| f.sounds + Duration::from_millis(FRAME_MS))
    }

    /// What happened since it was last asked, oldest first.
    pub fn tell(&mut self) -> Option<Told> {
        self.told.pop_front()
    }

    /// Stops taking frames; answers what was heard of the item that was being said, if one was.
    pub fn pause(&mut self, now: Instant) -> Option<Heard> {
        self.advance(now);
        if self.held {
            return None;
        }
        let heard = self.queue.iter().rev().find(|s| s.begun()).map(Saying::report)?;
        self.fade();
        self.held = true;
        Some(heard)
    }

    /// Goes on from the start of the last word that was sent in part; answers the item, if one goes on.
    pub fn resume(&mut self) -> Option<ItemId> {
        if !std::mem::take(&mut self.held) {
            return None;
        }
        self.fade_out = None;
        let saying = self.queue.iter_mut().find(|s| !s.all_sent()).filter(|s| s.begun())?;
        let sent = saying.sent();
        saying.rewind(sent);
        self.fade_in = true;
        Some(saying.item())
    }

    /// The leg is gone and with it what was on its way: the ledger goes back to what was heard.
    pub fn lose_flight(&mut self, now: Instant) -> Option<Heard> {
        self.advance(now);
        for flight in std::mem::take(&mut self.flight) {
            if let Some(saying) = self.queue.iter_mut().find(|s| s.item() == flight.item) {
                saying.rewind(flight.from);
            }
        }
        let heard = if self.held { None } else { self.queue.iter().rev().find(|s| s.begun()).map(Saying::report) };
        self.fade_out = None;
        self.held = true;
        heard
    }

    /// Of this item no more was heard than this, whatever was thought; words that were told stay told until the item is cut.
    pub fn limit(&mut self, item: ItemId, at: Samples) {
        if let Some(saying) = self.queue.iter_mut().find(|saying| saying.item() == item) {
            saying.limit(at.0);
            self.flight.retain(|flight| flight.item != item);
        }
    }

    /// Of this item no more was heard than this, and it goes on from the start of the word that lies there; answers what was heard.
    pub fn unheard(&mut self, item: ItemId, at: Samples) -> Option<Heard> {
        self.limit(item, at);
        let saying = self.queue.iter_mut().find(|saying| saying.item() == item && saying.begun())?;
        saying.rewind(at.0);
        Some(saying.report())
    }

    /// Drops everything; answers what was heard of each item that had begun, in order.
    pub fn cut(&mut self, now: Instant) -> Vec<Heard> {
        self.advance(now);
        if !self.held {
            self.fade();
        }
        self.held = false;
        self.fade_in = false;
        self.flight.clear();
        self.queue.drain(..).filter(Saying::begun).map(|s| s.report()).collect()
    }

    fn current(&self) -> Option<&Saying> {
        self.queue.iter().find(|s| !s.all_sent())
    }

    /// Keeps the next samples, ramped to silence, as the end of the sound; the ledger does not count them.
    fn fade(&mut self) {
        let next = self.current().filter(|s| s.begun()).map(Saying::peek);
        self.fade_out = next.filter(|(_, samples)| *samples > 0).map(|(mut frame, _)| {
            ramp(&mut frame, |i| 1.0 - i as f32 / FADE_SAMPLES as f32);
            frame.0[FADE_SAMPLES.min(FRAME_SAMPLES)..].fill(0);
            frame
        });
    }

    /// Lets go of what was wholly heard.
    fn retire(&mut self) {
        while let Some(saying) = self.queue.front().filter(|s| s.all_heard()) {
            self.told.push_back(Told::Done(saying.report()));
            self.queue.pop_front();
        }
    }
}

/// Samples of the frame that have sounded by `now`.
fn played(flight: &Flight, now: Instant) -> u64 {
    let micros = now.saturating_duration_since(flight.sounds).as_micros();
    let samples = micros.min(1_000_000) as u64 * u64::from(INNER_RATE_HZ) / 1_000_000;
    if now >= flight.sounds + Duration::from_millis(FRAME_MS) { flight.samples } else { samples.min(flight.samples) }
}

fn ramp(frame: &mut Frame, gain: impl Fn(usize) -> f32) {
    for (i, sample) in frame.0.iter_mut().take(FADE_SAMPLES).enumerate() {
        *sample = (f32::from(*sample) * gain(i)) as i16;
    }
}

#[cfg(test)]
mod tests;
