//! Table `sessions`.
use crate::value::{SessionId, UserId};
use sea_orm::entity::prelude::*;

/// A browser session.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    /// SHA-256 of the session key; the key itself is only in the cookie.
    #[sea_orm(unique)]
    pub key_hash: String,
    /// Who is signed in, if anybody.
    pub user_id: Option<UserId>,
    /// The session's values.
    #[sea_orm(column_type = "JsonBinary")]
    pub state: Json,
    /// Address it was made from.
    pub address: Option<String>,
    /// Browser it was made with.
    pub user_agent: Option<String>,
    /// When made.
    pub created_at: DateTimeUtc,
    /// When it ends.
    pub expires_at: DateTimeUtc,
    /// A person who signs in; reaches accounts through customer_members, WHM through user_roles.
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<Option<super::user::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
