//! A talk line by line, for pipes and logs: each saying once, as it stood at its end. It draws no screen.

use crate::client::{Caption, CaptionState, Event, Over};
use crate::talk::view;
use std::io::Write;

/// What is printed.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// A cut saying whose exact words the server is being asked for.
    cut: Option<Caption>,
}

impl Lines {
    /// Prints what an event adds.
    pub(crate) fn event(&mut self, event: &Event, out: &mut dyn Write) -> std::io::Result<()> {
        match event {
            Event::Connected { session, resumed } => {
                let word = if *resumed { "back in session" } else { "session" };
                self.print(&format!("[{word} {session}]"), out)
            }
            Event::Reconnecting { attempt: 0 } => self.print("[the line was lost, coming back]", out),
            Event::Caption(caption) => self.caption(caption, out),
            Event::Card(card) => match view::card_line(card) {
                Some(text) => self.print(&format!("[{text}]"), out),
                None => Ok(()),
            },
            Event::Latency { first_sound_ms } => self.print(&format!("[answered in {first_sound_ms:.0} ms]"), out),
            Event::Trouble(why) => self.print(&format!("[the server says: {why}]"), out),
            Event::Over(over) => self.print(&format!("[{}]", view::over_text(over)), out),
            Event::Reconnecting { .. }
            | Event::Hearing(_)
            | Event::Sounding(_)
            | Event::Interrupted { .. }
            | Event::Answering { .. }
            | Event::Answered { .. }
            | Event::Task(_)
            | Event::Server(_) => Ok(()),
        }
    }

    fn caption(&mut self, caption: &Caption, out: &mut dyn Write) -> std::io::Result<()> {
        match caption.state {
            CaptionState::Open => Ok(()),
            CaptionState::Done if caption.text.is_empty() => Ok(()),
            CaptionState::Done => self.print(&view::line(caption), out),
            // Nothing of it was heard.
            CaptionState::Cut if caption.shown().is_empty() => {
                self.cut = self.cut.take().filter(|cut| cut.item != caption.item);
                Ok(())
            }
            // First by the share of its sound, and then as the server has it.
            CaptionState::Cut if self.cut.as_ref().is_some_and(|cut| cut.item == caption.item) => {
                self.cut = None;
                self.print(&view::line(caption), out)
            }
            CaptionState::Cut => {
                self.flush(out)?;
                self.cut = Some(caption.clone());
                Ok(())
            }
        }
    }

    fn print(&mut self, line: &str, out: &mut dyn Write) -> std::io::Result<()> {
        self.flush(out)?;
        writeln!(out, "{}", line.replace(|c: char| c.is_control(), " "))?;
        out.flush()
    }

    fn flush(&mut self, out: &mut dyn Write) -> std::io::Result<()> {
        match self.cut.take() {
            Some(caption) => writeln!(out, "{}", view::line(&caption)),
            None => Ok(()),
        }
    }
}

/// The session is over as a person means it.
pub(crate) fn ended_well(over: &Over) -> bool {
    match over {
        Over::HungUp => true,
        Over::Ended(reason) => reason == "goodbye",
        Over::Lost(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Who;
    use crate::talk::view::caption;

    #[test]
    fn each_saying_is_printed_once_and_a_cut_one_as_it_was_heard() {
        let (mut lines, mut out) = (Lines::default(), Vec::new());
        let events = [
            Event::Connected { session: "s1".to_owned(), resumed: false },
            caption("a", Who::Caller, "Fin", 3, CaptionState::Open),
            caption("a", Who::Caller, "Find it.", 8, CaptionState::Done),
            Event::Latency { first_sound_ms: 250.6 },
            caption("b", Who::Voxfare, "One two three four.", 9, CaptionState::Cut),
            caption("b", Who::Voxfare, "One two three four.", 7, CaptionState::Cut),
            caption("c", Who::Voxfare, "Yes, yes.", 4, CaptionState::Cut),
            caption("d", Who::Caller, "No.", 3, CaptionState::Done),
            caption("e", Who::Caller, "", 0, CaptionState::Done),
            Event::Over(Over::HungUp),
        ];
        for event in &events {
            lines.event(event, &mut out).expect("memory takes it");
        }
        let expected = "[session s1]\nyou: Find it.\n[answered in 251 ms]\nvoxfare: One two [interrupted]\n\
                        voxfare: Yes, [interrupted]\nyou: No.\n[you hung up]\n";
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }
}
