//! `voxfare serve` and `voxfare check`: puts the parts together, runs them, and takes them down in order. It handles no call itself.

use crate::config::{Config, Environment};
use crate::net::http::{self, Shared};
use crate::net::limits::Limits;
use crate::net::telephony::Telephony;
use crate::net::webrtc::WebRtcServer;
use crate::providers;
use crate::session::load;
use crate::session::registry::Registry;
use crate::telemetry;
use anyhow::Context as _;
// A small event waits for no other: without it one that follows another is held until the peer has confirmed the first.
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Serves until it is asked to stop, then drains.
///
/// # Errors
/// When a part cannot be set up; the message says which and what to do.
pub async fn run(config: Config, environment: &dyn Environment) -> anyhow::Result<()> {
    let installed = telemetry::install(&config.telemetry).map_err(anyhow::Error::msg)?;
    let store = providers::store(&config, environment).await?;
    let at = config.server.listen;
    let failed = || format!("`server.listen` = {at} cannot be used");
    let listener = std::net::TcpListener::bind(at).with_context(failed)?;
    listener.set_nonblocking(true).with_context(failed)?;
    let address = listener.local_addr().with_context(failed)?;
    let rewards = providers::rewards(&config, environment, &store, &page(&config, address)).await?;
    if rewards.is_some() && config.wallet.origin.is_none() && !address.ip().is_loopback() {
        tracing::warn!(
            "`wallet.origin` is not set: wallets are asked to sign for this machine's own page, and not for the one that travellers see"
        );
    }
    let mut ports = providers::build(&config, environment, &store)?;
    ports.rewards = rewards.as_ref().map(|rewards| Arc::new(rewards.wallet.clone()) as _);
    ports.outbox.recover(&ports).await;
    let make = providers::machines(&config, environment)?;
    let registry = Registry::new(config.registry(), ports, make);
    let webrtc = WebRtcServer::bind(crate::net::webrtc::Config {
        listen: config.webrtc.listen,
        public_addresses: config.webrtc.public_addresses.clone(),
        tcp: config.webrtc.tcp,
        calls_max: config.session.sessions_max * 2,
    })
    .with_context(|| format!("`webrtc.listen` = {} cannot be used", config.webrtc.listen))?;
    let media = SocketAddr::new(config.webrtc.listen.ip(), webrtc.port());
    let shared = Shared {
        registry: registry.clone(),
        webrtc: webrtc.clone(),
        metrics: installed.metrics.clone(),
        allow_origins: config.server.allow_origins.clone().into(),
        metrics_public: config.telemetry.metrics_public,
        access: store.access(),
        open: config.is_open(),
        telephony: Arc::new(Telephony::new(config.telephony())),
        incoming: incoming(&config)?,
        wallet: rewards.as_ref().map(|rewards| rewards.wallet.clone()),
        chain: rewards.as_ref().and_then(|rewards| rewards.rpc.clone()),
        limits: Arc::new(Limits::new(config.limits())),
    };
    let gathering = tokio::spawn(telemetry::gather(installed.metrics.clone()));
    let watching = tokio::spawn(load::watch(registry.clone()));
    let handle = axum_server::Handle::new();
    let serving = tokio::spawn(listen(config.clone(), environment.get("HOME"), shared, listener, handle.clone()));
    if handle.listening().await.is_none() {
        serving.await??;
        anyhow::bail!("`server.listen` = {at} cannot be used");
    }
    announce(&config, address, media);
    stop_asked().await;
    let within = Duration::from_secs(config.server.drain_s);
    tracing::info!(sessions = registry.count(), within_s = within.as_secs(), "stopping: no new calls");
    let left = tokio::select! {
        left = registry.drain(within) => left,
        () = stop_asked() => registry.count(),
    };
    webrtc.close().await;
    handle.graceful_shutdown(Some(Duration::from_secs(2)));
    serving.await??;
    if let Some(rewards) = rewards {
        rewards.wallet.close().await;
    }
    gathering.abort();
    watching.abort();
    tracing::info!(sessions_cut = left, "stopped");
    installed.close();
    Ok(())
}

/// Tells whoever takes telephone calls of one that waits.
fn incoming(config: &Config) -> anyhow::Result<Option<http::Incoming>> {
    let Some(secret) = config.webhook_secret().filter(|_| config.telephony().asks) else { return Ok(None) };
    let webhook = providers::webhook::Webhook::new(config.telephony.webhook_url.clone(), &secret)?;
    Ok(Some(Arc::new(move |id, at_s, body| {
        let webhook = webhook.clone();
        Box::pin(async move { webhook.tell(&id, at_s, body).await })
    })))
}

/// Says what the configuration comes to, and checks all that can be checked without serving.
///
/// # Errors
/// When a model file is missing or a part cannot be set up.
pub fn check(config: &Config, environment: &dyn Environment, out: &mut dyn Write) -> anyhow::Result<()> {
    let scheme = if config.https() { "https" } else { "http" };
    writeln!(out, "page          {scheme}://{}", config.server.listen)?;
    writeln!(out, "media         udp{} {}", if config.webrtc.tcp { "+tcp" } else { "" }, config.webrtc.listen)?;
    writeln!(out, "access        {}", if config.is_open() { "anybody" } else { "who has a key" })?;
    writeln!(out, "telephone     {}", telephone(config))?;
    writeln!(out, "voice         {}", config.tts.voice)?;
    writeln!(out, "language      {}", config.stt.language)?;
    writeln!(out, "models        {}", config.models_folder(environment).display())?;
    writeln!(out, "store         {}", crate::store::redacted(&config.store_url(environment)))?;
    writeln!(out, "rewards       {}", if config.wallet.enabled { "paid" } else { "none" })?;
    writeln!(out, "conversations {} at once", config.session.sessions_max)?;
    providers::check(config, environment)?;
    writeln!(out, "The configuration is right.")?;
    Ok(())
}

/// Which carriers are let in.
fn telephone(config: &Config) -> &'static str {
    match (config.telephony.twilio_auth_tokens.is_empty(), config.telephony.telnyx_public_keys.is_empty()) {
        (true, true) => "no carrier",
        (false, true) => "Twilio",
        (true, false) => "Telnyx",
        (false, false) => "Twilio and Telnyx",
    }
}

async fn listen(
    config: Config,
    home: Option<String>,
    shared: Shared,
    listener: std::net::TcpListener,
    handle: axum_server::Handle<SocketAddr>,
) -> anyhow::Result<()> {
    let service = http::routes(shared).into_make_service_with_connect_info::<SocketAddr>();
    let at = config.server.listen;
    let door = http::door::Door::new(config.session.sessions_max);
    let failed = || format!("`server.listen` = {at} cannot be used");
    if !config.https() {
        return http::door::patience(axum_server::from_tcp(listener).with_context(failed)?)
            .acceptor(door)
            .handle(handle)
            .serve(service)
            .await
            .with_context(failed);
    }
    let tls = match (&config.server.certificate, &config.server.private_key) {
        (Some(certificate), Some(key)) => http::tls::from_files(certificate, key),
        _ => {
            let folder = home.map_or_else(std::env::temp_dir, Into::into).join(".local/share/voxfare");
            let addresses: Vec<IpAddr> = config.webrtc.public_addresses.iter().copied().chain([at.ip()]).collect();
            http::tls::self_signed(&folder, &addresses)
        }
    }
    .map_err(anyhow::Error::msg)?;
    let tls = RustlsConfig::from_config(tls);
    let tls = RustlsAcceptor::new(tls).acceptor(door);
    http::door::patience(axum_server::from_tcp(listener).with_context(failed)?)
        .acceptor(tls)
        .handle(handle)
        .serve(service)
        .await
        .with_context(failed)
}

/// Where the page is, for who sits at this machine.
fn page(config: &Config, address: SocketAddr) -> String {
    let scheme = if config.https() { "https" } else { "http" };
    if address.ip().is_unspecified() || address.ip().is_loopback() {
        format!("{scheme}://localhost:{}", address.port())
    } else {
        format!("{scheme}://{address}")
    }
}

fn announce(config: &Config, address: SocketAddr, media: SocketAddr) {
    let page = page(config, address);
    tracing::info!(%page, %media, "ready");
    println!("\n  Voxfare is ready: open {page} and speak.\n  Ctrl-C stops it.\n");
}

/// Returns when the process is asked to stop (SIGTERM or Ctrl-C).
async fn stop_asked() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
        match terminate {
            Ok(mut terminate) => tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            },
            Err(_) => {
                let _ = interrupt.await;
            }
        }
    }
    #[cfg(not(unix))]
    let _ = interrupt.await;
}

/// Keeps the compiler honest about what is shared between tasks.
const _: fn() = || {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Arc<crate::session::registry::MakeMachine>>();
};
