//! Background tasks have a name and end with the process.
use std::future::Future;
use tokio::task::JoinHandle;

/// Runs `future` in the background under `name`; a panic is logged, not lost.
#[expect(clippy::disallowed_methods, reason = "the one place that spawns")]
pub fn spawn<F>(name: &'static str, future: F) -> JoinHandle<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(async move {
        let outcome = tokio::spawn(future).await;
        if let Err(error) = outcome
            && error.is_panic()
        {
            tracing::error!(task = name, %error, "A background task panicked");
        }
    })
}
