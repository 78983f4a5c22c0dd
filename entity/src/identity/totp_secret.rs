//! Table `totp_secrets`.
use crate::value::UserId;
use sea_orm::entity::prelude::*;

/// Second factor of a user.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "totp_secrets")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    /// Shared secret, encrypted.
    #[sea_orm(column_type = "Text")]
    pub secret_sealed: String,
    /// When the first code was right; before that it does not count.
    pub confirmed_at: Option<DateTimeUtc>,
    /// Time step of the last accepted code: a code works once.
    pub last_used_step: Option<i64>,
    /// When made.
    pub created_at: DateTimeUtc,
    /// A person who signs in; reaches accounts through customer_members, WHM through user_roles.
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<super::user::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
