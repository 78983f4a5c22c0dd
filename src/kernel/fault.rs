//! One shape for everything that can go wrong, so that one mapper can turn it into an answer.
use std::borrow::Cow;

/// What kind of trouble: decides the HTTP status and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The input is wrong: 422.
    Invalid,
    /// The request cannot be read: 400.
    Malformed,
    /// Nobody is signed in: 401.
    Unauthenticated,
    /// Not allowed: 403.
    Forbidden,
    /// Missing, or somebody else's: 404.
    NotFound,
    /// The path does not know the method: 405.
    MethodNotAllowed,
    /// Does not fit the present state: 409.
    Conflict,
    /// Too large: 413.
    TooLarge,
    /// Written in a way that is not read here: 415.
    WrongType,
    /// Too many: 429.
    TooMany {
        /// Seconds to wait.
        retry_after: u64,
    },
    /// An outside system does not answer as it should: 502.
    Upstream,
    /// For the moment not possible: 503.
    Unavailable {
        /// Seconds to wait.
        retry_after: u64,
    },
    /// Our own mistake: 500.
    Internal,
}

/// What is wrong with one field of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFault {
    /// Name of the field as the caller wrote it: `items[0].plan`.
    pub field: String,
    /// Stable word: `required`, `too_long`, `unknown`, …
    pub code: Cow<'static, str>,
    /// Values for the sentence, by name.
    pub args: Vec<(&'static str, String)>,
}

impl FieldFault {
    /// Something is wrong with `field`.
    pub fn new(field: impl Into<String>, code: impl Into<Cow<'static, str>>) -> Self {
        Self { field: field.into(), code: code.into(), args: Vec::new() }
    }

    /// What the check of a text found wrong with `field`.
    pub fn of(field: impl Into<String>, wrong: entity::value::contact::Wrong) -> Self {
        let fault = Self::new(field, wrong.code);
        match wrong.max {
            Some(max) => fault.with("max", max),
            None => fault,
        }
    }

    /// With a value for the sentence.
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.push((name, value.to_string()));
        self
    }
}

/// An error that knows how to be told. The sentence for people is the translation `error-<code in lower-kebab>`, with
/// `args`; it says what happened, whether money moved and what to do.
pub trait Fault: std::error::Error + Send + Sync + 'static {
    /// What kind of trouble.
    fn kind(&self) -> Kind;

    /// Stable UPPER_SNAKE word for programs, listed in docs/API.md.
    fn code(&self) -> &'static str;

    /// Values for the sentence, by name.
    fn args(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// What is wrong with which field.
    fn fields(&self) -> Vec<FieldFault> {
        Vec::new()
    }

    /// Further members of the problem document, for example `{"shortfall": 5000}`.
    fn extra(&self) -> serde_json::Map<String, serde_json::Value> {
        serde_json::Map::new()
    }
}

/// The database did not do as told. `DbErr` is foreign, so that it wears this coat; a database that is gone, locked,
/// full or busy is `Unavailable`, everything else is our own mistake.
pub fn database_kind(error: &sea_orm::DbErr) -> Kind {
    use sea_orm::{DbErr, RuntimeErr};
    match error {
        DbErr::RecordNotFound(_) => Kind::NotFound,
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Kind::Unavailable { retry_after: 2 },
        DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) if will_pass(cause) => {
            Kind::Unavailable { retry_after: 2 }
        }
        _ => Kind::Internal,
    }
}

/// Whether the trouble lies with the database's state and not with what it was asked.
fn will_pass(error: &sea_orm::sqlx::Error) -> bool {
    use sea_orm::sqlx::Error;
    match error {
        Error::Io(_)
        | Error::Tls(_)
        | Error::Protocol(_)
        | Error::PoolTimedOut
        | Error::PoolClosed
        | Error::WorkerCrashed
        | Error::BeginFailed => true,
        Error::Database(told) => told.code().is_some_and(|code| is_passing_code(&code)),
        _ => false,
    }
}

/// SQLSTATE classes and codes of PostgreSQL: lost line, no resources, going down or coming up, statement timeout, lock
/// timeout, read-only standby, deadlock, system error; result codes of SQLite: busy, locked, read-only, input/output,
/// full, cannot open.
fn is_passing_code(code: &str) -> bool {
    if code.len() == 5 {
        let classes = ["08", "53", "57P", "58"];
        return classes.iter().any(|class| code.starts_with(class))
            || ["57014", "55P03", "25006", "40001", "40P01"].contains(&code);
    }
    code.parse::<u32>().is_ok_and(|code| [5, 6, 8, 10, 13, 14].contains(&(code & 0xff)))
}

/// The code that goes with `database_kind`.
pub fn database_code(error: &sea_orm::DbErr) -> &'static str {
    match database_kind(error) {
        Kind::NotFound => "NOT_FOUND",
        Kind::Unavailable { .. } => "DATABASE_UNAVAILABLE",
        _ => "INTERNAL",
    }
}

/// Faults every context shares.
#[derive(Debug, thiserror::Error)]
pub enum CommonFault {
    /// Missing, or somebody else's.
    #[error("not found")]
    NotFound,
    /// Wrong input.
    #[error("the input is not valid")]
    Invalid(Vec<FieldFault>),
    /// Does not fit the present state.
    #[error("not possible in the present state ({0})")]
    InvalidState(&'static str),
    /// Not allowed.
    #[error("not allowed")]
    Forbidden,
    /// The database.
    #[error(transparent)]
    Database(#[from] sea_orm::DbErr),
    /// Our own mistake.
    #[error("{0}")]
    Internal(String),
}

impl Fault for CommonFault {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound => Kind::NotFound,
            Self::Invalid(_) => Kind::Invalid,
            Self::InvalidState(_) => Kind::Conflict,
            Self::Forbidden => Kind::Forbidden,
            Self::Database(error) => database_kind(error),
            Self::Internal(_) => Kind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "NOT_FOUND",
            Self::Invalid(_) => "VALIDATION_FAILED",
            Self::InvalidState(_) => "INVALID_STATE",
            Self::Forbidden => "FORBIDDEN",
            Self::Database(error) => database_code(error),
            Self::Internal(_) => "INTERNAL",
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::Invalid(fields) => fields.clone(),
            _ => Vec::new(),
        }
    }
}

/// The house is being worked on: reading goes on and notifications of gateways are stored, everything else waits.
#[derive(Debug, thiserror::Error)]
#[error("Yumna is in maintenance mode: reading works, changes are possible again shortly")]
pub struct Maintenance;

impl Fault for Maintenance {
    fn kind(&self) -> Kind {
        Kind::Unavailable { retry_after: 60 }
    }

    fn code(&self) -> &'static str {
        "MAINTENANCE"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_database_says_of_its_own_state_will_pass() {
        for code in ["08006", "53300", "57P01", "57P03", "57014", "40P01", "25006", "5", "517", "6410", "13"] {
            assert!(is_passing_code(code), "{code}");
        }
        for code in ["23505", "42P01", "22003", "1", "19", "2067"] {
            assert!(!is_passing_code(code), "{code}");
        }
    }
}
