//! Notifiers carry messages to people: one trait, one folder per way.
use async_trait::async_trait;
use std::time::Duration;

/// A message ready to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Our id of the message: becomes the Message-ID, so that a repeated delivery is recognised.
    pub id: String,
    /// Address of the reader.
    pub to: String,
    /// Name of the reader.
    pub to_name: String,
    /// Subject line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML.
    pub html: String,
}

/// Why a message did not go.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// Try again later.
    #[error("deferred: {message}")]
    Deferred {
        /// When to try again.
        retry_after: Option<Duration>,
        /// Why.
        message: String,
    },
    /// This reader cannot be reached: do not try again.
    #[error("refused: {0}")]
    Refused(String),
}

/// A way to reach people.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Carries one message.
    async fn deliver(&self, letter: &Letter) -> Result<(), DeliveryError>;
    /// Tests the way without sending anything.
    async fn check(&self) -> Result<(), DeliveryError>;
}
