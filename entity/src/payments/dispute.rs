//! Table `disputes`.
use crate::value::{CustomerId, DisputeId, DisputeStatus, InvoiceId, PaymentId, UserId};
use sea_orm::entity::prelude::*;

/// A payment that the payer's bank took back for him, and what becomes of it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "disputes")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DisputeId,
    /// Which payment; one payment is disputed once.
    #[sea_orm(unique)]
    pub payment_id: PaymentId,
    /// Its reference.
    pub reference: String,
    /// Whose payment it is.
    pub customer_id: CustomerId,
    /// Which invoice is open again by it.
    pub invoice_id: Option<InvoiceId>,
    /// What the gateway took.
    pub amount_minor: i64,
    /// So much of it the customer had spent: it is booked as unallocated until the dispute is over.
    pub lost_minor: i64,
    /// Currency.
    pub currency: String,
    /// Where it stands.
    pub status: DisputeStatus,
    /// What staff brought forward, or found out.
    pub note: Option<String>,
    /// The payment by which the money came back.
    pub won_payment_id: Option<PaymentId>,
    /// What the gateway charges for it, minor units.
    pub fee_minor: i64,
    /// Whether a report of payouts told the fee.
    pub is_fee_told: bool,
    /// What it gave back of the fee, minor units.
    pub fee_back_minor: i64,
    /// Whether a report of payouts told that.
    pub is_fee_back_told: bool,
    /// Who said how it ended.
    pub decided_by: Option<UserId>,
    /// When the gateway took the money.
    pub opened_at: DateTimeUtc,
    /// When it ended.
    pub decided_at: Option<DateTimeUtc>,
    /// An account that pays: a person or a company.
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<crate::customers::customer::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
