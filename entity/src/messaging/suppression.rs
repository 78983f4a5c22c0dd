//! Table `suppressions`.
use sea_orm::entity::prelude::*;

/// An address that is not written to.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "suppressions")]
pub struct Model {
    /// The address.
    #[sea_orm(primary_key, auto_increment = false)]
    pub address: String,
    /// Why: bounce, complaint, request.
    pub reason: String,
    /// Since when.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
