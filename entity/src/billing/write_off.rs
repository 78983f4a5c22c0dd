//! Table `write_offs`.
use crate::value::{CustomerId, InvoiceId, WriteOffId};
use sea_orm::entity::prelude::*;

/// The open rest of an invoice, given up as a bad debt.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "write_offs")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WriteOffId,
    /// Of which invoice.
    pub invoice_id: InvoiceId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Why.
    pub reason: String,
    /// Given up, tax included.
    pub total_minor: i64,
    /// Of that: tax that had not fallen due and is owed to nobody any more.
    pub tax_minor: i64,
    /// Whether it came before the tax of its invoice fell due, so that the invoice is declared without it.
    pub lowers_tax: bool,
    /// Of the total: net that had not been earned, and so is no bad debt.
    pub deferred_minor: i64,
    /// Currency.
    pub currency: String,
    /// When.
    pub created_at: DateTimeUtc,
    /// When the money came all the same.
    pub recovered_at: Option<DateTimeUtc>,
    /// A document that asks for money; immutable once issued.
    #[sea_orm(belongs_to, from = "invoice_id", to = "id")]
    pub invoice: BelongsTo<super::invoice::Entity>,
    /// An account that pays: a person or a company.
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<crate::customers::customer::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
