//! Table `invoice_items`.
use crate::value::{InvoiceId, InvoiceItemId, ProductKind};
use sea_orm::entity::prelude::*;

/// A line.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invoice_items")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvoiceItemId,
    /// Of which invoice.
    pub invoice_id: InvoiceId,
    /// Order.
    pub position: i32,
    /// Words.
    pub description: String,
    /// How many.
    pub quantity: i64,
    /// Price of one, net.
    pub unit_minor: i64,
    /// Discount of the line.
    pub discount_minor: i64,
    /// quantity × unit − discount.
    pub net_minor: i64,
    /// Tax of the line, rounded once.
    pub tax_minor: i64,
    /// Tax of the line that the buyer pays to the state himself.
    pub collected_tax_minor: i64,
    /// Which revenue account it earns for.
    pub product_kind: ProductKind,
    /// For which contract.
    pub subscription_id: Option<String>,
    /// For which cycle of it.
    pub cycle_number: Option<i32>,
    /// First day paid for.
    pub period_start: Option<Date>,
    /// Day after the last.
    pub period_end: Option<Date>,
    /// A document that asks for money; immutable once issued.
    #[sea_orm(belongs_to, from = "invoice_id", to = "id")]
    pub invoice: BelongsTo<super::invoice::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
