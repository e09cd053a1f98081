//! Installs logs, metrics and traces, once, for the whole process. It measures nothing itself.

use crate::config::{LogFormat, Telemetry};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::io::IsTerminal as _;
use std::time::Duration;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

/// Stage times of a turn, in seconds: fine around the third of a second that is promised.
const STAGE_BUCKETS: [f64; 14] = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.65, 0.8, 1.2, 2.5];
/// Bounds of what is told of how late sessions are woken, in seconds: a frame is 0.02.
const LATE_BUCKETS: [f64; 8] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.04, 0.1, 0.5];

/// What is measured is gathered this often: until then each value takes memory of its own.
const GATHERED_EVERY: Duration = Duration::from_secs(5);

/// Gathers what is measured, for as long as it runs, whether or not anybody reads the metrics.
pub async fn gather(metrics: PrometheusHandle) {
    loop {
        tokio::time::sleep(GATHERED_EVERY).await;
        metrics.run_upkeep();
    }
}

/// What must live as long as the process, and be closed at its end.
#[derive(Debug)]
pub struct Installed {
    /// Renders `/metrics`.
    pub metrics: PrometheusHandle,
    traces: Option<SdkTracerProvider>,
}

impl Installed {
    /// Sends what is still held.
    pub fn close(self) {
        if let Some(traces) = self.traces
            && let Err(error) = traces.shutdown()
        {
            tracing::warn!(error = %error, "the last traces could not be sent");
        }
    }
}

/// Installs everything; fails with a sentence.
///
/// # Errors
/// When a log filter, the metrics recorder or the trace exporter cannot be set up.
pub fn install(config: &Telemetry) -> Result<Installed, String> {
    let filter = EnvFilter::try_new(&config.log).map_err(|error| error.to_string())?;
    let lines = match config.format {
        LogFormat::Text => tracing_subscriber::fmt::layer()
            .with_writer(std::io::stderr)
            // A file or a collector wants words, not colours.
            .with_ansi(std::io::stderr().is_terminal())
            .compact()
            .boxed(),
        LogFormat::Json => tracing_subscriber::fmt::layer().with_writer(std::io::stderr).json().boxed(),
    };
    let traces = config.otlp.as_deref().map(exporter).transpose()?;
    let spans = traces.as_ref().map(|provider| tracing_opentelemetry::layer().with_tracer(provider.tracer("voxfare")));
    tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .with(spans)
        .try_init()
        .map_err(|error| error.to_string())?;
    let metrics = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full("voxfare_turn_stage_seconds".to_owned()), &STAGE_BUCKETS)
        .map_err(|error| error.to_string())?
        .set_buckets_for_metric(Matcher::Full("voxfare_wake_late_seconds".to_owned()), &LATE_BUCKETS)
        .map_err(|error| error.to_string())?
        .install_recorder()
        .map_err(|error| error.to_string())?;
    Ok(Installed { metrics, traces })
}

fn exporter(endpoint: &str) -> Result<SdkTracerProvider, String> {
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_endpoint(endpoint)
        .build()
        .map_err(|error| format!("`telemetry.otlp`: {error}"))?;
    let resource = opentelemetry_sdk::Resource::builder().with_service_name("voxfare").build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}
