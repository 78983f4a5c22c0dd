//! Table `password_resets`.
use crate::value::UserId;
use sea_orm::entity::prelude::*;

/// A one-time link that sets a new password.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "password_resets")]
pub struct Model {
    /// SHA-256 of the token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: String,
    /// Whose password.
    pub user_id: UserId,
    /// When it was used.
    pub used_at: Option<DateTimeUtc>,
    /// When made.
    pub created_at: DateTimeUtc,
    /// When it ends.
    pub expires_at: DateTimeUtc,
    /// A person who signs in; reaches accounts through customer_members, WHM through user_roles.
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<super::user::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
