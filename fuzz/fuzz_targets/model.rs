//! Any bytes as a model file, CTranslate2's or whisper.cpp's: tensors within their bounds, or a sentence. It builds the readers alone.
#![no_main]
#![allow(dead_code)]

#[path = "."]
mod models {
    #[path = "../../src/models/ct2.rs"]
    pub mod ct2;
    #[path = "../../src/models/half.rs"]
    pub mod half;
    #[path = "../../src/models/mel.rs"]
    pub mod mel;
}
#[path = "../../src/providers/stt/whisper/weights.rs"]
mod weights;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum File {
    Ct2(Vec<u8>),
    /// Behind a right beginning.
    Ct2Variables(u8, Vec<u8>),
    Ggml(Vec<u8>),
    /// Behind a right header.
    GgmlTensors(Vec<u8>),
}

fuzz_target!(|file: File| {
    let bytes = match &file {
        File::Ct2(bytes) | File::Ggml(bytes) => bytes.clone(),
        File::Ct2Variables(count, rest) => ct2(*count, rest),
        File::GgmlTensors(rest) => ggml(rest),
    };
    match file {
        File::Ct2(_) | File::Ct2Variables(..) => {
            for variable in models::ct2::read(&bytes).iter().flat_map(|variables| variables.values()) {
                assert!(variable.data.len() <= bytes.len());
            }
        }
        File::Ggml(_) | File::GgmlTensors(_) => {
            if let Ok(weights) = weights::Weights::read(&bytes)
                && let Ok(tensor) = weights.tensor("w")
            {
                let count: usize = tensor.shape.iter().product();
                assert_eq!(tensor.floats().len(), count);
            }
        }
    }
});

fn ct2(count: u8, rest: &[u8]) -> Vec<u8> {
    let mut bytes = 6u32.to_le_bytes().to_vec();
    bytes.extend(12u16.to_le_bytes());
    bytes.extend(b"WhisperSpec\0");
    bytes.extend(3u32.to_le_bytes());
    bytes.extend(u32::from(count).to_le_bytes());
    bytes.extend(rest);
    bytes
}

fn ggml(rest: &[u8]) -> Vec<u8> {
    let mut bytes = 0x6767_6d6c_u32.to_le_bytes().to_vec();
    for value in [51864, 1500, 384, 6, 4, 448, 384, 6, 4, 80, 2007, 80, 201] {
        bytes.extend(i32::to_le_bytes(value));
    }
    bytes.extend(vec![0; 80 * 201 * 4]);
    bytes.extend(0i32.to_le_bytes());
    bytes.extend(rest);
    bytes
}
