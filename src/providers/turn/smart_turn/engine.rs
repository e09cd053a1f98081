//! Runs the smart-turn network on onnxruntime or rten. It never computes features.

use crate::models::mel;
use crate::providers::turn::features::FRAMES;
use rten::{Model, RunOptions, ThreadPool, Value};
use rten_tensor::{NdTensor, TensorView};
use std::path::Path;
use std::sync::Arc;

/// The network on one of the engines.
pub(super) enum Engine {
    /// Pure Rust.
    Rten {
        /// The loaded network.
        model: Box<Model>,
        /// Threads of its own, so that it never waits for another model's.
        threads: Arc<ThreadPool>,
    },
    /// Two to three times faster, where its library is installed.
    #[cfg(feature = "ort")]
    Onnxruntime(Box<ort::session::Session>),
}

impl Engine {
    /// Loads `model`; a library that cannot be used is reported to the log and rten takes its place.
    pub(super) fn load(model: &Path, library: Option<&Path>, threads: usize) -> Result<Self, String> {
        #[cfg(feature = "ort")]
        if let Some(library) = library {
            match load_onnxruntime(model, library, threads) {
                Ok(session) => return Ok(Self::Onnxruntime(Box::new(session))),
                Err(error) => tracing::warn!(error, "onnxruntime is not usable; the turn detector runs on rten"),
            }
        }
        #[cfg(not(feature = "ort"))]
        let _ = library;
        let loaded = Model::load_file(model).map_err(|error| format!("{}: {error}", model.display()))?;
        Ok(Self::Rten { model: Box::new(loaded), threads: Arc::new(ThreadPool::with_num_threads(threads)) })
    }

    /// Name of the engine for logs and reports.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Rten { .. } => "rten",
            #[cfg(feature = "ort")]
            Self::Onnxruntime(_) => "onnxruntime",
        }
    }

    /// The probability that the turn is complete, from [`mel::BANDS`] rows of [`FRAMES`] features.
    pub(super) fn score(&mut self, features: Vec<f32>) -> Result<f32, String> {
        match self {
            Self::Rten { model, threads } => score_rten(model, threads, features),
            #[cfg(feature = "ort")]
            Self::Onnxruntime(session) => score_onnxruntime(session, features),
        }
    }
}

fn score_rten(model: &Model, threads: &Arc<ThreadPool>, features: Vec<f32>) -> Result<f32, String> {
    let input = NdTensor::from_data([1, mel::BANDS, FRAMES], features);
    let mut options = RunOptions::default();
    options.thread_pool = Some(Arc::clone(threads));
    let output: Value = model.run_one(input.into(), Some(options)).map_err(|error| error.to_string())?;
    let scores: TensorView<'_, f32> =
        (&output).try_into().map_err(|_| "the turn model's output is not a float".to_owned())?;
    scores.iter().next().copied().ok_or_else(|| "the turn model's output is empty".to_owned())
}

#[cfg(feature = "ort")]
fn load_onnxruntime(model: &Path, library: &Path, threads: usize) -> Result<ort::session::Session, String> {
    use ort::session::Session;
    use ort::session::builder::GraphOptimizationLevel;
    let environment = crate::providers::onnxruntime::environment(library)?;
    let builder = Session::builder(environment).map_err(|error| error.to_string())?;
    let builder = builder.with_intra_threads(threads).map_err(|error| error.to_string())?;
    let builder = builder.with_optimization_level(GraphOptimizationLevel::All).map_err(|error| error.to_string())?;
    // Spinning between operators would take the second core from the recogniser.
    let builder = builder.with_config_entry("session.intra_op.allow_spinning", "0");
    builder.map_err(|error| error.to_string())?.commit_from_file(model).map_err(|error| error.to_string())
}

#[cfg(feature = "ort")]
fn score_onnxruntime(session: &mut ort::session::Session, features: Vec<f32>) -> Result<f32, String> {
    let shape = [1, mel::BANDS, FRAMES];
    let input = ort::value::Tensor::from_array((shape, features)).map_err(|error| error.to_string())?;
    let outputs = session.run(ort::inputs![input]).map_err(|error| error.to_string())?;
    let (_, scores) = outputs[0].try_extract_tensor::<f32>().map_err(|error| error.to_string())?;
    scores.first().copied().ok_or_else(|| "the turn model's output is empty".to_owned())
}
