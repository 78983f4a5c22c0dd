//! Table `late_fees`.
use crate::value::{CustomerId, InvoiceId, LateFeeId};
use sea_orm::entity::prelude::*;

/// A fee that was charged because an invoice was not paid in time. It is an invoice of its own; an invoice is charged
/// at most once for a period.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "late_fees")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LateFeeId,
    /// Of which invoice that is late.
    pub invoice_id: InvoiceId,
    /// For which period since it was late: 0, 1, …
    pub period: i32,
    /// The invoice that asks for the fee.
    pub fee_invoice_id: InvoiceId,
    /// Who pays.
    pub customer_id: CustomerId,
    /// What was open then, minor units.
    pub open_minor: i64,
    /// The fee, net, minor units.
    pub amount_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// When it was charged.
    pub charged_at: DateTimeUtc,
    /// The invoice that is late.
    #[sea_orm(belongs_to, from = "invoice_id", to = "id", relation_enum = "Late")]
    pub invoice: BelongsTo<super::invoice::Entity>,
    /// Who pays.
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<crate::customers::customer::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
