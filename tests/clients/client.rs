//! A spoken question from Rust, without a sound card: the answer is played by the clock, and its words come back.
use std::time::Duration;
use voxfare::client::{CaptionState, Client, ClientError, Event, FRAME, Options, Who};

/// Asks in sound (16 bits, mono at 24 kHz) and answers the first words that were heard to their end.
pub(crate) async fn ask(url: &str, question: &[i16]) -> Result<Option<String>, ClientError> {
    let mut session = Client::connect(Options::to(url)).await?;
    let (voice, mut clock) = (session.voice(), tokio::time::interval(Duration::from_millis(20)));
    tokio::spawn(async move {
        for _ in 0..3_000 {
            clock.tick().await; // a minute of frames, each as long as it sounds
            voice.fill(&mut [0; FRAME]); // a speaker would play it; what is taken counts as heard
        }
    });
    session.speak(question).await?;
    while let Some(event) = session.next().await {
        if let Event::Caption(line) = event
            && line.who == Who::Voxfare
            && line.state == CaptionState::Done
        {
            return Ok(Some(line.text));
        }
    }
    Ok(None)
}
