//! Rules of what is played: nothing skipped, nothing heard that was not sent, history is what was heard. It decodes nothing.

use crate::session::event::{EffectId, Interruptible};
use crate::sim::peer::Sound;
use crate::sim::rules::fact::Fact;
use crate::sim::rules::faults::Faults;
use crate::sim::rules::said::Said;
use crate::sim::speech::SWEEP;
use agent::history::{History, Turn};
use media::frame::{FRAME_MS, FRAME_SAMPLES, Samples};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Loud packets after a pause or a cut: the fade, and the codec's ringing.
const FADE_PACKETS_MAX: u32 = 2;
/// Frames over which a position is measured: one frame alone is not exact.
const WINDOW: usize = 8;
/// A measured position may be wrong by so many frames.
const SLACK_FRAMES: f64 = 0.5;
/// Where a frame's pitch lies in it, in samples: its middle, less what the codec delays.
const PITCH_AT: f64 = (FRAME_SAMPLES / 2) as f64 - 156.0;
/// After the leg was lost an item goes back by what was on its way and by the word that was cut, at most, in samples.
const LOST_MAX: f64 = 0.85 * SWEEP as f64;
/// What was sent and has not sounded yet at the caller, at most: sent ahead, on its way, in the peer's buffer.
const FLIGHT_MS_MAX: u64 = 200;
/// Words are told of for this long after a pause: what was sent ahead, and what was on its way.
const ON_ITS_WAY: Duration = Duration::from_millis(110);
/// A pause ends in this time: the longest utterance is shorter in every script, and judging it takes this long at most.
const PAUSE_MAX: Duration = Duration::from_secs(14);

/// What is known of the playout.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    items: BTreeMap<String, Said>,
    of_response: BTreeMap<String, String>,
    /// The item whose first sound went out last.
    current: Option<String>,
    /// Paused or cut, since then; sound may only fade.
    silent: Option<(Instant, u32)>,
    paused: bool,
    /// Events are seen as they come.
    open: bool,
    /// Packets of sound that no event has told of yet, the channel being closed.
    untold: u64,
    /// The leg was lost under it: where it goes on is found by ear.
    adrift: bool,
    /// The last packet was no silence.
    sounding: bool,
    window: Vec<f64>,
    /// Voice jobs, with their clause and manner.
    jobs: BTreeMap<EffectId, (String, String)>,
    failed: BTreeSet<String>,
    /// What the dialogue must know once the step is over: text, and bytes heard.
    told: Vec<(String, usize)>,
}

impl Ledger {
    /// A voice is asked for.
    pub(crate) fn run(&mut self, id: EffectId, effect: &Interruptible) {
        if let Interruptible::Speak { text, voice, speed } = effect {
            self.jobs.insert(id, (text.clone(), format!("{voice} {speed}")));
        }
    }

    /// A voice failed.
    pub(crate) fn voice_failed(&mut self, id: EffectId) {
        let Some((clause, _)) = self.jobs.get(&id) else { return };
        self.failed.insert(clause.clone());
        let items = self.items.values_mut();
        items.filter(|said| said.clauses().any(|own| own == clause)).for_each(|said| said.failed = true);
    }

    /// One event.
    pub(crate) fn event(&mut self, now: Instant, fact: &Fact, faults: &mut Faults) {
        match fact.kind.as_str() {
            "response.output_audio_transcript.delta" => {
                let mut said = Said::new(fact.text("/delta"));
                let failed = said.clauses().any(|clause| self.failed.contains(clause));
                said.failed = failed;
                self.of_response.insert(fact.text("/response_id").to_owned(), fact.text("/item_id").to_owned());
                self.items.insert(fact.text("/item_id").to_owned(), said);
            }
            "output_audio_buffer.started" => {
                self.current = self.of_response.get(fact.text("/response_id")).cloned();
                self.window.clear();
                self.sounds();
                let untold = std::mem::take(&mut self.untold) * FRAME_SAMPLES as u64;
                if let Some(said) = self.current.as_ref().and_then(|item| self.items.get_mut(item)) {
                    said.send(untold);
                }
            }
            "output_audio_buffer.stopped" => self.stopped(fact.text("/response_id"), faults),
            "output_audio_buffer.cleared" => {
                self.silent.get_or_insert((now, 0));
                self.paused = false;
            }
            "conversation.item.truncated" => self.truncated(fact, faults),
            "voxfare.playout" => self.playout(now, fact, faults),
            _ => {}
        }
    }

    /// The transport came or went.
    pub(crate) fn transport(&mut self, now: Instant, attached: bool) {
        self.window.clear();
        self.open = false;
        self.adrift = true;
        // Sound may be back before the events that tell of it.
        self.silent = (!attached).then_some((now, FADE_PACKETS_MAX));
    }

    /// The control channel is open: events tell what is heard from here on.
    pub(crate) fn control_open(&mut self) {
        self.open = true;
    }

    /// One packet that goes out.
    pub(crate) fn media(&mut self, now: Instant, sound: Sound, faults: &mut Faults) {
        let ran_dry = std::mem::replace(&mut self.sounding, sound.audible) && self.silent.is_none();
        if !sound.audible {
            // The voice is behind: the last packet was the codec's ringing after the sound there was.
            if let Some(said) = self.current.as_ref().and_then(|item| self.items.get_mut(item)).filter(|_| ran_dry) {
                said.take_back(FRAME_SAMPLES as u64);
            }
            return;
        }
        if !self.open {
            self.untold += 1;
            return;
        }
        if let Some((since, packets)) = &mut self.silent {
            *packets += u32::from(sound.loud);
            if *packets > FADE_PACKETS_MAX {
                let after = now.saturating_duration_since(*since).as_millis();
                faults.add("silent once the floor is the caller's", format!("sound {after} ms after the pause or cut"));
            }
            return;
        }
        let Some(said) = self.current.as_ref().and_then(|item| self.items.get_mut(item)) else {
            return faults.add("sound belongs to a response", "a packet before any");
        };
        if let (Some(expected), Some(position)) = (said.expected(FRAME_SAMPLES as u64), sound.position) {
            self.window.push(position - expected - PITCH_AT);
        }
        said.send(FRAME_SAMPLES as u64);
        self.measure(faults);
    }

    /// Nobody speaks any more, and nothing was heard of it: a pause must have ended.
    pub(crate) fn settled(&mut self, now: Instant, attached: bool, history: &History, faults: &mut Faults) {
        if self.paused && attached && self.silent.is_some_and(|(since, _)| now > since + PAUSE_MAX) {
            self.paused = false;
            faults.add("a pause ends", format!("paused for {} s", PAUSE_MAX.as_secs()));
        }
        if self.open {
            self.untold = 0;
        }
        for (text, bytes) in std::mem::take(&mut self.told) {
            // The same words may be said more than once.
            let heard = |turn: &Turn| match turn {
                Turn::Assistant { text: said, heard_bytes, .. } => *said == text && *heard_bytes == Some(bytes),
                Turn::Caller { .. } => false,
            };
            let agrees = bytes == 0 || history.turns().any(heard);
            if !agrees {
                faults.add("history is what was heard", format!("{bytes} bytes of {text:?} are not in it"));
            }
        }
    }

    /// Text of an item.
    pub(crate) fn said(&self, item: &str) -> Option<&Said> {
        self.items.get(item)
    }

    /// The item of a response.
    pub(crate) fn item_of(&self, response: &str) -> Option<&str> {
        self.of_response.get(response).map(String::as_str)
    }

    fn sounds(&mut self) {
        self.silent = None;
        self.paused = false;
        self.adrift = false;
    }

    fn measure(&mut self, faults: &mut Faults) {
        if self.window.len() < WINDOW {
            return;
        }
        let mut window = std::mem::take(&mut self.window);
        window.sort_by(f64::total_cmp);
        let off = window[WINDOW / 2];
        let Some(said) = self.current.as_ref().and_then(|item| self.items.get_mut(item)) else { return };
        let frames = off / FRAME_SAMPLES as f64;
        if std::mem::take(&mut self.adrift) {
            // Only the position within a sweep is known: what looks like a step ahead is one back, unless it is small.
            let back = if off > SLACK_FRAMES * FRAME_SAMPLES as f64 { SWEEP as f64 - off } else { -off };
            if back > LOST_MAX {
                faults.add("no sample is skipped", format!("{frames:.1} frames when the leg was back"));
            }
            said.next = (said.next as f64 - back).max(0.0) as u64;
            said.by_ear = true;
        } else if frames > SLACK_FRAMES {
            faults.add("no sample is skipped", format!("{frames:.1} frames of {:?}", said.text));
            said.next = (said.next as f64 + off) as u64;
        } else if frames < -SLACK_FRAMES {
            // A voice that is behind by one frame rings through it, and that is taken for sound.
            if frames < -1.0 - SLACK_FRAMES {
                faults.add("no sample is said twice", format!("{:.1} frames of {:?}", -frames, said.text));
            }
            said.next = (said.next as f64 + off).max(0.0) as u64;
        }
    }

    fn stopped(&mut self, response: &str, faults: &mut Faults) {
        let Some(said) = self.item_of(response).and_then(|item| self.items.get(item)) else { return };
        let slack = if said.by_ear { FRAME_SAMPLES as u64 } else { 0 };
        if !said.failed && said.sent + slack < said.total() {
            let (sent, total) = (Samples(said.sent).as_ms(), Samples(said.total()).as_ms());
            faults.add("what is said is said whole", format!("{sent} of {total} ms of {:?}", said.text));
        }
    }

    /// The client says how much of an item it has played.
    pub(crate) fn claimed(&mut self, fact: &Fact) {
        if let Some(said) = self.items.get_mut(fact.text("/item_id")) {
            said.claimed_ms = Some(fact.number("/audio_end_ms"));
        }
    }

    fn truncated(&mut self, fact: &Fact, faults: &mut Faults) {
        let heard_ms = fact.number("/audio_end_ms");
        let Some(said) = self.items.get_mut(fact.text("/item_id")) else {
            return faults.add("what is cut was said", fact.text("/item_id"));
        };
        // Where it went on after the leg was lost is known by ear, to a frame; so is where a voice broke off.
        let slack_ms = if said.by_ear || said.failed { FRAME_MS } else { 0 };
        let sent_ms = Samples(said.sent).as_ms() + slack_ms;
        if heard_ms > sent_ms {
            faults.add("heard is never more than sent", format!("{heard_ms} ms heard of {sent_ms} ms sent"));
        }
        // A client that knows better is believed when it says less.
        let least_ms = sent_ms.saturating_sub(FLIGHT_MS_MAX).min(said.claimed_ms.unwrap_or(u64::MAX));
        if said.heard_ms.is_none() && heard_ms < least_ms {
            faults.add("heard is what was sent", format!("{heard_ms} ms heard of {sent_ms} ms sent"));
        }
        if said.heard_ms.is_some_and(|known| heard_ms > known + slack_ms) {
            faults.add("heard is never more than sent", format!("{heard_ms} ms after {:?}", said.heard_ms));
        }
        said.heard_ms = Some(heard_ms);
    }

    fn playout(&mut self, now: Instant, fact: &Fact, faults: &mut Faults) {
        let item = fact.text("/item_id");
        let Some(said) = self.items.get_mut(item) else { return };
        let chars = fact.number("/heard_chars") as usize;
        let bytes = said.text.char_indices().nth(chars).map_or(said.text.len(), |(at, _)| at);
        match fact.text("/state") {
            "paused" => {
                self.silent = Some((now, 0));
                self.paused = true;
                self.window.clear();
            }
            // Words that were on their way are told of in the pause too; what goes on is heard again after it.
            "playing" if self.paused && (self.adrift || self.silent.is_some_and(|(at, _)| now > at + ON_ITS_WAY)) => {
                self.window.clear();
                if !self.adrift {
                    said.rewind();
                }
                self.silent = None;
                self.paused = false;
            }
            state @ ("interrupted" | "done") => {
                self.told.push((said.text.clone(), bytes));
                let heard_ms = said.heard_ms.unwrap_or(if state == "done" { 3_600_000 } else { 0 });
                let least = said.heard_bytes(Samples::from_ms(heard_ms).0);
                let most = said.heard_bytes(Samples::from_ms(heard_ms + 1).0);
                if !(least..=most).contains(&bytes) && !(said.failed && state == "done") {
                    let what = format!("{bytes} bytes, by its sound {least}..{most}, of {:?}", said.text);
                    faults.add("heard words are heard samples", what);
                }
                said.heard_ms.get_or_insert(Samples(said.sent).as_ms());
            }
            _ => {}
        }
    }

    /// A response keeps its voice and rate: judged when it is over.
    pub(crate) fn manner(&mut self, fact: &Fact, faults: &mut Faults) {
        if fact.kind != "response.done" {
            return;
        }
        let said = self.item_of(fact.text("/response/id")).and_then(|item| self.items.get(item));
        // A clause that is not asked for after another one failed may have been asked for earlier, for another response.
        let Some(said) = said.filter(|said| !said.failed) else { return };
        let clauses: BTreeSet<&str> = said.clauses().collect();
        // Only clauses that were asked for once can be told apart.
        let mut manners = BTreeSet::new();
        for clause in &clauses {
            let mut jobs = self.jobs.values().filter(|(text, _)| text == clause);
            if let (Some((_, manner)), None) = (jobs.next(), jobs.next()) {
                manners.insert(manner.clone());
            }
        }
        if manners.len() > 1 {
            faults.add("a response keeps its voice", format!("{manners:?} in {:?}", said.text));
        }
    }
}
