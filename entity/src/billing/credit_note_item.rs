//! Table `credit_note_items`.
use crate::value::{CreditNoteId, CreditNoteItemId, InvoiceItemId};
use sea_orm::entity::prelude::*;

/// A line of a credit note.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credit_note_items")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CreditNoteItemId,
    /// Of which credit note.
    pub credit_note_id: CreditNoteId,
    /// Of which line.
    pub invoice_item_id: InvoiceItemId,
    /// Net taken back.
    pub net_minor: i64,
    /// Tax taken back.
    pub tax_minor: i64,
    /// Tax that the buyer pays to the state himself and takes back there.
    pub collected_tax_minor: i64,
    /// A document that takes back part or all of an invoice.
    #[sea_orm(belongs_to, from = "credit_note_id", to = "id")]
    pub credit_note: BelongsTo<super::credit_note::Entity>,
    /// A line.
    #[sea_orm(belongs_to, from = "invoice_item_id", to = "id")]
    pub invoice_item: BelongsTo<super::invoice_item::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
