//! Noise is taken, speech is not, and no sample is lost, doubled or moved. It measures on a person's recording.

use super::*;
use crate::codec::resample::to_i16;
use crate::sound::{self, Seeded};
use crate::vad::CHUNK_SAMPLES;
use proptest::prelude::*;

/// Quiet around the person, in samples.
const QUIET: usize = 24_000;

/// The recording at the ear's rate, between one and a half seconds of silence before and behind.
fn person() -> Vec<f32> {
    let mut speech = vec![0.0; QUIET];
    Resampler::new(24_000, EAR_RATE_HZ).expect("rates").push_i16(&sound::recording(), &mut speech);
    speech.resize(speech.len() + QUIET, 0.0);
    speech
}

/// The noise of a fan: a low rush with a hum in it.
fn fan(samples: usize) -> Vec<f32> {
    let (mut random, mut low, mut high) = (Seeded::new(7), 0.0, 0.0);
    (0..samples)
        .map(|at| {
            let white = random.signed();
            low = 0.97 * low + 0.03 * white;
            high = 0.7 * high + 0.3 * white;
            3.0 * low + 0.15 * high + 0.1 * (std::f32::consts::TAU * 120.0 * at as f32 / 16_000.0).sin()
        })
        .collect()
}

fn hiss(samples: usize) -> Vec<f32> {
    let mut random = Seeded::new(9);
    (0..samples).map(|_| random.signed()).collect()
}

fn power(sound: &[f32]) -> f32 {
    sound.iter().map(|sample| sample * sample).sum::<f32>() / sound.len() as f32
}

fn db(ratio: f32) -> f32 {
    10.0 * (ratio + 1e-12).log10()
}

/// The person with the noise 5 dB below the louder half of the speech.
fn mixed(speech: &[f32], noise: &[f32]) -> Vec<f32> {
    let mut parts: Vec<f32> = speech[QUIET..speech.len() - QUIET].chunks_exact(320).map(power).collect();
    parts.sort_by(f32::total_cmp);
    let loud = &parts[parts.len() / 2..];
    let aloud = loud.iter().sum::<f32>() / loud.len() as f32;
    let gain = (aloud / power(noise) / 10.0_f32.powf(0.5)).sqrt();
    speech.iter().zip(noise).map(|(speech, noise)| speech + gain * noise).collect()
}

/// What the voice detector and the recogniser hear of `sound`, which comes in pieces of so many samples.
fn reduce(field: Field, sound: &[f32], piece: usize) -> [Vec<f32>; 2] {
    let mut reducer = Reducer::new(field);
    let (mut ear, mut heard) = (Vec::new(), [Vec::new(), Vec::new()]);
    for piece in sound.chunks(piece) {
        ear.extend_from_slice(piece);
        while reducer.waiting(&ear) > 0 {
            reducer.hear(&ear);
        }
        give(&mut reducer, &mut ear, &mut heard);
    }
    ear.resize(ear.len().next_multiple_of(CHUNK_SAMPLES), 0.0);
    reducer.hear_out(&ear);
    give(&mut reducer, &mut ear, &mut heard);
    assert!(ear.is_empty());
    heard.iter_mut().for_each(|heard| heard.truncate(sound.len()));
    heard
}

fn give(reducer: &mut Reducer, ear: &mut Vec<f32>, heard: &mut [Vec<f32>; 2]) {
    while reducer.ready() >= CHUNK_SAMPLES {
        let raw: [f32; CHUNK_SAMPLES] = ear[..CHUNK_SAMPLES].try_into().expect("as long");
        ear.drain(..CHUNK_SAMPLES);
        let (voice, words) = reducer.take(&raw);
        heard[0].extend(voice);
        heard[1].extend(words);
    }
}

/// How much of the signal's power is in the sound, over what is not, in decibels.
fn clearness(sound: &[f32], speech: &[f32]) -> f32 {
    let inside = QUIET..speech.len() - QUIET;
    let rest: Vec<f32> = inside.clone().map(|at| sound[at] - speech[at]).collect();
    db(power(&speech[inside]) / power(&rest))
}

#[test]
fn noise_in_the_pauses_falls_and_speech_is_clearer() {
    let speech = person();
    for (name, noise, field, least) in [
        ("fan", fan(speech.len()), Field::Near, 30.0),
        ("hiss", hiss(speech.len()), Field::Near, 10.0),
        ("fan", fan(speech.len()), Field::Far, 12.0),
    ] {
        let noisy = mixed(&speech, &noise);
        let [voice, words] = reduce(field, &noisy, 320);
        // What it takes to know the noise is in the first half second.
        for pause in [8_000..QUIET - 1000, speech.len() - QUIET + 4000..speech.len() - 1000] {
            let fallen = db(power(&noisy[pause.clone()]) / power(&voice[pause.clone()]));
            assert!(fallen >= least, "{name} for {field:?}: {fallen} dB in {pause:?}");
            let fallen = db(power(&noisy[pause.clone()]) / power(&words[pause]));
            assert!((4.0..7.0).contains(&fallen), "{name}, for words: {fallen} dB");
        }
        let (before, after) = (clearness(&noisy, &speech), clearness(&voice, &speech));
        assert!(after > before + 2.0, "{name}: {before} dB became {after} dB");
        let after = clearness(&words, &speech);
        assert!(after > before + 2.0, "{name}, for words: {before} dB became {after} dB");
    }
}

#[test]
fn a_person_alone_stays_a_person() {
    let speech = person();
    for field in [Field::Near, Field::Far] {
        let [voice, words] = reduce(field, &speech, 320);
        assert!(clearness(&voice, &speech) > 8.0, "{}", clearness(&voice, &speech));
        assert!(clearness(&words, &speech) > 12.0, "{}", clearness(&words, &speech));
    }
}

#[test]
fn what_comes_out_stands_where_it_came_in() {
    let speech = person();
    let [voice, _] = reduce(Field::Near, &speech, 320);
    let alike = |lag: usize, late: bool| {
        let (a, b) = if late { (&voice[lag..], &speech[..]) } else { (&voice[..], &speech[lag..]) };
        a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>()
    };
    let best =
        (0..400).flat_map(|lag| [(alike(lag, true), lag), (alike(lag, false), lag)]).max_by(|a, b| a.0.total_cmp(&b.0));
    assert_eq!(best.map(|best| best.1), Some(0));
}

#[test]
fn silence_stays_silence() {
    let [voice, words] = reduce(Field::Near, &vec![0.0; 16_000], 320);
    assert!(voice.iter().chain(&words).all(|sample| *sample == 0.0));
}

#[test]
fn pieces_of_any_length_make_the_same_sound() {
    let speech = person();
    let whole = reduce(Field::Near, &speech[..48_000], 48_000);
    for piece in [1, 7, 333, 512] {
        assert_eq!(reduce(Field::Near, &speech[..48_000], piece), whole, "in pieces of {piece}");
    }
}

#[test]
fn a_sound_is_thirty_milliseconds_late() {
    let (mut reducer, mut ear) = (Reducer::new(Field::Near), Vec::new());
    for _ in 0..50 {
        ear.extend([0.1; 320]);
        reducer.hear(&ear);
    }
    assert_eq!(reducer.delay(), Duration::from_millis(30));
}

/// The largest step from one sample to the next.
fn step(sound: &[f32]) -> i32 {
    let pcm = to_i16(sound);
    pcm.windows(2).map(|pair| (i32::from(pair[1]) - i32::from(pair[0])).abs()).max().unwrap_or(0)
}

#[test]
fn switching_it_is_not_heard() {
    let (mut reducer, mut ear, mut heard) = (Reducer::new(Field::Near), Vec::new(), [Vec::new(), Vec::new()]);
    let sound = mixed(&person(), &fan(person().len()));
    for (at, piece) in sound[QUIET..].chunks_exact(320).take(400).enumerate() {
        match at % 100 {
            30 => reducer.set(None),
            60 => reducer.set(Some(Field::Near)),
            80 => reducer.set(Some(Field::Far)),
            _ => {}
        }
        ear.extend_from_slice(piece);
        reducer.hear(&ear);
        give(&mut reducer, &mut ear, &mut heard);
        assert!(at % 100 != 59 || reducer.is_out(), "it has faded out");
    }
    let most = step(&sound[QUIET..]);
    for heard in &heard {
        assert!(step(heard) <= most, "{} over {most}", step(heard));
    }
    // While it was off, and out, the sound is as it came.
    for from in [40, 140, 240].map(|at| at * 320) {
        assert_eq!(heard[0][from..from + 3200], sound[QUIET..][from..from + 3200]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is dropped, driven out or switched, each sample that is given stands for the ear's own.
    #[test]
    fn no_sample_is_lost_or_doubled(steps in proptest::collection::vec((0_u8..8, 1_usize..900), 1..40)) {
        let (mut reducer, mut ear) = (Reducer::new(Field::Near), Vec::new());
        let mut at = 0_usize;
        for (kind, samples) in steps {
            match kind {
                0 => reducer.hear_out(&ear),
                1 => reducer.set(None),
                2 => reducer.set(Some(Field::Far)),
                3 => {
                    let gone = samples.min(ear.len());
                    reducer.drop_oldest(gone);
                    ear.drain(..gone);
                }
                4 => {
                    reducer.drop_oldest(ear.len());
                    ear.clear();
                }
                _ => {
                    ear.extend((at..at + samples).map(|at| 0.2 * (at as f32 * 0.3).sin()));
                    at += samples;
                    while reducer.waiting(&ear) > 0 {
                        reducer.hear(&ear);
                    }
                }
            }
            prop_assert!(reducer.ready() <= ear.len());
            prop_assert!(reducer.ready() + 4 * STEP_SAMPLES > ear.len());
        }
        reducer.hear_out(&ear);
        prop_assert_eq!(reducer.ready(), ear.len());
    }
}
