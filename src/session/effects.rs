//! Runs one effect against its port: deadline, retry, cancel; answers with inputs. It decides nothing about the conversation.

use crate::secret::Secret;
use crate::session::event::{
    Durable, EffectId, Failure, Input, Interruptible, Outcome, RemoteAnswer, RemoteAsk, RemoteServer, Standing,
};
use crate::session::outbox::Outbox;
use crate::session::ports::{
    HearJob, RemoteTools, Rewards, SpeakJob, SpeechToText, TextToSpeech, Travel, TurnDetector,
};
use agent::tool::{Reward, RewardState, RewardsStanding, Tokens, ToolCall, ToolResult};
use agent::trip::{Code3, Money};
use alloy_primitives::U256;
use futures_util::StreamExt as _;
use media::call::Hearing;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use wallet::money::Wei;
use wallet::settle::Stage;

/// A partial caption is worthless after this.
const PARTIAL_WITHIN: Duration = Duration::from_millis(700);
/// A speculative or final decode must be back within this.
const DECODE_WITHIN: Duration = Duration::from_secs(4);
/// A turn score is worthless after this.
const SCORE_WITHIN: Duration = Duration::from_millis(800);
/// The first sound of a clause must come within this, and each further piece too.
const PIECE_WITHIN: Duration = Duration::from_secs(6);
/// A question to the world is given up after this.
const ASK_WITHIN: Duration = Duration::from_secs(12);
/// A durable call is called unknown after this; it is looked up from then on.
const COMMIT_WITHIN: Duration = Duration::from_secs(20);
/// A remote server that has not named its tools after this has none.
const REMOTE_LIST_WITHIN: Duration = Duration::from_secs(10);
/// A remote tool that has not answered after this is not waited for.
const REMOTE_CALL_WITHIN: Duration = Duration::from_secs(30);
/// Pieces of one clause in flight between voice and session.
const PIECES_MAX: usize = 16;
/// Said where there are no rewards.
const NOTHING_EARNED: &str = "Bookings earn nothing here.";
/// Wei of a hundredth of a token.
const WEI_OF_A_HUNDREDTH: U256 = U256::from_limbs([10_000_000_000_000_000, 0, 0, 0]);
/// Attempts to look up an unknown outcome before it is left to the next start.
const LOOKUPS_MAX: u32 = 8;

/// Everything a session asks of the world.
#[derive(Clone)]
pub struct Ports {
    /// Recognises speech.
    pub stt: Arc<dyn SpeechToText>,
    /// Speaks.
    pub tts: Arc<dyn TextToSpeech>,
    /// Scores pauses.
    pub turn: Arc<dyn TurnDetector>,
    /// Answers tools.
    pub travel: Arc<dyn Travel>,
    /// Asks tool servers elsewhere.
    pub remote: Arc<dyn RemoteTools>,
    /// What bookings earn, where they earn anything.
    pub rewards: Option<Arc<dyn Rewards>>,
    /// Remembers durable effects.
    pub outbox: Arc<Outbox>,
}

impl std::fmt::Debug for Ports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ports")
    }
}

/// Runs an interruptible effect and sends what it answers; sends nothing once it is cancelled.
pub async fn run(
    ports: Ports,
    session: u64,
    id: EffectId,
    effect: Interruptible,
    cancel: CancellationToken,
    answers: mpsc::Sender<Box<Input>>,
) {
    let work = async {
        let outcome = match effect {
            Interruptible::Hear { audio, hearing, language, prompt } => {
                let deadline = if hearing == Hearing::Partial { PARTIAL_WITHIN } else { DECODE_WITHIN };
                let cancel = cancel.clone();
                let job = HearJob { session, audio, hearing, language: Some(language), prompt, deadline, cancel };
                Outcome::Heard(within(deadline, ports.stt.hear(job)).await)
            }
            Interruptible::Score { audio } => {
                Outcome::Scored(within(SCORE_WITHIN, ports.turn.score(audio, cancel.clone())).await)
            }
            Interruptible::Speak { text, voice, speed } => {
                let job = SpeakJob { session, text, voice, speed, cancel: cancel.clone() };
                Outcome::Spoken(speak(&ports, id, job, &answers).await)
            }
            Interruptible::Ask { tool } => Outcome::Answered(ask(&ports, tool).await),
            Interruptible::Account { token } => Outcome::Account(Box::new(account(&ports, token).await)),
            Interruptible::Follow { account } => {
                follow(&ports, id, account, &answers).await;
                return;
            }
            Interruptible::Remote { server, ask } => Outcome::Remote(remote(&ports, server, ask).await),
        };
        send(&answers, id, outcome).await;
    };
    tokio::select! {
        biased;
        () = cancel.cancelled() => {}
        () = work => {}
    }
}

/// Runs a durable effect to its end, through the outbox; the session may be long gone.
pub async fn commit(ports: Ports, session: String, id: EffectId, effect: Durable, answers: mpsc::Sender<Box<Input>>) {
    let Some(key) = effect.tool.durable().cloned() else {
        return send(&answers, id, Outcome::Answered(Ok(ToolResult::Failed))).await;
    };
    if let Err(error) = ports.outbox.insert(&key, &session, &effect.tool).await {
        tracing::error!(error = %error, "a durable effect could not be written down; it was not tried");
        return send(&answers, id, Outcome::Answered(Ok(ToolResult::Failed))).await;
    }
    let answer = within(COMMIT_WITHIN, ports.travel.call(effect.tool.clone())).await;
    let result = match answer {
        Ok(result) => result,
        Err(Failure::Refused { say }) => ToolResult::Refused { say },
        Err(error @ (Failure::Retry { .. } | Failure::Broken { .. })) => {
            tracing::warn!(error = %error, "the outcome of a durable effect is unknown; looking it up");
            send(&answers, id, Outcome::Answered(Err(error))).await;
            ports.outbox.unknown(&key).await;
            match look_up(&ports, &effect.tool).await {
                Some(result) => result,
                None => return,
            }
        }
    };
    ports.outbox.finish(&key, &result).await;
    if let Some(rewards) = &ports.rewards {
        rewards.look();
    }
    send(&answers, id, Outcome::Answered(Ok(result))).await;
}

/// Asks until the outcome of a durable call is known; `None` when it stays unknown and is left to the next start.
async fn look_up(ports: &Ports, tool: &ToolCall) -> Option<ToolResult> {
    let key = tool.durable()?.clone();
    let mut pause = Duration::from_millis(500);
    for _ in 0..LOOKUPS_MAX {
        tokio::time::sleep(pause).await;
        match within(COMMIT_WITHIN, ports.travel.outcome(key.clone())).await {
            Ok(Some(result)) => return Some(result),
            // It certainly never arrived.
            Ok(None) => return Some(ToolResult::Failed),
            Err(Failure::Refused { say }) => return Some(ToolResult::Refused { say }),
            Err(Failure::Retry { after }) => pause = after.max(pause),
            Err(Failure::Broken { .. }) => pause = (pause * 2).min(Duration::from_secs(30)),
        }
    }
    None
}

/// Does a durable act once; `None` when its outcome is unknown.
pub(crate) async fn once(ports: &Ports, tool: &ToolCall) -> Option<ToolResult> {
    match within(COMMIT_WITHIN, ports.travel.call(tool.clone())).await {
        Ok(result) => Some(result),
        Err(Failure::Refused { say }) => Some(ToolResult::Refused { say }),
        Err(Failure::Retry { .. } | Failure::Broken { .. }) => None,
    }
}

async fn ask(ports: &Ports, tool: ToolCall) -> Result<ToolResult, Failure> {
    if let ToolCall::Rewards { account, ask } = tool {
        let standing = match (&ports.rewards, account) {
            (Some(rewards), Some(account)) => Some(said(&within(ASK_WITHIN, rewards.standing(account)).await?)),
            (Some(_), None) => None,
            (None, _) => return Err(Failure::Refused { say: NOTHING_EARNED.to_owned() }),
        };
        return Ok(ToolResult::Rewards { ask, standing });
    }
    match within(ASK_WITHIN, ports.travel.call(tool.clone())).await {
        Err(Failure::Retry { after }) if after <= ASK_WITHIN => {
            tokio::time::sleep(after).await;
            within(ASK_WITHIN, ports.travel.call(tool)).await
        }
        other => other,
    }
}

/// How an account stands, for speech.
fn said(standing: &Standing) -> RewardsStanding {
    let Standing { balance, pending, owing, staked, level, code, last, .. } = standing;
    let tokens = |wei: &Wei| Tokens(u64::try_from(wei.0 / WEI_OF_A_HUNDREDTH).unwrap_or(u64::MAX));
    let last = last.as_ref().and_then(|earning| {
        let state = match earning.stage {
            Stage::Nothing => RewardState::Nothing,
            Stage::Earned | Stage::Issued | Stage::Claimed => RewardState::Coming,
            Stage::Paid | Stage::Settled => RewardState::Paid,
            Stage::Reversing | Stage::Reversed => RewardState::TakenBack,
            Stage::Owing => RewardState::Owed,
        };
        let minor = i64::try_from(earning.commission_minor).unwrap_or(i64::MAX);
        Some(Reward {
            reference: earning.reference.clone(),
            tokens: tokens(&earning.wei),
            commission: Money { minor, currency: Code3::parse(&earning.currency)? },
            percent: u8::try_from(earning.share_bps / 100).unwrap_or(100),
            state,
        })
    });
    RewardsStanding {
        balance: tokens(balance),
        coming: tokens(pending),
        owed: tokens(owing),
        staked: tokens(staked),
        tier: *level,
        code: code.clone(),
        last,
    }
}

async fn account(ports: &Ports, token: Secret) -> Result<Standing, Failure> {
    match &ports.rewards {
        Some(rewards) => within(ASK_WITHIN, rewards.account(token)).await,
        None => Err(Failure::Refused { say: NOTHING_EARNED.to_owned() }),
    }
}

/// Tells what is new in an account, for as long as it is wanted.
async fn follow(ports: &Ports, id: EffectId, account: String, answers: &mpsc::Sender<Box<Input>>) {
    let Some(rewards) = &ports.rewards else { return };
    let mut news = rewards.news(account);
    while let Some(one) = news.next().await {
        send(answers, id, Outcome::News(Box::new(one))).await;
    }
}

async fn remote(ports: &Ports, server: RemoteServer, ask: RemoteAsk) -> Result<RemoteAnswer, Failure> {
    match ask {
        RemoteAsk::Tools => within(REMOTE_LIST_WITHIN, ports.remote.list(server)).await.map(RemoteAnswer::Tools),
        RemoteAsk::Call { tool, arguments } => {
            let (output, failed) = within(REMOTE_CALL_WITHIN, ports.remote.run(server, tool, arguments)).await?;
            Ok(RemoteAnswer::Called { output, failed })
        }
    }
}

async fn speak(ports: &Ports, id: EffectId, job: SpeakJob, answers: &mpsc::Sender<Box<Input>>) -> Result<(), Failure> {
    let (pieces, mut made) = mpsc::channel(PIECES_MAX);
    let speaking = ports.tts.speak(job, pieces);
    let forwarding = async {
        while let Some(piece) = within(PIECE_WITHIN, async { Ok(made.recv().await) }).await? {
            send(answers, id, Outcome::Piece(piece)).await;
        }
        Ok(())
    };
    let (spoken, forwarded) = tokio::join!(speaking, forwarding);
    spoken.and(forwarded)
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::time::timeout(limit, work)
        .await
        .unwrap_or_else(|_| Err(Failure::Broken { why: format!("no answer within {limit:?}") }))
}

async fn send(answers: &mpsc::Sender<Box<Input>>, id: EffectId, outcome: Outcome) {
    // The session may be over: its answers have nowhere to go then, and the outbox keeps what must not be lost.
    let _ = answers.send(Box::new(Input::Effect { id, outcome })).await;
}
