//! Table `settings`.
use sea_orm::entity::prelude::*;

/// A setting of the business.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "settings")]
pub struct Model {
    /// Which.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// Its value.
    #[sea_orm(column_type = "JsonBinary")]
    pub value: Json,
    /// Who set it.
    pub updated_by: String,
    /// When.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
