//! What the ledger refuses.
use crate::kernel::{
    fault::{Fault, FieldFault, Kind, database_code, database_kind},
    format,
    locale::Lang,
};
use entity::value::{CustomerId, MoneyError};

/// Why the ledger did not do as told. Whatever it says, no money moved.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The entries do not sum to zero, or there are none.
    #[error("posting {0} is not balanced")]
    Unbalanced(String),
    /// The key was used for another fact.
    #[error("posting key {0} belongs to another fact")]
    KeyReused(String),
    /// The wallet does not hold enough.
    #[error("the wallet is short of {shortfall_minor}")]
    InsufficientCredit {
        /// How much is missing, minor units.
        shortfall_minor: i64,
    },
    /// Nothing, or not a number of this world.
    #[error("the amount is not valid")]
    InvalidAmount,
    /// A person has to say why.
    #[error("a reason is required")]
    ReasonRequired,
    /// Missing, or somebody else's.
    #[error("not found")]
    NotFound,
    /// Who asks may not decide.
    #[error("somebody else has to decide")]
    SamePerson,
    /// Decided before.
    #[error("decided already")]
    AlreadyDecided,
    /// Nothing is booked in a closed month.
    #[error("the books of {month} are closed")]
    PeriodClosed {
        /// Which: `2026-11`.
        month: String,
    },
    /// A month is closed an hour after its end at the earliest.
    #[error("{month} is not over")]
    PeriodNotOver {
        /// Which.
        month: String,
    },
    /// Months are closed one after the other.
    #[error("{month} comes first")]
    PeriodOutOfOrder {
        /// Which has to be closed before.
        month: String,
    },
    /// Only the last closed month can be opened again.
    #[error("{month} is not the last closed month")]
    PeriodNotLast {
        /// Which.
        month: String,
    },
    /// The account has an opening balance of that day.
    #[error("there is an opening balance of that account and day")]
    OpeningExists,
    /// It was taken back before.
    #[error("the opening balance was taken back")]
    OpeningGone,
    /// Not a month.
    #[error("the month is not valid")]
    InvalidMonth,
    /// Not an account that has an opening balance.
    #[error("the account is not valid")]
    InvalidAccount,
    /// A day that has not come, or is not of this world.
    #[error("the day is not valid")]
    InvalidDay,
    /// There is no money in the wallet that could be paid out.
    #[error("the wallet is empty")]
    WalletEmpty,
    /// The wallet is further below zero than the credit limit would be.
    #[error("{used_minor} of the credit limit is in use")]
    CreditInUse {
        /// How far it is below zero, with what is set aside; minor units.
        used_minor: i64,
    },
    /// Money of the wallet is being paid out already.
    #[error("a payout of the wallet is under way")]
    PayoutUnderWay,
    /// The payout is not at the point at which this can be done.
    #[error("the payout waits for something else, or is over")]
    PayoutNotOpen,
    /// Whoever belongs to the account does not deal with its money.
    #[error("this is the own account of who deals with its money")]
    OwnPayout,
    /// A payment of the customer was taken back, or an invoice is open: what is set aside may not be his to have.
    #[error("the customer owes something")]
    CustomerOwes,
    /// What the customer had is another one's since the two turned out to be one.
    #[error("the customer was merged into {0}")]
    CustomerMerged(CustomerId),
    /// Wrong input.
    #[error("the input is not valid")]
    Invalid(Vec<FieldFault>),
    /// Arithmetic left 64 bits.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The database.
    #[error(transparent)]
    Database(#[from] sea_orm::DbErr),
}

/// An amount inside a sentence, grouped as rupiah are written in both languages.
pub(in crate::domain) fn rupiah(minor: i64) -> String {
    format::number(minor, Lang::Id)
}

impl Fault for LedgerError {
    fn kind(&self) -> Kind {
        match self {
            Self::Unbalanced(_) | Self::KeyReused(_) => Kind::Internal,
            Self::InsufficientCredit { .. }
            | Self::AlreadyDecided
            | Self::PeriodClosed { .. }
            | Self::PeriodNotOver { .. }
            | Self::PeriodOutOfOrder { .. }
            | Self::PeriodNotLast { .. }
            | Self::OpeningExists
            | Self::OpeningGone
            | Self::WalletEmpty
            | Self::CreditInUse { .. }
            | Self::PayoutUnderWay
            | Self::PayoutNotOpen
            | Self::OwnPayout
            | Self::CustomerOwes
            | Self::CustomerMerged(_) => Kind::Conflict,
            Self::InvalidAmount
            | Self::ReasonRequired
            | Self::InvalidMonth
            | Self::InvalidAccount
            | Self::InvalidDay
            | Self::Invalid(_)
            | Self::Money(_) => Kind::Invalid,
            Self::NotFound => Kind::NotFound,
            Self::SamePerson => Kind::Forbidden,
            Self::Database(error) => database_kind(error),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unbalanced(_) | Self::KeyReused(_) => "INTERNAL",
            Self::InsufficientCredit { .. } => "INSUFFICIENT_CREDIT",
            Self::InvalidAmount | Self::Money(_) => "AMOUNT_INVALID",
            Self::ReasonRequired => "REASON_REQUIRED",
            Self::NotFound => "NOT_FOUND",
            Self::SamePerson => "APPROVAL_BY_SAME_PERSON",
            Self::AlreadyDecided => "APPROVAL_ALREADY_DECIDED",
            Self::PeriodClosed { .. } => "PERIOD_CLOSED",
            Self::PeriodNotOver { .. } => "PERIOD_NOT_OVER",
            Self::PeriodOutOfOrder { .. } => "PERIOD_OUT_OF_ORDER",
            Self::PeriodNotLast { .. } => "PERIOD_NOT_LAST",
            Self::OpeningExists => "OPENING_BALANCE_EXISTS",
            Self::OpeningGone => "OPENING_BALANCE_TAKEN_BACK",
            Self::WalletEmpty => "WALLET_EMPTY",
            Self::CreditInUse { .. } => "CREDIT_IN_USE",
            Self::PayoutUnderWay => "PAYOUT_UNDER_WAY",
            Self::PayoutNotOpen => "PAYOUT_NOT_OPEN",
            Self::OwnPayout => "OWN_PAYOUT",
            Self::CustomerOwes => "CUSTOMER_OWES",
            Self::CustomerMerged(_) => "CUSTOMER_MERGED",
            Self::InvalidMonth | Self::InvalidAccount | Self::InvalidDay | Self::Invalid(_) => "VALIDATION_FAILED",
            Self::Database(error) => database_code(error),
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::InsufficientCredit { shortfall_minor } => vec![("shortfall", rupiah(*shortfall_minor))],
            Self::CreditInUse { used_minor } => vec![("used", rupiah(*used_minor))],
            Self::PeriodClosed { month }
            | Self::PeriodNotOver { month }
            | Self::PeriodOutOfOrder { month }
            | Self::PeriodNotLast { month } => vec![("month", month.clone())],
            _ => Vec::new(),
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::InvalidAmount | Self::Money(_) => vec![FieldFault::new("amount", "invalid")],
            Self::ReasonRequired => vec![FieldFault::new("reason", "required")],
            Self::InvalidMonth => vec![FieldFault::new("month", "invalid")],
            Self::InvalidAccount => vec![FieldFault::new("account", "unknown")],
            Self::InvalidDay => vec![FieldFault::new("day", "invalid")],
            Self::Invalid(fields) => fields.clone(),
            _ => Vec::new(),
        }
    }

    fn extra(&self) -> serde_json::Map<String, serde_json::Value> {
        let mut extra = serde_json::Map::new();
        match self {
            Self::InsufficientCredit { shortfall_minor } => {
                extra.insert("shortfall".to_owned(), (*shortfall_minor).into());
            }
            Self::CustomerMerged(now) => {
                extra.insert("customer_id".to_owned(), now.as_str().into());
            }
            _ => {}
        }
        extra
    }
}
