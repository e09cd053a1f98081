//! Voices for the caller and an ear for what came back: speech by `voxfare say`, people from tests/audio, text by `voxfare transcribe`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A sentence in a voice that is not the server's, made once.
pub(crate) fn spoken(text: &str) -> PathBuf {
    let name: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("spoken");
    std::fs::create_dir_all(&folder).expect("the target folder is writable");
    let path = folder.join(format!("{name}.wav"));
    if !path.exists() {
        // Written beside and moved: two tests may want the same sentence at once.
        let fresh = folder.join(format!("{name}.{}.part", std::process::id()));
        let fresh_text = fresh.display().to_string();
        voxfare(&["say", text, "--voice", "piper", "--wav", &fresh_text]);
        std::fs::rename(&fresh, &path).expect("it was just written");
    }
    path
}

/// A recording of a person, from tests/audio.
pub(crate) fn human(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/audio").join(format!("{name}.wav"));
    assert!(path.exists(), "{} is missing", path.display());
    path
}

/// What the recogniser hears in a recording.
pub(crate) fn transcribed(path: &Path) -> String {
    voxfare(&["transcribe", &path.display().to_string()]).trim().to_owned()
}

/// Runs the program to its end and answers what it printed; it must succeed.
pub(crate) fn voxfare(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_voxfare")).args(arguments).output().expect("the binary starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "voxfare {arguments:?}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Mono sound with its rate.
pub(crate) struct Sound {
    /// Samples a second.
    pub(crate) rate_hz: u32,
    /// The samples.
    pub(crate) pcm: Vec<i16>,
}

impl Sound {
    /// One channel of a 16-bit recording, counted from 0.
    pub(crate) fn read(path: &Path, channel: usize) -> Self {
        let mut reader = hound::WavReader::open(path).expect("it was written as WAV");
        let spec = reader.spec();
        let samples: Vec<i16> = reader.samples().collect::<Result<_, _>>().expect("it is whole and of 16 bits");
        let pcm = samples.into_iter().skip(channel).step_by(usize::from(spec.channels)).collect();
        Self { rate_hz: spec.sample_rate, pcm }
    }

    /// Writes a part of it, in ms, between two short silences.
    pub(crate) fn write(&self, path: &Path, from_ms: f64, to_ms: f64) {
        let at = |ms: f64| ((ms.max(0.0) / 1000.0 * f64::from(self.rate_hz)) as usize).min(self.pcm.len());
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: self.rate_hz,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut file = hound::WavWriter::create(path, spec).expect("the folder is writable");
        let silence = vec![0i16; self.rate_hz as usize * 3 / 10];
        for sample in silence.iter().chain(&self.pcm[at(from_ms)..at(to_ms).max(at(from_ms))]).chain(&silence) {
            file.write_sample(*sample).expect("the folder is writable");
        }
        file.finalize().expect("the folder is writable");
    }
}

/// The recording with two seconds of silence before it and one behind, as a microphone that was just opened hears it.
pub(crate) fn padded(from: &Path, to: &Path) {
    let mut sound = Sound::read(from, 0);
    let rate = sound.rate_hz as usize;
    let mut pcm = vec![0; 2 * rate];
    pcm.append(&mut sound.pcm);
    pcm.resize(pcm.len() + rate, 0);
    sound.pcm = pcm;
    sound.write(to, 0.0, f64::INFINITY);
}
