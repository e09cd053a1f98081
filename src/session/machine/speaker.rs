//! What is to be said, clause by clause, and what became of each saying. It asks for sound and plays nothing itself.

use crate::session::clause::clauses;
use crate::session::event::{EffectId, Failure, SpeechPiece};
use crate::session::machine::manner::Manner;
use crate::session::machine::wire::{ResponseEnd, ResponseIds, Wire};
use crate::session::machine::words;
use agent::dialogue::{Say, SayId, SayKind};
use media::frame::Samples;
use media::transcript::{Heard, ItemId, Speech, WordSpan};
use serde_json::Value;
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
    order: Option<Order>,
    /// Nobody asked for it: a greeting, or words into a long silence.
    unasked: bool,
    manner: Option<Manner>,
    /// The words with sound so far: where their text ends, and the middle of their sound.
    words: Vec<(u32, Samples)>,
    /// Samples made so far, and those of the clauses that are whole.
    made: u64,
    whole: u64,
    clauses: Vec<Range<usize>>,
    next: usize,
    running: Option<EffectId>,
    held: VecDeque<Speech>,
    begun: bool,
    heard_bytes: usize,
    generated: bool,
    failed: bool,
    ended: bool,
    /// The answer was longer than it may be.
    shortened: bool,
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

/// How the client wants the next saying to be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Order {
    /// Voice, rate, with sound or without.
    pub(crate) manner: Manner,
    /// Shown with the response.
    pub(crate) metadata: Value,
    /// It leaves no trace in the conversation.
    pub(crate) apart: bool,
}

/// What may be played now, and what needs no playing.
#[derive(Debug, Default)]
pub(crate) struct Released {
    /// Sound, in order.
    pub(crate) speech: Vec<Speech>,
    /// Sayings in writing that are read.
    pub(crate) read: Vec<Fate>,
}

/// An item said earlier: how much of it was heard.
#[derive(Debug)]
struct Past {
    say: SayId,
    ids: ResponseIds,
    heard: Samples,
    text: String,
    words: Vec<(u32, Samples)>,
}

/// How much was heard of an item said earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HeardOf<'a> {
    /// The saying.
    pub(crate) say: SayId,
    /// How much of its sound; nothing of what was in writing.
    pub(crate) until: Samples,
    /// The words.
    pub(crate) text: &'a str,
    /// All words that were meant.
    pub(crate) whole: &'a str,
}

/// A saying that was taken for heard, or for more heard than it was.
#[derive(Debug, PartialEq)]
pub(crate) struct Missed {
    /// The saying.
    pub(crate) say: SayId,
    /// Its response.
    pub(crate) ids: ResponseIds,
    /// All its words.
    pub(crate) text: String,
    /// Where it is, when it is still being said.
    pub(crate) place: Option<ItemId>,
    /// What was heard.
    pub(crate) heard: Samples,
    /// What was not, though it was taken for heard.
    pub(crate) lost: Samples,
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
    /// Items of the conversation of which nothing was heard.
    pub(crate) unheard: Vec<String>,
}

/// The sayings of one session in order, and those begun ahead of the endpoint.
#[derive(Debug, Default)]
pub(crate) struct Speaker {
    queue: VecDeque<Saying>,
    ahead: VecDeque<Saying>,
    items: u64,
    past: VecDeque<Past>,
    order: Option<Order>,
    unasked: bool,
}

impl Speaker {
    /// The next saying is to be as `order` has it; returns what held before.
    pub(crate) fn order(&mut self, order: Option<Order>) -> Option<Order> {
        std::mem::replace(&mut self.order, order)
    }

    /// Whether what is said next was asked for by nobody.
    pub(crate) fn unasked(&mut self, unasked: bool) {
        self.unasked = unasked;
    }

    /// Queues a saying; a real answer supersedes fillers of which nothing was played.
    pub(crate) fn push(&mut self, say: Say, wire: &mut Wire) -> Dropped {
        let mut dropped = Dropped::default();
        if say.kind != SayKind::Filler {
            self.drop_where(&mut dropped, wire, |saying| !saying.begun && saying.say.kind == SayKind::Filler);
        }
        while self.queue.len() >= SAYINGS_MAX {
            let before = self.queue.len();
            let mut first = true;
            self.drop_where(&mut dropped, wire, |saying| {
                !saying.begun && !saying.waits_apart() && std::mem::take(&mut first)
            });
            if self.queue.len() == before {
                break;
            }
        }
        let mut saying = self.saying(say);
        // What bridges the wait for an answer is as the answer is to be.
        saying.order = match saying.say.kind {
            SayKind::Filler => self.order.clone(),
            SayKind::Nudge => None,
            SayKind::Answer | SayKind::Result => self.order.take(),
        };
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
        for saying in self.queue.iter_mut().chain(self.ahead.iter_mut().take(1)).filter(|saying| !saying.generated) {
            let manner = saying.manner(now).clone();
            if manner.silent {
                saying.generated = true;
                continue;
            }
            let text = saying.clauses.get(saying.next).and_then(|range| saying.say.text.get(range.clone()))?.to_owned();
            return Some(ClauseJob { item: saying.item, text, manner });
        }
        None
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
        let words: Vec<WordSpan> = piece
            .words
            .into_iter()
            .map(|word| WordSpan { text_from: word.text_from + base, text_to: word.text_to + base, ..word })
            .collect();
        let whole = saying.whole;
        saying.words.extend(words.iter().map(|word| (word.text_to, Samples(whole + word.from.0.midpoint(word.to.0)))));
        saying.made += piece.pcm.len() as u64;
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
        saying.whole = saying.made;
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
    pub(crate) fn release(&mut self, floor_free: bool, now: &Manner, wire: &mut Wire) -> Released {
        let mut out = Released::default();
        for saying in &mut self.queue {
            if saying.held.is_empty() && !saying.generated {
                break;
            }
            if !saying.begun {
                if !floor_free {
                    break;
                }
                saying.begun = true;
                let manner = saying.manner(now).clone();
                let (metadata, apart) = saying.order.take().map_or((Value::Null, false), |o| (o.metadata, o.apart));
                let ids = wire.response(manner, metadata, apart);
                wire.response_started(&ids);
                wire.transcript_delta(&ids, &saying.say.text);
                saying.ids = Some(ids);
            }
            for speech in saying.held.drain(..) {
                if let Some(ids) = saying.ids.as_ref().filter(|_| wire.streams()) {
                    wire.sound_delta(ids, &speech.pcm);
                }
                out.speech.push(speech);
            }
            if !saying.generated {
                break;
            }
            if !saying.ended {
                saying.ended = true;
                let end = match (saying.failed, saying.shortened) {
                    (true, _) => ResponseEnd::Failed,
                    (false, true) => ResponseEnd::Shortened,
                    (false, false) => ResponseEnd::Completed,
                };
                if let Some(ids) = &saying.ids {
                    wire.response_ended(ids, &saying.say.text, end);
                }
            }
        }
        let is_read = |saying: &Saying| saying.ended && saying.manner.as_ref().is_some_and(|manner| manner.silent);
        while let Some(at) = self.queue.iter().position(is_read) {
            let Some(saying) = self.queue.remove(at) else { break };
            self.remember(&saying, Samples(0));
            out.read.push(Fate { say: saying.say.id, heard_bytes: saying.say.text.len(), dropped: false });
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

    /// No more of an item was heard than this, whatever was told.
    pub(crate) fn holds_at(&mut self, item: ItemId, heard_bytes: u32) {
        if let Some(saying) = self.queue.iter_mut().find(|saying| saying.item == item) {
            saying.heard_bytes = saying.heard_bytes.min(heard_bytes as usize);
        }
    }

    /// The item with this wire id, when it is still in the queue.
    pub(crate) fn by_wire(&self, item: &str) -> Option<ItemId> {
        self.queue.iter().find(|saying| saying.ids.as_ref().is_some_and(|ids| ids.item == item)).map(|s| s.item)
    }

    /// A response is under way: it was told of and not yet ended.
    pub(crate) fn is_responding(&self) -> bool {
        self.queue.iter().any(|saying| saying.begun && !saying.ended)
    }

    /// The response of this id is under way.
    pub(crate) fn responds_as(&self, response: &str) -> bool {
        let is = |saying: &Saying| saying.ids.as_ref().is_some_and(|ids| ids.response == response);
        self.queue.iter().any(|saying| !saying.ended && is(saying))
    }

    /// Responses apart that have not begun.
    pub(crate) fn apart(&self) -> usize {
        self.queue.iter().filter(|saying| saying.waits_apart()).count()
    }

    /// A response is under way in the conversation that somebody asked for.
    pub(crate) fn is_answering(&self) -> bool {
        let is_apart = |saying: &Saying| saying.ids.as_ref().is_some_and(|ids| ids.apart);
        self.queue.iter().any(|saying| saying.begun && !saying.ended && !saying.unasked && !is_apart(saying))
    }

    /// An item was heard to its end.
    pub(crate) fn finished(&mut self, heard: &Heard) -> Option<(Fate, ResponseIds, Say)> {
        let at = self.queue.iter().position(|saying| saying.item == heard.item)?;
        let saying = self.queue.remove(at)?;
        self.remember(&saying, heard.audio);
        let fate = Fate { say: saying.say.id, heard_bytes: heard.text_bytes as usize, dropped: false };
        Some((fate, saying.ids?, saying.say))
    }

    /// The caller took the floor: the items heard in part are cut there, and every other that was to follow is dropped.
    pub(crate) fn interrupted(&mut self, cut: &[Heard], end: ResponseEnd, wire: &mut Wire) -> Dropped {
        let mut dropped = Dropped::default();
        let mut kept = VecDeque::new();
        for mut saying in std::mem::take(&mut self.queue) {
            if let Some(heard) = cut.iter().find(|heard| heard.item == saying.item) {
                self.remember(&saying, heard.audio);
                let bytes = (heard.text_bytes as usize).min(saying.say.text.len());
                close(&mut saying, end, bytes, heard.audio.as_ms(), wire);
                dropped.unheard.extend(saying.ids.filter(|ids| bytes == 0 && !ids.apart).map(|ids| ids.item));
                dropped.effects.extend(saying.running);
                dropped.fates.push(Fate { say: saying.say.id, heard_bytes: bytes, dropped: false });
            } else if saying.begun {
                self.remember(&saying, Samples(0));
                close(&mut saying, end, 0, 0, wire);
                dropped.unheard.extend(saying.ids.filter(|ids| !ids.apart).map(|ids| ids.item));
                dropped.effects.extend(saying.running);
                dropped.fates.push(Fate { say: saying.say.id, heard_bytes: 0, dropped: true });
            } else {
                kept.push_back(saying);
            }
        }
        self.queue = kept;
        dropped
    }

    /// How much of an item that was said earlier was heard, at most up to `limit`.
    pub(crate) fn heard_of(&self, item: &str, limit: Samples) -> Option<HeardOf<'_>> {
        let Past { say, heard, text, words, .. } = self.past(item)?;
        let until = (*heard).min(limit);
        let of = |heard| HeardOf { say: *say, until, text: heard, whole: text };
        if words.is_empty() && until == *heard {
            return Some(of(text));
        }
        let bytes = words.iter().filter(|(_, middle)| *middle <= until).map(|(to, _)| *to as usize).max();
        Some(of(text.get(..bytes.unwrap_or(0)).unwrap_or_default()))
    }

    /// How much of an item that was said earlier was heard, when these are the words that were.
    pub(crate) fn heard_in_words(&self, item: &str, words: &str) -> Option<HeardOf<'_>> {
        let Past { say, heard: until, text, .. } = self.past(item)?;
        let heard = text.get(..words::until(text, words)).unwrap_or_default();
        Some(HeardOf { say: *say, until: *until, text: heard, whole: text })
    }

    fn past(&self, item: &str) -> Option<&Past> {
        self.past.iter().rev().find(|past| past.ids.item == item)
    }

    /// Of the item with this wire id no more was heard than so many bytes; `None` when it is unknown, or that is no news.
    pub(crate) fn unheard(&mut self, item: &str, heard_bytes: usize) -> Option<Missed> {
        if let Some(saying) = self.queue.iter().find(|s| s.ids.as_ref().is_some_and(|ids| ids.item == item)) {
            let heard = sound_of(&saying.words, heard_bytes);
            let known = sound_of(&saying.words, saying.heard_bytes);
            let (say, text, lost) = (saying.say.id, saying.say.text.clone(), Samples(known.0.saturating_sub(heard.0)));
            return Some(Missed { say, ids: saying.ids.clone()?, text, place: Some(saying.item), heard, lost });
        }
        let past = self.past.iter_mut().rev().find(|past| past.ids.item == item)?;
        let heard = if heard_bytes < past.text.len() { sound_of(&past.words, heard_bytes) } else { past.heard };
        let lost = Samples(past.heard.0.checked_sub(heard.0).filter(|lost| *lost > 0)?);
        past.heard = heard;
        Some(Missed { say: past.say, ids: past.ids.clone(), text: past.text.clone(), place: None, heard, lost })
    }

    /// Drops every saying of which nothing was played (the client cancelled, or the caller left).
    pub(crate) fn drop_waiting(&mut self, wire: &mut Wire) -> Dropped {
        let mut dropped = Dropped::default();
        self.drop_where(&mut dropped, wire, |saying| !saying.begun && !saying.waits_apart());
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

    fn remember(&mut self, saying: &Saying, heard: Samples) {
        let Some(ids) = &saying.ids else { return };
        if self.past.len() == PAST_MAX {
            self.past.pop_front();
        }
        let (text, words) = (saying.say.text.clone(), saying.words.clone());
        self.past.push_back(Past { say: saying.say.id, ids: ids.clone(), heard, text, words });
    }

    fn saying(&mut self, say: Say) -> Saying {
        self.items += 1;
        let clauses = clauses(&say.text);
        let generated = clauses.is_empty();
        Saying {
            say,
            item: ItemId(self.items),
            ids: None,
            order: None,
            unasked: self.unasked,
            manner: None,
            words: Vec::new(),
            made: 0,
            whole: 0,
            clauses,
            next: 0,
            running: None,
            held: VecDeque::new(),
            begun: false,
            heard_bytes: 0,
            generated,
            failed: false,
            ended: false,
            shortened: false,
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

impl Saying {
    /// It is a response apart that has not begun: whoever asked for it is owed it.
    fn waits_apart(&self) -> bool {
        !self.begun && self.order.as_ref().is_some_and(|order| order.apart)
    }

    /// How it is answered: as it was ordered, or as the session answers when it begins.
    fn manner(&mut self, now: &Manner) -> &Manner {
        self.manner.get_or_insert_with(|| {
            let manner = self.order.as_ref().map_or(now, |order| &order.manner).clone();
            let room = manner.room_in(&self.say.text);
            if room < self.say.text.len() {
                self.say.text.truncate(room);
                self.clauses = clauses(&self.say.text);
                self.shortened = true;
            }
            manner
        })
    }
}

/// How much sound lies before the last of so many bytes of words is heard.
fn sound_of(words: &[(u32, Samples)], bytes: usize) -> Samples {
    let heard = words.iter().filter(|(to, _)| *to as usize <= bytes).map(|(_, middle)| *middle);
    heard.max().unwrap_or(Samples(0))
}

/// Ends a saying's response on the wire when it is open, and cuts its item to what was heard.
fn close(saying: &mut Saying, end: ResponseEnd, heard_bytes: usize, heard_ms: u64, wire: &mut Wire) {
    let Some(ids) = saying.ids.clone() else { return };
    if !saying.ended {
        saying.ended = true;
        wire.response_ended(&ids, saying.say.text.get(..heard_bytes).unwrap_or(&saying.say.text), end);
    }
    wire.output_cut(&ids, heard_ms, saying.say.text.get(..heard_bytes).unwrap_or_default());
    wire.playout(&ids.item, &saying.say.text, heard_bytes, "interrupted");
}

#[cfg(test)]
mod tests;
