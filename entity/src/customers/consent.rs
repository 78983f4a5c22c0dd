//! Table `consents`.
use crate::value::UserId;
use sea_orm::entity::prelude::*;

/// Consent to a document's version.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consents")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Who.
    pub user_id: UserId,
    /// `terms` or `privacy`.
    pub document: String,
    /// Version consented to.
    pub version: String,
    /// Network address.
    pub address: Option<String>,
    /// When.
    pub accepted_at: DateTimeUtc,
    /// A person who signs in; reaches accounts through customer_members, WHM through user_roles.
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<crate::identity::user::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
