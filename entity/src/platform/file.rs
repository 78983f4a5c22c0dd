//! Table `files`.
use crate::value::FileId;
use sea_orm::entity::prelude::*;

/// A stored file.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "files")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FileId,
    /// What it is: `invoice_pdf:inv_…:2`.
    #[sea_orm(unique)]
    pub key: String,
    /// Hash of the content.
    pub sha256: String,
    /// Media type.
    pub content_type: String,
    /// File name.
    pub name: String,
    /// Content.
    pub body: Vec<u8>,
    /// When stored.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
