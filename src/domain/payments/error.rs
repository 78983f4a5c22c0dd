//! What payments refuse, and what gateways do to them.
use crate::{
    domain::{
        billing::InvoiceError,
        ledger::{LedgerError, rupiah},
    },
    integrations::OutsideError,
    kernel::fault::{CommonFault, Fault, FieldFault, Kind, database_code, database_kind},
};

/// Why money was not asked for, believed or given back.
#[derive(Debug, thiserror::Error)]
pub enum PaymentError {
    /// Missing, or somebody else's.
    #[error("not found")]
    NotFound,
    /// Nothing is open of the invoice.
    #[error("nothing is open of this invoice")]
    InvoiceNotPayable,
    /// No such way to pay, or switched off.
    #[error("this way to pay is not offered")]
    MethodUnavailable,
    /// The way to pay takes other amounts.
    #[error("the amount must lie between {min_minor} and {max_minor}")]
    AmountOutOfRange {
        /// Least, minor units.
        min_minor: i64,
        /// Most, minor units.
        max_minor: i64,
    },
    /// The gateway's answer is no; nothing was charged.
    #[error("the gateway refused: {message}")]
    GatewayRefused {
        /// The gateway's word.
        code: String,
        /// For staff.
        message: String,
    },
    /// The gateway cannot be reached; nothing was charged.
    #[error("the gateway is not available: {message}")]
    GatewayUnavailable {
        /// For staff.
        message: String,
    },
    /// The gateway's answer was lost: it may or may not have acted.
    #[error("the gateway's outcome is unknown: {message}")]
    GatewayUnknown {
        /// For staff.
        message: String,
    },
    /// The payment is not in a state for this.
    #[error("not possible while the payment is {status}")]
    WrongState {
        /// What it is.
        status: &'static str,
    },
    /// More than is left of the payment.
    #[error("at most {available_minor} can be given back")]
    RefundExceeds {
        /// What is left, minor units.
        available_minor: i64,
    },
    /// Money of this payment cannot go back that way.
    #[error("money of this payment cannot go back that way")]
    RefundNotSupported,
    /// The key was used for another refund.
    #[error("the key belongs to another refund")]
    KeyReused,
    /// A person has to say why.
    #[error("a reason is required")]
    ReasonRequired,
    /// Money of this payment is not confirmed by people.
    #[error("this payment is not a bank transfer to us")]
    NotByTransfer,
    /// Whoever belongs to the paying account does not confirm its money.
    #[error("this is the own account of who confirms")]
    OwnTransfer,
    /// Every unique amount near this one is taken.
    #[error("no unique amount is free")]
    TransferAmountsTaken,
    /// Nothing was sent.
    #[error("there is no file")]
    ProofMissing,
    /// The file is too large.
    #[error("the file is too large")]
    ProofTooLarge,
    /// The file is none that is taken.
    #[error("the file is neither a picture nor a PDF")]
    ProofTypeNotTaken,
    /// The very same file was refused before.
    #[error("this file was refused before")]
    ProofRefusedBefore,
    /// As many files as are kept of one payment have been sent.
    #[error("no more files are taken for this payment")]
    ProofsUsedUp,
    /// The day lies in the future, or too far back.
    #[error("the day lies in the future or too far back")]
    DayOutOfRange,
    /// Staff have decided otherwise before.
    #[error("this was decided before")]
    AlreadyDealtWith,
    /// The money is of another currency than who is to have it.
    #[error("the currency differs")]
    CurrencyDiffers,
    /// The file is no table we can read.
    #[error("the report cannot be read as a table")]
    SettlementUnreadable,
    /// The file is larger than is read.
    #[error("the report is too large")]
    SettlementTooLarge,
    /// The report was booked or put away.
    #[error("the report is over")]
    SettlementOver,
    /// Something of the report was booked by somebody else in the same moment.
    #[error("something of the report was booked meanwhile")]
    SettlementChanged,
    /// The line does not fit what it is to be booked for.
    #[error("the line does not fit")]
    LineDoesNotFit,
    /// The customer withholds no tax, or nothing of this invoice can be withheld.
    #[error("no tax can be withheld of this invoice")]
    WithholdingNotAllowed,
    /// The notification is not the gateway's.
    #[error("the notification is forged")]
    Forged,
    /// The notification cannot be read.
    #[error("the notification cannot be read: {0}")]
    Unparsable(String),
    /// No such gateway, or no account there.
    #[error("the gateway is not configured")]
    NotConfigured,
    /// Keys of the environment are changed there, not here.
    #[error("this account comes from the configuration")]
    ReadOnly,
    /// Wrong input.
    #[error("the input is not valid")]
    Invalid(Vec<FieldFault>),
    /// Billing said no.
    #[error(transparent)]
    Invoice(#[from] InvoiceError),
    /// The ledger said no.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Settings or secrets.
    #[error(transparent)]
    Common(#[from] CommonFault),
    /// The database.
    #[error(transparent)]
    Database(#[from] sea_orm::DbErr),
}

impl From<OutsideError> for PaymentError {
    fn from(error: OutsideError) -> Self {
        match error {
            OutsideError::Rejected { code, message } => Self::GatewayRefused { code, message },
            OutsideError::Unavailable { message, .. } => Self::GatewayUnavailable { message },
            OutsideError::Unknown { message } => Self::GatewayUnknown { message },
        }
    }
}

impl Fault for PaymentError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound | Self::NotConfigured => Kind::NotFound,
            Self::InvoiceNotPayable
            | Self::WrongState { .. }
            | Self::RefundExceeds { .. }
            | Self::RefundNotSupported
            | Self::KeyReused
            | Self::NotByTransfer
            | Self::OwnTransfer
            | Self::TransferAmountsTaken
            | Self::ProofRefusedBefore
            | Self::ProofsUsedUp
            | Self::AlreadyDealtWith
            | Self::CurrencyDiffers
            | Self::SettlementOver
            | Self::SettlementChanged
            | Self::LineDoesNotFit
            | Self::WithholdingNotAllowed
            | Self::ReadOnly => Kind::Conflict,
            Self::MethodUnavailable
            | Self::AmountOutOfRange { .. }
            | Self::ProofMissing
            | Self::ProofTooLarge
            | Self::ProofTypeNotTaken
            | Self::DayOutOfRange
            | Self::SettlementUnreadable
            | Self::SettlementTooLarge
            | Self::ReasonRequired
            | Self::Invalid(_) => Kind::Invalid,
            Self::GatewayRefused { .. } | Self::GatewayUnknown { .. } => Kind::Upstream,
            Self::GatewayUnavailable { .. } => Kind::Unavailable { retry_after: 30 },
            Self::Forged => Kind::Forbidden,
            Self::Unparsable(_) => Kind::Malformed,
            Self::Invoice(error) => error.kind(),
            Self::Ledger(error) => error.kind(),
            Self::Common(error) => error.kind(),
            Self::Database(error) => database_kind(error),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "NOT_FOUND",
            Self::InvoiceNotPayable => "INVOICE_NOT_PAYABLE",
            Self::MethodUnavailable => "PAYMENT_METHOD_UNAVAILABLE",
            Self::AmountOutOfRange { .. } => "AMOUNT_OUT_OF_RANGE",
            Self::GatewayRefused { .. } => "GATEWAY_REFUSED",
            Self::GatewayUnavailable { .. } => "GATEWAY_UNAVAILABLE",
            Self::GatewayUnknown { .. } => "GATEWAY_OUTCOME_UNKNOWN",
            Self::WrongState { .. } => "PAYMENT_WRONG_STATE",
            Self::RefundExceeds { .. } => "REFUND_EXCEEDS_PAYMENT",
            Self::RefundNotSupported => "REFUND_NOT_SUPPORTED",
            Self::KeyReused => "IDEMPOTENCY_KEY_REUSED",
            Self::ReasonRequired => "REASON_REQUIRED",
            Self::Forged => "WEBHOOK_FORGED",
            Self::Unparsable(_) => "WEBHOOK_UNREADABLE",
            Self::NotByTransfer => "PAYMENT_NOT_BY_TRANSFER",
            Self::OwnTransfer => "OWN_TRANSFER",
            Self::TransferAmountsTaken => "TRANSFER_AMOUNTS_TAKEN",
            Self::ProofMissing => "PROOF_MISSING",
            Self::ProofTooLarge => "PROOF_TOO_LARGE",
            Self::ProofTypeNotTaken => "PROOF_TYPE_NOT_TAKEN",
            Self::ProofRefusedBefore => "PROOF_REFUSED_BEFORE",
            Self::ProofsUsedUp => "PROOFS_USED_UP",
            Self::DayOutOfRange => "DAY_OUT_OF_RANGE",
            Self::AlreadyDealtWith => "ALREADY_DEALT_WITH",
            Self::CurrencyDiffers => "CURRENCY_DIFFERS",
            Self::SettlementUnreadable => "SETTLEMENT_UNREADABLE",
            Self::SettlementTooLarge => "SETTLEMENT_TOO_LARGE",
            Self::SettlementOver => "SETTLEMENT_OVER",
            Self::SettlementChanged => "SETTLEMENT_CHANGED",
            Self::LineDoesNotFit => "SETTLEMENT_LINE_UNFIT",
            Self::WithholdingNotAllowed => "WITHHOLDING_NOT_ALLOWED",
            Self::NotConfigured => "GATEWAY_NOT_CONFIGURED",
            Self::ReadOnly => "PAYMENT_ACCOUNT_READ_ONLY",
            Self::Invalid(_) => "VALIDATION_FAILED",
            Self::Invoice(error) => error.code(),
            Self::Ledger(error) => error.code(),
            Self::Common(error) => error.code(),
            Self::Database(error) => database_code(error),
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::AmountOutOfRange { min_minor, max_minor } => {
                vec![("min", rupiah(*min_minor)), ("max", rupiah(*max_minor))]
            }
            Self::RefundExceeds { available_minor } => vec![("available", rupiah(*available_minor))],
            Self::WrongState { status } => vec![("status", (*status).to_owned())],
            Self::Invoice(error) => error.args(),
            Self::Ledger(error) => error.args(),
            _ => Vec::new(),
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::MethodUnavailable => vec![FieldFault::new("method", "unknown")],
            Self::AmountOutOfRange { min_minor, max_minor } => {
                vec![FieldFault::new("amount", "out_of_range").with("min", min_minor).with("max", max_minor)]
            }
            Self::ReasonRequired => vec![FieldFault::new("reason", "required")],
            Self::ProofMissing => vec![FieldFault::new("file", "required")],
            Self::ProofTooLarge | Self::ProofTypeNotTaken => vec![FieldFault::new("file", "invalid")],
            Self::DayOutOfRange => vec![FieldFault::new("received_on", "invalid")],
            Self::Invalid(fields) => fields.clone(),
            Self::Invoice(error) => error.fields(),
            Self::Ledger(error) => error.fields(),
            Self::Common(error) => error.fields(),
            _ => Vec::new(),
        }
    }

    fn extra(&self) -> serde_json::Map<String, serde_json::Value> {
        match self {
            Self::Invoice(error) => error.extra(),
            Self::Ledger(error) => error.extra(),
            _ => serde_json::Map::new(),
        }
    }
}
