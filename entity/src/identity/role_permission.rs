//! Table `role_permissions`.
use crate::value::RoleId;
use sea_orm::entity::prelude::*;

/// One permission of a role.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "role_permissions")]
pub struct Model {
    /// The role.
    #[sea_orm(primary_key, auto_increment = false)]
    pub role_id: RoleId,
    /// `context.noun.verb`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub permission: String,
    /// A set of permissions.
    #[sea_orm(belongs_to, from = "role_id", to = "id")]
    pub role: BelongsTo<super::role::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
