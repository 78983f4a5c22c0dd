//! Table `invoices`.
use crate::value::{CustomerId, InvoiceId, InvoiceKind, InvoiceStatus, VatCollector};
use sea_orm::entity::prelude::*;

/// A document that asks for money; immutable once issued.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invoices")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvoiceId,
    /// Given at issue.
    #[sea_orm(unique)]
    pub number: Option<String>,
    /// Who pays.
    pub customer_id: CustomerId,
    /// What it asks money for.
    pub kind: InvoiceKind,
    /// draft, issued, paid or void; people see a derived word.
    pub status: InvoiceStatus,
    /// Currency.
    pub currency: String,
    /// Net after discounts.
    pub subtotal_minor: i64,
    /// Discounts in the subtotal.
    pub discount_minor: i64,
    /// Tax.
    pub tax_minor: i64,
    /// As what the buyer pays the tax to the state himself; empty = the seller collects it.
    pub vat_collector: Option<VatCollector>,
    /// Tax the buyer pays to the state himself: no part of the total.
    pub collected_tax_minor: i64,
    /// To pay.
    pub total_minor: i64,
    /// Received so far.
    pub paid_minor: i64,
    /// Given back of what was received.
    pub refunded_minor: i64,
    /// Taken back by credit notes.
    pub credited_minor: i64,
    /// Given up as a bad debt and not recovered.
    pub written_off_minor: i64,
    /// Buyer as at issue.
    #[sea_orm(column_type = "JsonBinary")]
    pub buyer: Json,
    /// Seller as at issue.
    #[sea_orm(column_type = "JsonBinary")]
    pub seller: Json,
    /// Language of the document.
    pub locale: String,
    /// Which arithmetic made the totals.
    pub calculation_version: i32,
    /// Unguessable part of the public pay link.
    #[sea_orm(unique)]
    pub public_token: String,
    /// Hash of the document, chained with the one before in its series.
    pub document_hash: Option<String>,
    /// Hash of the document before.
    pub previous_hash: Option<String>,
    /// Words below the lines.
    #[sea_orm(column_type = "Text", nullable)]
    pub notes: Option<String>,
    /// When issued.
    pub issued_at: Option<DateTimeUtc>,
    /// When due.
    pub due_at: Option<DateTimeUtc>,
    /// When the last part came.
    pub paid_at: Option<DateTimeUtc>,
    /// When voided.
    pub voided_at: Option<DateTimeUtc>,
    /// Why voided.
    pub void_reason: Option<String>,
    /// Which month's tax return it belongs to.
    pub tax_point_at: Option<DateTimeUtc>,
    /// When made.
    pub created_at: DateTimeUtc,
    /// Last change.
    pub updated_at: DateTimeUtc,
    /// An account that pays: a person or a company.
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<crate::customers::customer::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
