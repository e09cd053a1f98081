//! Runs a voice's network on rten or onnxruntime, named tensors in and floats out. It knows nothing of speech.

use crate::providers::tts::voice::{Stop, VoiceError};
use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, Value, ValueOrView};
use rten_tensor::Tensor;
use std::path::Path;
use std::sync::Arc;

/// A tensor given to a network by name.
pub enum Feed {
    /// Whole numbers.
    Ints(&'static str, Vec<usize>, Vec<i64>),
    /// Numbers.
    Floats(&'static str, Vec<usize>, Vec<f32>),
}

/// A network and the tensors it is asked for.
pub struct Network {
    engine: Engine,
    outputs: Vec<&'static str>,
}

enum Engine {
    Rten {
        model: Box<Model>,
        threads: Arc<ThreadPool>,
    },
    #[cfg(feature = "ort")]
    Onnxruntime(Sessions),
}

impl Network {
    /// Loads `file` for rten; `outputs` may name any tensor inside it.
    pub fn on_rten(file: &Path, outputs: &[&'static str], threads: usize) -> Result<Self, VoiceError> {
        let model = ModelOptions::with_all_ops().prepack_weights(true).load_file(file).map_err(failed)?;
        for name in outputs {
            model.node_id(name).map_err(failed)?;
        }
        let threads = Arc::new(ThreadPool::with_num_threads(threads.max(1)));
        Ok(Self { engine: Engine::Rten { model: Box::new(model), threads }, outputs: outputs.to_vec() })
    }

    /// Loads `file` for onnxruntime from `library`; `inner` names tensors inside the network that are wanted besides its own outputs.
    #[cfg(feature = "ort")]
    pub fn on_onnxruntime(
        file: &Path,
        library: &Path,
        outputs: &[&'static str],
        inner: &[&'static str],
        copies: usize,
        threads: usize,
    ) -> Result<Self, VoiceError> {
        let sessions = Sessions::load(file, library, inner, copies, threads)?;
        Ok(Self { engine: Engine::Onnxruntime(sessions), outputs: outputs.to_vec() })
    }

    /// The engine's name, for logs.
    pub fn engine(&self) -> &'static str {
        match &self.engine {
            Engine::Rten { .. } => "rten",
            #[cfg(feature = "ort")]
            Engine::Onnxruntime(_) => "onnxruntime",
        }
    }

    /// Runs the network and answers its outputs in the order they were named.
    pub fn run(&self, feeds: Vec<Feed>, stop: &Stop) -> Result<Vec<Vec<f32>>, VoiceError> {
        match &self.engine {
            Engine::Rten { .. } => self.ask(feeds, &self.outputs),
            #[cfg(feature = "ort")]
            Engine::Onnxruntime(sessions) => sessions.run(feeds, &self.outputs, stop),
        }
    }

    /// Runs the part of the network between `feeds` and `outputs`, which may be any tensors inside it; rten only.
    pub fn ask(&self, feeds: Vec<Feed>, outputs: &[&str]) -> Result<Vec<Vec<f32>>, VoiceError> {
        let (model, threads) = match &self.engine {
            Engine::Rten { model, threads } => (model, threads),
            #[cfg(feature = "ort")]
            Engine::Onnxruntime(_) => {
                return Err(VoiceError::Engine("onnxruntime runs a network only as a whole".to_owned()));
            }
        };
        let inputs = feeds.into_iter().map(|feed| given(model, feed)).collect::<Result<Vec<_>, _>>()?;
        let wanted =
            outputs.iter().map(|name| model.node_id(name)).collect::<Result<Vec<NodeId>, _>>().map_err(failed)?;
        let options = RunOptions::default().with_thread_pool(Some(threads.clone()));
        model.run(inputs, &wanted, Some(options)).map_err(failed)?.into_iter().map(floats).collect()
    }
}

fn given(model: &Model, feed: Feed) -> Result<(NodeId, ValueOrView<'static>), VoiceError> {
    Ok(match feed {
        Feed::Ints(name, shape, data) => {
            let data: Vec<i32> = data.into_iter().map(|n| i32::try_from(n).unwrap_or(0)).collect();
            (model.node_id(name).map_err(failed)?, Tensor::from_data(&shape, data).into())
        }
        Feed::Floats(name, shape, data) => {
            (model.node_id(name).map_err(failed)?, Tensor::from_data(&shape, data).into())
        }
    })
}

fn floats(value: Value) -> Result<Vec<f32>, VoiceError> {
    match value {
        Value::FloatTensor(tensor) => Ok(tensor.into_data()),
        Value::Int32Tensor(tensor) => Ok(tensor.into_data().into_iter().map(|n| n as f32).collect()),
        other => Err(VoiceError::Shape(format!("{:?}", other.dtype()))),
    }
}

fn failed(error: impl std::fmt::Display) -> VoiceError {
    VoiceError::Engine(error.to_string())
}

/// Sessions of onnxruntime, one for each clause computed at the same time.
#[cfg(feature = "ort")]
struct Sessions(Vec<std::sync::Mutex<ort::session::Session>>);

#[cfg(feature = "ort")]
impl Sessions {
    fn load(file: &Path, library: &Path, inner: &[&str], copies: usize, threads: usize) -> Result<Self, VoiceError> {
        use ort::session::Session;
        let environment = crate::providers::onnxruntime::environment(library).map_err(failed)?;
        let mut bytes = std::fs::read(file).map_err(failed)?;
        for name in inner {
            bytes.extend(also_output(name));
        }
        let session = || -> Result<_, VoiceError> {
            let builder =
                Session::builder(environment).map_err(failed)?.with_intra_threads(threads.max(1)).map_err(failed)?;
            // Spinning between operators would take the core from the next job.
            let mut builder = builder.with_config_entry("session.intra_op.allow_spinning", "0").map_err(failed)?;
            Ok(std::sync::Mutex::new(builder.commit_from_memory(&bytes).map_err(failed)?))
        };
        Ok(Self((0..copies.max(1)).map(|_| session()).collect::<Result<_, _>>()?))
    }

    fn run(&self, feeds: Vec<Feed>, outputs: &[&str], stop: &Stop) -> Result<Vec<Vec<f32>>, VoiceError> {
        use ort::session::RunOptions;
        use std::sync::PoisonError;
        let inputs = feeds.into_iter().map(ort_value).collect::<Result<Vec<_>, _>>()?;
        let free = self.0.iter().find_map(|session| session.try_lock().ok());
        let mut session = free.unwrap_or_else(|| self.0[0].lock().unwrap_or_else(PoisonError::into_inner));
        let options = Arc::new(RunOptions::new().map_err(failed)?);
        let handle = options.clone();
        // A failed interruption only means that the run goes on to its end.
        let interrupt = Arc::new(move || drop(handle.terminate()));
        let answers = stop.interruptible(interrupt, || session.run_with_options(inputs, &*options)).map_err(failed)?;
        let read = |name: &&str| {
            let value = answers.get(*name).ok_or_else(|| VoiceError::Shape(format!("no {name}")))?;
            Ok(value.try_extract_tensor::<f32>().map_err(failed)?.1.to_vec())
        };
        outputs.iter().map(read).collect()
    }
}

#[cfg(feature = "ort")]
fn ort_value(feed: Feed) -> Result<(&'static str, ort::session::SessionInputValue<'static>), VoiceError> {
    use ort::value::Tensor;
    Ok(match feed {
        Feed::Ints(name, shape, data) => (name, Tensor::from_array((shape, data)).map_err(failed)?.into()),
        Feed::Floats(name, shape, data) => (name, Tensor::from_array((shape, data)).map_err(failed)?.into()),
    })
}

/// Bytes which, put behind an ONNX file, make an inner float tensor one of its outputs: a second `graph` field is merged into the first.
#[cfg(feature = "ort")]
fn also_output(name: &str) -> Vec<u8> {
    use crate::providers::onnxruntime::model::{Element, Graph, Kind, Model, Port, TensorKind};
    use prost::Message;
    let tensor = TensorKind { element: Element::F32 as i32, shape: None };
    let output = Port { name: name.to_owned(), kind: Some(Kind { tensor: Some(tensor) }) };
    Model { graph: Some(Graph { output: vec![output], ..Graph::default() }), ..Model::default() }.encode_to_vec()
}
