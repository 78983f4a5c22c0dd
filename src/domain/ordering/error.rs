//! Why an order is refused.
use crate::{
    domain::{
        billing::InvoiceError,
        catalog::{CatalogError, coupon::Refusal},
        customers::CustomerError,
        identity::IdentityError,
        ledger::{LedgerError, rupiah},
        payments::PaymentError,
        provisioning::ProvisioningError,
        subscriptions::SubscriptionError,
    },
    kernel::fault::{Fault, FieldFault, Kind, database_code, database_kind},
};
use entity::value::{InvoiceId, OrderStatus, QuoteStatus, SubscriptionId};
use sea_orm::DbErr;

/// Why an order, or an act on one, is refused. Whatever it says, no money moved.
#[derive(Debug, thiserror::Error)]
pub enum OrderingError {
    /// Missing, or somebody else's.
    #[error("there is no such order")]
    NotFound,
    /// Wrong input.
    #[error("the input is not valid")]
    Invalid(Vec<FieldFault>),
    /// The shop is not open yet.
    #[error("orders are not taken")]
    ShopClosed,
    /// The customer's account is suspended or closed.
    #[error("the account is not served")]
    AccountNotServed,
    /// The plan has no free slot.
    #[error("plan {0} has no free slot")]
    QuotaExceeded(String),
    /// The customer has a live contract of this upgrade-only product.
    #[error("the live subscription {0} is to be upgraded instead")]
    UpgradeRequired(SubscriptionId),
    /// The customer has an unpaid order of this upgrade-only product.
    #[error("the unpaid invoice {0} is for the same product")]
    DuplicateSubscription(InvoiceId),
    /// What is ordered from a cart, or its price, is not what the customer was shown.
    #[error("the cart or its price changed since it was shown")]
    CartChanged,
    /// The code of a coupon takes nothing off this order.
    #[error("the coupon is refused: {}", .0.word())]
    CouponRefused(Refusal),
    /// The act does not fit the order's state.
    #[error("not possible while the order is {0}")]
    InvalidState(OrderStatus),
    /// The price quote was answered, taken back or is over, or was never sent.
    #[error("the price quote is {0}")]
    QuoteNotOpen(QuoteStatus),
    /// Only drafts of price quotes are changed and sent.
    #[error("the price quote is no draft")]
    QuoteNotDraft,
    /// The price quote is not what whoever acts on it saw.
    #[error("the price quote changed since it was seen")]
    QuoteChanged,
    /// A plan of the price quote, in its words, may not be sold any more.
    #[error("{0} of the price quote is not sold any more")]
    QuotePlanGone(String),
    /// The order of a price quote would come to another total: its tax is another by now.
    #[error("the price quote would come to another total now")]
    QuoteOutdated,
    /// The quote ran out, or the contract is no longer as it was then.
    #[error("the quote has expired")]
    QuoteExpired,
    /// The plan is not higher than the present one.
    #[error("the plan is not an upgrade")]
    InvalidUpgrade,
    /// Another change of the contract's plan has begun.
    #[error("the plan is being changed already")]
    ChangeUnderWay,
    /// The invoice of a change would not be over what was quoted.
    #[error("prices or taxes moved since the quote")]
    PriceMoved,
    /// What runs. Boxed, because it is large.
    #[error(transparent)]
    Provisioning(Box<ProvisioningError>),
    /// Who orders.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// For whom.
    #[error(transparent)]
    Customer(#[from] CustomerError),
    /// What is sold.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The contract.
    #[error(transparent)]
    Subscription(#[from] SubscriptionError),
    /// The invoice.
    #[error(transparent)]
    Invoice(#[from] InvoiceError),
    /// The number.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Money given back.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// The database.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl OrderingError {
    /// The fault of a lower floor that this only passes on.
    fn inner(&self) -> Option<&dyn Fault> {
        Some(match self {
            Self::Identity(error) => error,
            Self::Customer(error) => error,
            Self::Catalog(error) => error,
            Self::Subscription(error) => error,
            Self::Invoice(error) => error,
            Self::Ledger(error) => error,
            Self::Payment(error) => error,
            Self::Provisioning(error) => &**error,
            _ => return None,
        })
    }
}

impl Fault for OrderingError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound => Kind::NotFound,
            Self::Invalid(_) | Self::InvalidUpgrade | Self::CouponRefused(_) => Kind::Invalid,
            Self::AccountNotServed => Kind::Forbidden,
            Self::ShopClosed
            | Self::QuotaExceeded(_)
            | Self::UpgradeRequired(_)
            | Self::DuplicateSubscription(_)
            | Self::CartChanged
            | Self::QuoteExpired
            | Self::QuoteNotOpen(_)
            | Self::QuoteNotDraft
            | Self::QuoteChanged
            | Self::QuotePlanGone(_)
            | Self::QuoteOutdated
            | Self::ChangeUnderWay
            | Self::InvalidState(_) => Kind::Conflict,
            Self::Database(error) => database_kind(error),
            other => other.inner().map_or(Kind::Internal, Fault::kind),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "NOT_FOUND",
            Self::Invalid(_) => "VALIDATION_FAILED",
            Self::ShopClosed => "SHOP_CLOSED",
            Self::AccountNotServed => "ACCOUNT_NOT_SERVED",
            Self::QuotaExceeded(_) => "QUOTA_EXCEEDED",
            Self::UpgradeRequired(_) => "UPGRADE_REQUIRED",
            Self::DuplicateSubscription(_) => "DUPLICATE_SUBSCRIPTION",
            Self::CartChanged => "CART_CHANGED",
            Self::CouponRefused(_) => "COUPON_INVALID",
            Self::InvalidState(_) | Self::ChangeUnderWay => "INVALID_STATE",
            Self::QuoteExpired => "QUOTE_EXPIRED",
            Self::QuoteNotOpen(_) => "QUOTE_NOT_OPEN",
            Self::QuoteNotDraft => "QUOTE_NOT_DRAFT",
            Self::QuoteChanged => "QUOTE_CHANGED",
            Self::QuotePlanGone(_) => "QUOTE_PLAN_GONE",
            Self::QuoteOutdated => "QUOTE_OUTDATED",
            Self::InvalidUpgrade => "INVALID_UPGRADE",
            Self::PriceMoved => "INTERNAL",
            Self::Database(error) => database_code(error),
            other => other.inner().map_or("INTERNAL", Fault::code),
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::QuotaExceeded(plan) | Self::QuotePlanGone(plan) => vec![("plan", plan.clone())],
            Self::InvalidState(status) => vec![("status", status.to_string())],
            other => other.inner().map(Fault::args).unwrap_or_default(),
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::Invalid(fields) => fields.clone(),
            Self::CouponRefused(refusal) => vec![coupon_fault(refusal)],
            other => other.inner().map(Fault::fields).unwrap_or_default(),
        }
    }

    fn extra(&self) -> serde_json::Map<String, serde_json::Value> {
        let mut extra = serde_json::Map::new();
        match self {
            Self::UpgradeRequired(id) => {
                extra.insert("subscription_id".to_owned(), id.as_str().into());
            }
            Self::CouponRefused(refusal) => {
                extra.insert("reason".to_owned(), refusal.word().into());
            }
            Self::QuoteNotOpen(status) => {
                extra.insert("quote_status".to_owned(), status.as_str().into());
            }
            Self::DuplicateSubscription(id) => {
                extra.insert("invoice_id".to_owned(), id.as_str().into());
            }
            other => extra.extend(other.inner().map(Fault::extra).unwrap_or_default()),
        }
        extra
    }
}

/// What is wrong with the field of the code.
fn coupon_fault(refusal: &Refusal) -> FieldFault {
    let fault = FieldFault::new("coupon", format!("coupon_{}", refusal.word()));
    match refusal {
        Refusal::BelowMinimum { minimum_minor, .. } => fault.with("minimum", rupiah(*minimum_minor)),
        _ => fault,
    }
}
