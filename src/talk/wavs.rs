//! Recordings in the place of a microphone: an open line with silence on it, and each recording at its time. It reads no clock.

use crate::caller::VoiceError;
use crate::caller::voice::Voice as Recording;
use crate::client::{Event, FRAME};
use crate::talk::args::Line;
use crate::talk::error::TalkError;
use crate::talk::script::{Cue, Script, Step};
use std::time::{Duration, Instant};

/// The recordings of a talk.
pub(crate) struct Wavs {
    script: Script,
    recordings: Vec<(String, Recording)>,
    /// The one being spoken, and how far it is.
    speaking: Option<(usize, usize)>,
    patience: Duration,
}

impl Wavs {
    /// Reads all recordings.
    pub(crate) fn read(
        lines: &[Line],
        greeted: bool,
        silence: Duration,
        patience: Duration,
    ) -> Result<Self, VoiceError> {
        let (mut cues, mut recordings) = (Vec::new(), Vec::new());
        for line in lines {
            let (cue, file) = match line {
                Line::After { file } => (Cue::Answered, file),
                Line::Into { after, file } => (Cue::Sounding(*after), file),
            };
            cues.push(cue);
            recordings.push((file.display().to_string(), Recording::read(file)?));
        }
        Ok(Self { script: Script::new(cues, greeted, silence, patience), recordings, speaking: None, patience })
    }

    /// Something happened.
    pub(crate) fn event(&mut self, now: Instant, event: &Event) {
        self.script.event(now, event);
    }

    /// The next 20 ms; `None` when all was said and answered.
    pub(crate) fn frame(&mut self, now: Instant) -> Result<Option<[i16; FRAME]>, TalkError> {
        if self.speaking.is_none() {
            match self.script.step(now) {
                Step::Wait => {}
                Step::Speak(which) => self.speaking = Some((which, 0)),
                Step::Done => return Ok(None),
                Step::Unanswered(which) => {
                    let spoken = self.recordings.get(which).map(|(name, _)| name.clone()).unwrap_or_default();
                    return Err(TalkError::NoAnswer { spoken, seconds: self.patience.as_secs() });
                }
            }
        }
        Ok(Some(self.next_frame(now)))
    }

    fn next_frame(&mut self, now: Instant) -> [i16; FRAME] {
        let mut frame = [0; FRAME];
        if let Some((which, from)) = &mut self.speaking {
            let pcm = self.recordings.get(*which).map_or(&[][..], |(_, recording)| &recording.pcm);
            let rest = pcm.get(*from..).unwrap_or_default();
            let count = rest.len().min(FRAME);
            frame[..count].copy_from_slice(&rest[..count]);
            *from += count;
            if rest.len() <= FRAME {
                self.speaking = None;
                self.script.spoken(now);
            }
        }
        frame
    }
}
