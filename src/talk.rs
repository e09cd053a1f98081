//! `voxfare talk`: a terminal client with microphone and speaker, or with files where there is no sound card. It speaks the protocol through
//! `client` alone, and never shares code with the server.

mod args;
mod conversation;
mod device;
mod ear;
mod error;
mod key;
mod lines;
mod mouth;
mod screen;
mod script;
mod view;
mod wavs;

pub use args::{Line, LineArgs, TalkArgs};
pub use error::TalkError;

use crate::client::{Client, Options, Secret};
use crate::config::Environment;
use conversation::{Conversation, Display, Inlet, Outlet};
use device::{DeviceEar, DeviceMouth};
use ear::Ear;
use key::TalkKey;
use lines::Lines;
use mouth::WavMouth;
use screen::Screen;
use serde_json::json;
use std::io::{IsTerminal as _, Write};
use std::time::Duration;
use view::{EarMode, View};
use wavs::Wavs;

/// Talks until one side hangs up.
///
/// # Errors
/// See [`TalkError`].
pub async fn run(args: TalkArgs, environment: &dyn Environment, out: &mut dyn Write) -> Result<bool, TalkError> {
    if args.devices {
        let listed = write!(out, "{}", device::list());
        let failed = |error: std::io::Error| TalkError::File { path: "the list".to_owned(), why: error.to_string() };
        return listed.map(|()| true).map_err(failed);
    }
    let wavs = wavs(&args)?;
    let client = Client::connect(options(&args, environment)).await?;
    match open(&args, wavs, client, out) {
        Ok(conversation) => conversation.run().await.map(|()| true),
        Err((client, error)) => {
            // A session that nobody will talk in is not left behind.
            if client.hang_up().await.is_ok() {
                let mut client = client;
                while client.next().await.is_some() {}
            }
            Err(error)
        }
    }
}

fn wavs(args: &TalkArgs) -> Result<Option<Box<Wavs>>, TalkError> {
    if args.lines.lines.is_empty() {
        return Ok(None);
    }
    let (silence, patience) = (Duration::from_millis(args.silence_ms), Duration::from_secs(args.patience));
    Ok(Some(Box::new(Wavs::read(&args.lines.lines, args.greeting, silence, patience)?)))
}

fn options(args: &TalkArgs, environment: &dyn Environment) -> Options {
    let manual = json!({ "type": "realtime", "audio": { "input": { "turn_detection": null } } });
    Options {
        url: args.url.clone(),
        key: args.key.clone().or_else(|| environment.get(KEY_VARIABLE)).map(Secret),
        resume: args.resume.clone().map(Secret),
        session: args.push_to_talk.then_some(manual),
        greeting: args.greeting,
        insecure: args.insecure,
    }
}

/// Ear, mouth and screen for a session; what does not open gives the session back.
fn open<'a>(
    args: &TalkArgs,
    wavs: Option<Box<Wavs>>,
    client: Client,
    out: &'a mut dyn Write,
) -> Result<Conversation<'a>, (Client, TalkError)> {
    let voice = client.voice();
    let ear = Ear::new(client.microphone(), voice.clone(), args.loudspeaker, !args.push_to_talk);
    let mode = match (&wavs, args.push_to_talk) {
        (Some(_), _) => EarMode::Recordings,
        (None, true) => EarMode::PushToTalk { open: false },
        (None, false) => EarMode::Open { muted: false, loudspeaker: args.loudspeaker },
    };
    let opened = || {
        let outlet = match &args.out {
            Some(path) => Outlet::File(WavMouth::create(path)?),
            None => Outlet::Device(DeviceMouth::open(args.speaker.as_deref(), voice.clone())?),
        };
        let inlet = match wavs {
            Some(wavs) => Inlet::Wavs(wavs),
            None => Inlet::Device(DeviceEar::open(args.microphone.as_deref(), ear.clone())?),
        };
        let on_terminal = !args.plain && std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
        if !on_terminal && args.push_to_talk {
            return Err(TalkError::Terminal { why: "push-to-talk needs one with keys".to_owned() });
        }
        let display = if on_terminal {
            let (screen, keys) = Screen::open()?;
            Display::Screen(Box::new(screen), keys)
        } else {
            Display::Lines(Lines::default())
        };
        Ok((inlet, outlet, display))
    };
    match opened() {
        Ok((inlet, outlet, display)) => {
            let (view, key) = (View::new(&args.url, mode), TalkKey::default());
            Ok(Conversation { client, ear, voice, inlet, outlet, display, view, key, pressed: None, out })
        }
        Err(error) => Err((client, error)),
    }
}

/// Holds the key where `--key` does not.
const KEY_VARIABLE: &str = "VOXFARE_KEY";
