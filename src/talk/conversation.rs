//! One talk from its first word to its last: the loop that joins the client with ear, mouth, keys and what is shown.

use crate::client::{Client, ClientError, Event, Over, Voice, clock};
use crate::talk::device::{DeviceEar, DeviceMouth};
use crate::talk::ear::Ear;
use crate::talk::error::TalkError;
use crate::talk::key::TalkKey;
use crate::talk::lines::{self, Lines};
use crate::talk::mouth::WavMouth;
use crate::talk::screen::{Key, Screen};
use crate::talk::view::{EarMode, View, over_text};
use crate::talk::wavs::Wavs;
use serde_json::json;
use std::io::Write;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

/// Where our sound comes from.
pub(crate) enum Inlet {
    /// A microphone.
    Device(DeviceEar),
    /// Recordings.
    Wavs(Box<Wavs>),
}

/// Where the voice goes.
pub(crate) enum Outlet {
    /// A speaker.
    Device(DeviceMouth),
    /// A file.
    File(WavMouth),
}

/// Where it is shown.
pub(crate) enum Display {
    /// On the whole terminal.
    Screen(Box<Screen>, mpsc::Receiver<Key>),
    /// Line by line.
    Lines(Lines),
}

/// A talk under way.
pub(crate) struct Conversation<'a> {
    /// The session.
    pub(crate) client: Client,
    /// The way in.
    pub(crate) ear: Ear,
    /// The way out.
    pub(crate) voice: Voice,
    /// Where our sound comes from.
    pub(crate) inlet: Inlet,
    /// Where the voice goes.
    pub(crate) outlet: Outlet,
    /// Where it is shown.
    pub(crate) display: Display,
    /// What is shown.
    pub(crate) view: View,
    /// The space bar.
    pub(crate) key: TalkKey,
    /// Since when push-to-talk is open, and when it shuts.
    pub(crate) pressed: Option<Pressed>,
    /// Where lines go.
    pub(crate) out: &'a mut dyn Write,
}

/// Push-to-talk while it is open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pressed {
    since: Instant,
    /// The key is up; what was said last is still on its way through the microphone.
    shuts: Option<Instant>,
}

/// What goes on after one thing that happened.
enum Flow {
    On,
    Over(Over),
}

impl Conversation<'_> {
    /// Talks to the end; the file of the sound is whole also when it failed on the way.
    pub(crate) async fn run(mut self) -> Result<(), TalkError> {
        let outcome = self.talk().await;
        if outcome.is_err() {
            // It may be over already, and then there is nobody to tell.
            let _ = self.client.hang_up().await;
            while self.client.next().await.is_some() {}
        }
        if let Ok(Over::Ended(_)) = outcome {
            self.play_out().await?;
        }
        let written = if let Outlet::File(mouth) = self.outlet { mouth.finish() } else { Ok(()) };
        match outcome? {
            over if lines::ended_well(&over) => written,
            over => Err(TalkError::Ended { why: over_text(&over) }),
        }
    }

    async fn talk(&mut self) -> Result<Over, TalkError> {
        let mut tick = tokio::time::interval(FRAME_TIME);
        // A recording keeps its pace also when a frame came late.
        tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut redraw = tokio::time::interval(REDRAW);
        redraw.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
        loop {
            let flow = tokio::select! {
                event = self.client.next() => self.event(event)?,
                _ = tick.tick() => self.frame().await?,
                key = next_key(&mut self.display) => self.press(key).await?,
                _ = redraw.tick() => self.draw()?,
                _ = &mut interrupted => {
                    interrupted.set(tokio::signal::ctrl_c());
                    self.ask(Key::Quit).await?
                }
            };
            if let Flow::Over(over) = flow {
                self.draw()?;
                return Ok(over);
            }
        }
    }

    /// Who is told goodbye hears it to its end, though the line is closed.
    async fn play_out(&mut self) -> Result<(), TalkError> {
        let mut tick = tokio::time::interval(FRAME_TIME);
        for _ in 0..PLAY_OUT_FRAMES_MAX {
            if self.voice.waiting() == 0 {
                break;
            }
            tick.tick().await;
            if let Outlet::File(mouth) = &mut self.outlet {
                mouth.frame(&self.voice)?;
            }
        }
        Ok(())
    }

    fn event(&mut self, event: Option<Event>) -> Result<Flow, TalkError> {
        let Some(event) = event else { return Ok(Flow::Over(Over::HungUp)) };
        self.view.event(&event);
        if let Inlet::Wavs(wavs) = &mut self.inlet {
            wavs.event(clock::now(), &event);
        }
        if let Display::Lines(lines) = &mut self.display {
            lines.event(&event, self.out).map_err(|error| printed(&error))?;
        }
        Ok(if let Event::Over(over) = event { Flow::Over(over) } else { Flow::On })
    }

    /// 20 ms of everything.
    async fn frame(&mut self) -> Result<Flow, TalkError> {
        let now = clock::now();
        match &mut self.outlet {
            Outlet::File(mouth) => mouth.frame(&self.voice)?,
            Outlet::Device(mouth) if mouth.is_lost() => {
                return Err(TalkError::NoSpeaker { why: "it was taken away".to_owned() });
            }
            Outlet::Device(_) => {}
        }
        match &mut self.inlet {
            Inlet::Device(ear) if ear.is_lost() => {
                return Err(TalkError::NoMicrophone { why: "it was taken away".to_owned() });
            }
            Inlet::Device(_) => {}
            Inlet::Wavs(wavs) => match wavs.frame(now)? {
                Some(frame) => self.ear.hear(&frame),
                None => return self.ask(Key::Quit).await,
            },
        }
        self.key.tick(now);
        self.push_to_talk(now).await?;
        Ok(Flow::On)
    }

    async fn press(&mut self, key: Option<Key>) -> Result<Flow, TalkError> {
        // Who has closed the terminal has hung up.
        self.ask(key.unwrap_or(Key::Quit)).await
    }

    async fn ask(&mut self, key: Key) -> Result<Flow, TalkError> {
        let now = clock::now();
        let asked = match key {
            Key::Quit => self.client.hang_up().await,
            Key::Stop => self.client.interrupt().await,
            Key::Down => {
                self.key.pressed(now);
                return self.push_to_talk(now).await.map(|()| Flow::On);
            }
            Key::Up => {
                self.key.released(now);
                return self.push_to_talk(now).await.map(|()| Flow::On);
            }
            Key::Mute => {
                if let EarMode::Open { muted, .. } = &mut self.view.ear {
                    *muted = !*muted;
                    self.ear.open(!*muted);
                }
                return self.draw();
            }
            Key::Redraw => return self.draw(),
        };
        over_is_told_elsewhere(asked)
    }

    /// Opens and shuts the microphone by the key, and asks for an answer when it was let go.
    async fn push_to_talk(&mut self, now: Instant) -> Result<(), TalkError> {
        let EarMode::PushToTalk { open } = &mut self.view.ear else { return Ok(()) };
        *open = self.key.is_open();
        match (self.key.is_open(), &mut self.pressed) {
            (true, Some(pressed)) => pressed.shuts = None,
            (true, None) => {
                self.pressed = Some(Pressed { since: now, shuts: None });
                over_is_told_elsewhere(self.client.interrupt().await)?;
                over_is_told_elsewhere(self.client.send(json!({ "type": "input_audio_buffer.clear" })).await)?;
                self.ear.open(true);
            }
            (false, Some(Pressed { shuts: Some(at), since })) if now >= *at => {
                let long_enough = now.saturating_duration_since(*since) >= SAID_MIN;
                self.pressed = None;
                self.ear.open(false);
                let events = if long_enough { &["input_audio_buffer.commit", "response.create"][..] } else { &[] };
                for kind in events {
                    over_is_told_elsewhere(self.client.send(json!({ "type": kind })).await)?;
                }
            }
            (false, Some(Pressed { shuts: None, since })) => {
                self.pressed = Some(Pressed { since: *since, shuts: Some(now + TAIL) });
            }
            (false, _) => {}
        }
        Ok(())
    }

    fn draw(&mut self) -> Result<Flow, TalkError> {
        let loud = match &self.outlet {
            Outlet::Device(mouth) => mouth.level(),
            Outlet::File(mouth) => mouth.level(),
        };
        self.view.levels = (self.ear.level(), loud);
        if let Display::Screen(screen, _) = &mut self.display {
            screen.show(&self.view)?;
        }
        Ok(Flow::On)
    }
}

/// What is asked of a session that is just over comes to nothing: its end is on its way to us.
fn over_is_told_elsewhere(asked: Result<(), ClientError>) -> Result<Flow, TalkError> {
    match asked {
        Ok(()) | Err(ClientError::Over) => Ok(Flow::On),
        Err(error) => Err(error.into()),
    }
}

/// The next key; never one where no screen is.
async fn next_key(display: &mut Display) -> Option<Key> {
    match display {
        Display::Screen(_, keys) => keys.recv().await,
        Display::Lines(_) => std::future::pending().await,
    }
}

fn printed(error: &std::io::Error) -> TalkError {
    TalkError::File { path: "the standard output".to_owned(), why: error.to_string() }
}

const FRAME_TIME: Duration = Duration::from_millis(20);
/// Three seconds.
const PLAY_OUT_FRAMES_MAX: usize = 150;
const REDRAW: Duration = Duration::from_millis(50);
/// What was said when the key went up is still on its way through the microphone.
const TAIL: Duration = Duration::from_millis(150);
/// A shorter press says nothing.
const SAID_MIN: Duration = Duration::from_millis(400);
