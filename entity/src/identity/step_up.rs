//! Table `step_ups`.
use crate::value::UserId;
use sea_orm::entity::prelude::*;

/// Fresh proof of identity of one session or token family.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "step_ups")]
pub struct Model {
    /// Session key hash or token family.
    #[sea_orm(primary_key, auto_increment = false)]
    pub holder: String,
    /// Whose.
    pub user_id: UserId,
    /// When it stops counting as fresh.
    pub expires_at: DateTimeUtc,
    /// A person who signs in; reaches accounts through customer_members, WHM through user_roles.
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<super::user::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
