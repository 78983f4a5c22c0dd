//! What billing refuses.
use crate::{
    domain::ledger::{LedgerError, rupiah},
    kernel::fault::{Fault, FieldFault, Kind, database_code, database_kind},
};
use entity::value::MoneyError;

/// Why a document was not made or changed. Whatever it says, no money moved.
#[derive(Debug, thiserror::Error)]
pub enum InvoiceError {
    /// Missing, or somebody else's.
    #[error("not found")]
    NotFound,
    /// Wrong input, by field.
    #[error("the input is not valid")]
    Invalid(Vec<FieldFault>),
    /// It was issued: it does not change any more.
    #[error("the invoice is no draft")]
    NotDraft,
    /// The draft is not what whoever acts on it saw.
    #[error("the draft has changed since it was seen")]
    DraftChanged,
    /// Nobody is billed whose account is closed.
    #[error("the account of the customer is closed")]
    CustomerClosed,
    /// A document has at least one line.
    #[error("a document needs a line")]
    NoLines,
    /// An amount is below zero or not of this world.
    #[error("an amount is not valid")]
    InvalidAmount,
    /// Something was paid or credited, or it is void already.
    #[error("invoice {number} cannot be voided: it is {status}")]
    NotVoidable {
        /// Its number.
        number: String,
        /// The word people see.
        status: String,
    },
    /// Only what should have been paid by now is a bad debt.
    #[error("invoice {number} is no bad debt: it is {status}")]
    NotBadDebt {
        /// Its number.
        number: String,
        /// The word people see.
        status: String,
    },
    /// Nothing has been delivered for it: there is no debt.
    #[error("the order of invoice {number} is still waiting for its money")]
    NothingDelivered {
        /// Its number.
        number: String,
    },
    /// More than is left.
    #[error("at most {available_minor} can be credited")]
    NotCreditable {
        /// What is left, minor units.
        available_minor: i64,
    },
    /// The key was used for another credit note.
    #[error("the key belongs to another credit note")]
    KeyReused,
    /// A person has to say why.
    #[error("a reason is required")]
    ReasonRequired,
    /// Arithmetic left 64 bits.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The ledger said no.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The database.
    #[error(transparent)]
    Database(#[from] sea_orm::DbErr),
}

impl Fault for InvoiceError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound => Kind::NotFound,
            Self::Invalid(_) | Self::NoLines | Self::InvalidAmount | Self::ReasonRequired | Self::Money(_) => {
                Kind::Invalid
            }
            Self::NotDraft
            | Self::DraftChanged
            | Self::CustomerClosed
            | Self::NotVoidable { .. }
            | Self::NotBadDebt { .. }
            | Self::NothingDelivered { .. }
            | Self::NotCreditable { .. }
            | Self::KeyReused => Kind::Conflict,
            Self::Ledger(error) => error.kind(),
            Self::Database(error) => database_kind(error),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "NOT_FOUND",
            Self::Invalid(_) => "VALIDATION_FAILED",
            Self::NotDraft => "INVOICE_NOT_DRAFT",
            Self::DraftChanged => "INVOICE_DRAFT_CHANGED",
            Self::CustomerClosed => "CUSTOMER_CLOSED",
            Self::NoLines => "INVOICE_WITHOUT_LINES",
            Self::InvalidAmount | Self::Money(_) => "AMOUNT_INVALID",
            Self::NotVoidable { .. } => "INVOICE_NOT_VOIDABLE",
            Self::NotBadDebt { .. } => "INVOICE_NOT_BAD_DEBT",
            Self::NothingDelivered { .. } => "INVOICE_OF_PENDING_ORDER",
            Self::NotCreditable { .. } => "CREDIT_EXCEEDS_INVOICE",
            Self::KeyReused => "IDEMPOTENCY_KEY_REUSED",
            Self::ReasonRequired => "REASON_REQUIRED",
            Self::Ledger(error) => error.code(),
            Self::Database(error) => database_code(error),
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NotVoidable { number, status } | Self::NotBadDebt { number, status } => {
                vec![("number", number.clone()), ("status", status.clone())]
            }
            Self::NothingDelivered { number } => vec![("number", number.clone())],
            Self::NotCreditable { available_minor } => vec![("available", rupiah(*available_minor))],
            Self::Ledger(error) => error.args(),
            _ => Vec::new(),
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::Invalid(faults) => faults.clone(),
            Self::InvalidAmount | Self::Money(_) => vec![FieldFault::new("amount", "invalid")],
            Self::ReasonRequired => vec![FieldFault::new("reason", "required")],
            Self::Ledger(error) => error.fields(),
            _ => Vec::new(),
        }
    }

    fn extra(&self) -> serde_json::Map<String, serde_json::Value> {
        match self {
            Self::Ledger(error) => error.extra(),
            _ => serde_json::Map::new(),
        }
    }
}
