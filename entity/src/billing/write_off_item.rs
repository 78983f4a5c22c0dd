//! Table `write_off_items`.
use crate::value::{InvoiceItemId, WriteOffId, WriteOffItemId};
use sea_orm::entity::prelude::*;

/// A line's part of a write-off.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "write_off_items")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WriteOffItemId,
    /// Of which write-off.
    pub write_off_id: WriteOffId,
    /// Of which line.
    pub invoice_item_id: InvoiceItemId,
    /// Net given up.
    pub net_minor: i64,
    /// Tax of it.
    pub tax_minor: i64,
    /// Tax of it that the buyer was to pay to the state himself.
    pub collected_tax_minor: i64,
    /// Of the net: what had not been earned.
    pub deferred_minor: i64,
    /// The open rest of an invoice, given up as a bad debt.
    #[sea_orm(belongs_to, from = "write_off_id", to = "id")]
    pub write_off: BelongsTo<super::write_off::Entity>,
    /// A line.
    #[sea_orm(belongs_to, from = "invoice_item_id", to = "id")]
    pub invoice_item: BelongsTo<super::invoice_item::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
