//! Is this a voice? One probability for each 32 ms of sound. It never decides about turns.

use rten::{Model, NodeId, RunOptions, ThreadPool, ValueOrView};
use rten_tensor::NdTensor;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Samples judged at once, at [`crate::frame::EAR_RATE_HZ`] (32 ms).
pub const CHUNK_SAMPLES: usize = 512;
/// Milliseconds in one chunk.
pub const CHUNK_MS: u64 = 32;
/// Samples of the previous chunk that the Silero model wants to see again.
const CONTEXT_SAMPLES: usize = 64;
/// Values of the model's recurrent state.
const STATE_VALUES: usize = 2 * 128;

/// The weights are not a Silero voice activity model that we can run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("voice activity model: {0}")]
pub struct VadError(String);

/// The Silero model (v5 and v6 have one shape), loaded once a process and shared by all calls.
pub struct VadModel {
    model: Model,
    inputs: [NodeId; 3],
    outputs: [NodeId; 2],
    lanes: Vec<RunOptions>,
    next_lane: AtomicUsize,
}

impl VadModel {
    /// Loads the ONNX file's bytes. `lanes` single-threaded workers share the work of all calls: one for each core.
    pub fn load(onnx: Vec<u8>, lanes: NonZeroUsize) -> Result<Arc<Self>, VadError> {
        let fail = |error: &dyn std::fmt::Display| VadError(error.to_string());
        let model = Model::load(onnx).map_err(|e| fail(&e))?;
        let id = |name: &str| model.node_id(name).map_err(|e| fail(&e));
        let inputs = [id("input")?, id("state")?, id("sr")?];
        let outputs = [id("output")?, id("stateN")?];
        let lanes = (0..lanes.get())
            .map(|_| RunOptions::default().with_thread_pool(Some(Arc::new(ThreadPool::with_num_threads(1)))))
            .collect();
        let loaded = Arc::new(Self { model, inputs, outputs, lanes, next_lane: AtomicUsize::new(0) });
        // One silent chunk proves the shapes, so that calls need not expect failure.
        let mut trial = Silero::new(Arc::clone(&loaded));
        trial.run(&[0.0; CHUNK_SAMPLES]).map_err(VadError)?;
        Ok(loaded)
    }
}

impl std::fmt::Debug for VadModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VadModel({} lanes)", self.lanes.len())
    }
}

/// Which detector a call listens with.
#[derive(Clone, Debug)]
pub enum Detector {
    /// The neural model.
    Silero(Arc<VadModel>),
    /// Loudness above the tracked noise floor: deterministic and nearly free, for simulation and for tests of timing.
    Energy,
}

impl Detector {
    /// A fresh detector for one call.
    pub fn listen(&self) -> Vad {
        match self {
            Self::Silero(model) => Vad::Silero(Box::new(Silero::new(Arc::clone(model)))),
            Self::Energy => Vad::Energy(Energy::default()),
        }
    }
}

/// The state of one call's detector.
#[derive(Debug)]
pub enum Vad {
    /// See [`Detector::Silero`].
    Silero(Box<Silero>),
    /// See [`Detector::Energy`].
    Energy(Energy),
}

impl Vad {
    /// Probability (0.0 to 1.0) that the chunk, which follows the last one, holds a voice.
    pub fn hear(&mut self, chunk: &[f32; CHUNK_SAMPLES]) -> f32 {
        match self {
            Self::Silero(silero) => silero.run(chunk).expect("the same shapes ran when the model was loaded"),
            Self::Energy(energy) => energy.run(chunk),
        }
    }
}

/// One call's stream through the Silero model.
#[derive(Debug)]
pub struct Silero {
    model: Arc<VadModel>,
    lane: usize,
    state: Vec<f32>,
    context: [f32; CONTEXT_SAMPLES],
}

impl Silero {
    fn new(model: Arc<VadModel>) -> Self {
        let lane = model.next_lane.fetch_add(1, Ordering::Relaxed) % model.lanes.len();
        Self { model, lane, state: vec![0.0; STATE_VALUES], context: [0.0; CONTEXT_SAMPLES] }
    }

    fn run(&mut self, chunk: &[f32; CHUNK_SAMPLES]) -> Result<f32, String> {
        let mut window = Vec::with_capacity(CONTEXT_SAMPLES + CHUNK_SAMPLES);
        window.extend_from_slice(&self.context);
        window.extend_from_slice(chunk);
        self.context.copy_from_slice(&chunk[CHUNK_SAMPLES - CONTEXT_SAMPLES..]);
        let [input, state, rate] = self.model.inputs;
        let values: Vec<(NodeId, ValueOrView)> = vec![
            (input, NdTensor::from_data([1, window.len()], window).into()),
            (state, NdTensor::from_data([2, 1, 128], std::mem::take(&mut self.state)).into()),
            // The model says i64; the engine carries it as i32.
            (rate, NdTensor::from_data([], vec![crate::frame::EAR_RATE_HZ as i32]).into()),
        ];
        let lane = self.model.lanes[self.lane].clone();
        let [voice, state] =
            self.model.model.run_n(values, self.model.outputs, Some(lane)).map_err(|e| e.to_string())?;
        let voice: NdTensor<f32, 2> = voice.try_into().map_err(|_| "output is not f32[1,1]".to_owned())?;
        let state: NdTensor<f32, 3> = state.try_into().map_err(|_| "state is not f32[2,1,128]".to_owned())?;
        self.state = state.into_data();
        if self.state.len() != STATE_VALUES {
            return Err("state is not f32[2,1,128]".to_owned());
        }
        voice.into_data().first().copied().ok_or_else(|| "output is empty".to_owned())
    }
}

/// Loudness in decibels of full scale below which nothing is a voice.
const VOICE_DB_MIN: f32 = -48.0;
/// How far above the noise floor a voice stands, in decibels.
const ABOVE_FLOOR_DB: f32 = 9.0;
/// How fast the noise floor rises, in decibels a chunk (3 dB a second).
const FLOOR_RISE_DB: f32 = 0.1;

/// One call's loudness and noise floor, in decibels of full scale.
#[derive(Debug)]
pub struct Energy {
    floor_db: f32,
}

impl Default for Energy {
    fn default() -> Self {
        Self { floor_db: -70.0 }
    }
}

impl Energy {
    fn run(&mut self, chunk: &[f32; CHUNK_SAMPLES]) -> f32 {
        let power = chunk.iter().map(|s| s * s).sum::<f32>() / CHUNK_SAMPLES as f32;
        let level_db = 10.0 * (power + 1e-10).log10();
        if level_db < self.floor_db {
            self.floor_db += 0.5 * (level_db - self.floor_db);
        } else {
            self.floor_db += FLOOR_RISE_DB.min(level_db - self.floor_db);
        }
        let above = level_db - (self.floor_db + ABOVE_FLOOR_DB).max(VOICE_DB_MIN);
        1.0 / (1.0 + (-above).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::resample::Resampler;
    use crate::sound;

    fn heard(detector: &Detector, pcm: &[i16]) -> Vec<f32> {
        let mut ear = Vec::new();
        Resampler::new(24_000, 16_000).expect("rates").push_i16(pcm, &mut ear);
        let mut vad = detector.listen();
        ear.chunks_exact(CHUNK_SAMPLES).map(|c| vad.hear(c.try_into().expect("exact"))).collect()
    }

    #[test]
    fn loudness_tells_a_voice_from_silence_and_hiss() {
        assert!(heard(&Detector::Energy, &sound::silence(1.0)).iter().all(|p| *p < 0.05));
        assert!(heard(&Detector::Energy, &sound::noise(1.0, 0.003, 3)).iter().all(|p| *p < 0.35));
        let voice = heard(&Detector::Energy, &sound::voice(2.0, 3));
        let share = voice.iter().filter(|p| **p > 0.5).count() * 100 / voice.len();
        assert!(share > 80, "{share} %");
    }

    #[test]
    fn bytes_that_are_no_model_are_refused() {
        assert!(VadModel::load(vec![1, 2, 3], NonZeroUsize::MIN).is_err());
        assert!(VadModel::load(Vec::new(), NonZeroUsize::MIN).is_err());
    }

    #[test]
    fn silero_is_quiet_in_silence_and_in_noise() {
        let model = Detector::Silero(sound::silero());
        let silence = heard(&model, &sound::silence(2.0));
        assert!(silence.iter().all(|p| *p < 0.1), "{silence:?}");
        let noise = heard(&model, &sound::noise(2.0, 0.05, 5));
        assert!(noise.iter().all(|p| *p < 0.35), "{noise:?}");
    }

    #[test]
    fn silero_hears_a_person_and_answers_the_same_twice() {
        let model = Detector::Silero(sound::silero());
        let speech = sound::recording();
        let first = heard(&model, &speech);
        let mean = first.iter().sum::<f32>() / first.len() as f32;
        assert!(mean > 0.55, "mean {mean}");
        assert_eq!(first, heard(&model, &speech));
    }
}
