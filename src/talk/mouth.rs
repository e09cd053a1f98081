//! Where the voice comes out without a speaker: every 20 ms a frame is taken, as a speaker would, and written to a file. It never runs ahead of time.

use crate::client::{FRAME, RATE_HZ, Voice, level};
use crate::talk::error::TalkError;
use hound::{SampleFormat, WavSpec, WavWriter};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// A WAV file in the place of a speaker.
pub(crate) struct WavMouth {
    writer: WavWriter<BufWriter<File>>,
    path: PathBuf,
    frames: u32,
    level: f32,
}

impl WavMouth {
    /// Begins a file.
    pub(crate) fn create(path: &Path) -> Result<Self, TalkError> {
        let spec = WavSpec { channels: 1, sample_rate: RATE_HZ, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let writer = WavWriter::create(path, spec).map_err(|error| failed(path, &error))?;
        Ok(Self { writer, path: path.to_owned(), frames: 0, level: 0.0 })
    }

    /// The next 20 ms of what is heard, silence included; past an hour nothing is written.
    pub(crate) fn frame(&mut self, voice: &Voice) -> Result<(), TalkError> {
        let mut frame = [0; FRAME];
        voice.fill(&mut frame);
        self.level = level(&frame);
        self.frames = self.frames.saturating_add(1);
        if self.frames > FRAMES_MAX {
            return Ok(());
        }
        let write = |writer: &mut WavWriter<BufWriter<File>>| {
            frame.iter().try_for_each(|&sample| writer.write_sample(sample))?;
            // A talk that is killed leaves a file that can be played.
            if self.frames.is_multiple_of(FLUSH_EVERY) { writer.flush() } else { Ok(()) }
        };
        write(&mut self.writer).map_err(|error| failed(&self.path, &error))
    }

    /// Ends the file.
    pub(crate) fn finish(self) -> Result<(), TalkError> {
        self.writer.finalize().map_err(|error| failed(&self.path, &error))
    }

    /// How loud it was last, 0 to 1.
    pub(crate) fn level(&self) -> f32 {
        self.level
    }
}

fn failed(path: &Path, error: &hound::Error) -> TalkError {
    TalkError::File { path: path.display().to_string(), why: error.to_string() }
}

/// An hour.
const FRAMES_MAX: u32 = 3600 * 50;
/// A second.
const FLUSH_EVERY: u32 = 50;
