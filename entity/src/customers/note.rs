//! Table `customer_notes`.
use crate::value::{CustomerId, UserId};
use sea_orm::entity::prelude::*;

/// A staff note on a customer.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_notes")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// About whom.
    pub customer_id: CustomerId,
    /// Who wrote it.
    pub user_id: UserId,
    /// The note.
    #[sea_orm(column_type = "Text")]
    pub body: String,
    /// When.
    pub created_at: DateTimeUtc,
    /// An account that pays: a person or a company.
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<super::customer::Entity>,
    /// A person who signs in; reaches accounts through customer_members, WHM through user_roles.
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<crate::identity::user::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
