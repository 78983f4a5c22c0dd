//! What all families of adapters share: the three meanings of an error, and settings that describe themselves.
use crate::kernel::said::Said;
use std::time::Duration;

/// How a call to an outside system went wrong. The distinction is what keeps money safe.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutsideError {
    /// Their answer is no. Nothing happened; asking again gives the same answer. A person has to know.
    #[error("refused ({code}): {message}")]
    Rejected {
        /// Stable word for programs, for example `quota_exceeded`.
        code: String,
        /// A sentence for staff; never contains secrets.
        message: String,
    },
    /// Nothing happened; ask again later.
    #[error("not available: {message}")]
    Unavailable {
        /// When they want to be asked again.
        retry_after: Option<Duration>,
        /// A sentence for staff.
        message: String,
    },
    /// We do not know whether it happened: inquire before any retry.
    #[error("outcome unknown: {message}")]
    Unknown {
        /// A sentence for staff.
        message: String,
    },
}

impl OutsideError {
    /// Their answer is no.
    pub fn rejected(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Rejected { code: code.into(), message: message.into() }
    }

    /// Nothing happened.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::Unavailable { retry_after: None, message: message.into() }
    }

    /// It may or may not have happened.
    pub fn unknown(message: impl Into<String>) -> Self {
        Self::Unknown { message: message.into() }
    }

    /// The sentence for staff.
    pub fn message(&self) -> &str {
        match self {
            Self::Rejected { message, .. } | Self::Unavailable { message, .. } | Self::Unknown { message } => message,
        }
    }
}

/// Whether a set of settings works, as a connection test found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// What works, a sentence each.
    pub facts: Vec<Said>,
    /// What works with reservations, a sentence each.
    pub warnings: Vec<Said>,
}

/// How a setting is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingKind {
    /// A line of text.
    Text,
    /// Several lines of text.
    LongText,
    /// Never shown again once saved.
    Secret,
    /// Yes or no.
    Switch,
    /// A whole number.
    Number,
}

/// One setting of an adapter; WHM builds its form from these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettingField {
    /// Key in the stored settings.
    pub name: &'static str,
    /// How it is entered.
    pub kind: SettingKind,
    /// Whether it must be given.
    pub required: bool,
    /// Words of the label: a key of the translations.
    pub label_key: &'static str,
    /// Words of the help text: a key of the translations.
    pub help_key: &'static str,
}
