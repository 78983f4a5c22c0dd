//! Table `roles`.
use crate::value::RoleId;
use sea_orm::entity::prelude::*;

/// A set of permissions.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "roles")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RoleId,
    /// Stable word.
    #[sea_orm(unique)]
    pub code: String,
    /// Name in the role editor.
    pub name: String,
    /// Seeded by the product; cannot be deleted.
    pub is_builtin: bool,
    /// When made.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
