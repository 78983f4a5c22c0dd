//! Table `refresh_tokens`.
use crate::value::{RefreshTokenId, UserId};
use sea_orm::entity::prelude::*;

/// One link of a chain of refresh tokens of the API.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_tokens")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RefreshTokenId,
    /// All links of one sign-in share it; a reused link revokes the whole family.
    pub family: String,
    /// Whose.
    pub user_id: UserId,
    /// SHA-256 of the token.
    #[sea_orm(unique)]
    pub token_hash: String,
    /// When it was exchanged.
    pub used_at: Option<DateTimeUtc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTimeUtc>,
    /// Address it was made from.
    pub address: Option<String>,
    /// When made.
    pub created_at: DateTimeUtc,
    /// When it ends.
    pub expires_at: DateTimeUtc,
    /// A person who signs in; reaches accounts through customer_members, WHM through user_roles.
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<super::user::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
