//! Microphones and speakers of this machine, by rodio. It knows nothing of a session.

use crate::client::{FRAME, RATE_HZ, Voice, level};
use crate::talk::ear::Ear;
use crate::talk::error::TalkError;
use media::codec::resample::{Resampler, to_i16};
use rodio::cpal::traits::{DeviceTrait as _, HostTrait as _};
use rodio::microphone::{Input, MicrophoneBuilder, available_inputs};
use rodio::{ChannelCount, DeviceSinkBuilder, MixerDeviceSink, Sample, SampleRate, Source, cpal};
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

/// A microphone that listens until it is dropped.
pub(crate) struct DeviceEar {
    stopped: Arc<AtomicBool>,
    lost: Arc<AtomicBool>,
}

impl DeviceEar {
    /// Opens the default microphone, or the first whose name holds `name`, and lets `ear` hear it.
    pub(crate) fn open(name: Option<&str>, ear: Ear) -> Result<Self, TalkError> {
        let (stopped, lost) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (opened, outcome) = sync_channel(1);
        let (name, stop, gone) = (name.map(str::to_owned), stopped.clone(), lost.clone());
        // A device's stream stays on the thread that opened it.
        std::thread::spawn(move || match Pickup::open(name.as_deref()) {
            Ok(mut pickup) => {
                // Who asked waits for this one answer.
                let _ = opened.send(Ok(()));
                while !stop.load(Ordering::Relaxed) && pickup.frame(&ear) {}
                gone.store(true, Ordering::Relaxed);
            }
            Err(why) => {
                let _ = opened.send(Err(why));
            }
        });
        match outcome.recv() {
            Ok(Ok(())) => Ok(Self { stopped, lost }),
            Ok(Err(why)) => Err(TalkError::NoMicrophone { why }),
            Err(_) => Err(TalkError::NoMicrophone { why: "its driver failed".to_owned() }),
        }
    }

    /// The microphone was taken away.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }
}

impl Drop for DeviceEar {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}

/// A microphone's stream on its way to frames of ours.
struct Pickup {
    microphone: rodio::microphone::Microphone,
    channels: usize,
    piece: usize,
    resampler: Option<Resampler>,
    heard: Vec<f32>,
}

impl Pickup {
    fn open(name: Option<&str>) -> Result<Self, String> {
        hush();
        let builder = match name {
            None => MicrophoneBuilder::new().default_device(),
            Some(name) => MicrophoneBuilder::new().device(input(name)?),
        };
        let rates = PREFERRED_HZ.into_iter().filter_map(NonZero::new);
        let configured = builder.and_then(|builder| builder.default_config()).map_err(|error| told(&error))?;
        let configured = configured.prefer_channel_counts(NonZero::new(1)).prefer_sample_rates(rates);
        let microphone = configured.open_stream().map_err(|error| told(&error))?;
        let (rate, channels) = (microphone.sample_rate().get(), usize::from(microphone.channels().get()));
        let resampler = if rate == RATE_HZ { None } else { Some(Resampler::new(rate, RATE_HZ).map_err(|e| told(&e))?) };
        Ok(Self { microphone, channels, piece: rate as usize / 50, resampler, heard: Vec::new() })
    }

    /// Lets `ear` hear the next 20 ms; false when the microphone is gone.
    fn frame(&mut self, ear: &Ear) -> bool {
        let mut mono = Vec::with_capacity(self.piece);
        for _ in 0..self.piece {
            let mut sum = 0.0;
            for _ in 0..self.channels {
                let Some(sample) = self.microphone.next() else { return false };
                sum += sample;
            }
            mono.push(sum / self.channels as f32);
        }
        match &mut self.resampler {
            Some(resampler) => resampler.push(&mono, &mut self.heard),
            None => self.heard.append(&mut mono),
        }
        while self.heard.len() >= FRAME {
            let frame: Vec<f32> = self.heard.drain(..FRAME).collect();
            ear.hear(&to_i16(&frame));
        }
        true
    }
}

/// A speaker that plays the voice until it is dropped.
pub(crate) struct DeviceMouth {
    _sink: MixerDeviceSink,
    level: Arc<AtomicU32>,
    lost: Arc<AtomicBool>,
}

impl DeviceMouth {
    /// Opens the default speaker, or the first whose name holds `name`.
    pub(crate) fn open(name: Option<&str>, voice: Voice) -> Result<Self, TalkError> {
        hush();
        let fail = |why| TalkError::NoSpeaker { why };
        let lost = Arc::new(AtomicBool::new(false));
        let builder = match name {
            None => DeviceSinkBuilder::from_default_device(),
            Some(name) => DeviceSinkBuilder::from_device(output(name).map_err(fail)?),
        };
        let gone = lost.clone();
        let builder = builder.map_err(|error| fail(told(&error)))?.with_error_callback(move |error: cpal::Error| {
            tracing::debug!(%error, "the speaker complains");
            gone.store(error.kind() == cpal::ErrorKind::DeviceNotAvailable, Ordering::Relaxed);
        });
        let mut sink = builder.open_stream().map_err(|error| fail(told(&error)))?;
        sink.log_on_drop(false);
        let level = Arc::new(AtomicU32::new(0));
        sink.mixer().add(Played { voice, level: level.clone(), piece: [0; PIECE], next: PIECE });
        Ok(Self { _sink: sink, level, lost })
    }

    /// How loud it was last, 0 to 1.
    pub(crate) fn level(&self) -> f32 {
        f32::from_bits(self.level.load(Ordering::Relaxed))
    }

    /// The speaker was taken away.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }
}

/// The voice as rodio plays it: small pieces, taken as late as can be, so that what was taken was heard.
struct Played {
    voice: Voice,
    level: Arc<AtomicU32>,
    piece: [i16; PIECE],
    next: usize,
}

impl Iterator for Played {
    type Item = Sample;

    fn next(&mut self) -> Option<Sample> {
        if self.next == PIECE {
            self.next = 0;
            self.voice.fill(&mut self.piece);
            self.level.store(level(&self.piece).to_bits(), Ordering::Relaxed);
        }
        self.next += 1;
        Some(Sample::from(self.piece[self.next - 1]) / 32_768.0)
    }
}

impl Source for Played {
    fn current_span_len(&self) -> Option<usize> {
        None
    }

    fn channels(&self) -> ChannelCount {
        ChannelCount::MIN
    }

    fn sample_rate(&self) -> SampleRate {
        NonZero::new(RATE_HZ).unwrap_or(SampleRate::MIN)
    }

    fn total_duration(&self) -> Option<Duration> {
        None
    }
}

/// The microphones and speakers, a line each.
pub(crate) fn list() -> String {
    hush();
    let inputs = available_inputs().map(|found| found.iter().map(ToString::to_string).collect()).unwrap_or_default();
    let outputs = outputs().iter().map(named).collect();
    let lines = |kind: &str, names: Vec<String>| {
        let none = if names.is_empty() { format!("{kind}: none\n") } else { String::new() };
        names.iter().map(|name| format!("{kind}: {name}\n")).collect::<String>() + &none
    };
    lines("microphone", inputs) + &lines("speaker", outputs)
}

fn input(name: &str) -> Result<Input, String> {
    let found = available_inputs().map_err(|error| told(&error))?;
    let wanted = found.into_iter().find(|input| holds(&input.to_string(), name));
    wanted.ok_or_else(|| format!("none is called {name:?}"))
}

fn output(name: &str) -> Result<cpal::Device, String> {
    let wanted = outputs().into_iter().find(|device| holds(&named(device), name));
    wanted.ok_or_else(|| format!("none is called {name:?}"))
}

fn outputs() -> Vec<cpal::Device> {
    cpal::default_host().output_devices().map(Iterator::collect).unwrap_or_default()
}

fn named(device: &cpal::Device) -> String {
    device.description().map_or_else(|_| "unknown".to_owned(), |told| told.name().to_owned())
}

fn holds(name: &str, part: &str) -> bool {
    name.to_lowercase().contains(&part.to_lowercase())
}

/// The innermost cause, in a sentence's place: what is above it names calls, not causes.
fn told(error: &(dyn std::error::Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let kind = innermost.downcast_ref::<cpal::Error>().map(cpal::Error::kind);
    match kind {
        Some(cpal::ErrorKind::DeviceNotAvailable | cpal::ErrorKind::HostUnavailable) => {
            "this machine has none that works".to_owned()
        }
        Some(cpal::ErrorKind::DeviceBusy) => "another program holds it".to_owned(),
        Some(cpal::ErrorKind::PermissionDenied) => "the system does not let us use it".to_owned(),
        _ => innermost.to_string().trim_end_matches('.').to_owned(),
    }
}

/// ALSA writes each failed attempt to the standard error; the outcome is told in one sentence instead.
#[cfg(target_os = "linux")]
fn hush() {
    // Where it cannot be kept quiet it is loud, and nothing else is wrong.
    let _ = alsa::Output::local_error_handler();
}

#[cfg(not(target_os = "linux"))]
fn hush() {}

/// 5 ms.
const PIECE: usize = 120;
/// Rates a microphone is asked for, best first; any other is converted too.
const PREFERRED_HZ: [u32; 4] = [24_000, 48_000, 44_100, 16_000];
