//! Mail over SMTP (RFC 5321) with lettre: STARTTLS (`smtp://…?tls=required`), TLS (`smtps://`) or none (`smtp://`).
//! Every mail has text and HTML and a Message-ID made from our id, so that one delivered twice is recognised.
//!
//! Limits: ten seconds per connection and command, four connections. A refusal (5xx) is final for the mail, but not
//! one that concerns us instead of the reader (authentication, TLS: 530, 534, 535, 538 of RFC 4954 and RFC 3207).
use super::{DeliveryError, Letter, Notifier};
use crate::kernel::config::ConfigError;
use async_trait::async_trait;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Attachment, Mailbox, MultiPart, header::ContentType},
    transport::smtp::{Error, PoolConfig},
};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(10);
/// Answers that say something is wrong with us, not with the reader.
const OUR_TROUBLE: [u16; 4] = [530, 534, 535, 538];

pub(super) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    pub(super) fn new(url: &SecretString, from: &str, from_name: &str) -> Result<Self, ConfigError> {
        // The library's message could repeat the address with its password.
        let wrong = |_| ConfigError("mail.url is not an SMTP address (smtp://… or smtps://…)".to_owned());
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret())
            .map_err(wrong)?
            .timeout(Some(TIMEOUT))
            .pool_config(PoolConfig::new().max_size(4).idle_timeout(Duration::from_secs(30)))
            .build();
        let address = from.parse().map_err(|_| ConfigError("mail.from is not a mail address".to_owned()))?;
        Ok(Self { transport, from: Mailbox::new(Some(from_name.to_owned()), address) })
    }

    fn compose(&self, letter: &Letter) -> Result<Message, DeliveryError> {
        let refused = |error: &dyn std::fmt::Display| DeliveryError::Refused(error.to_string());
        let address = letter.to.parse().map_err(|error| refused(&error))?;
        let to = Mailbox::new((!letter.to_name.is_empty()).then(|| letter.to_name.clone()), address);
        let words = MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone());
        let content = match &letter.attachment {
            None => words,
            Some(file) => {
                let kind = ContentType::parse(&file.content_type).map_err(|error| refused(&error))?;
                let file = Attachment::new(file.name.clone()).body(file.body.clone(), kind);
                MultiPart::mixed().multipart(words).singlepart(file)
            }
        };
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(&letter.subject)
            .message_id(Some(format!("<{}@{}>", letter.id, self.from.email.domain())))
            .multipart(content)
            .map_err(|error| refused(&error))
    }
}

#[async_trait]
impl Notifier for Smtp {
    async fn deliver(&self, letter: &Letter) -> Result<(), DeliveryError> {
        let message = self.compose(letter)?;
        self.transport.send(message).await.map(drop).map_err(|error| meaning_of(&error))
    }

    async fn check(&self) -> Result<(), DeliveryError> {
        match self.transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(deferred("the mail server does not answer as it should")),
            Err(error) => Err(deferred(error)),
        }
    }
}

fn deferred(why: impl std::fmt::Display) -> DeliveryError {
    DeliveryError::Deferred { retry_after: None, message: why.to_string() }
}

fn meaning_of(error: &Error) -> DeliveryError {
    let concerns_us = error.status().is_some_and(|code| OUR_TROUBLE.contains(&code.into()));
    if error.is_permanent() && !concerns_us { DeliveryError::Refused(error.to_string()) } else { deferred(error) }
}

#[cfg(test)]
mod tests;
