//! Table `users`.
use crate::value::{UserId, UserStatus};
use sea_orm::entity::prelude::*;

/// A person who signs in; reaches accounts through customer_members, WHM through user_roles.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UserId,
    /// Lower-case address; unique.
    #[sea_orm(unique)]
    pub email: String,
    /// Name as the person writes it.
    pub name: String,
    /// Argon2id, PHC format.
    pub password_hash: String,
    /// Whether signing in is allowed.
    pub status: UserStatus,
    /// When the address was proven.
    pub email_verified_at: Option<DateTimeUtc>,
    /// `id` or `en`.
    pub locale: String,
    /// Whether WHM is open at all; what is allowed there follows from roles.
    pub is_staff: bool,
    /// Account used last, default of the switcher.
    pub last_customer_id: Option<String>,
    /// When registered.
    pub created_at: DateTimeUtc,
    /// Last change.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
