//! What can go wrong with documents.
use crate::{
    domain::billing::InvoiceError,
    kernel::fault::{Fault, Kind, database_code, database_kind},
};

/// Why a document was not made.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The invoice is missing, or somebody else's.
    #[error(transparent)]
    Invoice(#[from] InvoiceError),
    /// No money came by this payment, or it was taken back.
    #[error("there is no receipt of this payment")]
    NoReceipt,
    /// Drawing failed.
    #[error("a document could not be drawn: {0}")]
    Drawing(String),
    /// The database.
    #[error(transparent)]
    Database(#[from] sea_orm::DbErr),
}

impl Fault for DocumentError {
    fn kind(&self) -> Kind {
        match self {
            Self::Invoice(error) => error.kind(),
            Self::NoReceipt => Kind::NotFound,
            Self::Drawing(_) => Kind::Internal,
            Self::Database(error) => database_kind(error),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invoice(error) => error.code(),
            Self::NoReceipt => "NOT_FOUND",
            Self::Drawing(_) => "INTERNAL",
            Self::Database(error) => database_code(error),
        }
    }
}
