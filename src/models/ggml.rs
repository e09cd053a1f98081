//! Writes a Whisper model read from CTranslate2 as whisper.cpp's ggml file in q8_0. It never retrains or prunes anything.
//!
//! q8_0: 32 weights share a half-precision scale, the largest magnitude over 127; each weight is then a signed byte,
//! rounded to nearest with halves away from zero. Convolutions stay in half precision; biases, norms and positions in
//! single precision. The mel filters, which CTranslate2 does not keep, are computed.

use crate::models::ct2::{Kind, Variable, Variables};
use crate::models::{half, mel};

/// Weights that share a scale.
const BLOCK: usize = 32;
/// "ggml" as whisper.cpp writes it.
const MAGIC: u32 = 0x6767_6d6c;
/// Tokens with text of their own; whisper.cpp names the special ones itself.
const TEXT_TOKENS: usize = 50_257;
/// Encoder positions of a full window.
const AUDIO_CONTEXT: usize = 1500;
/// The header's word for "mostly q8_0", quantisation version 2.
const FILE_TYPE: i32 = 2007;

/// Tensor types of the file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    F32 = 0,
    F16 = 1,
    Q8 = 8,
}

/// Converts a model and its `vocabulary` (one token a line, GPT-2's byte letters) to the bytes of a ggml file.
pub(crate) fn from_ct2(variables: &Variables<'_>, vocabulary: &str) -> Result<Vec<u8>, String> {
    let mut out = Writer { variables, bytes: Vec::new() };
    out.header()?;
    out.filters();
    out.vocabulary(vocabulary)?;
    out.side("encoder")?;
    out.side("decoder")?;
    Ok(out.bytes)
}

struct Writer<'a> {
    variables: &'a Variables<'a>,
    bytes: Vec<u8>,
}

impl Writer<'_> {
    fn header(&mut self) -> Result<(), String> {
        let (tokens, width) = self.sides("decoder/embeddings/weight")?;
        let (text_context, _) = self.sides("decoder/position_encodings/encodings")?;
        let encoder = [AUDIO_CONTEXT, width, self.heads("encoder")?, self.layers("encoder")];
        let decoder = [text_context, width, self.heads("decoder")?, self.layers("decoder")];
        self.bytes.extend(MAGIC.to_le_bytes());
        self.int(tokens);
        encoder.into_iter().chain(decoder).for_each(|value| self.int(value));
        self.int(mel::BANDS);
        self.bytes.extend(FILE_TYPE.to_le_bytes());
        Ok(())
    }

    fn filters(&mut self) {
        self.int(mel::BANDS);
        self.int(mel::BINS);
        for weight in mel::filters() {
            self.bytes.extend((weight as f32).to_le_bytes());
        }
    }

    fn vocabulary(&mut self, vocabulary: &str) -> Result<(), String> {
        let letters = byte_letters();
        let lines: Vec<&str> = vocabulary.split('\n').take(TEXT_TOKENS).collect();
        if lines.len() < TEXT_TOKENS {
            return Err(format!("the vocabulary has only {} tokens", lines.len()));
        }
        self.int(lines.len());
        for line in lines {
            let token: Option<Vec<u8>> = line.chars().map(|letter| letters.get(&letter).copied()).collect();
            let token = token.ok_or_else(|| format!("the token {line:?} is not written in byte letters"))?;
            self.int(token.len());
            self.bytes.extend(token);
        }
        Ok(())
    }

    /// All tensors of the encoder or the decoder, in the order OpenAI names them.
    fn side(&mut self, side: &str) -> Result<(), String> {
        let positions = format!("{side}/position_encodings/encodings");
        self.tensor(&format!("{side}.positional_embedding"), &positions, Type::F32)?;
        if side == "encoder" {
            for number in 1..=2 {
                self.tensor(
                    &format!("encoder.conv{number}.weight"),
                    &format!("encoder/conv{number}/weight"),
                    Type::F16,
                )?;
                self.convolution_bias(number)?;
            }
        } else {
            self.tensor("decoder.token_embedding.weight", "decoder/embeddings/weight", Type::Q8)?;
        }
        for layer in 0..self.layers(side) {
            self.block(&format!("{side}.blocks.{layer}"), &format!("{side}/layer_{layer}"), side == "decoder")?;
        }
        let last = if side == "encoder" { "encoder.ln_post" } else { "decoder.ln" };
        self.norm(last, &format!("{side}/layer_norm"))
    }

    fn block(&mut self, to: &str, from: &str, cross: bool) -> Result<(), String> {
        self.norm(&format!("{to}.attn_ln"), &format!("{from}/self_attention/layer_norm"))?;
        let fused = format!("{from}/self_attention/linear_0");
        self.part(&format!("{to}.attn.query"), &fused, (0, 3), true)?;
        self.part(&format!("{to}.attn.key"), &fused, (1, 3), false)?;
        self.part(&format!("{to}.attn.value"), &fused, (2, 3), true)?;
        self.linear(&format!("{to}.attn.out"), &format!("{from}/self_attention/linear_1"))?;
        if cross {
            self.norm(&format!("{to}.cross_attn_ln"), &format!("{from}/attention/layer_norm"))?;
            self.linear(&format!("{to}.cross_attn.query"), &format!("{from}/attention/linear_0"))?;
            let fused = format!("{from}/attention/linear_1");
            self.part(&format!("{to}.cross_attn.key"), &fused, (0, 2), false)?;
            self.part(&format!("{to}.cross_attn.value"), &fused, (1, 2), true)?;
            self.linear(&format!("{to}.cross_attn.out"), &format!("{from}/attention/linear_2"))?;
        }
        self.norm(&format!("{to}.mlp_ln"), &format!("{from}/ffn/layer_norm"))?;
        self.linear(&format!("{to}.mlp.0"), &format!("{from}/ffn/linear_0"))?;
        self.linear(&format!("{to}.mlp.2"), &format!("{from}/ffn/linear_1"))
    }

    fn norm(&mut self, to: &str, from: &str) -> Result<(), String> {
        self.tensor(&format!("{to}.weight"), &format!("{from}/gamma"), Type::F32)?;
        self.tensor(&format!("{to}.bias"), &format!("{from}/beta"), Type::F32)
    }

    fn linear(&mut self, to: &str, from: &str) -> Result<(), String> {
        self.part(to, from, (0, 1), true)
    }

    /// The `index`-th of `count` equal shares of a fused layer's rows. A key has no bias: its share must be zero.
    fn part(&mut self, to: &str, from: &str, (index, count): (usize, usize), biased: bool) -> Result<(), String> {
        let weight = rows(self.variable(&format!("{from}/weight"))?, index, count)?;
        self.write(&format!("{to}.weight"), &weight.shape, &floats(&weight)?, Type::Q8)?;
        let bias = rows(self.variable(&format!("{from}/bias"))?, index, count)?;
        let values = floats(&bias)?;
        if biased {
            return self.write(&format!("{to}.bias"), &bias.shape, &values, Type::F32);
        }
        if values.iter().any(|value| *value != 0.0) {
            return Err(format!("{to} has a bias, which Whisper's keys never have"));
        }
        Ok(())
    }

    /// whisper.cpp wants the bias of a convolution as a column.
    fn convolution_bias(&mut self, number: usize) -> Result<(), String> {
        let bias = self.variable(&format!("encoder/conv{number}/bias"))?;
        let shape = [bias.data.len() / 2, 1];
        let values = floats(bias)?;
        self.write(&format!("encoder.conv{number}.bias"), &shape, &values, Type::F32)
    }

    fn tensor(&mut self, to: &str, from: &str, kind: Type) -> Result<(), String> {
        let variable = self.variable(from)?;
        let values = floats(variable)?;
        let shape = variable.shape.clone();
        self.write(to, &shape, &values, kind)
    }

    fn write(&mut self, name: &str, shape: &[usize], values: &[f32], kind: Type) -> Result<(), String> {
        self.int(shape.len());
        self.int(name.len());
        self.int(kind as usize);
        shape.iter().rev().for_each(|side| self.int(*side));
        self.bytes.extend(name.as_bytes());
        match kind {
            Type::F32 => values.iter().for_each(|value| self.bytes.extend(value.to_le_bytes())),
            Type::F16 => values.iter().for_each(|value| self.bytes.extend(half::from_f32(*value).to_le_bytes())),
            Type::Q8 if values.len().is_multiple_of(BLOCK) => {
                values.chunks_exact(BLOCK).for_each(|block| quantise(block, &mut self.bytes));
            }
            Type::Q8 => return Err(format!("{name} cannot be cut into blocks of {BLOCK}")),
        }
        Ok(())
    }

    fn int(&mut self, value: usize) {
        let value = i32::try_from(value).expect("lengths in a file of at most 2 GiB");
        self.bytes.extend(value.to_le_bytes());
    }

    fn variable(&self, name: &str) -> Result<&Variable<'_>, String> {
        self.variables.get(name).ok_or_else(|| format!("{name} is missing"))
    }

    fn sides(&self, name: &str) -> Result<(usize, usize), String> {
        match self.variable(name)?.shape[..] {
            [rows, columns] => Ok((rows, columns)),
            _ => Err(format!("{name} is not a table")),
        }
    }

    fn heads(&self, side: &str) -> Result<usize, String> {
        match *self.variable(&format!("{side}/num_heads"))?.data {
            [low, high] => Ok(usize::from(u16::from_le_bytes([low, high]))),
            _ => Err(format!("{side}/num_heads is not a 16-bit number")),
        }
    }

    fn layers(&self, side: &str) -> usize {
        (0..)
            .take_while(|layer| self.variables.contains_key(&format!("{side}/layer_{layer}/ffn/layer_norm/gamma")))
            .count()
    }
}

fn quantise(block: &[f32], out: &mut Vec<u8>) {
    let largest = block.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
    let scale = largest / 127.0;
    let inverse = if scale == 0.0 { 0.0 } else { 1.0 / scale };
    out.extend(half::from_f32(scale).to_le_bytes());
    out.extend(block.iter().map(|value| (value * inverse).round() as i8 as u8));
}

fn rows<'a>(variable: &Variable<'a>, index: usize, count: usize) -> Result<Variable<'a>, String> {
    let all = variable.shape.first().copied().unwrap_or(0);
    if !all.is_multiple_of(count) {
        return Err(format!("{all} rows cannot be shared by {count}"));
    }
    let bytes = variable.data.len() / count;
    let mut shape = variable.shape.clone();
    shape[0] = all / count;
    Ok(Variable { shape, kind: variable.kind, data: &variable.data[index * bytes..(index + 1) * bytes] })
}

fn floats(variable: &Variable<'_>) -> Result<Vec<f32>, String> {
    if variable.kind != Kind::F16 {
        return Err(format!("weights are {:?}, half precision is expected", variable.kind));
    }
    Ok(variable.data.chunks_exact(2).map(|pair| half::to_f32(u16::from_le_bytes([pair[0], pair[1]]))).collect())
}

/// GPT-2 writes each byte as a letter: printable ones as themselves, the others from U+0100 on.
fn byte_letters() -> std::collections::BTreeMap<char, u8> {
    let plain = |byte: u8| matches!(byte, 33..=126 | 161..=172 | 174..=255);
    let mut next = 0x100;
    (0..=255u8)
        .map(|byte| {
            let letter = if plain(byte) {
                char::from(byte)
            } else {
                next += 1;
                char::from_u32(next - 1).expect("below U+0200 every number is a letter")
            };
            (letter, byte)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_keeps_its_largest_value_and_rounds_the_rest() {
        let mut block = [0.0f32; BLOCK];
        block[..4].copy_from_slice(&[127.0, -1.5, 0.49, -127.0]);
        let mut out = Vec::new();
        quantise(&block, &mut out);
        assert_eq!(out.len(), BLOCK + 2);
        assert_eq!(out[..6], [0x00, 0x3c, 127, -2i8 as u8, 0, -127i8 as u8]);
    }

    #[test]
    fn the_letters_are_gpt2s() {
        let letters = byte_letters();
        assert_eq!(letters.len(), 256);
        assert_eq!((letters[&'Ġ'], letters[&'Ċ'], letters[&'a']), (b' ', b'\n', b'a'));
    }

    #[test]
    fn a_missing_tensor_is_named() {
        let error = from_ct2(&Variables::new(), "").expect_err("nothing in it");
        assert!(error.contains("decoder/embeddings/weight"), "{error}");
    }
}
