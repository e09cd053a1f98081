//! When the next recording is spoken: after the answer to the one before, or into it. It speaks nothing, and time is an argument.

use crate::client::Event;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// When one recording is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cue {
    /// When all before it was answered.
    Answered,
    /// So long after the answer to the one before began to sound.
    Sounding(Duration),
}

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing yet.
    Wait,
    /// Speak this recording.
    Speak(usize),
    /// All was said and answered.
    Done,
    /// This recording found no answer in time.
    Unanswered(usize),
}

/// The recordings of one conversation, and how far it is.
#[derive(Debug)]
pub(crate) struct Script {
    cues: Vec<Cue>,
    next: usize,
    silence: Duration,
    patience: Duration,
    /// A recording is being spoken.
    speaking: bool,
    /// Something has answered the last recording; the session's own greeting counts for the first.
    answered: bool,
    connected: bool,
    sounding: Option<Instant>,
    hearing: bool,
    responses: BTreeSet<String>,
    tasks: BTreeSet<String>,
    /// When anything happened last.
    stirred: Option<Instant>,
}

impl Script {
    /// A conversation of these recordings; with `greeted` the other side speaks first.
    pub(crate) fn new(cues: Vec<Cue>, greeted: bool, silence: Duration, patience: Duration) -> Self {
        Self {
            cues,
            next: 0,
            silence,
            patience,
            speaking: false,
            answered: !greeted,
            connected: false,
            sounding: None,
            hearing: false,
            responses: BTreeSet::new(),
            tasks: BTreeSet::new(),
            stirred: None,
        }
    }

    /// Something happened.
    pub(crate) fn event(&mut self, now: Instant, event: &Event) {
        match event {
            Event::Connected { .. } => self.connected = true,
            Event::Hearing(hearing) => self.hearing = *hearing,
            Event::Sounding(true) => {
                self.sounding = Some(now);
                self.answered = true;
            }
            Event::Sounding(false) => self.sounding = None,
            Event::Answering { response } => {
                self.responses.insert(response.clone());
            }
            Event::Answered { response } => {
                self.responses.remove(response);
            }
            Event::Task(task) if task.state == "started" => {
                self.tasks.insert(task.task_id.clone());
            }
            Event::Task(task) => {
                self.tasks.remove(&task.task_id);
            }
            Event::Reconnecting { .. } => {
                self.responses.clear();
                self.hearing = false;
            }
            Event::Caption(_) | Event::Interrupted { .. } | Event::Card(_) | Event::Latency { .. } => {}
            // Figures of the link come all the time and mean nothing here.
            Event::Trouble(_) | Event::Server(_) | Event::Over(_) => return,
        }
        self.stirred = Some(now);
    }

    /// The last sample of the recording was spoken.
    pub(crate) fn spoken(&mut self, now: Instant) {
        self.speaking = false;
        self.stirred = Some(now);
    }

    /// What is to be done now.
    pub(crate) fn step(&mut self, now: Instant) -> Step {
        let Some(stirred) = self.stirred.filter(|_| self.connected && !self.speaking) else { return Step::Wait };
        let quiet = now.saturating_duration_since(stirred);
        if let (Some(Cue::Sounding(after)), Some(since)) = (self.cues.get(self.next), self.sounding)
            && self.next > 0
        {
            return if now.saturating_duration_since(since) >= *after { self.speak() } else { Step::Wait };
        }
        let busy = self.sounding.is_some() || self.hearing || !self.responses.is_empty() || !self.tasks.is_empty();
        if self.answered && !busy && quiet >= self.silence {
            return if self.next < self.cues.len() { self.speak() } else { Step::Done };
        }
        if self.sounding.is_none() && quiet >= self.patience {
            return Step::Unanswered(self.next.saturating_sub(1));
        }
        Step::Wait
    }

    fn speak(&mut self) -> Step {
        self.speaking = true;
        self.answered = false;
        // What still sounds is the answer to something else.
        self.sounding = None;
        self.next += 1;
        Step::Speak(self.next - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Task;

    struct Talk {
        script: Script,
        now: Instant,
    }

    impl Talk {
        fn new(cues: &[Cue], greeted: bool) -> Self {
            let (silence, patience) = (Duration::from_millis(600), Duration::from_secs(20));
            Self { script: Script::new(cues.to_vec(), greeted, silence, patience), now: Instant::now() }
        }

        fn after(&mut self, ms: u64) -> Step {
            self.now += Duration::from_millis(ms);
            self.script.step(self.now)
        }

        fn event(&mut self, event: Event) {
            self.script.event(self.now, &event);
        }

        fn connected(&mut self) {
            self.event(Event::Connected { session: "s".to_owned(), resumed: false });
        }

        fn answers(&mut self, response: &str) {
            self.event(Event::Answering { response: response.to_owned() });
            self.event(Event::Sounding(true));
            self.event(Event::Answered { response: response.to_owned() });
        }

        fn task(&mut self, state: &str) {
            let (task_id, name) = ("t".to_owned(), "search".to_owned());
            self.event(Event::Task(Task { task_id, name, state: state.to_owned() }));
        }
    }

    #[test]
    fn each_recording_waits_for_the_answer_and_for_searches() {
        let mut talk = Talk::new(&[Cue::Answered, Cue::Answered], false);
        assert_eq!(talk.after(5000), Step::Wait, "nothing is said before there is a session");
        talk.connected();
        assert_eq!(talk.after(599), Step::Wait);
        assert_eq!(talk.after(1), Step::Speak(0));
        assert_eq!(talk.after(9000), Step::Wait, "it is still being spoken");
        talk.script.spoken(talk.now);
        talk.answers("filler");
        talk.task("started");
        talk.event(Event::Sounding(false));
        assert_eq!(talk.after(5000), Step::Wait, "the search runs");
        talk.task("done");
        talk.answers("found");
        assert_eq!(talk.after(15_000), Step::Wait, "it is being told");
        talk.event(Event::Sounding(false));
        assert_eq!(talk.after(600), Step::Speak(1));
        talk.script.spoken(talk.now);
        assert_eq!(talk.after(19_999), Step::Wait);
        assert_eq!(talk.after(1), Step::Unanswered(1));
    }

    #[test]
    fn an_interruption_is_spoken_into_the_answer() {
        let mut talk = Talk::new(&[Cue::Answered, Cue::Sounding(Duration::from_millis(800))], true);
        talk.connected();
        assert_eq!(talk.after(5000), Step::Wait, "the greeting comes first");
        talk.answers("greeting");
        talk.event(Event::Sounding(false));
        assert_eq!(talk.after(600), Step::Speak(0));
        talk.script.spoken(talk.now);
        talk.answers("long");
        assert_eq!(talk.after(799), Step::Wait);
        assert_eq!(talk.after(1), Step::Speak(1));
        talk.event(Event::Sounding(false));
        talk.script.spoken(talk.now);
        assert_eq!(talk.after(5000), Step::Wait);
        talk.answers("new");
        talk.event(Event::Sounding(false));
        assert_eq!(talk.after(600), Step::Done);
    }
}
