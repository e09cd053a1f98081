//! What is to be said, clause by clause, and what became of each saying. It asks for sound and plays nothing itself.

use crate::session::clause::clauses;
use crate::session::event::{EffectId, Failure, SpeechPiece};
use crate::session::machine::manner::Manner;
use crate::session::machine::wire::{ResponseEnd, ResponseIds, Wire};
use agent::dialogue::{Say, SayId, SayKind};
use media::transcript::{Heard, ItemId, Speech, WordSpan};
use std::collections::VecDeque;
use std::ops::Range;

/// At most this many sayings wait; past it the oldest that has not begun is dropped.
const SAYINGS_MAX: usize = 8;
/// Items said earlier whose heard length is remembered.
const PAST_MAX: usize = 64;

/// One saying on its way to the ear.
#[derive(Debug)]
struct Saying {
    say: Say,
    item: ItemId,
    ids: Option<ResponseIds>,
    manner: Option<Manner>,
    clauses: Vec<Range<usize>>,
    next: usize,
    running: Option<EffectId>,
    held: VecDeque<Speech>,
    begun: bool,
    heard_bytes: usize,
    generated: bool,
    failed: bool,
    ended: bool,
}

/// A clause to be spoken.
#[derive(Debug, PartialEq)]
pub(crate) struct ClauseJob {
    /// The item it belongs to.
    pub(crate) item: ItemId,
    /// The clause.
    pub(crate) text: String,
    /// How it is spoken: as the response began.
    pub(crate) manner: Manner,
}

/// What the dialogue must be told of a saying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fate {
    /// The saying.
    pub(crate) say: SayId,
    /// Bytes of it that were heard.
    pub(crate) heard_bytes: usize,
    /// Nothing of it was ever played.
    pub(crate) dropped: bool,
}

/// What is dropped, and what must be stopped for it.
#[derive(Debug, Default)]
pub(crate) struct Dropped {
    /// Effects that are no longer wanted.
    pub(crate) effects: Vec<EffectId>,
    /// Items the call may hold.
    pub(crate) items: Vec<ItemId>,
    /// What became of the sayings.
    pub(crate) fates: Vec<Fate>,
}

/// The sayings of one session in order, and those begun ahead of the endpoint.
#[derive(Debug, Default)]
pub(crate) struct Speaker {
    queue: VecDeque<Saying>,
    ahead: VecDeque<Saying>,
    items: u64,
    past: VecDeque<(String, u64)>,
}

impl Speaker {
    /// Queues a saying; a real answer supersedes fillers of which nothing was played.
    pub(crate) fn push(&mut self, say: Say, wire: &mut Wire) -> Dropped {
        let mut dropped = Dropped::default();
        if say.kind != SayKind::Filler {
            self.drop_where(&mut dropped, wire, |saying| !saying.begun && saying.say.kind == SayKind::Filler);
        }
        while self.queue.len() >= SAYINGS_MAX {
            let before = self.queue.len();
            let mut first = true;
            self.drop_where(&mut dropped, wire, |saying| !saying.begun && std::mem::take(&mut first));
            if self.queue.len() == before {
                break;
            }
        }
        let saying = self.saying(say);
        self.queue.push_back(saying);
        dropped
    }

    /// Begins a saying before the endpoint is certain; it makes sound but releases none.
    pub(crate) fn push_ahead(&mut self, say: Say) {
        let saying = self.saying(say);
        self.ahead.push_back(saying);
    }

    /// The endpoint is certain: what was begun ahead is said next.
    pub(crate) fn commit_ahead(&mut self, wire: &mut Wire) -> Dropped {
        let mut dropped = Dropped::default();
        if !self.ahead.is_empty() {
            self.drop_where(&mut dropped, wire, |saying| !saying.begun && saying.say.kind == SayKind::Filler);
        }
        let at = self.queue.iter().position(|saying| !saying.begun).unwrap_or(self.queue.len());
        for saying in std::mem::take(&mut self.ahead).into_iter().rev() {
            self.queue.insert(at, saying);
        }
        dropped
    }

    /// What was begun ahead is void; returns the effects to cancel.
    pub(crate) fn drop_ahead(&mut self) -> Vec<EffectId> {
        self.ahead.drain(..).filter_map(|saying| saying.running).collect()
    }

    /// The next clause to be spoken, when none is being spoken already; a saying begins in the manner of now.
    pub(crate) fn next_job(&mut self, now: &Manner) -> Option<ClauseJob> {
        if self.queue.iter().chain(&self.ahead).any(|saying| saying.running.is_some()) {
            return None;
        }
        let saying = self.queue.iter_mut().chain(self.ahead.iter_mut().take(1)).find(|saying| !saying.generated)?;
        let text = saying.clauses.get(saying.next).and_then(|range| saying.say.text.get(range.clone()))?.to_owned();
        let manner = saying.manner.get_or_insert_with(|| now.clone()).clone();
        Some(ClauseJob { item: saying.item, text, manner })
    }

    /// The job of `item` runs as `effect`.
    pub(crate) fn started(&mut self, item: ItemId, effect: EffectId) {
        if let Some(saying) = self.by_item(item) {
            saying.running = Some(effect);
        }
    }

    /// Sound arrived for `effect`; false when it is stale.
    pub(crate) fn piece(&mut self, effect: EffectId, piece: SpeechPiece) -> bool {
        let Some(saying) = self.by_effect(effect) else { return false };
        let Some(range) = saying.clauses.get(saying.next).cloned() else { return false };
        let base = u32::try_from(range.start).unwrap_or(u32::MAX);
        let words = piece
            .words
            .into_iter()
            .map(|word| WordSpan { text_from: word.text_from + base, text_to: word.text_to + base, ..word })
            .collect();
        saying.held.push_back(Speech {
            item: saying.item,
            segment: u32::try_from(saying.next).unwrap_or(u32::MAX),
            pcm: piece.pcm,
            words,
            segment_done: false,
            item_done: false,
        });
        true
    }

    /// The clause of `effect` is spoken, or failed; false when it is stale.
    pub(crate) fn spoken(&mut self, effect: EffectId, result: &Result<(), Failure>) -> bool {
        let Some(saying) = self.by_effect(effect) else { return false };
        saying.running = None;
        saying.failed = result.is_err();
        let segment = u32::try_from(saying.next).unwrap_or(u32::MAX);
        saying.next += 1;
        saying.generated = saying.failed || saying.next >= saying.clauses.len();
        saying.held.push_back(Speech {
            item: saying.item,
            segment,
            pcm: Vec::new(),
            words: Vec::new(),
            segment_done: true,
            item_done: saying.generated,
        });
        true
    }

    /// Hands out sound that may be played now; a saying that has not begun waits for the floor.
    pub(crate) fn release(&mut self, floor_free: bool, wire: &mut Wire) -> Vec<Speech> {
        let mut out = Vec::new();
        for saying in &mut self.queue {
            if saying.held.is_empty() && !saying.generated {
                break;
            }
            if !saying.begun {
                if !floor_free {
                    break;
                }
                saying.begun = true;
                let ids = wire.response();
                wire.response_started(&ids);
                wire.transcript_delta(&ids, &saying.say.text);
                saying.ids = Some(ids);
            }
            out.extend(saying.held.drain(..));
            if !saying.generated {
                break;
            }
            if !saying.ended {
                saying.ended = true;
                let end = if saying.failed { ResponseEnd::Failed } else { ResponseEnd::Completed };
                if let Some(ids) = &saying.ids {
                    wire.response_ended(ids, &saying.say.text, end);
                }
            }
        }
        out
    }

    /// The saying of an item, when it is still in the queue.
    pub(crate) fn lookup(&self, item: ItemId) -> Option<(&Say, &ResponseIds)> {
        let saying = self.queue.iter().find(|saying| saying.item == item)?;
        Some((&saying.say, saying.ids.as_ref()?))
    }

    /// Notes how far an item was heard, when that is news; returns how far it is known to have been.
    pub(crate) fn progress(&mut self, item: ItemId, heard_bytes: Option<u32>) -> Option<(&Say, &ResponseIds, usize)> {
        let saying = self.queue.iter_mut().find(|saying| saying.item == item)?;
        saying.heard_bytes = saying.heard_bytes.max(heard_bytes.unwrap_or_default() as usize);
        Some((&saying.say, saying.ids.as_ref()?, saying.heard_bytes))
    }

    /// The item with this wire id, when it is still in the queue.
    pub(crate) fn by_wire(&self, item: &str) -> Option<ItemId> {
        self.queue.iter().find(|saying| saying.ids.as_ref().is_some_and(|ids| ids.item == item)).map(|s| s.item)
    }

    /// An item was heard to its end.
    pub(crate) fn finished(&mut self, heard: &Heard) -> Option<(Fate, ResponseIds, Say)> {
        let at = self.queue.iter().position(|saying| saying.item == heard.item)?;
        let saying = self.queue.remove(at)?;
        self.remember(saying.ids.as_ref(), heard.audio.as_ms());
        let fate = Fate { say: saying.say.id, heard_bytes: heard.text_bytes as usize, dropped: false };
        Some((fate, saying.ids?, saying.say))
    }

    /// The caller took the floor: the items heard in part are cut there, and every other that was to follow is dropped.
    pub(crate) fn interrupted(&mut self, cut: &[Heard], end: ResponseEnd, wire: &mut Wire) -> Dropped {
        let mut dropped = Dropped::default();
        let mut kept = VecDeque::new();
        for mut saying in std::mem::take(&mut self.queue) {
            if let Some(heard) = cut.iter().find(|heard| heard.item == saying.item) {
                self.remember(saying.ids.as_ref(), heard.audio.as_ms());
                let bytes = (heard.text_bytes as usize).min(saying.say.text.len());
                close(&mut saying, end, bytes, heard.audio.as_ms(), wire);
                dropped.effects.extend(saying.running);
                dropped.fates.push(Fate { say: saying.say.id, heard_bytes: bytes, dropped: false });
            } else if saying.begun {
                self.remember(saying.ids.as_ref(), 0);
                close(&mut saying, end, 0, 0, wire);
                dropped.effects.extend(saying.running);
                dropped.fates.push(Fate { say: saying.say.id, heard_bytes: 0, dropped: true });
            } else {
                kept.push_back(saying);
            }
        }
        self.queue = kept;
        dropped
    }

    /// How much was heard, in ms, of an item that was said earlier.
    pub(crate) fn heard_ms(&self, item: &str) -> Option<u64> {
        self.past.iter().rev().find(|(past, _)| past == item).map(|&(_, heard_ms)| heard_ms)
    }

    /// Drops every saying of which nothing was played (the client cancelled, or the caller left).
    pub(crate) fn drop_waiting(&mut self, wire: &mut Wire) -> Dropped {
        let mut dropped = Dropped::default();
        self.drop_where(&mut dropped, wire, |saying| !saying.begun);
        dropped.effects.extend(self.drop_ahead());
        dropped
    }

    /// Nothing is queued or being played.
    pub(crate) fn is_quiet(&self) -> bool {
        self.queue.is_empty()
    }

    /// Closes every open response and forgets all; the session is over.
    pub(crate) fn close_all(&mut self, wire: &mut Wire) -> Vec<EffectId> {
        let mut effects = self.drop_ahead();
        for mut saying in self.queue.drain(..) {
            effects.extend(saying.running);
            if !saying.ended
                && let Some(ids) = saying.ids.take()
            {
                wire.response_ended(&ids, &saying.say.text, ResponseEnd::ClientCancelled);
            }
        }
        effects
    }

    fn remember(&mut self, ids: Option<&ResponseIds>, heard_ms: u64) {
        let Some(ids) = ids else { return };
        if self.past.len() == PAST_MAX {
            self.past.pop_front();
        }
        self.past.push_back((ids.item.clone(), heard_ms));
    }

    fn saying(&mut self, say: Say) -> Saying {
        self.items += 1;
        let clauses = clauses(&say.text);
        let generated = clauses.is_empty();
        Saying {
            say,
            item: ItemId(self.items),
            ids: None,
            manner: None,
            clauses,
            next: 0,
            running: None,
            held: VecDeque::new(),
            begun: false,
            heard_bytes: 0,
            generated,
            failed: false,
            ended: false,
        }
    }

    fn drop_where(&mut self, dropped: &mut Dropped, wire: &mut Wire, mut which: impl FnMut(&Saying) -> bool) {
        let mut kept = VecDeque::new();
        for mut saying in std::mem::take(&mut self.queue) {
            if which(&saying) {
                close(&mut saying, ResponseEnd::ClientCancelled, 0, 0, wire);
                dropped.effects.extend(saying.running);
                dropped.items.push(saying.item);
                dropped.fates.push(Fate { say: saying.say.id, heard_bytes: 0, dropped: true });
            } else {
                kept.push_back(saying);
            }
        }
        self.queue = kept;
    }

    fn by_item(&mut self, item: ItemId) -> Option<&mut Saying> {
        self.queue.iter_mut().chain(&mut self.ahead).find(|saying| saying.item == item)
    }

    fn by_effect(&mut self, effect: EffectId) -> Option<&mut Saying> {
        self.queue.iter_mut().chain(&mut self.ahead).find(|saying| saying.running == Some(effect))
    }
}

/// Ends a saying's response on the wire when it is open, and cuts its item to what was heard.
fn close(saying: &mut Saying, end: ResponseEnd, heard_bytes: usize, heard_ms: u64, wire: &mut Wire) {
    let Some(ids) = saying.ids.clone() else { return };
    if !saying.ended {
        saying.ended = true;
        wire.response_ended(&ids, saying.say.text.get(..heard_bytes).unwrap_or(&saying.say.text), end);
    }
    wire.output_cut(&ids, heard_ms);
    wire.playout(&ids.item, &saying.say.text, heard_bytes, "interrupted");
}

#[cfg(test)]
mod tests;
