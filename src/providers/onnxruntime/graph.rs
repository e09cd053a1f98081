//! Puts a network together node by node and writes it as an ONNX file. It never runs one.

use crate::providers::onnxruntime::model::{Attribute, Element, Graph, Model, Node, Opset, Port, Tensor};
use prost::Message;

/// Version of the file format written.
const IR_VERSION: i64 = 9;
/// Version of ONNX's own operators used.
const OPSET: i64 = 20;
/// onnxruntime's additions.
const CONTRIBUTED: &str = "com.microsoft";

/// A setting of a node: one whole number, or several.
#[derive(Clone, Copy, Debug)]
pub enum Setting<'a> {
    /// One.
    Int(&'a str, i64),
    /// Several.
    Ints(&'a str, &'a [i64]),
}

/// A network under construction.
#[derive(Default)]
pub struct Builder {
    graph: Graph,
    count: usize,
}

impl Builder {
    /// An input; a length of -1 is open.
    pub fn input(&mut self, name: &str, element: Element, lengths: &[i64]) {
        self.graph.input.push(Port::new(name, element, lengths));
    }

    /// Answers `value` under `name`; a length of -1 is open.
    pub fn output(&mut self, value: &str, name: &str, lengths: &[i64]) {
        self.push("Identity", "", &[value], &[], name.to_owned());
        self.graph.output.push(Port::new(name, Element::F32, lengths));
    }

    /// Adds an operation of ONNX's own and names its result.
    pub fn node(&mut self, operator: &str, inputs: &[&str], settings: &[Setting<'_>]) -> String {
        let name = self.fresh();
        self.push(operator, "", inputs, settings, name)
    }

    /// Adds one of onnxruntime's own operations and names its result.
    pub fn contributed(&mut self, operator: &str, inputs: &[&str], settings: &[Setting<'_>]) -> String {
        let name = self.fresh();
        self.push(operator, CONTRIBUTED, inputs, settings, name)
    }

    /// A constant of floats.
    pub fn floats(&mut self, lengths: &[usize], values: &[f32]) -> String {
        self.constant(Element::F32, lengths, values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    /// A constant of bytes.
    pub fn bytes(&mut self, lengths: &[usize], values: Vec<u8>) -> String {
        self.constant(Element::U8, lengths, values)
    }

    /// A constant of whole numbers.
    pub fn longs(&mut self, lengths: &[usize], values: &[i64]) -> String {
        self.constant(Element::I64, lengths, values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    /// `value` with other lengths; 0 keeps one, -1 is what remains.
    pub fn reshape(&mut self, value: &str, lengths: &[i64]) -> String {
        let lengths = self.longs(&[lengths.len()], lengths);
        self.node("Reshape", &[value, &lengths], &[])
    }

    /// The file.
    pub fn finish(mut self) -> Vec<u8> {
        self.graph.name = "voxfare".to_owned();
        let own = Opset { domain: String::new(), version: OPSET };
        let contributed = Opset { domain: CONTRIBUTED.to_owned(), version: 1 };
        let model = Model { ir_version: IR_VERSION, graph: Some(self.graph), opset_import: vec![own, contributed] };
        model.encode_to_vec()
    }

    fn push(&mut self, operator: &str, domain: &str, inputs: &[&str], settings: &[Setting<'_>], to: String) -> String {
        self.graph.node.push(Node {
            input: inputs.iter().map(|&name| name.to_owned()).collect(),
            output: vec![to.clone()],
            op_type: operator.to_owned(),
            attribute: settings.iter().map(attribute).collect(),
            domain: domain.to_owned(),
        });
        to
    }

    fn constant(&mut self, element: Element, lengths: &[usize], raw_data: Vec<u8>) -> String {
        let name = self.fresh();
        let dims = lengths.iter().map(|&length| length as i64).collect();
        self.graph.initializer.push(Tensor { dims, data_type: element as i32, name: name.clone(), raw_data });
        name
    }

    fn fresh(&mut self) -> String {
        self.count += 1;
        format!("v{}", self.count)
    }
}

fn attribute(setting: &Setting<'_>) -> Attribute {
    let (name, i, ints, kind) = match *setting {
        Setting::Int(name, value) => (name, value, Vec::new(), 2),
        Setting::Ints(name, values) => (name, 0, values.to_vec(), 7),
    };
    Attribute { name: name.to_owned(), i, ints, kind }
}
