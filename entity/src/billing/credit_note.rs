//! Table `credit_notes`.
use crate::value::{CreditNoteId, CustomerId, InvoiceId};
use sea_orm::entity::prelude::*;

/// A document that takes back part or all of an invoice.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credit_notes")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CreditNoteId,
    /// Own series.
    #[sea_orm(unique)]
    pub number: String,
    /// Of which invoice.
    pub invoice_id: InvoiceId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Why.
    pub reason: String,
    /// Net taken back.
    pub subtotal_minor: i64,
    /// Tax taken back.
    pub tax_minor: i64,
    /// Total taken back.
    pub total_minor: i64,
    /// Currency.
    pub currency: String,
    /// The same reason credits once.
    #[sea_orm(unique)]
    pub idempotency_key: String,
    /// Hash, chained in its series.
    pub document_hash: String,
    /// Hash of the document before.
    pub previous_hash: Option<String>,
    /// When.
    pub issued_at: DateTimeUtc,
    /// A document that asks for money; immutable once issued.
    #[sea_orm(belongs_to, from = "invoice_id", to = "id")]
    pub invoice: BelongsTo<super::invoice::Entity>,
    /// An account that pays: a person or a company.
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<crate::customers::customer::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
