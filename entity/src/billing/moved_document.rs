//! Table `moved_documents`.
use crate::value::CustomerId;
use sea_orm::entity::prelude::*;

/// A document that belongs to another customer than it was issued to, because that one was merged. Its hash is that of
/// what was issued.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "moved_documents")]
pub struct Model {
    /// The invoice or credit note; key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub document_id: String,
    /// To whom it was issued.
    pub issued_to: CustomerId,
    /// When it moved first.
    pub moved_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
