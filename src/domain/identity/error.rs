//! What can go wrong with people who sign in.
use crate::kernel::fault::{self, Fault, FieldFault, Kind};
use sea_orm::DbErr;

/// What can go wrong with people who sign in.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Address, password or code is wrong, or the person may not sign in; never says which.
    #[error("wrong address, password or code")]
    InvalidCredentials,
    /// Address and password are right; a code of the second factor is needed.
    #[error("a code of the second factor is needed")]
    OtpRequired,
    /// Too many failed tries.
    #[error("too many failed tries")]
    TooManyAttempts {
        /// Seconds to wait.
        retry_after: u64,
    },
    /// The token is wrong, ended or was used before.
    #[error("the token is not valid")]
    InvalidToken,
    /// The one-time link is wrong, too old or was used before.
    #[error("the link is not valid")]
    LinkInvalid,
    /// Fresh proof of identity is needed.
    #[error("fresh proof of identity is needed")]
    StepUpRequired,
    /// Staff come in with a second factor only, and this person has none yet.
    #[error("staff need a second factor")]
    SecondFactorRequired,
    /// The last administrator would be gone.
    #[error("somebody has to stay administrator")]
    LastAdmin,
    /// The address is not proven yet.
    #[error("the address is not verified")]
    EmailNotVerified,
    /// The second factor is on already.
    #[error("the second factor is on already")]
    TotpActive,
    /// An admin is to be made for an address that has an account.
    #[error("the address has an account already")]
    EmailTaken,
    /// Wrong input.
    #[error("the input is not valid")]
    Invalid(Vec<FieldFault>),
    /// Missing.
    #[error("not found")]
    NotFound,
    /// The database.
    #[error(transparent)]
    Database(#[from] DbErr),
    /// Our own mistake.
    #[error("{0}")]
    Internal(String),
}

impl Fault for IdentityError {
    fn kind(&self) -> Kind {
        match self {
            Self::InvalidCredentials | Self::OtpRequired | Self::InvalidToken => Kind::Unauthenticated,
            Self::TooManyAttempts { retry_after } => Kind::TooMany { retry_after: *retry_after },
            Self::StepUpRequired | Self::SecondFactorRequired | Self::EmailNotVerified => Kind::Forbidden,
            Self::LinkInvalid | Self::Invalid(_) => Kind::Invalid,
            Self::TotpActive | Self::EmailTaken | Self::LastAdmin => Kind::Conflict,
            Self::NotFound => Kind::NotFound,
            Self::Database(error) => fault::database_kind(error),
            Self::Internal(_) => Kind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::InvalidCredentials => "INVALID_CREDENTIALS",
            Self::OtpRequired => "OTP_REQUIRED",
            Self::TooManyAttempts { .. } => "TOO_MANY_ATTEMPTS",
            Self::InvalidToken => "INVALID_TOKEN",
            Self::LinkInvalid => "LINK_INVALID",
            Self::StepUpRequired => "STEP_UP_REQUIRED",
            Self::SecondFactorRequired => "SECOND_FACTOR_REQUIRED",
            Self::LastAdmin => "LAST_ADMIN",
            Self::EmailNotVerified => "EMAIL_NOT_VERIFIED",
            Self::TotpActive => "TOTP_ACTIVE",
            Self::EmailTaken => "EMAIL_TAKEN",
            Self::Invalid(_) => "VALIDATION_FAILED",
            Self::NotFound => "NOT_FOUND",
            Self::Database(error) => fault::database_code(error),
            Self::Internal(_) => "INTERNAL",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::TooManyAttempts { retry_after } => vec![("minutes", retry_after.div_ceil(60).to_string())],
            _ => Vec::new(),
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::Invalid(fields) => fields.clone(),
            _ => Vec::new(),
        }
    }
}
