//! What is shown of a talk, on a screen or line by line. Pure: it knows no terminal.

use crate::client::{Caption, CaptionState, Event, Over, Who};
use std::collections::VecDeque;

/// Everything that is shown.
#[derive(Debug)]
pub(crate) struct View {
    /// Where we are connected to.
    pub(crate) url: String,
    /// How the line stands.
    pub(crate) phase: Phase,
    /// What was said, oldest first.
    pub(crate) lines: VecDeque<Shown>,
    /// Loudness of the caller and of the voice, 0 to 1.
    pub(crate) levels: (f32, f32),
    /// The last turn's, in ms.
    pub(crate) latency_ms: Option<f64>,
    /// How we speak.
    pub(crate) ear: EarMode,
    /// What is under way at the server.
    pub(crate) tasks: Vec<(String, String)>,
    /// The server hears the caller.
    pub(crate) hearing: bool,
    /// The voice sounds.
    pub(crate) sounding: bool,
}

/// One shown line.
#[derive(Debug)]
pub(crate) enum Shown {
    /// Somebody's words.
    Said(Caption),
    /// Anything else.
    Note(String),
}

/// How the line stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It is being opened.
    Connecting,
    /// There is a session.
    Live,
    /// It was lost and is being opened again.
    Reconnecting,
    /// It is over.
    Over(String),
}

/// How we speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EarMode {
    /// The microphone is open, or was shut by hand.
    Open {
        /// Shut by hand.
        muted: bool,
        /// Shut while the voice sounds.
        loudspeaker: bool,
    },
    /// The microphone is open while a key is held.
    PushToTalk {
        /// It is open now.
        open: bool,
    },
    /// Recordings are spoken.
    Recordings,
}

impl View {
    /// Nothing was said yet.
    pub(crate) fn new(url: &str, ear: EarMode) -> Self {
        Self {
            url: url.to_owned(),
            phase: Phase::Connecting,
            lines: VecDeque::new(),
            levels: (0.0, 0.0),
            latency_ms: None,
            ear,
            tasks: Vec::new(),
            hearing: false,
            sounding: false,
        }
    }

    /// Takes in what happened.
    pub(crate) fn event(&mut self, event: &Event) {
        match event {
            Event::Connected { resumed, .. } => {
                self.phase = Phase::Live;
                if *resumed {
                    self.note("back in the conversation");
                }
            }
            Event::Reconnecting { .. } => {
                self.phase = Phase::Reconnecting;
                self.hearing = false;
            }
            Event::Caption(caption) => self.caption(caption),
            Event::Hearing(hearing) => self.hearing = *hearing,
            Event::Sounding(sounding) => self.sounding = *sounding,
            Event::Task(task) => {
                self.tasks.retain(|(id, _)| *id != task.task_id);
                if task.state == "started" && self.tasks.len() < TASKS_MAX {
                    self.tasks.push((task.task_id.clone(), task.name.replace('_', " ")));
                }
            }
            Event::Card(card) => {
                if let Some(text) = card_line(card) {
                    self.note(&text);
                }
            }
            Event::Latency { first_sound_ms } => self.latency_ms = Some(*first_sound_ms),
            Event::Trouble(why) => self.note(&format!("the server says: {why}")),
            Event::Over(over) => self.phase = Phase::Over(over_text(over)),
            Event::Interrupted { .. } | Event::Answering { .. } | Event::Answered { .. } | Event::Server(_) => {}
        }
    }

    /// Shows a line that nobody said.
    pub(crate) fn note(&mut self, text: &str) {
        self.push(Shown::Note(plain(text)));
    }

    fn caption(&mut self, caption: &Caption) {
        let mut caption = caption.clone();
        caption.text = plain(&caption.text);
        let same = |shown: &Shown| matches!(shown, Shown::Said(said) if said.item == caption.item);
        let at = self.lines.iter().rposition(same);
        match (at, caption.text.is_empty()) {
            (Some(at), true) => drop(self.lines.remove(at)),
            (Some(at), false) => self.lines[at] = Shown::Said(caption),
            (None, true) => {}
            (None, false) => self.push(Shown::Said(caption)),
        }
    }

    fn push(&mut self, line: Shown) {
        if self.lines.len() == LINES_MAX {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }
}

/// A caption as one line of text.
pub(crate) fn line(caption: &Caption) -> String {
    let who = if caption.who == Who::Caller { "you" } else { "voxfare" };
    let cut = if caption.state == CaptionState::Cut { " [interrupted]" } else { "" };
    format!("{who}: {}{cut}", plain(caption.shown()))
}

/// Why it is over, for a person.
pub(crate) fn over_text(over: &Over) -> String {
    match over {
        Over::HungUp => "you hung up".to_owned(),
        Over::Ended(reason) if reason == "goodbye" => "Voxfare said goodbye".to_owned(),
        Over::Ended(reason) => format!("the server ended the session ({})", plain(reason)),
        Over::Lost(why) => plain(why),
    }
}

/// A card in a few words; `None` for one that the voice tells alone.
pub(crate) fn card_line(card: &serde_json::Value) -> Option<String> {
    let kind = card["kind"].as_str()?;
    let count = card["offers"].as_array().map(Vec::len);
    let reference = card["booking"]["reference"].as_str();
    let text = match (count, reference) {
        (Some(count), _) => format!("card: {count} {kind}"),
        (None, Some(reference)) => format!("card: {kind} {reference}"),
        (None, None) => format!("card: {kind}"),
    };
    Some(plain(&text))
}

/// Without anything that steers a terminal.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Lines kept.
const LINES_MAX: usize = 200;
/// Tasks shown.
const TASKS_MAX: usize = 4;

/// A caption as an event, for tests.
#[cfg(test)]
pub(crate) fn caption(item: &str, who: Who, text: &str, heard: usize, state: CaptionState) -> Event {
    let (item, text) = (item.to_owned(), text.to_owned());
    Event::Caption(Caption { item, who, text, heard_chars: heard, state })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caption_changes_in_its_place_and_an_empty_one_goes() {
        let mut view = View::new("h", EarMode::Recordings);
        view.event(&caption("a", Who::Caller, "fnid", 4, CaptionState::Open));
        view.event(&caption("b", Who::Voxfare, "Yes?", 0, CaptionState::Open));
        view.event(&caption("a", Who::Caller, "Find.", 5, CaptionState::Done));
        view.event(&caption("c", Who::Caller, "mh", 2, CaptionState::Open));
        view.event(&caption("c", Who::Caller, "", 0, CaptionState::Done));
        let texts: Vec<String> = view
            .lines
            .iter()
            .map(|shown| if let Shown::Said(said) = shown { line(said) } else { String::new() })
            .collect();
        assert_eq!(texts, ["you: Find.", "voxfare: Yes?"]);
    }

    #[test]
    fn what_a_server_says_does_not_steer_the_terminal() {
        let mut view = View::new("h", EarMode::Recordings);
        view.event(&caption("a", Who::Voxfare, "\u{1b}[2Jboo\r\n", 3, CaptionState::Open));
        view.event(&Event::Trouble("\u{7}bell".to_owned()));
        for _ in 0..LINES_MAX * 2 {
            view.note("x");
        }
        assert!(view.lines.len() <= LINES_MAX);
        let Event::Caption(cut) = caption("a", Who::Voxfare, "One two.", 4, CaptionState::Cut) else { return };
        assert_eq!(line(&cut), "voxfare: One [interrupted]");
        assert!(!over_text(&Over::Ended("\u{1b}]0;".to_owned())).contains('\u{1b}'));
    }

    #[test]
    fn cards_are_told_in_a_few_words() {
        let flights = serde_json::json!({ "kind": "flights", "offers": [1, 2, 3] });
        assert_eq!(card_line(&flights).as_deref(), Some("card: 3 flights"));
        let booking = serde_json::json!({ "kind": "booking", "booking": { "reference": "VX1" } });
        assert_eq!(card_line(&booking).as_deref(), Some("card: booking VX1"));
        assert_eq!(card_line(&serde_json::json!(7)), None);
    }
}
