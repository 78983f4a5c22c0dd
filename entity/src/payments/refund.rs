//! Table `refunds`.
use crate::value::{CreditNoteId, CustomerId, PaymentId, RefundId, RefundStatus};
use sea_orm::entity::prelude::*;

/// Money given back.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refunds")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RefundId,
    /// Of which payment.
    pub payment_id: PaymentId,
    /// To whom.
    pub customer_id: CustomerId,
    /// The document behind it.
    pub credit_note_id: Option<CreditNoteId>,
    /// How much.
    pub amount_minor: i64,
    /// Currency.
    pub currency: String,
    /// `gateway`, `wallet` or `bank`.
    pub destination: String,
    /// The same key refunds once.
    #[sea_orm(unique)]
    pub refund_key: String,
    /// Where it stands.
    pub status: RefundStatus,
    /// Why.
    pub reason: String,
    /// When asked for.
    pub created_at: DateTimeUtc,
    /// Last change.
    pub updated_at: DateTimeUtc,
    /// An attempt to collect money; stored before the gateway is asked.
    #[sea_orm(belongs_to, from = "payment_id", to = "id")]
    pub payment: BelongsTo<super::payment::Entity>,
    /// An account that pays: a person or a company.
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<crate::customers::customer::Entity>,
    /// A document that takes back part or all of an invoice.
    #[sea_orm(belongs_to, from = "credit_note_id", to = "id")]
    pub credit_note: BelongsTo<Option<crate::billing::credit_note::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
