//! `voxfare ask TEXT`: one typed turn to the built-in concierge, with what it understood and what it would do. It books nothing.

use crate::config::Config;
use crate::store::Store;
use agent::dialogue::{Clock, Dialogue, DialogueConfig, Input, Output};
use agent::tool::{ToolCall, ToolResult};
use agent::trip::{Code3, Place};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::io::Write;
use std::time::Duration;

/// Steps of a turn: answers may ask for further tools.
const STEPS_MAX: u64 = 50;
/// The conversation's clock moves on by this between steps, so that held answers come.
const STEP: Duration = Duration::from_millis(100);

/// Ask the built-in concierge one question.
#[derive(Clone, Debug, clap::Args)]
pub struct AskArgs {
    /// What to ask; several are asked one after another.
    #[arg(required = true)]
    pub text: Vec<String>,
    /// Print one JSON object a question: intent, slots, tool calls and reply.
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct Turn {
    text: String,
    understood: agent::concierge::ask::Understood,
    tool_calls: Vec<ToolCall>,
    reply: Vec<String>,
}

/// Asks, with the embedded world behind it.
///
/// # Errors
/// When the world cannot be set up or nothing can be printed.
pub async fn run(args: &AskArgs, config: &Config, out: &mut (dyn Write + Send)) -> anyhow::Result<()> {
    let store = Store::open("sqlite::memory:").await?;
    let world = crate::providers::travel::embedded::EmbeddedWorld::new(Timestamp::now, &store);
    let home = config.session.home.as_deref().and_then(Code3::parse).map(Place::City);
    let currency = Code3::parse(&config.session.currency).unwrap_or(Code3::USD);
    let zone = home.and_then(agent::places::city_of).and_then(|city| TimeZone::get(city.tz).ok());
    let clock = Clock::new(Timestamp::now(), zone.unwrap_or(TimeZone::UTC));
    let mut dialogue = Dialogue::new(DialogueConfig { home, currency, seed: 1, ..DialogueConfig::default() }, clock);
    let mut now = Duration::ZERO;
    for text in &args.text {
        let understood = agent::concierge::ask::understood(text, &dialogue.context());
        let mut turn = Turn { text: text.clone(), understood, tool_calls: Vec::new(), reply: Vec::new() };
        dialogue.handle(now, Input::Heard { text: text.clone() });
        for _ in 0..STEPS_MAX {
            let waiting = step(&mut dialogue, now, &world, &mut turn).await;
            now += STEP;
            if !waiting && !turn.reply.is_empty() {
                break;
            }
            dialogue.handle(now, Input::Tick);
        }
        print(args.json, &turn, out)?;
    }
    Ok(())
}

/// Does all that the dialogue wishes now; true while an answer of the world is on its way into a reply.
async fn step(
    dialogue: &mut Dialogue,
    now: Duration,
    world: &crate::providers::travel::embedded::EmbeddedWorld,
    turn: &mut Turn,
) -> bool {
    use crate::session::ports::Travel as _;
    let mut asked = false;
    while let Some(output) = dialogue.poll() {
        match output {
            Output::Say(say) => {
                dialogue.handle(now, Input::Said { say: say.id, heard_bytes: say.text.len(), dropped: false });
                turn.reply.push(say.text);
            }
            Output::Do { call, tool } => {
                turn.tool_calls.push(tool.clone());
                let result = world.call(tool).await.unwrap_or(ToolResult::Failed);
                dialogue.handle(now, Input::ToolDone { call, result });
                asked = true;
            }
            Output::Cancel { .. } | Output::Show(_) | Output::Pace(_) | Output::HangUp | Output::Timeout(_) => {}
        }
    }
    asked
}

fn print(json: bool, turn: &Turn, out: &mut dyn Write) -> anyhow::Result<()> {
    if json {
        writeln!(out, "{}", serde_json::to_string(turn)?)?;
    } else {
        writeln!(out, "{}", turn.reply.join(" "))?;
    }
    Ok(())
}
