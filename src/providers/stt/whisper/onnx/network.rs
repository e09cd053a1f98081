//! Whisper's encoder and one step of its decoder as networks (Radford et al. 2022, arXiv 2212.04356). It never runs them.
//!
//! The encoder computes in single precision: its large products are quick that way on any CPU. The decoder works on one
//! token at a time and waits for memory, so its weights stay the eight-bit blocks of the file.

use crate::models::mel;
use crate::providers::onnxruntime::graph::{Builder, Setting};
use crate::providers::onnxruntime::model::Element;
use crate::providers::stt::whisper::weights::{BLOCK, Sizes, Weights};

/// The encoder: `mel` of `[1, 80, 2 * positions]` in, what the decoder's layers look at out: `ck0`, `cv0`, `ck1`, ...
pub(super) fn encoder(weights: &Weights) -> Result<Vec<u8>, String> {
    let mut net = Net { graph: Builder::default(), weights, sizes: weights.sizes };
    net.graph.input("mel", Element::F32, &[1, mel::BANDS as i64, -1]);
    let mut x = net.convolution("mel", 1, 1)?;
    x = net.convolution(&x, 2, 2)?;
    x = net.graph.node("Transpose", &[&x], &[Setting::Ints("perm", &[0, 2, 1])]);
    x = net.graph.reshape(&x, &[-1, net.width()]);
    x = net.positions(&x)?;
    for layer in 0..net.sizes.encoder_layers {
        let at = format!("encoder.blocks.{layer}");
        let y = net.norm(&x, &format!("{at}.attn_ln"))?;
        let y = net.attention(&y, &format!("{at}.attn"))?;
        x = net.add(&x, &y);
        let y = net.norm(&x, &format!("{at}.mlp_ln"))?;
        let y = net.dense(&y, &format!("{at}.mlp.0"), 1.0)?;
        let y = net.graph.node("Gelu", &[&y], &[]);
        let y = net.dense(&y, &format!("{at}.mlp.2"), 1.0)?;
        x = net.add(&x, &y);
    }
    x = net.norm(&x, "encoder.ln_post")?;
    for layer in 0..net.sizes.decoder_layers {
        let at = format!("decoder.blocks.{layer}.cross_attn");
        let (key, value) = (net.dense(&x, &format!("{at}.key"), 1.0)?, net.dense(&x, &format!("{at}.value"), 1.0)?);
        let (key, value) = (net.heads(&key, &[1, 2, 0]), net.heads(&value, &[1, 0, 2]));
        net.answer(&key, &format!("ck{layer}"), true);
        net.answer(&value, &format!("cv{layer}"), false);
    }
    Ok(net.graph.finish())
}

/// One step of the decoder: `token`, `position`, what was seen (`pk0`, `pv0`, ...) and the encoder's answer in; `logits`
/// over the vocabulary and what is seen now (`nk0`, `nv0`, ...) out.
pub(super) fn decoder(weights: &Weights) -> Result<Vec<u8>, String> {
    let mut net = Net { graph: Builder::default(), weights, sizes: weights.sizes };
    net.graph.input("token", Element::I64, &[1]);
    net.graph.input("position", Element::I64, &[1]);
    for layer in 0..net.sizes.decoder_layers {
        for (key, value) in [(format!("pk{layer}"), format!("pv{layer}")), (format!("ck{layer}"), format!("cv{layer}"))]
        {
            let (heads, head) = (net.sizes.heads as i64, net.head() as i64);
            net.graph.input(&key, Element::F32, &[heads, head, -1]);
            net.graph.input(&value, Element::F32, &[heads, -1, head]);
        }
    }
    let embedding = net.blocks("decoder.token_embedding.weight", 1.0)?;
    if (embedding.rows, embedding.columns) != (net.sizes.vocabulary, net.sizes.width) {
        return Err("the token embedding has another size than the header says".to_owned());
    }
    let mut x = net.embed(&embedding)?;
    for layer in 0..net.sizes.decoder_layers {
        let at = format!("decoder.blocks.{layer}");
        let y = net.norm(&x, &format!("{at}.attn_ln"))?;
        let y = net.look_back(&y, layer)?;
        x = net.add(&x, &y);
        let y = net.norm(&x, &format!("{at}.cross_attn_ln"))?;
        let query = net.small(&y, &format!("{at}.cross_attn.query"), net.scale())?;
        let y = net.attend(&query, &format!("ck{layer}"), &format!("cv{layer}"));
        let y = net.small(&y, &format!("{at}.cross_attn.out"), 1.0)?;
        x = net.add(&x, &y);
        let y = net.norm(&x, &format!("{at}.mlp_ln"))?;
        let y = net.small(&y, &format!("{at}.mlp.0"), 1.0)?;
        let y = net.graph.node("Gelu", &[&y], &[]);
        let y = net.small(&y, &format!("{at}.mlp.2"), 1.0)?;
        x = net.add(&x, &y);
    }
    let y = net.norm(&x, "decoder.ln")?;
    let logits = net.product(&y, &embedding);
    net.graph.output(&logits, "logits", &[1, net.sizes.vocabulary as i64]);
    Ok(net.graph.finish())
}

struct Net<'a> {
    graph: Builder,
    weights: &'a Weights,
    sizes: Sizes,
}

/// A matrix in blocks of eight-bit weights: `[rows, blocks, 32]` and a scale each.
struct Blocks {
    levels: String,
    scales: String,
    rows: usize,
    columns: usize,
}

impl Net<'_> {
    fn width(&self) -> i64 {
        self.sizes.width as i64
    }

    /// Width of one head.
    fn head(&self) -> usize {
        self.sizes.width / self.sizes.heads
    }

    /// What a query is multiplied by; a power of two for Whisper's heads of 64, so nothing is lost.
    fn scale(&self) -> f32 {
        (self.head() as f32).powf(-0.5)
    }

    fn add(&mut self, one: &str, other: &str) -> String {
        self.graph.node("Add", &[one, other], &[])
    }

    fn norm(&mut self, x: &str, at: &str) -> Result<String, String> {
        let (gain, bias) = (self.vector(&format!("{at}.weight"), 1.0)?, self.vector(&format!("{at}.bias"), 1.0)?);
        Ok(self.graph.node("LayerNormalization", &[x, &gain, &bias], &[Setting::Int("axis", -1)]))
    }

    fn vector(&mut self, name: &str, scale: f32) -> Result<String, String> {
        let values: Vec<f32> = self.weights.floats(name)?.iter().map(|value| value * scale).collect();
        Ok(self.graph.floats(&[values.len()], &values))
    }

    fn convolution(&mut self, x: &str, number: usize, stride: i64) -> Result<String, String> {
        let name = format!("encoder.conv{number}");
        let weight = self.weights.tensor(&format!("{name}.weight"))?;
        let kernel = self.graph.floats(&weight.shape, &weight.floats());
        let bias = self.vector(&format!("{name}.bias"), 1.0)?;
        let settings =
            [Setting::Ints("kernel_shape", &[3]), Setting::Ints("pads", &[1, 1]), Setting::Ints("strides", &[stride])];
        let y = self.graph.node("Conv", &[x, &kernel, &bias], &settings);
        Ok(self.graph.node("Gelu", &[&y], &[]))
    }

    /// Adds the positions' own vectors, as many as there are positions.
    fn positions(&mut self, x: &str) -> Result<String, String> {
        let values = self.weights.floats("encoder.positional_embedding")?;
        let all = self.graph.floats(&[self.sizes.audio_context, self.sizes.width], &values);
        let count = self.graph.node("Shape", &[x], &[Setting::Int("start", 0), Setting::Int("end", 1)]);
        let zero = self.graph.longs(&[1], &[0]);
        let these = self.graph.node("Slice", &[&all, &zero, &count, &zero], &[]);
        Ok(self.add(x, &these))
    }

    /// A layer over many positions, in single precision. Whisper's keys have no bias.
    fn dense(&mut self, x: &str, at: &str, scale: f32) -> Result<String, String> {
        let weight = self.weights.tensor(&format!("{at}.weight"))?;
        let values: Vec<f32> = weight.floats().iter().map(|value| value * scale).collect();
        let shape = weight.shape.clone();
        let matrix = self.graph.floats(&shape, &values);
        let settings = [Setting::Int("transB", 1)];
        if at.ends_with(".key") {
            return Ok(self.graph.node("Gemm", &[x, &matrix], &settings));
        }
        let bias = self.vector(&format!("{at}.bias"), scale)?;
        Ok(self.graph.node("Gemm", &[x, &matrix, &bias], &settings))
    }

    /// `[positions, width]` by heads, in the order of `perm` over positions, heads and a head's width.
    fn heads(&mut self, x: &str, perm: &[i64]) -> String {
        let split = self.graph.reshape(x, &[-1, self.sizes.heads as i64, self.head() as i64]);
        self.graph.node("Transpose", &[&split], &[Setting::Ints("perm", perm)])
    }

    fn attention(&mut self, x: &str, at: &str) -> Result<String, String> {
        let query = self.dense(x, &format!("{at}.query"), self.scale())?;
        let key = self.dense(x, &format!("{at}.key"), 1.0)?;
        let value = self.dense(x, &format!("{at}.value"), 1.0)?;
        let (query, key) = (self.heads(&query, &[1, 0, 2]), self.heads(&key, &[1, 2, 0]));
        let value = self.heads(&value, &[1, 0, 2]);
        let seen = self.seen(&query, &key, &value);
        let seen = self.graph.node("Transpose", &[&seen], &[Setting::Ints("perm", &[1, 0, 2])]);
        let seen = self.graph.reshape(&seen, &[-1, self.width()]);
        self.dense(&seen, &format!("{at}.out"), 1.0)
    }

    fn seen(&mut self, query: &str, key: &str, value: &str) -> String {
        let scores = self.graph.node("MatMul", &[query, key], &[]);
        let shares = self.graph.node("Softmax", &[&scores], &[Setting::Int("axis", -1)]);
        self.graph.node("MatMul", &[&shares, value], &[])
    }

    /// An output by heads: keys with the position last, values with it in the middle.
    fn answer(&mut self, value: &str, name: &str, is_key: bool) {
        let (heads, head) = (self.sizes.heads as i64, self.head() as i64);
        let lengths = if is_key { [heads, head, -1] } else { [heads, -1, head] };
        self.graph.output(value, name, &lengths);
    }

    fn blocks(&mut self, name: &str, scale: f32) -> Result<Blocks, String> {
        let tensor = self.weights.tensor(name)?;
        let [rows, columns] = tensor.shape[..] else { return Err(format!("{name} is no matrix")) };
        let (levels, scales) = tensor.blocks();
        if levels.is_empty() || !columns.is_multiple_of(BLOCK) {
            return Err(format!("{name} does not lie in blocks of {BLOCK}"));
        }
        let scales: Vec<f32> = scales.iter().map(|value| value * scale).collect();
        let levels = self.graph.bytes(&[rows, columns / BLOCK, BLOCK], levels);
        let scales = self.graph.floats(&[rows, columns / BLOCK], &scales);
        Ok(Blocks { levels, scales, rows, columns })
    }

    /// `x` times a matrix in blocks; its activations are rounded to eight bits a block, as whisper.cpp does.
    fn product(&mut self, x: &str, matrix: &Blocks) -> String {
        let settings = [
            Setting::Int("K", matrix.columns as i64),
            Setting::Int("N", matrix.rows as i64),
            Setting::Int("bits", 8),
            Setting::Int("block_size", BLOCK as i64),
            Setting::Int("accuracy_level", 4),
        ];
        self.graph.contributed("MatMulNBits", &[x, &matrix.levels, &matrix.scales], &settings)
    }

    /// A layer over one position, in blocks.
    fn small(&mut self, x: &str, at: &str, scale: f32) -> Result<String, String> {
        let matrix = self.blocks(&format!("{at}.weight"), scale)?;
        let y = self.product(x, &matrix);
        if at.ends_with(".key") {
            return Ok(y);
        }
        let bias = self.vector(&format!("{at}.bias"), scale)?;
        Ok(self.add(&y, &bias))
    }

    /// The vector of `token`, taken from the matrix that also scores tokens, and that of `position`.
    fn embed(&mut self, embedding: &Blocks) -> Result<String, String> {
        let levels = self.graph.node("Gather", &[&embedding.levels, "token"], &[]);
        let levels = self.graph.node("Cast", &[&levels], &[Setting::Int("to", Element::F32 as i64)]);
        let middle = self.graph.floats(&[1], &[128.0]);
        let levels = self.graph.node("Sub", &[&levels, &middle], &[]);
        let scales = self.graph.node("Gather", &[&embedding.scales, "token"], &[]);
        let scales = self.graph.reshape(&scales, &[1, -1, 1]);
        let vector = self.graph.node("Mul", &[&levels, &scales], &[]);
        let vector = self.graph.reshape(&vector, &[1, self.width()]);
        let values = self.weights.floats("decoder.positional_embedding")?;
        let all = self.graph.floats(&[self.sizes.text_context, self.sizes.width], &values);
        let position = self.graph.node("Gather", &[&all, "position"], &[]);
        Ok(self.add(&vector, &position))
    }

    /// Attention to the tokens so far, this one included.
    fn look_back(&mut self, x: &str, layer: usize) -> Result<String, String> {
        let at = format!("decoder.blocks.{layer}.attn");
        let (heads, head) = (self.sizes.heads as i64, self.head() as i64);
        let query = self.small(x, &format!("{at}.query"), self.scale())?;
        let key = self.small(x, &format!("{at}.key"), 1.0)?;
        let value = self.small(x, &format!("{at}.value"), 1.0)?;
        let (key, value) = (self.graph.reshape(&key, &[heads, head, 1]), self.graph.reshape(&value, &[heads, 1, head]));
        let keys = self.graph.node("Concat", &[&format!("pk{layer}"), &key], &[Setting::Int("axis", 2)]);
        let values = self.graph.node("Concat", &[&format!("pv{layer}"), &value], &[Setting::Int("axis", 1)]);
        self.answer(&keys, &format!("nk{layer}"), true);
        self.answer(&values, &format!("nv{layer}"), false);
        let seen = self.attend(&query, &keys, &values);
        self.small(&seen, &format!("{at}.out"), 1.0)
    }

    /// Attention of one position.
    fn attend(&mut self, query: &str, keys: &str, values: &str) -> String {
        let query = self.graph.reshape(query, &[self.sizes.heads as i64, 1, self.head() as i64]);
        let seen = self.seen(&query, keys, values);
        self.graph.reshape(&seen, &[1, self.width()])
    }
}
