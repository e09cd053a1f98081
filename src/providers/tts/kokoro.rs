//! Kokoro-82M, the best voice and the slowest: needs onnxruntime. It never reads text.

use crate::models;
use crate::providers::tts::hibari::symbol_id;
use crate::providers::tts::network::{Feed, Network};
use crate::providers::tts::pronounce::Phone;
use crate::providers::tts::voice::{Listener, Stop, Voice, VoiceError};
use std::ops::Range;
use std::path::Path;

/// The style file in the models directory: 510 rows of 256 little-endian floats, one for each length of input.
pub const STYLE_FILE: &str = "kokoro-af_heart.bin";
/// Numbers in one row of the style file.
const STYLE: usize = 256;
/// Samples in one beat of the model's durations.
const BEAT: usize = 600;
const DURATIONS: &str = "/encoder/Clip_output_0";
const SOUND: &str = "audio";
/// Brings active speech to about -20 dB of full scale, measured over twenty-one travel sentences.
const GAIN: f32 = 1.18;
const PAD: i64 = 0;

/// The voice, ready to speak.
pub struct Kokoro {
    network: Network,
    style: Vec<f32>,
}

impl Kokoro {
    /// Loads the model and its style from `models_dir` on onnxruntime's `library`.
    #[cfg(feature = "ort")]
    pub fn load(models_dir: &Path, library: Option<&Path>, threads: usize) -> Result<Self, VoiceError> {
        let Some(library) = library else {
            return Err(VoiceError::Engine(
                "kokoro runs only on onnxruntime, and its library is not configured".to_owned(),
            ));
        };
        let network = Network::on_onnxruntime(
            &models_dir.join(models::KOKORO),
            library,
            &[DURATIONS, SOUND],
            &[DURATIONS],
            1,
            threads,
        )?;
        let file = models_dir.join(STYLE_FILE);
        let bytes = std::fs::read(&file).map_err(|error| VoiceError::Engine(format!("{}: {error}", file.display())))?;
        let style: Vec<f32> = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        if style.len() < STYLE {
            return Err(VoiceError::Engine(format!("{} is too short", file.display())));
        }
        Ok(Self { network, style })
    }

    /// Refuses: this build has no onnxruntime.
    #[cfg(not(feature = "ort"))]
    pub fn load(_models_dir: &Path, _library: Option<&Path>, _threads: usize) -> Result<Self, VoiceError> {
        Err(VoiceError::Engine(
            "kokoro runs only on onnxruntime, and this program was built without the feature `ort`".to_owned(),
        ))
    }

    fn style_for(&self, symbols: usize) -> Vec<f32> {
        let rows = self.style.len() / STYLE;
        let row = symbols.min(rows - 1);
        self.style[row * STYLE..(row + 1) * STYLE].to_vec()
    }
}

impl Voice for Kokoro {
    fn utter(&self, phones: &[Phone], speed: f32, stop: &Stop, listener: &mut dyn Listener) -> Result<(), VoiceError> {
        let known: Vec<Option<i64>> = phones.iter().map(|phone| symbol_id(phone.symbol)).collect();
        let ids: Vec<i64> = [PAD].into_iter().chain(known.iter().flatten().copied()).chain([PAD]).collect();
        let count = ids.len();
        let style = self.style_for(count - 2);
        let feeds = vec![
            Feed::Ints("tokens", vec![1, count], ids),
            Feed::Floats("style", vec![1, STYLE], style),
            Feed::Floats("speed", vec![1], vec![speed]),
        ];
        let mut answer = match self.network.run(feeds, stop) {
            Err(_) if stop.is_stopped() => return Ok(()),
            answer => answer?,
        };
        let (Some(sound), Some(beats)) = (answer.pop(), answer.pop()) else {
            return Err(VoiceError::Shape("too few tensors".to_owned()));
        };
        listener.timed(&spans(&known, &beats));
        listener.heard(&sound);
        Ok(())
    }

    fn phones_max(&self) -> usize {
        400
    }

    fn gain(&self) -> f32 {
        GAIN
    }
}

/// Samples of each phone; a symbol the model does not know takes no time.
fn spans(known: &[Option<i64>], beats: &[f32]) -> Vec<Range<usize>> {
    let mut lengths = beats.iter().map(|beats| *beats as usize * BEAT);
    let mut at = lengths.next().unwrap_or(0);
    let mut spans = Vec::with_capacity(known.len());
    for id in known {
        let length = if id.is_some() { lengths.next().unwrap_or(0) } else { 0 };
        spans.push(at..at + length);
        at += length;
    }
    spans
}
