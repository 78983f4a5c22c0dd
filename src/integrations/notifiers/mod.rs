//! Notifiers carry messages to people: one trait, one folder per way.
use super::sim::Simulator;
use crate::kernel::config::{ConfigError, Mail};
use async_trait::async_trait;
use std::{sync::Arc, time::Duration};

mod mime;
mod sink;
mod smtp;

/// The way mail goes, as the configuration says; `None`: none is configured, and mail waits.
///
/// # Errors
/// One sentence where `mail.url` or the sender's address cannot be used.
pub fn from_config(mail: &Mail) -> Result<Option<Arc<dyn Notifier>>, ConfigError> {
    let Some(url) = &mail.url else { return Ok(None) };
    let notifier = smtp::Smtp::new(url, &mail.from, &mail.from_name)?;
    Ok(Some(Arc::new(notifier)))
}

/// A mail server on loopback that keeps what it is given: for the demo and for tests. The setting `url` of the running
/// simulator goes into `mail.url`; the act `mails` with `{"to": address}` gives what arrived there, newest first.
pub fn simulator() -> Box<dyn Simulator> {
    Box::new(sink::MailSink)
}

/// The addresses of the web in the text of a mail, in order.
pub fn links_of(text: &str) -> Vec<String> {
    let words = text.split_whitespace().filter(|word| word.starts_with("http://") || word.starts_with("https://"));
    words.map(|word| word.trim_end_matches(['.', ',', ';', ')', '>']).to_owned()).collect()
}

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
    /// The file that goes with it.
    pub attachment: Option<Enclosure>,
}

/// A file that goes with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enclosure {
    /// Its name.
    pub name: String,
    /// Media type.
    pub content_type: String,
    /// Its content.
    pub body: Vec<u8>,
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
