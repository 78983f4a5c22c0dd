//! Table `number_series`.
use sea_orm::entity::prelude::*;

/// Numbers without gaps; the row is locked while a document is issued.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "number_series")]
pub struct Model {
    /// `invoice:2026`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The number the next document gets.
    pub next_value: i64,
    /// The number the first document got; while it equals `next_value`, the series is unused.
    pub first_value: i64,
    /// Hash of the last document of the series.
    pub last_hash: Option<String>,
    /// Last use.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
