//! Reads whisper.cpp's model file, so that another engine can run the same weights. It never trusts a length in it.

use crate::models::{half, mel};
use std::collections::BTreeMap;

/// "ggml" as whisper.cpp writes it.
const MAGIC: u32 = 0x6767_6d6c;
/// Weights that share a scale.
pub(super) const BLOCK: usize = 32;
/// Bytes of a block: its scale in half precision and its weights.
const BLOCK_BYTES: usize = BLOCK + 2;
/// Elements of one tensor at most.
const ELEMENTS_MAX: usize = 1 << 28;
/// Tokens of the English model, of the multilingual one, and of its third version.
const VOCABULARIES: [usize; 3] = [51_864, 51_865, 51_866];
/// Positions of encoder or decoder at most.
const POSITIONS_MAX: usize = 4096;
/// Positions a decode may need.
const TEXT_CONTEXT_MIN: usize = 224;
/// Layers of encoder or decoder at most; the largest Whisper has 32.
const LAYERS_MAX: usize = 64;

/// A model in memory.
pub(super) struct Weights {
    /// Its sizes.
    pub(super) sizes: Sizes,
    /// The bytes of each token of text.
    pub(super) tokens: Vec<Vec<u8>>,
    tensors: BTreeMap<String, Tensor>,
}

/// The sizes of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sizes {
    /// Tokens, special ones included.
    pub(super) vocabulary: usize,
    /// Width of encoder and decoder.
    pub(super) width: usize,
    /// Heads of each attention.
    pub(super) heads: usize,
    /// Layers of the encoder.
    pub(super) encoder_layers: usize,
    /// Layers of the decoder.
    pub(super) decoder_layers: usize,
    /// Positions of the encoder.
    pub(super) audio_context: usize,
    /// Positions of the decoder.
    pub(super) text_context: usize,
}

/// One tensor as it lies in the file.
pub(super) struct Tensor {
    /// Lengths, slowest first.
    pub(super) shape: Vec<usize>,
    kind: Kind,
    data: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    F32,
    F16,
    Q8,
}

impl Weights {
    /// Reads a file, or says what is wrong with it.
    pub(super) fn read(file: &[u8]) -> Result<Self, String> {
        let mut rest = Reader(file);
        if u32::from_le_bytes(rest.array()?) != MAGIC {
            return Err("it is no ggml model".to_owned());
        }
        let [vocabulary, audio_context, width, heads, encoder_layers, text_context] = rest.lengths()?;
        let [_, _, decoder_layers, bands, _] = rest.lengths()?;
        let [filter_bands, bins] = rest.lengths()?;
        if (bands, filter_bands, bins) != (mel::BANDS, mel::BANDS, mel::BINS) {
            return Err(format!("it hears in {filter_bands} bands of {bins} bins"));
        }
        rest.take(bands * bins * 4)?;
        let [count] = rest.lengths()?;
        let tokens = (0..count).map(|_| rest.token()).collect::<Result<_, _>>()?;
        let sizes = Sizes { vocabulary, width, heads, encoder_layers, decoder_layers, audio_context, text_context };
        sizes.check()?;
        let mut tensors = BTreeMap::new();
        while !rest.0.is_empty() {
            let (name, tensor) = rest.tensor()?;
            tensors.insert(name, tensor);
        }
        Ok(Self { sizes, tokens, tensors })
    }

    /// A tensor by OpenAI's name.
    pub(super) fn tensor(&self, name: &str) -> Result<&Tensor, String> {
        self.tensors.get(name).ok_or_else(|| format!("{name} is missing"))
    }

    /// The values of a tensor by OpenAI's name.
    pub(super) fn floats(&self, name: &str) -> Result<Vec<f32>, String> {
        Ok(self.tensor(name)?.floats())
    }
}

impl Sizes {
    /// What the networks rely on.
    fn check(&self) -> Result<(), String> {
        let heads = self.heads > 0 && self.width > 0 && self.width.is_multiple_of(self.heads);
        let known = VOCABULARIES.contains(&self.vocabulary);
        let contexts = (1..=POSITIONS_MAX).contains(&self.audio_context)
            && (TEXT_CONTEXT_MIN..=POSITIONS_MAX).contains(&self.text_context);
        let layers = self.encoder_layers <= LAYERS_MAX && self.decoder_layers <= LAYERS_MAX;
        if heads && known && contexts && layers {
            return Ok(());
        }
        Err(format!("these are no sizes of Whisper's: {self:?}"))
    }
}

impl Tensor {
    /// Its values.
    pub(super) fn floats(&self) -> Vec<f32> {
        match self.kind {
            Kind::F32 => self.data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
            Kind::F16 => self.data.chunks_exact(2).map(|b| half::to_f32(u16::from_le_bytes([b[0], b[1]]))).collect(),
            Kind::Q8 => {
                let (levels, scales) = self.blocks();
                levels.iter().enumerate().map(|(at, &q)| (f32::from(q) - 128.0) * scales[at / BLOCK]).collect()
            }
        }
    }

    /// Its weights as unsigned bytes around 128, and the scale of each block of [`BLOCK`]; nothing when it is not in blocks.
    pub(super) fn blocks(&self) -> (Vec<u8>, Vec<f32>) {
        if self.kind != Kind::Q8 {
            return (Vec::new(), Vec::new());
        }
        let blocks = self.data.chunks_exact(BLOCK_BYTES);
        let scales = blocks.clone().map(|b| half::to_f32(u16::from_le_bytes([b[0], b[1]]))).collect();
        (blocks.flat_map(|b| b[2..].iter().map(|&q| q ^ 0x80)).collect(), scales)
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn tensor(&mut self) -> Result<(String, Tensor), String> {
        let [rank, name, kind] = self.lengths()?;
        if rank == 0 || rank > 4 {
            return Err(format!("a tensor has {rank} dimensions"));
        }
        let mut shape = (0..rank).map(|_| self.lengths::<1>().map(|[length]| length)).collect::<Result<Vec<_>, _>>()?;
        shape.reverse();
        let name = String::from_utf8_lossy(self.take(name)?).into_owned();
        let count = shape.iter().try_fold(1usize, |count, &length| count.checked_mul(length));
        let count = count.filter(|&count| count <= ELEMENTS_MAX).ok_or_else(|| format!("{name} is too large"))?;
        let (kind, bytes) = match kind {
            0 => (Kind::F32, count * 4),
            1 => (Kind::F16, count * 2),
            8 if count.is_multiple_of(BLOCK) => (Kind::Q8, count / BLOCK * BLOCK_BYTES),
            _ => return Err(format!("{name} has element type {kind}")),
        };
        Ok((name, Tensor { shape, kind, data: self.take(bytes)?.to_vec() }))
    }

    fn token(&mut self) -> Result<Vec<u8>, String> {
        let [length] = self.lengths()?;
        Ok(self.take(length)?.to_vec())
    }

    fn lengths<const N: usize>(&mut self) -> Result<[usize; N], String> {
        let mut lengths = [0; N];
        for length in &mut lengths {
            let value = i32::from_le_bytes(self.array()?);
            *length = usize::try_from(value).map_err(|_| format!("a length of {value}"))?;
        }
        Ok(lengths)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        Ok(self.take(N)?.try_into().expect("take returns the length asked for"))
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or("the file ends too early")?;
        self.0 = rest;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of one token and one tensor of 32 weights in a block.
    fn file() -> Vec<u8> {
        let mut out = MAGIC.to_le_bytes().to_vec();
        let int = |out: &mut Vec<u8>, value: i32| out.extend(value.to_le_bytes());
        for value in [51864, 1500, 384, 6, 4, 448, 384, 6, 4, 80, 2007, 80, 201] {
            int(&mut out, value);
        }
        out.extend(vec![0; 80 * 201 * 4]);
        int(&mut out, 1);
        int(&mut out, 2);
        out.extend(b"hi");
        for value in [2, 1, 8, 32, 1] {
            int(&mut out, value);
        }
        out.push(b'w');
        out.extend(half::from_f32(0.5).to_le_bytes());
        out.extend((0..32).map(|n: i8| (n - 16) as u8));
        out
    }

    #[test]
    fn a_file_is_read_whole() {
        let weights = Weights::read(&file()).expect("well formed");
        assert_eq!(weights.sizes.heads, 6);
        assert_eq!(weights.sizes.text_context, 448);
        assert_eq!(weights.sizes.decoder_layers, 4);
        assert_eq!(weights.tokens, [b"hi".to_vec()]);
        let tensor = weights.tensor("w").expect("written above");
        assert_eq!(tensor.shape, [1, 32]);
        assert_eq!(tensor.floats()[..3], [-8.0, -7.5, -7.0]);
        assert_eq!(tensor.blocks().0[..2], [112, 113]);
    }

    #[test]
    fn sizes_that_are_not_whispers_are_refused() {
        for (at, value) in [(0, 10), (3, 0), (3, 7), (1, 0), (5, 8)] {
            let mut file = file();
            file[4 + at * 4..8 + at * 4].copy_from_slice(&i32::to_le_bytes(value));
            let refused = Weights::read(&file).err().unwrap_or_default();
            assert!(refused.contains("sizes"), "{at}: {refused}");
        }
    }

    #[test]
    fn every_truncation_is_an_error_and_no_panic() {
        let whole = file();
        let before_tensor = whole.len() - 55;
        for length in (0..whole.len()).filter(|length| *length != before_tensor) {
            assert!(Weights::read(&whole[..length]).is_err(), "cut at {length}");
        }
    }
}
