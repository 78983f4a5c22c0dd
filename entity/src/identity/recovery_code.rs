//! Table `recovery_codes`.
use crate::value::UserId;
use sea_orm::entity::prelude::*;

/// A one-time way around the second factor.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recovery_codes")]
pub struct Model {
    /// SHA-256 of the code.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code_hash: String,
    /// Whose.
    pub user_id: UserId,
    /// When it was used.
    pub used_at: Option<DateTimeUtc>,
    /// When made.
    pub created_at: DateTimeUtc,
    /// A person who signs in; reaches accounts through customer_members, WHM through user_roles.
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<super::user::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
