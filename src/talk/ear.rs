//! What the session hears of us: frames of 20 ms from a microphone or a recording, through one gate. It opens no device.

use crate::client::{FRAME, Microphone, Voice, level};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// The way from a sound source to the session; cheap to clone, for the thread of a device.
#[derive(Clone, Debug)]
pub(crate) struct Ear {
    microphone: Microphone,
    voice: Voice,
    gate: Arc<Gate>,
}

/// What lets sound through.
#[derive(Debug)]
struct Gate {
    open: AtomicBool,
    /// Shut while the voice sounds.
    loudspeaker: bool,
    /// A shut gate sends silence, for a server that finds the end of a turn by it.
    fills: bool,
    /// The last frame's level, as bits.
    level: AtomicU32,
}

impl Ear {
    /// A way to the session; `loudspeaker` shuts it while the voice sounds, and with `fills` silence is sent while it is shut.
    pub(crate) fn new(microphone: Microphone, voice: Voice, loudspeaker: bool, fills: bool) -> Self {
        let gate = Gate { open: AtomicBool::new(fills), loudspeaker, fills, level: AtomicU32::new(0) };
        Self { microphone, voice, gate: Arc::new(gate) }
    }

    /// Opens or shuts the gate.
    pub(crate) fn open(&self, open: bool) {
        self.gate.open.store(open, Ordering::Relaxed);
    }

    /// One frame of 20 ms.
    pub(crate) fn hear(&self, frame: &[i16]) {
        let gate = &self.gate;
        let open = gate.open.load(Ordering::Relaxed) && !(gate.loudspeaker && self.voice.waiting() > 0);
        let loud = if open { level(frame) } else { 0.0 };
        gate.level.store(loud.to_bits(), Ordering::Relaxed);
        if open {
            self.microphone.hear(frame);
        } else if gate.fills {
            self.microphone.hear(&[0; FRAME]);
        }
    }

    /// How loud it was last, 0 to 1.
    pub(crate) fn level(&self) -> f32 {
        f32::from_bits(self.gate.level.load(Ordering::Relaxed))
    }
}
