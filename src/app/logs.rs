//! Logs and metrics of the process.
use crate::kernel::config::{ConfigError, Log};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;
use tracing_subscriber::EnvFilter;

/// Starts logging as configured. A second call does nothing.
///
/// # Errors
/// A filter nobody can read: running on without the logs an operator asked for would help nobody.
pub fn start(log: &Log) -> Result<(), ConfigError> {
    let filter = EnvFilter::try_new(&log.filter)
        .map_err(|error| ConfigError(format!("log.filter cannot be read: {error} (for example: info,sqlx=warn)")))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // An error means that logging runs already, which is what we want.
    let _ = if log.format == "text" {
        builder.with_target(false).try_init()
    } else {
        builder.json().flatten_event(true).try_init()
    };
    Ok(())
}

/// The recorder behind `/metrics`; one per process.
pub fn metrics() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            PrometheusBuilder::new().install_recorder().expect("the process installs its only metrics recorder here")
        })
        .clone()
}
