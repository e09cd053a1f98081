//! What a recogniser makes of people in noise, with noise reduction and without it.

use crate::speech::hearing::{ears, hear, words};
use crate::speech::recording;
use media::noise::{Field, Reducer};
use media::vad::CHUNK_SAMPLES;

const SPOKEN: [(&str, &str); 4] = [
    (
        "jfk.wav",
        "and so my fellow americans ask not what your country can do for you ask what you can do for your country",
    ),
    (
        "austen-leisure.wav",
        "and mr john dashwood had then leisure to consider how much there might be prudently in his power to do for them",
    ),
    ("austen-amiable.wav", "he might even have been made amiable himself"),
    ("go-forward.wav", "go forward 10 meters"),
];

fn power(sound: &[f32]) -> f32 {
    sound.iter().map(|sample| sample * sample).sum::<f32>() / sound.len() as f32
}

/// The speech with noise that begins and ends half a second around it, so many decibels below its louder half; a fan's, or hiss.
fn mixed(speech: &[f32], below_db: f32, is_fan: bool) -> Vec<f32> {
    let mut seed = 1_u32;
    let mut low = 0.0;
    let noise: Vec<f32> = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let white = (seed >> 8) as f32 / 8_388_608.0 - 1.0;
        low = 0.97 * low + 0.03 * white;
        if is_fan { low } else { white }
    })
    .take(speech.len() + 16_000)
    .collect();
    let mut parts: Vec<f32> = speech.chunks_exact(320).map(power).collect();
    parts.sort_by(f32::total_cmp);
    let loud = &parts[parts.len() / 2..];
    let aloud = loud.iter().sum::<f32>() / loud.len() as f32;
    let gain = (aloud / power(&noise) / 10.0_f32.powf(below_db / 10.0)).sqrt();
    let speech = std::iter::repeat_n(&0.0, 8_000).chain(speech).chain(std::iter::repeat(&0.0));
    // Room for the noise.
    noise.iter().zip(speech).map(|(noise, speech)| 0.5 * (speech + gain * noise)).collect()
}

/// What a recogniser hears of it.
fn reduced(sound: &[f32], field: Field) -> Vec<f32> {
    let sound: Vec<f32> =
        sound.iter().copied().chain(std::iter::repeat_n(0.0, CHUNK_SAMPLES - sound.len() % CHUNK_SAMPLES)).collect();
    let mut reducer = Reducer::new(field);
    reducer.hear_out(&sound);
    sound.as_chunks().0.iter().flat_map(|chunk: &[f32; CHUNK_SAMPLES]| reducer.take(chunk).1).collect()
}

/// Words that are wrong, missing or too many.
fn errors(heard: &str, spoken: &str) -> usize {
    let (heard, spoken) = (words(heard), words(spoken));
    let spoken: Vec<&str> = spoken.split_whitespace().collect();
    let mut row: Vec<usize> = (0..=spoken.len()).collect();
    for (at, word) in heard.split_whitespace().enumerate() {
        let mut last = std::mem::replace(&mut row[0], at + 1);
        for (to, other) in spoken.iter().enumerate() {
            let cost = last + usize::from(word != *other);
            last = row[to + 1];
            row[to + 1] = cost.min(row[to] + 1).min(last + 1);
        }
    }
    row[spoken.len()]
}

#[tokio::test]
async fn people_in_noise_are_understood_as_well_with_less_of_it() {
    let Some(ear) = ears().pop() else { return };
    let (mut before, mut after, mut all) = (0, 0, 0);
    for (name, spoken) in SPOKEN {
        for (below_db, is_fan) in [(5.0, true), (5.0, false), (10.0, true), (10.0, false)] {
            let noisy = mixed(&recording(name), below_db, is_fan);
            let with = hear(&ear, reduced(&noisy, Field::Near), Some("en")).await.text;
            let without = hear(&ear, noisy, Some("en")).await.text;
            println!("{name} at {below_db} dB, fan: {is_fan}: `{without}` became `{with}`");
            before += errors(&without, spoken);
            after += errors(&with, spoken);
            all += words(spoken).split_whitespace().count();
        }
    }
    println!("{before} errors in {all} words became {after}");
    assert!(after <= before, "{before} errors in {all} words became {after}");
}
