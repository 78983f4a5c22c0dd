//! What taking over refuses.
use crate::{
    domain::{
        catalog::CatalogError, customers::CustomerError, identity::IdentityError, ledger::LedgerError,
        subscriptions::SubscriptionError,
    },
    kernel::fault::{Fault, FieldFault, Kind, database_code, database_kind},
};
use sea_orm::DbErr;

/// Why something is not taken over.
#[derive(Debug, thiserror::Error)]
pub enum TakeoverError {
    /// Missing.
    #[error("not found")]
    NotFound,
    /// Wrong input.
    #[error("the input is not valid")]
    Invalid(Vec<FieldFault>),
    /// The file is no table.
    #[error("the file is no table")]
    Unreadable,
    /// The file is larger than is read.
    #[error("the file is too large")]
    TooLarge,
    /// Its columns or what was decided are not those that were looked at.
    #[error("the take-over was changed since it was looked at")]
    Changed,
    /// It was begun or put away meanwhile.
    #[error("the take-over is no draft any more")]
    Over,
    /// Of users.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// Of customers.
    #[error(transparent)]
    Customer(#[from] CustomerError),
    /// Of wallets.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Of plans.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// Of contracts.
    #[error(transparent)]
    Subscription(#[from] SubscriptionError),
    /// The database.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl Fault for TakeoverError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound => Kind::NotFound,
            Self::Invalid(_) | Self::Unreadable | Self::TooLarge => Kind::Invalid,
            Self::Changed | Self::Over => Kind::Conflict,
            Self::Identity(error) => error.kind(),
            Self::Customer(error) => error.kind(),
            Self::Ledger(error) => error.kind(),
            Self::Catalog(error) => error.kind(),
            Self::Subscription(error) => error.kind(),
            Self::Database(error) => database_kind(error),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "NOT_FOUND",
            Self::Invalid(_) => "VALIDATION_FAILED",
            Self::Unreadable => "IMPORT_UNREADABLE",
            Self::TooLarge => "IMPORT_TOO_LARGE",
            Self::Changed => "IMPORT_CHANGED",
            Self::Over => "IMPORT_OVER",
            Self::Identity(error) => error.code(),
            Self::Customer(error) => error.code(),
            Self::Ledger(error) => error.code(),
            Self::Catalog(error) => error.code(),
            Self::Subscription(error) => error.code(),
            Self::Database(error) => database_code(error),
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Identity(error) => error.args(),
            Self::Customer(error) => error.args(),
            Self::Ledger(error) => error.args(),
            Self::Catalog(error) => error.args(),
            Self::Subscription(error) => error.args(),
            _ => Vec::new(),
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::Invalid(fields) => fields.clone(),
            Self::Customer(error) => error.fields(),
            Self::Subscription(error) => error.fields(),
            _ => Vec::new(),
        }
    }
}
