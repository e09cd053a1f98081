//! The part of ONNX's file format that we write, as its published schema numbers it (onnx.proto, IR version 9). It never reads a file.

/// A model file. Written behind another one, its fields are merged into that one's.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Model {
    /// Version of the format.
    #[prost(int64, tag = "1")]
    pub ir_version: i64,
    /// The network.
    #[prost(message, optional, tag = "7")]
    pub graph: Option<Graph>,
    /// Which operators are meant.
    #[prost(message, repeated, tag = "8")]
    pub opset_import: Vec<Opset>,
}

/// One set of operators.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Opset {
    /// Whose; empty for ONNX's own.
    #[prost(string, tag = "1")]
    pub domain: String,
    /// Its version.
    #[prost(int64, tag = "2")]
    pub version: i64,
}

/// A network: nodes in an order in which they can be computed.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Graph {
    /// The operations.
    #[prost(message, repeated, tag = "1")]
    pub node: Vec<Node>,
    /// Any name.
    #[prost(string, tag = "2")]
    pub name: String,
    /// Weights and constants.
    #[prost(message, repeated, tag = "5")]
    pub initializer: Vec<Tensor>,
    /// What is fed.
    #[prost(message, repeated, tag = "11")]
    pub input: Vec<Port>,
    /// What is answered.
    #[prost(message, repeated, tag = "12")]
    pub output: Vec<Port>,
}

/// One operation.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Node {
    /// Names of its operands; empty for one left out.
    #[prost(string, repeated, tag = "1")]
    pub input: Vec<String>,
    /// Names of its results.
    #[prost(string, repeated, tag = "2")]
    pub output: Vec<String>,
    /// Its operator.
    #[prost(string, tag = "4")]
    pub op_type: String,
    /// Its settings.
    #[prost(message, repeated, tag = "5")]
    pub attribute: Vec<Attribute>,
    /// Whose operator; empty for ONNX's own.
    #[prost(string, tag = "7")]
    pub domain: String,
}

/// One setting of a node.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Attribute {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// A whole number.
    #[prost(int64, tag = "3")]
    pub i: i64,
    /// Whole numbers.
    #[prost(int64, repeated, packed = "false", tag = "8")]
    pub ints: Vec<i64>,
    /// Which of the values counts: 2 for `i`, 7 for `ints`.
    #[prost(int32, tag = "20")]
    pub kind: i32,
}

/// A constant tensor.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Tensor {
    /// Lengths, slowest first.
    #[prost(int64, repeated, packed = "false", tag = "1")]
    pub dims: Vec<i64>,
    /// Element type, one of [`Element`].
    #[prost(int32, tag = "2")]
    pub data_type: i32,
    /// Its name.
    #[prost(string, tag = "8")]
    pub name: String,
    /// The elements, little endian.
    #[prost(bytes = "vec", tag = "9")]
    pub raw_data: Vec<u8>,
}

/// A named input or output.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Port {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its type.
    #[prost(message, optional, tag = "2")]
    pub kind: Option<Kind>,
}

/// A type; tensors alone.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Kind {
    /// The tensor's.
    #[prost(message, optional, tag = "1")]
    pub tensor: Option<TensorKind>,
}

/// Element type and lengths of a tensor.
#[derive(Clone, PartialEq, prost::Message)]
pub struct TensorKind {
    /// One of [`Element`].
    #[prost(int32, tag = "1")]
    pub element: i32,
    /// Lengths; absent when even their number is open.
    #[prost(message, optional, tag = "2")]
    pub shape: Option<Shape>,
}

/// Lengths of a tensor.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Shape {
    /// Slowest first.
    #[prost(message, repeated, tag = "1")]
    pub dim: Vec<Dim>,
}

/// One length.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Dim {
    /// Fixed.
    #[prost(int64, optional, tag = "1")]
    pub value: Option<i64>,
    /// Open, by name.
    #[prost(string, optional, tag = "2")]
    pub name: Option<String>,
}

/// Element types, numbered as in the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// 32-bit float.
    F32 = 1,
    /// Unsigned byte.
    U8 = 2,
    /// 64-bit integer.
    I64 = 7,
}

impl Port {
    /// A tensor of `element`s; a length of -1 is open.
    pub fn new(name: &str, element: Element, lengths: &[i64]) -> Self {
        let open = |at: usize| Dim { value: None, name: Some(format!("{name}_{at}")) };
        let dim = lengths.iter().enumerate();
        let dim = dim.map(|(at, &length)| if length < 0 { open(at) } else { Dim { value: Some(length), name: None } });
        let tensor = TensorKind { element: element as i32, shape: Some(Shape { dim: dim.collect() }) };
        Self { name: name.to_owned(), kind: Some(Kind { tensor: Some(tensor) }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message;

    #[test]
    fn a_part_is_laid_out_as_the_schema_numbers_it() {
        let output = vec![Port { name: "x".into(), kind: None }];
        let part = Model { graph: Some(Graph { output, ..Graph::default() }), ..Model::default() };
        // Field 7 of the model (graph) holds field 12 (output), which holds field 1 (name).
        assert_eq!(part.encode_to_vec(), [7 << 3 | 2, 5, 12 << 3 | 2, 3, 1 << 3 | 2, 1, b'x']);
    }
}
