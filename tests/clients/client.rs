//! A spoken question from Rust, without a sound card: cargo run --example ask -- http://localhost:8080 question.wav
use std::{env, error::Error, time::Duration};
use voxfare::client::{CaptionState, Client, Event, FRAME, Options, Who};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let [url, wav] = [1, 2].map(|at| env::args().nth(at).unwrap_or_default());
    let question = hound::WavReader::open(wav)?.into_samples::<i16>().collect::<Result<Vec<_>, _>>()?; // mono at 24 kHz
    let mut session = Client::connect(Options::to(&url)).await?;
    let (voice, mut clock) = (session.voice(), tokio::time::interval(Duration::from_millis(20)));
    tokio::spawn(async move {
        loop {
            clock.tick().await; // a frame takes as long as it sounds
            voice.fill(&mut [0; FRAME]); // a speaker would play it; what is taken counts as heard
        }
    });
    session.speak(&question).await?;
    while let Some(event) = session.next().await {
        if let Event::Caption(line) = event
            && line.who == Who::Voxfare
            && line.state == CaptionState::Done
        {
            println!("Voxfare: {}", line.text);
            break; // the first answer that was heard to its end
        }
    }
    Ok(())
}
