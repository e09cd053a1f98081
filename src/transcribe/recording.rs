//! Reads a recording of any rate as mono sound for the listening models. It never plays or writes one.

use media::frame::EAR_RATE_HZ;
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler};
use std::fs::File;
use std::path::{Path, PathBuf};
use symphonia::core::audio::SampleBuffer;
use symphonia::core::codecs::DecoderOptions;
use symphonia::core::errors::Error as Trouble;
use symphonia::core::formats::FormatReader;
use symphonia::core::io::MediaSourceStream;
use symphonia::core::probe::Hint;

/// A recording longer than this is refused, in samples of one channel at 48 kHz (four hours).
const SAMPLES_MAX: usize = 4 * 3600 * 48_000;
/// Samples resampled at a time.
const CHUNK: usize = 1024;

/// Why a recording cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {why}")]
pub struct RecordingError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    pub why: String,
}

/// The sound of a WAV, FLAC or Ogg file, mono at [`EAR_RATE_HZ`], -1.0 to 1.0.
pub fn read(path: &Path) -> Result<Vec<f32>, RecordingError> {
    let fail = |why: String| RecordingError { path: path.to_owned(), why };
    let (samples, rate) = decode(path).map_err(fail)?;
    resample(samples, rate).map_err(fail)
}

/// All samples as mono, and their rate in Hz.
fn decode(path: &Path) -> Result<(Vec<f32>, u32), String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let stream = MediaSourceStream::new(Box::new(file), Default::default());
    let mut hint = Hint::new();
    path.extension().and_then(|end| end.to_str()).map(|end| hint.with_extension(end));
    let probed = symphonia::default::get_probe().format(&hint, stream, &Default::default(), &Default::default());
    let mut format = probed.map_err(|error| error.to_string())?.format;
    let track = format.default_track().ok_or("there is no sound in it")?;
    let (id, parameters) = (track.id, track.codec_params.clone());
    let mut decoder = symphonia::default::get_codecs()
        .make(&parameters, &DecoderOptions::default())
        .map_err(|error| error.to_string())?;
    let (mut mono, mut rate) = (Vec::new(), parameters.sample_rate.unwrap_or(0));
    while let Some(packet) = next_packet(format.as_mut())? {
        if packet.track_id() != id {
            continue;
        }
        let sound = match decoder.decode(&packet) {
            Ok(sound) => sound,
            // A damaged packet is skipped, as a player would.
            Err(Trouble::DecodeError(_)) => continue,
            Err(error) => return Err(error.to_string()),
        };
        rate = sound.spec().rate;
        let channels = sound.spec().channels.count().max(1);
        let mut buffer = SampleBuffer::<f32>::new(sound.capacity() as u64, *sound.spec());
        buffer.copy_interleaved_ref(sound);
        mono.extend(buffer.samples().chunks_exact(channels).map(|frame| frame.iter().sum::<f32>() / channels as f32));
        if mono.len() > SAMPLES_MAX {
            return Err("it is longer than four hours".into());
        }
    }
    Ok((mono, rate))
}

fn next_packet(format: &mut dyn FormatReader) -> Result<Option<symphonia::core::formats::Packet>, String> {
    match format.next_packet() {
        Ok(packet) => Ok(Some(packet)),
        Err(Trouble::IoError(error)) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
        Err(Trouble::ResetRequired) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

fn resample(samples: Vec<f32>, rate: u32) -> Result<Vec<f32>, String> {
    if rate == EAR_RATE_HZ || samples.is_empty() {
        return Ok(samples);
    }
    let resampler = Fft::<f32>::new(rate as usize, EAR_RATE_HZ as usize, CHUNK, 1, FixedSync::Input);
    let mut resampler = resampler.map_err(|error| error.to_string())?;
    let input = InterleavedSlice::new(&samples, 1, samples.len()).map_err(|error| error.to_string())?;
    let output = resampler.process_all(&input, samples.len(), None).map_err(|error| error.to_string())?;
    Ok(output.take_data())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_rate_keeps_length_and_pitch() {
        let tone: Vec<f32> = (0..44_100).map(|n| (std::f32::consts::TAU * 440.0 * n as f32 / 44_100.0).sin()).collect();
        let out = resample(tone, 44_100).expect("a usual rate");
        assert!((out.len() as i64 - 16_000).abs() <= 1, "{}", out.len());
        let crossings = out.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
        assert!((438..=441).contains(&crossings), "{crossings}");
    }

    #[test]
    fn what_is_no_recording_is_refused() {
        let path = std::env::temp_dir().join(format!("voxfare-not-a-recording-{}.wav", std::process::id()));
        std::fs::write(&path, b"RIFF and then nothing of the kind").expect("the temporary folder is writable");
        let refused = read(&path);
        std::fs::remove_file(&path).expect("it was just written");
        assert!(refused.is_err());
    }
}
