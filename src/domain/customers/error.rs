//! What can go wrong with customers.
use crate::{
    domain::identity::IdentityError,
    kernel::fault::{self, Fault, FieldFault, Kind},
};
use sea_orm::DbErr;

/// What can go wrong with customers.
#[derive(Debug, thiserror::Error)]
pub enum CustomerError {
    /// Missing, or somebody else's.
    #[error("not found")]
    NotFound,
    /// Wrong input.
    #[error("the input is not valid")]
    Invalid(Vec<FieldFault>),
    /// The place in the account does not allow it.
    #[error("the grant does not allow it")]
    GrantMissing,
    /// The account of who asks was closed.
    #[error("the account is closed")]
    AccountClosed,
    /// Something with the user.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The database.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl Fault for CustomerError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound => Kind::NotFound,
            Self::Invalid(_) => Kind::Invalid,
            Self::GrantMissing | Self::AccountClosed => Kind::Forbidden,
            Self::Identity(error) => error.kind(),
            Self::Database(error) => fault::database_kind(error),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "NOT_FOUND",
            Self::Invalid(_) => "VALIDATION_FAILED",
            Self::GrantMissing => "GRANT_MISSING",
            Self::AccountClosed => "ACCOUNT_CLOSED",
            Self::Identity(error) => error.code(),
            Self::Database(error) => fault::database_code(error),
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Identity(error) => error.args(),
            _ => Vec::new(),
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::Invalid(fields) => fields.clone(),
            Self::Identity(error) => error.fields(),
            _ => Vec::new(),
        }
    }
}
